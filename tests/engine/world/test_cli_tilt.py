"""``world tilt``: the contract's keys, the engine's numbers, bad files by name."""

import json
import math

import numpy as np
import pytest

from engine import cli
from engine.world.blocks import assumptions, block_weights, blocks
from engine.world.tilt import tilt
from engine.world.wishes import Wishes

WISHES = {
    "type": "preference",
    "preferences": {"emerging": 0.05, "gold": 0.2},
    "exclude": ["infrastructure"],
    "gamma": 4,
    "bounds": 0.1,
    "tracking_error_budget": 0.02,
}


@pytest.fixture
def ask(tmp_path, capsys):
    def run(document, *options):
        path = tmp_path / "wishes.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        with pytest.raises(SystemExit) as leaving:
            cli.main(["world", "tilt", "--input", str(path), *options])
        captured = capsys.readouterr()
        return leaving.value.code, captured.out, captured.err

    return run


def block_date():
    return blocks().world.date.isoformat()


def strict(text):
    return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_the_contract_s_keys_and_what_they_promise(ask):
    code, out, _ = ask(WISHES, "--json")
    told = strict(out)
    assert code == 0
    assert {"weights", "market_weights", "tracking_error", "utility_cost", "relaxed"} <= set(told)
    weights, market = (np.array(list(told[key].values())) for key in ("weights", "market_weights"))
    assert weights.sum() == pytest.approx(1.0, abs=1e-8)
    assert told["weights"]["infrastructure"] == 0.0
    assert told["tracking_error"] <= 0.02 + 1e-8
    assert np.abs(weights - market).max() <= 0.1 + 1e-8
    assert told["utility_cost"] == pytest.approx(2.0 * told["tracking_error"] ** 2)
    assert [item["constraint"] for item in told["relaxed"]] == ["preferences.gold"]
    assert told["relaxed"][0]["asked"] == 0.2
    assert (told["date"], told["assumptions_as_of"]) == (block_date(), "2025-09-30")


def test_passive_is_the_market(ask):
    told = strict(ask({"type": "passive"}, "--json")[1])
    assert told["weights"] == told["market_weights"]
    assert (told["tracking_error"], told["utility_cost"], told["relaxed"]) == (0.0, 0.0, [])


def test_gold_is_a_switch(ask):
    assert strict(ask({}, "--json")[1])["market_weights"]["gold"] == 0.0
    told = strict(ask({}, "--gold", "--json")[1])
    assert told["market_weights"] == pytest.approx(block_weights(gold=True).to_dict())


def test_the_engine_gives_the_same(ask):
    assumed = assumptions()
    found = tilt(
        Wishes.from_dict(WISHES),
        block_weights(),
        assumed.covariance,
        assumed.expected_return,
        riskless=assumed.cash_return,
    )
    told = strict(ask(WISHES, "--json")[1])
    assert json.loads(json.dumps(found.to_dict())) == {key: told[key] for key in found.to_dict()}


@pytest.mark.parametrize(
    "wishes",
    [
        WISHES,
        {"type": "passive", "exclude": ["em_equity"]},
        {"type": "risk", "gamma": 3, "bounds": 0.05},
        {"type": "prediction"},
        {"type": "prediction", "strength": 1, "tracking_error_budget": 0.003},
    ],
)
def test_the_table_for_a_reader(ask, wishes):
    code, out, _ = ask(wishes)
    assert code == 0
    assert "us_equity" in out
    assert "Tracking error" in out
    assert ("Relaxed" in out) == (wishes is WISHES)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ("{", "input"),
        ("[]", "input"),
        ('{"type": "passive", "type": "risk"}', "input"),
        ({"typ": "passive"}, "input"),
        ({"type": "active"}, "type"),
        ({"gamma": 0}, "gamma"),
        ('{"gamma": NaN}', "gamma"),
        ({"preferences": {"atlantis": 0.1}}, "preferences"),
        ({"preferences": {"equity": "much"}}, "preferences.equity"),
        ({"exclude": ["atlantis"]}, "exclude"),
        ({"exclude": ["equity", "bonds", "real_estate", "infrastructure"]}, "exclude"),
        ({"bounds": -0.1}, "bounds"),
        ({"tracking_error_budget": -0.1}, "tracking_error_budget"),
    ],
)
def test_bad_files_leave_with_code_two_and_the_field(ask, document, field):
    code, out, err = ask(document, "--json")
    assert code == 2
    assert strict(out)["error"]["field"] == field
    assert field in err


def test_a_missing_file_is_named(capsys):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["world", "tilt", "--input", "/nowhere/wishes.json", "--json"])
    assert leaving.value.code == 2
    assert strict(capsys.readouterr().out)["error"]["value"] == "wishes.json"


def test_no_number_is_nan(ask):
    text = ask({"type": "prediction", "strength": 1}, "--json")[1]
    assert not any(isinstance(value, float) and math.isnan(value) for value in strict(text)["weights"].values())
