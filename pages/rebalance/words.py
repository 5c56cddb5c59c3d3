"""Sentences of the page of rebalance day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from engine.rebalance import Account, Gate, StepTime
from engine.rebalance.calendar import NEW_YORK, SEOUL, Window
from pages.rebalance.shown import DRY, Shown
from ui import frame, glossary
from ui.format import NONE, day, percent
from ui.i18n import Translator
from ui.record import Card

CHECKS = ("caps", "turnover", "liquidity", "cash", "restricted", "drift", "weights")
COMMAND_RUN = "python -m engine rebalance run"
_MARKUP = re.compile(r"[\\`*$<>\[\]!|]")
_MORE = re.compile(r" and (\d+) more$")


def product(t: Translator, key: str) -> str:
    """Name of a product; one without a name is called by its file, the run as a whole by a word."""
    if not key:
        return t("rebalance.whole_run")
    return t(f"rebalance.product_{key}") if t.has(f"rebalance.product_{key}") else key


def run(t: Translator, code: str) -> str:
    """A run in the list: session and the end of its id."""
    if code == DRY:
        return t("rebalance.dry")
    return t("rebalance.run_named", day=day_of(t, code[:10]), id=code[11:])


def day_of(t: Translator, text: str | date) -> str:
    """A day of the engine as a person writes it."""
    return day(text if isinstance(text, date) else date.fromisoformat(text), t.language)


def step(t: Translator, name: str) -> str:
    """Name of a step."""
    return t(f"rebalance.step_{name}")


def gate(t: Translator, name: str) -> str:
    """Name of a gate."""
    return t(f"rebalance.gate_{name}") if t.has(f"rebalance.gate_{name}") else name


def rule(t: Translator, account: Account) -> str:
    """When a product trades."""
    told = t(f"rebalance.rule_{account.rule}")
    return t("rebalance.rule_band", rule=told, band=percent(account.band, 0)) if account.band else told


def seconds(t: Translator, value: float | None, digits: int = 3) -> str:
    """Seconds with their unit."""
    return NONE if value is None else t("rebalance.seconds", n=f"{value:,.{digits}f}")


# --- the window


def _at(t: Translator, when: datetime, zone: Any) -> str:
    here = when.astimezone(zone)
    return f"{day(here.date(), t.language)} {here:%H:%M}"


def _long(t: Translator, span: float) -> str:
    hours, minutes = divmod(round(span / 60.0), 60)
    return t("rebalance.span", hours=hours, minutes=minutes)


def window(t: Translator, here: Window) -> str:
    """What is particular about this night, in a paragraph."""
    told = [t("rebalance.window_said", day=day_of(t, here.session.day), next=day_of(t, here.following.day),
              span=_long(t, here.seconds))]  # fmt: skip
    for which, session in (("close", here.session), ("next", here.following)):
        if session.half:
            told.append(
                t(
                    f"rebalance.half_{which}",
                    day=day_of(t, session.day),
                    close=f"{session.closes.astimezone(NEW_YORK):%H:%M}",
                )
            )
    if here.closed:
        told.append(t("rebalance.holiday", days=", ".join(day_of(t, one) for one in here.closed)))
    apart = [
        int(
            (
                (end.astimezone(SEOUL).utcoffset() or _ZERO) - (end.astimezone(NEW_YORK).utcoffset() or _ZERO)
            ).total_seconds()
            // 3600
        )
        for end in (here.session.closes, here.following.opens)
    ]
    told.append(
        t("rebalance.clocks_move", before=apart[0], after=apart[1])
        if here.shift
        else t("rebalance.clocks", hours=apart[0])
    )
    return " ".join(told)


_ZERO = datetime.resolution * 0


def window_cards(t: Translator, here: Window) -> list[Card]:
    """Close, next open and length of the window."""
    meaning = glossary.help(t, "rebalance_window")
    zones = {
        name: (_at(t, when, NEW_YORK), _at(t, when, SEOUL))
        for name, when in (("close", here.session.closes), ("open", here.following.opens))
    }
    return [
        *(
            Card(
                t(f"rebalance.card_{name}"),
                t("rebalance.new_york", at=york),
                note=t("rebalance.seoul", at=seoul),
                help=meaning,
            )
            for name, (york, seoul) in zones.items()
        ),
        Card(t("rebalance.card_span"), _long(t, here.seconds), note=t("rebalance.card_span_note"), help=meaning),
    ]


def left(t: Translator, here: Window, now: datetime) -> str:
    """Time left at this look."""
    at = f"{now.astimezone(NEW_YORK):%H:%M}"
    seoul = f"{now.astimezone(SEOUL):%H:%M}"
    if now < here.session.closes:
        return t("rebalance.left_open", at=at, seoul=seoul, span=_long(t, (here.session.closes - now).total_seconds()))
    return t("rebalance.left", at=at, seoul=seoul, span=_long(t, here.remaining(now)))


# --- the run


def concerned(shown: Shown) -> list[Gate]:
    """Gates of the product looked at, and of the run as a whole."""
    return [gate for gate in shown.found.gates if gate.product in ("", shown.product)]


def checks(shown: Shown) -> list[Gate]:
    """Checks before trading of the product."""
    return [gate for gate in concerned(shown) if gate.name in CHECKS]


def hindsight(shown: Shown) -> bool:
    """Whether the product's panel was chosen afterwards."""
    return any(gate.code == "hindsight" for gate in concerned(shown))


def answer(t: Translator, shown: Shown) -> str:
    """What came of the run for the product."""
    found = shown.found
    names = {"product": product(t, shown.product), "day": day_of(t, found.session)}
    book = found.books.get(shown.product)
    if not any(step["status"] == "done" for step in found.steps if step["name"] == "pretrade"):
        told = t("rebalance.answer_unfinished", **names)
    elif book is None:
        told = t("rebalance.answer_stopped", **names)
    elif not book["orders"]:
        told = t("rebalance.answer_held", **names)
    else:
        held = checks(shown)
        told = t(
            "rebalance.answer", **names, n=len(book["orders"]), turnover=percent(book["turnover"]),
            value=f"{sum(abs(one['shares']) * one['price'] for one in book['orders']):,.0f}",
            kept=sum(one.state == "passed" for one in held), of=len(held),
        )  # fmt: skip
    return f"{told} {_how(t, shown)}"


def _how(t: Translator, shown: Shown) -> str:
    made = shown.rehearsal
    if made is None:
        return t("rebalance.how_kept", id=shown.found.run_id, runner=frame.escaped(str(shown.found.told["runner"])))
    since = "" if made.since is None else day_of(t, made.since)
    return t(f"rebalance.how_{made.before}", seconds=seconds(t, made.seconds, 1), since=since)


def basis(t: Translator, shown: Shown) -> str:
    """Unit, frequency, basis, day and source of the figures."""
    return t(
        "rebalance.basis", day=day_of(t, shown.found.session), snapshot=str(shown.found.told["snapshot"]),
        kind=t("rebalance.basis_dry" if shown.rehearsal else "rebalance.basis_run"),
    )  # fmt: skip


def halts(t: Translator, shown: Shown) -> list[str]:
    """Why the product stands still, and what a person can do; a fallback is named as one."""
    return [
        t(
            f"rebalance.halt_{one.state}",
            gate=gate(t, one.name),
            reason=said(t, one, shown.found.gates),
            ways=ways(t, one),
        )
        for one in concerned(shown)
        if one.halts
    ]


def steps_title(t: Translator, told: Sequence[StepTime]) -> str:
    """How much of the plan was used, and by which step."""
    done = [one for one in told if one.used is not None]
    longest = max(done, key=lambda one: one.used or 0.0)
    over = [step(t, one.name) for one in done if one.over]
    title = t(
        "rebalance.steps_title", used=seconds(t, sum(one.used or 0.0 for one in done), 2), n=len(done),
        budget=seconds(t, sum(one.budget for one in done), 0), step=step(t, longest.name), longest=seconds(t, longest.used, 2),
    )  # fmt: skip
    return f"{title} {t('rebalance.steps_over', steps=', '.join(over))}" if over else title


def said(t: Translator, one: Gate, every: Sequence[Gate]) -> str:
    """The reason of a gate in the reader's language."""
    params = {name: _plain(t, value) for name, value in one.params.items()}
    if "reason" in params and one.code in ("no_last_good", "last_good"):
        causes = [
            gate for gate in every if gate.product == one.product and gate.state == "fallback" and gate.name != one.name
        ]
        params["reason"] = " ".join(said(t, cause, ()) for cause in causes)
    if t.has(f"rebalance.reason_{one.code}"):
        told = t(f"rebalance.reason_{one.code}", **params)
    else:  # an error of the engine; its sentence stands in its own catalogue
        told = frame.escaped(t.sentence(one.code, dict(one.params)))
    if one.state == "overridden":
        told = t("rebalance.overridden", reason=told, note=frame.escaped(one.note))
    return told


def _plain(t: Translator, value: str) -> str:
    value = frame.escaped(value) if _MARKUP.search(value) else value  # names of a vendor's file
    if t.language == "en":
        return value
    return _MORE.sub(lambda found: t("rebalance.and_more", n=found[1]), value)


def ways(t: Translator, one: Gate) -> str:
    """What a person can do at a gate."""
    return " ".join(t(f"rebalance.way_{way}") for way in one.remedies) or NONE


def gates(t: Translator, shown: Shown) -> str:
    """How many gates there were and how they ended."""
    every = concerned(shown)
    counts = {
        state: sum(one.state == state for one in every)
        for state in ("passed", "flagged", "fallback", "stopped", "overridden")
    }
    others = sorted({one.product for one in shown.found.gates if one.halts and one.product not in ("", shown.product)})
    told = t("rebalance.gates_said", n=len(every), **counts)
    if not others:
        return told
    return f"{told} {t('rebalance.gates_others', products=', '.join(product(t, key) for key in others))}"


def cards(t: Translator, shown: Shown, book: Mapping[str, Any]) -> list[Card]:
    """What the account is worth, what is traded, what it costs, what is left."""
    note = t("rebalance.card_note", day=day_of(t, shown.found.session))
    traded = t("rebalance.card_turnover_note")
    return [
        Card(t("rebalance.card_value"), f"${book['value']:,.0f}", note=note, help=glossary.help(t, "as_of")),
        Card(t("rebalance.card_turnover"), percent(book["turnover"]), note=traded, help=glossary.help(t, "turnover")),
        Card(t("rebalance.card_cost"), f"${book['cost']:,.2f}", note=t("rebalance.card_cost_note"),
             help=glossary.help(t, "basis_point")),
        Card(t("rebalance.card_cash"), f"${book['cash']:,.2f}", note=note, help=glossary.help(t, "cash_left")),
    ]  # fmt: skip


def reason(t: Translator, shown: Shown, book: Mapping[str, Any]) -> str:
    """Why these weights."""
    made = next((one for one in concerned(shown) if one.code == "model_passed"), None)
    if made is None:
        return t("rebalance.why_held", n=len(book["holdings"]))
    return t(
        "rebalance.why", decided=made.params["decided"], n=len(book["target"]), product=product(t, shown.product),
        gap=percent(_gap(book), 2),
    )  # fmt: skip


def _gap(book: Mapping[str, Any]) -> float:
    """Half the sum of differences between the weights aimed at and those that whole shares reach."""
    names = {*book["target"], *book["after"]}
    return 0.5 * sum(abs(float(book["target"].get(name, 0.0) - book["after"].get(name, 0.0))) for name in names)


def sure(t: Translator, shown: Shown, book: Mapping[str, Any]) -> str:
    """How sure they are."""
    every = concerned(shown)
    open_ = sum(one.state != "passed" for one in every)
    told = t("rebalance.sure", n=len(every) - open_, of=len(every), open=open_, orders=len(book["orders"]))
    if any(one.code == "adjusted_prices" for one in every):
        told = f"{told} {t('rebalance.sure_adjusted')}"
    return told


def orders_title(t: Translator, shown: Shown, book: Mapping[str, Any]) -> str:
    """How many buys and sells."""
    buys = sum(one["shares"] > 0 for one in book["orders"])
    return t("rebalance.orders_title", n=len(book["orders"]), buys=buys, sells=len(book["orders"]) - buys,
             product=product(t, shown.product))  # fmt: skip


# --- approval and history


def signed(t: Translator, told: Mapping[str, Any]) -> str:
    """How the approval stands."""
    status = t(f"rebalance.status_{told['status'].replace(' ', '_')}")
    if told["status"] not in ("approved", "void"):
        return status
    return t("rebalance.signed_by", status=status, name=frame.escaped(str(told.get("approver") or NONE)))


def difference(t: Translator, found: Mapping[str, Any]) -> str:
    """Where two runs part, and by what."""
    if found["same"]:
        return t("rebalance.diff_same")
    causes = ", ".join(t(f"rebalance.cause_{cause}") for cause in found["causes"])
    return t("rebalance.diff_said", step=step(t, found["first_step"]), causes=causes or t("rebalance.cause_missing"))
