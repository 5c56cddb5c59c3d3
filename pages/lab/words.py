"""Names and sentences of the backtest lab."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from engine import lab
from engine.analytics import FactSheet
from engine.lab import views
from engine.lab.config import OWN
from engine.lab.run import EQUAL_WEIGHT
from engine.lab.sweep import values
from engine.lines import line, specs
from engine.sources import Finding
from ui import glossary
from ui.format import NONE, day, percent, points, ratio, whole
from ui.i18n import Translator
from ui.record import Card
from ui.specs import SORTS, Sort

BELIEVED = 0.95
"""Probability from which luck is called an unlikely explanation."""

UNITS = ("periods_daily", "periods_monthly", "months")
"""Units that a label names; shares are written in percent."""

Colour = Literal["gray", "red", "orange", "green"]


def strategy(t: Translator, code: str) -> str:
    """A strategy, or a named basket."""
    if code.startswith("basket:"):
        return t("lab.basket", name=code.removeprefix("basket:"))
    return t(f"lab.strategy_{code}")


def asset(t: Translator, code: str) -> str:
    """An asset of a panel; a reader's own keeps its name."""
    for key in (f"lab.asset_{code}", f"series.{code}"):
        if t.has(key):
            return t(key)
    return code


def mark(t: Translator, code: str, prices: lab.PricePanel) -> str:
    """A benchmark among the choices."""
    if code == "panel":
        own = prices.benchmark or prices.market
        return t("lab.mark_panel", name=asset(t, own)) if own else t("lab.mark_none")
    if code == OWN:
        return t("lab.mark_own")
    return t("lab.mark_equal") if code == EQUAL_WEIGHT else asset(t, code)


def benchmark(t: Translator, found: lab.Run) -> str:
    """The benchmark of a run."""
    if found.benchmark_id == OWN:
        return t("lab.mark_own")
    return t("lab.mark_equal") if found.benchmark_id == EQUAL_WEIGHT else asset(t, found.benchmark_id)


def sort(found: lab.Run) -> Sort:
    """What sort of numbers the benchmark's are: a registered line says so itself; equal weights are simulated."""
    if found.benchmark_id == EQUAL_WEIGHT:
        return "simulated"
    return SORTS.get(line(found.benchmark_id).kind, "") if found.benchmark_id in specs() else ""


def parameter(t: Translator, item: lab.Parameter, prices: lab.PricePanel) -> str:
    """Label of a number with its unit."""
    label = t(f"lab.p_{item.name}")
    unit = f"periods_{prices.frequency}" if item.unit == "periods" else item.unit
    return t("lab.with_unit", label=label, unit=t(f"lab.unit_{unit}")) if unit in UNITS else label


def number(t: Translator, name: str, prices: lab.PricePanel) -> str:
    """A number that can be swept: of the trading, of the strategy (``window``) or of an overlay (``tilt.strength``)."""
    kind, _, key = name.rpartition(".")
    if t.has(f"lab.number_{name}"):
        return t(f"lab.number_{name}")
    kinds = (*lab.STRATEGIES.values(), *lab.OVERLAYS.values())
    holders = [lab.OVERLAYS[kind]] if kind in lab.OVERLAYS else kinds
    item = next(item for holder in holders for item in holder.parameters() if item.name == key)
    label = parameter(t, item, prices)
    return t("lab.of_overlay", overlay=t(f"lab.overlay_{kind}"), label=label) if kind else label


def share(value: float) -> str:
    """A share of one."""
    return percent(value, 0)


def chance(value: float | None) -> str:
    """A probability; never written as certain."""
    if value is None:
        return NONE
    return "> 99 %" if value > 0.99 else "< 1 %" if value < 0.01 else share(value)


def headline(t: Translator, found: lab.Run, against: FactSheet | None, judged: lab.Evidence) -> str:
    """Does it beat its benchmark after costs, how deep did it fall, does it mean anything?"""
    own = found.sheet
    if against is None:
        return t("lab.headline_alone", cagr=percent(own.cagr), fall=percent(own.max_drawdown))
    return " ".join(
        [
            t(
                "lab.headline_ahead" if own.cagr > against.cagr else "lab.headline_behind",
                cagr=percent(own.cagr), name=benchmark(t, found), mark=percent(against.cagr),
                gap=points(own.cagr - against.cagr, t("frame.points")), fall=percent(own.max_drawdown),
                mark_fall=percent(against.max_drawdown),
            ),
            verdict(t, judged),
        ]
    )  # fmt: skip


def verdict(t: Translator, judged: lab.Evidence) -> str:
    """What luck explains."""
    if judged.deflated is None or judged.information_ratio is None:
        return t("lab.verdict_unknown", months=round(12 * judged.years))
    told = {"p": chance(judged.deflated), "n": whole(judged.trials)}
    if judged.information_ratio <= 0:
        return t("lab.verdict_behind", **told)
    return t("lab.verdict_strong" if judged.deflated >= BELIEVED else "lab.verdict_luck", **told)


def reason(t: Translator, found: lab.Run, rival: lab.Run) -> str:
    """How much of the return the assets bring by themselves, and how much the rule adds."""
    own, plain = views.cagr(found), views.cagr(rival)
    return t(
        "lab.reason", rival=percent(plain), cagr=percent(own), added=points(own - plain, t("frame.points")),
        turnover=percent(found.result.annual_turnover, 0),
    )  # fmt: skip


def stress(t: Translator, found: lab.Run, late: lab.Run) -> str:
    """The month-late stress."""
    return t(
        "lab.stress",
        late=percent(views.cagr(late)), since=day(late.first, t.language), cagr=percent(views.cagr(found)),
    )  # fmt: skip


def tags(
    t: Translator, found: lab.Run, judged: lab.Evidence, spans: Sequence[tuple[date, date]]
) -> list[tuple[str, Colour, str, str]]:
    """Badges: text, colour, icon and what each means."""
    told: list[tuple[str, Colour, str, str]] = [
        (t("lab.tag_simulated"), "gray", ":material/experiment:", t("disclaimer.simulated"))
    ]
    if not found.executable:
        told.append((t("lab.tag_fill"), "red", ":material/block:", t("lab.tag_fill_help")))
    if found.config.strategy.lookahead:
        told.append((t("lab.tag_lookahead"), "red", ":material/visibility:", t("lab.tag_lookahead_help")))
    told.append((t("lab.tag_tried", n=whole(judged.trials)), "gray", ":material/replay:", t("lab.tag_tried_help")))
    if spans:
        tuned = views.tuned_share(spans, (found.first, found.last))
        text = t("lab.tag_tuned", share=share(tuned)) if tuned else t("lab.tag_fresh")
        told.append((text, "orange" if tuned else "green", ":material/history:", t("lab.tag_tuned_help")))
    return told


def cards(t: Translator, found: lab.Run, against: FactSheet | None, judged: lab.Evidence) -> list[Card]:
    """The six figures: what stands beside each, and its definition."""
    own = found.sheet

    def beside(figure: str) -> str:
        return (
            t("lab.card_beside", name=benchmark(t, found), value=show(figure, getattr(against, figure)))
            if against
            else NONE
        )

    error = t("lab.card_error", value=percent(own.tracking_error))
    cost = t("lab.card_cost", value=percent(views.annual_cost(found), 2))
    rows = (
        (t("metric.cagr"), percent(own.cagr), beside("cagr"), glossary.help(t, "cagr")),
        (t("metric.max_drawdown"), percent(own.max_drawdown), beside("max_drawdown"), glossary.help(t, "max_drawdown")),
        (t("metric.hit_ratio"), percent(own.hit_ratio), t("lab.card_months", n=len(found.monthly)), glossary.help(t, "hit_ratio")),
        (t("metric.information_ratio"), ratio(own.information_ratio), error, glossary.help(t, "information_ratio")),
        (t("lab.card_deflated"), chance(judged.deflated), _needed(t, judged), glossary.help(t, "deflated_sharpe", t("lab.card_deflated_help"))),
        (t("lab.card_turnover"), percent(found.result.annual_turnover, 0), cost, glossary.help(t, "turnover", t("lab.card_turnover_help"))),
    )  # fmt: skip
    return [Card(label, value, note=note, help=meaning, kind="simulated") for label, value, note, meaning in rows]


def survivors(found: lab.Run) -> bool:
    """Whether the prices are of members chosen with hindsight."""
    told = [*found.findings, *(line(found.benchmark_id).findings if found.benchmark_id in specs() else ())]
    return any(item.kind == "survivorship" for item in told)


def sure(t: Translator, judged: lab.Evidence) -> str:
    """Chance that the rule is truly ahead, alone and after all runs tried."""
    if judged.information_ratio is None or judged.deflated is None:
        return t("lab.sure_short", months=round(12 * judged.years))
    return t(
        "lab.sure", ratio=ratio(judged.information_ratio), years=ratio(judged.years, 1), alone=chance(judged.probabilistic),
        n=whole(judged.trials), p=chance(judged.deflated),
    )  # fmt: skip


def _needed(t: Translator, judged: lab.Evidence) -> str:
    years = ratio(judged.years, 1)
    if judged.years_needed is None:
        return t("lab.card_tried", n=whole(judged.trials), years=years)
    return t("lab.card_needed", n=whole(judged.trials), years=years, needed=ratio(judged.years_needed, 1))


def basis(t: Translator, found: lab.Run) -> str:
    """Unit, frequency, basis, terms, period, source and as-of of every figure."""
    config, prices = found.config, found.panel
    return t(
        "lab.basis",
        strategy=" + ".join([strategy(t, config.strategy.name), *(t(f"lab.overlay_{item.name}") for item in config.overlays)]),
        frequency=t(f"frame.{prices.frequency}"), basis=t(f"frame.{prices.basis}"), currency=prices.currency,
        rule=t(f"lab.rule_{config.rule}"), fill=t(f"lab.fill_{found.result.fill}"), cost=f"{config.cost_bps:g}",
        first=day(found.first, t.language), last=day(found.last, t.language), source=prices.source,
        as_of=day(prices.as_of, t.language),
    )  # fmt: skip


def findings(t: Translator, found: lab.Run) -> list[str]:
    """What prices, strategy and fill ask a reader to know."""
    told = [_finding(t, item, found) for item in found.findings]
    return [*told, t("lab.left_out", n=found.left_out)] if found.left_out else told


def _finding(t: Translator, item: Finding, found: lab.Run) -> str:
    for key in (f"lab.finding_{item.kind}_{found.config.panel}", f"lab.finding_{item.kind}"):
        if t.has(key):
            return t(key)
    return item.text


def paid(t: Translator, found: lab.Run, free: lab.Run) -> str:
    """What costs took away."""
    return t(
        "lab.costs_sentence",
        turnover=percent(found.result.annual_turnover, 0), trades=len(found.result.turnover),
        free=percent(views.cagr(free), 2), cagr=percent(views.cagr(found), 2),
        gap=points(views.cagr(found) - views.cagr(free), t("frame.points"), 2),
    )  # fmt: skip


def swept(t: Translator, found: lab.Surface, prices: lab.PricePanel) -> list[str]:
    """What a surface says: best cell, plateau, the config's own place, overfitting."""
    x, y = values(found, found.best[0] * len(found.xs) + found.best[1])
    told = [
        t(
            "lab.surface_best",
            x=number(t, found.x, prices), x_value=f"{x:g}", y=number(t, found.y, prices), y_value=f"{y:g}",
            figure=t(f"metric.{found.figure}"), value=show(found.figure, float(found.values[found.best])),
            share=share(found.plateau_share), n=whole(found.trials),
        )
    ]  # fmt: skip
    if found.on_plateau is not None:
        told.append(t("lab.surface_on" if found.on_plateau else "lab.surface_off"))
    if found.pbo is not None:
        told.append(t("lab.surface_pbo", pbo=percent(found.pbo, 0)))
    return told


PERCENT = (
    "total_return", "cagr", "volatility", "max_drawdown", "ulcer", "var_95", "cvar_95", "best_period", "worst_period",
    "best_month", "worst_month", "positive_months", "hit_ratio", "alpha", "tracking_error", "up_capture", "down_capture",
)  # fmt: skip


def show(name: str, value: float | None) -> str:
    """A figure of the fact sheet as text."""
    return percent(value) if name in PERCENT else ratio(value)
