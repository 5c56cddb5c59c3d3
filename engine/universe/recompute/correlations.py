"""Weekly correlations: pairwise as they are, and one joint matrix, shrunk and positive definite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

WEEKS = 538
"""Weekly returns of the window: ten years and a third, as in the published table."""

LEAST_WEEKS = 104
MOST_PARTS = 3
"""Funds that a younger one is carried by."""

LEAST_LINK = 0.2
"""A further part must correlate at least so much with what the others leave."""

LEAST_FUNDS = 30
"""Funds with the whole window below which no intensity is estimated."""


def weekly(adjusted: pd.DataFrame, friday: pd.Timestamp, weeks: int = WEEKS) -> pd.DataFrame:
    """Friday-to-Friday total returns, ``weeks`` rows ending on ``friday``, by tickers.

    The close of a week is the last one up to its Friday. NaN before a fund's first whole week and after the
    week of its last bar.

    Parameters
    ----------
    adjusted : DataFrame, sessions by tickers
        Total-return levels.
    """
    days = pd.DatetimeIndex(adjusted.index)
    ends = pd.date_range(end=friday, periods=weeks + 1, freq="W-FRI")
    places = days.searchsorted(ends, side="right") - 1
    levels = adjusted.ffill().where(adjusted.bfill().notna()).to_numpy()
    values = np.where((places >= 0)[:, None], levels[places], np.nan)
    return pd.DataFrame(values[1:] / values[:-1] - 1.0, index=ends[1:], columns=adjusted.columns)


def pairwise(returns: pd.DataFrame) -> pd.DataFrame:
    """Correlation of each pair over the weeks both have; NaN below 104 weeks. Not positive definite."""
    return returns.corr(min_periods=LEAST_WEEKS)


def intensity(standardised: np.ndarray) -> float:
    """Ledoit-Wolf intensity toward the identity, of centred columns of unit variance.

    O. Ledoit and M. Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal of
    Multivariate Analysis 88 (2004).

    Parameters
    ----------
    standardised : ndarray, shape (weeks, funds)
    """
    rows, columns = standardised.shape
    sample = standardised.T @ standardised / rows
    mean = np.trace(sample) / columns
    distance = np.sum((sample - mean * np.eye(columns)) ** 2) / columns
    squares = standardised**2
    noise = (np.sum(squares.T @ squares) / rows - np.sum(sample**2)) / (columns * rows)
    return float(min(noise, distance) / distance) if distance > 0.0 else 0.0


def joint(returns: pd.DataFrame, trusted: Sequence[str]) -> tuple[pd.DataFrame, float | None]:
    """One consistent correlation matrix, not yet shrunk, and the Ledoit-Wolf intensity for it.

    Funds with every week enter as they are. A younger one enters through a regression, in its own weeks, on at
    most three trusted funds with every week, so that the matrix is positive semi-definite by construction.

    Parameters
    ----------
    returns : DataFrame, weeks by tickers
    trusted : sequence of str
        Plain funds that others may be carried by, and that the intensity is estimated on.

    Returns
    -------
    DataFrame
        Empty when no trusted fund has every week.
    float or None
        None with fewer than 30 such funds.
    """
    whole = [str(name) for name in returns if returns[name].notna().all()]
    full = [name for name in whole if name in set(trusted)]
    if not full:
        return pd.DataFrame(), None
    short = [str(name) for name in returns if name not in set(whole)]
    centred = returns[full] - returns[full].mean()
    shrinkage = intensity((centred / centred.std()).to_numpy()) if len(full) >= LEAST_FUNDS else None
    loading = pd.DataFrame(np.zeros((len(short), len(whole))), index=short, columns=whole)
    noise = np.zeros(len(short))
    for place, name in enumerate(short):
        picks, slopes, noise[place] = _carried_by(returns[name].dropna(), returns[full])
        loading.loc[name, picks] = slopes
    known = returns[whole].cov().to_numpy()
    cross = loading.to_numpy() @ known
    own = cross @ loading.to_numpy().T + np.diag(noise)
    covariance = np.block([[known, cross.T], [cross, own]])
    scale = np.sqrt(np.diag(covariance))
    matrix = pd.DataFrame(covariance / np.outer(scale, scale), index=whole + short, columns=whole + short)
    names = [str(name) for name in returns]
    return matrix.loc[names, names], shrinkage


def _carried_by(own: pd.Series, full: pd.DataFrame) -> tuple[list[str], np.ndarray, float]:
    """Funds that carry a younger one, its slopes on them, and the variance that is its own."""
    others = full.loc[own.index].to_numpy()
    centred = others - others.mean(axis=0)
    sizes = np.sqrt((centred**2).sum(axis=0))
    target = own.to_numpy() - own.mean()
    picked: list[int] = []
    rest, slopes = target, np.zeros(0)
    for _ in range(MOST_PARTS):
        size = float(np.sqrt((rest**2).sum()))
        if size < 1e-12:
            break
        link = np.abs(centred.T @ rest) / (sizes * size)
        link[picked] = -1.0
        best = int(link.argmax())
        if picked and link[best] < LEAST_LINK:
            break
        picked.append(best)
        slopes = np.linalg.lstsq(centred[:, picked], target, rcond=None)[0]
        rest = target - centred[:, picked] @ slopes
    return [str(full.columns[place]) for place in picked], slopes, float(rest.var(ddof=1))


def shrunk(matrix: pd.DataFrame, shrinkage: float) -> pd.DataFrame:
    """Toward the identity: every pair times one minus the intensity."""
    values = (1.0 - shrinkage) * (matrix.to_numpy() + matrix.to_numpy().T) / 2.0
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=matrix.index, columns=matrix.columns)


def carried(fresh: pd.DataFrame, older: pd.DataFrame) -> pd.DataFrame:
    """A matrix of all funds of the older one, with the fresh correlations of those that have them.

    What is known of the others is how they move with these: their regressions, taken from the older matrix, are
    kept, so that the whole stays positive definite. Where the fresh figures equal the older ones, nothing moves.

    Parameters
    ----------
    fresh, older : DataFrame
        Positive definite correlation matrices; the tickers of ``fresh`` are some of ``older``.
    """
    names = [str(name) for name in older]
    new = [name for name in names if name in fresh.index]
    kept = [name for name in names if name not in fresh.index]
    if not kept or not new:
        return fresh.loc[names, names] if new else older
    between, among = older.loc[kept, new].to_numpy(), older.loc[new, new].to_numpy()
    loading = np.linalg.solve(among, between.T).T
    rest = older.loc[kept, kept].to_numpy() - loading @ between.T
    known = fresh.loc[new, new].to_numpy()
    cross = loading @ known
    own = cross @ loading.T + (rest + rest.T) / 2.0
    values = np.block([[known, cross.T], [cross, (own + own.T) / 2.0]])
    scale = np.sqrt(np.diag(values))
    values = values / np.outer(scale, scale)
    np.fill_diagonal(values, 1.0)
    return pd.DataFrame(values, index=new + kept, columns=new + kept).loc[names, names]
