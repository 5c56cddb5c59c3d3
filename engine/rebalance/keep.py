"""What a run leaves behind: one folder a run, one sealed folder a finished step.

A step is written beside its place and renamed into it as a whole, so that a reader (and a run that goes on after a
kill) sees all of it or nothing. ``seal.json`` names the hashes of its inputs, code, settings and content; a step
whose content is no longer what was sealed counts as never done.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import MissingData
from engine.paths import ROOT
from engine.store import Files

RUNS_VARIABLE = "LODESTAR_RUNS"
SEAL = "seal.json"

OTHER_ROOMS = ("cli", "health", "refresh", "overview", "lab", "crises", "__pycache__")
"""Rooms of the engine that no step of a run calls; all other code counts in its seals."""


def runs_dir() -> Path:
    """Folder of the runs: ``LODESTAR_RUNS``, or ``data/runs`` in the repository."""
    return Path(os.environ.get(RUNS_VARIABLE) or ROOT / "data" / "runs")


@dataclass(frozen=True, eq=False)
class Payload:
    """The result of a step.

    Attributes
    ----------
    facts : dict
        Plain JSON.
    arrays : dict of str to ndarray
        Numbers and texts, no objects.
    files : dict of str to bytes
        Files as they are handed on (order tickets).
    """

    facts: dict[str, Any]
    arrays: Mapping[str, np.ndarray] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 over facts, arrays (type, shape, bytes) and files."""
        found = hashlib.sha256(canonical(self.facts))
        for name in sorted(self.arrays):
            values = np.ascontiguousarray(self.arrays[name])
            found.update(f"|{name}|{values.dtype.str}|{values.shape}|".encode())
            found.update(values.reshape(-1).view(np.uint8).data)
        for name in sorted(self.files):
            found.update(f"|{name}|{hashlib.sha256(self.files[name]).hexdigest()}|".encode())
        return found.hexdigest()


@dataclass(frozen=True)
class Seal:
    """What a step was made of and gave, as SHA-256; how long it took, and each product of it, seconds."""

    step: str
    inputs: str
    code: str
    settings: str
    content: str
    seconds: float
    parts: dict[str, float] = field(default_factory=dict, hash=False)


def canonical(value: Any) -> bytes:
    """JSON with one spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of a plain JSON value."""
    return hashlib.sha256(canonical(value)).hexdigest()


@cache
def code_hash() -> str:
    """SHA-256 of the code that a run rests on."""
    found = hashlib.sha256()
    for path in sorted((ROOT / "engine").rglob("*")):
        inside = path.relative_to(ROOT / "engine")
        if path.suffix in {".py", ".toml"} and inside.parts[0] not in OTHER_ROOMS:
            found.update(str(inside).encode() + b"|" + path.read_bytes())
    return found.hexdigest()


class RunFolder:
    """The folder of one run. Reading needs no lock, writing does."""

    def __init__(self, run_id: str, runs: Path | None = None) -> None:
        self.run_id = run_id
        self.path = (runs or runs_dir()) / run_id
        self.files = Files(str(self.path))

    def note(self, name: str, value: Any) -> None:
        """Write a JSON file in one step.

        Raises
        ------
        MissingData
            The folder cannot be written to.
        """
        self.files.put(name, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode())

    def noted(self, name: str) -> Any:
        """A JSON file, or None where there is none or it is broken."""
        content = self.files.read(name)
        try:
            return None if content is None else json.loads(content)
        except ValueError:
            return None

    def step(self, place: str) -> Path:
        return self.path / "steps" / place

    def seal(self, place: str) -> Seal | None:
        try:
            return Seal(**json.loads((self.step(place) / SEAL).read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def read(self, place: str) -> Payload | None:
        """A finished step, its content held to its seal; None where it is missing or not what was written."""
        sealed, folder = self.seal(place), self.step(place)
        if sealed is None:
            return None
        try:
            facts = json.loads((folder / "facts.json").read_bytes())
            arrays = {path.stem: np.load(path, allow_pickle=False) for path in sorted(folder.glob("*.npy"))}
            files = {path.name: path.read_bytes() for path in sorted((folder / "out").glob("*"))}
        except (OSError, ValueError):
            return None
        found = Payload(facts, arrays, files)
        return found if found.digest() == sealed.content else None

    def write(self, place: str, payload: Payload, seal: Seal, moment: Callable[[str], None] = lambda _: None) -> None:
        """Put a finished step in its place, whole.

        Raises
        ------
        MissingData
            The folder cannot be written to.
        """
        target = self.step(place)
        beside = target.with_name(f".{place}.{uuid.uuid4().hex}.part")
        try:
            (beside / "out").mkdir(parents=True)
            _put(beside / "facts.json", json.dumps(payload.facts, ensure_ascii=False, allow_nan=False).encode())
            for name, values in payload.arrays.items():
                with (beside / f"{name}.npy").open("wb") as file:
                    np.save(file, values, allow_pickle=False)
            for name, content in payload.files.items():
                _put(beside / "out" / name, content)
            moment("half written")
            _put(beside / SEAL, canonical(vars(seal)))
            moment("before its name")
            if target.exists():  # damaged or out of date: set aside in one step, then removed
                aside = target.with_name(f".{place}.{uuid.uuid4().hex}.old.part")
                target.rename(aside)
                shutil.rmtree(aside, ignore_errors=True)
            beside.rename(target)
            _sync(target.parent)
        except OSError as error:
            raise MissingData("run_unwritable", field="runs", value=self.path, reason=type(error).__name__) from error

    def sweep(self) -> None:
        """Remove what a killed run left beside its targets. Call only under the lock."""
        for left in [*self.path.rglob(".*.part")]:
            shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def _put(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def text_array(values: list[str]) -> np.ndarray:
    """Texts as an array that is stored without objects."""
    return np.array(values, dtype=np.str_) if values else np.empty(0, dtype="<U1")
