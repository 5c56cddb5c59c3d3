"""Each loader against the package's own loader and against published values."""

import numpy as np
import pandas as pd
import pytest

from engine.errors import MissingData
from engine.paths import package_file
from engine.sources import Basis, Frequency, bundled, load

DAILY = ("sp500_price", "factor_etfs", "us_large_caps")
MONTHLY = ("french_portfolios", "french_factors", "moodys_yields", "core_cpi")


def official(name):
    """The frame of the package's own loader, its trap undone by hand."""
    if name in DAILY:
        from skfolio import datasets

        loaders = {
            "sp500_price": datasets.load_sp500_index,
            "factor_etfs": datasets.load_factors_dataset,
            "us_large_caps": datasets.load_sp500_dataset,
        }
        return loaders[name]()
    if name == "french_portfolios":
        from linearmodels.datasets import french

        frame = french.load().set_index("dates")  # months are a column, stamped at their start
        frame.index = frame.index.to_period("M").to_timestamp(how="end").normalize()
        return frame
    if name == "french_factors":
        from arch.data import frenchdata

        frame = frenchdata.load() / 100.0  # percent
        months = frame.index.astype("datetime64[ns]").astype("int64")  # 1926-07 is read as 192607 nanoseconds
        frame.index = pd.PeriodIndex([f"{m // 100}-{m % 100}" for m in months], freq="M").to_timestamp(how="end")
        return frame.set_axis(frame.index.normalize())
    from arch.data import core_cpi, default

    frame = default.load() if name == "moodys_yields" else core_cpi.load()
    frame.index = frame.index.to_period("M").to_timestamp(how="end").normalize()  # stamped at the month start
    return frame


@pytest.mark.parametrize("name", DAILY + MONTHLY)
def test_a_loader_gives_what_the_package_gives(name):
    ours, theirs = load(name).frame, official(name)
    assert list(ours.index) == list(theirs.index)
    np.testing.assert_array_equal(ours[theirs.columns].to_numpy(), theirs.to_numpy())
    assert set(ours.columns) - set(theirs.columns) == ({"Market"} if name == "french_portfolios" else set())


@pytest.mark.parametrize(
    ("name", "rows", "columns", "first", "last"),
    [
        ("sp500_price", 8313, 1, "1990-01-02", "2022-12-28"),
        ("factor_etfs", 2264, 5, "2014-01-02", "2022-12-28"),
        ("us_large_caps", 8313, 20, "1990-01-02", "2022-12-28"),
        ("french_portfolios", 819, 36, "1949-01-31", "2017-03-31"),
        ("french_factors", 1109, 4, "1926-07-31", "2018-11-30"),
        ("moodys_yields", 1200, 2, "1919-01-31", "2018-12-31"),
        ("core_cpi", 743, 1, "1957-01-31", "2018-11-30"),
    ],
)
def test_a_data_set_covers_what_it_promises(name, rows, columns, first, last):
    data = load(name)
    assert data.frame.shape == (rows, columns)
    assert (data.first.isoformat(), data.last.isoformat()) == (first, last)
    assert data.provenance.as_of == data.last


@pytest.mark.parametrize("name", DAILY + MONTHLY)
def test_dates_are_unique_increasing_and_without_time_zone_or_hour(name):
    index = load(name).frame.index
    assert isinstance(index, pd.DatetimeIndex)
    assert index.tz is None
    assert index.is_unique
    assert index.is_monotonic_increasing
    assert index.equals(index.normalize())
    assert index.name == "date"


@pytest.mark.parametrize("name", DAILY + MONTHLY)
def test_no_value_is_missing(name):
    assert np.isfinite(load(name).frame.to_numpy()).all()


@pytest.mark.parametrize("name", MONTHLY)
def test_months_are_stamped_at_their_end_without_a_gap(name):
    index = load(name).frame.index
    assert index.equals(pd.date_range(index[0], index[-1], freq="ME"))


@pytest.mark.parametrize("name", DAILY)
def test_sessions_fall_on_weekdays(name):
    assert (load(name).frame.index.day_of_week < 5).all()


@pytest.mark.parametrize(
    ("peak", "trough", "fall"),
    [
        ("2000-03-24", "2002-10-09", -0.4915),
        ("2007-10-09", "2009-03-09", -0.5678),
        ("2020-02-19", "2020-03-23", -0.3392),
        ("2022-01-03", "2022-10-12", -0.2543),
    ],
)
def test_the_price_index_falls_as_published(peak, trough, fall):
    close = load("sp500_price").frame["SP500"]
    assert close[trough] / close[peak] - 1 == pytest.approx(fall, abs=5e-5)


@pytest.mark.parametrize(
    ("day", "close"),
    [("2000-03-24", 1527.46), ("2007-10-09", 1565.15), ("2009-03-09", 676.53), ("2020-03-23", 2237.40)],
)
def test_the_price_index_has_the_published_closes(day, close):
    assert load("sp500_price").frame.loc[day, "SP500"] == pytest.approx(close, abs=0.005)


def test_market_is_the_excess_return_plus_the_bill():
    frame = load("french_portfolios").frame
    pd.testing.assert_series_equal(frame["Market"], frame["MktRF"] + frame["RF"], check_names=False)
    assert frame.loc["1987-10-31", "Market"] == pytest.approx(-0.2264, abs=1e-4)


@pytest.mark.parametrize("column", ["MktRF", "SMB", "HML", "RF"])
def test_french_returns_are_decimals_in_both_vintages(column):
    old = load("french_portfolios").frame[column]
    new = load("french_factors").frame[column.replace("MktRF", "Mkt-RF")]
    both = new.loc["1949-01-31":"2017-03-31"]
    assert both.index.equals(old.index)
    assert old.abs().max() < 0.35
    assert np.corrcoef(old, both)[0, 1] > 0.97


def test_the_two_vintages_agree_on_the_market_and_differ_on_value():
    old, new = load("french_portfolios").frame, load("french_factors").frame.loc["1949-01-31":"2017-03-31"]
    assert (old["MktRF"] - new["Mkt-RF"]).abs().max() < 0.0004
    one_bp = 1.01e-4  # values have four decimals
    assert ((old["HML"] - new["HML"]).abs() > one_bp).mean() == pytest.approx(0.56, abs=0.005)
    assert ((old["SMB"] - new["SMB"]).abs() > one_bp).mean() == pytest.approx(0.43, abs=0.005)


@pytest.mark.parametrize(
    ("name", "column", "month", "value"),
    [
        ("french_factors", "Mkt-RF", "1926-07-31", 0.0296),
        ("french_factors", "RF", "1926-07-31", 0.0022),
        ("french_portfolios", "MktRF", "1949-01-31", 0.0023),
        ("moodys_yields", "AAA", "1919-01-31", 5.35),
        ("moodys_yields", "AAA", "1981-09-30", 15.49),
        ("moodys_yields", "BAA", "1982-02-28", 17.18),
        ("core_cpi", "CPILFESL", "1957-01-31", 28.5),
    ],
)
def test_known_values_stand_in_their_month(name, column, month, value):
    assert load(name).frame.loc[month, column] == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "basis", "frequency"),
    [
        ("sp500_price", Basis.PRICE_INDEX, Frequency.DAILY),
        ("factor_etfs", Basis.TOTAL_RETURN, Frequency.DAILY),
        ("us_large_caps", Basis.TOTAL_RETURN, Frequency.DAILY),
        ("french_portfolios", Basis.TOTAL_RETURN, Frequency.MONTHLY),
        ("french_factors", Basis.TOTAL_RETURN, Frequency.MONTHLY),
        ("moodys_yields", Basis.RATE, Frequency.MONTHLY),
        ("core_cpi", Basis.LEVEL, Frequency.MONTHLY),
    ],
)
def test_a_data_set_says_what_it_counts(name, basis, frequency):
    origin = load(name).provenance
    assert (origin.name, origin.basis, origin.frequency) == (name, basis, frequency)
    package = origin.retrieved.split()[0]
    assert package in {"skfolio", "arch", "linearmodels"}
    assert origin.retrieved.split()[1][0].isdigit()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sp500_price", "basis"),
        ("us_large_caps", "survivorship"),
        ("us_large_caps", "rounding"),
        ("french_factors", "unit"),
        ("french_factors", "vintage"),
        ("french_portfolios", "costs"),
        ("core_cpi", "vintage"),
    ],
)
def test_traps_of_the_file_are_findings(name, kind):
    assert kind in {finding.kind for finding in load(name).findings}


@pytest.mark.parametrize("name", ["moodys_yields", "core_cpi"])
def test_averages_and_releases_are_known_one_month_later(name):
    data = load(name)
    known = data.as_known()
    assert known.index[0] == data.frame.index[0] + pd.offsets.MonthEnd(1)
    for column in data.frame:
        assert data.provenance.publication_lag[column] == 1
        np.testing.assert_array_equal(known[column].iloc[1:], data.frame[column].iloc[1:])
        assert known.loc["2008-11-30", column] == data.frame.loc["2008-10-31", column]


@pytest.mark.parametrize("name", ["french_portfolios", "french_factors"])
def test_returns_are_known_at_their_month_end(name):
    data = load(name)
    pd.testing.assert_frame_equal(data.as_known(), data.frame, check_freq=False)


def test_official_loaders_carry_the_traps_that_are_undone():
    from arch.data import default, frenchdata
    from linearmodels.datasets import french

    assert frenchdata.load().index[-1].year == 1970
    assert frenchdata.load()["Mkt-RF"].abs().max() > 30
    assert default.load().index[0] == pd.Timestamp("1919-01-01")
    assert french.load()["dates"].iloc[0] == pd.Timestamp("1949-01-01")


@pytest.mark.parametrize(
    ("package", "inside"), [("skfolio", "datasets/data/none.csv.gz"), ("no_such_package", "x.csv")]
)
def test_a_missing_package_file_is_missing_data(package, inside):
    with pytest.raises(MissingData, match=f"{package}/{inside}"):
        package_file(package, inside)


@pytest.mark.parametrize("file", bundled.PACKAGE_FILES)
def test_every_file_of_the_snapshot_exists(file):
    assert package_file(*file).stat().st_size > 1000
