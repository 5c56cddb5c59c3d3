"""Which funds may be held: structure, behaviour, age, size, liquidity; every exclusion with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.universe.cells import Row, row
from engine.universe.funds import Universe

STRUCTURAL = ("leveraged", "inverse", "derivative")

REASONS = (
    "leveraged", "inverse", "derivative", "behaves_leveraged", "behaves_inverse", "name_leveraged", "name_inverse",
    "name_derivative", "delisted", "active", "commodity_futures", "currency_hedged", "young", "small", "illiquid",
)  # fmt: skip

MOST_MULTIPLE = 1.5
"""Largest multiple of a plain fund's or the S&P 500's moves that still counts as plain; the 142 plain funds stay below 1.46."""

LEAST_CORRELATION = 0.9
MOST_INVERSE = -0.5

# "Ultra-Short" and "Short-Term" bonds are named after their maturity; "UltraShort" in one word is twice inverse.
_NAMES = {
    "name_leveraged": re.compile(r"\b(ultra(?![- ]short)|ultrapro|ultrashort|(1\.\d+|[2-9])x|leveraged)\b", re.IGNORECASE),
    "name_inverse": re.compile(
        r"\b(inverse|bear|ultrashort|(?<!ultra[- ])short(?![- ](term|treasury|duration|maturity|dur|dated|intermediate)))\b"
        r"|(?<!\w)-\d(\.\d+)?x\b",
        re.IGNORECASE,
    ),
    "name_derivative": re.compile(
        r"\b(covered call|buywrite|premium income|buffer|futures|vix|option|options|defined outcome|etn|bitcoin)\b", re.IGNORECASE
    ),
}  # fmt: skip

_FUTURES = re.compile(r"commodity futures|oil futures|gas futures")


@dataclass(frozen=True)
class ScreenSettings:
    """Thresholds and policy choices.

    Attributes
    ----------
    min_age_years : float
    min_assets, min_dollar_volume : float
        USD, and USD a day.
    allow_active, allow_commodity_futures, allow_currency_hedged : bool
        Policy: funds without an index; commodity funds that hold futures; bond funds that hedge
        currencies with forwards (a literal reading of "no derivatives" drops them).
    """

    min_age_years: float = 1.0
    min_assets: float = 100e6
    min_dollar_volume: float = 0.5e6
    allow_active: bool = False
    allow_commodity_futures: bool = False
    allow_currency_hedged: bool = True

    def __post_init__(self) -> None:
        for name in ("min_age_years", "min_assets", "min_dollar_volume"):
            value = getattr(self, name)
            if not np.isfinite(value) or value < 0:
                raise BadInput("bad_number", field=name, value=value, accepted="0 or more")


@dataclass(frozen=True)
class Reason:
    """Why a fund is out: a code, and the figure beside its limit where there is one."""

    code: str
    value: float | None = None
    limit: float | None = None
    reference: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Contradiction:
    """A fund whose flags say one thing and whose returns or name say another."""

    ticker: str
    flagged: str
    found: Reason

    def to_dict(self) -> dict[str, Any]:
        return {"ticker": self.ticker, "flagged": self.flagged, "found": self.found.to_dict()}


@dataclass(frozen=True, eq=False)
class Screening:
    """Result of the screen.

    Attributes
    ----------
    passing : tuple of str
    excluded : dict of ticker to reasons
    contradictions : tuple of Contradiction
    unchecked : dict of ticker to fields
        A passing fund whose age, size or volume is not known, so that its limit could not be applied,
        or whose ``behaviour`` is not (no returns), so that its flags stand alone.
    """

    settings: ScreenSettings
    passing: tuple[str, ...]
    excluded: dict[str, tuple[Reason, ...]]
    contradictions: tuple[Contradiction, ...]
    unchecked: dict[str, tuple[str, ...]]

    def to_dict(self) -> dict[str, Any]:
        return {
            "settings": {field.name: getattr(self.settings, field.name) for field in fields(self.settings)},
            "passing": list(self.passing),
            "excluded": excluded_rows(self),
            "contradictions": [item.to_dict() for item in self.contradictions],
            "unchecked": {ticker: list(names) for ticker, names in self.unchecked.items()},
        }


def excluded_rows(screening: Screening) -> list[dict[str, Any]]:
    """``ticker``, ``reasons`` (codes) and ``details`` of every excluded fund."""
    return [
        {"ticker": ticker, "reasons": [r.code for r in reasons], "details": [r.to_dict() for r in reasons]}
        for ticker, reasons in screening.excluded.items()
    ]


def screen(known: Universe, settings: ScreenSettings | None = None, today: date | None = None) -> Screening:
    """Apply the screen to every fund.

    Structure comes from the flags, and again from returns and names: a leveraged fund that is
    marked plain is still caught where its statistics exist.
    """
    used = settings or ScreenSettings()
    day = today or date.today()
    behaves = behaviour(known).to_dict("index")
    excluded: dict[str, tuple[Reason, ...]] = {}
    contradictions: list[Contradiction] = []
    unchecked: dict[str, tuple[str, ...]] = {}
    for ticker, fund in known.funds.to_dict("index").items():
        flagged = _flags(fund, used)
        moves = behaves[ticker]
        found = [*_behaviour_reasons(moves), *_name_reasons(fund, used)]
        contradictions += _contradictions(str(ticker), fund, found, moves)
        hidden = [] if any(r.code in STRUCTURAL or r.code == "commodity_futures" for r in flagged) else found
        limits, unknown = _limits(fund, used, day)
        unknown += ("behaviour",) if pd.isna(moves["multiple"]) and pd.isna(moves["beta"]) else ()
        reasons = (*flagged, *hidden, *limits)
        if reasons:
            excluded[str(ticker)] = reasons
        elif unknown:
            unchecked[str(ticker)] = unknown
    passing = tuple(str(ticker) for ticker in known.funds.index if ticker not in excluded)
    return Screening(used, passing, excluded, tuple(contradictions), unchecked)


def behaviour(known: Universe) -> pd.DataFrame:
    """What each fund's weekly returns are a multiple of.

    Returns
    -------
    DataFrame, index ticker
        ``reference`` (the unflagged fund it moves most with), ``correlation``, ``multiple`` (slope of
        its returns on the reference's), and ``beta``, ``beta_correlation`` to SPY; NaN without statistics.
    """
    funds = known.funds
    plain = ~(funds["is_leveraged"] | funds["is_inverse"] | funds["is_derivative_based"])
    # An inverse fund that is marked plain must not become the yardstick of another.
    plain &= funds["listed"] & ~funds["is_active"] & funds["beta_to_spy"].between(MOST_INVERSE, MOST_MULTIPLE)
    names, correlation = _closest(known.correlation, funds.index, funds.index[plain])
    ratio = funds["volatility"].to_numpy() / funds["volatility"].reindex(names).to_numpy()
    return pd.DataFrame(
        {
            "reference": names,
            "correlation": correlation,
            "multiple": correlation * ratio,
            "beta": funds["beta_to_spy"].to_numpy(),
            "beta_correlation": funds["corr_with_spy"].to_numpy(),
        },
        index=funds.index,
    )


def _closest(correlation: pd.DataFrame, index: pd.Index, plain: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """The plain fund that each fund moves most with (not itself), and their correlation."""
    raw = correlation.reindex(index=index, columns=plain).to_numpy(dtype=float, copy=True)
    raw[index.to_numpy()[:, None] == plain.to_numpy()[None, :]] = np.nan
    size = np.where(np.isnan(raw), -1.0, np.abs(raw))
    has = (size >= 0).any(axis=1)
    names, found = np.full(len(index), "", dtype=object), np.full(len(index), np.nan)
    if has.any():
        best = size[has].argmax(axis=1)
        names[has], found[has] = plain.to_numpy()[best], raw[has, best]
    return names, found


def _behaviour_reasons(behaves: Row) -> list[Reason]:
    """A multiple of a fund it closely follows; failing that, of the S&P 500."""
    close = abs(behaves["correlation"]) >= LEAST_CORRELATION
    slope, reference = (behaves["multiple"], behaves["reference"]) if close else (behaves["beta"], "SPY")
    if pd.isna(slope):
        return []
    found = []
    if abs(slope) >= MOST_MULTIPLE:
        found.append(Reason("behaves_leveraged", float(slope), MOST_MULTIPLE, str(reference)))
    if slope <= MOST_INVERSE:
        found.append(Reason("behaves_inverse", float(slope), MOST_INVERSE, str(reference)))
    return found


def _name_reasons(fund: Row, settings: ScreenSettings) -> list[Reason]:
    found = [Reason(code) for code, pattern in _NAMES.items() if pattern.search(str(fund["name"]))]
    allowed = settings.allow_commodity_futures and fund["asset_class"] == "commodity"
    return [reason for reason in found if not (allowed and reason.code == "name_derivative")]


def _flags(fund: Row, settings: ScreenSettings) -> list[Reason]:
    found = []
    if fund["is_leveraged"]:
        found.append(Reason("leveraged", _float(fund["leverage_factor"])))
    if fund["is_inverse"]:
        found.append(Reason("inverse", _float(fund["leverage_factor"])))
    if fund["is_derivative_based"]:
        futures = fund["asset_class"] == "commodity" and bool(_FUTURES.search(str(fund["derivative_kind"])))
        if not futures:
            found.append(Reason("derivative"))
        elif not settings.allow_commodity_futures:
            found.append(Reason("commodity_futures"))
    if not fund["listed"]:
        found.append(Reason("delisted"))
    if fund["is_active"] and not settings.allow_active:
        found.append(Reason("active"))
    if fund["is_currency_hedged"] and not settings.allow_currency_hedged:
        found.append(Reason("currency_hedged"))
    return found


def _limits(fund: Row, settings: ScreenSettings, today: date) -> tuple[list[Reason], tuple[str, ...]]:
    age: float = (
        np.nan if pd.isna(fund["inception_date"]) else (pd.Timestamp(today) - fund["inception_date"]).days / 365.25
    )
    checks = (
        ("young", "inception_date", age, settings.min_age_years),
        ("small", "assets", fund["assets"], settings.min_assets),
        ("illiquid", "dollar_volume", fund["dollar_volume"], settings.min_dollar_volume),
    )
    found = [Reason(code, float(value), limit) for code, _, value, limit in checks if value < limit]
    unknown = tuple(name for _, name, value, limit in checks if pd.isna(value) and limit > 0)
    return found, unknown


def _contradictions(ticker: str, fund: Row, found: Iterable[Reason], behaves: Row) -> list[Contradiction]:
    structural = bool(fund["is_leveraged"] or fund["is_inverse"] or fund["is_derivative_based"])
    if not structural:
        return [Contradiction(ticker, "plain", reason) for reason in found]
    geared = bool(fund["is_leveraged"] or fund["is_inverse"])
    like = behaves["correlation"] >= 0.97 and 0.8 <= behaves["multiple"] <= 1.2
    if geared and like:
        reason = Reason("behaves_plain", float(behaves["multiple"]), None, str(behaves["reference"]))
        return [Contradiction(ticker, "leveraged" if fund["is_leveraged"] else "inverse", reason)]
    return []


def _float(value: object) -> float | None:
    return None if pd.isna(value) else float(value)  # type: ignore[call-overload, arg-type]


@dataclass(frozen=True)
class AgainstPeers:
    """An excluded fund beside the median of its plain peers; decimals, NaN where unknown."""

    ticker: str
    group: str
    peers: int
    fee: float
    fee_median: float
    tracking: float
    tracking_median: float
    top10: float
    top10_median: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def against_peers(known: Universe, screening: Screening) -> tuple[AgainstPeers, ...]:
    """Fee, tracking and concentration of each excluded fund and the median of the plain funds of its group.

    Tracking here is the three-year distance to the fund it is measured against (or to the multiple
    it promises), because an excluded fund has no tracking error to its own plain index.
    """
    funds = known.funds
    passing = funds.loc[list(screening.passing)]
    rows = []
    for ticker in screening.excluded:
        fund = row(funds, ticker)
        peers = passing.loc[passing["peer_group"] == fund["peer_group"]]
        medians = [float(peers[name].median()) for name in ("fee", "tracking_error_3y", "top10")]
        own = [float(fund[name]) for name in ("fee", "tracking_error_3y", "top10")]
        rows.append(
            AgainstPeers(
                ticker, str(fund["peer_group"]), len(peers), own[0], medians[0], own[1], medians[1], own[2], medians[2]
            )
        )
    return tuple(rows)
