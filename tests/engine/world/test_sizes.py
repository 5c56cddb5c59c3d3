"""World sizes and weights: by hand from the file, published before used, marked where not known."""

import csv
import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, MissingData
from engine.paths import ROOT
from engine.sources import load
from engine.world.anchors import CLASSES, SCOPES, anchors, scope_of
from engine.world.denton import denton, smoothed
from engine.world.sizes import (
    KINDS,
    SCOPE_SETS,
    default_date,
    hindsight_gap,
    hindsight_gaps,
    indicator_levels,
    infrastructure_path,
    month_ends,
    path_dates,
    size_path,
    span,
    weights,
    world_paths,
)

PLAIN = "real_estate"


def raw():
    with (ROOT / "data" / "facts" / "global_market_caps.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(index, as_of):
    (row,) = [row for row in raw() if row["index"] == index and row["as_of"] == as_of]
    return float(row["market_cap_usd_bn"])


def known_on(row):
    """Publication, or twelve months after the date, computed from the text of the file alone."""
    if row["published"]:
        return row["published"]
    return f"{int(row['as_of'][:4]) + 1}{row['as_of'][4:]}"


# --- today


def test_the_default_date_by_hand_from_the_file():
    found = weights()
    sizes = {
        "equity": cell("SIFMA global equity market capitalisation (full, not float)", "2022-12-31"),
        "bonds": cell("SIFMA/BIS global fixed income outstanding", "2022-12-31"),
        "real_estate": cell("MSCI professionally managed real estate market size", "2022-12-31"),
    }
    sizes["infrastructure"] = (
        sizes["real_estate"]
        * cell("GLIO Index, pure infrastructure market cap", "2022-12-31")
        / cell("FTSE EPRA Nareit Global (developed + emerging)", "2022-02-28")
    )
    assert found.date == dt.date(2022, 12, 31)
    assert found.sizes_usd_bn == pytest.approx(sizes)
    assert found.weights == pytest.approx({name: size / sum(sizes.values()) for name, size in sizes.items()})
    assert found.kind == dict.fromkeys(("equity", "bonds", "real_estate"), "reported") | {"infrastructure": "assumed"}
    assert found.total_usd_bn == pytest.approx(264_567, abs=1)
    assert {"equity_substitute", "bonds_substitute", "infrastructure_exceeds_real_estate"} <= set(found.notes)
    assert [item["as_of"] for item in found.sources["infrastructure"]] == ["2022-12-31", "2022-12-31", "2022-02-28"]


@pytest.mark.parametrize(
    ("scopes", "day", "vintage_day"),
    [
        ("full", "2022-12-31", "2023-12-31"),
        ("investable", "2022-12-31", "2024-11-05"),
        ("article", "2019-01-24", "2024-11-05"),
        ("state_street", "2025-03-31", "2026-03-31"),
    ],
)
def test_the_default_date_is_the_latest_with_all_four(scopes, day, vintage_day):
    assert default_date(scopes).isoformat() == day
    assert default_date(scopes, vintage=True).isoformat() == vintage_day
    last = [anchors(name, scope)[-1].as_of for name, scope in SCOPE_SETS[scopes].items()]
    assert default_date(scopes) == min(last)


def test_the_same_sizes_are_all_published_a_year_later():
    then, now = weights(None, True), weights()
    assert then.sizes_usd_bn == pytest.approx(now.sizes_usd_bn)
    assert set(then.kind.values()) == {"extrapolated"}
    assert {"equity_publication_assumed", "bonds_publication_assumed"} <= set(then.notes)
    assert "real_estate_publication_assumed" not in then.notes


@given(
    st.dates(dt.date(2014, 12, 31), dt.date(2026, 7, 31)),
    st.fixed_dictionaries({name: st.sampled_from([s.id for s in SCOPES[name]]) for name in ("equity", "bonds")}),
    st.lists(st.sampled_from(["gold", "private_equity", "private_debt"]), unique=True),
)
def test_weights_are_positive_shares_of_marked_sizes(day, scopes, include):
    found = weights(day, scopes=scopes, include=include)
    assert sum(found.weights.values()) == pytest.approx(1.0, abs=1e-12)
    assert min(found.weights.values()) > 0
    assert set(found.weights) == {*CLASSES, *include}
    for name, weight in found.weights.items():
        assert weight == pytest.approx(found.sizes_usd_bn[name] / found.total_usd_bn)
    assert set(found.kind.values()) <= set(KINDS)
    assert all(found.sources.values())
    assert found.sizes_usd_bn["infrastructure"] == pytest.approx(found.sizes_usd_bn["real_estate"] * 3200 / 2100)


def test_switches_are_off_by_default_and_private_equity_is_said_to_be_counted_twice():
    assert set(weights().weights) == set(CLASSES)
    wide = weights(include=("gold", "private_equity"), scopes="state_street")
    assert wide.sizes_usd_bn["gold"] == 8676
    assert "private_equity_double_counted" in wide.notes
    assert "gold_single_size" in wide.notes


def test_weights_are_ready_for_json():
    told = json.loads(json.dumps(weights().to_dict(), allow_nan=False))
    assert {"date", "classes", "sizes_usd_bn", "sources", "kind"} <= set(told)
    assert set(told["classes"]) == {"equity", "bonds", "real_estate", "infrastructure"}
    path = world_paths(vintage=True)["infrastructure"].to_dict()
    assert json.loads(json.dumps(path, allow_nan=False))["usd_bn"][0] is None


@pytest.mark.parametrize(
    ("day", "kinds"),
    [
        ("2022-06-30", ("interpolated", "interpolated", "interpolated", "assumed")),
        ("2022-01-31", ("interpolated", "interpolated", "interpolated", "extrapolated")),
        ("2021-12-31", ("reported", "reported", "assumed", "extrapolated")),
        ("2020-06-30", ("extrapolated", "extrapolated", "extrapolated", "extrapolated")),
        ("2023-06-30", ("extrapolated", "interpolated", "extrapolated", "extrapolated")),
        ("2014-12-31", ("extrapolated", "extrapolated", "reported", "extrapolated")),
    ],
)
def test_every_figure_says_how_it_is_known(day, kinds):
    found = weights(day)
    assert tuple(found.kind[name] for name in CLASSES) == kinds


def test_the_widened_coverage_of_real_estate_is_not_bridged():
    days = pd.date_range("2019-12-31", "2021-12-31", freq="D")
    path = size_path(PLAIN, days).table
    assert (path["usd_bn"].iloc[:-1] == 9600).all()
    assert path["usd_bn"].iloc[-1] == 13869
    assert set(path["kind"].iloc[1:-1]) == {"extrapolated"}
    assert path["segment"].iloc[-1] == path["segment"].iloc[0] + 1
    assert "real_estate_coverage_break" in weights("2020-12-31").notes
    for day in ("2019-06-30", "2019-12-31", "2021-12-31", "2022-06-30"):
        assert "real_estate_coverage_break" not in weights(day).notes
    assert [item["as_of"] for item in weights("2021-06-30").sources[PLAIN]] == ["2019-12-31"]


@pytest.mark.parametrize(("name", "scope"), [(name, scope.id) for name in SCOPES for scope in SCOPES[name]])
def test_paths_meet_their_sizes(name, scope):
    found = anchors(name, scope)
    days = pd.DatetimeIndex([pd.Timestamp(item.as_of) for item in found])
    table = size_path(name, days, scope=scope).table
    assert list(table["usd_bn"]) == [item.usd_bn for item in found]
    assert list(table["kind"]) == ["reported" if item.kind == "reported" else "assumed" for item in found]


def test_a_class_with_one_size_is_a_point_with_an_extrapolated_path():
    path = size_path("gold", month_ends("state_street").union(month_ends()))
    assert (path.table["kind"] == "reported").sum() == 1
    assert set(path.table["kind"]) == {"reported", "extrapolated"}
    assert path.left_out == ()


# --- indicators


def test_with_an_indicator_equity_moves_with_it_and_meets_its_sizes():
    days = pd.date_range("2014-12-31", "2026-01-31", freq="ME")
    path = size_path("equity", days, indicator="sp500_price")
    levels = indicator_levels("equity", "sp500_price")
    assert path.indicator == "sp500_price"
    assert path.table.loc["2021-12-31", "usd_bn"] == 124400
    made = path.table.loc["2018-12-31", "usd_bn"]
    assert made == pytest.approx(124400 * levels["2018-12-31"] / levels["2021-12-31"])
    table = load("sp500_monthly_total_return").frame["sp500_price_pct"] / 100
    assert levels["2022-12-31"] / levels["2021-12-31"] == pytest.approx((1 + table.loc["2022"]).prod())
    own = denton(pd.Series([124400.0, 101200.0], index=pd.to_datetime(["2021-12-31", "2022-12-31"])), levels, days)
    np.testing.assert_allclose(path.table["usd_bn"], own.path)


def test_the_indicator_guesses_a_left_out_equity_size_far_better_than_no_indicator():
    plain = size_path("equity", month_ends()).left_out
    moved = size_path("equity", month_ends(), indicator="sp500_price").left_out
    assert [round(item.error, 3) for item in plain] == [-0.186, 0.229]
    assert all(abs(item.error) < 0.015 for item in moved)


def test_an_indicator_of_ones_own_may_be_smoothed():
    days = pd.date_range("2014-12-31", "2022-12-31", freq="D")
    steps = np.random.default_rng(5).normal(0, 0.012, len(days))
    levels = pd.Series(100 * np.exp(steps.cumsum()), index=days, name="listed")
    plain = size_path(PLAIN, days, indicator=levels)
    calm = size_path(PLAIN, days, indicator=levels, halflife_days=90)
    assert plain.indicator == calm.indicator == "listed"
    assert list(calm.table.loc["2017-12-31":"2017-12-31", "usd_bn"]) == [8500]
    rough, soft = (np.log(item.table.loc["2016":"2019", "usd_bn"]).diff().std() for item in (plain, calm))
    assert soft < rough / 3
    assert (plain.halflife_days, calm.halflife_days, calm.to_dict()["halflife_days"]) == (None, 90, 90)
    again = size_path(PLAIN, days, indicator=smoothed(levels, 90))
    pd.testing.assert_frame_equal(calm.table, again.table)


# --- vintage


@pytest.mark.parametrize(
    ("day", "size"),
    [
        ("2016-04-03", None),
        ("2016-04-04", 7100),
        ("2017-12-30", 7100),
        ("2017-12-31", 7400),
        ("2018-06-14", 7400),
        ("2018-06-15", 8500),
        ("2019-12-31", 8900),
        ("2020-12-30", 8900),
        ("2020-12-31", 9600),
        ("2023-06-29", 9600),
        ("2023-06-30", 13300),
        ("2026-07-31", 13300),
    ],
)
def test_real_estate_as_it_was_published(day, size):
    row = size_path(PLAIN, pd.DatetimeIndex([day]), vintage=True).table.iloc[0]
    if size is None:
        assert np.isnan(row["usd_bn"])
        assert row["kind"] is None
    else:
        assert (row["usd_bn"], row["kind"]) == (size, "extrapolated")


def test_between_publications_the_last_ratio_is_held():
    levels = indicator_levels("equity", "sp500_price")
    row = size_path("equity", pd.DatetimeIndex(["2023-08-31"]), vintage=True, indicator="sp500_price").table.iloc[0]
    assert row["usd_bn"] == pytest.approx(124400 * levels["2023-08-31"] / levels["2021-12-31"])


CUTS = pd.date_range("2015-01-31", "2026-07-31", freq="2QE").strftime("%Y-%m-%d")


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("scopes", ["full", "investable"])
def test_nothing_published_later_moves_a_value(facts, cut, scopes):
    days = pd.DatetimeIndex(pd.date_range("2015-01-31", cut, freq="QE"))
    chosen = SCOPE_SETS[scopes]
    options = {name: {"scope": scope, "vintage": True} for name, scope in chosen.items()}
    before = {name: size_path(name, days, **options[name]).table["usd_bn"] for name in chosen}
    whole = infrastructure_path(size_path(PLAIN, days, vintage=True)).table["usd_bn"]
    path = facts / "global_market_caps.csv"
    rows = raw()
    kept = [row for row in rows if row["kind"] == "missing" or known_on(row) <= cut]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    assert len(kept) < len(rows) or cut >= "2026-03-31"
    for name in chosen:
        try:
            after = size_path(name, days, **options[name]).table["usd_bn"]
        except MissingData:
            after = pd.Series(np.nan, index=days)
        pd.testing.assert_series_equal(before[name], after, check_names=False)
    try:
        cut_off = infrastructure_path(size_path(PLAIN, days, vintage=True)).table["usd_bn"]
    except MissingData:
        cut_off = pd.Series(np.nan, index=days)
    pd.testing.assert_series_equal(whole, cut_off, check_names=False)


def test_hindsight_does_use_what_was_published_later(facts):
    days = pd.DatetimeIndex(["2018-06-30"])
    before = size_path(PLAIN, days).table["usd_bn"].iloc[0]
    path = facts / "global_market_caps.csv"
    text = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(row for row in text if ",2018-12-31," not in row) + "\n", encoding="utf-8")
    assert size_path(PLAIN, days).table["usd_bn"].iloc[0] != before


def test_infrastructure_waits_for_both_capitalisations():
    days = pd.DatetimeIndex(["2023-12-30", "2023-12-31"])
    made = world_paths(days, vintage=True)["infrastructure"].table
    assert list(made["kind"]) == [None, "extrapolated"]
    assert made["usd_bn"].iloc[1] == pytest.approx(13300 * 3200 / 2100)


def test_the_difference_to_hindsight():
    gap = hindsight_gap(PLAIN, pd.DatetimeIndex(["2015-06-30", "2018-06-30", "2022-12-31"]))
    assert np.isnan(gap["difference"].iloc[0])
    assert gap["vintage"].tolist()[1:] == [8500, 9600]
    assert gap["hindsight"].iloc[2] == 13300
    assert gap["difference"].iloc[2] == pytest.approx(9600 / 13300 - 1)


def test_before_the_first_publication_a_class_is_missing_and_named():
    with pytest.raises(MissingData) as caught:
        weights("2019-06-30", True)
    assert (caught.value.code, caught.value.field) == ("not_published", "equity")
    assert caught.value.params["first"] == "2022-12-31"
    with pytest.raises(MissingData, match=r"infrastructure.*2023-12-31"):
        weights("2023-12-30", True)


# --- bad input


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"date": "soon"}, "bad_date", "date"),
        ({"date": "2022-13-01"}, "bad_date", "date"),
        ({"date": "2022-12"}, "bad_date", "date"),
        ({"date": "2014-12-30"}, "range_outside", "date"),
        ({"date": "2030-01-01"}, "range_outside", "date"),
        ({"scopes": "everything"}, "unknown_choice", "scope"),
        ({"scopes": {"art": "x"}}, "unknown_choice", "scope"),
        ({"scopes": {"equity": "x"}}, "unknown_choice", "scope of equity"),
        ({"include": ["bitcoin"]}, "unknown_choice", "include"),
        ({"pair": "a/b"}, "unknown_choice", "infrastructure pair"),
        ({"indicators": {"equity": "nikkei"}}, "unknown_choice", "indicator of equity"),
        ({"indicators": {"bonds": "sp500_price"}}, "unknown_choice", "indicator of bonds"),
        ({"indicators": {"infrastructure": "sp500_price"}}, "unknown_choice", "indicators"),
    ],
)
def test_bad_input_is_refused_with_its_field(options, code, field):
    with pytest.raises(BadInput) as caught:
        weights(**options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_the_span_begins_with_the_first_size_and_ends_with_the_newest_market_data():
    assert span() == (dt.date(2014, 12, 31), dt.date(2026, 7, 31))
    assert span("state_street")[0] == dt.date(2025, 3, 31)
    assert month_ends()[0] == pd.Timestamp("2014-12-31")
    assert weights(dt.date(2022, 12, 31)).to_dict() == weights("2022-12-31").to_dict()


def test_an_unknown_scope_of_a_class_is_refused():
    with pytest.raises(BadInput, match="scope of gold"):
        scope_of("gold", "msci")


def test_a_broken_table_of_sizes_only_takes_the_world(facts):
    (facts / "global_market_caps.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(MissingData, match=r"global_market_caps\.csv"):
        weights()
    assert len(load("sp500_price").frame)


def test_path_dates_hold_every_size_once():
    days = path_dates("article", ("gold",))
    assert days.is_unique
    assert days.is_monotonic_increasing
    assert pd.Timestamp("2019-01-24") in days
    assert set(month_ends("article")) <= set(days)
    with pytest.raises(BadInput, match="silver"):
        path_dates(include=("silver",))


def test_the_vintage_default_waits_for_every_class_that_is_switched_on():
    assert default_date(vintage=True, include=("gold",)).isoformat() == "2026-03-31"
    assert default_date(include=("gold",)) == default_date()
    assert weights(None, True, include=("gold",)).date.isoformat() == "2026-03-31"


def test_gaps_say_where_coverage_differs():
    gaps = hindsight_gaps(pd.DatetimeIndex(["2021-11-30", "2022-06-30", "2023-06-30"]))
    assert gaps["real_estate"]["same_coverage"].tolist() == [True, False, True]
    assert gaps["real_estate"]["difference"].iloc[1] < -0.25
    assert set(gaps) == {"equity", "bonds", "real_estate", "infrastructure"}


def test_an_indicator_that_has_ended_is_noted():
    sp500 = {"equity": "sp500_price"}
    assert "equity_indicator_held" in weights("2026-07-31", indicators=sp500).notes
    assert "equity_indicator_held" not in weights("2026-01-31", indicators=sp500).notes
    assert "equity_indicator_held" not in weights("2026-07-31").notes
