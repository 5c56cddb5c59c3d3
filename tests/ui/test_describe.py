"""A chart told in words carries the figures of its traces, in both languages."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.describe import MOST_POINTS, MOST_TRACES, alternative
from ui.i18n import LANGUAGES, Translator
from ui.specs import ChartSpec, Spot, Trace

DAYS = (date(2020, 1, 31), date(2020, 3, 23), date(2020, 12, 31))


def spec(kind, *traces, **settings):
    return ChartSpec(key="k", title="T", kind=kind, traces=traces, alt="What is drawn", **settings)


def told(made, language="en"):
    return alternative(made, Translator(language))


def test_a_line_is_told_by_its_ends():
    text = told(spec("lines", Trace("Ours", DAYS, (1.0, 0.7, 1.25), 0), number="growth"))
    assert text == "What is drawn. Ours: 1.00 (31 Jan 2020) to 1.25 (31 Dec 2020)."


def test_a_fall_is_told_by_its_depth_and_by_where_it_ends():
    text = told(spec("underwater", Trace("Ours", DAYS, (0.0, -0.339, -0.02), 0)), "ko")
    assert "최저 −33.9 %(2020년 3월 23일), 마지막 −2.0 %(2020년 12월 31일)" in text


def test_numbers_of_bars_lie_on_the_x_axis_and_a_missing_one_is_left_out():
    text = told(spec("bars", Trace("Weight", (0.4, None, float("nan"), 0.6), ("A", "B", "C", "D"), 0)))
    assert text.endswith("Weight: A 40.0 %, D 60.0 %.")


def test_many_bars_are_told_by_the_highest_and_the_lowest():
    names = [f"N{number}" for number in range(MOST_POINTS + 4)]
    text = told(spec("bars", Trace("Weight", [number / 100 for number in range(len(names))], names, 0)))
    assert text.endswith(f"Weight, {len(names)} figures: highest N11 11.0 %; lowest N0 0.0 %.")


def test_what_is_not_told_one_by_one_is_counted():
    many = [Trace(f"L{number}", (1, 2), (1.0, 2.0), number) for number in range(MOST_TRACES + 3)]
    assert told(spec("lines", *many)).endswith("3 more are in the table.")


def test_a_map_is_told_by_its_extremes_and_its_marks():
    rows = (Trace("2008", ("1", "2"), (0.1, -0.2), None), Trace("2009", ("1", "2"), (None, 0.3), None))
    assert told(spec("heat", *rows)).endswith("Highest: 30.0 % (2009, 2). Lowest: −20.0 % (2008, 2).")
    surface = spec(
        "surface", Trace("a", (0.0, 1.0), (0.1, 0.2), None), rows=(-0.5,), x_title="Across", y_title="Up",
        x_number="percent", spots=(Spot(0.0, -0.5, "here"),),
    )  # fmt: skip
    text = told(surface)
    assert "Highest: 20.0 % (Up −0.5, Across 100.0 %)." in text
    assert text.endswith("Marked: here.")


def test_a_name_broken_over_two_lines_is_one_name_when_read():
    assert "Fund, Canada 10.0 %" in told(spec("dots", Trace("S", (0.1,), ("Fund<br>Canada",), 0)))


def test_ranks_and_clouds_have_figures():
    assert "rank 1 (default), rank 3 (yours)" in told(spec("slope", Trace("A", ("default", "yours"), (1, 3), 0)))
    assert "A 0.10 %/0.20 %" in told(spec("scatter", Trace("", (0.001,), (0.002,), 0, names=("A",))))


KINDS = ("lines", "underwater", "areas", "bars", "dots", "dumbbell", "heat")
NUMBERS = st.lists(st.one_of(st.none(), st.floats(-5, 5)), min_size=1, max_size=20)


@given(kind=st.sampled_from(KINDS), numbers=NUMBERS, language=st.sampled_from(LANGUAGES))
def test_every_kind_of_chart_with_a_figure_tells_one(kind, numbers, language):
    names = [f"N{order}" for order in range(len(numbers))]
    across = kind in ("bars", "dots", "dumbbell")
    trace = Trace("S", numbers if across else names, names if across else numbers, 0)
    text = told(spec(kind, trace), language)
    figures = re.findall(r"\d [%]", text)
    assert bool(figures) == any(number is not None for number in numbers)


@pytest.mark.parametrize("kind", ["lines", "bars", "heat", "surface"])
def test_a_chart_without_figures_still_says_what_it_is(kind):
    empty = spec(kind, Trace("S", (), (), 0), rows=(0.0,))
    assert told(empty) == "What is drawn."
