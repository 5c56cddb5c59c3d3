"""The page on passive and active: what it says equals the engine, and every choice answers."""

from itertools import pairwise

import pytest

from engine.world.evidence import buffett, claims, fee_compounding, fund_status, spiva, trading_drag, winner_odds
from engine.world.holding import HORIZONS, holding_periods
from pages.passive import charts, words
from ui.format import percent, ratio
from ui.i18n import Translator, catalogue

EN = Translator("en")


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


# --- scorecards


@pytest.mark.parametrize("years", [10, 20, 1])
def test_every_published_share_of_a_horizon_stands_in_the_table(open_page, years):
    shown = table(open_page("passive", spiva=str(years)), "Behind the index")
    published = words.ordered(spiva(), years)
    assert list(shown["Behind the index"]) == [words.share(row.share) for row in published]
    assert list(shown["To"]) == [row.as_of for row in published]
    assert list(shown["Source"]) == [row.source for row in published]


def test_the_latest_figure_of_each_region_comes_first():
    rows = words.ordered(spiva(), 10)
    for region in {row.region for row in rows}:
        days = [row.as_of for row in rows if row.region == region]
        assert days == sorted(days, reverse=True)
    assert (rows[0].region, rows[0].share) == ("US", 0.84)


def test_what_was_not_found_is_said_and_not_drawn(open_page):
    said = text(open_page("passive"))
    assert "Looked for and not found" in said
    assert "US, All small-cap funds, 2021-12" in said
    assert "No figure for this horizon here: India" in said
    drawn = charts.scorecards(EN, words.ordered(spiva(), 10))
    dots = [x for trace in drawn.traces for x in trace.x if x is not None]
    assert sorted(dots) == sorted(row.share for row in spiva(years=10) if row.share is not None)


def test_figures_that_favour_active_funds_are_named(open_page):
    said = text(open_page("passive", spiva="1"))
    assert "Fewer than half were behind in 3 of them" in said
    assert "US, All small-cap funds, 2024-12: 30 %" in said
    assert "11 of 14" in said


def test_shares_before_and_after_fees_are_told_apart():
    drawn = charts.scorecards(EN, words.ordered(spiva(), 10))
    by_name = {trace.name: [x for x in trace.x if x is not None] for trace in drawn.traces}
    assert by_name["after fees"] == [0.83]
    assert by_name["before fees"] == [0.78]


def test_each_published_name_has_its_words_in_both_languages():
    for row in spiva():
        for key in (f"region_{words.slug(row.region)}", f"category_{words.slug(row.category)}"):
            assert f"passive.{key}" in catalogue(), key
        assert f"passive.basis_{words.slug(row.basis)}" in catalogue()
        assert row.basis in charts.BASES
    assert {f"passive.horizon_{item.id}" for item in HORIZONS} <= set(catalogue())
    for item in claims():
        assert {f"passive.claim_{item.claim}", f"passive.found_{item.claim}", f"passive.status_{item.status}"} <= set(
            catalogue()
        )


def test_addresses_of_figures_are_distinct():
    for years in (10, 20, 1):
        codes = [words.code(row) for row in spiva(years=years) if row.share is not None]
        assert len(codes) == len(set(codes))


@pytest.mark.parametrize(("value", "shown"), [(0.84, "84 %"), (0.953, "95.3 %"), (0.8214, "82.14 %"), (None, "–")])
def test_a_share_keeps_the_decimals_it_was_published_with(value, shown):
    assert words.share(value) == shown


def test_a_tiny_chance_is_not_called_zero():
    assert words.chance(1e-8) == "< 0.01 %"
    assert words.chance(0.0) == "0 %"
    assert words.chance(0.16) == "16 %"
    assert words.chance(1.0) == "100 %"


def test_the_chance_of_a_winner_follows_figure_and_picks(open_page):
    at = open_page("passive", picks="10", published="canada-202112-small_mid_cap_equity-absolute")
    found = winner_odds(0.57, 10)
    assert (
        f"With 57 % behind, one fund picked blindly had a chance of **43 %** of ending ahead. With 10 picked: at least one"
        f" ahead {words.chance(found.at_least_one)}, more than half ahead {words.chance(found.most_ahead)}"
    ) in text(at)
    assert "Independence is an assumption" in text(at)
    assert list(table(at, "Funds picked")["At least one"])[4] == percent(winner_odds(0.57, 5).at_least_one, 2)


# --- the bet


def test_the_bet_shows_both_results(open_page):
    at = open_page("passive")
    assert [item.value for item in at.metric] == ["7.1 %", "2.2 %", "8.5 %", "0.3 % – 6.5 %"]
    assert "On average the funds were ahead in 2008 (−23.9 % / −37.0 %, funds and index fund)" in text(at)
    shown = table(at, "Mean of the funds")
    assert list(shown["S&P 500 index fund"]) == [percent(item.index_fund) for item in buffett().years]
    assert shown["Fund D"].iloc[-1] == "–"
    assert list(table(at, "Gain, final")["Gain, final"])[:2] == ["125.8 %", "21.7 %"]


def test_the_growth_lines_are_the_index_fund_and_the_five_funds():
    drawn = charts.bet_growth(EN, buffett())
    last = buffett().years[-1]
    assert len(drawn.traces) == 6
    assert {trace.name: trace.y[-1] for trace in drawn.traces} == {
        "S&P 500 index fund": last.index_wealth,
        **{f"Fund {name.upper()}": last.fund_wealth[name] for name in "abcde"},
    }
    assert all(trace.y[0] == 1.0 and trace.x[0] == 2007 for trace in drawn.traces)
    assert "2.26" in drawn.title
    assert "1.36" in drawn.title


# --- fees and trades


def test_fees_in_money_equal_the_engine_whichever_slider_is_higher(open_page):
    query = {"gross": "5", "held": "20", "put_usd": "2000"}
    found = fee_compounding(0.001, 0.02, gross_return=0.05, years=20, amount=2000.0)
    for fee_a, fee_b in (("0.1", "2"), ("2", "0.1")):
        said = text(open_page("passive", fee_a=fee_a, fee_b=fee_b, **query))
        assert f"**USD {found.wealth_low[-1]:,.0f}** is kept and USD {found.lost_low:,.0f} lost" in said
        assert f"**USD {found.wealth_high[-1]:,.0f}** is kept and USD {found.lost_high:,.0f} lost" in said
        assert f"The dearer fund ends {percent(found.share_lost)} lower" in said


def test_equal_fees_are_a_sentence_of_their_own(open_page):
    at = open_page("passive", fee_a="0.5", fee_b="0.5")
    assert not at.exception
    assert "Both funds charge 0.50 % a year" in text(at)


def test_money_follows_the_currency(open_page):
    assert "KRW 10,000,000 at an assumed" in text(open_page("passive", currency="KRW"))


def test_trading_costs_equal_the_engine(open_page):
    at = open_page("passive", trades="100", trade_cost="15", trade_part="20", held="10", gross="4")
    found = trading_drag(100, 15, share_traded=0.2, gross_return=0.04, years=10)
    assert f"take **{percent(found.annual_drag, 2)}** of it a year" in text(at)
    assert f"the wealth is {percent(found.share_lost)} lower than without trading" in text(at)


def test_no_trades_cost_nothing(open_page):
    at = open_page("passive", trades="0", trade_cost="0")
    assert not at.exception
    assert "take **0.00 %** of it a year" in text(at)


# --- holding periods


@pytest.mark.parametrize("currency", ["USD", "KRW"])
def test_shares_of_holding_periods_equal_the_engine(open_page, currency):
    shown = table(open_page("passive", currency=currency), "Ended with a gain")
    rows = holding_periods(currency)
    assert list(shown["Ended with a gain"]) == [percent(row.share) for row in rows]
    assert list(shown["95 % interval from"]) == [percent(row.low) for row in rows]
    assert list(shown["Independent windows"]) == [ratio(row.independent_windows or None, 1) for row in rows]
    assert set(shown["Currency"]) == {currency}


@pytest.mark.parametrize("currency", ["USD", "KRW"])
def test_dots_carry_the_interval_and_few_windows_are_pale(currency):
    rows = [row for row in holding_periods(currency) if row.share is not None]
    firm, weak = charts.holding(EN, holding_periods(currency)).traces
    for place, row in enumerate(rows):
        own, other = (weak, firm) if row.independent_windows < 5 else (firm, weak)
        assert (own.x[place], own.low[place], own.high[place]) == (row.share, row.low, row.high)
        assert other.x[place] is None
    assert weak.slot == charts.PALE


@pytest.mark.parametrize("currency", ["USD", "KRW"])
def test_the_sentence_on_patience_is_true_of_the_figures(currency):
    rows = [row for row in holding_periods(currency) if row.share is not None]
    shares = [row.share for row in rows]
    rises = sum(later >= earlier for earlier, later in pairwise(shares))
    assert rises >= 0.8 * (len(shares) - 1)
    said = words.holding_meaning(EN, rows)
    longest = [row for row in rows if row.worst < 0][-1]
    assert percent(longest.worst) in said
    assert all(row.worst >= 0 for row in rows[rows.index(longest) + 1 :])


def test_what_is_absent_in_won_is_said(open_page):
    said = text(open_page("passive", currency="KRW"))
    assert "no daily exchange rates here: 1 day, 5 sessions" in said
    assert "windows begin in 2003-12" in said
    assert "absent rather than extrapolated" in said
    assert "windows begin in 2003-12" not in text(open_page("passive"))


def test_a_history_too_short_is_named():
    from dataclasses import replace

    rows = holding_periods("USD")
    short = replace(rows[-1], share=None, low=None, high=None, absent="history_too_short")
    assert "20 years" in words.holding_absent(EN, [*rows[:-1], short])
    assert len(charts.holding(EN, [*rows[:-1], short]).traces[0].x) == len(rows) - 1


# --- claims and funds


def test_claims_say_what_could_and_could_not_be_confirmed(open_page):
    said = text(open_page("passive"))
    assert "**Partly confirmed.** Claim: about 7 of 10 active funds (70 %)" in said
    assert "**Not confirmed.** Claim: a size of the world's ETF market" in said
    assert all(item.found_source in said for item in claims())


def test_both_funds_are_called_active_with_source_and_date(open_page):
    said = text(open_page("passive"))
    for fund, day in zip(fund_status(), ("17 Dec 2024", "28 Aug 2024"), strict=True):
        assert f"**{fund.ticker}** ({fund.name}) is legally an active fund" in said
        assert fund.source in said
        assert f"As of {day}" in said


# --- the page as a whole


@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize("years", ["10", "20", "1"])
def test_korean_pages_stand(open_page, years, currency):
    at = open_page("passive", lang="ko", currency=currency, spiva=years)
    assert not at.exception
    assert not at.error
    assert Translator("ko")("passive.title") in text(at)
    assert "Large-cap" not in "\n".join(item.value for item in (*at.markdown, *at.caption))


@pytest.mark.parametrize(
    ("key", "value"),
    [("spiva", "7"), ("picks", "11"), ("fee_a", "-1"), ("held", "0"), ("trades", "x"), ("published", "nowhere")],
)
def test_a_value_that_cannot_be_used_is_named(open_page, key, value):
    at = open_page("passive", **{key: value})
    assert not at.exception
    assert any(value in warning.value and EN(f"field.{key}") in warning.value for warning in at.warning)


def test_a_table_that_cannot_be_read_is_a_sentence_and_the_rest_stands(open_page, broken_facts):
    (broken_facts / "buffett_bet_annual.csv").unlink()
    at = open_page("passive")
    assert not at.exception
    assert at.error
    assert "Both funds" not in at.error[0].value
    assert "QRFT" in text(at)
    assert "84 %" in text(at)
