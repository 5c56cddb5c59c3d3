"""The first page's answers: against plain loops, invariants over random histories, and a stored answer held to a live one."""

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date
from statistics import median

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import cli, overview
from engine.analytics import to_monthly
from engine.errors import BadInput
from engine.lines import line, specs
from engine.overview import headline, hits, make_today, net_of_fee, today
from engine.paths import ROOT
from engine.performance import summary
from engine.sources import Basis, Frequency, Line, registry
from engine.sources.facts import FACT_TABLES


def month_closes(levels):
    """Last level of each calendar month."""
    closes = {}
    for stamp, value in levels.items():
        closes[stamp.year, stamp.month] = float(value)
    return closes


def counted(ours, theirs, fee, last_whole):
    """Months won of the last twelve ending with ``last_whole``, by plain loops over month-end levels."""
    kept, won = (1.0 - fee) ** (1.0 / 12.0), []
    months = [month for month in ours if month in theirs and month <= last_whole]
    for before, month in itertools.pairwise(months):
        net = ours[month] / ours[before] * kept - 1.0
        won.append(net > theirs[month] / theirs[before] - 1.0)
    return won


@pytest.mark.parametrize("fee", [0.0, 0.005, 0.02])
def test_months_won_are_those_of_a_plain_loop(fee):
    found = headline("ai_etf", fee=fee)
    won = counted(month_closes(line("ai_etf").levels), month_closes(line("sp500_total_return").levels), fee, (2022, 11))
    assert list(found.hits.won) == won
    assert found.hits.months[0] == date(2014, 3, 31), "the line starts on 3 February 2014"
    assert found.hits.last == sum(won[-12:])
    runs = [sum(won[at : at + 12]) for at in range(len(won) - 11)]
    assert (found.hits.least, found.hits.median, found.hits.most) == (min(runs), median(runs), max(runs))


def test_the_month_that_the_data_cut_off_does_not_count():
    found = headline("ai_etf").hits
    assert found.months[-1] == date(2022, 11, 30), "December 2022 ends on the 28th"
    assert len(found.months) == 105


@pytest.mark.parametrize("name", ["ai_etf", "ai"])
@pytest.mark.parametrize("fee", [0.0, 0.0075])
def test_return_fall_and_cost_are_those_of_plain_arithmetic(name, fee):
    found = headline(name, fee=fee)
    ours, theirs = line(name).levels, line("sp500_total_return").levels
    if name == "ai":
        theirs = pd.Series(
            {pd.Timestamp(y, m, 1) + pd.offsets.MonthEnd(0): v for (y, m), v in month_closes(theirs).items()}
        )
    dates = ours.index.intersection(theirs.index)
    growth, index = (item.loc[dates].to_numpy() / item.loc[dates].iloc[0] for item in (ours, theirs))
    periods = {"ai_etf": 252, "ai": 12}[name]
    years = (len(dates) - 1) / periods
    net = growth[-1] * (1.0 - found.cost.taken)
    assert found.excess == pytest.approx(net ** (1 / years) - index[-1] ** (1 / years), abs=1e-12)
    if name == "ai":
        assert found.cost.taken == pytest.approx(1.0 - (1.0 - fee) ** years, abs=1e-12)
    assert found.cost.a_year == pytest.approx(growth[-1] ** (1 / years) - net ** (1 / years), abs=1e-12)
    high, worst = index[0], 0.0
    for value in index:
        high = max(high, value)
        worst = min(worst, value / high - 1.0)
    assert found.falls.index.depth == pytest.approx(worst, abs=1e-12)
    assert found.falls.frequency == line(name).frequency
    assert found.falls.own.depth == pytest.approx(found.shown.metrics.max_drawdown, abs=1e-12)


@pytest.mark.parametrize("name", ["ai_etf", "ai"])
def test_the_fee_is_taken_month_by_month(name):
    gross, net = line(name), net_of_fee(line(name), 0.01)
    before, after = to_monthly(gross.returns), to_monthly(net.returns)
    np.testing.assert_allclose(after, (1.0 + before) * 0.99 ** (1 / 12) - 1.0, atol=1e-12)
    assert net_of_fee(gross, 0.0) is gross


def monthly(values, start="2001-01-31"):
    index = pd.date_range(start, periods=len(values), freq="ME")
    return pd.Series(values, index=index, dtype=float)


months = st.lists(st.integers(-900, 900).map(lambda bp: bp / 10_000), min_size=1, max_size=40)


@settings(deadline=None, max_examples=120)
@given(months, st.integers(0, 2**32 - 1), st.floats(0.0, 0.05), st.floats(0.0, 0.05))
def test_a_higher_fee_never_raises_a_count(ours, seed, one, other):
    theirs = monthly(np.random.default_rng(seed).integers(-900, 900, len(ours)) / 10_000)
    levels = pd.concat([pd.Series([1.0], [pd.Timestamp("2000-12-31")]), (1.0 + monthly(ours)).cumprod()])
    path = Line("x", levels, Basis.TOTAL_RETURN, Frequency.MONTHLY, "USD", "own", "drawn")
    low, high = (hits(net_of_fee(path, fee).returns, theirs) for fee in sorted((one, other)))
    assert sum(high.won) <= sum(low.won)
    for (day, more), (same, less) in zip(low.windows, high.windows, strict=True):
        assert day == same
        assert less <= more


@settings(deadline=None, max_examples=120)
@given(months, st.integers(0, 2**32 - 1))
def test_counts_of_twelve_are_those_of_brute_force(ours, seed):
    theirs = monthly(np.random.default_rng(seed).integers(-900, 900, len(ours)) / 10_000)
    found = hits(monthly(ours), theirs)
    won = [round(a * 10_000) > round(b * 10_000) for a, b in zip(ours, theirs, strict=True)]
    assert list(found.won) == won
    brute = [sum(won[end - 12 : end]) for end in range(12, len(won) + 1)]
    assert [count for _, count in found.windows] == brute
    assert found.last == (brute[-1] if brute else None)
    if brute:
        assert 0 <= found.least <= found.median <= found.most <= 12
    table = found.years()
    assert sum(cell[1] for row in table.values() for cell in row if cell) == sum(won)
    assert all(len(row) == 12 for row in table.values())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 27), st.integers(1, 27))
def test_part_of_a_month_never_counts(seed, first, last):
    days = pd.bdate_range(date(2001, 1, 1), date(2002, 6, 28))
    kept = days[(days >= pd.Timestamp(2001, 1, 1 + first)) & (days <= pd.Timestamp(2002, 6, last))]
    random = np.random.default_rng(seed)
    ours, theirs = (pd.Series(random.normal(0, 0.01, len(kept)), kept) for _ in range(2))
    found = hits(ours, theirs)
    whole = found.months if found.months[0] != date(2001, 1, 31) else found.months[1:]
    assert whole[0] == date(2001, 2, 28)
    assert found.months[-1] == date(2002, 5, 31)
    if kept[0] > pd.Timestamp(2001, 1, 2):  # 1 January is a holiday, so a first row on the 2nd begins a whole month
        assert found.months[0] == date(2001, 2, 28)


def test_runs_of_twelve_do_not_step_over_a_hole():
    values = monthly([0.01] * 26)
    holed = values.drop(values.index[13])
    found = hits(holed, holed - 0.001)
    assert [day for day, _ in found.windows] == [date(2001, 12, 31), date(2002, 1, 31), date(2003, 2, 28)]


def test_ties_are_no_wins_and_the_interval_of_a_steady_lead_is_a_point(monkeypatch):
    index = monthly(np.random.default_rng(1).normal(0.01, 0.04, 60))
    assert sum(hits(index, index).won) == 0
    lead = hits((1.0 + index) * 1.002 - 1.0, index)
    low, high = overview.headline.__globals__["_interval"](lead)
    grown = np.expm1(12 * np.log1p(index).mean())
    assert low < (1.0 + grown) * (1.002**12 - 1.0) < high
    assert low > 0.0


def test_fewer_than_twelve_months_have_no_count_and_no_interval():
    found = headline("ai_etf", since=date(2022, 3, 1))
    assert len(found.hits.months) == 9
    assert (found.hits.last, found.hits.least, found.hits.median, found.hits.most) == (None, None, None, None)
    assert found.interval is None
    assert found.excess is not None


def test_the_rival_is_the_equal_mix_over_the_same_dates():
    found = headline("ai_etf")
    ai, mix = summary(["ai_etf", "etf_equal_weight"])
    (index,) = summary(["sp500_total_return"], since=ai.first)
    assert (found.shown.first, found.shown.last) == (ai.first, ai.last)
    assert found.excess == pytest.approx(ai.metrics.cagr - found.benchmark.metrics.cagr, abs=1e-15)
    assert found.rival.excess == pytest.approx(mix.metrics.cagr - found.benchmark.metrics.cagr, abs=1e-15)
    assert found.rival.hits.months == found.hits.months
    assert headline("MTUM").rival is None
    assert index.yardstick is None


def test_the_market_ends_the_comparison_where_it_ends():
    found = headline("ai_etf", benchmark="market")
    assert (found.benchmark.id, found.as_of, found.shown.frequency) == ("market", date(2017, 3, 31), Frequency.MONTHLY)
    assert found.falls.last == date(2017, 3, 31)
    assert found.falls.frequency == Frequency.DAILY


def test_won_are_monthly_and_the_months_won_do_not_depend_on_the_currency():
    dollars, won = headline("ai_etf"), headline("ai_etf", currency="KRW")
    assert won.shown.currency == "KRW"
    assert won.falls.frequency == Frequency.MONTHLY
    assert won.hits.won == dollars.hits.won


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"line_id": "sp500_total_return"}, "own_benchmark"),
        ({"line_id": "market", "benchmark": "market"}, "own_benchmark"),
        ({"line_id": "sp500_price"}, "basis_mismatch"),
        ({"line_id": "nope"}, "unknown_choice"),
        ({"line_id": "MTUM", "benchmark": "nope"}, "unknown_choice"),
        ({"line_id": "MTUM", "fee": -0.001}, "bad_number"),
        ({"line_id": "MTUM", "fee": 0.2}, "bad_number"),
        ({"line_id": "MTUM", "fee": float("nan")}, "bad_number"),
        ({"line_id": "MTUM", "since": date(2022, 12, 28)}, "no_overlap"),
    ],
)
def test_what_cannot_be_compared_is_told(asked, code):
    with pytest.raises(BadInput) as raised:
        headline(**asked)
    assert raised.value.code == code


def test_a_line_without_rates_is_not_compared_in_won(monkeypatch):
    old = replace(line("ai"), levels=line("ai").levels.loc[:"2001"])
    monkeypatch.setitem(headline.__globals__, "line", lambda name: old if name == "ai" else line(name))
    with pytest.raises(BadInput) as raised:
        headline("ai", currency="KRW")
    assert raised.value.code == "currency_mismatch"


@pytest.mark.parametrize("fee", [0.0, 0.01])
def test_an_answer_is_json_and_says_what_it_is(fee):
    told = headline("ai", fee=fee).to_dict()
    assert told["kind"] == "walk_forward"
    assert told["trading_cost_bp"] == 10.0
    assert told["hits"]["last_12"] == headline("ai", fee=fee).hits.last
    assert told["excess_interval_90"][0] < told["excess"] < told["excess_interval_90"][1]


def test_no_line_without_a_mark_rests_on_the_panel_chosen_with_hindsight(monkeypatch):
    def refuse():
        raise AssertionError("a line reads the survivors' panel")

    monkeypatch.setitem(registry.DATASETS, "us_large_caps", refuse)
    registry._load.cache_clear()
    marked = [spec.id for spec in specs().values() if spec.survivors]
    assert marked == ["momentum"]
    for spec in specs().values():
        if not spec.survivors:
            spec.load()


# What is held today.


def test_the_stored_answer_is_used_and_equals_a_live_one():
    stored = today()
    live = make_today(stored.ranked_on)
    assert live.picks == stored.picks
    assert live.basket.shares == stored.basket.shares
    assert live.basket.status == stored.basket.status
    for name in ("cash", "tracking_error", "lower_bound", "fx"):
        assert getattr(live.basket, name) == pytest.approx(getattr(stored.basket, name), rel=1e-9)
    assert live.snapshot == stored.snapshot, "the tables have changed: python -m engine overview make"


READS = """
from engine.sources import registry
asked, plain = set(), registry._load
registry._load = lambda name, snapshot: asked.add(name) or plain(name, snapshot)
from engine.overview import make_today
make_today()
print(",".join(asked))
"""


def test_only_the_tables_named_enter_the_stored_answer():
    done = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True, check=True, cwd=ROOT)
    asked = set(done.stdout.strip().split(",")) & {table.name for table in FACT_TABLES}
    assert asked == today.__globals__["TABLES"]


def test_other_tables_mean_a_new_answer(tmp_path, monkeypatch):
    made = replace(today(), ranked_on=date(1999, 1, 1))
    monkeypatch.setitem(today.__globals__, "_made", lambda snapshot: made)
    assert today() is not made
    monkeypatch.setitem(today.__globals__, "snapshot_id", lambda tables: "bundled-other")
    assert today() is made
    monkeypatch.undo()
    monkeypatch.setitem(today.__globals__, "_made", lambda snapshot: made)
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    assert today() is made
    path = overview.save_today(replace(made, snapshot=registry.snapshot_id(today.__globals__["TABLES"])))
    assert today() == replace(made, snapshot=registry.snapshot_id(today.__globals__["TABLES"]))
    path.write_text('{"picks": []}', encoding="utf-8")
    assert today() is made


# The command line.


def told(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(["overview", *arguments])
    return ended.value.code, capsys.readouterr().out


def test_the_command_prints_the_engines_answer(capsys):
    code, out = told(capsys, "--series", "ai", "--since", "2000-01-01", "--fee", "0.01", "--currency", "KRW", "--json")
    expected = headline("ai", since=date(2000, 1, 1), fee=0.01, currency="KRW").to_dict()
    answer = json.loads(out)
    assert code == 0
    assert {key: answer[key] for key in expected} == expected
    assert answer["today"]["basket"]["status"] == today().basket.status
    code, out = told(capsys)
    assert code == 0
    assert f"months beaten of the last 12 whole ones: {headline('ai_etf').hits.last} " in out


@pytest.mark.parametrize("arguments", [("--since", "soon"), ("--series", "nope"), ("--fee", "2")])
def test_the_command_refuses_with_a_sentence(capsys, arguments):
    code, out = told(capsys, *arguments, "--json")
    assert code == 2
    assert json.loads(out)["error"]["message"]


def test_the_command_renews_the_artifact(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    code, out = told(capsys, "make", "--json")
    assert code == 0
    assert json.loads(out)["picks"]
    assert (tmp_path / "overview" / "today.json").is_file()
    stored = json.loads((tmp_path / "overview" / "today.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(today().to_dict())) == stored == json.loads(out)
