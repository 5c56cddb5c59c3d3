"""Figures of the page that a story may name."""

from __future__ import annotations

from typing import Any

from engine.factors.results import LiveRecord
from ui.context import Context
from ui.format import percent, points, ratio, whole
from ui.record import Fact

TARGET = 10
"""Months of twelve that are aimed at."""


def evidence(ctx: Context, report: dict[str, Any]) -> dict[str, Fact]:
    """The record of the AI weights beside its rivals."""
    found = {
        "first": Fact(report["period"]["first"], report["period"]["first"]),
        "last": Fact(report["period"]["last"], report["period"]["last"]),
        "months": Fact(report["period"]["months"], whole(report["period"]["months"])),
        "cost_bp": Fact(report["cost_bp"], f"{report['cost_bp']:g} bp"),
        "trials": Fact(report["trials"], whole(report["trials"])),
        "deflated": Fact(report["deflated_sharpe"], ratio(report["deflated_sharpe"])),
        "pbo": Fact(report["pbo"], percent(report["pbo"], 0)),
    }
    rivals = {"ai": "ai", "equal": "equal_weight", "market": "market"}
    for short, name in rivals.items():
        found |= _line(short, report["strategies"][name])
    for short in ("ai", "equal"):
        found |= _line(f"{short}_after", report["after_split"][rivals[short]])
    return found | _line("late", report["delay_one_month"]) | _against(ctx, report)


def _line(short: str, score: dict[str, float | None]) -> dict[str, Fact]:
    return {
        f"{short}_cagr": Fact(score["annual_return"], percent(score["annual_return"]), "simulated"),
        f"{short}_ratio": Fact(score["information_ratio"], ratio(score["information_ratio"]), "simulated"),
        f"{short}_hit": Fact(score["hit_ratio"], percent(score["hit_ratio"]), "simulated"),
        f"{short}_fall": Fact(score["max_drawdown"], percent(score["max_drawdown"]), "simulated"),
        f"{short}_ten": Fact(score["years_10_of_12"], percent(score["years_10_of_12"], 0), "simulated"),
    }


def _against(ctx: Context, report: dict[str, Any]) -> dict[str, Fact]:
    """The difference to equal weights with its interval."""
    against, unit = report["vs_equal_weight"], ctx.t("frame.points")
    low, high = against["information_ratio_ci"]
    hit_low, hit_high = against["hit_ratio_ci"]
    luck_low, luck_high = report["random_mixes"]["hit_ratio_5_95"]
    return {
        "gap": Fact(against["information_ratio"], ratio(against["information_ratio"]), "simulated"),
        "gap_low": Fact(low, ratio(low), "simulated"),
        "gap_high": Fact(high, ratio(high), "simulated"),
        "p_value": Fact(against["p_value"], ratio(against["p_value"], 3)),
        "hit_gap": Fact(against["hit_ratio"], points(against["hit_ratio"], unit), "simulated"),
        "hit_gap_low": Fact(hit_low, points(hit_low, unit), "simulated"),
        "hit_gap_high": Fact(hit_high, points(hit_high, unit), "simulated"),
        "hit_p_value": Fact(against["hit_ratio_p_value"], ratio(against["hit_ratio_p_value"], 3)),
        "luck_low": Fact(luck_low, percent(luck_low), "simulated"),
        "luck_high": Fact(luck_high, percent(luck_high), "simulated"),
    }


def live(found: LiveRecord) -> dict[str, Fact]:
    """Months in which the two live funds were ahead of SPY, after all their fees."""
    made = {"live_months": Fact(found.months, whole(found.months), "live")}
    for fund, won in found.won.items():
        made[f"{fund.lower()}_won"] = Fact(won, whole(won), "live")
        best = max(found.by_year.values(), key=lambda year, fund=fund: year[fund])[fund]  # type: ignore[misc]
        made[f"{fund.lower()}_best"] = Fact(best, whole(best), "live")
        reached = sum(year[fund] >= TARGET for year in found.by_year.values())
        made[f"{fund.lower()}_reached"] = Fact(reached, whole(reached), "live")
    return made
