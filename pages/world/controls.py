"""Choices of the world portfolio: what is counted, which day, what was known, which classes, which indices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from engine.world.anchors import SWITCHES
from engine.world.infrastructure import DEFAULT_PAIR, DENOMINATORS, NUMERATORS
from engine.world.sizes import INDICATORS, SCOPE_SETS, span
from ui import url
from ui.context import Context
from ui.format import day

LOG_LINEAR = "none"
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 1, 1)
DEFAULT_ABOVE, _, DEFAULT_BELOW = DEFAULT_PAIR.partition("/")


@dataclass(frozen=True)
class Asked:
    """One question about the world portfolio; hashable, so that its answer can be kept."""

    scope: str = "full"
    date: date | None = None
    vintage: bool = False
    include: tuple[str, ...] = ()
    pair: str = DEFAULT_PAIR
    indicator: str = LOG_LINEAR

    @property
    def indicators(self) -> dict[str, str]:
        """As the engine takes them."""
        return {} if self.indicator == LOG_LINEAR else {"equity": self.indicator}


def panel(ctx: Context) -> Asked:
    """Draw the controls; the question they ask."""
    t = ctx.t
    first, last = (day(end, t.language) for end in span())
    scope = url.choice(
        st.segmented_control, "scope", t("world.scope"), list(SCOPE_SETS), "full", required=True,
        format_func=lambda code: t(f"world.scope_{code}"), help=t("world.scope_help"),
    )  # fmt: skip
    st.caption(t(f"world.means_{scope}"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        when = url.day_or_none(
            "date", t("world.date"), first=FIRST_DAY, last=LAST_DAY, width=230,
            help=t("world.date_help", first=first, last=last),
        )  # fmt: skip
        include = url.several(
            st.pills, "include", t("world.include"), list(SWITCHES), [], selection_mode="multi",
            format_func=lambda code: t(f"world.class_{code}"), help=t("world.include_help"),
        )  # fmt: skip
        vintage = url.flag(st.toggle, "vintage", t("world.vintage"), help=t("world.vintage_help"))
    with st.expander(t("world.more"), icon=":material/tune:"):
        indicator = url.choice(
            st.segmented_control, "indicator", t("world.indicator"), [LOG_LINEAR, *INDICATORS["equity"]], LOG_LINEAR, required=True,
            format_func=lambda code: t(f"world.indicator_{code}"), help=t("world.indicator_help"),
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            above = url.choice(
                st.selectbox, "infra", t("world.infra"), list(NUMERATORS), DEFAULT_ABOVE,
                format_func=lambda code: t(f"world.infra_{code}"), help=t("world.infra_help"), width=420,
            )  # fmt: skip
            below = url.choice(
                st.selectbox, "estate", t("world.estate"), list(DENOMINATORS), DEFAULT_BELOW,
                format_func=lambda code: t(f"world.estate_{code}"), help=t("world.infra_help"), width=420,
            )  # fmt: skip
    return Asked(scope, when, vintage, tuple(include), f"{above}/{below}", indicator)
