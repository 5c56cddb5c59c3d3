"""What training leaves behind: small files that pages open at once, and the policy of the last window."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.factors.models.forecast import SoftmaxPolicy
from engine.factors.models.mean import MeanPolicy
from engine.factors.models.nets import Ensemble
from engine.factors.models.ridge import Linear
from engine.factors.models.trees import Forest, Layout, Pooled
from engine.factors.sleeves import UNIVERSES
from engine.paths import ROOT

FILES = ("weights.parquet", "returns.parquet", "policy.npz", "report.json")


def artifacts_dir() -> Path:
    """Folder of the artifacts; ``LODESTAR_ARTIFACTS`` replaces the one in the repository."""
    return Path(os.environ.get("LODESTAR_ARTIFACTS") or ROOT / "data" / "artifacts") / "factors"


@dataclass(frozen=True, eq=False)
class Artifact:
    """One trained universe.

    Attributes
    ----------
    weights : dict of str to DataFrame
        Weights at each decision month, by strategy (the AI and its members).
    returns : DataFrame
        Net monthly return of every strategy and rival.
    policy : MeanPolicy
        The deployed average of the last window.
    report : dict
        Evidence, today's weights with their reasons, and provenance.
    """

    universe: str
    weights: dict[str, pd.DataFrame]
    returns: pd.DataFrame
    policy: MeanPolicy
    report: dict[str, Any]


def open_artifact(universe: str) -> Artifact:
    """The artifact of a universe.

    Raises
    ------
    BadInput
        The universe is not known.
    MissingData
        It has not been trained, or a file is missing.
    """
    if universe not in UNIVERSES:
        raise BadInput("unknown_choice", field="universe", value=universe, accepted=", ".join(UNIVERSES))
    folder = artifacts_dir() / universe
    for name in FILES:
        if not (folder / name).is_file():
            raise MissingData("missing_file", field="file", value=f"data/artifacts/factors/{universe}/{name}")
    return _open(universe, folder, tuple((folder / name).stat().st_mtime_ns for name in FILES))


@cache
def _open(universe: str, folder: Path, stamps: tuple[int, ...]) -> Artifact:
    wide = pd.read_parquet(folder / "weights.parquet")
    names = list(dict.fromkeys(str(column).split(":")[0] for column in wide))
    weights = {
        name: wide.filter(regex=f"^{name}:").rename(columns=lambda column: str(column).split(":")[1]) for name in names
    }
    (policy,) = load_policies(folder / "policy.npz")
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Artifact(universe, weights, pd.read_parquet(folder / "returns.parquet"), policy, report)


def save_artifact(made: Artifact, folder: Path | None = None) -> Path:
    """Write an artifact; each file is complete before it takes its name."""
    target = (folder or artifacts_dir()) / made.universe
    target.mkdir(parents=True, exist_ok=True)
    wide = pd.concat(made.weights, axis=1)
    wide.columns = pd.Index([f"{column[0]}:{column[1]}" for column in wide.columns])
    _replace(target / "weights.parquet", wide.to_parquet())
    _replace(target / "returns.parquet", made.returns.to_parquet())
    save_policies(target / "policy.npz", [made.policy])
    _replace(target / "report.json", json.dumps(made.report, ensure_ascii=False, indent=1).encode())
    return target


TRAINING_CODE = ("features", "sleeves", "walkforward", "models/*", "rivals", "evidence", "explain", "defence", "train")


def code_hash() -> str:
    """Hash of the code that training runs: a changed model makes another artifact."""
    digest = hashlib.sha256()
    for pattern in TRAINING_CODE:
        for path in sorted((ROOT / "engine" / "factors").glob(f"{pattern}.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def save_policies(path: Path, policies: Sequence[MeanPolicy]) -> None:
    """Write policies as plain arrays: no code is stored, so none is run when they are opened."""
    arrays: dict[str, Any] = {
        f"{order}:{name}": value for order, policy in enumerate(policies) for name, value in _arrays(policy).items()
    }
    with open(f"{path}.part", "wb") as file:
        np.savez_compressed(file, **arrays)
    os.replace(f"{path}.part", path)


def load_policies(path: Path) -> list[MeanPolicy]:
    """The policies of :func:`save_policies`, in their order."""
    found: dict[int, dict[str, np.ndarray]] = {}
    with np.load(path) as arrays:
        for key in arrays:
            order, name = key.split(":", 1)
            found.setdefault(int(order), {})[name] = arrays[key]
    return [_policy(found[order]) for order in sorted(found)]


def _replace(path: Path, content: bytes | None) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(content or b"")
    os.replace(part, path)


def _arrays(policy: MeanPolicy) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for order, member in enumerate(policy.members):
        if isinstance(member, Ensemble):
            kind, fields = "net", dict(zip("abcd", member.parameters, strict=True))
            fields["toward_equal"] = np.array(member.toward_equal)
        elif isinstance(member, SoftmaxPolicy) and isinstance(member.forecaster, Linear):
            kind, fields = "linear", dict(vars(member.forecaster))
        elif isinstance(member, SoftmaxPolicy) and isinstance(member.forecaster, Pooled):
            kind, fields = "trees", vars(member.forecaster.forest) | vars(member.forecaster.layout)
        else:
            raise TypeError(f"no storage for {type(member).__name__}")
        if isinstance(member, SoftmaxPolicy):
            fields = fields | {"volatility": member.volatility, "toward_equal": np.array(member.toward_equal)}
        found |= {f"{order}:{kind}:{name}": np.asarray(value) for name, value in fields.items()}
    return found


def _policy(arrays: dict[str, np.ndarray]) -> MeanPolicy:
    members: dict[int, tuple[str, dict[str, np.ndarray]]] = {}
    for key, value in arrays.items():
        order, kind, name = key.split(":")
        members.setdefault(int(order), (kind, {}))[1][name] = value
    return MeanPolicy(tuple(_member(*members[order]) for order in sorted(members)))


def _member(kind: str, fields: dict[str, np.ndarray]) -> Ensemble | SoftmaxPolicy:
    toward = float(fields.pop("toward_equal"))
    if kind == "net":
        return Ensemble(tuple(fields[name] for name in "abcd"), toward)
    volatility = fields.pop("volatility")
    if kind == "linear":
        return SoftmaxPolicy(Linear(**fields), volatility, toward)
    layout = Layout(fields.pop("common"), fields.pop("own"))
    base, depth = float(fields.pop("base")), int(fields.pop("depth"))
    return SoftmaxPolicy(Pooled(Forest(base=base, depth=depth, **fields), layout), volatility, toward)
