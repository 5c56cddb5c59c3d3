"""``world``: the market portfolio of the world."""

from __future__ import annotations

from typing import Annotated

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, print_json, share

app = typer.Typer(no_args_is_help=True, help="The market portfolio of the world.")


@app.callback()
def _world() -> None:
    """Keep ``weights`` a verb of its own while it is the only one."""


@app.command("weights")
def world_weights(
    date: Annotated[str, typer.Option(help="YYYY-MM-DD; the latest with all four classes when empty.")] = "",
    vintage: Annotated[bool, typer.Option("--vintage", help="Only sizes published by the date.")] = False,
    scope: Annotated[str, typer.Option(help="full, investable, article or state_street.")] = "full",
    include: Annotated[str, typer.Option(help="Classes off by default, with commas: gold, private_equity, ...")] = "",
    pair: Annotated[
        str, typer.Option(help="Indices for infrastructure, A/B; GLIO 2022 over EPRA 2022 when empty.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Market weights of equity, bonds, real estate and infrastructure, each size dated and sourced."""
    from engine.world.sizes import weights

    extra = [item.strip() for item in include.split(",") if item.strip()]
    found = weights(date or None, vintage, scopes=scope, include=extra, pair=pair)
    if as_json:
        return print_json(found.to_dict())
    known = ", as published by then" if vintage else ""
    table = Table(title=f"{found.date}{known}, scope {scope}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("class", "weight", "USD trn", "kind", "sizes behind it"):
        table.add_column(column, justify="right" if column in ("weight", "USD trn") else "left")
    for name, weight in found.weights.items():
        behind = "; ".join(f"{item['index']} {item['as_of']}" for item in found.sources[name])
        table.add_row(name, share(weight), f"{found.sizes_usd_bn[name] / 1000:.1f}", found.kind[name], behind)
    screen = console()
    screen.print(table)
    screen.print(f"Total: USD {found.total_usd_bn / 1000:.1f} trn. Notes: {', '.join(found.notes)}")
    return None
