"""A person who did not run it signs the order files; then each product's files and the audit log are written."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import unicodedata
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import BadInput, Busy
from engine.rebalance.history import APPROVAL, files_as_they_lie, order_files, place
from engine.rebalance.keep import RunFolder, canonical, digest
from engine.rebalance.run import RunResult, read
from engine.rebalance.tickets import MARK, csv_bytes
from engine.store import Lock

HOLDINGS = ("session", "product", "ticker", "shares", "price", "currency", "value", "weight", "target", "marked")
CHANGES = ("session", "product", "ticker", "weight_before", "weight_after", "change", "target", "why", "marked")


def approve(run_id: str, approver: str, *, note: str = "", runs: Path | None = None) -> RunResult:
    """Sign the hashes of the order files of a run, and write the files of its products.

    Raises
    ------
    BadInput
        No name, the name of who started the run, nothing to sign yet, or order files that were changed since.
    Busy
        A process is at work on the run.
    """
    folder = RunFolder(run_id, runs)
    found = read(run_id, runs)
    who = _name(approver)
    if not who:
        raise BadInput("approver_missing", field="approver", value=approver)
    if who.casefold() == _name(found.told["runner"]).casefold():
        raise BadInput("approver_same", field="approver", value=approver)
    try:
        with Lock(folder.files):
            signed = _to_sign(folder, run_id)
            told = {
                "run_id": run_id,
                "approver": who,
                "runner": found.told["runner"],
                "note": note,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "signed": signed,
                "signature": digest({"run_id": run_id, "approver": who, "files": signed}),
            }
            folder.note(APPROVAL, told)
            _write_files(folder, read(run_id, runs), told)
    except Busy as busy:
        raise Busy("run_busy", field="run", value=busy.params["value"], since=busy.params["since"]) from busy
    return read(run_id, runs)


def _name(text: str) -> str:
    """A name as it is compared: one form of its letters, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def _to_sign(folder: RunFolder, run_id: str) -> dict[str, str]:
    """Hashes of the order files, which must be those that the run sealed."""
    lie = files_as_they_lie(folder)
    made = folder.read(place("pretrade"))
    if made is None:
        if lie:
            raise BadInput("order_files_changed", field="run_id", value=", ".join(lie))
        raise BadInput("approval_early", field="run_id", value=run_id, reason="its checks before trading are not done")
    if not made.files:
        raise BadInput("approval_early", field="run_id", value=run_id, reason="it has no orders")
    return order_files(made)


def _write_files(folder: RunFolder, found: RunResult, signed: dict[str, Any]) -> None:
    """The folder ``files``: a folder a product with tickets, holdings and changes, and the audit log; whole or not."""
    target = folder.path / "files"
    beside = folder.path / f".files.{uuid.uuid4().hex}.part"
    beside.mkdir(parents=True)
    tickets = folder.read(place("pretrade"))
    written: dict[str, str] = {}
    for key, book in found.books.items():
        own = (
            {name: content for name, content in tickets.files.items() if name.startswith(f"{key}-orders.")}
            if tickets
            else {}
        )
        own |= {f"{key}-holdings.csv": _holdings(key, book, found), f"{key}-changes.csv": _changes(key, book, found)}
        (beside / key).mkdir()
        for name, content in own.items():
            (beside / key / name).write_bytes(content)
            written[f"{key}/{name}"] = hashlib.sha256(content).hexdigest()
    (beside / "audit.jsonl").write_bytes(audit_log(found, signed, written))
    if target.exists():
        aside = folder.path / f".files.{uuid.uuid4().hex}.old.part"
        target.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    os.replace(beside, target)


def _marked(key: str, found: RunResult) -> str:
    return MARK if any(one.code == "hindsight" and one.product == key for one in found.gates) else ""


def _holdings(key: str, book: dict[str, Any], found: RunResult) -> bytes:
    fixed = {"session": found.session, "product": key, "currency": book["currency"], "marked": _marked(key, found)}
    rows = [
        fixed | {"ticker": name, "shares": count, "price": book["prices"][name], "value": count * book["prices"][name],
                 "weight": book["after"].get(name, 0.0), "target": book["target"].get(name, 0.0)}
        for name, count in sorted(book["holdings"].items())
    ]  # fmt: skip
    cash = fixed | {"ticker": "CASH", "shares": "", "price": "", "value": book["cash"],
                    "weight": book["cash"] / book["value"], "target": 1.0 - sum(book["target"].values())}  # fmt: skip
    return csv_bytes([*rows, cash], HOLDINGS)


def _changes(key: str, book: dict[str, Any], found: RunResult) -> bytes:
    names = sorted({*book["before"], *book["after"], *book["target"]})
    rows = []
    for name in names:
        before, after, target = (book[part].get(name, 0.0) for part in ("before", "after", "target"))
        why = (
            "new"
            if not before and after
            else "sold"
            if before and not after
            else "resized"
            if before != after
            else "kept"
        )
        rows.append({"session": found.session, "product": key, "ticker": name, "weight_before": before,
                     "weight_after": after, "change": after - before, "target": target, "why": why,
                     "marked": _marked(key, found)})  # fmt: skip
    rows.sort(key=lambda row: (-abs(row["change"]), row["ticker"]))
    return csv_bytes(rows, CHANGES)


def audit_log(found: RunResult, signed: dict[str, Any], files: dict[str, str]) -> bytes:
    """What happened, one JSON object a line; each names the hash of the line before it, so none can be taken out."""
    told = {name: found.told[name] for name in ("run_id", "runner", "begun", "keys", "snapshot", "inputs", "code")}
    lines: list[dict[str, Any]] = [{"event": "run"} | told | {"settings": digest(found.told["settings"])}]
    lines += [{"event": "step"} | vars(seal) for seal in found.seals.values()]
    lines += [{"event": "gate"} | gate.to_dict() for gate in found.gates]
    for key, book in found.books.items():
        lines.append({"event": "product", "product": key, "orders": len(book["orders"]), "book": digest(book),
                      "client_document": False, "hindsight": bool(_marked(key, found))})  # fmt: skip
    lines.append({"event": "approval"} | signed)
    lines += [{"event": "file", "file": name, "sha256": seal} for name, seal in files.items()]
    before, written = "", []
    for line in lines:
        text = canonical(line | {"before": before})
        before = hashlib.sha256(text).hexdigest()
        written.append(text)
    return b"\n".join(written) + b"\n"


def audit_holds(content: bytes) -> bool:
    """Whether every line of an audit log names the hash of the line before it."""
    before = ""
    for text in content.splitlines():
        if json.loads(text)["before"] != before:
            return False
        before = hashlib.sha256(text).hexdigest()
    return True
