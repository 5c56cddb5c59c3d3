"""Inputs: decimals, kind, method, date and error of each; the two ways of tracking; ages of figures."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.sources import load
from engine.universe import BLOCKS, CRITERIA, Kind, inputs, last_day, read_funds, stale, with_own
from engine.universe.funds import STALE_MONTHS
from tests.engine.universe.conftest import TODAY, with_funds

METHODS = {
    "fee": {"measured": {""}},
    "tracking": {"measured": {"same_index_fund"}, "estimated": {"like_index_fund"}, "missing": {"no_like_fund"}},
    "spread": {"measured": {"quoted"}, "estimated": {"fitted_liquid", "fitted_thin"}},
    "top10": {"measured": {"", "single_asset"}, "missing": {"not_found", "fund_of_funds"}},
    "turnover": {"measured": {""}, "missing": {"not_found", "metal_does_not_trade"}},
}


@pytest.fixture(scope="module")
def error(known):
    return inputs(known)


@pytest.fixture(scope="module")
def difference(known):
    return inputs(known, tracking="difference")


# ---- decimals


def test_percent_becomes_a_decimal_at_the_border(known):
    spy = known.funds.loc["SPY"]
    assert (spy["fee"], spy["spread"]) == pytest.approx((0.000945, 0.0000159))
    assert spy["tracking_error"] == pytest.approx(0.0010)
    assert spy["volatility"] == pytest.approx(0.1702)
    assert spy["dollar_volume"] == pytest.approx(38.8e9)
    assert known.funds["top10"].max() == 1.0
    assert known.funds["assets"].median() > 1e9


def test_every_fund_of_the_table_is_there_with_a_group_that_is_described(known):
    facts = load("etf_universe").frame
    assert len(known.funds) == len(facts) == 166
    assert known.funds["fee"].tolist() == pytest.approx((facts["expense_ratio_pct"] / 100).tolist())
    assert set(known.funds["peer_group"]) <= set(known.groups.index)
    assert known.groups["reason"].str.len().gt(10).all()
    assert set(known.correlation.index) == set(known.funds.index) == set(known.correlation.columns)
    shares = known.funds[[f"lt_{block}" for block in BLOCKS]].sum(axis=1, min_count=1).dropna()
    assert shares.to_numpy() == pytest.approx(1.0, abs=2e-3)


# ---- kind, method, date, error


def test_every_input_has_kind_method_date_source_and_error(error, known):
    for name in CRITERIA:
        for kind, rows in error.kinds[name].groupby(error.kinds[name]):
            assert set(error.methods.loc[rows.index, name]) <= METHODS[name][kind], (name, kind)
        there = error.figures[name].notna()
        assert (error.kinds.loc[~there, name] == "missing").all()
        assert (error.kinds.loc[there, name] != "missing").all()
        dated = there & (error.methods[name] != "single_asset")
        assert error.as_of.loc[dated, name].map(last_day).notna().all(), name
        assert error.sources.loc[there, name].str.len().gt(1).all(), name
        doubt = error.errors[name] + error.log_errors[name]
        assert doubt[dated].gt(0).all()
        blank = pd.concat([error.as_of.loc[~there, name], error.sources.loc[~there, name]])
        assert blank.eq("").all()
        assert doubt[~there].eq(0).all()
    assert error.figures.index.equals(known.funds.index)


def test_kinds_sum_to_the_table(error, answer):
    assert sum(error.counts().values()) == 5 * 166
    passing = list(answer.screening.passing)
    counts = error.counts(passing)
    assert counts == {"measured": 473, "estimated": 170, "missing": 67}
    assert sum(counts.values()) == 5 * len(passing)
    assert counts == answer.counts


def test_uncertainties_are_those_of_the_fields(error, known):
    kinds = error.kinds
    assert set(error.errors["fee"]) == {0.00005}
    single = error.methods["top10"] == "single_asset"
    assert set(error.errors.loc[(kinds["top10"] == "measured") & ~single, "top10"]) == {0.02}
    assert set(error.errors.loc[kinds["turnover"] == "measured", "turnover"]) == {0.01}
    quality = known.funds["tracking_quality"]
    assert set(error.errors.loc[quality == "A", "tracking"]) == {0.0010}
    assert set(error.errors.loc[quality == "B", "tracking"]) == {0.0025}
    fitted = kinds["spread"] == "estimated"
    liquid = known.funds["dollar_volume"] >= 100e6
    assert set(error.log_errors.loc[fitted & liquid, "spread"]) == {0.34}
    assert set(error.log_errors.loc[fitted & ~liquid, "spread"]) == {0.86}
    assert set(error.errors.loc[kinds["spread"] == "measured", "spread"]) == {0.00005 / np.sqrt(3)}
    assert fitted.sum() > 100


def test_quality_c_is_no_tracking_error(error, known):
    c = known.funds["tracking_quality"] == "C"
    assert c.sum() > 50
    assert error.figures.loc[c, "tracking"].isna().all()
    assert error.figures.loc[known.funds["tracking_quality"].isin(["A", "B"]), "tracking"].min() == 0.001


def test_metal_does_not_trade_and_is_one_asset_and_a_fund_of_funds_has_no_top_ten(error, known):
    metal = ["GLD", "IAU", "GLDM", "IAUM", "SGOL", "SLV"]
    assert set(error.methods.loc[metal, "turnover"]) == {"metal_does_not_trade"}
    assert sorted(error.methods.index[error.methods["top10"] == "single_asset"]) == sorted(metal)
    assert error.figures.loc[metal, "top10"].eq(1).all()
    assert error.errors.loc[metal, "top10"].eq(0).all()
    assert error.methods.at["BNDW", "top10"] == "fund_of_funds"
    assert known.funds.at["BNDW", "top10"] == 1.0
    assert np.isnan(error.figures.at["BNDW", "top10"])


def test_an_input_without_any_figure_is_not_found(known):
    blank = inputs(with_funds(known, {"SPY": {"spread": np.nan, "spread_basis": "", "top10": np.nan}}))
    for name in ("spread", "top10"):
        assert blank.of("SPY", TODAY)[name] | {"stale": False} == {
            "value": None, "kind": "missing", "method": "not_found", "as_of": None, "source": None,
            "error": None, "log_error": None, "stale": False,
        }  # fmt: skip


def test_one_fund_as_the_command_line_prints_it(error):
    told = error.of("SPY", TODAY)
    assert list(told) == list(CRITERIA)
    assert told["fee"]["value"] == pytest.approx(0.000945)
    assert told["fee"]["kind"] == "measured"
    assert told["spread"] | {"value": 0, "error": 0, "source": ""} == {
        "value": 0, "kind": "estimated", "method": "fitted_liquid", "as_of": "2026-05-01", "source": "", "error": 0,
        "log_error": 0.34, "stale": True,
    }  # fmt: skip
    assert told["turnover"]["stale"] == stale(told["turnover"]["as_of"], 12, TODAY)


# ---- tracking


def test_difference_prefers_what_is_published_against_the_index(difference, known):
    published = load("etf_universe").frame.set_index("ticker")["tracking_difference_or_error_pct"].dropna()
    assert len(published) == 21
    told = difference.figures.loc[published.index, "tracking"]
    assert told.to_dict() == pytest.approx((published.abs() / 100).to_dict())
    assert set(difference.kinds.loc[published.index, "tracking"]) == {"measured"}
    others = known.funds.index.difference(published.index)
    assert set(difference.kinds.loc[others, "tracking"]) == {"estimated", "missing"}
    assert difference.figures["tracking"].min() >= 0


def test_difference_of_quality_c_is_missing_unless_published(difference, known):
    c = (known.funds["tracking_quality"] == "C") & known.funds["published_tracking"].isna()
    assert difference.figures.loc[c, "tracking"].isna().all()


def test_only_tracking_differs_between_the_measures(error, difference):
    others = [name for name in CRITERIA if name != "tracking"]
    pd.testing.assert_frame_equal(error.figures[others], difference.figures[others])
    assert not error.figures["tracking"].equals(difference.figures["tracking"])


def test_an_own_tracking_error_is_not_taken_for_a_difference(known, difference):
    """XLE has quality C: neither a tracking error nor a difference of its own."""
    own = with_own(known, read_funds(b"ticker,tracking_error_pct\nXLE,0.2\nSPY,0.3\n", today=TODAY))
    told = inputs(own)
    assert told.of("XLE", TODAY)["tracking"] == {
        "value": 0.002, "kind": "measured", "method": "own", "as_of": "2026-11-22", "source": "own", "error": 0.001,
        "log_error": None, "stale": False,
    }  # fmt: skip
    lag = inputs(own, tracking="difference")
    assert lag.of("XLE", TODAY) == difference.of("XLE", TODAY)
    assert lag.of("SPY", TODAY) == difference.of("SPY", TODAY)


def test_an_unknown_measure_is_refused(known):
    with pytest.raises(BadInput, match="error, difference") as raised:
        inputs(known, tracking="alpha")
    assert (raised.value.code, raised.value.field, raised.value.value) == ("unknown_choice", "tracking", "alpha")


def test_measured_only_turns_estimates_into_missing(known, error):
    strict = inputs(known, measured_only=True)
    guessed = error.kinds == str(Kind.ESTIMATED)
    assert strict.counts()["estimated"] == 0
    assert strict.counts()["measured"] == error.counts()["measured"]
    assert strict.figures.mask(~guessed).isna().all(axis=None)
    assert set(strict.methods.to_numpy()[guessed.to_numpy()]) == {"estimates_off"}
    pd.testing.assert_frame_equal(strict.figures.mask(guessed), error.figures.mask(guessed))
    assert strict.log_errors.eq(0).all(axis=None)


# ---- dates


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-07-04", date(2025, 7, 4)),
        ("2025-06", date(2025, 6, 30)),
        ("2024-02", date(2024, 2, 29)),
        ("2025", date(2025, 12, 31)),
        ("fiscal year to 2025-06", date(2025, 6, 30)),
        ("latest fiscal year before 2025-07", date(2025, 6, 30)),
        ("latest fiscal year before 2025-01", date(2024, 12, 31)),
        ("3 months to 2025-02-03", date(2025, 2, 3)),
        ("2024-01-02 to 2025-03", date(2025, 3, 31)),
        ("", None),
        (None, None),
        ("last year", None),
        ("20250703", None),
        ("2025-13", None),
        ("2025-02-30", None),
        ("0000", None),
    ],
)
def test_the_last_day_a_text_speaks_for(text, day):
    assert last_day(text) == day


@pytest.mark.parametrize(
    ("text", "months", "today", "answer"),
    [
        ("2025-11-22", 12, date(2026, 11, 22), False),
        ("2025-11-21", 12, date(2026, 11, 22), True),
        ("2025", 12, date(2026, 12, 31), False),
        ("2025", 12, date(2027, 1, 1), True),
        ("2026-05-01", 6, date(2026, 11, 1), False),
        ("2026-05-01", 6, date(2026, 11, 2), True),
        ("some day", 12, date(2026, 11, 22), True),
        ("", 12, date(2026, 11, 22), False),
    ],
)
def test_stale(text, months, today, answer):
    assert stale(text, months, today) is answer


def test_every_date_text_of_the_table_can_be_read(known):
    columns = [name for name in known.funds if name.endswith("_as_of")]
    assert len(columns) >= 9
    for name in columns:
        texts = known.funds[name]
        assert texts[texts != ""].map(last_day).notna().all(), name
    assert STALE_MONTHS["spread"] == 6
    assert {months for name, months in STALE_MONTHS.items() if name != "spread"} == {12}
