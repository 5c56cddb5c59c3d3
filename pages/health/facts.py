"""Figures of the page that a story may name."""

from __future__ import annotations

from engine.health import LIGHTS, Health
from ui.context import Context
from ui.format import percent
from ui.record import Fact


def lights(found: Health) -> dict[str, Fact]:
    """How many data sets have a good light, by light, and of how many."""
    counts = {f"{light}_good": found.count(light, "good") for light in LIGHTS}
    bad = {f"{light}_bad": found.count(light, "bad") for light in LIGHTS}
    errors = sum(row.finding.unrepaired for row in found.findings)
    repaired = sum(row.finding.applied for row in found.findings)
    told = counts | bad | {"sets": len(found.datasets), "errors_left": errors, "repaired": repaired}
    return {name: Fact(value, str(value), "reported") for name, value in told.items()}


def audit(ctx: Context, found: Health) -> dict[str, Fact]:
    """Figures of the stored audit; none where there is none."""
    if found.audit is None:
        return {}
    result = found.audit.result
    caught = sum(leak["caught"] for leak in result["leaks"])
    return {
        "audit_leaks": Fact(len(result["leaks"]), str(len(result["leaks"])), "model"),
        "audit_caught": Fact(caught, str(caught), "model"),
        "audit_rewritten": Fact(result["rewritten"], str(result["rewritten"]), "model"),
        "audit_shuffled": Fact(result["shuffled_hit_ratio"], percent(result["shuffled_hit_ratio"]), "simulated"),
    }
