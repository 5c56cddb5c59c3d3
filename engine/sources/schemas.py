"""Pandera schemas of the fact tables. Imported only where a table is read: pandera takes most of a second."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
CRISIS_YEARS = (2008, 2020, 2022, 2025)
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

_text = pa.Column(str, nullable=True)
_name = pa.Column(str, pa.Check.str_length(min_value=1))
_flag = pa.Column(bool)
_share = _number(0.0, 1.0, nullable=True)
_ticker = pa.Column(str, pa.Check.str_matches(r"^[A-Z0-9.\-]{1,12}$"), unique=True)
BLOCKS = (
    "us_equity",
    "dev_exus_equity",
    "em_equity",
    "us_bond",
    "intl_bond",
    "em_bond",
    "real_estate",
    "infrastructure",
    "gold",
    "commodities",
)
LOOK_THROUGH = tuple(f"lt_{block}" for block in BLOCKS)


def _texts(*names: str) -> dict[str, pa.Column]:
    return dict.fromkeys(names, _text)


def _maybe(low: float, high: float, *names: str) -> dict[str, pa.Column]:
    return dict.fromkeys(names, _number(low, high, nullable=True))


ETF_UNIVERSE = _table(
    {
        "ticker": _ticker,
        **dict.fromkeys(("name", "issuer", "asset_class", "region", "segment", "index_tracked", "peer_group"), _name),
        **_texts("twin_group", "twin_basis", "structure", "derivative_kind", "listing_status", "screen_result"),
        **dict.fromkeys(
            ("is_leveraged", "is_inverse", "is_derivative_based", "is_currency_hedged", "is_active"), _flag
        ),
        "leverage_factor": _number(-5.0, 5.0),
        "expense_ratio_pct": _number(0.0, 20.0),
        **_maybe(0.0, 20.0, "expense_ratio_2nd_pct"),
        **_maybe(0.0, 1e7, "aum_usd_m", "fund_all_classes_usd_m", "adv_usd_m"),
        "price_usd": _number(0.01, 1e6, nullable=True),
        **_maybe(0.0, 100.0, "one_cent_tick_pct", "avg_spread_pct", "top10_cash_removed_pct"),
        **_maybe(0.0, 105.0, "top10_weight_pct"),
        **_maybe(-50.0, 50.0, "tracking_difference_or_error_pct"),
        **_maybe(-50.0, 50.0, "tracking_difference_1y_pct", "tracking_difference_5y_pct"),
        **_maybe(0.0, 1e6, "top10_names_counted", "holdings"),
        **_maybe(0.0, 5000.0, "turnover_pct"),
        **_maybe(0.0, 100.0, "dividend_yield_pct", "embedded_real_estate_pct"),
        "inception_date": _day(nullable=True),
        **dict.fromkeys(LOOK_THROUGH, _share),
        **_texts("expense_basis", "expense_as_of", "expense_source", "expense_2nd_source", "aum_as_of", "aum_scope"),
        **_texts("aum_source", "price_as_of", "price_source", "spread_as_of", "spread_method", "spread_source"),
        **_texts("tracking_measure", "tracking_as_of", "tracking_source", "top10_as_of", "top10_source"),
        **_texts("holdings_as_of", "holdings_source", "turnover_as_of", "turnover_source"),
        **_texts("dividend_yield_as_of", "dividend_yield_source", "adv_as_of", "inception_source"),
        **_texts("lookthrough_method", "lookthrough_as_of"),
    },
    checks=[
        pa.Check(
            lambda t: t["lt_us_equity"].isna() | ((t[list(LOOK_THROUGH)].sum(axis=1) - 1).abs() < 0.002),
            name="lt_us_equity and the other lt_ columns sum to 1",
        ),
    ],
)

ETF_PEER_GROUPS = _table(
    {
        "peer_group": pa.Column(str, pa.Check.str_matches(r"^[a-z0-9_]+$"), unique=True),
        "asset_class": _name,
        "kind": pa.Column(str, pa.Check.isin(["same", "near", "family"])),
        "reason": _name,
    }
)

ETF_STATISTICS = _table(
    {
        "ticker": _ticker,
        **dict.fromkeys(("first_date", "window_start", "window_end", "tracking_start", "tracking_end"), _day()),
        **dict.fromkeys(("spread_edge_start", "spread_edge_end", "max_drawdown_full_date"), _day(nullable=True)),
        **dict.fromkeys(("n_days", "n_weeks", "tracking_days"), _number(1, 20_000)),
        **_texts("screen_result", "spread_edge_flag", "spread_edge_source", "spread_score_basis"),
        **_texts("dollar_volume_basis", "tracking_reference", "tracking_basis", "reference_rule"),
        "is_group_reference": _flag,
        "tracking_quality": pa.Column(str, pa.Check.isin(["A", "B", "C"])),
        **_maybe(-5.0, 5.0, "spread_edge_pct", "spread_edge_se_pct"),
        **_maybe(0.0, 20.0, "spread_tick_floor_pct", "spread_proxy_pct", "spread_measured_pct", "spread_score_pct"),
        **_maybe(0.0, 1e7, "median_dollar_volume_usd_m"),
        **_maybe(0.0, 100.0, "tracking_error_weekly_pct", "tracking_error_pct", "tracking_error_3y_pct"),
        **_maybe(0.0, 100.0, "tracking_error_3y_denoised_pct", "tracking_error_score_pct"),
        **_maybe(-100.0, 100.0, "tracking_difference_pct"),
        **_maybe(-1.0, 1.0, "corr_with_reference", "corr_with_reference_20d", "corr_with_spy"),
        **_maybe(0.0, 300.0, "vol_ann_pct", "vol_daily_ann_pct"),
        **_maybe(-100.0, 300.0, "ret_ann_pct", "max_drawdown_pct", "max_drawdown_full_pct"),
        **_maybe(-100.0, 600.0, *(f"{what}_{year}_pct" for what in ("drawdown", "return") for year in CRISIS_YEARS)),
        **_maybe(-20.0, 20.0, "beta_to_spy"),
        **_maybe(0.0, 1.0, "zero_return_day_share", "zero_return_day_share_2y"),
    }
)

ETF_CORRELATIONS = pa.DataFrameSchema(
    {
        "ticker": _ticker,
        r"^(?!ticker$|source$|as_of$)[A-Z0-9.\-]+$": pa.Column(float, pa.Check.in_range(-1.0, 1.0), regex=True),
        "source": _source,
        "as_of": _as_of,
    },
    checks=[pa.Check(lambda t: list(t["ticker"]) == list(t.columns[1:-2]), name="ticker equals the columns")],
    strict=True,
)

GLOBAL_MARKET_CAPS = _table(
    {
        "asset_class": _name,
        "index": _name,
        "published": _day(nullable=True),
        "market_cap_usd_bn": _number(-1e6, 1e6, nullable=True),
        "kind": pa.Column(str, pa.Check.isin(["reported", "derived", "change", "missing"])),
        "note": _text,
    },
    checks=[
        pa.Check(
            lambda t: t["market_cap_usd_bn"].notna() | (t["kind"] == "missing"),
            name="kind missing where market_cap_usd_bn is not given",
        ),
        pa.Check(
            lambda t: t["market_cap_usd_bn"].isna() | (t["market_cap_usd_bn"] > 0) | (t["kind"] == "change"),
            name="market_cap_usd_bn above zero unless kind is change",
        ),
        pa.Check(
            lambda t: t["published"].isna() | (t["published"] >= _dates(t["as_of"])),
            name="published on or after as_of",
        ),
    ],
)

GLOBAL_MARKET_PORTFOLIO_WEIGHTS = _table(
    {
        "study": _name,
        "asset_class": _name,
        "weight_pct": _number(0.0, 100.0),
        "usd_bn": _number(0.0, 1e6, nullable=True),
        "note": _text,
    }
)

ACWI_IMI_COUNTRY_WEIGHTS = _table({"country": _name, "weight_pct": _number(0.0, 100.0), "note": _text})

ACWI_IMI_SECTOR_WEIGHTS = _table({"sector": _name, "weight_pct": _number(0.0, 100.0), "note": _text})

MSCI_ACWI_IMI_ANNUAL = _table(
    {
        "year": pa.Column(int, pa.Check.in_range(1900, 2100), unique=True),
        "acwi_imi_gross_usd_pct": _number(-80.0, 200.0),
        "world_imi_gross_usd_pct": _number(-80.0, 200.0),
        "em_imi_gross_usd_pct": _number(-80.0, 200.0),
    }
)

SSGA_GMP_ASSUMPTIONS = _table(
    {
        "asset_class": pa.Column(str, pa.Check.str_length(min_value=1), unique=True),
        "exp_return_1y_pct": _number(-20.0, 40.0),
        "exp_return_3_5y_pct": _number(-20.0, 40.0),
        "exp_return_10y_pct": _number(-20.0, 40.0),
        "volatility_pct": _number(0.0, 100.0),
    }
)

CAPITAL_MARKET_ASSUMPTIONS = _table(
    {
        "block": pa.Column(str, pa.Check.str_length(min_value=1), unique=True),
        "published_asset_class": _name,
        "expected_return_pct": _number(-20.0, 40.0),
        "arithmetic_return_pct": _number(-20.0, 40.0),
        "volatility_pct": _number(0.0, 100.0),
        "expected_return_prior_edition_pct": _number(-20.0, 40.0),
        "return_type": _name,
        "horizon_years": _name,
        "currency": pa.Column(str, pa.Check.isin(["USD"])),
        "edition_year": pa.Column(int, pa.Check.in_range(2000, 2100)),
        "note": _text,
    },
    checks=[
        pa.Check(
            lambda t: t["arithmetic_return_pct"] >= t["expected_return_pct"],
            name="arithmetic_return_pct at least expected_return_pct",
        )
    ],
)

_CORRELATED = [*BLOCKS, "cash", "intl_bond_unhedged", "world_equity"]

CAPITAL_MARKET_CORRELATIONS = _table(
    {
        "block": pa.Column(str, pa.Check.isin(_CORRELATED), unique=True),
        **{name: _number(-1.0, 1.0) for name in _CORRELATED},
        "edition_year": pa.Column(int, pa.Check.in_range(2000, 2100)),
    }
)

SPIVA = _table(
    {
        "region": _name,
        "category": _name,
        "benchmark": pa.Column(str, nullable=True),
        "horizon_years": pa.Column(int, pa.Check.in_range(1, 50)),
        "pct_underperforming": _number(0.0, 100.0, nullable=True),
        "basis": _name,
        "note": _text,
    }
)

_BET_MEASURES = ["annual_return", "final_gain", "average_annual_gain", "gain_to_date", "compounded_annual_to_date"]

BUFFETT_BET = _table(
    {
        "period": _name,
        "measure": pa.Column(str, pa.Check.isin(_BET_MEASURES)),
        **{f"fund_of_funds_{letter}_pct": _number(-100.0, 500.0, nullable=True) for letter in "abcde"},
        "sp500_index_fund_pct": _number(-100.0, 500.0),
        "note": _text,
    }
)
QRAFT_FUND_FACTS = _table(
    {
        "ticker": pa.Column(str, pa.Check.str_matches(r"^[A-Z]{2,5}$"), unique=True),
        "name": _name,
        "inception": pa.Column(str, nullable=True),
        "expense_ratio_pct": _number(0.0, 5.0),
        **{
            name: pa.Column(str, nullable=True)
            for name in (
                "benchmark_or_index",
                "universe",
                "holdings",
                "signal",
                "weighting_and_caps",
                "rebalance",
                "adviser",
                "status",
            )
        },
    }
)

WORLD_FACTS = _table({"key": _name, "value": _number(0.0, 1e6, nullable=True), "unit": _name, "note": _text})

ARTICLE_CLAIMS = _table(
    {
        "claim": pa.Column(str, pa.Check.str_length(min_value=1), unique=True),
        "claimed_value": _number(0.0, 1e6, nullable=True),
        "claimed_unit": _name,
        "status": pa.Column(str, pa.Check.isin(["confirmed", "partly", "not_found"])),
        "found_value": _number(0.0, 1e6, nullable=True),
        "found_unit": _name,
        "found_source": _name,
        "note": _text,
    }
)
