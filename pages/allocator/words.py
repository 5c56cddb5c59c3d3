"""Sentences of the allocator, from engine results and the catalogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from engine.allocation import Answer, Fact, Fall, Month, Note, Point, RatePoint, Variant, all_world_in, filled
from ui import glossary, vintage
from ui.format import day, percent, won
from ui.i18n import Translator
from ui.record import Card


def money(t: Translator, value: float, currency: str) -> str:
    """An amount with its currency; won without decimals, in Korean by 억 and 만."""
    if (t.language, currency) == ("ko", "KRW"):
        return won(value)
    return t(f"allocator.money_{currency}", amount=f"{value:,.0f}" if currency == "KRW" else f"{value:,.2f}")


def own_money(t: Translator, found: Answer, dollars: float) -> str:
    """Dollars in the currency of the account."""
    asked = found.question
    return money(t, dollars * asked.fx if asked.currency == "KRW" else dollars, asked.currency)


def points(value: float) -> str:
    """A decimal in basis points, without the unit."""
    return f"{value * 1e4:,.1f}"


def basket(shares: Mapping[str, float]) -> str:
    """Tickers with their shares."""
    return ", ".join(f"{name} {count:g}" for name, count in shares.items())


def held(found: Answer) -> dict[str, float]:
    """The basket, the largest weight first."""
    return {str(name): float(count) for name, count in found.allocation.basket.items()}


def days(found: Answer) -> list[date]:
    """Days of the prices and of the exchange rate."""
    asked = found.question
    out = [stamp.date() for stamp in asked.funds.price_dates]
    return [*out, date.fromisoformat(asked.fx_as_of)] if asked.currency == "KRW" and asked.fx_as_of else out


def headline(t: Translator, found: Answer) -> str:
    """What to buy."""
    asked, name = found.question, t(f"allocator.model_{found.question.model}")
    amount = money(t, asked.account, asked.currency)
    if found.allocation.status == "all_cash":
        return t("allocator.headline_cash", amount=amount, model=name)
    return t("allocator.headline", amount=amount, model=name, basket=basket(held(found)))


def loss_of(t: Translator, found: Answer) -> str:
    """Utility loss a year in money; one too small to print is called smaller than the smallest coin."""
    asked = found.question
    value = found.allocation.utility_loss * asked.account
    least = 1.0 if asked.currency == "KRW" else 0.01
    amount = money(t, max(value, least), asked.currency)
    return t("allocator.below", amount=amount) if value < least else amount


def meaning(t: Translator, found: Answer) -> str:
    """Tracking error and utility loss in words."""
    got = found.allocation
    loss = loss_of(t, found)
    said = t(
        "allocator.meaning", te=percent(got.tracking_error, 2), loss_bp=points(got.utility_loss), loss=loss,
        naive=points(got.naive_tracking_error),
    )  # fmt: skip
    return f"{said} {proof(t, found)}"


def proof(t: Translator, found: Answer) -> str:
    """What is proved about the basket."""
    got = found.allocation
    if got.status == "all_cash":
        return t("allocator.proof_cash")
    given = got.tracking_error - got.best_tracking_error
    code = "bounded" if got.status == "bounded" else "optimal_given" if given > 5e-6 else "optimal"
    return t(
        f"allocator.proof_{code}", best=points(got.best_tracking_error), given=points(given),
        bound=points(got.lower_bound), gap=points(got.tracking_error - got.lower_bound),
    )  # fmt: skip


def cards(t: Translator, found: Answer) -> list[Card]:
    """The five figures with their meaning."""
    got = found.allocation
    status = t(f"allocator.status_{got.status}")
    gap = got.tracking_error - got.lower_bound
    return [
        Card(t("allocator.tracking"), f"{points(got.tracking_error)} bp", help=glossary.help(t, "expected_tracking_error"), kind="estimated"),
        Card(t("allocator.loss"), loss_of(t, found), help=glossary.help(t, "certainty_equivalent", t("allocator.loss_help", gamma="3")), kind="estimated"),
        Card(t("allocator.proof"), t("allocator.within", gap=points(gap)) if got.status == "bounded" else status, help=glossary.help(t, "optimal_bounded")),
        Card(t("allocator.resolution"), percent(got.resolution), help=glossary.help(t, "resolution")),
        Card(t("allocator.cash"), own_money(t, found, found.ticket.cash_left), help=glossary.help(t, "cash_left", t("allocator.cash_help", share=percent(got.cash_weight)))),
    ]  # fmt: skip


def reasons(t: Translator, facts: Sequence[Fact]) -> str:
    """The explanation as a list."""
    return "\n" + "\n".join(f"- {sentence}" for sentence in explanation(t, facts))


def sure(t: Translator, found: Answer) -> str:
    """How near any other basket could come, and what that rests on."""
    got, asked = found.allocation, found.question
    return t(
        "allocator.sure", te=points(got.tracking_error), bound=points(got.lower_bound),
        gap=points(got.tracking_error - got.lower_bound), naive=points(got.naive_tracking_error),
        funds=len(asked.funds.tickers), covariance=t(f"allocator.covariance_{asked.covariance}"),
    )  # fmt: skip


def basis(t: Translator, found: Answer) -> str:
    """Prices, exchange rate and risk model that the answer rests on."""
    asked = found.question
    stamps = [stamp.date() for stamp in asked.funds.price_dates]
    said = t(
        "allocator.basis", first=day(min(stamps), t.language), last=day(max(stamps), t.language),
        covariance=t(f"allocator.covariance_{asked.covariance}"), funds=len(asked.funds.tickers),
    )  # fmt: skip
    said = f"{said} {vintage.said(t)}".rstrip()
    if asked.currency != "KRW":
        return said
    when = day(date.fromisoformat(asked.fx_as_of), t.language) if asked.fx_as_of else t("allocator.fx_own")
    return f"{said} {t('allocator.fx_used', fx=f'{asked.fx:,.2f}', day=when, dollars=f'{asked.account_usd:,.2f}')}"


def explanation(t: Translator, facts: Sequence[Fact]) -> list[str]:
    """One sentence a fact; every number is the fact's own."""
    return [t(f"allocator.why_{fact.code}", **filled(fact)) for fact in facts]


def notes(t: Translator, given: Sequence[Note]) -> list[str]:
    """What was done to the input; one sentence a kind."""
    out = []
    for code in dict.fromkeys(note.code for note in given):
        same = [note for note in given if note.code == code]
        names = [str(name) for note in same for name in _names(note)]
        out.append(t(f"allocator.note_{code}", names=", ".join(names), count=len(same)))
    return out


def _names(note: Note) -> Sequence[object]:
    tickers = note.details.get("tickers")
    return list(tickers) if isinstance(tickers, list | tuple) else [note.field]


def example(t: Translator, found: Answer, variants: Sequence[Variant]) -> str:
    """In which universes the all-world fund is part of the best basket."""
    wins = [t(f"allocator.universe_{row.universe}") for row in variants if row.all_world]
    loses = [t(f"allocator.universe_{row.universe}") for row in variants if not row.all_world]
    code = "some" if wins and loses else "always" if wins else "never"
    return t(
        f"allocator.example_says_{code}", wins=", ".join(wins), loses=", ".join(loses),
        amount=money(t, found.question.account, found.question.currency),
    )  # fmt: skip


def rates_said(t: Translator, rows: Sequence[RatePoint]) -> str:
    """At which exchange rates the all-world fund is part of the basket."""
    wins = [f"{row.rate:,.0f}" for row in rows if all_world_in(row.point.shares)]
    code = "always" if len(wins) == len(rows) else "some" if wins else "never"
    return t(
        f"allocator.rates_title_{code}", wins=", ".join(wins), count=len(wins), all=len(rows),
        low=f"{rows[0].rate:,.0f}", high=f"{rows[-1].rate:,.0f}",
    )  # fmt: skip


def curve_said(t: Translator, found: Answer, rows: Sequence[Point], near: float = 0.01) -> str:
    """From which size on every account tried stays near the model."""
    after = [k for k, row in enumerate(rows) if row.tracking_error >= near]
    start = after[-1] + 1 if after else 0
    first, last = rows[0], rows[-1]
    if start >= len(rows):
        return t("allocator.curve_title_far", near=points(near))
    return t(
        "allocator.curve_title", size=own_money(t, found, rows[start].account), near=f"{near * 1e4:,.0f}",
        first=points(first.tracking_error), least=own_money(t, found, first.account),
        last=points(last.tracking_error), most=own_money(t, found, last.account),
    )  # fmt: skip


def plan_said(t: Translator, rows: Sequence[Month]) -> str:
    """Where a plan ends."""
    first, last = rows[0], rows[-1]
    return t(
        "allocator.plan_title", months=last.month, first=points(first.tracking_error),
        last=points(last.tracking_error), lines=last.lines,
    )  # fmt: skip


def falls_missing(t: Translator, rows: Sequence[Fall]) -> str:
    """Funds whose fall in a crisis is not known."""
    parts = [f"{t(f'allocator.crisis_{row.crisis}')}: {', '.join(row.missing)}" for row in rows if row.missing]
    return t("allocator.falls_missing", names="; ".join(parts)) if parts else t("allocator.falls_all_known")


def ticket_notes(t: Translator, found: Answer) -> list[str]:
    """What stands on the second sheet of the order ticket."""
    return [
        t("allocator.ticket_example"), headline(t, found).replace("**", ""), basis(t, found), t("allocator.ticket_cost"),
        t("disclaimer.research"), t("disclaimer.loss"),
    ]  # fmt: skip
