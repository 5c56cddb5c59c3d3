"""Tables of the ETF universe: rows of cells for the screen and for files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine.sources import latest_rate, load
from engine.universe import (
    CRITERIA,
    Best,
    FundRow,
    RankedUniverse,
    Refreshed,
    Substitutes,
    Switch,
    against_peers,
)
from pages.universe import words
from ui.context import Context
from ui.format import NONE, percent, points, ratio
from ui.i18n import Translator

Row = dict[str, object]


def ranked(ctx: Context, rows: Sequence[FundRow], *, with_group: bool = False) -> list[Row]:
    """One row a fund, best first."""
    t = ctx.t
    rate = latest_rate(load("usdkrw_monthly")).krw_per_usd if ctx.currency == "KRW" else None
    return [_fund(t, row, with_group, rate) for row in rows]


def _fund(t: Translator, row: FundRow, with_group: bool, rate: float | None) -> Row:
    named: Row = {t("universe.column_fund"): row.ticker, t("universe.column_name"): row.name}
    if with_group:
        named |= {t("universe.column_group"): words.group(t, row.group), t("universe.column_issuer"): row.issuer}
    price: Row = {t("universe.column_price"): _number(row.price, 2)}
    if rate:
        price |= {t("universe.column_price_krw"): _number(None if row.price is None else row.price * rate, 0)}
    return (
        named
        | {
            t("universe.column_rank"): row.rank,
            t("universe.column_standing"): None if row.standing is None else round(100 * row.standing, 1),
            t("universe.column_first"): None if row.p_first is None else round(100 * row.p_first, 1),
        }
        | {t("universe.chip_rank", criterion=t(f"universe.{name}")): _chip(row, name) for name in CRITERIA}
        | {t(f"universe.{name}"): _input(name, row.inputs[name]) for name in CRITERIA}
        | price
        | {
            t("universe.column_interval"): NONE if row.rank_low is None else f"{row.rank_low:g}–{row.rank_high:g}",
            t("universe.column_top3"): percent(row.p_top3, 0),
            t("universe.column_assets"): _number(None if row.assets is None else row.assets / 1e6, 0),
            t("universe.column_age"): ratio(row.age_years, 1),
            t("universe.column_yield"): percent(row.dividend_yield),
            t("universe.column_volume"): _number(None if row.dollar_volume is None else row.dollar_volume / 1e6, 1),
            t("universe.column_order"): percent(row.order_share, 2),
            t("universe.column_volatility"): percent(row.volatility),
            t("universe.column_fall"): percent(row.max_drawdown),
            t("universe.column_fall_2020"): percent(row.drawdown_2020),
            t("universe.column_fall_2022"): percent(row.drawdown_2022),
            t("universe.column_stale"): ", ".join(_field(t, name) for name in row.stale) or NONE,
        }
    )


def _chip(row: FundRow, name: str) -> str:
    """Rank by one criterion, marked where the input is an estimate."""
    place = row.positions[name]
    if place is None:
        return NONE
    return f"{place:g} ≈" if row.kinds[name] == "estimated" else f"{place:g}"


def _input(name: str, value: float | None) -> str:
    return percent(value, {"fee": 2, "tracking": 2, "spread": 3, "top10": 1, "turnover": 0}[name])


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def _field(t: Translator, name: str) -> str:
    return t("universe.column_price") if name == "price" else t(f"universe.{name}")


def helps(t: Translator) -> dict[str, str]:
    """What headings mean."""
    return {
        t("universe.column_standing"): t("universe.column_standing_help"),
        t("universe.column_first"): t("universe.column_first_help"),
        t("universe.column_order"): t("universe.order_help"),
    }


def bars(t: Translator) -> dict[str, Any]:
    """Columns drawn as bars."""
    standing, first = t("universe.column_standing"), t("universe.column_first")
    narrow = {
        t("universe.chip_rank", criterion=t(f"universe.{name}")): st.column_config.TextColumn(width=64)
        for name in CRITERIA
    }
    return narrow | {
        t("universe.column_name"): st.column_config.TextColumn(width=190),
        t("universe.column_rank"): st.column_config.NumberColumn(width=48),
        standing: st.column_config.ProgressColumn(
            help=t("universe.column_standing_help"), min_value=0, max_value=100, format="%.0f", color="auto", width=110
        ),
        first: st.column_config.ProgressColumn(
            help=t("universe.column_first_help"), min_value=0, max_value=100, format="%.0f %%", color="gray", width=110
        ),
    }


def best(t: Translator, found: RankedUniverse, rows: Sequence[Best]) -> list[Row]:
    """The winner of each group."""
    return [
        {
            t("universe.column_group"): words.group(t, row.group),
            t("universe.column_fund"): row.winner,
            t("universe.column_first"): round(100 * row.p_first, 1),
            t("universe.column_runner"): row.runner_up,
            t("universe.column_runner_first"): percent(row.runner_up_p_first, 0),
            t("universe.column_size"): row.size,
            t("universe.column_rests"): words.criteria(t, row.estimates) or NONE,
        }
        for row in rows
    ]


def switches(t: Translator, rows: Sequence[Switch]) -> list[Row]:
    """The least changes that turn the order, least sure first."""
    return [
        {
            t("universe.column_fund"): row.ticker,
            t("universe.column_input"): t(f"universe.{row.criterion}"),
            t("universe.column_now"): _input(row.criterion, row.value),
            t("universe.column_needed"): _input(row.criterion, row.needed),
            t("universe.column_deviations"): ratio(row.deviations, 1),
            t("universe.column_winner"): row.winner,
        }
        for row in rows[:6]
    ]


def inputs(t: Translator, found: RankedUniverse, ticker: str) -> list[Row]:
    """The five inputs of one fund with kind, method, date and error."""
    return [
        {
            t("universe.column_criterion"): t(f"universe.{name}"),
            t("universe.column_value"): _input(name, item["value"]),
            t("universe.column_kind"): t(f"universe.kind_{item['kind']}"),
            t("universe.column_method"): t(f"universe.method_{item['method'] or 'none'}"),
            t("universe.column_as_of"): item["as_of"] or NONE,
            t("universe.column_error"): _error(t, name, item),
            t("universe.column_old"): t("universe.yes") if item["stale"] else NONE,
            t("universe.column_source"): item["source"] or NONE,
        }
        for name, item in found.inputs.of(ticker, found.today).items()
    ]


def changes(t: Translator, found: Refreshed) -> list[Row]:
    """Cells that a refresh changed or refused, in the units of the fact table."""
    return [
        {
            t("universe.column_fund"): item.ticker,
            t("universe.column_field"): item.column or NONE,
            t("universe.column_done"): t(f"universe.done_{item.kind}"),
            t("universe.column_before"): NONE if item.old is None else str(item.old),
            t("universe.column_after"): NONE if item.new is None else str(item.new),
        }
        for item in found.changes
        if item.kind in ("changed", "filled", "cleared", "refused_jump", "refused_no_fund", "failed")
    ]


def _error(t: Translator, name: str, item: dict[str, Any]) -> str:
    if item["log_error"]:
        return t("universe.times", factor=ratio(math.exp(item["log_error"]), 1))
    return percent(item["error"], 3) if item["error"] else NONE


def substitutes(ctx: Context, found: Substitutes) -> list[Row]:
    """Stand-ins, most alike first, then the nearest that are too different."""
    t = ctx.t
    return [
        {
            t("universe.column_fund"): item.ticker,
            t("universe.column_price"): _number(item.price, 2),
            t("universe.column_saving"): words.money(ctx, item.saving),
            t("universe.column_verdict"): t(f"universe.mark_{item.verdict}"),
            t("universe.column_te"): percent(item.tracking_volatility, 2),
            t("universe.column_correlation"): ratio(item.correlation, 4),
            t("universe.column_twin"): t(f"universe.twin_{item.twin or 'none'}"),
            t("universe.column_distance"): percent(item.distance, 0),
            t("universe.column_fee_difference"): points(item.fee_difference, t("frame.points"), 2),
            t("universe.column_switch"): percent(item.switching_cost, 3),
            t("universe.column_how"): t("universe.how_measured" if item.measured else "universe.how_implied"),
        }
        for item in (*found.found, *found.others)
    ]


def excluded(t: Translator, found: RankedUniverse) -> list[Row]:
    """Excluded funds with their reasons, beside the median of their plain peers."""
    rows = against_peers(found.known, found.screening)
    return [
        {
            t("universe.column_fund"): row.ticker,
            t("universe.column_name"): str(found.known.funds.loc[row.ticker, "name"]),
            t("universe.column_reasons"): ", ".join(
                t(f"universe.reason_{reason.code}") for reason in found.screening.excluded[row.ticker]
            ),
            t("universe.column_fee_own"): _known(row.fee, 2),
            t("universe.column_fee_peers"): _known(row.fee_median, 2),
            t("universe.column_te_own"): _known(row.tracking, 1),
            t("universe.column_te_peers"): _known(row.tracking_median, 1),
            t("universe.column_top_own"): _known(row.top10, 0),
            t("universe.column_top_peers"): _known(row.top10_median, 0),
            t("universe.column_group"): words.group(t, row.group),
            t("universe.column_peers"): row.peers,
        }
        for row in rows
    ]


def _known(value: float, digits: int) -> str:
    return NONE if math.isnan(value) else percent(value, digits)
