"""A config swept over its numbers: every point is the run of its config, and luck is counted."""

import json

import numpy as np
import pytest

from engine import cli
from engine.errors import BadInput
from engine.lab import Config, FactorMomentum, FixedWeights, Tilt, read_config, run
from engine.lab.sweeps import sweep_config, sweep_job, varied

TWO = Config(strategy=FixedWeights((("MTUM", 0.5), ("USMV", 0.5))), rule="band", band=0.037, cost_bps=7.3)


def test_a_point_is_the_run_of_its_config():
    found = sweep_config(TWO, {"band": [0.02, 0.037], "cost_bps": [0.0, 7.3, 20.0]}, figure="information_ratio")
    for place, row in enumerate(found.table.to_dict("records")):
        alone = run(varied(TWO, {"band": row["band"], "cost_bps": row["cost_bps"]}))
        assert row["final"] == pytest.approx(alone.result.value.iloc[-1], rel=1e-12)
        assert row["sharpe"] == pytest.approx(alone.metrics.sharpe, rel=1e-10)
        assert row["information_ratio"] == pytest.approx(alone.metrics.information_ratio, rel=1e-9)
        np.testing.assert_allclose(found.active[place].loc[alone.active.index], alone.active, atol=1e-12)
        assert len(found.active) <= len(alone.active) + 1
    best = found.table["information_ratio"].idxmax()
    assert found.order[0] == best
    assert found.trials == 6


def test_numbers_of_a_strategy_and_an_overlay_share_the_decision_dates():
    config = Config(strategy=FactorMomentum(months=3, held=2), overlays=(Tilt(strength=1.0),))
    found = sweep_config(config, {"months": [3, 12], "tilt.strength": [0.5, 1.0]}, figure="cagr")
    alone = run(varied(config, {"months": 12, "tilt.strength": 1.0}))
    assert found.first == alone.first
    assert found.table["final"].iloc[3] == pytest.approx(alone.result.value.iloc[-1], rel=1e-12)


def test_luck_is_counted():
    found = sweep_config(TWO, {"band": list(np.linspace(0.01, 0.1, 12)), "cost_bps": [5.0, 10.0]})
    assert 0 <= found.pbo <= 1
    assert 0 <= found.deflated <= 1
    assert "24 points were tried" in found.words()
    told = found.purged()
    assert 0 <= told["below_median"] <= 1


@pytest.mark.parametrize(
    ("points", "figure", "field"),
    [
        ({"nope": [1]}, "sharpe", "parameter"),
        ({"band": [0.1]}, "nope", "figure"),
        ({"band": [-0.5]}, "sharpe", "band"),
        ({}, "sharpe", "parameter_grid"),
    ],
)
def test_a_sweep_that_cannot_be_made_is_refused(points, figure, field):
    with pytest.raises(BadInput) as caught:
        sweep_config(TWO, points, figure=figure)
    assert caught.value.field == field


def file(tmp_path, text):
    path = tmp_path / "s.toml"
    path.write_text(TWO.to_toml() + text, encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", ["random", "sobol"])
def test_points_are_drawn_from_a_file(tmp_path, kind):
    text = f'\n[sweep]\nkind = "{kind}"\npoints = 16\nseed = 3\n[sweep.parameters]\nband = [0.01, 0.1]\ncost_bps = [0, 20]\n'
    first, again = (sweep_job(read_config(file(tmp_path, text))) for _ in range(2))
    assert len(first.table) == 16
    assert first.table["band"].between(0.01, 0.1).all()
    assert first.table.equals(again.table)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "sweep"),
        ("\n[sweep]\nkind = 'nope'\n[sweep.parameters]\nband = [0.1]\n", "kind"),
        ("\n[sweep]\nkinds = 'grid'\n", "sweep"),
        ("\n[sweep]\nkind = 'grid'\n", "parameters"),
    ],
)
def test_a_file_without_a_sweep_is_told(tmp_path, text, field):
    with pytest.raises(BadInput) as caught:
        sweep_job(read_config(file(tmp_path, text)))
    assert caught.value.field == field


def test_the_command_line_sweeps_keeps_and_resumes(tmp_path, capsys):
    path = file(tmp_path, "\n[sweep]\nfigure = 'sharpe'\n[sweep.parameters]\nband = [0.02, 0.05]\n")
    told = []
    for _ in range(2):
        with pytest.raises(SystemExit) as left:
            cli.main(["backtest", "sweep", "--config", str(path), "--out", str(tmp_path / "kept"), "--json"])
        assert left.value.code == 0
        told.append(json.loads(capsys.readouterr().out))
    assert told[0] == told[1]
    assert told[0]["trials"] == 2
    assert list((tmp_path / "kept").glob("**/*.parquet"))


def test_a_cluster_that_does_not_answer_leaves_with_code_three(tmp_path, capsys):
    path = file(tmp_path, "\n[sweep.parameters]\nband = [0.02, 0.05]\n")
    with pytest.raises(SystemExit) as left:
        cli.main(["backtest", "sweep", "--config", str(path), "--scheduler", "tcp://127.0.0.1:9", "--json"])
    assert left.value.code == 3
    assert "127.0.0.1:9" in json.loads(capsys.readouterr().out)["error"]["message"]
