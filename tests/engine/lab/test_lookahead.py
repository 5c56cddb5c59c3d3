"""No strategy and no overlay looks ahead, and the harness that says so catches what does."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

from engine.backtest import rebalance_dates
from engine.lab import (
    OVERLAYS,
    STRATEGIES,
    AIWeights,
    CashOverlay,
    EnhancedPassive,
    EqualWeight,
    FactorMomentum,
    FixedWeights,
    Hierarchical,
    LowVolatilityDefence,
    MeanVariance,
    MinimumVariance,
    Overlay,
    RiskParity,
    Strategy,
    Tilt,
    VolatilityTarget,
    WorldPortfolio,
    overlaid,
)
from tests.engine.lab.lookahead import panels, past_change

PANELS = panels()
EXACT, SOLVED = 1e-12, 1e-9

CASES: dict[str, list[tuple[Strategy, str]]] = {
    "fixed_weights": [
        (FixedWeights((("a", 0.5), ("c", 0.3))), "staggered"),
        (FixedWeights((("us_equity", 0.6), ("us_bond", 0.4))), "classes"),
    ],
    "equal_weight": [(EqualWeight(), name) for name in PANELS],
    "factor_momentum": [(FactorMomentum(months=6, held=2), name) for name in PANELS],
    "risk_parity": [(RiskParity(window=60), name) for name in PANELS],
    "minimum_variance": [(MinimumVariance(window=60, cap=0.6), name) for name in PANELS],
    "mean_variance": [(MeanVariance(window=60, cap=0.6), name) for name in PANELS],
    "hierarchical": [(Hierarchical(window=60), "staggered"), (Hierarchical(window=60), "sleeves")],
    "ai_weights": [(AIWeights("full"), "sleeves"), (AIWeights("factor_etf"), "factor_etfs")],
    "world_portfolio": [(WorldPortfolio(vintage), "classes") for vintage in (False, True)],
    "enhanced_passive": [
        (EnhancedPassive({"type": "risk", "gamma": 6.0}, window=36), "classes"),
        (EnhancedPassive({"type": "preference", "preferences": {"us_equity": 0.05}}, window=36), "classes"),
    ],
}
"""Every registered strategy on panels of both frequencies, with late starts and a delisting where it can hold them."""


SOLVERS = {"risk_parity", "minimum_variance", "mean_variance", "enhanced_passive", "hierarchical"}

OVERLAY_CASES: dict[str, list[Overlay]] = {
    "tilt": [Tilt(strength=2.0), Tilt("market", 0.5)],
    "volatility_target": [VolatilityTarget(0.08, window=24), VolatilityTarget(0.3, 24, 2.0, leverage=True)],
    "low_volatility_defence": [LowVolatilityDefence(0.8, months=24)],
    "cash": [CashOverlay(0.25)],
}


def cuts(name):
    """Inside the history, at a month end, at one before a holiday (Memorial Day 2021), and late."""
    dates = PANELS[name].dates
    found = [dates[int(len(dates) * share)] for share in (0.55, 0.8, 0.97)]
    return [*found, pd.Timestamp("2021-05-28")] if pd.Timestamp("2021-05-28") in dates else found


def decision_dates(name, cut, most):
    """Rebalancing dates before the cut, and the last sessions up to it."""
    dates = PANELS[name].dates
    past = rebalance_dates(dates, "monthly")
    return past[past <= cut][-most:].union(dates[dates <= cut][-3:])


def test_every_registered_strategy_and_overlay_is_audited():
    assert set(CASES) == set(STRATEGIES)
    assert set(OVERLAY_CASES) == set(OVERLAYS)
    assert all(type(case) is STRATEGIES[name] for name, cases in CASES.items() for case, _ in cases)
    assert all(type(case) is OVERLAYS[name] for name, cases in OVERLAY_CASES.items() for case in cases)


@pytest.mark.parametrize(
    ("kind", "order"), [(kind, order) for kind, cases in CASES.items() for order in range(len(cases))]
)
def test_no_strategy_looks_ahead(kind, order):
    rule, name = CASES[kind][order]
    seen = 0
    for cut in cuts(name):
        dates = decision_dates(name, cut, 8 if rule.heavy else 400)
        seen += len(rule.targets(PANELS[name], dates))
        moved = past_change(rule.targets, PANELS[name], cut, dates)
        assert moved <= (SOLVED if kind in SOLVERS else EXACT), cut
    assert seen > 0


@pytest.mark.parametrize(
    ("kind", "order"), [(kind, order) for kind, cases in OVERLAY_CASES.items() for order in range(len(cases))]
)
@pytest.mark.parametrize("name", PANELS)
def test_no_overlay_looks_ahead(kind, order, name):
    item = OVERLAY_CASES[kind][order]
    if kind == "tilt" and item.core == "market" and not PANELS[name].market:
        pytest.skip("the panel has no market")
    base = FactorMomentum(months=6, held=2)
    for cut in cuts(name):
        dates = decision_dates(name, cut, 400)
        moved = past_change(
            lambda whole, days: item.applied(whole, base.targets(whole, days)), PANELS[name], cut, dates
        )
        assert moved <= EXACT, cut


def test_no_stack_of_overlays_looks_ahead():
    stack = (LowVolatilityDefence(1.0, 24), Tilt(strength=1.5), VolatilityTarget(0.08, 24), CashOverlay(0.1))

    def rule(whole, days):
        return overlaid(whole, EqualWeight().targets(whole, days), stack)

    for name in PANELS:
        for cut in cuts(name):
            assert past_change(rule, PANELS[name], cut, decision_dates(name, cut, 400)) <= EXACT


# --- planted leaks: none is registered


@dataclass(frozen=True)
class Planted(Strategy):
    name: ClassVar[str] = "planted"
    leak: str = "none"

    def ready(self, panel):
        return np.arange(len(panel.prices)) >= 40

    def decide(self, panel, rows):
        filled = panel.prices.ffill().bfill()
        score = {
            "none": lambda: filled / filled.shift(20),
            "next_return": lambda: filled.shift(-1).ffill() / filled,
            "full_sample_scaling": lambda: filled.pct_change() / filled.pct_change().std(),
            "centred_window": lambda: filled.pct_change().rolling(21, center=True, min_periods=1).mean(),
            "whole_history_best": lambda: filled * 0.0 + filled.iloc[-1] / filled.iloc[0],
            "filled_backwards": lambda: filled / panel.prices.bfill().shift(20).bfill(),
        }[self.leak]()
        rank = score.iloc[rows].to_numpy()
        weights = np.abs(rank - np.nanmean(rank, axis=1, keepdims=True)) + 1e-3
        return weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class PlantedOverlay(Overlay):
    name: ClassVar[str] = "planted"
    leak: bool = True

    def change(self, panel, rows, weights):
        spread = panel.returns.std() if self.leak else panel.returns.iloc[:30].std()
        scale = np.nan_to_num(1.0 / spread.to_numpy(), nan=1.0)
        return weights * scale / scale.max()


LEAKS = ("next_return", "full_sample_scaling", "centred_window", "whole_history_best", "filled_backwards")


@pytest.mark.parametrize("leak", LEAKS)
def test_every_planted_leak_is_caught(leak):
    name = "staggered" if leak == "filled_backwards" else "sleeves"
    cut = PANELS[name].dates[690 if name == "staggered" else 400]
    rule = Planted(leak)
    found = past_change(rule.targets, PANELS[name], cut, decision_dates(name, cut, 400))
    assert found > 1e-6


def test_a_leaking_overlay_is_caught_and_an_honest_rule_is_not():
    for name in ("sleeves", "factor_etfs"):
        cut = cuts(name)[0]
        dates = decision_dates(name, cut, 400)

        def run(leak, name=name, cut=cut, dates=dates):
            item = PlantedOverlay(leak)
            return past_change(
                lambda whole, days: item.applied(whole, EqualWeight().targets(whole, days)), PANELS[name], cut, dates
            )

        assert run(True) > 1e-4
        assert run(False) <= EXACT
        honest = Planted("none")
        assert past_change(honest.targets, PANELS[name], cut, dates) <= EXACT


def test_only_hindsight_sizes_are_called_a_lookahead():
    assert WorldPortfolio().lookahead
    assert EnhancedPassive().lookahead
    quiet = [WorldPortfolio(vintage=True), EnhancedPassive(vintage=True), AIWeights(), EqualWeight(), FactorMomentum()]
    assert not any(rule.lookahead for rule in quiet)
    kinds = {note.kind for note in WorldPortfolio().notes(PANELS["classes"])}
    assert kinds == {"lookahead", "coverage"}
    assert {note.kind for note in WorldPortfolio(True).notes(PANELS["classes"])} == {"coverage"}
