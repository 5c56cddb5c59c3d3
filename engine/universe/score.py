"""Weighted ranks within a peer group: the score of a fund, and how sure its rank is.

The method is of Fint's ISAAC, read from its public description (rank each element, weigh the
ranks; lower is better); the normalised form keeps scores of groups of different size comparable.
How sure a rank is follows stochastic multicriteria acceptability analysis (Lahdelma, Hokkanen and
Salminen 1998, European Journal of Operational Research 106): weights and inputs are drawn many
times, and the share of draws in which a fund is first is its probability of being first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.universe.cells import cell
from engine.universe.ranks import average_ranks

CRITERIA = ("fee", "tracking", "spread", "top10", "turnover")

DEFAULT_WEIGHTS: dict[str, float] = {"fee": 0.30, "tracking": 0.25, "spread": 0.20, "top10": 0.15, "turnover": 0.10}
"""Fee: certain, every year. Tracking: recurrent. Spread: paid at each trade. The last two stand in
for concentration risk and hidden trading cost."""

LIMITS: dict[str, float] = {"fee": 0.20, "tracking": 1.0, "spread": 0.20, "top10": 1.05, "turnover": 50.0}
"""Largest value taken for a decimal: a fee of 3 is a percent figure in the wrong unit."""

LARGEST_WEIGHT = 1e6
"""Weights are shares of their sum, so no one needs more; the sum stays finite."""

LEAST_KNOWN = 3
DRAWS = 10_000
CONCENTRATION = 20.0
"""Of the Dirichlet around the weights: a weight of 0.30 then has a standard deviation of 0.10."""

SEED = 7

FUND_DRAWS = 1_000_000
"""Funds times draws held in memory at once; a larger group is drawn in blocks."""

FIGURES = ("score", "raw_score", "rank", "p_first", "p_top3", "rank_low", "rank_high")

REASON_SCORED, REASON_ALONE, REASON_FEW = "", "only_fund", "too_few_inputs"


@dataclass(frozen=True, eq=False)
class Ranking:
    """Funds ranked within their groups.

    Attributes
    ----------
    table : DataFrame, index ticker
        ``group``; ``score`` (0 best, 1 worst, comparable across groups); ``raw_score`` (weighted
        rank, 1 best); ``rank`` in the group (equal scores share the lowest); ``p_first`` and
        ``p_top3`` (shares of draws; equal scores share a place, so they sum to 1 and to 3);
        ``rank_low`` and ``rank_high`` (5th and 95th percentile of the rank); ``known`` (criteria
        with a value); ``group_size``; ``reason`` why a fund is not scored.
    ranks, positions : DataFrame, index ticker, columns criteria
        Average rank of each criterion (a missing one has the median rank) and the same as 0 best, 1 worst.
    weights : dict
        As used; they sum to 1.
    """

    table: pd.DataFrame
    ranks: pd.DataFrame
    positions: pd.DataFrame
    weights: dict[str, float]
    draws: int
    concentration: float
    seed: int

    @cached_property
    def scored(self) -> pd.DataFrame:
        """Only the funds with a score, best first inside each group."""
        kept = self.table.loc[self.table["reason"] == REASON_SCORED]
        return kept.assign(order=kept.index).sort_values(["group", "score", "order"]).drop(columns="order")

    def winner(self, group: str) -> str | None:
        """Ticker of the best score in a group; of equal scores the one more often first."""
        rows = self.table.loc[(self.table["group"] == group) & (self.table["reason"] == REASON_SCORED)]
        if rows.empty:
            return None
        return str(
            rows.assign(t=rows.index).sort_values(["rank", "p_first", "t"], ascending=[True, False, True]).index[0]
        )

    def contributions(self, ticker: str) -> dict[str, float]:
        """Weight times position of each criterion; they sum to the score."""
        return {name: float(self.weights[name] * cell(self.positions, ticker, name)) for name in self.weights}


def normalised(weights: Mapping[str, float]) -> dict[str, float]:
    """Weights that sum to one.

    Raises
    ------
    BadInput
        A name is not a criterion, a weight is not a number from 0 to a million, or none is above zero.
    """
    unknown = [name for name in weights if name not in CRITERIA]
    if unknown:
        raise BadInput("unknown_choice", field="weights", value=unknown[0], accepted=", ".join(CRITERIA))
    for name, weight in weights.items():
        if not isinstance(weight, Real) or not 0 <= weight <= LARGEST_WEIGHT:
            raise BadInput("bad_number", field=f"weights.{name}", value=weight, accepted=f"0 to {LARGEST_WEIGHT:,.0f}")
    total = float(sum(weights.values()))
    if total <= 0:
        raise BadInput("weights_zero", field="weights", value=", ".join(f"{k}={v:g}" for k, v in weights.items()))
    return {name: float(weights.get(name, 0.0)) / total for name in CRITERIA}


def rank(
    universe: pd.DataFrame,
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    *,
    errors: pd.DataFrame | None = None,
    log_errors: pd.DataFrame | None = None,
    ties: Mapping[str, float] | None = None,
    draws: int = DRAWS,
    concentration: float = CONCENTRATION,
    seed: int = SEED,
) -> Ranking:
    """Rank funds within their groups.

    Parameters
    ----------
    universe : DataFrame, index ticker
        ``fee``, ``tracking``, ``spread``, ``top10``, ``turnover`` in decimals, lower is better, NaN
        where unknown; optional ``group`` (one group without it).
    weights : mapping
        Of the criteria; they are divided by their sum.
    errors, log_errors : DataFrame, optional
        Standard deviation of each input: added in decimals, or of its logarithm. None: inputs are exact.
    ties : mapping, optional
        Step of each criterion below which two values count as equal.

    Raises
    ------
    BadInput
        A ticker comes twice, a column is missing, a value is negative or in percent, no fund is
        given, an error is negative, or the weights or the settings of the draws cannot be used.
    """
    used = normalised(weights)
    _check(universe)
    _check_draws(draws, concentration, seed)
    groups = universe["group"].astype(str) if "group" in universe else pd.Series("all", index=universe.index)
    values = universe.loc[:, list(CRITERIA)].astype(float)
    added = _aligned(errors, values, "errors")
    logged = _aligned(log_errors, values, "log_errors")
    steps = tie_steps(ties)
    known = values.notna().sum(axis=1)
    size = groups[known >= LEAST_KNOWN].groupby(groups).size().reindex(groups.unique(), fill_value=0)
    reason = np.where(
        known < LEAST_KNOWN, REASON_FEW, np.where(groups.map(size).to_numpy() < 2, REASON_ALONE, REASON_SCORED)
    )
    figures = np.full((len(values), len(FIGURES)), np.nan)
    ranks, positions = np.full((2, *values.shape), np.nan)
    drawn = np.random.default_rng(seed).dirichlet(_alpha(used, concentration), size=draws).T
    weight = _spread_out(used, drawn)
    for name in sorted(set(groups[reason == REASON_SCORED])):
        members = np.flatnonzero((groups == name).to_numpy() & (reason == REASON_SCORED))
        # Funds in the order of their tickers, so that the draws of a fund do not depend on the order of the rows.
        members = members[np.argsort(values.index[members].astype(str), kind="stable")]
        chosen, error, log_error = (frame.to_numpy()[members] for frame in (values, added, logged))
        ranks[members], positions[members], score = score_once(chosen, used, steps)
        noise = np.random.default_rng([seed, *name.encode()])
        found = _acceptability(chosen, error, log_error, steps, weight, noise)
        raw = ranks[members] @ np.array(list(used.values()))
        place = (score[:, None] > score[None, :]).sum(axis=1) + 1.0
        figures[members] = np.column_stack([score, raw, place, *found])
    table = pd.DataFrame({"group": groups, "known": known, "group_size": groups.map(size), "reason": reason})
    table[list(FIGURES)] = figures
    return Ranking(table, _like(values, ranks), _like(values, positions), used, draws, concentration, seed)


def _like(values: pd.DataFrame, figures: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(figures, index=values.index, columns=values.columns)


def _check(universe: pd.DataFrame) -> None:
    if universe.empty:
        raise BadInput("no_funds", field="universe", value="0 funds")
    twice = universe.index[universe.index.duplicated()]
    if len(twice):
        raise BadInput("duplicate_ticker", field="ticker", value=twice[0])
    for name in CRITERIA:
        if name not in universe:
            raise BadInput("missing_column", field=name, value="universe", accepted=", ".join(CRITERIA))
        column = pd.to_numeric(universe[name], errors="coerce")
        text = universe[name].notna() & column.isna()
        wrong = text | (column < 0) | (column > LIMITS[name]) | np.isinf(column)
        if wrong.any():
            ticker = universe.index[wrong][0]
            raise BadInput(
                "bad_decimal",
                field=f"{name} of {ticker}",
                value=universe.at[ticker, name],
                accepted=f"0 to {LIMITS[name]:g}",
            )


def _check_draws(draws: int, concentration: float, seed: int) -> None:
    for name, value, kind, low, high, accepted in (
        ("draws", draws, Integral, 1, 1_000_000, "a whole number from 1 to 1,000,000"),
        ("concentration", concentration, Real, 1e-3, 1e15, "0.001 to 1e15"),
        ("seed", seed, Integral, 0, 2**63 - 1, "a whole number from 0"),
    ):
        if not isinstance(value, kind) or not low <= value <= high:
            raise BadInput("bad_number", field=name, value=value, accepted=accepted)


def _aligned(errors: pd.DataFrame | None, values: pd.DataFrame, field: str) -> pd.DataFrame:
    if errors is None:
        return pd.DataFrame(0.0, index=values.index, columns=values.columns)
    found = errors.reindex(index=values.index, columns=values.columns).fillna(0.0).astype(float)
    wrong = (found < 0) | np.isinf(found)
    if wrong.to_numpy().any():
        value = found.to_numpy()[wrong.to_numpy()][0]
        raise BadInput("bad_number", field=field, value=value, accepted="0 or more, NaN where unknown")
    return found


def _alpha(weights: dict[str, float], concentration: float) -> np.ndarray:
    return np.array([weight * concentration for weight in weights.values() if weight > 0])


def _spread_out(weights: dict[str, float], drawn: np.ndarray) -> np.ndarray:
    """Drawn weights with the rows of the criteria that weigh nothing put back; shape (criteria, draws)."""
    full = np.zeros((len(weights), drawn.shape[1]))
    full[[weight > 0 for weight in weights.values()]] = drawn
    return full


def _ranks(values: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average ranks and positions of shape (criteria, funds, draws); a missing value takes the middle."""
    ranks = np.empty(values.shape)
    positions = np.empty(values.shape)
    for row, (value, step) in enumerate(zip(values, steps, strict=True)):
        known = ~np.isnan(value[:, 0])
        count = int(known.sum())
        ranks[row], positions[row] = (count + 1) / 2, 0.5
        if count:
            stepped = np.round(value[known] / step) if step else value[known]
            ranks[row, known] = average_ranks(stepped)
        if count > 1:
            positions[row, known] = (ranks[row, known] - 1) / (count - 1)
    return ranks, positions


def score_once(
    values: np.ndarray, weights: Mapping[str, float], steps: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ranks, positions (both funds by criteria) and scores of one group, without draws.

    Parameters
    ----------
    values : ndarray, shape (n, 5)
        In the order of ``CRITERIA``; NaN where unknown.
    weights : mapping
        Normalised, one a criterion.
    steps : ndarray, shape (5,)
        Below which two values tie; 0 for none.
    """
    ranks, positions = (found[:, :, 0].T for found in _ranks(values.T[:, :, None], steps))
    share = np.array([weights[name] for name in CRITERIA])
    return ranks, positions, np.round(positions @ share, 12)


def tie_steps(ties: Mapping[str, float] | None) -> np.ndarray:
    """Steps in the order of ``CRITERIA``."""
    return np.array([dict(ties or {}).get(name, 0.0) for name in CRITERIA])


def _acceptability(
    values: np.ndarray,
    error: np.ndarray,
    log_error: np.ndarray,
    steps: np.ndarray,
    weight: np.ndarray,
    noise: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Probability of rank one and of the first three, and the 5th and 95th percentile of the rank."""
    block = max(1, FUND_DRAWS // len(values))
    parts = [
        _drawn_scores(values, error, log_error, steps, weight[:, at : at + block], noise)
        for at in range(0, weight.shape[1], block)
    ]
    score = np.concatenate(parts, axis=1)
    place = average_ranks(score)
    low, high = np.percentile(place, [5, 95], axis=1)
    return _among(score, place, 1), _among(score, place, 3), low, high


def _drawn_scores(
    values: np.ndarray,
    error: np.ndarray,
    log_error: np.ndarray,
    steps: np.ndarray,
    weight: np.ndarray,
    noise: np.random.Generator,
) -> np.ndarray:
    """Scores of shape (funds, draws) under drawn weights and inputs."""
    draws = weight.shape[1]
    drawn = np.repeat(values.T[:, :, None], draws, axis=2)
    for row, fund in np.argwhere((error.T > 0) | (log_error.T > 0)):
        normal = noise.standard_normal(draws)
        if log_error[fund, row]:
            drawn[row, fund] *= np.exp(log_error[fund, row] * normal)
        if error[fund, row]:
            drawn[row, fund] += error[fund, row] * normal
    _, positions = _ranks(drawn, steps)
    score: np.ndarray = np.round(np.einsum("cd,cfd->fd", weight, positions), 12)
    return score


def _among(score: np.ndarray, place: np.ndarray, places: int) -> np.ndarray:
    """Share of draws in which each fund takes one of the first places; funds level on the last place share it."""
    if len(score) <= places:
        return np.ones(len(score))
    inside = (place <= places).astype(float)
    # Exactly so many funds are inside unless some are level across the edge, as their rank is an average.
    shared = inside.sum(axis=0) != places
    if shared.any():
        own = score[:, shared]
        edge = np.sort(own, axis=0)[places - 1]
        ahead, level = own < edge, own == edge
        inside[:, shared] = ahead + level * ((places - ahead.sum(axis=0)) / level.sum(axis=0))
    share: np.ndarray = inside.mean(axis=1)
    return share


def describe(ranking: Ranking, ticker: str) -> dict[str, Any]:
    """Parts of one fund's score: position, weight and product by criterion."""
    return {
        name: {
            "rank": float(cell(ranking.ranks, ticker, name)),
            "position": float(cell(ranking.positions, ticker, name)),
            "weight": ranking.weights[name],
            "contribution": part,
        }
        for name, part in ranking.contributions(ticker).items()
    }
