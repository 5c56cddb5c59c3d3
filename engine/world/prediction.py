"""Views of the engine: the factor mix inside US equity, and whether the evidence lets it be used."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from engine.months import month_rows
from engine.sources import load, snapshot_id
from engine.world.black_litterman import on_blocks
from engine.world.market import Market
from engine.world.wishes import SLEEVES, Wishes

EVIDENCE = "large_cap"
"""Universe whose evidence counts: what a large-cap fund can buy."""

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Skill:
    """What the evidence says of the AI factor weights above equal weight.

    Attributes
    ----------
    p_value : float
        One-sided, of the gain in information ratio, net of cost.
    strength : float
        Default strength of views: 1 where ``p_value`` is at most ``threshold``, else 0.
    code : str
        ``skill_not_shown`` or ``skill_shown``.
    """

    universe: str
    p_value: float
    threshold: float
    strength: float
    code: str
    first: str
    last: str
    months: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def skill(threshold: float = SIGNIFICANT) -> Skill:
    """The evidence on the AI factor weights in US large caps."""
    from engine.factors.results import report

    found = report(EVIDENCE)
    p_value, period = float(found["vs_equal_weight"]["p_value"]), found["period"]
    shown = p_value <= threshold
    code = "skill_shown" if shown else "skill_not_shown"
    return Skill(
        EVIDENCE, p_value, threshold, float(shown), code, period["first"], period["last"], int(period["months"])
    )


@dataclass(frozen=True, eq=False)
class Sleeves:
    """Factor funds inside US equity.

    Attributes
    ----------
    mix : Series, index ticker
        AI factor weights at ``decided``; they sum to one.
    equal : Series, index ticker
        Their rival, one fifth each.
    covariance : DataFrame, shape (k, k)
        Annual covariance of the funds' returns above the S&P 500 total return, from whole months
        ``first`` to ``last``. It is taken as unrelated to the returns of the blocks.
    """

    mix: pd.Series
    equal: pd.Series
    covariance: pd.DataFrame
    decided: str
    first: str
    last: str
    months: int

    @property
    def active(self) -> pd.Series:
        """AI weights above equal weight; they sum to zero."""
        return self.mix - self.equal

    def tracking_error(self, mix: pd.Series) -> float:
        """Expected tracking error a year of a mix of the funds against the S&P 500."""
        weights = mix.reindex(self.covariance.index).to_numpy(dtype=float)
        return float(np.sqrt(weights @ self.covariance.to_numpy() @ weights))

    def note(self) -> dict[str, Any]:
        """Where mix and risk come from."""
        return {
            "code": "factor_funds",
            "decided": self.decided,
            "first": self.first,
            "last": self.last,
            "months": self.months,
        }

    def to_dict(self) -> dict[str, Any]:
        return {
            "mix": self.mix.to_dict(),
            "equal_weight": self.equal.to_dict(),
            "active": self.active.to_dict(),
            "tracking_error": self.tracking_error(self.mix),
            "tracking_error_equal_weight": self.tracking_error(self.equal),
            "decided": self.decided,
            "first": self.first,
            "last": self.last,
            "months": self.months,
        }


def sleeves() -> Sleeves:
    """The AI's newest mix of MTUM, QUAL, SIZE, USMV and VLUE, and the risk of each against the S&P 500.

    The AI trains on portfolios of the long history; each fund stands for the one it follows
    (``engine.factors.sleeves.ETF_OF``).
    """
    return _sleeves(snapshot_id())


@lru_cache(maxsize=2)
def _sleeves(snapshot: str) -> Sleeves:
    from engine.factors.results import weights_on
    from engine.factors.sleeves import ETF_OF

    newest = weights_on("factor_etf")
    mix, equal = (
        pd.Series({ETF_OF[name]: float(weight) for name, weight in newest[key].items()})[list(SLEEVES)]
        for key in ("weights", "equal_weight")
    )
    active = _monthly_active()
    months = [f"{stamp:%Y-%m}" for stamp in (active.index[0], active.index[-1])]
    return Sleeves(mix, equal, active.cov() * 12, newest["date"], months[0], months[1], len(active))


def _monthly_active() -> pd.DataFrame:
    """Returns of the funds above the S&P 500 total return, whole calendar months."""
    prices = load("factor_etfs").frame[list(SLEEVES)]
    index = load("sp500_total_return").frame["sp500_total_return"]
    levels = prices.join(index, how="inner")
    months = month_rows(pd.DatetimeIndex(levels.index))
    ends = levels.iloc[months.last[months.ended]].set_axis(months.ends[months.ended])
    returns = ends.pct_change().iloc[1:]
    above: pd.DataFrame = returns[list(SLEEVES)].sub(returns["sp500_total_return"], axis=0)
    return above


@dataclass(frozen=True, eq=False)
class Forecast:
    """Active returns a year, after strength.

    Attributes
    ----------
    blocks : array, shape (n,)
    funds : array, shape (k,)
        Of the factor funds above US equity; k = 0 without a view on them.
    sleeves : Sleeves or None
        The funds' risk and mix.
    notes : tuple of dict
        Where strength and mix come from.
    """

    blocks: np.ndarray
    funds: np.ndarray = field(default_factory=lambda: np.zeros(0))
    sleeves: Sleeves | None = None
    strength: float = 0.0
    notes: tuple[dict[str, Any], ...] = ()


def forecast(wishes: Wishes, market: Market, gamma: float, given: Sleeves | None = None) -> Forecast:
    """Views times strength for the type ``prediction``; nothing for the others.

    ``gamma`` is the risk aversion that market returns are implied at. Without views of the
    client, the engine's own are the active returns at which the AI mix of factor funds would fill
    the market's weight of US equity, ``gamma w_us Omega mix`` (reverse optimisation): at strength 1
    and without limits the portfolio holds that mix, at strength 0 none of it.

    Raises
    ------
    BadInput
        A view on a block that the market does not have.
    """
    nothing = np.zeros(len(market.names))
    if wishes.type != "prediction":
        return Forecast(nothing)
    for name in wishes.views or ():
        market.block("views", name if name not in SLEEVES else "us_equity")
    strength, notes = _strength(wishes)
    if strength == 0.0:
        return Forecast(nothing, notes=notes)
    views = {name: float(value) for name, value in (wishes.views or {}).items()}
    prior = pd.Series(gamma * market.implied, index=market.names)
    spread = pd.DataFrame(market.covariance, index=market.names, columns=market.names)
    blocks = _mixed(wishes.method, prior, spread, {k: v for k, v in views.items() if k not in SLEEVES}, strength)
    if wishes.views is not None and not set(views) & set(SLEEVES):
        return Forecast(blocks, strength=strength, notes=notes)
    held = given or sleeves()
    if wishes.views is None:
        host = float(market.weights[market.block("views", "us_equity")])
        views = {str(name): float(value) for name, value in (gamma * host * held.covariance @ held.mix).items()}
    funds = _mixed(
        wishes.method, 0.0 * held.mix, held.covariance, {k: views[k] for k in SLEEVES if k in views}, strength
    )
    return Forecast(blocks, funds, held, strength, (*notes, held.note()))


def _strength(wishes: Wishes) -> tuple[float, tuple[dict[str, Any], ...]]:
    """As asked; else what the evidence allows, with its numbers."""
    if wishes.strength is not None:
        return float(wishes.strength), ()
    found = skill()
    told = found.to_dict()
    return found.strength, ({**told, "code": "strength_from_evidence", "reason": found.code},)


def _mixed(
    method: str, prior: pd.Series, covariance: pd.DataFrame, active: dict[str, float], strength: float
) -> np.ndarray:
    """Active returns after strength: scaled and added, or mixed with the prior at this confidence."""
    if method == "black_litterman" and active:
        return (on_blocks(prior, covariance, active, strength).expected_return - prior).to_numpy(dtype=float)
    return strength * np.array([active.get(str(name), 0.0) for name in prior.index])
