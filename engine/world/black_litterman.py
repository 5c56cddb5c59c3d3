"""Black and Litterman's mix of the returns the market implies with views of limited confidence.

Source: He and Litterman (1999), The intuition behind Black-Litterman model portfolios. With prior
N(m, tau S), views P mu = q + error, error ~ N(0, Omega):

    posterior mean       m + tau S P' (P tau S P' + Omega)^-1 (q - P m)
    its uncertainty      tau S - tau S P' (P tau S P' + Omega)^-1 P tau S

Omega is diagonal with (1 - c) / c times the prior variance of each view, c its confidence: one half
is He and Litterman's own choice, one a certain view. The mean then does not depend on tau, which
only scales the uncertainty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.world.checks import above_zero, number, numbers
from engine.world.checks import covariance as checked

TAU = 0.05
"""Uncertainty of the implied returns as a share of the covariance: about one over twenty years of data."""


SURE = "a decimal above 0, at most 1"


@dataclass(frozen=True, eq=False)
class Posterior:
    """Expected returns after views.

    Attributes
    ----------
    expected_return : Series, shape (n,)
        On the basis of the prior (excess returns if the prior is in excess).
    uncertainty : DataFrame, shape (n, n)
        Covariance of the expected return itself; ``tau`` times the covariance without views.
    omega : Series, shape (views,)
        Variance of each view's error.
    """

    expected_return: pd.Series
    uncertainty: pd.DataFrame
    omega: pd.Series
    tau: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "expected_return": self.expected_return.to_dict(),
            "uncertainty": self.uncertainty.to_dict(),
            "omega": self.omega.to_dict(),
            "tau": self.tau,
        }


def posterior(
    prior: pd.Series,
    covariance: pd.DataFrame,
    picks: pd.DataFrame,
    views: pd.Series,
    confidence: float | Mapping[str, float] = 0.5,
    tau: float = TAU,
) -> Posterior:
    """Returns after views; the prior itself when there is no view.

    Parameters
    ----------
    prior : Series, shape (n,)
        Returns the market implies, decimals a year.
    covariance : DataFrame, shape (n, n)
        Annual, on the index of ``prior``.
    picks : DataFrame, shape (views, n)
        P: the portfolio each view is about.
    views : Series, shape (views,)
        q: its expected return, on the index of ``picks``.
    confidence : float or mapping of view to float
        Above 0, at most 1.

    Raises
    ------
    BadInput
        Labels that do not agree, a number that is not finite, a confidence or tau out of range, or
        certain views that repeat or contradict each other.
    """
    _check(prior, covariance, picks, views)
    above_zero("tau", tau)
    mean, spread = prior.to_numpy(dtype=float), tau * covariance.to_numpy(dtype=float)
    chosen, wanted = picks.to_numpy(dtype=float), views.to_numpy(dtype=float)
    sure = np.array([_confidence(confidence, str(name)) for name in picks.index])
    own = chosen @ spread @ chosen.T
    omega = (1.0 - sure) / sure * np.diag(own)
    total = own + np.diag(omega)
    if len(total) and np.linalg.cond(total) > 1e12:
        raise BadInput("views_repeat", field="picks", value=", ".join(str(name) for name in picks.index))
    gain = np.linalg.solve(total, chosen @ spread).T
    return Posterior(
        pd.Series(mean + gain @ (wanted - chosen @ mean), index=prior.index),
        pd.DataFrame(spread - gain @ chosen @ spread, index=prior.index, columns=prior.index),
        pd.Series(omega, index=picks.index),
        tau,
    )


def on_blocks(
    prior: pd.Series, covariance: pd.DataFrame, active: Mapping[str, float], confidence: float, tau: float = TAU
) -> Posterior:
    """Posterior with one view a block: its implied return plus an expected active return."""
    names = [name for name in prior.index if name in active]
    picks = pd.DataFrame(np.eye(len(prior)), index=prior.index, columns=prior.index).loc[names]
    views = prior[names] + pd.Series({name: active[name] for name in names}, index=names, dtype=float)
    return posterior(prior, covariance, picks, views, confidence, tau)


def _confidence(given: float | Mapping[str, float], view: str) -> float:
    if isinstance(given, Mapping):
        if view not in given:
            raise BadInput("unknown_choice", field="confidence", value=view, accepted=", ".join(given))
        given = given[view]
    sure = number("confidence", given, SURE)
    if not 0.0 < sure <= 1.0:
        raise BadInput("bad_number", field="confidence", value=given, accepted=SURE)
    return sure


def _check(prior: pd.Series, covariance: pd.DataFrame, picks: pd.DataFrame, views: pd.Series) -> None:
    names = [str(name) for name in prior.index]
    for field, labels, wanted in (
        ("covariance", covariance.index, names),
        ("covariance", covariance.columns, names),
        ("picks", picks.columns, names),
        ("views", views.index, [str(name) for name in picks.index]),
    ):
        found = [str(label) for label in labels]
        if found != wanted:
            raise BadInput("world_labels", field=field, value=", ".join(found), accepted=", ".join(wanted))
    for field, values in (("prior", prior), ("picks", picks), ("views", views)):
        if values.size:
            numbers(field, values)
    checked("covariance", covariance, len(names), regular=True)
