"""A table's provenance travels with it, nobody can damage it, and unlike is not compared with unlike."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.sources import Basis, Dataset, Frequency, Line, Provenance, load, require_comparable


def line(basis=Basis.TOTAL_RETURN, frequency=Frequency.MONTHLY, currency="USD", name="a"):
    levels = pd.Series([1.0, 1.1, 0.99], index=pd.date_range("2020-01-31", periods=3, freq="ME"))
    return Line(name, levels, basis, frequency, currency, "own", "by hand")


def test_lines_of_the_same_kind_are_comparable():
    assert require_comparable(line(), line(name="b")) is None


@pytest.mark.parametrize(
    ("attribute", "other"),
    [
        ("basis", {"basis": Basis.PRICE_INDEX}),
        ("currency", {"currency": "KRW"}),
        ("frequency", {"frequency": Frequency.DAILY}),
    ],
)
def test_unlike_lines_are_refused_in_both_orders(attribute, other):
    for pair in ((line(), line(name="b", **other)), (line(**other), line(name="b"))):
        with pytest.raises(BadInput) as caught:
            require_comparable(*pair)
        assert caught.value.code == f"{attribute}_mismatch"
        assert caught.value.field == attribute
        assert "a" in caught.value.message
        assert "b" in caught.value.message


def test_the_basis_is_looked_at_first():
    with pytest.raises(BadInput, match="price index") as caught:
        require_comparable(line(), line(Basis.PRICE_INDEX, Frequency.DAILY, "KRW", "b"))
    assert caught.value.code == "basis_mismatch"


def test_returns_have_one_row_fewer_than_levels():
    returns = line().returns
    np.testing.assert_allclose(returns, [0.1, -0.1], atol=1e-15)
    assert returns.index[0] == pd.Timestamp("2020-02-29")


def test_a_line_knows_its_first_and_last_day():
    assert (line().first, line().last) == (date(2020, 1, 31), date(2020, 3, 31))


@pytest.mark.parametrize("damage", ["cell", "rows", "column", "pop", "index_name", "columns"])
def test_what_a_reader_does_to_a_frame_stays_with_the_reader(damage):
    before = load("sp500_price").frame.copy(deep=True)
    frame = load("sp500_price").frame
    if damage == "cell":
        frame.iloc[0, 0] = -1.0
    elif damage == "rows":
        frame.loc[:"2000-01-01"] = np.nan
    elif damage == "column":
        frame["new"] = 1.0
    elif damage == "pop":
        frame.pop("SP500")
    elif damage == "index_name":
        frame.index.name = "spoilt"
    else:
        frame.columns = ["spoilt"]
    pd.testing.assert_frame_equal(load("sp500_price").frame, before)


def test_the_arrays_below_a_frame_are_read_only():
    values = load("sp500_price").frame.to_numpy()
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = -1.0


def monthly(lags):
    index = pd.date_range("2020-01-31", periods=4, freq="ME", name="date")
    frame = pd.DataFrame({"fast": [1.0, 2.0, 3.0, 4.0], "slow": [10.0, 20.0, 30.0, 40.0]}, index=index)
    origin = Provenance("t", "s", Basis.RATE, Frequency.MONTHLY, "%", date(2020, 4, 30), "r", publication_lag=lags)
    return Dataset(frame, origin)


def test_a_figure_is_known_its_lag_later():
    known = monthly({"slow": 2}).as_known()
    assert known.loc["2020-03-31"].to_dict() == {"fast": 3.0, "slow": 10.0}
    assert np.isnan(known.loc["2020-02-29", "slow"])
    assert known.loc["2020-06-30", "slow"] == 40.0


def test_without_lags_rows_are_known_at_once():
    pd.testing.assert_frame_equal(monthly({}).as_known(), monthly({}).frame, check_freq=False)


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_later_rows_never_change_what_was_known(cut):
    whole = monthly({"slow": 1})
    part = Dataset(whole.frame.iloc[:cut], whole.provenance)
    end = whole.frame.index[cut - 1]
    pd.testing.assert_frame_equal(whole.as_known().loc[:end], part.as_known().loc[:end], check_freq=False)


def test_the_status_row_is_plain_text_and_numbers():
    row = monthly({}).to_dict()
    assert row["first"] == "2020-01-31"
    assert row["last"] == row["as_of"] == "2020-04-30"
    assert (row["basis"], row["frequency"], row["rows"]) == ("rate", "monthly", 4)
    assert type(row["basis"]) is str
    assert row["findings"] == []


def test_a_table_without_clock_has_no_first_and_last():
    crises = load("crisis_periods")
    assert crises.provenance.frequency == Frequency.TABLE
    assert crises.first is None
    assert crises.to_dict()["last"] is None
