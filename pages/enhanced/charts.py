"""Charts of the enhanced passive page, as descriptions."""

from __future__ import annotations

from pages.enhanced import words
from ui.answers import Enhanced
from ui.format import day, points
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

LEAST = 0.0005


def weights(t: Translator, found: Enhanced) -> ChartSpec:
    """Market and portfolio by block."""
    tilted = found.tilted
    names = [
        str(block)
        for block in tilted.weights.index
        if tilted.weights[block] > LEAST or tilted.market_weights[block] > LEAST
    ]
    labels = [words.name(t, block) for block in names]
    moved = sum(abs(float(value)) for value in tilted.active) / 2
    return ChartSpec(
        key="weights",
        title=t("enhanced.weights_title", share=points(moved, t("frame.points")).lstrip("+")),
        kind="dots",
        traces=(
            Trace(
                t("enhanced.column_weight"), [float(tilted.weights[block]) for block in names], labels, 0, kind="model"
            ),
            Trace(
                t("enhanced.column_market"),
                [float(tilted.market_weights[block]) for block in names],
                labels,
                None,
                kind="model",
            ),
        ),
        source=t("enhanced.weights_source", day=day(found.market.world.date, t.language)),
        alt=t("enhanced.weights_alt"),
        height=120 + 34 * len(names),
    )


def tilts(t: Translator, found: Enhanced) -> ChartSpec:
    """Tilt of each block."""
    tilted = found.tilted
    names = [
        str(block)
        for block in tilted.active.index
        if tilted.weights[block] > LEAST or tilted.market_weights[block] > LEAST
    ]
    largest = max(names, key=lambda block: abs(float(tilted.active[block])))
    flat = abs(float(tilted.active[largest])) < LEAST
    return ChartSpec(
        key="tilts",
        title=t("enhanced.tilts_title_none") if flat else t("enhanced.tilts_title", name=words.name(t, largest)),
        kind="bars",
        traces=(
            Trace(
                t("enhanced.column_tilt"),
                [float(tilted.active[block]) for block in names],
                [words.name(t, block) for block in names],
                0,
                kind="model",
            ),
        ),
        source=t("enhanced.tilts_source"),
        alt=t("enhanced.tilts_alt"),
        height=120 + 34 * len(names),
    )
