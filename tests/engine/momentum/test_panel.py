"""What is done to prices: troubles are named, split or refused; a name that ends leaves at its last price."""

import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput, MissingData
from engine.momentum import from_bytes, from_file, make, panel
from engine.sources import Frequency
from tests.engine.momentum import world

DAILY, _ = world.daily(names=20, months=40)
MONTHLY, _ = world.monthly(names=20, months=60)


def kinds(found):
    return {item.kind for item in found.findings}


def told(found, kind):
    return next(item.text for item in found.findings if item.kind == kind)


def csv(table):
    return table.rename_axis("date").to_csv().encode()


# Where panels come from.


def test_the_bundled_shares_are_survivors_and_say_so():
    found = panel("us_large_caps")
    assert len(found.assets) == 20
    assert found.hindsight
    assert "hindsight" in found.survivors
    assert "survivorship" in kinds(found)
    assert found.delisted.isna().all()
    assert len(found.months.ends) == 395  # 1990-01 to 2022-11; December has not ended on the 28th
    assert found.months.ends[-1] == pd.Timestamp("2022-11-30")


def test_portfolios_of_the_french_library_are_nobody_chosen_afterwards():
    found = panel("french_portfolios")
    assert not found.hindsight
    assert found.frequency == Frequency.MONTHLY
    assert len(found.assets) == 30
    assert not {"Market", "MktRF", "SMB", "HML", "Mom", "RF"} & set(found.assets)
    assert found.months.returns[1, 0] == pytest.approx(found.prices.iloc[1, 0] - 1)


@pytest.mark.parametrize("name", ["bill_rate", "sp500_price", "etf_universe", "no_such"])
def test_a_data_set_without_several_prices_is_refused(name):
    with pytest.raises(BadInput) as raised:
        panel(name)
    assert raised.value.code == "unknown_choice"


def test_prices_that_only_a_refresh_has_are_missing_before_it():
    with pytest.raises(MissingData) as raised:
        panel("etf_prices")
    assert raised.value.code == "not_refreshed"


@pytest.mark.parametrize("table", [DAILY, MONTHLY], ids=["daily", "monthly"])
def test_csv_and_parquet_wide_and_long_are_one_panel(table, tmp_path):
    wide = from_bytes(csv(table))
    buffer = io.BytesIO()
    table.rename_axis("date").to_parquet(buffer)
    long = table.rename_axis("Date").reset_index().melt("Date", var_name="ticker", value_name="Adj Close")
    file = tmp_path / "own.csv"
    file.write_bytes(long.to_csv(index=False).encode())
    for other in (from_bytes(buffer.getvalue()), from_file(file)):
        pd.testing.assert_frame_equal(other.prices, wide.prices, check_freq=False, check_index_type=False)
        assert other.frequency == wide.frequency
    assert wide.hindsight, "no name ends: it may be a list of survivors"


def test_a_table_in_which_a_name_ends_is_no_list_of_survivors():
    table = DAILY.copy()
    table.iloc[400:, 3] = np.nan
    assert not from_bytes(csv(table)).hindsight


# What is refused.


def refused(call):
    with pytest.raises(BadInput) as raised:
        call()
    return raised.value


@pytest.mark.parametrize("value", [0.0, -3.5])
def test_a_price_at_or_below_zero_is_refused_with_its_place(value):
    table = DAILY.copy()
    table.iloc[100, 4] = value
    error = refused(lambda: make(table))
    assert error.code == "bad_number"
    for part in ("N04", str(table.index[100].date()), f"{value:g}"):
        assert part in error.message


def test_a_ticker_that_comes_twice_is_refused():
    twice = DAILY.set_axis(["A", "B", "A", *DAILY.columns[3:]], axis=1)
    assert refused(lambda: make(twice)).value == "A"
    text = csv(DAILY).replace(b"N05", b"N04", 1)
    assert refused(lambda: from_bytes(text)).code == "column_twice"
    long = MONTHLY.rename_axis("date").reset_index().melt("date", var_name="ticker", value_name="close")
    error = refused(lambda: from_bytes(pd.concat([long, long.iloc[:1]]).to_csv(index=False).encode()))
    assert (error.code, "N00" in error.value) == ("twice", True)


def test_a_cell_that_is_no_number_is_named():
    text = csv(MONTHLY).decode().splitlines()
    cells = text[7].split(",")
    text[7] = ",".join([*cells[:3], "n/a?", *cells[4:]])
    error = refused(lambda: from_bytes("\n".join(text).encode()))
    assert (error.code, error.params["row"], error.params["column"], error.value) == ("upload_cell", "8", "N02", "n/a?")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "upload_unreadable"),
        (b"PAR1 is no file", "table_file"),
        (b"date,A,B\n2020-01-31,1,2\n", "upload_too_short"),
        (b"date,A,B\nx,1,2\ny,1,2\nz,1,3\n", "upload_date"),
        (b"date,ticker,size\n2020-01-31,A,2\n2020-02-29,A,2\n", "missing_column"),
        (b"date,A,B\n2020-01-31,1,2\n2020-01-31,1,2\n2020-03-31,1,3\n", "bad_index"),
        (b"date,A,B\n2020-01-31,1,2\n2021-02-28,1,2\n2023-03-31,1,3\n", "upload_frequency"),
    ],
)
def test_files_that_are_no_panel_are_refused(content, code):
    assert refused(lambda: from_bytes(content)).code == code


def test_a_file_that_is_not_there_is_named(tmp_path):
    assert refused(lambda: from_file(tmp_path / "none.csv")).code == "table_file"


def test_spells_that_end_before_they_begin_are_refused():
    spells = pd.DataFrame({"ticker": ["N00"], "first": ["2020-02-01"], "last": ["2020-01-01"]})
    assert refused(lambda: make(DAILY, spells=spells)).code == "range_reversed"
    assert refused(lambda: make(DAILY, spells=spells[["ticker", "first"]])).code == "missing_column"


def test_market_values_at_or_below_zero_are_refused():
    assert refused(lambda: make(MONTHLY, caps=MONTHLY * 0)).field == "caps"


# What is told.


def test_a_clean_panel_has_nothing_to_tell():
    assert kinds(make(DAILY)) == set()


def test_a_name_with_one_month_is_told():
    table = DAILY.copy()
    table.iloc[:-15, 2] = np.nan
    assert "N02" in told(make(table), "short")


def test_a_name_without_a_price_is_left_out_and_told():
    table = DAILY.copy()
    table.iloc[:, 2] = np.nan
    found = make(table)
    assert "N02" not in found.assets
    assert "N02" in told(found, "empty")


def test_constant_prices_are_told():
    table = DAILY.copy()
    table.iloc[:, 2] = 10.0
    assert "N02" in told(make(table), "constant")


@pytest.mark.parametrize("times", [10.0, 0.1])
def test_a_month_of_900_percent_is_told_and_kept(times):
    table = MONTHLY.copy()
    table.iloc[30:, 2] *= times
    found = make(table)
    assert "N02" in told(found, "extreme_month")
    assert found.months.returns[30, 2] == pytest.approx(MONTHLY.iloc[30, 2] / MONTHLY.iloc[29, 2] * times - 1)


def test_a_ticker_used_twice_becomes_two_names():
    """A hole of 100 sessions; or one of 20 with a price ten times as high behind it."""
    table = DAILY.copy()
    table.iloc[300:400, 2] = np.nan
    table.iloc[300:320, 5] = np.nan
    table.iloc[320:, 5] *= 10
    found = make(table)
    assert "N02, N05" in told(found, "ticker_reuse")
    assert found.delisted["N02"] == table.index[299]
    second = [name for name in found.assets if name.startswith("N02 from")]
    assert found.listed[second[0]] == table.index[400]
    assert len(found.assets) == 22
    assert not (np.abs(found.months.returns) > 3).any()


def test_a_short_hole_stays_one_name_and_is_told():
    table = DAILY.copy()
    table.iloc[300:320, 2] = np.nan
    found = make(table)
    assert "N02 20" in told(found, "holes")
    assert found.valued["N02"].iloc[310] == table["N02"].iloc[299]
    assert found.prices["N02"].iloc[310:311].isna().all()


# Month by month.


def test_the_month_in_which_a_name_ends_counts_to_its_last_price():
    table = DAILY.copy()
    end = int(np.searchsorted(table.index, pd.Timestamp("1996-05-14")))
    table.iloc[end + 1 :, 2] = np.nan
    found = make(table)
    months = found.months
    may = int(months.ends.get_loc(pd.Timestamp("1996-05-31")))
    april = table["N02"].loc[:"1996-04-30"].iloc[-1]
    assert months.outcome[may - 1, 2] == pytest.approx(table["N02"].iloc[end] / april - 1)
    assert months.alive[may - 1, 2]
    assert not months.alive[may:, 2].any()
    assert np.isnan(months.outcome[may:, 2]).all()
    assert found.delisted["N02"] == table.index[end]


def test_a_name_that_ends_on_a_month_end_earns_nothing_after_it():
    table = DAILY.copy()
    end = int(np.searchsorted(table.index, pd.Timestamp("1996-05-31")))
    table.iloc[end + 1 :, 2] = np.nan
    months = make(table).months
    may = int(months.ends.get_loc(pd.Timestamp("1996-05-31")))
    assert months.alive[may, 2]
    assert months.outcome[may, 2] == 0.0


def test_a_month_without_a_price_has_no_return_and_is_bridged_for_a_holder():
    table = MONTHLY.copy()
    table.iloc[30, 2] = np.nan
    months = make(table).months
    assert np.isnan(months.returns[30:32, 2]).all()
    assert not months.alive[30, 2]
    assert months.outcome[29, 2] == 0.0
    assert months.returns[32, 2] == pytest.approx(table.iloc[32, 2] / table.iloc[31, 2] - 1)


def test_members_are_those_whose_spell_holds_the_day():
    spells = pd.DataFrame(
        {
            "ticker": ["N00", "N00", "N01", "ELSE"],
            "first": ["1995-03-01", "1997-01-01", "1995-01-01", "1995-01-01"],
            "last": ["1995-06-30", None, "1995-12-31", None],
        }
    )
    found = make(MONTHLY, spells=spells)
    member = found.months.member
    when = found.months.ends
    assert (member[:, 0] == (((when >= "1995-03-01") & (when <= "1995-06-30")) | (when >= "1997-01-01"))).all()
    assert (member[:, 1] == (when <= "1995-12-31")).all()
    assert not member[:, 2:].any()


@given(st.integers(60, 1200))
@settings(max_examples=30, deadline=None)
def test_months_known_by_a_day_do_not_change_later(row):
    """Truncation at any session: returns, listing and membership of months that were over are the same."""
    found = WHOLE
    shorter = found.until(found.dates[row])
    whole, part = found.months, shorter.months
    count = len(part.ends)
    assert part.ends.equals(whole.ends[:count])
    columns = found.prices.columns.get_indexer(shorter.prices.columns)
    for name in ("returns", "alive", "member"):
        ours, theirs = getattr(whole, name)[:count][:, columns], getattr(part, name)
        assert np.array_equal(ours, theirs, equal_nan=name == "returns")
    known = part.outcome[: count - 1]
    assert np.array_equal(whole.outcome[: count - 1][:, columns], known, equal_nan=True)


WHOLE = world.troubled()[0]


def test_the_panel_describes_itself():
    told = WHOLE.to_dict()
    assert (told["names"], told["ended"], told["membership"], told["hindsight"]) == (30, 6, True, False)
    with pytest.raises(BadInput):
        WHOLE.without(("NOPE",))
    assert "N00" not in WHOLE.without(("N00",)).assets
