"""A fund is a file: settings in tables, nothing unknown, and both that come along run on one set of rails."""

from dataclasses import replace

import pytest

from engine.errors import BadInput
from engine.momentum import Config, make, run
from engine.products import OUTPUTS, SECTIONS, of, product, products, read
from tests.engine.momentum import world


def test_two_products_come_along():
    found = products()
    assert set(found) == {"residual_momentum", "forecast_spread"}
    first, second = found["residual_momentum"], found["forecast_spread"]
    assert first.config == Config()
    assert (second.config.signal, second.config.hold) == ("forecast", 100)
    assert set(first.outputs) == set(OUTPUTS)
    assert "scores" in second.outputs
    assert first.to_dict()["config"]["hold"] == 50


def test_every_setting_stands_in_one_table():
    placed = [name for names in SECTIONS.values() for name in names]
    assert sorted(placed) == sorted(Config.__dataclass_fields__)


@pytest.mark.parametrize("key", ["residual_momentum", "forecast_spread"])
def test_both_run_on_any_panel(key):
    shares, model = world.monthly(names=30, months=170)
    config = replace(product(key).config, least_outcomes=12)
    found = run(config, make(shares), model)
    assert found.concentration.kept
    assert {"momentum", "equal_weight", "market"} <= set(found.strategies)
    assert ("spread" in found.scores) == (key == "forecast_spread")


def test_a_new_file_is_a_new_fund(tmp_path):
    file = tmp_path / "short.toml"
    file.write_text(
        '[signal]\nmethod = "fixed"\nfixed = 6\n[rules]\nhold = 30\ncash = 0\n[calendar]\nstart = 2001-01-31\n'
    )
    found = read(file)
    assert (found.key, found.config.fixed, found.config.hold, found.config.cash) == ("short", 6, 30, 0.0)
    assert found.config.start.isoformat() == "2001-01-31"


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"sums": {"hold": 50}}, "table"),
        ({"rules": {"holds": 50}}, "rules"),
        ({"rules": {"hold": "many"}}, "hold"),
        ({"rules": {"method": "top"}}, "rules"),
        ({"outputs": {"show": ["secrets"]}}, "outputs"),
        ({"calendar": {"start": "soon"}}, "start"),
        ({"signal": {"method": "guess"}}, "method"),
    ],
)
def test_what_is_not_known_is_refused_by_name(table, field):
    with pytest.raises(BadInput) as raised:
        of("x", table)
    assert raised.value.field == field


def test_a_file_that_cannot_be_read_and_a_key_that_is_none(tmp_path):
    (tmp_path / "bad.toml").write_text("[signal\n")
    for call in (lambda: read(tmp_path / "bad.toml"), lambda: read(tmp_path / "none.toml"), lambda: product("none")):
        with pytest.raises(BadInput):
            call()
