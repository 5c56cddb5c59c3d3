"""Chart descriptions become figures with the same numbers."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import tokens
from ui.render import CONFIG, apart, figure, machine
from ui.specs import Band, ChartSpec, Spot, Trace


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


def test_an_interval_is_a_bar_from_its_low_end_to_its_high_end():
    dots = Trace("Share", (0.5, None, 1.0), ("A", "B", "C"), 0, low=(0.4, None, 0.3), high=(0.7, None, 1.0))
    (drawn,) = figure(ChartSpec(key="k", title="T", kind="dots", traces=(dots,), alt="a", span=(0.0, 1.0))).data
    assert list(drawn.error_x.array) == pytest.approx([0.2, 0.0, 0.0])
    assert list(drawn.error_x.arrayminus) == pytest.approx([0.1, 0.0, 0.7])
    assert drawn.error_x.color == tokens.slot(0)
    assert list(drawn.customdata) == ["40% – 70%", "", "30% – 100%"]


def test_dots_without_interval_have_no_bar_and_may_have_labels():
    plain = Trace("F", (0.1, 0.2), ("A", "B"), 0, names=("10 %", "20 %"))
    made = figure(ChartSpec(key="k", title="T", kind="dots", traces=(plain,), alt="a", span=(0.0, 1.0)))
    assert made.data[0].error_x.array is None
    assert list(made.data[0].text) == ["10 %", "20 %"]
    assert made.layout.xaxis.range == (0.0, 1.0)
    bare = figure(ChartSpec(key="k", title="T", kind="dots", traces=(Trace("F", (0.1,), ("A",), 0),), alt="a"))
    assert bare.data[0].mode == "markers"
    assert bare.layout.xaxis.range is None


@pytest.mark.parametrize(("number", "written"), [("percent", ".1%"), ("percent_fine", ".2%"), ("growth", ",.2f")])
def test_a_bars_number_is_written_as_asked(number, written):
    bars = ChartSpec(
        key="k", title="T", kind="bars", traces=(Trace("F", (0.0004,), ("A",), 0),), alt="a", number=number
    )
    assert f"{{x:{written}}}" in figure(bars).data[0].texttemplate


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


def surface(*rows, **settings):
    traces = tuple(Trace(f"{step}", (0.0, 0.5, 1.0), row, None) for step, row in enumerate(rows))
    return ChartSpec(
        key="k", title="T", kind="surface", traces=traces, alt="a", rows=tuple(range(len(rows))), x_number="percent",
        x_title="Across", y_title="Up", z_title="Share", **settings,
    )  # fmt: skip


def test_a_surface_lies_on_two_number_axes_and_runs_from_low_to_high():
    made = figure(surface((0.0, 0.1, 0.2), (0.3, None, 0.05)))
    (drawn,) = made.data
    assert [list(row) for row in drawn.z] == [[0.0, 0.1, 0.2], [0.3, None, 0.05]]
    assert (list(drawn.x), list(drawn.y)) == ([0.0, 0.5, 1.0], [0, 1])
    assert (drawn.zmin, drawn.zmax) == (0.0, 0.3)
    assert [colour for _, colour in drawn.colorscale] == list(tokens.SEQUENTIAL)
    assert made.layout.xaxis.type != "category"
    assert "Across %{x:.1%}" in drawn.hovertemplate
    assert "Share %{z:.1%}" in drawn.hovertemplate


def test_rounding_is_no_pattern_on_a_surface():
    (drawn,) = figure(surface((0.0, 5e-17, 1e-16))).data
    assert drawn.zmax - drawn.zmin > 1e-7
    assert not drawn.showscale


def test_a_spot_is_a_dot_with_its_label_turned_inwards():
    spots = (Spot(0.0, 1.0, "first"), Spot(0.5, 0.0, "middle"), Spot(1.0, 1.0, "last"))
    made = figure(surface((0.0, 0.1, 0.2), (0.3, 0.4, 0.5), spots=spots))
    assert [(dot.x[0], dot.y[0]) for dot in made.data[1:]] == [(0.0, 1.0), (0.5, 0.0), (1.0, 1.0)]
    assert {dot.marker.color for dot in made.data[1:]} == {tokens.BACKGROUND}
    sides = {label.text: label.xanchor for label in made.layout.annotations}
    assert sides == {"first": "left", "middle": "center", "last": "right"}


def test_a_spot_without_height_is_a_line_from_top_to_bottom():
    lines = ChartSpec(
        key="k", title="T", kind="lines", traces=(Trace("L", (0.0, 1.0), (1.0, 2.0), 0),), alt="a", x_number="percent",
        spots=(Spot(0.25, None, "here"),),
    )  # fmt: skip
    made = figure(lines)
    assert (made.layout.shapes[0].x0, made.layout.shapes[0].x1) == (0.25, 0.25)
    assert "here" in {label.text for label in made.layout.annotations}
    assert made.layout.xaxis.tickformat == ".2~%"
    assert not made.layout.xaxis.tickformatstops


def test_fine_numbers_have_four_decimals():
    fine = ChartSpec(
        key="k", title="T", kind="lines", traces=(Trace("L", (0.0, 1.0), (1.0, 2.0), 0),), alt="a", number="fine",
        x_number="fine",
    )  # fmt: skip
    made = figure(fine)
    assert made.data[0].hovertemplate == "%{y:,.4f}"
    assert made.layout.xaxis.hoverformat == ",.4f"


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


def test_a_dumbbell_joins_the_two_numbers_of_each_name():
    names = ["shares", "bonds"]
    both = (Trace("before", [0.6, 0.4], names, None), Trace("after", [0.7, 0.3], names, 0))
    made = figure(ChartSpec(key="k", title="T", kind="dumbbell", traces=both, alt="a"))
    assert list(made.data[0].x) == [0.6, 0.7, None, 0.4, 0.3, None]
    assert [list(trace.x) for trace in made.data[1:]] == [[0.6, 0.4], [0.7, 0.3]]


def test_labels_on_a_logarithmic_axis_across_count_powers_of_ten():
    line = Trace("L", (100.0, 1_000.0, 10_000.0), (3.0, 2.0, 1.0), 0)
    made = figure(
        ChartSpec(
            key="k", title="T", kind="lines", traces=(line,), alt="a", number="plain", x_number="plain", x_log=True,
            spots=(Spot(1_000.0, 2.0, "middle"),),
        )
    )  # fmt: skip
    assert made.layout.xaxis.type == "log"
    (label,) = [note for note in made.layout.annotations if note.text == "middle"]
    assert (label.x, label.xanchor) == (3.0, "center")
    assert made.data[1].x == (1_000.0,)


def heat(**settings):
    traces = (
        Trace("2021", ("1", "2", "Year"), (0.012, -0.03, None), None, **settings),
        Trace("2020", ("1", "2", "Year"), (None, 0.0, None), None),
    )
    return figure(ChartSpec(key="k", title="T", kind="heat", traces=traces, alt="a")).data[0]


def test_a_heat_prints_its_numbers_and_a_mark_below_them():
    plain, marked = heat(), heat(marks=("full", "", ""), names=("", "", "1/2"), notes=("won", "lost", "one of two"))
    assert [list(row) for row in plain.text] == [["+1.2", "−3.0", ""], ["", "+0.0", ""]]
    assert [list(row) for row in marked.text] == [["+1.2<br>●", "−3.0", "1/2"], ["", "+0.0", ""]]
    assert [list(row) for row in marked.z] == [list(row) for row in plain.z], "a mark or a label changes no number"
    assert (marked.zmid, marked.zmin, marked.zmax) == (0, -0.03, 0.03)


def test_a_heat_tells_its_notes_on_hover():
    marked = heat(notes=("won", "lost", "one of two"))
    assert [list(row) for row in marked.customdata] == [["won", "lost", "one of two"], ["", "", ""]]
    assert "%{customdata}" in marked.hovertemplate
    assert heat().customdata is None
