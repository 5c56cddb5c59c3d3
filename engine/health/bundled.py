"""The bundled tables through the same checks as downloaded ones, and held against each other.

Nothing of them is repaired in place: a repair that would be certain is proposed.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd

from engine.errors import LodestarError
from engine.integrity import series
from engine.refresh.agree import apart
from engine.refresh.checks import RATES, checked_facts, told
from engine.sources import BUNDLED, load
from engine.sources.dataset import Finding
from engine.universe.funds import universe

MEASURES: dict[str, dict[str, tuple[str, ...]]] = {
    "sp500_price": {"level": ()},
    "sp500_total_return": {"level": ()},
    "factor_etfs": {"level": ()},
    "us_large_caps": {"level": ()},
    "french_portfolios": {"rate": tuple(RATES), "return": ()},
    "french_factors": {"rate": tuple(RATES), "return": ()},
    "moodys_yields": {"rate": ()},
    "core_cpi": {"level": ()},
    "bill_rate": {"rate": ()},
    "sp500_monthly_total_return": {"percent": ()},
    "qrft_amom_monthly_returns": {"percent": ()},
    "usdkrw_monthly": {"level": ()},
    "us_macro_monthly": {"level": ("core_cpi_index_sa",), "rate": ()},
}
"""What the columns of a bundled data set measure: levels above zero, rates that may be zero, decimal returns, or
returns in percent. No names: every column that is not named before."""

FUNDS = "etf_universe"
CHECKED = frozenset({*MEASURES, FUNDS})


@dataclass(frozen=True)
class Same:
    """Two bundled sources of one thing; the finding goes to ``name``."""

    name: str
    item: str
    other: str
    tolerance: float
    unit: str
    read: Callable[[], tuple[pd.Series, pd.Series]]


def column(name: str, of: str, unit: float = 1.0) -> pd.Series:
    """A column of a bundled data set, in decimals where ``unit`` is 100."""
    return load(name, BUNDLED).frame[of] / unit


def month_returns(name: str, of: str) -> pd.Series:
    """Returns of whole months of a bundled daily index, by month end."""
    line = column(name, of)
    ends = line.groupby(pd.DatetimeIndex(line.index).to_period("M")).last()
    made = ends.pct_change(fill_method=None).iloc[:-1]  # the last month may be cut
    return made.set_axis(pd.DatetimeIndex(pd.PeriodIndex(made.index).to_timestamp(how="end").normalize().as_unit("us")))


def _inflation(name: str, of: str) -> pd.Series:
    """Price change of a month: index levels of two vintages may have another base."""
    return column(name, of).pct_change(fill_method=None)


PAIRS: tuple[Same, ...] = (
    Same(
        "french_portfolios",
        "Market",
        "sp500_total_return",
        0.06,  # all US shares, not the large ones: up to 4.8 points of a month apart (2000-02)
        "return a month",
        lambda: (column("french_portfolios", "Market"), column("sp500_monthly_total_return", "tr_pct", 100.0)),
    ),
    Same(
        "french_factors",
        "Mkt-RF",
        "other_release",
        0.005,
        "return a month",
        lambda: (column("french_factors", "Mkt-RF"), column("french_portfolios", "MktRF")),
    ),
    Same(
        "sp500_price",
        "SP500",
        "fact_table",
        0.002,
        "return a month",
        lambda: (month_returns("sp500_price", "SP500"), column("sp500_monthly_total_return", "sp500_price_pct", 100.0)),
    ),
    Same(
        "core_cpi",
        "CPILFESL",
        "macro_table",
        0.002,
        "price change a month",
        lambda: (_inflation("core_cpi", "CPILFESL"), _inflation("us_macro_monthly", "core_cpi_index_sa")),
    ),
    Same(
        "factor_etfs",
        "MTUM",
        "fact_table",
        0.005,
        "return a month",
        lambda: (month_returns("factor_etfs", "MTUM"), column("qrft_amom_monthly_returns", "mtum_pct", 100.0)),
    ),
)


@lru_cache(maxsize=8)
def findings(base: str) -> dict[str, tuple[Finding, ...]]:
    """What the checks find in the bundled data of this id, by data set; sets that cannot be read are left out."""
    found: dict[str, list[Finding]] = {name: [] for name in (*MEASURES, FUNDS)}
    for name in MEASURES:
        try:
            found[name] += checked(name)
        except LodestarError:
            continue
    with suppress(LodestarError):
        found[FUNDS] += _proposed(told(checked_facts(universe().funds).findings))
    for pair in PAIRS:
        found[pair.name] += compared(pair)
    return {name: tuple(rows) for name, rows in found.items()}


def checked(name: str) -> list[Finding]:
    """Findings of one bundled data set; nothing is changed."""
    frame = load(name, BUNDLED).frame.select_dtypes("number")
    left = [str(of) for of in frame.columns]
    found: list[Finding] = []
    for measure, named in MEASURES[name].items():
        columns = [of for of in named if of in left] or (left if not named else [])
        left = [of for of in left if of not in columns]
        if columns:
            part = frame[columns] / 100.0 if measure == "percent" else frame[columns]
            report = series(part, measure="return" if measure == "percent" else measure)
            found += _proposed(told(report.findings))
    return found


def _proposed(found: tuple[Finding, ...]) -> list[Finding]:
    """Bundled tables stay as they are: what would be a repair is a proposal."""
    made = []
    for one in found:
        text = one.text.replace("; repaired: ", "; proposed: ")
        made.append(replace(one, applied=False, text=text) if one.applied else one)
    return made


def compared(pair: Same) -> list[Finding]:
    """Where two bundled sources of one thing differ by more than can be explained."""
    try:
        one, other = pair.read()
    except LodestarError:
        return []
    found = apart(one, other, pair.item, pair.other, pair.tolerance, pair.unit)
    return [] if found is None else [found]
