"""Sentences, cards and named numbers of the overview."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.months import weekdays_between
from engine.overview import WINDOW, Basket, Falls, Headline, Pick, Today
from engine.performance import Performance
from ui import glossary, record, vintage
from ui.context import Context
from ui.format import day, percent, points, ratio, whole
from ui.i18n import Translator
from ui.record import Card
from ui.specs import SORTS, Sort

LEVEL = 0.0005
"""Differences below this print as zero."""

Row = dict[str, object]


def sort(kind: str) -> Sort:
    """What sort of number a line's figures are; a paper portfolio was never held either."""
    return SORTS.get(kind, "simulated")


def name(t: Translator, line_id: str) -> str:
    """A line in words."""
    return t(f"series.{line_id}")


def index(t: Translator, line_id: str) -> str:
    """A benchmark inside a sentence."""
    return t(f"overview.index_{line_id}")


def fee(t: Translator, found: Headline) -> str:
    """Gross or net of the slider's fee."""
    return t("overview.net", fee=percent(found.cost.fee, 2)) if found.cost.fee else t("overview.gross")


def what(t: Translator, item: Performance) -> str:
    """What kind of line it is, in the words of every page."""
    return t(f"frame.kind_{item.kind}", bps=f"{item.cost_bps or 0:g}")


def basis(t: Translator, found: Headline, frequency: str = "") -> str:
    """Kind, frequency, basis, currency, gross or net."""
    shown, kept = found.shown, found.cost.fee
    paid = t("overview.net_short", fee=percent(kept, 2)) if kept else t("overview.gross_short")
    kind, often = t(f"overview.tag_{shown.kind}"), t(f"frame.{frequency or shown.frequency}")
    return ", ".join((kind, often, t(f"frame.{shown.basis}"), shown.currency, paid))


def side(found: Headline) -> str:
    """``ahead``, ``behind`` or ``level``."""
    return "level" if abs(found.excess) < LEVEL else "ahead" if found.excess > 0 else "behind"


def headline(ctx: Context, found: Headline) -> str:
    """The five facts of the first five seconds."""
    t, gap = ctx.t, f"{abs(found.excess) * 100:.1f}"
    ahead = t(
        f"overview.say_{side(found)}",
        name=name(t, found.shown.id),
        benchmark=index(t, found.benchmark.id),
        own=percent(found.shown.metrics.cagr),
        other=percent(found.benchmark.metrics.cagr),
        **{"unit": t("frame.points")} | ({} if side(found) == "level" else {"gap": gap}),
    )
    last, months = found.hits.last, len(found.hits.months)
    hit = t("overview.say_hit_none", months=months) if last is None else t("overview.say_hit", won=last)
    kind = t(f"overview.kind_{found.shown.kind}")
    end = t("overview.say_kind", day=day(found.as_of, ctx.language), fee=fee(t, found), kind=kind)
    return f"{ahead} {hit} {_fall(t, found)} {end}"


def _fall(t: Translator, found: Headline) -> str:
    if found.falls is None:
        return t("overview.say_fall_none", fall=percent(found.shown.metrics.max_drawdown))
    return t("overview.say_fall", fall=percent(found.falls.own.depth), index=percent(found.falls.index.depth))


def cards(ctx: Context, found: Headline, today: date) -> list[Card]:
    """Return, months, fall, cost, freshness."""
    return [
        _excess_card(ctx, found),
        _hit_card(ctx, found),
        *([_fall_card(ctx, found, found.falls)] if found.falls else []),
        _cost_card(ctx, found),
        _age_card(ctx, found, today),
    ]


def _excess_card(ctx: Context, found: Headline) -> Card:
    t, unit, shown = ctx.t, ctx.t("frame.points"), found.shown
    own, other = percent(shown.metrics.cagr), percent(found.benchmark.metrics.cagr)
    low, high = (points(end, unit) for end in found.interval or (None, None))
    meant = t("overview.card_excess_help", benchmark=index(t, found.benchmark.id), interval=f"{low} – {high}")
    return Card(
        t("overview.card_excess"),
        points(found.excess, unit),
        t("overview.card_excess_delta", own=own, other=other),
        f"{basis(t, found)}, {shown.first:%Y-%m} – {shown.last:%Y-%m}",
        glossary.help(t, "cagr", meant),
        None if side(found) == "level" else found.excess > 0,
        sort(shown.kind),
    )


def _hit_card(ctx: Context, found: Headline) -> Card:
    t, won, said = ctx.t, found.hits, basis(ctx.t, found, "monthly")
    label, kind = t("overview.card_hit"), sort(found.shown.kind)
    said_here = t("overview.card_hit_help", fee=fee(t, found), benchmark=index(t, found.benchmark.id))
    meant = glossary.help(t, "hit_ratio", said_here)
    if won.last is None:
        note = t("overview.card_hit_none", months=len(won.months), basis=said)
        return Card(label, "–", "", note, meant, None, kind)
    return Card(
        label,
        t("overview.card_hit_value", won=won.last),
        t("overview.card_hit_delta", least=won.least, median=f"{won.median:g}", most=won.most),
        t("overview.card_hit_note", windows=len(won.windows), month=f"{won.months[-1]:%Y-%m}", basis=said),
        meant,
        None if won.last == WINDOW / 2 else won.last > WINDOW / 2,
        kind,
    )


def _fall_card(ctx: Context, found: Headline, falls: Falls) -> Card:
    t, language = ctx.t, ctx.language
    own, index = falls.own, falls.index
    note = t(
        "overview.card_fall_note",
        peak=f"{own.peak:%Y-%m-%d}",
        trough=f"{own.trough:%Y-%m-%d}",
        basis=basis(t, found, falls.frequency),
        first=f"{falls.first:%Y-%m}",
    )
    meant = t(
        "overview.card_fall_help",
        first=day(falls.first, language),
        last=day(falls.last, language),
        frequency=t(f"frame.{falls.frequency}"),
    )
    good = None if abs(own.depth - index.depth) < LEVEL else own.depth > index.depth
    delta = t("overview.card_fall_delta", index=percent(index.depth))
    meant = glossary.help(t, "max_drawdown", meant)
    return Card(t("overview.card_fall"), percent(own.depth), delta, note, meant, good, sort(found.shown.kind))


def _cost_card(ctx: Context, found: Headline) -> Card:
    t, cost, kind = ctx.t, found.cost, found.shown.kind
    code = "" if cost.trading_bps else "_fund" if kind == "fund" else "_none"
    paid = {"bps": f"{cost.trading_bps:g}"} if cost.trading_bps else {}
    taken = t("overview.card_cost_delta", taken=percent(cost.taken)) if cost.fee else t("overview.card_cost_delta_none")
    note = t("overview.card_cost_note", trading=t(f"overview.card_cost_trading{code}", **paid), basis=basis(t, found))
    meant = glossary.help(
        t, "expense_ratio", t("overview.card_cost_help", a_year=points(cost.a_year, t("frame.points"), 2))
    )
    return Card(t("overview.card_cost"), percent(cost.fee, 2), taken, note, meant, None, sort(kind))


def _age_card(ctx: Context, found: Headline, today: date) -> Card:
    t = ctx.t
    note = t(
        "overview.card_age_note",
        snapshot=ctx.snapshot,
        own=f"{found.own_last:%Y-%m}",
        other=f"{found.benchmark_last:%Y-%m}",
    )
    old = t("overview.card_age_delta", sessions=whole(weekdays_between(found.as_of, today)))
    return Card(
        t("overview.card_age"), f"{found.as_of}", old, note, glossary.help(t, "as_of", t("overview.card_age_help"))
    )


def evidence(ctx: Context, found: Headline, report: dict[str, Any] | None) -> str:
    """How sure the difference is, what no forecast would have earned, and how much was tried."""
    t, unit = ctx.t, ctx.t("frame.points")
    said = [t("overview.evidence_none")]
    if found.interval:
        low, high = found.interval
        said = [t("overview.evidence_interval", low=points(low, unit), high=points(high, unit))]
        said += [t("overview.evidence_zero")] if low <= 0.0 <= high else []
    if found.rival and found.rival.hits.last is not None:
        rival = name(t, found.rival.id)
        said.append(
            t(
                "overview.evidence_rival",
                rival=rival,
                excess=points(found.rival.excess, unit),
                won=found.rival.hits.last,
            )
        )
    if report:
        said.append(t("overview.evidence_trials", trials=report["trials"], deflated=ratio(report["deflated_sharpe"])))
    return " ".join(said)


def note_facts(ctx: Context, found: Headline, today: date) -> None:
    """Name the numbers of the headline and the cards."""
    t, unit, shown = ctx.t, ctx.t("frame.points"), found.shown
    kind, won, other = sort(shown.kind), found.hits, found.benchmark
    old = weekdays_between(found.as_of, today)
    record.fact("series", shown.id, name(t, shown.id), kind)
    record.fact("benchmark", other.id, name(t, other.id), "index")
    record.fact("kind", shown.kind, what(t, shown), kind)
    record.fact("basis", str(shown.basis), basis(t, found), kind)
    record.fact("excess", found.excess, points(found.excess, unit), kind)
    record.fact("side", side(found), t(f"overview.side_{side(found)}"), kind)
    record.fact("cagr", shown.metrics.cagr, percent(shown.metrics.cagr), kind)
    record.fact("benchmark_cagr", other.metrics.cagr, percent(other.metrics.cagr), "index")
    for end, value in zip(("low", "high"), found.interval or (None, None), strict=True):
        record.fact(f"excess_{end}", value, points(value, unit), kind)
    counts = {"hit": won.last, "hit_least": won.least, "hit_median": won.median, "hit_most": won.most}
    for key, count in counts.items():
        record.fact(key, count, "–" if count is None else f"{count:g}", kind)
    record.fact("hit_months", len(won.months), whole(len(won.months)), kind)
    record.fact("hit_month", won.months[-1] if won.months else None, f"{won.months[-1]:%Y-%m}" if won.months else "–")
    falls = found.falls
    own = falls.own.depth if falls else shown.metrics.max_drawdown
    record.fact("max_drawdown", own, percent(own), kind)
    index = falls.index.depth if falls else None
    record.fact("sp500_drawdown", index, percent(index), "index")
    record.fact("fee", found.cost.fee, percent(found.cost.fee, 2), kind)
    record.fact("fee_taken", found.cost.taken, percent(found.cost.taken), kind)
    record.fact("fee_a_year", found.cost.a_year, points(found.cost.a_year, unit, 2), kind)
    trading = found.cost.trading_bps
    record.fact("trading_cost", trading, "–" if trading is None else f"{trading:g} bp", kind)
    record.fact("first", shown.first, day(shown.first, ctx.language))
    record.fact("as_of", found.as_of, day(found.as_of, ctx.language))
    record.fact("sessions_old", old, whole(old))
    record.fact("snapshot", ctx.snapshot, ctx.snapshot)
    if found.rival:
        record.fact("rival_excess", found.rival.excess, points(found.rival.excess, unit), "simulated")
        record.fact("rival_hit", found.rival.hits.last, f"{found.rival.hits.last}", "simulated")


def weights(ctx: Context, universe: str, today: dict[str, Any]) -> str:
    """Today's factor weights in one line, the largest first."""
    t = ctx.t
    held = sorted(today["weights"].items(), key=lambda item: -item[1])
    for sleeve, weight in held:
        record.fact(f"weight_{sleeve}", weight, percent(weight), "simulated")
    said = " · ".join(f"{_sleeve(t, sleeve)} {percent(weight)}" for sleeve, weight in held)
    when = day(date.fromisoformat(today["date"]), ctx.language)
    record.fact("weights_date", date.fromisoformat(today["date"]), when)
    return t("overview.today_weights", day=when, universe=t(f"factors.universe_{universe}"), weights=said)


def weights_note(t: Translator, holds: str, fit: dict[str, Any]) -> str:
    """When they are held, and how old the model is."""
    said = t("overview.today_weights_note", holds=holds, year=fit["year"])
    return f"{said} {t('overview.today_weights_due', months=fit['months'])}" if fit["due"] else said


def _sleeve(t: Translator, sleeve: str) -> str:
    return t(f"series.{sleeve}") if t.has(f"series.{sleeve}") else t(f"factors.sleeve_{sleeve}")


def money(t: Translator, value: float, currency: str) -> str:
    """An amount with its currency; won without decimals."""
    return t(f"allocator.money_{currency}", amount=f"{value:,.0f}" if currency == "KRW" else f"{value:,.2f}")


def basket(t: Translator, held: Basket) -> str:
    """What the small account buys."""
    amount = money(t, held.account, held.currency)
    model = t(f"allocator.model_{held.model}")
    shares = ", ".join(f"{count} {ticker}" for ticker, count in held.shares)
    record.fact("basket", shares, shares, "model")
    record.fact("basket_cash", held.cash, money(t, held.cash, held.currency), "model")
    record.fact("basket_tracking_error", held.tracking_error, percent(held.tracking_error), "estimated")
    record.fact("basket_status", held.status, t(f"overview.status_{held.status}", **_bound(held)), "model")
    if not held.shares:
        return t("overview.today_basket_cash", amount=amount, model=model)
    cash = money(t, held.cash, held.currency)
    return t(
        "overview.today_basket",
        amount=amount,
        model=model,
        basket=shares,
        cash=cash,
        share=percent(held.cash_weight),
    )


def basket_note(t: Translator, held: Basket) -> str:
    """Tracking error, proof, prices and rate."""
    told = t(
        "overview.today_basket_note",
        error=percent(held.tracking_error),
        status=t(f"overview.status_{held.status}", **_bound(held)),
        prices=" – ".join(dict.fromkeys((held.prices_first, held.prices_last))),
        fx=f"{held.fx:,.2f}",
        fx_day=held.fx_as_of,
    )
    return f"{told} {vintage.said(t)}".rstrip()


def _bound(held: Basket) -> dict[str, str]:
    return {"bound": percent(held.lower_bound)} if held.status == "bounded" else {}


def picks(t: Translator, made: Today) -> list[Row]:
    """One fund an asset class."""
    return [_pick(t, item) for item in made.picks]


def _pick(t: Translator, item: Pick) -> Row:
    record.fact(f"pick_{item.asset_class}", item.ticker, item.ticker, "estimated")
    return {
        t("overview.picks_class"): t(f"universe.class_{item.asset_class}"),
        t("overview.picks_group"): t(f"etf_group.{item.group}"),
        t("overview.picks_fund"): item.ticker,
        t("overview.picks_first"): percent(item.p_first, 0),
        t("overview.picks_size"): item.size,
        t("overview.picks_estimates"): ", ".join(t(f"universe.{field}") for field in item.estimates) or "–",
    }
