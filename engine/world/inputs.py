"""What the equilibrium is solved for: beliefs, signal, supply and investors, checked once at the border."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from engine.errors import BadInput
from engine.world.checks import (
    above_zero,
    asset_names,
    at_least_zero,
    covariance,
    numbers,
    require_distinct,
    share,
    vector,
)

LEAST_NOISE = 1e-8
"""Least variance of a signal's noise: without noise the price would reveal the payoff, and precision be infinite."""

FILE_KEYS = ("mu", "sigma", "sigma_eps", "q_bar", "sigma_q", "gamma_informed", "gamma_uninformed")
"""Keys of an input file that carry the names of the arguments; ``lambda_informed`` and ``R`` do not."""

REQUIRED = (*FILE_KEYS, "lambda_informed", "R")
OPTIONAL = ("assets", "s", "q")


@dataclass(frozen=True)
class Flag:
    """Something done to the input, or something a reader must know about the result, as a code.

    Attributes
    ----------
    code : str
        ``floored_noise`` (``value`` is the variance given), ``loose_clearing`` (the residual), ``fully_revealing``, ``shadow_demand_informed``,
        ``shadow_demand_uninformed``, ``negative_price``, ``negative_demand_informed``,
        ``negative_demand_uninformed``, ``negative_supply`` or ``impossible_supply``.
    asset : str
        The asset it is about; empty for the market as a whole.
    """

    code: str
    asset: str = ""
    value: float | None = None

    def to_dict(self) -> dict[str, object]:
        return {"code": self.code, "asset": self.asset, "value": self.value}


@dataclass(frozen=True, eq=False)
class Inputs:
    """Checked inputs of the equilibrium; arrays are float64 and read-only.

    Attributes
    ----------
    mu : ndarray, shape (n,)
        Mean payoff of one unit of each asset.
    sigma : ndarray, shape (n, n)
        Covariance of payoffs; regular.
    sigma_eps : ndarray, shape (n, n)
        Covariance of the noise in the informed investors' signal.
    q_bar : ndarray, shape (n,)
        Mean supply per head, units.
    sigma_q : ndarray, shape (n, n)
        Covariance of supply; may be singular or zero.
    informed_fraction : float
        Share of investors who see the signal, 0 to 1.
    gamma_informed, gamma_uninformed : float
        Absolute risk aversion, above zero, per unit of payoff.
    gross_riskless : float
        Riskless payoff of one unit invested, above zero; 1.02 is two per cent.
    origin : str
        ``own``, or ``reconstructed_illustration`` for :data:`EXAMPLE`.
    """

    mu: np.ndarray
    sigma: np.ndarray
    sigma_eps: np.ndarray
    q_bar: np.ndarray
    sigma_q: np.ndarray
    informed_fraction: float
    gamma_informed: float
    gamma_uninformed: float
    gross_riskless: float
    assets: tuple[str, ...]
    findings: tuple[Flag, ...] = ()
    origin: str = "own"

    @property
    def size(self) -> int:
        """Number of assets."""
        return len(self.mu)

    @classmethod
    def of(
        cls,
        mu: object,
        sigma: object,
        sigma_eps: object,
        q_bar: object,
        sigma_q: object,
        informed_fraction: object,
        gamma_informed: object,
        gamma_uninformed: object,
        gross_riskless: object,
        assets: object = None,
        origin: str = "own",
    ) -> Inputs:
        """Check and take over lists, arrays, or labelled series and frames; a number stands for one asset.

        Raises
        ------
        BadInput
            Any of the cases :func:`engine.world.equilibrium.solve` lists.
        """
        mean = vector("mu", mu)
        size = len(mean)
        given = {"mu": mu, "sigma": sigma, "sigma_eps": sigma_eps, "q_bar": q_bar, "sigma_q": sigma_q}
        called = asset_names(assets, size, **given)
        payoff = covariance("sigma", sigma, size, regular=True)
        noise, floored = _floored(covariance("sigma_eps", sigma_eps, size), called)
        return cls(
            mu=mean,
            sigma=payoff,
            sigma_eps=noise,
            q_bar=vector("q_bar", q_bar, size),
            sigma_q=covariance("sigma_q", sigma_q, size),
            informed_fraction=share("informed_fraction", informed_fraction),
            gamma_informed=above_zero("gamma_informed", gamma_informed),
            gamma_uninformed=above_zero("gamma_uninformed", gamma_uninformed),
            gross_riskless=above_zero("gross_riskless", gross_riskless),
            assets=called,
            findings=floored,
            origin=origin,
        )

    def changed(
        self,
        *,
        informed_fraction: float | None = None,
        gamma_informed: float | None = None,
        gamma_uninformed: float | None = None,
        signal_precision: float = 1.0,
        supply_noise: float = 1.0,
    ) -> Inputs:
        """The same market with some numbers moved, as sliders do; None leaves a number as it is.

        Parameters
        ----------
        signal_precision : float
            Factor on the precision of the signal (its noise variance is divided by it), above zero.
        supply_noise : float
            Factor on the standard deviation of supply, zero or more.

        Raises
        ------
        BadInput
            A number outside its range.
        """
        with np.errstate(over="ignore"):
            noise = self.sigma_eps / above_zero("signal_precision", signal_precision)
        noise = numbers("signal_precision", noise)
        noise, floored = _floored(noise, self.assets)
        supply = self.sigma_q * at_least_zero("supply_noise", supply_noise) ** 2
        supply.setflags(write=False)
        moved = {
            "informed_fraction": self.informed_fraction if informed_fraction is None else informed_fraction,
            "gamma_informed": self.gamma_informed if gamma_informed is None else gamma_informed,
            "gamma_uninformed": self.gamma_uninformed if gamma_uninformed is None else gamma_uninformed,
        }
        return replace(
            self,
            sigma_eps=noise,
            sigma_q=supply,
            informed_fraction=share("informed_fraction", moved["informed_fraction"]),
            gamma_informed=above_zero("gamma_informed", moved["gamma_informed"]),
            gamma_uninformed=above_zero("gamma_uninformed", moved["gamma_uninformed"]),
            findings=tuple({flag.asset: flag for flag in (*floored, *self.findings)}.values()),
        )

    def state(self, field: str, value: object) -> np.ndarray:
        """A signal or a supply, finite, shape (..., n).

        Raises
        ------
        BadInput
            Not finite, or the last axis is not the number of assets.
        """
        array = np.atleast_1d(numbers(field, value))
        if array.shape[-1] != self.size:
            raise BadInput("world_shape", field=field, value=f"shape {array.shape}", accepted=f"shape ({self.size},)")
        return array

    def to_dict(self) -> dict[str, object]:
        """The object an input file holds, with ``origin``."""
        return {key: getattr(self, key) for key in ("gamma_informed", "gamma_uninformed", "origin")} | {
            "assets": list(self.assets),
            "lambda_informed": self.informed_fraction,
            "R": self.gross_riskless,
            **{key: getattr(self, key).tolist() for key in FILE_KEYS[:5]},
        }


def _floored(noise: np.ndarray, assets: tuple[str, ...]) -> tuple[np.ndarray, tuple[Flag, ...]]:
    """The signal's noise with variances of at least ``LEAST_NOISE``, and a flag for each that was raised."""
    given = np.diag(noise)
    low = given < LEAST_NOISE
    if low.any():
        noise = noise + np.diag(np.where(low, LEAST_NOISE - given, 0.0))
    noise.setflags(write=False)
    require_distinct("sigma_eps", noise)
    return noise, tuple(Flag("floored_noise", assets[step], float(given[step])) for step in np.flatnonzero(low))


def read(document: object) -> tuple[Inputs, np.ndarray | None, np.ndarray | None]:
    """Inputs and, where given, the state ``s``, ``q`` from the object an input file holds (or holds under ``inputs``).

    Raises
    ------
    BadInput
        Not an object, a key missing or not known, ``s`` without ``q``, or numbers that cannot be used.
    """
    if isinstance(document, Mapping) and isinstance(document.get("inputs"), Mapping):
        document = document["inputs"]
    if not isinstance(document, Mapping):
        raise BadInput("world_no_object", field="input", value=type(document).__name__)
    for key in document:
        if key not in (*REQUIRED, *OPTIONAL):
            raise BadInput("world_key_unknown", field=str(key), accepted=", ".join((*REQUIRED, *OPTIONAL)))
    together = ("s", "q") if any(document.get(key) is not None for key in ("s", "q")) else ()
    for key in (*REQUIRED, *together):
        if document.get(key) is None:
            raise BadInput("world_key_missing", field=key, accepted=", ".join((*REQUIRED, *together)))
    found = Inputs.of(
        **{key: document[key] for key in FILE_KEYS},
        informed_fraction=share("lambda_informed", document["lambda_informed"]),
        gross_riskless=above_zero("R", document["R"]),
        assets=document.get("assets"),
    )
    if not together:
        return found, None, None
    return found, vector("s", document["s"], found.size), vector("q", document["q"], found.size)


def example() -> Inputs:
    """A three-asset illustration: numbers of plausible size, chosen, not estimated (``origin`` says so)."""
    volatility = np.array([0.16, 0.05, 0.12])
    correlations = np.array([[1.0, 0.1, 0.6], [0.1, 1.0, 0.2], [0.6, 0.2, 1.0]])
    return Inputs.of(
        mu=[1.08, 1.03, 1.06],
        sigma=correlations * np.outer(volatility, volatility),
        sigma_eps=np.diag([0.10, 0.20, 0.30]) ** 2,
        q_bar=[0.5, 0.4, 0.1],
        sigma_q=0.30**2 * np.eye(3),
        informed_fraction=0.10,
        gamma_informed=4.0,
        gamma_uninformed=4.0,
        gross_riskless=1.02,
        assets=("equity", "bonds", "real_estate"),
        origin="reconstructed_illustration",
    )


EXAMPLE = example()
"""Default inputs of a page."""

EXAMPLE_SIGNAL = (1.12, 1.02, 1.01)
EXAMPLE_SUPPLY = (0.60, 0.35, 0.15)
"""A state of the illustration: what the informed see, and what there is to hold."""
