"""Figures of the page that a story may name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.allocation import Answer, Fall, all_world_in
from pages.allocator import words
from ui.context import Context
from ui.format import day, percent
from ui.record import Fact


def basket(ctx: Context, found: Answer) -> dict[str, Fact]:
    """The account, what it buys, and how far that is from the model."""
    t, asked, got = ctx.t, found.question, found.allocation
    held, dates = words.held(found), words.days(found)
    whole_world = int(bool(all_world_in(held)))
    model = t(f"allocator.model_{asked.model}")
    made = {
        "account": Fact(asked.account, words.money(t, asked.account, asked.currency)),
        "model": Fact(asked.model, model),
        "basket": Fact(words.basket(held), words.basket(held) or "–"),
        "lines": Fact(len(held), str(len(held))),
        "all_world": Fact(whole_world, str(whole_world)),
        "gap": Fact(got.tracking_error, percent(got.tracking_error, 2), "estimated"),
        "naive_gap": Fact(got.naive_tracking_error, percent(got.naive_tracking_error, 2), "estimated"),
        "loss": Fact(got.utility_loss, words.loss_of(t, found), "estimated"),
        "cash": Fact(found.ticket.cash_left, words.own_money(t, found, found.ticket.cash_left)),
        "cash_share": Fact(got.cash_weight, percent(got.cash_weight)),
        "cost": Fact(found.ticket.cost, words.own_money(t, found, found.ticket.cost), "estimated"),
        "price_day": Fact(min(dates), day(min(dates), t.language)),
    }
    if asked.currency == "KRW":
        when = date.fromisoformat(asked.fx_as_of) if asked.fx_as_of else None
        made |= {"rate": Fact(asked.fx, f"{asked.fx:,.0f}"), "rate_day": Fact(when, day(when, t.language))}
    return made


def falls(worst: Sequence[Fall]) -> dict[str, Fact]:
    """What the basket would have lost in each crisis: ``fall_<crisis>``."""
    return {f"fall_{row.crisis}": Fact(row.fall, percent(row.fall), "simulated") for row in worst if not row.missing}
