"""Figures of the page that a story may name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.world.evidence import Bet, FeePath, Scorecard, TradingDrag, WinnerOdds
from engine.world.holding import HoldingShare
from pages.passive import words
from ui.context import Context
from ui.format import day, percent, ratio
from ui.record import Fact


def published(ctx: Context, rows: Sequence[Scorecard], asked: WinnerOdds) -> dict[str, Fact]:
    """Counts of active funds behind their index, and the chance of picking a winner by them."""
    known = [row for row in rows if row.share is not None]
    first, shares = known[0], [row.share or 0.0 for row in known]
    most = sum(share > words.HALF for share in shares)
    return {
        "counts": Fact(len(known), str(len(known)), "reported"),
        "counts_most": Fact(most, str(most), "reported"),
        "behind": Fact(first.share, words.share(first.share), "reported"),
        "behind_where": Fact(words.where(ctx.t, first), words.where(ctx.t, first)),
        "behind_day": Fact(first.as_of, day(first.as_of, ctx.language)),
        "behind_low": Fact(min(shares), words.share(min(shares)), "reported"),
        "behind_high": Fact(max(shares), words.share(max(shares)), "reported"),
        "years": Fact(first.years, str(first.years)),
        "picks": Fact(asked.picks, str(asked.picks)),
        "most_ahead": Fact(asked.most_ahead, words.chance(asked.most_ahead), "model"),
        "all_ahead": Fact(asked.all_ahead, words.chance(asked.all_ahead), "model"),
    }


def bet(found: Bet) -> dict[str, Fact]:
    """The index fund beside five funds of funds over ten years."""
    annual = [value for name, value in found.final_annual.items() if name != "index_fund"]
    index = found.final_annual["index_fund"]
    return {
        "bet_index": Fact(index, percent(index), "reported"),
        "bet_low": Fact(min(annual), percent(min(annual)), "reported"),
        "bet_high": Fact(max(annual), percent(max(annual)), "reported"),
        "bet_years_ahead": Fact(found.years_funds_ahead, str(found.years_funds_ahead), "reported"),
    }


def fees(ctx: Context, path: FeePath, traded: TradingDrag) -> dict[str, Fact]:
    """What two fees and a trading habit take over the years chosen."""
    money = {"put": path.amount, "low_kept": path.wealth_low[-1], "high_kept": path.wealth_high[-1]}
    return {
        "fee_low": Fact(path.low_fee, percent(path.low_fee, 2)),
        "fee_high": Fact(path.high_fee, percent(path.high_fee, 2)),
        "gross": Fact(path.gross_return, percent(path.gross_return), "model"),
        "fee_years": Fact(path.years[-1], str(path.years[-1])),
        "fee_share": Fact(path.share_lost, percent(path.share_lost), "model"),
        **{name: Fact(value, words.money(ctx, value), "model") for name, value in money.items()},
        "trades": Fact(traded.trades_per_year, f"{traded.trades_per_year:g}"),
        "trade_drag": Fact(traded.annual_drag, percent(traded.annual_drag, 2), "model"),
    }


def holding(rows: Sequence[HoldingShare]) -> dict[str, Fact]:
    """How often holding on ended with a gain: ``gain_<horizon>``, its worst case, and how much evidence there is."""
    found = {}
    for row in rows:
        if row.share is not None:
            found[f"gain_{row.horizon}"] = Fact(row.share, percent(row.share), "index")
            found[f"worst_{row.horizon}"] = Fact(row.worst, percent(row.worst), "index")
            found[f"windows_{row.horizon}"] = Fact(row.independent_windows, ratio(row.independent_windows, 1), "index")
    return found
