"""Price panels: what a strategy may hold, with everything a reader must know about it.

A panel is fixed data: prices of several assets on the same dates. An asset may begin after the
panel's first date or end before its last (missing prices there); a hole between is refused.
Nothing is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.sleeves import SLEEVES, sleeve_returns
from engine.lab.checks import check_index, check_opens, check_prices, check_riskless, fixed
from engine.lab.treasury import par_bond_returns
from engine.sources import Basis, Dataset, Finding, Frequency, Line, load, require_comparable, snapshot_id
from engine.sources.derived import riskless

SESSIONS_A_MONTH = 21
PERIODS_PER_YEAR = {Frequency.DAILY: 252, Frequency.MONTHLY: 12}
CLASSES_START = "1989-12-31"


@dataclass(frozen=True, eq=False)
class PricePanel:
    """Prices of assets on common dates; read-only.

    Attributes
    ----------
    prices : DataFrame, shape (T, n)
        Total-return levels or closes above zero, one column an asset; missing before an asset's
        first price and after its last. Sessions when daily, calendar month ends when monthly.
    opens : DataFrame, shape (T, n), or None
        Opening prices, missing where ``prices`` are.
    as_of : date
        The last date of ``prices``.
    benchmark : str
        Id of a registered line of the same basis and currency, or "".
    riskless : Series, shape (T - 1,), or None
        Simple return of the bill in each period, on ``prices.index[1:]``; None where no bill rate
        of the panel's currency covers all of them.
    market, calm : str
        Column of the market and of the low-volatility asset; "" where the panel has none.

    Raises
    ------
    BadInput
        Dates that are not tz-naive, unique and increasing, prices at or below zero, a hole inside
        an asset's history, an asset without a price, a name that comes twice or is no column, or
        opens or riskless returns that do not fit.
    """

    name: str
    prices: pd.DataFrame
    frequency: Frequency
    basis: Basis
    currency: str
    source: str
    opens: pd.DataFrame | None = None
    benchmark: str = ""
    riskless: pd.Series | None = None
    market: str = ""
    calm: str = ""
    findings: tuple[Finding, ...] = ()
    as_of: date = field(init=False)

    def __post_init__(self) -> None:
        check_index(self.prices.index)
        check_prices("prices", self.prices)
        for role in ("market", "calm"):
            if getattr(self, role) and getattr(self, role) not in self.prices.columns:
                raise BadInput("unknown_choice", field=role, value=getattr(self, role), accepted=", ".join(self.assets))
        object.__setattr__(self, "prices", fixed(self.prices))
        if self.opens is not None:
            check_opens(self.opens, self.prices)
            object.__setattr__(self, "opens", fixed(self.opens))
        if self.riskless is not None:
            check_riskless(self.riskless, self.prices.index)
        object.__setattr__(self, "as_of", self.dates[-1].date())

    @property
    def assets(self) -> list[str]:
        return [str(name) for name in self.prices.columns]

    @property
    def dates(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.prices.index)

    @property
    def periods_per_year(self) -> int:
        return PERIODS_PER_YEAR[self.frequency]

    @property
    def returns(self) -> pd.DataFrame:
        """Simple returns, decimals, shape (T - 1, n), on ``dates[1:]``; missing where either price is."""
        level = self.prices.to_numpy()
        return pd.DataFrame(level[1:] / level[:-1] - 1.0, index=self.dates[1:], columns=self.prices.columns)

    def periods(self, months: int) -> int:
        """Periods of the panel in so many months: 21 sessions each when daily."""
        return months * SESSIONS_A_MONTH if self.frequency == Frequency.DAILY else months

    def of(self, assets: Sequence[str]) -> PricePanel:
        """The panel of some of its assets, in the order given.

        Raises
        ------
        BadInput
            None is given, or one is not in the panel.
        """
        if not assets:
            raise BadInput("empty_choice", field="assets")
        for name in assets:
            if name not in self.prices.columns:
                raise BadInput("unknown_choice", field="assets", value=name, accepted=", ".join(self.assets))
        chosen = list(assets)
        market, calm = (role if role in chosen else "" for role in (self.market, self.calm))
        opens = None if self.opens is None else self.opens[chosen]
        return replace(self, prices=self.prices[chosen], opens=opens, market=market, calm=calm)

    def between(self, first: date | str | None = None, last: date | str | None = None) -> PricePanel:
        """The dates from ``first`` to ``last``, both included; assets without a price there are left out.

        Raises
        ------
        BadInput
            Fewer than two dates are left.
        """
        begin, end = (None if day is None else pd.Timestamp(day) for day in (first, last))
        prices = self.prices.loc[begin:end].dropna(axis=1, how="all")
        if len(prices) < 2 or prices.empty:
            raise BadInput(
                "range_outside",
                field="dates",
                value=f"{first or ''} - {last or ''}",
                first=self.dates[0].date(),
                last=self.as_of,
            )
        held = list(prices.columns)
        market, calm = (role if role in held else "" for role in (self.market, self.calm))
        return replace(
            self,
            prices=prices,
            opens=None if self.opens is None else self.opens.loc[prices.index, held],
            riskless=None if self.riskless is None else self.riskless.loc[prices.index[1:]],
            market=market,
            calm=calm,
        )

    def line(self, asset: str) -> Line:
        """One asset as a line, over its own dates.

        Raises
        ------
        BadInput
            The panel has no asset of this name.
        """
        levels = self.of([asset]).prices[asset].dropna()
        return Line(
            asset, levels, self.basis, self.frequency, self.currency, "asset", self.source, findings=self.findings
        )

    def to_dict(self) -> dict[str, object]:
        """Everything but the numbers."""
        return {
            "name": self.name,
            "assets": self.assets,
            "first": self.dates[0].date().isoformat(),
            "last": self.as_of.isoformat(),
            "rows": len(self.prices),
            "frequency": str(self.frequency),
            "basis": str(self.basis),
            "currency": self.currency,
            "source": self.source,
            "as_of": self.as_of.isoformat(),
            "benchmark": self.benchmark,
            "market": self.market,
            "calm": self.calm,
            "opens": self.opens is not None,
            "riskless": self.riskless is not None,
            "findings": [finding.to_dict() for finding in self.findings],
        }


def bill_returns(dates: pd.DatetimeIndex, currency: str) -> pd.Series | None:
    """Riskless return of each period between the dates, or None where no bill rate covers them all.

    Only dollars have a bill rate here.
    """
    rate = load("bill_rate")
    first, last = rate.frame.index[[0, -1]]
    if currency != "USD" or dates[0] <= first - pd.offsets.MonthBegin(1) or dates[-1] > last:
        return None
    return riskless(dates, rate).iloc[1:]


def with_line(panel: PricePanel, line: Line) -> PricePanel:
    """The panel with a line as a further asset, named by the line's id.

    Raises
    ------
    BadInput
        Basis, frequency or currency differ, the panel has an asset of this name, they share no
        dates, or the line misses a date of the panel between its own first and last.
    """
    require_comparable(line, panel.line(panel.assets[0]))
    if line.id in panel.prices.columns:
        raise BadInput("unknown_choice", field="line", value=line.id, accepted="an id that is no asset of the panel")
    inside = panel.dates[(panel.dates >= line.levels.index[0]) & (panel.dates <= line.levels.index[-1])]
    if not len(inside):
        raise BadInput(
            "no_overlap",
            field="line",
            value=line.id,
            other=panel.name,
            first=max(line.first, panel.dates[0].date()),
            last=min(line.last, panel.as_of),
        )
    missing = inside.difference(pd.DatetimeIndex(line.levels.index))
    if len(missing):
        raise BadInput("not_aligned", field=line.id, value=missing[0].date())
    prices = panel.prices.assign(**{line.id: line.levels.reindex(panel.dates)})
    found = tuple(finding for finding in line.findings if finding not in panel.findings)
    return replace(panel, prices=prices, opens=None, findings=(*panel.findings, *found))


def panel(name: str) -> PricePanel:
    """The bundled panel of that name in the current snapshot.

    Raises
    ------
    BadInput
        No panel has this name.
    MissingData
        Its data are missing or broken.
    """
    if name not in PANELS:
        raise BadInput("unknown_choice", field="panel", value=name, accepted=", ".join(PANELS))
    return _panel(name, snapshot_id())


@cache
def _panel(name: str, snapshot: str) -> PricePanel:
    return PANELS[name]()


def _daily(name: str, calm: str = "") -> PricePanel:
    data = load(name)
    return _of_dataset(name, data.frame, data, Frequency.DAILY, benchmark="sp500_total_return", calm=calm)


def _of_dataset(
    name: str,
    prices: pd.DataFrame,
    data: Dataset,
    frequency: Frequency,
    *,
    source: str = "",
    findings: tuple[Finding, ...] = (),
    benchmark: str = "",
    market: str = "",
    calm: str = "",
) -> PricePanel:
    return PricePanel(
        name,
        prices,
        frequency,
        Basis.TOTAL_RETURN,
        "USD",
        source or data.provenance.source,
        benchmark=benchmark,
        riskless=bill_returns(pd.DatetimeIndex(prices.index), "USD"),
        market=market,
        calm=calm,
        findings=(*data.findings, *findings),
    )


def _sleeves() -> PricePanel:
    french = load("french_portfolios")
    returns = sleeve_returns(french.frame)[list(SLEEVES)].dropna()
    before = returns.index[0] - pd.offsets.MonthEnd(1)
    return _of_dataset(
        "sleeves",
        growth(returns, before),
        french,
        Frequency.MONTHLY,
        benchmark="market",
        market="market",
        calm="low_volatility",
    )


def _classes() -> PricePanel:
    shares, macro = load("sp500_monthly_total_return"), load("us_macro_monthly")
    yields = macro.frame["treasury_10y_pct_avg"].loc[CLASSES_START:].dropna() / 100.0
    returns = pd.DataFrame({"us_equity": shares.frame["tr_pct"] / 100.0, "us_bond": par_bond_returns(yields)}).dropna()
    return _of_dataset(
        "classes",
        growth(returns, pd.Timestamp(CLASSES_START)),
        shares,
        Frequency.MONTHLY,
        source="S&P 500 total return; 10-year Treasury total return estimated from yields (Federal Reserve Board)",
        findings=(
            Finding(
                "estimate",
                "warning",
                "us_bond is estimated, not published: a 10-year par bond bought at each month's yield and "
                "priced at the next (Swinkels 2019)",
            ),
            Finding(
                "averages",
                "warning",
                "its yields are month averages: returns run about half a month behind shares, look calmer than they "
                "were, and follow themselves (autocorrelation about 0.3), which flatters trend rules",
            ),
        ),
        market="us_equity",
        calm="us_bond",
    )


def growth(returns: pd.DataFrame, before: pd.Timestamp) -> pd.DataFrame:
    """Levels of simple returns, with a row of ones at the date before the first."""
    levels = np.vstack([np.ones(returns.shape[1]), np.cumprod(1.0 + returns.to_numpy(dtype=float), axis=0)])
    index = pd.DatetimeIndex(returns.index).insert(0, before).rename("date")
    return pd.DataFrame(levels, index=index, columns=returns.columns)


PANELS: dict[str, Callable[[], PricePanel]] = {
    "factor_etfs": lambda: _daily("factor_etfs", "USMV"),
    "us_large_caps": lambda: _daily("us_large_caps"),
    "sleeves": _sleeves,
    "classes": _classes,
}
"""Bundled panels by name."""
