"""Neither the look-back nor a holding knows the future, and mistakes that are planted are caught."""

import pandas as pd
import pytest

from engine.momentum import Config, audit, factors, panel
from tests.engine.momentum import world

CUTS = ("2008-10-31", "2012-12-31")
PLANTED = {"same_month_outcome", "full_sample_lookback", "unpublished_factors"}


@pytest.mark.parametrize(("method", "cuts"), [("top", CUTS), ("ic", CUTS), ("blend", CUTS), ("net", CUTS[:1])])
def test_the_bundled_shares_pass(method, cuts):
    found = audit.run(panel(), factors(), Config(method=method), cuts)
    assert found.truncation_lookback <= 1e-12
    assert found.truncation_holdings <= 1e-12
    assert found.poison_lookback <= 1e-12
    assert found.poison_holdings <= 1e-12
    assert {leak.name for leak in found.leaks} == PLANTED
    assert all(leak.caught for leak in found.leaks)
    assert found.passed


def test_the_forecast_passes():
    found = audit.run(panel(), factors(), Config(signal="forecast", least_outcomes=36), CUTS[:1])
    assert found.truncation_holdings <= 1e-9
    assert found.poison_holdings <= 1e-9


@pytest.mark.parametrize("config", [Config(least_outcomes=12), Config(least_outcomes=12, method="blend")])
def test_names_that_end_begin_and_rest_pass_and_survivors_only_is_caught(config):
    shares, model = world.troubled()
    ends = shares.months.ends
    cuts = [ends[100], ends[105]]
    found = audit.run(shares, model, config, cuts)
    assert found.passed
    assert max(found.truncation_holdings, found.poison_holdings) <= 1e-12
    assert {leak.name for leak in found.leaks} == PLANTED | {"survivors_only"}


@pytest.mark.parametrize("cut", CUTS)
def test_the_honest_rule_is_not_caught(cut):
    leak = audit.plant("honest", audit.honest, panel(), factors(), Config(), pd.Timestamp(cut))
    assert (leak.caught, leak.max_diff) == (False, 0.0)


def test_the_audit_has_something_to_compare():
    whole = audit.decided(panel(), factors(), Config())
    assert len(whole[1].loc[: CUTS[0]]) > 100
    poisoned = audit.decided(*audit.poison(panel(), factors(), pd.Timestamp(CUTS[0])), Config())
    assert audit.change(whole[1], poisoned[1], pd.Timestamp("2018-12-31")) > 0.01, "the future does change"
    assert audit.change(whole[0], poisoned[0], pd.Timestamp("2018-12-31")) > 0.01


def test_a_value_or_a_row_on_one_side_only_is_a_change():
    index = pd.date_range("2000-01-31", periods=3, freq="ME")
    table = pd.DataFrame({"a": [1.0, None, 3.0]}, index=index)
    assert audit.change(table, table, index[-1]) == 0.0
    assert audit.change(table, table.fillna(2.0), index[-1]) == 1.0
    assert audit.change(table, table.iloc[:2], index[-1]) == 1.0
    assert audit.change(table, table.iloc[:2], index[1]) == 0.0
    assert audit.change(table, table.assign(b=0.5), index[0]) == 0.5
