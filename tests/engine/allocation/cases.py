"""Small made-up markets, and slow obvious twins of the solver."""

import numpy as np
import pandas as pd

BLOCKS = ("stocks", "bonds", "gold")


def market(seed: int, funds: int, *, cheapest: float = 10.0, dearest: float = 200.0):
    """Prices, a covariance of three factors and own risk, a look-through, and weights of about half the funds."""
    rng = np.random.default_rng(seed)
    names = [f"F{k:02d}" for k in range(funds)]
    mix = rng.dirichlet((0.6, 0.5, 0.2), funds)
    loading = mix * np.array([0.16, 0.05, 0.15])
    own = rng.uniform(0.001, 0.03, funds)
    shape = np.array([[1.0, 0.2, 0.1], [0.2, 1.0, 0.3], [0.1, 0.3, 1.0]])
    covariance = loading @ shape @ loading.T + np.diag(own**2)
    prices = np.round(np.exp(rng.uniform(np.log(cheapest), np.log(dearest), funds)), 2)
    weights = rng.dirichlet(np.ones(funds)) * (rng.random(funds) < 0.6)
    weights = np.full(funds, 1.0 / funds) if weights.sum() == 0 else weights / weights.sum()
    return (
        pd.Series(prices, names),
        pd.Series(weights, names),
        pd.DataFrame(covariance, names, names),
        pd.DataFrame(mix, names, list(BLOCKS)),
    )


def tracking_error(shares, prices, weights, covariance, account):
    """Plain NumPy, from whole shares."""
    gap = shares * prices.to_numpy() / account - weights.to_numpy()
    return float(np.sqrt(max(gap @ covariance.to_numpy() @ gap, 0.0)))


def baskets(prices, account):
    """Every whole-share basket within the budget, one a row."""
    found = np.zeros((1, 0), np.int64)
    spent = np.zeros(1)
    for price in prices:
        most = np.floor((account * (1 + 1e-12) - spent) / price).astype(int)
        rows = np.repeat(np.arange(len(found)), most + 1)
        counts = np.concatenate([np.arange(k + 1) for k in most])
        found = np.column_stack([found[rows], counts])
        spent = spent[rows] + counts * price
    return found


def enumerated(prices, weights, covariance, account, keep=lambda rows: np.full(len(rows), True)):
    """Best basket among all whole-share baskets within the budget that ``keep`` (rows to booleans) accepts."""
    rows = baskets(prices.to_numpy(), account)
    rows = rows[keep(rows)]
    if not len(rows):
        return np.inf, None
    gap = rows * (prices.to_numpy() / account) - weights.to_numpy()
    values = np.einsum("ij,ij->i", gap @ covariance.to_numpy(), gap)
    at = rows[int(values.argmin())]
    return tracking_error(at, prices, weights, covariance, account), at
