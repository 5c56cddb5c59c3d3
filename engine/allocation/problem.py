"""The whole-share problem: what was given, checked, and turned into units and weights.

Nothing is dropped, merged or repaired in silence: every such step is a ``Note`` of the problem.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, Infeasible

DEFAULT_TOLERANCE = 0.0
TOLERANCE_FLOOR = 0.0005
FRACTION = 0.001
LEAST_RESOLUTION = 0.5
_NEVER = 10**6
_FLOOR = 0.0005
_REPAIR_LIMIT = 0.01
_SUM_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Note:
    """Something that was done to the input, or that a reader should know: a code and its values."""

    code: str
    field: str
    details: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {"code": self.code, "field": self.field, **self.details}


@dataclass(frozen=True)
class Rules:
    """Options of an allocation; every one has a default.

    Attributes
    ----------
    tolerance : float
        Stage 2 may give up this share of tracking error (0.10 = 10 %), or 5 basis points if that is
        more, for fewer lines and lower cost. Zero: stage 1 is the answer.
    holdings : Series, optional
        Shares already held by ticker; the account includes them at the prices given.
    no_sell : bool
        Never fewer shares than held.
    max_lines, max_trades : int, optional
        Most funds in the basket; most funds bought or sold.
    forbidden, required : collection of str
        Funds that may not be bought; funds of which at least one unit is held.
    fractional : bool
        Units of 0.001 share instead of whole lots.
    minimum_order : float
        Least value of an order, in the currency of the account.
    cash_max : float
        Largest share of the account left as cash, 0..1.
    lots : Series, optional
        Shares a lot; 1 where absent.
    fees, spreads : Series, optional
        Decimals a year and decimals of the price (full spread): the costs of stage 2.
    holding_years : float
        Years over which a spread is spread.
    commission, commission_minimum : float
        Decimal of an order's value and least amount an order.
    lookthrough : DataFrame, optional
        Exposure of each fund to each block, decimals; without it there is no resolution.
    sleeves : collection of str
        Rows of the covariance that the model may name though nobody can buy them.
    currencies : Series, optional
        Currency of each price; ``rates`` turns them into dollars (units of the currency a dollar).
    price_dates : Series, optional
        Date of each price; those more than ``max_price_age_days`` before the newest are refused.
    risk_aversion : float
        Gamma of the utility loss, gamma / 2 times squared tracking error.
    seconds : float
        Deadline in CPU seconds.
    effort : str
        "full", or "quick" for curves.
    """

    tolerance: float = DEFAULT_TOLERANCE
    holdings: Any = None
    no_sell: bool = False
    max_lines: int | None = None
    max_trades: int | None = None
    forbidden: Collection[str] = ()
    required: Collection[str] = ()
    fractional: bool = False
    minimum_order: float = 0.0
    cash_max: float = 1.0
    lots: Any = None
    fees: Any = None
    spreads: Any = None
    holding_years: float = 3.0
    commission: float = 0.0
    commission_minimum: float = 0.0
    lookthrough: pd.DataFrame | None = None
    sleeves: Collection[str] = ()
    currencies: Any = None
    rates: Mapping[str, float] | None = None
    price_dates: Any = None
    max_price_age_days: int = 45
    risk_aversion: float = 3.0
    seconds: float = 0.25
    effort: str = "full"


@dataclass(frozen=True)
class Problem:
    """A checked instance. Arrays are over the n funds that can be bought or are held; weights are of the account.

    Attributes
    ----------
    price : array
        Dollars a share.
    unit : array
        Shares a unit: the lot, or 0.001.
    H, b, constant : arrays and float
        Squared tracking error of weights w is w'Hw - 2 b'w + constant, decimals a year squared.
    joint, target : arrays
        Covariance of the funds followed by the model lines that are not among them, and the model over both.
    low, high, held, least : arrays of int
        Bounds, holdings and least trade, in units.
    cost : array
        Decimals a year for a weight of one.
    offered : tuple of str
        Every fund that was given, refused ones included.
    model, exposures : Series and DataFrame
        Target weights by ticker or sleeve; look-through of funds and model lines, or None.
    """

    tickers: tuple[str, ...]
    price: np.ndarray
    unit: np.ndarray
    account: float
    H: np.ndarray
    b: np.ndarray
    constant: float
    joint: np.ndarray
    target: np.ndarray
    low: np.ndarray
    high: np.ndarray
    held: np.ndarray
    least: np.ndarray
    cost: np.ndarray
    model: pd.Series
    exposures: pd.DataFrame | None
    rules: Rules
    notes: tuple[Note, ...]
    offered: tuple[str, ...]

    @property
    def step(self) -> np.ndarray:
        """Weight of one unit."""
        return np.asarray(self.price * self.unit / self.account)

    def weights(self, units: np.ndarray) -> np.ndarray:
        return np.asarray(self.step * units)

    def tracking_error(self, weights: np.ndarray) -> float:
        """Standard deviation a year of basket less model, decimal; from the gap, which does not cancel near zero."""
        gap = -self.target
        gap[: len(weights)] += weights
        return math.sqrt(max(float(gap @ self.joint @ gap), 0.0))

    def resolution(self, weights: np.ndarray) -> float | None:
        """Share of the model's look-through exposure (and target cash) that the weights reach, 0..1."""
        if self.exposures is None:
            return None
        target = self.exposures.loc[self.model.index].to_numpy().T @ self.model.to_numpy()
        reached = self.exposures.loc[list(self.tickers)].to_numpy().T @ weights
        target = np.append(np.maximum(target, 0.0), max(1.0 - self.model.sum(), 0.0))
        reached = np.append(np.maximum(reached, 0.0), max(1.0 - weights.sum(), 0.0))
        return float(np.minimum(reached, target).sum() / target.sum())


def number(name: str, value: Any, accepted: str, *, low: float, high: float = math.inf, open_low: bool = True) -> float:
    """A finite number within bounds, or ``BadInput`` that names it."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = math.nan
    below = found <= low if open_low else found < low
    if not math.isfinite(found) or below or found > high:
        raise BadInput("bad_number", field=name, value=value, accepted=accepted)
    return found


def build(
    prices: pd.Series, model_weights: pd.Series, covariance: pd.DataFrame, account: float, rules: Rules
) -> Problem:
    """Check everything and set up the problem.

    Raises
    ------
    BadInput
        A field that cannot be used, by name.
    Infeasible
        No fund can be bought, or what was refused cannot be replaced (resolution below one half).
    """
    _check_rules(rules)
    money = number("account", account, "an amount above zero", low=0.0)
    notes: list[Note] = []
    model = _model(model_weights, notes)
    matrix = _matrix(covariance, notes)
    missing = [name for name in model.index if name not in matrix.index]
    if missing:
        raise BadInput("no_covariance", field="model", value=", ".join(missing))
    usable = _prices(prices, matrix, rules, notes)
    refused = [n for n in model.index if n not in usable.index and n not in set(rules.sleeves)]
    offered = tuple(str(name) for name in dict.fromkeys(prices.index))
    problem = _assemble(usable, model, matrix, money, rules, notes, offered)
    if refused:
        _check_substitutes(problem, refused)
    return problem


def rescaled(problem: Problem, account: float) -> Problem:
    """The problem for another account; without holdings, whose share of the account would change."""
    rules = problem.rules
    if rules.holdings is not None or rules.required:
        raise ValueError("holdings and required funds belong to one account")
    money = _after_commission(number("account", account, "an amount above zero", low=0.0), rules)
    high = np.floor((1.0 + 1e-12) * money / (problem.price * problem.unit)).astype(np.int64)
    return replace(problem, account=money, high=high)


def _check_rules(rules: Rules) -> None:
    number("tolerance", rules.tolerance, "0 to 1", low=0.0, high=1.0, open_low=False)
    number("cash_max", rules.cash_max, "0 to 1", low=0.0, high=1.0, open_low=False)
    number("minimum_order", rules.minimum_order, "zero or more", low=0.0, open_low=False)
    number("commission", rules.commission, "0 to 0.1", low=0.0, high=0.1, open_low=False)
    number("commission_minimum", rules.commission_minimum, "zero or more", low=0.0, open_low=False)
    number("holding_years", rules.holding_years, "above zero", low=0.0)
    number("risk_aversion", rules.risk_aversion, "above zero", low=0.0)
    number("seconds", rules.seconds, "above zero", low=0.0)
    for name, count in (("max_lines", rules.max_lines), ("max_trades", rules.max_trades)):
        least = 1 if name == "max_lines" else 0
        if count is not None and (count != int(count) or count < least):
            raise BadInput("bad_number", field=name, value=count, accepted=f"a whole number of at least {least}")
    if rules.effort not in ("full", "quick"):
        raise BadInput("unknown_choice", field="effort", value=rules.effort, accepted="full, quick")


def _model(given: pd.Series, notes: list[Note]) -> pd.Series:
    series = pd.Series(given)
    if series.empty:
        raise BadInput("no_investable", field="model", value="empty")
    if series.index.has_duplicates:
        raise BadInput("twice", field="model", value=", ".join(series.index[series.index.duplicated()].unique()))
    weights = pd.to_numeric(series, errors="coerce").astype(float)
    for name, weight in weights.items():
        if not math.isfinite(weight) or weight < 0.0:
            raise BadInput(
                "bad_number", field=f"weight of {name}", value=series.loc[str(name)], accepted="zero or more"
            )
    total = float(weights.sum())
    if total > 1.0 + _SUM_TOLERANCE or total <= 0.0:
        raise BadInput("bad_number", field="sum of weights", value=f"{total:g}", accepted="above 0, at most 1")
    if total < 1.0 - _SUM_TOLERANCE:
        notes.append(Note("target_cash", "model", {"weight": 1.0 - total}))
    return weights[weights > 0.0]


def _matrix(given: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    """Symmetric, positive definite; what was changed is noted."""
    frame = pd.DataFrame(given)
    if frame.shape[0] == 0 or frame.shape[0] != frame.shape[1] or list(frame.index) != list(frame.columns):
        raise BadInput("not_square", field="covariance", value=f"{frame.shape[0]} x {frame.shape[1]}")
    frame = _unique(frame)
    try:
        values = frame.to_numpy(float)
    except (TypeError, ValueError):
        values = frame.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    bad = np.argwhere(~np.isfinite(values))
    if len(bad):
        row, column = (str(frame.index[k]) for k in bad[0])
        raise BadInput(
            "bad_number",
            field=f"covariance of {row} and {column}",
            value=frame.iloc[tuple(bad[0])],
            accepted="a finite number",
        )
    even = (values + values.T) / 2.0
    trace = max(float(np.trace(even)), 1e-300)
    skew = float(np.abs(values - even).max())
    if skew > 1e-12 * trace:
        notes.append(Note("symmetrised", "covariance", {"largest_change": skew}))
    fixed = _positive(even, trace, notes)
    changed = max(skew, float(np.abs(fixed - even).max()), abs(float(np.trace(fixed) - trace)))
    if changed > _REPAIR_LIMIT * trace:
        raise BadInput(
            "not_covariance", field="covariance", value=f"{changed / trace:.3g}", accepted=f"{_REPAIR_LIMIT:g}"
        )
    return pd.DataFrame(fixed, index=frame.index, columns=frame.index)


def _unique(frame: pd.DataFrame) -> pd.DataFrame:
    if not frame.index.has_duplicates:
        return frame
    twice = frame.index[frame.index.duplicated()].unique()
    for name in twice:
        rows = frame.loc[name].to_numpy()
        if not np.array_equal(rows, np.broadcast_to(rows[0], rows.shape)):
            raise BadInput("twice", field="covariance", value=name)
    first = ~frame.index.duplicated()
    return frame.loc[first, first]


def _positive(even: np.ndarray, trace: float, notes: list[Note]) -> np.ndarray:
    """Eigenvalues below zero clipped; a floor of 5 basis points of own risk when the matrix is singular."""
    try:
        np.linalg.cholesky(even - 1e-11 * np.eye(len(even)))
    except np.linalg.LinAlgError:
        pass
    else:
        return even
    roots, vectors = np.linalg.eigh(even)
    below = roots < -1e-12 * trace
    fixed = even
    if below.any():
        fixed = (vectors * np.maximum(roots, 0.0)) @ vectors.T
        fixed = (fixed + fixed.T) / 2.0
        change = float(np.abs(fixed - even).max())
        notes.append(Note("eigenvalues_clipped", "covariance", {"count": int(below.sum()), "largest_change": change}))
    notes.append(Note("own_risk_floor", "covariance", {"volatility": _FLOOR}))
    return np.asarray(fixed + _FLOOR**2 * np.eye(len(even)))


def _prices(given: pd.Series, matrix: pd.DataFrame, rules: Rules, notes: list[Note]) -> pd.DataFrame:
    """Funds that can be bought: ``price`` in dollars and ``lot``; every refused fund is noted with its reason."""
    series = _once(pd.Series(given, dtype=object), rules, notes)
    lots = _lookup(rules.lots, series.index, 1)
    currency = _lookup(rules.currencies, series.index, "USD")
    stale = _stale(rules, series.index)
    rows: dict[str, tuple[float, int]] = {}
    for name in series.index:
        reason, price, lot = _offer(series[name], lots[name], str(currency[name]), rules)
        if not reason and name in stale:
            reason = "stale_price"
        if not reason and name not in matrix.index:
            reason = "no_covariance"
        if reason:
            value = {"stale_price": stale.get(name), "lot": lots[name], "rate": currency[name]}
            notes.append(Note("refused", str(name), {"reason": reason, "value": str(value.get(reason, series[name]))}))
        else:
            rows[str(name)] = (price, lot)
    if not rows:
        raise BadInput("no_investable", field="prices", value=len(series))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["price", "lot"])


def _once(series: pd.Series, rules: Rules, notes: list[Note]) -> pd.Series:
    """Rows that say the same twice are merged; others are refused."""
    for name in series.index[series.index.duplicated()].unique():
        values = list(series.loc[name])
        exposure = (
            None if rules.lookthrough is None or name not in rules.lookthrough.index else rules.lookthrough.loc[[name]]
        )
        same = all(value == values[0] for value in values) and (
            exposure is None or not exposure.drop_duplicates().shape[0] > 1
        )
        if not same:
            raise BadInput("twice", field="prices", value=f"{name} ({', '.join(map(str, values))})")
        notes.append(Note("merged", str(name), {"rows": len(values)}))
    return series[~series.index.duplicated()]


def _lookup(table: Any, names: pd.Index, default: object) -> dict[str, Any]:
    found = {} if table is None else dict(pd.Series(table).items())
    return {name: found.get(name, default) for name in names}


def _offer(price: Any, lot: Any, currency: str, rules: Rules) -> tuple[str, float, int]:
    """Reason of refusal (empty: none), price in dollars, shares a lot."""
    number_ = isinstance(price, int | float | np.number) and not isinstance(price, bool)
    if not number_ or not math.isfinite(float(price)) or float(price) <= 0.0:
        return "price", 0.0, 0
    if not isinstance(lot, int | float | np.number) or not math.isfinite(float(lot)) or lot < 1 or lot != int(lot):
        return "lot", 0.0, 0
    rate = 1.0 if currency == "USD" else (rules.rates or {}).get(currency, math.nan)
    if not math.isfinite(rate) or rate <= 0.0:
        return "rate", 0.0, 0
    return "", float(price) / rate, int(lot)


def _stale(rules: Rules, names: pd.Index) -> dict[str, date]:
    if rules.price_dates is None:
        return {}
    days = pd.to_datetime(pd.Series(rules.price_dates)).reindex(names).dropna()
    old = days[days < days.max() - pd.Timedelta(days=rules.max_price_age_days)]
    return {str(name): day.date() for name, day in old.items()}


def _assemble(
    usable: pd.DataFrame,
    model: pd.Series,
    matrix: pd.DataFrame,
    account: float,
    rules: Rules,
    notes: list[Note],
    offered: tuple[str, ...],
) -> Problem:
    held = _holdings(rules, usable, account)
    forbidden = _known("forbidden", rules.forbidden, matrix.index)
    required = _known("required", rules.required, usable.index)
    names = [name for name in usable.index if name not in forbidden or held.get(name, 0.0) > 0.0]
    if not names:
        raise BadInput("no_investable", field="prices", value=len(usable))
    usable = usable.loc[names]
    price = usable["price"].to_numpy(float)
    unit = np.full(len(names), FRACTION) if rules.fractional else usable["lot"].to_numpy(float)
    money = _after_commission(account, rules)
    units = _in_units(held.reindex(names).fillna(0.0).to_numpy(), unit, names)
    step = price * unit / money
    low = units.copy() if rules.no_sell else np.zeros_like(units)
    if rules.no_sell and float(step @ units) > 1.0 + 1e-9:
        raise BadInput(
            "holdings_over_account",
            field="holdings",
            value=f"{float(step @ units) * money:.2f}",
            account=f"{money:.2f}",
        )
    high = np.maximum(np.floor((1.0 + 1e-12) / step).astype(np.int64), low)
    for k, name in enumerate(names):
        if name in forbidden:
            high[k] = units[k] if rules.no_sell else 0
        elif name in required:
            low[k] = max(low[k], 1)
    if (low > high).any() or float(step @ low) > 1.0 + 1e-9:
        raise Infeasible("required_too_dear", field="required", value=", ".join(required), account=f"{money:.2f}")
    least = np.maximum(np.ceil(rules.minimum_order / (price * unit) - 1e-9), 1).astype(np.int64)
    union = [*names, *(line for line in model.index if line not in set(names))]
    joint = matrix.loc[union, union].to_numpy()
    target = model.reindex(union).fillna(0.0).to_numpy()
    n = len(names)
    return Problem(
        tickers=tuple(names),
        price=price,
        unit=unit,
        account=money,
        H=joint[:n, :n],
        b=joint[:n] @ target,
        constant=float(target @ joint @ target),
        joint=joint,
        target=target,
        low=low,
        high=high,
        held=units,
        least=least,
        cost=_costs(rules, names),
        model=model,
        exposures=_exposures(rules, [*names, *model.index]),
        rules=rules,
        notes=tuple(notes),
        offered=offered,
    )


def _after_commission(account: float, rules: Rules) -> float:
    """What can be invested when every order pays its commission."""
    lines = rules.max_lines or rules.max_trades or 5
    money = account / (1.0 + rules.commission)
    if rules.commission_minimum > 0.0:
        money = min(money, account - lines * rules.commission_minimum)
    if money <= 0.0:
        raise BadInput("bad_number", field="account", value=account, accepted=f"more than {lines} minimum commissions")
    return money


def _holdings(rules: Rules, usable: pd.DataFrame, account: float) -> pd.Series:
    if rules.holdings is None:
        return pd.Series(dtype=float)
    held = pd.Series(rules.holdings)
    for name, shares in held.items():
        number(f"holding of {name}", shares, "zero or more shares", low=0.0, open_low=False)
        if name not in usable.index and float(shares) > 0.0:
            raise BadInput("unknown_holding", field="holdings", value=name)
    held = held.astype(float)[held.astype(float) > 0.0]
    worth = float((held * usable["price"].reindex(held.index)).sum())
    if worth > account * (1.0 + 1e-9):
        raise BadInput("holdings_over_account", field="holdings", value=f"{worth:.2f}", account=f"{account:.2f}")
    return held


def _in_units(shares: np.ndarray, unit: np.ndarray, names: list[str]) -> np.ndarray:
    units = np.rint(shares / unit)
    for k in np.flatnonzero(np.abs(units * unit - shares) > 1e-9):
        raise BadInput(
            "bad_number", field=f"holding of {names[k]}", value=shares[k], accepted=f"a multiple of {unit[k]:g}"
        )
    return np.asarray(units.astype(np.int64))


def _known(name: str, tickers: Collection[str], accepted: pd.Index) -> set[str]:
    for ticker in tickers:
        if ticker not in accepted:
            raise BadInput("unknown_choice", field=name, value=ticker, accepted="funds with a usable price")
    return set(tickers)


def _costs(rules: Rules, names: list[str]) -> np.ndarray:
    fee = np.array([float(v) for v in _lookup(rules.fees, pd.Index(names), 0.0).values()])
    spread = np.array([float(v) for v in _lookup(rules.spreads, pd.Index(names), 0.0).values()])
    return np.asarray(np.nan_to_num(fee) + (np.nan_to_num(spread) + rules.commission) / rules.holding_years)


def _exposures(rules: Rules, names: list[str]) -> pd.DataFrame | None:
    """Look-through rows of funds and model lines; None when a row is missing."""
    table = rules.lookthrough
    if table is None:
        return None
    table = table[~table.index.duplicated()]
    wanted = list(dict.fromkeys(names))
    missing = [name for name in wanted if name not in table.index]
    if missing:
        raise BadInput("no_lookthrough", field="lookthrough", value=", ".join(missing))
    return table.loc[wanted].fillna(0.0)


def _check_substitutes(problem: Problem, refused: list[str]) -> None:
    """A refused model line is no harm while the rest can stand in for it, in any amounts."""
    from engine.allocation.solve import relaxed_weights

    weights = relaxed_weights(problem, unlimited=True)
    reached = problem.resolution(weights)
    if reached is None:
        reached = 1.0 - problem.tracking_error(weights) ** 2 / problem.constant if problem.constant > 0.0 else 1.0
    if reached < LEAST_RESOLUTION:
        raise Infeasible("no_substitute", field="prices", value=", ".join(refused), reached=f"{reached:.0%}")
