"""Why the weights are what they are: the tilt shared out over the features.

Shapley values by sampling (Strumbelj and Kononenko 2014): features are moved one after another,
in random order, from their mean to today's value, and each is credited with the change it makes.
Every order telescopes, so the contributions add up to the change exactly, for any model.
"""

from __future__ import annotations

import numpy as np

from engine.factors.walkforward import Policy

ORDERS = 64
"""Random orders, each used forwards and backwards."""


def contributions(policy: Policy, state: np.ndarray, orders: int = ORDERS, seed: int = 0) -> np.ndarray:
    """Change of each weight due to each feature, shape (F, N).

    Parameters
    ----------
    state : ndarray, shape (F,)
        Scaled features; zero is a feature's mean.

    Returns
    -------
    ndarray
        Summed over features: ``policy`` at ``state`` minus ``policy`` at the mean state.
    """
    random, count = np.random.default_rng(seed), len(state)
    forward = [random.permutation(count) for _ in range(orders)]
    paths = [order for one in forward for order in (one, one[::-1])]
    steps = np.zeros((len(paths), count + 1, count))
    for path, order in enumerate(paths):
        for step, feature in enumerate(order, start=1):
            steps[path, step:, feature] = state[feature]
    weights = policy.weights(steps.reshape(-1, count)).reshape(len(paths), count + 1, -1)
    change = np.diff(weights, axis=1)
    shared = np.zeros((count, weights.shape[-1]))
    for path, order in enumerate(paths):
        shared[order] += change[path]
    return np.asarray(shared / len(paths))
