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
    render.say(words.headline(t, found, apart), "answer")
    record.facts(facts.apart(apart))
    for note in words.findings(t, found.findings):
        st.info(note, icon=":material/info:")
    around = answers.market_map(asked.mapped())
    render.cards("figures", words.cards(t, found, apart, revealed), ctx.language, width=230)
    render.why(words.reason(t, found, apart, revealed), words.sure(t, found, apart, around), t)
    st.caption(words.scale_of_things(t, found, apart))
    left, right = st.columns(2)
    with left:
        means = render.frame(tables.means(t, found))
        if words.defined(found):
            render.show(charts.weights(t, found, apart), means, t)
        else:
            render.data(means, "equilibrium-means", t)
    with right:
        here = (inputs.informed_fraction, asked.supply_noise)
        render.show(
            charts.market_map(t, around, here, apart.active_share), render.frame(tables.market_map(t, around)), t
        )
    st.markdown(f"**{t('utility.cases')}**")
    cases = render.frame(tables.cases(t, apart, limiting_cases(inputs)))
    render.plain(cases, t("utility.cases"), key="cases", note=t("utility.cases_note"))

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
        render.table(
            render.frame(tables.coefficients(t, found)), {}, t("utility.coefficients"), key="coefficients",
            note=f"{words.coefficients_note(t, found)} {t('utility.basis')}",
        )  # fmt: skip

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
        render.show(charts.certainty(t, sweep, found), render.frame(tables.sweep(t, sweep)), t)
    with right:
        render.chart(charts.revealed(t, sweep, found, revealed))

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
    frame.undated(age, ctx)
    oldest = panels.frontier(ctx, told)
    frame.age(age, ctx, [oldest] if oldest else [])
