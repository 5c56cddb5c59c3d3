"""The utility page: what it says equals the engine, every choice answers, and answers of a client go nowhere."""

import dataclasses
import itertools
import json

import pytest

from engine import cli
from engine.errors import BadInput
from engine.world import equilibrium, questionnaire, separation, simulate, statics
from engine.world.blocks import assumptions
from engine.world.inputs import EXAMPLE, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY
from pages.utility import charts, tables, words
from pages.utility.controls import Asked
from ui.format import percent, ratio
from ui.i18n import Translator
from ui.render import figure

EN, KO = Translator("en"), Translator("ko")


def questions(at):
    """The page's own choices, without the format of the export."""
    return [radio for radio in at.radio if radio.key != "page-report-format"]


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


def cards(at):
    return {metric.label: metric.value for metric in at.metric}


def table(at, column):
    return next(frame.value for frame in [*at.dataframe, *at.table] if column in frame.value.columns)


def drawn(at):
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def answer(at, steps):
    """Answer the questions one after the other; ``steps`` are places of answers."""
    for question, step in zip(questionnaire.QUESTIONS, steps, strict=False):
        at.radio(f"utility-ask-{question.code}").set_value(question.answers[step].code)
    return at.run()


def test_the_page_prints_what_the_command_line_prints(open_page, capsys, tmp_path):
    file = tmp_path / "example.json"
    file.write_text(json.dumps({key: value for key, value in EXAMPLE.to_dict().items() if key != "origin"}))
    with pytest.raises(SystemExit):
        cli.main(["world", "equilibrium", "--input", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)
    at = open_page("utility")
    assert not at.exception
    assert not at.error
    assert cards(at)["Distance from the market"] == percent(told["active_share"], 2) == "1.63 %"
    assert cards(at)["Cost of holding the market"] == percent(told["separation"]["utility_loss_share"], 4)
    assert cards(at)["Worth of the signal"] == ratio(told["certainty"]["value_of_information"], 4)
    means = table(at, "Mean price, payoff units")
    assert means["Mean price, payoff units"].tolist() == pytest.approx(told["mean_price"])
    assert means["Uninformed hold, units"].tolist() == pytest.approx(told["mean_demand_uninformed"])
    assert means["Weight: Uninformed"].tolist() == [percent(value, 2) for value in told["weights_uninformed"]]
    coefficients = table(at, "A")
    assert coefficients["A"].tolist() == pytest.approx(told["A"])
    assert coefficients["B: Equity"].tolist() == pytest.approx([row[0] for row in told["B"]])
    assert coefficients["C: Bonds"].tolist() == pytest.approx([row[1] for row in told["C"]])


def test_the_tilt_of_the_example_is_called_what_it_is(open_page):
    shown = text(open_page("utility"))
    assert "does not hold exactly the market" in shown
    assert "49.0 % instead of the market's 50.6 %" in shown
    assert "0.0003 % of its price in the average state, which is practically nothing" in shown


@pytest.mark.parametrize(
    ("query", "sentence", "case"),
    [
        ({"informed_fraction": "0"}, "holds the market portfolio in every state", "Nobody is informed"),
        ({"supply_noise": "0"}, "holds the market portfolio in every state", "Prices reveal everything"),
        ({"information": "even"}, "holds the market's weights on average", "Information is spread evenly"),
    ],
)
def test_each_limit_is_told_in_words(open_page, query, sentence, case):
    at = open_page("utility", **query)
    assert not at.exception
    assert not at.error
    assert sentence in text(at)
    assert cards(at)["Distance from the market"] == "0.00 %"
    applies = table(at, "With your settings").set_index("Case")["With your settings"]
    assert applies[case] == applies["Holdings are a multiple of supply"] == "applies"
    assert (applies == "applies").sum() == 2
    assert "winner's curse" not in text(at)


def test_in_the_example_no_case_applies_and_each_limit_is_exact(open_page):
    cases = table(open_page("utility"), "With your settings")
    assert set(cases["With your settings"]) == {"no"}
    assert cases["Active share in that case"].tolist() == ["0.00 %"] * 4 + ["–"]


def test_a_portfolio_that_nobody_holds_is_called_a_newcomers(open_page):
    assert "Everybody is informed here" in text(open_page("utility", informed_fraction="1"))
    assert "Nobody is informed here" in text(open_page("utility", informed_fraction="0"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("gamma_informed", 8.0),
        ("gamma_uninformed", 2.0),
        ("informed_fraction", 0.4),
        ("signal_precision", 3.0),
        ("supply_noise", 2.0),
    ],
)
def test_every_slider_answers_and_stands_in_the_address(open_page, key, value):
    at = open_page("utility")
    at.slider(key).set_value(value).run()
    moved = separation.separation(equilibrium.solve_inputs(EXAMPLE.changed(**{key: value})))
    assert cards(at)["Distance from the market"] == percent(moved.active_share, 2) != "1.63 %"
    assert at.query_params[key] == f"{value:g}"


def test_a_link_opens_the_same_market(open_page):
    at = open_page("utility", gamma_informed="2.5", informed_fraction="0.33", supply_noise="1.5")
    found = equilibrium.solve_inputs(EXAMPLE.changed(gamma_informed=2.5, informed_fraction=0.33, supply_noise=1.5))
    assert cards(at)["Distance from the market"] == percent(found.active_share, 2)
    assert f"Your settings: {percent(found.active_share, 2)}" in json.dumps(drawn(at), ensure_ascii=False)


@pytest.mark.parametrize("query", [{}, {"informed_fraction": "0.3", "supply_noise": "2"}, {"information": "even"}])
def test_the_map_shows_at_the_spot_what_the_card_says(open_page, query):
    at = open_page("utility", **query)
    drawing = next(chart for chart in drawn(at) if chart["data"][0]["type"] == "heatmap")
    surface, spot = drawing["data"]
    lam, noise = spot["x"][0], spot["y"][0]
    assert (lam, noise) == (float(query.get("informed_fraction", 0.1)), float(query.get("supply_noise", 1)))
    (cell,) = (
        row[surface["x"].index(lam)] for row, level in zip(surface["z"], surface["y"], strict=True) if level == noise
    )
    assert percent(cell, 2) == cards(at)["Distance from the market"]


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"gamma_informed": "-4"}, "Risk aversion of the informed '-4'"),
        ({"gamma_uninformed": "0"}, "Risk aversion of the uninformed '0'"),
        ({"informed_fraction": "1.2"}, "Informed share '1.2'"),
        ({"informed_fraction": "-0.1"}, "Informed share '-0.1'"),
        ({"signal_precision": "0"}, "Signal precision '0'"),
        ({"signal_precision": "nan"}, "Signal precision 'nan'"),
        ({"supply_noise": "-1"}, "Supply noise '-1'"),
        ({"supply_noise": "much"}, "Supply noise 'much'"),
        ({"information": "leaked"}, "What the informed know about 'leaked'"),
        ({"asset": "gold"}, "Asset 'gold'"),
        ({"state": "worst"}, "State of the market 'worst'"),
        ({"simulate": "1", "sim_seed": "-1"}, "Seed of the simulation '-1'"),
        ({"simulate": "yes"}, "Simulation 'yes'"),
        ({"frontier": "yes"}, "Frontier 'yes'"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(open_page, query, named):
    at = open_page("utility", **query)
    assert not at.exception
    assert any(named in warning.value for warning in at.warning)
    assert cards(at)["Distance from the market"] == "1.63 %"


def test_an_error_of_the_engine_is_a_sentence_and_the_rest_goes_on(open_page, monkeypatch):
    def refuse(inputs):
        raise BadInput("world_unsolved", field="input", value="overflow")

    monkeypatch.setattr(equilibrium, "solve_inputs", refuse)
    at = open_page("utility")
    assert not at.exception
    assert [error.value.split(":")[1].strip()[:31] for error in at.error] == ["no solution in double precision"]
    assert len(questions(at)) == len(questionnaire.QUESTIONS)
    assert KO.has("errors.world_unsolved")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_three_formulas_stand_in_the_sources_order_and_are_marked_as_reconstructed(open_page, language):
    at = open_page("utility", lang=language)
    utility, price, demand = (element.value for element in at.latex)
    assert "max" in utility
    assert "A + B\\,s + C\\,q" in price
    assert "gamma" in demand
    shown = text(at)
    assert Translator(language)("utility.origin") in shown
    assert all(name in shown for name in ("blog.fint.co.kr/post/2127", "Stiglitz", "Hellwig", "Admati"))
    for symbol in ("$x$", "$v$", "$p$", "$R$", "$u$", "$F$", "$s$", "$q$", "$A$", "$B$", "$C$", "\\gamma"):
        assert symbol in shown, symbol


def test_an_asset_and_a_state_can_be_chosen(open_page):
    found = equilibrium.solve_inputs(EXAMPLE)
    at = open_page("utility", asset="bonds", state="example")
    price = found.state(EXAMPLE_SIGNAL, EXAMPLE_SUPPLY).price[1]
    assert f"Bonds: at a price of {price:.4f} both groups together hold exactly the supply of 0.35" in text(at)
    assert f"Bonds: at a price of {found.mean_price[1]:.4f}" in text(open_page("utility", asset="bonds"))


def test_a_state_that_cannot_occur_is_said_to_be_one(open_page):
    at = open_page("utility", supply_noise="0", state="example")
    assert not at.error
    assert "this state cannot occur" in text(at)
    assert "supply does not vary" in text(at)


def test_the_simulation_runs_on_demand_and_equals_the_engine(open_page):
    at = open_page("utility")
    assert "standard errors**" not in text(at)
    at.toggle("simulate").set_value(True).run()
    done = simulate.simulate(equilibrium.solve_inputs(EXAMPLE))
    assert f"100,000 states, seed {simulate.SEED}: 27 figures" in text(at)
    assert f"**{done.worst:.1f} standard errors**" in text(at)
    rows = table(at, "Standard error").set_index(["Figure", "Asset"])
    worth = rows.loc[("Worth of the signal", "Market as a whole")]
    assert worth["Simulated"] == pytest.approx(float(done.value_of_information.simulated), abs=1e-6)
    assert worth["Exact"] == pytest.approx(0.088240, abs=1e-6)
    slope = rows.loc[("Change of the expected payoff with a price", "Equity, price of Bonds")]
    assert slope["Simulated"] == pytest.approx(done.slope_given_price.simulated[0, 1], abs=1e-6)
    assert slope["Deviation, standard errors"] == round(float(done.slope_given_price.deviations[0, 1]), 2)
    at.number_input("sim_seed").set_value(7.0).run()
    assert "seed 7: 27 figures" in text(at)
    assert at.query_params["sim_seed"] == "7"


def test_answers_become_a_risk_aversion_and_show_how(open_page):
    at = answer(open_page("utility"), (0, 1, 2))
    assert "(3 left)" in text(at)
    assert "Relative risk aversion γ" not in cards(at)
    at = answer(at, (0, 1, 2, 3, 2, 1))
    codes = [
        question.answers[step].code for question, step in zip(questionnaire.QUESTIONS, (0, 1, 2, 3, 2, 1), strict=True)
    ]
    told = questionnaire.risk_aversion(dict(zip([item.code for item in questionnaire.QUESTIONS], codes, strict=True)))
    assert cards(at)["Relative risk aversion γ"] == ratio(told.gamma, 1) == "3.2"
    assert cards(at)["Equity share it implies"] == percent(told.equity_share, 0)
    assert cards(at)["γ from the last question alone"] == "2.0 to 3.8"
    assert "9 of 18 points" in text(at)
    assert "4 % a year above cash with a volatility of 16 %: round numbers to illustrate with" in text(at)
    assert "This is not a suitability assessment" in text(at)
    mapping = table(at, "Equity share implied")
    assert mapping["γ"].tolist() == [round(row["gamma"], 2) for row in questionnaire.mapping()]


def test_a_share_above_one_is_not_a_suggestion_to_borrow(open_page):
    at = answer(open_page("utility"), (3,) * 6)
    assert cards(at)["Equity share it implies"] == "156 %"
    assert cards(at)["γ from the last question alone"] == "below 1.0"
    assert any("not a suggestion to borrow" in warning.value for warning in at.warning)
    assert "above 3.8" in cards(answer(at, (0,) * 6)).values()


def test_answers_stand_neither_in_the_address_nor_in_the_link_and_are_gone_after_the_page(open_page):
    at = answer(open_page("utility", frontier="1"), (1, 1, 1, 1, 1, 1))
    codes = {item.code for question in questionnaire.QUESTIONS for item in question.answers}
    address = json.dumps(dict(at.query_params))
    link = "\n".join(str(code.value) for code in at.code)
    for private in (*codes, *(question.code for question in questionnaire.QUESTIONS), "utility-ask", "gamma"):
        assert private not in address
        assert private not in link
    at.switch_page("pages/about/page.py").run()
    at.switch_page("pages/utility/page.py").run()
    assert [radio.value for radio in questions(at)] == [None] * 6
    assert "(6 left)" in text(at)


def test_an_answer_in_the_address_is_no_answer(open_page):
    at = open_page("utility", **{"utility-ask-horizon": "over_15_years", "horizon": "over_15_years"})
    assert [radio.value for radio in questions(at)] == [None] * 6


def test_the_frontier_names_its_assumptions_and_follows_the_answers(open_page):
    at = open_page("utility")
    assert "World portfolio: " not in text(at)
    at.toggle("frontier").set_value(True).run()
    assert not at.error
    shown, assumed = text(at), assumptions()
    assert assumed.source in shown
    assert "one manager's assumptions" in shown
    assert "as of 30 Sep 2025" in shown
    assert "Arithmetic means a year" in shown
    assert "World portfolio: 6.6 % a year expected at a volatility of 8.5 %" in shown
    assert "if the assumptions were exactly right" in shown
    assert "Highest utility for the middle of the mapping (γ 3.2)" in json.dumps(drawn(at), ensure_ascii=False)
    blocks = table(at, "Implied return")
    assert blocks["Return, compound"].tolist() == [percent(value) for value in assumed.compound_return]
    assert blocks["Return, arithmetic"].tolist() == [percent(value) for value in assumed.expected_return]
    at = answer(at, (0,) * 6)
    assert "Highest utility for your answers (γ 10.0)" in json.dumps(drawn(at), ensure_ascii=False)
    assert table(at, "Implied return")["Highest-utility mix"].tolist() != blocks["Highest-utility mix"].tolist()


def test_every_chart_of_the_model_says_that_it_is_an_illustration(open_page):
    at = open_page("utility", simulate="1")
    said = [caption.value for caption in at.caption if EN("utility.basis") in caption.value]
    assert len(said) == 8  # six charts, the coefficients, the simulation
    assert EN("utility.illustration") in text(at)
    assert EN("disclaimer.model") in text(at)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"informed_fraction": "0"},
        {"informed_fraction": "1", "supply_noise": "0"},
        {"information": "even", "state": "example"},
        {"simulate": "1", "frontier": "1"},
    ],
)
def test_korean_pages_stand(open_page, query):
    at = answer(open_page("utility", lang="ko", **query), (1, 2, 3, 0, 1, 2))
    assert not at.exception
    assert not at.error
    assert KO("utility.title") in text(at)
    assert "투자자 적합성 평가가 아니며" in text(at)


CORNERS = tuple(
    itertools.product((0.5, 10.0), (0.5, 10.0), (0.0, 0.01, 1.0), (0.1, 10.0), (0.0, 0.1, 3.0), ("uneven", "even"))
)[::11]


@pytest.mark.parametrize("t", [EN, KO], ids=["en", "ko"])
def test_sentences_and_charts_exist_at_every_corner_of_the_settings(t):
    for corner in CORNERS:
        asked = Asked(*corner)
        inputs = asked.inputs()
        found = equilibrium.solve_inputs(inputs)
        apart = separation.separation(found)
        sweep = statics.over_informed_fraction(inputs)
        revealed = dict(zip(inputs.assets, sweep.revealed[5].tolist(), strict=True))
        assert words.headline(t, found, apart)
        assert len(words.cards(t, found, apart, revealed)) == 4
        assert len(tables.cases(t, apart, separation.limiting_cases(inputs))) == 5
        assert words.defined(found)
        made = [
            charts.weights(t, found, apart),
            charts.demand(t, statics.demand_lines(found, "equity")),
            charts.surface(t, statics.price_surface(found, "equity", 5)),
            charts.certainty(t, sweep, found),
            charts.revealed(t, sweep, found, revealed),
            charts.market_map(
                t, statics.market_map(inputs, (0, 0.5, 1), (0, 1, 3)), (asked.informed_fraction, asked.supply_noise), apart.active_share
            ),
        ]  # fmt: skip
        assert all(figure(spec).data for spec in made)


def test_a_market_without_weights_says_so_and_shows_quantities():
    low = dataclasses.replace(EXAMPLE, mu=EXAMPLE.mu - 1.06)
    found = equilibrium.solve_inputs(low)
    apart = separation.separation(found)
    assert not words.defined(found)
    assert "not defined" in words.headline(EN, found, apart)
    assert words.cards(EN, found, apart, {"equity": 0.5, "bonds": 0.5})[0].value == "–"
    assert {row["Weight: Market"] for row in tables.means(EN, found)} == {"–"}
    assert all("price is negative" in sentence for sentence in words.findings(EN, found.findings))


def test_the_verdict_on_a_loss_follows_its_size():
    verdicts = [words.verdict(EN, loss) for loss in (0.00005, 0.0005, 0.005)]
    assert verdicts == [EN(f"utility.verdict_{code}") for code in ("nothing", "little", "counts")]


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0882395, "0.0882"), (3.3014e-6, "0.0000033"), (0.0, "0"), (4e-34, "0")]
)
def test_small_numbers_keep_two_digits_that_count(value, shown):
    assert words.small(value) == shown
