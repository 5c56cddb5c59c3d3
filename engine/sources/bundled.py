"""Real data that ship inside skfolio, arch and linearmodels, read from their files.

Each loader undoes the traps of its file and says so in its findings. A test compares every
loader with the package's own.
"""

from __future__ import annotations

from functools import partial
from importlib.metadata import version

import pandas as pd

from engine.paths import package_file
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance

FRENCH_FILE = ("linearmodels", "datasets/french/french.csv.bz2")
FRENCH_FACTORS_FILE = ("arch", "data/frenchdata/frenchdata.csv.gz")
MOODYS_FILE = ("arch", "data/default/default.csv.gz")
CORE_CPI_FILE = ("arch", "data/core_cpi/core-cpi.csv.gz")
SP500_FILE = ("skfolio", "datasets/data/sp500_index.csv.gz")
FACTOR_ETFS_FILE = ("skfolio", "datasets/data/factors_dataset.csv.gz")
LARGE_CAPS_FILE = ("skfolio", "datasets/data/sp500_dataset.csv.gz")

PACKAGE_FILES = (
    FRENCH_FILE,
    FRENCH_FACTORS_FILE,
    MOODYS_FILE,
    CORE_CPI_FILE,
    SP500_FILE,
    FACTOR_ETFS_FILE,
    LARGE_CAPS_FILE,
)


def _month_ends(months: pd.Index | pd.Series) -> pd.DatetimeIndex:
    index = pd.DatetimeIndex(pd.to_datetime(months)) + pd.offsets.MonthEnd(0)
    return pd.DatetimeIndex(index, name="date")


def _dataset(
    frame: pd.DataFrame,
    name: str,
    file: tuple[str, str],
    source: str,
    basis: Basis,
    frequency: Frequency,
    unit: str,
    *findings: Finding,
    **extra: object,
) -> Dataset:
    package = file[0]
    provenance = Provenance(
        name=name,
        source=source,
        basis=basis,
        frequency=frequency,
        unit=unit,
        as_of=frame.index[-1].date(),
        retrieved=f"{package} {version(package)}",
        **{"currency": "USD"} | extra,  # type: ignore[arg-type]
    )
    return Dataset(frame, provenance, findings)


def french_portfolios() -> Dataset:
    """Market, size, value and momentum factors, 12 industries and 18 portfolios, monthly.

    Columns: ``Market`` (MktRF + RF, total return), ``MktRF``, ``SMB``, ``HML``, ``Mom`` (spreads),
    ``RF`` (one-month bill), 12 industries, ``S#V#`` and ``S#M#`` (size quintile, value or
    momentum quintile; total returns). Decimals a month, 1949-01 to 2017-03, month ends.
    """
    frame = pd.read_csv(package_file(*FRENCH_FILE))
    frame.index = _month_ends(frame.pop("dates"))
    frame.insert(0, "Market", frame["MktRF"] + frame["RF"])
    return _dataset(
        frame,
        "french_portfolios",
        FRENCH_FILE,
        "Kenneth R. French data library",
        Basis.TOTAL_RETURN,
        Frequency.MONTHLY,
        "return, decimal",
        Finding("restamped", "info", "month starts in a column, moved to month ends in the index"),
        Finding(
            "basis",
            "info",
            "MktRF, SMB, HML and Mom are spreads; Market = MktRF + RF and the portfolios are total returns",
        ),
        Finding("costs", "warning", "paper portfolios before trading costs; S1 holds micro caps"),
    )


def french_factors() -> Dataset:
    """Market, size and value factors and the bill rate, another vintage, monthly decimals 1926-07 to 2018-11.

    The file's index is YYYYMM; pandas reads it as nanoseconds when asked to parse dates.
    """
    frame = pd.read_csv(package_file(*FRENCH_FACTORS_FILE), index_col=0) / 100.0
    frame.index = _month_ends(pd.to_datetime(frame.index.astype(str), format="%Y%m"))
    return _dataset(
        frame,
        "french_factors",
        FRENCH_FACTORS_FILE,
        "Kenneth R. French data library, 2018 vintage",
        Basis.TOTAL_RETURN,
        Frequency.MONTHLY,
        "return, decimal",
        Finding("unit", "info", "percent in the file, decimals here"),
        Finding("restamped", "info", "YYYYMM numbers read as months"),
        Finding(
            "vintage",
            "warning",
            "SMB and HML differ from french_portfolios by more than 1 bp in about half of the months",
        ),
    )


def moodys_yields() -> Dataset:
    """Moody's seasoned AAA and BAA corporate yields, % a year, monthly averages 1919-01 to 2018-12."""
    frame = pd.read_csv(package_file(*MOODYS_FILE), index_col=0)
    frame.index = _month_ends(frame.index)
    return _dataset(
        frame,
        "moodys_yields",
        MOODYS_FILE,
        "Moody's through FRED (AAA, BAA)",
        Basis.RATE,
        Frequency.MONTHLY,
        "% a year, month average",
        Finding(
            "restamped",
            "info",
            "month starts in the file, month ends here; a month's average counts as known one month later",
        ),
        publication_lag={"AAA": 1, "BAA": 1},
        currency=None,
    )


def core_cpi() -> Dataset:
    """US consumer prices less food and energy (CPILFESL), index level, seasonally adjusted, 1957-01 to 2018-11."""
    frame = pd.read_csv(package_file(*CORE_CPI_FILE), index_col=0)
    frame.index = _month_ends(frame.index)
    return _dataset(
        frame,
        "core_cpi",
        CORE_CPI_FILE,
        "BLS through FRED (CPILFESL)",
        Basis.LEVEL,
        Frequency.MONTHLY,
        "index level",
        Finding(
            "restamped",
            "info",
            "month starts in the file, month ends here; published in the middle of the next month, so known one month later",
        ),
        Finding("vintage", "warning", "seasonal factors are revised every year; this is one vintage"),
        publication_lag={"CPILFESL": 1},
        currency=None,
    )


def _daily(name: str, file: tuple[str, str], source: str, basis: Basis, unit: str, *findings: Finding) -> Dataset:
    frame = pd.read_csv(package_file(*file), index_col=0, parse_dates=True)
    frame.index.name = "date"
    return _dataset(frame, name, file, source, basis, Frequency.DAILY, unit, *findings)


sp500_price = partial(
    _daily,
    "sp500_price",
    SP500_FILE,
    "S&P 500 daily closes (Yahoo) in skfolio",
    Basis.PRICE_INDEX,
    "index points",
    Finding("basis", "warning", "documented as adjusted, but a price index: dividends are not in it"),
)

factor_etfs = partial(
    _daily,
    "factor_etfs",
    FACTOR_ETFS_FILE,
    "MTUM, QUAL, SIZE, USMV, VLUE daily closes (Yahoo) in skfolio",
    Basis.TOTAL_RETURN,
    "USD, dividend-adjusted",
    Finding("stale_prices", "info", "SIZE has unchanged closes on about 6 % of days (thin trading)"),
)

us_large_caps = partial(
    _daily,
    "us_large_caps",
    LARGE_CAPS_FILE,
    "20 US shares, daily closes (Yahoo) in skfolio",
    Basis.TOTAL_RETURN,
    "USD, dividend-adjusted",
    Finding(
        "survivorship", "warning", "20 companies that are still large today, chosen with hindsight: not a fair market"
    ),
    Finding("rounding", "warning", "three decimals: early prices move in steps of up to 1 %"),
)
