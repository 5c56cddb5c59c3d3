"""``data``: the data sets behind every answer."""

from __future__ import annotations

from typing import Any

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, print_json
from engine.errors import MissingData
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
