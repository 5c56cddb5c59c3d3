"""How deep, how long, and who held up: crises against the S&P 500."""

from datetime import date

import streamlit as st

from engine import crises, lines, sources
from pages.crises import charts, facts, upload, words
from ui import answers, frame, record, render, url

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2100, 1, 1)
DEFAULT_CRISIS = "inflation-rate-bear-2022"
DEFAULT_SERIES = ["sp500_total_return", "ai", "ai_etf", "equal_weight", "MTUM", "USMV"]

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "crises")

# 1. What is asked: a crisis (or a range) and the lines to compare.
found = url.choice(
    st.segmented_control, "falls", t("crises.falls"), list(words.FALLS), "table", required=True,
    format_func=lambda code: words.falls(t, code), help=t("crises.falls_help"),
)  # fmt: skip
table = crises.named_crises() if found == "table" else crises.falls_by_rule(words.FALLS[found])
named = [crisis for crisis in table if ctx.since is None or crisis.peak >= ctx.since]
slugs = [crisis.slug for crisis in reversed(named)]
titles = {crisis.slug: words.crisis_title(t, crisis) for crisis in named}
with st.container(horizontal=True, vertical_alignment="bottom"):
    slug = url.choice(
        st.selectbox, "crisis", t("crises.pick"), [*slugs, "custom"], DEFAULT_CRISIS if DEFAULT_CRISIS in slugs else [*slugs, "custom"][0],
        format_func=lambda code: titles.get(code) or words.crisis_name(t, code), help=t("crises.pick_help"), width=360,
    )  # fmt: skip
    if slug == "custom":
        start = url.day("start", t("crises.start"), date(2007, 10, 9), first=FIRST_DAY, last=LAST_DAY, width=150)
        end = url.day("end", t("crises.end"), date(2009, 3, 9), first=FIRST_DAY, last=LAST_DAY, width=150)
ids = url.several(
    st.multiselect, "series", t("crises.series"), list(lines.specs()), DEFAULT_SERIES,
    format_func=lambda line_id: words.line_name(t, line_id), help=t("crises.series_help"),
)  # fmt: skip
if any(lines.specs()[line_id].survivors for line_id in ids):
    record.hindsight(t("crises.survivors"))
    st.warning(t("crises.survivors"), icon=":material/history:")
own = upload.panel(ctx)

shown = [*crises.choose_lines(ids), *own]
asked = (
    crises.custom_range(start, end, shown)
    if slug == "custom"
    else next(crisis for crisis in named if crisis.slug == slug)
)

# 2. This crisis: the sentence, a card a line, the lines from the peak on, the table.
(report,) = answers.crisis_reports(ctx, [asked], ids, own)
(dollars,) = answers.crisis_reports(ctx, [asked], ids, own, currency="USD")
(index,) = answers.crisis_reports(ctx, [asked], ["sp500_price"], currency="USD")
covered = [row for row in report.rows if row.covered]
st.subheader(titles.get(slug) or words.crisis_name(t, slug), anchor=False)
render.say(
    f"{words.what_fell(ctx, asked, index.rows[0])} {words.who_defended(t, covered)} {words.live_in(t, asked)}", "answer"
)
st.caption(t("crises.rule"))
record.facts(facts.crisis(ctx, asked, index.rows[0], covered))
frame.age(age, ctx, words.inputs(ctx, shown, [report]))
for note in (words.missing(t, report), words.other_currency(ctx, covered)):
    if note:
        st.info(note, icon=":material/info:")

render.cards("falls", [words.card(t, row, covered) for row in covered], ctx.language, width=210)

groups = crises.comparisons(report, shown, currency=ctx.currency)
colour = charts.slots([line.id for line in shown])
kinds = {line.id: line.kind for line in shown}
for group in groups:
    left, right = st.columns(2)
    with left:
        render.chart(charts.aligned(ctx, asked, group, colour, kinds))
    with right:
        render.chart(charts.below_high(ctx, asked, group, colour, kinds))
if groups:
    st.caption(f"{words.sources(t, report.rows, shown)} {t('crises.monthly_note')}")
rows = render.frame(charts.table(ctx, report, dollars))
render.table(rows, {}, t("crises.heading_one"), key="crisis")
render.csv_button(rows, "crisis", t)

# 3. All crises: one line against its benchmark, then everything in one grid.
st.subheader(t("crises.heading_all"), anchor=False)
reports = answers.crisis_reports(ctx, named, ids, own)
record.facts(facts.all_crises(ctx, named, crises.records(reports)))
compared = [line.id for line in shown if any(item.row(line.id).verdict for item in reports)]
if compared:
    focus = url.choice(
        st.selectbox, "focus", t("crises.focus"), compared, compared[0],
        format_func=lambda line_id: words.line_name(t, line_id), width=360,
    )  # fmt: skip
    render.show(charts.pairs(ctx, reports, focus, shown), render.frame(charts.pair_table(ctx, reports, focus)), t)
else:
    st.info(t("crises.pairs_none"), icon=":material/info:")
st.caption(t("crises.all_table"))
everything = render.frame(charts.grid(ctx, reports))
render.table(everything, {}, t("crises.all_table"), key="all-crises")
render.csv_button(everything, "all-crises", t)
st.caption("  \n".join(words.record(t, item) for item in crises.records(reports) if item.compared))
st.caption(words.mixed_currency(ctx, reports))

# 4. Live funds: published evidence, on its own panel.
st.subheader(t("crises.heading_funds"), anchor=False)
with frame.guard(t):
    falls = crises.fund_falls()
    record.facts(facts.funds(falls))
    fund_data = sources.load("fund_returns_in_crises")
    panel = charts.funds(
        ctx, falls, {"as_of": fund_data.provenance.as_of.isoformat(), "source": fund_data.frame["source"].iloc[0]}
    )
    render.show(panel, render.frame(charts.fund_table(ctx, falls)), t)
    st.caption(t("crises.funds_note"))
