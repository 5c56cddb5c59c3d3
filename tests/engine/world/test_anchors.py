"""Dated sizes: each row of the table has its place, and nothing passes for a size that is none."""

import datetime as dt
from dataclasses import replace

import pytest

from engine.errors import BadInput, MissingData
from engine.sources import Basis, load
from engine.world.anchors import (
    CLASSES,
    SCOPES,
    SWITCHES,
    Anchor,
    anchors,
    as_series,
    caps,
    require_one_scope,
    scope_of,
    size_of_year,
    supply_growth,
)
from engine.world.infrastructure import DENOMINATORS, NUMERATORS, ratio, sensitivity

EVERY = [(name, scope.id) for name, scopes in SCOPES.items() for scope in scopes]
ELSEWHERE = {"MSCI Emerging Markets": "split of equity", "convertibles": "neither bonds nor equity"}


def test_every_row_of_the_table_has_a_place():
    used = {item.index for name, scope in EVERY for item in anchors(name, scope)}
    used |= {item.index for item in (*NUMERATORS.values(), *DENOMINATORS.values())}
    for row in caps().to_dict("records"):
        refused = row["kind"] in ("change", "missing") or row["asset_class"] == "total"
        assert refused or row["index"] in used or row["index"] in ELSEWHERE, row


@pytest.mark.parametrize(("name", "scope"), EVERY)
def test_sizes_of_a_scope_are_dated_sourced_and_increasing_in_time(name, scope):
    found = anchors(name, scope)
    days = [item.as_of for item in found]
    assert days == sorted(set(days))
    assert all(item.source and item.usd_bn > 0 and item.known >= item.as_of for item in found)
    assert all(item.known_assumed == (item.published is None) for item in found)
    assert list(as_series(found)) == [item.usd_bn for item in found]


@pytest.mark.parametrize(
    ("name", "scope", "sizes"),
    [
        ("equity", "sifma", {"2021-12-31": 124400, "2022-12-31": 101200}),
        ("equity", "msci", {"2022-12-31": 64800, "2023-12-31": 77000}),
        ("equity", "msci_acwi", {"2023-01-31": 60000}),
        ("bonds", "sifma", {"2021-12-31": 126900, "2022-12-31": 129800, "2023-09-30": 138600}),
        ("bonds", "global_aggregate", {"2018-01-31": 53730, "2019-01-24": 54070}),
        ("bonds", "state_street", {"2025-03-31": 40315 + 17468 + 2874 + 1774 + 8523 + 9563}),
        ("real_estate", "epra_developed", {"2015-09-30": 1200, "2022-02-28": 1900}),
        ("gold", "", {"2025-03-31": 8676}),
        ("private_equity", "", {"2025-03-31": 9652}),
    ],
)
def test_sizes_are_those_of_the_table(name, scope, sizes):
    assert {item.as_of.isoformat(): item.usd_bn for item in anchors(name, scope)} == sizes


def test_real_estate_has_eight_sizes_and_the_missing_years_are_not_among_them():
    found = {item.as_of.year: item.usd_bn for item in anchors("real_estate")}
    assert found == {2014: 7000, 2015: 7100, 2016: 7400, 2017: 8500, 2018: 8900, 2019: 9600, 2021: 13869, 2022: 13300}


def test_derived_sizes_follow_from_reported_ones():
    by_index = {(row["index"], f"{row['as_of']:%Y}"): row["market_cap_usd_bn"] for row in caps().to_dict("records")}
    total = {year: by_index["MSCI investable global-market portfolio", year] for year in ("2022", "2023")}
    for name, change in (("public equity", -0.024), ("fixed income", 0.014)):
        index = f"MSCI global-market portfolio: {name}"
        share = by_index[index, "2023"] / total["2023"] + change
        assert by_index[index, "2022"] == pytest.approx(share * total["2022"], abs=51)
    assert pytest.approx(anchors("real_estate")[-2].usd_bn, abs=1) == 13300 / (1 - 0.041)


@pytest.mark.parametrize(
    ("year", "known", "assumed"),
    [
        (2014, "2016-04-04", False),
        (2015, "2016-04-04", False),
        (2016, "2017-12-31", True),
        (2017, "2018-06-15", False),
        (2019, "2020-12-31", True),
        (2021, "2023-06-30", False),
        (2022, "2023-06-30", False),
    ],
)
def test_a_size_is_known_from_its_publication_or_twelve_months_on(year, known, assumed):
    item = size_of_year("real_estate", year)
    assert (item.known.isoformat(), item.known_assumed) == (known, assumed)
    assert item.to_dict()["published"] == (None if assumed else known)


# --- what is refused


@pytest.mark.parametrize("year", [2010, 2013, 2020, 2023, 1999])
def test_a_missing_year_says_which_years_there_are(year):
    with pytest.raises(MissingData, match="2019, 2021, 2022") as caught:
        size_of_year("real_estate", year)
    assert (caught.value.code, caught.value.value) == ("size_missing", str(year))


@pytest.mark.parametrize(("name", "other"), [("equity", "sifma"), ("equity", "msci_acwi"), ("bonds", "msci")])
def test_sizes_of_different_scope_are_never_chained(name, other):
    mixed = [*anchors("equity", "msci"), *anchors(name, other)]
    for use in (require_one_scope, as_series):
        with pytest.raises(BadInput) as caught:
            use(mixed)
        assert caught.value.code == "scope_mismatch"


def test_listed_and_managed_property_are_not_one_series():
    with pytest.raises(BadInput, match="cannot be chained"):
        as_series([*anchors("real_estate", "epra_developed"), *anchors("real_estate")])


@pytest.mark.parametrize(
    "change",
    [
        {"basis": Basis.TOTAL_RETURN},
        {"basis": Basis.PRICE_INDEX},
        {"basis": Basis.RATE},
        {"currency": "EUR"},
        {"kind": "change"},
        {"kind": "missing"},
        {"usd_bn": -2600.0},
        {"usd_bn": float("nan")},
    ],
)
def test_what_is_no_level_in_dollars_is_no_size(change):
    with pytest.raises(BadInput) as caught:
        replace(anchors("bonds")[0], **change)
    assert caught.value.code == "not_a_size"


def test_a_fall_since_the_peak_is_in_the_table_and_no_size():
    row = next(row for row in caps().to_dict("records") if row["kind"] == "change")
    with pytest.raises(BadInput, match="no market size"):
        Anchor("bonds", "x", row["index"], row["as_of"].date(), 54070.0, row["kind"], None, row["source"])
    assert row["index"] not in {item.index for scope in SCOPES["bonds"] for item in anchors("bonds", scope.id)}


def test_a_total_return_of_the_table_of_returns_cannot_become_a_size():
    data = load("msci_acwi_imi_annual_returns")
    with pytest.raises(BadInput, match="basis total_return"):
        Anchor(
            "equity",
            "x",
            "MSCI ACWI IMI",
            dt.date(2022, 12, 31),
            254.0,
            "reported",
            None,
            "x",
            "",
            data.provenance.basis,
        )


def test_growth_of_supply_needs_price_and_currency():
    first, last = anchors("bonds")[:2]
    for known in ({}, {"price_return": -0.16}, {"currency_return": -0.05}):
        with pytest.raises(BadInput) as caught:
            supply_growth(first, last, **known)
        assert caught.value.code == "supply_unknown"
    grown = supply_growth(first, last, price_return=-0.16, currency_return=-0.05)
    assert grown == pytest.approx(129800 / 126900 / (0.84 * 0.95) - 1)
    moved = replace(last, usd_bn=first.usd_bn * 0.9)
    assert supply_growth(first, moved, price_return=0.0, currency_return=-0.1) == pytest.approx(0.0)
    with pytest.raises(BadInput, match="cannot be chained"):
        supply_growth(first, anchors("bonds", "msci")[0], price_return=0.0, currency_return=0.0)


@pytest.mark.parametrize(
    ("name", "scope"), [("art", ""), ("infrastructure", ""), ("equity", "nikkei"), ("gold", "msci")]
)
def test_unknown_classes_and_scopes_are_named_with_what_is_known(name, scope):
    with pytest.raises(BadInput) as caught:
        scope_of(name, scope)
    assert caught.value.code == "unknown_choice"
    assert caught.value.params["accepted"]


def test_a_lost_scope_is_missing_data(facts):
    path = facts / "global_market_caps.csv"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if "SIFMA global equity" not in row]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(MissingData, match="sifma"):
        anchors("equity")


def test_classes_and_switches_are_those_of_the_scopes():
    assert set(SCOPES) | {"infrastructure"} == set(CLASSES) | set(SWITCHES)


# --- infrastructure


def test_the_default_ratio_names_both_dates():
    found = ratio()
    assert found.value == pytest.approx(3200 / 2100)
    assert (found.infrastructure.as_of, found.real_estate.as_of) == (dt.date(2022, 12, 31), dt.date(2022, 2, 28))
    assert (found.first, found.last, found.gap_days) == (dt.date(2022, 2, 28), dt.date(2022, 12, 31), 306)
    assert found.known == dt.date(2023, 12, 31)
    assert found.same_region
    assert not found.same_float
    assert found.exceeds_real_estate


def test_every_pair_makes_infrastructure_larger_than_real_estate():
    found = sensitivity(13300.0)
    assert len(found) == len(NUMERATORS) * len(DENOMINATORS)
    assert [item.value for item, _ in found] == sorted(item.value for item, _ in found)
    assert all(item.exceeds_real_estate and made == pytest.approx(item.value * 13300) for item, made in found)
    by_pair = {item.pair: made for item, made in found}
    assert by_pair["glio_2022/epra_global_2022"] == pytest.approx(20267, abs=1)
    assert by_pair["glio_2020_float/epra_global_2022"] == pytest.approx(15853, abs=1)
    assert found[0][0].pair == "glio_2020_float/epra_global_2022"


@pytest.mark.parametrize("pair", ["glio_2022", "epra_global_2022/glio_2022", "glio_2022/", "x/y"])
def test_an_unknown_pair_is_refused(pair):
    with pytest.raises(BadInput, match="infrastructure pair"):
        ratio(pair)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan")])
def test_sensitivity_needs_a_size(size):
    with pytest.raises(BadInput, match="real estate"):
        sensitivity(size)


def test_a_lost_capitalisation_is_missing_data(facts):
    path = facts / "global_market_caps.csv"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if "GLIO Index, pure" not in row]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(MissingData, match="GLIO Index, pure"):
        ratio()
