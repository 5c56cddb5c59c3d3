"""Choices of the ETF universe: weights, policy, thresholds, filters, own rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from engine.errors import BadInput
from engine.universe import (
    COLUMNS,
    CRITERIA,
    DEFAULT_WEIGHTS,
    FundRow,
    Refreshed,
    ScreenSettings,
    Universe,
    read_funds,
    refresh,
    universe,
    with_own,
)
from pages.universe import tables, words
from ui import frame, render, url
from ui.context import Context

DEFAULTS = tuple(DEFAULT_WEIGHTS.items())
SCREEN = ScreenSettings()
TEMPLATE = f"{','.join(COLUMNS)}\n".encode()


@dataclass(frozen=True)
class Asked:
    """One question to the universe; hashable, so that its answer can be kept."""

    weights: tuple[tuple[str, float], ...]
    tracking: str
    measured_only: bool
    screen: ScreenSettings
    order: float

    def plain(self) -> Asked:
        """The same question with the default weights."""
        return replace(self, weights=DEFAULTS)


def panel(ctx: Context) -> Asked:
    """Draw the controls; the question they ask."""
    t = ctx.t
    with st.expander(t("universe.settings"), icon=":material/tune:"):
        st.caption(t("universe.weights"))
        weights = []
        for column, name in zip(st.columns(len(CRITERIA)), CRITERIA, strict=True):
            with column:
                weight = url.number(
                    st.slider, f"w_{name}", t(f"universe.{name}"), DEFAULT_WEIGHTS[name],
                    low=0.0, high=1.0, step=0.05, help=t(f"universe.weight_{name}_help"),
                )  # fmt: skip
            weights.append((name, weight))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            tracking = url.choice(
                st.segmented_control, "tracking", t("universe.tracking_by"), ("error", "difference"), "error", required=True,
                format_func=lambda code: t(f"universe.tracking_{code}"), help=t("universe.tracking_by_help"),
            )  # fmt: skip
            measured = url.flag(
                st.toggle, "measured", t("universe.measured_only"), help=t("universe.measured_only_help")
            )
        screen = _screen(ctx)
        order = url.number(
            st.number_input, "order", t("universe.order"), 10_000.0, low=0.0, high=1e9, step=1_000.0,
            help=t("universe.order_help"), width=220,
        )  # fmt: skip
    return Asked(tuple(weights), tracking, measured, screen, order)


def _screen(ctx: Context) -> ScreenSettings:
    t = ctx.t
    with st.container(horizontal=True):
        active = url.flag(st.toggle, "active", t("universe.allow_active"))
        futures = url.flag(st.toggle, "futures", t("universe.allow_futures"))
        hedged = url.flag(st.toggle, "hedged", t("universe.allow_hedged"), True, help=t("universe.allow_hedged_help"))
    with st.container(horizontal=True):
        age = url.number(
            st.number_input, "age", t("universe.min_age"), SCREEN.min_age_years, low=0.0, high=30.0, step=1.0, width=200
        )
        assets = url.number(
            st.number_input,
            "size",
            t("universe.min_assets"),
            SCREEN.min_assets / 1e6,
            low=0.0,
            high=1e6,
            step=50.0,
            width=200,
        )
        volume = url.number(
            st.number_input, "volume", t("universe.min_volume"), SCREEN.min_dollar_volume / 1e6,
            low=0.0, high=1e5, step=0.5, width=200,
        )  # fmt: skip
    return ScreenSettings(age, assets * 1e6, volume * 1e6, active, futures, hedged)


LIVE = "_universe_live"


def live(ctx: Context) -> Universe | None:
    """Draw the refresh from Yahoo; the refreshed universe of this session, or none."""
    t = ctx.t
    with st.expander(t("universe.live"), icon=":material/refresh:"):
        st.caption(t("universe.live_help"))
        if st.button(t("universe.live_button"), icon=":material/refresh:", key="universe-refresh"):
            bar = st.progress(0.0, t("universe.live_reading"))
            with frame.guard(t):
                st.session_state[LIVE] = refresh(progress=lambda done, all_: bar.progress(done / max(all_, 1)))
            bar.empty()
        found: Refreshed | None = st.session_state.get(LIVE)
        if found is None:
            return None
        st.success(words.refreshed(t, found))
        rows = tables.changes(t, found)
        if rows:
            st.dataframe(render.frame(rows), hide_index=True, alt=t("universe.live"))
        if st.button(t("universe.live_forget"), key="universe-forget"):
            del st.session_state[LIVE]
            st.rerun()
        return found.known


def own_rows(ctx: Context, known: Universe | None) -> Universe | None:
    """Draw the upload; the universe with the rows read. An unusable file is said and ignored."""
    t = ctx.t
    with st.expander(t("universe.own"), icon=":material/upload_file:"):
        st.caption(t("universe.own_help", columns=", ".join(COLUMNS[1:])))
        file = st.file_uploader(t("universe.own_file"), type="csv", key="universe-own", max_upload_size=2)
        st.download_button(
            t("universe.own_template"),
            TEMPLATE,
            "lodestar-universe.csv",
            "text/csv",
            on_click="ignore",
            icon=":material/download:",
        )
        if file is None:
            return known
        try:
            rows = read_funds(file.getvalue(), field=file.name)
            merged = with_own(known or universe(), rows, field=file.name)
        except BadInput as error:
            st.error(t.error(error), icon=":material/error:")
            return known
        st.success(t("universe.own_read", rows=len(rows.rows), tickers=", ".join(list(rows.rows)[:12])))
        return merged


def filters(ctx: Context, rows: Sequence[FundRow]) -> list[FundRow]:
    """Draw the filters of the table of all funds; the rows they leave."""
    t = ctx.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = _any(ctx, "class", [row.asset_class for row in rows], lambda code: words_class(ctx, code))
        regions = _any(ctx, "region", [row.region for row in rows])
        issuers = _any(ctx, "issuer", [row.issuer for row in rows])
        price = url.number(
            st.number_input, "most", t("universe.filter_price"), 1_000.0, low=1.0, high=1e6, step=10.0, width=200
        )
        size = url.number(
            st.number_input, "least", t("universe.filter_size"), 0.0, low=0.0, high=1e6, step=100.0, width=200
        )
    kept = [
        row
        for row in rows
        if (not kinds or row.asset_class in kinds)
        and (not regions or row.region in regions)
        and (not issuers or row.issuer in issuers)
        and (row.price is None or row.price <= price)
        and (row.assets or 0.0) >= size * 1e6
    ]
    st.caption(t("universe.filter_count", shown=len(kept), all=len(rows)))
    return kept


def words_class(ctx: Context, code: str) -> str:
    """An asset class in words; one of the reader's own keeps its code."""
    key = f"universe.class_{code}"
    return ctx.t(key) if ctx.t.has(key) else code


def _any(ctx: Context, key: str, values: Sequence[str], named: Callable[[str], str] = str) -> list[str]:
    """A choice of several among what is there; none chosen means all."""
    label, everything = ctx.t(f"universe.filter_{key}"), ctx.t("universe.filter_any")
    return url.several(
        st.multiselect,
        key,
        label,
        sorted({value for value in values if value}),
        [],
        format_func=named,
        placeholder=everything,
        width=240,
    )
