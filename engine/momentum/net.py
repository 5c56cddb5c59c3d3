"""Look-backs weighted by the state of the market: a small network, refit every January.

State at t, from prices alone (known at the close of t): return of the equal-weighted universe over 1, 6 and 12 months,
its volatility over 12, the spread of returns between names over 3, how far it stands below its peak, and whether short
or long look-backs have paid over the last 12 months known. Each is scaled by its own past. A network maps
the state to weights over look-backs; its loss is the standardised outcome of those weights, with a pull
toward equal weights. A year's networks see decisions up to two months before its January: one for the
outcome, one as embargo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.momentum.lookback import History
from engine.momentum.panel import Months

if TYPE_CHECKING:
    import torch

SEEDS = 4
HIDDEN = 8
STEPS = 80
RATE = 0.03
DECAY = 0.5
TOWARD_EQUAL = 0.05
EMBARGO = 1
CLIP = 3.0
LEAST_STATE = 12


def choose_by_state(months: Months, past: History, *, least: int, known: int = 1, seed: int = 0) -> np.ndarray:
    """Weights over look-backs at each month end, shape (m, L); NaN before ``least`` outcomes and a first January."""
    state = states(months, past, known)
    outcome = _standard(past.top)
    weights = np.full(past.top.shape, np.nan)
    ready = np.isfinite(state).all(axis=1)
    learned = ready & np.isfinite(outcome).all(axis=1)
    years = np.asarray(months.ends.year)
    for year in np.unique(years):
        decided = np.flatnonzero((years == year) & ready)
        if not len(decided):
            continue
        begun = int(np.flatnonzero(years == year)[0])
        rows = np.flatnonzero(learned)
        rows = rows[rows <= begun - known - EMBARGO]
        if len(rows) < least:
            continue
        weights[decided] = _fit(state[rows], outcome[rows], state[decided], seed * 100_003 + int(year))
    return weights


def states(months: Months, past: History, known: int = 1) -> np.ndarray:
    """The market's state by month end, scaled by its past, shape (m, 7)."""
    held = np.where(months.alive, months.returns, np.nan)
    count = np.isfinite(held).sum(axis=1)
    total = np.nansum(held, axis=1)
    market = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    square = np.nansum((held - market[:, None]) ** 2, axis=1) / np.maximum(count - 1, 1)
    level = np.cumsum(np.log1p(market))
    half = past.top.shape[1] // 2
    paid = past.top[:, :half].mean(axis=1) - past.top[:, half:].mean(axis=1)
    known_paid = np.full(len(paid), np.nan)
    known_paid[known:] = paid[: len(paid) - known] if known else paid
    raw = np.column_stack(
        [
            market,
            _over(market, 6),
            _over(market, 12),
            np.sqrt(np.maximum(_over(market**2, 12) / 12 - (_over(market, 12) / 12) ** 2, 0.0)),
            _over(np.sqrt(square), 3) / 3,
            level - np.maximum.accumulate(level),
            _over(known_paid, 12) / 12,
        ]
    )
    return _scaled(raw)


def _over(values: np.ndarray, months: int) -> np.ndarray:
    """Sum over the last months, each window added up by itself, NaN before the first whole one."""
    total = np.full(len(values), np.nan)
    if len(values) >= months:
        total[months - 1 :] = np.lib.stride_tricks.sliding_window_view(values, months).sum(axis=1)
    return total


def _scaled(raw: np.ndarray) -> np.ndarray:
    """Each value against the mean and deviation of all values up to it, clipped."""
    there = np.isfinite(raw)
    count = np.cumsum(there, axis=0)
    mean = np.cumsum(np.where(there, raw, 0.0), axis=0) / np.maximum(count, 1)
    square = np.cumsum(np.where(there, raw, 0.0) ** 2, axis=0) / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(square - mean**2, 1e-18))
    return np.where(there & (count >= LEAST_STATE), np.clip((raw - mean) / deviation, -CLIP, CLIP), np.nan)


def _standard(top: np.ndarray) -> np.ndarray:
    spread = top.std(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((top - top.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, np.nan))


def _fit(state: np.ndarray, outcome: np.ndarray, asked: np.ndarray, seed: int) -> np.ndarray:
    """Mean weights of a few networks, each drawn from a generator of its own; shape (len(asked), L)."""
    import torch

    torch.set_num_threads(1)
    inputs, outputs = state.shape[1], outcome.shape[1]
    start = [_draw(torch.Generator().manual_seed(seed * 16 + member), inputs, outputs) for member in range(SEEDS)]
    parameters = [torch.stack(parts).requires_grad_() for parts in zip(*start, strict=True)]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
    x, y = (torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)) for values in (state, outcome))
    for _ in range(STEPS):
        optimizer.zero_grad(set_to_none=True)
        share = _forward(parameters, x)
        gain = (share * y).sum(-1).mean(-1)
        pull = (share * torch.log(share * outputs + 1e-12)).sum(-1).mean(-1)
        (TOWARD_EQUAL * pull - gain).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    first, bias, second, out = (parameter.detach().numpy().astype(float) for parameter in parameters)
    told = np.tanh(asked @ first + bias) @ second + out
    grown = np.exp(told - told.max(axis=-1, keepdims=True))
    return np.asarray((grown / grown.sum(axis=-1, keepdims=True)).mean(axis=0))


def _draw(generator: torch.Generator, inputs: int, outputs: int) -> list[torch.Tensor]:
    import torch

    first = torch.randn(inputs, HIDDEN, generator=generator) / inputs**0.5
    second = torch.randn(HIDDEN, outputs, generator=generator) * 0.1
    return [first, torch.zeros(1, HIDDEN), second, torch.zeros(1, outputs)]


def _forward(parameters: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    import torch

    first, bias, second, out = parameters
    return torch.softmax(torch.tanh(x @ first + bias) @ second + out, -1)
