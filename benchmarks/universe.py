"""Ranking the ETF universe with 10,000 draws, beside the same work with scipy.stats.rankdata.

And its statistics computed anew from 20 years of daily bars, beside the bare correlations and rolling figures of pandas.
"""

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
    _recompute()


def _recompute() -> None:
    """CPU seconds from long bars of all funds and their references to every statistic and both matrices."""
    from engine.refresh import plan
    from engine.sources import BUNDLED, load
    from engine.universe.recompute import bars, recomputed

    (asked,) = plan(["etf_prices"])
    facts = load("etf_statistics", BUNDLED).frame.set_index("ticker")
    long = _bars(asked.items)
    ours, peer = side_by_side(lambda: recomputed(bars(long), facts), lambda: _pandas(long, len(facts)), rounds=1)
    found = recomputed(bars(long), facts)
    emit(
        f"statistics of {len(found.statistics)} funds anew, {len(asked.items)} tickers x 20 years ({len(long):,} bars)",
        ours,
        peer,
        "pandas",
        peer_does="pivot, weekly returns, volatility, deepest fall, raw correlations only",
        lowest_eigenvalue=float(np.linalg.eigvalsh(found.joint.to_numpy())[0]),
        goal="<= 10 s",
    )


def _bars(tickers: tuple[str, ...]) -> pd.DataFrame:
    """Made-up bars with a market in them."""
    import pandas as pd

    days = pd.bdate_range("2006-11-27", "2026-11-27")
    draws = np.random.default_rng(0)
    moves = draws.normal(0.0, 0.01, (len(days), 1)) + draws.normal(0.0003, 0.004, (len(days), len(tickers)))
    levels = 50.0 * np.cumprod(1.0 + moves, axis=0)
    return pd.DataFrame(
        {
            "ticker": np.repeat(np.array(tickers), len(days)),
            "date": np.tile(days, len(tickers)),
            "close": levels.T.ravel() * 1.1,
            "adj_close": levels.T.ravel(),
            "volume": draws.lognormal(13.0, 0.5, levels.size),
        }
    )


def _pandas(long: pd.DataFrame, funds: int) -> pd.DataFrame:
    """Pivot, weekly returns, volatility, deepest fall and raw correlations: a part of the work, the usual way."""
    prices = long.pivot_table(index="date", columns="ticker", values="adj_close")
    weeks = prices.resample("W-FRI").last().pct_change(fill_method=None).iloc[-538:, :funds]
    weeks.std(), (prices / prices.cummax() - 1.0).min(), prices.pct_change(fill_method=None).rolling(20).std()
    return weeks.corr()


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
