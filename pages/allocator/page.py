"""What an account can really buy: whole shares nearest to a model portfolio, with proof, reasons and orders."""

import streamlit as st

from engine.allocation import exposures, falls
from pages.allocator import charts, controls, facts, tables, words
from ui import answers, frame, record, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "allocator")

# 1. What is asked, and the answer with its proof.
asked = controls.panel(ctx)
with st.spinner(t("allocator.solving"), show_time=True):
    found = answers.allocation_answer(ctx, asked)
frame.age(age, ctx, words.days(found))
st.subheader(words.headline(t, found), anchor=False)
render.cards("figures", words.cards(t, found), ctx.language, width=170)
render.say(words.meaning(t, found), "answer")
record.facts(facts.basket(ctx, found))
st.caption(words.basis(t, found))
for note in words.notes(t, found.allocation.notes):
    st.info(note, icon=":material/info:")

# 2. The basket beside the model, and why this basket.
if words.held(found):
    blocks = exposures(found)
    st.markdown(f"**{t('allocator.basket')}**")
    rows = render.frame(tables.basket(t, found))
    render.table(rows, {}, t("allocator.basket"), key="basket", note=t("allocator.basket_note"))
    render.csv_button(rows, "allocator-basket", t)
    render.show(charts.exposures(t, found, blocks), render.frame(tables.exposures(t, blocks)), t)
st.subheader(t("allocator.why"), anchor=False)
render.why(words.reasons(t, found.facts), words.sure(t, found), t)

# 3. The order ticket.
st.subheader(t("allocator.ticket"), anchor=False)
st.warning(t("allocator.ticket_example"), icon=":material/receipt_long:")
orders = render.frame(tables.ticket(t, found))
if len(orders):
    render.table(orders, {}, t("allocator.ticket"), key="orders")
    st.caption(
        t(
            "allocator.ticket_total",
            cost=words.money(t, found.ticket.cost, "USD"),
            cash=words.money(t, found.ticket.cash_left, "USD"),
        )
    )
    st.caption(t("allocator.ticket_cost"))
    render.downloads(orders, "orders", t, words.ticket_notes(t, found))
else:
    st.info(t("allocator.ticket_none"), icon=":material/info:")
with st.expander(t("allocator.how"), icon=":material/schedule:"):
    st.markdown(t("allocator.how_text"))

# 4. What the worst crises would have cost.
st.subheader(t("allocator.falls"), anchor=False)
worst = falls(found)
said = f"{t('allocator.falls_note')} {words.falls_missing(t, worst)}"
render.table(render.frame(tables.falls(t, found, worst)), {}, t("allocator.falls"), key="falls", note=said)
record.facts(facts.falls(worst))

# 5. When the all-world fund wins; other exchange rates, sizes of account, months of saving: worked out on demand.
st.subheader(t("allocator.what_if"), anchor=False)
if st.toggle(t("allocator.compare"), key="allocator-compare", persist_state="session"):
    with frame.guard(t), st.spinner(t("allocator.solving"), show_time=True):
        variants = answers.allocation_variants(ctx, asked, controls.UNIVERSES)
        render.say(words.example(t, found, variants), "example")
        render.table(render.frame(tables.variants(t, variants)), {}, t("allocator.compare"), key="variants")
        if ctx.currency == "KRW":
            moved = answers.allocation_rates(ctx, asked)
            render.show(charts.rates(t, moved), render.frame(tables.rates(t, moved)), t)
if st.toggle(t("allocator.curve"), key="allocator-curve-on", persist_state="session"):
    with frame.guard(t), st.spinner(t("allocator.solving"), show_time=True):
        points = answers.allocation_curve(ctx, asked)
        render.show(charts.curve(t, found, points), render.frame(tables.curve(t, found, points)), t)
if st.toggle(t("allocator.plan"), key="allocator-plan-on", persist_state="session"):
    monthly, months = controls.plan(ctx)
    with frame.guard(t), st.spinner(t("allocator.solving"), show_time=True):
        plan = answers.allocation_plan(ctx, asked, controls.dollars(monthly, found), months)
        render.show(charts.plan(t, plan), render.frame(tables.plan(t, found, plan)), t)

# 6. What the account pays.
st.subheader(t("allocator.rates"), anchor=False)
st.caption(t("allocator.rates_note"))
render.table(render.frame(tables.profile(t, found.question.profile)), {}, t("allocator.rates"), key="rates-paid")
