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
    render.say(words.brief(t, published), "answer")
    st.subheader(t("passive.part_scorecards"), anchor=False)
    years = controls.horizon(ctx)
    rows = words.ordered(published, years)
    render.say(words.scorecards(t, rows), "scorecards-said")
    for said in (words.minority(t, rows), words.not_found(t, rows, published)):
        if said:
            st.caption(said)
    render.show(charts.scorecards(t, rows), render.frame(tables.scorecards(t, rows)), t)
    st.caption(t("passive.scorecards_note"))

    st.subheader(t("passive.part_odds"), anchor=False)
    asked, *chances = controls.odds(ctx, rows)
    render.say(words.odds(t, asked), "odds-said")
    render.show(charts.odds(t, asked, chances), render.frame(tables.odds(t, chances)), t)
    record.facts(facts.published(ctx, rows, asked))
    st.caption(t("passive.odds_note"))

# 2. One bet, ten years.
st.subheader(t("passive.part_bet"), anchor=False)
with frame.guard(t):
    bet = answers.bet(ctx.snapshot)
    render.say(words.bet_result(t, bet), "bet-said")
    render.cards("bet-figures", words.bet_cards(t, bet), ctx.language, width=200)
    record.facts(facts.bet(bet))
    st.caption(t("passive.bet_pairs"))
    render.chart(charts.bet_growth(t, bet))
    render.show(charts.bet_years(t, bet), render.frame(tables.bet_years(t, bet)), t)
    st.caption(t("passive.bet_note"))
    render.table(render.frame(tables.bet_final(t, bet)), {}, t("passive.part_bet"), key="bet-final")
    render.csv_button(render.frame(tables.bet_final(t, bet)), "bet-final", t)

# 3. What a fee takes over the years.
st.subheader(t("passive.part_fees"), anchor=False)
path = controls.fees(ctx)
render.say(words.fees(ctx, path), "fees-said")
render.show(charts.fees(ctx, path), render.frame(tables.fees(ctx, path)), t)
st.caption(t("passive.fees_note"))

# 4. How often holding on ended with a gain.
st.subheader(t("passive.part_holding"), anchor=False)
with frame.guard(t):
    held = answers.holding(ctx.snapshot, ctx.currency)
    inputs += [row.last for row in held if row.last]
    render.say(words.holding_meaning(t, held), "holding-said")
    record.facts(facts.holding(held))
    render.chart(charts.holding(t, held))
    for said in (words.holding_absent(t, held), t("passive.holding_won") if ctx.currency == "KRW" else ""):
        if said:
            st.caption(said)
    st.caption(t("passive.holding_note"))
    shown = render.frame(tables.holding(t, held))
    render.table(shown, {}, t("passive.part_holding"), key="holding-table", height="content")
    render.csv_button(shown, f"holding-{ctx.currency}", t)

# 5. What trading often takes.
st.subheader(t("passive.part_trading"), anchor=False)
traded = controls.trading(ctx, path)
render.say(words.trades(t, traded.own), "trading-said")
render.show(charts.trading(t, traded), render.frame(tables.trading(t, traded)), t)
record.facts(facts.fees(ctx, path, traded.own))
st.caption(t("passive.trading_note"))

# 6. What the article says, what could be confirmed, and what two funds are in law.
st.subheader(t("passive.part_claims"), anchor=False)
with frame.guard(t):
    claims = answers.claims(ctx.snapshot)
    inputs += [item.as_of for item in claims]
    render.say("\n".join(words.claim(t, item) for item in claims), "claims")
    render.data(render.frame(tables.claims(t, claims)), "claims", t)
st.subheader(t("passive.part_funds"), anchor=False)
with frame.guard(t):
    funds = answers.fund_status(ctx.snapshot)
    render.say("\n".join(words.status(t, item) for item in funds), "funds-status")
    render.say(t("passive.funds_meaning"), "funds-meaning")
    render.data(render.frame(tables.funds(t, funds)), "active-funds", t)
frame.age(age, ctx, inputs)
