"""Small random markets and terms for the tests of the simulation."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from engine.backtest import Terms

FILLS = ("same_close", "next_close", "next_open")
FEATURES = (
    "absolute band",
    "relative band",
    "buffer",
    "fixed cost",
    "spread",
    "fees",
    "cash",
    "loan",
    "flows",
    "dividends",
    "dividends to cash",
    "whole shares",
    "late start",
    "delisting",
)


@dataclass(frozen=True)
class World:
    """One case; ``name`` says how it was made."""

    prices: pd.DataFrame = field(repr=False)
    opens: pd.DataFrame = field(repr=False)
    targets: pd.DataFrame = field(repr=False)
    cost: float
    fill: str
    terms: Terms = field(repr=False)
    name: str = ""

    def _repr_pretty_(self, printer, cycle):
        """What hypothesis prints."""
        printer.text(repr(self))

    @property
    def asked(self):
        """Arguments of ``simulate`` beside prices and targets."""
        return {"cost_bps": self.cost, "fill": self.fill, "opens": self.opens, "terms": self.terms}

    @property
    def begin(self):
        """Row of the first fill."""
        return self.prices.index.get_loc(self.targets.index[0]) + (self.fill != "same_close")


def make(seed, features, fill, cost):
    """A market of a few assets and days, with terms that use the features."""
    rng = np.random.default_rng(seed)
    days, assets = int(rng.integers(4, 40)), int(rng.integers(1, 6))
    index = pd.bdate_range("2020-01-20", periods=days)
    names = [f"A{k}" for k in range(assets)]
    path = rng.normal(0, 0.04, (days, assets)).cumsum(axis=0)
    prices = pd.DataFrame(rng.uniform(5, 200, assets) * np.exp(path), index=index, columns=names)
    opens = prices * np.exp(rng.normal(0, 0.02, (days, assets)))
    rows = np.sort(rng.choice(days - 1, size=int(rng.integers(1, min(days - 1, 6) + 1)), replace=False))
    raw = rng.exponential(size=(len(rows), assets)) * (rng.random((len(rows), assets)) > 0.15)
    invested = 1.6 if "loan" in features else rng.choice([0.5, 0.95, 1.0])
    weights = invested * raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9)
    world = World(
        prices,
        opens,
        pd.DataFrame(weights, index=index[rows], columns=names),
        cost,
        fill,
        Terms(),
        f"{seed}, {sorted(features)}",
    )
    given = {"capital": float(rng.choice([1.0, 700.0, 1e4]))}
    if "whole shares" in features:
        given |= {"whole_shares": True, "capital": float(rng.choice([2_000.0, 50_000.0]))}
    given |= _money(rng, features, given["capital"], index[world.begin :], names)
    if "absolute band" in features:
        given |= {"band": float(rng.choice([0.0, 0.01, 0.05])), "looks": rng.choice(["daily", "monthly"])}
    if "relative band" in features:
        given |= {"band": float(rng.choice([0.05, 0.2])), "band_kind": "relative"}
    if "buffer" in features:
        given["buffer"] = float(rng.choice([0.002, 0.02, 0.1]))
    if "dividends" in features or "dividends to cash" in features:
        paid = prices * 0.03 * (rng.random(prices.shape) > 0.8)
        given |= {"dividends": paid, "reinvest": "dividends" in features}
    return replace(_gaps(world, rng, features), terms=Terms(**given, **_missing(features)))


def _money(rng, features, capital, index, names):
    """Costs, fees, interest and flows."""
    given = {}
    if "fixed cost" in features:
        given["fixed_cost"] = capital * float(rng.choice([1e-4, 3e-3]))
    if "spread" in features:
        given["spread_bps"] = {name: float(rng.uniform(0, 80)) for name in names[::2]}
    if "fees" in features:
        given["expense_ratio"] = {name: float(rng.uniform(0, 0.05)) for name in names[::2]}
    if "cash" in features or "loan" in features:
        given["cash_returns"] = pd.Series(rng.normal(2e-4, 3e-4, 60), index=pd.bdate_range("2020-01-20", periods=60))
    if "loan" in features:
        given |= {"leverage": 1.6, "borrow_spread_bps": 150.0}
    if "flows" in features and len(index):
        when = np.sort(rng.choice(len(index), size=min(len(index), 3), replace=False))
        given["flows"] = pd.Series(capital * rng.uniform(-0.2, 0.4, len(when)), index=index[when])
    return given


def _gaps(world, rng, features):
    """Prices that begin late or end early, each asset with at least one."""
    prices, half = world.prices.copy(), len(world.prices) // 2
    if "late start" in features:
        prices.iloc[: int(rng.integers(1, half + 1)), 0] = np.nan
    if "delisting" in features:
        prices.iloc[int(rng.integers(half + 1, len(prices))) :, -1] = np.nan
    return replace(world, prices=prices, opens=world.opens.where(prices.notna()))


def _missing(features):
    return {"missing": "cash"} if {"late start", "delisting"} & set(features) else {}


@st.composite
def worlds(draw, features=None, fills=FILLS, without=(), costs=(0.0, 5.0, 60.0)):
    """Cases with the features named, or with a random set of them."""
    if features is None:
        pool = [name for name in FEATURES if name not in without]
        features = draw(st.sets(st.sampled_from(pool), min_size=1, max_size=6))
    seed = draw(st.integers(0, 2**32 - 1))
    return make(seed, features, draw(st.sampled_from(fills)), draw(st.sampled_from(costs)))
