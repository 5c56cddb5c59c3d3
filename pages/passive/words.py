"""Sentences of the page, from engine results and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from engine.world.evidence import Bet, Claim, FeePath, FundStatus, Scorecard, TradingDrag, WinnerOdds
from engine.world.holding import HoldingShare
from ui import glossary
from ui.context import Context
from ui.format import NONE, day, percent, ratio, won
from ui.i18n import Translator
from ui.record import Card

HALF = 0.5

SMALLEST = 1e-4
"""The smallest chance that is written out."""

WEAK = 5.0
"""Fewer independent windows than this are called hardly evidence."""


def slug(text: str) -> str:
    """A published name as the end of a catalogue key or an address."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def region(t: Translator, name: str) -> str:
    """A region of the scorecards."""
    return _named(t, f"passive.region_{slug(name)}", name)


def category(t: Translator, name: str) -> str:
    """A category of funds."""
    return _named(t, f"passive.category_{slug(name)}", name)


def basis(t: Translator, name: str) -> str:
    """How a share was counted."""
    return _named(t, f"passive.basis_{slug(name)}", name)


def _named(t: Translator, key: str, name: str) -> str:
    """A published name in the reader's language; one the catalogue does not know stays as it is."""
    return t(key) if t.has(key) else name


def share(value: float | None) -> str:
    """A published share with the decimals it was published with."""
    return re.sub(r"\.?0+ %$", " %", percent(value, 2)) if value else percent(value, 0)


def chance(value: float) -> str:
    """A chance; one too small for the digits is not called zero."""
    return f"< {percent(SMALLEST, 2)}" if 0.0 < value < SMALLEST else share(value)


def money(ctx: Context, value: float) -> str:
    """An amount in the context's currency, whole units; in Korean won by 억 and 만."""
    if (ctx.language, ctx.currency) == ("ko", "KRW"):
        return won(value)
    return ctx.t(f"passive.money_{ctx.currency.lower()}", amount=f"{value:,.0f}")


# --- scorecards


def ordered(rows: Sequence[Scorecard], years: int) -> list[Scorecard]:
    """Figures of one horizon, region by region, the latest of each first."""
    regions = list(dict.fromkeys(row.region for row in rows))
    own = [row for row in rows if row.years == years]
    return sorted(own, key=lambda row: (regions.index(row.region), -row.as_of.toordinal()))


def code(row: Scorecard) -> str:
    """A figure in an address."""
    return "-".join((slug(row.region), f"{row.as_of:%Y%m}", slug(row.category), slug(row.basis)))


def where(t: Translator, row: Scorecard) -> str:
    """Whose share a figure is."""
    return f"{region(t, row.region)}, {category(t, row.category)}, {row.as_of:%Y-%m}"


def _counted(t: Translator, row: Scorecard) -> str:
    """Whose share a figure is, and how it was counted."""
    return f"{where(t, row)}, {basis(t, row.basis)}"


def figure(t: Translator, row: Scorecard) -> str:
    """A figure in a list of choices."""
    return f"{share(row.share)} · {_counted(t, row)}"


def brief(t: Translator, rows: Sequence[Scorecard]) -> str:
    """What the counts say together, both sides."""
    ten, one = ([row.share for row in rows if row.years == years and row.share is not None] for years in (10, 1))
    counts = {
        "ten": len(ten),
        "ten_most": sum(value > HALF for value in ten),
        "one": len(one),
        "one_most": sum(value > HALF for value in one),
    }
    return t("passive.brief", **counts)


def scorecards(t: Translator, rows: Sequence[Scorecard]) -> str:
    """The first figure of the horizon, and the range of all."""
    known = [row for row in rows if row.share is not None]
    first = known[0]
    low, high = (pick(known, key=lambda row: row.share or 0.0) for pick in (min, max))
    said = t(
        "passive.scorecard",
        share=share(first.share),
        region=region(t, first.region),
        category=category(t, first.category),
        benchmark=first.benchmark or NONE,
        years=first.years,
        day=day(first.as_of, t.language),
        basis=basis(t, first.basis),
    )
    span = t(
        "passive.scorecard_range",
        count=len(known),
        low=share(low.share),
        low_where=_counted(t, low),
        high=share(high.share),
        high_where=_counted(t, high),
    )
    behind = round(100 * (first.share or 0.0))
    return f"{said} {t('passive.scorecard_meaning', behind=behind, ahead=100 - behind)} {span}"


def minority(t: Translator, rows: Sequence[Scorecard]) -> str:
    """Figures in which fewer than half were behind; empty if none."""
    ahead = [row for row in rows if row.share is not None and row.share < HALF]
    names = "; ".join(f"{where(t, row)}: {share(row.share)}" for row in ahead)
    return t("passive.scorecard_minority", count=len(ahead), names=names) if ahead else ""


def not_found(t: Translator, rows: Sequence[Scorecard], everything: Sequence[Scorecard]) -> str:
    """Figures looked for and not found, and regions without this horizon; empty if none."""
    gone = "; ".join(where(t, row) for row in rows if row.share is None)
    without = [name for name in dict.fromkeys(row.region for row in everything) if name not in {r.region for r in rows}]
    parts = [
        t("passive.scorecard_gone", names=gone) if gone else "",
        t("passive.scorecard_without", names=", ".join(region(t, name) for name in without)) if without else "",
    ]
    return " ".join(part for part in parts if part)


def odds(t: Translator, found: WinnerOdds) -> str:
    """Chances of the number of picks asked for."""
    return t(
        "passive.odds",
        behind=share(found.share_behind),
        one=share(1.0 - found.share_behind),
        picks=found.picks,
        least=chance(found.at_least_one),
        most=chance(found.most_ahead),
        every=chance(found.all_ahead),
    )


# --- the bet


def ahead_in(bet: Bet) -> list[int]:
    """Years in which the mean fund beat the index fund."""
    return [item.year for item in bet.years if item.funds_mean > item.index_fund]


def bet_result(t: Translator, bet: Bet) -> str:
    """The final result in one sentence."""
    gains, annual = (
        [item[name] for name in item if name != "index_fund"] for item in (bet.final_gain, bet.final_annual)
    )
    return t(
        "passive.bet",
        index=percent(bet.final_gain["index_fund"]),
        index_year=percent(bet.final_annual["index_fund"]),
        low=percent(min(gains)),
        high=percent(max(gains)),
        low_year=percent(min(annual)),
        high_year=percent(max(annual)),
    )


def bet_cards(t: Translator, bet: Bet) -> list[Card]:
    """Four figures: the pair of nine years, then the final one."""
    annual = [value for name, value in bet.final_annual.items() if name != "index_fund"]
    meant = glossary.help(t, "cagr", t("passive.bet_card_help"))
    return [
        Card(t("passive.bet_nine_index"), percent(bet.nine_years["index_fund"]), help=meant, kind="reported"),
        Card(t("passive.bet_nine_funds"), percent(bet.nine_years["funds_of_funds"]), help=meant, kind="reported"),
        Card(t("passive.bet_final_index"), percent(bet.final_annual["index_fund"]), help=meant, kind="reported"),
        Card(
            t("passive.bet_final_funds"),
            f"{percent(min(annual))} – {percent(max(annual))}",
            help=meant,
            kind="reported",
        ),
    ]


# --- fees and trades


def fees(ctx: Context, path: FeePath) -> str:
    """What is kept and what is lost, in money."""
    t = ctx.t
    said = {
        "amount": money(ctx, path.amount),
        "gross": percent(path.gross_return),
        "years": path.years[-1],
        "free": money(ctx, path.wealth_free[-1]),
        "low": percent(path.low_fee, 2),
        "low_kept": money(ctx, path.wealth_low[-1]),
        "low_lost": money(ctx, path.lost_low),
    }
    if path.low_fee == path.high_fee:
        return t("passive.fees_same", **said)
    return t(
        "passive.fees",
        high=percent(path.high_fee, 2),
        high_kept=money(ctx, path.wealth_high[-1]),
        high_lost=money(ctx, path.lost_high),
        share=percent(path.share_lost),
        **said,
    )


def trades(t: Translator, found: TradingDrag) -> str:
    """What the reader's trading takes."""
    return t(
        "passive.trading",
        trades=f"{found.trades_per_year:g}",
        cost=percent(found.cost, 2),
        part=percent(found.share_traded, 0),
        drag=percent(found.annual_drag, 2),
        years=found.years,
        gross=percent(found.gross_return),
        share=percent(found.share_lost),
    )


# --- holding periods


def held(t: Translator, row: HoldingShare) -> str:
    """Length of a holding period in words."""
    return t(f"passive.horizon_{row.horizon}")


def holding_title(t: Translator, rows: Sequence[HoldingShare]) -> str:
    """The shortest, one year and the longest; empty of meaning for none of them."""
    known = [row for row in rows if row.share is not None]
    year = next((row for row in known if row.horizon == "1y"), known[0])
    first, last = known[0], known[-1]
    return t(
        "passive.holding_title",
        short=held(t, first),
        short_share=percent(first.share),
        middle=held(t, year),
        middle_share=percent(year.share),
        long=held(t, last),
        long_share=percent(last.share),
        apart=ratio(last.independent_windows, 1),
    )


def holding_meaning(t: Translator, rows: Sequence[HoldingShare]) -> str:
    """The worst of one year and of the longest period that still knew a loss."""
    losing = [row for row in rows if row.worst is not None and row.worst < 0]
    if not losing:
        return ""
    longest = losing[-1]
    year = next((row for row in losing if row.horizon == "1y"), longest)
    return t(
        "passive.holding_meaning",
        year=held(t, year),
        year_worst=percent(year.worst),
        longest=held(t, longest),
        longest_worst=percent(longest.worst),
    )


def holding_absent(t: Translator, rows: Sequence[HoldingShare]) -> str:
    """Periods without a figure, by reason; empty if none."""
    reasons = dict.fromkeys(row.absent for row in rows if row.absent)
    return " ".join(
        t(f"passive.absent_{reason}", names=", ".join(held(t, row) for row in rows if row.absent == reason))
        for reason in reasons
    )


def holding_source(t: Translator, rows: Sequence[HoldingShare]) -> str:
    """Basis, currency and dates by frequency."""
    spans = []
    for frequency in dict.fromkeys(row.frequency for row in rows if row.share is not None):
        first = next(row for row in rows if row.frequency == frequency and row.share is not None)
        spans.append(t("passive.holding_span", frequency=t(f"frame.{frequency}"), first=first.first, last=first.last))
    return t("passive.holding_source", currency=rows[0].currency, spans="; ".join(spans))


# --- claims and funds


def claim(t: Translator, item: Claim) -> str:
    """A claim, quoted, with what was found; one the catalogue does not know keeps the table's words."""
    numbers = {"claimed": _plain(item.claimed), "found": _plain(item.found)}
    quoted, found = f"passive.claim_{item.claim}", f"passive.found_{item.claim}"
    parts = {
        "status": t(f"passive.status_{item.status}"),
        "claim": t(quoted, **numbers) if t.has(quoted) else item.claim,
        "found": t(found, **numbers) if t.has(found) else f"{numbers['found']} {item.found_unit}; {item.note}",
        "source": item.source,
        "found_source": item.found_source,
    }
    return t("passive.claim", **parts)


def status(t: Translator, fund: FundStatus) -> str:
    """Whether a fund is active, with fee, date and source."""
    return t(
        "passive.fund_active" if fund.active else "passive.fund_index",
        fund=fund.ticker,
        name=fund.name,
        benchmark=fund.benchmark,
        fee=percent(fund.fee, 2),
        day=day(date.fromisoformat(fund.as_of), t.language),
        source=fund.source,
    )


def _plain(value: float | None) -> str:
    return NONE if value is None else f"{value:g}"
