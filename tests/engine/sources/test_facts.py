"""Fact tables: all are whole and sourced; a broken one is named, and only what needs it fails."""

import csv
import re

import pandas as pd
import pytest

from engine.errors import LodestarError, MissingData
from engine.paths import ROOT
from engine.sources import DATASETS, Basis, Frequency, load
from engine.sources.facts import FACT_TABLES

NAMES = [table.name for table in FACT_TABLES]
WITHOUT_NUMBERS = {"etf_peer_groups"}
BUILT_ON = {
    "sp500_monthly_total_return": {"sp500_total_return"},
    "us_macro_monthly": {"bill_rate"},
}


def raw(name):
    with (ROOT / "data" / "facts" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- whole tables


@pytest.mark.parametrize(
    ("name", "rows", "first", "last"),
    [
        ("crisis_periods", 31, None, None),
        ("fund_returns_in_crises", 7, None, None),
        ("sp500_monthly_total_return", 439, "1990-01-31", "2026-07-31"),
        ("usdkrw_monthly", 270, "2003-12-31", "2026-05-31"),
        ("us_macro_monthly", 807, "1959-01-31", "2026-03-31"),
        ("etf_universe", 166, None, None),
        ("etf_peer_groups", 33, None, None),
        ("etf_statistics", 166, None, None),
        ("etf_correlations", 166, None, None),
        ("etf_correlations_raw", 166, None, None),
        ("global_market_caps", 63, None, None),
        ("global_market_portfolio_weights", 21, None, None),
        ("acwi_imi_country_weights", 58, None, None),
        ("acwi_imi_sector_weights", 4, None, None),
        ("msci_acwi_imi_annual_returns", 14, None, None),
        ("ssga_gmp_2025_assumptions", 12, None, None),
        ("capital_market_assumptions", 27, None, None),
        ("capital_market_correlations", 13, None, None),
        ("spiva_us_10y", 36, None, None),
        ("buffett_bet_annual", 15, None, None),
        ("qraft_fund_facts", 6, None, None),
        ("world_facts", 12, None, None),
        ("article_claims", 4, None, None),
    ],
)
def test_every_table_loads(name, rows, first, last):
    row = load(name).to_dict()
    assert (row["rows"], row["first"], row["last"]) == (rows, first, last)
    assert row["frequency"] == ("monthly" if first else "table")


@pytest.mark.parametrize("name", NAMES)
def test_every_row_has_source_and_as_of(name):
    rows = raw(name)
    assert len(rows) == len(load(name).frame)
    assert all(row["source"].strip() for row in rows)
    assert all(re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", row["as_of"]) for row in rows)


@pytest.mark.parametrize("name", NAMES)
def test_the_frame_holds_the_numbers_of_the_file(name):
    frame, rows = load(name).frame, raw(name)
    numbers = frame.select_dtypes("number").columns
    assert len(numbers) or name in WITHOUT_NUMBERS
    for column in numbers:
        expected = [float(row[column]) if row[column] else float("nan") for row in rows]
        pd.testing.assert_series_equal(
            frame[column].reset_index(drop=True),
            pd.Series(expected),
            check_names=False,
            check_dtype=False,
            rtol=0,
            atol=0,
        )


@pytest.mark.parametrize("name", ["sp500_monthly_total_return", "usdkrw_monthly", "us_macro_monthly"])
def test_monthly_tables_are_indexed_by_month_end_without_a_gap(name):
    index = load(name).frame.index
    assert index.equals(pd.date_range(index[0], index[-1], freq="ME"))
    assert index.tz is None


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("crisis_periods", "2026-02-11"),
        ("fund_returns_in_crises", "2026-07-14"),
        ("sp500_monthly_total_return", "2026-07-14"),
        ("usdkrw_monthly", "2026-05-02"),
        ("us_macro_monthly", "2026-03-31"),
        ("etf_universe", "2025-01-31"),
        ("etf_statistics", "2026-07-10"),
        ("etf_correlations", "2026-04-24"),
        ("capital_market_assumptions", "2025-09-30"),
        ("qraft_fund_facts", "2022-09-01"),
    ],
)
def test_a_table_is_as_old_as_its_oldest_claim(name, as_of):
    assert load(name).provenance.as_of.isoformat() == as_of


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("global_market_caps", "2025-03-31"),
        ("acwi_imi_country_weights", "2023-03-31"),
        ("spiva_us_10y", "2024-12-31"),
        ("world_facts", "2026-02-28"),
    ],
)
def test_a_list_of_dated_facts_speaks_until_its_newest(name, as_of):
    assert load(name).provenance.as_of.isoformat() == as_of


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("sp500_monthly_total_return", "basis", "2026-05 to 2026-07"),
        ("sp500_monthly_total_return", "partial_month", "2026-07"),
        ("usdkrw_monthly", "partial_month", "2026-05"),
        ("us_macro_monthly", "missing_values", "2025-10"),
        ("us_macro_monthly", "vintage", "latest vintage"),
        ("etf_universe", "coverage", "of 142 plain funds only 22 have a published spread"),
        ("etf_statistics", "estimate", "147 of 166 funds"),
        ("etf_correlations", "shrinkage", "0.968"),
        ("etf_correlations_raw", "not_definite", "not for an optimiser"),
        ("global_market_caps", "scope", "may be added or chained"),
        ("global_market_caps", "missing_values", "8 sizes"),
        ("acwi_imi_country_weights", "partial_list", "residual"),
        ("capital_market_assumptions", "scope", "unlisted"),
        ("spiva_us_10y", "missing_values", "3 shares"),
    ],
)
def test_what_a_reader_must_know_is_a_finding(name, kind, text):
    assert any(found.kind == kind and text in found.text for found in load(name).findings)


def test_only_the_last_rate_is_partial():
    partial = [found.text[:7] for found in load("usdkrw_monthly").findings if found.kind == "partial_month"]
    assert partial == ["2026-05"]


def test_rates_of_the_weekday_before_are_counted():
    (stale,) = [found for found in load("usdkrw_monthly").findings if found.kind == "stale_rates"]
    assert stale.text.startswith("51 month-end rates")


def test_blank_macro_months_are_left_blank():
    macro = load("us_macro_monthly").frame
    assert pd.isna(macro.loc["2025-10-31", "core_cpi_index_sa"])
    assert pd.isna(macro.loc["2025-10-31", "unemployment_pct_sa"])
    assert macro.loc["2025-09-30":"2025-11-30", "fed_funds_pct"].notna().all()


def test_prices_and_jobs_are_known_a_month_later_and_yields_at_once():
    data = load("us_macro_monthly")
    known = data.as_known()
    for column in ("core_cpi_index_sa", "unemployment_pct_sa"):
        assert known.loc["2008-11-30", column] == data.frame.loc["2008-10-31", column]
    for column in ("treasury_10y_pct_avg", "treasury_3m_pct_avg", "fed_funds_pct"):
        assert known.loc["2008-11-30", column] == data.frame.loc["2008-11-30", column]


@pytest.mark.parametrize(
    ("name", "basis", "currency"),
    [
        ("crisis_periods", Basis.FACT, "USD"),
        ("fund_returns_in_crises", Basis.TOTAL_RETURN, "USD"),
        ("sp500_monthly_total_return", Basis.TOTAL_RETURN, "USD"),
        ("usdkrw_monthly", Basis.RATE, "KRW"),
        ("us_macro_monthly", Basis.RATE, None),
        ("etf_universe", Basis.FACT, "USD"),
        ("etf_statistics", Basis.TOTAL_RETURN, "USD"),
    ],
)
def test_a_table_says_what_it_counts(name, basis, currency):
    origin = load(name).provenance
    assert (origin.basis, origin.currency) == (basis, currency)
    assert origin.frequency in (Frequency.MONTHLY, Frequency.TABLE)


@pytest.mark.parametrize("row", raw("crisis_periods"), ids=lambda row: row["name"])
def test_days_of_a_crisis_are_calendar_days(row):
    peak, trough = pd.Timestamp(row["peak_date"]), pd.Timestamp(row["trough_date"])
    assert (trough - peak).days == int(float(row["days_peak_to_trough"]))
    recovery = pd.Timestamp(row["recovery_date"])
    assert (recovery - trough).days == int(float(row["days_trough_to_recovery"]))


# --- broken tables


def replace(old, new):
    return lambda text: text.replace(old, new, 1)


def without_column(column):
    def edit(text):
        rows = list(csv.reader(text.splitlines()))
        keep = [place for place, name in enumerate(rows[0]) if name != column]
        return "".join(",".join(f'"{row[place]}"' for place in keep) + "\n" for row in rows)

    return edit


def extra_column(text):
    first, *rest = text.splitlines()
    return "\n".join([f"{first},invented", *(f"{row},1" for row in rest)]) + "\n"


def backwards(text):
    first, *rest = text.splitlines()
    return "\n".join([first, *reversed(rest)]) + "\n"


def twice(text):
    return text + text.splitlines()[-1] + "\n"


BROKEN = {
    "missing column": ("usdkrw_monthly", without_column("krw_per_usd_average"), "krw_per_usd_average", "missing"),
    "missing month": ("sp500_monthly_total_return", without_column("month"), "month", "missing"),
    "missing source": ("us_macro_monthly", without_column("source"), "source", "missing"),
    "extra column": ("usdkrw_monthly", extra_column, "invented", "not known"),
    "text for a number": ("usdkrw_monthly", replace("1189.9", "n/k"), "krw_per_usd_month_end", "'n/k' in data row 1"),
    "text for a date": ("usdkrw_monthly", replace("2003-12-31", "31 Dec?"), "last_date", "'31 Dec\\?' in data row 1"),
    "text in a crisis": ("crisis_periods", replace("31.86", "high"), "peak_level", "'high' in data row 1"),
    "no number": ("usdkrw_monthly", replace("1189.9,", ","), "krw_per_usd_month_end", "data row 1"),
    "impossible rate": ("usdkrw_monthly", replace("1189.9", "1.1899"), "krw_per_usd_month_end", "1.1899"),
    "no such month": ("usdkrw_monthly", replace("2004-01,", "2004-13,"), "month", "'2004-13' in data row 2"),
    "a month twice": ("usdkrw_monthly", twice, "month", "'2026-05'"),
    "months backwards": ("usdkrw_monthly", backwards, "month", "out of order"),
    "no such as-of": ("usdkrw_monthly", replace(",2026-05\n", ",2026-13\n"), "as_of", "'2026-13' in data row 1"),
    "no such day": ("fund_returns_in_crises", replace("2026-07-14\n", "2026-02-30\n"), "as_of", "'2026-02-30'"),
    "empty source": (
        "crisis_periods",
        lambda text: re.sub('"computed from S&P.*?"', "", text, count=1),
        "source",
        "row 1",
    ),
    "unknown kind": ("crisis_periods", replace(",cycle,", ",cicle,"), "kind", "'cicle' in data row 2"),
    "unknown basis": (
        "sp500_monthly_total_return",
        replace("sp500tr_index", "guess"),
        "tr_basis",
        "'guess' in data row 1",
    ),
    "positive drawdown": ("crisis_periods", replace("-33.92", "33.92"), "drawdown_pct", "'33.92' in data row 25"),
    "row too long": ("usdkrw_monthly", replace("1189.9,", "1189.9,5,5,5,"), "-", "not a readable CSV table"),
    "wrong drawdown": ("crisis_periods", replace("-33.92", "-23.92"), "drawdown_pct", "'-23.92' in data row 25"),
    "trough first": (
        "crisis_periods",
        replace("2020-02-19", "2020-06-19"),
        "peak_date",
        "peak_date before trough_date",
    ),
    "renamed column": ("sp500_monthly_total_return", replace("tr_pct", "return"), "tr_pct", "missing"),
    "a size of nothing": (
        "global_market_caps",
        replace(",53730,", ",,"),
        "kind",
        "where market_cap_usd_bn is not given",
    ),
    "a negative size": (
        "global_market_caps",
        replace(",53730,", ",-53730,"),
        "market_cap_usd_bn",
        "unless kind is change",
    ),
    "published too early": (
        "global_market_caps",
        replace("2018-03-23", "2017-03-23"),
        "published",
        "on or after as_of",
    ),
    "an unknown kind of size": ("global_market_caps", replace(",reported,", ",guessed,"), "kind", "'guessed'"),
    "a weight above 100": (
        "acwi_imi_country_weights",
        replace("59,2023", "590,2023"),
        "weight_pct",
        "'590.0' in data row 1",
    ),
    "a correlation above one": ("capital_market_correlations", replace("0.87", "8.7"), "dev_exus_equity", "'8.7'"),
    "an unknown status": ("article_claims", replace(",partly,", ",perhaps,"), "status", "'perhaps' in data row 1"),
    "header only": ("crisis_periods", lambda text: text.splitlines()[0] + "\n", "-", "no rows"),
}


def others(name):
    return [other for other in DATASETS if other != name and other not in BUILT_ON.get(name, ())]


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_table_is_named_with_its_column(facts, case):
    name, edit, column, reason = BROKEN[case]
    path = facts / f"{name}.csv"
    before = path.read_text(encoding="utf-8")
    path.write_text(edit(before), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before
    with pytest.raises(MissingData, match=reason) as caught:
        load(name)
    assert caught.value.code == "bad_table"
    assert caught.value.field == column
    assert f"data/facts/{name}.csv, column '{column}'" in caught.value.message


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "EmptyDataError"),
        (bytes(range(256)) * 8, "not a readable"),
        (b"\xff\xfe\x00\x01" * 99, "UnicodeDecodeError"),
    ],
    ids=["empty", "all bytes", "not UTF-8"],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_is_no_table_is_named(facts, name, content, reason):
    (facts / f"{name}.csv").write_bytes(content)
    with pytest.raises(MissingData, match=reason) as caught:
        load(name)
    assert f"data/facts/{name}.csv" in caught.value.message


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(facts, name):
    (facts / f"{name}.csv").unlink()
    with pytest.raises(MissingData, match=f"data/facts/{name}.csv is missing") as caught:
        load(name)
    assert caught.value.code == "missing_file"


def test_a_folder_in_place_of_a_file_is_a_missing_file(facts):
    (facts / "usdkrw_monthly.csv").unlink()
    (facts / "usdkrw_monthly.csv").mkdir()
    with pytest.raises(MissingData, match=r"usdkrw_monthly\.csv is missing"):
        load("usdkrw_monthly")


@pytest.mark.parametrize("name", NAMES)
def test_one_broken_table_leaves_the_others_alone(facts, name):
    (facts / f"{name}.csv").write_bytes(b"\x00\x01broken")
    for other in others(name):
        assert len(load(other).frame) > 0
    for built in BUILT_ON.get(name, ()):
        with pytest.raises(LodestarError, match=f"data/facts/{name}.csv"):
            load(built)


def test_months_that_all_come_from_the_index_need_no_fund_finding(facts):
    path = facts / "sp500_monthly_total_return.csv"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if "spy_etf_after_fee" not in row]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert "basis" not in {found.kind for found in load("sp500_monthly_total_return").findings}


def test_the_repaired_table_loads_again(facts):
    path = facts / "usdkrw_monthly.csv"
    whole = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(MissingData):
        load("usdkrw_monthly")
    path.write_bytes(whole)
    assert len(load("usdkrw_monthly").frame) == 270
