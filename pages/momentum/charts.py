"""Charts of the AI momentum page, as descriptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.momentum.live import LiveRecord
from engine.momentum.views import View
from pages.momentum import words
from ui.format import percent, ratio
from ui.i18n import Translator
from ui.specs import ChartSpec, Sort, Spot, Trace

MOST_NAMES = 30
"""Rows of the heat map and of the intervals."""

COLUMNS = (3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36)
"""Look-backs shown on the heat map; the scores of those between lie between."""

SLOTS: dict[str, int | None] = {
    "net": 0, "gross": 5, "fixed_12_1": 1, "fixed_6_1": 2, "total_return_12_1": 3, "equal_weight": 4, "market": None,
}  # fmt: skip


def lookback(t: Translator, view: View) -> ChartSpec:
    """The look-back in use over time."""
    days, months = view.used
    changes = sum(one != two for one, two in zip(months[1:], months[:-1], strict=True))
    title = t(
        "momentum.lookback_title",
        months=words.months(view.now),
        n=changes,
        low=words.months(min(months)),
        high=words.months(max(months)),
    )
    if min(months) == max(months):
        title = t("momentum.lookback_title_fixed", months=words.months(view.now))
    return ChartSpec(
        key="lookback",
        title=title,
        kind="lines",
        traces=(Trace(t("momentum.lookback_line"), days, months, 0, kind="simulated"),),
        number="plain",
        y_title=t("momentum.lookback_axis"),
        source=t("momentum.lookback_source", how=words.method(t, view.found.config), first=days[0], last=days[-1]),
        alt=t("momentum.lookback_alt"),
        height=300,
    )


def past(t: Translator, view: View) -> ChartSpec:
    """What each look-back has earned so far."""
    done, recent = view.past["all"], view.past["recent"]
    most, least = max(done, key=lambda back: done[back]), min(done, key=lambda back: done[back])
    return ChartSpec(
        key="past",
        title=t("momentum.past_title", most=most, high=percent(done[most]), least=least, low=percent(done[least])),
        kind="lines",
        traces=(
            Trace(t("momentum.past_all"), list(done), list(done.values()), 0, kind="simulated"),
            Trace(t("momentum.past_recent"), list(recent), list(recent.values()), 1, kind="simulated"),
        ),
        spots=(Spot(view.now, None, t("momentum.past_now", months=words.months(view.now))),),
        x_title=t("momentum.lookback_axis"),
        y_title=t("momentum.past_axis"),
        x_number="plain",
        source=t("momentum.past_source", n=view.past_months, held=view.found.held),
        alt=t("momentum.past_alt"),
        height=320,
    )


def heat(t: Translator, view: View) -> ChartSpec:
    """Rank of each name over each look-back, newest month."""
    rows = view.heat(COLUMNS, MOST_NAMES)
    steady = [name for name, ranks in rows.items() if min(ranks) > 0.5]
    n, of = len(rows), len(view.found.scores)
    more = t("momentum.heat_more", n=n, of=of) if n < of else ""
    columns = [str(back) for back in COLUMNS if back in view.found.heat.columns]
    return ChartSpec(
        key="heat",
        title=t("momentum.heat_title", n=len(steady), of=n),
        kind="heat",
        traces=tuple(
            Trace(
                words.short(t, name), columns, [rank - 0.5 for rank in ranks], 0, names=[f"{100 * rank:.0f}" for rank in ranks],
                kind="simulated",
            )
            for name, ranks in rows.items()
        ),
        source=" ".join(filter(None, (t("momentum.heat_source", day=words.decided(t, view)), more))),
        alt=t("momentum.heat_alt"),
        x_title=t("momentum.lookback_axis"),
        height=90 + 23 * n,
    )  # fmt: skip


def forecast(t: Translator, view: View) -> ChartSpec:
    """Mean and spread of the forecasts, highest first."""
    rows = [row for row in view.forecasts if row.mean is not None and row.spread is not None][:MOST_NAMES]
    means = [row.mean or 0.0 for row in rows]
    spreads = [row.spread or 0.0 for row in rows]
    apart = sum(mean - spread > 0.0 for mean, spread in zip(means, spreads, strict=True))
    return ChartSpec(
        key="forecast",
        title=t("momentum.forecast_title", name=words.asset(t, rows[0].name), mean=percent(means[0], sign=True), n=apart, of=len(rows)),
        kind="dots",
        traces=(
            Trace(
                t("momentum.forecast_line"), means, [words.asset(t, row.name) for row in rows], 0,
                low=[mean - spread for mean, spread in zip(means, spreads, strict=True)],
                high=[mean + spread for mean, spread in zip(means, spreads, strict=True)], kind="model",
            ),
        ),
        source=t("momentum.forecast_source", day=words.decided(t, view)),
        alt=t("momentum.forecast_alt"),
        height=90 + 24 * len(rows),
    )  # fmt: skip


def growth(t: Translator, view: View, scale: str) -> ChartSpec:
    """The fund, before and after cost, and what it is measured against."""
    paths = view.growth
    ends = {name: words.times(values[-1]) for name, values in paths.levels.items()}
    title = t("momentum.growth_title", first=f"{paths.dates[0]:%Y-%m}", ours=ends["net"], market=ends["market"])
    if "fixed_12_1" in ends:
        title = t("momentum.growth_title_fixed", title=title, fixed=ends["fixed_12_1"])
    return ChartSpec(
        key="growth",
        title=title,
        kind="lines",
        traces=tuple(
            Trace(words.strategy(t, name), paths.dates, values, SLOTS[name], kind="index" if name == "market" else "simulated")
            for name, values in paths.levels.items()
        ),
        source=words.basis(t, view),
        alt=t("momentum.growth_alt"),
        y_title=t("momentum.growth_axis"),
        number="growth",
        log=scale == "log",
        height=420,
    )  # fmt: skip


def beside(t: Translator, view: View) -> ChartSpec:
    """The simulated fund and the live momentum ETF; ``panels`` makes a chart of each."""
    assert view.beside is not None  # noqa: S101  (asked before)
    paths, _ = view.beside
    kinds: dict[str, Sort] = {"momentum": "simulated", "MTUM": "live"}
    return ChartSpec(
        key="beside",
        title="",
        kind="lines",
        traces=tuple(
            Trace(t("momentum.strategy_net") if name == "momentum" else name, paths.dates, values, order, kind=kinds[name])
            for order, (name, values) in enumerate(paths.levels.items())
        ),
        source=t("momentum.beside_source", first=paths.dates[1], last=paths.dates[-1]),
        alt=t("momentum.beside_alt"),
        y_title=t("momentum.growth_axis"),
        number="growth",
        height=300,
    )  # fmt: skip


def titled(t: Translator, spec: ChartSpec) -> ChartSpec:
    """One of the two charts with its own takeaway."""
    (trace,) = spec.traces
    end = ratio(float(trace.y[-1] or 0.0))
    return replace(spec, title=t(f"momentum.beside_{trace.kind}", name=trace.name, end=end))


def turnover(t: Translator, view: View) -> ChartSpec:
    """Turnover by calendar year."""
    years, shares = list(view.turnover), list(view.turnover.values())
    most = max(view.turnover, key=lambda year: view.turnover[year])
    return ChartSpec(
        key="turnover",
        title=t("momentum.turnover_title", mean=percent(sum(shares) / len(shares), 0), most=percent(view.turnover[most], 0), year=most),
        kind="lines",
        traces=(Trace(t("momentum.turnover_line"), [date(year, 12, 31) for year in years], shares, 0, kind="simulated"),),
        source=t("momentum.turnover_source"),
        alt=t("momentum.turnover_alt"),
        y_title=t("momentum.turnover_axis"),
        height=260,
    )  # fmt: skip


def live(t: Translator, found: LiveRecord) -> ChartSpec:
    """Growth of the real funds."""
    ends = {name: ratio(values[-1]) for name, values in found.growth.levels.items()}
    slots: dict[str, int | None] = {"AMOM": 0, "MTUM": 1, "SPY": None}
    return ChartSpec(
        key="live-growth",
        title=t("momentum.live_title", first=f"{found.growth.dates[0]:%Y-%m}", amom=ends["AMOM"], mtum=ends["MTUM"], spy=ends["SPY"]),
        kind="lines",
        traces=tuple(
            Trace(name, found.growth.dates, values, slots[name], kind="live") for name, values in found.growth.levels.items()
        ),
        source=words.live_basis(t, found),
        alt=t("momentum.live_alt"),
        y_title=t("momentum.growth_axis"),
        number="growth",
        height=340,
    )  # fmt: skip
