"""The factor model: its record beside equal weight, and training in one batch beside one network at a time."""

from __future__ import annotations

import json
import time

import numpy as np

SAMPLE_YEARS = (1972, 1987, 2002, 2017)


def run() -> None:
    """One line a universe, one for the audit's quick form, one for the speed of training."""
    from engine.factors import audit
    from engine.factors.results import report
    from engine.factors.sleeves import UNIVERSES

    for universe in UNIVERSES:
        found = report(universe)
        ours, equal = found["strategies"]["ai"], found["strategies"]["equal_weight"]
        line = {
            "figure": f"AI over {universe}, {found['period']['first']} to {found['period']['last']}, 10 bp per side",
            "hit_ratio": round(ours["hit_ratio"], 4),
            "equal_weight_hit_ratio": round(equal["hit_ratio"], 4),
            "information_ratio": round(ours["information_ratio"], 3),
            "equal_weight_information_ratio": round(equal["information_ratio"], 3),
            "p_value": found["vs_equal_weight"]["p_value"],
            "deflated_sharpe": round(found["deflated_sharpe"], 3),
            "trials": found["trials"],
            "goal": "hit >= 0.60 and >= equal weight; ratio >= 0.90 and +0.08" if universe == "full" else "reported",
        }
        print(json.dumps(line), flush=True)
    checked = audit.run(cuts=audit.CUTS[1:2], universes=("full",), shuffles=2).to_dict()
    print(json.dumps({"figure": "look-ahead audit, quick form"} | checked), flush=True)
    print(json.dumps(_speed()), flush=True)


def _speed() -> dict[str, object]:
    """All windows x 4 seeds in one call, against one network at a time in plain PyTorch (4 windows, scaled)."""
    import pandas as pd

    from engine.factors.features import panel
    from engine.factors.models import Nets
    from engine.factors.walkforward import windows

    data = panel("full")
    used = windows(pd.DatetimeIndex(data.returns.index))
    seeds = (0, 1, 2, 3)
    model = Nets("speed", "ratio_hit", 0.65, seeds)
    sample = [window for window in used if window.year in SAMPLE_YEARS]
    _plain(data, sample[0], model, steps=3)
    Nets("warm", "ratio_hit", 0.65, (0,), steps=3).fit(data, sample[:1])
    begun = time.process_time()
    together = model.fit(data, used)
    batched_s = time.process_time() - begun
    begun = time.process_time()
    for window in sample:
        _plain(data, window, model, steps=model.steps)
    alone_s = (time.process_time() - begun) / len(sample) * len(used) * len(seeds)
    features = data.features.to_numpy()
    moved = 0.0
    for window, batch in zip(used, together, strict=True):
        if window.year in SAMPLE_YEARS:
            (own,) = Nets("alone", "ratio_hit", 0.65, (1,)).fit(data, [window])
            change = own.by_seed(features)[0] - batch.by_seed(features)[1]  # type: ignore[attr-defined]
            moved = max(moved, float(np.abs(change).max()))
    return {
        "figure": f"training {len(used) * len(seeds)} networks, CPU seconds",
        "ours_cpu_s": round(batched_s, 2),
        "peer_cpu_s": round(alone_s, 1),
        "ratio": round(alone_s / batched_s, 1),
        "peer": "torch.nn.Module, one network at a time, its own rows only (4 windows, scaled)",
        "max_weight_difference_to_training_alone": moved,
        "goal": ">= 10, weights within 1e-4",
    }


def _plain(data: object, window: object, model: object, steps: int) -> None:
    """One network the ordinary way: a module, its own rows, the same loss."""
    import torch

    from engine.factors.models.nets import Batch, loss

    torch.set_num_threads(1)
    torch.manual_seed(0)
    batch = Batch.of(data, [window.train])  # type: ignore[attr-defined, arg-type]
    inputs, outputs = batch.features.shape[0], batch.returns.shape[0]
    net = torch.nn.Sequential(
        torch.nn.Linear(inputs, 16), torch.nn.Tanh(), torch.nn.Dropout(0.5), torch.nn.Linear(16, outputs)
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.01, weight_decay=3.0)
    rows = batch.features.T.contiguous()
    for _ in range(steps):
        optimizer.zero_grad(set_to_none=True)
        weights = 0.35 * torch.softmax(net(rows), -1).T[None] + 0.65 / outputs
        loss(weights, batch, "ratio_hit", 0.001).sum().backward()
        optimizer.step()
