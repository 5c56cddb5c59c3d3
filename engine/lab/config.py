"""One backtest as data: what it holds, on which prices, under which terms. Readable and writable as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

from engine.backtest.calendar import Rule
from engine.backtest.terms import BandKind, Fill, Terms, check_cost, check_fill
from engine.errors import BadInput
from engine.lab.overlays import Overlay, overlay
from engine.lab.own import from_csv
from engine.lab.panels import PricePanel
from engine.lab.panels import panel as bundled_panel
from engine.lab.strategies import EqualWeight, FixedWeights, Strategy, strategy
from engine.sources import Basis, Frequency

LabRule = Literal["once", "daily", "monthly", "quarterly", "yearly", "band"]
COST_BPS = 10.0
"""Cost a unit traded where none is given, in basis points."""

CONSTANT = (EqualWeight, FixedWeights)
"""Strategies whose targets do not change: with the rule "band" they decide once."""

TERMS = ("cost_bps", "band", "buffer", "fixed_cost")
"""Numbers that change the trading but not the targets."""

ALIASES = {"fixed": "fixed_weights", "equal": "equal_weight"}
OWN = "own"


@dataclass(frozen=True)
class Config:
    """Settings of one backtest; equal configs on equal prices give equal answers.

    Attributes
    ----------
    panel : str
        A bundled panel, or ``"own"`` for prices handed over beside the config.
    assets : tuple of str
        Assets of the panel that take part; empty for all.
    rule : str
        Decision dates, a rule of ``rebalance_dates``. ``"band"``: constant weights are decided once and
        traded back when one leaves its band; other strategies decide monthly and are traded back between.
    band, band_kind, buffer, fixed_cost, capital, whole_shares, leverage
        As in :class:`engine.backtest.Terms`. A band is 0.05 under the rule ``"band"`` where none is given.
    fill : str or None
        None: the next session's close on a daily panel, the month end itself on a monthly one.
    start, end : date or None
        First and last date of the simulation; strategies may look at prices before ``start``.
    benchmark : str
        A registered line, an asset of the panel, ``"equal_weight"``; "" for the panel's own.
    cash_earns : bool
        Cash earns the bill where the panel has one.
    """

    panel: str = "factor_etfs"
    assets: tuple[str, ...] = ()
    strategy: Strategy = field(default_factory=EqualWeight)
    overlays: tuple[Overlay, ...] = ()
    rule: LabRule = "monthly"
    band: float | None = None
    band_kind: BandKind = "absolute"
    buffer: float = 0.0
    cost_bps: float = COST_BPS
    fixed_cost: float = 0.0
    fill: Fill | None = None
    start: date | None = None
    end: date | None = None
    benchmark: str = ""
    cash_earns: bool = True
    capital: float = 1.0
    whole_shares: bool = False
    leverage: float = 1.0

    def __post_init__(self) -> None:
        if self.rule not in get_args(LabRule):
            raise BadInput("unknown_choice", field="rule", value=self.rule, accepted=", ".join(get_args(LabRule)))
        if self.rule == "band" and self.band is None:
            object.__setattr__(self, "band", 0.05)
        check_cost(self.cost_bps)
        if self.fill is not None:
            check_fill(self.fill)
        if self.start and self.end and self.end <= self.start:
            raise BadInput("range_reversed", field="period", value=f"{self.start} to {self.end}")
        self.terms()

    def terms(self) -> Terms:
        """Terms of trading without what the panel adds."""
        return Terms(
            band=self.band, band_kind=self.band_kind, buffer=self.buffer, fixed_cost=self.fixed_cost,
            capital=self.capital, whole_shares=self.whole_shares, leverage=self.leverage, missing="error",
        )  # fmt: skip

    def fill_on(self, panel: PricePanel) -> Fill:
        """The fill asked for, or the panel's usual one."""
        if self.fill is not None:
            return self.fill
        return "next_close" if panel.frequency == Frequency.DAILY else "same_close"

    @property
    def calendar(self) -> Rule:
        """Rule of the decision dates."""
        if self.rule == "band":
            return "once" if isinstance(self.strategy, CONSTANT) and not self.overlays else "monthly"
        return self.rule

    def with_value(self, name: str, value: float) -> Config:
        """The config with one number changed: a field of its own, of the strategy or of an overlay (``tilt.strength``).

        Raises
        ------
        BadInput
            Nothing of that name can be set, or the value is refused.
        """
        if name in TERMS:
            changes: dict[str, Any] = {name: value}
            return replace(self, **changes)
        kind, _, key = name.rpartition(".")
        for place, item in enumerate(self.overlays):
            if kind == item.name:
                known = {parameter.name: parameter for parameter in item.parameters()}
                if key in known:
                    number = int(value) if known[key].kind == "int" else value
                    changed = replace(item, **{key: number})
                    return replace(self, overlays=(*self.overlays[:place], changed, *self.overlays[place + 1 :]))
        known = {parameter.name: parameter for parameter in self.strategy.parameters()}
        if kind in ("", "strategy", self.strategy.name) and key in known:
            number = int(value) if known[key].kind == "int" else value
            return replace(self, strategy=replace(self.strategy, **{key: number}))
        raise BadInput("unknown_choice", field="parameter", value=name, accepted=", ".join(self.numbers()))

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers that can be varied."""
        strategy_ = tuple(p.name for p in self.strategy.parameters() if p.kind != "choice")
        over = tuple(f"{item.name}.{p.name}" for item in self.overlays for p in item.parameters() if p.kind != "choice")
        return TERMS + strategy_ + over

    def to_dict(self) -> dict[str, Any]:
        """Plain values by section, as the TOML file holds them."""
        told: dict[str, Any] = {"data": {"dataset": self.panel}, "strategy": self.strategy.to_dict()}
        if self.fill:
            told = {"fill": self.fill} | told
        if self.assets:
            told["data"]["assets"] = list(self.assets)
        if self.benchmark:
            told["data"]["benchmark"] = self.benchmark
        if self.overlays:
            told["overlays"] = [item.to_dict() for item in self.overlays]
        told["rebalance"] = {"rule": self.rule, "band_kind": self.band_kind, "buffer": self.buffer}
        if self.band is not None:
            told["rebalance"]["band"] = self.band
        told["cost"] = {"bps": self.cost_bps, "fixed": self.fixed_cost}
        told["period"] = {name: getattr(self, name) for name in ("start", "end") if getattr(self, name)}
        told["account"] = {
            "capital": self.capital, "whole_shares": self.whole_shares, "leverage": self.leverage,
            "cash_earns": self.cash_earns,
        }  # fmt: skip
        return {name: value for name, value in told.items() if value != {}}

    def to_toml(self) -> str:
        """The config as a TOML file that :func:`read_config` reads back to an equal one."""
        return _toml(self.to_dict())


def from_dict(document: Mapping[str, Any]) -> Config:
    """A config from the sections of a TOML file.

    Raises
    ------
    BadInput
        A section or a key is not known, or a value is refused.
    """
    known = {"data", "strategy", "overlays", "rebalance", "cost", "period", "account", "fill", "sweep", "compare"}
    _only("config", document, known)
    data = _section(document, "data", {"dataset", "file", "opens", "basis", "currency", "assets", "benchmark", "name"})
    rebalance = _section(document, "rebalance", {"rule", "band", "band_kind", "buffer", "fill"})
    cost = _section(document, "cost", {"bps", "fixed"})
    period = _section(document, "period", {"start", "end", "fill"})
    account = _section(document, "account", {"capital", "whole_shares", "leverage", "cash_earns"})
    fills = {place["fill"] for place in (document, rebalance, period) if "fill" in place}
    if len(fills) > 1:
        raise BadInput("bad_number", field="fill", value=", ".join(sorted(map(str, fills))), accepted="one of them")
    given = _section(document, "strategy", None)
    values: dict[str, Any] = {
        "panel": OWN if "file" in data else data.get("dataset", Config.panel),
        "assets": tuple(data.get("assets", ())),
        "benchmark": data.get("benchmark", ""),
        "strategy": strategy(_named(given)) if given else EqualWeight(),
        "overlays": tuple(overlay(item) for item in document.get("overlays", ())),
        "start": _day("start", period.get("start")),
        "end": _day("end", period.get("end")),
        "fill": next(iter(fills), None),
    }
    for section, names in (
        (rebalance, {"rule": "rule", "band": "band", "band_kind": "band_kind", "buffer": "buffer"}),
        (cost, {"bps": "cost_bps", "fixed": "fixed_cost"}),
        (account, {name: name for name in account}),
    ):
        values |= {own: section[name] for name, own in names.items() if name in section}
    for name in ("band", "buffer", "cost_bps", "fixed_cost", "capital", "leverage"):
        if name in values:
            values[name] = _number(name, values[name])
    return Config(**values)


@dataclass(frozen=True, eq=False)
class Job:
    """A config with its prices and the document it was read from."""

    config: Config
    panel: PricePanel
    document: Mapping[str, Any]


def read_config(path: Path) -> Job:
    """A config file and the prices it names; a ``file`` is looked for beside the config.

    Raises
    ------
    BadInput
        The file cannot be read, or something in it is refused.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("config_file", field="config", value=path, reason=error) from error
    config = from_dict(document)
    return Job(config, _prices(document.get("data", {}), config, path.parent), document)


def compared(path: Path) -> list[tuple[str, Job]]:
    """The backtest of a file by its name, and those that its ``[compare] configs`` names beside it."""
    job = read_config(path)
    section = _section(job.document, "compare", {"configs", "lines"})
    found = [(path.stem, job)]
    for name in section.get("configs", ()):
        beside = path.parent / str(name)
        found.append((beside.stem, read_config(beside)))
    return found


def _prices(data: Mapping[str, Any], config: Config, folder: Path) -> PricePanel:
    if "file" not in data:
        return bundled_panel(config.panel)
    closes = _bytes("file", folder, data["file"])
    opens = _bytes("opens", folder, data["opens"]) if "opens" in data else None
    basis = data.get("basis", "total_return")
    if basis not in (str(Basis.TOTAL_RETURN), str(Basis.PRICE_INDEX)):
        raise BadInput("unknown_choice", field="basis", value=basis, accepted="total_return, price_index")
    return from_csv(closes, opens=opens, basis=Basis(basis), currency=data.get("currency", "USD"))


def _bytes(field: str, folder: Path, name: object) -> bytes:
    path = folder / str(name)
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput("config_file", field=field, value=path.name, reason=error.strerror) from error


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    """A strategy's table with its usual name, and weights as pairs."""
    values = dict(given)
    name = str(values.get("name", "fixed_weights" if "weights" in values else ""))
    values["name"] = ALIASES.get(name, name)
    if isinstance(values.get("weights"), Mapping):
        values["weights"] = tuple((str(key), _number(f"weights.{key}", w)) for key, w in values["weights"].items())
    return values


def _section(document: Mapping[str, Any], name: str, known: set[str] | None) -> Mapping[str, Any]:
    section = document.get(name, {})
    if not isinstance(section, Mapping):
        raise BadInput("bad_number", field=name, value=section, accepted=f"a table [{name}]")
    if known is not None:
        _only(name, section, known)
    return section


def _only(name: str, given: Mapping[str, Any], known: set[str]) -> None:
    for key in given:
        if key not in known:
            raise BadInput("unknown_choice", field=name, value=key, accepted=", ".join(sorted(known)))


def _number(field: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput("bad_number", field=field, value=value, accepted="a number")
    return float(value)


def _day(field: str, value: object) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise BadInput("bad_date", field=field, value=value) from error


def _toml(document: Mapping[str, Any]) -> str:
    """Plain values and tables of plain values; what ``to_dict`` holds needs no more."""
    lines = [f"{key} = {_word(value)}" for key, value in document.items() if not _tabular(value)]
    for key, value in document.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{key}]", *(f"{_key(name)} = {_word(item)}" for name, item in value.items())]
        elif _tabular(value):
            for table in value:
                lines += ["", f"[[{key}]]", *(f"{_key(name)} = {_word(item)}" for name, item in table.items())]
    return "\n".join(lines).strip() + "\n"


def _tabular(value: object) -> bool:
    return isinstance(value, Mapping) or (isinstance(value, list) and bool(value) and isinstance(value[0], Mapping))


def _key(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isalnum() and plain.isascii() else _word(name)


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_word(item) for item in value) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(k))} = {_word(v)}" for k, v in value.items()) + "}"
    return repr(value)
