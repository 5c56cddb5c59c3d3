"""After a refresh the stored policy decides on the new months: causally, from the new snapshot, and it says so."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine import cli, crises, lab
from engine.backtest.plain import simulate_plain
from engine.factors import live, results
from engine.factors.artifacts import artifacts_dir, load_policies, open_artifact
from engine.factors.audit import poison
from engine.factors.features import ETF_START, feature_table, panel
from engine.factors.sleeves import ETF_OF, UNIVERSES, sleeve_returns
from engine.lines import line
from engine.sources import BUNDLED, load, snapshot_id, using
from engine.world import prediction
from tests.engine.stored_world import LONG, refreshed

SLEEVES = list(UNIVERSES["factor_etf"])
LAST_TRAINED = pd.Timestamp("2022-11-30")
CHECKED = ("2022-12-31", "2023-06-30", "2025-10-31", "2025-11-30", "2026-01-31", "2026-05-31")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    with refreshed(tmp_path_factory.mktemp("stored")) as result:
        yield result.snapshot


@pytest.fixture
def going(stored):
    found = live.live()
    assert found is not None
    return found


@pytest.fixture
def history(stored):
    return live.stored_history()


def decided(given, when):
    """Weights at one month end from a history; None where it allows no decision there."""
    data = live.known_panel(given).panel.features
    if pd.Timestamp(when) not in data.index:
        return None
    return open_artifact("factor_etf").policy.weights(data.loc[[when]].to_numpy())[0]


# Bundled data: nothing changes.


def test_on_bundled_data_the_panel_is_the_one_of_training(stored):
    with using(BUNDLED):
        ours, theirs = live.known_panel(live.stored_history()).panel, panel("factor_etf")
    for name in ("features", "returns", "raw"):
        pd.testing.assert_frame_equal(getattr(ours, name), getattr(theirs, name), check_exact=True)
    for name in ("riskless", "unknown"):
        pd.testing.assert_series_equal(getattr(ours, name), getattr(theirs, name), check_exact=True)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_bundled_weights_are_the_artifacts(stored, universe):
    made = open_artifact(universe)
    with using(BUNDLED):
        assert live.live(universe) is None
        found = results.weights_on(universe)
        assert found | made.report["today"] == found
        assert found["snapshot"] == snapshot_id()
        assert found["basis"] == "walk-forward, as trained"
        assert results.report(universe) == {key: value for key, value in made.report.items() if key != "today"}
        assert results.growth(universe).dates[-1] == made.returns.index[-1].date()
        assert results.weight_history(universe).dates[-1] == made.weights["ai"].index[-1].date()


def test_the_bundled_line_is_the_artifacts_weights_on_bundled_prices(stored):
    with using(BUNDLED):
        found, prices = line("ai_etf"), load("factor_etfs").frame
    weights = open_artifact("factor_etf").weights["ai"].rename(columns=ETF_OF).loc["2014-01-31":]
    rows = [prices.index[prices.index <= month][-1] for month in weights.index]
    value = simulate_plain(prices, weights.set_axis(pd.DatetimeIndex(rows)), cost_bps=10.0, fill="next_close").value
    np.testing.assert_array_equal(found.levels, value)
    assert found.findings == ()
    assert "refit every January" in found.source
    assert found.last == date(2022, 12, 28)


# The new months.


def test_the_newest_weights_are_of_the_newest_month_end(going, stored):
    found = results.weights_on("factor_etf")
    assert (found["date"], found["holds"], found["snapshot"]) == ("2026-05-31", "2026-06", stored)
    assert found["basis"] == "live, out of sample since 2022-12 (policy frozen)"
    assert list(found["weights"]) == SLEEVES == list(found["previous"])
    assert sum(found["weights"].values()) == pytest.approx(1.0, abs=1e-12)
    assert min(found["weights"].values()) > 0.05
    assert found["previous"] == going.weights.loc["2026-04-30"].to_dict()
    assert {row["feature"] for row in found["contributions"]} == {row.name for row in feature_table("factor_etf")}
    for sleeve, weight in found["weights"].items():
        told = sum(row["contribution"][sleeve] for row in found["contributions"])
        assert told == pytest.approx(weight - found["mean_state"][sleeve], abs=1e-9)
    json.dumps(found, allow_nan=False)


def test_every_month_end_has_a_decision_on_the_simplex(going):
    assert list(going.weights.index) == list(pd.date_range("1976-12-31", "2026-05-31", freq="ME"))
    np.testing.assert_allclose(going.weights.sum(axis=1), 1.0, atol=1e-9)
    assert going.weights.to_numpy().min() > 0.0
    past = open_artifact("factor_etf").weights["ai"]
    pd.testing.assert_frame_equal(going.weights.loc[:LAST_TRAINED], past, check_exact=True, check_freq=False)
    assert going.since == pd.Timestamp("2022-12-31")


def test_the_past_of_the_panel_does_not_move(going):
    with using(BUNDLED):
        trained = panel("factor_etf")
    for name in ("features", "returns"):
        ours = getattr(going.known.panel, name).loc[:LAST_TRAINED]
        pd.testing.assert_frame_equal(ours, getattr(trained, name), check_exact=True)


def by_hand(when):
    """Scaled features of one month end, written down from the tables with nothing of the feature code."""
    prices = load("factor_etfs").frame.join(load("sp500_total_return").frame)
    closes = prices.groupby(prices.index.to_period("M")).last()
    funds = closes.pct_change(fill_method=None)
    old = sleeve_returns(load("french_portfolios").frame, "factor_etf")
    old.index = old.index.to_period("M")
    names = {"market": "sp500_total_return"} | {name: ETF_OF[name] for name in SLEEVES[1:]}
    months = pd.period_range("1949-01", when, freq="M")
    earned = pd.DataFrame(
        {
            name: [(funds[names[name]] if m >= pd.Period(ETF_START) else old[name]).get(m, np.nan) for m in months]
            for name in SLEEVES
        },
        index=months,
    )
    macro = load("us_macro_monthly").frame
    macro.index = macro.index.to_period("M")

    def at(column, month, lag=0):
        return macro[column].get(month - lag, np.nan)

    ten, fed = ({m: at(column, m) for m in months} for column in ("treasury_10y_pct_avg", "fed_funds_pct"))
    rows = []
    for place, m in enumerate(months):
        back = {k: m - k for k in (6, 12)}
        inflation = {
            k: 100.0 * np.log(at("core_cpi_index_sa", m - k, 1) / at("core_cpi_index_sa", m - k - 12, 1))
            for k in (0, 6)
        }
        market = earned["market"].to_numpy()[: place + 1]
        logs = np.log1p(market)
        levels = np.cumsum(logs)[-24:]
        active = earned.iloc[: place + 1, 1:].to_numpy() - market[:, None]
        nothing, whole = np.nan, place >= 11
        row = {
            "yield_6m": ten[m] - ten.get(back[6], nothing),
            "yield_less_short_rate": ten[m] - fed[m],
            "slope_6m": ten[m] - fed[m] - (ten.get(back[6], nothing) - fed.get(back[6], nothing)),
            "short_rate_12m": fed[m] - fed.get(back[12], nothing),
            "inflation_12m": inflation[0],
            "inflation_6m": inflation[0] - inflation[6],
            "real_short_rate": fed[m] - inflation[0],
            "unemployment_12m": at("unemployment_pct_sa", m, 1) - at("unemployment_pct_sa", m - 12, 1),
            "market_12_1": logs[-12:-1].sum() if whole else nothing,
            "market_1": market[-1],
            "market_volatility_6m": market[-6:].std(ddof=1) if place >= 5 else nothing,
            "market_drawdown_24m": levels[-1] - levels.max() if whole else nothing,
            "dispersion_3m": nothing if place < 2 else np.mean([np.nanstd(r, ddof=1) for r in active[-3:]]),
        }
        row |= {f"active_12m_{s}": active[-12:, k].sum() if whole else nothing for k, s in enumerate(SLEEVES[1:])}
        row |= {f"active_1m_{s}": active[-1, k] for k, s in enumerate(SLEEVES[1:])}
        rows.append(row)
    raw = pd.DataFrame(rows, index=months)
    state = (raw.iloc[-1] - raw.mean()) / raw.std()
    return state.clip(-3.0, 3.0).fillna(0.0)


@pytest.mark.parametrize("when", ["2022-12-31", "2023-06-30", "2025-12-31", "2026-05-31"])
def test_weights_are_the_policys_answer_to_features_made_by_hand(going, when):
    state = by_hand(when)
    (policy,) = load_policies(artifacts_dir() / "factor_etf" / "policy.npz")
    ours = going.known.panel.features.loc[when]
    np.testing.assert_allclose(ours, state[ours.index], atol=1e-8)
    expected = policy.weights(state[ours.index].to_numpy()[None, :])[0]
    np.testing.assert_allclose(going.weights.loc[when], expected, atol=1e-7)


# Nothing looks ahead.


@pytest.mark.parametrize("when", CHECKED)
def test_a_decision_does_not_know_what_comes_after_it(going, history, when):
    cut = decided(history.until(pd.Timestamp(when)), when)
    np.testing.assert_array_equal(cut, going.weights.loc[when])


@pytest.mark.parametrize("when", CHECKED)
def test_poison_after_a_decision_does_not_reach_it(going, history, when):
    spoiled = poison(history, pd.Timestamp(when), seed=7)
    assert not spoiled.etfs.equals(history.etfs) or when == CHECKED[-1]
    np.testing.assert_array_equal(decided(spoiled, when), going.weights.loc[when])


def unlagged_inflation(given):
    macro = given.macro.copy()
    macro["core_cpi_index_sa"] = macro["core_cpi_index_sa"].shift(-1)
    return replace(given, macro=macro)


def same_month_yields(given):
    macro = given.macro.copy()
    macro["treasury_10y_pct_avg"] = macro["treasury_10y_pct_avg"].shift(-1)
    return replace(given, macro=macro)


def next_months_returns(given):
    return replace(given, etfs=given.etfs.shift(-1))


@pytest.mark.parametrize("leak", [unlagged_inflation, same_month_yields, next_months_returns])
def test_a_planted_leak_is_caught(history, leak):
    when = "2024-06-30"
    whole, cut = decided(leak(history), when), decided(leak(history.until(pd.Timestamp(when))), when)
    assert cut is None or np.abs(whole - cut).max() > 1e-6


def test_a_figure_that_came_late_is_unknown_when_it_was_not_out(going, history):
    """September 2025's unemployment rate appeared on 20 November; October's figures never."""
    assert history.macro["unemployment_pct_sa"].notna()["2025-10-31"]
    assert going.missing == {
        "inflation_12m": ["2025-11"],
        "inflation_6m": ["2025-11", "2026-05"],
        "real_short_rate": ["2025-11"],
        "unemployment_12m": ["2025-10", "2025-11"],
    }
    found = results.weights_on("factor_etf", "2025-11")
    assert found["unknown"] == ["inflation_12m", "inflation_6m", "real_short_rate", "unemployment_12m"]
    nothing = {row["feature"]: row for row in found["contributions"]}
    for name in found["unknown"]:
        assert nothing[name]["value"] == 0.0
        assert set(nothing[name]["contribution"].values()) == {0.0}
    raw = {entry["feature"]: entry["raw"] for entry in found["inputs"]}
    assert [name for name, value in raw.items() if value is None] == found["unknown"]


def test_an_unknown_input_cannot_be_moved(going):
    assert results.weights_on("factor_etf")["unknown"] == ["inflation_6m"]
    with pytest.raises(Exception, match="inflation_6m"):
        results.what_if("factor_etf", "inflation_6m", 1.0)
    for entry in results.weights_on("factor_etf")["inputs"]:
        if entry["raw"] is not None:
            same = results.what_if("factor_etf", entry["feature"], 0.0)
            assert same.weights == pytest.approx(results.weights_on("factor_etf")["weights"], abs=1e-9)


# How old the policy is.


def test_the_fit_is_the_one_of_the_last_window(going):
    fit = results.weights_on("factor_etf")["fit"]
    assert fit == {"year": 2022, "learned": "2021-11-30", "months": 54, "due": True}
    with using(BUNDLED):
        assert results.weights_on("factor_etf")["fit"] == {
            "year": 2022, "learned": "2021-11-30", "months": 12, "due": False,
        }  # fmt: skip
        assert results.weights_on("full")["fit"]["year"] == 2017
    assert results.weights_on("factor_etf", "2015-03")["fit"] is None


@pytest.mark.parametrize("universe", ["full", "large_cap"])
def test_the_other_universes_stay_as_trained_and_say_so(stored, universe):
    found, today = results.weights_on(universe), open_artifact(universe).report["today"]
    assert found | today == found
    assert (found["date"], found["basis"], found["runs_on"]) == ("2017-03-31", "walk-forward, as trained", False)
    assert found["snapshot"] == stored
    assert "live" not in results.report(universe)


# What follows the weights.


def test_the_line_ends_at_the_newest_session(going):
    found, prices = line("ai_etf"), load("factor_etfs").frame
    assert found.last == LONG[-1].date() == prices.index[-1].date()
    assert (found.kind, found.cost_bps) == ("walk_forward", 10.0)
    assert "live, out of sample since 2022-12 (policy frozen)" in found.source
    assert {item.kind for item in found.findings} == {"policy_frozen", "unknown_input"}
    with using(BUNDLED):
        np.testing.assert_allclose(found.levels.loc[:"2022-12-28"], line("ai_etf").levels, rtol=1e-12)


@pytest.mark.parametrize("month", ["2023-01-31", "2024-07-31", "2026-04-30"])
def test_the_line_holds_what_was_decided_from_the_next_session_on(going, month):
    levels, prices = line("ai_etf").levels, load("factor_etfs").frame
    held = going.weights.loc[month].rename(ETF_OF)
    days = levels.index[levels.index > month][:15]
    grown = (prices.loc[days[-1], held.index] / prices.loc[days[0], held.index] * held).sum()
    assert levels[days[-1]] / levels[days[0]] == pytest.approx(grown, rel=1e-9)


def test_the_record_goes_on_behind_the_artifacts(going):
    past = open_artifact("factor_etf").returns
    pd.testing.assert_frame_equal(going.returns.loc[:LAST_TRAINED], past[list(going.returns)], check_freq=False)
    earned, held = going.known.panel.returns, going.weights
    for month, before in (("2024-03-31", "2024-02-29"), ("2026-05-31", "2026-04-30")):
        gross = float((held.loc[before] * earned.loc[month]).sum())
        paid = gross - going.returns.loc[month, "ai"]
        assert 0.0 <= paid < 0.002
    assert results.growth("factor_etf").dates[-1] == date(2026, 5, 31)
    assert results.weight_history("factor_etf").dates[-1] == date(2026, 5, 31)
    assert results.months_ahead("factor_etf")[2026][4] is not None
    assert results.record_rows("factor_etf")[-1]["month end"] == date(2026, 5, 31)
    told = results.report("factor_etf")
    assert told["period"]["last"] == "2022-11"
    assert (told["live"]["first"], told["live"]["last"], told["live"]["months"]) == ("2023-01", "2026-05", 41)
    active = going.returns.loc["2023-01":, "ai"] - going.returns.loc["2023-01":, "market"]
    assert told["live"]["won"]["ai"] == int((active > 0).sum())
    assert told["live"]["strategies"]["ai"]["hit_ratio"] == pytest.approx((active > 0).mean())


def test_a_crisis_after_the_bundled_data_is_covered(going):
    reports = {item.crisis.name: item for item in crises.ask(series=["ai_etf", "sp500_price", "MTUM"])}
    shock = reports["Tariff shock 2025"]
    assert all(row.covered for row in shock.rows)
    row, levels = shock.row("ai_etf"), line("ai_etf").levels.loc["2025-02-19":"2025-04-08"]
    assert row.drawdown == pytest.approx(float((levels / levels.cummax() - 1.0).min()))
    with using(BUNDLED):
        (told,) = [item for item in crises.ask(series=["ai_etf"]) if item.crisis.name == "Tariff shock 2025"]
        assert not told.row("ai_etf").covered
    (own,) = crises.ask(series=["ai_etf"], start="2026-05-01", end=LONG[-1].date())
    assert own.row("ai_etf").covered


def test_the_backtest_lab_holds_the_same(going):
    panels = lab.panel("factor_etfs")
    made = lab.AIWeights("factor_etf")
    rows = np.array([panels.dates.get_loc(pd.Timestamp("2026-05-29"))])
    np.testing.assert_array_equal(
        made.decide(panels, rows)[0], going.weights.rename(columns=ETF_OF).loc["2026-05-31", panels.assets]
    )
    assert {"policy_frozen", "unknown_input", "committed"} <= {item.kind for item in made.notes(panels)}
    with using(BUNDLED):
        assert [item.kind for item in made.notes(lab.panel("factor_etfs"))] == ["committed"]


def test_the_view_on_factor_funds_follows(going):
    held = prediction.sleeves()
    assert held.decided == "2026-05-31"
    assert held.mix["MTUM"] == going.weights["big_momentum"].iloc[-1]


def test_the_command_tells_the_same(going, capsys):
    with pytest.raises(SystemExit):
        cli.main(["factors", "weights", "--universe", "factor_etf", "--json"])
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(results.weights_on("factor_etf")))
    with pytest.raises(SystemExit):
        cli.main(["factors", "weights", "--universe", "factor_etf"])
    out = " ".join(capsys.readouterr().out.split())
    assert "last fitted for January 2022" in out
    assert "A refit is due" in out
    assert "counted as their mean: inflation_6m" in out


# What is missing is told.


def test_without_newer_macro_figures_decisions_end_where_they_do(tmp_path):
    with refreshed(tmp_path, ["factor_etfs", "sp500_total_return"]):
        found = results.weights_on("factor_etf")
        assert found["date"] == "2026-03-31"
        assert found["limit"] == {"dataset": "us_macro_monthly", "last": "2026-03-31", "prices": "2026-05-31"}
        assert line("ai_etf").last == date(2026, 4, 30)
        (told,) = [item for item in line("ai_etf").findings if item.kind == "decisions_end"]
        assert "data refresh --only us_macro_monthly" in told.text
        assert "decisions_end" in {item.kind for item in lab.AIWeights("factor_etf").notes(lab.panel("factor_etfs"))}


def test_without_the_index_the_artifact_stays(tmp_path):
    with refreshed(tmp_path, ["factor_etfs"]):
        found = results.weights_on("factor_etf")
        assert (found["date"], found["basis"]) == ("2022-11-30", "walk-forward, as trained")
        assert found["limit"]["dataset"] == "sp500_total_return"
        assert found["contributions"]
        assert line("ai_etf").last == date(2022, 12, 30)
        assert "live" not in results.report("factor_etf")
        assert results.growth("factor_etf").dates[-1] == date(2022, 11, 30)


def to_autumn(server):
    """Monthly figures to October 2026 and yields to 27 November, behind those of the server."""
    months = [f"2026-{month:02d}-01" for month in range(6, 11)]
    for series, first, step in (("FEDFUNDS", 3.6, -0.05), ("CPILFESL", 337.0, 0.8), ("UNRATE", 4.4, 0.05)):
        server.series[series] += "".join(f"{day},{first + step * k:.2f}\n" for k, day in enumerate(months))
    days = pd.bdate_range("2026-06-01", "2026-11-27")
    for series, level in (("DGS10", 4.3), ("T10Y3M", 0.6)):
        server.series[series] += "".join(f"{day:%Y-%m-%d},{level}\n" for day in days)


def test_a_year_after_the_hole_a_late_figure_counts_and_a_missing_one_does_not(tmp_path):
    """September 2025's rate had appeared by October 2026; May 2026's prices are blank where they are served."""
    with refreshed(tmp_path, new_days=pd.bdate_range("2022-12-29", "2026-11-27"), change=to_autumn):
        found = results.weights_on("factor_etf")
        assert (found["date"], found["holds"], found["limit"]) == ("2026-10-31", "2026-11", None)
        assert found["unknown"] == []
        assert found["unknown_months"] == {
            "inflation_12m": ["2025-11", "2026-06"],
            "inflation_6m": ["2025-11", "2026-05", "2026-06"],
            "real_short_rate": ["2025-11", "2026-06"],
            "unemployment_12m": ["2025-10", "2025-11"],
        }
        assert line("ai_etf").last == date(2026, 11, 27)
        state = by_hand("2026-10-31")
        ours = live.live().known.panel.features.loc["2026-10-31"]
        np.testing.assert_allclose(ours, state[ours.index], atol=1e-8)


def test_a_session_that_the_index_lacks_moves_the_month_end_of_both(tmp_path):
    def without_the_last_day_of_june(server):
        body = server.charts["^SP500TR"]
        stamps = pd.to_datetime(body["timestamp"], unit="s").strftime("%Y-%m-%d")
        for values in (body["indicators"]["quote"][0]["close"], body["indicators"]["adjclose"][0]["adjclose"]):
            values[list(stamps).index("2023-06-30")] = None

    with refreshed(tmp_path, change=without_the_last_day_of_june):
        assert results.weights_on("factor_etf")["date"] == "2026-05-31"
        etfs, index = load("factor_etfs").frame["MTUM"], load("sp500_total_return").frame["sp500_total_return"]
        assert pd.Timestamp("2023-06-30") not in index.index
        months = live.live().known.panel.returns
        assert months.loc["2023-06-30", "market"] == pytest.approx(index["2023-06-29"] / index["2023-05-31"] - 1.0)
        assert months.loc["2023-06-30", "big_momentum"] == pytest.approx(etfs["2023-06-29"] / etfs["2023-05-31"] - 1.0)


def test_a_gap_in_the_index_ends_the_decisions_before_it(tmp_path):
    def without_july(server):
        body = server.charts["^SP500TR"]
        stamps = pd.to_datetime(body["timestamp"], unit="s").strftime("%Y-%m")
        for values in (body["indicators"]["quote"][0]["close"], body["indicators"]["adjclose"][0]["adjclose"]):
            for place in np.flatnonzero(stamps == "2024-07"):
                values[place] = None

    with refreshed(tmp_path, change=without_july):
        found = results.weights_on("factor_etf")
        assert found["date"] <= "2024-06-30"
        assert found["limit"]["dataset"] == "sp500_total_return"
        assert line("ai_etf").last <= date(2024, 7, 31)


def test_part_of_a_month_decides_nothing(tmp_path):
    with refreshed(tmp_path, new_days=pd.bdate_range("2022-12-29", "2023-03-15")):
        found = results.weights_on("factor_etf")
        assert (found["date"], found["holds"], found["limit"]) == ("2023-02-28", "2023-03", None)
        assert line("ai_etf").last == date(2023, 3, 15)
