"""How healthy the data are: four lights a data set, missing figures, findings with their evidence, the last audit.

Everything here reads what is on file (tables, manifests, the stored audit) and needs no network; nothing is changed.
"""

from __future__ import annotations

from engine.health.audit import AuditRecord, store_audit, stored_audit
from engine.health.evidence import Evidence, evidence
from engine.health.light import LEVELS, LIGHTS, REASONS, Light
from engine.health.missing import Missing
from engine.health.own import OwnCheck, check_file
from engine.health.report import DatasetHealth, Health, Noted, SourceRead, health

__all__ = [
    "LEVELS",
    "LIGHTS",
    "REASONS",
    "AuditRecord",
    "DatasetHealth",
    "Evidence",
    "Health",
    "Light",
    "Missing",
    "Noted",
    "OwnCheck",
    "SourceRead",
    "check_file",
    "evidence",
    "health",
    "store_audit",
    "stored_audit",
]
