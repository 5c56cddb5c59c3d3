"""Training resumes where it was interrupted, and depends on nothing but data, code and settings."""

import numpy as np
import pandas as pd
import pytest

from engine.factors.features import panel
from engine.factors.models import Mean, Ridge
from engine.factors.train import _fit_members
from engine.factors.walkforward import windows


class Interrupted:
    name = "interrupted"

    def fit(self, panel, windows):
        raise KeyboardInterrupt


class NeverAsked:
    name = "ridge"

    def fit(self, panel, windows):
        raise AssertionError("a finished member was trained again")


def test_an_interrupted_training_resumes_from_its_finished_members(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    data = panel("full")
    used = windows(pd.DatetimeIndex(data.returns.index))[-2:]
    told = []
    with pytest.raises(KeyboardInterrupt):
        _fit_members(Mean("ai", (Ridge(), Interrupted())), data, used, lambda step, share: told.append(step), 1)
    assert told == ["ridge", "interrupted"]
    again = _fit_members(Mean("ai", (NeverAsked(),)), data, used, lambda step, share: None, 1)
    state = data.features.to_numpy()[-3:]
    expected = Ridge().fit(data, used)
    for resumed, fresh in zip(again["ridge"], expected, strict=True):
        assert np.array_equal(resumed.weights(state), fresh.weights(state))


def test_other_settings_do_not_resume_from_it(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    data = panel("full")
    used = windows(pd.DatetimeIndex(data.returns.index))[-1:]
    _fit_members(Mean("ai", (Ridge(),)), data, used, lambda step, share: None, 1)
    with pytest.raises(AssertionError):
        _fit_members(Mean("ai", (NeverAsked(),)), data, used, lambda step, share: None, 2)
