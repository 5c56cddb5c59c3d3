"""A refit on a stored snapshot: training's models on its months, from the newest decision on, in a snapshot of its own."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine import cli, refresh
from engine.errors import BadInput, Busy, MissingData
from engine.factors import live, results
from engine.factors.fits import TABLE
from engine.factors.models import default_ai
from engine.factors.refit import refit
from engine.factors.walkforward import windows
from engine.lines import line
from engine.sources import BUNDLED, load, snapshot_id, using
from engine.store import Lock, open_store
from tests.engine.live_world import FAST
from tests.engine.stored_world import refreshed

NEWEST = pd.Timestamp("2026-05-31")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The snapshot before, and what the refit made of it."""
    with refreshed(tmp_path_factory.mktemp("refit")) as result:
        yield result.snapshot, refit()


def test_it_is_a_snapshot_of_its_own(made):
    before, found = made
    assert found.snapshot == snapshot_id() != before
    assert (found.year, found.learned, found.since) == (2026, date(2025, 11, 30), date(2026, 5, 31))
    store = open_store()
    old, new = store.manifest(before), store.manifest(found.snapshot)
    assert set(new.entries) == {*old.entries, TABLE}
    assert all(new.entries[name] == entry for name, entry in old.entries.items())
    assert load("factor_etfs").last == load("factor_etfs", before).last


def test_the_newest_decision_is_what_the_models_fitted_here_say(made):
    """Fitted again without anything of the refit's code, from the window that training would use."""
    going = live.live()
    data = going.known.panel
    (window,) = windows(pd.DatetimeIndex(data.returns.index), 2026)
    assert data.returns.index[window.train] == pd.Timestamp("2025-11-30")
    fitted = [
        member.fit(data, [window])[0].weights(data.features.to_numpy()[-1:])[0] for member in default_ai(8).members
    ]
    np.testing.assert_allclose(going.weights.loc[NEWEST], np.mean(fitted, axis=0), atol=1e-6)
    found = results.weights_on("factor_etf")
    assert found["fit"] == {"year": 2026, "learned": "2025-11-30", "months": 6, "due": False}
    assert found["basis"] == "live, out of sample since 2022-12 (policy frozen, refitted from 2026-05 on)"
    assert found["fits"] == [{"since": "2021-12", "year": 2022}, {"since": "2026-05", "year": 2026}]
    for sleeve, weight in found["weights"].items():
        told = sum(row["contribution"][sleeve] for row in found["contributions"])
        assert told == pytest.approx(weight - found["mean_state"][sleeve], abs=1e-9)
    for entry in found["inputs"]:
        if entry["raw"] is not None:
            same = results.what_if("factor_etf", entry["feature"], 0.0)
            assert same.weights == pytest.approx(found["weights"], abs=1e-9)


def test_what_was_decided_before_stays(made):
    before, _ = made
    with using(before):
        frozen = live.live().weights
        assert results.weights_on("factor_etf")["fit"]["year"] == 2022
        levels = line("ai_etf").levels
    now = live.live().weights
    pd.testing.assert_frame_equal(now.iloc[:-1], frozen.iloc[:-1], check_exact=True)
    assert np.abs(now.iloc[-1] - frozen.iloc[-1]).max() > 1e-3
    np.testing.assert_array_equal(line("ai_etf").levels, levels)  # the newest decision is filled after its last session
    (told,) = [item.text for item in line("ai_etf").findings if item.kind == "policy_frozen"]
    assert "fitted for January 2022 on returns to 2021-11, then fitted for January 2026 on returns to 2025-11" in told


def test_once_a_year_is_enough(made):
    with pytest.raises(BadInput) as raised:
        refit()
    assert (raised.value.code, raised.value.value, raised.value.params["accepted"]) == ("refit_not_due", "2026", "2027")


def test_the_next_refresh_carries_it_on(tmp_path, monkeypatch):
    from engine.factors import refit as room

    monkeypatch.setattr(room, "_fitted", lambda going: going.made.policy)
    with refreshed(tmp_path, new_days=pd.bdate_range("2022-12-29", "2023-03-31")):
        refit()
        with Lock(open_store().files), pytest.raises(Busy):
            refit()
        kept = snapshot_id()
        again = refresh.run(["factor_etfs"], limits=FAST)  # the server is gone: nothing is read
        assert {row.status for row in again.datasets} == {"failed"}
        assert snapshot_id() == kept
        assert results.weights_on("factor_etf")["fit"]["year"] == 2023
    with refreshed(tmp_path, ["usdkrw_monthly"]):
        assert snapshot_id() != kept
        assert TABLE in open_store().manifest(snapshot_id()).entries
        assert results.weights_on("factor_etf")["fit"]["year"] == 2023


def test_without_a_refresh_there_is_nothing_to_fit(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "empty"))
    with pytest.raises(MissingData) as raised:
        refit()
    assert (raised.value.code, raised.value.value) == ("not_refreshed", "factor_etfs")
    with pytest.raises(SystemExit) as left:
        cli.main(["factors", "refit", "--json"])
    assert left.value.code == 3
    assert json.loads(capsys.readouterr().out)["error"]["value"] == "factor_etfs"
    with using(BUNDLED):
        assert live.live() is None
