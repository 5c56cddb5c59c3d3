"""Committed artifacts open, say what their policy says, can be stored again, and come out of training again."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput, MissingData
from engine.factors import ledger
from engine.factors.artifacts import FILES, artifacts_dir, open_artifact, save_artifact
from engine.factors.evidence import outcome, scorecard
from engine.factors.features import History, feature_table
from engine.factors.models import default_ai
from engine.factors.sleeves import UNIVERSES
from engine.factors.train import FIRST_YEAR, START, TABLES
from engine.factors.walkforward import decide, windows
from engine.sources import registry, snapshot_id
from engine.sources.facts import FACT_TABLES

MEMBERS = ["ridge", "trees", "net_active", "net_ratio_hit"]


@pytest.fixture(scope="module")
def made():
    return {universe: open_artifact(universe) for universe in UNIVERSES}


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    return tmp_path


def numbers(tree):
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, list):
        for branch in tree:
            yield from numbers(branch)
    elif isinstance(tree, float):
        yield tree


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_committed_policy_gives_todays_weights(made, panels, universe):
    today, data = made[universe].report["today"], panels[universe]
    assert today["date"] == str(data.features.index[-1].date())
    now = made[universe].policy.weights(data.features.to_numpy()[-1:])[0]
    assert list(today["weights"]) == list(UNIVERSES[universe])
    np.testing.assert_allclose(list(today["weights"].values()), now, atol=1e-9)
    np.testing.assert_allclose(list(today["weights"].values()), made[universe].weights["ai"].iloc[-1], atol=1e-4)
    np.testing.assert_allclose(list(today["previous"].values()), made[universe].weights["ai"].iloc[-2], atol=1e-4)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_todays_reasons_add_up_to_the_tilt(made, universe):
    today = made[universe].report["today"]
    assert {row["feature"] for row in today["contributions"]} == {row.name for row in feature_table(universe)}
    for sleeve, weight in today["weights"].items():
        told = sum(row["contribution"][sleeve] for row in today["contributions"])
        assert told == pytest.approx(weight - today["mean_state"][sleeve], abs=1e-9)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_ai_is_the_mean_of_its_members(made, universe):
    weights = made[universe].weights
    assert list(weights) == ["ai", *MEMBERS]
    np.testing.assert_allclose(weights["ai"], np.mean([weights[name] for name in MEMBERS], axis=0), atol=1e-12)
    for name, least in zip(MEMBERS, (0.5, 0.5, 0.5, 0.65), strict=True):
        np.testing.assert_allclose(weights[name].sum(axis=1), 1.0, atol=1e-9)
        assert weights[name].to_numpy().min() >= least / weights[name].shape[1] - 1e-9


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_report_is_what_the_stored_weights_earn(made, panels, universe):
    data, told = panels[universe], made[universe].report["strategies"]
    for name, weights in made[universe].weights.items():
        done = outcome(data, weights)
        np.testing.assert_allclose(done.returns, made[universe].returns[name], atol=1e-12)
        assert scorecard(data, done, START[universe]).to_dict() == pytest.approx(told[name], abs=1e-9)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_every_number_of_the_report_is_finite(made, universe):
    found = list(numbers(made[universe].report))
    assert len(found) > 300
    assert all(math.isfinite(value) for value in found)
    assert not made[universe].returns.isna().to_numpy().any()


def test_a_small_slice_trained_again_is_the_committed_one(made, panels):
    """All four members with all seeds, for the windows of 2016 and 2017."""
    data = panels["full"]
    chosen = windows(data.returns.index, 2016)
    assert [window.year for window in chosen] == [2016, 2017]
    for member in default_ai(8).members:
        found = decide(member.fit(data, chosen), data, chosen)
        stored = made["full"].weights[member.name].loc[found.index]
        assert len(stored) == 16
        assert np.abs(found - stored).to_numpy().max() <= 1e-4, member.name


@pytest.mark.parametrize("universe", ["large_cap", "factor_etf"])
def test_one_window_of_the_other_universes_too(made, panels, universe):
    data = panels[universe]
    chosen = windows(data.returns.index, FIRST_YEAR[universe])[-1:]
    ai = default_ai(8)
    for member in (ai.members[0], ai.members[2]):
        found = decide(member.fit(data, chosen), data, chosen)
        assert np.abs(found - made[universe].weights[member.name].loc[found.index]).to_numpy().max() <= 1e-4


@pytest.mark.parametrize("universe", UNIVERSES)
def test_stored_and_opened_again_it_is_the_same(made, panels, elsewhere, universe):
    folder = save_artifact(made[universe])
    assert folder == elsewhere / "factors" / universe
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    again = open_artifact(universe)
    assert again is not made[universe]
    assert again.report == made[universe].report
    pd.testing.assert_frame_equal(again.returns, made[universe].returns, check_exact=True, check_freq=False)
    for name, weights in made[universe].weights.items():
        pd.testing.assert_frame_equal(again.weights[name], weights, check_exact=True, check_freq=False)
    asked = panels[universe].features.to_numpy()[-24:]
    np.testing.assert_array_equal(again.policy.weights(asked), made[universe].policy.weights(asked))


def test_a_new_artifact_is_seen_at_once(made, elsewhere):
    save_artifact(made["full"])
    first = open_artifact("full")
    save_artifact(replace(first, report=first.report | {"headline": "changed"}))
    assert open_artifact("full").report["headline"] == "changed"


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(elsewhere, monkeypatch, name):
    monkeypatch.delenv("LODESTAR_ARTIFACTS")
    source = artifacts_dir() / "full"
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(elsewhere))
    shutil.copytree(source, elsewhere / "factors" / "full")
    (elsewhere / "factors" / "full" / name).unlink()
    with pytest.raises(MissingData) as raised:
        open_artifact("full")
    assert (raised.value.code, raised.value.value) == ("missing_file", f"data/artifacts/factors/full/{name}")


def test_an_unknown_universe_is_refused():
    with pytest.raises(BadInput) as raised:
        open_artifact("../full")
    assert (raised.value.code, raised.value.field) == ("unknown_choice", "universe")


def test_the_provenance_says_what_made_it(made):
    for universe, one in made.items():
        told = one.report["provenance"]
        assert told["universe"] == universe
        assert told["snapshot"].startswith("bundled-")
        assert told["seeds"] == 8
        assert [member["name"] for member in told["members"]] == MEMBERS
        assert [row["name"] for row in told["features"]] == [row.name for row in feature_table(universe)]
        assert told["seconds"] > 0


def test_all_artifacts_were_made_from_the_files_that_ship(made):
    assert {one.report["provenance"]["snapshot"] for one in made.values()} == {snapshot_id(TABLES)}


def test_training_reads_no_other_fact_table(monkeypatch):
    read = set()
    monkeypatch.setattr(registry, "_load", lambda name, _: read.add(name) or registry.DATASETS[name]())
    History.bundled()
    assert read & {table.name for table in FACT_TABLES} == set(TABLES)


def test_all_artifacts_were_made_by_the_same_code(made):
    assert len({one.report["provenance"]["code"] for one in made.values()}) == 1


def test_the_ledger_opens_with_the_studys_62_trials(made):
    found = ledger.trials("full")
    assert sum(str(name).startswith("study:") for name in found) == 62
    assert len(set(found.columns)) == found.shape[1] == made["full"].report["trials"]
    assert not found.loc["1975-01":"2017-03"].isna().to_numpy().any()
    assert len(found.loc["1975-01":"2017-03"]) == 507


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_ledger_holds_every_model_that_was_scored(made, universe):
    found = ledger.trials(universe)
    for name in ("ai", *MEMBERS):
        np.testing.assert_allclose(found[name], made[universe].returns[name].loc[found.index], atol=1e-7)
    assert found.shape[1] == made[universe].report["trials"]


def test_a_trial_scored_again_counts_once(elsewhere):
    assert ledger.trials("full").empty
    index = pd.date_range("2000-01-31", periods=3, freq="ME")
    ledger.append("full", pd.DataFrame({"a": [0.1, 0.2, 0.3], "b": [0.0, 0.0, 0.0]}, index=index))
    ledger.append("full", pd.DataFrame({"b": [1.0, 1.0], "c": [2.0, 2.0]}, index=index[1:]))
    found = ledger.trials("full")
    assert sorted(found.columns) == ["a", "b", "c"]
    np.testing.assert_allclose(found["a"], [0.1, 0.2, 0.3], atol=1e-7)
    np.testing.assert_array_equal(found["b"], [np.nan, 1.0, 1.0])
    assert ledger.trials("large_cap").empty


def test_the_report_file_is_plain_json(made):
    text = (artifacts_dir() / "full" / "report.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=pytest.fail) == made["full"].report
