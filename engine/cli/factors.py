"""``factors`` and ``audit``: AI factor weights and their look-ahead audit."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from engine.cli.show import AsJson, console, number, percent, print_json, share
from engine.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="AI factor weights.")


@app.command("train")
def factors_train(
    universe: Annotated[str, typer.Option(help="full, large_cap, factor_etf, or all.")] = "all",
    seeds: Annotated[int, typer.Option(help="Networks an ensemble.", min=1, max=64)] = 8,
    as_json: AsJson = False,
) -> None:
    """Train the default AI and write its artifact; an interrupted run resumes."""
    from rich.progress import Progress

    from engine.factors.sleeves import UNIVERSES
    from engine.factors.train import train

    done = []
    with Progress(console=Console(stderr=True)) as bar:
        for name in UNIVERSES if universe == "all" else (universe,):
            task = bar.add_task(name, total=1.0)
            made = train(name, seeds, partial(_tell, bar, task, name))
            bar.update(task, completed=1.0, description=name)
            done.append(
                {"universe": name, "seconds": made.report["provenance"]["seconds"], "headline": made.report["headline"]}
            )
    if as_json:
        print_json({"trained": done})


@app.command("refit")
def factors_refit(as_json: AsJson = False) -> None:
    """Fit the factor-ETF policy for the current year on the newest snapshot; it takes the newest decision on."""
    from engine.factors.refit import refit

    made = refit()
    if as_json:
        return print_json(made.to_dict())
    console().print(
        f"Fitted for January {made.year} on returns to {made.learned:%Y-%m}; decides from {made.since} on. "
        f"Snapshot {made.snapshot}; decisions before stay as they were taken."
    )
    return None


@app.command("weights")
def factors_weights(
    universe: Annotated[str, typer.Option(help="full, large_cap or factor_etf.")] = "full",
    date: Annotated[str, typer.Option(help="A month of the record, YYYY-MM-DD; the newest when empty.")] = "",
    as_json: AsJson = False,
) -> None:
    """Weights of the AI at a month end, and why."""
    from engine.factors.results import weights_on

    found = weights_on(universe, date)
    if as_json:
        return print_json(found)
    table = Table(title=f"{universe}, {found['date']}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("sleeve", "weight", "month before", "equal weight"):
        table.add_column(column, justify="left" if column == "sleeve" else "right")
    for name, weight in found["weights"].items():
        before = (found["previous"] or {}).get(name)
        table.add_row(name, share(weight), share(before), share(found["equal_weight"][name]))
    screen = console()
    screen.print(table)
    for row in found["contributions"][:8]:
        largest = max(row["contribution"].items(), key=lambda item: abs(item[1]))
        screen.print(f"{row['feature']} ({row['value']:+.1f} deviations): {largest[0]} {percent(largest[1])}")
    for sentence in _age(found):
        screen.print(sentence)
    return None


def _age(found: dict[str, Any]) -> list[str]:
    """What a reader must know beside the weights."""
    told = [f"{found['basis']}; held in {found['holds']}; snapshot {found['snapshot']}"]
    fit = found["fit"]
    if fit and fit["due"] and found["runs_on"]:
        told.append(
            f"The model was last fitted for January {fit['year']} (returns to {fit['learned'][:7]}) and not since: {fit['months']} months. "
            "A refit is due: python -m engine factors refit fits it on the newest snapshot, in seconds."
        )
    elif fit:
        told.append(f"The model was last fitted for January {fit['year']} (returns to {fit['learned'][:7]}).")
    if not found["runs_on"]:
        told.append("Its inputs end with the bundled data: a refresh does not carry it on.")
    if found["unknown"]:
        told.append(f"Unknown, counted as their mean: {', '.join(found['unknown'])}.")
    if found["limit"]:
        told.append(
            f"{found['limit']['dataset']} allows decisions to {found['limit']['last']} only; prices reach {found['limit']['prices']}."
        )
    return told


@app.command("report")
def factors_report(
    universe: Annotated[str, typer.Option(help="full, large_cap or factor_etf.")] = "full",
    least: Annotated[float, typer.Option(help="Least weight of a sleeve, decimal.")] = 0.0,
    most: Annotated[float, typer.Option(help="Most weight of a sleeve, decimal.")] = 1.0,
    tracking_error: Annotated[float | None, typer.Option(help="Most expected tracking error a year, decimal.")] = None,
    as_json: AsJson = False,
) -> None:
    """The evidence: the AI beside its rivals, with intervals, trials and stresses; bounds add a bounded AI."""
    from engine.factors.results import bounded_price, report

    found = report(universe)
    if (least, most, tracking_error) != (0.0, 1.0, None):
        price = bounded_price(universe, least=least, most=most, tracking_error=tracking_error)
        bounds = {"least": least, "most": most, "tracking_error": tracking_error}
        found = found | {
            "bounds": bounds,
            "strategies": found["strategies"] | {"ai_bounded": price.defended.to_dict()},
        }
    if as_json:
        return print_json(found)
    span = f"{found['period']['first']} to {found['period']['last']}, {found['cost_bp']:g} bp per trade"
    table = Table(title=f"{universe}, {span}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("strategy", "return", "Sharpe", "hit ratio", "information ratio", "worst fall", "turnover"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for name, row in found["strategies"].items():
        figures = (number(row["sharpe"]), share(row["hit_ratio"]), number(row["information_ratio"]))
        table.add_row(name, share(row["annual_return"]), *figures, percent(row["max_drawdown"]), share(row["turnover"]))
    screen = console()
    screen.print(table)
    screen.print(f"{found['headline']} {found['trials']} trials, deflated Sharpe {found['deflated_sharpe']:.2f}.")
    return None


def audit(
    quick: Annotated[bool, typer.Option("--quick", help="One cut, one universe, three shuffles.")] = False,
    store: Annotated[bool, typer.Option("--store", help="Keep the result for the data health page.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look-ahead audit: truncation, poison, planted leaks, shuffled labels; minutes."""
    from engine.factors import audit as room

    if store and quick:
        raise BadInput("unknown_choice", field="--store", value="--quick", accepted="the whole audit")
    tell = Console(stderr=True)
    settings: dict[str, Any] = {"cuts": room.CUTS[1:2], "universes": ("full",), "shuffles": 3} if quick else {}
    found = room.run(progress=lambda step: tell.print(step, style="dim"), **settings)
    if store:
        from engine.health import store_audit

        store_audit(found.to_dict())
    if as_json:
        print_json(found.to_dict())
    else:
        screen = console()
        screen.print(
            f"Truncation moved a past weight by at most {found.truncation_max_diff:.1e}; poison by {found.poison_max_diff:.1e}."
        )
        screen.print(
            f"Past values rewritten: {found.rewritten}. Shuffled labels: {found.shuffled_hit_ratio:.1%} of months won."
        )
        for leak in found.leaks:
            screen.print(f"planted leak {leak.name}: {'caught' if leak.caught else 'MISSED'}")
    if not found.passed:
        raise typer.Exit(1)


def _tell(bar: Any, task: Any, universe: str, step: str, share: float) -> None:
    bar.update(task, completed=share, description=f"{universe}: {step}")
