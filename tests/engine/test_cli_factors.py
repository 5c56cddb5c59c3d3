"""Factor weights on the command line: keys of the contract, the page's numbers, exit codes."""

import json
import subprocess
import sys

import pytest

from engine import cli
from engine.factors import audit, results
from ui.registry import ROOT

FIGURES = {
    "annual_return",
    "volatility",
    "sharpe",
    "hit_ratio",
    "information_ratio",
    "max_drawdown",
    "turnover",
    "years_10_of_12",
}
UNIVERSES = ("full", "large_cap", "factor_etf")


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(arguments)
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


def strict(text):
    """JSON without NaN or infinity."""
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.mark.parametrize("universe", UNIVERSES)
def test_weights_have_the_keys_others_rely_on(capsys, universe):
    code, out, _ = run(capsys, "factors", "weights", "--universe", universe, "--json")
    told = strict(out)
    assert code == 0
    assert set(told) >= {"date", "universe", "weights", "previous", "equal_weight", "contributions"}
    assert told["universe"] == universe
    assert sum(told["weights"].values()) == pytest.approx(1.0)
    assert set(told["weights"]) == set(told["previous"]) == set(told["equal_weight"])
    assert len(told["contributions"]) > 20
    for row in told["contributions"]:
        assert set(row) == {"feature", "value", "contribution"}
        assert set(row["contribution"]) == set(told["weights"])
    assert told == json.loads(json.dumps(results.weights_on(universe)))


def test_weights_of_a_date(capsys):
    code, out, _ = run(capsys, "factors", "weights", "--date", "2008-10-31", "--json")
    told = strict(out)
    assert (code, told["date"], told["universe"]) == (0, "2008-10-31", "full")
    assert told["weights"] == pytest.approx(results.weights_on("full", "2008-10-31")["weights"])
    assert sum(told["previous"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_report_has_the_keys_of_the_contract(capsys, universe):
    code, out, _ = run(capsys, "factors", "report", "--universe", universe, "--json")
    told = strict(out)
    assert code == 0
    assert {"period", "cost_bp", "trials", "deflated_sharpe", "pbo", "headline"} <= set(told)
    named = {"ai", "equal_weight", "market", "risk_parity", "factor_momentum", "static_best", "constant_mix"}
    assert named <= set(told["strategies"])
    assert all(set(row) >= FIGURES for row in told["strategies"].values())
    assert set(told["delay_one_month"]) == set(told["strategies"]["ai"])
    assert {"hit_ratio_ci", "information_ratio_ci", "p_value"} <= set(told["vs_equal_weight"])
    for low, high in (
        told["vs_equal_weight"]["hit_ratio_ci"],
        told["vs_equal_weight"]["information_ratio_ci"],
        told["constant_mix_gain"]["ci"],
    ):
        assert low < high
    assert told["constant_mix_gain"]["ci"][0] <= told["constant_mix_gain"]["annual_return"]
    assert all(0 <= told[name] <= 1 for name in ("deflated_sharpe", "pbo"))
    assert 0 <= told["vs_equal_weight"]["p_value"] <= 1
    market = told["strategies"]["market"]
    assert (market["hit_ratio"], market["information_ratio"], market["years_10_of_12"]) == (None, None, None)
    for name, row in told["strategies"].items():
        if name != "market":
            assert all(row[figure] is not None for figure in FIGURES), name


def test_the_record_of_the_full_universe_meets_the_issue(capsys):
    """At least 60 % of months and equal weight's; information ratio 0.90 and 0.08 above equal weight's."""
    _, out, _ = run(capsys, "factors", "report", "--json")
    told = strict(out)
    ours, equal = told["strategies"]["ai"], told["strategies"]["equal_weight"]
    assert told["period"] == {"first": "1975-01", "last": "2017-03", "months": 507}
    assert told["cost_bp"] == 10
    assert equal["hit_ratio"] == pytest.approx(305 / 507)
    assert ours["hit_ratio"] >= max(0.60, equal["hit_ratio"])
    assert ours["information_ratio"] >= max(0.90, equal["information_ratio"] + 0.08)
    assert told["trials"] >= 62


@pytest.mark.parametrize(
    ("arguments", "field", "value"),
    [
        (("weights", "--universe", "nope"), "universe", "nope"),
        (("report", "--universe", "nope"), "universe", "nope"),
        (("train", "--universe", "nope"), "universe", "nope"),
        (("weights", "--date", "1950-01-31"), "date", "1950-01-31"),
    ],
)
def test_bad_input_leaves_with_2_and_names_field_and_value(capsys, arguments, field, value):
    code, out, err = run(capsys, "factors", *arguments, "--json")
    error = json.loads(out)["error"]
    assert (code, error["field"], error["value"]) == (2, field, value)
    assert error["message"] in err


def test_missing_artifacts_leave_with_3_and_are_named(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    code, out, _ = run(capsys, "factors", "report", "--json")
    assert code == 3
    assert json.loads(out)["error"]["value"] == "data/artifacts/factors/full/weights.parquet"


def test_tables_for_people(capsys):
    _, out, _ = run(capsys, "factors", "weights", "--universe", "large_cap")
    assert "large_cap, 2017-03-31" in out
    assert "low_volatility" in out
    assert "deviations" in out
    _, out, _ = run(capsys, "factors", "report")
    assert "full, 1975-01 to 2017-03, 10 bp per trade" in out
    assert "60.2%" in out
    assert "Learning" in out


def test_the_audit_prints_its_keys_and_fails_with_1(capsys, monkeypatch):
    leaks = (audit.Leak("centred_window", 1.0, True),)
    good = audit.Audit(1e-7, 0.0, 0.0, 0, leaks, 0.5, 0.5)
    monkeypatch.setattr(audit, "run", lambda **_: good)
    code, out, _ = run(capsys, "audit", "--json")
    told = strict(out)
    assert code == 0
    assert {"truncation_max_diff", "poison_max_diff", "leaks", "shuffled_hit_ratio"} <= set(told)
    assert told["leaks"][0]["name"] == "centred_window"
    assert told["leaks"][0]["caught"] is True
    monkeypatch.setattr(audit, "run", lambda **_: audit.Audit(1e-7, 0.1, 0.0, 3, leaks, 0.5, 0.5))
    assert run(capsys, "audit", "--json")[0] == 1
    code, out, _ = run(capsys, "audit")
    assert code == 1
    assert "planted leak centred_window: caught" in out


def test_weights_are_told_without_torch_or_scikit_learn():
    code = (
        "import sys; from engine.factors import results; results.weights_on('full'); results.what_if('full', 'market_1', 0.1);"
        "print([name for name in ('torch', 'sklearn') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bounds_add_a_bounded_strategy_to_the_report(capsys):
    with pytest.raises(SystemExit):
        cli.main(["factors", "report", "--most", "0.3", "--tracking-error", "0.03", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["bounds"] == {"least": 0.0, "most": 0.3, "tracking_error": 0.03}
    assert found["strategies"]["ai_bounded"]["tracking_error"] < found["strategies"]["ai"]["tracking_error"]
