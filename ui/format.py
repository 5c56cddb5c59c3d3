"""Numbers and dates as text, with unit and a true minus sign."""

from __future__ import annotations

from datetime import UTC, date, datetime

MINUS = "\N{MINUS SIGN}"
NONE = "–"


def percent(value: float | None, digits: int = 1, *, sign: bool = False) -> str:
    """``-0.339`` as ``−33.9 %``; a dash for a missing value."""
    if value is None:
        return NONE
    rounded = round(value, digits + 2) + 0.0
    text = f"{rounded:{'+' if sign else ''}.{digits}%}".removesuffix("%")
    return f"{text} %".replace("-", MINUS)


def points(value: float | None, unit: str, digits: int = 1) -> str:
    """A difference of two percentages, always signed."""
    return NONE if value is None else f"{value * 100:+.{digits}f} {unit}".replace("-", MINUS)


def ratio(value: float | None, digits: int = 2) -> str:
    """A plain number."""
    return NONE if value is None else f"{value:.{digits}f}".replace("-", MINUS)


def whole(value: int | None) -> str:
    """A count with thousands separated."""
    return NONE if value is None else f"{value:,}"


def day(value: date | None, language: str) -> str:
    """``19 Feb 2020`` or ``2020년 2월 19일``."""
    if value is None:
        return NONE
    if language == "ko":
        return f"{value.year}년 {value.month}월 {value.day}일"
    return f"{value.day} {value:%b %Y}"


def moment(value: datetime | None, language: str, *, seconds: bool = False) -> str:
    """A day and the minute (or second) in it, in UTC: ``19 Feb 2020, 14:30 UTC``."""
    if value is None:
        return NONE
    at = value.astimezone(UTC)
    return f"{day(at.date(), language)}{' ' if language == 'ko' else ', '}{at:{'%H:%M:%S' if seconds else '%H:%M'}} UTC"


def won(value: float) -> str:
    """Won as Korean readers count them, in 억 and 만: ``200000`` as ``20만 원``; from 1억 on to the nearest 만."""
    amount = round(abs(value))
    sign = MINUS if value < 0 and amount else ""
    if amount >= 10**8:
        eok, man = divmod(round(amount / 10**4), 10**4)
        return f"{sign}{eok:,}억 {man:,}만 원" if man else f"{sign}{eok:,}억 원"
    man, rest = divmod(amount, 10**4)
    if not man:
        return f"{sign}{rest:,}원"
    return f"{sign}{man:,}만 {rest:,}원" if rest else f"{sign}{man:,}만 원"
