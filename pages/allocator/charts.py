"""Charts of the allocator, as descriptions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.allocation import Answer, Exposure, Month, Point, RatePoint, all_world_in
from pages.allocator import words
from ui.format import percent
from ui.i18n import Translator
from ui.specs import ChartSpec, Spot, Trace


def exposures(t: Translator, found: Answer, rows: Sequence[Exposure]) -> ChartSpec:
    """Model and basket by look-through block."""
    names = [t(f"allocator.block_{row.block}") for row in rows]
    worst = max(rows, key=lambda row: abs(row.basket - row.model))
    return ChartSpec(
        key="allocator-blocks",
        title=t(
            "allocator.blocks_title", block=t(f"allocator.block_{worst.block}"),
            model=percent(worst.model), basket=percent(worst.basket),
        ),
        kind="dumbbell",
        traces=(
            Trace(t("allocator.of_model"), [row.model for row in rows], names, None, kind="model"),
            Trace(t("allocator.of_basket"), [row.basket for row in rows], names, 0, kind="model"),
        ),
        source=t("allocator.blocks_source"),
        alt=t("allocator.blocks_alt", basket=words.basket(words.held(found))),
        height=110 + 36 * len(rows),
    )  # fmt: skip


def curve(t: Translator, found: Answer, rows: Sequence[Point]) -> ChartSpec:
    """Tracking error and its bound by size of account, marked where the basket changes its kind."""
    asked = found.question
    unit = asked.fx if asked.currency == "KRW" else 1.0
    sizes = [row.account * unit for row in rows]
    return ChartSpec(
        key="allocator-curve",
        title=words.curve_said(t, found, rows),
        kind="lines",
        traces=(
            Trace(t("allocator.tracking"), sizes, [row.tracking_error * 1e4 for row in rows], 0, kind="estimated"),
            Trace(t("allocator.bound"), sizes, [row.lower_bound * 1e4 for row in rows], None, kind="estimated"),
        ),
        spots=tuple(
            Spot(size, row.tracking_error * 1e4, t(f"allocator.kind_{row.character}"))
            for size, row in zip(sizes, rows, strict=True)
            if row.changed
        ),
        number="plain",
        x_number="plain",
        x_log=True,
        x_title=t("allocator.curve_x", currency=asked.currency),
        y_title=t("allocator.curve_y"),
        source=t("allocator.curve_source"),
        alt=t("allocator.curve_alt"),
        height=430,
    )


def rates(t: Translator, rows: Sequence[RatePoint]) -> ChartSpec:
    """Tracking error at exchange rates, marked where the all-world fund is held."""
    across = [row.rate for row in rows]
    return ChartSpec(
        key="allocator-rates",
        title=words.rates_said(t, rows),
        kind="lines",
        traces=(
            Trace(
                t("allocator.tracking"), across, [row.point.tracking_error * 1e4 for row in rows], 0, kind="estimated"
            ),
            Trace(t("allocator.bound"), across, [row.point.lower_bound * 1e4 for row in rows], None, kind="estimated"),
        ),
        spots=tuple(
            Spot(row.rate, row.point.tracking_error * 1e4, fund)
            for row in rows
            if (fund := all_world_in(row.point.shares))
        ),
        number="plain",
        x_number="plain",
        x_title=t("allocator.fx"),
        y_title=t("allocator.curve_y"),
        source=t("allocator.rates_source"),
        alt=t("allocator.rates_alt"),
        height=340,
    )


def plan(t: Translator, rows: Sequence[Month]) -> ChartSpec:
    """Tracking error month by month."""
    across = [row.month for row in rows]
    return ChartSpec(
        key="allocator-plan",
        title=words.plan_said(t, rows),
        kind="lines",
        traces=(
            Trace(t("allocator.tracking"), across, [row.tracking_error * 1e4 for row in rows], 0, kind="estimated"),
            Trace(t("allocator.bound"), across, [row.lower_bound * 1e4 for row in rows], None, kind="estimated"),
        ),
        number="plain",
        x_number="plain",
        x_title=t("allocator.column_month"),
        y_title=t("allocator.curve_y"),
        source=t("allocator.plan_source"),
        alt=t("allocator.plan_alt"),
        height=320,
    )
