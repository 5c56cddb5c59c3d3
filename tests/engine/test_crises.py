"""Falls in crises: known rows, windows by hand, like compared with like, and counts that add up."""

import json
import re
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from engine import crises
from engine.crises import Crisis, ask, choose_lines, crisis, custom_range, falls_by_rule, named_crises, records, report
from engine.errors import BadInput, MissingData
from engine.lines import line, specs
from engine.sources import Basis, Frequency, Line, load

COVID, GFC, DOTCOM = "Covid-19 2020", "Global financial crisis 2007-09", "Dot-com bust 2000-02"
RATES_2022, MONDAY, CHINA = "Inflation / rate bear 2022", "Black Monday 1987", "China / oil 2015-16"


def row(name, line_or_id, **options):
    item = line(line_or_id) if isinstance(line_or_id, str) else line_or_id
    return report([crisis(name)], [item], **options)[0].rows[0]


def own(levels, *, basis=Basis.TOTAL_RETURN, frequency=Frequency.DAILY, currency="USD", name="own"):
    return Line(name, levels.astype(float), basis, frequency, currency, "own", "a test")


def inside():
    """Crises of the table that lie inside the daily index."""
    return [item for item in named_crises() if item.peak >= date(1990, 1, 2) and item.trough <= date(2022, 12, 28)]


# --- known rows


@pytest.mark.parametrize(
    ("name", "drawdown", "days_down", "days_to_recover"),
    [
        (COVID, -0.3392, 33, 148),
        (GFC, -0.5678, 517, 1480),
        (DOTCOM, -0.4915, 929, 1694),
        (RATES_2022, -0.2543, 282, None),
    ],
)
def test_the_price_index_in_the_great_crises(name, drawdown, days_down, days_to_recover):
    found = row(name, "sp500_price")
    assert found.covered
    assert found.drawdown == pytest.approx(drawdown, abs=5e-5)
    assert (found.days_down, found.days_to_recover) == (days_down, days_to_recover)
    assert (found.basis, found.frequency) == (Basis.PRICE_INDEX, Frequency.DAILY)
    assert found.return_ == pytest.approx(found.drawdown, abs=1e-15)


@pytest.mark.parametrize("item", inside(), ids=lambda item: item.name)
def test_every_crisis_of_the_table_is_found_again_in_the_index(item):
    found = report([item], [line("sp500_price")])[0].rows[0]
    assert found.drawdown * 100 == pytest.approx(item.index_drawdown * 100, abs=0.0051)
    assert (found.peak, found.trough) == (item.peak, item.trough)
    table = load("crisis_periods").frame.set_index("name").loc[item.name]
    assert found.days_down == table["days_peak_to_trough"]
    if item.recovery <= date(2022, 12, 28):
        assert found.days_to_recover == table["days_trough_to_recovery"]
    else:
        assert found.days_to_recover is None


def test_thirteen_crises_lie_inside_the_daily_index():
    assert len(inside()) == 13
    assert len(named_crises()) == 31


@pytest.mark.parametrize(
    ("name", "equal_weight", "market"),
    [  # the feasibility study, section 3: whole percent, monthly data
        ("Oil crisis 1973-74", -39, -46),
        (MONDAY, -30, -30),
        ("Gulf war 1990", -19, -17),
        ("LTCM / Russia 1998", -18, -17),
        (DOTCOM, -28, -45),
        (GFC, -49, -50),
        ("US downgrade / euro 2011 (below 2007 high)", -20, -18),
    ],
)
def test_the_sleeves_fell_as_the_study_says(name, equal_weight, market):
    assert round(row(name, "equal_weight").drawdown * 100) == equal_weight
    assert round(row(name, "market").drawdown * 100) == market


# --- windows


def test_the_equal_mix_in_the_financial_crisis_by_hand():
    """Month end at or before the peak of 9 October 2007, month end at or after the trough of 9 March 2009."""
    levels = line("equal_weight").levels
    window = levels.loc["2007-09-30":"2009-03-31"]
    highest, deepest = 0.0, 0.0
    for value in window:
        highest = max(highest, value)
        deepest = min(deepest, value / highest - 1)
    found = row(GFC, "equal_weight")
    assert found.drawdown == deepest == pytest.approx(-0.4919, abs=5e-5)
    assert found.return_ == pytest.approx(window.iloc[-1] / window.iloc[0] - 1, abs=1e-15)
    assert (found.peak, found.trough) == (date(2007, 10, 31), date(2009, 2, 28))
    assert (found.days_down, found.days_to_recover) == (486, 730)
    assert levels["2011-02-28"] >= levels["2007-10-31"] > levels.loc["2009-03-31":"2011-01-31"].max()


def test_a_monthly_window_opens_before_the_peak_and_closes_after_the_trough():
    months = pd.date_range("2019-12-31", periods=6, freq="ME")
    levels = pd.Series([9.0, 2.0, 1.5, 1.2, 0.5, 2.0], index=months)  # Covid: 19 February to 23 March
    found = row(COVID, own(levels, frequency=Frequency.MONTHLY))
    assert found.drawdown == pytest.approx(-0.4)  # 2.0 on 31 January to 1.2 on 31 March
    assert found.return_ == pytest.approx(-0.4)
    assert (found.peak, found.trough) == (date(2020, 1, 31), date(2020, 3, 31))
    assert (found.days_down, found.days_to_recover) == (60, 61)


def test_a_daily_window_reaches_to_the_sessions_around_it():
    saturday_to_sunday = Crisis("weekend", "custom", date(2020, 2, 22), date(2020, 3, 22))
    close = line("sp500_price").levels
    found = report([saturday_to_sunday], [line("sp500_price")])[0].rows[0]
    assert found.return_ == pytest.approx(close["2020-03-23"] / close["2020-02-21"] - 1, abs=1e-15)


@pytest.mark.parametrize(
    ("first", "last", "covered"),
    [
        ("2020-02-19", "2020-03-23", True),
        ("2020-02-18", "2020-03-24", True),
        ("2020-02-20", "2020-03-23", False),
        ("2020-02-19", "2020-03-20", False),
        ("2015-01-02", "2016-12-30", False),
    ],
)
def test_a_crisis_is_covered_only_when_all_of_it_is_inside(first, last, covered):
    found = row(COVID, own(line("sp500_price").levels.loc[first:last], basis=Basis.PRICE_INDEX))
    assert found.covered == covered
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))
    values = (found.drawdown, found.return_, found.peak, found.trough, found.days_down, found.yardstick, found.verdict)
    assert all(value is None for value in values) == (not covered)
    assert all(value is not None for value in values) == covered
    assert found.days_to_recover is None


@pytest.mark.parametrize("line_id", specs())
def test_what_lies_outside_a_line_is_not_covered(line_id):
    for item in named_crises():
        found = report([item], [line(line_id)])[0].rows[0]
        assert found.covered == (line(line_id).first <= item.peak and item.trough <= line(line_id).last)
        if not found.covered:
            fields = found.to_dict()
            shown = {"kind", "basis", "frequency", "currency", "first", "last", "covered"}
            assert {key for key, value in fields.items() if value is not None} == shown


# --- yardsticks


@pytest.mark.parametrize(
    ("name", "line_id", "benchmark", "yardstick", "frequency"),
    [
        (GFC, "equal_weight", "sp500", "sp500_total_return", Frequency.MONTHLY),
        (GFC, "market", "sp500", "sp500_total_return", Frequency.MONTHLY),
        (GFC, "equal_weight", "market", "market", Frequency.MONTHLY),
        (MONDAY, "equal_weight", "sp500", "market", Frequency.MONTHLY),
        (MONDAY, "market", "sp500", None, None),
        (GFC, "market", "market", None, None),
        (COVID, "MTUM", "sp500", "sp500_total_return", Frequency.DAILY),
        (CHINA, "MTUM", "market", "market", Frequency.MONTHLY),
        (COVID, "MTUM", "market", None, None),
        (GFC, "sp500_price", "sp500", None, None),
        (GFC, "sp500_price", "market", None, None),
        (GFC, "sp500_total_return", "sp500", None, None),
        (GFC, "sp500_total_return", "market", "market", Frequency.MONTHLY),
    ],
)
def test_each_line_has_the_yardstick_of_its_kind(name, line_id, benchmark, yardstick, frequency):
    found = row(name, line_id, benchmark=benchmark)
    assert found.covered
    assert (found.yardstick, found.compared_frequency) == (yardstick, frequency)
    assert (found.verdict is None) == (yardstick is None)


@pytest.mark.parametrize("benchmark", ["sp500", "market"])
@pytest.mark.parametrize("currency", ["USD", "KRW"])
def test_nothing_is_ever_compared_with_another_basis_or_with_itself(benchmark, currency):
    extra = own(line("sp500_price").levels, basis=Basis.PRICE_INDEX, name="price")
    reports = report(named_crises(), [*choose_lines(), extra], benchmark=benchmark, currency=currency)
    compared = [found for item in reports for found in item.rows if found.yardstick]
    assert len(compared) > 50
    for found in compared:
        assert line(found.yardstick).basis == found.basis
        assert found.yardstick != found.id


def test_a_price_index_of_the_reader_is_compared_with_the_price_index():
    found = row(COVID, own(line("sp500_price").levels * 2, basis=Basis.PRICE_INDEX))
    assert (found.yardstick, found.verdict) == ("sp500_price", "level")
    assert found.excess_drawdown == pytest.approx(0, abs=1e-15)


def test_a_monthly_price_index_is_compared_at_month_ends():
    close = line("sp500_price").levels
    months = close.groupby(close.index.to_period("M")).last()
    months.index = months.index.to_timestamp(how="end").normalize()
    found = row(GFC, own(months, basis=Basis.PRICE_INDEX, frequency=Frequency.MONTHLY))
    assert (found.yardstick, found.compared_frequency) == ("sp500_price", Frequency.MONTHLY)
    assert found.excess_drawdown == pytest.approx(0, abs=1e-15)
    assert found.drawdown > row(GFC, "sp500_price").drawdown  # month ends understate the fall


def test_daily_against_monthly_is_compared_at_month_ends_and_shown_daily():
    found = row(CHINA, "MTUM", benchmark="market")
    months = line("MTUM").levels.loc["2015-04-30":"2016-02-29"]
    months = months.groupby(months.index.to_period("M")).last().to_numpy()  # peak 21 May 2015, trough 11 February 2016
    market = line("market").levels.loc["2015-04-30":"2016-02-29"].to_numpy()

    def fall(values):
        return (values / np.maximum.accumulate(values) - 1).min()

    assert found.frequency == Frequency.DAILY
    assert found.compared_frequency == Frequency.MONTHLY
    assert found.yardstick_drawdown == pytest.approx(fall(market), abs=1e-15)
    assert found.excess_drawdown == pytest.approx(fall(months) - fall(market), abs=1e-15)
    assert found.drawdown < fall(months)
    assert found.capture == pytest.approx((months[-1] / months[0] - 1) / (market[-1] / market[0] - 1), rel=1e-12)


def test_excess_and_capture_are_against_the_yardstick_over_the_same_window():
    found, mark = row(COVID, "VLUE"), row(COVID, "sp500_total_return")
    assert found.yardstick_drawdown == mark.drawdown
    assert found.excess_drawdown == pytest.approx(found.drawdown - mark.drawdown, abs=1e-15)
    assert found.excess_return == pytest.approx(found.return_ - mark.return_, abs=1e-15)
    assert found.capture == pytest.approx(found.return_ / mark.return_, rel=1e-12)


def share_of_the_market(share):
    """Buys the index on 19 February 2020 with a share of the money; the rest is cash."""
    levels = line("sp500_total_return").levels.loc["2020-02-19":"2020-12-31"]
    return own(1 + share * (levels / levels.iloc[0] - 1))


@pytest.mark.parametrize(
    ("share", "verdict"),
    [(0.0, "defended"), (0.5, "defended"), (0.98, "level"), (1.0, "level"), (1.02, "level"), (1.1, "deeper")],
)
def test_a_point_less_is_defended_and_a_point_more_is_deeper(share, verdict):
    found = row(COVID, share_of_the_market(share))
    mark = row(COVID, "sp500_total_return").drawdown
    assert found.drawdown == pytest.approx(share * mark, abs=1e-12)
    assert found.verdict == verdict
    assert found.capture == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("points", "verdict"), [(0.0101, "defended"), (0.0099, "level"), (-0.0099, "level"), (-0.0101, "deeper")]
)
def test_the_margin_is_one_point(points, verdict):
    mark = row(COVID, "sp500_total_return").drawdown
    assert row(COVID, share_of_the_market((mark + points) / mark)).verdict == verdict


@pytest.mark.parametrize("option", [{"benchmark": "nasdaq"}, {"currency": "EUR"}])
def test_unknown_options_are_refused(option):
    with pytest.raises(BadInput, match="is not known") as caught:
        report(named_crises(), [line("MTUM")], **option)
    assert (caught.value.code, caught.value.field) == ("unknown_choice", next(iter(option)))


# --- won


def rates():
    return load("usdkrw_monthly").frame["krw_per_usd_month_end"]


def test_a_fall_in_won_by_hand():
    dollars = line("sp500_total_return").levels
    won = [
        dollars[day] * rates()[month]
        for day, month in [("2020-01-31", "2020-01-31"), ("2020-02-28", "2020-02-29"), ("2020-03-31", "2020-03-31")]
    ]
    found = row(COVID, "sp500_total_return", currency="KRW")
    assert (found.currency, found.frequency) == ("KRW", Frequency.MONTHLY)
    assert found.return_ == pytest.approx(won[2] / won[0] - 1, rel=1e-12)
    assert found.drawdown == pytest.approx(min(won[1] / won[0], won[2] / max(won[0], won[1])) - 1, rel=1e-12)
    assert found.drawdown > row(COVID, "sp500_total_return").drawdown


@pytest.mark.parametrize("line_id", ["equal_weight", "market", "sp500_price", "sp500_total_return"])
def test_a_crisis_without_rates_stays_in_dollars(line_id):
    assert row(DOTCOM, line_id, currency="KRW") == row(DOTCOM, line_id)
    assert row(GFC, line_id, currency="KRW").currency == "KRW"


def test_both_sides_of_a_comparison_are_in_the_same_currency():
    found = row(GFC, "equal_weight", currency="KRW")
    mark = row(GFC, "sp500_total_return", currency="KRW")
    assert (found.currency, found.yardstick) == ("KRW", "sp500_total_return")
    assert found.yardstick_drawdown == mark.drawdown
    assert found.excess_return == pytest.approx(found.return_ - mark.return_, abs=1e-15)


def test_the_fall_of_the_won_softened_the_financial_crisis():
    """The dollar rose from 915.1 to 1383.1 won between September 2007 and March 2009: 51 %."""
    change = rates()["2009-03-31"] / rates()["2007-09-30"]
    dollars, won = row(GFC, "equal_weight"), row(GFC, "equal_weight", currency="KRW")
    assert won.return_ == pytest.approx((1 + dollars.return_) * change - 1, rel=1e-12)
    assert change == pytest.approx(1.51, abs=0.02)


def test_a_month_without_rate_leaves_the_crisis_in_dollars(facts):
    path = facts / "usdkrw_monthly.csv"
    rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([rows[0], *(text for text in rows[1:] if text >= "2010")]) + "\n", encoding="utf-8")
    assert row(GFC, "equal_weight", currency="KRW") == row(GFC, "equal_weight")
    assert row(COVID, "sp500_price", currency="KRW").currency == "KRW"


def test_won_without_the_rate_table_names_the_file(facts):
    (facts / "usdkrw_monthly.csv").unlink()
    with pytest.raises(MissingData, match=r"usdkrw_monthly\.csv"):
        row(COVID, "sp500_price", currency="KRW")
    assert row(COVID, "sp500_price").covered


# --- own ranges


def test_an_own_range_gives_the_numbers_of_the_crisis_it_repeats():
    found = ask(series=["sp500_price", "MTUM"], start="2020-02-19", end="2020-03-23")
    assert len(found) == 1
    assert (found[0].crisis.name, found[0].crisis.kind) == ("custom", "custom")
    for line_id in ("sp500_price", "MTUM"):
        assert found[0].row(line_id) == row(COVID, line_id)


@pytest.mark.parametrize(
    ("start", "end", "code", "text"),
    [
        ("2020-03-23", "2020-02-19", "range_reversed", "2020-03-23 – 2020-02-19"),
        ("2020-03-23", "2020-03-23", "range_too_short", "one day"),
        ("1980-01-01", "1982-01-01", "range_outside", "1990-01-02 to 2022-12-28"),
        ("2022-01-03", "2023-01-03", "range_outside", "1990-01-02 to 2022-12-28"),
        ("1989-12-29", "1990-06-01", "range_outside", "1990-01-02 to 2022-12-28"),
        ("0001-01-01", "9999-12-31", "range_outside", "1990-01-02 to 2022-12-28"),
        ("19/02/2020", "2020-03-23", "bad_date", "start: '19/02/2020'"),
        ("2020-02-19", "2020-02-30", "bad_date", "end: '2020-02-30'"),
        ("2020-02-19", "tomorrow", "bad_date", "YYYY-MM-DD"),
    ],
)
def test_ranges_that_cannot_be_used_are_refused(start, end, code, text):
    for lines in ([line("sp500_price")], [line("sp500_price"), line("MTUM")]):
        with pytest.raises(BadInput, match=text) as caught:
            custom_range(start, end, lines)
        assert caught.value.code == code
        assert caught.value.field == ("range" if code != "bad_date" else text.split(":")[0] if ":" in text else "end")


def test_a_range_that_one_line_covers_is_accepted():
    found = custom_range(date(2001, 1, 2), date(2003, 1, 2), [line("MTUM"), line("sp500_price")])
    reports = report([found], [line("MTUM"), line("sp500_price")])
    assert [item.covered for item in reports[0].rows] == [False, True]


def test_a_weekend_reaches_from_friday_to_monday():
    found = ask(series=["sp500_price"], start="2020-03-07", end="2020-03-08")[0].rows[0]
    close = line("sp500_price").levels
    assert found.return_ == pytest.approx(close["2020-03-09"] / close["2020-03-06"] - 1, abs=1e-15)


@pytest.mark.parametrize(("start", "end"), [("2020-01-02", ""), ("", "2020-01-02")])
def test_half_a_range_is_refused(start, end):
    with pytest.raises(BadInput, match="2020-01-02") as caught:
        ask(start=start, end=end)
    assert caught.value.code == "missing_end"


# --- what is asked for


def test_without_a_choice_every_line_meets_every_crisis():
    found = ask()
    assert [item.crisis.name for item in found] == [item.name for item in named_crises()]
    assert all([entry.id for entry in item.rows] == list(specs()) for item in found)


def test_own_lines_stand_after_the_registered_ones():
    found = ask(series=["MTUM"], own=[share_of_the_market(0.5)])
    assert [entry.id for entry in found[0].rows] == ["MTUM", "own"]


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: crisis("Tulips 1637"), "unknown_choice", "crisis"),
        (lambda: choose_lines(["MTUM", "SPY"]), "unknown_choice", "series"),
        (lambda: choose_lines([]), "empty_choice", "series"),
        (lambda: ask(series=["SPY"]), "unknown_choice", "series"),
        (lambda: ask(series=[]), "empty_choice", "series"),
    ],
)
def test_unknown_names_are_refused_with_what_is_known(call, code, field):
    with pytest.raises(BadInput) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)
    known = "Choose at least one" if code == "empty_choice" else "Covid-19 2020" if field == "crisis" else "sp500_price"
    assert known in caught.value.message


def test_slugs_are_addresses_of_one_crisis_each():
    slugs = [item.slug for item in named_crises()]
    assert len(set(slugs)) == 31
    for item in named_crises():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", item.slug)
        assert crisis(item.slug) == item


def test_a_crisis_is_known_by_its_name_and_its_slug():
    found = crisis(COVID)
    assert found == crisis("covid-19-2020")
    assert (found.kind, found.slug) == ("cycle", "covid-19-2020")
    assert (found.peak, found.trough) == (date(2020, 2, 19), date(2020, 3, 23))
    assert found.recovery == date(2020, 8, 18)
    assert found.index_drawdown == pytest.approx(-0.3392)
    assert found.index_basis == Basis.PRICE_INDEX
    assert crisis("Q1 2026 pullback").index_basis == Basis.TOTAL_RETURN


# --- falls by rule


def test_the_rule_finds_the_cycles_of_the_table():
    table = [item for item in inside() if item.kind == "cycle" and item.index_drawdown <= -0.19]
    found = falls_by_rule(0.19)
    assert len(found) == 7
    for ruled, named in zip(found, table, strict=True):
        assert (ruled.peak, ruled.trough) == (named.peak, named.trough)
        assert ruled.index_drawdown == pytest.approx(named.index_drawdown, abs=5.1e-5)
        assert ruled.recovery == (named.recovery if named.recovery <= date(2022, 12, 28) else None)
        assert (ruled.kind, ruled.name, ruled.index_basis) == ("rule", named.peak.isoformat(), Basis.PRICE_INDEX)


def test_at_ten_percent_the_rule_finds_two_falls_more_than_the_table():
    """The table lacks the start of 1990 (the data begin at its high) and July to October 1999."""
    table = {item.peak for item in inside() if item.kind == "cycle" and item.index_drawdown <= -0.10}
    found = {item.peak for item in falls_by_rule(0.10)}
    assert found - table == {date(1990, 1, 2), date(1999, 7, 16)}
    assert table <= found


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.2, 0.3, 0.5])
def test_a_fall_by_rule_is_at_least_as_deep_as_asked(threshold):
    found = falls_by_rule(threshold)
    assert all(item.index_drawdown <= -threshold for item in found)
    assert [item.peak for item in found] == sorted(item.peak for item in found)
    for earlier, later in pairwise(found):
        assert earlier.recovery <= later.peak


@pytest.mark.parametrize("threshold", [0, 1, -0.1, 1.5, float("nan")])
def test_a_threshold_is_above_nothing_and_below_everything(threshold):
    with pytest.raises(BadInput) as caught:
        falls_by_rule(threshold)
    assert (caught.value.code, caught.value.field) == ("bad_number", "threshold")


# --- counts


@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize("benchmark", ["sp500", "market"])
def test_counts_add_up_to_the_crises(benchmark, currency):
    reports = ask(benchmark=benchmark, currency=currency)
    found = records(reports)
    assert [item.id for item in found] == list(specs())
    for item in found:
        assert item.compared + item.not_covered + item.not_compared == len(reports) == 31
        verdicts = [entry.row(item.id).verdict for entry in reports]
        assert (item.defended, item.level, item.deeper) == tuple(
            verdicts.count(verdict) for verdict in ("defended", "level", "deeper")
        )


@pytest.mark.parametrize(
    ("line_id", "defended", "level", "deeper"),
    [
        ("low_volatility", 13, 2, 1),
        ("equal_weight", 5, 3, 8),
        ("MTUM", 0, 4, 2),
        ("USMV", 4, 2, 0),
        ("sp500_price", 0, 0, 0),
    ],
)
def test_how_often_a_line_defended(line_id, defended, level, deeper):
    found = records(ask(series=[line_id]))[0]
    assert (found.defended, found.level, found.deeper) == (defended, level, deeper)


def test_no_report_has_no_record():
    assert records([]) == []


# --- live funds

LIVE = [
    (COVID, {"SPY": -0.3372, "QRFT": -0.3019, "AMOM": -0.2865, "MTUM": -0.3408}),
    ("Sept 2020 pullback", {"SPY": -0.0944, "QRFT": -0.0959, "AMOM": -0.1188, "MTUM": -0.1006}),
    (RATES_2022, {"SPY": -0.2450, "QRFT": -0.2799, "AMOM": -0.3034, "MTUM": -0.2542}),
    ("Tariff shock 2025", {"SPY": -0.1876, "QRFT": -0.1991, "AMOM": -0.2796, "MTUM": -0.2090, "LQAI": -0.2105}),
]


@pytest.mark.parametrize(("name", "returns"), LIVE)
def test_live_funds_between_peak_and_trough(name, returns):
    found = {fund.fund: fund for fund in crises.fund_falls() if fund.crisis == name}
    assert set(found) == set(returns) - {"SPY"}
    for ticker, fund in found.items():
        assert fund.return_ == pytest.approx(returns[ticker], abs=1e-12)
        assert fund.spy_return == pytest.approx(returns["SPY"], abs=1e-12)
        excess = returns[ticker] - returns["SPY"]
        assert fund.verdict == ("defended" if excess >= 0.01 else "deeper" if excess <= -0.01 else "level")


def test_the_ai_funds_defended_in_the_covid_fall_and_failed_in_2022():
    verdicts = {(fund.crisis, fund.fund): fund.verdict for fund in crises.fund_falls()}
    assert [verdicts[COVID, fund] for fund in ("QRFT", "AMOM", "MTUM")] == ["defended", "defended", "level"]
    assert [verdicts[RATES_2022, fund] for fund in ("QRFT", "AMOM")] == ["deeper", "deeper"]


def test_live_funds_lived_through_named_crises():
    found = crises.fund_falls()
    assert len(found) == 7 * 3 + 3
    assert {fund.crisis for fund in found} <= {item.name for item in named_crises()}


def test_the_live_momentum_fund_agrees_with_its_daily_prices():
    """Two vendors' dividend-adjusted closes of MTUM over the same days."""
    for name in (COVID, "Sept 2020 pullback", RATES_2022):
        live = next(fund for fund in crises.fund_falls() if (fund.crisis, fund.fund) == (name, "MTUM"))
        assert row(name, "MTUM").return_ == pytest.approx(live.return_, abs=5e-4)


# --- what is printed


def test_the_json_of_a_crisis_has_the_keys_of_the_contract_and_no_nan():
    for item in ask():
        data = json.loads(json.dumps(item.to_dict(), allow_nan=False))
        assert {"name", "peak", "trough", "recovery", "series"} <= set(data)
        assert set(data["series"]) == set(specs())
        for entry in data["series"].values():
            keys = {"drawdown", "days_down", "days_to_recover", "basis", "frequency", "covered", "return"}
            assert keys <= set(entry)
            assert entry["drawdown"] is None or -1 <= entry["drawdown"] <= 0


def test_the_json_of_covid():
    data = next(item.to_dict() for item in ask(series=["sp500_price"]) if item.crisis.name == COVID)
    entry = data["series"]["sp500_price"]
    assert (data["peak"], data["trough"], data["recovery"]) == ("2020-02-19", "2020-03-23", "2020-08-18")
    assert (entry["basis"], entry["frequency"], entry["covered"]) == ("price_index", "daily", True)
    assert round(entry["drawdown"], 4) == -0.3392
    assert (entry["days_down"], entry["days_to_recover"]) == (33, 148)


def test_a_broken_crisis_table_names_its_file(facts):
    (facts / "crisis_periods.csv").write_bytes(b"")
    with pytest.raises(MissingData, match=r"crisis_periods\.csv"):
        ask()
    assert ask(series=["sp500_price"], start="2020-02-19", end="2020-03-23")[0].rows[0].covered


# --- lines drawn together


def drawn(name, ids, **options):
    lines = [line(line_id) for line_id in ids]
    return crises.comparisons(report([crisis(name)], lines, **options)[0], lines, **options)


@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize("name", [item.name for item in named_crises()])
def test_only_lines_of_one_basis_currency_and_frequency_are_drawn_together(name, currency):
    lines = choose_lines()
    item = report([crisis(name)], lines, currency=currency)[0]
    groups = crises.comparisons(item, lines, currency=currency)
    assert len({(group.basis, group.currency) for group in groups}) == len(groups)
    for group in groups:
        for path in group.paths:
            found = item.row(path.id)
            assert (found.covered, found.basis, found.currency) == (True, group.basis, group.currency)
            if found.frequency == group.frequency:
                assert path.fall.depth == found.drawdown
    covered = {entry.id for entry in item.rows if entry.covered}
    assert {path.id for group in groups for path in group.paths} <= covered


def test_daily_lines_alone_are_drawn_daily_and_end_recovered():
    groups = drawn(COVID, ["sp500_price", "MTUM", "VLUE", "equal_weight"])  # the French data end in 2017
    assert [[path.id for path in group.paths] for group in groups] == [["sp500_price"], ["MTUM", "VLUE"]]
    for group in groups:
        assert group.frequency == Frequency.DAILY
        latest = max(path.fall.recovery.date() for path in group.paths)
        for path in group.paths:
            assert (path.days[0], path.change[0], path.underwater[0]) == (0, 0.0, 0.0)
            assert path.dates[-1] == latest
            assert min(path.underwater) == path.fall.depth == row(COVID, path.id).drawdown
            assert path.days == tuple((day - date(2020, 2, 19)).days for day in path.dates)


def test_a_mix_of_daily_and_monthly_lines_is_drawn_at_month_ends():
    group = drawn(CHINA, ["MTUM", "market"])[0]
    assert group.frequency == Frequency.MONTHLY
    fund, market = group.paths
    assert fund.dates[0] == market.dates[0] == date(2015, 4, 30)
    assert all(pd.Timestamp(day).is_month_end for day in fund.dates)
    assert fund.fall.depth > row(CHINA, "MTUM").drawdown  # shallower than by the day
    assert market.fall.depth == row(CHINA, "market").drawdown


def test_a_long_path_is_thinned_and_keeps_its_depth():
    path = drawn(DOTCOM, ["sp500_price"])[0].paths[0]
    stretch = line("sp500_price").levels.loc["2000-03-24":"2007-05-30"]
    assert 500 < len(path.dates) <= 2000
    assert len(path.dates) < len(stretch) == 1804
    assert path.dates[-1] == date(2007, 5, 30)
    assert min(path.underwater) == pytest.approx(-0.4915, abs=5e-5)
    kept = pd.DatetimeIndex(path.dates)
    np.testing.assert_allclose(path.underwater, (stretch / stretch.cummax() - 1).loc[kept], atol=1e-15)
    np.testing.assert_allclose(path.change, (stretch / stretch.iloc[0] - 1).loc[kept], atol=1e-15)


def test_a_line_that_has_not_recovered_is_drawn_to_its_end():
    path = drawn(RATES_2022, ["sp500_price"])[0].paths[0]
    assert path.fall.recovery is None
    assert path.dates[-1] == date(2022, 12, 28)
    assert path.days_under == (date(2022, 12, 28) - date(2022, 1, 3)).days


def test_a_path_in_won_is_monthly():
    group = drawn(COVID, ["sp500_total_return"], currency="KRW")[0]
    path = group.paths[0]
    assert (group.currency, group.frequency) == ("KRW", Frequency.MONTHLY)
    assert path.dates[:3] == (date(2020, 1, 31), date(2020, 2, 29), date(2020, 3, 31))
    assert path.days[0] == -19
    assert path.change[2] == pytest.approx(row(COVID, "sp500_total_return", currency="KRW").return_, abs=1e-12)


def test_a_crisis_nobody_covers_draws_nothing():
    assert drawn("Great Depression 1929-32", ["sp500_price", "market"]) == []
