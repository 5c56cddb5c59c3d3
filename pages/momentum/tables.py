"""Tables of the AI momentum page, as rows of cells."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine.momentum.live import FUNDS, LiveRecord
from engine.momentum.views import View, Won
from pages.momentum import words
from ui.format import NONE, percent, ratio
from ui.i18n import Translator

Row = dict[str, Any]
MOST_ROWS = 50


def holdings(t: Translator, view: View) -> list[Row]:
    """One row a name held, the largest first."""
    rows: list[Row] = []
    for one in view.holdings[:MOST_ROWS]:
        row: Row = {
            t("momentum.column_name"): words.asset(t, one.name),
            t("momentum.column_weight"): one.weight,
            t("momentum.column_rank"): one.place,
            t("momentum.column_residual"): one.residual,
            t("momentum.column_total"): one.total,
        }
        if one.mean is not None:
            row |= {t("momentum.column_mean"): one.mean, t("momentum.column_spread"): one.spread}
        rows.append(row)
    return rows


def bars(t: Translator, view: View) -> dict[str, Any]:
    """How the columns of the holdings are written."""
    share = {
        t(f"momentum.column_{name}"): st.column_config.NumberColumn(
            format="percent", help=t(f"momentum.column_{name}_help")
        )
        for name in ("total", "mean", "spread")
    }
    largest = max((one.weight for one in view.holdings), default=0.1)
    return share | {
        t("momentum.column_weight"): st.column_config.ProgressColumn(
            format="percent", min_value=0.0, max_value=max(largest, 0.1), help=t("momentum.column_weight_help")
        ),
        t("momentum.column_residual"): st.column_config.NumberColumn(format="%.2f", help=t("momentum.column_residual_help")),
    }  # fmt: skip


def strategies(t: Translator, view: View) -> list[Row]:
    """Figures of the fund and its rivals over the same months."""
    return [
        {
            t("momentum.column_strategy"): words.strategy(t, "net" if name == "momentum" else name),
            t("metric.cagr"): percent(card.annual_return),
            t("metric.volatility"): percent(card.volatility),
            t("metric.sharpe"): ratio(card.sharpe),
            t("metric.max_drawdown"): percent(card.max_drawdown),
            t("metric.information_ratio"): ratio(card.information_ratio),
            t("metric.tracking_error"): percent(card.tracking_error),
            t("metric.hit_ratio"): percent(card.hit_ratio),
            t("momentum.column_ten"): percent(card.years_10_of_12, 0),
            t("momentum.column_turnover"): percent(card.turnover, 0),
        }
        for name, card in view.found.strategies.items()
    ]


def won(t: Translator, view: View) -> list[Row]:
    """Months won against each yardstick."""
    return [_won(t, words.strategy(t, name), row) for name, row in view.won.items()]


def _won(t: Translator, name: str, row: Won) -> Row:
    ends = NONE if row.low is None or row.high is None else f"{percent(row.low)} – {percent(row.high)}"
    counts = NONE if row.median is None else f"{row.least} / {row.median:g} / {row.most}"
    return {
        t("momentum.column_against"): name,
        t("momentum.column_won"): f"{percent(row.share)} ({row.won} / {row.months})",
        t("momentum.column_interval"): ends,
        t("momentum.column_last"): NONE if row.last is None else f"{row.last} / 12",
        t("momentum.column_windows"): counts,
        t("momentum.column_ten_windows"): percent(row.ten),
    }


def left_out(t: Translator, view: View) -> list[Row]:
    """Names listed, ranked and left out by reason, in the newest month and on average."""
    _, newest, mean = view.left_out
    return [
        {
            t("momentum.column_reason"): t(f"momentum.left_{name}"),
            t("momentum.column_newest"): f"{newest[name]:g}",
            t("momentum.column_average"): f"{mean[name]:.1f}",
        }
        for name in newest
    ]


def pairs(t: Translator, found: LiveRecord) -> list[Row]:
    """One fund against another, live."""
    rows: list[Row] = []
    for pair in found.pairs:
        row = _won(t, t("momentum.pair", fund=pair.fund, against=pair.against), pair.won)
        row |= {
            t("momentum.column_mean_12"): ratio(pair.mean_12, 1),
            t("metric.information_ratio"): ratio(pair.information_ratio),
            t("metric.tracking_error"): percent(pair.tracking_error),
        }
        rows.append(row)
    return rows


def funds(t: Translator, found: LiveRecord) -> list[Row]:
    """Each live fund over the same months."""
    return [
        {
            t("momentum.column_fund"): fund,
            t("metric.cagr"): percent(found.annual[fund]),
            t("metric.volatility"): percent(found.volatility[fund]),
            t("metric.max_drawdown"): percent(found.fall[fund]),
            t("momentum.column_growth"): ratio(found.growth.levels[fund][-1]),
        }
        for fund in FUNDS
    ]


def years(t: Translator, found: LiveRecord) -> list[Row]:
    """Months that AMOM won in each calendar year."""
    return [
        {
            t("momentum.column_year"): str(year),
            t("momentum.column_won_spy"): row["SPY"],
            t("momentum.column_won_mtum"): row["MTUM"],
            t("momentum.column_months"): row["months"],
        }
        for year, row in found.years.items()
    ]
