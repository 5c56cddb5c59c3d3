"""A traffic light: a level, and the reason for it as a code with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEVELS = ("good", "warning", "bad", "unknown")
LIGHTS = ("fresh", "complete", "consistent", "point_in_time")

REASONS: dict[str, str] = {
    # fresh
    "fresh_sessions": "ends {last}, {late} weekdays before {expected}, the last day that can be expected by now",
    "fresh_months": "ends {last}, {late} months before {expected}, the last month that can be published by now",
    "late_sessions": "ends {last}, {late} weekdays before {expected}, the last day that can be expected by now",
    "late_months": "ends {last}, {late} months before {expected}, the last month that can be published by now",
    "aged": "its facts are of {last}, {late} days ago; they are meant to be renewed every year",
    "record": "a record of the past, of {last}; it does not age",
    # complete
    "no_holes": "none of {expected} expected figures is missing",
    "holes": "missing: {missing} of {expected} expected figures ({share}); longest run in rows: {run}, of {item}",
    "blanks": "{blank} of {cells} numbers of the table are blank; its notes say why",
    "no_blanks": "{blank} of {cells} numbers of the table are blank, as its form allows",
    # consistent
    "agrees": "the checks found no error and no disagreement",
    "repaired": "errors found and repaired before storing: {repaired}; none is left",
    "doubts": "findings in doubt, or apart from another source or vintage: {doubts}; none is a certain error",
    "errors": "errors that could not be repaired: {errors}; the figures stand as they came",
    "unchecked": "no second source or vintage to compare with; its form was checked when it was read",
    # point in time
    "traded": "traded prices, known at the session's close",
    "rules_only": "series with a rule for when each figure was known: {columns}; only the latest vintage is on file, and earlier figures may have been revised",
    "vintages": "series with a rule for when each figure was known: {columns}; stored vintages: {vintages}, since {since}",
    "late_library": "dated at month ends, while the library publishes one to two months later; one vintage only",
    "no_rule": "series without a rule for when they were known: {columns} ({names})",
    "dated_rows": "every row carries its own date",
    # all
    "unread": "cannot be read: {reason}",
}
"""Reasons in English; other languages stand in the interface under the same codes."""


@dataclass(frozen=True)
class Light:
    """One light.

    Attributes
    ----------
    level : str
        ``good``, ``warning``, ``bad`` or ``unknown``.
    code : str
        Key of ``REASONS``.
    params : mapping
        Its numbers.
    """

    level: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def reason(self) -> str:
        """In English."""
        return REASONS[self.code].format(**self.params)

    def to_dict(self) -> dict[str, Any]:
        return {"level": self.level, "code": self.code, "reason": self.reason, **self.params}


def worst(lights: tuple[Light, ...]) -> str:
    """The gravest level; ``unknown`` counts between good and warning."""
    order = ("good", "unknown", "warning", "bad")
    return max((light.level for light in lights), key=order.index)
