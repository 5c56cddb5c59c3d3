"""English sentences for the facts of an explanation, one template a code.

A page in another language holds templates under the same keys with the same placeholders;
``filled`` gives the values both are filled with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.allocation.explain import Fact

TEMPLATES: dict[str, str] = {
    "optimal": "Proved: no basket has a smaller tracking error than {best_tracking_error_bp} bp a year; this one has {tracking_error_bp} bp in {lines} lines, against {naive_tracking_error_bp} bp for the model rounded down.",
    "bounded": "This basket of {lines} lines has a tracking error of {tracking_error_bp} bp a year, against {naive_tracking_error_bp} bp for the model rounded down; no basket can beat it by more than {gap_bp} bp.",
    "all_cash": "Nothing that USD {account} buys comes nearer to the model than cash; the smallest useful deposit is USD {useful_deposit}.",
    "merged": "{fund} stands in for {lines} ({weight_pct} % of the model), {tracking_volatility_pct} % a year apart.",
    "cheaper": "{fund} at USD {price} a share replaces {line} at USD {line_price}; the two are {tracking_volatility_pct} % a year apart.",
    "replaced": "{fund} stands in for {line} ({weight_pct} % of the model), {tracking_volatility_pct} % a year apart.",
    "left_out": "Nothing in the basket stands for {lines} ({weight_pct} % of the model).",
    "forbidden": "Without {fund} the nearest basket found has {tracking_error_bp} bp, {cost_bp} bp more.",
    "forbidden_free": "The basket does not depend on {fund}: without it {tracking_error_bp} bp was found.",
    "runner_up": "Runner-up, without {fund}: {basket}, {tracking_error_bp} bp.",
    "all_world_held": "The all-world fund {fund} is part of the answer ({weight_pct} %).",
    "all_world_loses": "The all-world fund {fund} does not win here: the nearest basket found with it has {tracking_error_bp} bp, {cost_bp} bp more.",
    "all_world_equal": "A basket with the all-world fund {fund} is as good: {tracking_error_bp} bp.",
    "all_world_too_dear": "One share of the cheapest all-world fund, {fund} at USD {price}, costs more than the account.",
    "cash": "USD {cash} ({cash_weight_pct} %) stays in cash.",
    "cash_too_small": "USD {cash} ({cash_weight_pct} %) stays in cash, less than the price of any share.",
    "cash_kept": "USD {cash} ({cash_weight_pct} %) stays in cash: one more share of {fund}, the one that would help most, would change the tracking error by {cost_bp} bp to {tracking_error_bp} bp.",
}

_BASIS_POINTS = (
    "tracking_error",
    "best_tracking_error",
    "lower_bound",
    "gap",
    "naive_tracking_error",
    "cost",
    "utility_loss",
    "behind",
)
_PERCENT = ("weight", "cash_weight", "tracking_volatility")
_DOLLARS = ("account", "useful_deposit", "price", "line_price", "cash")


def filled(fact: Fact) -> dict[str, str]:
    """The values of a fact as text: ``<name>_bp`` in basis points, ``<name>_pct`` in percent, dollars with cents."""
    out: dict[str, str] = {}
    for name, value in fact.details.items():
        if isinstance(value, float | int) and name in _BASIS_POINTS:
            out[f"{name}_bp"] = f"{value * 1e4:,.1f}"
        elif isinstance(value, float | int) and name in _PERCENT:
            out[f"{name}_pct"] = f"{value * 100:.1f}"
        elif isinstance(value, float | int) and name in _DOLLARS:
            out[name] = f"{value:,.2f}"
        elif isinstance(value, tuple | list):
            out[name] = ", ".join(str(item) for item in value)
        elif isinstance(value, Mapping):
            out[name] = ", ".join(f"{ticker} {shares:g}" for ticker, shares in value.items())
        else:
            out[name] = "" if value is None else str(value)
    return out


def sentences(facts: Iterable[Fact]) -> list[str]:
    """One English sentence a fact."""
    return [TEMPLATES[fact.code].format(**filled(fact)) for fact in facts]
