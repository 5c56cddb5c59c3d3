"""Total return of a Treasury that is always ten years old at the start of a month, estimated from its yields."""

from __future__ import annotations

import numpy as np
import pandas as pd

MATURITY_YEARS = 10.0
MONTH = 1.0 / 12.0
COUPONS_A_YEAR = 2


def par_bond_returns(yields: pd.Series, maturity: float = MATURITY_YEARS) -> pd.Series:
    """Monthly total return of a par bond bought at each month's yield and priced at the next one.

    The bond costs 1 and pays its yield y0 as coupon. A month later it has earned y0 / 12 and, at
    the new yield y1 with ``maturity`` - 1/12 years left, costs

        P = (y0 / y1) (1 - v) + v,   v = (1 + y1 / 2) ^ (-2 (maturity - 1/12)),

    so that its return is y0 / 12 + P - 1 (the par-bond method of Swinkels 2019, "Treasury Bond
    Return Data Starting in 1962", Data 4(3), with the exact price in place of duration and
    convexity).

    Parameters
    ----------
    yields : Series, shape (T,)
        Decimals a year, compounded twice a year, above -100 %; one a month.

    Returns
    -------
    Series, shape (T - 1,)
        Decimals a month, dated by the later of the two yields.
    """
    y = yields.to_numpy(dtype=float)
    old, new = y[:-1], y[1:]
    years = maturity - MONTH
    rate = np.log1p(new / COUPONS_A_YEAR) * COUPONS_A_YEAR * years
    with np.errstate(invalid="ignore", divide="ignore"):
        annuity = np.where(new == 0.0, years, -np.expm1(-rate) / new)
    price = old * annuity + np.exp(-rate)
    return pd.Series(old * MONTH + price - 1.0, index=yields.index[1:], name="us_bond")
