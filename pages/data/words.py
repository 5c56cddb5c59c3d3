"""Sentences of the data page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from engine.errors import LodestarError, MissingSymbol
from engine.refresh import DatasetStatus, RefreshResult
from ui import context, frame
from ui.format import moment
from ui.i18n import Translator
from ui.refreshing import View

Kind = Literal["good", "partial", "stopped", "bad"]


def named(t: Translator, name: str) -> str:
    """A data set or stored table as a person calls it, with its source."""
    key = f"data.set_{name}"
    return t(key) if t.has(key) else name


def error(t: Translator, problem: LodestarError) -> str:
    """An error as a sentence; a moment in it as a person writes it."""
    return sentence(t, problem.code, problem.params)


def sentence(t: Translator, code: str, params: Mapping[str, str]) -> str:
    """An error that was kept, as a sentence."""
    told = dict(params)
    if "since" in told:
        told["since"] = _since(told["since"], t)
    return frame.escaped(t.sentence(code, told))


def _since(text: str, t: Translator) -> str:
    try:
        return moment(datetime.fromisoformat(text), t.language)
    except ValueError:
        return text


def progress(t: Translator, view: View) -> str:
    """Which table is being read, and how far it is."""
    reading = next((table for table in view.tables if table.state == "reading"), None)
    counts = {"done": view.finished, "total": len(view.tables)}
    if reading is None:
        return t("data.progress_starting", **counts)
    item = f" ({frame.escaped(reading.item)})" if reading.item else ""
    return t(
        "data.progress", name=named(t, reading.name), item=item, read=reading.done, items=reading.total,
        place=min(view.finished + 1, len(view.tables)), total=counts["total"],
    )  # fmt: skip


def elsewhere(t: Translator, view: View) -> str:
    """Somebody else's refresh."""
    return t("data.refresh_elsewhere", moment=moment(view.started, t.language))


def ended(t: Translator, view: View) -> tuple[str, Kind]:
    """What came of a refresh, in a sentence, and what kind of end that is."""
    if view.error is not None:
        told = error(t, view.error)
        return told, "stopped" if view.error.code in {"refresh_cancelled", "refresh_running"} else "bad"
    result = view.result
    if result is None:
        return t("data.result_broken"), "bad"
    seconds = round(result.seconds)
    counts = {
        state: len([row for row in result.datasets if row.status == state])
        for state in ("updated", "unchanged", "failed")
    }
    if result.unavailable:
        return t("data.result_none", n=counts["failed"], seconds=seconds), "bad"
    key = "data.result_new" if result.changed else "data.result_same"
    return t(key, **counts, n=len(result.datasets), seconds=seconds), "partial" if result.partial else "good"


def moved(t: Translator, result: RefreshResult) -> str:
    """Which numbers the session shows now."""
    names = {"new": context.snapshot_words(result.snapshot, t), "old": context.snapshot_words(result.previous, t)}
    return t("data.result_moved", id=result.snapshot, **names)


def failed_items(t: Translator, row: DatasetStatus) -> list[str]:
    """Items of a data set that could not be read, a sentence a reason."""
    reasons: dict[str, list[str]] = {}
    for item, problem in row.failed_items.items():
        reason = t("data.item_unknown") if isinstance(problem, MissingSymbol) else error(t, problem)
        reasons.setdefault(reason, []).append(item)
    return [
        t(
            "data.items_failed",
            name=named(t, row.name),
            n=len(items),
            items=frame.escaped(", ".join(items[:12]) + (" …" if len(items) > 12 else "")),
            reason=reason,
        )
        for reason, items in reasons.items()
    ]
