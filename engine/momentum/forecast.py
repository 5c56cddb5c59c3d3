"""A forecast with its uncertainty: what a name earns relative to the universe, by an ensemble of small networks.

HDIV and LQAI rank by the mean of a forecast distribution. Here each member of the ensemble sees another draw
(with replacement) of past names and months and starts elsewhere; the mean ranks, and the deviation between
members is shown as the spread: how much the models disagree, not how far a share can move.

Inputs at t are ranks among the eligible, so they need no scaling from later: residual scores over 6, 12, 24 and 36
months, plain 12-1 momentum, the return of the last month, and volatility over 12 months. The label is the return over
the next ``HORIZON`` months less the eligible names' mean. A January's members see decisions whose labels ended
at least a month before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.momentum.panel import Months
from engine.momentum.scores import percentiles, scores, total_return_scores
from engine.momentum.settings import Config

if TYPE_CHECKING:
    import torch

HORIZON = 3
MEMBERS = 5
HIDDEN = 12
STEPS = 60
RATE = 0.03
DECAY = 0.1
SAMPLE = 4000
"""Names x months that a member is shown."""

CLIP = 3.0
"""Labels beyond so many deviations count as that many: one doubled share must not lead the fit."""

EMBARGO = 1
SCORED = (6, 12, 24, 36)


def forecast(
    months: Months, residual: np.ndarray, eligible: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of the relative return over the next three months, decimals, each shape (m, n)."""
    inputs = features(months, residual, eligible, config)
    label = labels(months.outcome, eligible)
    mean, spread = np.full(eligible.shape, np.nan), np.full(eligible.shape, np.nan)
    years = np.asarray(months.ends.year)
    usable = eligible & np.isfinite(inputs).all(axis=-1)
    for year in np.unique(years):
        begun = int(np.flatnonzero(years == year)[0])
        seen = usable & np.isfinite(label) & (np.arange(len(label)) <= begun - HORIZON - EMBARGO)[:, None]
        if seen.any(axis=1).sum() < config.least_outcomes:
            continue
        asked = usable & (years == year)[:, None]
        if asked.any():
            told = _fit(inputs[seen], label[seen], inputs[asked], config.seed * 100_003 + int(year))
            mean[asked], spread[asked] = told.mean(axis=0), told.std(axis=0, ddof=1)
    return mean, spread


def features(months: Months, residual: np.ndarray, eligible: np.ndarray, config: Config) -> np.ndarray:
    """Ranks around zero, shape (m, n, 7)."""
    wanted = tuple(sorted({min(max(back, config.shortest), config.longest) for back in SCORED}))
    columns = [percentiles(score, eligible) for _, score in scores(residual, wanted)]
    columns.append(percentiles(total_return_scores(months.returns), eligible))
    columns.append(percentiles(months.returns, eligible))
    columns.append(percentiles(_volatility(months.returns), eligible))
    return np.stack(columns, axis=-1) * 2.0 - 1.0


def _volatility(returns: np.ndarray) -> np.ndarray:
    value = np.full(returns.shape, np.nan)
    if len(returns) >= 12:
        value[11:] = np.lib.stride_tricks.sliding_window_view(returns, 12, axis=0).std(axis=-1)
    return value


def labels(outcome: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Return over the next three months less the mean of the eligible, decimal, shape (m, n); NaN at the end.

    A name that ends inside them earns nothing after its last price.
    """
    growth = np.ones(outcome.shape)
    for ahead in range(HORIZON):
        part = np.full(outcome.shape, np.nan)
        part[: len(outcome) - ahead] = outcome[ahead:]
        known = np.isfinite(part).any(axis=1)[:, None]
        growth = growth * np.where(known, 1.0 + np.nan_to_num(part), np.nan)
    earned = np.where(eligible & np.isfinite(outcome), growth - 1.0, np.nan)
    count = np.maximum(np.isfinite(earned).sum(axis=1, keepdims=True), 1)
    return np.asarray(earned - np.nansum(earned, axis=1, keepdims=True) / count)


def _fit(inputs: np.ndarray, label: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Forecasts of each member, decimals, shape (MEMBERS, len(asked))."""
    import torch

    torch.set_num_threads(1)
    scale = float(label.std()) or 1.0
    generators = [torch.Generator().manual_seed(seed * 16 + member) for member in range(MEMBERS)]
    drawn = [torch.randint(len(label), (min(SAMPLE, len(label)),), generator=g).numpy() for g in generators]
    x = torch.from_numpy(np.stack([inputs[rows] for rows in drawn]).astype(np.float32))
    clipped = np.clip(label / scale, -CLIP, CLIP)
    y = torch.from_numpy(np.stack([clipped[rows] for rows in drawn]).astype(np.float32))
    start = [_draw(generator, inputs.shape[1]) for generator in generators]
    parameters = [torch.stack(parts).requires_grad_() for parts in zip(*start, strict=True)]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    for _ in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        ((_forward(parameters, x) - y) ** 2).mean(-1).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    first, bias, second, out = (parameter.detach().numpy().astype(float) for parameter in parameters)
    return np.asarray((np.tanh(asked @ first + bias) @ second + out)[..., 0] * scale)


def _draw(generator: torch.Generator, inputs: int) -> list[torch.Tensor]:
    import torch

    first = torch.randn(inputs, HIDDEN, generator=generator) / inputs**0.5
    second = torch.randn(HIDDEN, 1, generator=generator) * 0.1
    return [first, torch.zeros(1, HIDDEN), second, torch.zeros(1, 1)]


def _forward(parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    import torch

    first, bias, second, out = parameters
    return (torch.tanh(x @ first + bias) @ second + out).squeeze(-1)
