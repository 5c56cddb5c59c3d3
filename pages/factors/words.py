"""Sentences and names of the factor page."""

from __future__ import annotations

from typing import Any

from engine.factors.results import DefencePrice
from ui.context import Context
from ui.format import day, percent, points, ratio
from ui.i18n import Translator


def sleeve(t: Translator, name: str) -> str:
    """Name of a sleeve."""
    return t(f"series.{name}") if t.has(f"series.{name}") else t(f"factors.sleeve_{name}")


def feature(name: str) -> str:
    """A feature's own name, readable."""
    return name.replace("_", " ")


def headline(ctx: Context, report: dict[str, Any]) -> str:
    """What the evidence says, and the figures behind it."""
    t, strategies, against = ctx.t, report["strategies"], report["vs_equal_weight"]
    low, high = against["information_ratio_ci"]
    verdict = t(f"factors.headline_{report['headline_code']}")
    figures = t(
        "factors.sentence",
        first=report["period"]["first"],
        last=report["period"]["last"],
        hit=percent(strategies["ai"]["hit_ratio"]),
        equal_hit=percent(strategies["equal_weight"]["hit_ratio"]),
        ratio=ratio(strategies["ai"]["information_ratio"]),
        equal_ratio=ratio(strategies["equal_weight"]["information_ratio"]),
        low=ratio(low),
        high=ratio(high),
        trials=report["trials"],
        deflated=ratio(report["deflated_sharpe"]),
    )
    late, gain = report["delay_one_month"], report["constant_mix_gain"]
    stress = t(
        "factors.sentence_delay",
        hit=percent(late["hit_ratio"]),
        ratio=ratio(late["information_ratio"]),
        gain=points(gain["annual_return"], t("frame.points")),
        low=points(gain["ci"][0], t("frame.points")),
        high=points(gain["ci"][1], t("frame.points")),
    )
    return f"**{verdict}** {figures} {stress}"


def confidence(ctx: Context, today: dict[str, Any]) -> str:
    """How far networks with other random starts disagree."""
    spread = sorted(today["spread_over_networks"].values())
    unit = ctx.t("frame.points")
    return ctx.t("factors.confidence", low=points(spread[0], unit), high=points(spread[-1], unit)).replace("+", "")


def evidence_note(ctx: Context, report: dict[str, Any]) -> str:
    """What luck achieves, and how likely the choice is overfitted."""
    mixes = report["random_mixes"]
    low, high = mixes["hit_ratio_5_95"]
    return ctx.t(
        "factors.evidence_note",
        mean=percent(mixes["hit_ratio_mean"]),
        low=percent(low),
        high=percent(high),
        pbo=percent(report["pbo"]),
    )


def target(ctx: Context, report: dict[str, Any], odds: list[dict[str, float]]) -> str:
    """What ten of twelve takes."""
    even = min(odds, key=lambda row: abs(row["ten_of_twelve"] - 0.5))
    ours = report["strategies"]["ai"]["information_ratio"]
    return ctx.t(
        "factors.target_sentence",
        hit=percent(even["hit_ratio"]),
        ratio=ratio(even["information_ratio"], 1),
        ours=ratio(ours),
    )


def defence(ctx: Context, price: DefencePrice) -> str:
    """What the defence saves and costs."""
    plain, shielded = price.none, price.defended
    return ctx.t(
        "factors.defence_sentence",
        fall=percent(shielded.max_drawdown),
        plain_fall=percent(plain.max_drawdown),
        cagr=percent(shielded.annual_return),
        plain_cagr=percent(plain.annual_return),
        hit=percent(shielded.hit_ratio),
        plain_hit=percent(plain.hit_ratio),
    )


def as_of(ctx: Context, today: dict[str, Any]) -> str:
    """Heading of the newest weights."""
    from datetime import date

    return ctx.t("factors.as_of_weights", day=day(date.fromisoformat(today["date"]), ctx.language))
