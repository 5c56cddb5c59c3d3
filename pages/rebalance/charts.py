"""Charts of the page of rebalance day, as descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.rebalance import StepTime
from pages.rebalance import words
from pages.rebalance.shown import Shown
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
    shares = {name: (book["after"].get(name, 0.0), book["before"].get(name, 0.0)) for name in names}
    names.sort(key=lambda name: (-abs(shares[name][0] - shares[name][1]), -shares[name][0]))
    listed = names[:MOST_NAMES]
    after, before = ([shares[name][at] for name in listed] for at in (0, 1))
    more = t("rebalance.weights_more", n=len(listed), of=len(names)) if len(listed) < len(names) else ""
    return ChartSpec(
        key="weights",
        title=words.weights_title(t, book, names),
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
