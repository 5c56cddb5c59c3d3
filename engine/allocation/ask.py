"""A question as a reader puts it (won, a model by name, a universe), answered from the fact tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.allocation.allocator import Case
from engine.allocation.covariance import covariance
from engine.allocation.explain import Fact, explain
from engine.allocation.models import model as model_by_name
from engine.allocation.orders import Ticket, ticket
from engine.allocation.problem import number
from engine.allocation.profile import PLAIN, Profile
from engine.allocation.types import Allocation
from engine.allocation.universe import Funds, funds, rate
from engine.errors import BadInput
from engine.universe import BLOCKS
from engine.universe.cells import cell

CURRENCIES = ("USD", "KRW")
CLASSES = ("any", "model")
MOST_FOREIGN = 0.10


@dataclass(frozen=True, eq=False)
class Question:
    """A case from the fact tables, with the money it was asked with.

    Attributes
    ----------
    account, currency : float and str
        As given.
    account_usd : float
        Dollars after the exchange and its cost.
    fx, fx_as_of : float and str
        Won a dollar, and its date (empty: given by the reader).
    """

    case: Case
    funds: Funds
    account: float
    currency: str
    account_usd: float
    fx: float
    fx_as_of: str
    profile: Profile
    model: str
    universe: str
    covariance: str


@dataclass(frozen=True, eq=False)
class Answer:
    """A question's allocation, its explanation and its order ticket."""

    question: Question
    allocation: Allocation
    facts: tuple[Fact, ...]
    ticket: Ticket


def question(
    account: float,
    *,
    currency: str = "USD",
    fx: float | None = None,
    model: str | pd.Series = "world",
    universe: str = "all",
    method: str = "measured",
    profile: Profile = PLAIN,
    classes: str = "any",
    **options: Any,
) -> Question:
    """Read the tables and set up the case.

    Parameters
    ----------
    account : float
        In ``currency``.
    fx : float, optional
        Won a dollar; the last row of the table of rates without it.
    model : str or Series
        A name of ``MODELS``, a CSV file, or weights.
    universe : {"all", "ranked", "curated"}
    method : {"measured", "assumptions"}
        The covariance.
    classes : {"any", "model"}
        ``model`` leaves out funds with more than a tenth in look-through blocks that the model does
        not hold: without it a property fund may stand for foreign shares, because it moves like them.
    **options
        Fields of ``Rules``.

    Raises
    ------
    BadInput
        A field that cannot be used.
    """
    if currency not in CURRENCIES:
        raise BadInput("unknown_choice", field="currency", value=currency, accepted=", ".join(CURRENCIES))
    given = number("account", account, "an amount above zero", low=0.0)
    known, known_on = rate()
    won = known if fx is None else number("fx", fx, "won a dollar, above zero", low=0.0)
    lost = profile.exchange_spread.known if currency == "KRW" else 0.0
    dollars = given * (1.0 - lost) / won if currency == "KRW" else given
    weights = model_by_name(model) if isinstance(model, str) else model
    held = options.get("holdings")
    if classes not in CLASSES:
        raise BadInput("unknown_choice", field="classes", value=classes, accepted=", ".join(CLASSES))
    needed = [*weights.index, *([] if held is None else held.index), *options.get("required", ())]
    offered = funds(universe, [str(name) for name in needed])
    defaults = _defaults(offered, weights, profile)
    foreign = foreign_to(offered.lookthrough, weights) if classes == "model" else ()
    out = dict.fromkeys([*defaults["forbidden"], *foreign, *options.pop("forbidden", ())])
    case = Case(
        prices=offered.prices.astype(object),
        model_weights=weights,
        covariance=covariance(list(offered.tickers), method, blocks=any(name in BLOCKS for name in weights.index)),
        account=dollars,
        options=defaults | options | {"forbidden": tuple(out)},
    )
    name = model if isinstance(model, str) else "own"
    day = known_on if fx is None else ""
    return Question(case, offered, given, currency, dollars, won, day, profile, name, universe, method)


def _defaults(offered: Funds, weights: pd.Series, profile: Profile) -> dict[str, Any]:
    """Options that the tables and the profile fill in."""
    blocks = pd.DataFrame([[float(a == b) for b in BLOCKS] for a in BLOCKS], list(BLOCKS), list(BLOCKS))
    named = [name for name in BLOCKS if name in weights.index]
    return {
        "fees": offered.fees,
        "spreads": offered.spreads,
        "price_dates": offered.price_dates,
        "lookthrough": pd.concat([offered.lookthrough, blocks]),
        "sleeves": tuple(named),
        "commission": profile.commission.known,
        "commission_minimum": profile.commission_minimum.known,
        "forbidden": () if profile.allow_partnerships else tuple(sorted(offered.partnerships)),
    }


def foreign_to(lookthrough: pd.DataFrame, model: pd.Series) -> tuple[str, ...]:
    """Funds with more than a tenth in blocks of which the model holds nothing."""
    held = {str(name) for name in model.index[model > 0.0]}
    blocks = set(held & set(BLOCKS))
    for name in held & set(lookthrough.index):
        blocks |= {block for block in BLOCKS if cell(lookthrough, name, block) > 0.0}
    outside = lookthrough.drop(columns=[name for name in lookthrough if name in blocks]).sum(axis=1)
    return tuple(str(name) for name in lookthrough.index[outside > MOST_FOREIGN] if str(name) not in held)


def answer(asked: Question) -> Answer:
    """Allocation, explanation and ticket."""
    found = asked.case.allocate()
    return Answer(asked, found, explain(asked.case, found), order_ticket(asked, found))


def order_ticket(asked: Question, found: Allocation) -> Ticket:
    """The orders that lead from the holdings to the allocation."""
    return ticket(
        found,
        asked.funds.prices,
        asked.account_usd,
        holdings=asked.case.options.get("holdings"),
        price_dates=asked.funds.price_dates,
        names=asked.funds.names,
        spreads=asked.funds.spreads,
        commission=asked.profile.commission.known,
        commission_minimum=asked.profile.commission_minimum.known,
        delisted=asked.funds.delisted,
        partnerships=asked.funds.partnerships,
    )
