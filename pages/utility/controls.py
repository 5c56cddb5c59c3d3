"""Choices of the page that stand in its address: the market of the illustration, the asset looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from engine.world.inputs import EXAMPLE, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY, Inputs, spread_evenly
from ui import url
from ui.context import Context

INFORMATION = ("uneven", "even")
STATES = ("average", "example")


@dataclass(frozen=True)
class Asked:
    """One market; hashable, so that its answers can be kept. Field names are the engine's."""

    gamma_informed: float
    gamma_uninformed: float
    informed_fraction: float
    signal_precision: float
    supply_noise: float
    information: str

    def inputs(self) -> Inputs:
        """The market as the engine takes it."""
        return (spread_evenly(EXAMPLE) if self.information == "even" else EXAMPLE).changed(
            gamma_informed=self.gamma_informed,
            gamma_uninformed=self.gamma_uninformed,
            informed_fraction=self.informed_fraction,
            signal_precision=self.signal_precision,
            supply_noise=self.supply_noise,
        )

    def mapped(self) -> Asked:
        """The same market with what the map varies itself at the illustration's values."""
        return replace(self, informed_fraction=EXAMPLE.informed_fraction, supply_noise=1.0)


def market(ctx: Context) -> Asked:
    """Draw the sliders; the market they describe."""
    t = ctx.t
    with st.container(border=True):
        st.caption(t("utility.settings"))
        with st.grid(min_column_width=165):
            informed = _gamma(ctx, "gamma_informed")
            uninformed = _gamma(ctx, "gamma_uninformed")
            fraction = url.number(
                st.slider, "informed_fraction", t("utility.informed_fraction"), EXAMPLE.informed_fraction,
                low=0.0, high=1.0, step=0.01, format="percent", help=t("utility.informed_help"),
            )  # fmt: skip
            precision = url.number(
                st.slider, "signal_precision", t("utility.signal_precision"), 1.0,
                low=0.1, high=10.0, step=0.1, format="%.1f ×", help=t("utility.precision_help"),
            )  # fmt: skip
            noise = url.number(
                st.slider, "supply_noise", t("utility.supply_noise"), 1.0,
                low=0.0, high=3.0, step=0.1, format="%.1f ×", help=t("utility.noise_help"),
            )  # fmt: skip
        information = url.choice(
            st.segmented_control, "information", t("utility.information"), INFORMATION, "uneven", required=True,
            format_func=lambda code: t(f"utility.information_{code}"), help=t("utility.information_help"),
        )  # fmt: skip
    return Asked(informed, uninformed, fraction, precision, noise, information)


def _gamma(ctx: Context, key: str) -> float:
    t = ctx.t
    return url.number(
        st.slider, key, t(f"utility.{key}"), 4.0, low=0.5, high=10.0, step=0.5, format="%.1f", help=t("utility.gamma_help")
    )  # fmt: skip


def asset(ctx: Context) -> tuple[str, tuple[float, ...] | None, tuple[float, ...] | None]:
    """Draw the choice of an asset and a state; signal and supply are None for the mean state."""
    t = ctx.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = url.choice(
            st.selectbox, "asset", t("utility.asset"), EXAMPLE.assets, EXAMPLE.assets[0], width=240,
            format_func=lambda code: t(f"utility.asset_{code}"),
        )  # fmt: skip
        state = url.choice(
            st.segmented_control, "state", t("utility.state"), STATES, "average", required=True,
            format_func=lambda code: t(f"utility.state_{code}"), help=t("utility.state_help"),
        )  # fmt: skip
    return (chosen, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY) if state == "example" else (chosen, None, None)
