"""Charts of the ETF universe, as descriptions."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.universe import FundRow, RankedUniverse, Substitutes, last_day
from pages.universe import words
from ui.format import day, percent
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

LARGEST = 44
"""Diameter of the largest fund of a scatter, pixels."""


def first(t: Translator, found: RankedUniverse, code: str, rows: Sequence[FundRow]) -> ChartSpec:
    """Probability of being first."""
    ordered = sorted(rows, key=lambda row: -(row.p_first or 0.0))
    top = ordered[0]
    clear = (top.p_first or 0.0) >= words.CLEAR
    return ChartSpec(
        key="first",
        title=t(
            "universe.first_title" if clear else "universe.first_title_close",
            fund=top.ticker,
            p=percent(top.p_first, 0),
        ),
        kind="bars",
        traces=(
            Trace(
                t("universe.column_first"),
                [row.p_first or 0.0 for row in ordered],
                [row.ticker for row in ordered],
                0,
                kind="model",
            ),
        ),
        source=t(
            "universe.first_source",
            draws=f"{found.ranking.draws:,}",
            concentration=f"{found.ranking.concentration:g}",
            seed=found.ranking.seed,
        ),
        alt=t("universe.first_alt", group=words.group(t, code)),
        height=90 + 34 * len(ordered),
    )


def peers(t: Translator, found: RankedUniverse, code: str, rows: Sequence[FundRow]) -> ChartSpec:
    """Fee against tracking, area by size."""
    drawn = [row for row in rows if row.inputs["tracking"] is not None and row.inputs["fee"] is not None]
    left = [row.ticker for row in rows if row not in drawn]
    cheapest = min((row for row in rows if row.inputs["fee"] is not None), key=lambda row: row.inputs["fee"] or 0.0)
    most = max((row.assets or 0.0 for row in drawn), default=1.0) or 1.0
    measure = t(f"universe.tracking_{found.tracking}")
    spots: dict[tuple[float, float], list[FundRow]] = {}
    for row in drawn:
        spots.setdefault((round(row.inputs["fee"] or 0.0, 6), round(row.inputs["tracking"] or 0.0, 6)), []).append(row)
    source = "universe.peers_source" if left else "universe.peers_source_all"
    return ChartSpec(
        key="peers",
        title=t(
            "universe.peers_title",
            fund=cheapest.ticker,
            group=words.group(t, code),
            fee=percent(cheapest.inputs["fee"], 2),
        ),
        kind="scatter",
        traces=(
            Trace(
                measure,
                [fee for fee, _ in spots],
                [tracking for _, tracking in spots],
                0,
                names=[", ".join(row.ticker for row in here) for here in spots.values()],
                sizes=[
                    max(8.0, LARGEST * math.sqrt(max(row.assets or 0.0 for row in here) / most))
                    for here in spots.values()
                ],
            ),
        ),
        x_title=t("universe.peers_x"),
        y_title=t("universe.peers_y"),
        source=t(source, measure=measure, left=", ".join(left)),
        alt=t("universe.peers_alt", group=words.group(t, code)),
        height=max(300, 90 + 34 * len(rows)),
    )


def slope(t: Translator, plain: RankedUniverse, rows: Sequence[FundRow], code: str) -> ChartSpec:
    """Ranks under the default weights and under the reader's."""
    before = {row.ticker: row.rank for row in plain.rows([code]) if row.rank}
    settings = [t("universe.slope_before"), t("universe.slope_after")]
    lines = [row for row in rows if row.ticker in before and row.rank]
    return ChartSpec(
        key="slope",
        title=t("universe.slope_title", fund=rows[0].ticker),
        kind="slope",
        traces=tuple(
            Trace(
                row.ticker,
                settings,
                [float(before[row.ticker] or 0), float(row.rank or 0)],
                0 if row.rank == 1 else 1 if before[row.ticker] == 1 else None,
            )
            for row in lines
        ),
        y_title=t("universe.slope_y"),
        alt=t("universe.slope_alt"),
        height=110 + 30 * len(lines),
    )


def score(t: Translator, found: RankedUniverse, ticker: str) -> ChartSpec:
    """Points of 100 lost by criterion, and together."""
    lost = {name: 100 * part for name, part in found.ranking.contributions(ticker).items()}
    total = sum(lost.values())
    worst = max(lost, key=lambda name: lost[name])
    title = (
        t("universe.score_title", fund=ticker, standing=f"{100 - total:.0f}", worst=t(f"universe.{worst}"))
        if total > 0
        else t("universe.score_title_top", fund=ticker)
    )
    names = [t(f"universe.{name}") for name in lost]
    return ChartSpec(
        key="score",
        title=title,
        kind="bars",
        traces=(
            Trace(
                t("universe.score_lost"), [*lost.values(), total], [*names, t("universe.score_total")], 0, kind="model"
            ),
        ),
        number="plain",
        source=t("universe.score_source"),
        alt=t("universe.score_alt", fund=ticker),
        height=290,
    )


def ladder(t: Translator, found: Substitutes) -> ChartSpec:
    """Price of a share of the fund and of its stand-ins."""
    best = next(item for item in found.found if item.ticker == found.cheapest)
    rows = found.found[:7]
    names = [found.ticker, *(item.ticker for item in rows)]
    return ChartSpec(
        key="ladder",
        title=t(
            "universe.ladder_title", best=best.ticker, fund=found.ticker, share=percent(best.price / found.price, 0)
        ),
        kind="bars",
        traces=(
            Trace(t("universe.column_price"), [found.price, *(item.price for item in rows)], names, 0, kind="reported"),
        ),
        number="growth",
        source=t("universe.ladder_source", day=day(last_day(found.price_as_of), t.language)),
        alt=t("universe.ladder_alt", fund=found.ticker),
        height=90 + 30 * len(names),
    )
