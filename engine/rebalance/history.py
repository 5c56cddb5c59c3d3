"""Runs that were: which there are, whether their signature holds, and what each product held after them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

from engine.rebalance.keep import Payload, RunFolder, runs_dir

STEPS = ("ingest", "check", "features", "weights", "rules", "orders", "pretrade")
"""In the order in which they are done; approval and files follow."""

APPROVAL = "approval.json"
Signature = Literal["none", "approved", "void"]


@dataclass(frozen=True)
class Held:
    """What a product held after a run.

    Attributes
    ----------
    shares : mapping of str to int
    cash : float
        US dollars.
    target : mapping of str to float
        The weights that were aimed at.
    prices : mapping of str to float
        Of that session.
    """

    run_id: str
    day: date
    shares: Mapping[str, int]
    cash: float
    target: Mapping[str, float]
    prices: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        plain = {"shares": dict(self.shares), "target": dict(self.target), "prices": dict(self.prices)}
        return {"run_id": self.run_id, "day": self.day.isoformat(), "cash": self.cash} | plain

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Held:
        return cls(**{**told, "day": date.fromisoformat(told["day"])})


def place(step: str) -> str:
    """The folder of a step."""
    return f"{STEPS.index(step) + 1:02d}-{step}"


def run_ids(runs: Path | None = None) -> list[str]:
    """Ids of the runs, oldest session first."""
    folder = runs or runs_dir()
    found = sorted(path for path in folder.glob("????-??-??-*") if (path / "run.json").is_file())
    return [path.name for path in sorted(found, key=lambda path: (path.name[:10], _begun(path), path.name))]


def _begun(path: Path) -> str:
    told = RunFolder(path.name, path.parent).noted("run.json")
    return str(told.get("begun", "")) if isinstance(told, dict) else ""


def order_files(payload: Payload) -> dict[str, str]:
    """Name and SHA-256 of each order file of a run."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(payload.files.items())}


def files_as_they_lie(folder: RunFolder) -> dict[str, str]:
    """Name and SHA-256 of the order files on disk now, whatever their seal says."""
    out = folder.step(place("pretrade")) / "out"
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(out.glob("*"))}


def signature(folder: RunFolder) -> tuple[Signature, dict[str, Any]]:
    """Whether the run is approved, and the approval; void when any order file is no longer the one that was signed."""
    told = folder.noted(APPROVAL)
    if not isinstance(told, dict):
        return "none", {}
    good = told.get("signed") == files_as_they_lie(folder) and folder.read(place("pretrade")) is not None
    return ("approved" if good else "void"), told


def last_held(runs: Path, key: str, before: date) -> Held | None:
    """What a product held after its newest run before a session; a run with orders counts only if it is approved."""
    for run_id in reversed(run_ids(runs)):
        if date.fromisoformat(run_id[:10]) >= before:
            continue
        folder = RunFolder(run_id, runs)
        done = folder.read(place("pretrade"))
        book = None if done is None else done.facts["books"].get(key)
        if book is None or (book["orders"] and signature(folder)[0] != "approved"):
            continue
        if not book["holdings"]:
            continue
        return Held(
            run_id, date.fromisoformat(run_id[:10]), book["holdings"], book["cash"], book["target"], book["prices"]
        )
    return None
