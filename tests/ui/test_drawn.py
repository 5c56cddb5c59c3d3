"""The table under a chart holds the numbers drawn, all of them."""

import math
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from ui import drawn
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

EN = Translator("en")


def chart(kind, *traces, **settings):
    return ChartSpec(key="k", title="T", kind=kind, traces=traces, alt="a", **settings)


def test_lines_of_different_days_share_a_table_by_day():
    days = [date(2020, 1, day) for day in (1, 2, 3)]
    shown = drawn.table(chart("lines", Trace("A", days[1:], [2.0, 3.0], 0), Trace("B", days, [1.0, None, 5.0], 1)), EN)
    assert list(shown.columns) == ["Date", "A", "B"]
    assert shown["Date"].tolist() == days
    assert math.isnan(shown["A"].iloc[0])
    assert shown["B"].dropna().tolist() == [1.0, 5.0]


def test_bars_keep_the_order_of_their_names_and_dots_their_intervals():
    shown = drawn.table(chart("dots", Trace("A", [0.2, 0.1], ["z", "a"], 0, low=[0.1, None], high=[0.3, None])), EN)
    assert shown["Name"].tolist() == ["z", "a"]
    assert shown["A: lower end"].iloc[0] == 0.1
    assert list(shown.columns) == ["Name", "A", "A: lower end", "A: upper end"]


def test_two_traces_of_one_name_both_stand():
    shown = drawn.table(chart("bars", Trace("A", [1.0], ["x"], 0), Trace("A", [2.0], ["x"], 1)), EN)
    assert list(shown.columns) == ["Name", "A", "A (2)"]


def test_a_heat_is_rows_of_cells_and_a_surface_is_named_by_its_axis():
    heat = drawn.table(chart("heat", Trace("2020", ["01", "02"], [0.1, None], 0)), EN)
    assert heat.to_dict("records")[0]["01"] == 0.1
    made = chart("surface", Trace("", [1, 2], [0.1, 0.2], 0), rows=(0.5,), y_title="up")
    assert drawn.table(made, EN).to_dict("records") == [{"up": 0.5, "1": 0.1, "2": 0.2}]


def test_a_scatter_is_a_row_a_point():
    made = chart("scatter", Trace("S", [0.1, 0.2], [1.0, 2.0], 0, names=["a", "b"]), x_title="fee", y_title="te")
    assert drawn.table(made, EN).to_dict("records")[1] == {"Name": "b", "fee": 0.2, "te": 2.0}


@given(st.lists(st.tuples(st.integers(0, 9), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_no_number_is_lost_even_where_a_place_comes_twice(points):
    made = chart("lines", Trace("A", [x for x, _ in points], [y for _, y in points], 0), x_number="plain", x_title="x")
    shown = drawn.table(made, EN)
    assert sorted(shown["A"]) == sorted(y for _, y in points)
    assert sorted(shown["x"]) == sorted(x for x, _ in points)
