"""Is it ahead, how deep were the falls, how old are the numbers; and what is held today."""

from datetime import date

import streamlit as st

from engine.factors import results
from pages.overview import charts, words
from ui import answers, frame, render, url
from ui.registry import PAGES

UNIVERSE_OF = {"ai": "full", "ai_large_cap": "large_cap", "ai_etf": "factor_etf"}
BESIDE = ["etf_equal_weight", "MTUM", "QUAL", "USMV", "VLUE"]

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "overview")

# 1. What is judged.
with st.container(horizontal=True, vertical_alignment="bottom", key="overview-controls"):
    chosen = url.choice(
        st.selectbox, "line", t("overview.line"), charts.CHOICES, charts.CHOICES[0], width=300,
        format_func=lambda line_id: words.name(t, line_id), help=t("overview.line_help"),
    )  # fmt: skip
    fee = url.number(
        st.slider, "fund_fee", t("overview.fee"), 0.0, low=0.0, high=0.02, step=0.0005, format="percent", width=300,
        help=t("overview.fee_help"),
    )  # fmt: skip
universe = UNIVERSE_OF.get(chosen)
found = None
with frame.guard(t):
    found = answers.headline(ctx, chosen, fee)
if found:
    frame.age(age, ctx, [found.as_of])
    words.note_facts(ctx, found, date.today())

    # 2. and 3. The sentence, and five figures.
    render.say(words.headline(ctx, found), "headline")
    render.cards("overview-cards", words.cards(ctx, found, date.today()), ctx.language, width=170)
    with frame.guard(t):
        render.say(words.evidence(ctx, found, results.report(universe) if universe else None), "evidence")

    # 4. Growth, and the way below the high.
    render.chart(charts.growth(ctx, found))
    render.chart(charts.below_high(ctx, found))

    # 5. Months ahead of the benchmark.
    if found.hits.months:
        render.show(charts.heat(ctx, found), render.frame(charts.month_rows(ctx, found)), t)

# 6. What is held today.
st.subheader(t("overview.today"), anchor=False)
with frame.guard(t):
    model = universe or "factor_etf"
    held = results.weights_on(model)
    render.say(words.weights(ctx, model, held), "weights")
    st.caption(words.weights_note(t, held["holds"], held["fit"]))
    frame.link_to("factors", ctx, {"universe": model})
with frame.guard(t):
    today = answers.today(ctx)
    render.say(words.basket(t, today.basket), "basket")
    st.caption(words.basket_note(t, today.basket))
    frame.link_to("allocator", ctx, {"currency": today.basket.currency})
    render.plain(
        render.frame(words.picks(t, today)), t("overview.picks"), key="picks",
        note=t("overview.picks_note", day=today.ranked_on),
    )  # fmt: skip
    frame.link_to("universe", ctx)

# 7. The same figures for several series.
st.subheader(t("overview.beside"), anchor=False)
with frame.guard(t):
    others = url.several(
        st.multiselect, "lines", t("overview.series"), charts.CHOICES, BESIDE,
        format_func=lambda line_id: words.name(t, line_id), help=t("overview.series_help"),
    )  # fmt: skip
    items = answers.beside(ctx, chosen, others, fee)
    rows = render.frame(charts.table(ctx, items, found))
    render.table(
        rows,
        charts.helps(t),
        t("overview.beside"),
        key="performance",
        note=charts.table_note(ctx, items),
        height="content",
    )
    render.csv_button(rows, "performance", t)

# 8. Where to go from here.
st.subheader(t("overview.next"), anchor=False)
with st.container(horizontal=True):
    for spec in PAGES[1:]:
        frame.link_to(spec.key, ctx)
