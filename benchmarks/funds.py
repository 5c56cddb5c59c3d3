"""Two universes of funds to measure allocators on: the real one, and a synthetic one that never changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.allocation import MODELS, covariance, funds

CLASSES = {
    # class: (volatility, block, loadings on world, rates, credit, dollar, emerging, inflation)
    "us": (0.165, "us_equity", (0.93, 0.0, 0.0, 0.0, 0.0, 0.0)),
    "us_small": (0.20, "us_equity", (0.88, 0.0, 0.05, 0.0, 0.0, 0.0)),
    "us_growth": (0.20, "us_equity", (0.90, -0.05, 0.0, 0.0, 0.0, -0.1)),
    "developed": (0.17, "dev_exus_equity", (0.85, 0.0, 0.0, 0.3, 0.0, 0.0)),
    "emerging": (0.20, "em_equity", (0.68, 0.0, 0.0, 0.25, 0.5, 0.0)),
    "treasury_short": (0.018, "us_bond", (0.0, 0.85, 0.0, 0.0, 0.0, 0.0)),
    "aggregate": (0.055, "us_bond", (0.0, 0.93, 0.1, 0.0, 0.0, 0.0)),
    "treasury_long": (0.14, "us_bond", (-0.1, 0.93, 0.0, 0.0, 0.0, -0.1)),
    "corporate": (0.075, "us_bond", (0.3, 0.75, 0.35, 0.0, 0.0, 0.0)),
    "high_yield": (0.09, "us_bond", (0.7, 0.0, 0.5, 0.0, 0.0, 0.0)),
    "inflation_linked": (0.06, "us_bond", (0.0, 0.8, 0.0, 0.0, 0.0, 0.3)),
    "foreign_bond": (0.04, "intl_bond", (0.0, 0.8, 0.0, 0.0, 0.0, 0.0)),
    "emerging_bond": (0.10, "em_bond", (0.55, 0.3, 0.4, 0.0, 0.2, 0.0)),
    "real_estate": (0.20, "real_estate", (0.7, 0.2, 0.0, 0.0, 0.0, 0.0)),
    "foreign_real_estate": (0.18, "real_estate", (0.75, 0.0, 0.0, 0.3, 0.1, 0.0)),
    "infrastructure": (0.15, "infrastructure", (0.78, 0.15, 0.0, 0.15, 0.0, 0.15)),
    "gold": (0.15, "gold", (0.0, 0.25, 0.0, 0.3, 0.0, 0.45)),
}
MIXES = {
    "world": {"us": 0.62, "developed": 0.27, "emerging": 0.11},
    "outside_us": {"developed": 0.72, "emerging": 0.28},
    "total_us": {"us": 0.87, "us_small": 0.13},
    "balanced": {"us": 0.37, "developed": 0.17, "emerging": 0.06, "aggregate": 0.34, "foreign_bond": 0.06},
}
LINES = {
    "VTI": "total_us", "VOO": "us", "SPY": "us", "QQQ": "us_growth", "IWM": "us_small", "VEA": "developed",
    "EFA": "developed", "VWO": "emerging", "IEMG": "emerging", "BND": "aggregate", "AGG": "aggregate",
    "BNDX": "foreign_bond", "EMB": "emerging_bond", "HYG": "high_yield", "VNQ": "real_estate",
    "VNQI": "foreign_real_estate", "IGF": "infrastructure", "GLDM": "gold", "GLD": "gold", "LQD": "corporate",
    "TLT": "treasury_long", "SHY": "treasury_short", "TIP": "inflation_linked",
}  # fmt: skip
"""What each line of the named models is in the synthetic universe."""


@dataclass(frozen=True, eq=False)
class Market:
    """Prices, covariance, look-through and models to allocate on."""

    name: str
    prices: pd.Series
    covariance: pd.DataFrame
    lookthrough: pd.DataFrame
    models: dict[str, pd.Series]


def real() -> Market:
    """Prices and measured covariance of the fact tables."""
    offered = funds("all")
    models = {name: pd.Series(weights) for name, weights in MODELS.items() if name != "world"}
    return Market("real", offered.prices, covariance(list(offered.tickers)), offered.lookthrough, models)


def synthetic(seed: int = 20261121) -> Market:
    """Seven funds a class and mix at prices from 20 to 600 dollars; the lines of the models are among the dear ones."""
    rng = np.random.default_rng(seed)
    names, mixes, prices, own = [], [], [], []
    for line, kind in LINES.items():
        names.append(line)
        mixes.append(MIXES.get(kind, {kind: 1.0}))
        prices.append(round(float(np.exp(rng.uniform(np.log(40.0), np.log(600.0)))), 2))
        own.append(0.002)
    for kind in [*CLASSES, *MIXES]:
        for k in range(7 if kind in MIXES else 6):
            names.append(f"{kind}_{k}")
            mixes.append(MIXES.get(kind, {kind: 1.0}))
            prices.append(round(float(np.exp(rng.uniform(np.log(20.0), np.log(300.0)))), 2))
            own.append(float(np.exp(rng.uniform(np.log(0.001), np.log(0.02)))))
    kinds = list(CLASSES)
    mix = pd.DataFrame(mixes, names).reindex(columns=kinds).fillna(0.0)
    loading = np.array([CLASSES[kind][2] for kind in kinds])
    correlation = loading @ loading.T
    np.fill_diagonal(correlation, 1.0)
    volatility = np.array([CLASSES[kind][0] for kind in kinds])
    factor = correlation * np.outer(volatility, volatility)
    matrix = mix.to_numpy() @ factor @ mix.to_numpy().T + np.diag(np.square(own))
    blocks = pd.get_dummies(pd.Series([CLASSES[kind][1] for kind in kinds], kinds)).astype(float)
    models = {name: pd.Series(weights) for name, weights in MODELS.items() if name != "world"}
    return Market("synthetic", pd.Series(prices, names), pd.DataFrame(matrix, names, names), mix @ blocks, models)
