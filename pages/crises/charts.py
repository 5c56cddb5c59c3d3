"""Charts and tables of the crisis page, as descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.crises import YARDSTICKS, Comparison, Crisis, CrisisReport, CrisisRow, FundFall, Path, slug
from engine.sources import Line
from pages.crises import words
from ui.context import Context
from ui.format import NONE, day, percent, points, whole
from ui.i18n import Translator
from ui.specs import SORTS, Band, ChartSpec, Trace

MARK = {"defended": "▲", "level": "=", "deeper": "▼"}


def slots(ids: Sequence[str]) -> dict[str, int | None]:
    """Colour slot of each line; the first yardstick among them is grey and dashed."""
    grey = next((line_id for line_id in YARDSTICKS if line_id in ids), None)
    coloured = [line_id for line_id in ids if line_id != grey]
    return {line_id: None if line_id == grey else coloured.index(line_id) for line_id in ids}


def aligned(
    ctx: Context, crisis: Crisis, group: Comparison, colour: dict[str, int | None], kinds: Mapping[str, str]
) -> ChartSpec:
    """Change since the peak, all lines starting together."""
    t = ctx.t
    paths = sorted(group.paths, key=lambda path: path.fall.depth)
    names = [words.line_name(t, path.id) for path in paths]
    falls = [percent(path.fall.depth) for path in paths]
    title = (
        t("crises.aligned_title_flat")
        if round(paths[0].fall.depth, 3) == 0
        else t("crises.aligned_title_one", name=names[0], fall=falls[0])
        if len(paths) == 1
        else t("crises.aligned_title", deepest=f"{names[0]} ({falls[0]})", shallowest=f"{names[-1]} ({falls[-1]})")
    )
    peak = day(crisis.peak, t.language)
    return ChartSpec(
        key=f"aligned-{group.basis}-{group.currency}",
        title=title,
        kind="lines",
        traces=tuple(
            Trace(
                words.line_name(t, path.id), path.days, path.change, colour[path.id], kind=SORTS.get(kinds[path.id], "")
            )
            for path in group.paths
        ),
        source=words.group_line(t, "crises.change_since", group),
        alt=t("crises.aligned_alt", peak=peak, names=", ".join(names)),
        x_title=t("crises.days_since", peak=peak),
        bands=(Band(0, (crisis.trough - crisis.peak).days, t("crises.band")),),
    )


def below_high(
    ctx: Context, crisis: Crisis, group: Comparison, colour: dict[str, int | None], kinds: Mapping[str, str]
) -> ChartSpec:
    """Distance below the running high."""
    t = ctx.t
    names = ", ".join(words.line_name(t, path.id) for path in group.paths)
    return ChartSpec(
        key=f"underwater-{group.basis}-{group.currency}",
        title=_underwater_title(t, group.paths),
        kind="underwater",
        traces=tuple(
            Trace(
                words.line_name(t, path.id),
                path.dates,
                path.underwater,
                colour[path.id],
                kind=SORTS.get(kinds[path.id], ""),
            )
            for path in group.paths
        ),
        source=words.group_line(t, "crises.below_high", group),
        alt=t("crises.underwater_alt", names=names, peak=crisis.peak),
        bands=(Band(crisis.peak, crisis.trough, t("crises.band")),),
    )


def _underwater_title(t: Translator, paths: Sequence[Path]) -> str:
    still = [words.line_name(t, path.id) for path in paths if path.fall.recovery is None]
    if still:
        return t("crises.underwater_title_open", names=", ".join(still), day=min(path.last for path in paths))
    if all(round(path.fall.depth, 3) == 0 for path in paths):
        return t("crises.aligned_title_flat")
    longest = max(paths, key=lambda path: path.days_under)
    return t("crises.underwater_title", name=words.line_name(t, longest.id), days=longest.days_under)


def pairs(ctx: Context, reports: Sequence[CrisisReport], focus: str, lines: Sequence[Line]) -> ChartSpec:
    """Fall of one line and of its benchmark in each crisis in which both are known."""
    t = ctx.t
    rows = [(report.crisis, report.row(focus)) for report in reports if report.row(focus).verdict]
    name = words.line_name(t, focus)
    crises = [_titled(ctx, crisis, row) for crisis, row in rows]
    defended = sum(row.verdict == "defended" for _, row in rows)
    return ChartSpec(
        key="pairs",
        title=t("crises.pairs_title", name=name, defended=defended, compared=len(rows)),
        kind="bars",
        traces=(
            Trace(name, [row.compared_drawdown or 0.0 for _, row in rows], crises, 0),
            Trace(t("crises.benchmark_bar"), [row.yardstick_drawdown or 0.0 for _, row in rows], crises, None),
        ),
        source=words.sources(t, [row for _, row in rows], lines),
        alt=t("crises.pairs_alt", name=name),
        height=90 + 62 * len(rows),
    )


def funds(ctx: Context, falls: Sequence[FundFall], provenance: dict[str, str]) -> ChartSpec:
    """Live funds end to end in each fall, with SPY as the mark."""
    t = ctx.t
    crises = list(dict.fromkeys(fall.crisis for fall in falls))
    spy = {fall.crisis: fall.spy_return for fall in falls}
    label = {name: words.crisis_name(t, slug(name), name) for name in crises}
    order = list(dict.fromkeys(fall.fund for fall in falls))
    marks = [Trace("SPY", [spy[name] for name in crises], [label[name] for name in crises], None, kind="live")]
    dots = [
        Trace(
            fund,
            [fall.return_ for fall in falls if fall.fund == fund],
            [label[fall.crisis] for fall in falls if fall.fund == fund],
            order.index(fund),
            kind="live",
        )
        for fund in order
    ]
    return ChartSpec(
        key="funds",
        title=words.funds_title(t, falls),
        kind="dots",
        traces=(*dots, *marks),
        source=t("crises.funds_source", **provenance),
        alt=t("crises.funds_alt"),
        height=120 + 38 * len(crises),
    )


def table(ctx: Context, report: CrisisReport, dollars: CrisisReport) -> list[dict[str, object]]:
    """One row a line; in won also the fall in dollars at the line's own frequency."""
    t = ctx.t
    rows: list[dict[str, object]] = []
    for row in report.rows:
        plain = dollars.row(row.id)
        known = percent(plain.drawdown) if plain.currency == "USD" else NONE
        usd = {t("crises.column_fall_usd"): known} if ctx.currency != "USD" else {}
        rows.append(
            {
                t("crises.column_series"): words.line_name(t, row.id),
                t("crises.column_fall", currency=ctx.currency): _fall(ctx, row),
                t("crises.column_frequency"): t(f"frame.{row.frequency}"),
                **usd,
                t("crises.column_down"): whole(row.days_down),
                t("crises.column_recover"): _recover(t, row),
                t("crises.column_return"): percent(row.return_),
                t("crises.column_yardstick"): words.line_name(t, row.yardstick) if row.yardstick else NONE,
                t("crises.column_yardstick_fall"): percent(row.yardstick_drawdown),
                t("crises.column_excess"): points(row.excess_drawdown, t("frame.points")),
                t("crises.column_capture"): percent(row.capture, 0),
                t("crises.column_verdict"): words.verdict(t, row, report.rows),
                t("crises.column_basis"): t(f"frame.{row.basis}"),
                t("crises.column_peak"): row.peak,
                t("crises.column_trough"): row.trough,
            }
        )
    return rows


def _fall(ctx: Context, row: CrisisRow) -> str:
    return (
        percent(row.drawdown)
        if row.currency == ctx.currency or not row.covered
        else f"{percent(row.drawdown)} ({row.currency})"
    )


def _titled(ctx: Context, crisis: Crisis, row: CrisisRow) -> str:
    """A crisis' name, with the currency where it is another than asked for."""
    name = words.crisis_title(ctx.t, crisis)
    return name if row.currency == ctx.currency else f"{name} ({row.currency})"


def _recover(t: Translator, row: CrisisRow) -> str:
    return t("crises.open") if row.covered and row.recovery is None else whole(row.days_to_recover)


def grid(ctx: Context, reports: Sequence[CrisisReport]) -> list[dict[str, object]]:
    """One row a crisis, one column a line: fall and verdict."""
    t = ctx.t
    return [
        {
            t("crises.column_crisis"): words.crisis_title(t, report.crisis),
            t("crises.column_peak"): report.crisis.peak,
            t("crises.column_index"): percent(report.crisis.index_drawdown),
        }
        | {
            f"{words.line_name(t, row.id)} ({t(f'frame.{row.frequency}')})": f"{_fall(ctx, row)} {MARK.get(row.verdict or '', '')}".strip()
            for row in report.rows
        }
        for report in reversed(reports)
    ]


def pair_table(ctx: Context, reports: Sequence[CrisisReport], focus: str) -> list[dict[str, object]]:
    """The paired falls."""
    t = ctx.t
    return [
        {
            t("crises.column_crisis"): _titled(ctx, report.crisis, row),
            words.line_name(t, focus): percent(row.compared_drawdown),
            t("crises.column_yardstick"): words.line_name(t, row.yardstick or ""),
            t("crises.column_yardstick_fall"): percent(row.yardstick_drawdown),
            t("crises.column_compared"): t(f"frame.{row.compared_frequency}"),
            t("crises.column_verdict"): words.verdict(t, row, report.rows),
        }
        for report in reports
        for row in [report.row(focus)]
        if row.verdict
    ]


def fund_table(ctx: Context, falls: Sequence[FundFall]) -> list[dict[str, object]]:
    """The live funds' returns."""
    t = ctx.t
    return [
        {
            t("crises.column_crisis"): words.crisis_name(t, slug(fall.crisis), fall.crisis),
            t("crises.column_series"): fall.fund,
            t("crises.column_return"): percent(fall.return_),
            "SPY": percent(fall.spy_return),
            t("crises.column_verdict"): t(f"crises.verdict_{fall.verdict}"),
        }
        for fall in falls
    ]
