"""Tables of the enhanced passive page."""

from __future__ import annotations

from engine.world.implement import ModelPortfolio
from engine.world.tilt import Tilted
from pages.enhanced import words
from ui.format import NONE, percent, points, ratio
from ui.i18n import Translator

Row = dict[str, object]


def weights(t: Translator, found: Tilted) -> list[Row]:
    """Market, portfolio, tilt and what the tilt contributes, by block."""
    told = found.to_dict()
    parts, market, active, implied = (
        told[name] for name in ("contributions", "market_weights", "active", "implied_return")
    )
    return [
        {
            t("enhanced.column_block"): words.name(t, block),
            t("enhanced.column_market"): percent(market[block]),
            t("enhanced.column_weight"): percent(weight),
            t("enhanced.column_tilt"): points(active[block], t("frame.points")),
            t("enhanced.column_error"): percent(parts[block]["tracking_error"], 2),
            t("enhanced.column_cost"): words.bp(parts[block]["utility_cost"]),
            t("enhanced.column_implied"): percent(implied[block], 1),
        }
        for block, weight in told["weights"].items()
    ]


def funds(t: Translator, found: ModelPortfolio) -> list[Row]:
    """The funds that stand for the blocks."""
    return [
        {
            t("enhanced.column_fund"): item.ticker,
            t("enhanced.column_block"): words.name(t, item.block),
            t("enhanced.column_weight"): percent(item.weight),
            t("enhanced.column_why"): t(f"enhanced.why_{item.code}"),
            t("enhanced.column_rank"): NONE if item.rank is None else f"{item.rank:g}",
            t("enhanced.column_score"): ratio(item.score),
        }
        for item in found.holdings
    ]


def model(found: ModelPortfolio) -> list[Row]:
    """A model portfolio as the allocator reads it."""
    return [{"ticker": str(ticker), "weight": float(weight)} for ticker, weight in found.weights.items()]


def handed(found: ModelPortfolio) -> dict[str, float]:
    """The same by ticker."""
    return {str(ticker): float(weight) for ticker, weight in found.weights.items()}
