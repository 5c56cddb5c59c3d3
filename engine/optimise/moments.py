"""Means and covariances over rolling windows."""

from __future__ import annotations

import numpy as np

from engine.errors import BadInput

Array = np.ndarray


def rolling_moments(returns: Array, ends: Array, window: int) -> tuple[Array, Array]:
    """Mean and sample covariance of the ``window`` rows that stop before each end.

    Rows are summed in fixed blocks of deviations that are merged (Chan, Golub and LeVeque 1983), so
    overlapping windows share work, nothing cancels however high the level, and an answer depends on
    the rows of its own window alone, to the last bit.

    Parameters
    ----------
    returns : array (T, n)
        Decimals of any one frequency.
    ends : array of int (k,)
        Row after the last one of each window, ``window <= end <= T``, in any order.
    window : int
        Rows, at least 2.

    Returns
    -------
    mean : array (k, n)
    covariance : array (k, n, n)
        Of the returns' own frequency; divisor ``window - 1``.

    Raises
    ------
    BadInput
        Not two dimensions, a value that is not finite, a window below 2, an end outside the rows.
    """
    rows, stops, length = checked(returns, ends, window)
    return _moments(rows, stops, length)


def _moments(rows: Array, stops: Array, window: int) -> tuple[Array, Array]:
    from engine.optimise import kernels

    n = rows.shape[1]
    mean, covariance = np.empty((len(stops), n)), np.empty((len(stops), n, n))
    kernels.moments(np.ascontiguousarray(rows.T), stops, window, mean, covariance.reshape(len(stops), n * n))
    return mean, covariance


def checked(returns: Array, ends: Array, window: int) -> tuple[Array, Array, int]:
    """The inputs of a rolling window as the kernels take them; BadInput as in :func:`rolling_moments`."""
    rows = np.ascontiguousarray(returns, dtype=float)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise BadInput(
            "bad_number", field="returns", value=f"shape {rows.shape}", accepted="rows of dates x columns of assets"
        )
    gaps = ~np.isfinite(rows).all(axis=1)
    if gaps.any():
        raise BadInput("missing_value", field="returns", value=f"row {int(np.argmax(gaps))}")
    if isinstance(window, bool) or not isinstance(window, int | np.integer) or window < 2:
        raise BadInput("bad_number", field="window", value=window, accepted="whole rows, at least 2")
    stops = np.asarray(ends)
    if stops.ndim != 1 or not len(stops):
        raise BadInput("empty_choice", field="ends")
    if not np.issubdtype(stops.dtype, np.integer):
        raise BadInput("bad_number", field="ends", value=stops.dtype, accepted="whole row numbers")
    outside = (stops < window) | (stops > len(rows))
    if outside.any():
        raise BadInput("range_outside", field="ends", value=stops[outside][0], first=int(window), last=len(rows))
    return rows, np.ascontiguousarray(stops, dtype=np.int64), int(window)
