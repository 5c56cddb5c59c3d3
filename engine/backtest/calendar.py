"""Rebalancing dates taken from the sessions that exist."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd

from engine.errors import BadInput

Rule = Literal["once", "daily", "monthly", "quarterly", "yearly"]

_PERIODS = {"monthly": "M", "quarterly": "Q", "yearly": "Y"}


def rebalance_dates(index: pd.DatetimeIndex, rule: Rule) -> pd.DatetimeIndex:
    """The first session, and the last session of every month, quarter or year after it.

    The last period counts only when a later session shows that it has ended, so that adding
    data never moves a date that was already chosen.

    Raises
    ------
    BadInput
        The rule is not known.
    """
    if rule not in get_args(Rule):
        raise BadInput("unknown_choice", field="rule", value=rule, accepted=", ".join(get_args(Rule)))
    if rule == "daily":
        return index
    if rule == "once":
        return index[:1]
    period = index.to_period(_PERIODS[rule])
    ended = period[:-1] != period[1:]
    return index[:1].union(index[:-1][ended])
