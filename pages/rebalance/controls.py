"""Choices of the page of rebalance day: a run that is kept or a dry run, product and session."""

from __future__ import annotations

from datetime import date

import streamlit as st

from engine.rebalance import accounts
from pages.rebalance import words
from pages.rebalance.shown import DRY, Shown
from ui import answers, url
from ui.context import Context

HONEST = "ai_factor"
"""The page opens on a product whose panel nobody chose afterwards; what is computed on it may leave the page."""


def shown(ctx: Context) -> Shown:
    """Draw the controls and get the run."""
    t = ctx.t
    st.subheader(t("rebalance.part_run"), anchor=False)
    kept = answers.rebalance_runs()
    with st.container(border=True, horizontal=True, vertical_alignment="bottom"):
        run = url.choice(
            st.selectbox, "run", t("rebalance.run"), [DRY, *kept], kept[0] if kept else DRY, width=330,
            format_func=lambda code: words.run(t, code), help=t("rebalance.run_help"),
        )  # fmt: skip
        return _dry(ctx) if run == DRY else _kept(ctx, run)


def _kept(ctx: Context, run: str) -> Shown:
    found = answers.rebalance_run(run)
    return Shown(found, _product(ctx, list(found.told["keys"])))


def _dry(ctx: Context) -> Shown:
    t = ctx.t
    product = _product(ctx, [account.key for account in accounts()])
    days = [day.isoformat() for day in answers.rebalance_days(ctx, product)]
    session = url.choice(
        st.selectbox, "session", t("rebalance.session"), days, days[0], width=220,
        format_func=lambda code: words.day_of(t, code), help=t("rebalance.session_help"),
    )  # fmt: skip
    with st.spinner(t("rebalance.running"), show_time=True):
        made = answers.rebalance_rehearsal(ctx, product, date.fromisoformat(session))
    return Shown(made.found, product, made)


def _product(ctx: Context, keys: list[str]) -> str:
    t = ctx.t
    return url.choice(
        st.selectbox, "book", t("rebalance.product"), keys, HONEST if HONEST in keys else keys[0], width=260,
        format_func=lambda code: words.product(t, code), help=t("rebalance.product_help"),
    )  # fmt: skip
