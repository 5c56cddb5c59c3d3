"""Dated sizes of asset classes, each with what it measures, where it is from and when it was known.

Sizes of the fact table differ in what they count (free float or everything, one index or all debt,
managed property or listed companies). Each belongs to one scope; a path runs through one scope
only. A change, a missing figure, a price or a return is never a size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import pandas as pd

from engine.errors import BadInput, MissingData
from engine.sources import Basis, load, snapshot_id

CLASSES = ("equity", "bonds", "real_estate", "infrastructure")
"""The four classes of the world portfolio; infrastructure follows real estate (``engine.world.infrastructure``)."""

SWITCHES = ("gold", "private_equity", "private_debt")
"""Classes that are off by default. Listed managers of private equity are in the equity index already."""

ASSUMED_LAG_MONTHS = 12
"""Where no publication date is known, a size counts as known this many months after its date."""

BOND_COMPONENTS = (
    "government_bonds",
    "ig_credit",
    "inflation_linked_bonds",
    "high_yield_bonds",
    "em_debt",
    "securitized",
)
"""State Street's six bond classes; convertibles are left with neither bonds nor equity."""

_STATE_STREET = "State Street Global Market Portfolio component"


@dataclass(frozen=True)
class Scope:
    """What a run of sizes measures.

    Attributes
    ----------
    indices : tuple of str
        Names in the fact table that share one definition.
    coverage : str
        ``"full"`` (all shares, float or not), ``"investable"``, ``"large_mid"``, ``"outstanding"`` (all
        debt), ``"index"`` (one published index), ``"managed"`` (professionally managed property),
        ``"listed"``, ``"component"`` (of one study).
    rows : tuple of str
        ``asset_class`` values that are added up, where the scope is a sum; the class itself otherwise.
    substitute_for : str
        The index whose size was not found and which this scope stands in for.
    breaks : tuple of date
        Days on which coverage changed; nothing is interpolated across them.
    """

    id: str
    asset_class: str
    indices: tuple[str, ...]
    coverage: str
    rows: tuple[str, ...] = ()
    substitute_for: str = ""
    breaks: tuple[date, ...] = ()


_ACWI_IMI = "MSCI ACWI IMI"
_MANAGED = "MSCI professionally managed real estate market size"
_AGGREGATE = (
    "Bloomberg Barclays Global Aggregate (pro forma with China)",
    "Bloomberg Barclays Global Aggregate (pro forma, China fully phased in)",
)
_BLOOMBERG = "Bloomberg Global Aggregate"

_SCOPES = (
    Scope(
        "sifma",
        "equity",
        ("SIFMA global equity market capitalisation (full, not float)",),
        "full",
        substitute_for=_ACWI_IMI,
    ),
    Scope("msci", "equity", ("MSCI global-market portfolio: public equity",), "investable", substitute_for=_ACWI_IMI),
    Scope("msci_acwi", "equity", ("MSCI ACWI (large + mid only)",), "large_mid", substitute_for=_ACWI_IMI),
    Scope("state_street", "equity", (_STATE_STREET,), "component", substitute_for=_ACWI_IMI),
    Scope("sifma", "bonds", ("SIFMA/BIS global fixed income outstanding",), "outstanding", substitute_for=_BLOOMBERG),
    Scope("msci", "bonds", ("MSCI global-market portfolio: fixed income",), "investable", substitute_for=_BLOOMBERG),
    Scope("global_aggregate", "bonds", _AGGREGATE, "index"),
    Scope("state_street", "bonds", (_STATE_STREET,), "component", BOND_COMPONENTS, substitute_for=_BLOOMBERG),
    Scope(
        "msci_managed",
        "real_estate",
        (_MANAGED,),
        "managed",
        ("real_estate_private",),
        breaks=(date(2021, 12, 31),),
    ),
    Scope(
        "epra_global",
        "real_estate",
        ("FTSE EPRA Nareit Global (developed + emerging)",),
        "listed",
        ("real_estate_listed",),
    ),
    Scope("epra_developed", "real_estate", ("FTSE EPRA Nareit Developed",), "listed", ("real_estate_listed",)),
    Scope("nareit_us", "real_estate", ("FTSE Nareit All Equity REITs (US)",), "listed", ("real_estate_listed",)),
    Scope("state_street", "real_estate", (_STATE_STREET,), "component"),
    *(Scope("state_street", name, (_STATE_STREET,), "component") for name in SWITCHES),
)

SCOPES: Mapping[str, tuple[Scope, ...]] = {
    name: tuple(scope for scope in _SCOPES if scope.asset_class == name)
    for name in (*CLASSES, *SWITCHES)
    if name != "infrastructure"
}
"""Scopes of each class; the first is the default."""


@dataclass(frozen=True)
class Anchor:
    """One dated size.

    Attributes
    ----------
    usd_bn : float
        Billions of US dollars.
    kind : str
        ``"reported"`` or ``"derived"`` (arithmetic on reported figures).
    published : date or None
        When it was published; None where that is not known.
    known : date
        ``published``, or twelve months after ``as_of`` (then ``known_assumed``).
    basis : Basis
        Must be ``LEVEL``: anything else is no size.
    """

    asset_class: str
    scope: str
    index: str
    as_of: date
    usd_bn: float
    kind: str
    published: date | None
    source: str
    note: str = ""
    basis: Basis = Basis.LEVEL
    currency: str = "USD"

    def __post_init__(self) -> None:
        """Refuse what is no size: another basis, currency or kind."""
        if self.basis is not Basis.LEVEL:
            raise BadInput("not_a_size", field=self.asset_class, value=self.index, other=f"basis {self.basis}")
        if self.currency != "USD":
            raise BadInput("not_a_size", field=self.asset_class, value=self.index, other=f"currency {self.currency}")
        if self.kind not in ("reported", "derived"):
            raise BadInput("not_a_size", field=self.asset_class, value=self.index, other=f"kind {self.kind}")
        if not self.usd_bn > 0:
            raise BadInput("not_a_size", field=self.asset_class, value=self.index, other=f"{self.usd_bn}")

    @property
    def known_assumed(self) -> bool:
        return self.published is None

    @property
    def known(self) -> date:
        if self.published is not None:
            return self.published
        return (pd.Timestamp(self.as_of) + pd.DateOffset(months=ASSUMED_LAG_MONTHS)).date()

    def to_dict(self) -> dict[str, object]:
        return {
            "asset_class": self.asset_class,
            "scope": self.scope,
            "index": self.index,
            "as_of": self.as_of.isoformat(),
            "usd_bn": self.usd_bn,
            "kind": self.kind,
            "published": self.published.isoformat() if self.published else None,
            "known": self.known.isoformat(),
            "known_assumed": self.known_assumed,
            "source": self.source,
            "note": self.note,
        }


def scope_of(asset_class: str, scope: str = "") -> Scope:
    """A scope of a class by id; the default one when empty.

    Raises
    ------
    BadInput
        The class or the scope is not known.
    """
    if asset_class not in SCOPES:
        raise BadInput("unknown_choice", field="asset class", value=asset_class, accepted=", ".join(SCOPES))
    found = [item for item in SCOPES[asset_class] if item.id == scope or not scope]
    if not found:
        accepted = ", ".join(item.id for item in SCOPES[asset_class])
        raise BadInput("unknown_choice", field=f"scope of {asset_class}", value=scope, accepted=accepted)
    return found[0]


def caps() -> pd.DataFrame:
    """The fact table of market sizes, with ``as_of`` as dates."""
    return _caps(snapshot_id()).copy(deep=False)


@lru_cache(maxsize=2)
def _caps(snapshot: str) -> pd.DataFrame:
    table = load("global_market_caps").frame
    table["as_of"] = pd.to_datetime(table["as_of"])
    return table.astype({"note": object}).fillna({"note": ""})


def anchors(asset_class: str, scope: str = "") -> tuple[Anchor, ...]:
    """Dated sizes of one scope, oldest first.

    Raises
    ------
    BadInput
        The class or the scope is not known.
    MissingData
        The table has no size of this scope.
    """
    return _anchors(scope_of(asset_class, scope), snapshot_id())


@lru_cache(maxsize=64)
def _anchors(chosen: Scope, snapshot: str) -> tuple[Anchor, ...]:
    table = caps()
    own = table["index"].isin(chosen.indices) & table["asset_class"].isin(chosen.rows or (chosen.asset_class,))
    rows = table.loc[own & table["kind"].isin(("reported", "derived"))]
    found = tuple(_anchor(chosen, day, group) for day, group in rows.groupby("as_of"))
    if not found:
        raise MissingData("size_missing", field=chosen.asset_class, value=chosen.id, accepted="none")
    return found


def _anchor(scope: Scope, day: object, rows: pd.DataFrame) -> Anchor:
    """One size of a date: the row, or the sum of a study's components (published when the last of them was)."""
    first, summed = rows.iloc[0], len(rows) > 1
    return Anchor(
        scope.asset_class,
        scope.id,
        first["index"],
        pd.Timestamp(str(day)).date(),
        float(rows["market_cap_usd_bn"].sum()),
        "reported" if (rows["kind"] == "reported").all() else "derived",
        None if rows["published"].isna().any() else rows["published"].max().date(),
        first["source"],
        " + ".join(rows["asset_class"]) if summed else first["note"],
    )


def require_one_scope(sizes: Sequence[Anchor]) -> None:
    """Refuse to chain sizes that measure different things.

    Raises
    ------
    BadInput
        Two sizes are of different classes or scopes.
    """
    for other in sizes[1:]:
        if (other.asset_class, other.scope) != (sizes[0].asset_class, sizes[0].scope):
            raise BadInput(
                "scope_mismatch",
                field=sizes[0].asset_class,
                value=f"{other.asset_class}/{other.scope}",
                other=f"{sizes[0].asset_class}/{sizes[0].scope}",
            )


def as_series(sizes: Sequence[Anchor]) -> pd.Series:
    """Sizes of one scope by date, USD bn.

    Raises
    ------
    BadInput
        Two sizes are of different classes or scopes.
    """
    require_one_scope(sizes)
    days = pd.DatetimeIndex([pd.Timestamp(item.as_of) for item in sizes])
    return pd.Series([item.usd_bn for item in sizes], index=days, name="usd_bn")


def size_of_year(asset_class: str, year: int, scope: str = "") -> Anchor:
    """The size dated in a calendar year; the last of them.

    Raises
    ------
    MissingData
        No size of that year was found; the message lists the years that were.
    """
    found = anchors(asset_class, scope)
    own = [item for item in found if item.as_of.year == year]
    if not own:
        years = ", ".join(str(item.as_of.year) for item in found)
        raise MissingData("size_missing", field=asset_class, value=year, accepted=years)
    return own[-1]


def supply_growth(
    first: Anchor, last: Anchor, *, price_return: float | None = None, currency_return: float | None = None
) -> float:
    """Growth of a market that is neither price nor currency: issuance less redemption.

    ``(last / first) / ((1 + price_return) (1 + currency_return)) - 1``, decimal over the whole span.

    Parameters
    ----------
    price_return : float
        Return of the assets in local currency without income, decimal.
    currency_return : float
        Return of the local currencies in dollars, decimal.

    Raises
    ------
    BadInput
        Different scopes, or one of the two returns is not given: a dearer dollar would pass for
        redemption, a rally for issuance.
    """
    require_one_scope((first, last))
    if price_return is None or currency_return is None:
        raise BadInput("supply_unknown", field=first.asset_class, value=f"{first.as_of} – {last.as_of}")
    return (last.usd_bn / first.usd_bn) / ((1 + price_return) * (1 + currency_return)) - 1
