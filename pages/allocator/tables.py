"""Tables of the allocator: rows of cells for the screen and for files."""

from __future__ import annotations

from collections.abc import Sequence

from engine.allocation import Answer, Exposure, Fall, Month, Point, Profile, RatePoint, Variant
from pages.allocator import words
from ui.format import NONE, percent
from ui.i18n import Translator

Row = dict[str, object]

RATES = (
    "commission", "commission_minimum", "exchange_spread", "dividend_withholding", "gains_allowance", "gains_rate",
    "partnership_withholding",
)  # fmt: skip


def basket(t: Translator, found: Answer) -> list[Row]:
    """One row a fund of the basket, and cash."""
    got, funds = found.allocation, found.question.funds
    out: list[Row] = []
    for name, shares in words.held(found).items():
        weight = float(got.weights[name])
        marks = [t("allocator.delisted")] if name in funds.delisted else []
        marks += [t("allocator.partnership")] if name in funds.partnerships else []
        out.append(
            {
                t("allocator.column_fund"): name,
                t("allocator.column_name"): str(funds.names.get(name, "")),
                t("allocator.column_shares"): shares,
                t("allocator.column_weight"): percent(weight),
                t("allocator.column_value"): words.own_money(t, found, weight * got.account),
                t("allocator.column_for"): _for(t, found, name),
                t("allocator.column_fee"): percent(float(funds.fees[name]), 2) if funds.fees[name] == funds.fees[name] else NONE,
                t("allocator.column_mark"): ", ".join(marks) or NONE,
            }
        )  # fmt: skip
    return out


def _for(t: Translator, found: Answer, name: str) -> str:
    """The model lines that a fund stands in for."""
    for fact in found.facts:
        if fact.code in ("merged", "cheaper", "replaced") and fact.details["fund"] == name:
            lines = fact.details["lines"]
            return ", ".join(lines) if isinstance(lines, tuple) else str(lines)
    return t("allocator.of_model") if name in found.question.case.model_weights.index else t("allocator.complement")


def exposures(t: Translator, rows: Sequence[Exposure]) -> list[Row]:
    """Model and basket by look-through block."""
    return [
        {
            t("allocator.column_block"): t(f"allocator.block_{row.block}"),
            t("allocator.of_model"): percent(row.model),
            t("allocator.of_basket"): percent(row.basket),
        }
        for row in rows
    ]


def ticket(t: Translator, found: Answer) -> list[Row]:
    """One row an order; the price in dollars, value and cost in dollars."""
    out: list[Row] = []
    for order in found.ticket.orders:
        marks = [t("allocator.delisted")] if order.delisted else []
        marks += [t("allocator.partnership")] if order.partnership else []
        out.append(
            {
                t("allocator.column_fund"): order.ticker,
                t("allocator.column_name"): order.name,
                t("allocator.column_order"): t("allocator.buy") if order.shares > 0 else t("allocator.sell"),
                t("allocator.column_shares"): abs(order.shares),
                t("allocator.column_price"): round(order.price, 2),
                t("allocator.column_day"): order.price_date.isoformat() if order.price_date else NONE,
                t("allocator.column_usd"): round(order.value, 2),
                t("allocator.column_cost"): round(order.cost, 3),
                t("allocator.column_mark"): ", ".join(marks) or NONE,
            }
        )
    return out


def variants(t: Translator, rows: Sequence[Variant]) -> list[Row]:
    """The best basket of each universe."""
    return [
        {
            t("allocator.universe"): t(f"allocator.universe_{row.universe}"),
            t("allocator.column_basket"): words.basket(row.shares) or NONE,
            t("allocator.column_te"): words.points(row.tracking_error),
            t("allocator.column_bound"): words.points(row.lower_bound),
            t("allocator.proof"): t(f"allocator.status_{row.status}"),
            t("allocator.cash"): percent(row.cash_weight),
            t("allocator.column_world"): row.all_world or t("allocator.no"),
        }
        for row in rows
    ]


def rates(t: Translator, rows: Sequence[RatePoint]) -> list[Row]:
    """The basket at each exchange rate."""
    return [{t("allocator.fx"): f"{row.rate:,.0f}"} | _point(t, row.point) for row in rows]


def curve(t: Translator, found: Answer, rows: Sequence[Point]) -> list[Row]:
    """The basket at each size of account."""
    return [
        {t("allocator.column_account"): words.own_money(t, found, row.account)}
        | _point(t, row)
        | {t("allocator.column_kind"): t(f"allocator.kind_{row.character}")}
        for row in rows
    ]


def _point(t: Translator, row: Point) -> Row:
    return {
        t("allocator.column_te"): words.points(row.tracking_error),
        t("allocator.column_bound"): words.points(row.lower_bound),
        t("allocator.proof"): t(f"allocator.status_{row.status}"),
        t("allocator.resolution"): percent(row.resolution),
        t("allocator.cash"): percent(row.cash_weight),
        t("allocator.column_lines"): row.lines,
        t("allocator.column_basket"): words.basket(row.shares) or NONE,
    }


def plan(t: Translator, found: Answer, rows: Sequence[Month]) -> list[Row]:
    """Orders of each month."""
    return [
        {
            t("allocator.column_month"): row.month,
            t("allocator.column_account"): words.own_money(t, found, row.account),
            t("allocator.column_bought"): words.basket(row.bought) or NONE,
            t("allocator.column_te"): words.points(row.tracking_error),
            t("allocator.column_bound"): words.points(row.lower_bound),
            t("allocator.column_lines"): row.lines,
            t("allocator.cash"): words.own_money(t, found, row.cash),
        }
        for row in rows
    ]


def falls(t: Translator, found: Answer, rows: Sequence[Fall]) -> list[Row]:
    """What the basket could have lost in each crisis."""
    asked = found.question
    return [
        {
            t("allocator.column_crisis"): t(f"allocator.crisis_{row.crisis}"),
            t("allocator.column_loss"): words.money(t, row.fall * asked.account, asked.currency).replace("-", "−"),
            t("allocator.column_fall"): percent(row.fall),
            t("allocator.column_covered"): percent(row.covered),
            t("allocator.column_missing"): ", ".join(row.missing) or NONE,
        }
        for row in rows
        if row.covered > 0.0
    ]


def profile(t: Translator, broker: Profile) -> list[Row]:
    """Every rate with its source and date; one that is not known says so."""
    out: list[Row] = []
    for name in RATES:
        rate = getattr(broker, name)
        source = t(f"allocator.source_{rate.source}") if rate.source in ("own", "assumed") else rate.source
        out.append(
            {
                t("allocator.column_rate"): t(f"allocator.rate_{name}"),
                t("allocator.column_figure"): _rate(t, name, rate.value),
                t("allocator.column_source"): source or NONE,
                t("allocator.column_as_of"): rate.as_of or NONE,
            }
        )
    return out


def _rate(t: Translator, name: str, value: float | None) -> str:
    if value is None:
        return t("allocator.unknown")
    if name == "commission_minimum":
        return words.money(t, value, "USD")
    return words.money(t, value, "KRW") if name == "gains_allowance" else percent(value, 2)
