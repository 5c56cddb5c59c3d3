"""Blocks, facts and panels."""

from hypothesis import given
from hypothesis import strategies as some

from engine import lines
from ui.context import Context
from ui.record import Record, Words, chosen
from ui.specs import SORTS, ChartSpec, Trace, panels

CTX = Context("en", "USD", "sp500", "all", "log", "0")


@given(some.lists(some.sampled_from("abc"), max_size=12))
def test_keys_tell_blocks_apart_and_none_is_lost(keys):
    made = Record("lab", CTX)
    for key in keys:
        made.add(Words(key, "text"))
    assert len(made.blocks) == len(keys)
    assert len({block.key for block in made.blocks}) == len(keys)


def test_blocks_are_chosen_in_the_order_asked_for():
    made = Record("lab", CTX)
    made.add(Words("a", "1"))
    made.add(Words("b", "2"))
    assert [block.key for block in chosen(made, ["b", "x", "a"])] == ["b", "a"]


def spec(*kinds):
    traces = tuple(Trace(f"{order}", [1, 2], [0.1, 0.2], order, kind=kind) for order, kind in enumerate(kinds))
    return ChartSpec("growth", "Title", "lines", traces, "Alt")


def test_a_live_fund_gets_a_panel_of_its_own():
    simulated, live = panels(spec("index", "live", "simulated", ""))
    assert [trace.kind for trace in simulated.traces] == ["index", "simulated", ""]
    assert [trace.kind for trace in live.traces] == ["index", "live", ""]
    assert simulated.key != live.key


def test_other_charts_stay_whole():
    for kinds in (("index", "live"), ("simulated", "simulated"), ()):
        assert panels(spec(*kinds)) == (spec(*kinds),)


def test_every_registered_line_is_of_a_known_sort():
    assert {lines.line(name).kind for name in lines.specs()} <= set(SORTS)
