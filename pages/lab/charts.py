"""Charts of the backtest lab, as descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

from engine import lab
from engine.analytics import WalkForward
from engine.lab import sweep, views
from engine.performance import Performance
from pages.lab import words
from ui.format import percent, ratio
from ui.i18n import Translator
from ui.specs import SORTS, ChartSpec, Spot, Trace, YFormat

SHARES = ("band", "share", "cap", "target", "buffer")
"""Numbers that are shares of one."""


LEAST = 0.0005
"""Cash below this is rounding and not drawn."""


def _pair(t: Translator, found: lab.Run, paths: dict[str, views.Path]) -> tuple[Trace, ...]:
    """The rule and its benchmark."""
    traces = [Trace(t("lab.rule_line"), *paths["rule"], 0, kind="simulated")]
    if "benchmark" in paths:
        traces.append(Trace(words.benchmark(t, found), *paths["benchmark"], None, kind=words.sort(found)))
    return tuple(traces)


def growth(t: Translator, found: lab.Run, scale: str, judged: lab.Evidence | None) -> ChartSpec:
    """Growth of one unit; with ``judged`` the band of resampled histories."""
    paths = views.growth(found)
    traces = _pair(t, found, paths)
    if judged is not None:
        bands = judged.bands
        dates, middle = views.drawn(bands[0.5])
        low, high = (views.drawn(bands[level])[1] for level in (0.05, 0.95))
        traces = (Trace(t("lab.band_line"), dates, middle, 1, low=low, high=high, kind="simulated"), *traces)
    told = {"since": f"{found.first:%Y-%m}", "end": ratio(paths["rule"][1][-1])}
    title = t("lab.growth_alone", **told)
    if "benchmark" in paths:
        title = t("lab.growth_title", **told, other=ratio(paths["benchmark"][1][-1]), name=words.benchmark(t, found))
    return ChartSpec(
        key="lab-growth", title=title, kind="lines", traces=traces, source=words.basis(t, found),
        alt=t("lab.growth_alt", name=words.benchmark(t, found)), y_title=t("lab.growth_axis"), number="growth",
        log=scale == "log",
    )  # fmt: skip


def underwater(t: Translator, found: lab.Run) -> ChartSpec:
    """Distance below the running high."""
    return ChartSpec(
        key="lab-underwater", title=t("lab.under_title", fall=percent(found.sheet.max_drawdown)), kind="underwater",
        traces=_pair(t, found, views.falls(found, 600)), alt=t("lab.under_alt", name=words.benchmark(t, found)), height=220,
    )  # fmt: skip


def rolling(t: Translator, found: lab.Run, months: int, figure: str) -> ChartSpec:
    """One figure over every run of so many months."""
    table = views.rolling(found, months).dropna(subset=[figure])
    traces = [Trace(t("lab.rule_line"), *views.drawn(table[figure]), 0, kind="simulated")]
    if figure == "return" and "benchmark" in table:
        traces.append(Trace(words.benchmark(t, found), *views.drawn(table["benchmark"]), None, kind=words.sort(found)))
    worst = table[figure].min()
    number: YFormat = "growth" if figure in ("sharpe", "information_ratio") else "percent"
    low = ratio(worst) if number == "growth" else percent(worst)
    return ChartSpec(
        key="lab-rolling", title=t("lab.rolling_title", figure=t(f"lab.roll_{figure}"), months=months, low=low),
        kind="lines", traces=tuple(traces), source=f"{t('lab.rolling_source', months=months)} {words.basis(t, found)}",
        alt=t("lab.rolling_alt", figure=t(f"lab.roll_{figure}")), number=number,
    )  # fmt: skip


def months(t: Translator, found: lab.Run, active: bool) -> ChartSpec:
    """Returns by month and year."""
    table = views.month_table(found, active=active)
    names = [t(f"lab.month_{number}") for number in range(1, 13)]
    ahead = sum(value > 0 for row in table.values() for value in row if value is not None)
    known = sum(value is not None for row in table.values() for value in row)
    return ChartSpec(
        key="lab-months", title=t("lab.months_active" if active else "lab.months_title", won=ahead, n=known), kind="heat",
        traces=tuple(Trace(str(year), names, row, 0, kind="simulated") for year, row in table.items()),
        source=f"{t('lab.months_source')} {words.basis(t, found)}", alt=t("lab.months_alt"), height=90 + 26 * len(table),
    )  # fmt: skip


def weights(t: Translator, found: lab.Run) -> ChartSpec:
    """Weights at month ends."""
    table = views.weights(found)
    dates = [stamp.date() for stamp in table.index]
    held = {str(name): parts for name, parts in table.to_dict("list").items() if name != "cash" or max(parts) > LEAST}
    largest = max(held, key=lambda name: held[name][-1])
    return ChartSpec(
        key="lab-weights",
        title=t("lab.weights_title", name=_held(t, largest), share=percent(held[largest][-1], 0)), kind="areas",
        traces=tuple(Trace(_held(t, name), dates, parts, order, kind="simulated") for order, (name, parts) in enumerate(held.items())),
        source=f"{t('lab.weights_source')} {words.basis(t, found)}", alt=t("lab.weights_alt"), height=340,
    )  # fmt: skip


def _held(t: Translator, name: str) -> str:
    return t(f"lab.held_{name}") if name in ("cash", "others") else words.asset(t, name)


def surface(t: Translator, found: lab.Surface, prices: lab.PricePanel) -> ChartSpec:
    """A figure over two numbers: the plateau dotted, the best cell and the run's own place named."""
    rows = [[None if isnan(value) else value for value in row] for row in found.values.tolist()]
    best_x, best_y = sweep.values(found, found.best[0] * len(found.xs) + found.best[1])
    spots = [Spot(best_x, best_y, t("lab.spot_best"))]
    x, y = found.here
    inside = x is not None and y is not None and found.xs[0] <= x <= found.xs[-1] and found.ys[0] <= y <= found.ys[-1]
    if inside and x is not None and y is not None:
        spots.append(Spot(x, y, t("lab.spot_here")))
    dotted = [
        (across, up)
        for up, row in zip(found.ys, found.plateau.tolist(), strict=True)
        for across, flat in zip(found.xs, row, strict=True)
        if flat
    ]
    figure = t(f"metric.{found.figure}")
    return ChartSpec(
        key="lab-surface", title=t("lab.surface_title", figure=figure, share=words.share(found.plateau_share)), kind="surface",
        traces=tuple(Trace("", found.xs, row, 0, kind="simulated") for row in rows), rows=found.ys, spots=tuple(spots), dotted=tuple(dotted),
        x_title=words.number(t, found.x, prices), y_title=words.number(t, found.y, prices), z_title=figure,
        number="percent" if found.figure in words.PERCENT else "growth", x_number=_unit(found.x), y_number=_unit(found.y),
        source=t("lab.surface_source", first=found.first, last=found.last), alt=t("lab.surface_alt", figure=figure), height=430,
    )  # fmt: skip


def _unit(name: str) -> YFormat | None:
    return "percent" if name.rpartition(".")[2] in SHARES else None


def folds(t: Translator, found: WalkForward) -> ChartSpec:
    """What was promised in the training years and what the test year gave."""
    table = found.folds.dropna(subset=["in_sample", "out_of_sample"])
    names = [
        f"{first:%Y-%m} – {last:%Y-%m}" for first, last in zip(table["test_first"], table["test_last"], strict=True)
    ]
    kept = int((table["out_of_sample"] > table["median"]).sum())
    return ChartSpec(
        key="lab-folds", title=t("lab.folds_title", kept=kept, n=len(table)), kind="dumbbell",
        traces=(
            Trace(t("lab.fold_in"), table["in_sample"].tolist(), names, 1, kind="simulated"),
            Trace(t("lab.fold_out"), table["out_of_sample"].tolist(), names, 0, kind="simulated"),
        ),
        source=t("lab.folds_source"), alt=t("lab.folds_alt"), number="growth", height=130 + 34 * len(names),
    )  # fmt: skip


def beside(t: Translator, items: Sequence[Performance], names: dict[str, str], scale: str) -> ChartSpec:
    """Runs and lines over the dates that all of them have."""
    best = max(items, key=lambda item: item.metrics.cagr)
    first, last, mark = items[0].dates[0], items[0].last, items[0].yardstick
    return ChartSpec(
        key="lab-compare",
        title=t("lab.compare_title", name=names[best.id], cagr=percent(best.metrics.cagr)), kind="lines",
        traces=tuple(
            Trace(names[item.id], item.dates, item.growth, None if item.id == mark else order, kind=SORTS.get(item.kind, ""))
            for order, item in enumerate(items)
        ),
        source=t(
            "lab.compare_source", first=first, last=last, frequency=t(f"frame.{items[0].frequency}"),
            basis=t(f"frame.{items[0].basis}"), currency=items[0].currency,
        ),
        alt=t("lab.compare_alt", names=", ".join(names[item.id] for item in items)), y_title=t("lab.growth_axis"),
        number="growth", log=scale == "log",
    )  # fmt: skip
