"""Chart descriptions drawn with Plotly and put on the screen with their table and CSV."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

from ui import context, describe, drawn, exports, record, theme_watch, tokens
from ui.format import MINUS, NONE
from ui.i18n import Translator
from ui.record import Card, Cards, Chart, Table, Words
from ui.specs import ChartSpec, Spot, Trace, YFormat

if TYPE_CHECKING:
    import plotly.graph_objects as go

CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["sendChartToCloud", "lasso2d", "select2d", "autoScale2d"],
    "displayModeBar": False,
}

_WITH_UNIT = re.compile(rf"([+{MINUS}-]?[0-9,]*\.?[0-9]+) (?:%|%p|points)")

MONTHS = [{"dtickrange": ["M12", None], "value": "%Y"}, {"dtickrange": [None, "M12"], "value": "%Y-%m"}]
"""Dates on an axis, the same in every language."""

NUMBERS: dict[YFormat, str] = {
    "percent": ".1%",
    "percent_fine": ".2%",
    "growth": ",.2f",
    "plain": ",.2f",
    "fine": ",.4f",
}
"""How Plotly writes a number."""

FLAT = 1e-6
"""A surface whose numbers differ by less is drawn in one colour: the rest is rounding."""

MANY = 300
"""A line of more points is handed to Plotly as arrays."""

MOST_LABELS = 6
"""Up to this many lines are named at their end; more go to a legend."""


def show(spec: ChartSpec, rows: pd.DataFrame, t: Translator) -> None:
    """Title, chart, source line, and below it a table that says more than the chart draws."""
    record.add(Chart(spec.key, spec))
    if record.drawing():
        draw(spec)
        data(rows, spec.key, t)


def say(text: str, key: str = "words") -> None:
    """A sentence or paragraph (Markdown) that belongs to what the page answers."""
    record.add(Words(key, text))
    if record.drawing():
        st.markdown(text)


def why(reason: str, sure: str, t: Translator, key: str = "why-sure") -> None:
    """What a model's output rests on, and how sure it is: two labelled sentences beside it, the same on every page."""
    say(f"**{t('frame.why')}** {reason}\n\n**{t('frame.how_sure')}** {sure}", key)


def cards(key: str, shown: Sequence[Card], language: str, *, width: int = 190) -> None:
    """A row of key figures, each in a box with its small print."""
    record.add(Cards(key, tuple(shown)))
    if record.drawing():
        draw_cards(shown, language, width=width)


def draw_cards(shown: Sequence[Card], language: str, *, width: int = 190) -> None:
    """A row of key figures on the screen, not noted."""
    with st.grid(min_column_width=width):
        for card in shown:
            with st.container(border=True, height="stretch"):
                colour = {True: tokens.RISE, False: tokens.FALL}.get(card.good) if card.good is not None else None
                st.metric(
                    card.label, card.value, card.delta or None, help=card.help or None,
                    delta_color=colour[language] if colour else "off",
                    delta_arrow="off" if card.good is None else "up" if card.good else "down",
                )  # fmt: skip
                if card.note:
                    st.caption(card.note)


def chart(spec: ChartSpec) -> None:
    """Title, chart, source line, and below it the numbers drawn, made when they are asked for."""
    record.add(Chart(spec.key, spec))
    if not record.drawing():
        return
    draw(spec)
    t = Translator(context.language())
    box = st.expander(t("frame.show_data"), icon=":material/table:", key=f"{spec.key}-numbers", on_change="rerun")
    if not box.open:
        return
    rows = drawn.table(spec, t)
    form: Any = "percent" if spec.number.startswith("percent") else None
    shown: dict[str, Any] = {
        str(name): st.column_config.NumberColumn(format=form)
        for name in rows.select_dtypes("number").columns
        if name != rows.columns[0]
    }
    with box:
        st.dataframe(rows, hide_index=True, alt=t("frame.show_data"), column_config=shown)
        csv_button(rows, spec.key, t)


def draw(spec: ChartSpec) -> None:
    """A chart on the screen, not noted."""
    st.markdown(f"**{spec.title}**")
    told = describe.alternative(spec, Translator(context.language()))
    st.plotly_chart(sketch(spec), key=f"{spec.key}{theme_watch.mark()}", config=CONFIG, alt=told)
    if spec.source:
        st.caption(spec.source)


def data(rows: pd.DataFrame, key: str, t: Translator) -> None:
    """The numbers behind a chart, folded away, with a CSV built when it is asked for."""
    if not record.drawing():
        return
    with st.expander(t("frame.show_data"), icon=":material/table:"):
        st.dataframe(rows, hide_index=True, alt=t("frame.show_data"))
        csv_button(rows, key, t)


def table(
    rows: pd.DataFrame,
    helps: Mapping[str, str],
    alt: str,
    special: Mapping[str, Any] | None = None,
    *,
    key: str = "table",
    note: str = "",
    height: int | Literal["auto", "content", "stretch"] = "auto",
) -> None:
    """A table whose headings explain themselves; ``special`` columns are drawn their own way (bars).

    ``alt`` is its title in a report too, ``key`` its name there, ``note`` the small print below.
    """
    record.add(Table(key, alt, rows, note))
    if not record.drawing():
        return
    columns: dict[str, Any] = {name: st.column_config.Column(help=text) for name, text in helps.items()}
    columns |= dict(special or {})
    st.dataframe(rows, hide_index=True, alt=alt, column_config=columns, height=height)
    if note:
        st.caption(note)


def plain(rows: pd.DataFrame, title: str, *, key: str, note: str = "") -> None:
    """A short table without scrolling or sorting."""
    record.add(Table(key, title, rows, note))
    if not record.drawing():
        return
    st.table(rows)
    if note:
        st.caption(note)


def pick(
    rows: pd.DataFrame, helps: Mapping[str, str], alt: str, special: Mapping[str, Any], key: str, name: str
) -> int | None:
    """A table like ``table`` in which a row can be clicked; the row newly clicked in this run, or none.

    An old click stays marked but is not told again, so that it cannot undo a later choice made elsewhere.
    ``key`` is that of the widget, ``name`` that of the table in a report.
    """
    record.add(Table(name, alt, rows))
    if not record.drawing():
        return None
    columns: dict[str, Any] = {name: st.column_config.Column(help=text) for name, text in helps.items()}
    event: Any = st.dataframe(
        rows,
        hide_index=True,
        alt=alt,
        column_config=columns | dict(special),
        key=key,
        on_select="rerun",
        selection_mode="single-row",
    )
    chosen = next(iter(event.selection.rows), None)
    before = st.session_state.get(f"{key}-before")
    st.session_state[f"{key}-before"] = chosen
    return chosen if chosen != before else None


def csv_button(rows: pd.DataFrame, key: str, t: Translator) -> None:
    """Download without a rerun: decimals for machines; UTF-8 with a mark, so that spreadsheets read Korean.

    A view of survivors has none: it stays on the screen.
    """
    if not record.drawing() or record.survivors():
        return
    st.download_button(
        t("frame.csv"),
        data=lambda: exports.csv(rows.map(machine)),
        file_name=f"lodestar-{key}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"{key}-csv",
        icon=":material/download:",
    )


def downloads(rows: pd.DataFrame, key: str, t: Translator, notes: Sequence[str]) -> None:
    """CSV and workbook side by side."""
    with st.container(horizontal=True):
        csv_button(rows, key, t)
        xlsx_button(rows, key, t, notes)


def xlsx_button(rows: pd.DataFrame, key: str, t: Translator, notes: Sequence[str] = ()) -> None:
    """The same table as a workbook; its second sheet says what the figures are."""
    if not record.drawing() or record.survivors():
        return
    st.download_button(
        t("frame.xlsx"),
        data=lambda: exports.xlsx(rows.map(machine), notes),
        file_name=f"lodestar-{key}.xlsx",
        mime=exports.XLSX,
        on_click="ignore",
        key=f"{key}-xlsx",
        icon=":material/download:",
    )


def machine(cell: object) -> object:
    """A cell as a spreadsheet reads it: percent and points as decimals, a dash as nothing."""
    if cell == NONE:
        return None
    found = _WITH_UNIT.fullmatch(cell) if isinstance(cell, str) else None
    return round(float(found[1].replace(MINUS, "-").replace(",", "")) / 100, 6) if found else cell


def frame(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """A table for the screen from rows of cells."""
    return pd.DataFrame(rows)


def figure(spec: ChartSpec) -> go.Figure:
    """The Plotly figure of a description, every property checked; colours are slots that the browser fills by theme."""
    import plotly.graph_objects as go

    return _draw(go, go.Figure(), spec)


def sketch(spec: ChartSpec) -> go.Figure:
    """The same figure unchecked and much sooner, for the screen."""
    from ui.sketch import Sketch, Traces

    return _draw(Traces, Sketch(), spec)


def _draw(go: Any, made: Any, spec: ChartSpec) -> Any:
    if spec.kind in ("heat", "surface"):
        made.add_trace(_heat(go, spec) if spec.kind == "heat" else _surface(go, spec))
    else:
        if spec.kind == "dumbbell":
            made.add_trace(_between(go, spec))
        for trace in spec.traces:
            if trace.strokes and spec.kind == "lines":
                made.add_traces(_stretches(go, spec, trace))
            elif trace.low and spec.kind == "lines":
                made.add_traces(_ribbon(go, spec, trace))
            else:
                made.add_trace(_DRAW[spec.kind](go, spec, trace))
    named = spec.kind in ("lines", "underwater") and len(spec.traces) <= MOST_LABELS
    made.update_layout(
        height=spec.height,
        margin={"l": 8, "r": 118 if named else 8, "t": 28, "b": 8},
        showlegend=not named and len(spec.traces) > 1,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0.0, "title": None, "traceorder": "normal"},
        hovermode="x unified" if spec.kind in ("lines", "underwater", "areas") else "closest",
        bargap=0.5,
        bargroupgap=0.08,
    )
    if spec.kind == "heat":
        made.update_yaxes(autorange="reversed", type="category", showgrid=False)
        made.update_xaxes(side="top", type="category", showgrid=False)
        return made
    if spec.kind == "surface":
        _surface_axes(made, spec)
        _dotted(go, made, spec)
        _spots(go, made, spec)
        return made
    if spec.kind in ("scatter", "slope"):
        _plain_axes(made, spec)
        return made
    _axes(made, spec)
    for band in spec.bands:
        made.add_vrect(
            x0=band.start, x1=band.end, fillcolor=tokens.BAND, line_width=0, layer="above" if spec.kind == "areas" else "below",
            annotation={"text": band.label, "font": {"size": 11, "color": tokens.TEXT}}, annotation_position="top left",
        )  # fmt: skip
    if named:
        _end_labels(made, spec)
    _spots(go, made, spec)
    return made


def _line(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    yardstick = trace.slot is None
    style = {
        "color": tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot),
        "dash": "dash" if trace.slot is None else tokens.dash(trace.slot),
        "width": 1.8 if yardstick else 2.4,
    }
    fill = (
        {"fill": "tozeroy", "fillcolor": "rgba(128, 140, 158, 0.10)"} if spec.kind == "underwater" and yardstick else {}
    )
    hover = f"%{{y:{_number(spec)}}}"
    x, y = _points(trace)
    return go.Scatter(
        x=x, y=y, name=trace.name, mode="lines", line=style, hovertemplate=hover, **fill
    )  # fmt: skip


def _points(trace: Trace) -> tuple[Any, Any]:
    """Places of a line; many of them as arrays, which Plotly takes as a whole and not one by one."""
    whole = len(trace.x) > MANY and isinstance(trace.x[0], date) and None not in trace.y
    if not whole:
        return list(trace.x), list(trace.y)
    return np.array(trace.x, dtype="datetime64[D]"), np.array(trace.y, dtype=float)


def _ribbon(go: Any, spec: ChartSpec, trace: Trace) -> list[Any]:
    """The shaded stretch between the ends of a line's interval, and the line, thin, in its middle."""
    edge = {
        "x": list(trace.x),
        "mode": "lines",
        "line": {"width": 0},
        "name": trace.name,
        "showlegend": False,
        "hoverinfo": "skip",
    }
    ends = [
        go.Scatter(y=list(trace.high), **edge),
        go.Scatter(y=list(trace.low), fill="tonexty", fillcolor=tokens.BAND, **edge),
    ]
    middle = _line(go, spec, trace)
    middle["line"]["width"], middle["line"]["dash"] = 1, "dot"
    return [*ends, middle]


SYMBOLS = {"": "circle", "full": "circle", "ring": "circle-open"}


def _stretches(go: Any, spec: ChartSpec, trace: Trace) -> list[Any]:
    """A line whose stretches differ in style, and its points: one that is not marked still answers on hover."""
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    styles = [style for style in ("solid", "dash", "dot") if style in trace.strokes]
    drawn = []
    for order, style in enumerate(styles):
        x, y = _pieces(trace, style)
        drawn.append(
            go.Scatter(
                x=x, y=y, name=trace.name, mode="lines", legendgroup=trace.name, showlegend=order == 0, hoverinfo="skip",
                line={"color": colour, "dash": style, "width": 2.4 if style == "solid" else 1.8},
            )
        )  # fmt: skip
    marks = trace.marks or [""] * len(trace.x)
    hover = "%{y:.1%}" if spec.number == "percent" else "%{y:,.2f}"
    marker = {
        "color": colour, "size": [9 if mark else 0 for mark in marks], "symbol": [SYMBOLS[mark] for mark in marks], "opacity": 1,
        "line": {"color": colour, "width": [2 if mark == "ring" else 0 for mark in marks]},
    }  # fmt: skip
    points = go.Scatter(
        x=list(trace.x), y=list(trace.y), name=trace.name, mode="markers", legendgroup=trace.name, showlegend=not drawn,
        marker=marker, customdata=list(trace.notes) or None, hovertemplate=hover + (" %{customdata}" if trace.notes else ""),
    )  # fmt: skip
    return [*drawn, points]


def _pieces(trace: Trace, style: str) -> tuple[list[Any], list[Any]]:
    """The stretches of one style, one after the other, with a gap between those that do not touch."""
    days, values = list(trace.x), list(trace.y)
    x: list[Any] = []
    y: list[Any] = []
    for end in range(1, len(days)):
        if trace.strokes[end] != style:
            continue
        if not x or x[-1] != days[end - 1]:
            x += [None, days[end - 1]] if x else [days[end - 1]]
            y += [None, values[end - 1]] if y else [values[end - 1]]
        x.append(days[end])
        y.append(values[end])
    return x, y


def _bar(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    marker: dict[str, Any] = {"color": colour}
    if trace.strokes:
        hatch = ["" if stroke == "solid" else "/" for stroke in trace.strokes]
        marker["pattern"] = {"shape": hatch, "fillmode": "replace", "fgcolor": colour, "size": 6, "solidity": 0.45}
    return go.Bar(
        x=list(trace.x), y=list(trace.y), name=trace.name, orientation="h", marker=marker,
        texttemplate=f"%{{x:{_number(spec)}}}", textposition="outside", textfont={"size": 12}, constraintext="none",
        cliponaxis=False, hovertemplate=f"%{{y}}: %{{x:{_number(spec)}}}",
    )  # fmt: skip


def _number(spec: ChartSpec) -> str:
    """How Plotly writes a bar's number."""
    return NUMBERS[spec.number]


def _dots(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    yardstick = trace.slot is None
    marker = {
        "color": tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot),
        "symbol": "line-ns-open" if yardstick else "circle",
        "size": 17 if yardstick else 11,
        "line": {"width": 3 if yardstick else 0, "color": tokens.YARDSTICK},
    }
    hover = f"%{{y}}: %{{x:{_number(spec)}}}"
    return go.Scatter(
        x=list(trace.x), y=list(trace.y), name=trace.name, marker=marker, error_x=_interval(trace), cliponaxis=False,
        mode="markers+text" if trace.names else "markers", text=list(trace.names) or None, textposition="top center",
        textfont={"size": 12}, customdata=_ends(trace),
        hovertemplate=f"{hover} (%{{customdata}})" if trace.low else hover,
    )  # fmt: skip


def _interval(trace: Trace) -> dict[str, Any] | None:
    """The bar through each dot, from its low end to its high one."""
    if not trace.low:
        return None
    middle: Sequence[Any] = trace.x
    numbers = [
        (0.0, 0.0) if x is None or low is None or high is None else (high - x, x - low)
        for x, low, high in zip(middle, trace.low, trace.high, strict=True)
    ]
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    return {
        "type": "data", "symmetric": False, "array": [above for above, _ in numbers],
        "arrayminus": [below for _, below in numbers], "color": colour, "thickness": 2, "width": 5,
    }  # fmt: skip


def _ends(trace: Trace) -> list[str] | None:
    """The ends of each interval as text, for the pointer."""
    if not trace.low:
        return None
    return [
        "" if low is None or high is None else f"{low:.0%} – {high:.0%}"
        for low, high in zip(trace.low, trace.high, strict=True)
    ]


def _between(go: Any, spec: ChartSpec) -> Any:
    """A bar from the first trace's number to the second's, name by name."""
    first, second = spec.traces[:2]
    x: list[float | None] = []
    y: list[Any] = []
    for start, end, name in zip(first.x, second.x, first.y, strict=True):
        x += [*_numbers([start]), *_numbers([end]), None]
        y += [name, name, None]
    line = {"color": tokens.BAND, "width": 6}
    return go.Scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)


def _scatter(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    return go.Scatter(
        x=list(trace.x), y=list(trace.y), name=trace.name, mode="markers+text", text=list(trace.names), textposition="top center",
        marker={"color": colour, "size": list(trace.sizes) or 11, "opacity": 0.75, "line": {"width": 1, "color": tokens.TEXT}},
        textfont={"size": 12}, cliponaxis=False, hovertemplate="%{text}: %{x:.3%}, %{y:.3%}",
    )  # fmt: skip


def _slope(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    return go.Scatter(
        x=list(trace.x), y=list(trace.y), name=trace.name, mode="lines+markers", line={"color": colour, "width": 2},
        marker={"size": 9}, hovertemplate="%{y:.1f}", cliponaxis=False,
    )  # fmt: skip


def _area(go: Any, spec: ChartSpec, trace: Trace) -> Any:
    colour = tokens.YARDSTICK if trace.slot is None else tokens.slot(trace.slot)
    return go.Scatter(
        x=list(trace.x), y=list(trace.y), name=trace.name, mode="lines", stackgroup="all",
        line={"width": 0.4, "color": colour}, fillcolor=colour, opacity=0.9, hovertemplate="%{y:.1%}",
    )  # fmt: skip


DOTS = {"": "", "full": "\N{BLACK CIRCLE}", "ring": "\N{WHITE CIRCLE}"}
"""Marks of a cell, as text."""


def _heat(go: Any, spec: ChartSpec) -> Any:
    """Rows of numbers coloured around zero, each number printed in percent with its sign, and its mark below."""
    numbers = [list(trace.y) for trace in spec.traces]
    most = max((abs(v) for row in numbers for v in _numbers(row)), default=1.0)
    hover = "%{y} %{x}: %{z:.1%}"
    noted = any(trace.notes for trace in spec.traces)
    return go.Heatmap(
        x=list(spec.traces[0].x), y=[trace.name for trace in spec.traces], z=numbers, text=[_cells(trace) for trace in spec.traces],
        customdata=[list(trace.notes) or [""] * len(trace.y) for trace in spec.traces] if noted else None,
        colorscale=[[order / 9, colour] for order, colour in enumerate(tokens.DIVERGING)], zmid=0, zmin=-most, zmax=most,
        texttemplate="%{text}", showscale=False, xgap=1, ygap=1, textfont={"size": 10},
        hovertemplate=f"{hover} %{{customdata}}<extra></extra>" if noted else hover,
    )  # fmt: skip


def _cells(trace: Trace) -> list[str]:
    """What each cell prints: its label or its number, and below it its mark."""
    labels = trace.names or [""] * len(trace.y)
    marks: Sequence[str] = trace.marks or [""] * len(trace.y)
    cells = []
    for value, label, mark in zip(trace.y, labels, marks, strict=True):
        number = "" if value is None else f"{_numbers([value])[0] * 100:+.1f}".replace("-", MINUS)
        cells.append("<br>".join(filter(None, (label or number, DOTS[mark]))))
    return cells


def _surface(go: Any, spec: ChartSpec) -> Any:
    """Numbers over two number axes, from low to high; a range that is only rounding is one colour."""
    numbers = [list(trace.y) for trace in spec.traces]
    low = min(value for row in numbers for value in _numbers(row))
    high = max(value for row in numbers for value in _numbers(row))
    across = f":{NUMBERS[spec.x_number]}" if spec.x_number else ""
    upwards = NUMBERS[spec.y_number] if spec.y_number else ",.3~r"
    return go.Heatmap(
        x=list(spec.traces[0].x), y=list(spec.rows), z=numbers, zmin=low, zmax=max(high, low + FLAT), showscale=high - low > FLAT,
        colorscale=[[order / 9, colour] for order, colour in enumerate(tokens.SEQUENTIAL)],
        colorbar={"title": {"text": spec.z_title, "side": "right"}, "tickformat": _ticks(spec.number), "thickness": 12, "outlinewidth": 0},
        hovertemplate=f"{spec.x_title} %{{x{across}}}<br>{spec.y_title} %{{y:{upwards}}}<br>{spec.z_title} %{{z:{_number(spec)}}}<extra></extra>",
    )  # fmt: skip


_DRAW = {
    "areas": _area,
    "lines": _line,
    "underwater": _line,
    "bars": _bar,
    "dots": _dots,
    "scatter": _scatter,
    "slope": _slope,
    "dumbbell": _dots,
}


def _axes(made: go.Figure, spec: ChartSpec) -> None:
    value: dict[str, Any] = {"tickformat": _ticks(spec.number), "title": spec.y_title or None, "zeroline": True}
    other = {"title": spec.x_title or None}
    if spec.kind in ("bars", "dots", "dumbbell"):
        made.update_xaxes(**value, showticklabels=spec.kind != "bars", showgrid=spec.kind != "bars")
        if spec.span:
            made.update_xaxes(range=list(spec.span))
        if spec.x_log:
            made.update_xaxes(type="log", dtick=1, zeroline=False)
        if spec.kind == "bars":
            numbers = [x for trace in spec.traces for x in _numbers(trace.x)]
            made.update_xaxes(range=[1.4 * min(*numbers, 0.0), 1.4 * max(*numbers, 0.0)])
            if len(spec.traces) > 1 and max(numbers) <= 0:
                _names_above(made, spec)
        made.update_yaxes(**other, autorange="reversed", automargin=True, ticksuffix="  ")
        return
    if spec.kind == "areas":
        made.update_yaxes(**value, range=[0, 1])
        made.update_xaxes(tickformatstops=MONTHS)
        return
    low, high = _span(spec)
    if spec.log:
        value |= {"type": "log", "dtick": 1 if high - low > 2 else "D2"}
    made.update_yaxes(**value, range=[low, high])
    if spec.x_number:
        made.update_xaxes(
            **other,
            type="log" if spec.x_log else "linear",
            dtick=1 if spec.x_log else None,
            tickformat=_ticks(spec.x_number),
            hoverformat=NUMBERS[spec.x_number],
            showgrid=False,
            zeroline=False,
        )
        return
    made.update_xaxes(**other, tickformatstops=MONTHS)


def _ticks(number: YFormat) -> str:
    """How an axis writes its numbers: as many digits as its steps need."""
    return ".2~%" if number.startswith("percent") else ",~r"


def _surface_axes(made: go.Figure, spec: ChartSpec) -> None:
    across = _ticks(spec.x_number) if spec.x_number else None
    made.update_xaxes(title=spec.x_title or None, tickformat=across, showgrid=False, zeroline=False, constrain="domain")
    upwards = _ticks(spec.y_number) if spec.y_number else ",~r"
    made.update_yaxes(title=spec.y_title or None, tickformat=upwards, showgrid=False, zeroline=False)


def _dotted(go: Any, made: go.Figure, spec: ChartSpec) -> None:
    """Small dots in cells that belong together; the page's colour with a rim shows on light and on dark cells."""
    if spec.dotted:
        marker = {"size": 5, "color": tokens.BACKGROUND, "line": {"width": 1, "color": tokens.TEXT}}
        x, y = zip(*spec.dotted, strict=True)
        made.add_trace(
            go.Scatter(x=list(x), y=list(y), mode="markers", marker=marker, showlegend=False, hoverinfo="skip")
        )


def _spots(go: Any, made: go.Figure, spec: ChartSpec) -> None:
    """Points as dots in the page's colour with a dark rim, so that they stand out from lines and cells; their labels inside."""
    for spot in spec.spots:
        if spot.y is None:
            made.add_vline(x=spot.x, line={"color": tokens.TEXT, "width": 1, "dash": "dot"})
        else:
            made.add_trace(
                go.Scatter(
                    x=[spot.x], y=[spot.y], mode="markers", name=spot.label, showlegend=False, hoverinfo="skip", cliponaxis=False,
                    marker={"size": 11, "color": tokens.BACKGROUND, "line": {"width": 2.5, "color": tokens.TEXT}},
                )
            )  # fmt: skip
        place = {"y": 1.0, "yref": "paper", "yshift": 9} if spot.y is None else {"y": spot.y, "yshift": 18}
        made.add_annotation(
            x=_across(spec, spot.x), text=spot.label, showarrow=False, xanchor=_side(spec, spot), bgcolor=tokens.BACKGROUND, opacity=0.9,
            borderpad=2, font={"size": 12, "color": tokens.TEXT}, **place,
        )  # fmt: skip


def _across(spec: ChartSpec, x: float) -> float:
    """A place across in the units of the axis, which counts powers of ten when it is logarithmic."""
    return math.log10(x) if spec.x_log else x


def _side(spec: ChartSpec, spot: Spot) -> str:
    """The side of its label on which a place lies, so that the label stays on the chart."""
    places = [_across(spec, x) for trace in spec.traces for x in _numbers(trace.x)]
    share = (_across(spec, spot.x) - min(places)) / ((max(places) - min(places)) or 1.0)
    return "left" if share < 1 / 3 else "right" if share > 2 / 3 else "center"


def _plain_axes(made: go.Figure, spec: ChartSpec) -> None:
    """Two value axes for a scatter; settings across and ranks down, first on top, for a slope."""
    if spec.kind == "scatter":
        made.update_xaxes(title=spec.x_title or None, tickformat=".2~%", rangemode="tozero")
        made.update_yaxes(title=spec.y_title or None, tickformat=".2~%", rangemode="tozero")
        made.update_layout(showlegend=False, margin={"l": 8, "r": 24, "t": 28, "b": 8})
        return
    made.update_yaxes(title=spec.y_title or None, autorange="reversed", dtick=1, zeroline=False)
    made.update_xaxes(type="category", showgrid=False)
    made.update_layout(showlegend=False, margin={"l": 8, "r": 70, "t": 28, "b": 8})
    for trace in spec.traces:
        made.add_annotation(
            x=len(list(trace.x)) - 1, y=list(trace.y)[-1], text=trace.name, showarrow=False, xanchor="left", xshift=10,
            font={"size": 12, "color": tokens.TEXT if trace.slot is None else tokens.slot(trace.slot)},
        )  # fmt: skip


def _names_above(made: go.Figure, spec: ChartSpec) -> None:
    """Each pair's name above it: beside the bars it would leave a phone no room for them."""
    made.update_yaxes(showticklabels=False)
    for name in spec.traces[0].y:
        made.add_annotation(
            x=0.0, y=name, text=str(name), showarrow=False, xanchor="right", yshift=25, font={"size": 12, "color": tokens.TEXT}
        )  # fmt: skip


def _span(spec: ChartSpec) -> tuple[float, float]:
    """Ends of the value axis with a little air; powers of ten on a log axis."""
    numbers = [y for trace in spec.traces for values in (trace.y, trace.low, trace.high) for y in _numbers(values)]
    low, high = _on_axis(spec, min(numbers)), _on_axis(spec, max(numbers))
    air = 0.05 * ((high - low) or 1.0)
    return low - air, high + air


def _numbers(values: Sequence[Any]) -> list[float]:
    """The numbers among the values; a missing one is left out."""
    return [float(value) for value in values if value is not None]


def _on_axis(spec: ChartSpec, value: float) -> float:
    return math.log10(value) if spec.log else value


def _end_labels(made: go.Figure, spec: ChartSpec) -> None:
    """Names at the line ends, pushed apart where they would lie on each other."""
    low, high = _span(spec)
    lines = sorted((trace for trace in spec.traces if len(trace.y)), key=lambda trace: _numbers(trace.y)[-1])
    ends = [(_on_axis(spec, _numbers(trace.y)[-1]) - low) / (high - low) for trace in lines]
    for height, trace in zip(apart(ends, 16.0 / (spec.height - 100)), lines, strict=True):
        colour = tokens.TEXT if trace.slot is None else tokens.slot(trace.slot)
        made.add_annotation(
            x=1.005, xref="paper", xanchor="left", y=height, yref="paper", text=trace.name, showarrow=False, yanchor="middle",
            font={"color": colour, "size": 12}, align="left",
        )  # fmt: skip


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Rising heights in 0..1 moved as little as needed so that neighbours are ``gap`` apart."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    top = 1.0
    for order in range(len(placed) - 1, -1, -1):
        placed[order] = min(placed[order], top)
        top = placed[order] - gap
    return placed
