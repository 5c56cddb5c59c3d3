"""Infrastructure by the article's rule: real estate x (infrastructure index cap / listed real estate index cap).

The two caps of a pair have dates, floats and regions of their own; both are named, the ratio is
constant, and outside the two dates it is only held. Every pair found makes infrastructure larger
than real estate, which no published study shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from engine.errors import BadInput, MissingData
from engine.sources import snapshot_id
from engine.world.anchors import Anchor, caps


@dataclass(frozen=True)
class IndexCap:
    """One index capitalisation of the fact table: what it counts and where.

    Attributes
    ----------
    floats : str
        ``"free_float"``, ``"full"`` or ``"pure"`` (infrastructure business only, float not stated).
    """

    id: str
    index: str
    as_of: date
    region: str
    floats: str


NUMERATORS: Mapping[str, IndexCap] = {
    item.id: item
    for item in (
        IndexCap("glio_2022", "GLIO Index, pure infrastructure market cap", date(2022, 12, 31), "global", "pure"),
        IndexCap("glio_2020_full", "GLIO Index, full market cap", date(2020, 11, 30), "global", "full"),
        IndexCap("glio_2020_float", "GLIO Index, free float", date(2020, 11, 30), "global", "free_float"),
        IndexCap(
            "ft_wilshire_global_2024",
            "FT Wilshire GLIO Global Listed Infrastructure, free float",
            date(2024, 6, 28),
            "global",
            "free_float",
        ),
        IndexCap(
            "ft_wilshire_developed_2024",
            "FT Wilshire GLIO Developed, free float",
            date(2024, 6, 28),
            "developed",
            "free_float",
        ),
    )
}
"""Capitalisations of listed infrastructure."""

DENOMINATORS: Mapping[str, IndexCap] = {
    item.id: item
    for item in (
        IndexCap(
            "epra_global_2022",
            "FTSE EPRA Nareit Global (developed + emerging)",
            date(2022, 2, 28),
            "global",
            "free_float",
        ),
        IndexCap("epra_developed_2022", "FTSE EPRA Nareit Developed", date(2022, 2, 28), "developed", "free_float"),
        IndexCap("epra_developed_2015", "FTSE EPRA Nareit Developed", date(2015, 9, 30), "developed", "free_float"),
        IndexCap("nareit_us_2021", "FTSE Nareit All Equity REITs (US)", date(2021, 12, 31), "us", "free_float"),
        IndexCap("nareit_us_2023", "FTSE Nareit All Equity REITs (US)", date(2023, 12, 31), "us", "free_float"),
    )
}
"""Capitalisations of listed real estate."""

DEFAULT_PAIR = "glio_2022/epra_global_2022"


@dataclass(frozen=True)
class Ratio:
    """Infrastructure per unit of real estate from one pair of index capitalisations.

    Attributes
    ----------
    value : float
        Decimal; above one, infrastructure is larger than real estate.
    first, last : date
        The two dates of the pair in order; outside them the ratio is only held.
    gap_days : int
        Calendar days between the two dates.
    same_region, same_float : bool
        Whether the two indices count alike.
    """

    pair: str
    infrastructure: Anchor
    real_estate: Anchor
    same_region: bool
    same_float: bool

    @property
    def value(self) -> float:
        return self.infrastructure.usd_bn / self.real_estate.usd_bn

    @property
    def first(self) -> date:
        return min(self.infrastructure.as_of, self.real_estate.as_of)

    @property
    def last(self) -> date:
        return max(self.infrastructure.as_of, self.real_estate.as_of)

    @property
    def known(self) -> date:
        return max(self.infrastructure.known, self.real_estate.known)

    @property
    def exceeds_real_estate(self) -> bool:
        return self.value > 1.0

    @property
    def gap_days(self) -> int:
        return (self.last - self.first).days

    def to_dict(self) -> dict[str, object]:
        return {
            "pair": self.pair,
            "ratio": self.value,
            "infrastructure": self.infrastructure.to_dict(),
            "real_estate": self.real_estate.to_dict(),
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "known": self.known.isoformat(),
            "gap_days": self.gap_days,
            "same_region": self.same_region,
            "same_float": self.same_float,
            "exceeds_real_estate": self.exceeds_real_estate,
        }


def ratio(pair: str = "") -> Ratio:
    """The ratio of a pair ``"infrastructure/real estate"`` of ids; the default pair when empty.

    Raises
    ------
    BadInput
        The pair is not known.
    MissingData
        The fact table lost one of its rows.
    """
    chosen = pair or DEFAULT_PAIR
    above, _, below = chosen.partition("/")
    if above not in NUMERATORS or below not in DENOMINATORS:
        accepted = f"{' | '.join(NUMERATORS)} / {' | '.join(DENOMINATORS)}"
        raise BadInput("unknown_choice", field="infrastructure pair", value=chosen, accepted=accepted)
    return _ratio(NUMERATORS[above], DENOMINATORS[below], snapshot_id())


@lru_cache(maxsize=64)
def _ratio(top: IndexCap, bottom: IndexCap, snapshot: str) -> Ratio:
    return Ratio(
        f"{top.id}/{bottom.id}",
        _cap(top, "infrastructure_listed"),
        _cap(bottom, "real_estate_listed"),
        top.region == bottom.region,
        top.floats == bottom.floats,
    )


def sensitivity(real_estate_usd_bn: float) -> tuple[tuple[Ratio, float], ...]:
    """Every pair with the infrastructure it makes of a real estate size (USD bn), smallest first.

    Raises
    ------
    BadInput
        The size is not above zero.
    """
    if not real_estate_usd_bn > 0:
        raise BadInput("bad_number", field="real estate", value=real_estate_usd_bn, accepted="USD bn above zero")
    found = [ratio(f"{above}/{below}") for above in NUMERATORS for below in DENOMINATORS]
    return tuple((item, item.value * real_estate_usd_bn) for item in sorted(found, key=lambda item: item.value))


def _cap(index: IndexCap, asset_class: str) -> Anchor:
    table = caps()
    row = table.loc[(table["index"] == index.index) & (table["as_of"].dt.date == index.as_of)]
    if row.empty:
        raise MissingData("size_missing", field=index.index, value=index.as_of, accepted="none")
    first = row.iloc[0]
    published = first["published"].date() if row["published"].notna().all() else None
    return Anchor(
        asset_class,
        index.id,
        first["index"],
        index.as_of,
        float(first["market_cap_usd_bn"]),
        first["kind"],
        published,
        first["source"],
        first["note"],
    )
