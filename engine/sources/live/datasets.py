"""What a stored table makes of a data set: a longer one, or one that only a refresh can give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from engine.months import month_rows
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance
from engine.sources.facts import month_end_rates, usdkrw_findings
from engine.sources.known import FRENCH, MARKET, rule_of
from engine.sources.live import universe
from engine.sources.live.request import malformed
from engine.sources.live.splice import extended_levels, extended_returns

SEVERITIES = ("error", "warning", "info")
SHOWN = 5
"""Findings of the download that a data set repeats; the manifest has them all."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A downloaded table: as it came, where it came from, and when."""

    frame: pd.DataFrame
    source: str
    retrieved_at: str
    findings: tuple[Finding, ...] = ()

    @property
    def day(self) -> str:
        return self.retrieved_at[:10]


@dataclass(frozen=True)
class Live:
    """How a data set uses a stored table.

    Attributes
    ----------
    table : str
        Name of the table in the store.
    build : callable
        From the bundled data set (None where there is none) and the table.
    columns : tuple of str or None
        Columns of the table that are read.
    below : Live or None
        Another table that is laid over the bundled data set before this one.
    """

    table: str
    build: Callable[[Dataset | None, Stored], Dataset]
    columns: tuple[str, ...] | None = None
    below: Live | None = None

    @property
    def layers(self) -> tuple[Live, ...]:
        """This use, and what lies below it first."""
        return (self,) if self.below is None else (*self.below.layers, self)


def wide(frame: pd.DataFrame, value: str = "adj_close") -> pd.DataFrame:
    """Bars in long form as one column a ticker, by date."""
    return frame.set_index(["date", "ticker"])[value].unstack("ticker").sort_index().rename_axis(columns=None)  # noqa: PD010  (no aggregation)


def _extended(base: Dataset, frame: pd.DataFrame, stored: Stored, findings: tuple[Finding, ...]) -> Dataset:
    """The bundled data set with more rows, saying from when they are."""
    origin = base.provenance
    if len(frame) == len(base.table):
        note = f"{stored.source} (retrieved {stored.day}) has nothing after {base.last}"
    else:
        first = pd.Timestamp(frame.index[len(base.table)]).date()
        note = f"bundled to {base.last}; from {first} {stored.source}, retrieved {stored.day}, joined by growth"
    provenance = replace(
        origin,
        source=f"{origin.source}; newer rows: {stored.source}",
        as_of=pd.Timestamp(frame.index[-1]).date(),
        retrieved=f"{origin.retrieved}; refreshed {stored.day}",
    )
    kept = tuple(_first(stored.findings, lambda found: found.severity != "info"))
    return Dataset(frame, provenance, (*base.findings, Finding("splice", "info", note), *findings, *kept))


def _needed(base: Dataset | None) -> Dataset:
    if base is None:
        raise AssertionError("this data set has a bundled part")
    return base


def _levels(base: Dataset | None, stored: Stored, names: Mapping[str, str] | None = None) -> Dataset:
    held = _needed(base)
    table = wide(stored.frame).rename(columns=dict(names or {}))
    frame, findings = extended_levels(held.frame, table, stored.source)
    return _extended(held, frame, stored, findings)


def _sp500_price(base: Dataset | None, stored: Stored) -> Dataset:
    return _levels(base, stored, {"^GSPC": "SP500"})


def _sp500_total_return(base: Dataset | None, stored: Stored) -> Dataset:
    made = _levels(base, stored, {"^SP500TR": "sp500_total_return"})
    note = Finding("basis", "info", "newer rows are the published total return index, not spread dividends")
    return replace(made, findings=(*made.findings, note))


def _returns(base: Dataset | None, stored: Stored, names: Mapping[str, str] | None = None) -> Dataset:
    held = _needed(base)
    table = stored.frame.set_index("date").rename(columns=dict(names or {}))
    frame, findings = extended_returns(held.frame, table, stored.source)
    return _extended(held, frame, stored, findings)


def portfolio_names() -> dict[str, str]:
    """Names in the library's files, and ours (``S#V#`` and ``S#M#``: quintiles of size, and of value or momentum)."""
    names = {"Mkt-RF": "MktRF"}
    for letter, word in (("V", "BM"), ("M", "PRIOR")):
        for size in (1, 3, 5):
            for rank in (1, 3, 5):
                outer = {1: "SMALL", 5: "BIG"}.get(size)  # corners have names of their own
                side = {1: "Lo", 5: "Hi"}.get(rank)
                told = f"{outer} {side}{word}" if outer and side else f"ME{size} {word}{rank}"
                names[told] = f"S{size}{letter}{rank}"
    return names


def _french_portfolios(base: Dataset | None, stored: Stored) -> Dataset:
    frame = stored.frame.rename(columns=portfolio_names())
    if {"MktRF", "RF"} <= set(frame.columns):
        frame = frame.assign(Market=frame["MktRF"] + frame["RF"])
    return _returns(base, replace(stored, frame=frame))


def _usdkrw_monthly(base: Dataset | None, stored: Stored) -> Dataset:
    """Month ends of the daily rate after the last whole month on file."""
    held = _needed(base)
    rates = wide(stored.frame, "close")["KRW=X"].dropna()
    rows = month_rows(pd.DatetimeIndex(rates.index))
    month = pd.DatetimeIndex(rates.index).to_period("M")
    fresh = pd.DataFrame(
        {
            "krw_per_usd_month_end": rates.iloc[rows.last].to_numpy(),
            "krw_per_usd_average": rates.groupby(month).mean().to_numpy(),
            "last_date": rates.index[rows.last],
            "source": stored.source + " KRW=X",
            "as_of": [day.date().isoformat() for day in rates.index[rows.last]],
        },
        index=rows.ends.as_unit("us").rename("date"),
    )
    old = held.frame
    whole = old.loc[month_end_rates(old)]
    common = whole.index.intersection(fresh.index[rows.ended])
    apart = (fresh.loc[common, "krw_per_usd_month_end"] / whole.loc[common, "krw_per_usd_month_end"] - 1.0).abs()
    if len(common) < 2 or (apart > 0.02).mean() > 0.05:
        raise malformed(
            stored.source, f"KRW=X: {int((apart > 0.02).sum())} of {len(common)} month ends differ by more than 2 %"
        )
    later = fresh.loc[fresh.index > whole.index[-1]]
    frame = pd.concat([whole, later]).rename_axis(index="date")
    moved = int((apart > 0.005).sum())
    told = f"{moved} of {len(common)} month ends of both differ by more than 0.5 %, the largest by {apart.max():.2%}"
    note = Finding("splice_disagreement", "warning" if moved else "info", told)
    months = frame.assign(month=[f"{day:%Y-%m}" for day in frame.index])
    made = _extended(replace(held, table=whole, findings=()), frame, stored, (note, *usdkrw_findings(months)))
    return replace(made, provenance=replace(made.provenance, as_of=rates.index[-1].date()))


def _fred(stored: Stored) -> dict[str, pd.Series]:
    return {str(name): group.set_index("date")["value"] for name, group in stored.frame.groupby("series", sort=False)}


def _us_macro_monthly(base: Dataset | None, stored: Stored) -> Dataset:
    """Months after the last one on file: averages of daily yields over whole months, monthly figures as published."""
    held = _needed(base)
    series = _fred(stored)
    needed = ("DGS10", "T10Y3M", "FEDFUNDS", "CPILFESL", "UNRATE")
    absent = [name for name in needed if name not in series]
    if absent:
        raise malformed(stored.source, f"no data for {', '.join(absent)}")
    ten, spread = (_month_averages(series[name]) for name in ("DGS10", "T10Y3M"))
    monthly = {name: _month_ends(series[name]) for name in ("FEDFUNDS", "CPILFESL", "UNRATE")}
    fresh = pd.DataFrame(
        {
            "treasury_10y_pct_avg": ten,
            "term_spread_10y_3m_pct_avg": spread,
            "treasury_3m_pct_avg": ten - spread,
            "fed_funds_pct": monthly["FEDFUNDS"],
            "core_cpi_index_sa": monthly["CPILFESL"],
            "unemployment_pct_sa": monthly["UNRATE"],
        }
    )
    numbers = held.frame[list(fresh.columns)]
    findings = [_macro_overlap(str(name), numbers[name], fresh[name], stored.source) for name in fresh.columns]
    later = fresh.loc[
        (fresh.index > held.table.index[-1]) & fresh["fed_funds_pct"].notna() & ten.reindex(fresh.index).notna()
    ]
    blank = [f"{day:%Y-%m}" for day in later.index[later.isna().any(axis=1)]]
    if blank:
        findings.append(Finding("missing_values", "warning", f"not (yet) published, left blank: {', '.join(blank)}"))
    added = later.assign(source=stored.source, as_of=stored.day)
    frame = pd.concat([held.frame, added]).rename_axis(index="date")
    return _extended(held, frame, stored, tuple(found for found in findings if found is not None))


def _month_averages(line: pd.Series) -> pd.Series:
    """Averages of the days with a value, for months that are over."""
    known = line.dropna()
    rows = month_rows(pd.DatetimeIndex(known.index))
    means = known.groupby(pd.DatetimeIndex(known.index).to_period("M")).mean().to_numpy()
    return pd.Series(means[rows.ended], index=rows.ends[rows.ended].as_unit("us"))


def _month_ends(line: pd.Series) -> pd.Series:
    """Figures stamped at month starts, moved to month ends."""
    return line.set_axis(pd.DatetimeIndex(pd.DatetimeIndex(line.index) + pd.offsets.MonthEnd(0)).as_unit("us"))


def _macro_overlap(name: str, old: pd.Series, new: pd.Series, source: str) -> Finding | None:
    """How many months were revised; figures that are not the same series are refused."""
    common = old.dropna().index.intersection(new.dropna().index)
    if len(common) < 24:
        raise malformed(source, f"{name}: {len(common)} months in common with the data on file, 24 needed")
    was, now = old[common].to_numpy(float), new[common].to_numpy(float)
    apart = abs(was - now)
    size = max(float(abs(was).mean()), 0.5)
    if float(pd.Series(apart).median()) > 0.05 * size:
        raise malformed(
            source, f"{name}: figures differ from those on file by {float(pd.Series(apart).median()):.2f} in the middle"
        )
    revised = int((apart > 0.002 * size).sum())
    if not revised:
        return None
    worst = int(apart.argmax())
    told = f"{name}: {revised} of {len(common)} months revised, the largest by {apart[worst]:.2f} in {common[worst]:%Y-%m}; history stays as on file"
    return Finding("vintage", "warning", told)


def _first(findings: Sequence[Finding], wanted: Callable[[Finding], bool] = lambda _: True) -> list[Finding]:
    """What a data set repeats: every error that could not be repaired, then the gravest of the others."""
    wrong = [found for found in findings if found.unrepaired]
    rest = [found for found in findings if not found.unrepaired and wanted(found)]
    graver = sorted(rest, key=lambda found: SEVERITIES.index(found.severity))
    return [*wrong, *graver[: max(SHOWN - len(wrong), 0)]]


def _fresh(
    name: str,
    frame: pd.DataFrame,
    stored: Stored,
    basis: Basis,
    frequency: Frequency,
    unit: str,
    currency: str | None,
    known_at: Mapping[str, str],
    *findings: Finding,
) -> Dataset:
    provenance = Provenance(
        name=name,
        source=stored.source,
        basis=basis,
        frequency=frequency,
        unit=unit,
        as_of=pd.Timestamp(frame.index[-1]).date(),
        retrieved=f"refreshed {stored.day}",
        currency=currency,
        known_at=known_at,
    )
    shown = _first(stored.findings)
    more = len(stored.findings) - len(shown)
    note = (Finding("more", "info", f"{more} further findings stand in the snapshot's manifest"),) if more else ()
    return Dataset(frame, provenance, (*findings, *shown, *note))


def _etf_prices(base: Dataset | None, stored: Stored) -> Dataset:
    frame = wide(stored.frame)
    rule = dict.fromkeys(map(str, frame.columns), MARKET.rule)
    ragged = Finding("ragged", "info", "funds begin at their own first day; blank before it")
    return _fresh(
        "etf_prices", frame, stored, Basis.TOTAL_RETURN, Frequency.DAILY, "USD, dividend-adjusted", "USD", rule, ragged
    )


def _usdkrw_daily(base: Dataset | None, stored: Stored) -> Dataset:
    frame = wide(stored.frame, "close").rename(columns={"KRW=X": "krw_per_usd"})
    rule = {"krw_per_usd": MARKET.rule}
    return _fresh("usdkrw_daily", frame, stored, Basis.RATE, Frequency.DAILY, "KRW per USD", "KRW", rule)


def _us_macro_daily(base: Dataset | None, stored: Stored) -> Dataset:
    series = _fred(stored)
    frame = pd.DataFrame(series).sort_index().dropna(how="all").rename_axis(index="date")
    rules = {name: rule_of(name).rule for name in series}
    return _fresh("us_macro_daily", frame, stored, Basis.RATE, Frequency.DAILY, "% a year; VIX in points", None, rules)


def _etf_facts(base: Dataset | None, stored: Stored) -> Dataset:
    provenance = Provenance(
        name="etf_facts",
        source=stored.source,
        basis=Basis.FACT,
        frequency=Frequency.TABLE,
        unit="% a year, % of price, % of assets, USD, USD million, shares a day",
        as_of=stored.frame["retrieved"].max().date(),
        retrieved=f"refreshed {stored.day}; each figure has its day",
        currency="USD",
    )
    return Dataset(stored.frame, provenance, tuple(_first(stored.findings)))


def _five(name: str, frequency: Frequency) -> Callable[[Dataset | None, Stored], Dataset]:
    def build(base: Dataset | None, stored: Stored) -> Dataset:
        frame = stored.frame.set_index("date").dropna(how="all")
        rules = dict.fromkeys(map(str, frame.columns), FRENCH.rule)
        spreads = Finding("basis", "info", "RF is a total return; the others are spreads between portfolios")
        return _fresh(name, frame, stored, Basis.TOTAL_RETURN, frequency, "return, decimal", "USD", rules, spreads)

    return build


_ADJUSTED = ("ticker", "date", "adj_close")
_CLOSES = ("ticker", "date", "close")

LIVE: dict[str, Live] = {
    "sp500_price": Live("sp500_price", _sp500_price, _ADJUSTED),
    "sp500_total_return": Live("sp500_total_return", _sp500_total_return, _ADJUSTED),
    "factor_etfs": Live("factor_etfs", _levels, _ADJUSTED),
    "us_large_caps": Live("us_large_caps", _levels, _ADJUSTED),
    "french_portfolios": Live("french_portfolios", _french_portfolios),
    "french_factors": Live("french_factors", _returns),
    "us_macro_monthly": Live("us_macro_monthly", _us_macro_monthly),
    "usdkrw_monthly": Live("usdkrw_daily", _usdkrw_monthly, _CLOSES),
    "usdkrw_daily": Live("usdkrw_daily", _usdkrw_daily, _CLOSES),
    "us_macro_daily": Live("us_macro_daily", _us_macro_daily),
    "etf_prices": Live("etf_prices", _etf_prices, _ADJUSTED),
    "french_five_factors": Live("french_five_factors", _five("french_five_factors", Frequency.MONTHLY)),
    "french_five_factors_daily": Live("french_five_factors_daily", _five("french_five_factors_daily", Frequency.DAILY)),
    "etf_facts": Live("etf_facts", _etf_facts),
    "etf_statistics": Live("etf_statistics", universe.statistics),
    "etf_universe": Live("etf_quotes", universe.funds, below=Live("etf_facts", universe.with_facts)),
    "etf_correlations": Live("etf_correlations", universe.shrunk),
    "etf_correlations_raw": Live("etf_correlations_raw", universe.pairwise),
}
"""Data sets that a stored table extends (if they are bundled too) or makes."""
