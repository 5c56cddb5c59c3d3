"""The universe on the command line: keys of the contract, the engine's numbers, exit codes."""

import json
import subprocess
import sys

import pytest

from engine import cli
from engine import universe as room
from ui.registry import ROOT


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


def strict(text):
    """JSON without NaN or infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.fixture(scope="module")
def answer():
    return room.ranked()


def test_rank_has_the_keys_others_rely_on_and_the_engines_numbers(capsys, answer):
    code, out, err = run(capsys, "universe", "rank", "--json")
    told = strict(out)
    assert (code, err) == (0, "")
    assert told["snapshot"].startswith("bundled-")
    assert len(told["funds"]) == 142
    for row in told["funds"]:
        assert {"ticker", "group", "score", "rank", "p_first", "inputs"} <= set(row)
        assert set(row["inputs"]) == {"fee", "tracking", "spread", "top10", "turnover"}
        assert all({"value", "kind", "as_of"} <= set(item) for item in row["inputs"].values())
    assert all(isinstance(row["reasons"], list) and row["reasons"] for row in told["excluded"])
    assert {key: value for key, value in told.items() if key != "snapshot"} == answer.to_dict()


def test_rank_of_one_group_with_own_weights(capsys):
    weights = "fee=3,tracking=0,spread=0,top10=0,turnover=1"
    code, out, _ = run(capsys, "universe", "rank", "--group", "us_sp500", "--weights", weights, "--json")
    told = strict(out)
    assert code == 0
    assert told["weights"] == {"fee": 0.75, "tracking": 0, "spread": 0, "top10": 0, "turnover": 0.25}
    assert next(row["ticker"] for row in told["funds"]) == "SPYM"
    assert {row["group"] for row in told["funds"]} == {"us_sp500"}
    assert len(told["excluded"]) == 24


def test_rank_switches(capsys, answer):
    _, out, _ = run(capsys, "universe", "rank", "--tracking", "difference", "--measured-only", "--json")
    told = strict(out)
    assert (told["tracking"], told["measured_only"]) == ("difference", True)
    assert told["inputs_of_each_kind"]["estimated"] == 0
    _, out, _ = run(capsys, "universe", "rank", "--no-currency-hedged", "--allow-commodity-futures", "--json")
    tickers = {row["ticker"] for row in strict(out)["funds"]}
    assert set(answer.screening.passing) - tickers == {"BNDX", "IAGG", "BNDW"}
    assert tickers - set(answer.screening.passing) == {"DBC", "USO", "UNG"}


def test_screen_names_every_excluded_fund(capsys, answer):
    code, out, _ = run(capsys, "universe", "screen", "--json")
    told = strict(out)
    assert code == 0
    assert len(told["passing"]) == 142
    assert {row["ticker"]: row["reasons"] for row in told["excluded"]} == {
        ticker: [reason.code for reason in reasons] for ticker, reasons in answer.screening.excluded.items()
    }
    assert {"settings", "contradictions", "unchecked", "snapshot"} <= set(told)
    _, out, _ = run(capsys, "universe", "screen", "--no-currency-hedged", "--json")
    assert "BNDX" not in strict(out)["passing"]


@pytest.mark.parametrize(
    ("ticker", "twins"), [("SPY", {"VOO", "SPYM"}), ("qqq", {"QQQM"}), ("GLD", {"IAU", "SGOL", "IAUM", "GLDM"})]
)
def test_substitutes_have_the_keys_others_rely_on(capsys, ticker, twins):
    code, out, _ = run(capsys, "universe", "substitutes", ticker, "--json")
    told = strict(out)
    assert code == 0
    assert told["ticker"] == ticker.upper()
    assert told["price"] > 100
    keys = {"ticker", "price", "correlation", "tracking_volatility", "verdict"}
    assert all(keys <= set(row) for row in told["substitutes"])
    assert twins <= {row["ticker"] for row in told["substitutes"]}
    assert all(row["price"] < told["price"] for row in told["substitutes"])


def test_no_substitute_is_an_answer(capsys):
    code, out, _ = run(capsys, "universe", "substitutes", "XLK", "--json")
    assert (code, strict(out)["substitutes"]) == (0, [])
    code, out, _ = run(capsys, "universe", "substitutes", "XLK")
    assert code == 0
    assert "No cheaper share moves like XLK" in out


def test_own_rows_are_read(capsys, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text("ticker,fee_pct,as_of\nSPY,0.01,2024-11-01\n")
    _, out, _ = run(capsys, "universe", "rank", "--group", "us_sp500", "--own", str(file), "--json")
    spy = next(row for row in strict(out)["funds"] if row["ticker"] == "SPY")
    assert spy["inputs"]["fee"]["value"] == pytest.approx(0.0001)
    assert (spy["inputs"]["fee"]["method"], spy["inputs"]["fee"]["as_of"]) == ("own", "2024-11-01")


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (("rank", "--group", "nope"), "group", "nope"),
        (("rank", "--weights", "fee=0"), "weights", "fee=0"),
        (("rank", "--weights", "fee=-1,spread=2"), "weights.fee", "-1.0"),
        (("rank", "--weights", "price=1"), "weights", "price"),
        (("rank", "--weights", "fee=much"), "weights.fee", "much"),
        (("rank", "--weights", "fee"), "weights.fee", "nothing"),
        (("rank", "--weights", "fee=nan"), "weights.fee", "nan"),
        (("rank", "--weights", "fee=.3,fee=.4"), "weights.fee", ".4"),
        (("rank", "--tracking", "alpha"), "tracking", "alpha"),
        (("substitutes", "NOPE"), "ticker", "NOPE"),
    ],
)
def test_bad_input_leaves_with_2_and_names_field_and_value(capsys, arguments, field, value):
    code, out, err = run(capsys, "universe", *arguments, "--json")
    error = strict(out)["error"]
    assert (code, error["field"], error["value"]) == (2, field, value)
    assert error["message"] == err.strip()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"ticker,fee_pct\nSPY,9.45\n", "upload_cell"),
        (b"ticker,name\nSPY,=1+1\n", "upload_cell"),
        (b"ticker,fee_pct\nSPY,0.09\nSPY,0.1\n", "upload_duplicate"),
        (b"x" * 3_000_000, "upload_too_large"),
    ],
)
def test_an_own_file_that_cannot_be_used(capsys, tmp_path, content, code):
    file = tmp_path / "own.csv"
    file.write_bytes(content)
    left, out, err = run(capsys, "universe", "screen", "--own", str(file), "--json")
    error = strict(out)["error"]
    assert (left, error["code"]) == (2, code)
    assert error["field"].startswith("own.csv")
    assert error["message"] == err.strip()


def test_missing_data_leave_with_3(capsys, monkeypatch, tmp_path):
    code, out, _ = run(capsys, "universe", "rank", "--own", str(tmp_path / "none.csv"), "--json")
    assert (code, strict(out)["error"]["code"]) == (3, "missing_file")
    monkeypatch.setenv("LODESTAR_FACTS", str(tmp_path))
    code, out, _ = run(capsys, "universe", "screen", "--json")
    assert code == 3
    assert strict(out)["error"]["value"].startswith("data/facts/")


def test_tables_for_people(capsys):
    _, out, _ = run(capsys, "universe", "rank", "--group", "gold")
    assert "GLDM" in out
    assert "473 measured, 170 estimated, 67 missing" in out
    _, out, _ = run(capsys, "universe", "screen")
    assert "142 funds pass" in out
    assert "leveraged, inverse, derivative" in out
    _, out, _ = run(capsys, "universe", "substitutes", "GLD")
    assert "SGOL" in out
    assert "points" in out


def test_the_command_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "engine", "universe", "substitutes", "VTI", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert {"ITOT", "SCHB"} <= {row["ticker"] for row in json.loads(done.stdout)["substitutes"]}
