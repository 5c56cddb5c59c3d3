"""Choosing the best trial with what was known, and what the choice then earned.

Trials are columns of returns on the same dates. In each fold the trial with the highest figure in the
training rows is chosen and followed through the test rows, which played no part in the choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from engine.analytics.drawdown import check_dates
from engine.analytics.metrics import check_periods
from engine.errors import BadInput

FIGURES = ("sharpe", "sortino", "cagr")
"""What a trial can be chosen by; definitions as in :data:`engine.analytics.DEFINITIONS`, riskless return 0."""

Span = tuple[int, int]
"""A run of rows, first included, last not."""


@dataclass(frozen=True, eq=False)
class WalkForward:
    """What choosing again and again would have earned.

    Attributes
    ----------
    folds : DataFrame
        One row a fold: ``train_first``, ``train_last``, ``test_first``, ``test_last`` (dates, both
        included), ``chosen`` (column of the trials), its figure ``in_sample`` and ``out_of_sample``, and
        ``median``, that of all trials out of sample. Figures are annual; nan where not defined.
    returns : Series
        Returns of the chosen trials over the test rows, joined; no row twice, none left out.
    """

    folds: pd.DataFrame
    returns: pd.Series


@dataclass(frozen=True, eq=False)
class Purged:
    """The chosen trial out of sample, over all choices of test folds.

    Attributes
    ----------
    splits : DataFrame
        One row a choice of test folds: ``test_folds`` (their numbers), ``train`` and ``test`` (rows),
        ``chosen``, ``in_sample``, ``out_of_sample``, ``median`` (of all trials out of sample) and ``rank``
        out of sample (1: the best; equal figures share the average; nan where the figure is).
    below_median : float
        Share of the splits with a rank in the worse half.
    """

    splits: pd.DataFrame
    below_median: float

    def quantiles(self, levels: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> pd.Series:
        """Distribution of the chosen trial's figure out of sample."""
        return self.splits["out_of_sample"].quantile(list(levels))


def walk_forward(
    trials: pd.DataFrame,
    *,
    train: int,
    test: int,
    periods_per_year: float,
    figure: str = "sharpe",
    expanding: bool = True,
    embargo: int = 1,
) -> WalkForward:
    """Choose on the past, follow for ``test`` rows, move on, choose again.

    Parameters
    ----------
    trials : DataFrame, shape (T, n)
        Returns of the trials per period, decimals.
    train, test : int
        Rows of the first training window, and of each test window; the last one takes what is left.
    figure : str
        One of :data:`FIGURES`. For an information ratio give active returns and ``sharpe``.
    expanding : bool
        Train on all rows so far; else on the last ``train`` of them.
    embargo : int
        Rows left out between the last training row and the first test row. 0 says that a choice at
        a close can be traded at that close; if the trials were decided with labels that reach h
        rows ahead, it must be h or more.

    Raises
    ------
    BadInput
        Windows that do not fit, an unknown figure, missing values, dates out of order, or
        trials whose figure is not defined for any trial in a training window.
    """
    values = _checked(trials, figure, periods_per_year)
    for field, value, least in (("train", train, 2), ("test", test, 1), ("embargo", embargo, 0)):
        if value < least:
            raise BadInput("bad_number", field=field, value=value, accepted=f"{least} or more")
    begin = train + embargo
    if begin >= len(trials):
        raise BadInput("bad_number", field="train", value=train, accepted=f"below {len(trials) - embargo} rows")
    tests = [(first, min(first + test, len(trials))) for first in range(begin, len(trials), test)]
    trains = [(0 if expanding else first - begin, first - embargo) for first, _ in tests]
    moments = _Moments(values, figure, periods_per_year, [*trains, *tests])
    dates, rows, paths = trials.index, [], []
    for known, (first, last) in zip(trains, tests, strict=True):
        inside, outside = moments.figures([known]), moments.figures([(first, last)])
        best = _best(inside)
        span = (dates[known[0]], dates[known[1] - 1], dates[first], dates[last - 1])
        rows.append((*span, trials.columns[best], inside[best], outside[best], _median(outside)))
        paths.append(trials.iloc[first:last, best])
    names = ["train_first", "train_last", "test_first", "test_last", "chosen", "in_sample", "out_of_sample", "median"]
    return WalkForward(pd.DataFrame(rows, columns=names), pd.concat(paths).rename("walk_forward"))


def purged(
    trials: pd.DataFrame,
    *,
    periods_per_year: float,
    purge: int,
    embargo: int,
    folds: int = 10,
    test_folds: int = 2,
    figure: str = "sharpe",
) -> Purged:
    """Combinatorial purged cross-validation of the choice (Lopez de Prado 2018, chapter 12), splits by skfolio.

    History is cut into ``folds`` consecutive folds; each choice of ``test_folds`` of them is one split, and
    the trial is chosen on the rest. Test rows may lie before training rows: this tells how far a
    choice carries over, not what it would have earned.

    Parameters
    ----------
    trials, periods_per_year, figure
        As in :func:`walk_forward`.
    purge : int
        Training rows left out on both sides of each test run: their labels reach into it, or its
        labels into them. At least the horizon of the labels.
    embargo : int
        Further training rows left out after each test run, where returns still remember it.

    Raises
    ------
    BadInput
        As in :func:`walk_forward`; fewer than 3 folds, fewer than 2 test folds or as many as folds, or
        ``purge + embargo`` not well below the size of a fold.
    """
    values = _checked(trials, figure, periods_per_year)
    size = len(trials) // max(folds, 1)
    for field, value, least, most in (
        ("folds", folds, 3, len(trials) // 2),
        ("test_folds", test_folds, 2, folds - 1),
        ("purge", purge, 0, size - 2),
        ("embargo", embargo, 0, size - 2 - purge),
    ):
        if not least <= value <= most:
            raise BadInput("bad_number", field=field, value=value, accepted=f"{least} to {most}")
    from skfolio.model_selection import CombinatorialPurgedCV

    splitter = CombinatorialPurgedCV(folds, test_folds, purged_size=purge, embargo_size=embargo)
    parts = [(_runs(train), _runs(np.sort(np.concatenate(tests)))) for train, tests in splitter.split(values)]
    moments = _Moments(values, figure, periods_per_year, [span for both in parts for runs in both for span in runs])
    rows = []
    for chosen, (train, test) in zip(splitter.test_set_index.tolist(), parts, strict=True):
        inside, outside = moments.figures(train), moments.figures(test)
        best = _best(inside)
        counts = (tuple(chosen), _length(train), _length(test), trials.columns[best])
        rows.append((*counts, inside[best], outside[best], _median(outside), _rank(outside, best)))
    names = ["test_folds", "train", "test", "chosen", "in_sample", "out_of_sample", "median", "rank"]
    splits = pd.DataFrame(rows, columns=names)
    worse = splits["rank"].dropna() > (trials.shape[1] + 1) / 2
    return Purged(splits, float(worse.mean()))


class _Moments:
    """Sums of every trial between the edges of all spans, so that no row is read twice.

    ``figures`` gives the annual figure of every trial over some of those spans.
    """

    def __init__(self, values: np.ndarray, figure: str, periods: float, spans: Iterable[Span]) -> None:
        self.figure, self.periods, self.centre = figure, periods, values.mean(axis=0)
        self.edges = np.unique(np.array(list(spans)))
        self.sums = np.zeros((3, len(self.edges), values.shape[1]))
        for place, (first, last) in enumerate(pairwise(self.edges.tolist()), start=1):
            r = values[first:last]
            d = r - self.centre
            self.sums[0, place] = d.sum(axis=0)
            self.sums[1, place] = (d * d).sum(axis=0)
            self.sums[2, place] = (np.log1p(r) if figure == "cagr" else np.minimum(r, 0.0) ** 2).sum(axis=0)
        np.cumsum(self.sums, axis=1, out=self.sums)

    def figures(self, spans: Sequence[Span]) -> np.ndarray:
        """Shape (n,); nan where a figure is not defined."""
        count = _length(spans)
        places = self.edges.searchsorted(np.array(spans))
        total, square, own = (self.sums[:, places[:, 1]] - self.sums[:, places[:, 0]]).sum(axis=1)
        if self.figure == "cagr":
            return np.asarray(np.expm1(own * (self.periods / count)))
        if self.figure == "sharpe":
            squares = np.maximum(square - total**2 / count, 0.0) / max(count - 1, 1)
            # What is left of a trial that never varies here is rounding of what it does elsewhere.
            least = 1e-13 * self.sums[1, -1] / count + 1e-30
        else:
            squares, least = own / count, np.zeros(1)
        sound = (squares > least) & (count > 1)
        mean = total / count + self.centre
        return np.where(sound, mean / np.sqrt(np.where(sound, squares, 1.0)) * np.sqrt(self.periods), np.nan)


def _checked(trials: pd.DataFrame, figure: str, periods: float) -> np.ndarray:
    """Returns of the trials as an array, if they can be used."""
    check_periods(periods)
    if figure not in FIGURES:
        raise BadInput("unknown_choice", field="figure", value=figure, accepted=", ".join(FIGURES))
    dates = check_dates(trials.index, "trials")
    if trials.shape[1] < 2:
        raise BadInput("bad_number", field="trials", value=f"{trials.shape[1]} columns", accepted="two or more")
    values = trials.to_numpy(dtype=float)
    holes = ~np.isfinite(values).all(axis=1)
    if holes.any():
        raise BadInput("missing_value", field="trials", value=dates[holes][0].date())
    if figure == "cagr" and not (values > -1.0).all():
        raise BadInput("bad_number", field="trials", value=values.min(), accepted="returns above -1")
    return values


def _runs(rows: np.ndarray) -> list[Span]:
    """Consecutive runs of increasing row numbers."""
    breaks = np.flatnonzero(np.diff(rows) > 1)
    first, last = np.r_[rows[0], rows[breaks + 1]], np.r_[rows[breaks], rows[-1]] + 1
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _length(spans: Sequence[Span]) -> int:
    return sum(last - first for first, last in spans)


def _best(inside: np.ndarray) -> int:
    if np.isnan(inside).all():
        accepted = "trials of which one has the figure in every training window"
        raise BadInput("bad_number", field="trials", value="returns that never vary", accepted=accepted)
    return int(np.nanargmax(inside))


def _median(outside: np.ndarray) -> float:
    known = outside[~np.isnan(outside)]
    return float(np.median(known)) if len(known) else float("nan")


def _rank(outside: np.ndarray, best: int) -> float:
    score = outside[best]
    if np.isnan(score):
        return float("nan")
    return float(np.count_nonzero(outside > score) + (np.count_nonzero(outside == score) + 1) / 2)
