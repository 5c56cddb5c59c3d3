"""What can be set in a strategy or an overlay: described for a screen, checked when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from numbers import Integral, Real
from typing import Any, ClassVar, Literal, TypeVar

from engine.errors import BadInput


@dataclass(frozen=True)
class Parameter:
    """One field that a reader may set.

    Attributes
    ----------
    kind : {"float", "int", "choice"}
    low, high, step : float or None
        Range, both ends included, and the step of a slider; None for a choice.
    choices : tuple
        What may be chosen; empty for a number.
    unit : str
        ``"share"`` (decimal of one), ``"periods"`` (rows of the panel), ``"months"``, ``"assets"``,
        ``"decimal a year"``, or "" for a bare number or a choice.
    """

    name: str
    kind: Literal["float", "int", "choice"]
    default: object
    low: float | None = None
    high: float | None = None
    step: float | None = None
    choices: tuple[object, ...] = ()
    unit: str = ""

    def check(self, value: object) -> None:
        """Refuse a value of another kind or outside the range.

        Raises
        ------
        BadInput
            Names the field and what is accepted.
        """
        if self.kind == "choice":
            if not any(value is choice or (value == choice and type(value) is type(choice)) for choice in self.choices):
                accepted = ", ".join(map(str, self.choices))
                raise BadInput("unknown_choice", field=self.name, value=value, accepted=accepted)
            return
        low = float("-inf") if self.low is None else self.low
        high = float("inf") if self.high is None else self.high
        fits = not isinstance(value, bool) and isinstance(value, Integral if self.kind == "int" else Real)
        if not (fits and isfinite(value) and low <= value <= high):  # type: ignore[arg-type, operator]
            kind = "whole numbers" if self.kind == "int" else "numbers"
            raise BadInput("bad_number", field=self.name, value=value, accepted=f"{kind} from {low:g} to {high:g}")


@dataclass(frozen=True)
class Settings:
    """A named, frozen choice of parameters; every field has a default."""

    name: ClassVar[str] = ""

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        """Fields that are plain numbers or choices, in order; structured fields are not among them."""
        return ()

    def __post_init__(self) -> None:
        for parameter in self.parameters():
            parameter.check(getattr(self, parameter.name))

    def to_dict(self) -> dict[str, Any]:
        """``name`` and every field, as JSON can hold them; :func:`made` reads it back."""
        return {"name": self.name} | {item.name: _plain(getattr(self, item.name)) for item in fields(self)}


Made = TypeVar("Made", bound=Settings)


def made(kinds: Mapping[str, type[Made]], what: str, given: Mapping[str, Any]) -> Made:
    """Settings from what :meth:`Settings.to_dict` writes; fields left out keep their defaults.

    Raises
    ------
    BadInput
        The name is no key of ``kinds``, a field is not known, or its value is refused.
    """
    values = dict(given)
    name = values.pop("name", "")
    if name not in kinds:
        raise BadInput("unknown_choice", field=what, value=name, accepted=", ".join(kinds))
    kind = kinds[name]
    known = [item.name for item in fields(kind)]
    for field in values:
        if field not in known:
            raise BadInput("unknown_choice", field=f"{what} {name}", value=field, accepted=", ".join(known) or "-")
    return kind(**values)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Real) and not isinstance(value, bool):
        return int(value) if isinstance(value, Integral) else float(value)
    return value
