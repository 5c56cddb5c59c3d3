"""Ranking the ETF universe with 10,000 draws, beside the same work with scipy.stats.rankdata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from benchmarks.common import emit, side_by_side

if TYPE_CHECKING:
    import pandas as pd

    from engine.universe import RankedUniverse

ROUNDS = 5


def run() -> None:
    """CPU seconds of screen, inputs and ranks of all passing funds; the peer gets the inputs ready made."""
    from engine.universe import ranked, universe

    universe()
    answer = ranked()
    ours, peer = side_by_side(ranked, lambda: _plain(answer), rounds=ROUNDS)
    # Other random numbers, so answers differ by chance: 0.02 is nearly three standard errors of a difference.
    apart = (_plain(answer) - answer.ranking.table["p_first"]).abs().max()
    emit(
        f"ranked(), {len(answer.screening.passing)} funds, {answer.ranking.draws:,} draws",
        ours,
        peer,
        "scipy",
        max_difference_of_p_first=round(float(apart), 4),
        goal="<= 1 s, difference <= 0.02",
    )


def _plain(answer: RankedUniverse) -> pd.Series:
    """Probability of being first, group by group, written straightforwardly with rankdata."""
    import pandas as pd
    from scipy.stats import rankdata

    from engine.universe import TIES

    ranking, noise = answer.ranking, np.random.default_rng(0)
    weights = noise.dirichlet(np.array(list(ranking.weights.values())) * ranking.concentration, size=ranking.draws)
    found = {}
    for _, group in ranking.scored.groupby("group"):
        inputs = (answer.figures, answer.inputs.errors, answer.inputs.log_errors)
        values, errors, log_errors = (frame.loc[group.index].to_numpy() for frame in inputs)
        score = np.zeros((ranking.draws, len(group)))
        for column, name in enumerate(ranking.weights):
            known = ~np.isnan(values[:, column])
            normal = noise.standard_normal((ranking.draws, int(known.sum())))
            drawn = values[known, column] * np.exp(log_errors[known, column] * normal) + errors[known, column] * normal
            position = np.full(score.shape, 0.5)
            if known.sum() > 1:
                stepped = np.round(drawn / TIES[name]) if name in TIES else drawn
                position[:, known] = (rankdata(stepped, axis=1) - 1) / (known.sum() - 1)
            score += weights[:, [column]] * position
        place = rankdata(np.round(score, 12), method="min", axis=1)
        # The other three figures that the engine gives.
        middle = rankdata(np.round(score, 12), axis=1)
        (middle <= 3).mean(axis=0), np.percentile(middle, [5, 95], axis=0)
        first = place == 1
        found |= dict(zip(group.index, (first / first.sum(axis=1, keepdims=True)).mean(axis=0), strict=True))
    return pd.Series(found)
