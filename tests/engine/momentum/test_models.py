"""The two small networks: same seed same answer, no outcome before its time, and they learn what is there."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from engine.momentum import make
from engine.momentum.forecast import HORIZON, _fit, labels
from engine.momentum.lookback import History
from engine.momentum.net import _fit as fit_weights
from engine.momentum.net import _scaled, choose_by_state
from engine.momentum.scores import LOOKBACKS
from engine.paths import ROOT
from tests.engine.momentum import world


def setting(months=140, seed=0):
    prices, _ = world.monthly(names=30, months=months, seed=seed)
    g = np.random.default_rng(seed)
    top = g.normal(0.01, 0.03, (months, 34))
    top[:40] = np.nan
    return make(prices).months, History(LOOKBACKS, top, top.copy(), np.zeros(months))


def test_weights_are_shares_and_the_seed_decides():
    months, past = setting(months=170)
    first = choose_by_state(months, past, least=24)
    again = choose_by_state(months, past, least=24)
    other = choose_by_state(months, past, least=24, seed=1)
    assert np.array_equal(first, again, equal_nan=True)
    ready = np.isfinite(first).all(axis=1)
    assert ready.sum() > 50
    assert first[ready].sum(axis=1) == pytest.approx(1.0)
    assert (first[ready] >= 0).all()
    assert np.abs(first[ready] - other[ready]).max() > 1e-4


def test_a_januarys_networks_see_no_outcome_of_the_month_before_it():
    """Decisions up to two months before the January: changing a later outcome changes the next year only."""
    months, past = setting()
    whole = choose_by_state(months, past, least=24)
    january = int(months.ends.get_loc(pd.Timestamp("2003-01-31")))
    changed = past.top.copy()
    changed[january - 1] = np.random.default_rng(1).normal(0, 1, 34)
    other = choose_by_state(months, History(LOOKBACKS, changed, changed, past.average), least=24)
    # The state itself may follow outcomes known at the month; the fit may not.
    assert np.array_equal(whole[january - 1], other[january - 1], equal_nan=True)
    assert np.abs(whole[january + 12] - other[january + 12]).max() > 1e-6


def test_a_state_that_pays_is_learned():
    g = np.random.default_rng(0)
    state = g.normal(size=(300, 4))
    outcome = g.normal(0, 0.3, (300, 6))
    outcome[:, 1] += state[:, 0]
    outcome[:, 4] -= state[:, 0]
    told = fit_weights(state, outcome, np.array([[2.0, 0, 0, 0], [-2.0, 0, 0, 0]]), 0)
    assert told[0].argmax() == 1
    assert told[1].argmax() == 4


def test_states_are_scaled_by_their_own_past():
    raw = np.random.default_rng(0).normal(size=(90, 2))
    other = raw.copy()
    other[60:] += 5
    assert np.array_equal(_scaled(raw)[:60], _scaled(other)[:60], equal_nan=True)


def test_labels_are_three_months_less_the_mean_and_end_before_the_data_do():
    outcome = np.random.default_rng(0).normal(0.01, 0.05, (12, 5))
    outcome[-1] = np.nan
    eligible = np.ones((12, 5), dtype=bool)
    found = labels(outcome, eligible)
    growth = np.prod(1 + outcome[4:7], axis=0) - 1
    assert found[4] == pytest.approx(growth - growth.mean())
    assert np.isnan(found[-HORIZON:]).all()
    assert np.isfinite(found[:-HORIZON]).all()


def test_a_name_that_ends_keeps_what_it_earned_to_its_last_price():
    outcome = np.full((8, 3), 0.1)
    outcome[3:, 0] = np.nan
    found = labels(outcome, np.ones((8, 3), dtype=bool))
    growth = np.array([0.1, 1.1**3 - 1, 1.1**3 - 1])
    assert found[2] == pytest.approx(growth - growth.mean())


def test_the_ensemble_learns_a_relation_and_disagrees_where_it_saw_nothing():
    g = np.random.default_rng(0)
    inputs = g.uniform(-1, 1, (6000, 7))
    label = 0.05 * inputs[:, 2] + g.normal(0, 0.02, 6000)
    asked = np.zeros((3, 7))
    asked[:, 2] = -0.8, 0.0, 0.8
    told = _fit(inputs, label, asked, 0)
    assert np.array_equal(told, _fit(inputs, label, asked, 0))
    mean = told.mean(axis=0)
    assert mean == pytest.approx([-0.04, 0.0, 0.04], abs=0.01)
    far = np.vstack([asked[1], np.full(7, 5.0)])
    spread = _fit(inputs, label, far, 0).std(axis=0, ddof=1)
    assert spread[1] > 3 * spread[0]


def test_torch_is_loaded_only_where_a_network_is_asked_for():
    code = (
        "import sys; from engine import momentum as m; r = m.run(); "
        "assert 'torch' not in sys.modules; m.run(m.Config(method='net')); assert 'torch' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=240)
