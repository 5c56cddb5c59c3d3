"""Training: walk forward, score, explain, and leave an artifact."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import deflated_sharpe, overfitting
from engine.factors import evidence
from engine.factors.artifacts import Artifact, artifacts_dir, code_hash, load_policies, save_artifact, save_policies
from engine.factors.defence import DEFAULT_TILT, defended_outcome
from engine.factors.evidence import Outcome, outcome, scorecard
from engine.factors.explain import contributions
from engine.factors.features import MIN_MONTHS, Panel, feature_table, panel
from engine.factors.ledger import append
from engine.factors.models import Mean, Nets, Ridge, default_ai
from engine.factors.models.mean import MeanPolicy
from engine.factors.models.nets import Ensemble
from engine.factors.rivals import constant_mix, random_mixes, rivals
from engine.factors.walkforward import Model, Policy, Window, check, decide, windows
from engine.sources import snapshot_id

START = {"full": "1975-01", "large_cap": "1975-01", "factor_etf": "1980-01"}
"""First month of the record that is reported; the first windows are left out as warm-up."""

FIRST_YEAR = {"full": 1972, "large_cap": 1972, "factor_etf": 1977}

SPLIT = "1996-01"
"""The study chose its design with 1975-1995 in view and confirmed it once on what follows."""

ABLATION_SEEDS = 4

TABLES = ("sp500_monthly_total_return", "us_macro_monthly")
"""Fact tables that training reads; with the package files they name what an artifact was made from."""

Progress = Callable[[str, float], None]


def train(universe: str = "full", seeds: int = 8, progress: Progress | None = None, save: bool = True) -> Artifact:
    """Train the default AI on a universe and score it; with ``save`` into the artifacts.

    An interrupted run resumes: a member that was finished with the same data, code and settings
    is read back instead of trained again.

    Raises
    ------
    BadInput
        The universe is not known, or the panel cannot be used.
    """
    begun = time.perf_counter()
    data = panel(universe)
    used = windows(pd.DatetimeIndex(data.returns.index), FIRST_YEAR[universe])
    check(data, used[0].train)
    ai = default_ai(seeds)
    fitted = _fit_members(ai, data, used, progress or (lambda _, __: None), seeds)
    weights = {member.name: decide(fitted[member.name], data, used) for member in ai.members}
    weights = {ai.name: _mean(list(weights.values())), **weights}
    last = MeanPolicy(tuple(fitted[member.name][-1] for member in ai.members))
    strategies = weights | rivals(data, used) | {"constant_mix": constant_mix(weights["ai"])}
    outcomes = {name: outcome(data, decided) for name, decided in strategies.items()}
    outcomes["ai_defended"] = defended_outcome(data, weights["ai"], tilt=DEFAULT_TILT, cash=0.0)
    ablation = _ablation(data, used)
    scored = _scored(outcomes, ablation)
    report = _report(data, outcomes, ablation, weights, append(universe, scored) if save else scored)
    report["today"] = _today(data, weights["ai"], last)
    report["provenance"] = {
        "snapshot": snapshot_id(TABLES),
        "code": code_hash(),
        "universe": universe,
        "seeds": seeds,
        "members": [_settings(member) for member in ai.members],
        "seconds": round(time.perf_counter() - begun, 1),
        "features": [asdict(feature) for feature in feature_table(universe)],
        "unknown_months": {str(name): int(count) for name, count in data.unknown.items() if count},
    }
    returns = pd.DataFrame({name: done.returns for name, done in outcomes.items()})
    made = Artifact(universe, weights, returns, last, report)
    if save:
        save_artifact(made)
        _forget_checkpoints(universe)
    return made


def _fit_members(ai: Mean, data: Panel, used: Sequence[Window], tell: Progress, seeds: int) -> dict[str, list[Policy]]:
    folder = artifacts_dir() / ".unfinished"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{data.universe}-{snapshot_id(TABLES)}-{code_hash()}-{seeds}"
    found: dict[str, list[Policy]] = {}
    for order, member in enumerate(ai.members):
        path = folder / f"{stamp}-{member.name}.npz"
        tell(member.name, order / len(ai.members))
        if path.is_file():
            found[member.name] = [policy.members[0] for policy in load_policies(path)]
            continue
        found[member.name] = member.fit(data, used)
        save_policies(path, [MeanPolicy((policy,)) for policy in found[member.name]])
    tell("evidence", 0.95)
    return found


def _forget_checkpoints(universe: str) -> None:
    for path in (artifacts_dir() / ".unfinished").glob(f"{universe}-*"):
        path.unlink()


def _mean(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return pd.DataFrame(np.mean([frame.to_numpy() for frame in frames], axis=0), frames[0].index, frames[0].columns)


def _settings(member: Model) -> dict[str, Any]:
    return {"model": type(member).__name__} | {
        name: list(value) if isinstance(value, tuple) else value for name, value in vars(member).items()
    }


def _ablation(data: Panel, used: Sequence[Window]) -> dict[str, Outcome]:
    """The linear and network members on parts of the features (trees need the sleeves' own)."""
    groups = {feature.name: feature.group for feature in feature_table(data.universe)}
    parts = {
        "all_features": list(data.features.columns),
        "macro_only": [name for name in data.features if groups[str(name)] == "macro"],
        "no_macro": [name for name in data.features if groups[str(name)] != "macro"],
    }
    small = tuple(range(ABLATION_SEEDS))
    model = Mean(
        "ablation",
        (
            Ridge(),
            Nets("net_active", "active", 0.5, small),
            Nets("net_ratio_hit", "ratio_hit", 0.65, small),
        ),
    )
    found = {}
    for name, columns in parts.items():
        less = replace(data, features=pd.DataFrame(data.features[columns]))
        found[name] = outcome(data, decide(model.fit(less, used), less, used))
    return found


def _scored(outcomes: dict[str, Outcome], ablation: dict[str, Outcome]) -> pd.DataFrame:
    ours = {name: done for name, done in outcomes.items() if name not in ("market", "equal_weight", "constant_mix")}
    both = ours | {f"ablation {name}": done for name, done in ablation.items()}
    return pd.DataFrame({name: done.returns for name, done in both.items()})


def _report(
    data: Panel,
    outcomes: dict[str, Outcome],
    ablation: dict[str, Outcome],
    weights: dict[str, pd.DataFrame],
    ledger: pd.DataFrame,
) -> dict[str, Any]:
    start = START[data.universe]
    active = evidence.active_returns(data, outcomes, start)
    against = evidence.differences(active["ai"], active["equal_weight"])
    excess = _excess(ledger, outcomes["equal_weight"], start)
    gain = evidence.mean_gain(
        outcome(data, weights["ai"], cost_bps=0).returns.loc[start:],
        outcome(data, constant_mix(weights["ai"]), cost_bps=0).returns.loc[start:],
    )
    mixes = [scorecard(data, outcome(data, mix), start).hit_ratio or 0.0 for mix in random_mixes(weights["ai"])]
    equal = 1.0 / data.returns.shape[1]
    improves = against["information_ratio"].low > 0
    wins = against["hit_ratio"].low > 0
    deflated = deflated_sharpe(
        active["ai"] - active["equal_weight"], excess.mean().to_numpy() / excess.std().to_numpy()
    )
    return {
        "universe": data.universe,
        "period": {"first": f"{active.index[0]:%Y-%m}", "last": f"{active.index[-1]:%Y-%m}", "months": len(active)},
        "basis": "walk-forward, design chosen with knowledge of this period; total return, USD, monthly",
        "cost_bp": evidence.COST_BPS,
        "strategies": {name: scorecard(data, done, start).to_dict() for name, done in outcomes.items()},
        "before_split": {name: scorecard(data, done, start, "1995-12").to_dict() for name, done in outcomes.items()},
        "after_split": {name: scorecard(data, done, SPLIT).to_dict() for name, done in outcomes.items()},
        "vs_equal_weight": {
            "hit_ratio": against["hit_ratio"].value,
            "hit_ratio_ci": [against["hit_ratio"].low, against["hit_ratio"].high],
            "hit_ratio_p_value": against["hit_ratio"].p_value,
            "information_ratio": against["information_ratio"].value,
            "information_ratio_ci": [against["information_ratio"].low, against["information_ratio"].high],
            "p_value": against["information_ratio"].p_value,
        },
        "delay_one_month": scorecard(data, outcome(data, weights["ai"], delay=1), start).to_dict(),
        "cost_sensitivity": {
            str(bps): scorecard(data, outcome(data, weights["ai"], cost_bps=bps), start).to_dict()
            for bps in (0, 10, 25, 50)
        },
        "ablation": {name: scorecard(data, done, start).to_dict() for name, done in ablation.items()},
        "trials": excess.shape[1],
        "deflated_sharpe": deflated,
        "pbo": overfitting(excess),
        "constant_mix_gain": {"annual_return": gain.value, "ci": [gain.low, gain.high], "p_value": gain.p_value},
        "random_mixes": {
            "hit_ratio_mean": float(np.mean(mixes)),
            "hit_ratio_5_95": np.percentile(mixes, [5, 95]).tolist(),
        },
        "distance_from_equal_weight": float(np.abs(weights["ai"].loc[start:] - equal).sum(axis=1).mean() / 2),
        "headline_code": "both" if improves and wins else "ratio_only" if improves else "nothing",
        "headline": HEADLINES["both" if improves and wins else "ratio_only" if improves else "nothing"],
    }


HEADLINES = {
    "both": "Learning raised both the hit ratio and the information ratio above equal weight beyond chance.",
    "ratio_only": "Learning raised the information ratio above equal weight beyond chance, but not the hit ratio.",
    "nothing": "Learning added nothing significant over equal weight.",
}


def _excess(ledger: pd.DataFrame, equal: Outcome, start: str) -> pd.DataFrame:
    """Every trial's return above equal weight, on the months that all of them have."""
    return ledger.sub(equal.returns, axis=0).loc[start:].dropna()


def _today(data: Panel, decided: pd.DataFrame, policy: MeanPolicy) -> dict[str, Any]:
    """Weights at the newest month end of the panel, last month's, and why."""
    features = data.features.to_numpy()
    now, before = policy.weights(features[-1:])[0], decided.iloc[-2].to_numpy()
    mean_state = policy.weights(np.zeros((1, features.shape[1])))[0]
    shared = contributions(policy, features[-1])
    nets = [member.by_seed(features[-1:])[:, 0] for member in policy.members if isinstance(member, Ensemble)]
    sleeves = list(data.returns.columns)

    def named(values: np.ndarray) -> dict[str, float]:
        return {name: float(value) for name, value in zip(sleeves, values, strict=True)}

    order = np.argsort(-np.abs(shared).sum(axis=1))
    return {
        "date": f"{data.features.index[-1]:%Y-%m-%d}",
        "weights": named(now),
        "previous": named(before),
        "equal_weight": named(np.full(len(sleeves), 1.0 / len(sleeves))),
        "mean_state": named(mean_state),
        "spread_over_networks": named(np.concatenate(nets).std(axis=0, ddof=1)),
        "contributions": [
            {
                "feature": str(data.features.columns[row]),
                "value": float(features[-1, row]),
                "contribution": named(shared[row]),
            }
            for row in order
        ],
        "inputs": _inputs(data),
        "residual": float(np.abs(shared.sum(axis=0) - (now - mean_state)).max()),
    }


def _inputs(data: Panel) -> list[dict[str, Any]]:
    """Newest value of every feature, in its own unit and scaled, with what was seen before."""
    raw, past = data.raw, data.raw.expanding(MIN_MONTHS)
    mean, deviation, earlier = past.mean().iloc[-1], past.std().iloc[-1], data.features.iloc[:-1]
    return [
        {
            "feature": str(name),
            "raw": float(raw[name].iloc[-1]),
            "mean": float(mean.loc[str(name)]),
            "deviation": float(deviation.loc[str(name)]),
            "scaled": float(data.features[name].iloc[-1]),
            "seen": [float(earlier[name].min()), float(earlier[name].max())],
        }
        for name in data.features
    ]
