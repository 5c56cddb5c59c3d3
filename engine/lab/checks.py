"""What a panel's tables must be, checked where they enter."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.errors import BadInput


def fixed(frame: pd.DataFrame) -> pd.DataFrame:
    """A read-only copy: panels are shared by everything that asks for them."""
    values = np.array(frame.to_numpy(dtype=float), order="C")
    values.setflags(write=False)
    return pd.DataFrame(values, index=frame.index, columns=frame.columns, copy=False)


def check_index(index: pd.Index) -> None:
    """Refuse dates that are not tz-naive, unique and increasing, or fewer than two."""
    good = isinstance(index, pd.DatetimeIndex) and index.tz is None and len(index) > 1
    if not (good and index.is_unique and index.is_monotonic_increasing and not index.hasnans):
        raise BadInput("bad_index", field="prices", value="its index")


def check_prices(name: str, prices: pd.DataFrame) -> None:
    """Refuse names that come twice, prices at or below zero, holes, and an asset without a price."""
    if not prices.shape[1]:
        raise BadInput("empty_choice", field="assets")
    if not prices.columns.is_unique:
        twice = prices.columns[prices.columns.duplicated()][0]
        raise BadInput("bad_number", field=name, value=f"two columns named '{twice}'", accepted="every asset once")
    level = prices.to_numpy(dtype=float)
    bad = (level <= 0) | np.isinf(level)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = f"{level[row, column]} of {prices.columns[column]} on {prices.index[row].date()}"
        raise BadInput("bad_number", field=name, value=value, accepted="prices above zero")
    holes = np.argwhere(hole_mask(level))
    if len(holes):
        row, column = holes[0]
        raise BadInput("missing_value", field=f"{name} of {prices.columns[column]}", value=prices.index[row].date())
    empty = np.flatnonzero(np.isnan(level).all(axis=0))
    if len(empty):
        raise BadInput(
            "missing_value",
            field=f"{name} of {prices.columns[empty[0]]}",
            value=f"any date to {prices.index[-1].date()}",
        )


def hole_mask(level: np.ndarray) -> np.ndarray:
    """True where a price is missing between an asset's first and last, shape (T, n)."""
    known = ~np.isnan(level)
    begun = np.logical_or.accumulate(known, axis=0)
    goes_on = np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    return np.asarray(begun & goes_on & ~known)


def check_opens(opens: pd.DataFrame, prices: pd.DataFrame) -> None:
    """Refuse opening prices on other dates, of other assets, or missing where the closes are not."""
    if not (opens.index.equals(prices.index) and opens.columns.equals(prices.columns)):
        raise BadInput("no_opens", field="opens", value="next_open")
    check_prices("opens", opens)
    differ = np.argwhere(np.isnan(opens.to_numpy(dtype=float)) != np.isnan(prices.to_numpy()))
    if len(differ):
        row, column = differ[0]
        raise BadInput("missing_value", field=f"opens of {opens.columns[column]}", value=opens.index[row].date())


def check_riskless(rate: pd.Series, index: pd.Index) -> None:
    """Refuse riskless returns that are missing, or not on every date but the first."""
    if not rate.index.equals(index[1:]):
        strangers = rate.index.symmetric_difference(index[1:])
        raise BadInput("not_aligned", field="riskless", value=strangers[0].date() if len(strangers) else "its order")
    gaps = ~np.isfinite(rate.to_numpy(dtype=float))
    if gaps.any():
        raise BadInput("missing_value", field="riskless", value=rate.index[gaps][0].date())
