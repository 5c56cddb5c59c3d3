"""A run at work: what finished steps gave, built into objects once, and the gates so far.

A product's own trouble becomes a gate of that product; the others go on. ``LookAhead`` and whatever is unexpected
ends the run, which can be resumed from the last step that was finished.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import LodestarError, LookAhead
from engine.rebalance import models
from engine.rebalance.accounts import Account
from engine.rebalance.gates import Gate, gate, of_error, overridden
from engine.rebalance.history import STEPS
from engine.rebalance.job import Job
from engine.rebalance.keep import Payload
from engine.rebalance.market import Market
from engine.rebalance.models import Late, Taken


@dataclass
class State:
    """A run at work: finished steps, and what they hold as objects, built once."""

    job: Job
    done: dict[str, Payload] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)
    panels: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)

    def gates_so_far(self) -> list[Gate]:
        every = [Gate.of(told) for step in STEPS if step in self.done for told in self.done[step].facts["gates"]]
        return [*every, *self.gates]

    def halted(self, key: str) -> str:
        """``stopped``, ``fallback`` or empty: what earlier gates say of a product."""
        states = {found.state for found in self.gates_so_far() if found.halts and found.product == key}
        return "stopped" if "stopped" in states else "fallback" if states else ""

    def tell(self, *found: Gate) -> None:
        self.gates += [overridden(one, self.job.overrides) for one in found]

    def live(self) -> list[Account]:
        return [account for account in self.job.products if not self.halted(account.key)]

    def market(self, name: str) -> Market:
        """A panel after the check."""
        if name not in self.markets:
            found = self.done["check"]
            self.markets[name] = Market.of(name, found.arrays, found.facts["markets"][name])
        return self.markets[name]

    def panel(self, account: Account) -> Any:
        """The panel as the product may rank it: without names that are restricted or left out."""
        name = str(models.panel_of(account))
        market = self.market(name)
        without = tuple(one for one in account.restricted if one in market.names)
        if (name, without) not in self.panels:
            self.panels[name, without] = market.panel(without)
        return self.panels[name, without]

    def taken(self, step: str, account: Account) -> Taken:
        """What a model gave at a step."""
        found, start = self.done[step], f"{account.key}."
        arrays = {name.removeprefix(start): values for name, values in found.arrays.items() if name.startswith(start)}
        return Taken(found.facts["products"].get(account.key, {}), arrays)

    def each(self, accounts: Sequence[Account], step: str, work: Callable[[Account], None]) -> None:
        """Do the work for every product; trouble of one is a gate of that one."""
        for account in accounts:
            begun = time.perf_counter()
            try:
                work(account)
            except Late as late:
                self.tell(gate(late.gate, account.key, "fallback", late.code, **late.params))
            except LookAhead:
                raise
            except LodestarError as error:
                self.tell(of_error(step, account.key, "stopped", error))
            self.parts[account.key] = self.parts.get(account.key, 0.0) + time.perf_counter() - begun


def by_panel(job: Job) -> dict[str, list[Account]]:
    """Products by the panel that they read."""
    found: dict[str, list[Account]] = {}
    for account in job.products:
        name = models.panel_of(account)
        if name:
            found.setdefault(name, []).append(account)
    return found
