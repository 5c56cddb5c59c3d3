"""``data``: the data sets behind every answer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, print_json
from engine.errors import BadInput, MissingData
from engine.sources import snapshot_id, status

app = typer.Typer(no_args_is_help=True, help="The data sets behind every answer.")


@app.command("status")
def data_status(as_json: AsJson = False) -> None:
    """Every data set with its source, basis, dates and findings."""
    rows = status()
    snapshot = snapshot_id()
    if as_json:
        print_json({"snapshot": snapshot, "datasets": rows})
    else:
        _print_status(snapshot, rows)
    broken = [row for row in rows if row["error"]]
    if broken:
        raise typer.Exit(MissingData.exit_code)


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
    as_json: AsJson = False,
) -> None:
    """Look for vendors' errors in a price table; repair what the table itself proves."""
    from engine import integrity

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


def _read_table(path: Path, field: str) -> pd.DataFrame:
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pd.read_parquet(path)
        return pd.read_csv(path, float_precision="round_trip", low_memory=False)
    except (OSError, ValueError) as error:  # pandas' and Arrow's own errors are ValueErrors
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise BadInput("table_file", field=field, value=path, reason=reason) from error


def _write_table(table: pd.DataFrame, path: Path, field: str) -> None:
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
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
