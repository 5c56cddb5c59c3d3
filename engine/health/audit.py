"""The last look-ahead audit (``python -m engine audit --store``), kept with what it was run on.

The audit takes minutes, so a page shows the stored one; it says when code or data are no longer those it looked at.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from engine.factors.artifacts import TRAINING_CODE
from engine.paths import ROOT
from engine.sources.snapshots import bundled_id

CODE = (*TRAINING_CODE, "audit")
TABLES = frozenset({"sp500_monthly_total_return", "us_macro_monthly"})
"""Fact tables that the audit reads beside the package files."""


@dataclass(frozen=True)
class AuditRecord:
    """One audit.

    Attributes
    ----------
    result : mapping
        ``engine.factors.audit.Audit.to_dict()``.
    run_on : date
    snapshot, code : str
        The bundled data, and the hash of the code, that it looked at.
    """

    result: dict[str, Any]
    run_on: date
    snapshot: str
    code: str

    @property
    def passed(self) -> bool:
        return bool(self.result["passed"])

    @property
    def current(self) -> bool:
        """Whether code and bundled data are still those of the audit."""
        return self.code == code_hash() and self.snapshot == bundled_id(TABLES)

    def to_dict(self) -> dict[str, Any]:
        told = {"run_on": self.run_on.isoformat(), "snapshot": self.snapshot, "code": self.code}
        return {"result": self.result} | told


def code_hash() -> str:
    """Hash of the code that the audit replays, and of the audit itself."""
    digest = hashlib.sha256()
    for pattern in CODE:
        for path in sorted((ROOT / "engine" / "factors").glob(f"{pattern}.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def audit_path() -> Path:
    """``LODESTAR_ARTIFACTS`` replaces the folder in the repository."""
    return Path(os.environ.get("LODESTAR_ARTIFACTS", ROOT / "data" / "artifacts")) / "audit" / "audit.json"


def store_audit(result: dict[str, Any], run_on: date | None = None) -> AuditRecord:
    """Keep the result of an audit of this code and these data; the file is complete before it takes its name."""
    made = AuditRecord(result, run_on or date.today(), bundled_id(TABLES), code_hash())
    path = audit_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(made.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(part, path)
    return made


def stored_audit() -> AuditRecord | None:
    """The last one; None where there is none that can be read."""
    try:
        told = json.loads(audit_path().read_text(encoding="utf-8"))
        return AuditRecord(dict(told["result"]), date.fromisoformat(told["run_on"]), told["snapshot"], told["code"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
