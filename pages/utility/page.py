"""What an investor without private information would hold, why, and what it is worth to know more."""

import streamlit as st

from engine.world.equilibrium import solve_inputs
from engine.world.separation import limiting_cases, separation
from engine.world.statics import demand_lines, over_informed_fraction, price_surface
from pages.utility import charts, controls, facts, panels, tables, words
from ui import answers, frame, record, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "utility")

# 1. How far the uninformed are from the market, and what ignoring that costs.
asked = controls.market(ctx)
with frame.guard(t):
    inputs = asked.inputs()
    found = solve_inputs(inputs)
    apart = separation(found)
    (now,) = over_informed_fraction(inputs, [inputs.informed_fraction]).revealed.tolist()
    revealed = dict(zip(inputs.assets, now, strict=True))
    st.markdown(words.headline(t, found, apart))
    record.facts(facts.apart(apart))
    for note in words.findings(t, found.findings):
        st.info(note, icon=":material/info:")
    with st.grid(min_column_width=230):
        for card in words.cards(t, found, apart, revealed):
            with st.container(border=True, height="stretch"):
                st.metric(card["label"], card["value"])
                st.caption(card["note"])
    st.caption(words.scale_of_things(t, found, apart))
    left, right = st.columns(2)
    with left:
        if words.defined(found):
            render.chart(charts.weights(t, found, apart))
        render.data(render.frame(tables.means(t, found)), "equilibrium-means", t)
    with right:
        around = answers.market_map(asked.mapped())
        here = (inputs.informed_fraction, asked.supply_noise)
        render.show(
            charts.market_map(t, around, here, apart.active_share), render.frame(tables.market_map(t, around)), t
        )
    st.markdown(f"**{t('utility.cases')}**")
    st.table(render.frame(tables.cases(t, apart, limiting_cases(inputs))))
    st.caption(t("utility.cases_note"))

    # 2. The source's three formulas, in its order.
    st.subheader(t("utility.formulas"), anchor=False)
    with st.grid(min_column_width=280):
        for formula in words.formulas(t, found):
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{formula['title']}**")
                st.latex(formula["latex"])
                st.caption(formula["symbols"])
    st.caption(t("utility.origin"))
    with st.expander(t("utility.coefficients"), icon=":material/function:"):
        st.dataframe(render.frame(tables.coefficients(t, found)), hide_index=True, alt=t("utility.coefficients"))
        st.caption(f"{words.coefficients_note(t, found)} {t('utility.basis')}")

    # 3. One asset: demand over its price, its price over signal and supply.
    st.subheader(t("utility.one_asset"), anchor=False)
    asset, signal, supply = controls.asset(ctx)
    if signal and supply:
        for note in words.findings(t, words.of_state(found, found.state(signal, supply))):
            st.info(note, icon=":material/info:")
    left, right = st.columns(2)
    with left:
        lines = demand_lines(found, asset, signal, supply)
        render.show(charts.demand(t, lines), render.frame(tables.demand(t, lines)), t)
    with right:
        plane = price_surface(found, asset)
        render.show(charts.surface(t, plane), render.frame(tables.surface(t, plane)), t)

    # 4. What it is worth to know more, and what prices give away.
    st.subheader(t("utility.worth"), anchor=False)
    sweep = over_informed_fraction(inputs)
    left, right = st.columns(2)
    with left:
        render.chart(charts.certainty(t, sweep, found))
    with right:
        render.chart(charts.revealed(t, sweep, found, revealed))
    render.data(render.frame(tables.sweep(t, sweep)), "informed-share", t)

    # 5. The same played out, on demand.
    st.subheader(t("utility.simulation"), anchor=False)
    st.caption(t("utility.simulation_intro"))
    panels.simulation(ctx, asked, found)

# 6. From answers to a risk aversion: shown whole, kept nowhere.
st.subheader(t("utility.questionnaire"), anchor=False)
st.caption(t("utility.questionnaire_note"))
told = panels.risk_aversion(ctx)

# 7. The frontier under one manager's assumptions, on demand.
st.subheader(t("utility.frontier"), anchor=False)
with frame.guard(t):
    oldest = panels.frontier(ctx, told)
    frame.age(age, ctx, [oldest] if oldest else [])
