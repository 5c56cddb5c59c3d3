"""The backtest lab: every view, off-grid settings, honest marks, own files and bad input."""

import base64
import json
from datetime import date

import numpy as np
import pytest

from engine import cli
from engine.lab import AIWeights, Config, FixedWeights, run
from ui.format import percent
from ui.i18n import Translator

TWO = FixedWeights((("MTUM", 0.5), ("USMV", 0.5)))
LOOKS = ("growth", "sheet", "rolling", "months", "falls", "weights", "folds", "surface", "compare")


def words(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error]
    return "\n".join(str(element.value) for element in parts)


def traces(at):
    return [trace for chart in at.get("plotly_chart") for trace in json.loads(chart.proto.spec)["data"]]


def last_value(at):
    """The last point of the first line, read from the figure as the browser gets it."""
    values = traces(at)[0]["y"]
    if isinstance(values, dict):
        values = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return values[-1]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_view_opens(open_page, language):
    at = open_page("lab", lang=language)
    looks = at.get_by_key("look").options
    assert len(looks) >= 8
    for look in LOOKS:
        shown = open_page("lab", lang=language, look=look)
        assert not shown.exception, look
        assert not shown.error, (look, [error.value for error in shown.error])
        assert "look" not in Translator(language)("lab.title")


def test_an_off_grid_setting_equals_engine_and_command_line(open_page, tmp_path, capsys):
    at = open_page("lab", w="MTUM:50.USMV:50", rule="band", band="0.037", cost="7.3")
    config = Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3)
    found = run(config)
    assert last_value(at) == pytest.approx(found.levels.iloc[-1], rel=1e-12)
    path = tmp_path / "s.toml"
    path.write_text(config.to_toml(), encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.main(["backtest", "run", "--config", str(path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert last_value(at) == pytest.approx(told["value"][-1][1], rel=1e-12)


def test_the_cards_show_the_engines_figures(open_page):
    at = open_page("lab", w="MTUM:50.USMV:50", cost="7.3")
    found = run(Config(strategy=TWO, cost_bps=7.3))
    shown = [metric.value for metric in at.metric]
    for value in (found.metrics.cagr, found.metrics.max_drawdown, found.metrics.hit_ratio):
        assert percent(value) in shown
    assert percent(found.metrics.cagr) in words(at)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_fill_at_the_signals_own_close_is_tagged(open_page, language):
    tag = Translator(language)("lab.tag_fill")
    assert tag not in words(open_page("lab", lang=language, fill="next_close"))
    assert tag in words(open_page("lab", lang=language, fill="same_close"))
    assert tag in words(open_page("lab", lang=language, panel="sleeves", strategy="ai_weights"))


def test_the_ai_runs_on_the_sleeves(open_page):
    at = open_page("lab", panel="sleeves", strategy="ai_weights")
    assert last_value(at) == pytest.approx(
        run(Config(panel="sleeves", strategy=AIWeights("full"))).levels.iloc[-1], rel=1e-12
    )


def test_runs_tried_are_counted_once_each(open_page):
    at = open_page("lab", cost="5")
    told = Translator("en")
    assert told("lab.tag_tried", n=1) in words(at)
    for cost in (20.0, 5.0, 20.0):
        at.get_by_key("cost").set_value(cost).run()
    assert told("lab.tag_tried", n=2) in words(at)
    assert not at.exception


def test_survivors_are_named(open_page):
    at = open_page("lab", panel="us_large_caps", strategy="equal_weight")
    assert "still large today" in words(at)


@pytest.mark.parametrize(
    "query",
    [
        {"w": "MTUM:90.USMV:50"},
        {"from": "2022-12-27"},
        {"strategy": "mean_variance", "p_window": "2260"},
        {"w": "MTUM:0"},
    ],
)
def test_what_cannot_be_run_is_a_sentence(open_page, query):
    at = open_page("lab", **query)
    assert not at.exception
    assert at.title[0].value == "Backtest lab"
    assert len(at.error) + len(at.warning) + len(at.info) >= 1


def test_an_address_that_cannot_be_used_is_named(open_page):
    assert "nope" in words(open_page("lab", w="nope:50"))
    assert "-3" in words(open_page("lab", cost="-3"))


def test_the_address_carries_what_was_chosen(open_page):
    at = open_page("lab", cost="7.3", **{"from": "2016-01-04"})
    assert at.query_params["cost"] == "7.3"
    found = run(Config(strategy=TWO, cost_bps=7.3, start=date(2016, 1, 4)))
    assert last_value(at) == pytest.approx(found.levels.iloc[-1], rel=1e-12)
