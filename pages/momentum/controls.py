"""Choices of the AI momentum page: product, panel, how the look-back is chosen, cost. All stand in the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import streamlit as st

from engine.momentum.lookback import METHODS
from engine.momentum.settings import Config
from engine.products import Product, product, products
from pages.momentum import own, words
from ui import answers, url
from ui.context import SCALES, Context

LOOKS = ("all", "live")
HONEST = "french_portfolios"
"""The page opens on a panel that nobody chose afterwards; what is computed on it may leave the page."""

LEARNED = ("net",)
"""Ways of choosing the look-back that train networks."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What the controls ask for.

    Attributes
    ----------
    own : StockPanel or None
        The reader's panel, where it is chosen, and ``token``, which tells it from another.
    """

    product: Product
    config: Config
    own: Any = None
    token: str = ""

    @property
    def learns(self) -> bool:
        """Whether networks are trained for the answer."""
        signal = self.config.signal
        return signal == "forecast" or (signal == "residual" and self.config.method in LEARNED)

    def shows(self, part: str) -> bool:
        """Whether the product publishes this part."""
        return part in self.product.outputs


def look(ctx: Context) -> str:
    """The whole page, or the live record alone."""
    return url.choice(
        st.segmented_control, "look", ctx.t("momentum.look"), LOOKS, LOOKS[0], required=True,
        format_func=lambda code: ctx.t(f"momentum.look_{code}"), help=ctx.t("momentum.look_help"),
    )  # fmt: skip


def asked(ctx: Context) -> Asked:
    """Draw the controls of the simulated fund."""
    t = ctx.t
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            chosen = product(
                url.choice(
                    st.selectbox, "product", t("momentum.product"), list(products()), "residual_momentum", width=330,
                    format_func=lambda code: words.product(t, code), help=t("momentum.product_help"),
                )
            )  # fmt: skip
            panel = _panel(ctx)
            cost = url.number(
                st.slider, "cost", t("momentum.cost"), chosen.config.cost_bps, low=0.0, high=100.0, step=1.0, width=240,
                format="%.0f bp", help=t("momentum.cost_help"),
            )  # fmt: skip
        changes: dict[str, Any] = {"panel": panel, "cost_bps": cost}
        if chosen.config.signal == "residual":
            changes |= _lookback(ctx, chosen.config)
    found = own.panel() if panel == own.OWN else None
    held, token = found or (None, "")
    return Asked(chosen, replace(chosen.config, **changes), held, token)


def _panel(ctx: Context) -> str:
    t = ctx.t
    names = [*answers.momentum_panels(ctx.snapshot), *([own.OWN] if own.panel() else [])]
    return url.choice(
        st.selectbox, "panel", t("momentum.panel"), names, HONEST, width=330,
        format_func=lambda code: words.panel(t, code), help=t("momentum.panel_help"),
    )  # fmt: skip


def _lookback(ctx: Context, usual: Config) -> dict[str, Any]:
    t = ctx.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        method = url.choice(
            st.segmented_control, "method", t("momentum.method"), METHODS, usual.method, required=True,
            format_func=lambda code: t(f"momentum.method_{code}"), help=t("momentum.method_help"),
        )  # fmt: skip
        if method != "fixed":
            return {"method": cast(Any, method)}
        months = url.number(
            st.slider, "months", t("momentum.months"), float(usual.fixed), low=float(usual.shortest),
            high=float(usual.longest), step=1.0, width=240, format="%.0f",
        )  # fmt: skip
    return {"method": cast(Any, method), "fixed": round(months)}


def scale(ctx: Context) -> str:
    """Growth scale."""
    t = ctx.t
    return url.choice(
        st.segmented_control, "scale", t("frame.scale"), SCALES, "log", required=True,
        format_func=lambda code: t(f"frame.scale_{code}"),
    )  # fmt: skip
