"""Charts and tables of the factor page, as descriptions."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.factors.results import FACTORS, Curves, WhatIf, by_factor
from pages.factors import words
from ui import glossary
from ui.context import Context
from ui.format import NONE, percent, points, ratio
from ui.record import Card
from ui.specs import Band, ChartSpec, Trace

SHOWN = 8
"""Inputs in the why-chart."""

MONTHS = tuple(str(month) for month in range(1, 13))

Row = dict[str, object]


def factor_cards(ctx: Context, today: dict[str, Any]) -> list[Card]:
    """One card a named factor; an empty one says why it is empty."""
    t = ctx.t
    now, before, equal = (by_factor(today[key]) for key in ("weights", "previous", "equal_weight"))
    cards = []
    for factor in FACTORS:
        weight, last, level = now[factor], before[factor], equal[factor]
        meant = glossary.help(t, f"factor_{factor}", t("factors.card_help"))
        if weight is None or last is None:
            cards.append(Card(t(f"factors.factor_{factor}"), NONE, note=t("factors.factor_none"), help=meant))
            continue
        note = t("factors.card_note", change=points(weight - last, t("frame.points")), equal=percent(level))
        cards.append(Card(t(f"factors.factor_{factor}"), percent(weight), note=note, help=meant, kind="model"))
    return cards


def dumbbell(ctx: Context, today: dict[str, Any]) -> ChartSpec:
    """Weight now and a month before, with equal weight as the mark."""
    t, sleeves = ctx.t, list(today["weights"])
    names = [words.sleeve(t, name) for name in sleeves]
    far = max(sleeves, key=lambda name: abs(today["weights"][name] - today["equal_weight"][name]))
    title = t(
        "factors.dumbbell_title",
        name=words.sleeve(t, far),
        weight=percent(today["weights"][far]),
        equal=percent(today["equal_weight"][far]),
    )
    return ChartSpec(
        key="dumbbell",
        title=title,
        kind="dots",
        traces=(
            Trace(t("factors.before"), [today["previous"][name] for name in sleeves], names, 1, kind="model"),
            Trace(t("factors.now"), [today["weights"][name] for name in sleeves], names, 0, kind="model"),
            Trace(t("factors.equal"), [today["equal_weight"][name] for name in sleeves], names, None),
        ),
        alt=t("factors.dumbbell_alt"),
        height=100 + 34 * len(sleeves),
    )


def why(ctx: Context, today: dict[str, Any], sleeve: str) -> ChartSpec:
    """The inputs that moved one sleeve most."""
    t, name = ctx.t, words.sleeve(ctx.t, sleeve)
    rows = sorted(today["contributions"], key=lambda row: -abs(row["contribution"][sleeve]))[:SHOWN]
    largest = rows[0]
    return ChartSpec(
        key="why",
        title=t(
            "factors.why_title",
            name=name,
            feature=words.feature(t, largest["feature"]),
            change=points(largest["contribution"][sleeve], t("frame.points")),
        ),
        kind="bars",
        traces=(
            Trace(
                t("factors.contribution"),
                [row["contribution"][sleeve] for row in rows],
                [words.feature(t, row["feature"]) for row in rows],
                0,
                kind="model",
            ),
        ),
        source=t("factors.why_source", day=today["date"]),
        alt=t("factors.why_alt", name=name),
        height=340,
    )


def why_table(ctx: Context, today: dict[str, Any]) -> list[Row]:
    """Every contribution, in points."""
    t, unit = ctx.t, ctx.t("frame.points")
    table: list[Row] = []
    for row in today["contributions"]:
        changes = {words.sleeve(t, name): points(change, unit, 2) for name, change in row["contribution"].items()}
        table.append({t("factors.column_input"): words.feature(t, row["feature"]), **changes})
    return table


def area(
    ctx: Context, history: Curves, report: dict[str, Any], stress: list[tuple[date, date]], since: str
) -> ChartSpec:
    """Weights over time, stacked, with the stretches of stress."""
    t = ctx.t
    weights, dates = history.values, history.dates
    names = [words.sleeve(t, name) for name in weights]
    return ChartSpec(
        key="area",
        title=t("factors.area_title", distance=percent(report["distance_from_equal_weight"], 0)),
        kind="areas",
        traces=tuple(
            Trace(words.sleeve(t, name), dates, values, order, kind="simulated")
            for order, (name, values) in enumerate(weights.items())
        ),
        source=t("factors.area_source") + since,
        alt=t("factors.area_alt", names=", ".join(names)),
        bands=tuple(Band(first, last, "") for first, last in stress),
        height=360,
    )


def growth(ctx: Context, dates: list[Any], levels: dict[str, list[float]], since: str) -> ChartSpec:
    """AI, equal weight and market."""
    t = ctx.t
    ends = {name: ratio(values[-1], 0) for name, values in levels.items()}
    title = t(
        "factors.growth_title",
        first=f"{dates[1]:%Y-%m}",
        ai=ends["ai"],
        equal=ends["equal_weight"],
        market=ends["market"],
    )
    order = {"ai": 0, "equal_weight": 1, "market": None}
    return ChartSpec(
        key="factor-growth",
        title=title,
        kind="lines",
        traces=tuple(
            Trace(t(f"factors.strategy_{name}"), dates, values, order[name], kind="simulated")
            for name, values in levels.items()
        ),
        source=t("factors.basis") + since,
        alt=t("factors.growth_alt"),
        y_title=t("factors.growth_axis"),
        number="growth",
        log=ctx.scale == "log",
    )


def heat(ctx: Context, years: dict[int, list[float | None]], since: str) -> ChartSpec:
    """Return above the market by year and month."""
    t = ctx.t
    whole = [values for values in years.values() if all(value is not None for value in values)]
    met = sum(sum(1 for value in values if value and value > 0) >= 10 for values in whole)
    return ChartSpec(
        key="heat",
        title=t("factors.heat_title", met=met, years=len(whole)),
        kind="heat",
        traces=tuple(Trace(str(year), MONTHS, values, None, kind="simulated") for year, values in years.items()),
        source=t("factors.heat_source") + since,
        alt=t("factors.heat_alt"),
        height=60 + 17 * len(years),
    )


def evidence(ctx: Context, report: dict[str, Any], others: dict[str, dict[str, Any]]) -> list[Row]:
    """The AI beside other universes, rivals, stresses and ablations, at equal size."""
    t = ctx.t
    rows = [_score(ctx, t("factors.strategy_ai"), report["strategies"]["ai"])]
    rows += [
        _score(
            ctx,
            t("factors.strategy_other", universe=words.universe(t, name, other["period"]["last"])),
            other["strategies"]["ai"],
        )
        for name, other in others.items()
    ]
    rows += [
        _score(ctx, t(f"factors.strategy_{name}"), row) for name, row in report["strategies"].items() if name != "ai"
    ]
    rows.append(_score(ctx, t("factors.strategy_delay"), report["delay_one_month"]))
    rows.append(_score(ctx, t("factors.strategy_before"), report["before_split"]["ai"]))
    rows.append(_score(ctx, t("factors.strategy_after"), report["after_split"]["ai"]))
    rows += [_score(ctx, t(f"factors.strategy_{name}"), row) for name, row in report["ablation"].items()]
    return rows


def _score(ctx: Context, name: str, row: dict[str, float | None]) -> Row:
    t = ctx.t
    return {
        t("factors.column_strategy"): name,
        t("metric.hit_ratio"): percent(row["hit_ratio"]),
        t("metric.information_ratio"): ratio(row["information_ratio"]),
        t("metric.cagr"): percent(row["annual_return"]),
        t("metric.sharpe"): ratio(row["sharpe"]),
        t("metric.max_drawdown"): percent(row["max_drawdown"]),
        t("metric.tracking_error"): percent(row["tracking_error"]),
        t("factors.column_turnover"): percent(row["turnover"], 0),
        t("factors.column_years"): percent(row["years_10_of_12"], 0),
    }


def odds(ctx: Context, rows: list[dict[str, float]]) -> list[Row]:
    """Chance of ten of twelve by hit ratio."""
    t = ctx.t
    return [
        {
            t("factors.column_hit"): percent(row["hit_ratio"]),
            t("factors.column_chance"): percent(row["ten_of_twelve"]),
            t("factors.column_needed"): ratio(row["information_ratio"]),
        }
        for row in rows
    ]


def what_if(ctx: Context, today: dict[str, Any], answer: WhatIf) -> list[Row]:
    """Weights now and under the change."""
    t = ctx.t
    return [
        {
            t("factors.column_sleeve"): words.sleeve(t, name),
            t("factors.column_weight"): percent(today["weights"][name]),
            t("factors.whatif_column"): percent(weight),
            t("factors.column_change"): points(weight - today["weights"][name], t("frame.points")),
        }
        for name, weight in answer.weights.items()
    ]


def features(ctx: Context, rows: list[dict[str, Any]]) -> list[Row]:
    """The feature table."""
    t = ctx.t
    return [
        {
            t("factors.column_input"): words.feature(t, row["name"]),
            t("factors.column_group"): row["group"],
            t("factors.column_source"): row["source"],
            t("factors.column_lag"): row["lag_months"],
            t("factors.column_reason"): row["reason"],
        }
        for row in rows
    ]
