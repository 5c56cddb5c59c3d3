"""Chart descriptions become figures with the same numbers."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import tokens
from ui.render import CONFIG, apart, figure, machine
from ui.specs import Band, ChartSpec, Trace


def spec(kind="lines", **settings):
    traces = (
        Trace("Ours", (date(2020, 1, 1), date(2020, 1, 2)), (1.0, 2.0), 0),
        Trace("Index", (date(2020, 1, 1), date(2020, 1, 2)), (1.0, 1.5), None),
    )
    return ChartSpec(key="k", title="T", kind=kind, traces=traces, alt="a", **settings)


def test_numbers_and_names_are_those_of_the_description():
    made = figure(spec())
    assert [list(trace.y) for trace in made.data] == [[1.0, 2.0], [1.0, 1.5]]
    assert [trace.name for trace in made.data] == ["Ours", "Index"]


def test_the_yardstick_is_grey_and_dashed_and_ours_is_the_first_colour():
    ours, index = figure(spec()).data
    assert (ours.line.color, ours.line.dash) == (tokens.slot(0), "solid")
    assert (index.line.color, index.line.dash) == (tokens.YARDSTICK, "dash")


def test_a_log_axis_spans_the_values_in_powers_of_ten():
    low, high = figure(spec(log=True, number="growth")).layout.yaxis.range
    log10_of_two = 0.30103
    assert low < 0.0
    assert high > log10_of_two


def test_few_lines_are_named_at_their_ends_and_many_in_a_legend():
    few = figure(spec())
    assert {label.text for label in few.layout.annotations} == {"Ours", "Index"}
    assert not few.layout.showlegend
    many = tuple(Trace(f"L{i}", (1, 2), (1.0, float(i)), i) for i in range(8))
    assert figure(ChartSpec(key="k", title="T", kind="lines", traces=many, alt="a")).layout.showlegend


def test_a_band_is_drawn_with_its_label():
    made = figure(spec(bands=(Band(date(2020, 1, 1), date(2020, 1, 2), "fall"),)))
    assert made.layout.shapes[0].fillcolor == tokens.BAND
    assert "fall" in {label.text for label in made.layout.annotations}


def test_no_button_uploads_a_chart():
    assert "sendChartToCloud" in CONFIG["modeBarButtonsToRemove"]
    assert CONFIG["displaylogo"] is False


@pytest.mark.parametrize("kind", ["bars", "dots"])
def test_bars_and_dots_list_the_first_at_the_top(kind):
    across = ChartSpec(key="k", title="T", kind=kind, traces=(Trace("F", (-0.1, -0.2), ("A", "B"), 0),), alt="a")
    assert figure(across).layout.yaxis.autorange == "reversed"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_labels_keep_their_order_and_distance(heights):
    gap = 0.06
    placed = apart(sorted(heights), gap)
    assert placed == sorted(placed)
    assert all(b - a >= gap - 1e-9 for a, b in pairwise(placed))
    assert placed[-1] <= 1.0 + 1e-9


@pytest.mark.parametrize(
    ("shown", "exported"),
    [
        ("−33.9 %", -0.339),
        ("+1.8 points", 0.018),
        ("−0.5 %p", -0.005),
        ("1,234.5 %", 12.345),
        ("–", None),
        ("S&P 500 price", "S&P 500 price"),
        ("0.97", "0.97"),
        (33, 33),
        ("−38.9 % ▲", "−38.9 % ▲"),
    ],
)
def test_a_cell_is_exported_as_a_spreadsheet_reads_it(shown, exported):
    assert machine(shown) == exported


def uncertain(**settings):
    return Trace(
        "Size", (1, 2, 3, 4, 5, 6), (1.0, 1.1, 1.2, 2.0, 2.1, 2.1), 1,
        strokes=("none", "solid", "dot", "none", "solid", "solid"), marks=("full", "", "", "ring", "", ""), **settings
    )  # fmt: skip


def test_each_stretch_has_its_style_and_no_line_crosses_a_gap():
    made = figure(ChartSpec(key="k", title="T", kind="lines", traces=(uncertain(),), alt="a", number="growth"))
    solid, dotted, points = made.data
    assert (list(solid.x), list(solid.y)) == ([1, 2, None, 4, 5, 6], [1.0, 1.1, None, 2.0, 2.1, 2.1])
    assert (list(dotted.x), list(dotted.y)) == ([2, 3], [1.1, 1.2])
    assert (solid.line.dash, dotted.line.dash) == ("solid", "dot")
    assert solid.line.color == dotted.line.color == points.marker.color == tokens.slot(1)
    assert list(points.y) == [1.0, 1.1, 1.2, 2.0, 2.1, 2.1]


def test_a_stretch_back_to_an_earlier_style_is_not_joined_across_another():
    trace = Trace("S", (1, 2, 3, 4), (1.0, 2.0, 3.0, 4.0), 0, strokes=("none", "solid", "dot", "solid"))
    solid, dotted, _ = figure(ChartSpec(key="k", title="T", kind="lines", traces=(trace,), alt="a")).data
    assert list(solid.x) == [1, 2, None, 3, 4]
    assert list(dotted.x) == [2, 3]


def test_only_marked_points_are_seen_and_a_derived_one_is_a_ring():
    *_, points = figure(ChartSpec(key="k", title="T", kind="lines", traces=(uncertain(),), alt="a")).data
    assert [size > 0 for size in points.marker.size] == [True, False, False, True, False, False]
    assert points.marker.symbol[3] == "circle-open"
    assert points.marker.symbol[0] == "circle"


def test_a_line_of_several_styles_has_one_entry_in_the_legend_and_one_label():
    many = tuple(Trace(f"L{i}", (1, 2, 3), (1.0, 2.0, float(i)), i, strokes=("none", "solid", "dot")) for i in range(8))
    made = figure(ChartSpec(key="k", title="T", kind="lines", traces=many, alt="a"))
    assert [trace.name for trace in made.data if trace.showlegend] == [f"L{i}" for i in range(8)]
    few = figure(ChartSpec(key="k", title="T", kind="lines", traces=many[:2], alt="a"))
    assert [label.text for label in few.layout.annotations] == ["L0", "L1"]


def test_a_point_says_what_it_is_on_hover():
    trace = uncertain(notes=("reported", "a", "b", "c", "d", "e"))
    *lines, points = figure(ChartSpec(key="k", title="T", kind="lines", traces=(trace,), alt="a")).data
    assert list(points.customdata) == ["reported", "a", "b", "c", "d", "e"]
    assert "%{customdata}" in points.hovertemplate
    assert all(line.hoverinfo == "skip" for line in lines)


def test_a_bar_that_is_not_sure_is_hatched():
    bars = Trace("W", (0.4, 0.6), ("A", "B"), 0, strokes=("solid", "dot"))
    (bar,) = figure(ChartSpec(key="k", title="T", kind="bars", traces=(bars,), alt="a")).data
    assert list(bar.marker.pattern.shape) == ["", "/"]
    (plain,) = figure(ChartSpec(key="k", title="T", kind="bars", traces=(Trace("W", (0.4,), ("A",), 0),), alt="a")).data
    assert plain.marker.pattern.shape is None
