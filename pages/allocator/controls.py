"""Choices of the allocator. Amounts and holdings are plain widgets: they never stand in the address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from engine.allocation import NAMES, PROFILES, Answer, Profile, Question, number, question
from engine.allocation.models import read_shares
from ui import answers, url
from ui.context import Context
from ui.format import NONE

PRESETS = (("KRW", 200_000), ("KRW", 1_000_000), ("USD", 500), ("USD", 5_000))
EXAMPLES = ("eq3", "seed4")
EXAMPLE_AMOUNT = 200_000
START = {"KRW": "200,000", "USD": "500"}
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
SIZES = {
    "USD": (*(int(step * 10**power) for power in range(2, 6) for step in STEPS), 1_000_000),
    "KRW": (*(int(step * 10**power) for power in range(5, 9) for step in STEPS), 1_000_000_000),
}
"""Places of the amount slider, evenly spread on a log scale."""

UNIVERSES = ("all", "ranked", "curated")
HANDED = "handed"
"""The model that the enhanced passive page handed over."""

METHODS = ("measured", "assumptions")
OWN_RATES = ("commission", "commission_minimum", "exchange_spread")
HOLDINGS_TEMPLATE = b"ticker,shares\nVT,1\nBND,2\n"


@dataclass(frozen=True)
class Asked:
    """One question; hashable, so that its answer can be kept. ``account`` and ``fx`` are as typed."""

    account: str
    currency: str
    fx: str
    model: str
    universe: str
    method: str
    classes: str
    fractional: bool
    tolerance: float
    max_lines: int
    profile: str
    rates: tuple[tuple[str, float], ...] = ()
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    holdings: tuple[tuple[str, object], ...] = ()
    handed: tuple[tuple[str, float], ...] = ()
    no_sell: bool = False

    def broker(self) -> Profile:
        """The profile with the reader's own rates."""
        return PROFILES[self.profile].with_values(**dict(self.rates))

    def question(self) -> Question:
        """The question as the engine takes it; a field that cannot be used raises ``BadInput``."""
        options = {"holdings": answers.shares(self.holdings), "no_sell": self.no_sell} if self.holdings else {}
        return question(
            amount("account", self.account),
            currency=self.currency,
            fx=amount("fx", self.fx) if self.fx else None,
            model=answers.weights(self.handed) if self.model == HANDED else self.model,
            universe=self.universe,
            method=self.method,
            profile=self.broker(),
            classes=self.classes,
            fractional=self.fractional,
            minimum_order=1.0 if self.fractional else 0.0,
            tolerance=self.tolerance,
            max_lines=self.max_lines or None,
            required=self.required,
            forbidden=self.forbidden,
            **options,
        )


def amount(field: str, typed: str) -> float:
    """A number as a reader types it, thousands separated or not."""
    return number(field, typed.replace(",", "").strip() or NONE, "a number above zero", low=0.0)


def panel(ctx: Context) -> Asked:
    """Draw the controls; the question they ask."""
    t = ctx.t
    _presets(ctx)
    with st.container(border=True):
        account, fx = _amount(ctx)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            model = url.choice(
                st.selectbox, "model", t("allocator.model"), _models(), "world", width=330,
                format_func=lambda code: t(f"allocator.model_{code}"), help=t("allocator.model_help"),
            )  # fmt: skip
            universe = url.choice(
                st.segmented_control, "funds", t("allocator.universe"), UNIVERSES, "all", required=True,
                format_func=lambda code: t(f"allocator.universe_{code}"), help=t("allocator.universe_help"),
            )  # fmt: skip
        matched = url.flag(st.toggle, "matched", t("allocator.matched"), True, help=t("allocator.matched_help"))
    with st.expander(t("allocator.rules"), icon=":material/tune:"):
        rules = _rules(ctx)
    with st.expander(t("allocator.broker"), icon=":material/account_balance:"):
        broker = url.choice(
            st.segmented_control, "broker", t("allocator.profile"), ("plain", "korea"), "plain", required=True,
            format_func=lambda code: t(f"allocator.profile_{code}"), help=t("allocator.profile_help"),
        )  # fmt: skip
        rates = _rates(ctx)
    holdings, no_sell = _holdings(ctx)
    return Asked(
        account, ctx.currency, fx, model, universe, classes="model" if matched else "any", profile=broker, rates=rates,
        holdings=holdings, no_sell=no_sell, handed=_handed() if model == HANDED else (), **rules,
    )  # fmt: skip


def _models() -> tuple[str, ...]:
    """Models by name, and the one handed over from another page of this session."""
    return (*NAMES, HANDED) if st.session_state.get("handed_model") else NAMES


def _handed() -> tuple[tuple[str, float], ...]:
    return tuple(st.session_state.get("handed_model", {}).items())


def _presets(ctx: Context) -> None:
    t = ctx.t
    with st.container(horizontal=True):
        for currency, value in PRESETS:
            st.button(
                t(f"allocator.money_{currency}", amount=f"{value:,}"),
                key=f"allocator-preset-{currency}-{value}",
                on_click=_take,
                args=(currency, value),
            )
        for model in EXAMPLES:
            st.button(
                t(f"allocator.example_{model}"),
                key=f"allocator-example-{model}",
                on_click=_take,
                args=("KRW", EXAMPLE_AMOUNT, model),
                icon=":material/lightbulb:",
                help=t("allocator.example_help"),
            )


def _take(currency: str, value: int, model: str = "") -> None:
    """What a preset sets; an example also opens the comparison of universes and exchange rates."""
    st.session_state["currency"] = currency
    st.session_state[f"allocator-amount-{currency}"] = f"{value:,}"
    if model:
        for key, chosen in {"model": model, "funds": "all", "allocator-compare": True, "allocator-fx": ""}.items():
            st.session_state[key] = chosen


def _amount(ctx: Context) -> tuple[str, str]:
    """Amount typed or chosen on the slider, and for won the exchange rate."""
    t, currency = ctx.t, ctx.currency
    typed_key, slider_key = f"allocator-amount-{currency}", f"allocator-slider-{currency}"
    st.session_state.setdefault(typed_key, START[currency])
    st.session_state[slider_key] = _nearest(st.session_state[typed_key], currency)
    fx = ""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        typed = st.text_input(
            t("allocator.amount", currency=currency), key=typed_key, width=200, persist_state="session",
            help=t("allocator.amount_help"),
        )  # fmt: skip
        st.select_slider(
            t("allocator.slider"), SIZES[currency], key=slider_key, on_change=_slid, args=(typed_key, slider_key),
            format_func=lambda size: f"{size:,}",
        )  # fmt: skip
        if currency == "KRW":
            known, day = answers.won_rate(ctx)
            fx = st.text_input(
                t("allocator.fx"), key="allocator-fx", placeholder=f"{known:,.2f} ({day})", width=230,
                help=t("allocator.fx_help"), persist_state="session",
            )  # fmt: skip
    return str(typed or ""), str(fx or "")


def _nearest(typed: str, currency: str) -> int:
    """The slider's place for what was typed; its first place for what is no amount."""
    digits = typed.replace(",", "").strip()
    try:
        value = float(digits)
    except ValueError:
        value = 0.0
    return min(SIZES[currency], key=lambda size: abs(size - value))


def _slid(typed_key: str, slider_key: str) -> None:
    st.session_state[typed_key] = f"{st.session_state[slider_key]:,}"


def _rules(ctx: Context) -> dict[str, Any]:
    """Tolerance, lines, fractions, covariance, funds to hold or to avoid."""
    t = ctx.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tolerance = url.number(
            st.slider, "tolerance", t("allocator.tolerance"), 0.10, low=0.0, high=0.5, step=0.05, format="percent",
            help=t("allocator.tolerance_help"), width=300,
        )  # fmt: skip
        lines = url.number(
            st.number_input, "max_lines", t("allocator.max_lines"), 0.0, low=0.0, high=40.0, step=1.0, format="%.0f",
            help=t("allocator.max_lines_help"), width=200,
        )  # fmt: skip
        method = url.choice(
            st.segmented_control, "covariance", t("allocator.covariance"), METHODS, "measured", required=True,
            format_func=lambda code: t(f"allocator.covariance_{code}"), help=t("allocator.covariance_help"),
        )  # fmt: skip
    fractional = url.flag(st.toggle, "fractional", t("allocator.fractional"), help=t("allocator.fractional_help"))
    known = answers.allocation_tickers(ctx)
    with st.container(horizontal=True):
        required = st.multiselect(
            t("allocator.required"), known, key="allocator-required", width=330, persist_state="session",
            placeholder=t("allocator.none"),
        )  # fmt: skip
        forbidden = st.multiselect(
            t("allocator.forbidden"), known, key="allocator-forbidden", width=330, persist_state="session",
            placeholder=t("allocator.none"),
        )  # fmt: skip
    return {
        "tolerance": tolerance, "max_lines": int(lines), "method": method, "fractional": fractional,
        "required": tuple(required), "forbidden": tuple(forbidden),
    }  # fmt: skip


def _rates(ctx: Context) -> tuple[tuple[str, float], ...]:
    """The reader's own rates; an empty field leaves the profile's."""
    t, own = ctx.t, []
    with st.container(horizontal=True):
        for name in OWN_RATES:
            value = st.number_input(
                t(f"allocator.own_{name}"), min_value=0.0, max_value=50.0, value=None, step=0.01, format="%.3f",
                key=f"allocator-own-{name}", placeholder=t("allocator.own_empty"), width=230, persist_state="session",
            )  # fmt: skip
            if value is not None:
                own.append((name, value if name == "commission_minimum" else value / 100))
    return tuple(own)


def _holdings(ctx: Context) -> tuple[tuple[tuple[str, object], ...], bool]:
    """What is held already, and whether it may be sold."""
    t = ctx.t
    with st.expander(t("allocator.holdings"), icon=":material/upload_file:"):
        st.caption(t("allocator.holdings_help"))
        file = st.file_uploader(t("allocator.holdings_file"), type="csv", key="allocator-holdings", max_upload_size=1)
        st.download_button(
            t("allocator.holdings_template"), HOLDINGS_TEMPLATE, "lodestar-holdings.csv", "text/csv",
            on_click="ignore", icon=":material/download:",
        )  # fmt: skip
        no_sell = st.toggle(t("allocator.no_sell"), key="allocator-no-sell", persist_state="session")
    if file is None:
        return (), False
    held = read_shares(Path(file.name), "holdings", "shares", file.getvalue())
    return tuple((str(name), value) for name, value in held.items()), no_sell


def plan(ctx: Context) -> tuple[str, int]:
    """Amount a month as typed, and months."""
    t, currency = ctx.t, ctx.currency
    key = f"allocator-monthly-{currency}"
    st.session_state.setdefault(key, START[currency])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        monthly = st.text_input(t("allocator.monthly", currency=currency), key=key, width=200, persist_state="session")
        months = st.slider(t("allocator.months"), 1, 36, 12, key="allocator-months", width=300, persist_state="session")
    return str(monthly or ""), int(months)


def dollars(typed: str, found: Answer) -> float:
    """A monthly amount in dollars at the question's exchange rate, what the exchange costs taken off."""
    asked, given = found.question, amount("monthly", typed)
    return given * asked.account_usd / asked.account
