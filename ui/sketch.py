"""A Plotly figure gathered as plain dictionaries, in a hundredth of the time that the checked classes take.

``render`` draws on either: on Plotly's own figure, which checks every property, and on a ``Sketch``, which is what the
screen gets. A test holds the two to the same JSON for every kind of chart, so nothing unchecked reaches a browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from _plotly_utils.utils import convert_to_base64
from plotly.basedatatypes import BaseFigure


class Traces:
    """Stands in for ``plotly.graph_objects``: each kind of trace as a dictionary."""

    @staticmethod
    def Scatter(**given: Any) -> dict[str, Any]:
        return _plain(given) | {"type": "scatter"}

    @staticmethod
    def Bar(**given: Any) -> dict[str, Any]:
        return _plain(given) | {"type": "bar"}

    @staticmethod
    def Heatmap(**given: Any) -> dict[str, Any]:
        return _plain(given) | {"type": "heatmap"}


class Sketch(BaseFigure):  # type: ignore[misc]
    """The calls of a figure that ``render`` makes. A ``BaseFigure`` by name only, so that Streamlit takes it as checked."""

    def __init__(self) -> None:
        self._traces: list[dict[str, Any]] = []
        self._axes: dict[str, Any] = {"template": _template()}
        self._shapes: list[dict[str, Any]] = []
        self._labels: list[dict[str, Any]] = []

    def add_trace(self, trace: dict[str, Any]) -> None:
        self._traces.append(trace)

    def add_traces(self, traces: Iterable[dict[str, Any]]) -> None:
        self._traces.extend(traces)

    def update_layout(self, **given: Any) -> None:
        _merge(self._axes, _plain(given))

    def update_xaxes(self, **given: Any) -> None:
        _merge(self._axes.setdefault("xaxis", {}), _plain(given))

    def update_yaxes(self, **given: Any) -> None:
        _merge(self._axes.setdefault("yaxis", {}), _plain(given))

    def add_annotation(self, **given: Any) -> None:
        self._labels.append(_plain(given))

    def add_vline(self, x: Any, line: dict[str, Any]) -> None:
        self._shapes.append({"type": "line", "x0": x, "x1": x, "line": line, **_FULL_HEIGHT})

    def add_vrect(
        self, x0: Any, x1: Any, fillcolor: str, line_width: int, layer: str, annotation: dict[str, Any], annotation_position: str
    ) -> None:  # fmt: skip
        """A stretch from bottom to top; its label in the upper left corner, the only place that is asked for."""
        if annotation_position != "top left":
            raise ValueError(annotation_position)
        shape = {
            "type": "rect",
            "x0": x0,
            "x1": x1,
            "fillcolor": fillcolor,
            "layer": layer,
            "line": {"width": line_width},
        }
        self._shapes.append(shape | _FULL_HEIGHT)
        corner = {"x": x0, "xref": "x", "xanchor": "left", "y": 1, "yref": "y domain", "yanchor": "top"}
        self._labels.append(annotation | corner | {"showarrow": False})

    def to_dict(self) -> dict[str, Any]:
        layout = dict(self._axes)
        if self._shapes:
            layout["shapes"] = self._shapes
        if self._labels:
            layout["annotations"] = self._labels
        figure = {"data": self._traces, "layout": layout}
        convert_to_base64(figure)
        return figure


_FULL_HEIGHT = {"xref": "x", "y0": 0, "y1": 1, "yref": "y domain"}


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Properties as Plotly would keep them: nothing that is None; a title's words below ``text``."""
    kept = {}
    for name, value in given.items():
        if name == "title" and not isinstance(value, dict):
            kept[name] = {"text": value} if value else {}
        elif value is not None:
            kept[name] = _plain(value) if isinstance(value, dict) else value
    return kept


def _merge(old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = value


@cache
def _template() -> dict[str, Any]:
    """The theme that a new figure starts from, shared: nobody writes into it."""
    import plotly.graph_objects as go

    return dict(go.Figure().to_dict()["layout"]["template"])
