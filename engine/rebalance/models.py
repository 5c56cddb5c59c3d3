"""From what was known to target weights: one model a kind of product.

``admit`` takes in what the model reads beside prices, past the guard; ``features`` and ``weights`` read only what
was taken in. A decision that should be there and is not raises ``Late``: the holdings stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.factors.artifacts import open_artifact
from engine.factors.live import live
from engine.factors.sleeves import ETF_OF
from engine.momentum.decide import Schedule, schedule, signals, targets
from engine.momentum.factors import COLUMNS, Factors, factors
from engine.momentum.panel import StockPanel
from engine.momentum.settings import Config
from engine.products import product
from engine.rebalance.accounts import Account
from engine.rebalance.calendar import last_scheduled, session_on
from engine.rebalance.market import require_known


class Late(Exception):
    """Data or a decision that should be there by now is not; ``code`` and ``params`` as a gate takes them."""

    def __init__(self, gate: str, code: str, **params: object) -> None:
        self.gate, self.code, self.params = gate, code, params
        super().__init__(code)


@dataclass(frozen=True, eq=False)
class Taken:
    """What a step of a model gives: plain JSON and arrays."""

    facts: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Target:
    """Weights of names (or blocks), the day they were decided, and what they rest on."""

    weights: dict[str, float]
    decided: date
    basis: str

    def to_dict(self) -> dict[str, Any]:
        return {"weights": self.weights, "decided": self.decided.isoformat(), "basis": self.basis}


def panel_of(account: Account) -> str | None:
    """The panel of prices of a product; None for one that reads fact tables."""
    if account.kind == "momentum":
        return product(account.fund).config.panel
    return "factor_etfs" if account.kind == "factors" else None


def decision_day(account: Account, day: date) -> date:
    """The newest session on which the product's weights were due."""
    return last_scheduled(account.rule, day) or session_on(day).day


# --- momentum


def admit_momentum(account: Account, day: date) -> Taken:
    """The factors of the residual model, as published by the session."""
    known = factors().until(pd.Timestamp(day))
    index = pd.DatetimeIndex(known.table.index)
    require_known("french_factors", index + pd.offsets.MonthEnd(known.lag) if known.lag else index, day)
    table = known.table[list(COLUMNS)].to_numpy(dtype=float)
    months = index.to_numpy().astype("datetime64[D]")
    return Taken({"lag": known.lag, "source": known.source}, {"factors": table, "months": months})


def _factors(taken: Taken) -> Factors:
    index = pd.DatetimeIndex(taken.arrays["months"])
    return Factors(
        pd.DataFrame(taken.arrays["factors"], index, list(COLUMNS)), int(taken.facts["lag"]), taken.facts["source"]
    )


def momentum_features(account: Account, day: date, panel: StockPanel, taken: Taken) -> Taken:
    """Ranks month by month, and the rebalancing days with the month that each looks back to."""
    known = _factors(taken)
    index = pd.DatetimeIndex(known.table.index)
    require_known("french_factors", index + pd.offsets.MonthEnd(known.lag) if known.lag else index, day)
    require_known(panel.name, panel.dates, day)
    config = product(account.fund).config
    found = signals(panel, known, config)
    when = _today(schedule(panel, found, config), account, day, panel, found.months.ends)
    newest = found.rank[when.rows[-1]]
    facts = {
        "months": len(found.months.ends),
        "newest_month": found.months.ends[when.rows[-1]].date().isoformat(),
        "ranked": int(np.isfinite(newest).sum()),
        "left_out": {str(name): int(count) for name, count in found.left_out.iloc[-1].items()},
    }
    days = when.days.to_numpy().astype("datetime64[D]")
    return Taken(facts, {"rank": found.rank, "days": days, "rows": when.rows.astype(np.int64)})


def _today(when: Schedule, account: Account, day: date, panel: StockPanel, ends: pd.DatetimeIndex) -> Schedule:
    """The schedule with the session itself where the exchange is closed on the Friday that follows it.

    From prices alone such a Thursday is told apart from any other only on the Monday after.
    """
    due = pd.Timestamp(decision_day(account, day))
    if due in when.days or due not in panel.dates:
        return when
    row = int(ends.searchsorted(due, side="right")) - 1
    if due < when.days[-1] or row < when.rows[-1] or (due - ends[row]).days > 40:
        return when
    return Schedule(pd.DatetimeIndex([*when.days, due]).as_unit(when.days.unit), np.append(when.rows, row))


def momentum_target(account: Account, day: date, panel: StockPanel, taken: Taken) -> Target:
    """Weights under the rules of the fund, on the newest day that they were due.

    Raises
    ------
    Late
        The newest decision is older than the one that is due: prices or factors end too early.
    """
    config: Config = product(account.fund).config
    when = Schedule(pd.DatetimeIndex(taken.arrays["days"]).as_unit(panel.dates.unit), taken.arrays["rows"])
    due = decision_day(account, day)
    if when.days[-1].date() != due:
        raise Late("model", "model_late", last=when.days[-1].date(), wanted=due)
    row = targets(panel, panel.months, taken.arrays["rank"], when, config).iloc[-1]
    held = row[row > 0].sort_values(ascending=False, kind="stable")
    weights = {str(name): float(weight) for name, weight in held.items()}
    return Target(weights, due, f"{config.signal}, ranks of {taken.facts['newest_month'][:7]}")


# --- factors


def admit_factors(account: Account, day: date) -> Taken:
    """The model's decision in force: of the newest month end up to the day on which weights were due.

    Raises
    ------
    Late
        No decision of the month end before that day: the inputs of the model end earlier.
    """
    due = pd.Timestamp(decision_day(account, day))
    made, going = open_artifact(account.fund), live(account.fund)
    decided = going.weights if going else made.weights["ai"]
    known = decided.loc[decided.index <= due]
    require_known(f"decisions of {account.fund}", pd.DatetimeIndex(known.index), day)
    wanted = due if due == due + pd.offsets.MonthEnd(0) else due - pd.offsets.MonthEnd(1)
    if not len(known) or known.index[-1] < wanted:
        last = known.index[-1].date() if len(known) else "never"
        raise Late("model", "model_late", last=last, wanted=wanted.date())
    row = {str(name): float(weight) for name, weight in known.iloc[-1].items()}
    basis = going.basis if going and going.since is not None and known.index[-1] >= going.since else "walk-forward"
    return Taken({"decided": known.index[-1].date().isoformat(), "sleeves": row, "basis": basis})


def factors_target(account: Account, day: date, taken: Taken) -> Target:
    """The decision in the ETF of each sleeve."""
    decided = date.fromisoformat(taken.facts["decided"])
    require_known(f"decisions of {account.fund}", pd.DatetimeIndex([decided]), day)
    funds = {ETF_OF[name]: weight for name, weight in taken.facts["sleeves"].items()}
    ordered = dict(sorted(funds.items(), key=lambda item: (-item[1], item[0])))
    return Target(ordered, decided, str(taken.facts["basis"]))


# --- passive


def admit_passive(account: Account, day: date) -> Taken:
    """Prices of the allocator's universe, with their days.

    Raises
    ------
    Late
        The prices are not of the session.
    """
    from engine.allocation.models import model
    from engine.allocation.universe import funds

    offered = funds(account.universe or "all", [str(name) for name in model(account.fund).index])
    days = pd.DatetimeIndex(pd.to_datetime(offered.price_dates.dropna()))
    first, last = days.min().date(), days.max().date()
    if first != day or last != day:
        code = "data_not_then" if last > day else "data_late"
        raise Late("data", code, panel="etf_universe", last=last if last > day else first, session=day)
    require_known("etf_universe", days, day)
    prices = {str(name): float(price) for name, price in offered.prices.dropna().items()}
    return Taken({"prices": prices})


def passive_target(account: Account, day: date) -> Target:
    """Weights of the allocator's model, by block or fund."""
    from engine.allocation.models import model

    weights = {str(name): float(weight) for name, weight in model(account.fund).items()}
    return Target(weights, day, f"model {account.fund}")


# --- money


def rate_on(currency: str, day: date) -> tuple[float, date] | None:
    """Units of a currency a dollar as known on a day, and the day they are of; None where none was known.

    Raises
    ------
    LodestarError
        The table of rates is missing or broken.
    """
    from engine.sources import load

    if currency == "USD":
        return 1.0, day
    table = load("usdkrw_monthly").frame
    days = pd.DatetimeIndex(pd.to_datetime(table["last_date"]))
    known = table.loc[np.asarray(days <= pd.Timestamp(day))]
    if not len(known):
        return None
    of = days[days <= pd.Timestamp(day)]
    require_known("usdkrw_monthly", of, day)
    return float(known["krw_per_usd_month_end"].iloc[-1]), of[-1].date()
