"""How active funds fared beside an index, what fees and trading take, and how long patience needed."""

from datetime import date

import streamlit as st

from pages.passive import charts, controls, facts, tables, words
from ui import answers, frame, record, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "passive")
inputs: list[date] = []

# 1. Published counts, and the chance of picking a winner by them.
with frame.guard(t):
    published = answers.scorecards(ctx.snapshot)
    inputs.append(max(row.as_of for row in published))
    st.markdown(words.brief(t, published))
    st.subheader(t("passive.part_scorecards"), anchor=False)
    years = controls.horizon(ctx)
    rows = words.ordered(published, years)
    st.markdown(words.scorecards(t, rows))
    for said in (words.minority(t, rows), words.not_found(t, rows, published)):
        if said:
            st.caption(said)
    render.chart(charts.scorecards(t, rows))
    st.caption(t("passive.scorecards_note"))
    render.data(render.frame(tables.scorecards(t, rows)), f"scorecards-{years}", t)

    st.subheader(t("passive.part_odds"), anchor=False)
    asked, *chances = controls.odds(ctx, rows)
    st.markdown(words.odds(t, asked))
    record.facts(facts.published(ctx, rows, asked))
    render.chart(charts.odds(t, asked, chances))
    st.caption(t("passive.odds_note"))
    render.data(render.frame(tables.odds(t, chances)), "odds", t)

# 2. One bet, ten years.
st.subheader(t("passive.part_bet"), anchor=False)
with frame.guard(t):
    bet = answers.bet(ctx.snapshot)
    st.markdown(words.bet_result(t, bet))
    record.facts(facts.bet(bet))
    with st.grid(min_column_width=200):
        for label, value in words.bet_cards(t, bet):
            with st.container(border=True, height="stretch"):
                st.metric(label, value)
    st.caption(t("passive.bet_pairs"))
    render.chart(charts.bet_growth(t, bet))
    render.chart(charts.bet_years(t, bet))
    st.caption(t("passive.bet_note"))
    render.data(render.frame(tables.bet_years(t, bet)), "bet-years", t)
    st.dataframe(render.frame(tables.bet_final(t, bet)), hide_index=True, alt=t("passive.part_bet"))
    render.csv_button(render.frame(tables.bet_final(t, bet)), "bet-final", t)

# 3. What a fee takes over the years.
st.subheader(t("passive.part_fees"), anchor=False)
path = controls.fees(ctx)
st.markdown(words.fees(ctx, path))
render.chart(charts.fees(ctx, path))
st.caption(t("passive.fees_note"))
render.data(render.frame(tables.fees(ctx, path)), "fees", t)

# 4. How often holding on ended with a gain.
st.subheader(t("passive.part_holding"), anchor=False)
with frame.guard(t):
    held = answers.holding(ctx.snapshot, ctx.currency)
    inputs += [row.last for row in held if row.last]
    st.markdown(words.holding_meaning(t, held))
    record.facts(facts.holding(held))
    render.chart(charts.holding(t, held))
    for said in (words.holding_absent(t, held), t("passive.holding_won") if ctx.currency == "KRW" else ""):
        if said:
            st.caption(said)
    st.caption(t("passive.holding_note"))
    shown = render.frame(tables.holding(t, held))
    st.dataframe(shown, hide_index=True, alt=t("passive.part_holding"), height="content")
    render.csv_button(shown, f"holding-{ctx.currency}", t)

# 5. What trading often takes.
st.subheader(t("passive.part_trading"), anchor=False)
traded = controls.trading(ctx, path)
st.markdown(words.trades(t, traded.own))
record.facts(facts.fees(ctx, path, traded.own))
render.chart(charts.trading(t, traded))
st.caption(t("passive.trading_note"))
render.data(render.frame(tables.trading(t, traded)), "trading", t)

# 6. What the article says, what could be confirmed, and what two funds are in law.
st.subheader(t("passive.part_claims"), anchor=False)
with frame.guard(t):
    claims = answers.claims(ctx.snapshot)
    inputs += [item.as_of for item in claims]
    st.markdown("\n".join(words.claim(t, item) for item in claims))
    render.data(render.frame(tables.claims(t, claims)), "claims", t)
st.subheader(t("passive.part_funds"), anchor=False)
with frame.guard(t):
    funds = answers.fund_status(ctx.snapshot)
    st.markdown("\n".join(words.status(t, item) for item in funds))
    st.markdown(t("passive.funds_meaning"))
    render.data(render.frame(tables.funds(t, funds)), "active-funds", t)
frame.age(age, ctx, inputs)
