"""Figures of the page that a story may name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.world import studies
from engine.world.sizes import WorldWeights
from engine.world.studies import Beside, Breakdown
from pages.world import words
from ui.context import Context
from ui.format import day, percent
from ui.record import Fact


def market(ctx: Context, world: WorldWeights, found: Sequence[Beside]) -> dict[str, Fact]:
    """The whole market on its day, beside published studies, and the largest country of the equity index."""
    usd_bn = world.total_usd_bn
    return (
        _studies(found)
        | _country(ctx, studies.equity_by_country(studies.country_dates()[-1]))
        | {
            "day": Fact(world.date, day(world.date, ctx.language)),
            "total": Fact(usd_bn, ctx.t("world.fact_trillion", amount=words.trn(usd_bn)), "estimated"),
            **{name: Fact(share, percent(share), "estimated") for name, share in world.weights.items()},
        }
    )


def _studies(found: Sequence[Beside]) -> dict[str, Fact]:
    """Equity as a share of equity and bonds in published studies."""
    shares = [item.study.equity_to_bonds for item in found]
    return {
        "studies": Fact(len(shares), str(len(shares))),
        "study_low": Fact(min(shares), percent(min(shares)), "reported"),
        "study_high": Fact(max(shares), percent(max(shares)), "reported"),
    }


def _country(ctx: Context, part: Breakdown) -> dict[str, Fact]:
    """The largest country of the equity index."""
    name, share = next(iter(part.lines.items()))
    return {
        "country": Fact(name, words.line_name(ctx.t, part, name).removesuffix(words.ABOUT)),
        "country_share": Fact(share, percent(share), "reported"),
        "country_day": Fact(part.as_of, day(part.as_of, ctx.language)),
    }
