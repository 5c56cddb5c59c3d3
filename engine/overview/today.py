"""What a reader finds today: the highest score of each asset class, and the basket of a small account.

Ranking the universe costs about a second and the whole-share solver loads compiled code, so both answers
lie in a small artifact, which is used only while the tables it was made from are unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.paths import ROOT
from engine.sources import refreshed, snapshot_id

if TYPE_CHECKING:
    from engine.allocation import Answer
    from engine.universe import RankedUniverse

ACCOUNT = 200_000.0
CURRENCY = "KRW"

QUESTION: dict[str, Any] = {
    "currency": CURRENCY,
    "model": "world",
    "universe": "all",
    "classes": "model",
    "tolerance": 0.10,
}
"""What the allocator's page asks at its first opening."""

GROUPS = {
    "equity": "world",
    "bond": "us_bond",
    "real_estate": "real_estate",
    "infrastructure": "infrastructure",
    "commodity": "gold",
}
"""The peer group that stands for each asset class."""

TABLES = frozenset(
    {
        "etf_universe", "etf_peer_groups", "etf_statistics", "etf_correlations", "etf_correlations_raw", "usdkrw_monthly",
        "global_market_caps", "global_market_portfolio_weights", "acwi_imi_country_weights",
        "world_facts",
    }
)  # fmt: skip
"""Fact tables that the answers are made from."""

CODE = ("allocation/*.py", "universe/*.py", "world/*.py", "overview/today.py")


@dataclass(frozen=True)
class Pick:
    """The fund with the highest score of one peer group.

    Attributes
    ----------
    p_first : float
        Share of the draws (weights and inputs within their errors) in which it came first.
    size : int
        Funds ranked in the group.
    estimates : tuple of str
        Criteria of the fund that are estimates.
    """

    asset_class: str
    group: str
    ticker: str
    p_first: float
    size: int
    estimates: tuple[str, ...]


@dataclass(frozen=True)
class Basket:
    """Whole shares of a small account; see ``engine.allocation.Allocation``.

    Attributes
    ----------
    shares : tuple of (str, int)
        The largest weight first.
    cash, cash_weight : float
        In ``currency``, and as a share of the account.
    tracking_error, lower_bound : float
        Against the model, decimals a year; no basket is below the bound.
    fx, fx_as_of : float and str
        Won a dollar, and its date.
    prices_first, prices_last : str
        Oldest and newest price date of the basket.
    """

    account: float
    currency: str
    model: str
    status: str
    shares: tuple[tuple[str, int], ...]
    cash: float
    cash_weight: float
    tracking_error: float
    lower_bound: float
    fx: float
    fx_as_of: str
    prices_first: str
    prices_last: str


@dataclass(frozen=True)
class Today:
    """Picks and basket, with what they were made from.

    Attributes
    ----------
    ranked_on : date
        The day of the ranking: a fund's age and the age of its figures count up to it.
    """

    picks: tuple[Pick, ...]
    basket: Basket
    ranked_on: date
    snapshot: str
    code: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ranked_on": self.ranked_on.isoformat()}


def today() -> Today:
    """The stored answers, or new ones where the tables have changed since (seconds, and compiled code).

    The stored ones are of the bundled tables: a snapshot that has newer prices, statistics or rates is answered anew.

    Raises
    ------
    MissingData
        A table is missing or broken.
    """
    if refreshed(TABLES):
        return _made(snapshot_id())
    now = snapshot_id(TABLES)
    stored = _stored()
    return stored if stored is not None and stored.snapshot == now else _made(now)


def make_today(day: date | None = None) -> Today:
    """Rank and solve anew."""
    from engine import universe
    from engine.allocation import answer, question

    found = universe.ranked(today=day)
    basket = _basket(answer(question(ACCOUNT, **QUESTION)))
    now = snapshot_id() if refreshed(TABLES) else snapshot_id(TABLES)
    return Today(_picks(found), basket, found.today, now, code_hash())


def save_today(made: Today) -> Path:
    """Write the artifact; it is complete before it takes its name."""
    path = artifact_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(made.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)
    return path


def artifact_path() -> Path:
    """``LODESTAR_ARTIFACTS`` replaces the folder in the repository."""
    return Path(os.environ.get("LODESTAR_ARTIFACTS", ROOT / "data" / "artifacts")) / "overview" / "today.json"


def code_hash() -> str:
    """Hash of the code that ranks and solves."""
    digest = hashlib.sha256()
    for pattern in CODE:
        for path in sorted((ROOT / "engine").glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _stored() -> Today | None:
    """The artifact; None where there is none that can be read."""
    try:
        told = json.loads(artifact_path().read_text(encoding="utf-8"))
        picks = tuple(Pick(**item | {"estimates": tuple(item["estimates"])}) for item in told["picks"])
        basket = Basket(**told["basket"] | {"shares": tuple((name, count) for name, count in told["basket"]["shares"])})
        return Today(picks, basket, date.fromisoformat(told["ranked_on"]), told["snapshot"], told["code"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


@lru_cache(maxsize=2)
def _made(snapshot: str) -> Today:
    return make_today()


def _picks(found: RankedUniverse) -> tuple[Pick, ...]:
    best = {item.group: item for item in found.best()}
    return tuple(
        Pick(kind, group, best[group].winner, best[group].p_first, best[group].size, best[group].estimates)
        for kind, group in GROUPS.items()
        if group in best
    )


def _basket(found: Answer) -> Basket:
    asked, got = found.question, found.allocation
    held = got.basket
    days = sorted(f"{day:%Y-%m-%d}" for day in asked.funds.price_dates.loc[list(held.index)])
    return Basket(
        account=asked.account,
        currency=asked.currency,
        model=asked.model,
        status=got.status,
        shares=tuple((str(name), int(count)) for name, count in held.items()),
        cash=got.cash_weight * asked.account,
        cash_weight=got.cash_weight,
        tracking_error=got.tracking_error,
        lower_bound=got.lower_bound,
        fx=asked.fx,
        fx_as_of=asked.fx_as_of,
        prices_first=days[0] if days else "",
        prices_last=days[-1] if days else "",
    )
