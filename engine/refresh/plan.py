"""What a refresh asks for: one request a stored table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from engine.errors import BadInput
from engine.refresh.derived import BARS
from engine.sources import BUNDLED, load
from engine.sources.live import Request
from engine.sources.live.datasets import LIVE
from engine.universe.recompute import parts

_START = date(1990, 1, 1)


def _yahoo(name: str, *tickers: str, start: date = _START) -> Request:
    return Request(name, "yahoo_bars", tickers, start)


def _columns(name: str) -> tuple[str, ...]:
    return tuple(map(str, load(name, BUNDLED).table.columns))


def _funds() -> list[str]:
    """The funds of the universe, and those that they are measured against."""
    beside = load("etf_statistics", BUNDLED).table["tracking_reference"].dropna()
    named = {name for text in beside for _, name in parts(text)}
    return sorted(named | set(load("etf_universe", BUNDLED).table["ticker"]))


TABLES: dict[str, Callable[[], Request]] = {
    "sp500_price": lambda: _yahoo("sp500_price", "^GSPC"),
    "sp500_total_return": lambda: _yahoo("sp500_total_return", "^SP500TR"),
    "factor_etfs": lambda: _yahoo("factor_etfs", *_columns("factor_etfs"), start=date(2014, 1, 1)),
    "us_large_caps": lambda: _yahoo("us_large_caps", *_columns("us_large_caps")),
    "usdkrw_daily": lambda: _yahoo("usdkrw_daily", "KRW=X", start=date(2003, 12, 1)),
    "us_macro_daily": lambda: Request(
        "us_macro_daily", "fred_series", ("DGS10", "DGS3MO", "T10Y3M", "BAA10Y", "VIXCLS")
    ),
    "us_macro_monthly": lambda: Request(
        "us_macro_monthly", "fred_series", ("DGS10", "T10Y3M", "FEDFUNDS", "TB3MS", "CPILFESL", "CPIAUCSL", "UNRATE")
    ),
    "french_factors": lambda: Request("french_factors", "french_files", ("F-F_Research_Data_Factors",)),
    "french_five_factors": lambda: Request(
        "french_five_factors", "french_files", ("F-F_Research_Data_5_Factors_2x3", "F-F_Momentum_Factor")
    ),
    "french_five_factors_daily": lambda: Request(
        "french_five_factors_daily",
        "french_files",
        ("F-F_Research_Data_5_Factors_2x3_daily", "F-F_Momentum_Factor_daily"),
    ),
    "french_portfolios": lambda: Request(
        "french_portfolios",
        "french_files",
        (
            "F-F_Research_Data_Factors",
            "F-F_Momentum_Factor",
            "12_Industry_Portfolios",
            "25_Portfolios_5x5",
            "25_Portfolios_ME_Prior_12_2",
        ),
    ),
    "etf_prices": lambda: _yahoo("etf_prices", *_funds()),
    "etf_facts": lambda: Request("etf_facts", "yahoo_facts", tuple(load("etf_universe", BUNDLED).table["ticker"])),
}
"""Stored tables, the small ones first, and what each asks for."""


def choose(only: Sequence[str] | None) -> list[str]:
    """Tables of these names; the name of a data set stands for its tables, or for the bars they are computed from. None is all.

    Raises
    ------
    BadInput
        A name is neither, or the list is empty.
    """
    if only is None:
        return list(TABLES)
    wanted = set()
    for name in only:
        if name not in TABLES and name not in LIVE:
            raise BadInput(
                "unknown_choice", field="only", value=name, accepted=", ".join(dict.fromkeys((*TABLES, *LIVE)))
            )
        tables = [name] if name in TABLES else [use.table for use in LIVE[name].layers]
        wanted |= {table if table in TABLES else BARS for table in tables}
    if not wanted:
        raise BadInput("empty_choice", field="only")
    return [name for name in TABLES if name in wanted]


def plan(only: Sequence[str] | None = None) -> list[Request]:
    """The requests of a refresh, in order."""
    return [TABLES[name]() for name in choose(only)]
