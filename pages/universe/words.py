"""Sentences of the ETF universe, from engine results and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median

from engine.sources import latest_rate, load
from engine.universe import (
    Best,
    FundRow,
    RankedUniverse,
    Refreshed,
    Reversal,
    Substitutes,
    TrackingEffect,
    against_peers,
    last_day,
)
from engine.universe.screen import STRUCTURAL
from ui import vintage
from ui.context import Context
from ui.format import NONE, day, percent, points, ratio
from ui.i18n import Translator

CLEAR = 0.5
"""First in so many draws, a fund is called the leader without reserve."""

MOST_OF_DAY = 0.01


def group(t: Translator, code: str) -> str:
    """Name of a peer group; the reader's own keeps its code."""
    return t(f"etf_group.{code}") if t.has(f"etf_group.{code}") else code


def why(t: Translator, found: RankedUniverse, code: str) -> str:
    """Why these funds are one group."""
    return t(f"etf_why.{code}") if t.has(f"etf_why.{code}") else str(code)


def name(rows: Sequence[FundRow], ticker: str) -> str:
    """Name of a fund of the table."""
    return next(row.name for row in rows if row.ticker == ticker)


def days(found: RankedUniverse) -> list[date]:
    """Days of the prices shown: the header is as old as the oldest."""
    texts = {row.price_as_of for row in found.rows()}
    return [found_day for found_day in (last_day(text) for text in texts) if found_day]


def criteria(t: Translator, names: Sequence[str]) -> str:
    """Criteria in words."""
    return ", ".join(t(f"universe.{item}") for item in names)


def headline(t: Translator, found: RankedUniverse, code: str, rows: Sequence[FundRow]) -> str:
    """Who leads, how surely, and who follows."""
    scored = [row for row in rows if row.rank is not None]
    if len(scored) < 2:
        return t("universe.headline_none", group=group(t, code))
    first, second = scored[0], max(scored[1:], key=lambda row: row.p_first or 0.0)
    clear = (first.p_first or 0.0) >= CLEAR
    said = t(
        "universe.headline" if clear else "universe.headline_close",
        fund=first.ticker, group=group(t, code), p=percent(first.p_first, 0), draws=f"{found.ranking.draws:,}",
        runner=second.ticker, p2=percent(second.p_first, 0),
    )  # fmt: skip
    guessed = found.rests_on_estimates.get(code, ())
    return f"{said} {t('universe.rests', criteria=criteria(t, guessed))}" if guessed else said


def reason(t: Translator, found: RankedUniverse, scored: Sequence[FundRow]) -> str:
    """By what the first fund leads the second: points of 100 lost by each, criterion by criterion."""
    first, second = scored[:2]
    own, other = (found.ranking.contributions(row.ticker) for row in (first, second))
    ahead = {name: 100 * (other[name] - own[name]) for name in own}
    gain, loss = max(ahead, key=lambda name: ahead[name]), min(ahead, key=lambda name: ahead[name])
    said = t(
        "universe.reason", fund=first.ticker, runner=second.ticker, standing=ratio(100 * (first.standing or 0.0), 1),
        other=ratio(100 * (second.standing or 0.0), 1), gain=t(f"universe.{gain}"), points=ratio(ahead[gain], 1),
    )  # fmt: skip
    if ahead[loss] >= 0:
        return said
    return f"{said} {t('universe.reason_behind', loss=t(f'universe.{loss}'), points=ratio(-ahead[loss], 1))}"


def sure(t: Translator, found: RankedUniverse, scored: Sequence[FundRow]) -> str:
    """How often the first fund stays first, where its rank lies, and how much of it is estimated."""
    first = scored[0]
    guessed = sum(kind == "estimated" for kind in first.kinds.values())
    return t(
        "universe.sure", fund=first.ticker, p=percent(first.p_first, 0), draws=f"{found.ranking.draws:,}",
        low=f"{first.rank_low:g}", high=f"{first.rank_high:g}", funds=len(scored), guessed=guessed, all=len(first.kinds),
    )  # fmt: skip


def counts(t: Translator, found: RankedUniverse) -> str:
    """What the ranking rests on."""
    scored = len(found.ranking.scored)
    said = t(
        "universe.counts",
        scored=scored,
        passing=len(found.screening.passing),
        share=percent(found.scored_share),
        **found.counts,
    )
    if found.screening.unchecked:
        return f"{said} {t('universe.unchecked', funds=', '.join(found.screening.unchecked))}"
    return said


def effect(t: Translator, found: RankedUniverse, effect_: TrackingEffect) -> str:
    """What the other measure of tracking would change."""
    other = t("universe.tracking_difference" if found.tracking == "error" else "universe.tracking_error")
    told = {"other": other, "moved": len(effect_.moved), "scored": effect_.scored}
    if not effect_.winners:
        return t("universe.tracking_effect_none", **told)
    named = ", ".join(f"{group(t, code)} {a} → {b}" for code, (a, b) in effect_.winners.items())
    return t("universe.tracking_effect", groups=len(effect_.winners), named=named, **told)


def rate(ctx: Context) -> str:
    """The exchange rate behind prices in won; nothing in dollars."""
    if ctx.currency != "KRW":
        return ""
    used = latest_rate(load("usdkrw_monthly"))
    return ctx.t("universe.rate", rate=f"{used.krw_per_usd:,.0f}", day=day(used.as_of, ctx.language))


def money(ctx: Context, dollars: float) -> str:
    """An amount in the reader's currency."""
    if ctx.currency != "KRW":
        return f"USD {dollars:,.2f}"
    return f"KRW {dollars * latest_rate(load('usdkrw_monthly')).krw_per_usd:,.0f}"


def orders(t: Translator, rows: Sequence[FundRow], order: float) -> list[str]:
    """A warning where the order is large beside a day's volume."""
    large = [row.ticker for row in rows if (row.order_share or 0.0) > MOST_OF_DAY]
    return [t("universe.order_warn", order=f"{order:,.0f}", funds=", ".join(large))] if large else []


def notes(t: Translator, found: RankedUniverse) -> list[str]:
    """What stands on the second sheet of a workbook."""
    return [
        t("universe.note_basis"),
        counts(t, found),
        *filter(None, [vintage.said(t)]),
        t("universe.chips"),
        t("disclaimer.research"),
        t("disclaimer.rank"),
    ]


def refreshed(t: Translator, found: Refreshed) -> str:
    """What the refresh did."""
    return t(
        "universe.live_done",
        day=f"{found.read_at:%Y-%m-%d %H:%M}", changed=found.count("changed", "filled"), refused=found.count("refused_jump", "refused_no_fund"),
        failed=len(found.failures),
    )  # fmt: skip


def pairs(t: Translator, turned: Reversal) -> str:
    """Pairs whose order turns."""
    return ", ".join(t("universe.reversal_pair", a=a, b=b) for a, b in turned.pairs[:3])


def reversals(t: Translator, found: Sequence[Reversal]) -> str:
    """What a fund that joins or leaves would turn."""
    if not found:
        return t("universe.reversal_none")
    said = [
        t(
            "universe.reversal_joins" if item.joins else "universe.reversal_leaves",
            fund=item.ticker,
            pairs=pairs(t, item),
        )
        for item in found[:6]
    ]
    return "  \n".join(said)


def unscored(t: Translator, found: RankedUniverse, ticker: str) -> str:
    """Why a fund has no score."""
    reason = str(found.ranking.table["reason"][ticker])
    return t("universe.score_unscored", fund=ticker, reason=t(f"universe.unscored_{reason}"))


def substitutes(ctx: Context, found: Substitutes) -> str:
    """The cheapest stand-in and what it saves and costs; or that there is none."""
    t = ctx.t
    if not found.found:
        if not found.others:
            return t("universe.substitutes_bare", fund=found.ticker)
        near = found.others[0]
        return t(
            "universe.substitutes_none",
            fund=found.ticker, price=money(ctx, found.price), near=near.ticker, te=percent(near.tracking_volatility),
        )  # fmt: skip
    best = next(item for item in found.found if item.ticker == found.cheapest)
    return t(
        "universe.substitutes_some",
        best=best.ticker, verdict=t(f"universe.verdict_{best.verdict}"), price=money(ctx, best.price), own=money(ctx, found.price),
        save=money(ctx, best.saving), te=percent(best.tracking_volatility), fee=points(best.fee_difference, t("frame.points"), 2),
        cost=percent(best.switching_cost, 3),
    )  # fmt: skip


def best_title(t: Translator, rows: Sequence[Best]) -> str:
    """In how many groups the winner is clear."""
    return t("universe.best_title", clear=sum(row.p_first >= CLEAR for row in rows), all=len(rows))


def excluded(t: Translator, found: RankedUniverse) -> str:
    """How many are out, and what the screen spares the investor."""
    out = found.screening.excluded
    structural = [
        ticker
        for ticker, reasons in out.items()
        if any(reason.code in (*STRUCTURAL, "commodity_futures") for reason in reasons)
    ]
    said = t("universe.excluded_note", out=len(out), all=len(found.known.funds), structural=len(structural))
    rows = [row for row in against_peers(found.known, found.screening) if row.peers and row.ticker in structural]
    if not rows:
        return said
    fees = median(row.fee for row in rows), median(row.fee_median for row in rows)
    return f"{said} {t('universe.excluded_case', fee=percent(fees[0], 2), peers=percent(fees[1], 2))}"


def contradictions(t: Translator, found: RankedUniverse) -> str:
    """Funds whose flags say one thing and whose behaviour says another."""
    rows = found.screening.contradictions
    if not rows:
        return t("universe.contradictions_none")
    return "  \n".join(
        t(
            "universe.contradiction",
            fund=item.ticker,
            flagged=t(f"universe.flagged_{item.flagged}"),
            found=t(
                f"universe.found_{item.found.code}",
                value=ratio(item.found.value, 1),
                reference=item.found.reference or NONE,
            ),
        )
        for item in rows
    )
