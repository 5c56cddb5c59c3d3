"""Kenneth French's data library: zipped CSV files with free text, several blocks and codes for missing values.

Format: ``https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/NAME_CSV.zip`` with one CSV inside. Free text of any
length, then blocks: a header line that begins with a comma, rows ``YYYYMM`` or ``YYYYMMDD`` in percent, a blank line.
Only the first block of monthly or daily rows is read (the value-weighted one); annual blocks and the footer are not.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable

import numpy as np
import pandas as pd

from engine.errors import BadInput, LodestarError, MissingSymbol, SourceUnavailable
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance
from engine.sources.known import FRENCH
from engine.sources.live.http import Http
from engine.sources.live.request import Answer, Progress, Request, malformed, not_asked, now, worst
from engine.sources.waiting import Limits

SOURCE = "the Kenneth R. French data library"
HOME = "https://mba.tuck.dartmouth.edu"
FOLDER = "/pages/faculty/ken.french/ftp/"
ADDRESS_VARIABLE = "LODESTAR_FRENCH_URL"
MAX_UNZIPPED = 64 * 1024 * 1024

KEYS = ("date",)
CODES = (-99.99, -999.0)
_VINTAGE = re.compile(r"using (?:the )?(\d{6}) CRSP", re.IGNORECASE)
_ROW = re.compile(r"\s*(\d{4}|\d{6}|\d{8})\s*,")

_FACTORS = ("Mkt-RF", "SMB", "HML", "RF")
_FIVE = ("Mkt-RF", "SMB", "HML", "RMW", "CMA", "RF")
_INDUSTRIES = (
    "NoDur", "Durbl", "Manuf", "Enrgy", "Chems", "BusEq", "Telcm", "Utils", "Shops", "Hlth", "Money", "Other",
)  # fmt: skip


def _grid(low: str, middle: str, high: str) -> tuple[str, ...]:
    """Names of 5 x 5 portfolios; corners have names of their own, as in ``SMALL LoBM, ME1 BM2, ..., BIG HiBM``."""
    names = []
    for size in range(1, 6):
        row = [f"ME{size} {middle}{rank}" for rank in range(1, 6)]
        corner = {1: "SMALL", 5: "BIG"}.get(size)
        names += [f"{corner} {low}", *row[1:4], f"{corner} {high}"] if corner else row
    return tuple(names)


COLUMNS: dict[str, tuple[str, ...]] = {
    "F-F_Research_Data_Factors": _FACTORS,
    "F-F_Research_Data_Factors_daily": _FACTORS,
    "F-F_Research_Data_5_Factors_2x3": _FIVE,
    "F-F_Research_Data_5_Factors_2x3_daily": _FIVE,
    "F-F_Momentum_Factor": ("Mom",),
    "F-F_Momentum_Factor_daily": ("Mom",),
    "12_Industry_Portfolios": _INDUSTRIES,
    "25_Portfolios_5x5": _grid("LoBM", "BM", "HiBM"),
    "25_Portfolios_ME_Prior_12_2": _grid("LoPRIOR", "PRIOR", "HiPRIOR"),
}
"""Columns of the files that can be asked for. A file with others is not the file asked for."""


def fetch(
    request: Request, limits: Limits, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> Answer:
    """Files side by side on their dates: ``date`` (session or month end), one column each, decimals, NaN where missing.

    A column that two files share comes from the first.

    Raises
    ------
    MissingSymbol, RateLimited, Unreachable, BadPayload
        Nothing could be read.
    BadInput
        A file that is not in ``COLUMNS``, or monthly and daily files together.
    Cancelled
        The caller wants to stop.
    """
    _require_files(request)
    daily = request.items[0].endswith("_daily")
    found: dict[str, pd.DataFrame] = {}
    vintages: dict[str, str | None] = {}
    failures: dict[str, LodestarError] = {}
    stopped: LodestarError | None = None
    retrieved = now()
    with Http(SOURCE, HOME, ADDRESS_VARIABLE, limits, cancelled) as http:
        for done, file in enumerate(request.items, start=1):
            try:
                if stopped is not None:
                    raise not_asked(stopped)
                text = unzipped(http.get(f"{FOLDER}{file}_CSV.zip", {}, file), file)
                found[file], vintages[file] = parsed(text, file, daily=daily), vintage(text)
            except SourceUnavailable as error:
                failures[file] = error
                if not isinstance(error, MissingSymbol) and error.code in {"live_rate_limited", "live_unreachable"}:
                    stopped = error
            if progress is not None:
                progress(file, done, len(request.items))
    if not found:
        raise worst(failures)
    dataset = _dataset(request, found, vintages, daily)
    rules = dict.fromkeys(dataset.table.columns.drop("date"), FRENCH.rule)
    return Answer(request, dataset, KEYS, failures, rules, retrieved, {"vintages": vintages})


def _require_files(request: Request) -> None:
    for file in request.items:
        if file not in COLUMNS:
            raise BadInput("unknown_choice", field="items", value=file, accepted=", ".join(COLUMNS))
    if len({file.endswith("_daily") for file in request.items}) > 1:
        raise BadInput("frequency_mismatch", field="items", value=request.items[0], other=request.items[-1])


def unzipped(content: bytes, file: str) -> str:
    """The text of the one CSV file in an archive.

    Raises
    ------
    BadPayload
        No archive, a broken one, or not one CSV file in it.
    """
    if content.lstrip()[:1] == b"<":
        raise malformed(SOURCE, f"{file}: a web page instead of a zip file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if member.filename.lower().endswith((".csv", ".txt"))]
            if len(members) != 1 or members[0].file_size > MAX_UNZIPPED:
                raise malformed(SOURCE, f"{file}: {len(members)} tables in the zip file")
            return archive.read(members[0]).decode("latin-1")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise malformed(SOURCE, f"{file}: the zip file is broken") from error


def vintage(text: str) -> str | None:
    """The CRSP release (YYYYMM) that a file says it was made from."""
    found = _VINTAGE.search(text[:2000])
    return found.group(1) if found else None


def parsed(text: str, file: str, *, daily: bool) -> pd.DataFrame:
    """The first block of monthly (or daily) rows, decimals by date; month ends when monthly.

    Raises
    ------
    BadPayload
        No such block, other columns than the file should have, days out of order, or text that is no number.
    """
    digits = 8 if daily else 6
    lines = text.replace("\r", "").split("\n")
    start = next((n for n, line in enumerate(lines) if _is_row(line, digits)), None)
    header = next((n for n in range((start or 0) - 1, -1, -1) if lines[n].strip()), None) if start else None
    if start is None or header is None:
        raise malformed(SOURCE, f"{file}: no {'daily' if daily else 'monthly'} rows in the file")
    names = [name.strip() for name in lines[header].split(",")][1:]
    if sorted(names) != sorted(COLUMNS[file]):
        raise malformed(SOURCE, f"{file}: the columns are '{', '.join(names)[:60]}'")
    end = next((n for n in range(start, len(lines)) if not _is_row(lines[n], digits)), len(lines))
    if end == len(lines):
        raise malformed(SOURCE, f"{file}: the file broke off")
    rows = [line.split(",") for line in lines[start:end]]
    wrong = next((row for row in rows if len(row) != len(names) + 1), None)
    if wrong is not None:
        raise malformed(SOURCE, f"{file}: {len(wrong)} cells in the row of {wrong[0].strip()}")
    return _numbers(rows, names, file, daily)


def _is_row(line: str, digits: int) -> bool:
    found = _ROW.match(line)
    return found is not None and len(found.group(1)) == digits


def _numbers(rows: list[list[str]], names: list[str], file: str, daily: bool) -> pd.DataFrame:
    try:
        days = pd.to_datetime([row[0].strip() for row in rows], format="%Y%m%d" if daily else "%Y%m")
        values = np.array([[float(cell) for cell in row[1:]] for row in rows])
    except ValueError as error:
        raise malformed(SOURCE, f"{file}: {str(error)[:60]}") from error
    index = pd.DatetimeIndex(days, name="date")
    index = index if daily else pd.DatetimeIndex(index + pd.offsets.MonthEnd(0), name="date")
    if not index.is_monotonic_increasing or not index.is_unique:
        raise malformed(SOURCE, f"{file}: dates out of order")
    if not np.isfinite(values).all():
        raise malformed(SOURCE, f"{file}: a value that is no number")
    values[np.isin(values, CODES)] = np.nan
    return pd.DataFrame(values / 100.0, index=index, columns=pd.Index(names))[list(COLUMNS[file])]


def _dataset(request: Request, found: dict[str, pd.DataFrame], vintages: dict[str, str | None], daily: bool) -> Dataset:
    parts: list[pd.DataFrame] = []
    for frame in found.values():
        taken = {name for part in parts for name in part.columns}
        parts.append(frame[[name for name in frame.columns if name not in taken]])
    table = pd.concat(parts, axis=1, sort=True)
    if request.start is not None:
        table = table.loc[pd.Timestamp(request.start) :]
    findings = [Finding("unit", "info", "percent in the files, decimals here")]
    made = sorted({text or "unknown" for text in vintages.values()})
    findings.append(
        Finding("vintage", "info", f"made from the CRSP release {', '.join(made)}; releases revise history")
    )
    holes = {name: int(column.loc[column.first_valid_index() :].isna().sum()) for name, column in table.items()}
    told = ", ".join(f"{name} {count}" for name, count in holes.items() if count)
    if told:
        findings.append(
            Finding(
                "missing_values",
                "info",
                f"blank after the first figure (a code for missing, or a file that ends earlier): {told}",
            )
        )
    provenance = Provenance(
        name=request.name,
        source="Kenneth R. French data library",
        basis=Basis.TOTAL_RETURN,
        frequency=Frequency.DAILY if daily else Frequency.MONTHLY,
        unit="return, decimal",
        as_of=table.index[-1].date(),
        retrieved=f"library files made from the CRSP release {', '.join(made)}",
        currency="USD",
    )
    return Dataset(table.reset_index(), provenance, tuple(findings))
