"""Charts and tables of the overview, as descriptions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.lines import line
from engine.performance import Performance
from ui.context import Context
from ui.format import NONE, day, percent, ratio
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

INDEX = "sp500_total_return"
PRICE = "sp500_price"
"""Never on this page: a price index beside total returns would flatter them."""

PERCENT = (
    "cagr",
    "volatility",
    "tracking_error",
    "hit_ratio",
    "max_drawdown",
    "up_capture",
    "down_capture",
    "worst_month",
)
METRICS = (
    "cagr", "volatility", "sharpe", "max_drawdown", "worst_month", "hit_ratio", "information_ratio", "tracking_error",
    "sortino", "calmar", "up_capture", "down_capture", "skew",
)  # fmt: skip
"""Order of the columns."""


def what(t: Translator, item: Performance) -> str:
    return t(f"frame.kind_{item.kind}", bps=f"{item.cost_bps or 0:g}")


def headline(ctx: Context, item: Performance) -> str:
    """What the S&P 500 earned and how far it once fell."""
    language = ctx.language
    return ctx.t(
        "overview.sentence",
        cagr=percent(item.metrics.cagr),
        fall=percent(item.metrics.max_drawdown),
        first=day(item.first, language),
        last=day(item.last, language),
    )


def card_note(ctx: Context, item: Performance) -> str:
    """The small print of a card: months won, Sharpe, and what kind of number it is."""
    t = ctx.t
    won = f"{t('metric.hit_ratio')} {percent(item.metrics.hit_ratio)} · " if item.yardstick else ""
    basis = f"{t(f'frame.{item.frequency}')}, {t(f'frame.{item.basis}')}, {item.currency}"
    return f"{won}{t('metric.sharpe')} {ratio(item.metrics.sharpe)}  \n{basis}, {what(t, item)}"


def _traces(ctx: Context, items: Sequence[Performance], field: str) -> tuple[Trace, ...]:
    names = [item.id for item in items if item.kind != "index"]
    return tuple(
        Trace(
            ctx.t(f"series.{item.id}"),
            item.dates,
            getattr(item, field),
            None if item.kind == "index" else names.index(item.id),
        )
        for item in items
    )


def _source(ctx: Context, items: Sequence[Performance]) -> str:
    t = ctx.t
    parts = [
        f"{t(f'series.{item.id}')}: {t(f'frame.{item.basis}')}, {item.currency}, {what(t, item)}, {item.dates[0]} – {item.dates[-1]}"
        for item in items
    ]
    origins = "; ".join(sorted({line(item.id).source for item in items}))
    return t("overview.source", what="; ".join(parts), as_of=min(item.dates[-1] for item in items), sources=origins)


def growth(ctx: Context, items: Sequence[Performance]) -> ChartSpec:
    """Growth of one unit since the first date that all of them have."""
    t = ctx.t
    index = next(item for item in items if item.id == INDEX)
    best = max((item for item in items if item is not index), key=lambda item: item.growth[-1], default=index)
    unit = t("overview.dollar" if best.currency == "USD" else "overview.won")
    title = "overview.growth_title_index" if best is index else "overview.growth_title"
    names = ", ".join(t(f"series.{item.id}") for item in items)
    return ChartSpec(
        key="growth",
        title=t(
            title,
            unit=unit,
            since=f"{best.dates[0]:%Y-%m}",
            end=ratio(best.growth[-1]),
            other=ratio(index.growth[-1]),
            name=t(f"series.{best.id}"),
        ),
        kind="lines",
        traces=_traces(ctx, items, "growth"),
        source=_source(ctx, items),
        alt=t("overview.growth_alt", names=names),
        y_title=t("overview.growth_axis"),
        number="growth",
        log=ctx.scale == "log",
    )


def below_high(ctx: Context, items: Sequence[Performance]) -> ChartSpec:
    """Distance below the running high."""
    t = ctx.t
    deepest = min(items, key=lambda item: min(item.underwater))
    names = ", ".join(t(f"series.{item.id}") for item in items)
    return ChartSpec(
        key="overview-underwater",
        title=t("overview.under_title", name=t(f"series.{deepest.id}"), fall=percent(min(deepest.underwater))),
        kind="underwater",
        traces=_traces(ctx, items, "underwater"),
        source=_source(ctx, items),
        alt=t("overview.under_alt", names=names),
        height=260,
    )


def table(ctx: Context, items: Sequence[Performance]) -> list[dict[str, object]]:
    """One row a line, one column a figure, as text with units."""
    t = ctx.t
    return [
        {
            t("overview.column_series"): t(f"series.{item.id}"),
            **{
                t(f"metric.{name}"): (percent if name in PERCENT else ratio)(getattr(item.metrics, name))
                for name in METRICS
            },
            t("overview.column_benchmark"): t(f"series.{item.yardstick}") if item.yardstick else NONE,
            t("overview.column_frequency"): t(f"frame.{item.frequency}"),
            t("overview.column_first"): item.first,
            t("overview.column_last"): item.last,
            t("overview.column_what"): what(t, item),
            t("overview.column_currency"): item.currency,
        }
        for item in items
    ]


def helps(t: Translator) -> dict[str, str]:
    """Definition of each figure by its column heading."""
    return {t(f"metric.{name}"): t(f"metric.{name}_help") for name in METRICS}


def points(ctx: Context, items: Sequence[Performance]) -> list[dict[str, object]]:
    """The drawn points, decimals."""
    t = ctx.t
    return [
        {
            t("overview.column_series"): t(f"series.{item.id}"),
            t("overview.column_date"): when,
            t("overview.growth_axis"): value,
            t("crises.below_high"): under,
        }
        for item in items
        for when, value, under in zip(item.dates, item.growth, item.underwater, strict=True)
    ]
