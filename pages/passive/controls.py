"""Choices of the page: horizon and figure of the scorecards, fees, trades."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from engine.world.evidence import (
    FeePath,
    Scorecard,
    TradingDrag,
    WinnerOdds,
    fee_compounding,
    trading_drag,
    winner_odds,
)
from pages.passive import words
from ui import url
from ui.context import Context

HORIZONS = ("10", "20", "1")
"""Years over which the scorecards count; ten first."""

MOST_PICKS = 10

AMOUNT = {"USD": (10_000.0, 100.0, 1e8, 1_000.0), "KRW": (10_000_000.0, 10_000.0, 1e11, 1_000_000.0)}
"""Amount put in by currency: first shown, least, most, step."""

FREQUENCIES = (1, 2, 4, 12, 52, 252)
"""Trades a year shown beside the reader's."""


@dataclass(frozen=True)
class Trading:
    """Cost of the reader's trading, and of the usual frequencies at the same cost."""

    own: TradingDrag
    usual: tuple[TradingDrag, ...]


def horizon(ctx: Context) -> int:
    """Draw the choice of horizon; years."""
    t = ctx.t
    return int(
        url.choice(
            st.segmented_control, "spiva", t("passive.horizon"), HORIZONS, HORIZONS[0], required=True,
            format_func=lambda code: t(f"passive.horizon_{code}y"),
        )
    )  # fmt: skip


def odds(ctx: Context, rows: Sequence[Scorecard]) -> list[WinnerOdds]:
    """Draw the choice of figure and of picks; chances for one pick to the number asked for, then to ten."""
    t = ctx.t
    known = {words.code(row): row for row in rows if row.share is not None}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = url.choice(
            st.selectbox, "published", t("passive.published"), list(known), next(iter(known)),
            format_func=lambda code: words.figure(t, known[code]), width=460,
        )  # fmt: skip
        picks = url.number(
            st.slider, "picks", t("passive.picks"), 5.0, low=1.0, high=float(MOST_PICKS), step=1.0, format="%d", width=260
        )  # fmt: skip
    share = known[chosen].share or 0.0
    asked = winner_odds(share, round(picks))
    return [asked, *(winner_odds(share, count) for count in range(1, MOST_PICKS + 1))]


def fees(ctx: Context) -> FeePath:
    """Draw fees, return, years and amount; the cheaper fee comes first whichever slider holds it."""
    t, percent = ctx.t, "%.2f %%"
    first, least, most, step = AMOUNT[ctx.currency]
    left, right = st.columns(2)
    with left:
        fee_a = url.number(st.slider, "fee_a", t("passive.fee_a"), 0.05, low=0.0, high=3.0, step=0.01, format=percent)
        gross = url.number(
            st.slider, "gross", t("passive.gross"), 7.0, low=-5.0, high=15.0, step=0.5, format="%.1f %%",
            help=t("passive.gross_help"),
        )  # fmt: skip
    with right:
        fee_b = url.number(st.slider, "fee_b", t("passive.fee_b"), 0.75, low=0.0, high=3.0, step=0.01, format=percent)
        held = url.number(st.slider, "held", t("passive.held"), 30.0, low=1.0, high=60.0, step=1.0, format="%d")
    amount = url.number(
        st.number_input, f"put_{ctx.currency.lower()}", t("passive.amount", currency=ctx.currency), first,
        low=least, high=most, step=step, format="%.0f", width=240,
    )  # fmt: skip
    low, high = sorted((fee_a, fee_b))
    return fee_compounding(low / 100, high / 100, gross_return=gross / 100, years=round(held), amount=amount)


def trading(ctx: Context, path: FeePath) -> Trading:
    """Draw trades, cost and part; return and years are those of the fees."""
    t = ctx.t
    left, middle, right = st.columns(3)
    with left:
        trades = url.number(
            st.slider, "trades", t("passive.trades"), 24.0, low=0.0, high=252.0, step=1.0, format="%d",
            help=t("passive.trades_help"),
        )  # fmt: skip
    with middle:
        cost = url.number(
            st.slider, "trade_cost", t("passive.trade_cost"), 20.0, low=0.0, high=100.0, step=1.0, format="%d bp",
            help=t("passive.trade_cost_help"),
        )  # fmt: skip
    with right:
        part = url.number(
            st.slider, "trade_part", t("passive.trade_part"), 50.0, low=0.0, high=100.0, step=5.0, format="%d %%"
        )
    found = [
        trading_drag(count, cost, share_traded=part / 100, gross_return=path.gross_return, years=path.years[-1])
        for count in (trades, *FREQUENCIES)
    ]
    return Trading(found[0], tuple(found[1:]))
