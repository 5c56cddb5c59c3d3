"""The command line: same numbers as the page, JSON keys of the contract, exit codes."""

import json
import subprocess
import sys

import pytest

from engine import cli, crises
from engine.sources import DATASETS
from ui.registry import ROOT


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


def test_crises_as_json_has_the_keys_others_rely_on(capsys):
    code, out, _ = run(capsys, "crises", "--series", "sp500_price,MTUM", "--json")
    assert code == 0
    covid = next(item for item in json.loads(out)["crises"] if item["name"] == "Covid-19 2020")
    assert {"name", "peak", "trough", "recovery", "series"} <= set(covid)
    price = covid["series"]["sp500_price"]
    keys = {"drawdown", "days_down", "days_to_recover", "basis", "frequency", "covered", "return"}
    assert keys <= set(price)
    assert (price["drawdown"], price["days_down"], price["days_to_recover"]) == (
        pytest.approx(-0.33925, abs=1e-5),
        33,
        148,
    )
    assert (price["basis"], price["frequency"], price["covered"]) == ("price_index", "daily", True)
    assert covid["live_funds_end_to_end"]["QRFT"] == pytest.approx(-0.3019)


def test_every_series_is_the_default_and_what_is_not_covered_is_null(capsys):
    _, out, _ = run(capsys, "crises", "--json")
    first = json.loads(out)["crises"][0]
    assert {"sp500_price", "sp500_total_return", "equal_weight", "MTUM"} <= set(first["series"])
    assert first["series"]["MTUM"]["covered"] is False
    assert first["series"]["MTUM"]["drawdown"] is None


def test_the_numbers_are_the_engines(capsys):
    _, out, _ = run(capsys, "crises", "--currency", "KRW", "--benchmark", "market", "--json")
    told = {item["name"]: item["series"] for item in json.loads(out)["crises"]}
    for report in crises.ask(currency="KRW", benchmark="market"):
        for row in report.rows:
            assert told[report.crisis.name][row.id]["drawdown"] == row.drawdown
            assert told[report.crisis.name][row.id]["verdict"] == row.verdict


def test_an_own_range_is_one_crisis(capsys):
    _, out, _ = run(
        capsys, "crises", "--series", "sp500_price", "--start", "2020-02-19", "--end", "2020-03-23", "--json"
    )
    (only,) = json.loads(out)["crises"]
    assert (only["name"], only["peak"], only["trough"]) == ("custom", "2020-02-19", "2020-03-23")
    assert only["series"]["sp500_price"]["drawdown"] == pytest.approx(-0.33925, abs=1e-5)


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (("--series", "nope"), "series", "nope"),
        (("--start", "2020-03-23", "--end", "2020-02-19"), "range", "2020-03-23 – 2020-02-19"),
        (("--start", "2020-02-19"), "range", "2020-02-19"),
        (("--start", "soon", "--end", "2020-02-19"), "start", "soon"),
        (("--currency", "EUR"), "currency", "EUR"),
        (("--benchmark", "dax"), "benchmark", "dax"),
    ],
)
def test_bad_input_leaves_with_2_and_names_field_and_value(capsys, arguments, field, value):
    code, out, err = run(capsys, "crises", *arguments, "--json")
    error = json.loads(out)["error"]
    assert (code, error["field"], error["value"]) == (2, field, value)
    assert error["message"] == err.strip()


def test_an_unknown_option_is_bad_input_too(capsys):
    code, out, _ = run(capsys, "crises", "--nope", "--json")
    assert code == 2
    assert json.loads(out)["error"]["field"] == "command"


def test_data_status_lists_every_data_set(capsys):
    code, out, _ = run(capsys, "data", "status", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["snapshot"].startswith("bundled-")
    keys = {"name", "source", "basis", "frequency", "first", "last", "as_of", "rows", "findings"}
    assert all(keys <= set(row) for row in told["datasets"])
    assert [row["name"] for row in told["datasets"]] == list(DATASETS)


def test_missing_data_leave_with_3_and_the_rest_is_listed(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LODESTAR_FACTS", str(tmp_path))
    code, out, _ = run(capsys, "data", "status", "--json")
    told = json.loads(out)["datasets"]
    assert code == 3
    assert {row["name"] for row in told if row["error"]} >= {"crisis_periods", "usdkrw_monthly"}
    assert next(row for row in told if row["name"] == "sp500_price")["rows"] == 8313
    code, out, _ = run(capsys, "crises", "--json")
    assert code == 3
    assert json.loads(out)["error"]["value"].startswith("data/facts/")


def test_tables_for_people(capsys):
    _, out, _ = run(capsys, "crises", "--series", "sp500_price,equal_weight")
    assert "Covid-19 2020: 2020-02-19 to 2020-03-23" in out
    assert "−33.9%" in out
    assert "sp500_total_return" not in out, "a price index is not compared with a total return"
    assert "Not covered: equal_weight" in out
    _, out, _ = run(capsys, "data", "status")
    assert "documented as adjusted, but a price index" in out


def test_the_command_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "engine", "data", "status", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["datasets"]
