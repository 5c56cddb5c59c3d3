"""After the artifact's last decision: its stored policy on the months that a refresh brought.

Nothing is fitted here. Features of the new months are made as training makes them, from what was known at
each month end, and the policy of the artifact's last window (or a later fit that the snapshot holds, see
``refit``) decides at each of them. The part of the past
that the artifact has stays the artifact's. What training refuses, a hole in an input, is met in use (October
2025 has no inflation figure): such an input counts as unknown, its mean, in the months that need it, and
every such month is told.

Only ``factor_etf`` runs on: the other universes need series that end with the bundled data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from engine.factors.artifacts import Artifact, open_artifact
from engine.factors.evidence import COST_BPS, Outcome, outcome, scorecard
from engine.factors.explain import contributions
from engine.factors.features import ETF_START, History, Panel, modern_features, scale
from engine.factors.fits import START, Fit, Fitted, fits, in_force
from engine.factors.models.nets import Ensemble
from engine.factors.sleeves import ETF_OF, UNIVERSES, sleeve_returns
from engine.months import month_rows
from engine.sources import Finding, load, snapshots, using
from engine.sources.known import known_on

UNIVERSE = "factor_etf"
"""The universe whose inputs run on today."""

NEEDED = ("treasury_10y_pct_avg", "fed_funds_pct")
"""Figures that exist for every month: without them there is no decision, whatever the other inputs say.

As in training they count as known at the end of the month they average over; the funds rate's appears on the
first business day after it, before the close at which a decision can be filled at the earliest."""

PUBLISHED = {"core_cpi_index_sa": ("CPILFESL", 1), "unemployment_pct_sa": ("UNRATE", 1)}
"""Figures that come later, by column: the series, and the months it is moved by (``known_at`` has the exceptions)."""

LEAST = 2
"""Months below which a record has no figures."""


@dataclass(frozen=True)
class Limit:
    """Why decisions end before prices do.

    Attributes
    ----------
    dataset : str
        The data set to refresh.
    last : date
        Last month end that it allows.
    prices : date
        Last whole month of the factor ETFs.
    """

    dataset: str
    last: date
    prices: date

    def text(self) -> str:
        return (
            f"{self.dataset} allows decisions to {self.last} only, the factor ETFs reach {self.prices}: "
            f"python -m engine data refresh --only {self.dataset}"
        )

    def to_dict(self) -> dict[str, str]:
        return {"dataset": self.dataset, "last": self.last.isoformat(), "prices": self.prices.isoformat()}


@dataclass(frozen=True, eq=False)
class Known:
    """The panel of the running universe, and which of its inputs were unknown.

    Attributes
    ----------
    panel : Panel
        Features, returns and bill to the newest month end that allows a decision.
    unknown : DataFrame of bool, shape (T, F)
        Where a feature was unknown and counts as its mean.
    """

    panel: Panel
    unknown: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Live:
    """All decisions of the running universe in one snapshot: the artifact's, then those of its last policy.

    Attributes
    ----------
    weights : DataFrame, shape (T, N)
        Rows on the simplex at every decision month end.
    since : Timestamp or None
        First decision after the artifact; None where the snapshot allows none.
    limit : Limit or None
        Why the decisions end before the prices do.
    fits : tuple of Fitted
        The artifact's last policy and those that the snapshot has beside it, oldest first.
    """

    made: Artifact
    snapshot: str
    known: Known
    weights: pd.DataFrame
    since: pd.Timestamp | None
    limit: Limit | None
    fits: tuple[Fitted, ...]

    @property
    def newest(self) -> pd.Timestamp:
        """The newest decision; it holds in the month after it."""
        return pd.Timestamp(self.weights.index[-1])

    @property
    def until(self) -> pd.Timestamp:
        """Last day for which the newest decision holds."""
        return self.newest + pd.offsets.MonthEnd(1)

    @property
    def fit(self) -> Fit:
        """How old the policy of the newest decision is."""
        return self.policy(self.newest).age(self.newest)

    def policy(self, when: pd.Timestamp) -> Fitted:
        """The policy of a decision after the artifact."""
        return in_force(self.fits, when)

    @property
    def basis(self) -> str:
        if self.since is None:
            return TRAINED_BASIS
        again = "".join(f", refitted from {fit.since:%Y-%m} on" for fit in self.fits[1:])
        return LIVE_BASIS.format(since=f"{self.since:%Y-%m}", again=again)

    @cached_property
    def missing(self) -> dict[str, list[str]]:
        """Months after the artifact in which an input was unknown, by input."""
        late = self.known.unknown.loc[self.known.unknown.index > self.made.weights["ai"].index[-1]]
        return {str(name): [f"{day:%Y-%m}" for day in late.index[late[name]]] for name in late if late[name].any()}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a reader must know of the months after the artifact."""
        found = []
        if self.since is not None:
            told = f"from {self.since:%Y-%m} on live, out of sample, policy frozen: " + ", then ".join(
                f"fitted for January {fit.year} on returns to {fit.learned:%Y-%m}" for fit in self.fits
            )
            found.append(Finding("policy_frozen", "warning" if self.fit.due else "info", f"{told}, not refitted since"))
        for name, months in self.missing.items():
            told = f"{name} was unknown at {len(months)} month ends and counts as its mean there: {', '.join(months)}"
            found.append(Finding("unknown_input", "warning", told))
        if self.limit is not None:
            found.append(Finding("decisions_end", "warning", self.limit.text()))
        return tuple(found)

    @cached_property
    def outcomes(self) -> dict[str, Outcome]:
        """What the AI, equal weight and the market earned over all decisions, net of cost."""
        level, market = self.weights * 0.0 + 1.0 / self.weights.shape[1], self.weights * 0.0
        market.iloc[:, 0] = 1.0
        strategies = {"ai": self.weights, "equal_weight": level, "market": market}
        return {name: outcome(self.known.panel, decided) for name, decided in strategies.items()}

    @cached_property
    def returns(self) -> pd.DataFrame:
        """Net monthly returns: the artifact's, then those of the months after it."""
        past = self.made.returns[list(self.outcomes)]
        later = pd.DataFrame({name: done.returns for name, done in self.outcomes.items()})
        return pd.DataFrame(pd.concat([past, later.loc[later.index > past.index[-1]]]))

    @cached_property
    def record(self) -> dict[str, Any] | None:
        """Figures of the months that decisions after the artifact earned; None while there is none."""
        if self.since is None:
            return None
        later = self.known.panel.riskless.loc[self.since :].iloc[1:]
        earned = later.index[later.notna().cummin()]  # a Sharpe ratio needs the bill
        if len(earned) < LEAST:
            return None
        first, last = f"{earned[0]:%Y-%m}", f"{earned[-1]:%Y-%m}"
        cards = {name: scorecard(self.known.panel, done, first, last) for name, done in self.outcomes.items()}
        active = self.returns.loc[earned].sub(self.returns.loc[earned, "market"], axis=0)
        return {
            "first": first,
            "last": last,
            "months": len(earned),
            "cost_bp": COST_BPS,
            "basis": self.basis,
            "won": {name: int((active[name] > 0).sum()) for name in ("ai", "equal_weight")},
            "strategies": {name: card.to_dict() for name, card in cards.items()},
        }

    def on(self, when: pd.Timestamp) -> dict[str, Any]:
        """Weights at one month end after the artifact, the month before, and why; keys as training keeps them."""
        return _told(self, int(pd.DatetimeIndex(self.weights.index).get_indexer(pd.DatetimeIndex([when]))[0]))


LIVE_BASIS = "live, out of sample since {since} (policy frozen{again})"
TRAINED_BASIS = "walk-forward, as trained"


def live(universe: str = UNIVERSE) -> Live | None:
    """Decisions that go on with the snapshot in use; None for bundled data, and for a universe that ends with them.

    Raises
    ------
    BadInput
        The universe is not known.
    MissingData
        The artifact, or a data set, is missing or broken.
    """
    made = open_artifact(universe)
    if universe != UNIVERSE:
        return None
    found = snapshots.find()
    return None if found.manifest is None else _live(made, found.id)


@lru_cache(maxsize=4)
def _live(made: Artifact, snapshot: str) -> Live:
    with using(snapshot):
        history = stored_history()
        known = known_panel(history)
        limit = _limit(history, known)
        policies = fits(made, snapshots.find())
    past = made.weights["ai"]
    later = known.panel.features.loc[known.panel.features.index > past.index[-1]]
    # One month at a time: products of other shapes differ in their last digits, and a decision shall not
    # depend on how many come after it.
    rows = [
        in_force(policies, pd.Timestamp(when)).policy.weights(row[None, :])[0]
        for when, row in zip(later.index, later.to_numpy(), strict=True)
    ]
    decided = pd.DataFrame(rows, later.index, past.columns, dtype=float)
    since = pd.Timestamp(decided.index[0]) if len(decided) else None
    return Live(made, snapshot, known, pd.concat([past, decided]) if len(decided) else past, since, limit, policies)


def stored_history() -> History:
    """The history of the snapshot in use, as ``History.bundled`` has that of the bundled data."""
    return History(
        load("french_portfolios").frame,
        load("moodys_yields").as_known(),
        load("core_cpi").as_known(),
        load("us_macro_monthly").as_known().drop(columns=["source", "as_of"]),
        _fund_months(),
        load("bill_rate").frame,
    )


def _fund_months() -> pd.DataFrame:
    """Monthly returns of the factor ETFs and the S&P 500, whole months in which both were priced."""
    index = load("sp500_total_return").frame["sp500_total_return"]
    prices = load("factor_etfs").frame.assign(market=index).dropna()
    months = month_rows(pd.DatetimeIndex(prices.index))
    whole = prices.iloc[months.last[months.ended]].set_axis(months.ends[months.ended])
    return pd.DataFrame(whole.pct_change(fill_method=None).iloc[1:])


def known_panel(history: History) -> Known:
    """Features, returns and bill of the running universe, cut where a decision is no longer possible.

    Up to the end of the bundled data it is bit for bit the panel that training used.
    """
    returns = _sleeves(history)
    raw = modern_features(history, returns)
    scaled = scale(raw)
    for month, column in _late(history.macro, pd.DatetimeIndex(returns.index)):
        blank = history.macro.copy()
        blank.loc[month, column] = np.nan
        then = modern_features(replace(history, macro=blank), returns).loc[month]
        scaled.loc[month, then.isna()] = np.nan
    macro = history.macro[list(NEEDED)].reindex(returns.index).loc[ETF_START:].notna().all(axis=1)
    end = macro.index[macro.cummin()][-1]
    scaled = scaled.loc[START:end]
    bill = history.bill["bill_rate"].reindex(scaled.index)
    unknown = scaled.isna()
    data = Panel(UNIVERSE, scaled.fillna(0.0), returns.loc[scaled.index], bill, unknown.sum(), raw.loc[:end])
    return Known(data, unknown)


def _sleeves(history: History) -> pd.DataFrame:
    """Sleeves to 2014-01, then the funds that follow them, to the last month without a gap before it."""
    names = {name: "market" if name == "market" else ETF_OF[name] for name in UNIVERSES[UNIVERSE]}
    after = history.etfs.loc[ETF_START:, list(names.values())].set_axis(list(names), axis=1)
    months = pd.DatetimeIndex(after.index)
    follows = np.diff(months.year.to_numpy() * 12 + months.month.to_numpy()) == 1
    whole = np.r_[True, np.logical_and.accumulate(follows)] & after.notna().all(axis=1).cummin().to_numpy()
    before = sleeve_returns(history.french, UNIVERSE).loc[lambda table: table.index < ETF_START]
    return pd.DataFrame(pd.concat([before, after.loc[whole]]))


def _late(macro: pd.DataFrame, months: pd.DatetimeIndex) -> Iterator[tuple[pd.Timestamp, str]]:
    """Figures that were published after the month end at which the publication lag has them known."""
    for column, (series, lag) in PUBLISHED.items():
        rows = pd.DatetimeIndex(macro.index.intersection(months))
        days = known_on(rows - pd.offsets.MonthEnd(lag), f"month_end:{lag}", series)
        yield from ((pd.Timestamp(row), column) for row in rows[days > rows])


def _limit(history: History, known: Known) -> Limit | None:
    """What holds the newest decision back behind the last whole month of the funds."""
    months = month_rows(pd.DatetimeIndex(load("factor_etfs").frame.index))
    prices, end = months.ends[months.ended][-1], known.panel.features.index[-1]
    if end >= prices:
        return None
    sleeves = _sleeves(history).index[-1]
    index = set(load("sp500_total_return").frame.index)
    after = [day for day in load("factor_etfs").frame.index if day > sleeves]
    lacking = any(day not in index for day in after)
    name = "us_macro_monthly" if end < sleeves else "sp500_total_return" if lacking else "factor_etfs"
    return Limit(name, end.date(), prices.date())


@lru_cache(maxsize=8)
def _told(found: Live, row: int) -> dict[str, Any]:
    """As the artifact tells of its newest month, for a later one."""
    data, sleeves = found.known.panel, list(found.weights.columns)
    when = pd.Timestamp(found.weights.index[row])
    policy = found.policy(when).policy
    state = data.features.loc[when].to_numpy()
    now, mean = found.weights.iloc[row].to_numpy(), policy.weights(np.zeros((1, len(state))))[0]
    shared = contributions(policy, state)
    nets = [member.by_seed(state[None, :])[:, 0] for member in policy.members if isinstance(member, Ensemble)]

    def named(values: np.ndarray) -> dict[str, float]:
        return {name: float(value) for name, value in zip(sleeves, values, strict=True)}

    return {
        "date": f"{when:%Y-%m-%d}",
        "weights": named(now),
        "previous": named(found.weights.iloc[row - 1].to_numpy()),
        "equal_weight": named(np.full(len(sleeves), 1.0 / len(sleeves))),
        "mean_state": named(mean),
        "spread_over_networks": named(np.concatenate(nets).std(axis=0, ddof=1)),
        "contributions": [
            {"feature": str(data.features.columns[k]), "value": float(state[k]), "contribution": named(shared[k])}
            for k in np.argsort(-np.abs(shared).sum(axis=1))
        ],
        "inputs": _inputs(found, when),
        "residual": float(np.abs(shared.sum(axis=0) - (now - mean)).max()),
    }


def _inputs(found: Live, when: pd.Timestamp) -> list[dict[str, Any]]:
    """Value of every feature, in its own unit (None: unknown) and scaled, with what training had seen."""
    data = found.known.panel
    past = data.raw.loc[:when]
    mean, deviation, newest = past.mean(), past.std(), past.iloc[-1].to_dict()
    seen = data.features.loc[: pd.Timestamp(found.policy(when).learned)].iloc[:-1]
    unknown, scaled = found.known.unknown.loc[when].to_dict(), data.features.loc[when].to_dict()
    return [
        {
            "feature": name,
            "raw": None if unknown[name] else float(newest[name]),
            "mean": float(mean[name]),
            "deviation": float(deviation[name]),
            "scaled": float(scaled[name]),
            "seen": [float(seen[name].min()), float(seen[name].max())],
        }
        for name in map(str, data.features)
    ]
