"""What an allocation is."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from engine.allocation.problem import Note


@dataclass(frozen=True)
class Allocation:
    """Whole shares for one account, with what is proved about them.

    Attributes
    ----------
    status : str
        "optimal" (no basket has a smaller tracking error than ``best_tracking_error``), "bounded"
        (none is below ``lower_bound``), or "all_cash" (nothing bought brings the model nearer).
    shares : Series
        Shares of every fund that was offered, in the order given; whole numbers (multiples of 0.001 in
        fractional mode). ``basket`` holds those above zero only.
    account : float
        Dollars that were divided, commissions set aside.
    weights, cash_weight : Series and float
        Shares of the account, of every fund that was offered.
    tracking_error : float
        Standard deviation a year of basket less model.
    best_tracking_error, lower_bound : float
        Of stage 1; equal to ``tracking_error`` unless the tolerance gave some of it up.
    utility_loss : float
        gamma / 2 times squared tracking error, a year: the certainty equivalent lost against the
        model when expected returns are those that make the model optimal, mu = gamma * Sigma * w.
    resolution : float or None
        Share of the model's look-through exposure that is reached; None without look-through.
    naive_resolution : float or None
        The same for the model's weights rounded down.
    naive_tracking_error : float
        Tracking error of the model's weights rounded down to whole units.
    cost : float
        Fee and spread a year of the basket, decimal of the account.
    nodes, seconds : int and float
        Work of the branch and bound; CPU seconds.
    notes : tuple of Note
    """

    status: str
    shares: pd.Series
    account: float
    weights: pd.Series
    cash_weight: float
    tracking_error: float
    best_tracking_error: float
    lower_bound: float
    utility_loss: float
    resolution: float | None
    naive_resolution: float | None
    naive_tracking_error: float
    cost: float
    nodes: int
    seconds: float
    notes: tuple[Note, ...]

    @property
    def basket(self) -> pd.Series:
        """Shares above zero, the largest weight first."""
        order = self.weights[self.shares > 0].sort_values(ascending=False, kind="stable").index
        return self.shares.loc[order]

    def to_dict(self) -> dict[str, object]:
        """JSON-ready; shares and weights of the basket only, the largest weight first."""
        basket = self.basket
        return {
            "status": self.status,
            "account_usd": self.account,
            "shares": {str(name): value.item() for name, value in zip(basket.index, basket.to_numpy(), strict=True)},
            "weights": {str(name): float(self.weights[name]) for name in basket.index},
            "cash_weight": self.cash_weight,
            "tracking_error": self.tracking_error,
            "best_tracking_error": self.best_tracking_error,
            "lower_bound": self.lower_bound,
            "utility_loss": self.utility_loss,
            "resolution": self.resolution,
            "naive_resolution": self.naive_resolution,
            "naive_tracking_error": self.naive_tracking_error,
            "cost": self.cost,
            "nodes": self.nodes,
            "seconds": self.seconds,
            "notes": [note.to_dict() for note in self.notes],
        }
