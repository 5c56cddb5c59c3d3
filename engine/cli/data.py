"""``data``: the data sets behind every answer, and refreshing them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, print_json
from engine.errors import BadInput, Cancelled, MissingData
from engine.sources import snapshot_id, status, using

app = typer.Typer(no_args_is_help=True, help="The data sets behind every answer, and refreshing them.")
PARQUET = (".parquet", ".pq")
STREAMED_FROM = 256 * 1024 * 1024
"""Bytes of a Parquet file from which it is read piece by piece; in memory it takes several times as much."""

Only = Annotated[list[str] | None, typer.Option("--only", help="A data set by name; may be given several times.")]


@app.command("status")
def data_status(
    as_json: AsJson = False,
    snapshot: Annotated[str | None, typer.Option(help="Id of a snapshot, or bundled; default: the one in use.")] = None,
) -> None:
    """Every data set with its source, basis, dates and findings."""
    from engine.sources.snapshots import store_error

    with using(snapshot) as used:
        rows = status()
        error = store_error()
        if as_json:
            print_json(
                {
                    "snapshot": snapshot_id(),
                    "bundled": used.base,
                    "stored": None if used.manifest is None else _stored(used.manifest),
                    "store_error": None if error is None else error.to_dict(),
                    "datasets": rows,
                }
            )
        else:
            _print_status(snapshot_id(), rows)
            if error is not None:
                print(error.message, file=sys.stderr)
    broken = [row for row in rows if row["error"]]
    if broken:
        raise typer.Exit(MissingData.exit_code)


def _stored(manifest: Any) -> dict[str, Any]:
    """What a stored snapshot holds, without the tables."""
    return {
        "id": manifest.id,
        "created_at": manifest.created_at,
        "parent": manifest.parent,
        "code": manifest.code,
        "tables": [
            {
                "name": entry.name,
                "source": entry.source,
                "rows": entry.rows,
                "bytes": entry.bytes,
                "retrieved_at": entry.retrieved_at,
                "sha256": entry.sha256,
                "known_at": dict(entry.known_at),
                "findings": [dict(found) for found in entry.findings],
                "facts": dict(entry.facts),
            }
            for entry in manifest.entries.values()
        ],
    }


def _print_status(snapshot: str, rows: list[dict[str, Any]]) -> None:
    screen = console()
    table = Table(title=f"Snapshot {snapshot}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "basis", "frequency", "first", "last", "as of", "rows"):
        table.add_column(column, no_wrap=column in ("data set", "first", "last", "as of"))
    for row in rows:
        keys = ("name", "basis", "frequency", "first", "last", "as_of", "rows")
        table.add_row(*[str(row[key] or "") for key in keys], style="red" if row["error"] else "")
    screen.print(table)
    for row in rows:
        if row["error"]:
            screen.print(f"[red]{row['name']}: {row['error']['message']}[/red]")
        for found in row["findings"]:
            screen.print(f"{row['name']}: {found['text']} ({found['severity']})", soft_wrap=True)


@app.command("health")
def data_health(
    as_json: AsJson = False,
    snapshot: Annotated[str | None, typer.Option(help="Id of a snapshot, or bundled; default: the one in use.")] = None,
) -> None:
    """Four lights for every data set: fresh, complete, consistent, point in time. Needs no network."""
    from engine.health import health

    found = health(snapshot)
    if as_json:
        print_json(found.to_dict())
    else:
        _print_health(found)


def _print_health(found: Any) -> None:
    from engine.health import LIGHTS

    screen = console()
    table = Table(title=f"Snapshot {found.snapshot}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", *(light.replace("_", " ") for light in LIGHTS)):
        table.add_column(column, no_wrap=True)
    styles = {"good": "green", "warning": "yellow", "bad": "red", "unknown": "dim"}
    for row in found.datasets:
        levels = [row.lights[light].level for light in LIGHTS]
        table.add_row(row.name, *(f"[{styles[level]}]{level}[/]" for level in levels))
    screen.print(table)
    for row in found.datasets:
        for light in LIGHTS:
            if row.lights[light].level in ("bad", "unknown"):
                told = f"{row.name}, {light.replace('_', ' ')}: {row.lights[light].reason}"
                screen.print(told, soft_wrap=True, markup=False)


@app.command("refresh")
def data_refresh(
    only: Only = None,
    as_json: AsJson = False,
    timeout: Annotated[float, typer.Option(help="Seconds for one request.")] = 20.0,
    retries: Annotated[int, typer.Option(help="Further attempts after a refusal or a broken connection.")] = 3,
    rate: Annotated[float, typer.Option(help="Requests a second to one host.")] = 3.0,
    time_limit: Annotated[float, typer.Option(help="Seconds for one table.")] = 300.0,
) -> None:
    """Read Yahoo, FRED and the French library into a new snapshot; Ctrl-C leaves the old one in place.

    Exit code 0 if anything could be read (what could not is listed), 3 if nothing could, 130 if stopped.
    """
    from engine import integrity, refresh
    from engine.sources.live import Limits

    limits = Limits(total=timeout, connect=min(5.0, timeout), retries=retries, rate=rate, time_limit=time_limit)
    try:
        with _Bar(shown=not as_json) as bar:
            result = refresh.run(only, bar.step, limits=limits, check=integrity.check, by="cli")
    except KeyboardInterrupt as stop:
        raise Cancelled("refresh_cancelled", field="refresh", value="the end") from stop
    if as_json:
        print_json(result.to_dict())
    else:
        _print_refresh(result)
    if result.unavailable:
        raise typer.Exit(MissingData.exit_code)


class _Bar:
    """A progress bar on the error stream, a line a finished table."""

    def __init__(self, *, shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[item]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not shown,
            transient=True,
        )
        self._shown = shown
        self._task = self._progress.add_task("", total=None, item="")

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def step(self, step: Any) -> None:
        self._progress.update(self._task, description=step.table, completed=step.done, total=step.total, item=step.item)
        if step.status is not None and self._shown:
            self._console.print(f"{step.tables_done}/{step.tables_total} {step.table}: {step.status}")


def _print_refresh(result: Any) -> None:
    screen = console()
    table = Table(title=f"Snapshot {result.snapshot}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "status", "new rows", "revised rows"):
        table.add_column(column, justify="right" if "rows" in column else "left")
    for row in result.datasets:
        counts = ("", "") if row.change is None else (str(row.change.added), str(row.change.changed_rows))
        table.add_row(row.name, row.status, *counts, style="red" if row.status == "failed" else "")
    screen.print(table)
    for message in dict.fromkeys(row.error.message for row in result.datasets if row.error is not None):
        screen.print(message, soft_wrap=True, markup=False)
    if not result.changed:
        screen.print("No new snapshot: nothing new was read.")


@app.command("log")
def data_log(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many attempts.")] = 20,
) -> None:
    """Attempts to refresh, the latest first, and when each data set was last read or failed."""
    from engine.refresh import attempts, last_read

    known = attempts()
    rows = list(last_read(known).values())
    if as_json:
        return print_json(
            {"attempts": [attempt.to_dict() for attempt in known[:limit]], "datasets": [row.to_dict() for row in rows]}
        )
    screen = console()
    table = Table(title=f"{len(known)} attempts on file", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("started (UTC)", "seconds", "by", "asked for", "outcome", "failed", "snapshot"):
        table.add_column(column)
    for attempt in known[:limit]:
        seconds = "" if attempt.seconds is None else f"{attempt.seconds:.1f}"
        failed = ", ".join(row.name for row in attempt.datasets if row.status == "failed")
        asked = "all" if attempt.asked is None else ", ".join(attempt.asked)
        outcome = f"{attempt.outcome}, partial" if attempt.partial else attempt.outcome
        cells = (f"{attempt.started:%Y-%m-%d %H:%M:%S}", seconds, attempt.by, asked, outcome, failed)
        table.add_row(*cells, attempt.snapshot or "")
    screen.print(table)
    reads = Table(title="Data sets", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "last read (UTC)", "last failure (UTC)", "reason"):
        reads.add_column(column)
    for row in rows:
        moments = ["" if at is None else f"{at:%Y-%m-%d %H:%M}" for at in (row.read, row.failed)]
        reads.add_row(row.name, *moments, "" if row.error is None else row.error.message)
    screen.print(reads)
    return None


@app.command("snapshots")
def data_snapshots(as_json: AsJson = False) -> None:
    """Stored snapshots, oldest first; the current one is marked."""
    from engine.refresh import history
    from engine.sources.snapshots import newest_id

    current = newest_id()
    rows = [
        {
            "id": manifest.id,
            "created_at": manifest.created_at,
            "parent": manifest.parent,
            "current": current.partition("+")[0] == manifest.id,
            "tables": len(manifest.entries),
            "bytes": sum(entry.bytes for entry in manifest.entries.values()),
        }
        for manifest in history()
    ]
    if as_json:
        return print_json({"current": current, "snapshots": rows})
    screen = console()
    table = Table(title=f"In use: {current}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("snapshot", "created", "tables", "size, MB"):
        table.add_column(column)
    for row in rows:
        mark = " (current)" if row["current"] else ""
        table.add_row(
            f"{row['id']}{mark}",
            str(row["created_at"])[:16],
            str(row["tables"]),
            f"{float(str(row['bytes'])) / 1e6:.1f}",
        )
    screen.print(table)
    return None


@app.command("diff")
def data_diff(
    old: Annotated[str, typer.Argument(help="Id of the older snapshot.")],
    new: Annotated[str, typer.Argument(help="Id of the newer one.")],
    only: Only = None,
    largest: Annotated[int, typer.Option(help="Revisions shown a table.")] = 10,
    as_json: AsJson = False,
) -> None:
    """What was added, removed and revised between two stored snapshots."""
    from engine.refresh import difference

    found = difference(old, new, only, largest=largest)
    if as_json:
        return print_json({"old": old, "new": new, "datasets": [diff.to_dict() for diff in found]})
    screen = console()
    table = Table(title=f"{old} to {new}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("table", "status", "added", "removed", "revised rows", "revised cells"):
        table.add_column(column)
    for diff in found:
        counts = (diff.added, diff.removed, diff.changed_rows, diff.changed_cells)
        table.add_row(diff.name, diff.status, *map(str, counts))
    screen.print(table)
    for diff in found:
        for change in diff.largest:
            size = "" if change.relative is None else f" ({change.relative:.4%})"
            key = " ".join(change.key)
            screen.print(f"{diff.name} {key} {change.column}: {change.old} to {change.new}{size}", soft_wrap=True)
    return None


@app.command("check")
def data_check(
    file: Annotated[
        Path, typer.Argument(help="Prices as CSV or Parquet: Date, Open, High, Low, Close, Adj Close, Volume, ...")
    ],
    frequency: Annotated[str, typer.Option(help="daily, weekly, hourly or 15min.")] = "daily",
    calendar: Annotated[str, typer.Option(help="MIC of the exchange (XNYS, XLON, ...); inferred if left out.")] = "",
    repair: Annotated[Path | None, typer.Option(help="Write the repaired table here.")] = None,
    log: Annotated[Path | None, typer.Option(help="Write every changed cell here, old and new.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="A newer copy of the same prices to compare returns with.")
    ] = None,
    stream: Annotated[
        bool | None,
        typer.Option(
            "--stream/--no-stream",
            help="Read Parquet piece by piece or at once; by itself, large files piece by piece.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that check a file read piece by piece.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Look for vendors' errors in a price table; repair what the table itself proves.

    Parquet files of more than 256 MB, and folders of Parquet files, are read piece by piece in bounded memory: the rows of a
    symbol must stand together in them.
    """
    from engine import integrity

    if stream or (stream is None and against is None and _large(file)):
        if against is not None:
            raise BadInput("bad_number", field="against", value=f"{against} beside --stream", accepted="one of the two")
        return _check_stream(file, frequency, calendar or None, repair, log, workers, as_json)
    table = _read_table(file, "file")
    report = integrity.check(table, frequency=frequency, calendar=calendar or None)
    found = report.to_dict()["findings"]
    if against is not None:
        newer = integrity.compare(table, _read_table(against, "against"), frequency=frequency)
        found += [{str(key): value for key, value in row.items()} for row in newer.to_dict("records")]
    if repair is not None:
        _write_table(report.repaired, repair, "repair")
    if log is not None:
        _write_table(report.log, log, "log")
    if as_json:
        print_json({"file": str(file), "rows": len(table), "cells_changed": len(report.log), "findings": found})
    else:
        _print_findings(file, found, len(table), len(report.log))
    return None


def _large(path: Path) -> bool:
    return path.is_dir() or (path.suffix.lower() in PARQUET and path.is_file() and path.stat().st_size > STREAMED_FROM)


def _check_stream(
    file: Path, frequency: str, calendar: str | None, repair: Path | None, log: Path | None, workers: int, as_json: bool
) -> None:
    """``data check`` piece by piece, with a bar on the error stream."""
    from rich.console import Console
    from rich.progress import Progress

    from engine import integrity

    if not file.is_dir() and file.suffix.lower() not in PARQUET:
        raise BadInput("table_file", field="file", value=file, reason="only Parquet can be read piece by piece")
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows checked", total=None)

        def step(done: integrity.Progress) -> None:
            text = f"{done.symbols:,} symbols, {done.findings:,} findings"
            bar.update(task, completed=done.rows, total=done.total, description=text)

        result = integrity.stream(
            file, frequency=frequency, calendar=calendar, repaired=repair, log=log, progress=step, workers=workers
        )
    if as_json:
        print_json({"file": str(file), **result.to_dict()})
    else:
        _print_findings(file, result.to_dict()["findings"], result.rows, result.cells_changed)


def _read_table(path: Path, field: str) -> pd.DataFrame:
    try:
        if path.suffix.lower() in PARQUET:
            return pd.read_parquet(path)
        return pd.read_csv(path, float_precision="round_trip", low_memory=False)
    except (OSError, ValueError) as error:  # pandas' and Arrow's own errors are ValueErrors
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise BadInput("table_file", field=field, value=path, reason=reason) from error


def _write_table(table: pd.DataFrame, path: Path, field: str) -> None:
    try:
        if path.suffix.lower() in PARQUET:
            table.to_parquet(path, index=False)
        else:
            table.to_csv(path, index=False)
    except OSError as error:
        raise BadInput("table_file", field=field, value=path, reason=error.strerror) from error


def _print_findings(file: Path, found: list[dict[str, Any]], rows: int, changed: int) -> None:
    screen = console()
    screen.print(f"{file}: {rows:,} rows, {len(found)} findings, {changed:,} cells repaired")
    if not found:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("kind", "severity", "ticker", "first", "last", "rows", "repaired", "evidence"):
        table.add_column(column, no_wrap=column in ("first", "last"))
    for row in found:
        evidence = ", ".join(f"{name} {value}" for name, value in row["evidence"].items())
        cells = [str(row[key] or "") for key in ("kind", "severity", "ticker", "first", "last", "rows")]
        table.add_row(*cells, "yes" if row["applied"] else "", evidence)
    screen.print(table)
    for sentence in dict.fromkeys(f"{row['kind']}: {row['repair']}" for row in found):
        screen.print(sentence, soft_wrap=True, style="dim")
