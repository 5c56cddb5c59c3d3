"""Charts of the page of rebalance day, as descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.rebalance import StepTime
from pages.rebalance import words
from pages.rebalance.shown import Shown
from ui.format import percent
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

SHORTEST_S = 0.001
"""Shorter steps are drawn as long as this: the axis counts powers of ten."""

MOST_NAMES = 30


def steps(t: Translator, told: Sequence[StepTime]) -> ChartSpec:
    """Seconds used beside seconds planned, step by step, on a scale of powers of ten."""
    done = [step for step in told if step.used is not None]
    names = [words.step(t, step.name) for step in done]
    return ChartSpec(
        key="steps-time",
        title=words.steps_title(t, told),
        kind="dumbbell",
        traces=(
            Trace(t("rebalance.used"), [max(step.used or 0.0, SHORTEST_S) for step in done], names, 0, kind="estimated"),
            Trace(t("rebalance.budget"), [step.budget for step in done], names, None),
        ),
        number="growth",
        x_log=True,
        y_title=t("rebalance.steps_axis"),
        source=t("rebalance.steps_source", shortest=f"{SHORTEST_S:g}"),
        alt=t("rebalance.steps_alt"),
        height=110 + 34 * len(done),
    )  # fmt: skip


def weights(t: Translator, shown: Shown, book: Mapping[str, Any]) -> ChartSpec:
    """Weights before and after, the largest changes first."""
    names = sorted({*book["before"], *book["after"]})
    names.sort(key=lambda name: -abs(book["after"].get(name, 0.0) - book["before"].get(name, 0.0)))
    listed = names[:MOST_NAMES]
    after, before = ([book[part].get(name, 0.0) for name in listed] for part in ("after", "before"))
    first = listed[0] if listed else ""
    title = t(
        "rebalance.weights_title", n=len(book["orders"]), turnover=percent(book["turnover"]), name=first,
        before=percent(book["before"].get(first, 0.0)), after=percent(book["after"].get(first, 0.0)),
    )  # fmt: skip
    more = t("rebalance.weights_more", n=len(listed), of=len(names)) if len(listed) < len(names) else ""
    return ChartSpec(
        key="weights",
        title=title,
        kind="dumbbell",
        traces=(
            Trace(t("rebalance.after"), after, listed, 0, kind="simulated"),
            Trace(t("rebalance.before"), before, listed, None, kind="simulated"),
        ),
        y_title=t("rebalance.weights_axis"),
        source=" ".join(filter(None, (words.basis(t, shown), more))),
        alt=t("rebalance.weights_alt"),
        height=110 + 26 * max(len(listed), 2),
    )  # fmt: skip
