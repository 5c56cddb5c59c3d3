"""Pandera schemas of the fact tables. Imported only where a table is read: pandera takes most of a second."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
AS_OF = r"^\d{4}-\d{2}(-\d{2})?$"

_month = pa.Column(str, pa.Check.str_matches(MONTH), unique=True)
_source = pa.Column(str, pa.Check.str_length(min_value=1))
_as_of = pa.Column(str, [pa.Check.str_matches(AS_OF), pa.Check(lambda t: _dates(t).notna(), name="a calendar date")])


def _dates(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, format="ISO8601", errors="coerce")


def _number(low: float, high: float, *, nullable: bool = False) -> pa.Column:
    return pa.Column(float, pa.Check.in_range(low, high), nullable=nullable, coerce=True)


def _day(*, nullable: bool = False) -> pa.Column:
    return pa.Column("datetime64[ns]", coerce=True, nullable=nullable)


def _table(columns: dict[str, pa.Column], checks: list[pa.Check] | None = None) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns | {"source": _source, "as_of": _as_of}, checks=checks, strict=True)


CRISIS_PERIODS = _table(
    {
        "name": pa.Column(str, unique=True),
        "kind": pa.Column(str, pa.Check.isin(["cycle", "leg"])),
        "peak_date": _day(),
        "peak_level": _number(0.0, 1e6),
        "trough_date": _day(),
        "trough_level": _number(0.0, 1e6),
        "drawdown_pct": _number(-100.0, 0.0),
        "recovery_date": _day(nullable=True),
        "days_peak_to_trough": _number(1, 20_000),
        "days_trough_to_recovery": _number(1, 20_000, nullable=True),
        "index_basis": pa.Column(str, pa.Check.isin(["price", "total_return"])),
        "note": pa.Column(str, nullable=True),
    },
    checks=[
        pa.Check(lambda t: t["peak_date"] < t["trough_date"], name="peak_date before trough_date"),
        pa.Check(
            lambda t: ((t["trough_level"] / t["peak_level"] - 1) * 100 - t["drawdown_pct"]).abs() < 0.01,
            name="drawdown_pct = trough_level / peak_level - 1",
        ),
    ],
)

FUND_RETURNS_IN_CRISES = _table(
    {
        "name": pa.Column(str, unique=True),
        "sp500_peak_date": _day(),
        "sp500_trough_date": _day(),
        **{f"{fund}_pct": _number(-100.0, 200.0, nullable=True) for fund in ("spy", "qrft", "amom", "mtum", "lqai")},
    }
)

SP500_MONTHLY = _table(
    {
        "month": _month,
        "tr_pct": _number(-60.0, 60.0),
        "tr_basis": pa.Column(str, pa.Check.isin(["crsp_goyal_welch", "sp500tr_index", "spy_etf_after_fee"])),
        "sp500_price_pct": _number(-60.0, 60.0, nullable=True),
    }
)

QRFT_AMOM_MONTHLY = _table(
    {
        "month": _month,
        "qrft_pct": _number(-60.0, 60.0),
        "amom_pct": _number(-60.0, 60.0),
        "spy_pct": _number(-60.0, 60.0),
        "mtum_pct": _number(-60.0, 60.0),
        "lqai_pct": _number(-60.0, 60.0, nullable=True),
        "sp500_tr_pct": _number(-60.0, 60.0, nullable=True),
        "amom_portfolioslab_pct": _number(-60.0, 60.0, nullable=True),
        "partial_month": pa.Column(str, nullable=True),
    }
)

USDKRW_MONTHLY = _table(
    {
        "month": _month,
        "krw_per_usd_month_end": _number(500.0, 3000.0),
        "krw_per_usd_average": _number(500.0, 3000.0),
        "last_date": _day(),
    }
)

US_MACRO_MONTHLY = _table(
    {
        "month": _month,
        "treasury_10y_pct_avg": _number(-5.0, 30.0, nullable=True),
        "term_spread_10y_3m_pct_avg": _number(-10.0, 10.0, nullable=True),
        "treasury_3m_pct_avg": _number(-5.0, 30.0, nullable=True),
        "fed_funds_pct": _number(-5.0, 30.0, nullable=True),
        "core_cpi_index_sa": _number(10.0, 2000.0, nullable=True),
        "unemployment_pct_sa": _number(0.0, 50.0, nullable=True),
    }
)
