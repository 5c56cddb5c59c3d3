"""Settings of a backtest as widgets. All of them but the reader's own data stand in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any, cast, get_args

import streamlit as st

from engine import lab
from engine.backtest.terms import BandKind, Fill
from engine.lab import views
from engine.lab.config import OWN, LabRule
from engine.lab.run import EQUAL_WEIGHT
from pages.lab import session, words
from pages.lab.session import Asked
from ui import url
from ui.i18n import Translator

START = {
    "factor_etfs": {"MTUM": 0.5, "USMV": 0.5},
    "sleeves": {"big_momentum": 0.5, "low_volatility": 0.5},
    "classes": {"us_equity": 0.6, "us_bond": 0.4},
}
"""Constant weights that a panel opens with; equal ones elsewhere."""

Draw = Callable[[Callable[..., Any]], Callable[..., Any]]
"""A widget, or what stands in for one that is folded away."""

FILLS = ("usual", *get_args(Fill))
WISHES = ("passive", "preference", "risk")
PANEL_MARK = "panel"
LIMITS = {"cost_bps": 100.0, "band": 0.25, "buffer": 0.2, "leverage": 3.0, "fixed_cost": 1000.0, "capital": 1e9}
"""Where the widgets end; a file may ask for more."""

BASKET = "basket:"
WIDE = 400
"""A number with more steps is typed, not slid."""


def _shown_if(is_open: bool | None) -> Draw:
    """Widgets of a folder that is closed keep their values without being drawn: a slider then moves faster."""
    return _seen if is_open else (lambda widget: url.unseen)


def _seen(widget: Callable[..., Any]) -> Callable[..., Any]:
    return widget


def panel(t: Translator) -> Asked:
    """Draw the controls; what they ask for.

    Raises
    ------
    BadInput
        Settings that cannot be: a sum of weights above one, an end before the start.
    """
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            prices = _panel(t)
            name = _strategy(t, prices)
            mark = _mark(t, prices)
        assets = url.several(
            st.multiselect, "assets", t("lab.assets"), prices.assets, [], format_func=lambda code: words.asset(t, code),
            placeholder=t("lab.assets_all"),
        )  # fmt: skip
        weights = _weights(t, prices, assets or prices.assets) if name == lab.FixedWeights.name else {}
        given, pressed = _settings(t, name, prices)
        terms = _terms(t, prices)
    with st.expander(t("lab.overlays"), icon=":material/layers:", key="lab-overlays", on_change="rerun") as folder:
        overlays = _overlays(t, prices, _shown_if(folder.open))
    with st.expander(t("lab.more"), icon=":material/tune:", key="lab-more", on_change="rerun") as folder:
        terms |= _more(t, prices, terms["rule"], _shown_if(folder.open))
    if name == lab.FixedWeights.name:
        given = {"weights": tuple((asset, share) for asset, share in weights.items() if share > 0)}
    config = lab.Config(
        panel=prices.name,
        strategy=lab.STRATEGIES[name](**given),
        overlays=tuple(lab.OVERLAYS[code](**chosen) for code, chosen in overlays),
        assets=tuple(assets),
        benchmark="" if mark in (PANEL_MARK, OWN) else mark,
        **terms,
    )
    return Asked(config, prices, session.own_line() if mark == OWN else None, pressed)


def _panel(t: Translator) -> lab.PricePanel:
    own = session.own_prices()
    names = [*lab.PANELS, *([OWN] if own else [])]
    chosen = url.choice(
        st.selectbox, "panel", t("lab.panel"), names, "factor_etfs", width=270,
        format_func=lambda code: t(f"lab.panel_{code}"), help=t("lab.panel_help"),
    )  # fmt: skip
    return own if own and chosen == OWN else lab.panel(chosen)


def suited(prices: lab.PricePanel) -> list[str]:
    """Strategies that this panel can hold."""
    blocks = bool(lab.world_blocks(prices))
    fits = {
        "ai_weights": lab.AIWeights.suited(prices) is not None,
        "world_portfolio": blocks,
        "enhanced_passive": blocks,
    }
    return [name for name in lab.STRATEGIES if fits.get(name, True)]


def _strategy(t: Translator, prices: lab.PricePanel) -> str:
    names = suited(prices)
    baskets = [f"{BASKET}{name}" for name, held in session.baskets().items() if _holds(prices, held)]
    return url.choice(
        st.selectbox, "strategy", t("lab.strategy"), [*names, *baskets], lab.FixedWeights.name, width=290,
        format_func=lambda code: words.strategy(t, code), on_change=_basket, help=t("lab.strategy_help"),
    )  # fmt: skip


def _holds(prices: lab.PricePanel, held: lab.FixedWeights) -> bool:
    return {asset for asset, _ in held.weights} <= set(prices.assets)


def _basket() -> None:
    """A named basket chosen among the strategies becomes constant weights, which a link can carry."""
    chosen = str(st.session_state["strategy"])
    if chosen.startswith(BASKET):
        held = session.baskets()[chosen.removeprefix(BASKET)]
        st.session_state["strategy"] = held.name
        _take_weights(held)


def _mark(t: Translator, prices: lab.PricePanel) -> str:
    own = [OWN] if session.own_line() else []
    lines = [name for name in views.comparable(prices) if name != EQUAL_WEIGHT]
    names = [PANEL_MARK, EQUAL_WEIGHT, *own, *prices.assets, *lines]
    return url.choice(
        st.selectbox, "mark", t("lab.mark"), list(dict.fromkeys(names)), PANEL_MARK, width=270,
        format_func=lambda code: words.mark(t, code, prices), help=t("lab.mark_help"),
    )  # fmt: skip


def _weights(t: Translator, prices: lab.PricePanel, assets: list[str]) -> dict[str, float]:
    """A share of each asset that takes part."""
    names = {asset: words.asset(t, asset) for asset in assets}
    with st.grid(min_column_width=150):
        shares = url.amounts(st.slider, "w", names, start(prices, list(names)), format="percent")
    total = sum(shares.values())
    if total < 1.0 - 1e-9:
        st.caption(t("lab.cash_left", share=words.share(1.0 - total)))
    return shares


def start(prices: lab.PricePanel, assets: list[str]) -> dict[str, float]:
    """Weights that a panel opens with."""
    given = START.get(prices.name, {})
    return given if set(given) <= set(assets) and given else dict.fromkeys(assets, 1.0 / len(assets))


def _settings(t: Translator, name: str, prices: lab.PricePanel) -> tuple[dict[str, Any], bool]:
    """Numbers of the strategy; those of a slow one in a form with a button."""
    kind = lab.STRATEGIES[name]
    if not kind.heavy:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            return _parameters(t, kind.parameters(), "p", prices), False
    with st.form("lab-form"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            given = _parameters(t, kind.parameters(), "p", prices)
        if name == lab.EnhancedPassive.name:
            given["wishes"] = _wishes(t, prices)
        pressed = st.form_submit_button(t("lab.run"), type="primary", icon=":material/play_arrow:")
    return given, bool(pressed)


def _parameters(
    t: Translator, wanted: tuple[lab.Parameter, ...], prefix: str, prices: lab.PricePanel, draw: Draw = _seen
) -> dict[str, Any]:
    return {item.name: _parameter(t, item, f"{prefix}_{item.name}", prices, draw) for item in wanted}


def _parameter(t: Translator, item: lab.Parameter, key: str, prices: lab.PricePanel, draw: Draw) -> Any:
    label = words.parameter(t, item, prices)
    if item.kind == "choice":
        if item.choices == (False, True):
            return url.flag(draw(st.toggle), key, label, bool(item.default))
        default = str(item.default)
        if item.name == "universe":
            fitting = lab.AIWeights.suited(prices)
            default = fitting.universe if fitting else default
        return url.choice(
            draw(st.selectbox), key, label, [str(choice) for choice in item.choices], default, width=220,
            format_func=lambda code: t(f"lab.choice_{code}"),
        )  # fmt: skip
    low, high, step = (float(cast(float, value)) for value in (item.low, item.high, item.step))
    whole = item.kind == "int"
    typed = (high - low) / step > WIDE
    value = url.number(
        draw(st.number_input if typed else st.slider), key, label, float(cast(float, item.default)), low=low, high=high, step=step,
        width=220, format="%.0f" if whole else "%.2f" if typed or item.unit == "" else "percent",
    )  # fmt: skip
    return int(value) if whole else value


def _wishes(t: Translator, prices: lab.PricePanel) -> dict[str, Any]:
    """Wishes around the world portfolio, as the enhanced passive page asks for them."""
    kind = url.choice(
        st.segmented_control, "wish_type", t("lab.wish_type"), WISHES, "preference", required=True,
        format_func=lambda code: t(f"lab.wish_{code}"),
    )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        leans = {
            block: url.number(
                st.slider, f"wish_{block}", t("lab.wish_lean", name=words.asset(t, block)), 0.0, low=-0.10, high=0.10,
                step=0.01, format="percent", width=220,
            )
            for block in prices.assets
        }  # fmt: skip
        gamma = url.number(st.slider, "wish_gamma", t("lab.wish_gamma"), 4.0, low=1.0, high=12.0, step=0.5, width=220)
    wishes: dict[str, Any] = {"type": kind}
    if kind == "preference":
        wishes["preferences"] = {block: size for block, size in leans.items() if size}
    if kind == "risk":
        wishes["gamma"] = gamma
    return wishes


def _terms(t: Translator, prices: lab.PricePanel) -> dict[str, Any]:
    """Calendar, band, cost and fill: what the trading looks like."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        rule = url.choice(
            st.selectbox, "rule", t("lab.rule"), get_args(LabRule), "monthly", width=200,
            format_func=lambda code: t(f"lab.rule_{code}"), help=t("lab.rule_help"),
        )  # fmt: skip
        band = _band(t) if rule == "band" else None
        cost = url.number(
            st.slider, "cost", t("lab.cost"), 10.0, low=0.0, high=100.0, step=0.5, format="%.1f bp", width=240,
            help=t("lab.cost_help"),
        )  # fmt: skip
        fills = [code for code in FILLS if code != "next_open" or prices.opens is not None]
        fill = url.choice(
            st.selectbox, "fill", t("lab.fill"), fills, FILLS[0], width=250,
            format_func=lambda code: t(f"lab.fill_{code}") if code != FILLS[0] else t(f"lab.fill_usual_{prices.frequency}"),
            help=t("lab.fill_help"),
        )  # fmt: skip
    return {"rule": rule, "band": band, "cost_bps": cost, "fill": None if fill == FILLS[0] else fill}


def _band(t: Translator, draw: Draw = _seen) -> float:
    return url.number(
        draw(st.slider), "band", t("lab.band"), 0.05, low=0.0, high=0.25, step=0.005, format="percent", width=220,
        help=t("lab.band_help"),
    )  # fmt: skip


def _overlays(t: Translator, prices: lab.PricePanel, draw: Draw) -> list[tuple[str, dict[str, Any]]]:
    """Changes to the weights, in the order of the register."""
    chosen = []
    if draw is _seen:
        st.caption(t("lab.overlays_note"))
    for code, kind in lab.OVERLAYS.items():
        if url.flag(draw(st.toggle), f"o_{code}", t(f"lab.overlay_{code}"), help=t(f"lab.overlay_{code}_help")):
            with st.container(horizontal=True, vertical_alignment="bottom"):
                chosen.append((code, _parameters(t, kind.parameters(), code, prices, draw)))
    return chosen


def _more(t: Translator, prices: lab.PricePanel, rule: str, draw: Draw) -> dict[str, Any]:
    """Dates, assets, and terms of trading that most readers leave as they are."""
    first, last = prices.dates[0].date(), prices.as_of
    for key in ("from", "to"):
        day = st.session_state.get(key)
        if isinstance(day, date) and not first <= day <= last:
            st.session_state[key] = None
    terms: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        terms["start"] = url.day_or_none(
            "from", t("lab.from"), first=first, last=last, widget=draw(st.date_input), width=170
        )
        terms["end"] = url.day_or_none(
            "to", t("lab.to"), first=first, last=last, widget=draw(st.date_input), width=170, help=t("lab.dates_help")
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if rule != "band" and url.flag(draw(st.toggle), "between", t("lab.between"), help=t("lab.between_help")):
            terms["band"] = _band(t, draw)
        terms["band_kind"] = url.choice(
            draw(st.selectbox), "band_kind", t("lab.band_kind"), get_args(BandKind), "absolute", width=230,
            format_func=lambda code: t(f"lab.band_kind_{code}"),
        )  # fmt: skip
        terms["buffer"] = url.number(
            draw(st.slider), "buffer", t("lab.buffer"), 0.0, low=0.0, high=0.2, step=0.005, format="percent", width=220,
            help=t("lab.buffer_help"),
        )  # fmt: skip
        terms["leverage"] = url.number(
            st.slider,
            "leverage",
            t("lab.leverage"),
            1.0,
            low=1.0,
            high=3.0,
            step=0.05,
            width=220,
            help=t("lab.leverage_help"),
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        terms["capital"] = url.number(
            draw(st.number_input), "capital", t("lab.capital"), 1.0, low=1.0, high=1e9, step=1000.0, format="%.0f", width=220,
            help=t("lab.capital_help"),
        )  # fmt: skip
        terms["fixed_cost"] = url.number(
            st.number_input,
            "fixed",
            t("lab.fixed"),
            0.0,
            low=0.0,
            high=1000.0,
            step=0.5,
            width=220,
            help=t("lab.fixed_help"),
        )
        terms["whole_shares"] = url.flag(draw(st.toggle), "whole", t("lab.whole"))
        terms["cash_earns"] = url.flag(draw(st.toggle), "bill", t("lab.bill"), True)
    return terms


def take(config: lab.Config) -> None:
    """Set the controls to a config; for callbacks, before the widgets are drawn.

    What a widget cannot show is brought to its end; :func:`differing` finds it afterwards.
    """
    state = st.session_state
    within = {name: min(getattr(config, name) or 0.0, most) for name, most in LIMITS.items()}
    state.update(
        {
            "panel": config.panel, "strategy": config.strategy.name, "mark": config.benchmark or PANEL_MARK,
            "rule": config.rule, "between": config.rule != "band" and config.band is not None,
            "band": 0.05 if config.band is None else within["band"], "band_kind": config.band_kind,
            "cost": within["cost_bps"],
            "fill": config.fill or FILLS[0], "from": config.start, "to": config.end, "assets": list(config.assets),
            "buffer": within["buffer"], "leverage": within["leverage"], "capital": max(within["capital"], 1.0),
            "fixed": within["fixed_cost"],
            "whole": config.whole_shares, "bill": config.cash_earns,
        }
    )  # fmt: skip
    _take_values(config.strategy, "p")
    for code in lab.OVERLAYS:
        state[f"o_{code}"] = any(item.name == code for item in config.overlays)
    for item in config.overlays:
        _take_values(item, item.name)
    if isinstance(config.strategy, lab.FixedWeights):
        _take_weights(config.strategy)
    if isinstance(config.strategy, lab.EnhancedPassive):
        wishes = config.strategy.wishes
        state["wish_type"], state["wish_gamma"] = wishes.get("type", "passive"), wishes.get("gamma", 4.0)
        for block in ("us_equity", "us_bond"):
            state[f"wish_{block}"] = wishes.get("preferences", {}).get(block, 0.0)


def _take_values(item: lab.Strategy | lab.Overlay, prefix: str) -> None:
    for parameter in item.parameters():
        value = getattr(item, parameter.name)
        plain = isinstance(value, bool) or parameter.kind == "choice"
        st.session_state[f"{prefix}_{parameter.name}"] = value if plain else float(value)


def _take_weights(held: lab.FixedWeights) -> None:
    for key in [key for key in st.session_state if str(key).startswith(url.amount("w", ""))]:
        st.session_state[key] = 0.0
    for asset, share in held.weights:
        st.session_state[url.amount("w", asset)] = share


def differing(config: lab.Config, other: lab.Config) -> list[str]:
    """Names of the settings in which two configs differ."""
    return [item.name for item in fields(config) if getattr(config, item.name) != getattr(other, item.name)]
