"""Tables of the page of rebalance day, as rows of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from engine.rebalance import Account, RunResult, StepTime, last_scheduled, next_scheduled, scheduled
from pages.rebalance import words
from pages.rebalance.shown import Shown
from ui import frame
from ui.format import NONE, day, percent
from ui.i18n import Translator

Row = dict[str, Any]


def schedule(t: Translator, known: Sequence[Account], session: date) -> list[Row]:
    """One row a product: rule, whether the session is a rebalancing day, the one before and the next."""
    return [
        {
            t("rebalance.column_product"): words.product(t, one.key),
            t("rebalance.column_rule"): words.rule(t, one),
            t("rebalance.column_today"): t("rebalance.yes" if scheduled(one.rule, session) else "rebalance.no"),
            t("rebalance.column_next"): day(next_scheduled(one.rule, session), t.language),
            t("rebalance.column_previous"): day(last_scheduled(one.rule, session), t.language),
        }
        for one in known
    ]


def steps(t: Translator, found: RunResult, told: Sequence[StepTime]) -> list[Row]:
    """One row a step, approval and files among them."""
    total = sum(step.used or 0.0 for step in told)
    rows: list[Row] = [
        {
            t("rebalance.column_step"): words.step(t, step.name),
            t("rebalance.column_status"): t(f"rebalance.status_{step.status}"),
            t("rebalance.column_begins"): words.seconds(t, step.begins),
            t("rebalance.column_used"): words.seconds(t, step.used),
            t("rebalance.column_budget"): words.seconds(t, step.budget, 0),
            t("rebalance.column_path"): NONE if step.used is None or not total else percent(step.used / total, 0),
            t("rebalance.column_slowest"): words.product(t, step.slowest) if step.slowest else NONE,
        }
        for step in told
    ]
    known = {step.name for step in told}
    for step in (step for step in found.steps if step["name"] not in known):
        rows.append(dict.fromkeys(rows[0], NONE) | {
            t("rebalance.column_step"): words.step(t, step["name"]),
            t("rebalance.column_status"): t(f"rebalance.status_{step['status'].replace(' ', '_')}"),
        })  # fmt: skip
    return rows


def findings(t: Translator, shown: Shown) -> list[Row]:
    """Gates that a person should look at, what stops a product first."""
    order = ("stopped", "fallback", "overridden", "flagged")
    open_ = [gate for gate in words.concerned(shown) if gate.state in order]
    open_.sort(key=lambda gate: order.index(gate.state))
    return [
        {
            t("rebalance.column_gate"): words.gate(t, gate.name),
            t("rebalance.column_state"): t(f"rebalance.state_{gate.state}"),
            t("rebalance.column_reason"): words.said(t, gate, shown.found.gates),
            t("rebalance.column_ways"): words.ways(t, gate),
        }
        for gate in open_
    ]


def checks(t: Translator, shown: Shown) -> list[Row]:
    """Checks before trading, kept or broken."""
    return [
        {
            t("rebalance.column_check"): words.gate(t, gate.name),
            t("rebalance.column_state"): t(
                "rebalance.kept" if gate.state == "passed" else f"rebalance.state_{gate.state}"
            ),
            t("rebalance.column_reason"): words.said(t, gate, shown.found.gates),
        }
        for gate in words.checks(shown)
    ]


def orders(t: Translator, shown: Shown, book: Mapping[str, Any]) -> list[Row]:
    """One row an order: whole shares at the price of a day."""
    return [
        {
            t("rebalance.column_ticker"): order["ticker"],
            t("rebalance.column_side"): t("rebalance.buy" if order["shares"] > 0 else "rebalance.sell"),
            t("rebalance.column_shares"): abs(order["shares"]),
            t("rebalance.column_price"): order["price"],
            t("rebalance.column_value"): abs(order["shares"]) * order["price"],
            t("rebalance.column_before"): book["before"].get(order["ticker"], 0.0),
            t("rebalance.column_after"): book["after"].get(order["ticker"], 0.0),
            t("rebalance.column_price_day"): shown.found.session,
        }
        for order in book["orders"]
    ]


def columns(t: Translator) -> dict[str, Any]:
    """How the columns of the orders are written."""
    forms = {
        "shares": "localized", "price": "dollar", "value": "dollar", "before": "percent", "after": "percent",
    }  # fmt: skip
    return {t(f"rebalance.column_{name}"): st.column_config.NumberColumn(format=form) for name, form in forms.items()}


def kept(t: Translator, found: RunResult) -> Row:
    """A run that is kept, in a row."""
    done = sum(step["status"] == "done" for step in found.steps if step["name"] not in ("approval", "files"))
    signed = next(step for step in found.steps if step["name"] == "approval")
    return {
        t("rebalance.column_session"): found.session,
        t("rebalance.column_products"): ", ".join(words.product(t, key) for key in found.told["keys"]),
        t("rebalance.column_done"): f"{done} / {len(found.steps) - 2}",
        t("rebalance.column_orders"): len(found.orders),
        t("rebalance.column_stopped"): len({gate.product for gate in found.gates if gate.halts}),
        t("rebalance.column_runner"): frame.escaped(str(found.told["runner"])),
        t("rebalance.column_approval"): words.signed(t, signed),
        t("rebalance.column_run"): found.run_id,
    }


def moved(t: Translator, found: Mapping[str, Any]) -> list[Row]:
    """How far each product's target moved from one run to the other."""
    return [
        {
            t("rebalance.column_product"): words.product(t, key),
            t("rebalance.column_target_moved"): percent(told["target_moved"], 2) if "target_moved" in told else NONE,
            t("rebalance.column_orders_changed"): str(len(told["orders"]))
            if "orders" in told
            else t("rebalance.one_only"),
        }
        for key, told in found["products"].items()
    ]


def changed_orders(t: Translator, found: Mapping[str, Any]) -> list[Row]:
    """Orders whose shares differ."""
    return [
        {
            t("rebalance.column_product"): words.product(t, key),
            t("rebalance.column_ticker"): one["ticker"],
            t("rebalance.diff_old"): f"{one['shares']:+,}",
            t("rebalance.diff_new"): f"{one['other']:+,}",
        }
        for key, told in found["products"].items()
        for one in told.get("orders", ())
    ]


def changed_gates(t: Translator, found: Mapping[str, Any]) -> list[Row]:
    """Gates whose state is another one."""
    return [
        {
            t("rebalance.column_product"): words.product(t, one["product"]),
            t("rebalance.column_gate"): words.gate(t, one["name"]),
            t("rebalance.diff_old"): t(f"rebalance.state_{one['state']}") if one["state"] else NONE,
            t("rebalance.diff_new"): t(f"rebalance.state_{one['other']}") if one["other"] else NONE,
        }
        for one in found["gates"]
    ]
