"""Widgets whose value lives in the URL as a language-neutral code.

Streamlit's own binding writes the label that is on screen, so a link would change with the
language and with every reworded label, and it drops a bad value without a word. Here the URL
holds codes, and a value that cannot be used is kept for a sentence that says so.

A value is adopted from the URL once per visit of a page: later scripts trust the widget, so a
slow browser that still sends the old query string cannot undo a click.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import streamlit as st

_STATE = "_url"
_LABELS = "_url_labels"
_AMOUNT = re.compile(r"([A-Za-z_]\w*):(\d+(?:\.\d+)?)(?:\.(?=[A-Za-z_])|$)")

T = TypeVar("T")


@dataclass
class _Visit:
    """What this session knows about its URL on the current page."""

    page: str
    seeded: set[str]
    published: dict[str, str]
    rejected: dict[str, str]
    of_fragment: set[str] = field(default_factory=set)
    running: bool = True


def begin(page: str) -> None:
    """Start a script run on ``page``; a change of page opens a new visit."""
    visit: _Visit | None = st.session_state.get(_STATE)
    if visit is None or visit.page != page:
        st.session_state[_STATE] = _Visit(page, set(), {}, {})
    _visit().published = {}
    _visit().running = True


@contextmanager
def fragment() -> Iterator[None]:
    """Around the widgets of a fragment that reruns alone: then its part of the address is written anew.

    In a run of the whole page nothing is written here; ``finish`` does it at the end.
    """
    visit = _visit()
    visit.published = {key: text for key, text in visit.published.items() if key not in visit.of_fragment}
    before = set(visit.published)
    try:
        yield
    finally:
        visit.of_fragment = set(visit.published) - before
    if not visit.running:
        finish()


def finish(keep: Sequence[str] = ("present",)) -> None:
    """Write the values of this run to the URL; only what differs from its default."""
    wanted = query(keep)
    if wanted != st.query_params.to_dict():
        st.query_params.from_dict(wanted)
    _visit().running = False


def query(keep: Sequence[str] = ("present",)) -> dict[str, str]:
    """What ``finish`` writes: the values published so far and those of the address that are kept."""
    current = st.query_params.to_dict()
    return _visit().published | {key: value for key, value in current.items() if key in keep}


def peek(key: str, options: Sequence[str], default: str) -> str:
    """The value a choice will have, before its widget is drawn."""
    visit: _Visit | None = st.session_state.get(_STATE)
    raw = st.query_params.get(key)
    if (visit is None or key not in visit.seeded) and raw in options:
        return str(raw)
    value = st.session_state.get(key)
    return str(value) if value in options else default


def rejected() -> dict[str, str]:
    """Values of the URL that could not be used, by key."""
    return _visit().rejected


def controls() -> tuple[str, ...]:
    """Parameters that this visit of the page has asked for so far."""
    return tuple(sorted(_visit().seeded))


def forget(keys: Sequence[str]) -> None:
    """Let these widgets start anew, from the address or their defaults."""
    gone = [name for name in st.session_state if str(name).split(":")[0] in keys]
    for name in gone:
        del st.session_state[name]
    st.session_state.pop(_STATE, None)


def choice(
    widget: Callable[..., Any],
    key: str,
    label: str,
    options: Sequence[str],
    default: str,
    *,
    initial: str | None = None,
    **settings: Any,
) -> str:
    """A choice of one (selectbox, segmented control); ``initial`` applies where the URL is silent."""

    def parse(raw: str) -> str | None:
        return raw if raw in options else None

    _seed(key, parse, initial or default)
    if st.session_state.get(key) not in options:
        st.session_state[key] = default
    relabel(key, settings.get("format_func", str))
    value = widget(label, options, key=key, persist_state="session", **settings)
    value = str(value) if value in options else default
    return _publish(key, value, value, default)


def relabel(key: str, name: Callable[[Any], str]) -> None:
    """Before a list is drawn: closed, it shows the label it was drawn with, also after a change of language.

    Where the label of its value (``name`` of it) has changed, the value is set anew, which sends the label.
    """
    if key not in st.session_state:
        return
    labels: dict[str, tuple[Any, str]] = st.session_state.setdefault(_LABELS, {})
    value = st.session_state[key]
    now = (value, name(value))
    before = labels.get(key, now)
    if before[0] == now[0] and before[1] != now[1]:
        st.session_state[key] = value
    labels[key] = now


def several(
    widget: Callable[..., Any], key: str, label: str, options: Sequence[str], default: Sequence[str], **settings: Any
) -> list[str]:
    """A choice of many; in the URL with dots between the codes."""

    def parse(raw: str) -> list[str] | None:
        given = list(dict.fromkeys(item for item in raw.split(".") if item))
        unknown = [item for item in given if item not in options]
        if unknown:
            _visit().rejected[key] = ", ".join(unknown)
        known = [item for item in given if item in options]
        return known or (None if unknown else [])

    _seed(key, parse, list(default))
    st.session_state[key] = [item for item in st.session_state[key] if item in options]
    chosen = list(widget(label, options, key=key, persist_state="session", **settings))
    return _publish(key, chosen, ".".join(chosen), ".".join(default))


def number(
    widget: Callable[..., Any],
    key: str,
    label: str,
    default: float,
    *,
    low: float,
    high: float,
    step: float,
    **settings: Any,
) -> float:
    """A number from ``low`` to ``high`` (slider, number input); any value between them, on the step or off it."""

    def parse(raw: str) -> float | None:
        try:
            value = float(raw)
        except ValueError:
            return None
        return value if low <= value <= high else None

    _seed(key, parse, default)
    value = float(widget(label, low, high, key=key, step=step, persist_state="session", **settings))
    return _publish(key, value, digits(value), digits(default))


def amounts(
    widget: Callable[..., Any],
    key: str,
    names: Mapping[str, str],
    default: Mapping[str, float],
    *,
    step: float = 0.01,
    **settings: Any,
) -> dict[str, float]:
    """A share from 0 to 1 for each name (``names``: code to label); in the address in percent, ``MTUM:50.USMV:50``.

    An address that names something else, or no share, is rejected as a whole.
    """

    def parse(raw: str) -> dict[str, float] | None:
        found = {item[1]: round(float(item[2]) / 100.0, 15) for item in _AMOUNT.finditer(raw)}
        whole = "".join(item[0] for item in _AMOUNT.finditer(raw)) == raw
        return found if whole and set(found) <= set(names) and all(share <= 1.0 for share in found.values()) else None

    visit = _visit()
    raw = st.query_params.get(key)
    if key not in visit.seeded and raw is not None:
        given = parse(raw)
        if given is None:
            visit.rejected[key] = raw
        else:
            st.session_state.update({amount(key, name): given.get(name, 0.0) for name in names})
    visit.seeded.add(key)
    chosen = {}
    for name, label in names.items():
        own = amount(key, name)
        if own not in st.session_state:
            st.session_state[own] = float(default.get(name, 0.0))
        chosen[name] = float(widget(label, 0.0, 1.0, key=own, step=step, persist_state="session", **settings))
    return _publish(key, chosen, _amounts(chosen), _amounts(default))


def amount(key: str, name: str) -> str:
    """Key of the widget of one share."""
    return f"{key}:{name}"


def _amounts(shares: Mapping[str, float]) -> str:
    return ".".join(f"{name}:{digits(round(100.0 * share, 13))}" for name, share in shares.items() if share)


def digits(value: float) -> str:
    """A number as short as it can be written without changing it by more than its fifteenth digit."""
    text = f"{value:.15g}"
    short = text if "e" not in text else f"{value:.18f}".rstrip("0").rstrip(".")
    return short if short != "-0" else "0"


def flag(widget: Callable[..., Any], key: str, label: str, default: bool = False, **settings: Any) -> bool:
    """A switch (toggle, checkbox): 1 or 0 in the address."""
    _seed(key, {"1": True, "0": False}.get, default)
    value = bool(widget(label, key=key, persist_state="session", **settings))
    return _publish(key, value, str(int(value)), str(int(default)))


def day(key: str, label: str, default: date, *, first: date, last: date, **settings: Any) -> date:
    """A date from ``first`` to ``last``; another one in the address is named, not drawn."""
    found = day_or_none(key, label, default, first=first, last=last, **settings)
    return _publish(key, found or default, (found or default).isoformat(), "")


def day_or_none(
    key: str,
    label: str,
    default: date | None = None,
    *,
    first: date,
    last: date,
    widget: Callable[..., Any] = st.date_input,
    **settings: Any,
) -> date | None:
    """As ``day``; left empty it is None, and the address does not mention it."""

    def parse(raw: str) -> date | None:
        try:
            value = datetime.strptime(raw, "%Y-%m-%d").date()
        except ValueError:
            return None
        return value if first <= value <= last else None

    _seed(key, parse, default)
    value = widget(label, key=key, min_value=first, max_value=last, persist_state="session", **settings)
    found = value if isinstance(value, date) else None
    return _publish(key, found, found.isoformat() if found else "", "")


def unseen(*_: Any, key: str, **__: Any) -> Any:
    """In place of a widget: its value without drawing it, for what is folded away."""
    return st.session_state[key]


def _visit() -> _Visit:
    visit: _Visit = st.session_state[_STATE]
    return visit


def _seed(key: str, parse: Callable[[str], Any], default: Any) -> None:
    visit = _visit()
    raw = st.query_params.get(key)
    if key not in visit.seeded:
        visit.seeded.add(key)
        value = parse(raw) if raw is not None else None
        if raw is not None and value is None and key not in visit.rejected:
            visit.rejected[key] = raw
        if value is not None:
            st.session_state[key] = value
    if key not in st.session_state:
        st.session_state[key] = default


def _publish(key: str, value: T, text: str, default: str) -> T:
    if text != default:
        _visit().published[key] = text
    return value
