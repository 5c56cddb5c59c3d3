"""The world portfolio page: what it says equals the engine, every choice answers, what cannot be is a sentence."""

import json
from datetime import date

import pytest

from engine import cli
from engine.errors import LodestarError
from engine.world import blocks, infrastructure, sizes, studies
from pages.world import charts, tables, words
from ui.format import percent
from ui.i18n import LANGUAGES, Translator, catalogue

EN, KO = Translator("en"), Translator("ko")
SCOPES = list(sizes.SCOPE_SETS)


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


def table(at, *columns):
    return next(frame.value for frame in at.dataframe if set(columns) <= set(frame.value.columns))


def drawn(at):
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def test_weights_equal_the_command_line(open_page, capsys):
    at = open_page("world", scope="investable", date="2023-06-30", include="gold")
    assert not at.exception
    assert not at.error
    arguments = ["--date", "2023-06-30", "--scope", "investable", "--include", "gold", "--json"]
    with pytest.raises(SystemExit):
        cli.main(["world", "weights", *arguments])
    told = json.loads(capsys.readouterr().out)
    shown = table(at, "Weight", "Kind")
    assert list(shown["Class"]) == [EN(f"world.class_{name}") for name in told["classes"]]
    assert list(shown["Weight"]) == [percent(share) for share in told["classes"].values()]
    assert list(shown["Kind"]) == [EN(f"world.kind_{kind}") for kind in told["kind"].values()]
    assert f"USD {told['total_usd_bn'] / 1000:,.1f} trn in all" in text(at)


def test_every_size_behind_the_weights_has_date_and_source(open_page):
    rows = table(open_page("world"), "Origin", "Source")
    world = sizes.weights()
    assert len(rows) == sum(len(items) for items in world.sources.values())
    assert (rows["Source"].str.len() > 5).all()
    assert rows.iloc[0].tolist()[:4] == [
        "Equity", "SIFMA global equity market capitalisation (full, not float)", "31 Dec 2022", "101,200",
    ]  # fmt: skip
    assert "31 Dec 2023 (assumed)" in list(rows["Known since"])


def test_figures_that_are_not_reported_are_hatched(open_page):
    (bar,) = drawn(open_page("world"))[0]["data"]
    assert bar["marker"]["pattern"]["shape"] == ["", "", "", "/"]


@pytest.mark.parametrize(("scope", "language"), list(zip(SCOPES, LANGUAGES * 2, strict=True)))
def test_every_scope_stands_with_everything_switched_on(open_page, scope, language):
    at = open_page("world", scope=scope, lang=language, include="gold.private_equity.private_debt", vintage="1")
    assert not at.exception
    assert not at.error
    assert Translator(language)(f"world.means_{scope}") in text(at)
    assert len(at.get("plotly_chart")) == 8


def codes():
    """Note and reason codes of a grid of settings."""
    notes, reasons = set(), set()
    for scope in SCOPES:
        for vintage in (False, True):
            for day in (None, "2020-12-31", "2026-06-30"):
                options = {"scopes": scope, "include": sizes.SWITCHES if day is None else ()}
                options |= {"indicators": {"equity": "sp500_price"}} if day == "2026-06-30" else {}
                try:
                    notes |= set(sizes.weights(day, vintage, **options).notes)
                    found = studies.beside(day, vintage=vintage, **options)
                except LodestarError:
                    continue
                reasons |= {code for item in found for code in item.reasons}
    return notes, reasons


def test_every_code_of_the_engine_has_its_sentence():
    notes, reasons = codes()
    assert {
        "real_estate_coverage_break",
        "private_equity_double_counted",
        "gold_publication_assumed",
        "equity_indicator_held",
    } <= notes
    for code in notes:
        assert f"world.note_{words.split(code)[1]}" in catalogue(), code
    assert len(reasons) > 9
    for code in reasons:
        assert f"world.reason_{code}" in catalogue(), code
    for kind in sizes.KINDS:
        assert f"world.kind_{kind}" in catalogue()
        assert f"world.kind_means_{kind}" in catalogue()
    for block in blocks.BLOCKS:
        assert f"world.block_{block}" in catalogue()
    for above in infrastructure.NUMERATORS:
        assert f"world.infra_{above}" in catalogue()
    for below in infrastructure.DENOMINATORS:
        assert f"world.estate_{below}" in catalogue()


def test_a_day_outside_the_data_is_a_sentence_and_the_rest_goes_on(open_page):
    at = open_page("world", date="2010-01-31")
    assert not at.exception
    assert [error.value for error in at.error] == [
        "Date: 2010-01-31 lies outside the data, which cover 2014-12-31 to 2026-07-31."
    ]
    assert len(at.get("plotly_chart")) == 3
    assert "no weights for the day chosen" in text(at)


@pytest.mark.parametrize("wrong", ["2022-02-30", "yesterday"])
def test_what_is_no_date_is_named(open_page, wrong):
    at = open_page("world", date=wrong)
    assert not at.exception
    assert any(f"Date '{wrong}'" in warning.value for warning in at.warning)
    assert "On **31 Dec 2022**" in text(at)


def test_a_vintage_day_before_the_last_class_says_when_all_were_known(open_page):
    at = open_page("world", date="2022-12-31", vintage="1")
    assert [error.value for error in at.error] == [
        "Infrastructure: no size had been published by 2022-12-31; the first was known on 2023-12-31."
    ]
    assert "was known is 31 Dec 2023" in text(at)
    korean = open_page("world", date="2022-12-31", vintage="1", lang="ko")
    assert korean.error[0].value.startswith("인프라: 2022-12-31까지 발표된 규모가 없습니다")


@pytest.mark.parametrize(
    ("key", "value"),
    [("scope", "float"), ("include", "silver"), ("infra", "glio_1999"), ("indicator", "nasdaq"), ("countries", "2020")],
)
def test_an_unknown_choice_is_named(open_page, key, value):
    at = open_page("world", **{key: value})
    assert not at.exception
    assert any(value in warning.value for warning in at.warning)


def test_choices_stand_in_the_link_and_defaults_do_not(open_page):
    assert open_page("world").query_params == {}
    at = open_page("world", scope="article", infra="glio_2020_float", vintage="1")
    assert at.query_params["scope"] == "article"
    assert at.query_params["infra"] == "glio_2020_float"
    assert at.query_params["vintage"] == "1"


def test_the_pair_moves_infrastructure_everywhere(open_page):
    at = open_page("world", infra="glio_2020_float")
    world = sizes.weights(pair="glio_2020_float/epra_global_2022")
    share = percent(world.weights["infrastructure"])
    assert f"Infrastructure {share}" in text(at)
    asked = table(at, "Portfolio").iloc[0]
    assert asked["Infrastructure"] == share
    block = table(at, "Block").set_index("Block").loc["Infrastructure", "Weight"]
    assert block == percent(world.weights["infrastructure"], 2)


def test_all_pairs_make_infrastructure_larger_and_the_page_says_so(open_page):
    at = open_page("world")
    assert "Every one of the 25 pairs makes infrastructure larger than real estate: 119 % to 267 % of it" in text(at)
    low, high = (sizes.weights(pair=pair) for pair in ("glio_2020_float/epra_global_2022", "glio_2022/nareit_us_2021"))
    told = next(warning.value for warning in at.warning)
    assert f"from {percent(low.weights['infrastructure'])} of the portfolio" in told
    assert f"to {percent(high.weights['infrastructure'])} (" in told
    assert "Only 4 of the 25 pairs" in told


def test_the_vintage_gap_is_drawn_only_when_it_is_on(open_page):
    assert "The widest gap" not in text(open_page("world"))
    at = open_page("world", vintage="1")
    assert "The widest gap: Equity, +22.9 % against what is known today" in text(at)
    assert "old, narrower coverage" in text(at)


def test_the_indicator_moves_equity_and_its_error(open_page):
    plain, moving = open_page("world", date="2022-06-30"), open_page(
        "world", date="2022-06-30", indicator="sp500_price"
    )  # fmt: skip
    assert "**Equity**: 2 sizes guessed, each by carrying another one on; the worst guess missed by +22.9 %" in text(
        plain
    )
    assert "the worst guess missed by +1.0 %" in text(moving)
    weights = [table(at, "Weight", "Kind")["Weight"].tolist() for at in (plain, moving)]
    assert weights[0] != weights[1]
    equity = blocks.block_weights("2022-06-30", indicators={"equity": "sp500_price"})
    shown = table(moving, "Block").set_index("Block")["Weight"]
    assert shown["US equity"] == percent(equity["us_equity"], 2)


def test_a_day_without_any_reported_size_says_so(open_page):
    assert "None of these sizes is a figure of that day" in text(open_page("world", date="2026-06-30"))
    assert "None of these sizes" not in text(open_page("world"))


def test_a_class_with_one_size_cannot_be_tested_and_says_so(open_page):
    at = open_page("world", scope="state_street")
    assert "**Bonds**: only one size was found, so nothing can be tested." in text(at)
    assert "cannot be told apart by a test" in text(at)


def test_no_line_crosses_the_change_of_coverage():
    days = sizes.path_dates()
    path = sizes.world_paths(days)["real_estate"]
    found = charts.strokes(path)
    stamps = [stamp.date() for stamp in path.table.index]
    assert found[stamps.index(date(2021, 12, 31))] == "none"
    assert found[stamps.index(date(2021, 11, 30))] == "dot"
    assert found[stamps.index(date(2018, 6, 30))] == "solid"
    assert found[-1] == "dot"


def test_dots_are_the_reported_sizes_and_rings_the_computed_ones():
    for scope in SCOPES:
        for path in sizes.world_paths(sizes.path_dates(scope), scopes=scope).values():
            marks = charts.marks(path)
            kinds = [item.kind for item in path.sizes] if not path.ratio else []
            assert marks.count("full") == kinds.count("reported")
            assert marks.count("ring") == kinds.count("derived")


def test_an_assumed_line_is_dashed_and_never_plain():
    path = sizes.world_paths(sizes.path_dates())["infrastructure"]
    assert set(charts.strokes(path)) == {"none", "dash", "dot"}


def test_in_vintage_mode_each_new_size_starts_a_line_of_its_own():
    path = sizes.world_paths(sizes.path_dates(), vintage=True)["equity"]
    found, marks = charts.strokes(path), charts.marks(path)
    assert marks.count("full") == 2
    assert all(stroke == "none" for stroke, mark in zip(found, marks, strict=True) if mark)
    assert "solid" not in found


def test_studies_stand_beside_with_reasons(open_page):
    at = open_page("world")
    rows = table(at, "Portfolio").set_index("Portfolio")
    assert rows.loc["State Street GMP", "Gold"] == "4.5 %"
    assert rows.loc["Doeswijk-Lam-Swinkels", "Equity"] == "34.7 %"
    assert "It counts gold, which is not switched on here." in text(at)
    assert "Of Hewitt EnnisKnupp global invested capital market, only a total was found: USD 101.1 trn" in text(at)
    switched = open_page("world", include="gold.private_equity.private_debt")
    assert "It counts gold" not in text(switched)
    assert "It counts private equity and private debt" not in text(switched)


def test_lists_of_countries_are_shown_one_at_a_time_with_one_residual(open_page):
    at = open_page("world", countries="2011-07-31")
    rows = [frame.value for frame in at.dataframe if "Line" in frame.value.columns]
    assert rows[0].iloc[0].tolist() == ["United States", "43.34 %"]
    assert all((part["Line"] == "Everything not listed").sum() == 1 for part in rows)
    assert rows[1].iloc[-1].tolist() == ["Everything not listed", "41.90 %"]


def test_what_was_not_found_is_said(open_page):
    shown = text(open_page("world"))
    assert "The market value of MSCI ACWI IMI was not found." in shown
    assert "47 countries and 9,142 companies (23 Mar 2023" in shown
    assert "No bond return series ships with the project" in shown
    assert "3.95 % hedged, 9.06 % unhedged" in shown


def test_the_model_portfolio_is_handed_on_in_codes_and_full_decimals():
    found = blocks.blocks(gold=True)
    rows = tables.portfolio(found, "full")
    assert [row["block"] for row in rows] == list(blocks.BLOCKS)
    assert sum(row["weight"] for row in rows) == pytest.approx(1.0, abs=1e-12)
    assert rows[0]["weight"] == found.weights["us_equity"]


def test_block_weights_are_said_to_be_in_hindsight(open_page):
    assert "These blocks use what is known today" in text(open_page("world", vintage="1"))
    assert "These blocks use" not in text(open_page("world"))
    assert "Not among the blocks" in text(open_page("world", include="private_debt"))


def test_korean_sentences_put_no_particle_behind_a_figure(open_page):
    at = open_page("world", lang="ko")
    assert "이(가)" not in text(at)
    assert "**2022년 12월 31일** 시장 전체의 비중: **주식 38.3 %" in text(at)


def test_a_broken_table_of_countries_only_takes_its_own_part(open_page, broken_facts):
    (broken_facts / "acwi_imi_sector_weights.csv").unlink()
    at = open_page("world")
    assert len(at.error) == 1
    assert "acwi_imi_sector_weights.csv" in at.error[0].value
    assert "US equity" in list(table(at, "Block")["Block"])
