"""Small networks trained on the portfolio itself: every window and every seed in one batch.

A network maps the state to weights, and its loss is the return of the portfolio those weights
would have earned, net of turnover cost. The parameters of all networks are stacked, so that one
matrix product serves all of them; AdamW works element by element, so networks stay independent.
Each network draws its start and its dropout from a generator of its own: its weights do not
depend on what it was batched with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from engine.factors.features import Panel
from engine.factors.walkforward import Policy, Window, shrink

if TYPE_CHECKING:
    import torch

Objective = Literal["active", "ratio_hit", "sharpe"]

HIT_SCALE = 0.01
"""Active returns far beyond this (one percent a month) count as a full hit or miss."""


@dataclass(frozen=True)
class Nets:
    """An ensemble of one-hidden-layer networks, averaged over seeds.

    Attributes
    ----------
    objective : {"active", "ratio_hit", "sharpe"}
        Mean active return; information ratio plus twice a smooth hit ratio; Sharpe ratio.
    shrink : float
        Share of equal weight in the answer, inside the loss as well.
    cost : float
        Cost per unit traded inside the loss, decimal.
    groups : int
        Windows of similar length are trained together; more groups waste less on padding.
    """

    name: str
    objective: Objective = "active"
    shrink: float = 0.5
    seeds: tuple[int, ...] = tuple(range(8))
    hidden: int = 16
    dropout: float = 0.5
    steps: int = 100
    rate: float = 0.01
    decay: float = 3.0
    cost: float = 0.001
    groups: int = 12

    def fit(
        self, panel: Panel, windows: Sequence[Window], progress: Callable[[int], None] | None = None
    ) -> list[Policy]:
        """One ensemble a window; ``progress`` is told the number of windows done."""
        policies: list[Policy] = []
        for chunk in np.array_split(np.arange(len(windows)), min(self.groups, len(windows))):
            policies += self._fit_group(panel, [windows[i] for i in chunk])
            if progress:
                progress(len(policies))
        return policies

    def _fit_group(self, panel: Panel, windows: Sequence[Window]) -> list[Policy]:
        import torch

        torch.set_num_threads(1)
        models = [(window, seed) for window in windows for seed in self.seeds]
        batch = Batch.of(panel, [window.train for window, _ in models])
        generators = [torch.Generator().manual_seed(window.year * 1000 + seed) for window, seed in models]
        net = _Stack.start(generators, panel.features.shape[1], self.hidden, panel.returns.shape[1])
        optimizer = torch.optim.AdamW(net.parameters, lr=self.rate, weight_decay=self.decay)
        for _ in range(self.steps):
            optimizer.zero_grad(set_to_none=True)
            raw = net.forward(batch.features, self._dropout(generators, batch))
            weights = (1.0 - self.shrink) * raw + self.shrink / raw.shape[1]
            loss(weights, batch, self.objective, self.cost).sum().backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        arrays = [parameter.detach().numpy().astype(np.float64) for parameter in net.parameters]
        size = len(self.seeds)
        return [
            Ensemble(tuple(array[start : start + size] for array in arrays), self.shrink)
            for start in range(0, len(models), size)
        ]

    def _dropout(self, generators: Sequence[torch.Generator], batch: Batch) -> torch.Tensor | None:
        """Which hidden units are kept, scaled; drawn for a model's own rows, whatever the padding."""
        import torch

        if not self.dropout:
            return None
        drawn = torch.zeros(len(generators), self.hidden, batch.features.shape[1])
        for order, generator in enumerate(generators):
            drawn[order, :, : batch.lengths[order]].uniform_(generator=generator)
        return (drawn > self.dropout).float() / (1.0 - self.dropout)


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks of one window: parameters stacked by seed."""

    parameters: tuple[np.ndarray, ...]
    toward_equal: float

    def by_seed(self, features: np.ndarray) -> np.ndarray:
        """Weights of each seed, shape (S, T, N)."""
        first, first_bias, second, second_bias = self.parameters
        hidden = np.tanh(features[None] @ first + first_bias)
        scores = hidden @ second + second_bias
        grown = np.exp(scores - scores.max(axis=-1, keepdims=True))
        return shrink(grown / grown.sum(axis=-1, keepdims=True), self.toward_equal)

    def weights(self, features: np.ndarray) -> np.ndarray:
        return np.asarray(self.by_seed(features).mean(axis=0))


@dataclass(frozen=True, eq=False)
class Batch:
    """Training data of a group of models, time along the last axis, padded to the longest window."""

    features: torch.Tensor
    returns: torch.Tensor
    riskless: torch.Tensor
    mask: torch.Tensor
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, panel: Panel, lengths: Sequence[int]) -> Batch:
        import torch

        longest = max(lengths)
        mask = torch.zeros(len(lengths), longest)
        for order, length in enumerate(lengths):
            mask[order, :length] = 1.0

        def tensor(values: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))

        return cls(
            features=tensor(panel.features.to_numpy()[:longest].T),
            returns=tensor(panel.returns.to_numpy()[1 : longest + 1].T),
            riskless=tensor(panel.riskless.to_numpy()[1 : longest + 1]),
            mask=mask,
            lengths=tuple(lengths),
        )


@dataclass(frozen=True, eq=False)
class _Stack:
    """Parameters of M networks: (M, F, H), (M, 1, H), (M, H, N), (M, 1, N)."""

    parameters: tuple[torch.Tensor, ...]

    @classmethod
    def start(cls, generators: Sequence[torch.Generator], inputs: int, hidden: int, outputs: int) -> _Stack:
        """Small random starts, each from its model's generator; biases zero."""
        import torch

        first = torch.stack([torch.randn(inputs, hidden, generator=g) / inputs**0.5 for g in generators])
        second = torch.stack([torch.randn(hidden, outputs, generator=g) * (0.1 / hidden**0.5) for g in generators])
        biases = [torch.zeros(len(generators), 1, size) for size in (hidden, outputs)]
        return cls(tuple(p.requires_grad_() for p in (first, biases[0], second, biases[1])))

    def forward(self, features: torch.Tensor, kept: torch.Tensor | None) -> torch.Tensor:
        """Weights before shrinking, shape (M, N, T), for shared features of shape (F, T)."""
        import torch

        first, first_bias, second, second_bias = self.parameters
        models, inputs, hidden = first.shape
        scores = (first.transpose(1, 2).reshape(models * hidden, inputs) @ features).view(models, hidden, -1)
        state = torch.tanh(scores + first_bias.transpose(1, 2))
        if kept is not None:
            state = state * kept
        return torch.softmax(torch.baddbmm(second_bias.transpose(1, 2), second.transpose(1, 2), state), 1)


def loss(weights: torch.Tensor, batch: Batch, objective: Objective, cost: float) -> torch.Tensor:
    """One loss a model, shape (M,): the portfolio's net active return by the objective, negated."""
    import torch

    gross = (weights * batch.returns).sum(1)
    drifted = weights[:, :, :-1] * (1 + batch.returns[:, :-1]) / (1 + gross[:, None, :-1])
    traded = (weights[:, :, 1:] - drifted).abs().sum(1)
    net = gross - cost * torch.nn.functional.pad(traded, (1, 0))
    active = net - batch.returns[0]
    count = batch.mask.sum(1)

    def mean(values: torch.Tensor) -> torch.Tensor:
        return (values * batch.mask).sum(1) / count

    def ratio(values: torch.Tensor) -> torch.Tensor:
        middle = mean(values)
        return middle / torch.sqrt(mean((values - middle[:, None]) ** 2) + 1e-8) * 12**0.5

    if objective == "active":
        return -100.0 * mean(active)
    if objective == "sharpe":
        return -ratio(net - batch.riskless)
    return -ratio(active) - 2.0 * mean(torch.tanh(active / HIT_SCALE))
