"""Sentences of the page, built from the engine's numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

from engine.world.equilibrium import Equilibrium, State
from engine.world.inputs import Flag
from engine.world.questionnaire import QUESTIONS, RiskAversion
from engine.world.separation import Separation
from engine.world.simulate import Simulation
from engine.world.statics import MarketMap
from ui import glossary
from ui.answers import WorldFrontier
from ui.format import MINUS, NONE, day, percent, ratio
from ui.i18n import Translator
from ui.record import Card

FORMULAS = (
    r"\max_{x}\; \mathrm{E}\left[\,u\!\left(x'(v - R\,p)\right)\,\middle|\,F\,\right]",
    r"p = A + B\,s + C\,q",
    r"x = \tfrac{1}{\gamma}\,\mathrm{Var}[v\,|\,F]^{-1}\left(\mathrm{E}[v\,|\,F] - R\,p\right)",
)
"""In the order of the source: utility, price, demand."""

NOTHING, LITTLE = 0.0001, 0.001
"""A loss below one basis point of the market's price is called practically nothing, below ten little."""

ROUNDING = 1e-12
"""Payoff units that are no more than rounding."""

SHOWN = 0.05
"""Least weight that a sentence names."""

FAR = 4.0
"""Standard errors beyond which a simulated figure is said to be off: one in 16,000 by chance."""


def asset(t: Translator, code: str) -> str:
    """An asset by name; the market where there is none."""
    return t(f"utility.asset_{code}") if code else t("utility.whole_market")


def noun(t: Translator, code: str) -> str:
    """An asset within a sentence."""
    return asset(t, code).lower()


def small(value: float) -> str:
    """A number with two digits that count; what is only rounding is zero."""
    if abs(value) < ROUNDING:
        return "0"
    return ratio(value, next(digits for digits in range(4, 14) if abs(value) >= 10 ** (1 - digits)))


def widest(found: Equilibrium) -> str:
    """The asset in which the uninformed are furthest from the market by value."""
    own, market = weights(found, "uninformed"), weights(found, "market")
    return max(own, key=lambda code: abs(own[code] - market[code]))


def weights(found: Equilibrium, who: str) -> dict[str, float]:
    """Weights by asset; empty where they are not defined."""
    held = getattr(found, f"weights_{who}")
    return {} if held is None else dict(zip(found.inputs.assets, held.tolist(), strict=True))


def defined(found: Equilibrium) -> bool:
    """Whether all weights of the page are defined."""
    return all(weights(found, who) for who in ("market", "uninformed", "informed"))


def headline(t: Translator, found: Equilibrium, apart: Separation) -> str:
    """How far the uninformed are from the market and what ignoring that costs; or why they hold it."""
    if apart.cases:
        size = t("utility.size_same") if apart.same_size else t("utility.size_other", scale=ratio(apart.scale, 3))
        return t(f"utility.headline_{apart.holds}", reason=t(f"utility.why_{apart.cases[0]}"), size=size)
    if apart.active_share is None or apart.utility_loss_share is None:
        return t("utility.headline_undefined", loss=small(apart.utility_loss))
    code = widest(found)
    return t(
        "utility.headline_tilt",
        active=percent(apart.active_share, 2), asset=noun(t, code), own=percent(weights(found, "uninformed")[code]),
        market=percent(weights(found, "market")[code]), cost=percent(apart.utility_loss_share, 4), verdict=verdict(t, apart.utility_loss_share),
    )  # fmt: skip


def verdict(t: Translator, loss: float) -> str:
    """A loss in words."""
    return t(f"utility.verdict_{'nothing' if loss < NOTHING else 'little' if loss < LITTLE else 'counts'}")


def scale_of_things(t: Translator, found: Equilibrium, apart: Separation) -> str:
    """What the tilt, if there is one, is worth beside what the signal is worth; and that all this is an illustration."""
    if apart.cases:
        return t("utility.illustration")
    worth = ratio(float(found.certainty.value_of_information), 4)
    return f"{t('utility.scale_of_things', value=worth, loss=small(apart.utility_loss))} {t('utility.illustration')}"


def findings(t: Translator, flags: tuple[Flag, ...]) -> list[str]:
    """What was done to the input and what to know about the result."""
    return [
        t(f"utility.finding_{flag.code}", asset=asset(t, flag.asset), value=NONE if flag.value is None else f"{flag.value:.4g}".replace("-", MINUS))
        for flag in flags
    ]  # fmt: skip


def of_state(found: Equilibrium, state: State) -> tuple[Flag, ...]:
    """What is to be known about a state and was not said about the market."""
    known = {(flag.code, flag.asset) for flag in found.findings}
    return tuple(flag for flag in state.findings if (flag.code, flag.asset) not in known)


def cards(t: Translator, found: Equilibrium, apart: Separation, revealed: Mapping[str, float]) -> list[Card]:
    """Four figures: distance, its cost, worth of the signal, what prices pass on."""
    first, *others = revealed
    told = ", ".join(f"{asset(t, code)}: {percent(revealed[code], 0)}" for code in others)
    worth = ratio(float(found.certainty.value_of_information), 4)
    cost = t("utility.card_cost_note", loss=small(apart.utility_loss))
    passed = t("utility.card_revealed_note", others=told)
    label = t("utility.card_revealed", asset=noun(t, first))
    return [
        Card(
            t("utility.card_active"),
            percent(apart.active_share, 2),
            note=t("utility.card_active_note"),
            help=glossary.help(t, "active_share"),
            kind="model",
        ),
        Card(
            t("utility.card_cost"),
            percent(apart.utility_loss_share, 4),
            note=cost,
            help=glossary.help(t, "certainty_equivalent"),
            kind="model",
        ),
        Card(
            t("utility.card_worth"),
            worth,
            note=t("utility.card_worth_note"),
            help=glossary.help(t, "signal"),
            kind="model",
        ),
        Card(label, percent(revealed[first], 0), note=passed, help=glossary.help(t, "revealed"), kind="model"),
    ]


def reason(t: Translator, found: Equilibrium, apart: Separation, revealed: Mapping[str, float]) -> str:
    """What keeps the uninformed at the market or moves them from it."""
    if apart.cases:
        return t(f"utility.why_{apart.cases[0]}")
    least, most = min(revealed, key=lambda code: revealed[code]), max(revealed, key=lambda code: revealed[code])
    return t(
        "utility.reason", informed=percent(found.inputs.informed_fraction, 0), least=noun(t, least),
        least_told=percent(revealed[least], 0), most=noun(t, most), most_told=percent(revealed[most], 0),
    )  # fmt: skip


def sure(t: Translator, found: Equilibrium, apart: Separation, around: MarketMap) -> str:
    """How exactly the market clears, and how far the answer moves when what is not observed moves."""
    known = [value for row in around.active_share.tolist() for value in row if not math.isnan(value)]
    exact = t("utility.sure_exact", residual=f"{found.mean_clearing_residual:.0e}")
    if not known or apart.active_share is None:
        return exact
    span = t(
        "utility.sure_span", low=percent(min(known), 2), high=percent(max(known), 2), here=percent(apart.active_share, 2),
        first=percent(float(around.informed_fraction[0]), 0), last=percent(float(around.informed_fraction[-1]), 0),
        calm=ratio(float(around.supply_noise[0]), 1), loud=ratio(float(around.supply_noise[-1]), 1),
    )  # fmt: skip
    return f"{exact} {span}"


def formulas(t: Translator, found: Equilibrium) -> list[dict[str, str]]:
    """The three formulas with their symbols."""
    riskless = ratio(found.inputs.gross_riskless)
    return [
        {
            "title": t(f"utility.formula_{order}"),
            "latex": latex,
            "symbols": t(f"utility.symbols_{order}", riskless=riskless),
        }
        for order, latex in enumerate(FORMULAS, 1)
    ]


def coefficients_note(t: Translator, found: Equilibrium) -> str:
    """How the coefficients are to be read, and how exactly the market clears."""
    return t("utility.coefficients_note", residual=f"{found.mean_clearing_residual:.0e}")


def simulated(t: Translator, done: Simulation, deviations: list[float]) -> str:
    """What the simulation confirmed, and how closely."""
    beyond = sum(abs(value) > 2 for value in deviations)
    return t(
        "utility.simulation_done",
        states=f"{done.states:,}", seed=done.seed, figures=len(deviations), worst=ratio(done.worst, 1), beyond=beyond,
    )  # fmt: skip


def simulation_note(t: Translator, done: Simulation) -> str:
    """What the simulated figures rest on."""
    return t(
        "utility.simulation_note", effective=f"{done.effective_states:,.0f}", residual=f"{done.clearing_residual:.0e}"
    )


def left(t: Translator, answers: Mapping[str, str]) -> str:
    """How many answers are missing."""
    return t("utility.answers_left", left=len(QUESTIONS) - len(answers))


def gamma_cards(t: Translator, told: RiskAversion) -> list[Card]:
    """Gamma, the share of equity it implies, and what the gamble alone implies."""
    low, high = ratio(told.gamble_from, 1), ratio(told.gamble_to, 1)
    alone = "above" if told.gamble_to is None else "between" if told.gamble_from > 0 else "below"
    premium, volatility = percent(told.premium, 0), percent(told.volatility, 0)
    return [
        Card(
            t("utility.gamma_card"), ratio(told.gamma, 1),
            note=t("utility.gamma_card_note", score=told.score, most=told.most), help=glossary.help(t, "risk_aversion"), kind="model",
        ),
        Card(
            t("utility.share_card"), percent(told.equity_share, 0),
            note=t("utility.share_card_note", premium=premium, volatility=volatility), help=glossary.help(t, "risk_aversion"), kind="model",
        ),
        Card(t("utility.gamble_card"), t(f"utility.gamble_{alone}", low=low, high=high), note=t("utility.gamble_card_note"), help=glossary.help(t, "risk_aversion")),
    ]  # fmt: skip


def frontier_source(t: Translator, found: WorldFrontier) -> str:
    """Whose assumptions, of when, on what basis."""
    assumed = found.assumptions
    return t(
        "utility.frontier_source",
        source=assumed.source, day=day(assumed.as_of, t.language), sizes=day(found.market.world.date, t.language),
    )  # fmt: skip


def frontier_note(t: Translator, found: WorldFrontier) -> str:
    """What the best mix holds and why not to take it at its word."""
    best, (world,) = found.frontier.best, found.frontier.portfolios
    held = sorted(zip(found.frontier.assets, best.weights.tolist(), strict=True), key=lambda pair: -pair[1])
    told = ", ".join(f"{t(f'utility.block_{code}')} {percent(weight, 0)}" for code, weight in held if weight >= SHOWN)
    return t(
        "utility.frontier_note",
        gamma=ratio(found.frontier.gamma, 1), held=told, gap=percent(world.certainty_equivalent_gap),
    )  # fmt: skip
