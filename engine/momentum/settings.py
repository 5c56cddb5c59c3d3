"""One run as data: which panel, which look-back rule, which fund rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Literal, get_args

from engine.errors import BadInput
from engine.momentum.lookback import METHODS, Method
from engine.momentum.scores import LONGEST, SHORTEST

Signal = Literal["residual", "total_return", "forecast"]
Weighting = Literal["rank", "equal", "cap"]
Calendar = Literal["four_weeks", "monthly"]


@dataclass(frozen=True)
class Config:
    """A momentum fund. The defaults follow what AMOM publishes, with the gaps filled as said here.

    Attributes
    ----------
    panel : str
        Name of a data set; a panel given to ``run`` goes before it.
    signal : {"residual", "total_return", "forecast"}
        Residual momentum; plain 12-1 momentum; or the forecast of a small ensemble, which has a spread.
    method : {"top", "ic", "blend", "net", "fixed"}
        How the look-back is chosen (residual momentum only).
    shortest, longest : int
        Look-backs from which it is chosen, months.
    fixed : int
        The look-back of ``method="fixed"``.
    window, least_window : int
        Months of the regression, and how many of them must be there; 0 for all.
    least_outcomes : int
        Months whose outcome must be known before the first choice.
    hold : int
        Names held; half of the eligible on a small panel, never below 16.
    buffer : float
        A held name stays while its rank is within hold x (1 + buffer), and within that share of the names below.
    weighting : {"rank", "equal", "cap"}
        Wishes before the fund rules: falling with the rank, equal, or by market value.
    calendar : {"four_weeks", "monthly"}
        Every fourth Friday (the session before it on a holiday); monthly panels are rebalanced at month ends.
    cost_bps : float
        Cost on each unit traded, basis points.
    cash : float
        Share kept in cash.
    start, end : date or None
        First and last decision.
    seed : int
        Of the networks.
    exclude : tuple of str
        Names left out.
    """

    panel: str = "us_large_caps"
    signal: Signal = "residual"
    method: Method = "top"
    shortest: int = SHORTEST
    longest: int = LONGEST
    fixed: int = 12
    window: int = 36
    least_window: int = 0
    least_outcomes: int = 24
    hold: int = 50
    buffer: float = 0.5
    weighting: Weighting = "rank"
    calendar: Calendar = "four_weeks"
    cost_bps: float = 10.0
    cash: float = 0.0
    start: date | None = None
    end: date | None = None
    seed: int = 0
    exclude: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        choices = {"signal": get_args(Signal), "method": METHODS, "weighting": get_args(Weighting)}
        for field, accepted in (choices | {"calendar": get_args(Calendar)}).items():
            if getattr(self, field) not in accepted:
                raise BadInput("unknown_choice", field=field, value=getattr(self, field), accepted=", ".join(accepted))
        _within("shortest", self.shortest, SHORTEST, self.longest)
        _within("longest", self.longest, self.shortest, 60)
        _within("fixed", self.fixed, self.shortest, self.longest)
        _within("least_outcomes", self.least_outcomes, 1, 240)
        _within("hold", self.hold, 16, 5000)
        _within("buffer", self.buffer, 0.0, 2.0)
        _within("cost_bps", self.cost_bps, 0.0, 1000.0)
        _within("cash", self.cash, 0.0, 0.5)

    @property
    def lookbacks(self) -> tuple[int, ...]:
        return tuple(range(self.shortest, self.longest + 1))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "exclude": list(self.exclude),
        }

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Config:
        """A configuration from a table of names and values, as in a TOML file.

        Raises
        ------
        BadInput
            A name that is no setting, or a value of another type.
        """
        known = {field.name: field.default for field in fields(cls)}
        cleaned: dict[str, Any] = {}
        for name, value in given.items():
            if name not in known:
                raise BadInput("unknown_choice", field="setting", value=name, accepted=", ".join(known))
            cleaned[name] = _typed(name, value, known[name])
        return cls(**cleaned)


def _typed(name: str, value: Any, default: Any) -> Any:
    if name == "exclude" and isinstance(value, list | tuple):
        return tuple(map(str, value))
    if name in ("start", "end"):
        return _day(name, value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise BadInput("bad_number", field=name, value=value, accepted=f"a value like {default!r}")
    return value


def _day(name: str, value: Any) -> date | None:
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput("bad_date", field=name, value=value) from error


def _within(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput("bad_number", field=field, value=value, accepted=f"{low} to {high}")
