"""What others found: studies of the world portfolio, equity by country and sector, and what is said about bonds.

Published lists are partial. What a list leaves out is one residual line, never spread over the
others, and lists of different dates or sources are never mixed.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.errors import BadInput, MissingData
from engine.sources import load
from engine.world.anchors import BOND_COMPONENTS, Anchor, anchors, caps, scope_of
from engine.world.sizes import Scopes, WorldWeights, weights

RESIDUAL = "residual"
"""Name of the line that holds what a list leaves out."""

_BONDS = (*BOND_COMPONENTS, "non_government_bonds_investment_grade")
_SCOPE_CODES = {
    "State Street GMP": ("gold_inside", "private_assets_inside", "infrastructure_not_separate"),
    "Doeswijk-Lam-Swinkels": ("rest_not_itemised", "infrastructure_not_separate"),
    "MSCI investable global-market portfolio": ("rest_not_itemised", "infrastructure_not_separate"),
}
_TOTALS = {
    "State Street GMP": "State Street Global Market Portfolio",
    "Doeswijk-Lam-Swinkels": "Doeswijk-Lam-Swinkels invested market portfolio",
    "MSCI investable global-market portfolio": "MSCI investable global-market portfolio",
}


@dataclass(frozen=True)
class Study:
    """A published world portfolio.

    Attributes
    ----------
    shares : dict of str to float
        Decimals of the study's own total: ``equity``, ``bonds``, ``real_estate``, ... and the
        ``residual`` that its source does not itemise.
    bond_parts : dict of str to float
        Bond classes where the study lists them.
    total_usd_bn : float or None
    equity_to_bonds : float
        Equity / (equity + bonds): the one figure that scope of the rest does not move.
    scope : tuple of str
        Codes of what the study counts differently from ours.
    """

    study: str
    as_of: dt.date
    shares: dict[str, float]
    bond_parts: dict[str, float]
    total_usd_bn: float | None
    equity_to_bonds: float
    scope: tuple[str, ...]
    source: str

    def to_dict(self) -> dict[str, object]:
        return {
            "study": self.study,
            "as_of": self.as_of.isoformat(),
            "shares": dict(self.shares),
            "bond_parts": dict(self.bond_parts),
            "total_usd_bn": self.total_usd_bn,
            "equity_to_bonds": self.equity_to_bonds,
            "scope": list(self.scope),
            "source": self.source,
        }


@dataclass(frozen=True)
class Total:
    """A published total of all markets, USD bn."""

    study: str
    as_of: dt.date
    usd_bn: float
    kind: str
    source: str

    def to_dict(self) -> dict[str, object]:
        return {
            "study": self.study,
            "as_of": self.as_of.isoformat(),
            "usd_bn": self.usd_bn,
            "kind": self.kind,
            "source": self.source,
        }


@dataclass(frozen=True)
class Beside:
    """One study beside ours: differences of shares (ours - study's), and codes of why scopes differ."""

    study: Study
    differences: dict[str, float]
    equity_to_bonds: float
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "study": self.study.to_dict(),
            "differences": dict(self.differences),
            "equity_to_bonds": self.equity_to_bonds,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Breakdown:
    """A partial list of weights in an index, decimals; the lines and the residual sum to one.

    Attributes
    ----------
    lines : dict of str to float
        Largest first; the last line is ``RESIDUAL``.
    approximate : tuple of str
        Lines that were rounded or read with difficulty, by the notes of their rows.
    """

    index: str
    as_of: dt.date
    lines: dict[str, float]
    approximate: tuple[str, ...]
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "index": self.index,
            "as_of": self.as_of.isoformat(),
            "lines": dict(self.lines),
            "approximate": list(self.approximate),
            "sources": list(self.sources),
        }


@dataclass(frozen=True)
class Coverage:
    """What the equity index covers, as its source says: share of the free float (decimal), countries, companies."""

    free_float_share: float
    countries: int
    companies: int
    as_of: dt.date
    source: str
    companies_later: int
    later: dt.date

    def to_dict(self) -> dict[str, object]:
        return {
            "free_float_share": self.free_float_share,
            "countries": self.countries,
            "companies": self.companies,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
            "companies_later": self.companies_later,
            "later": self.later.isoformat(),
        }


@dataclass(frozen=True)
class Substitute:
    """The equity size used in place of the one that was not found.

    Attributes
    ----------
    missing : str
        The index whose size was not found.
    used : Anchor
    implied_usd_bn : float
        MSCI ACWI x (99 % / 85 %): what the coverage figures would make of it. An estimate to judge
        the substitute by; no path uses it.
    implied_as_of : date
    times : float
        The substitute / the implied size.
    change, index_return : float
        Growth of the substitute over 2022, and the total return of MSCI ACWI IMI over the same year
        (dividends included, so not the same thing; decimals).
    """

    missing: str
    used: Anchor
    implied_usd_bn: float
    implied_as_of: dt.date
    times: float
    change: float | None
    index_return: float

    def to_dict(self) -> dict[str, object]:
        return {
            "missing": self.missing,
            "used": self.used.to_dict(),
            "implied_usd_bn": self.implied_usd_bn,
            "implied_as_of": self.implied_as_of.isoformat(),
            "times": self.times,
            "change": self.change,
            "index_return": self.index_return,
        }


def studies() -> tuple[Study, ...]:
    """Every study with shares, oldest first."""
    table = load("global_market_portfolio_weights").frame
    found = [_study(str(name), rows.set_index("asset_class")) for name, rows in table.groupby("study")]
    return tuple(sorted(found, key=lambda item: item.as_of))


def totals() -> tuple[Total, ...]:
    """Every published total, oldest first; scopes differ, so no two of different studies may be chained."""
    table = caps()
    rows = table.loc[table["asset_class"] == "total"].sort_values("as_of", kind="stable")
    return tuple(
        Total(row["index"], row["as_of"].date(), float(row["market_cap_usd_bn"]), row["kind"], row["source"])
        for row in rows.to_dict("records")
    )


def beside(date: str | dt.date | None = None, *, scopes: Scopes = "full", **options: Any) -> tuple[Beside, ...]:
    """Our weights of a date beside every study, with the reasons why they differ.

    Parameters
    ----------
    **options
        As of ``engine.world.sizes.weights``: ``vintage``, ``include``, ``pair``, ``indicators``.

    Raises
    ------
    BadInput, MissingData
        As ``engine.world.sizes.weights``.
    """
    world = weights(date, scopes=scopes, **options)
    ours = world.weights["equity"] / (world.weights["equity"] + world.weights["bonds"])
    return tuple(_beside(world, ours, study) for study in studies())


def country_dates() -> tuple[str, ...]:
    """Dates of the country lists, oldest first."""
    return tuple(sorted(set(load("acwi_imi_country_weights").frame["as_of"])))


def equity_by_country(day: str = "") -> Breakdown:
    """Country weights of MSCI ACWI IMI on one of ``country_dates``; the newest when empty.

    Raises
    ------
    BadInput
        No list of this date was found.
    """
    dates = country_dates()
    if day and day not in dates:
        raise BadInput("unknown_choice", field="country list", value=day, accepted=", ".join(dates))
    table = load("acwi_imi_country_weights").frame
    return _breakdown(table.loc[table["as_of"] == (day or dates[-1])], "country")


def equity_by_sector() -> Breakdown:
    """Sector weights of MSCI ACWI IMI: the four that were found, and the rest in one line."""
    return _breakdown(load("acwi_imi_sector_weights").frame, "sector")


def country_weights(country: str) -> dict[dt.date, float]:
    """Weight of one country in every list that names it, by date, decimals.

    Raises
    ------
    BadInput
        No list names the country; its weight is inside the residual then.
    """
    table = load("acwi_imi_country_weights").frame
    own = table.loc[table["country"] == country].sort_values("as_of")
    if own.empty:
        accepted = ", ".join(sorted(set(table["country"])))
        raise BadInput("unknown_choice", field="country", value=country, accepted=accepted)
    return {
        dt.date.fromisoformat(day): float(weight) / 100.0
        for day, weight in zip(own["as_of"], own["weight_pct"], strict=True)
    }


def coverage() -> Coverage:
    """What MSCI ACWI IMI covers, as of March 2023."""
    share, countries = fact("acwi_imi_free_float_coverage"), fact("acwi_imi_countries")
    companies, later = fact("acwi_imi_companies", first=True), fact("acwi_imi_companies")
    return Coverage(
        float(share["value"]) / 100.0,
        int(countries["value"]),
        int(companies["value"]),
        dt.date.fromisoformat(companies["as_of"]),
        companies["source"],
        int(later["value"]),
        dt.date.fromisoformat(later["as_of"]),
    )


def equity_substitute(scope: str = "") -> Substitute:
    """The equity size of a scope beside what the coverage figures imply for MSCI ACWI IMI.

    Raises
    ------
    BadInput
        The scope is not known.
    """
    used = anchors("equity", scope)
    acwi = anchors("equity", "msci_acwi")[-1]
    part, whole = fact("acwi_free_float_coverage")["value"], fact("acwi_imi_free_float_coverage")["value"]
    implied = acwi.usd_bn * float(whole) / float(part)
    near = min(used, key=lambda item: abs((item.as_of - acwi.as_of).days))
    by_day = {item.as_of: item.usd_bn for item in used}
    start, end = by_day.get(dt.date(2021, 12, 31)), by_day.get(dt.date(2022, 12, 31))
    returns = load("msci_acwi_imi_annual_returns").frame.set_index("year")["acwi_imi_gross_usd_pct"]
    return Substitute(
        scope_of("equity", scope).substitute_for,
        near,
        implied,
        acwi.as_of,
        near.usd_bn / implied,
        end / start - 1 if start and end else None,
        float(returns.loc[2022]) / 100.0,
    )


def study_assumptions() -> pd.DataFrame:
    """State Street's own expectations by asset class: three horizons and volatility, decimals a year."""
    table = load("ssga_gmp_2025_assumptions").frame.set_index("asset_class")
    numbers = table.filter(like="_pct") / 100.0
    return numbers.rename(columns=lambda name: name.removesuffix("_pct")).join(table[["source", "as_of"]])


def fact(key: str, *, first: bool = False) -> dict[str, str]:
    """The newest (or first) row of ``world_facts`` with that key; ``value`` still in the unit of its row.

    Raises
    ------
    MissingData
        The table has no such row.
    """
    table = load("world_facts").frame
    rows = table.loc[table["key"] == key].sort_values("as_of", kind="stable")
    if rows.empty:
        file = "data/facts/world_facts.csv"
        raise MissingData("bad_table", field="key", file=file, value=f"no row '{key}'", accepted="a row of this key")
    return {str(name): value for name, value in rows.iloc[0 if first else -1].items()}


def _study(name: str, rows: pd.DataFrame) -> Study:
    weight = rows["weight_pct"] / 100.0
    parts = {part: float(weight[part]) for part in _BONDS if part in weight}
    bonds = float(weight["fixed_income_total"]) if "fixed_income_total" in weight else sum(parts.values())
    other = [key for key in weight.index if key not in (*_BONDS, "fixed_income_total")]
    shares = {str(key): float(weight[key]) for key in other} | {"bonds": bonds}
    shares[RESIDUAL] = 1.0 - sum(shares.values())
    as_of = dt.date.fromisoformat(rows["as_of"].iloc[0])
    total = [item.usd_bn for item in totals() if (item.study, item.as_of) == (_TOTALS.get(name), as_of)]
    return Study(
        name,
        as_of,
        shares,
        parts,
        total[0] if total else None,
        shares["equity"] / (shares["equity"] + bonds),
        _SCOPE_CODES.get(name, ()),
        rows["source"].iloc[0],
    )


def _beside(world: WorldWeights, ratio: float, study: Study) -> Beside:
    common = [name for name in world.weights if name in study.shares]
    ours = {"gold_inside": {"gold"}, "private_assets_inside": {"private_equity", "private_debt"}}
    reasons = [code for code in study.scope if code not in ours or not ours[code] <= set(world.weights)]
    reasons += ["date_differs"] if study.as_of != world.date else []
    reasons += [f"our_equity_{scope_of('equity', world.scopes['equity']).coverage}"]
    reasons += [f"our_bonds_{scope_of('bonds', world.scopes['bonds']).coverage}"]
    reasons += ["our_infrastructure_by_ratio"]
    return Beside(
        study,
        {name: world.weights[name] - study.shares[name] for name in common},
        ratio - study.equity_to_bonds,
        tuple(reasons),
    )


def _breakdown(rows: pd.DataFrame, column: str) -> Breakdown:
    ordered = rows.sort_values("weight_pct", ascending=False, kind="stable")
    lines = {
        str(name): float(weight) / 100.0 for name, weight in zip(ordered[column], ordered["weight_pct"], strict=True)
    }
    loose = ordered["source"].str.contains("approximate") | ordered["note"].fillna("").str.contains("garbled")
    return Breakdown(
        "MSCI ACWI IMI",
        dt.date.fromisoformat(ordered["as_of"].iloc[0]),
        lines | {RESIDUAL: 1.0 - sum(lines.values())},
        tuple(ordered.loc[loose, column]),
        tuple(dict.fromkeys(ordered["source"])),
    )
