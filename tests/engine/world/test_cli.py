"""``world equilibrium``: the contract's keys, the API's numbers, bad files by name."""

import json
import math

import numpy as np
import pytest

from engine import cli
from engine.world.equilibrium import solve
from tests.engine.world.conftest import VECTOR, arguments

KEYS = {
    "A", "B", "C", "D", "K", "T_z", "price", "demand_informed", "demand_uninformed", "mean_price",
    "mean_demand_informed", "mean_demand_uninformed", "clearing_residual",
}  # fmt: skip


@pytest.fixture
def ask(tmp_path, capsys):
    def run(document, *options):
        path = tmp_path / "input.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        with pytest.raises(SystemExit) as leaving:
            cli.main(["world", "equilibrium", "--input", str(path), *options])
        captured = capsys.readouterr()
        return leaving.value.code, captured.out, captured.err

    return run


def strict(text):
    def refuse(constant):
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def changed(**changes):
    return {key: value for key, value in (VECTOR["inputs"] | changes).items() if value is not ...}


def test_the_numbers_are_those_of_the_api(ask):
    code, out, err = ask(VECTOR["inputs"], "--json")
    told, found = strict(out), solve(**arguments())
    assert (code, err) == (0, "")
    assert set(told) >= KEYS
    for key in ("A", "B", "C", "D", "K", "T_z", "mean_price", "mean_demand_informed", "mean_demand_uninformed"):
        assert told[key] == getattr(found, key).tolist()
    s, q = VECTOR["inputs"]["s"], VECTOR["inputs"]["q"]
    assert told["price"] == found.price(s, q).tolist()
    assert told["demand_informed"] == found.demand_informed(s, q).tolist()
    assert told["demand_uninformed"] == found.demand_uninformed(s, q).tolist()
    assert told["clearing_residual"] == found.clearing_residual(s, q) < 1e-10
    assert np.abs(np.array(told["price"]) - VECTOR["outputs"]["p"]).max() < 1e-9


def test_the_whole_file_is_accepted(ask):
    assert ask(VECTOR, "--json")[1] == ask(VECTOR["inputs"], "--json")[1]


@pytest.mark.parametrize("gone", [..., None])
def test_without_a_state_what_depends_on_it_is_null(ask, gone):
    code, out, _ = ask(changed(s=gone, q=gone), "--json")
    told = strict(out)
    assert code == 0
    for key in ("price", "demand_informed", "demand_uninformed", "clearing_residual"):
        assert told[key] is None
    assert told["mean_price"] is not None


def test_nobody_informed_has_no_D(ask):
    told = strict(ask(changed(lambda_informed=0), "--json")[1])
    assert told["D"] is None
    assert told["separation"]["cases"][0] == "no_informed"
    assert told["demand_uninformed"] == pytest.approx(VECTOR["inputs"]["q"])
    assert told["state"]["z"] == [None] * 3


def test_undefined_weights_are_null(ask):
    told = strict(ask(changed(s=[0.5, 1.0, 1.0]), "--json")[1])
    assert told["state"]["weights_informed"] is None
    assert told["state"]["findings"][0]["code"] == "negative_demand_informed"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("{", "input"),
        ("", "input"),
        ("[1, 2]", "input"),
        ("3", "input"),
        ('{"mu": [1], "mu": [2]}', "input"),
        ("[" * 100_000, "input"),
        (changed(mu=...), "mu"),
        (changed(R=...), "R"),
        (changed(lambda_informed=...), "lambda_informed"),
        (changed(q=...), "q"),
        (changed(s=...), "s"),
        (changed(mux=1), "mux"),
        (changed(lambda_informed=1.5), "lambda_informed"),
        (changed(lambda_informed="0.1"), "lambda_informed"),
        (changed(R=0), "R"),
        (changed(gamma_informed=0), "gamma_informed"),
        (changed(mu=[1.0, math.nan, 1.0]), "mu"),
        (changed(mu=[1.0, math.inf, 1.0]), "mu"),
        (changed(mu=[1.0, True, 1.0]), "mu"),
        (changed(mu={"equity": 1}), "mu"),
        (changed(s=[1.0, 1.0]), "s"),
        (changed(q=[1.0, 1.0, None]), "q"),
        (changed(sigma_q=[[-0.09, 0, 0], [0, 0.09, 0], [0, 0, 0.09]]), "sigma_q"),
        (changed(sigma=[[0.04] * 3] * 3), "sigma"),
        (changed(assets=["a"]), "assets"),
    ],
)
def test_bad_files_leave_with_2_and_name_the_field(ask, document, field):
    code, out, err = ask(document, "--json")
    error = strict(out)["error"]
    assert (code, error["field"]) == (2, field)
    assert error["message"] == err.strip()


def test_a_file_that_is_not_there_leaves_with_2(capsys, tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SystemExit) as leaving:
            cli.main(["world", "equilibrium", "--input", str(path), "--json"])
        assert leaving.value.code == 2
        assert strict(capsys.readouterr().out)["error"]["field"] == "input"


def test_bytes_that_are_no_text_leave_with_2(capsys, tmp_path):
    path = tmp_path / "input.json"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SystemExit) as leaving:
        cli.main(["world", "equilibrium", "--input", str(path)])
    assert leaving.value.code == 2


def test_tables_for_people(ask):
    _, out, _ = ask(VECTOR["inputs"])
    assert "real_assets" in out
    assert "1.031578" in out
    assert "none: the uninformed are tilted" in out
    _, out, _ = ask(changed(s=..., q=..., sigma_eps=[[0, 0, 0], [0, 0.04, 0], [0, 0, 0.09]]))
    assert "Means" in out
    assert "floored_noise equity (0)" in out
    _, out, _ = ask(changed(s=[0.5, 1.0, 1.0]))
    assert "negative_demand_informed equity" in out
