"""The ETF universe: screen, rank within peer groups, and find cheaper shares that move alike."""

from engine.universe.answer import Best, FundRow, Moved, RankedUniverse, TrackingEffect, moved, ranked, tracking_effect
from engine.universe.fragility import Reversal, Switch
from engine.universe.funds import BLOCKS, TIES, Inputs, Kind, Universe, inputs, last_day, stale, universe
from engine.universe.live import Refreshed, merged, refresh
from engine.universe.own import COLUMNS, MAX_BYTES, OwnFunds, read_funds, with_own
from engine.universe.score import CRITERIA, DEFAULT_WEIGHTS, Ranking, describe, normalised, rank
from engine.universe.screen import (
    REASONS,
    AgainstPeers,
    Contradiction,
    Reason,
    Screening,
    ScreenSettings,
    against_peers,
    behaviour,
    screen,
)
from engine.universe.substitutes import Substitute, Substitutes, substitutes
from engine.universe.vintage import Vintage, vintage

__all__ = [
    "BLOCKS", "COLUMNS", "CRITERIA", "DEFAULT_WEIGHTS", "MAX_BYTES", "REASONS", "TIES", "AgainstPeers", "Best", "Contradiction", "FundRow",
    "Inputs", "Kind", "Moved", "OwnFunds", "RankedUniverse", "Ranking", "Reason", "Refreshed", "Reversal", "ScreenSettings", "Screening",
    "Substitute", "Substitutes", "Switch", "TrackingEffect", "Universe", "Vintage", "against_peers", "behaviour", "describe", "inputs", "last_day",
    "merged", "moved", "normalised", "rank", "ranked", "read_funds", "refresh", "screen", "stale", "substitutes", "tracking_effect", "universe", "vintage",
    "with_own",
]  # fmt: skip
