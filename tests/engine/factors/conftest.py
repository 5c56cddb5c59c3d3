"""Shared by the factor tests: the bundled history, its panels, and one small fitted model of each kind."""

import numpy as np
import pandas as pd
import pytest

from engine.factors.features import History, Panel, panel
from engine.factors.models import Mean, Nets, Ridge, Trees
from engine.factors.sleeves import UNIVERSES
from engine.factors.walkforward import windows


@pytest.fixture(scope="session")
def history():
    return History.bundled()


@pytest.fixture(scope="session")
def panels(history):
    return {universe: panel(universe, history) for universe in UNIVERSES}


@pytest.fixture(scope="session")
def full(panels):
    return panels["full"]


@pytest.fixture(scope="session")
def used(full):
    return windows(full.returns.index)


@pytest.fixture(scope="session")
def small_models():
    """Every kind of model, quick to fit."""
    members = (
        Ridge(),
        Trees(rounds=20),
        Nets("active", "active", 0.5, (0, 1), steps=30),
        Nets("ratio", "ratio_hit", 0.65, (0,), steps=30),
    )
    return {model.name: model for model in (*members, Mean("mean", members))}


@pytest.fixture(scope="session")
def policies(small_models, full, used):
    """The policy of each kind, trained for 2000."""
    (chosen,) = [window for window in used if window.year == 2000]
    return {name: model.fit(full, [chosen])[0] for name, model in small_models.items()}


@pytest.fixture(scope="session")
def make_panel():
    """A panel by hand: month ends from 2000-01, returns by sleeve, and features."""

    def make(returns, features=None, bill=0.0):
        count = len(next(iter(returns.values())))
        index = pd.date_range("2000-01-31", periods=count, freq="ME")
        table = pd.DataFrame(features or {"nothing": np.arange(count, dtype=float)}, index=index)
        earned = pd.DataFrame(returns, index=index, dtype=float)
        return Panel("full", table, earned, pd.Series(bill, index), table.isna().sum(), table)

    return make
