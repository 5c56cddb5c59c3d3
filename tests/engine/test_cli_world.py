"""``world weights``: the engine's numbers under the keys others rely on."""

import json

import pytest

from engine import cli
from engine.world.sizes import weights


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(("world", *arguments))
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ((), {}),
        (("--vintage",), {"vintage": True}),
        (("--date", "2018-06-30"), {"date": "2018-06-30"}),
        (("--date", "2024-06-30", "--vintage"), {"date": "2024-06-30", "vintage": True}),
        (("--scope", "investable"), {"scopes": "investable"}),
        (("--include", "gold, private_equity"), {"include": ("gold", "private_equity")}),
        (("--pair", "glio_2020_float/epra_global_2022"), {"pair": "glio_2020_float/epra_global_2022"}),
    ],
)
def test_the_keys_of_the_contract_hold_the_engines_numbers(capsys, arguments, options):
    code, out, _ = run(capsys, "weights", *arguments, "--json")
    told = json.loads(out)
    assert code == 0
    assert {"date", "classes", "sizes_usd_bn", "sources", "kind"} <= set(told)
    assert {"equity", "bonds", "real_estate", "infrastructure"} <= set(told["classes"])
    assert set(told["kind"].values()) <= {"reported", "interpolated", "extrapolated", "assumed"}
    assert told == json.loads(json.dumps(weights(**options).to_dict()))
    assert sum(told["classes"].values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "code", "field"),
    [
        (("--date", "soon"), 2, "date"),
        (("--date", "1990-01-01"), 2, "date"),
        (("--scope", "all"), 2, "scope"),
        (("--include", "bitcoin"), 2, "include"),
        (("--pair", "x"), 2, "infrastructure pair"),
        (("--date", "2016-01-31", "--vintage"), 3, "equity"),
    ],
)
def test_errors_leave_with_the_code_of_the_contract(capsys, arguments, code, field):
    left, out, err = run(capsys, "weights", *arguments, "--json")
    error = json.loads(out)["error"]
    assert (left, error["field"]) == (code, field)
    assert error["message"] == err.strip()


def test_a_table_for_people_names_every_source(capsys):
    code, out, _ = run(capsys, "weights")
    assert code == 0
    for words in ("2022-12-31", "SIFMA", "MSCI professionally", "GLIO", "FTSE EPRA", "assumed", "264.6"):
        assert words in out
