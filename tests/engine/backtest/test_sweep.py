"""Sweeps against one simulation and one fact sheet a point; kept, cancelled, resumed, spoiled and drawn."""

import json
import math
import os
import subprocess
import sys
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analytics import FIGURES, fact_sheet, overfitting, to_monthly
from engine.backtest import (
    FixedMix,
    Targets,
    Terms,
    grid,
    random_points,
    read_sweep,
    rebalance_dates,
    simulate,
    sobol_points,
    sweep,
    sweep_paths,
)
from engine.backtest.identity import fingerprint
from engine.errors import BadInput, Cancelled, MissingData
from engine.paths import ROOT

DAYS = pd.bdate_range("2019-01-01", periods=330)
RNG = np.random.default_rng(11)
PRICES = pd.DataFrame(
    100 * np.exp(np.cumsum(RNG.normal(3e-4, 0.01, (330, 4)), axis=0)), index=DAYS, columns=["A", "B", "C", "D"]
)
OPENS = PRICES * np.exp(RNG.normal(0, 0.003, PRICES.shape))
BENCHMARK = PRICES.mean(axis=1)
BILL = pd.Series(RNG.uniform(0, 2e-4, 329), index=DAYS[1:])


def momentum(prices, window, top=1, rule="monthly"):
    """Equal weights in the assets that rose most over a window; later first dates for longer windows."""
    risen = prices / prices.shift(window) - 1
    dates = rebalance_dates(prices.index, rule)
    dates = dates[risen.loc[dates].notna().all(axis=1)]
    return (risen.loc[dates].rank(axis=1, ascending=False) <= top) / top


def one_by_one(points, strategy, *, taken, **settings):
    """The slow and obvious twin: a simulation and a fact sheet for each point."""
    rows = []
    for point in points.to_dict("records"):
        targets = strategy(PRICES, **{name: point[name] for name in taken})
        terms = {name: point[name] for name in ("band", "buffer", "fixed_cost") if name in point}
        result = simulate(
            PRICES, targets, cost_bps=point.get("cost_bps", 0.0), terms=Terms(**terms),
            fill=settings.get("fill", "same_close"), opens=settings.get("opens"),
        )  # fmt: skip
        mark = BENCHMARK.loc[result.levels.index].pct_change().iloc[1:]
        sheet = fact_sheet(result.returns, mark, periods_per_year=252, risk_free=BILL.loc[result.returns.index])
        figures = {name: math.nan if getattr(sheet, name) is None else getattr(sheet, name) for name in FIGURES}
        sums = (result.value.iloc[-1], result.annual_turnover, result.cost.sum())
        rows.append(dict(zip(("final", "annual_turnover", "cost"), sums, strict=True)) | {"state": "done"} | figures)
    return pd.concat([points, pd.DataFrame(rows)], axis=1)


@pytest.mark.parametrize("fill", ["same_close", "next_close", "next_open"])
def test_every_row_is_the_simulation_and_the_sheet_of_its_point(fill):
    points = grid(
        {"window": [5, 63], "top": [1, 3], "cost_bps": [0.0, 10.0], "band": [None, 0.05], "fixed_cost": [0.0, 1e-4]}
    )
    settings = {"fill": fill, "opens": OPENS if fill == "next_open" else None}
    found = sweep(PRICES, points, momentum, benchmark=BENCHMARK, risk_free=BILL, **settings)
    expected = one_by_one(points, momentum, taken=("window", "top"), **settings)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12, atol=1e-12, check_dtype=False)


def test_rows_come_in_the_order_of_the_product():
    lists = {"window": [10, 5, 20], "top": [2, 1]}
    found = sweep(PRICES, lists, momentum, sheets=False)
    assert list(zip(found["window"], found["top"], strict=True)) == list(product([10, 5, 20], [2, 1]))
    assert list(found.columns) == ["window", "top", "final", "annual_turnover", "cost", "state"]
    assert found["window"].dtype == "int64"


def test_a_frame_keeps_its_rows_and_their_names():
    points = pd.DataFrame({"window": [20, 5, 20]}, index=["x", "y", "z"])
    found = sweep(PRICES, points, momentum)
    assert list(found.index) == ["x", "y", "z"]
    assert found.loc["x"].equals(found.loc["z"])
    assert list(found.columns) == ["window", "final", "annual_turnover", "cost", "state", *FIGURES]


@given(st.integers(1, 13), st.sampled_from(["monthly", "quarterly", "once", "daily"]))
def test_how_a_sweep_is_cut_changes_no_bit(chunk, rule):
    points = random_points({"cost_bps": (0.0, 50.0)}, 12, seed=5, weights=list(PRICES.columns))
    whole = sweep(PRICES, points, FixedMix(rule), chunk=12)
    pd.testing.assert_frame_equal(sweep(PRICES, points, FixedMix(rule), chunk=chunk), whole, check_exact=True)


def test_a_fast_strategy_gives_what_its_calls_give():
    points = pd.DataFrame({"w:A": [0.5, 0.2, 0.0], "B": [0.5, 0.3, 0.0], "cost_bps": [5.0, 0.0, 9.0]})
    fast = sweep(PRICES, points, FixedMix("monthly"), benchmark=BENCHMARK)
    slow = sweep(
        PRICES,
        points,
        lambda prices, **weights: FixedMix()(prices, **weights),  # noqa: PLW0108  (hides its batch)
        benchmark=BENCHMARK,
    )
    pd.testing.assert_frame_equal(fast, slow, rtol=1e-12, atol=1e-14)
    assert fast["state"].tolist() == ["done", "done", "no_trade"]


def test_the_own_name_of_a_strategy_goes_before_the_terms():
    def choosy(prices, cost_bps):
        return pd.DataFrame({"A": [cost_bps / 100]}, index=prices.index[:1])

    found = sweep(PRICES, {"cost_bps": [50.0]}, choosy, cost_bps=7.0)
    expected = simulate(PRICES, choosy(PRICES, 50.0), cost_bps=7.0)
    assert found["final"].iloc[0] == pytest.approx(expected.value.iloc[-1], rel=1e-13)


def test_money_that_flows_is_no_return():
    terms = Terms(flows=pd.Series([0.5, -0.2], index=DAYS[[50, 120]]), buffer=0.01)
    for fill in ("same_close", "next_open"):
        settings = {"terms": terms, "fill": fill, "opens": OPENS, "cost_bps": 20.0}
        found = sweep(PRICES, {"A": [0.6], "B": [0.4]}, FixedMix(), **settings)
        result = simulate(PRICES, FixedMix()(PRICES, A=0.6, B=0.4), **settings)
        assert found["total_return"].iloc[0] == pytest.approx(result.levels.iloc[-1] - 1, rel=1e-12)
        assert found["final"].iloc[0] == pytest.approx(result.value.iloc[-1], rel=1e-12)


def test_runs_that_do_not_end_well_say_why():
    prices = PRICES.copy()
    prices.loc[DAYS[100] :, "D"] = np.nan
    points = pd.DataFrame({"A": [0.5, 0.0, 0.0], "D": [0.0, 0.5, 0.0]})
    found = sweep(prices, points, FixedMix())
    assert found["state"].tolist() == ["done", "no_price", "no_trade"]
    assert found[list(FIGURES)].iloc[1:].isna().all(axis=None)
    assert found.loc[1, ["final", "annual_turnover", "cost"]].isna().all()
    assert found.loc[2, ["final", "annual_turnover", "cost"]].tolist() == [1.0, 0.0, 0.0]
    fell = pd.DataFrame({"A": [1.0, 0.4, 0.2]}, index=DAYS[:3])
    ruined = sweep(fell, {"A": [2.0]}, FixedMix("once"), terms=Terms(leverage=2.0))
    assert ruined["state"].tolist() == ["ruined"]


def test_a_strategy_without_enough_history_never_trades():
    found = sweep(PRICES, {"window": [5, 1000]}, momentum)
    assert found["state"].tolist() == ["done", "no_trade"]
    late = sweep(
        PRICES, {"A": [0.5]}, lambda prices, A: pd.DataFrame({"A": [A]}, index=prices.index[-1:]), fill="next_close"
    )
    assert late["state"].tolist() == ["no_trade"]
    assert math.isnan(late["final"].iloc[0])


def test_a_strategy_cannot_change_the_prices():
    def vandal(prices, number):
        prices.iloc[-1] = 1e6
        return pd.DataFrame({"A": [1.0]}, index=prices.index[:1])

    before = PRICES.copy()
    found = sweep(PRICES, {"number": [1, 2]}, vandal)
    pd.testing.assert_frame_equal(PRICES, before)
    assert found["final"].tolist() == pytest.approx([PRICES["A"].iloc[-1] / PRICES["A"].iloc[0]] * 2)


def test_returns_of_every_point_feed_the_probability_of_overfitting():
    points = {"window": [5, 21, 63], "top": [1, 2]}
    table, months = sweep_paths(PRICES, points, momentum)
    _, days = sweep_paths(PRICES, points, momentum, returns="each")
    pd.testing.assert_frame_equal(table, sweep(PRICES, points, momentum))
    for place, point in table.iterrows():
        result = simulate(PRICES, momentum(PRICES, point["window"], point["top"]))
        monthly = to_monthly(result.returns)
        np.testing.assert_allclose(months[place].dropna(), monthly, rtol=0, atol=1e-13)
        np.testing.assert_allclose(days[place].dropna(), result.returns, rtol=0, atol=1e-13)
        assert days[place].dropna().index.equals(result.returns.index)
        assert months[place].dropna().index.to_period("M").equals(monthly.index.to_period("M"))
    assert 0 <= overfitting(months.dropna(), 4) <= 1


def test_periods_are_told_by_the_dates():
    monthly = PRICES.groupby(PRICES.index.to_period("M")).last()
    monthly.index = monthly.index.to_timestamp(how="end").normalize()
    found = sweep(monthly, {"A": [0.5]}, FixedMix())
    assert found.equals(sweep(monthly, {"A": [0.5]}, FixedMix(), periods_per_year=12))
    assert not found.equals(sweep(monthly, {"A": [0.5]}, FixedMix(), periods_per_year=252))
    with pytest.raises(BadInput) as caught:
        sweep(PRICES.iloc[::5], {"A": [0.5]}, FixedMix())
    assert caught.value.field == "periods_per_year"


def test_local_processes_give_the_same_bits(tmp_path):
    def nested(prices, share):
        return pd.DataFrame({"A": [share], "B": [1 - share]}, index=prices.index[:1])

    points = {"share": np.linspace(0, 1, 9)}
    alone = sweep(PRICES, points, nested, benchmark=BENCHMARK)
    spread = sweep(PRICES, points, nested, benchmark=BENCHMARK, workers=2, chunk=2, out=tmp_path)
    pd.testing.assert_frame_equal(spread, alone, check_exact=True)


# --- kept on disk


def counted(prices, number, folder):
    """Leaves a file for each call."""
    with open(f"{folder}/{number}", "a") as file:
        file.write("x")
    return pd.DataFrame({"A": [number / 20]}, index=prices.index[:1])


def calls(folder):
    return {int(path.name): len(path.read_text()) for path in folder.iterdir()}


def test_a_cancelled_sweep_goes_on_from_where_it_was(tmp_path):
    folder, out = tmp_path / "calls", tmp_path / "out"
    folder.mkdir()
    points = {"number": list(range(10)), "folder": [str(folder)]}
    seen = []
    settings = {"out": out, "chunk": 3}
    with pytest.raises(Cancelled) as caught:
        sweep(PRICES, points, counted, progress=lambda *at: seen.append(at), cancel=lambda: len(seen) == 2, **settings)
    assert seen == [(3, 10), (6, 10)]
    assert caught.value.done["number"].tolist() == list(range(6))
    assert str(out) in str(caught.value)
    assert "6 of 10" in str(caught.value)
    with pytest.raises(MissingData):
        read_sweep(out)
    found = sweep(PRICES, points, counted, progress=lambda *at: seen.append(at), **settings)
    assert seen[2:] == [(6, 10), (9, 10), (10, 10)]
    assert calls(folder) == dict.fromkeys(range(10), 1)
    pd.testing.assert_frame_equal(caught.value.done, found.iloc[:6])
    pd.testing.assert_frame_equal(read_sweep(out), found)
    assert sweep(PRICES, points, counted, out=out).equals(found)
    assert calls(folder) == dict.fromkeys(range(10), 1)
    pd.testing.assert_frame_equal(found, sweep(PRICES, points, counted))


def test_a_cancelled_sweep_in_memory_hands_over_what_it_has():
    seen = []
    with pytest.raises(Cancelled) as caught:
        sweep(
            PRICES,
            {"A": [0.1, 0.2, 0.3]},
            FixedMix(),
            chunk=1,
            progress=lambda *at: seen.append(at),
            cancel=lambda: bool(seen),
        )
    assert caught.value.done["A"].tolist() == [0.1]
    assert caught.value.done["state"].tolist() == ["done"]


@pytest.mark.parametrize("spoil", ["cut", "changed", "gone", "other"])
def test_a_spoiled_part_is_done_again(tmp_path, spoil):
    folder, out = tmp_path / "calls", tmp_path / "out"
    folder.mkdir()
    points = {"number": list(range(9)), "folder": [str(folder)]}
    whole = sweep(PRICES, points, counted, out=out, chunk=3)
    part = out / "part-000001.parquet"
    content = part.read_bytes()
    if spoil == "cut":
        part.write_bytes(content[: len(content) // 2])
    elif spoil == "changed":
        value = np.float64(whole["final"].iloc[4]).tobytes()
        assert value in content
        part.write_bytes(content.replace(value, np.float64(2.0).tobytes()))
    elif spoil == "gone":
        part.unlink()
    else:
        pd.DataFrame({"number": [1, 2, 3]}).to_parquet(part)
    with pytest.raises(MissingData, match="6 of 9"):
        read_sweep(out)
    pd.testing.assert_frame_equal(sweep(PRICES, points, counted, out=out, chunk=3), whole)
    assert calls(folder) == {number: 2 if 3 <= number < 6 else 1 for number in range(9)}
    assert sorted(path.name for path in out.iterdir()) == [
        "manifest.json", *(f"part-00000{number}.parquet" for number in range(3)),
    ]  # fmt: skip


def test_parameters_come_back_from_the_folder(tmp_path):
    """None in a column of numbers or of text is NaN in the folder, whatever part it stands in."""

    def strategy(prices, share, kind, whole, sure):
        assert type(whole) is int
        assert type(sure) is bool
        assert share is None or type(share) is float
        return pd.DataFrame({"A": [share or 0.1]}, index=prices.index[:1])

    points = {
        "share": [None, 0.5], "kind": [None, "x"], "whole": [1, 2], "sure": [True, False], "band": [None, 0.1]
    }  # fmt: skip
    for number, source in enumerate((points, random_points(points, 40, seed=1))):
        found = sweep(PRICES, source, strategy, out=tmp_path / str(number), chunk=1)
        kept = read_sweep(tmp_path / str(number))
        assert found["share"].dtype == object
        pd.testing.assert_frame_equal(
            kept.drop(columns=["share", "kind", "band"]), found.drop(columns=["share", "kind", "band"])
        )
        for name in ("share", "kind", "band"):
            assert kept[name].isna().equals(found[name].isna())
            assert kept[name].dropna().tolist() == found[name].dropna().tolist()
    with pytest.raises(BadInput) as caught:
        sweep(PRICES, {"share": [(1, 2)]}, lambda prices, share: None, out=tmp_path / "other")
    assert caught.value.field == "share"
    assert not (tmp_path / "other").exists()


def test_returns_are_kept_with_the_table(tmp_path):
    points = {"window": [5, 21, 63], "top": [1, 2]}
    kept = sweep_paths(PRICES, points, momentum, out=tmp_path, chunk=4)
    for found, expected in zip(kept, sweep_paths(PRICES, points, momentum), strict=True):
        pd.testing.assert_frame_equal(found, expected)
    pd.testing.assert_frame_equal(read_sweep(tmp_path), kept[0])


@pytest.mark.parametrize("change", ["prices", "grid", "settings", "strategy", "chunk", "manifest"])
def test_a_folder_keeps_one_sweep(tmp_path, change):
    call = {"prices": PRICES, "parameter_grid": {"A": [0.1, 0.2]}, "strategy": FixedMix()}
    sweep(**call, out=tmp_path, chunk=1)
    if change == "prices":
        call["prices"] = PRICES * 1.01
    elif change == "grid":
        call["parameter_grid"] = {"A": [0.1, 0.3]}
    elif change == "settings":
        call["cost_bps"] = 1.0
    elif change == "strategy":
        call["strategy"] = FixedMix("yearly")
    elif change == "chunk":
        call["chunk"] = 2
    else:
        (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "key": "x"}))
    with pytest.raises(BadInput, match="Choose an empty folder") as caught:
        sweep(**call, out=tmp_path)
    assert caught.value.field == "out"


def test_a_strategy_counts_by_what_it_does():
    def make(share):
        return lambda prices: share * len(prices)

    assert fingerprint(make(1)) == fingerprint(make(1))
    assert fingerprint(make(1)) != fingerprint(make(2))
    assert fingerprint(momentum) != fingerprint(counted)
    assert fingerprint(FixedMix()) == fingerprint(FixedMix("monthly")) != fingerprint(FixedMix("once"))

    def itself(n):
        return itself(n - 1) if n else 0

    assert fingerprint(itself) == fingerprint(itself)


def child(code, **environment):
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_fingerprint_is_the_same_in_every_process():
    code = """
from engine.backtest.identity import fingerprint
from engine.backtest import Terms, random_points
def f(x, kind="a"): return x in {"a", "b", "c", "d"} and [y for y in x]
print(fingerprint(f, Terms(), random_points({"x": (0, 1)}, 5, seed=1), {"a", "b", "c"}))
"""
    assert len({child(code, PYTHONHASHSEED=seed) for seed in ("1", "2")}) == 1


def test_a_streamed_sweep_keeps_its_memory(tmp_path):
    """20,000 points of 600 days hold 96 MB of values alone; what stays is the table (6 MB) and one task."""
    code = f"""
import resource
import numpy as np, pandas as pd
from engine.backtest import FixedMix, random_points, sweep
days = pd.bdate_range("2015-01-01", periods=600)
paths = np.exp(np.cumsum(np.random.default_rng(1).normal(0, .01, (600, 5)), axis=0))
prices = pd.DataFrame(paths, index=days, columns=list("ABCDE"))
def run(count, out):
    found = sweep(prices, random_points({{}}, count, seed=1, weights=list("ABCDE")), FixedMix(), out=out)
    assert len(found) == count
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = run(500, {str(tmp_path / "small")!r})
print(run(20_000, {str(tmp_path / "large")!r}) - before)
"""
    assert float(child(code)) < 64


def test_the_room_opens_without_heavy_libraries():
    code = "import sys, engine.backtest; print(sorted({'numba','scipy','joblib','dask','distributed','pyarrow.parquet'} & set(sys.modules)))"
    assert child(code) == "[]"


# --- drawn points


@pytest.mark.parametrize("draw", [random_points, sobol_points])
def test_any_stretch_of_drawn_points_can_be_made_alone(draw):
    points = draw({"x": (-1.0, 2.0), "n": [3, 5, 8], "kind": ["a", "b"]}, 300, seed=4, weights=["A", "B", "C"])
    whole = points.rows(0, 300)
    for start, stop in ((0, 1), (0, 7), (1, 2), (17, 133), (299, 300)):
        pd.testing.assert_frame_equal(points.rows(start, stop), whole.iloc[start:stop])
    assert whole["x"].between(-1, 2).all()
    assert set(whole["n"]) == {3, 5, 8}
    assert whole["n"].dtype == "int64"
    weights = whole[["w:A", "w:B", "w:C"]]
    assert (weights >= 0).all(axis=None)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    assert not draw({"x": (-1.0, 2.0)}, 9, seed=5).rows(0, 9).equals(draw({"x": (-1.0, 2.0)}, 9, seed=4).rows(0, 9))


def test_drawn_weights_are_uniform_on_the_simplex():
    """Moments of the flat Dirichlet distribution: mean 1/n, variance (n - 1) / (n^2 (n + 1))."""
    weights = random_points({}, 40_000, seed=8, weights=list("ABCD")).rows(0, 40_000)
    np.testing.assert_allclose(weights.mean(), 1 / 4, atol=0.004)
    np.testing.assert_allclose(weights.var(), 3 / (16 * 5), atol=0.001)


def test_sobol_points_fill_the_square_evenly():
    points = sobol_points({"x": (0.0, 1.0), "y": (0.0, 1.0)}, 256, seed=1).rows(0, 256)
    counts, *_ = np.histogram2d(points["x"], points["y"], bins=16, range=[[0, 1], [0, 1]])
    assert (counts == 1).all()


# --- refused


def frame_of(prices, **columns):
    return pd.DataFrame(columns, index=prices.index[:1])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"parameter_grid": {}}, "parameter_grid"),
        ({"parameter_grid": {"window": []}}, "window"),
        ({"parameter_grid": {"window": "abc"}}, "window"),
        ({"parameter_grid": pd.DataFrame({"window": []})}, "parameter_grid"),
        ({"parameter_grid": pd.DataFrame([[5, 6]], columns=["window", "window"])}, "parameter_grid"),
        ({"parameter_grid": 7}, "parameter_grid"),
        ({"parameter_grid": {"window": [5], "windov": [6]}}, "parameter_grid"),
        ({"parameter_grid": {"top": [1]}}, "window"),
        ({"parameter_grid": {"window": [5.0, np.nan]}}, "window"),
        ({"parameter_grid": {"window": [5], "cost_bps": [-1.0]}}, "cost_bps"),
        ({"parameter_grid": {"window": [5], "cost_bps": [np.nan]}}, "cost_bps"),
        ({"parameter_grid": {"window": [5], "band": [-0.1]}}, "band"),
        ({"parameter_grid": {"window": [5], "buffer": ["wide"]}}, "buffer"),
        ({"strategy": "momentum"}, "strategy"),
        ({"chunk": -1}, "chunk"),
        ({"chunk": 1.5}, "chunk"),
        ({"workers": 0}, "workers"),
        ({"scheduler": "localhost"}, "scheduler"),
        ({"benchmark": BENCHMARK.iloc[1:]}, "benchmark"),
        ({"risk_free": BILL.iloc[1:]}, "risk_free"),
        ({"periods_per_year": 0}, "periods_per_year"),
        ({"fill": "next_open"}, "opens"),
        ({"cost_bps": -1.0}, "cost_bps"),
        ({"prices": PRICES.reset_index()}, "prices"),
        ({"strategy": lambda prices, final: None, "parameter_grid": {"final": [1]}}, "parameter_grid"),
    ],
)
def test_what_cannot_be_swept_is_named(change, field):
    call = {"prices": PRICES, "parameter_grid": {"window": [5]}, "strategy": momentum} | change
    with pytest.raises(BadInput) as caught:
        sweep(**call)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (lambda prices: None, "NoneType"),
        (lambda prices: frame_of(prices, A=np.nan), "target_weights"),
        (lambda prices: frame_of(prices, A=-0.1), "target_weights"),
        (lambda prices: frame_of(prices, A=0.7, B=0.7), "at most 1"),
        (lambda prices: frame_of(prices, Z=0.7), "'Z'"),
        (lambda prices: frame_of(prices, A=0.5).reset_index(drop=True), "dates"),
        (lambda prices: frame_of(prices, A=0.5).shift(freq="-9D"), "outside"),
        (lambda prices: prices.loc["nonsense"], "KeyError"),
    ],
)
def test_a_strategy_that_fails_is_told_with_its_point(made, reason):
    def strategy(prices, number):
        return made(prices) if number == 2 else frame_of(prices, A=0.5)

    with pytest.raises(BadInput, match="number=2") as caught:
        sweep(PRICES, {"number": [1, 2, 3]}, strategy)
    assert caught.value.code == "sweep_point"
    assert reason in str(caught.value)


def test_nonsense_from_a_fast_strategy_is_refused():
    class Odd:
        def __init__(self, made):
            self.made = made

        def batch(self, prices, points):
            return self.made(prices, points)

    dates = DAYS[:1]
    for made in (
        lambda prices, points: np.ones((len(points), 4)),
        lambda prices, points: Targets(dates, np.full((len(points) + 1, 1, 4), 0.1)),
        lambda prices, points: Targets(dates, np.full((len(points), 1, 4), np.nan)),
        lambda prices, points: Targets(dates - pd.Timedelta(days=9), np.full((len(points), 1, 4), 0.1)),
    ):
        with pytest.raises(BadInput):
            sweep(PRICES, {"x": [1, 2]}, Odd(made))
    with pytest.raises(BadInput, match="'Z'"):
        sweep(PRICES, {"Z": [0.5]}, FixedMix())
    with pytest.raises(BadInput, match="two weights of A"):
        sweep(PRICES, {"A": [0.5], "w:A": [0.1]}, FixedMix())


@pytest.mark.parametrize(
    ("ranges", "settings", "field"),
    [
        ({}, {}, "ranges"),
        ({"x": (1.0, 1.0)}, {}, "x"),
        ({"x": (0.0, np.inf)}, {}, "x"),
        ({"x": (0.0, 1.0, 2.0)}, {}, "x"),
        ({"x": []}, {}, "x"),
        ({"x": 5}, {}, "x"),
        ({"x": (0, 1)}, {"count": 0}, "count"),
        ({"x": (0, 1)}, {"seed": -1}, "seed"),
        ({"x": (0, 1)}, {"seed": 1.5}, "seed"),
    ],
)
def test_what_cannot_be_drawn_is_named(ranges, settings, field):
    for draw in (random_points, sobol_points):
        with pytest.raises(BadInput) as caught:
            draw(ranges, **({"count": 5, "seed": 1} | settings))
        assert caught.value.field == field
