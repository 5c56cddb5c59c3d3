"""What would change the winner of a peer group: one input, the weights, or another fund in the group.

Weighted ranks are not independent of irrelevant alternatives: a fund that joins or leaves can turn
the order of two others. That is shown, not hidden.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.universe.cells import cell
from engine.universe.score import CRITERIA, LEAST_KNOWN, LIMITS, Ranking, score_once, tie_steps


@dataclass(frozen=True)
class Switch:
    """The smallest change of one input that gives the group another winner.

    Attributes
    ----------
    value, needed : float
        Input as known and as it would have to be; decimals.
    deviations : float or None
        Size of the change in standard deviations of the input; None where it is held exact.
    winner : str
        Who would then be first.
    """

    ticker: str
    criterion: str
    value: float
    needed: float
    deviations: float | None
    winner: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Reversal:
    """A fund that joins or leaves, and the pairs of other funds whose order it turns."""

    ticker: str
    joins: bool
    winner: str
    pairs: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


STEPS: dict[str, float] = {"fee": 0.0001, "tracking": 0.0005, "spread": 0.00005, "top10": 0.01, "turnover": 0.01}
"""Smallest change worth reporting: a basis point of fee, a point of concentration."""

HIGHEST: dict[str, float] = LIMITS | {"top10": 1.0}
"""No change is sought beyond: ten holdings are at most the whole fund."""


def switches(
    funds: pd.DataFrame,
    ranking: Ranking,
    group: str,
    *,
    errors: pd.DataFrame,
    log_errors: pd.DataFrame,
    ties: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
) -> tuple[Switch, ...]:
    """For each input of the winner, and of each rival, the smallest change that dethrones the winner.

    Sorted by size in standard deviations: what is least sure comes first. ``floors`` are the
    lowest values that a criterion can take; no change goes below.
    """
    first, members = ranking.winner(group), _members(funds, ranking, group)
    if first is None or len(members) < 2:
        return ()
    steps = tie_steps(ties)
    found = []
    for ticker in members.index:
        for criterion in CRITERIA:
            if ranking.weights[criterion] > 0 and not np.isnan(cell(members, ticker, criterion)):
                floor = dict(floors or {}).get(criterion, 0.0)
                hit = _smallest(members, ranking, str(ticker), criterion, first, steps, floor)
                if hit:
                    found.append((*hit, _deviations(*hit, errors, log_errors)))
    made = [Switch(t, c, value, needed, deviations, winner) for t, c, value, needed, winner, deviations in found]
    return tuple(sorted(made, key=lambda item: (np.inf if item.deviations is None else item.deviations, item.ticker)))


Hit = tuple[str, str, float, float, str]


def _smallest(
    members: pd.DataFrame, ranking: Ranking, ticker: str, criterion: str, first: str, steps: np.ndarray, floor: float
) -> Hit | None:
    """Ticker, criterion, value, needed value and new winner; None when no change is enough."""
    value = float(cell(members, ticker, criterion))
    table, row, column = members.to_numpy(copy=True), members.index.get_loc(ticker), CRITERIA.index(criterion)
    leader, worse = members.index.get_loc(first), ticker == first
    marks = _marks(members[criterion].drop(ticker).dropna().to_numpy(), value, criterion, worse, floor)

    def dethrones(mark: float) -> np.ndarray | None:
        """Scores with the input at the mark, if the leader is then behind (and the improved rival first)."""
        table[row, column] = mark
        score = score_once(table, ranking.weights, steps)[2]
        return score if score[leader] > score.min() and (worse or score[row] == score.min()) else None

    # Each mark further out moves this fund's rank and the others' the same way: once dethroned, always dethroned.
    at = bisect_left(marks, True, key=lambda mark: dethrones(mark) is not None)
    score = dethrones(marks[at]) if at < len(marks) else None
    if score is None:
        return None
    winner = ticker if not worse else str(members.index[int(score.argmin())])
    return ticker, criterion, value, float(marks[at]), winner


def _marks(others: np.ndarray, value: float, criterion: str, worse: bool, floor: float) -> np.ndarray:
    """Values at which a rank can change, nearest first: each peer's value and a step to either side."""
    step = STEPS[criterion]
    marks = np.unique(np.round(np.concatenate([others, others + step, others - step]), 10))
    marks = marks[(marks >= floor) & (marks <= HIGHEST[criterion]) & (np.abs(marks - value) >= step * 0.999)]
    marks = marks[marks > value] if worse else marks[marks < value]
    return marks[np.argsort(np.abs(marks - value))]


def _deviations(
    ticker: str, criterion: str, value: float, needed: float, _: str, errors: pd.DataFrame, log_errors: pd.DataFrame
) -> float | None:
    error, log_error = (float(cell(frame, ticker, criterion)) for frame in (errors, log_errors))
    if log_error > 0 and value > 0 and needed > 0:
        return float(abs(np.log(needed / value)) / log_error)
    return float(abs(needed - value) / error) if error > 0 else None


def reversals(
    funds: pd.DataFrame,
    ranking: Ranking,
    group: str,
    candidates: pd.DataFrame | None = None,
    *,
    ties: Mapping[str, float] | None = None,
) -> tuple[Reversal, ...]:
    """Each fund that leaves (and each candidate that joins) and what it turns among the others.

    Parameters
    ----------
    candidates : DataFrame, optional
        Inputs of funds that are out today and would be judged in this group.
    """
    members, steps = _members(funds, ranking, group), tie_steps(ties)
    if len(members) < 2:
        return ()

    def scores(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(score_once(frame.to_numpy(), ranking.weights, steps)[2], index=frame.index)

    before = scores(members)
    leaving = list(members.index) if len(members) > 2 else []
    found = [_reversal(str(ticker), False, before.drop(ticker), scores(members.drop(ticker))) for ticker in leaving]
    joining = members.iloc[:0] if candidates is None else candidates
    for ticker in joining.index:
        row = joining.loc[[ticker], list(CRITERIA)].astype(float)
        if row.notna().to_numpy().sum() >= LEAST_KNOWN and ticker not in members.index:
            found.append(_reversal(str(ticker), True, before, scores(pd.concat([members, row]))))
    return tuple(item for item in found if item.pairs)


def _reversal(ticker: str, joins: bool, before: pd.Series, after: pd.Series) -> Reversal:
    """Pairs (ahead before, ahead after) among the funds of both."""
    was, now = before.to_numpy(), after[before.index].to_numpy()
    turned = np.argwhere((was[:, None] < was[None, :]) & (now[:, None] > now[None, :]))
    pairs = tuple((str(before.index[one]), str(before.index[other])) for one, other in turned)
    return Reversal(ticker, joins, str(after.idxmin()), pairs)


def _members(funds: pd.DataFrame, ranking: Ranking, group: str) -> pd.DataFrame:
    scored = ranking.table.index[(ranking.table["group"] == group) & (ranking.table["reason"] == "")]
    return funds.loc[sorted(scored), list(CRITERIA)].astype(float)
