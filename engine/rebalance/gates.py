"""Gates: what a run found, which product it concerns, what follows, and what a person can do.

States: ``passed``; ``flagged`` (told, the product goes on); ``fallback`` (no new decision: the holdings stay, with
their drift); ``stopped`` (no orders for this product; the others go on); ``overridden`` (a person let it pass, and
said why).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import BadInput, LodestarError

STATES = ("passed", "flagged", "fallback", "stopped", "overridden")

REASONS: dict[str, str] = {
    "session_moved": "{asked} is no session of the exchange; the run is for the last one before it, {session}.",
    "half_day": "{session} is a half day: the market closes at {close} in New York.",
    "data_passed": "{names} names with prices to {session}.",
    "data_late": "{panel}: prices end with {last}, the session is {session}.",
    "data_not_then": "{panel}: nothing on file was known on {session}; its prices are of {last}.",
    "data_future": "{panel}: the newest prices are of {last}, after the session {session}. The file is of another day.",
    "names_missing": "{panel}: {missing} of {names} names have no price on {session}: {shown}.",
    "half_file": "{panel}: {missing} of {names} names have no price on {session}, too many for a market: {shown}.",
    "feed_unusable": "{file}: {problem}.",
    "feed_day": "The feed is of {given}, the session is {session}.",
    "checked": "{rows} rows checked, {findings} findings, none that is an error.",
    "repaired": "{panel}: {cells} cells repaired that the table itself proves wrong: {shown}.",
    "unproven": "{panel}: {count} errors that cannot be repaired with certainty: {shown}.",
    "jump": "{panel}: moves of the newest session that nothing explains: {shown}.",
    "model_late": "The newest decision of the model is of {last}, the one of {wanted} is missing.",
    "model_passed": "Decided on {decided}, {lines} lines.",
    "no_last_good": "{reason} There is no earlier approved run whose holdings could stand.",
    "last_good": "{reason} Holdings of {run_id} stay; their weights drift with prices.",
    "hindsight": "The panel holds {survivors}. A simulation; never a document for clients.",
    "adjusted_prices": "Orders are priced at closes adjusted for later dividends and splits: no price of that day's tape.",
    "no_price": "{shown}: no price today, so they are not traded.",
    "fx_passed": "{rate} {currency} a dollar, of {day}.",
    "fx_old": "{rate} {currency} a dollar is of {day}, {age} days before the session.",
    "fx_missing": "No exchange rate of {currency} was known on {session}.",
    "caps_passed": "Largest {largest}, above 5 % together {together}.",
    "caps_not_a_rule": "No rule of this product, which holds funds. Largest {largest}, above 5 % together {together}.",
    "caps_broken": "Largest {largest}, above 5 % together {together}; allowed are 10 % and 40 %.",
    "caps_untraded": "Largest {largest}, above 5 % together {together}: by names that cannot be traded; the others do not add to it.",
    "turnover_passed": "{turnover} of the account.",
    "turnover_high": "{turnover} of the account, allowed {limit}.",
    "liquidity_passed": "At most {share} of a name's average daily volume.",
    "liquidity_low": "Orders above {limit} of the average daily volume: {shown}.",
    "liquidity_unknown": "Volume is not known for {count} of {orders} orders.",
    "cash_passed": "{cash} left.",
    "cash_negative": "{cash} would be missing.",
    "restricted_passed": "No order in {count} restricted names.",
    "restricted_order": "Orders in restricted names: {shown}.",
    "drift_passed": "{moved} of the target moved since {before}.",
    "drift_high": "{moved} of the target moved since {before}, allowed {limit}.",
    "weights_passed": "Weights and cash sum to {total}.",
    "weights_off": "Weights and cash sum to {total}.",
    "not_due": "Not due: next on {following}. Weights are updated, nothing is traded.",
}
"""English; a screen translates by the code."""

REMEDIES: dict[str, tuple[str, ...]] = {
    "data": ("repair", "wait"),
    "integrity": ("repair", "exclude", "override"),
    "feed": ("repair", "wait"),
    "model": ("repair", "wait"),
    "fx": ("repair",),
    "caps": ("exclude",),
    "turnover": ("override",),
    "liquidity": ("exclude", "override"),
    "cash": ("repair",),
    "restricted": ("exclude",),
    "drift": ("override",),
    "weights": ("repair",),
    "rules": ("repair", "exclude"),
}
"""What a person can do at a gate: repair or wait for the data, exclude a name, override with a note."""

OVERRIDABLE = tuple(name for name, ways in REMEDIES.items() if "override" in ways)


@dataclass(frozen=True)
class Gate:
    """One finding at a gate; ``product`` is empty where it concerns the whole run."""

    name: str
    product: str
    state: str
    code: str
    reason: str
    params: Mapping[str, str] = field(default_factory=dict, hash=False)
    remedies: tuple[str, ...] = ()
    note: str = ""

    @property
    def halts(self) -> bool:
        """No orders of the product follow."""
        return self.state in ("stopped", "fallback")

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"params": dict(self.params), "remedies": list(self.remedies)}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Gate:
        return cls(**{**told, "remedies": tuple(told["remedies"])})


def gate(name: str, product: str, state: str, code: str, **params: object) -> Gate:
    """A gate with its sentence."""
    told = {key: str(value) for key, value in params.items()}
    ways = REMEDIES.get(name, ()) if state in ("stopped", "fallback") else ()
    return Gate(name, product, state, code, REASONS[code].format(**told), told, ways)


def of_error(name: str, product: str, state: str, error: LodestarError) -> Gate:
    """A gate made of an error: its code, and its sentence."""
    return Gate(name, product, state, error.code, error.message, error.params, REMEDIES.get(name, ()))


@dataclass(frozen=True)
class Override:
    """A person lets a gate pass: which product, which gate, and why."""

    product: str
    gate: str
    note: str

    def __post_init__(self) -> None:
        if self.gate not in OVERRIDABLE:
            raise BadInput("unknown_choice", field="override", value=self.gate, accepted=", ".join(OVERRIDABLE))
        if not self.note.strip():
            raise BadInput("note_missing", field="note", value=self.gate)


def overridden(found: Gate, overrides: Iterable[Override]) -> Gate:
    """The gate, let pass where a person said so; only what stops a product can be."""
    for one in overrides:
        if found.state == "stopped" and (one.product, one.gate) == (found.product, found.name):
            return Gate(found.name, found.product, "overridden", found.code, found.reason, found.params, (), one.note)
    return found


def shown(names: Iterable[object], most: int = 8) -> str:
    """Some names, and how many more there are."""
    every = [str(name) for name in names]
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")
