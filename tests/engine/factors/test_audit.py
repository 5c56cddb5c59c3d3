"""The audit sees planted leaks, lets honest features pass, and finds nothing in the models."""

import numpy as np
import pandas as pd
import pytest

from engine.factors import audit
from engine.factors.features import panel, scale
from engine.factors.models import Ridge
from engine.factors.walkforward import walk_forward, windows

CUT = pd.Timestamp("2008-10-31")
SIX = {
    "full_sample_scaling",
    "unlagged_label",
    "same_month_macro",
    "future_membership",
    "revised_vintage",
    "centred_window",
}


@pytest.mark.parametrize("cut", audit.CUTS)
def test_all_six_planted_leaks_are_caught(cut):
    found = audit.leaks(pd.Timestamp(cut))
    assert {leak.name for leak in found} == SIX
    assert all(leak.caught and leak.max_diff > 1e-3 for leak in found)


@pytest.mark.parametrize("cut", audit.CUTS)
def test_the_honest_features_are_not_caught(cut):
    found = audit._plant("honest", lambda history: scale(audit._raw(history)), pd.Timestamp(cut))
    assert (found.caught, found.max_diff) == (False, 0.0)


@pytest.mark.parametrize("universe", ["full", "large_cap", "factor_etf"])
def test_every_universes_panel_is_not_caught(universe):
    found = audit._plant("panel", lambda history: panel(universe, history).features, CUT)
    assert (found.caught, found.max_diff) == (False, 0.0)


def test_poison_leaves_the_past_and_changes_the_future(history):
    changed = audit.poison(history, CUT)
    for name in ("french", "moodys", "cpi", "macro", "etfs", "bill"):
        before, after = getattr(history, name), getattr(changed, name)
        pd.testing.assert_frame_equal(after.loc[:CUT], before.loc[:CUT], check_exact=True)
        later = before.index > CUT
        told = before.loc[later].to_numpy(dtype=float)
        moved = after.loc[later].to_numpy(dtype=float) != told
        assert later.any()
        assert moved[np.isfinite(told) & (told != 0)].all(), name


def test_poison_reaches_later_weights_only(history, full):
    changed = panel("full", audit.poison(history, CUT))
    used = windows(pd.DatetimeIndex(full.returns.index), 2007)
    ours, theirs = (walk_forward(Ridge(), data, used) for data in (full, changed))
    assert np.abs(ours.loc[:CUT] - theirs.loc[:CUT]).to_numpy().max() == 0.0
    assert np.abs(ours.loc["2008-11":] - theirs.loc["2008-11":]).to_numpy().max() > 0.01


def test_a_quick_run_finds_nothing():
    told = []
    found = audit.run(cuts=audit.CUTS[1:2], universes=("full",), shuffles=1, model=Ridge(), progress=told.append)
    assert found.truncation_max_diff <= 1e-5
    assert (found.poison_max_diff, found.feature_max_diff, found.rewritten) == (0.0, 0.0, 0)
    assert {leak.name for leak in found.leaks if leak.caught} == SIX
    assert 0.4 < found.shuffled_hit_ratio < 0.6
    assert 0.4 < found.shuffled_equal_weight < 0.6
    assert told[0].startswith("full, cut at 2008-10-31")
    assert set(found.to_dict()) >= {"truncation_max_diff", "poison_max_diff", "leaks", "shuffled_hit_ratio", "passed"}


def test_a_model_that_looks_ahead_is_found_out():
    class Peeking:
        name = "peeking"

        def fit(self, data, used):
            best = float(data.returns["big_value"].mean())

            class Policy:
                def weights(self, features):
                    found = np.full((len(features), 8), 0.125)
                    found[:, 0], found[:, 1] = 0.125 - best, 0.125 + best
                    return found

            return [Policy() for _ in used]

    whole = audit._record(audit.History.bundled(), "full", Peeking())
    by_truncation, by_poison, _, rewritten = audit._replay("full", CUT, whole, Peeking())
    assert by_truncation > audit.WEIGHT_TOLERANCE
    assert by_poison > 0.0
    assert rewritten > 0


@pytest.mark.parametrize(
    "change",
    [
        {"truncation_max_diff": 1e-4},
        {"poison_max_diff": 1e-9},
        {"rewritten": 1},
        {"leaks": (audit.Leak("x", 0.0, False),)},
        {"shuffled_hit_ratio": 0.54},
    ],
)
def test_one_failure_fails_the_audit(change):
    good = {
        "truncation_max_diff": 1e-6,
        "poison_max_diff": 0.0,
        "feature_max_diff": 0.0,
        "rewritten": 0,
        "leaks": (audit.Leak("x", 1.0, True),),
        "shuffled_hit_ratio": 0.51,
        "shuffled_equal_weight": 0.5,
    }
    assert audit.Audit(**good).passed
    assert not audit.Audit(**(good | change)).passed


def test_shuffled_labels_keep_the_market_and_lose_their_mean(full):
    mixed = audit._shuffle(full, 3)
    np.testing.assert_array_equal(mixed.returns["market"], full.returns["market"])
    np.testing.assert_allclose(mixed.active.mean(), 0.0, atol=1e-12)
    np.testing.assert_allclose(
        np.sort(mixed.active["big_value"]),
        np.sort(full.active["big_value"] - full.active["big_value"].mean()),
        atol=1e-12,
    )
    assert abs(np.corrcoef(mixed.active["big_value"], full.active["big_value"])[0, 1]) < 0.2
