"""Sentences and names of the factor page."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.factors.results import DefencePrice
from ui import glossary
from ui.context import Context
from ui.format import day, percent, points, ratio
from ui.i18n import Translator
from ui.record import Card

SEEN = 0.05
"""A difference of information ratios below this is not worth a claim."""


def sleeve(t: Translator, name: str) -> str:
    """Name of a sleeve."""
    return t(f"series.{name}") if t.has(f"series.{name}") else t(f"factors.sleeve_{name}")


def universe(t: Translator, code: str, month: str) -> str:
    """What may be held, and to which month its decisions go."""
    return t("factors.universe_until", name=t(f"factors.universe_{code}"), month=month)


def feature(t: Translator, name: str) -> str:
    """Name of an input; a sleeve's own inputs carry the sleeve's name."""
    for kind in ("active_12m", "active_1m"):
        if name.startswith(f"{kind}_"):
            return t(f"feature.{kind}", sleeve=sleeve(t, name.removeprefix(f"{kind}_")))
    return t(f"feature.{name}")


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
    return f"**{verdict}** {figures} {_delay(t, report)} {_timing(t, report)} {_macro(t, report)}"


def _delay(t: Translator, report: dict[str, Any]) -> str:
    late, equal = report["delay_one_month"], report["strategies"]["equal_weight"]["information_ratio"]
    gone = late["information_ratio"] <= equal
    key = "factors.sentence_delay_gone" if gone else "factors.sentence_delay"
    return t(key, hit=percent(late["hit_ratio"]), ratio=ratio(late["information_ratio"]))


def _timing(t: Translator, report: dict[str, Any]) -> str:
    gain, unit = report["constant_mix_gain"], t("frame.points")
    low, high = gain["ci"]
    return t(
        "factors.sentence_gain",
        gain=points(gain["annual_return"], unit),
        low=points(low, unit),
        high=points(high, unit),
    )


def _macro(t: Translator, report: dict[str, Any]) -> str:
    """What the macro inputs add, by leaving them out."""
    without, everything, only = (
        report["ablation"][part]["information_ratio"] for part in ("no_macro", "all_features", "macro_only")
    )
    key = "factors.sentence_macro_helps" if everything - without > SEEN else "factors.sentence_macro"
    return t(key, without=ratio(without), all=ratio(everything), only=ratio(only))


def reason(ctx: Context, today: dict[str, Any]) -> str:
    """Which sleeve is furthest from equal weight, and the two inputs that moved it most."""
    t, unit = ctx.t, ctx.t("frame.points")
    weights, equal = today["weights"], today["equal_weight"]
    far = max(weights, key=lambda name: abs(weights[name] - equal[name]))
    first, second = sorted(today["contributions"], key=lambda row: -abs(row["contribution"][far]))[:2]
    return t(
        "factors.reason", name=sleeve(t, far), weight=percent(weights[far]), equal=percent(equal[far]),
        first=feature(t, first["feature"]), first_moved=points(first["contribution"][far], unit),
        second=feature(t, second["feature"]), second_moved=points(second["contribution"][far], unit),
    )  # fmt: skip


def confidence(ctx: Context, today: dict[str, Any], report: dict[str, Any]) -> str:
    """How far networks with other random starts disagree, and how far the record can be told from luck."""
    spread = sorted(today["spread_over_networks"].values())
    unit = ctx.t("frame.points")
    networks = ctx.t("factors.confidence", low=points(spread[0], unit), high=points(spread[-1], unit)).replace("+", "")
    low, high = report["vs_equal_weight"]["information_ratio_ci"]
    told = ctx.t(
        "factors.confidence_record",
        low=ratio(low), high=ratio(high), trials=report["trials"], pbo=percent(report["pbo"], 0),
    )  # fmt: skip
    return f"{networks} {told}"


def defended(ctx: Context, price: DefencePrice) -> Card:
    """The worst fall with the defence, beside the one without."""
    beside = ctx.t("factors.defence_without", fall=percent(price.none.max_drawdown))
    fall = percent(price.defended.max_drawdown)
    return Card(
        ctx.t("metric.max_drawdown"), fall, note=beside, help=glossary.help(ctx.t, "max_drawdown"), kind="simulated"
    )


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


def bounds(ctx: Context, price: DefencePrice) -> str:
    """What the bounds do to tracking error and information ratio."""
    plain, inside = price.none, price.defended
    return ctx.t(
        "factors.bounds_sentence",
        error=percent(inside.tracking_error),
        plain_error=percent(plain.tracking_error),
        ratio=ratio(inside.information_ratio),
        plain_ratio=ratio(plain.information_ratio),
    )


def age(ctx: Context, today: dict[str, Any], now: date) -> str:
    """When the weights were decided, how old the policy is, and what it did not know."""
    t, fit = ctx.t, today["fit"]
    fitted = {"year": fit["year"], "learned": fit["learned"][:7]}
    if today["runs_on"] and today["since"]:
        said = [t("factors.age_live", since=today["since"], **fitted)]
        said += [t("factors.age_due", months=fit["months"], how=t("factors.age_how"))] if fit["due"] else []
        said = [t("factors.age_over"), *said] if today["holds"] < f"{now:%Y-%m}" else said
    else:
        going = "factors.age_runs_on" if today["runs_on"] else "factors.age_stays"
        said = [t("factors.age_fitted", **fitted), t(going)]
    said = [t("factors.age_decided", holds=today["holds"]), *said]
    if today["unknown"]:
        said.append(t("factors.age_unknown", names=", ".join(feature(t, name) for name in today["unknown"])))
    if today["limit"]:
        said.append(t("factors.age_limit", **today["limit"]))
    return " ".join(said)


def notes(ctx: Context, universe: str, today: dict[str, Any]) -> str:
    """What quality is, and every month after the artifact in which an input was unknown; empty: nothing to say."""
    t = ctx.t
    items = [
        t("factors.age_unknown_item", name=feature(t, name), months=", ".join(months))
        for name, months in today["unknown_months"].items()
    ]
    said = [t("factors.quality_etf")] if universe == "factor_etf" else []
    said += [t("factors.age_unknown_before", since=today["since"], items="; ".join(items))] if items else []
    return " ".join(said)


def since(ctx: Context, today: dict[str, Any]) -> str:
    """For a source line: from when on the policy is frozen; empty where all is as trained."""
    if not today["since"]:
        return ""
    first, *later = today["fits"]
    told = [{"since": today["since"], "year": first["year"]}, *later]
    items = ", ".join(ctx.t("factors.live_since_item", **item) for item in told)
    return " " + ctx.t("factors.live_since", since=today["since"], items=items)


def live_record(ctx: Context, report: dict[str, Any]) -> str:
    """What the months after the artifact brought."""
    found = report["live"]
    returns = {name: percent(row["annual_return"]) for name, row in found["strategies"].items()}
    return ctx.t(
        "factors.live_record",
        first=found["first"], last=found["last"], months=found["months"], bps=f"{found['cost_bp']:g}",
        won=found["won"]["ai"], equal_won=found["won"]["equal_weight"],
        ai=returns["ai"], equal=returns["equal_weight"], market=returns["market"], ended=report["period"]["last"],
    )  # fmt: skip


def as_of(ctx: Context, today: dict[str, Any]) -> str:
    """Heading of the newest weights."""
    return ctx.t("factors.as_of_weights", day=day(date.fromisoformat(today["date"]), ctx.language))
