"""What the model holds, why, and whether it beats holding everything equally."""

from datetime import date

import streamlit as st

from engine.factors import results
from engine.factors.sleeves import UNIVERSES
from engine.sources import load
from pages.factors import charts, facts, words
from ui import frame, record, render, url
from ui.format import ratio

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "factors")
universe = url.choice(
    st.segmented_control, "universe", t("factors.universe"), list(UNIVERSES), "full", required=True,
    format_func=lambda code: words.universe(t, code, results.newest(code)), help=t("factors.universe_help"),
)  # fmt: skip
report, today = results.report(universe), results.weights_on(universe)
frame.age(age, ctx, [date.fromisoformat(today["date"])])

# 1. Is it better? The verdict first, with interval, trials and stress.
render.say(words.headline(ctx, report), "answer")
record.facts(facts.evidence(ctx, report))
st.caption(t("factors.basis"))

# 2. What it holds now, and why.
st.subheader(words.as_of(ctx, today), anchor=False)
render.cards("weights", charts.factor_cards(ctx, today), ctx.language, width=128)
render.say(words.age(ctx, today, date.today()), "age")
since = words.since(ctx, today)
if note := words.notes(ctx, universe, today):
    st.caption(note)
left, right = st.columns(2)
with left:
    render.chart(charts.dumbbell(ctx, today))
with right:
    sleeve = url.choice(
        st.selectbox, "sleeve", t("factors.why"), list(today["weights"]), list(today["weights"])[1],
        format_func=lambda name: words.sleeve(t, name),
    )  # fmt: skip
    render.show(charts.why(ctx, today, sleeve), render.frame(charts.why_table(ctx, today)), t)
render.why(words.reason(ctx, today), words.confidence(ctx, today, report), t)

# 3. The record: weights, growth, months ahead, evidence.
render.chart(charts.area(ctx, results.weight_history(universe), report, results.stressed(universe), since))
levels = results.growth(universe)
render.show(charts.growth(ctx, levels.dates, levels.values, since), render.frame(results.record_rows(universe)), t)
if "live" in report:
    render.say(words.live_record(ctx, report), "live-months")
st.subheader(t("factors.evidence"), anchor=False)
others = {name: results.report(name) for name in UNIVERSES if name != universe}
rows = render.frame(charts.evidence(ctx, report, others))
render.table(rows, {}, t("factors.evidence"), key="evidence", note=words.evidence_note(ctx, report), height="content")
render.csv_button(rows, "evidence", t)
render.chart(charts.heat(ctx, results.months_ahead(universe), since))

# 4. The target of ten of twelve, and what two live funds did.
st.subheader(t("factors.target"), anchor=False)
odds = results.odds_table()
render.say(words.target(ctx, report, odds), "target")
render.plain(render.frame(charts.odds(ctx, odds)), t("factors.target"), key="odds")
with frame.guard(t):
    record.facts(facts.live(results.live_record()))
    if st.toggle(t("factors.live_show"), value=True, key="factors-live"):
        live = results.live_record()
        title = t("factors.live_title", qrft=live.won["QRFT"], amom=live.won["AMOM"], months=live.months)
        render.say(f"**{title}**", "live")
        shown = render.frame(live.rows(t("factors.column_year"), t("factors.column_months")))
        source = t("factors.live_source", as_of=load("qrft_amom_monthly_returns").provenance.as_of)
        render.plain(shown, title, key="live-record", note=source)

# 5. Ad hoc: one input moved, and the price of defence.
left, right = st.columns(2)
with left, st.container(border=True):
    st.subheader(t("factors.whatif"), anchor=False)
    st.caption(t("factors.whatif_note"))
    inputs = {entry["feature"]: entry for entry in today["inputs"] if entry["raw"] is not None}
    url.relabel("factors-input", lambda name: words.feature(t, name))
    feature = st.selectbox(
        t("factors.whatif_feature"), list(inputs), format_func=lambda name: words.feature(t, name), key="factors-input"
    )
    steps = st.slider(t("factors.whatif_change"), -3.0, 3.0, 1.0, 0.25, key="factors-change")
    answer = results.what_if(universe, feature, steps * inputs[feature]["deviation"])
    moved = {
        "feature": words.feature(t, feature),
        "value": ratio(answer.value, 3),
        "now": ratio(inputs[feature]["raw"], 3),
    }
    render.say(t("factors.whatif_value", **moved), "what-if-answer")
    if answer.outside:
        st.warning(t("factors.whatif_outside", value=ratio(answer.value, 3)), icon=":material/warning:")
    render.table(render.frame(charts.what_if(ctx, today, answer)), {}, t("factors.whatif"), key="what-if")
with right, st.container(border=True):
    st.subheader(t("factors.defence"), anchor=False)
    tilt = st.slider(t("factors.defence_tilt"), 0.0, 1.0, 0.5, 0.1, key="factors-tilt", format="percent")
    cash = st.slider(t("factors.defence_cash"), 0.0, 1.0, 0.0, 0.1, key="factors-cash", format="percent")
    price = results.defence_price(universe, tilt, cash)
    render.cards("defence", [words.defended(ctx, price)], ctx.language)
    render.say(words.defence(ctx, price), "defence-price")
    st.caption(t("factors.defence_note"))
with st.container(border=True):
    st.subheader(t("factors.bounds"), anchor=False)
    most = st.slider(t("factors.bounds_most"), 0.2, 1.0, 0.4, 0.05, key="factors-most", format="percent")
    limit = st.slider(t("factors.bounds_error"), 0.01, 0.10, 0.04, 0.005, key="factors-error", format="percent")
    inside = results.bounded_price(universe, most=most, tracking_error=limit)
    render.say(f"{words.bounds(ctx, inside)} {words.defence(ctx, inside)}", "bounds")

with st.expander(t("factors.features"), icon=":material/list:"):
    st.dataframe(
        render.frame(charts.features(ctx, report["provenance"]["features"])), hide_index=True, alt=t("factors.features")
    )
