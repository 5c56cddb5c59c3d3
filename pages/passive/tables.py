"""Tables of the page: rows of cells with headings in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from engine.world.evidence import FUNDS, Bet, Claim, FeePath, FundStatus, Scorecard, WinnerOdds
from engine.world.holding import HoldingShare
from pages.passive import words
from pages.passive.controls import Trading
from ui.context import Context
from ui.format import NONE, percent, ratio, whole
from ui.i18n import Translator

Rows = list[dict[str, object]]


def scorecards(t: Translator, rows: Sequence[Scorecard]) -> Rows:
    """Every figure with date, basis and source; one not found is a dash."""
    return [
        {
            t("passive.column_region"): words.region(t, row.region),
            t("passive.column_category"): words.category(t, row.category),
            t("passive.column_benchmark"): row.benchmark or NONE,
            t("passive.column_to"): row.as_of,
            t("passive.column_years"): row.years,
            t("passive.column_behind"): words.share(row.share),
            t("passive.column_basis"): words.basis(t, row.basis),
            t("passive.column_source"): row.source,
            t("passive.column_note"): row.note,
        }
        for row in rows
    ]


def odds(t: Translator, found: Sequence[WinnerOdds]) -> Rows:
    """Chances by number of picks."""
    return [
        {
            t("passive.odds_axis"): item.picks,
            t("passive.odds_least"): percent(item.at_least_one, 2),
            t("passive.odds_most"): percent(item.most_ahead, 4),
            t("passive.odds_every"): percent(item.all_ahead, 4),
            t("passive.column_behind"): words.share(item.share_behind),
        }
        for item in found
    ]


def bet_years(t: Translator, bet: Bet) -> Rows:
    """Returns and growth year by year."""
    return [
        {
            t("passive.column_year"): item.year,
            t("passive.index_fund"): percent(item.index_fund),
            t("passive.funds_mean"): percent(item.funds_mean),
            **{t("passive.fund_letter", letter=name.upper()): percent(item.funds[name]) for name in FUNDS},
            t("passive.column_index_growth"): ratio(item.index_wealth),
            t("passive.column_funds_growth"): ratio(item.funds_wealth),
        }
        for item in bet.years
    ]


def bet_final(t: Translator, bet: Bet) -> Rows:
    """The published result of each fund."""
    return [
        {
            t("passive.column_fund"): t("passive.index_fund")
            if name == "index_fund"
            else t("passive.fund_letter", letter=name.upper()),
            t("passive.column_gain"): percent(bet.final_gain[name]),
            t("passive.column_annual"): percent(bet.final_annual[name]),
            t("passive.column_span"): _span(bet, name),
        }
        for name in ("index_fund", *FUNDS)
    ]


def _span(bet: Bet, name: str) -> str:
    """Years that a fund lived through."""
    lived = [item.year for item in bet.years if name == "index_fund" or item.funds[name] is not None]
    return f"{lived[0]}–{lived[-1]}"


def fees(ctx: Context, path: FeePath) -> Rows:
    """Wealth by year."""
    t = ctx.t
    return [
        {
            t("passive.fees_x"): year,
            f"{t('passive.no_fee')}, {ctx.currency}": round(free, 2),
            f"{t('passive.fee_cheaper', fee=percent(path.low_fee, 2))}, {ctx.currency}": round(low, 2),
            f"{t('passive.fee_dearer', fee=percent(path.high_fee, 2))}, {ctx.currency}": round(high, 2),
        }
        for year, free, low, high in zip(path.years, path.wealth_free, path.wealth_low, path.wealth_high, strict=True)
    ]


def holding(t: Translator, rows: Sequence[HoldingShare]) -> Rows:
    """Share, interval and windows of every length; one without figure is dashes with its reason."""
    return [
        {
            t("passive.column_held"): words.held(t, row),
            t("passive.column_share"): percent(row.share),
            t("passive.column_low"): percent(row.low),
            t("passive.column_high"): percent(row.high),
            t("passive.column_windows"): whole(row.windows or None),
            t("passive.column_apart"): ratio(row.independent_windows or None, 1),
            t("passive.column_worst"): percent(row.worst),
            t("passive.column_median"): percent(row.median),
            t("passive.column_best"): percent(row.best),
            t("passive.column_frequency"): t(f"frame.{row.frequency}"),
            t("passive.column_currency"): row.currency,
            t("passive.column_from"): row.first,
            t("passive.column_to"): row.last,
            t("passive.column_absent"): t(f"passive.reason_{row.absent}") if row.absent else "",
        }
        for row in rows
    ]


def trading(t: Translator, found: Trading) -> Rows:
    """Cost by frequency."""
    return [
        {
            t("passive.trades"): item.trades_per_year,
            t("passive.trade_cost"): percent(item.cost, 2),
            t("passive.trade_part"): percent(item.share_traded, 0),
            t("passive.column_drag"): percent(item.annual_drag, 2),
            t("passive.column_lost", years=item.years): percent(item.share_lost),
        }
        for item in (found.own, *found.usual)
    ]


def claims(t: Translator, items: Sequence[Claim]) -> Rows:
    """Claims beside what was found, as recorded."""
    return [
        {
            t("passive.column_claim"): item.claim,
            t("passive.column_claimed"): item.claimed,
            t("passive.column_unit"): item.claimed_unit,
            t("passive.column_status"): t(f"passive.status_{item.status}"),
            t("passive.column_found"): item.found,
            t("passive.column_found_unit"): item.found_unit,
            t("passive.column_found_source"): item.found_source,
            t("passive.column_source"): item.source,
            t("passive.column_date"): item.as_of,
            t("passive.column_note"): item.note,
        }
        for item in items
    ]


def funds(t: Translator, items: Sequence[FundStatus]) -> Rows:
    """What the filings say of each fund."""
    return [
        {
            t("passive.column_fund"): item.ticker,
            t("passive.column_name"): item.name,
            t("passive.column_active"): t("passive.yes" if item.active else "passive.no"),
            t("passive.column_benchmark"): item.benchmark,
            t("passive.column_fee"): percent(item.fee, 2),
            t("passive.column_adviser"): item.adviser,
            t("passive.column_date"): item.as_of,
            t("passive.column_source"): item.source,
        }
        for item in items
    ]
