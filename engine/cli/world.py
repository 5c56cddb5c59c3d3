"""``world``: the market portfolio of the world, the equilibrium behind it, tilts around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, percent, print_json, share
from engine.errors import BadInput

if TYPE_CHECKING:
    from engine.world.tilt import Tilted

app = typer.Typer(no_args_is_help=True, help="World portfolio, equilibrium and tilts.")

CONTRACT = ("A", "B", "C", "D", "K", "T_z", "mean_price", "mean_demand_informed", "mean_demand_uninformed")
"""Keys on top of the JSON object that do not depend on a state; the next four do."""

OF_STATE = ("price", "demand_informed", "demand_uninformed", "clearing_residual")


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


@app.command("equilibrium")
def world_equilibrium(
    input_file: Annotated[Path, typer.Option("--input", help="JSON file: mu, sigma, sigma_eps, q_bar, sigma_q, ...")],
    as_json: AsJson = False,
) -> None:
    """Solve the noisy rational expectations equilibrium of a file; with s and q, one state of it."""
    from engine.world.equilibrium import solve_inputs
    from engine.world.inputs import read
    from engine.world.separation import separation

    inputs, s, q = read(read_json(input_file))
    found = solve_inputs(inputs)
    told = found.to_dict(s, q)
    state: Any = told["state"]
    first = {key: told.pop(key) for key in CONTRACT} | {key: state[key] if state else None for key in OF_STATE}
    whole = first | told | {"separation": separation(found).to_dict()}
    if as_json:
        return print_json(whole)
    return _print_equilibrium(whole)


@app.command("tilt")
def world_tilt(
    input_file: Annotated[Path, typer.Option("--input", help="JSON file of wishes: type, preferences, exclude, ...")],
    gold: Annotated[bool, typer.Option("--gold", help="Count gold into the market.")] = False,
    as_json: AsJson = False,
) -> None:
    """The market portfolio with the wishes of a file, inside their limits, and what the tilts cost."""
    from engine.world.blocks import assumptions, blocks
    from engine.world.tilt import tilt
    from engine.world.wishes import Wishes

    wishes = Wishes.from_dict(read_json(input_file))
    market, assumed = blocks(gold=gold), assumptions()
    found = tilt(
        wishes,
        market.weights,
        assumed.covariance,
        assumed.expected_return,
        riskless=assumed.cash_return,
    )
    basis = {
        "date": market.world.date.isoformat(),
        "assumptions_as_of": assumed.as_of.isoformat(),
        "assumptions_source": assumed.source,
    }
    if as_json:
        return print_json(basis | found.to_dict())
    return _print_tilt(found, basis)


def _print_tilt(found: Tilted, basis: dict[str, str]) -> None:
    title = f"{found.wishes.type}, market of {basis['date']}, assumptions of {basis['assumptions_as_of']}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("block", "market", "weight", "tilt", "of tracking error", "of cost, bp"):
        table.add_column(column, justify="left" if column == "block" else "right")
    told = found.to_dict()
    for name, weight in told["weights"].items():
        part = told["contributions"][name]
        figures = [f"{part['tracking_error']:.2%}", f"{1e4 * part['utility_cost']:.1f}"]
        table.add_row(name, share(told["market_weights"][name]), share(weight), percent(part["active"]), *figures)
    screen = console()
    screen.print(table)
    cost = f"cost in utility {1e4 * found.utility_cost:.1f} bp a year at risk aversion {found.gamma_priced:.2f}"
    screen.print(f"Tracking error {found.tracking_error:.2%} a year, {cost}.")
    if found.funds is not None:
        screen.print("Factor funds inside US equity: " + ", ".join(f"{k} {v:.1%}" for k, v in found.funds.items()))
    for item in found.relaxed:
        screen.print(f"Relaxed: {item.constraint}, asked {item.asked:.6g}, used {item.used:.6g}")
    if found.binding:
        screen.print(f"Binding: {', '.join(found.binding)}")
    for note in found.notes:
        figures = [f"{key} {_told(value)}" for key, value in note.items() if key != "code"]
        screen.print(f"{note['code']}: {', '.join(figures)}")


def _told(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def read_json(path: Path) -> object:
    """The JSON of a file; a key given twice is an error, since one of the two would be lost.

    Raises
    ------
    BadInput
        The file cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput("input_file", field="input", value=path.name, reason=str(error)) from error


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"key given twice: {next(key for key in keys if keys.count(key) > 1)}")
    return found


def _print_equilibrium(told: dict[str, Any]) -> None:
    screen = console()
    state = told["state"]
    table = Table(title="State" if state else "Means", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("asset", "price", "informed hold", "uninformed hold", "market weight", "uninformed weight"):
        table.add_column(column, justify="left" if column == "asset" else "right")
    keys = ("price", "demand_informed", "demand_uninformed")
    figures = [state[key] if state else told[f"mean_{key}"] for key in keys]
    weights = [(state or told)[f"weights_{who}"] or [None] * len(told["A"]) for who in ("market", "uninformed")]
    for row in zip(told["inputs"]["assets"], *figures, *weights, strict=True):
        table.add_row(row[0], *(f"{value:.6f}" for value in row[1:4]), *(share(value) for value in row[4:]))
    screen.print(table)
    apart = told["separation"]
    cases = ", ".join(apart["cases"]) or "none: the uninformed are tilted"
    screen.print(
        f"Uninformed hold the market: {cases}. Active share at means: {share(told['active_share']) or 'not defined'}"
    )
    for flag in [*told["findings"], *(state["findings"] if state else [])]:
        value = "" if flag["value"] is None else f" ({flag['value']:.6g})"
        screen.print(f"{flag['code']} {flag['asset']}{value}".rstrip())
