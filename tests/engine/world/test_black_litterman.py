"""Black and Litterman: the prior without views, the information form, limits of confidence, a published example."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.world.black_litterman import TAU, on_blocks, posterior
from tests.engine.world.conftest import covariance as random_covariance

NAMES = ["a", "b", "c", "d"]


def market(seed=0, size=4):
    rng = np.random.default_rng(seed)
    names = NAMES[:size]
    spread = pd.DataFrame(random_covariance(rng, size, 0.2), index=names, columns=names)
    return pd.Series(3.0 * spread.to_numpy() @ rng.dirichlet(np.ones(size)), index=names), spread


def views(seed, count, size=4):
    rng = np.random.default_rng(seed)
    picks = pd.DataFrame(rng.normal(size=(count, size)), columns=NAMES[:size], index=[f"v{i}" for i in range(count)])
    return picks, pd.Series(rng.normal(scale=0.05, size=count), index=picks.index)


def none():
    return pd.DataFrame(np.zeros((0, 4)), columns=NAMES), pd.Series(dtype=float)


def test_without_views_the_market_s_returns_stay():
    prior, spread = market()
    found = posterior(prior, spread, *none())
    assert (found.expected_return == prior).all()
    assert found.uncertainty.to_numpy() == pytest.approx(TAU * spread.to_numpy())


@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(0.02, 0.98), st.floats(0.01, 1.0))
def test_the_information_form_agrees(seed, count, confidence, tau):
    prior, spread = market(seed)
    picks, wanted = views(seed + 1, count)
    found = posterior(prior, spread, picks, wanted, confidence, tau)
    precision = np.linalg.inv(tau * spread.to_numpy())
    sure = np.diag(1.0 / found.omega.to_numpy())
    p = picks.to_numpy()
    total = precision + p.T @ sure @ p
    mean = np.linalg.solve(total, precision @ prior.to_numpy() + p.T @ sure @ wanted.to_numpy())
    assert found.expected_return.to_numpy() == pytest.approx(mean, rel=1e-6, abs=1e-9)
    assert found.uncertainty.to_numpy() == pytest.approx(np.linalg.inv(total), rel=1e-5, abs=1e-11)


def test_a_certain_view_holds_exactly_and_a_faint_one_hardly():
    prior, spread = market()
    picks, wanted = views(3, 2)
    certain = posterior(prior, spread, picks, wanted, 1.0)
    assert (picks @ certain.expected_return).to_numpy() == pytest.approx(wanted.to_numpy(), abs=1e-12)
    faint = posterior(prior, spread, picks, wanted, 1e-9)
    assert faint.expected_return.to_numpy() == pytest.approx(prior.to_numpy(), abs=1e-8)


def test_one_view_goes_its_confidence_of_the_way():
    prior, spread = market()
    picks = pd.DataFrame([[1.0, -1.0, 0.0, 0.0]], columns=NAMES, index=["a over b"])
    gap = float(prior["a"] - prior["b"])
    for confidence in (0.1, 0.5, 0.9):
        found = posterior(prior, spread, picks, pd.Series([gap + 0.02], index=picks.index), confidence)
        made = float(found.expected_return["a"] - found.expected_return["b"])
        assert made == pytest.approx(gap + confidence * 0.02)


def test_the_mean_does_not_depend_on_tau():
    prior, spread = market()
    picks, wanted = views(5, 3)
    means = [posterior(prior, spread, picks, wanted, 0.3, tau).expected_return.to_numpy() for tau in (0.01, 0.05, 1.0)]
    assert means[1] == pytest.approx(means[0])
    assert means[2] == pytest.approx(means[0])


def test_views_that_agree_with_the_market_change_nothing():
    prior, spread = market()
    picks, _ = views(6, 3)
    found = posterior(prior, spread, picks, picks @ prior, 0.7)
    assert found.expected_return.to_numpy() == pytest.approx(prior.to_numpy())


def test_each_view_has_its_own_confidence():
    prior, spread = market()
    picks, wanted = views(7, 2)
    found = posterior(prior, spread, picks, wanted, {"v0": 1.0, "v1": 0.2})
    assert found.omega["v0"] == 0.0
    assert found.omega["v1"] == pytest.approx(4 * TAU * picks.loc["v1"] @ spread @ picks.loc["v1"])


def test_views_on_blocks_are_above_what_the_market_implies():
    prior, spread = market()
    found = on_blocks(prior, spread, {"c": 0.02, "a": -0.01}, 1.0)
    assert found.expected_return["c"] - prior["c"] == pytest.approx(0.02)
    assert found.expected_return["a"] - prior["a"] == pytest.approx(-0.01)
    assert abs(found.expected_return["b"] - prior["b"]) > 1e-5  # others move with them


def test_the_published_example_of_seven_countries():
    """He and Litterman (1999), tables 1, 2 and 4: Germany 5 % a year above the rest of Europe by market value."""
    names = ["AUL", "CAN", "FRA", "GER", "JAP", "UKG", "USA"]
    volatility = np.array([16.0, 20.3, 24.8, 27.1, 21.0, 20.0, 18.7]) / 100
    weights = np.array([1.6, 2.2, 5.2, 5.5, 11.6, 12.4, 61.5]) / 100
    lower = [
        [1],
        [0.488, 1],
        [0.478, 0.664, 1],
        [0.515, 0.655, 0.861, 1],
        [0.439, 0.310, 0.355, 0.354, 1],
        [0.512, 0.608, 0.783, 0.777, 0.405, 1],
        [0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1],
    ]
    correlation = np.eye(7)
    for row, values in enumerate(lower):
        correlation[row, : row + 1] = correlation[: row + 1, row] = values
    spread = pd.DataFrame(correlation * np.outer(volatility, volatility), index=names, columns=names)
    prior = 2.5 * spread @ weights
    assert (100 * prior).round(1).tolist() == [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6]
    europe = weights[2] + weights[5]
    picks = pd.DataFrame(
        [[0, 0, -weights[2] / europe, 1, 0, -weights[5] / europe, 0]], columns=names, index=["Germany"]
    )
    found = posterior(prior, spread, picks, pd.Series([0.05], index=["Germany"]), 0.5)
    assert (100 * found.expected_return).round(1).tolist() == [4.3, 7.6, 9.3, 11.0, 4.5, 7.0, 8.1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"confidence": 0.0}, "confidence"),
        ({"confidence": 1.2}, "confidence"),
        ({"confidence": np.nan}, "confidence"),
        ({"confidence": {"v0": 0.5}}, "confidence"),
        ({"tau": 0.0}, "tau"),
        ({"tau": -1.0}, "tau"),
        ({"picks": views(1, 2)[0].rename(columns={"a": "z"})}, "picks"),
        ({"picks": views(1, 2)[0] * np.nan}, "picks"),
        ({"views": views(1, 2)[1].rename({"v0": "w0"})}, "views"),
        ({"views": views(1, 2)[1] * np.inf}, "views"),
        ({"prior": market()[0] * np.nan}, "prior"),
        ({"covariance": market()[1] * -1}, "covariance"),
        ({"covariance": market()[1].rename(columns={"a": "z"})}, "covariance"),
        ({"picks": pd.DataFrame(np.ones((2, 4)), columns=NAMES, index=["v0", "v1"]), "confidence": 1.0}, "picks"),
    ],
)
def test_bad_input_is_refused_by_name(change, field):
    prior, spread = market()
    picks, wanted = views(1, 2)
    with pytest.raises(BadInput) as raised:
        posterior(**{"prior": prior, "covariance": spread, "picks": picks, "views": wanted} | change)
    assert raised.value.field == field


def test_the_result_as_plain_values():
    prior, spread = market()
    told = posterior(prior, spread, *views(1, 2)).to_dict()
    assert told.keys() == {"expected_return", "uncertainty", "omega", "tau"}
    assert told["uncertainty"]["a"].keys() == set(NAMES)
