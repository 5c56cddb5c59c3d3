"""Fact tables of ``data/facts``: read, checked against a schema, turned into data sets."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from engine.errors import MissingData
from engine.months import weekdays_left
from engine.paths import facts_dir
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance

if TYPE_CHECKING:
    from pandera.errors import SchemaErrors


@dataclass(frozen=True)
class FactTable:
    """How one file of ``data/facts`` is read.

    Attributes
    ----------
    dated_rows : bool
        Each row is a fact of its own date, so the table speaks until the newest ``as_of``; otherwise
        its rows belong together and it is as old as the oldest.
    parameters : mapping of str to float
        What the table was made with, as ``Provenance.parameters``.
    """

    name: str
    schema: str
    source: str
    basis: Basis
    unit: str
    currency: str | None = None
    publication_lag: Mapping[str, int] = field(default_factory=dict)
    dated_rows: bool = False
    findings: Callable[[pd.DataFrame], tuple[Finding, ...]] = lambda _: ()
    parameters: Mapping[str, float] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"data/facts/{self.name}.csv"


def read_facts(table: FactTable) -> Dataset:
    """One fact table, checked.

    A table with a ``month`` column becomes a monthly data set indexed by month end; the others
    keep their rows. Percent columns keep their unit and say so in their name.

    Raises
    ------
    MissingData
        The file is missing, unreadable or breaks its schema; the message names file and column.
    """
    frame = validated(table, _read(table))
    monthly = "month" in frame
    findings = table.findings(frame)
    newest = (max if table.dated_rows else min)(last_day(text) for text in frame["as_of"])
    if monthly:
        frame.index = pd.DatetimeIndex(pd.PeriodIndex(frame.pop("month"), freq="M").to_timestamp(how="end").normalize())
        frame.index.name = "date"
        if not frame.index.is_monotonic_increasing:
            raise MissingData(
                "bad_table", field="month", file=table.file, value="months out of order", accepted="increasing months"
            )
        newest = min(frame.index[-1], last_day(frame["as_of"].iloc[-1]))
        if "last_date" in frame:
            newest = min(newest, frame["last_date"].iloc[-1])
    provenance = Provenance(
        name=table.name,
        source=table.source,
        basis=table.basis,
        frequency=Frequency.MONTHLY if monthly else Frequency.TABLE,
        unit=table.unit,
        currency=table.currency,
        as_of=newest.date(),
        retrieved="fact table in the repository; source and as-of per row",
        publication_lag=table.publication_lag,
        parameters=table.parameters,
    )
    return Dataset(frame, provenance, findings)


def _read(table: FactTable) -> pd.DataFrame:
    path = facts_dir() / f"{table.name}.csv"
    if not path.is_file():
        raise MissingData("missing_file", field="file", value=table.file)
    try:
        frame = pd.read_csv(
            path, dtype={"month": str, "as_of": str, "note": str, "partial_month": str}, encoding="utf-8"
        )
        if not isinstance(frame.index, pd.RangeIndex):
            raise ValueError("more fields in a row than in the header")
    except (OSError, ValueError) as error:
        reason = f"not a readable CSV table ({type(error).__name__})"
        raise MissingData(
            "bad_table", field="-", file=table.file, value=reason, accepted="UTF-8 CSV with a header"
        ) from error
    if frame.empty:
        raise MissingData("bad_table", field="-", file=table.file, value="no rows", accepted="at least one row")
    return frame


def validated(table: FactTable, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in the types of the table's schema.

    Raises
    ------
    MissingData
        It breaks the schema; the message names the column.
    """
    from pandera.errors import SchemaErrors

    from engine.sources import schemas

    try:
        return cast(pd.DataFrame, getattr(schemas, table.schema).validate(frame, lazy=True))
    except SchemaErrors as error:
        raise _first_failure(table, error) from error


_ACCEPTED = {"coerce_dtype('float64')": "a number", "coerce_dtype('datetime64[ns]')": "a date (YYYY-MM-DD)"}


def _first_failure(table: FactTable, error: SchemaErrors) -> MissingData:
    case = min(error.failure_cases.to_dict("records"), key=_rank)
    column = case["column"] if isinstance(case["column"], str) else None
    if case["check"] == "column_in_dataframe":
        column, value, accepted = case["failure_case"], "the column is missing", "a column of this name"
    elif case["check"] == "column_in_schema":
        column, value, accepted = case["failure_case"], "the column is not known", "only the documented columns"
    else:
        row = f" in data row {int(case['index']) + 1}" if pd.notna(case["index"]) else ""
        value, accepted = f"'{case['failure_case']}'{row}", _ACCEPTED.get(str(case["check"]), str(case["check"]))
    return MissingData("bad_table", field=column or "several", file=table.file, value=value, accepted=accepted)


def _rank(case: dict[Hashable, Any]) -> int:
    """Missing columns first, then unknown ones, then single columns, then checks over several columns.

    A check over several columns fails in each of them; its name begins with the one to blame.
    """
    check = str(case["check"])
    first = {"column_in_dataframe": 0, "column_in_schema": 1}
    other = 2 if case["schema_context"] == "Column" else 3 if case["column"] == check.split(maxsplit=1)[0] else 4
    return first.get(check, other)


def last_day(text: str) -> pd.Timestamp:
    """Last day an as-of text speaks for: ``2025-07`` means the end of that month."""
    return pd.Timestamp(text) if len(text) == 10 else pd.Timestamp(text) + pd.offsets.MonthEnd(0)


def _sp500_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    after_fee = frame.loc[frame["tr_basis"] == "spy_etf_after_fee", "month"]
    partial = [m for m, text in zip(frame["month"], frame["as_of"], strict=True) if last_day(m) > last_day(text)]
    found = []
    if len(after_fee):
        span = f"{after_fee.iloc[0]} to {after_fee.iloc[-1]}"
        found.append(Finding("basis", "info", f"{span}: return of the SPY fund after its fee, not of the index"))
    found += [Finding("partial_month", "warning", f"{month} stops before its month end") for month in partial]
    return tuple(found)


def month_end_rates(table: pd.DataFrame) -> np.ndarray:
    """True for the rows whose rate is of the month end; a holiday may lie between, but not at the end of the table."""
    left = weekdays_left(pd.DatetimeIndex(table["last_date"]))
    return np.append(left[:-1] <= 1, left[-1] == 0)


def usdkrw_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """What is said of rates whose ``month`` column names their months."""
    whole = month_end_rates(frame)
    partial = frame.loc[~whole, "month"]
    early = int((weekdays_left(pd.DatetimeIndex(frame["last_date"]))[whole] > 0).sum())
    note = Finding("stale_rates", "info", f"{early} month-end rates are of the weekday before (a holiday, or no quote)")
    cut = "last rate is not of the month end; not used on return paths"
    return (note, *(Finding("partial_month", "warning", f"{month}: {cut}") for month in partial))


def _fund_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    partial = frame.loc[frame["partial_month"].notna(), "month"]
    return tuple(
        Finding("partial_month", "warning", f"{month} is not a whole month and is not counted") for month in partial
    )


def _macro_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    holes = frame.loc[frame["core_cpi_index_sa"].isna(), "month"]
    blank = tuple(
        Finding("missing_values", "warning", f"{m}: inflation and unemployment were never published; left blank")
        for m in holes
    )
    return (Finding("vintage", "warning", "inflation and unemployment are the latest vintage (revised later)"), *blank)


def _universe_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    passing = frame.loc[frame["screen_result"] == "pass"]
    spreads, tracked = (int(passing[name].notna().sum()) for name in ("avg_spread_pct", "tracking_as_of"))
    few = f"of {len(passing)} plain funds only {spreads} have a published spread and {tracked} a published tracking figure"
    mixed = "dates differ between the columns of a row; prices are of the listing date, volumes of 2025-02"
    return (Finding("coverage", "warning", few), Finding("dates", "info", mixed))


def _statistics_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    proxies = int((frame["spread_score_basis"] == "proxy").sum())
    distant = int((frame["tracking_quality"] == "C").sum())
    return (
        Finding(
            "estimate", "warning", f"the spread of {proxies} of {len(frame)} funds is a fitted proxy, not a measurement"
        ),
        Finding(
            "tracking", "warning", f"{distant} funds have no fund on a like index: their distance is no tracking error"
        ),
        Finding(
            "fund_to_fund", "info", "tracking is of fund against fund at closing prices, not of fund against index"
        ),
    )


SHRINKAGE = 0.03175
"""Ledoit-Wolf intensity toward the identity that the bundled table of correlations was published with."""


def cap_finding(highest: float) -> Finding:
    """What shrinkage does to twins: no correlation is above one minus the intensity."""
    apart = 100.0 * np.sqrt(2.0 * (1.0 - highest)) * 0.16
    text = f"shrinkage caps every correlation at {highest:.3f}: twins look {apart:.0f} % apart; use the raw table for substitutes"
    return Finding("shrinkage", "warning", text)


def _shrunk_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    return (cap_finding(1.0 - SHRINKAGE),)


def _raw_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    windows = "pairwise windows differ, so the matrix is not positive definite; not for an optimiser"
    return (Finding("not_definite", "warning", windows),)


def _caps_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    missing = int((frame["kind"] == "missing").sum())
    assumed = int((frame["published"].isna() & (frame["kind"] != "missing")).sum())
    return (
        Finding("scope", "warning", "sizes of different scope in one table: no two indices may be added or chained"),
        Finding("missing_values", "info", f"{missing} sizes were looked for and not found; left blank"),
        Finding("published", "info", f"{assumed} sizes have no known publication date; twelve months are assumed"),
    )


def _partial_lists(frame: pd.DataFrame) -> tuple[Finding, ...]:
    return (Finding("partial_list", "warning", "no date adds up to 100 %: what was not found is one residual"),)


def _assumption_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    return (
        Finding("basis", "warning", "assumptions of one manager about the next 10 to 15 years, not measurements"),
        Finding("scope", "warning", "infrastructure is unlisted and appraised: too calm for listed funds"),
    )


def _spiva_findings(frame: pd.DataFrame) -> tuple[Finding, ...]:
    missing = int(frame["pct_underperforming"].isna().sum())
    return (Finding("missing_values", "info", f"{missing} shares were looked for and not found; left blank"),)


FACT_TABLES: tuple[FactTable, ...] = (
    FactTable(
        "crisis_periods",
        "CRISIS_PERIODS",
        "S&P 500 daily closes (Schwert, Yahoo, FRED); see rows",
        Basis.FACT,
        "index points, %, days",
        "USD",
    ),
    FactTable(
        "fund_returns_in_crises",
        "FUND_RETURNS_IN_CRISES",
        "dividend-adjusted daily fund closes; see rows",
        Basis.TOTAL_RETURN,
        "return, %",
        "USD",
    ),
    FactTable(
        "sp500_monthly_total_return",
        "SP500_MONTHLY",
        "S&P 500 total return index, SPY; see rows",
        Basis.TOTAL_RETURN,
        "return, %",
        "USD",
        findings=_sp500_findings,
    ),
    FactTable(
        "qrft_amom_monthly_returns",
        "QRFT_AMOM_MONTHLY",
        "dividend-adjusted monthly fund returns; see rows",
        Basis.TOTAL_RETURN,
        "return, %",
        "USD",
        findings=_fund_findings,
    ),
    FactTable(
        "usdkrw_monthly",
        "USDKRW_MONTHLY",
        "daily USD/KRW rates; see rows",
        Basis.RATE,
        "KRW per USD",
        "KRW",
        findings=usdkrw_findings,
    ),
    FactTable(
        "us_macro_monthly",
        "US_MACRO_MONTHLY",
        "Federal Reserve Board and BLS through FRED; see rows",
        Basis.RATE,
        "% a year, index level, %",
        publication_lag={"core_cpi_index_sa": 1, "unemployment_pct_sa": 1},
        findings=_macro_findings,
    ),
    FactTable(
        "etf_universe",
        "ETF_UNIVERSE",
        "SEC filings, issuers, Nasdaq list and others; ids per field, named in data/README.md",
        Basis.FACT,
        "% a year, % of assets, USD, USD million",
        "USD",
        findings=_universe_findings,
    ),
    FactTable(
        "etf_peer_groups",
        "ETF_PEER_GROUPS",
        "classification of this project",
        Basis.FACT,
        "one row a group, with its reason",
    ),
    FactTable(
        "etf_statistics",
        "ETF_STATISTICS",
        "own computation from dividend-adjusted closes and traded bars; see rows",
        Basis.TOTAL_RETURN,
        "% a year, % of price, USD million a day",
        "USD",
        findings=_statistics_findings,
    ),
    FactTable(
        "etf_correlations",
        "ETF_CORRELATIONS",
        "own computation from weekly dividend-adjusted closes; see rows",
        Basis.TOTAL_RETURN,
        "correlation of weekly returns, shrunk, positive definite",
        "USD",
        findings=_shrunk_findings,
        parameters={"shrinkage": SHRINKAGE},
    ),
    FactTable(
        "etf_correlations_raw",
        "ETF_CORRELATIONS",
        "own computation from weekly dividend-adjusted closes; see rows",
        Basis.TOTAL_RETURN,
        "correlation of weekly returns, pairwise",
        "USD",
        findings=_raw_findings,
    ),
    FactTable(
        "global_market_caps",
        "GLOBAL_MARKET_CAPS",
        "published market sizes (MSCI, SIFMA, State Street, Bloomberg, ...); see rows",
        Basis.FACT,
        "USD bn",
        "USD",
        findings=_caps_findings,
        dated_rows=True,
    ),
    FactTable(
        "global_market_portfolio_weights",
        "GLOBAL_MARKET_PORTFOLIO_WEIGHTS",
        "published studies of the world portfolio; see rows",
        Basis.FACT,
        "% of the total, USD bn",
        "USD",
        findings=_partial_lists,
        dated_rows=True,
    ),
    FactTable(
        "acwi_imi_country_weights",
        "ACWI_IMI_COUNTRY_WEIGHTS",
        "MSCI graphics and an article; see rows",
        Basis.FACT,
        "% of the index",
        findings=_partial_lists,
        dated_rows=True,
    ),
    FactTable(
        "acwi_imi_sector_weights",
        "ACWI_IMI_SECTOR_WEIGHTS",
        "an article; see rows",
        Basis.FACT,
        "% of the index",
        findings=_partial_lists,
    ),
    FactTable(
        "msci_acwi_imi_annual_returns",
        "MSCI_ACWI_IMI_ANNUAL",
        "MSCI factsheet, June 2023",
        Basis.TOTAL_RETURN,
        "gross return a year, %",
        "USD",
    ),
    FactTable(
        "ssga_gmp_2025_assumptions",
        "SSGA_GMP_ASSUMPTIONS",
        "State Street, Global Market Portfolio 2025",
        Basis.RATE,
        "% a year",
        "USD",
    ),
    FactTable(
        "capital_market_assumptions",
        "CAPITAL_MARKET_ASSUMPTIONS",
        "J.P. Morgan Asset Management, 2026 long-term assumptions; see rows",
        Basis.RATE,
        "% a year",
        "USD",
        findings=_assumption_findings,
    ),
    FactTable(
        "capital_market_correlations",
        "CAPITAL_MARKET_CORRELATIONS",
        "J.P. Morgan Asset Management, 2026 long-term assumptions; see rows",
        Basis.FACT,
        "correlation",
        "USD",
        findings=_assumption_findings,
    ),
    FactTable(
        "spiva_us_10y",
        "SPIVA",
        "S&P Dow Jones Indices, SPIVA; see rows",
        Basis.FACT,
        "% of funds",
        findings=_spiva_findings,
        dated_rows=True,
    ),
    FactTable(
        "buffett_bet_annual",
        "BUFFETT_BET",
        "Berkshire Hathaway shareholder letters 2016 and 2017",
        Basis.TOTAL_RETURN,
        "return, %",
        "USD",
        dated_rows=True,
    ),
    FactTable(
        "qraft_fund_facts", "QRAFT_FUND_FACTS", "SEC filings and fund pages; see rows", Basis.FACT, "% a year", "USD"
    ),
    FactTable(
        "world_facts", "WORLD_FACTS", "published statements; see rows", Basis.FACT, "see unit column", dated_rows=True
    ),
    FactTable(
        "article_claims", "ARTICLE_CLAIMS", "an article, and what was found about it", Basis.FACT, "see unit columns"
    ),
)
