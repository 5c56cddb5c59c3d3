"""Does a rule's past change when its future is cut off, or replaced by noise?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from engine.lab import PricePanel, panel
from engine.sources import Basis, Frequency


def cut_off(whole: PricePanel, cut: pd.Timestamp) -> PricePanel:
    """The panel up to the cut; assets that begin later are not known yet, and are dropped with their columns."""
    return whole.between(last=cut)


def poisoned(whole: PricePanel, cut: pd.Timestamp, seed: int = 0) -> PricePanel:
    """The panel with every price after the cut multiplied by noise."""
    noise = np.random.default_rng(seed).uniform(0.3, 3.0, whole.prices.shape)
    noise[whole.dates <= cut] = 1.0
    return replace(whole, prices=whole.prices * noise)


def past_change(rule, whole: PricePanel, cut: pd.Timestamp, dates: pd.DatetimeIndex) -> float:
    """Largest change of a weight decided at the dates up to the cut; a row on one side only is a change of one.

    ``rule(panel, dates)`` gives target weights.
    """
    past = dates[dates <= cut]
    before = rule(whole, past)
    worst = 0.0
    for other in (cut_off(whole, cut), poisoned(whole, cut)):
        after = rule(other, past).reindex(columns=before.columns, fill_value=0.0)
        if not after.index.equals(before.index):
            return 1.0
        worst = max(worst, float(np.abs(after.to_numpy() - before.to_numpy()).max(initial=0.0)))
    return worst


def staggered(seed: int = 5) -> PricePanel:
    """Five assets over 1,600 sessions: one starts late, one is delisted."""
    random = np.random.default_rng(seed)
    steps = random.normal(0.0003, [0.006, 0.009, 0.011, 0.014, 0.02], (1600, 5)) + random.normal(0, 0.006, (1600, 1))
    prices = pd.DataFrame(
        100 * np.exp(steps.cumsum(axis=0)), index=pd.bdate_range("2010-01-04", periods=1600), columns=list("abcde")
    )
    prices.loc[prices.index[:700], "d"] = np.nan
    prices.loc[prices.index[1450:], "e"] = np.nan
    return PricePanel("staggered", prices, Frequency.DAILY, Basis.TOTAL_RETURN, "USD", "simulated")


def panels() -> dict[str, PricePanel]:
    return {name: panel(name) for name in ("factor_etfs", "sleeves", "classes")} | {"staggered": staggered()}
