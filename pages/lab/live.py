"""The live part of the lab: a slider reruns this and nothing else, and only the view that is open is worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine import lab
from engine.analytics import FactSheet
from engine.lab import sweep, views
from engine.lab.config import OWN
from engine.lines import line, specs
from pages.lab import charts, controls, files, session, tables, words
from pages.lab.session import Asked
from ui import frame, record, render, url
from ui.context import SCALES, Context
from ui.i18n import Translator

ROLLS = ("return", "volatility", "sharpe", "tracking_error", "information_ratio")
WINDOWS = (12, 36, 60)
TRAINED = (1, 2, 3, 5, 10)
SIZES = ("6", "10", "20")
MAIN_FIGURES = ("sharpe", "information_ratio", "cagr", "max_drawdown", "volatility", "calmar", "hit_ratio")


@dataclass(frozen=True, eq=False)
class Shown:
    """What every view may use."""

    t: Translator
    ctx: Context
    asked: Asked
    found: lab.Run
    against: FactSheet | None
    judged: lab.Evidence


@frame.live
def panel(ctx: Context, age: DeltaGenerator) -> None:
    """Controls, answer, and one view."""
    t = ctx.t
    with frame.fragment() as links, frame.guard(t):
        asked = controls.panel(t)
        files.beyond(t, asked)
        found, current = _answer(t, asked)
        links.append(files.bar(t, asked, found if current else None))
        if found is None or not current:
            st.info(t("lab.press_run" if found is None else "lab.press_again"), icon=":material/play_arrow:")
        if found is not None:
            if current:
                session.note(asked.key, found)
            frame.age(age, ctx, [found.last])
            _show(ctx, replace(asked, config=found.config), found)


def _answer(t: Translator, asked: Asked) -> tuple[lab.Run | None, bool]:
    if not asked.config.strategy.heavy:
        return session.answer(asked)
    with st.spinner(t("lab.running"), show_time=True):
        return session.answer(asked)


def _show(ctx: Context, asked: Asked, found: lab.Run) -> None:
    """The view first, which a reader who moves a slider looks at; then what stands above it."""
    t = ctx.t
    if words.survivors(found):
        record.hindsight(t("lab.finding_survivorship"))
    above = st.container()
    look = url.choice(
        st.segmented_control, "look", t("lab.look"), list(VIEWS), "growth", required=True, label_visibility="collapsed",
        format_func=lambda code: t(f"lab.look_{code}"),
    )  # fmt: skip
    shown = Shown(t, ctx, asked, found, views.benchmark_sheet(found), lab.evidence(found, session.ratios()))
    with frame.guard(t):
        VIEWS[look](shown)
    with above:
        # A view that sweeps has added to the tries by now.
        _judge(replace(shown, judged=lab.evidence(found, session.ratios())))
    st.caption("  \n".join(f"– {told}" for told in words.findings(t, found)))
    if ctx.currency != found.panel.currency:
        st.caption(t("lab.currency", currency=found.panel.currency))


def _judge(shown: Shown) -> None:
    """Headline, rivals, tags and figures."""
    t, found = shown.t, shown.found
    render.say(words.headline(t, found, shown.against, shown.judged), "answer")
    with frame.guard(t):
        prices = shown.asked.prices
        late, rival = lab.late(found.config, prices, known=found), views.rival(found, prices)
        render.why(words.reason(t, found, rival), f"{words.sure(t, shown.judged)} {words.stress(t, found, late)}", t)
    with st.container(horizontal=True, key="lab-tags"):
        for text, colour, icon, meaning in words.tags(t, found, shown.judged, session.tuned_on(shown.asked.key)):
            st.badge(text, icon=icon, color=colour, help=meaning)
    render.cards("figures", words.cards(t, found, shown.against, shown.judged), shown.ctx.language, width=150)


def _growth(shown: Shown) -> None:
    t = shown.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scale = _scale(t)
        spread = url.flag(st.toggle, "spread", t("lab.spread"), help=t("lab.spread_help"))
    render.chart(charts.growth(t, shown.found, scale, shown.judged if spread else None))
    render.chart(charts.underwater(t, shown.found))


def _scale(t: Translator) -> str:
    return url.choice(
        st.segmented_control, "scale", t("frame.scale"), SCALES, "log", required=True,
        format_func=lambda code: t(f"frame.scale_{code}"),
    )  # fmt: skip


def _figures(shown: Shown) -> None:
    t = shown.t
    rows = render.frame(tables.figures(t, shown.found, shown.against, shown.judged))
    note = f"{t('lab.figures_note')} {words.basis(t, shown.found)}"
    render.table(rows, {}, t("lab.look_figures"), key="figures-table", note=note, height="content")
    render.csv_button(rows, "lab-figures", t)


def _rolling(shown: Shown) -> None:
    t = shown.t
    windows = [str(months) for months in WINDOWS if months == WINDOWS[0] or months <= len(shown.found.monthly)]
    rolls = ROLLS if shown.against is not None else ROLLS[:3]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        figure = url.choice(
            st.selectbox,
            "roll",
            t("lab.roll"),
            rolls,
            "return",
            width=260,
            format_func=lambda code: t(f"lab.roll_{code}"),
        )
        months = url.choice(
            st.segmented_control, "months", t("lab.roll_months"), windows, windows[min(1, len(windows) - 1)], required=True,
            format_func=lambda code: t("lab.months_n", n=code),
        )  # fmt: skip
    render.chart(charts.rolling(t, shown.found, int(months), figure))


def _months(shown: Shown) -> None:
    t = shown.t
    active = shown.against is not None and url.flag(st.toggle, "active_months", t("lab.months_above"))
    render.chart(charts.months(t, shown.found, active))


def _falls(shown: Shown) -> None:
    t = shown.t
    render.chart(charts.underwater(t, shown.found))
    rows = render.frame(tables.falls(t, shown.found))
    note = f"{t('lab.falls_note')} {words.basis(t, shown.found)}"
    render.table(rows, {}, t("lab.look_falls"), key="falls-table", note=note)
    render.csv_button(rows, "lab-falls", t)


def _costs(shown: Shown) -> None:
    t, found = shown.t, shown.found
    render.say(words.paid(t, found, views.free(found, shown.asked.prices)), "paid")
    render.chart(charts.weights(t, found))
    rows = render.frame(tables.years(t, found))
    note = f"{t('lab.years_note')} {words.basis(t, found)}"
    render.table(rows, {}, t("lab.look_costs"), key="years-table", note=note, height="content")
    render.csv_button(rows, "lab-years", t)


def _folds(shown: Shown) -> None:
    t = shown.t
    swept = _swept(shown)
    if swept is None:
        return
    fitting = [str(years) for years in TRAINED if years == TRAINED[0] or 12 * years + 1 < len(swept.active)]
    years = url.choice(
        st.segmented_control, "train", t("lab.train"), fitting, fitting[min(2, len(fitting) - 1)], required=True,
        format_func=lambda code: t("lab.years_n", n=code),
    )  # fmt: skip
    walked = sweep.folds(swept, train=12 * int(years))
    render.chart(charts.folds(t, walked))
    rows = render.frame(tables.folds(t, walked, swept, shown.found.panel))
    render.table(rows, {}, t("lab.look_folds"), key="folds-table", note=t("lab.folds_note"))
    render.csv_button(rows, "lab-folds", t)


def _surface(shown: Shown) -> None:
    t = shown.t
    swept = _swept(shown)
    if swept is None:
        return
    render.chart(charts.surface(t, swept, shown.found.panel))
    render.say("\n".join(f"- {told}" for told in words.swept(t, swept, shown.found.panel)), "surface-said")
    render.csv_button(render.frame(tables.cells(t, swept, shown.found.panel)), "lab-surface", t)


def _swept(shown: Shown) -> lab.Surface | None:
    """The grid of two numbers; of a slow strategy only when asked for. Every cell counts as a run tried."""
    t, config, prices = shown.t, shown.found.config, shown.found.panel
    names, (first, second) = config.numbers(), sweep.default_axes(config)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        x = _axis(shown, "sx", names, first)
        y = _axis(shown, "sy", [name for name in names if name != x], second if second != x else first)
        size = url.choice(
            st.segmented_control, "cells", t("lab.cells"), SIZES, "10", required=True,
            format_func=lambda code: t("lab.cells_n", n=code),
        )  # fmt: skip
        figure = url.choice(
            st.selectbox, "sfig", t("lab.sweep_figure"), MAIN_FIGURES, "information_ratio" if shown.against else "sharpe",
            width=220, format_func=lambda code: t(f"metric.{code}"),
        )  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axes = [_ends(shown, name, int(size)) for name in (x, y)]
    st.caption(t("lab.sweep_note"))
    if config.strategy.heavy and not st.button(t("lab.sweep"), key="lab-sweep", icon=":material/grid_on:"):
        return None
    with st.spinner(t("lab.running"), show_time=True):
        swept = lab.surface(config, x, y, *axes, figure=figure, panel=shown.asked.prices)
    keys = [shown.asked.key_of(cell) for cell in sweep.cells(swept, config)]
    session.note_cells(keys, sweep.ratios(swept), (prices.dates[0].date(), swept.last))
    return swept


def _axis(shown: Shown, key: str, names: list[str] | tuple[str, ...], default: str) -> str:
    t = shown.t
    return url.choice(
        st.selectbox, key, t(f"lab.axis_{key}"), names, default, width=260,
        format_func=lambda name: words.number(t, name, shown.found.panel),
    )  # fmt: skip


def _ends(shown: Shown, name: str, count: int) -> tuple[float, ...]:
    t, panel_ = shown.t, shown.found.panel
    low, high, whole = sweep.ends(shown.found.config, name, len(panel_.assets))
    label = words.number(t, name, panel_)
    begin, end = (
        url.number(
            st.number_input, f"{end}_{name}", t(f"lab.sweep_{end}", label=label), value, low=0.0, high=10_000.0,
            step=1.0 if whole else 0.01, format="%.0f" if whole else "%.3f", width=200,
        )
        for end, value in (("low", low), ("high", high))
    )  # fmt: skip
    return sweep.grid(begin, end, count, whole=whole)


def _compare(shown: Shown) -> None:
    t, asked = shown.t, shown.asked
    saved = session.saved()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.session_state.setdefault("lab-runs", list(saved))
        st.session_state["lab-runs"] = [name for name in st.session_state["lab-runs"] if name in saved]
        chosen = st.multiselect(
            t("lab.compare_saved"), list(saved), key="lab-runs", placeholder=t("lab.compare_none"), width=330
        )  # fmt: skip
        others = [name for name in controls.suited(asked.prices) if name != lab.FixedWeights.name]
        rules = url.several(
            st.multiselect, "beside", t("lab.compare_rules"), others, ["equal_weight"], width=330,
            format_func=lambda code: words.strategy(t, code), placeholder=t("lab.compare_none"),
        )  # fmt: skip
        lines = url.several(
            st.multiselect, "with", t("lab.compare_lines"), views.comparable(asked.prices), [], width=330,
            format_func=lambda code: t(f"series.{code}"), placeholder=t("lab.compare_none"),
        )  # fmt: skip
    if any(specs()[name].survivors for name in lines):
        record.hindsight(t("lab.finding_survivorship"))
    with st.spinner(t("lab.running"), show_time=True):
        runs = {t("lab.rule_line"): shown.found}
        for name in chosen:
            runs[name] = _beside(asked, saved[name])
        for code in rules:
            kind = lab.STRATEGIES[code]
            runs[words.strategy(t, code)] = _beside(asked, replace(asked.config, strategy=_made(kind, asked.prices)))
        own = session.own_line()
        items = lab.compare(runs, [*([own] if own else []), *(line(name) for name in lines)])
    names = {item.id: item.id if item.id in runs else words.mark(t, item.id, asked.prices) for item in items}
    render.chart(charts.beside(t, items, names, _scale(t)))
    rows = render.frame(tables.beside(t, items, names))
    render.table(rows, {}, t("lab.look_compare"), key="compare-table", note=t("lab.compare_note"))
    render.csv_button(rows, "lab-compare", t)


def _made(kind: type[lab.Strategy], prices: lab.PricePanel) -> lab.Strategy:
    """A strategy with its own defaults on this panel."""
    suited = lab.AIWeights.suited(prices)
    if kind is lab.AIWeights and suited is not None:
        return suited
    return lab.FactorMomentum(held=min(3, len(prices.assets))) if kind is lab.FactorMomentum else kind()


def _beside(asked: Asked, config: lab.Config) -> lab.Run:
    """Another run; it counts as tried. Own prices serve own configs only."""
    prices = asked.prices if config.panel == asked.config.panel else None
    if config.panel == OWN and prices is None:
        prices = session.own_prices()
    found, _ = session.answer(Asked(config, prices or lab.panel(config.panel), None, True))
    assert found is not None  # noqa: S101  (asked for with the button)
    session.note(asked.key_of(config), found)
    return found


VIEWS: dict[str, Callable[[Shown], None]] = {
    "growth": _growth,
    "figures": _figures,
    "rolling": _rolling,
    "months": _months,
    "falls": _falls,
    "costs": _costs,
    "folds": _folds,
    "surface": _surface,
    "compare": _compare,
}
"""Each is worked out only while it is open."""
