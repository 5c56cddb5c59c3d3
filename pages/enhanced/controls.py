"""Wishes around the market portfolio: type, preferences, exclusions, limits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine.world.wishes import TYPES
from ui import url
from ui.context import Context

LEANS = ("us_equity", "dev_exus_equity", "em_equity", "bonds", "real_estate", "infrastructure")
OUT = (
    "us_equity",
    "dev_exus_equity",
    "em_equity",
    "us_bond",
    "intl_bond",
    "em_bond",
    "real_estate",
    "infrastructure",
    "emerging",
)


@dataclass(frozen=True)
class Asked:
    """The wishes as drawn; decimals."""

    type: str
    preferences: tuple[tuple[str, float], ...]
    exclude: tuple[str, ...]
    gamma: float
    bound: float
    budget: float
    strength: float | None
    method: str

    def wishes(self) -> str:
        """A JSON object of wishes: the key under which an answer is kept."""
        told: dict[str, Any] = {
            "type": self.type,
            "exclude": list(self.exclude),
            "bounds": self.bound,
            "tracking_error_budget": self.budget,
        }
        if self.type != "passive":
            told["preferences"] = {name: size for name, size in self.preferences if size}
        if self.type == "risk":
            told["gamma"] = self.gamma
        if self.type == "prediction":
            told |= {"strength": self.strength, "method": self.method}
        return json.dumps(told)


def panel(ctx: Context) -> Asked:
    """Draw the form; the wishes."""
    t = ctx.t
    kind = url.choice(
        st.segmented_control, "type", t("enhanced.type"), TYPES, "preference", required=True,
        format_func=lambda code: t(f"enhanced.type_{code}"),
    )  # fmt: skip
    st.caption(t(f"enhanced.says_{kind}"))
    preferences: list[tuple[str, float]] = []
    gamma, strength, method = 4.0, None, "added"
    if kind in ("preference", "risk", "prediction"):
        for start in (0, 3):
            for column, name in zip(st.columns(3), LEANS[start : start + 3], strict=True):
                with column:
                    size = url.number(
                        st.slider, f"lean_{name}", t(f"enhanced.name_{name}"), 0.03 if name == "em_equity" else 0.0,
                        low=-0.10, high=0.10, step=0.01, format="percent",
                    )  # fmt: skip
                preferences.append((name, size))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if kind == "risk":
            gamma = url.number(st.slider, "gamma", t("enhanced.gamma"), 4.0, low=1.0, high=12.0, step=0.5, width=260)
        if kind == "prediction":
            own = url.flag(st.toggle, "trust", t("enhanced.trust"), help=t("enhanced.trust_help"))
            if own:
                strength = url.number(
                    st.slider, "strength", t("enhanced.strength"), 0.5, low=0.0, high=1.0, step=0.1, width=260
                )
            method = url.choice(
                st.segmented_control, "method", t("enhanced.method"), ("added", "black_litterman"), "added", required=True,
                format_func=lambda code: t(f"enhanced.method_{code}"),
            )  # fmt: skip
        bound = url.number(
            st.slider, "bound", t("enhanced.bound"), 0.10, low=0.01, high=0.30, step=0.01, format="percent", width=260
        )
        budget = url.number(
            st.slider,
            "budget",
            t("enhanced.budget"),
            0.02,
            low=0.001,
            high=0.06,
            step=0.001,
            format="percent",
            width=260,
        )
    out = url.several(
        st.multiselect, "out", t("enhanced.exclude"), OUT, [], format_func=lambda code: t(f"enhanced.name_{code}"),
        placeholder=t("enhanced.exclude_none"),
    )  # fmt: skip
    return Asked(kind, tuple(preferences), tuple(out), gamma, bound, budget, strength, method)
