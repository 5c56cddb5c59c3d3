"""Does anything look ahead? The same four questions for every feature, model and rule.

Truncation: cut the data at t and compute again; nothing up to t may change. Poison: replace
everything after t with noise; nothing up to t may change. Planted leaks: mistakes put in on
purpose must be caught by the same test. Shuffled labels: with the order of the months destroyed,
a model must win about half of them.

The test sees code, not vintages: a figure that was revised before it reached these files looks
as if it had always been so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache

import numpy as np
import pandas as pd

from engine.factors.evidence import outcome
from engine.factors.features import History, Panel, panel, raw_features, scale
from engine.factors.models import Mean, Nets, Ridge, Trees
from engine.factors.rivals import rivals
from engine.factors.sleeves import UNIVERSES, sleeve_returns
from engine.factors.walkforward import Model, walk_forward, windows
from engine.sources import load

CUTS = ("2003-06-30", "2008-10-31", "2012-12-31")
SHUFFLES = 5
FEATURE_TOLERANCE = 1e-12
WEIGHT_TOLERANCE = 1e-5
FROM_YEAR = 2000


@dataclass(frozen=True)
class Leak:
    """A planted mistake: how far it moved the past, and whether the test saw it."""

    name: str
    max_diff: float
    caught: bool


@dataclass(frozen=True)
class Audit:
    """Result of the look-ahead audit.

    Attributes
    ----------
    truncation_max_diff, poison_max_diff : float
        Largest change of a past weight, over cuts, universes, models and rules.
    feature_max_diff : float
        Largest change of a past feature, by truncation or poison.
    rewritten : int
        Past values that moved by more than their tolerance.
    shuffled_hit_ratio, shuffled_equal_weight : float
        Months won with shuffled, demeaned labels; the mean over draws.
    """

    truncation_max_diff: float
    poison_max_diff: float
    feature_max_diff: float
    rewritten: int
    leaks: tuple[Leak, ...]
    shuffled_hit_ratio: float
    shuffled_equal_weight: float

    @property
    def passed(self) -> bool:
        return (
            self.truncation_max_diff <= WEIGHT_TOLERANCE
            and self.poison_max_diff == 0.0
            and self.rewritten == 0
            and all(leak.caught for leak in self.leaks)
            and abs(self.shuffled_hit_ratio - 0.5) <= 0.03
        )

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"passed": self.passed}


def small_models() -> Mean:
    """One of each kind of model, small enough to fit many times."""
    return Mean(
        "audit",
        (
            Ridge(),
            Trees(),
            Nets("active", "active", 0.5, (0, 1), steps=40),
            Nets("ratio", "ratio_hit", 0.65, (0,), steps=40),
        ),
    )


def run(
    cuts: Sequence[str] = CUTS,
    universes: Sequence[str] = tuple(UNIVERSES),
    shuffles: int = SHUFFLES,
    model: Model | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Audit:
    """The whole audit; minutes with the defaults."""
    tested = model or small_models()
    past: list[tuple[float, float, float, int]] = []
    for universe in universes:
        whole = _record(History.bundled(), universe, tested)
        for cut in cuts:
            progress(f"{universe}, cut at {cut}")
            past.append(_replay(universe, pd.Timestamp(cut), whole, tested))
    progress("planted leaks")
    found = leaks(pd.Timestamp(cuts[0]))
    progress("shuffled labels")
    ours, equal = shuffled(shuffles)
    return Audit(
        truncation_max_diff=max(row[0] for row in past),
        poison_max_diff=max(row[1] for row in past),
        feature_max_diff=max(row[2] for row in past),
        rewritten=sum(row[3] for row in past),
        leaks=found,
        shuffled_hit_ratio=ours,
        shuffled_equal_weight=equal,
    )


@dataclass(frozen=True, eq=False)
class _Record:
    features: pd.DataFrame
    weights: pd.DataFrame
    rules: pd.DataFrame


def _record(history: History, universe: str, model: Model) -> _Record:
    data = panel(universe, history)
    used = windows(pd.DatetimeIndex(data.returns.index), FROM_YEAR)
    rules = pd.concat(rivals(data, used), axis=1)
    return _Record(data.features, walk_forward(model, data, used), rules)


def _replay(universe: str, cut: pd.Timestamp, whole: _Record, model: Model) -> tuple[float, float, float, int]:
    """Largest changes (weights by truncation, weights by poison, features) and the count of rewritten values."""
    history = History.bundled()
    truncated = _record(history.until(cut), universe, model)
    poisoned = _record(poison(history, cut), universe, model)
    shifts = []
    for other in (truncated, poisoned):
        weights = _change(whole.weights, other.weights, cut)
        exact = np.concatenate([_change(whole.features, other.features, cut), _change(whole.rules, other.rules, cut)])
        shifts.append((weights, exact))
    rewritten = sum(int((w > WEIGHT_TOLERANCE).sum() + (e > FEATURE_TOLERANCE).sum()) for w, e in shifts)
    features = max(float(exact.max()) for _, exact in shifts)
    return float(shifts[0][0].max()), float(shifts[1][0].max()), features, rewritten


def _change(whole: pd.DataFrame, other: pd.DataFrame, cut: pd.Timestamp) -> np.ndarray:
    """Absolute changes up to the cut; a value or a row that is missing on one side only is a change of one."""
    past = whole.index[whole.index <= cut]
    ours, theirs = whole.loc[past].to_numpy(dtype=float), other.reindex(past).to_numpy(dtype=float)
    moved = np.where(np.isnan(ours) != np.isnan(theirs), 1.0, np.abs(np.nan_to_num(ours) - np.nan_to_num(theirs)))
    return np.asarray(moved.ravel())


def poison(history: History, cut: pd.Timestamp, seed: int = 0) -> History:
    """The history with everything after the cut multiplied by noise."""
    random = np.random.default_rng(seed)
    changed = {}
    for field in fields(history):
        frame = getattr(history, field.name).copy()
        later = frame.index > cut
        noise = random.normal(1.0, 0.5, frame.loc[later].shape).clip(0.1, 3.0)
        frame.loc[later] = frame.loc[later].to_numpy() * noise
        changed[field.name] = frame
    return History(**changed)


Features = Callable[[History], pd.DataFrame]


def leaks(cut: pd.Timestamp) -> tuple[Leak, ...]:
    """Six mistakes that people make, each put in on purpose; the honest features must stay still."""
    planted: dict[str, Features] = {
        "full_sample_scaling": _full_sample_scaling,
        "unlagged_label": _unlagged_label,
        "same_month_macro": _same_month_macro,
        "future_membership": _future_membership,
        "revised_vintage": _revised_vintage,
        "centred_window": _centred_window,
    }
    return tuple(_plant(name, feature, cut) for name, feature in planted.items())


def _plant(name: str, feature: Features, cut: pd.Timestamp) -> Leak:
    history = History.bundled()
    moved = float(_change(feature(history), feature(history.until(cut)), cut).max())
    return Leak(name, moved, moved > FEATURE_TOLERANCE)


def _raw(history: History) -> pd.DataFrame:
    return raw_features(history, sleeve_returns(history.french))


def _full_sample_scaling(history: History) -> pd.DataFrame:
    raw = _raw(history)
    return (raw - raw.mean()) / raw.std()


def _unlagged_label(history: History) -> pd.DataFrame:
    returns = sleeve_returns(history.french)
    return scale(returns.sub(returns["market"], axis=0)[["big_momentum"]].shift(-1))


def _same_month_macro(history: History) -> pd.DataFrame:
    """Yields stamped with the month they describe: the newest has not been published."""
    return history.moodys.shift(-1, freq="ME").reindex(history.french.index)


def _future_membership(history: History) -> pd.DataFrame:
    """A sleeve of the industries that will be calmest."""
    industries = history.french.loc[:, "NoDur":"Other"]
    calm = industries.rolling(12).std().shift(-12).rank(axis=1) <= 4
    return (industries * calm).sum(axis=1).div(4.0).to_frame("calm")


@cache
def _later_vintage() -> pd.DataFrame:
    return load("french_factors").frame


def _revised_vintage(history: History) -> pd.DataFrame:
    """Factors overwritten by the vintage that came later, where it has arrived."""
    known = history.french[["SMB", "HML"]]
    arrived = history.french.index[-1] >= pd.Timestamp("2017-03-31")
    return _later_vintage()[["SMB", "HML"]].reindex(known.index) if arrived else known


def _centred_window(history: History) -> pd.DataFrame:
    return scale(history.french[["Market"]].rolling(13, center=True).mean())


def shuffled(draws: int = SHUFFLES, seed: int = 0) -> tuple[float, float]:
    """Months won by a model, and by equal weight, when months of active returns change places and have no mean."""
    data = panel("full")
    model = Nets("shuffled", "sharpe", 0.5, (0, 1), steps=60, decay=1.0, dropout=0.0)
    used = windows(pd.DatetimeIndex(data.returns.index), 1975)
    ours: list[float] = []
    equal: list[float] = []
    for draw in range(draws):
        mixed = _shuffle(data, seed + draw)
        market = mixed.returns.iloc[:, 0]
        decided = walk_forward(model, mixed, used)
        level = pd.DataFrame(1.0 / decided.shape[1], index=decided.index, columns=decided.columns)
        for weights, won in ((decided, ours), (level, equal)):
            earned = outcome(mixed, weights, cost_bps=0).returns
            won.append(float((earned > market.loc[earned.index]).mean()))
    return float(np.mean(ours)), float(np.mean(equal))


def _shuffle(data: Panel, seed: int) -> Panel:
    order = np.random.default_rng(seed).permutation(len(data.returns))
    market = data.returns.to_numpy()[:, :1]
    active = (data.returns.to_numpy() - market)[order]
    values = market + active - active.mean(axis=0)
    return replace(data, returns=pd.DataFrame(values, data.returns.index, data.returns.columns))
