"""60 million rows of 12,000 symbols, streamed: CPU rows a second and peak memory, beside pandera on the same row groups.

``python -m benchmarks.integrity_stream [--symbols N] [--rows N] [--seed N] [--workers N]``. The file is
made once, symbol by symbol, and taken away at the end. Ours and the peer each run in a fresh process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.common import one_thread
from benchmarks.faults import FAULTS, PRICES, Fault, seen
from engine.integrity.calendars import sessions

SYMBOLS, ROWS, SEED = 12_000, 5_000, 20
GROUP = 1 << 18
FAULTY = 0.05
"""Share of the symbols that get one fault."""
NEED_DIVIDENDS = {"dividend_large", "dividend_small", "dividend_large_applied", "adjustment_small", "not_applied"} | {
    "applied_twice",
    "phantom",
}
OURS = (
    "units (100x), splits, dividends against Adj Close and the price, exchange sessions, spikes, stale runs, reuse of a "
    "ticker, signs, blanks, High and Low, duplicates, order; repairs and their log"
)
PEER = "types, not null, ranges, High and Low, duplicates of symbol and date, order of the dates"


def symbols(count: int, rows: int, seed: int) -> Iterator[tuple[pd.DataFrame, Fault | None, list[int]]]:
    """Tables one by one: listed at different times, a third of them delisted, two of three paying each quarter."""
    days = sessions("XNYS", np.datetime64("1994-01-03"), np.datetime64("2024-12-31"))
    if days is None:
        raise SystemExit("the calendar of New York does not reach 1994 to 2024")
    rng = np.random.default_rng(seed)
    market = rng.standard_t(4, len(days)) * 0.007
    for number in range(count):
        length = int(rng.integers(rows // 2, min(rows + rows // 2, len(days))))
        last = len(days) if rng.random() > 0.33 else int(rng.integers(length, len(days) + 1))
        table = _symbol(days[last - length : last], market[last - length : last], rng)
        fault, at = None, []
        if rng.random() < FAULTY:
            choice = [one for one in FAULTS if not one.funds and (one.name not in NEED_DIVIDENDS or paying(table))]
            fault = choice[int(rng.integers(len(choice)))]
            table, at = fault.make(table.assign(Date=table["Date"].dt.strftime("%Y-%m-%d")), rng)
        yield table.assign(ticker=f"S{number:05d}"), fault, at


def paying(table: pd.DataFrame) -> bool:
    """The table has dividends."""
    return bool((table["Dividends"] > 0).any())


def _symbol(days: np.ndarray, market: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    rows = len(days)
    yields = np.zeros(rows)
    if rng.random() < 0.67:
        at = np.arange(int(rng.integers(10, 70)), rows, 63)
        yields[at] = rng.uniform(0.004, 0.012) * rng.uniform(0.9, 1.1, len(at))
    own = rng.standard_t(5, rows) * rng.uniform(0.006, 0.015)
    close = 40.0 * np.exp(np.cumsum(np.clip(market * rng.uniform(0.5, 1.4) + own, -0.4, 0.4) - yields + 3e-4))
    before = np.append(close[0], close[:-1])
    opens = before * (1.0 - yields) * np.exp(rng.normal(0, 0.004, rows))
    splits = np.zeros(rows)
    splits[rng.integers(100, rows - 100, int(rng.integers(0, 3)))] = rng.choice([2.0, 3.0, 1.5, 0.1])
    kept = np.append(np.cumprod((1.0 - yields)[::-1])[::-1][1:], 1.0)
    table = pd.DataFrame(
        {
            "Date": days.astype("datetime64[s]"),
            "Open": opens,
            "High": np.maximum(opens, close) * np.exp(np.abs(rng.normal(0, 0.005, rows))),
            "Low": np.minimum(opens, close) * np.exp(-np.abs(rng.normal(0, 0.005, rows))),
            "Close": close,
            "Adj Close": close * kept,
            "Volume": np.rint(np.exp(rng.normal(13, 0.4, rows))),
            "Dividends": yields * before,
            "Stock Splits": splits,
        }
    )
    table[PRICES] = table[PRICES].astype(np.float32).astype(float)
    return table


def make(file: Path, count: int, rows: int, seed: int) -> list[dict[str, Any]]:
    """Write the file in row groups; the faults that were planted."""
    planted: list[dict[str, Any]] = []
    waiting: list[pa.Table] = []
    writer: pq.ParquetWriter | None = None

    def flush(least: int) -> None:
        nonlocal writer, waiting
        if sum(one.num_rows for one in waiting) >= least and waiting:
            table = pa.concat_tables(waiting)
            writer = writer or pq.ParquetWriter(file, table.schema, compression="lz4")
            writer.write_table(table, row_group_size=GROUP)
            waiting = []

    for table, fault, at in symbols(count, rows, seed):
        if fault is not None:
            first, last = table["Date"].iloc[at].min(), table["Date"].iloc[at].max()
            planted.append({"ticker": table["ticker"].iloc[0], "fault": fault.name, "first": first, "last": last})
        table["Date"] = pd.to_datetime(table["Date"]).astype("datetime64[us]")
        waiting.append(pa.Table.from_pandas(table, preserve_index=False))
        flush(GROUP)
    flush(1)
    if writer is not None:
        writer.close()
    return planted


def ours(file: Path, workers: int) -> dict[str, Any]:
    """Our stream, the repaired table written."""
    from engine import integrity

    out = file.with_name("repaired.parquet")
    begun, clock = _cpu(), time.perf_counter()
    result = integrity.stream(file, repaired=out, log=file.with_name("log.csv"), workers=workers)
    spent = {"cpu_s": _cpu() - begun, "wall_s": time.perf_counter() - clock}
    begun = _cpu()
    integrity.stream(file, found=lambda findings: None)
    columns = ["kind", "severity", "ticker", "first", "last", "applied"]
    result.findings[columns].to_parquet(file.with_name("findings.parquet"))
    return spent | {
        "cpu_s_check_only": _cpu() - begun,
        "rows": result.rows,
        "symbols": result.symbols,
        "cells_changed": result.cells_changed,
        "kinds": result.kinds,
    }


def peer(file: Path) -> dict[str, Any]:
    """pandera on every row group: what a schema says of rows."""
    import pandera.pandas as pandera

    def ordered(frame: pd.DataFrame) -> Any:
        return (frame["ticker"] != frame["ticker"].shift()) | (frame["Date"] > frame["Date"].shift())

    def enclosed(frame: pd.DataFrame) -> Any:
        top, bottom = frame[["Open", "Close", "Low"]].max(axis=1), frame[["Open", "Close", "High"]].min(axis=1)
        return (frame["High"] >= top * 0.999) & (frame["Low"] <= bottom * 1.001)

    price = pandera.Column(float, pandera.Check.gt(0))
    schema = pandera.DataFrameSchema(
        {
            "Date": pandera.Column("datetime64[us]", pandera.Check.ge(pd.Timestamp("1900-01-01"))),
            **dict.fromkeys(PRICES, price),
            "Volume": pandera.Column(float, pandera.Check.ge(0)),
            "Dividends": pandera.Column(float, pandera.Check.ge(0)),
            "Stock Splits": pandera.Column(float, pandera.Check.in_range(0, 1000)),
            "ticker": pandera.Column(str),
        },
        checks=[pandera.Check(ordered), pandera.Check(enclosed)],
        unique=["ticker", "Date"],
    )
    source = pq.ParquetFile(file)
    begun, clock, rows, failures = _cpu(), time.perf_counter(), 0, 0
    for group in range(source.num_row_groups):
        frame = source.read_row_group(group).to_pandas()
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            failures += len(error.failure_cases)
        rows += len(frame)
    return {"cpu_s": _cpu() - begun, "wall_s": time.perf_counter() - clock, "rows": rows, "failures": failures}


def _cpu() -> float:
    """CPU seconds of this process and of those it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _peak_mb() -> float:
    used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(used) / 1024


def _apart(who: str, file: Path, workers: int) -> dict[str, Any]:
    """One side in a fresh process."""
    command = [sys.executable, "-m", "benchmarks.integrity_stream", "--side", who, "--file", str(file)]
    done = subprocess.run([*command, "--workers", str(workers)], stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _found(planted: list[dict[str, Any]], findings: pd.DataFrame, rows: int) -> dict[str, Any]:
    faults = {fault.name: fault for fault in FAULTS}
    by_ticker = dict(tuple(findings.groupby("ticker")))
    hit: Counter[str] = Counter()
    for plant in planted:
        own = by_ticker.get(plant["ticker"], findings.iloc[:0])
        dates = pd.DataFrame({"Date": [plant["first"], plant["last"]]})
        hit[plant["fault"]] += seen(faults[plant["fault"]], own, dates, [0, 1])
    total = Counter(plant["fault"] for plant in planted)
    clean = findings[
        ~findings["ticker"].isin({plant["ticker"] for plant in planted}) & (findings["severity"] != "info")
    ]
    return {
        "planted": len(planted),
        "found": sum(hit.values()),
        "missed": {name: times - hit[name] for name, times in total.items() if hit[name] < times},
        "false_alarms": clean["kind"].value_counts().to_dict(),
        "false_alarms_per_10k_rows": 1e4 * len(clean) / rows,
        "repairs_on_clean_symbols": int(clean["applied"].sum()),
    }


def run(count: int = SYMBOLS, rows: int = ROWS, seed: int = SEED, workers: int = 1) -> None:
    """Make the file, run both sides, print one line a figure."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "prices.parquet"
        begun = time.perf_counter()
        planted = make(file, count, rows, seed)
        about = {"symbols": count, "seed": seed, "file_mb": round(file.stat().st_size / 2**20)}
        print(
            json.dumps({"figure": "integrity stream file", **about, "made_s": round(time.perf_counter() - begun)}),
            flush=True,
        )
        load = os.getloadavg()[0]
        mine, other = _apart("ours", file, workers), _apart("pandera", file, 1)
        findings = pd.read_parquet(Path(folder) / "findings.parquet")
        total = mine["rows"]
        line = {
            "figure": "integrity stream",
            "rows": total,
            "ours_rows_per_cpu_s": round(total / mine["cpu_s"]),
            "ours_rows_per_cpu_s_check_only": round(total / mine["cpu_s_check_only"]),
            "peer_rows_per_cpu_s": round(total / other["cpu_s"]),
            "ratio": round(other["cpu_s"] / mine["cpu_s"], 3),
            "ratio_check_only": round(other["cpu_s"] / mine["cpu_s_check_only"], 3),
            "ours_wall_s": round(mine["wall_s"], 1),
            "peer_wall_s": round(other["wall_s"], 1),
            "ours_peak_mb": round(mine["peak_mb"]),
            "peer_peak_mb": round(other["peak_mb"]),
            "goal_peak_mb": 4096,
            "met": mine["peak_mb"] <= 4096,
            "workers": workers,
            "peer": f"pandera {version('pandera')}",
            "ours_checks": OURS,
            "peer_checks": PEER,
            "peer_failures": other["failures"],
            "load": round(load, 1),
        }
        print(json.dumps(line), flush=True)
        found = _found(planted, findings, total)
        print(
            json.dumps({"figure": "integrity stream findings", **found, "cells_changed": mine["cells_changed"]}),
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=SYMBOLS)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows a symbol, on average")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--side", choices=["ours", "pandera"])
    parser.add_argument("--file", type=Path)
    asked = parser.parse_args()
    if asked.side is None:
        run(asked.symbols, asked.rows, asked.seed, asked.workers)
        return
    measured = ours(asked.file, asked.workers) if asked.side == "ours" else peer(asked.file)
    print(json.dumps(measured | {"peak_mb": _peak_mb()}))


if __name__ == "__main__":
    one_thread()
    main()
