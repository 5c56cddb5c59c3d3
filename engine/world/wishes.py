"""What a client asks of an enhanced passive portfolio, checked at the border.

A wish names a block, a class of blocks or a region. Regions cover shares and bonds; property,
infrastructure, gold and commodities belong to no region.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any

from engine.errors import BadInput
from engine.world.blocks import BLOCKS
from engine.world.checks import above_zero, number

CLASSES: dict[str, tuple[str, ...]] = {
    "equity": ("us_equity", "dev_exus_equity", "em_equity"),
    "bonds": ("us_bond", "intl_bond", "em_bond"),
    "real_estate": ("real_estate",),
    "infrastructure": ("infrastructure",),
    "gold": ("gold",),
    "commodities": ("commodities",),
}
"""Asset classes and their blocks."""

REGIONS: dict[str, tuple[str, ...]] = {
    "us": ("us_equity", "us_bond"),
    "developed": ("dev_exus_equity", "intl_bond"),
    "emerging": ("em_equity", "em_bond"),
}
"""Regions and their blocks; ``developed`` is without the United States. Foreign bonds count as developed."""

GROUPS: dict[str, tuple[str, ...]] = {name: (name,) for name in BLOCKS} | CLASSES | REGIONS
"""Every name that a wish may use, with its blocks."""

SLEEVES: tuple[str, ...] = ("MTUM", "QUAL", "SIZE", "USMV", "VLUE")
"""Factor funds inside US equity that a view may name."""

TYPES = ("passive", "preference", "risk", "prediction")
METHODS = ("added", "black_litterman")


@dataclass(frozen=True)
class Wishes:
    """What a client asks for. All numbers are decimals of portfolio value; None means: not asked.

    Attributes
    ----------
    type : str
        ``passive``: the market as it is. ``preference``: the market with the tilts asked for.
        ``risk``: the market moved along its frontier to the client's risk aversion.
        ``prediction``: the market tilted by expected active returns.
    preferences : mapping of name to number
        Wanted weight of a block, class or region minus its market weight. Zero is no wish.
        Not used by ``passive``.
    exclude : tuple of names
        Blocks, classes or regions that must not be held.
    gamma : float, optional
        Risk aversion; the market's own when not given. Under ``risk`` it alone moves the
        portfolio; under the other types returns are implied at it, so that it prices a tilt.
    bounds : number, or mapping of name to number, optional
        Largest absolute tilt: of every block, or of the blocks, classes or regions named.
    tracking_error_budget : float, optional
        Largest expected tracking error a year against the market.
    holdings : mapping of block to number, optional
        Weights held today; a block not named has none. They sum to one.
    turnover_limit : float, optional
        Largest turnover from ``holdings``: half the sum of absolute weight changes.
    views : mapping of name to number, optional
        Only ``prediction``: expected active return a year of a block, or of a factor fund inside
        US equity above US equity. The engine's own factor weights when not given.
    strength : float, optional
        Only ``prediction``: from 0 (no use of views) to 1. From the evidence when not given.
    method : str
        Only ``prediction``: views ``added`` to the returns the market implies, or mixed with them
        by ``black_litterman``.

    Raises
    ------
    BadInput
        A name, number or form that cannot be used.
    """

    type: str = "passive"
    preferences: Mapping[str, float] = field(default_factory=dict)
    exclude: Sequence[str] = ()
    gamma: float | None = None
    bounds: float | Mapping[str, float] | None = None
    tracking_error_budget: float | None = None
    holdings: Mapping[str, float] | None = None
    turnover_limit: float | None = None
    views: Mapping[str, float] | None = None
    strength: float | None = None
    method: str = "added"

    def __post_init__(self) -> None:
        _one_of("type", self.type, TYPES)
        _one_of("method", self.method, METHODS)
        _table("preferences", self.preferences, tuple(GROUPS), -1.0, 1.0)
        _names("exclude", self.exclude)
        if self.gamma is not None:
            above_zero("gamma", self.gamma)
        if isinstance(self.bounds, Mapping):
            _table("bounds", self.bounds, tuple(GROUPS), 0.0, 1.0)
        elif self.bounds is not None:
            decimal("bounds", self.bounds, 0.0, 1.0)
        for name in ("tracking_error_budget", "turnover_limit", "strength"):
            if getattr(self, name) is not None:
                decimal(name, getattr(self, name), 0.0, 1.0)
        if self.views is not None:
            _table("views", self.views, (*BLOCKS, *SLEEVES), -1.0, 1.0)
        self._check_holdings()

    def _check_holdings(self) -> None:
        if self.holdings is not None:
            _table("holdings", self.holdings, BLOCKS, 0.0, 1.0)
            total = math.fsum(self.holdings.values())
            if abs(total - 1.0) > 1e-6:
                raise BadInput("bad_number", field="holdings", value=f"{total:g}", accepted="weights that sum to 1")
        if self.turnover_limit is not None and self.holdings is None:
            raise BadInput("turnover_without_holdings", field="turnover_limit", value=self.turnover_limit)

    @classmethod
    def from_dict(cls, given: object) -> Wishes:
        """Wishes from a JSON object; null is no wish.

        Raises
        ------
        BadInput
            It is not an object, or a key is not the name of a wish.
        """
        known = [item.name for item in fields(cls)]
        if not isinstance(given, dict):
            raise BadInput("wrong_form", field="input", value=_short(given), accepted="an object of wishes")
        for name in given:
            _one_of("input", name, known)
        required = ("type", "method")
        return cls(**{name: value for name, value in given.items() if value is not None or name in required})

    def to_dict(self) -> dict[str, Any]:
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: _plain(value) for name, value in told.items()}


def decimal(field: str, value: object, least: float, most: float) -> float:
    """A number within a range.

    Raises
    ------
    BadInput
        It is not a finite number from ``least`` to ``most``.
    """
    accepted = f"a decimal from {least:g} to {most:g}"
    given = number(field, value, accepted)
    if not least <= given <= most:
        raise BadInput("bad_number", field=field, value=value, accepted=accepted)
    return given


def _one_of(name: str, value: object, known: Sequence[str]) -> None:
    if not isinstance(value, str) or value not in known:
        raise BadInput("unknown_choice", field=name, value=_short(value), accepted=", ".join(known))


def _names(name: str, value: object) -> None:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise BadInput("wrong_form", field=name, value=_short(value), accepted="a list of names")
    for item in value:
        _one_of(name, item, tuple(GROUPS))


def _table(name: str, value: object, known: Sequence[str], least: float, most: float) -> None:
    if not isinstance(value, Mapping):
        raise BadInput("wrong_form", field=name, value=_short(value), accepted="a table of names with numbers")
    for key, item in value.items():
        _one_of(name, key, known)
        decimal(f"{name}.{key}", item, least, most)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): float(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return float(value) if isinstance(value, Real) else value
