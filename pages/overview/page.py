"""What each line earned, what it cost in falls, and how old the numbers are."""

import streamlit as st

from engine import lines
from pages.overview import charts
from ui import answers, frame, render, tokens, url
from ui.format import percent
from ui.registry import PAGES

DEFAULT_LINES = ["MTUM", "QUAL", "USMV", "VLUE", "etf_equal_weight"]

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "overview")
choices = [line_id for line_id in lines.specs() if line_id not in (charts.INDEX, charts.PRICE)]
ids = url.several(
    st.multiselect, "lines", t("overview.series"), choices, DEFAULT_LINES,
    format_func=lambda line_id: t(f"series.{line_id}"), help=t("overview.series_help"),
)  # fmt: skip
items = answers.performance(ctx, [charts.INDEX, *ids])
frame.age(age, ctx, [item.last for item in items])

# 1. The S&P 500 in one sentence, and each line's return beside its worst fall.
st.markdown(charts.headline(ctx, items[0]))
with st.grid(min_column_width=190):
    for item in items:
        with st.container(border=True, height="stretch"):
            st.metric(
                t(f"series.{item.id}"), t("overview.a_year", cagr=percent(item.metrics.cagr)),
                f"{t('metric.max_drawdown')} {percent(item.metrics.max_drawdown)}",
                delta_color=tokens.FALL[ctx.language], delta_arrow="off", help=t("metric.cagr_help"),
            )  # fmt: skip
            st.caption(charts.card_note(ctx, item))

# 2. Growth and the way below the high.
points = render.frame(charts.points(ctx, items))
render.show(charts.growth(ctx, items), points, t)
render.show(charts.below_high(ctx, items), points, t)

# 3. All figures.
st.subheader(t("overview.table_title"), anchor=False)
st.caption(t("overview.table_note"))
table = render.frame(charts.table(ctx, items))
render.table(table, charts.helps(t), t("overview.table_title"))
render.csv_button(table, "performance", t)

# 4. Where to go from here.
st.subheader(t("overview.next"), anchor=False)
with st.container(horizontal=True):
    for spec in PAGES[1:]:
        frame.link_to(spec.key, ctx)
