"""What the whole market holds, from public sizes with their dates, and what is filled in between them."""

from dataclasses import replace

import streamlit as st

from engine.world import bonds, infrastructure, sizes, studies
from pages.world import charts, controls, facts, tables, words
from ui import answers, frame, record, render, url

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "world")
asked = controls.panel(ctx)
if ctx.currency != "USD":
    st.caption(t("world.dollars"))

# 1. The weights of a day, how sure each is, and what each size is made of.
world = None
with frame.guard(t):
    world = answers.world(ctx, asked)
if world is None and asked.vintage:
    with frame.guard(t):
        st.info(words.earliest(t, answers.world_paths(ctx, asked)), icon=":material/history:")
if world:
    frame.age(age, ctx, words.days(world))
    render.say(words.headline(t, world), "answer")
    st.caption(t("world.theory"))
    with frame.guard(t):
        render.why(words.grounds(t, world), words.sure(t, world, answers.world_paths(ctx, asked)), t)
    left, right = st.columns(2)
    with left:
        render.chart(charts.weights(t, world))
    with right:
        render.say(words.kinds(t, world), "kinds")
        for note in words.notes(t, world):
            st.caption(note)
    render.table(rows := render.frame(tables.classes(t, world)), {}, t("world.title"), key="classes")
    render.csv_button(rows, "world-weights", t)
    st.markdown(f"**{t('world.made_of')}**")
    render.table(made := render.frame(tables.sources(t, world)), {}, t("world.made_of"), key="sources")
    render.csv_button(made, "world-sources", t)

# 2. Sizes over time: reported points, filled stretches, what was known when, and the test of the filling.
st.subheader(t("world.heading_paths"), anchor=False)
with frame.guard(t):
    paths = answers.world_paths(ctx, asked)
    render.show(charts.paths(t, paths), render.frame(tables.paths(t, paths)), t)
    if asked.vintage:
        gaps = answers.world_gaps(ctx, asked)
        render.show(charts.gap(t, gaps, paths), render.frame(tables.gaps(t, gaps)), t)
        st.caption(words.coverage_gap(t, charts.differences(gaps)))
    st.markdown(f"**{t('world.left_title')}**")
    render.say(words.tested(t, paths), "tested")
    both = [answers.world_paths(ctx, replace(asked, indicator=code)) for code in ("none", "sp500_price")]
    st.caption(words.indicator_choice(t, both[0]["equity"], both[1]["equity"]))
    guessed = render.frame(tables.left_out(t, paths))
    if len(guessed):
        render.data(guessed, "world-left-out", t)

# 3. Beside published studies and in every scope.
st.subheader(t("world.heading_studies"), anchor=False)
with frame.guard(t):
    if world:
        found = answers.world_beside(ctx, asked)
        render.say(words.study_lead(t, world, found), "studies-said")
        record.facts(facts.market(ctx, world, found))
        render.chart(charts.studies(t, world, found))
        ours = answers.world_by_scope(ctx, asked)
        beside = render.frame(tables.beside(t, world, asked.scope, ours, found))
        render.table(beside, {}, t("world.heading_studies"), key="studies-table")
        render.csv_button(beside, "world-studies", t)
        render.say(words.reasons(t, found), "reasons")
    totals = studies.totals()
    st.caption(words.hewitt(t, totals))
    render.data(render.frame(tables.totals(t, totals)), "world-totals", t)

# 4. Infrastructure: a rule, not a count.
st.subheader(t("world.heading_ratio"), anchor=False)
with frame.guard(t):
    render.say(words.chosen_ratio(t, infrastructure.ratio(asked.pair)), "ratio-said")
    if world:
        pairs = infrastructure.sensitivity(world.sizes_usd_bn["real_estate"])
        low, high = answers.world_by_pair(ctx, asked, world.date, [pairs[0][0].pair, pairs[-1][0].pair])
        st.warning(words.ratio_span(t, pairs, low, high, vintage=asked.vintage), icon=":material/warning:")
        render.show(charts.sensitivity(t, pairs), render.frame(tables.ratios(t, pairs, asked.pair)), t)

# 5. Inside equity and bonds, as far as facts go.
st.subheader(t("world.heading_inside"), anchor=False)
with frame.guard(t):
    render.say(words.covers(t, studies.coverage()), "covers")
    render.say(words.substitute(t, studies.equity_substitute(sizes.SCOPE_SETS[asked.scope]["equity"])), "substitute")
    dates = list(reversed(studies.country_dates()))
    chosen = url.choice(
        st.segmented_control, "countries", t("world.countries"), dates, dates[0], required=True,
        format_func=lambda code: words.on(t, code), help=t("world.countries_help"),
    )  # fmt: skip
    left, right = st.columns(2)
    for column, part, key in (
        (left, studies.equity_by_country(chosen), "country"),
        (right, studies.equity_by_sector(), "sector"),
    ):
        with column:
            render.show(charts.breakdown(t, part, key), render.frame(tables.breakdown(t, part)), t)
    st.caption(t("world.residual_note"))
    st.markdown(f"**{t('world.bonds_title')}**")
    render.say("\n".join(f"- {line}" for line in words.bonds(t, bonds.bond_statement())), "bonds")

# 6. The model portfolio handed on.
st.subheader(t("world.heading_blocks"), anchor=False)
if world:
    with frame.guard(t):
        model = answers.world_blocks(ctx, replace(asked, date=world.date))
        render.say(words.block_lead(t, model), "blocks-said")
        render.chart(charts.blocks(t, model))
        render.table(render.frame(tables.blocks(t, model)), {}, t("world.heading_blocks"), key="blocks-table")
        render.csv_button(render.frame(tables.portfolio(model, asked.scope)), "world-blocks", t)
        st.caption("  \n".join(words.block_limits(t, world)))
else:
    st.caption(t("world.no_day"))
