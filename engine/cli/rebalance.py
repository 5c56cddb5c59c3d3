"""``rebalance``: from the close of a session to signed order files; progress goes to stderr."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from engine.cli.show import AsJson, console, print_json
from engine.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Rebalance day: run, status, approve, replay.")

Products = Annotated[
    list[str] | None,
    typer.Option("--product", help="ai_momentum, forecast, ai_factor, passive, or a TOML file; all when left out."),
]
Day = Annotated[str, typer.Option("--date", help="Session, YYYY-MM-DD; the newest that has closed when left out.")]
RunId = Annotated[str, typer.Option("--run-id", help="A run; the newest when left out.")]
FeedFolder = Annotated[Path | None, typer.Option("--feed", help="Folder of a vendor's files with a control.json.")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="Leave a name out; may be repeated.")]
Overrides = Annotated[
    list[str] | None, typer.Option("--override", help="PRODUCT:GATE to let pass, with --note; may be repeated.")
]
Note = Annotated[str, typer.Option("--note", help="Why.")]

NOTHING: dict[str, Any] = {"run_id": None, "steps": [], "gates": [], "orders": []}


@app.command("run")
def rebalance_run(
    product: Products = None,
    day: Day = "",
    feed: FeedFolder = None,
    exclude: Exclude = None,
    override: Overrides = None,
    note: Note = "",
    runner: Annotated[str, typer.Option("--runner", help="Who runs it; the account's name when left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Run a session's rebalance, or go on with one that was interrupted."""
    from engine.rebalance import run

    job = _job(product, day, feed, exclude, override, note)
    found = run(job, runner=runner, tell=_tell)
    _show(found.to_dict(datetime.now(UTC)), as_json)


@app.command("status")
def rebalance_status(product: Products = None, day: Day = "", run_id: RunId = "", as_json: AsJson = False) -> None:
    """The newest run (of a product, of a session), and the runs before it."""
    from engine.rebalance import read, run_ids

    found = _chosen(run_id, product, day)
    history = run_ids()
    if found is None:
        return _show(NOTHING | {"runs": history}, as_json)
    return _show(read(found).to_dict(datetime.now(UTC)) | {"runs": history}, as_json)


@app.command("approve")
def rebalance_approve(
    product: Products = None,
    day: Day = "",
    run_id: RunId = "",
    approver: Annotated[str, typer.Option("--approver", help="Who approves; never who ran it.")] = "",
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """Sign the order files of a run, and write tickets, holdings, changes and the audit log."""
    from engine.rebalance import approve

    found = _chosen(run_id, product, day)
    if found is None:
        return _show(NOTHING, as_json)
    return _show(approve(found, approver, note=note).to_dict(datetime.now(UTC)), as_json)


@app.command("replay")
def rebalance_replay(
    product: Products = None,
    day: Day = "",
    run_id: RunId = "",
    feed: FeedFolder = None,
    exclude: Exclude = None,
    override: Overrides = None,
    note: Note = "",
    as_json: AsJson = False,
) -> None:
    """A dry run of a past session from what was known then, held against the run that is kept, if there is one."""
    from engine.rebalance import again, dry_run, latest, read, runs_dir
    from engine.rebalance.compare import differences

    kept = run_id or (None if day else latest(product=product[0] if product else ""))
    if not kept and not day:
        return _show(NOTHING | {"identical": None, "differences": None}, as_json)
    stored = read(kept) if kept else None
    if stored is not None:
        job = again(stored.told, runs_dir())
    else:
        job = _job(product, day, feed, exclude, override, note)
        other = latest(product=product[0] if product else "", day=job.day.isoformat())
        stored = read(other) if other else None
    found = dry_run(job, tell=_tell)
    told = differences(stored, found) if stored else None
    compared = {"identical": None if told is None else told["same"], "stored": stored.run_id if stored else None}
    return _show(found.to_dict() | compared | {"differences": told}, as_json)


def _job(
    product: list[str] | None,
    day: str,
    feed: Path | None,
    exclude: list[str] | None,
    override: list[str] | None,
    note: str,
) -> Any:
    from engine.rebalance import Override, plan

    passes = []
    for text in override or ():
        key, colon, gate = text.partition(":")
        if not colon:
            raise BadInput("wrong_form", field="override", value=text, accepted="PRODUCT:GATE")
        passes.append(Override(key, gate, note))
    chosen = [one for text in product or () for one in text.split(",") if one]
    return plan(chosen, _day(day), feed=feed, exclude=exclude or (), overrides=passes)


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("bad_date", field="date", value=text) from error


def _chosen(run_id: str, product: list[str] | None, day: str) -> str | None:
    from engine.rebalance import latest

    if run_id:
        return run_id
    _day(day)
    return latest(product=product[0] if product else "", day=day)


def _tell(step: str, moment: str) -> None:
    if moment in ("begins", "kept"):
        Console(stderr=True).print(f"{step}: {moment}", style="dim")


def _show(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return print_json(told)
    screen = console()
    if told["run_id"] is None:
        screen.print("No run is kept.")
        return None
    here = told["window"]
    screen.print(f"{told['run_id']}: close {here['close']['new_york']} ({here['close']['seoul']} in Seoul), next open "
                 f"{here['next_open']['new_york']} ({here['next_open']['seoul']}).", soft_wrap=True)  # fmt: skip
    steps = ", ".join(
        f"{step['name']} {step['status']}" + (f" {step['seconds']:.2f} s" if step["seconds"] is not None else "")
        for step in told["steps"]
    )
    screen.print(steps, soft_wrap=True)
    for found in told["gates"]:
        if found["state"] != "passed":
            ways = f" ({', '.join(found['remedies'])})" if found["remedies"] else ""
            screen.print(f"{found['product'] or 'run'}, {found['name']}: {found['state']}. {found['reason']}{ways}",
                         soft_wrap=True)  # fmt: skip
    if "identical" in told:
        same = {
            None: "No run is kept to compare with.",
            True: "Equal to the run that is kept.",
            False: "Differs from the run that is kept.",
        }
        screen.print(same[told["identical"]])
    if told["orders"]:
        table = Table(title=f"{len(told['orders'])} orders, US dollars", title_justify="left", box=box.SIMPLE_HEAD)
        for column in ("product", "ticker", "shares", "price"):
            table.add_column(column, justify="right" if column in ("shares", "price") else "left")
        for order in told["orders"]:
            table.add_row(order["product"], order["ticker"], f"{order['shares']:+,}", f"{order['price']:,.2f}")
        screen.print(table)
    return None
