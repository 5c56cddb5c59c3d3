"""Enhanced passive: the world portfolio, tilted inside limits, with what each tilt costs.

The market portfolio w_m is the best one for an investor of the market's own risk aversion g if
expected excess returns are g S w_m (reverse optimisation). A client's portfolio maximises

    m'w - (gamma / 2) w'S w

over long-only weights that sum to one, inside bounds, a tracking-error budget and a turnover limit
(``engine.world.programme``). The types differ in m and gamma:

    passive      m = gamma S c: the answer is c wherever the limits allow it
    preference   the same m; wanted tilts are met as closely as the limits allow
    risk         m = g S c at the market's g, gamma the client's: a move along the frontier
    prediction   m = gamma S c plus views times strength (``engine.world.prediction``)

Wanted tilts may be joined to ``risk`` and ``prediction``. c is the client's own market: the market
without what is excluded, whose weight goes in proportion to the rest of its class (to all other
blocks if the class is left empty). Bounds, tracking error, preferences and cost are always
measured from the market itself.

The cost of a portfolio is the certainty equivalent it gives up against the market if the market is
right. With d = w - w_m and m = g S w_m the terms linear in d cancel, whatever the limits:

    (m'w_m - g/2 w_m'S w_m) - (m'w - g/2 w'S w) = (g / 2) d'S d = (g / 2) tracking error^2

Where wishes exclude each other, the smallest relaxation that works is used and named. First, with
preferences left aside, the sum of excess over bounds, budget and turnover limit, each relative to
what was asked, is made as small as possible (nothing is relaxed where all can be kept; exclusions
never are). Then, inside these limits, the sum of missed shares of the preferences is made as small
as possible; a relaxed preference is the same wish, made smaller. Utility decides what is left open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import Infeasible
from engine.world.market import Market, market_gamma, market_of
from engine.world.prediction import Forecast, Sleeves, forecast
from engine.world.programme import FREE, NOTICED, Limits, Question, pull_inside, solve
from engine.world.wishes import CLASSES, REGIONS, Wishes

KEPT = 5e-9
"""A limit counts as kept up to this excess."""

WORST = 1e-8
"""No returned portfolio exceeds a limit by more."""


@dataclass(frozen=True)
class Relaxed:
    """A wish that could not be kept: what was asked and what was used instead.

    ``constraint`` is the path of the wish: ``preferences.emerging``, ``bounds.us_equity``,
    ``tracking_error_budget`` or ``turnover_limit``.
    """

    constraint: str
    asked: float
    used: float

    def to_dict(self) -> dict[str, object]:
        return {"constraint": self.constraint, "asked": self.asked, "used": self.used}


@dataclass(frozen=True, eq=False)
class Tilted:
    """A portfolio around the market, decimals throughout; risk and return a year.

    Attributes
    ----------
    weights, market_weights, active : Series, shape (n,)
        By block; active = weights - market_weights.
    funds : Series, shape (k,), or None
        Part of the portfolio held in factor funds, inside the weight of US equity.
    tracking_error : float
        Expected, against the market.
    utility_cost : float
        Certainty equivalent given up if the market is right: gamma_priced / 2 x tracking_error^2.
    own_gain : float
        Change of certainty equivalent against the market by the client's own risk aversion and views.
    contributions : DataFrame, index block or factor fund
        ``active``, ``tracking_error`` and ``utility_cost``; the last two sum to the totals. A
        negative contribution hedges the others.
    gamma, gamma_priced, market_gamma : float
        The client's risk aversion; the one returns are implied and costs are priced at (the
        market's under ``risk``, else the client's); the market's.
    implied_return : Series, shape (n,)
        Excess returns at which the market is the best portfolio: gamma_priced S w_m.
    views : Series
        Active returns added to them, after strength; empty without views.
    strength : float
        Of the views, as used; 0 but for ``prediction``.
    turnover : float or None
        From the holdings given.
    binding : tuple of str
        Limits that the portfolio touches, named as in ``Relaxed``, and ``long_only.<block>``.
    relaxed : tuple of Relaxed
        Empty when every wish is kept.
    notes : tuple of dict
        What was done beyond the wishes: a ``code`` and its numbers.
    """

    wishes: Wishes
    weights: pd.Series
    market_weights: pd.Series
    active: pd.Series
    funds: pd.Series | None
    tracking_error: float
    utility_cost: float
    own_gain: float
    contributions: pd.DataFrame
    gamma: float
    gamma_priced: float
    market_gamma: float
    implied_return: pd.Series
    views: pd.Series
    strength: float
    turnover: float | None
    binding: tuple[str, ...]
    relaxed: tuple[Relaxed, ...]
    notes: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        series = ("weights", "market_weights", "active", "implied_return", "views")
        numbers = ("tracking_error", "utility_cost", "own_gain", "gamma", "gamma_priced", "market_gamma", "strength")
        return {
            "wishes": self.wishes.to_dict(),
            **{name: _table(getattr(self, name)) for name in series},
            "funds": None if self.funds is None else _table(self.funds),
            **{name: getattr(self, name) for name in numbers},
            "contributions": {str(name): _table(row) for name, row in self.contributions.iterrows()},
            "turnover": self.turnover,
            "binding": list(self.binding),
            "relaxed": [item.to_dict() for item in self.relaxed],
            "notes": list(self.notes),
        }


def tilt(
    wishes: Wishes,
    market: pd.Series,
    covariance: pd.DataFrame,
    expected_return: pd.Series | None = None,
    *,
    riskless: float = 0.0,
    gamma_of_market: float | None = None,
    factor_funds: Sleeves | None = None,
) -> Tilted:
    """The portfolio of these wishes around the market.

    Parameters
    ----------
    wishes : Wishes
    market : Series, shape (n,), index block
        Market weights, zero or more, that sum to one; see ``engine.world.blocks.block_weights``.
    covariance : DataFrame, shape (n, n)
        Annual, positive definite, on the same blocks in any order.
    expected_return : Series, shape (n,), optional
        Arithmetic, a year. They set the market's risk aversion, (mu'w - riskless) / w'S w, and
        nothing else. Without them it is ``gamma_of_market``, or ``engine.world.market.MARKET_GAMMA``.
    riskless : float
        Return of cash a year; 0 if the expected returns are in excess of it.
    factor_funds : Sleeves, optional
        Mix and risk of factor funds, for ``prediction``; the engine's own when not given.

    Raises
    ------
    BadInput
        A wish about a block the market does not have, exclusions that leave nothing, numbers or
        labels that cannot be used, or a covariance that is not one, or singular.
    Infeasible
        The solver found no answer of the accuracy needed.
    """
    base = market_of(market, covariance)
    own_gamma, told = market_gamma(base, expected_return, riskless, gamma_of_market)
    client = own_gamma if wishes.gamma is None else float(wishes.gamma)
    priced = own_gamma if wishes.type == "risk" else client
    views = forecast(wishes, base, priced, factor_funds)
    rest = base.without(base.excluded(wishes)) - base.weights
    question = _question(wishes, base, views, rest, client, priced)
    active, relaxed = _answer(question, rest, base.groups)
    notes = (*_notes(wishes, base, at_rest=np.array_equal(active[: len(rest)], rest)), told, *views.notes)
    return _result(wishes, base, question, views, (client, priced, own_gamma), active, relaxed, notes)


def _question(
    wishes: Wishes, market: Market, views: Forecast, rest: np.ndarray, gamma: float, priced: float
) -> Question:
    """The wishes as a programme, divided by the client's risk aversion; ``rest`` is c - w_m."""
    n, k = len(market.names), len(views.funds)
    covariance = np.zeros((n + k, n + k))
    covariance[:n, :n] = market.covariance
    if views.sleeves is not None:
        covariance[n:, n:] = views.sleeves.covariance.to_numpy(dtype=float)
    ratio = priced / gamma
    pull = market.covariance @ (ratio * rest + (ratio - 1.0) * market.weights) + views.blocks / gamma
    return Question(
        limits=_limits(wishes, market),
        members=market.members,
        covariance=covariance,
        host=market.block("views", "us_equity") if k else 0,
        pull=np.concatenate([pull, views.funds / gamma]),
        wanted=_wanted(wishes, market),
        anchor=np.zeros(n + k),
    )


def _limits(wishes: Wishes, market: Market) -> Limits:
    bounds = np.full(len(market.groups), FREE)
    if isinstance(wishes.bounds, Mapping):
        for name, most in wishes.bounds.items():
            bounds[market.group("bounds", name)] = most
    elif wishes.bounds is not None:
        bounds[: len(market.names)] = wishes.bounds
    held = market.weights if wishes.holdings is None else np.zeros(len(market.names))
    for name, weight in (wishes.holdings or {}).items():
        held[market.block("holdings", name)] = weight
    budget, turnover = wishes.tracking_error_budget, wishes.turnover_limit
    return Limits(
        market=market.weights,
        held=held,
        excluded=market.excluded(wishes),
        bounds=bounds,
        budget=FREE if budget is None else float(budget),
        turnover=FREE if turnover is None else float(turnover),
    )


def _wanted(wishes: Wishes, market: Market) -> np.ndarray:
    wanted = np.zeros(len(market.groups))
    for name, wish in wishes.preferences.items():
        wanted[market.group("preferences", name)] = wish
    return wanted if wishes.type != "passive" else 0.0 * wanted


def _answer(question: Question, rest: np.ndarray, groups: list[str]) -> tuple[np.ndarray, tuple[Relaxed, ...]]:
    """Active weights, and what had to be relaxed."""
    centre = np.concatenate([rest, np.zeros(len(question.pull) - len(rest))])
    at_rest = np.array_equal(question.pull, question.covariance @ centre)
    if at_rest and not question.wanted.any() and question.worst(centre) <= 1e-12:
        return centre, ()
    anchor, relaxed = _anchor(question, centre, groups)
    question = replace(question, anchor=anchor, limits=_widened(question.limits, relaxed, groups))
    solved = solve(question)
    active = pull_inside(question, solved, anchor)
    if question.worst(active) > WORST or np.abs(active - solved).max() > NOTICED:
        raise Infeasible("tilt_not_solved", field="wishes", value=f"excess {question.worst(solved):.1e}")
    return active, (*relaxed, *_missed(question, active, groups))


def _anchor(question: Question, centre: np.ndarray, groups: list[str]) -> tuple[np.ndarray, tuple[Relaxed, ...]]:
    """A portfolio that keeps the limits, or that exceeds them least."""
    for known in (0.0 * centre, centre):
        if question.worst(known) <= 1e-12:
            return known, ()
    n = question.blocks
    blocks = replace(question, covariance=question.covariance[:n, :n], pull=question.pull[:n], anchor=centre[:n])
    found = np.concatenate([solve(blocks, elastic=True), centre[n:]])
    over, limits = question.excess(found), question.limits
    asked = [(f"bounds.{name}", limits.bounds[row], over["bounds"][row]) for row, name in enumerate(groups)]
    asked.append(("tracking_error_budget", limits.budget, over["budget"]))
    asked.append(("turnover_limit", limits.turnover, over["turnover"]))
    relaxed = [Relaxed(name, float(limit), _above(limit + more)) for name, limit, more in asked if more > KEPT]
    return found, tuple(relaxed)


def _above(needed: float) -> float:
    """The next figure of six decimals that leaves a little room."""
    return float(np.ceil(needed * 1e6 + 0.5)) / 1e6


def _widened(limits: Limits, relaxed: tuple[Relaxed, ...], groups: list[str]) -> Limits:
    used = {item.constraint: item.used for item in relaxed}
    bounds = [used.get(f"bounds.{name}", limits.bounds[row]) for row, name in enumerate(groups)]
    return replace(
        limits,
        bounds=np.array(bounds),
        budget=used.get("tracking_error_budget", limits.budget),
        turnover=used.get("turnover_limit", limits.turnover),
    )


def _missed(question: Question, active: np.ndarray, groups: list[str]) -> tuple[Relaxed, ...]:
    """Preferences that were not met."""
    tilts = question.tilts(active)
    return tuple(
        Relaxed(f"preferences.{name}", float(wish), _round(made))
        for name, wish, made in zip(groups, question.wanted, tilts, strict=True)
        if wish != 0.0 and abs(made - wish) > NOTICED
    )


def _round(used: float) -> float:
    """Without the solver's last digits; far finer than ``KEPT``."""
    return round(float(used), 9) + 0.0


def _binding(question: Question, active: np.ndarray, market: Market) -> tuple[str, ...]:
    limits, over = question.limits, question.excess(active)
    found = [f"bounds.{name}" for name, more in zip(market.groups, over["bounds"], strict=True) if more > -NOTICED]
    for name, key in (("tracking_error_budget", "budget"), ("turnover_limit", "turnover")):
        if over[key] > -NOTICED:
            found.append(name)
    left = limits.market + active[: question.blocks]
    empty = (left < NOTICED) & (limits.market > NOTICED) & ~limits.excluded
    return (*found, *(f"long_only.{name}" for name, is_empty in zip(market.names, empty, strict=True) if is_empty))


def _notes(wishes: Wishes, market: Market, *, at_rest: bool) -> list[dict[str, Any]]:
    """What was done to the wishes, or left aside; ``at_rest``: the answer is the client's own market."""
    told: list[dict[str, Any]] = []
    if wishes.exclude:
        told.append({**_exclusion(market, market.excluded(wishes)), "pro_rata": at_rest})
    zero = [name for name, wish in wishes.preferences.items() if wish == 0.0]
    if zero:
        told.append({"code": "zero_is_no_wish", "names": zero})
    bounded = wishes.bounds if isinstance(wishes.bounds, Mapping) else {}
    regions = [name for name in REGIONS if name in (*wishes.preferences, *wishes.exclude, *bounded)]
    if regions:
        told.append({"code": "region_of_shares_and_bonds", "names": regions})
    unused = ["preferences"] if wishes.type == "passive" and any(wishes.preferences.values()) else []
    if wishes.type != "prediction":
        unused += [name for name in ("views", "strength") if getattr(wishes, name) is not None]
    if unused:
        told.append({"code": "not_used_by_type", "type": wishes.type, "names": unused})
    return told


def _exclusion(market: Market, excluded: np.ndarray) -> dict[str, Any]:
    out = {name for name, is_out in zip(market.names, excluded, strict=True) if is_out}
    inside = {name: set(blocks) & set(market.names) for name, blocks in CLASSES.items()}
    return {
        "code": "excluded",
        "blocks": [name for name in market.names if name in out],
        "weight": float(market.weights[excluded].sum()),
        "empty_classes": [name for name, blocks in inside.items() if blocks and blocks <= out],
    }


def _result(
    wishes: Wishes,
    market: Market,
    question: Question,
    views: Forecast,
    gammas: tuple[float, float, float],
    active: np.ndarray,
    relaxed: tuple[Relaxed, ...],
    notes: tuple[dict[str, Any], ...],
) -> Tilted:
    """Everything that follows from the active weights."""
    gamma, priced, own_gamma = gammas
    n, error = len(market.names), question.tracking_error(active)
    blocks = pd.Index(market.names)
    names = blocks.append(views.sleeves.mix.index) if views.sleeves is not None else blocks
    added = np.concatenate([views.blocks, views.funds])
    weights = market.weights + active[:n]
    more_risk = (priced - gamma) * float(market.implied @ active[:n])
    return Tilted(
        wishes=wishes,
        weights=pd.Series(weights, index=blocks),
        market_weights=pd.Series(market.weights, index=blocks),
        active=pd.Series(active[:n], index=blocks),
        funds=None if views.sleeves is None else pd.Series(active[n:], index=names[n:]),
        tracking_error=error,
        utility_cost=priced / 2.0 * error**2,
        own_gain=float(added @ active) + more_risk - gamma / 2.0 * error**2,
        contributions=_contributions(question, active, names, priced),
        gamma=gamma,
        gamma_priced=priced,
        market_gamma=own_gamma,
        implied_return=pd.Series(priced * market.implied, index=blocks),
        views=pd.Series(added, index=names) if added.any() else pd.Series(dtype=float),
        strength=views.strength,
        turnover=None if wishes.holdings is None else float(np.abs(weights - question.limits.held).sum() / 2.0),
        binding=_binding(question, active, market),
        relaxed=relaxed,
        notes=notes,
    )


def _contributions(question: Question, active: np.ndarray, names: pd.Index, gamma: float) -> pd.DataFrame:
    """Euler shares: d_k (S d)_k over the tracking error, and gamma / 2 times it."""
    shares, error = active * (question.covariance @ active), question.tracking_error(active)
    return pd.DataFrame(
        {
            "active": active,
            "tracking_error": shares / error if error > 0.0 else 0.0 * shares,
            "utility_cost": gamma / 2.0 * shares,
        },
        index=names,
    )


def _table(values: pd.Series) -> dict[str, float]:
    return {str(name): float(value) for name, value in values.items()}
