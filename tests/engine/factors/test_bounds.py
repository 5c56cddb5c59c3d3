"""Bounds hold, are the nearest, and cost what they say."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors import results
from engine.factors.artifacts import open_artifact
from engine.factors.bounds import bounded, project
from engine.factors.features import panel
from engine.factors.train import FIRST_YEAR
from engine.factors.walkforward import windows


@given(st.lists(st.floats(0.01, 1), min_size=4, max_size=4), st.floats(0, 0.25), st.floats(0.25, 1))
def test_the_projection_is_inside_and_no_mix_inside_is_nearer(raw, least, most):
    weights = np.array(raw) / sum(raw)
    inside = project(weights, least, most)
    assert inside.sum() == pytest.approx(1, abs=1e-9)
    assert (inside >= least - 1e-12).all()
    assert (inside <= most + 1e-12).all()
    distance = np.linalg.norm(inside - weights)
    for other in np.random.default_rng(0).dirichlet(np.ones(4), 200):
        if (other >= least).all() and (other <= most).all():
            assert distance <= np.linalg.norm(other - weights) + 1e-9


def test_weights_inside_the_bounds_stay():
    assert project(np.array([0.2, 0.3, 0.5]), 0.1, 0.6) == pytest.approx([0.2, 0.3, 0.5], abs=1e-12)


def test_the_expected_tracking_error_is_met_in_every_window():
    data = panel("full")
    used = windows(pd.DatetimeIndex(data.returns.index), FIRST_YEAR["full"])
    inside = bounded(open_artifact("full").weights["ai"], data, used, tracking_error=0.03)
    assert inside.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-9)
    active = data.returns.sub(data.returns["market"], axis=0).to_numpy()
    start = 0
    for window in used:
        away = inside.to_numpy()[start : start + len(window.decide)] - np.eye(8)[0]
        spread = np.cov(active[: window.train + 1].T) * 12
        assert np.sqrt(np.einsum("ti,ij,tj->t", away, spread, away)).max() <= 0.03 + 1e-9
        start += len(window.decide)


def test_no_bounds_leave_the_record_as_it_is():
    price = results.bounded_price("full")
    assert price.defended.information_ratio == pytest.approx(price.none.information_ratio, abs=1e-9)
    assert price.none.hit_ratio == results.report("full")["strategies"]["ai"]["hit_ratio"]


def test_a_tighter_tracking_error_is_one():
    wide, tight = (results.bounded_price("full", tracking_error=limit).defended for limit in (0.06, 0.02))
    assert tight.tracking_error < wide.tracking_error < 0.07


@pytest.mark.parametrize(
    "bounds", [{"least": 0.2}, {"most": 0.1}, {"least": -0.1}, {"most": 1.5}, {"tracking_error": 0.0}]
)
def test_bounds_that_cannot_be_met_are_refused(bounds):
    with pytest.raises(BadInput) as raised:
        results.bounded_price("full", **bounds)
    assert raised.value.field in ("bounds", "tracking_error")


def test_stress_covers_the_financial_crisis_and_not_the_calm_of_2005():
    stretches = results.stressed("full")
    inside = [first.year for first, last in stretches for year in range(first.year, last.year + 1) if year == 2008]
    assert inside
    assert not [1 for first, last in stretches if first.year <= 2005 <= last.year]
