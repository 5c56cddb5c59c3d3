"""The sleeves and their equal mixes as lines that other rooms can show and compare."""

from __future__ import annotations

from functools import partial

import pandas as pd

from engine.backtest import rebalance_dates
from engine.backtest.plain import simulate_plain
from engine.factors.artifacts import open_artifact
from engine.factors.live import live
from engine.factors.sleeves import ETF_OF, SLEEVES, sleeve_returns
from engine.lines import LineSpec
from engine.months import month_rows
from engine.sources import Basis, Finding, Frequency, Line, load

MIX_COST_BPS = 10.0
"""Cost per unit traded that an equal mix pays, buys and sells, in basis points."""


def _growth(returns: pd.DataFrame) -> pd.DataFrame:
    """Levels from monthly returns, with a row of ones at the month end before."""
    levels = (1.0 + returns).cumprod()
    before = levels.index[0] - pd.offsets.MonthEnd(1)
    levels.loc[before] = 1.0
    return levels.sort_index()


def _sleeve(name: str) -> Line:
    french = load("french_portfolios")
    levels = _growth(sleeve_returns(french.frame)[[name]].dropna())[name]
    source = f"{french.provenance.source} ({SLEEVES[name]})"
    return Line(name, levels, Basis.TOTAL_RETURN, Frequency.MONTHLY, "USD", "paper", source, findings=french.findings)


def _equal_mix(levels: pd.DataFrame) -> pd.Series:
    dates = rebalance_dates(pd.DatetimeIndex(levels.index), "monthly")
    weights = pd.DataFrame(1.0 / levels.shape[1], index=dates, columns=levels.columns)
    return simulate_plain(levels, weights, cost_bps=MIX_COST_BPS).value


def _equal_weight() -> Line:
    french = load("french_portfolios")
    levels = _growth(sleeve_returns(french.frame).dropna())
    source = f"equal mix of the eight sleeves, {french.provenance.source}"
    return Line(
        "equal_weight",
        _equal_mix(levels),
        Basis.TOTAL_RETURN,
        Frequency.MONTHLY,
        "USD",
        "simulated",
        source,
        MIX_COST_BPS,
        french.findings,
    )


def _etf(ticker: str) -> Line:
    etfs = load("factor_etfs")
    return Line(
        ticker,
        etfs.frame[ticker],
        Basis.TOTAL_RETURN,
        Frequency.DAILY,
        "USD",
        "fund",
        etfs.provenance.source,
        findings=etfs.findings,
    )


def _etf_equal_weight() -> Line:
    etfs = load("factor_etfs")
    source = f"equal mix of {', '.join(etfs.frame.columns)}"
    return Line(
        "etf_equal_weight",
        _equal_mix(etfs.frame),
        Basis.TOTAL_RETURN,
        Frequency.DAILY,
        "USD",
        "simulated",
        source,
        MIX_COST_BPS,
        etfs.findings,
    )


def _ai(line_id: str, universe: str) -> Line:
    made = open_artifact(universe)
    levels = _growth(made.returns[["ai"]].rename(columns={"ai": line_id}))[line_id]
    source = f"AI factor weights over the {universe.replace('_', ' ')} sleeves, refit every January"
    return Line(line_id, levels, Basis.TOTAL_RETURN, Frequency.MONTHLY, "USD", "walk_forward", source, MIX_COST_BPS)


def _ai_etf() -> Line:
    """The AI's weights carried by the factor ETFs: decided at month ends, filled at the next session's close.

    It ends with the last day for which there is a decision: a mix that nobody decided is not the AI's.
    """
    going = live("factor_etf")
    decided = (going.weights if going else open_artifact("factor_etf").weights["ai"]).rename(columns=ETF_OF)
    prices = load("factor_etfs").frame
    if going:
        prices = prices.loc[: going.until]
    months = month_rows(pd.DatetimeIndex(prices.index))
    sessions = pd.Series(prices.index[months.last[months.ended]], index=months.ends[months.ended])
    known = decided.loc[decided.index.intersection(sessions.index)]
    targets = known.set_axis(pd.DatetimeIndex(sessions.loc[known.index]))
    value = simulate_plain(prices, targets, cost_bps=MIX_COST_BPS, fill="next_close").value
    source = "AI factor weights over QUAL, MTUM, VLUE, USMV, SIZE, refit every January"
    findings: tuple[Finding, ...] = ()
    if going:
        findings = going.findings
        since = "" if going.since is None else f" to {going.fit.year}; decisions {going.basis}"
        source += since
    return Line(
        "ai_etf", value, Basis.TOTAL_RETURN, Frequency.DAILY, "USD", "walk_forward", source, MIX_COST_BPS, findings
    )


LINES = (
    LineSpec("ai", partial(_ai, "ai", "full"), "ai"),
    LineSpec("ai_large_cap", partial(_ai, "ai_large_cap", "large_cap"), "ai"),
    LineSpec("ai_etf", _ai_etf, "ai"),
    *(LineSpec(name, partial(_sleeve, name), "sleeves") for name in SLEEVES),
    LineSpec("equal_weight", _equal_weight, "sleeves"),
    *(LineSpec(ticker, partial(_etf, ticker), "factor_etfs") for ticker in ("MTUM", "QUAL", "SIZE", "USMV", "VLUE")),
    LineSpec("etf_equal_weight", _etf_equal_weight, "factor_etfs"),
)
