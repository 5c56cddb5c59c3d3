"""The command line: keys, exit codes, and the same answer as the engine."""

import json
import math

import pytest

from engine.allocation import KOREA, PLAIN, question
from engine.cli import main

KEYS = {
    "status", "account_usd", "fx", "fx_as_of", "shares", "weights", "cash_weight", "tracking_error", "lower_bound",
    "utility_loss", "resolution", "explanation", "seconds",
}  # fmt: skip


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["allocate", *arguments])
    out = capsys.readouterr()
    return left.value.code, out.out, out.err


def test_the_preset_prints_the_contract(capsys):
    code, out, _ = run(capsys, "--account", "200000", "--currency", "KRW", "--fx", "1380", "--model", "world", "--json")
    told = json.loads(out)
    assert code == 0
    assert set(told) >= KEYS
    assert told["account_usd"] == pytest.approx(200_000 / 1380)
    assert (told["fx"], told["fx_as_of"], told["status"]) == (1380.0, None, "optimal")
    assert all(isinstance(shares, int) for shares in told["shares"].values())
    assert sum(told["weights"].values()) + told["cash_weight"] == pytest.approx(1.0)
    spent = sum(order["value"] for order in told["ticket"]["orders"])
    assert told["ticket"]["cash_left"] == pytest.approx(told["account_usd"] - spent)
    assert all(isinstance(text, str) and text for text in told["explanation"])
    direct = question(200_000, currency="KRW", fx=1380.0).case.allocate()
    assert told["shares"] == {name: int(value) for name, value in direct.basket.items()}


def test_without_a_rate_the_last_one_of_the_table_is_used(capsys):
    code, out, _ = run(capsys, "--account", "200000", "--currency", "KRW", "--model", "eq3", "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["fx"], told["fx_as_of"]) == (1471.22, "2026-05-02")


def test_plain_text_is_printed_too(capsys):
    code, out, _ = run(capsys, "--account", "500", "--model", "seed4", "--tolerance", "0.1", "--max-lines", "3")
    assert code == 0
    assert "A worked example" in out
    assert "cash left" in out


def test_a_curve_has_its_points(capsys):
    code, out, _ = run(capsys, "curve", "--model", "eq3", "--points", "3", "--json")
    points = json.loads(out)["points"]
    assert code == 0
    assert [round(point["account"]) for point in points] == [50, 7071, 1_000_000]
    assert set(points[0]) >= {"account", "tracking_error", "lower_bound", "resolution", "cash_weight", "lines"}


def test_a_model_and_holdings_from_files(capsys, tmp_path):
    model, held = tmp_path / "model.csv", tmp_path / "held.csv"
    model.write_text("ticker,weight\nvti,0.6\nBND,0.4\n")
    held.write_text("ticker,shares\nSCHB,3\n")
    code, out, _ = run(
        capsys,
        "--account",
        "500",
        "--model",
        str(model),
        "--holdings",
        str(held),
        "--no-sell",
        "--max-lines",
        "4",
        "--json",
    )
    told = json.loads(out)
    assert code == 0
    assert told["shares"]["SCHB"] >= 3
    assert all(order["shares"] > 0 for order in told["ticket"]["orders"])


def test_fractions(capsys):
    code, out, _ = run(capsys, "--account", "145", "--model", "seed4", "--fractional", "--json")
    assert code == 0
    assert any(not math.isclose(shares, round(shares)) for shares in json.loads(out)["shares"].values())


def test_an_account_too_small_for_anything_is_all_cash(capsys):
    code, out, _ = run(capsys, "--account", "5", "--json")
    told = json.loads(out)
    assert (code, told["status"], told["shares"]) == (0, "all_cash", {})
    assert "smallest useful deposit" in told["explanation"][0]


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--account", "0"], "account"),
        (["--account", "nan"], "account"),
        (["--account", "a lot"], "account"),
        ([], "account"),
        (["--account", "100", "--currency", "EUR"], "currency"),
        (["--account", "100", "--currency", "KRW", "--fx", "0"], "fx"),
        (["--account", "100", "--currency", "KRW", "--fx", "nan"], "fx"),
        (["--account", "100", "--model", "nope"], "model"),
        (["--account", "100", "--universe", "mine"], "universe"),
        (["--account", "100", "--covariance", "guess"], "covariance"),
        (["--account", "100", "--profile", "mars"], "profile"),
        (["--account", "100", "--max-lines", "0"], "max_lines"),
        (["--account", "100", "--forbid", "NOPE"], "forbidden"),
        (["--account", "100", "--cash-max", "2"], "cash_max"),
        (["--account", "100", "--surprise"], "command"),
    ],
)
def test_bad_input_leaves_with_two_and_names_the_field(capsys, arguments, field):
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 2
    assert json.loads(out)["error"]["field"] == field
    assert err


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ticker\nVTI\n",
        "ticker,weight\nNOPE,1\n",
        "ticker,weight\nVTI,half\n",
        "ticker,weight\nVTI,0.7\nBND,0.7\n",
        "ticker,weight\nVTI,-1\n",
    ],
)
def test_a_model_file_that_cannot_be_used_leaves_with_two(capsys, tmp_path, text):
    path = tmp_path / "model.csv"
    path.write_text(text)
    code, out, _ = run(capsys, "--account", "500", "--model", str(path), "--json")
    assert code == 2
    assert json.loads(out)["error"]["message"]


def test_profiles_leave_what_is_not_known_empty():
    assert set(KOREA.unknown) == {"commission", "commission_minimum", "exchange_spread"}
    assert all(
        rate.source and rate.as_of
        for name, rate in vars(KOREA).items()
        if getattr(rate, "value", None) is not None and name not in ("name", "allow_partnerships")
    )
    own = PLAIN.with_values(commission=0.0025, exchange_spread=0.01)
    asked = question(200_000, currency="KRW", fx=1380.0, model="eq3", profile=own)
    assert asked.account_usd == pytest.approx(200_000 * 0.99 / 1380.0)
    assert asked.case.allocate().account == pytest.approx(asked.account_usd / 1.0025)
