"""Studies, countries, sectors, coverage and the statement about bonds: as published, the rest in one line."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput, MissingData
from engine.world.anchors import BOND_COMPONENTS, anchors
from engine.world.bonds import BondSeries, bond_statement, splice
from engine.world.sizes import weights
from engine.world.studies import (
    RESIDUAL,
    beside,
    country_dates,
    country_weights,
    coverage,
    equity_by_country,
    equity_by_sector,
    equity_substitute,
    fact,
    studies,
    study_assumptions,
    totals,
)


@pytest.mark.parametrize(
    ("name", "equity", "bonds", "residual", "total"),
    [
        ("Doeswijk-Lam-Swinkels", 0.347, 0.546, 0.107, 83_500),
        ("MSCI investable global-market portfolio", 0.362, 0.54, 0.098, 213_000),
        ("State Street GMP", 0.436, 0.421, 0.001, 191_231),
    ],
)
def test_studies_as_published(name, equity, bonds, residual, total):
    (study,) = [item for item in studies() if item.study == name]
    assert study.shares["equity"] == pytest.approx(equity)
    assert study.shares["bonds"] == pytest.approx(bonds)
    assert study.shares[RESIDUAL] == pytest.approx(residual)
    assert sum(study.shares.values()) == pytest.approx(1.0)
    assert study.total_usd_bn == total
    assert study.equity_to_bonds == pytest.approx(equity / (equity + bonds))
    assert not study.bond_parts or sum(study.bond_parts.values()) == pytest.approx(bonds)


def test_the_state_street_sizes_are_its_shares():
    (study,) = [item for item in studies() if item.study == "State Street GMP"]
    assert set(study.bond_parts) == set(BOND_COMPONENTS)
    for name in ("equity", "bonds", "real_estate"):
        size = anchors(name, "state_street")[-1].usd_bn
        assert size / study.total_usd_bn == pytest.approx(study.shares[name], abs=0.0006)


def test_totals_are_every_total_of_the_table():
    found = totals()
    assert len(found) == 11
    assert [item.as_of for item in found] == sorted(item.as_of for item in found)
    assert {item.usd_bn for item in found if item.study.startswith("Hewitt")} == {101_100}


def test_ours_beside_every_study_with_reasons():
    world = weights()
    for item in beside():
        for name, difference in item.differences.items():
            assert difference == pytest.approx(world.weights[name] - item.study.shares[name])
        assert {"date_differs", "our_equity_full", "our_bonds_outstanding", "our_infrastructure_by_ratio"} <= set(
            item.reasons
        )
    street = next(item for item in beside() if item.study.study == "State Street GMP")
    assert {"gold_inside", "private_assets_inside"} <= set(street.reasons)
    assert {"equity", "bonds", "real_estate"} == set(street.differences)
    same = next(item for item in beside(scopes="state_street") if item.study.study == "State Street GMP")
    assert "date_differs" not in same.reasons
    assert same.equity_to_bonds == pytest.approx(0.0, abs=1e-3)
    json.dumps([item.to_dict() for item in beside()], allow_nan=False)


@pytest.mark.parametrize(
    ("day", "us", "residual"),
    [
        ("2011-07-31", 0.4334, 0.2721),
        ("2021-07-31", 0.5861, 0.2130),
        ("2023-03-31", 0.593, 0.24),
        ("2023-03-23", 0.59, 0.243),
    ],
)
def test_country_lists_are_partial_and_say_so(day, us, residual):
    found = equity_by_country(day)
    assert found.lines["United States"] == pytest.approx(us)
    assert found.lines[RESIDUAL] == pytest.approx(residual, abs=1e-4)
    assert list(found.lines)[-1] == RESIDUAL
    assert sum(found.lines.values()) == pytest.approx(1.0)
    assert (found.as_of.isoformat(), found.index) == (day, "MSCI ACWI IMI")


def test_the_newest_list_is_the_default_and_what_was_hard_to_read_is_named():
    assert equity_by_country().as_of == dt.date(2023, 3, 31)
    assert equity_by_country().approximate == ("Canada", "Switzerland", "Taiwan")
    assert equity_by_country("2021-07-31").approximate == ()
    assert len(equity_by_country().sources) == 1
    assert country_dates() == ("2011-07-31", "2021-07-31", "2023-03-23", "2023-03-31")


def test_sectors_are_four_and_the_rest():
    found = equity_by_sector()
    assert len(found.lines) == 5
    assert found.lines[RESIDUAL] == pytest.approx(0.419)
    assert len(found.approximate) == 4


@pytest.mark.parametrize("day", ["2022-03-31", "2023", "soon"])
def test_a_list_that_was_not_found_is_refused(day):
    with pytest.raises(BadInput, match="2023-03-31"):
        equity_by_country(day)


def test_one_country_over_time():
    assert country_weights("United States")[dt.date(2011, 7, 31)] == pytest.approx(0.4334)
    assert list(country_weights("Japan")) == [dt.date(2023, 3, 23)]
    with pytest.raises(BadInput) as caught:
        country_weights("Atlantis")
    assert (caught.value.code, caught.value.field) == ("unknown_choice", "country")
    assert "United States" in caught.value.params["accepted"]


def test_coverage_as_of_march_2023():
    found = coverage()
    assert (found.free_float_share, found.countries, found.companies) == (0.99, 47, 9142)
    assert found.as_of == dt.date(2023, 3, 23)
    assert (found.companies_later, found.later) == (9181, dt.date(2023, 6, 30))


def test_the_substitute_for_the_missing_index_size_is_named_and_judged():
    found = equity_substitute()
    assert found.missing == "MSCI ACWI IMI"
    assert found.used.index.startswith("SIFMA")
    assert found.implied_usd_bn == pytest.approx(60_000 * 0.99 / 0.85)
    assert found.times == pytest.approx(101_200 / found.implied_usd_bn)
    assert found.change == pytest.approx(101_200 / 124_400 - 1)
    assert found.index_return == pytest.approx(-0.18)
    assert equity_substitute("msci").times == pytest.approx(0.927, abs=1e-3)
    assert equity_substitute("msci").change is None


def test_state_street_assumptions_are_decimals():
    table = study_assumptions()
    assert table.loc["equity", "volatility"] == pytest.approx(0.148)
    assert table.loc["gold", "exp_return_10y"] == pytest.approx(0.025)
    assert {"source", "as_of"} <= set(table)


def test_a_lost_fact_is_missing_data():
    with pytest.raises(MissingData, match="no row 'nope'"):
        fact("nope")


# --- bonds


def test_the_bond_statement_keeps_hedged_and_unhedged_apart():
    told = bond_statement()
    assert (told.index_hedged, told.fund_hedged, told.returns_offline) == (False, True, False)
    assert told.article_start == "2018-03"
    assert told.fund_first_price == dt.date(2018, 9, 6)
    assert told.fund_first_price > dt.date(2018, 3, 31)
    assert (told.volatility_hedged, told.volatility_unhedged) == (0.0395, 0.0906)
    json.dumps(told.to_dict(), allow_nan=False)


def series(name, start, scale, hedged=True, proxy=False, count=24):
    days = pd.date_range(start, periods=count, freq="ME")
    values = np.random.default_rng(len(name)).normal(0, scale, count)
    return BondSeries(name, pd.Series(values, index=days), hedged, proxy)


def test_a_splice_shows_volatility_on_both_sides():
    before, after = series("BND + BNDX", "2017-01-31", 0.01, proxy=True), series("BNDW", "2018-09-30", 0.02)
    joined = splice(before, after, periods_per_year=12)
    assert joined.starts == dt.date(2018, 9, 30)
    assert joined.proxy
    assert joined.returns.index.is_unique
    early = before.returns.loc[:"2018-08-31"]
    pd.testing.assert_series_equal(joined.returns, pd.concat([early, after.returns]))
    assert joined.volatility_before == pytest.approx(early.std() * 12**0.5)
    assert joined.volatility_after == pytest.approx(after.returns.std() * 12**0.5)


def test_hedged_and_unhedged_series_are_never_joined():
    with pytest.raises(BadInput) as caught:
        splice(
            series("index", "2017-01-31", 0.01, hedged=False), series("BNDW", "2018-09-30", 0.02), periods_per_year=12
        )
    assert caught.value.code == "scope_mismatch"


def test_a_splice_needs_returns_on_both_sides():
    with pytest.raises(BadInput, match="at least two"):
        splice(series("BND", "2018-09-30", 0.01), series("BNDW", "2018-09-30", 0.02), periods_per_year=12)


def test_ours_beside_follows_every_option_and_drops_reasons_that_no_longer_hold():
    pair, included = "glio_2020_float/epra_global_2022", ("gold", "private_equity", "private_debt")
    world = weights(include=included, pair=pair)
    street = next(item for item in beside(include=included, pair=pair) if item.study.study == "State Street GMP")
    assert not {"gold_inside", "private_assets_inside"} & set(street.reasons)
    assert street.differences["gold"] == pytest.approx(world.weights["gold"] - 0.045)
    half = next(item for item in beside(include=("private_debt",)) if item.study.study == "State Street GMP")
    assert "private_assets_inside" in half.reasons
