"""Momentum on the command line: keys of the contract, exit codes, own files."""

import json

import numpy as np
import pytest

from engine import cli
from tests.engine.momentum import world

FIGURES = {
    "annual_return", "volatility", "sharpe", "hit_ratio", "information_ratio", "max_drawdown", "turnover",
    "years_10_of_12",
}  # fmt: skip


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


def strict(text):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize("verb", ["run", "lookback"])
def test_both_verbs_have_the_keys_others_rely_on(capsys, verb):
    code, out, _ = run(capsys, "momentum", verb, "--json")
    found = strict(out)
    assert code == 0
    assert FIGURES | {"lookback", "holdings", "hindsight"} <= set(found)
    assert found["hindsight"] is True
    assert set(found["lookback"][0]) == {"date", "months"}
    assert sum(found["holdings"].values()) == pytest.approx(1.0)


@pytest.fixture
def own(tmp_path):
    prices, _ = world.daily(names=20, months=130)
    prices.iloc[2500:, 2] = np.nan
    file = tmp_path / "own.csv"
    prices.round(4).rename_axis("date").to_csv(file)
    return file


def test_a_readers_own_file_runs(capsys, own):
    code, out, _ = run(capsys, "momentum", "run", "--file", str(own), "--method", "ic", "--cost", "5", "--json")
    found = strict(out)
    assert code == 0
    assert (found["panel"]["names"], found["panel"]["ended"], found["hindsight"]) == (20, 1, False)
    assert (found["config"]["method"], found["cost_bp"]) == ("ic", 5.0)


def test_the_second_product_and_another_panel(capsys):
    code, out, _ = run(capsys, "momentum", "run", "--product", "forecast_spread", "--json")
    assert code == 0
    assert {"mean", "spread"} <= set(strict(out)["scores"][0])
    code, out, _ = run(capsys, "momentum", "run", "--panel", "french_portfolios", "--json")
    assert strict(out)["executable"] is False
    code, out, _ = run(capsys, "momentum", "products", "--json")
    assert len(strict(out)["products"]) == 2


def test_for_a_reader_hindsight_comes_first(capsys):
    code, out, _ = run(capsys, "momentum", "run")
    assert code == 0
    assert out.startswith("HINDSIGHT")
    assert "Fund rules kept" in out
    code, out, _ = run(capsys, "momentum", "lookback", "--start", "2017-01-01")
    assert all(line.split()[1].isdigit() for line in out.strip().splitlines())


def test_the_audit_passes_on_the_command_line(capsys):
    code, out, _ = run(capsys, "momentum", "audit", "--cut", "2010-12-31", "--json")
    assert code == 0
    assert strict(out)["passed"] is True


@pytest.mark.parametrize(
    "arguments",
    [
        ["--panel", "nowhere"], ["--method", "guess"], ["--start", "soon"], ["--product", "none"], ["--file", "none.csv"],
        ["--panel", "factor_etfs"], ["--cost", "-1"], ["--panel", "us_large_caps", "--file", "x.csv"],
    ],
)  # fmt: skip
def test_what_cannot_be_used_ends_with_two_and_a_sentence(capsys, arguments):
    code, out, err = run(capsys, "momentum", "run", *arguments, "--json")
    assert code == 2
    assert {"field", "value", "message"} <= set(strict(out)["error"])
    assert err.strip()


def test_data_that_only_a_refresh_has_end_with_three(capsys):
    code, _, _ = run(capsys, "momentum", "run", "--panel", "etf_prices", "--json")
    assert code == 3
