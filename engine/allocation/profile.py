"""Broker and tax profiles: rates with their source and date; what is not known stays empty."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Rate:
    """One rate: a decimal or an amount, or None when it is not known, with where it stands and since when."""

    value: float | None
    unit: str
    source: str = ""
    as_of: str = ""

    @property
    def known(self) -> float:
        """The value for a calculation; an unknown rate counts as zero, and the answer says so."""
        return 0.0 if self.value is None else self.value


@dataclass(frozen=True)
class Profile:
    """What one account pays. Amounts are in the unit of each rate.

    Attributes
    ----------
    commission, commission_minimum : Rate
        Decimal of an order's value; dollars an order.
    exchange_spread : Rate
        Decimal lost when won become dollars.
    dividend_withholding : Rate
        Decimal of dividends of US funds.
    gains_allowance, gains_rate : Rate
        Won a year free of tax; decimal above it.
    partnership_withholding : Rate
        Decimal of the proceeds when a fund taxed as a partnership is sold.
    allow_partnerships : bool
        Whether such funds may be bought.
    """

    name: str
    commission: Rate
    commission_minimum: Rate
    exchange_spread: Rate
    dividend_withholding: Rate
    gains_allowance: Rate
    gains_rate: Rate
    partnership_withholding: Rate
    allow_partnerships: bool = False

    @property
    def unknown(self) -> tuple[str, ...]:
        """Names of the rates that are not known."""
        return tuple(name for name, rate in vars(self).items() if isinstance(rate, Rate) and rate.value is None)

    def with_values(self, **values: float | None) -> Profile:
        """The profile with the reader's own rates; their source becomes ``own``."""
        changed = {
            name: replace(getattr(self, name), value=value, source="own", as_of="") for name, value in values.items()
        }
        return replace(self, **changed)

    def to_dict(self) -> dict[str, object]:
        return {name: vars(value) if isinstance(value, Rate) else value for name, value in vars(self).items()}


KOREA = Profile(
    name="korea",
    commission=Rate(None, "decimal of the order"),
    commission_minimum=Rate(None, "USD an order"),
    exchange_spread=Rate(None, "decimal of the amount"),
    dividend_withholding=Rate(
        0.15, "decimal of dividends", "Convention between the USA and Korea on income taxes, article 12", "1979-10-20"
    ),
    gains_allowance=Rate(2_500_000.0, "KRW a year", "Income Tax Act of Korea, article 118-7", "2025-01-01"),
    gains_rate=Rate(
        0.22,
        "decimal of gains",
        "Income Tax Act of Korea, article 118-5 (20 %), with local income tax (2 %)",
        "2025-01-01",
    ),
    partnership_withholding=Rate(
        0.10, "decimal of proceeds", "US Internal Revenue Code, section 1446(f)", "2023-01-01"
    ),
)

PLAIN = Profile(
    name="plain",
    commission=Rate(0.0, "decimal of the order", "assumed", ""),
    commission_minimum=Rate(0.0, "USD an order", "assumed", ""),
    exchange_spread=Rate(0.0, "decimal of the amount", "assumed", ""),
    dividend_withholding=Rate(None, "decimal of dividends"),
    gains_allowance=Rate(None, "KRW a year"),
    gains_rate=Rate(None, "decimal of gains"),
    partnership_withholding=Rate(None, "decimal of proceeds"),
)

PROFILES = {"korea": KOREA, "plain": PLAIN}
