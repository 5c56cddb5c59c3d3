"""Figures of the page that a story may name."""

from __future__ import annotations

from engine.momentum.live import LiveRecord, target_met
from engine.momentum.views import View
from pages.momentum import words
from ui.context import Context
from ui.format import percent, points, ratio, whole
from ui.record import Fact


def fund(ctx: Context, view: View) -> dict[str, Fact]:
    """The simulated fund and its rivals."""
    found = view.found
    made = {
        "first": Fact(found.first, f"{found.first:%Y-%m}"),
        "last": Fact(found.last, f"{found.last:%Y-%m}"),
        "lookback": Fact(view.now, words.months(view.now), "simulated"),
        "held": Fact(found.held, whole(found.held), "simulated"),
        "largest": Fact(found.concentration.largest, percent(found.concentration.largest), "simulated"),
        "together": Fact(found.concentration.large_together, percent(found.concentration.large_together), "simulated"),
        "cost_bp": Fact(found.config.cost_bps, f"{found.config.cost_bps:g} bp"),
        "drag": Fact(view.drag, percent(view.drag, 2), "simulated"),
        "turnover": Fact(found.annual_turnover, percent(found.annual_turnover, 0), "simulated"),
    }
    short = {
        "momentum": "fund",
        "fixed_12_1": "fixed",
        "total_return_12_1": "total",
        "equal_weight": "equal",
        "market": "market",
    }
    for name, key in short.items():
        if name in found.strategies:
            card = found.strategies[name]
            made[f"{key}_cagr"] = Fact(card.annual_return, percent(card.annual_return), "simulated")
            made[f"{key}_sharpe"] = Fact(card.sharpe, ratio(card.sharpe), "simulated")
            made[f"{key}_fall"] = Fact(card.max_drawdown, percent(card.max_drawdown), "simulated")
    for name, row in view.won.items():
        key = short[name]
        made[f"won_{key}"] = Fact(row.share, percent(row.share), "simulated")
        made[f"won_{key}_low"] = Fact(row.low, percent(row.low), "simulated")
        made[f"won_{key}_high"] = Fact(row.high, percent(row.high), "simulated")
    return made


def live(ctx: Context, found: LiveRecord) -> dict[str, Fact]:
    """The real fund, live."""
    made = {
        "live_months": Fact(found.months, whole(found.months), "live"),
        "live_met": Fact(len(target_met(found)), whole(len(target_met(found))), "live"),
    }
    for fund in ("AMOM", "MTUM", "SPY"):
        made[f"{fund.lower()}_cagr"] = Fact(found.annual[fund], percent(found.annual[fund]), "live")
        made[f"{fund.lower()}_fall"] = Fact(found.fall[fund], percent(found.fall[fund]), "live")
    gap = found.annual["AMOM"] - found.annual["MTUM"]
    made["amom_over_mtum"] = Fact(gap, points(gap, ctx.t("frame.points")), "live")
    for pair in found.pairs:
        key = f"{pair.fund}_{pair.against}".lower()
        made[f"{key}_won"] = Fact(pair.won.share, percent(pair.won.share), "live")
        made[f"{key}_low"] = Fact(pair.won.low, percent(pair.won.low), "live")
        made[f"{key}_high"] = Fact(pair.won.high, percent(pair.won.high), "live")
        made[f"{key}_ratio"] = Fact(pair.information_ratio, ratio(pair.information_ratio), "live")
    return made
