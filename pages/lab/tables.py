"""Tables of the backtest lab, as rows of cells."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

from engine import lab
from engine.analytics import FIGURES, FactSheet, WalkForward
from engine.lab import sweep, views
from engine.performance import Performance
from pages.lab import words
from ui.format import NONE, percent, ratio
from ui.i18n import Translator

Row = dict[str, object]
COMPARED = (
    "cagr", "volatility", "sharpe", "max_drawdown", "worst_month", "hit_ratio", "information_ratio", "tracking_error",
    "up_capture", "down_capture",
)  # fmt: skip


def figures(t: Translator, found: lab.Run, against: FactSheet | None, judged: lab.Evidence) -> list[Row]:
    """All figures of the run and of its benchmark, with the intervals there are."""
    rows: list[Row] = []
    for name in FIGURES:
        low_high = judged.intervals.get(name)
        ends = NONE if low_high is None else " – ".join(words.show(name, value) for value in low_high)
        rows.append(
            {
                t("lab.column_figure"): t(f"metric.{name}"),
                t("lab.rule_line"): words.show(name, getattr(found.sheet, name)),
                words.benchmark(t, found) if against else t("lab.mark_none"): (
                    words.show(name, getattr(against, name)) if against else NONE
                ),
                t("lab.column_interval"): ends,
                t("lab.column_meaning"): t(f"metric.{name}_help"),
            }
        )
    return rows


def falls(t: Translator, found: lab.Run) -> list[Row]:
    """The deepest falls."""
    return [
        {
            t("lab.column_depth"): percent(row["depth"]),
            t("lab.column_peak"): row["peak"],
            t("lab.column_trough"): row["trough"],
            t("lab.column_recovery"): row["recovery"] or t("lab.open"),
            t("lab.column_down"): row["days_down"],
            t("lab.column_up"): NONE if row["days_to_recover"] is None else str(row["days_to_recover"]),
            t("lab.column_total"): row["days_total"],
        }
        for row in found.sheet.to_dict()["drawdowns"]
    ]


def years(t: Translator, found: lab.Run) -> list[Row]:
    """One row a calendar year."""
    rows: list[Row] = []
    for year, row in views.yearly(found).iterrows():
        cells: Row = {t("lab.column_year"): str(year), t("lab.rule_line"): percent(row["return"])}
        if "benchmark" in row:
            cells[words.benchmark(t, found)] = percent(row["benchmark"])
        if "won" in row:
            cells[t("lab.column_won")] = NONE if isnan(row["won"]) else f"{row['won']:.0f} / {row['months']:.0f}"
        cells[t("lab.card_turnover")] = percent(row["turnover"], 0)
        cells[t("lab.column_cost")] = percent(row["cost"], 2)
        cells[t("lab.column_trades")] = int(row["trades"])
        rows.append(cells)
    return rows


def folds(t: Translator, found: WalkForward, swept: lab.Surface, prices: lab.PricePanel) -> list[Row]:
    """Which cell was chosen on the past, and what it then did."""
    rows: list[Row] = []
    for row in found.folds.to_dict("records"):
        x, y = sweep.values(swept, int(row["chosen"]))
        rows.append(
            {
                t("lab.column_train"): f"{row['train_first']:%Y-%m} – {row['train_last']:%Y-%m}",
                t("lab.column_test"): f"{row['test_first']:%Y-%m} – {row['test_last']:%Y-%m}",
                words.number(t, swept.x, prices): f"{x:g}",
                words.number(t, swept.y, prices): f"{y:g}",
                t("lab.fold_in"): ratio(_known(row["in_sample"])),
                t("lab.fold_out"): ratio(_known(row["out_of_sample"])),
                t("lab.fold_median"): ratio(_known(row["median"])),
            }
        )
    return rows


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def cells(t: Translator, found: lab.Surface, prices: lab.PricePanel) -> list[Row]:
    """Every cell of a surface."""
    return [
        {
            words.number(t, found.x, prices): x,
            words.number(t, found.y, prices): y,
            t(f"metric.{found.figure}"): _known(value),
            t("lab.column_plateau"): bool(flat),
        }
        for y, row, flats in zip(found.ys, found.values.tolist(), found.plateau.tolist(), strict=True)
        for x, value, flat in zip(found.xs, row, flats, strict=True)
    ]


def beside(t: Translator, items: Sequence[Performance], names: dict[str, str]) -> list[Row]:
    """One row a run or line."""
    rows: list[Row] = []
    for item in items:
        shown = {t(f"metric.{name}"): words.show(name, getattr(item.metrics, name)) for name in COMPARED}
        rows.append({t("lab.column_name"): names[item.id], **shown})
    return rows


def values(t: Translator, found: lab.Run) -> Any:
    """Everything by date, decimals, with headings in the reader's language."""
    table = views.values(found)
    return table.rename(columns={name: t(f"lab.value_{name}") for name in table.columns})
