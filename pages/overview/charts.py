"""Charts and tables of the overview, as descriptions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.lines import line, specs
from engine.overview import Headline
from engine.performance import Performance
from pages.overview import words
from ui.context import Context
from ui.format import percent, points, ratio
from ui.i18n import Translator
from ui.specs import ChartSpec, Mark, Sort, Trace

PRICE = "sp500_price"
"""Never on this page: a price index beside total returns would flatter them."""

CHOICES = ["ai_etf", *(name for name, spec in specs().items() if name not in ("ai_etf", PRICE) and not spec.survivors)]
"""Series that can be judged, the default first. None rests on members chosen with hindsight; a test holds this."""

PERCENT = (
    "cagr", "volatility", "tracking_error", "hit_ratio", "max_drawdown", "up_capture", "down_capture", "worst_month",
)  # fmt: skip
METRICS = (
    "cagr", "hit_ratio", "max_drawdown", "worst_month", "volatility", "sharpe", "tracking_error", "information_ratio",
    "up_capture", "down_capture",
)  # fmt: skip
"""Order of the columns."""

MONTHS = tuple(str(month) for month in range(1, 13))

Row = dict[str, object]


def _traces(ctx: Context, found: Headline, field: str) -> tuple[Trace, ...]:
    shown, index = found.shown, found.benchmark
    return (
        Trace(
            words.name(ctx.t, shown.id), shown.dates, getattr(shown, field), 0, kind=words.sort(shown.kind)
        ),
        Trace(words.name(ctx.t, index.id), index.dates, getattr(index, field), None, kind="index"),
    )  # fmt: skip


def _source(ctx: Context, found: Headline) -> str:
    t, shown, index = ctx.t, found.shown, found.benchmark
    said = f"{words.what(t, shown)}; {words.basis(t, found)}; {shown.first} – {shown.last}"
    origins = "; ".join(sorted({line(item.id).source for item in (shown, index)}))
    return t("overview.source", what=said, as_of=found.as_of, sources=origins)


def growth(ctx: Context, found: Headline) -> ChartSpec:
    """Growth of one unit since the first date that both have."""
    t, shown, index = ctx.t, found.shown, found.benchmark
    names = ", ".join(words.name(t, item.id) for item in (shown, index))
    return ChartSpec(
        key="growth",
        title=t(
            "overview.growth_title",
            unit=t("overview.dollar" if shown.currency == "USD" else "overview.won"),
            since=f"{shown.dates[0]:%Y-%m}",
            end=ratio(shown.growth[-1]),
            other=ratio(index.growth[-1]),
            name=words.name(t, shown.id),
            benchmark=words.index(t, index.id),
        ),
        kind="lines",
        traces=_traces(ctx, found, "growth"),
        alt=t("overview.growth_alt", names=names),
        y_title=t("overview.growth_axis"),
        number="growth",
        log=ctx.scale == "log",
        height=320,
    )


def below_high(ctx: Context, found: Headline) -> ChartSpec:
    """Distance below the running high, as a strip of the same dates."""
    t, shown, index = ctx.t, found.shown, found.benchmark
    names = ", ".join(words.name(t, item.id) for item in (shown, index))
    return ChartSpec(
        key="overview-underwater",
        title=t(
            "overview.under_title",
            name=words.name(t, shown.id),
            fall=percent(min(shown.underwater)),
            benchmark=words.index(t, index.id),
            other=percent(min(index.underwater)),
        ),
        kind="underwater",
        traces=_traces(ctx, found, "underwater"),
        source=_source(ctx, found),
        alt=t("overview.under_alt", names=names),
        height=190,
    )


def heat(ctx: Context, found: Headline) -> ChartSpec:
    """Return minus the benchmark's by year and month, the newest year on top; a mark on each month won."""
    t, hits = ctx.t, found.hits
    years = dict(sorted(hits.years().items(), reverse=True))
    benchmark = words.index(t, found.benchmark.id)
    title = {"benchmark": benchmark, "won": sum(hits.won), "months": len(hits.months)}
    return ChartSpec(
        key="heat",
        title=t("overview.heat_title_short", **title)
        if hits.last is None
        else t("overview.heat_title", last=hits.last, **title),
        kind="heat",
        traces=tuple(_year(t, year, months, words.sort(found.shown.kind)) for year, months in years.items()),
        source=t(
            "overview.heat_source",
            name=words.name(t, found.shown.id),
            benchmark=benchmark,
            basis=words.basis(t, found, "monthly"),
            first=f"{hits.months[0]:%Y-%m}",
            last=f"{hits.months[-1]:%Y-%m}",
        ),
        alt=t("overview.heat_alt"),
        height=56 + 32 * len(years),
    )


def _year(t: Translator, year: int, months: Sequence[tuple[float, bool] | None], kind: Sort) -> Trace:
    won, whole = sum(1 for cell in months if cell and cell[1]), sum(1 for cell in months if cell)
    marks: list[Mark] = ["full" if cell and cell[1] else "" for cell in months]
    notes = ["" if cell is None else t("overview.heat_won" if cell[1] else "overview.heat_lost") for cell in months]
    return Trace(
        str(year),
        (*MONTHS, t("overview.heat_year")),
        (*(None if cell is None else cell[0] for cell in months), None),
        None,
        names=(*("" for _ in months), f"{won}/{whole}"),
        marks=(*marks, ""),
        notes=(*notes, t("overview.heat_count", won=won, months=whole)),
        kind=kind,
    )


def table(ctx: Context, items: Sequence[Performance], found: Headline | None) -> list[Row]:
    """One row a line, one column a figure, as text with units; the first row is after the slider's fee."""
    t = ctx.t
    rows: list[Row] = []
    for order, item in enumerate(items):
        what = words.what(t, item)
        if order == 0 and found:
            what = t("overview.table_net", what=what, fee=words.fee(t, found))
        figures = {
            t(f"metric.{name}"): (percent if name in PERCENT else ratio)(getattr(item.metrics, name))
            for name in METRICS
        }
        rows.append({t("overview.column_series"): words.name(t, item.id), t("overview.column_what"): what, **figures})
    return rows


def table_note(ctx: Context, items: Sequence[Performance]) -> str:
    """Dates, frequency, currency and benchmark of all rows."""
    t, first = ctx.t, items[0]
    mark = next(item.yardstick for item in items if item.yardstick)
    return t(
        "overview.table_note",
        first=first.first,
        last=first.last,
        frequency=t(f"frame.{first.frequency}"),
        currency=first.currency,
        benchmark=words.name(t, mark),
    )


def helps(t: Translator) -> dict[str, str]:
    """Definition of each figure by its column heading."""
    return {t(f"metric.{name}"): t(f"metric.{name}_help") for name in METRICS}


def month_rows(ctx: Context, found: Headline) -> list[Row]:
    """Every whole month, as text with units."""
    t, hits = ctx.t, found.hits
    return [
        {
            t("overview.column_month"): f"{month:%Y-%m}",
            t("overview.column_own"): percent(own, 2),
            t("overview.column_other"): percent(other, 2),
            t("overview.column_difference"): points(own - other, t("frame.points"), 2),
            t("overview.column_won"): t("overview.yes" if won else "overview.no"),
        }
        for month, own, other, won in zip(hits.months, hits.returns, hits.benchmark, hits.won, strict=True)
    ]
