"""Products that trade on rebalance day, as configuration: one TOML file says model, account, schedule, rules, limits.

``[model] kind`` is ``momentum`` (a fund of ``engine.products``), ``factors`` (a universe of ``engine.factors``) or
``passive`` (a model of the allocator in a universe of ETFs). A new product is a new file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from engine.errors import BadInput
from engine.rebalance.calendar import Rule

FOLDER = Path(__file__).parent

Kind = Literal["momentum", "factors", "passive"]
CURRENCIES = ("USD", "KRW")

FIELDS: dict[str, dict[str, Any]] = {
    "model": {"kind": "", "fund": "", "universe": ""},
    "account": {"size": 0.0, "currency": "USD"},
    "schedule": {"rule": "", "drift": 0.0},
    "rules": {"caps": False, "restricted": [], "cost_bps": 0.0},
    "limits": {"turnover": 1.0, "participation": 0.05, "drift": 1.0},
}
"""Tables, their settings, and what a setting is when it is left out; the type of each default is the one accepted."""


@dataclass(frozen=True)
class Account:
    """A product of rebalance day.

    Attributes
    ----------
    key : str
        The file's name.
    kind, fund, universe : str
        The model; see the module.
    size, currency : float and str
        Money at the first run; later runs value what is held.
    rule : {"four_weeks", "quarterly", "drift"}
        Sessions on which it trades.
    band : float
        Half the sum of weight differences beyond which it trades on any session; 0: only on schedule.
    caps : bool
        10 % a name, names above 5 % at most 40 % together.
    restricted : tuple of str
        Names that may not be traded; what is held of them stays.
    cost_bps : float
        Cost on each unit traded, basis points.
    turnover : float
        Most that one rebalance may trade, half the sum of absolute weight changes, decimal.
    participation : float
        Most of a name's average daily volume that one order may be, decimal.
    drift : float
        Most that the target weights may move from those of the run before, half the sum of differences.
    """

    key: str
    kind: Kind
    fund: str
    universe: str
    size: float
    currency: str
    rule: Rule
    band: float
    caps: bool
    restricted: tuple[str, ...]
    cost_bps: float
    turnover: float
    participation: float
    drift: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"restricted": list(self.restricted)}


def accounts(keys: Sequence[str] = ()) -> tuple[Account, ...]:
    """The products of these keys, or paths of TOML files; all that come along when none is named.

    Raises
    ------
    BadInput
        No product has this key, or its file is refused (``of``).
    """
    files = {file.stem: file for file in sorted(FOLDER.glob("*.toml"))}
    found = []
    for key in dict.fromkeys(keys) or files:
        if key not in files and not key.endswith(".toml"):
            raise BadInput("unknown_choice", field="product", value=key, accepted=", ".join(files))
        found.append(read(files.get(key, Path(key))))
    return tuple(found)


def read(path: Path) -> Account:
    """A product from a TOML file.

    Raises
    ------
    BadInput
        The file cannot be read, or its content is refused (``of``).
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("config_file", field="product", value=path.name, reason=str(error)) from error
    return of(path.stem, table)


def of(key: str, table: Mapping[str, Any]) -> Account:
    """A product from its tables.

    Raises
    ------
    BadInput
        A table or setting that is not known, a value of another type or out of its range.
    """
    given = {name: dict(defaults) for name, defaults in FIELDS.items()}
    for name, section in table.items():
        if name not in FIELDS or not isinstance(section, Mapping):
            raise BadInput("unknown_choice", field="table", value=name, accepted=", ".join(FIELDS))
        for setting, value in section.items():
            if setting not in FIELDS[name]:
                raise BadInput("unknown_choice", field=name, value=setting, accepted=", ".join(FIELDS[name]))
            given[name][setting] = _typed(f"{name}.{setting}", value, FIELDS[name][setting])
    model, account, schedule, rules, limits = (given[name] for name in FIELDS)
    _one_of("kind", model["kind"], get_args(Kind))
    _one_of("currency", account["currency"], CURRENCIES)
    _one_of("rule", schedule["rule"], get_args(Rule))
    _within("size", account["size"], 1.0, 1e15)
    _within("schedule.drift", schedule["drift"], 0.0, 1.0)
    _within("cost_bps", rules["cost_bps"], 0.0, 1000.0)
    for name, value in limits.items():
        _within(f"limits.{name}", value, 0.0, 2.0)
    return Account(
        key=key, **model, **account, rule=schedule["rule"], band=schedule["drift"], caps=rules["caps"],
        restricted=tuple(map(str, rules["restricted"])), cost_bps=rules["cost_bps"], **limits,
    )  # fmt: skip


def _typed(field: str, value: Any, default: Any) -> Any:
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not type(default):
        raise BadInput("bad_number", field=field, value=value, accepted=f"a value like {default!r}")
    return value


def _one_of(field: str, value: str, accepted: Sequence[str]) -> None:
    if value not in accepted:
        raise BadInput("unknown_choice", field=field, value=value, accepted=", ".join(accepted))


def _within(field: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput("bad_number", field=field, value=value, accepted=f"{low:g} to {high:g}")
