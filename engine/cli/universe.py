"""``universe``: which ETFs may be held, which is best in its group, and what stands in for a dear share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, number, print_json, share
from engine.errors import BadInput, MissingData
from engine.sources import snapshot_id

if TYPE_CHECKING:
    from engine.universe import Universe

app = typer.Typer(no_args_is_help=True, help="The ETF universe: screen, rank, substitutes.")

Active = Annotated[bool, typer.Option("--allow-active", help="Let funds without an index pass.")]
Futures = Annotated[bool, typer.Option("--allow-commodity-futures", help="Let commodity futures funds pass.")]
Own = Annotated[str, typer.Option(help="CSV file with own rows.")]
NoHedged = Annotated[bool, typer.Option("--no-currency-hedged", help="Drop currency-hedged bond funds.")]


@app.command("screen")
def screen(
    active: Active = False,
    futures: Futures = False,
    no_hedged: NoHedged = False,
    own: Own = "",
    as_json: AsJson = False,
) -> None:
    """Every excluded fund with its reasons, and contradictions between flags and behaviour."""
    from engine import universe as room

    settings = room.ScreenSettings(
        allow_active=active, allow_commodity_futures=futures, allow_currency_hedged=not no_hedged
    )
    found = room.screen(_known(own), settings)
    if as_json:
        return print_json({"snapshot": snapshot_id()} | found.to_dict())
    table = Table(title=f"{len(found.passing)} funds pass", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("excluded", "reasons"):
        table.add_column(column)
    for ticker, reasons in found.excluded.items():
        table.add_row(ticker, ", ".join(reason.code for reason in reasons))
    screen = console()
    screen.print(table)
    for item in found.contradictions:
        screen.print(f"{item.ticker}: flagged {item.flagged}, found {item.found.code} {number(item.found.value)}")
    return None


@app.command("rank")
def rank(
    group: Annotated[str, typer.Option(help="One peer group; all when empty.")] = "",
    weights: Annotated[str, typer.Option(help="fee=.3,tracking=.25,spread=.2,top10=.15,turnover=.1")] = "",
    tracking: Annotated[str, typer.Option(help="error or difference.")] = "error",
    measured_only: Annotated[bool, typer.Option("--measured-only", help="Rank on measured inputs only.")] = False,
    active: Active = False,
    futures: Futures = False,
    no_hedged: NoHedged = False,
    own: Own = "",
    as_json: AsJson = False,
) -> None:
    """Weighted ranks within peer groups, with the probability of being first."""
    from engine import universe as room

    settings = room.ScreenSettings(
        allow_active=active, allow_commodity_futures=futures, allow_currency_hedged=not no_hedged
    )
    found = room.ranked(
        read_weights(weights) if weights else room.DEFAULT_WEIGHTS,
        settings=settings,
        tracking=tracking,  # type: ignore[arg-type]
        measured_only=measured_only,
        known=_known(own),
    )
    told = found.to_dict(group or None)
    if as_json:
        return print_json({"snapshot": snapshot_id()} | told)
    table = Table(title="Best first inside each group", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("group", "fund", "rank", "score", "first in", "inputs known"):
        table.add_column(column, justify="left" if column in ("group", "fund") else "right")
    for row in told["funds"]:
        known = sum(item["kind"] != "missing" for item in row["inputs"].values())
        place = "" if row["rank"] is None else str(row["rank"])
        table.add_row(row["group"], row["ticker"], place, number(row["score"]), share(row["p_first"]), str(known))
    screen = console()
    screen.print(table)
    counts = ", ".join(f"{count} {kind}" for kind, count in told["inputs_of_each_kind"].items())
    screen.print(f"Inputs: {counts}. {len(told['excluded'])} funds are excluded: see universe screen.")
    return None


@app.command("substitutes")
def substitutes(
    ticker: Annotated[str, typer.Argument(help="The dear share.")],
    own: Own = "",
    as_json: AsJson = False,
) -> None:
    """Cheaper shares that move like this one; none when none does."""
    from engine import universe as room

    known = _known(own)
    found = room.substitutes(known, ticker, room.screen(known).passing)
    if as_json:
        return print_json({"snapshot": snapshot_id()} | found.to_dict())
    screen = console()
    if not found.found:
        screen.print(f"No cheaper share moves like {found.ticker} (USD {found.price:,.2f}).")
    table = Table(title=f"{found.ticker}, USD {found.price:,.2f}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("fund", "price", "correlation", "difference a year", "fee difference", "verdict"):
        table.add_column(column, justify="left" if column in ("fund", "verdict") else "right")
    for item in (*found.found, *found.others):
        fee = f"{item.fee_difference * 100:+.2f} points"
        moves = (f"{item.price:,.2f}", f"{item.correlation:.4f}", share(item.tracking_volatility), fee)
        table.add_row(item.ticker, *moves, item.verdict)
    if table.rows:
        screen.print(table)
    return None


def read_weights(text: str) -> dict[str, float]:
    """Weights from ``name=number`` pairs.

    Raises
    ------
    BadInput
        A pair cannot be read, or a name comes twice.
    """
    found: dict[str, float] = {}
    for pair in text.split(","):
        name, _, value = (part.strip() for part in pair.partition("="))
        if name in found:
            raise BadInput("bad_number", field=f"weights.{name}", value=value, accepted="one weight for each criterion")
        try:
            found[name] = float(value)
        except ValueError as error:
            raise BadInput(
                "bad_number", field=f"weights.{name}", value=value or "nothing", accepted="a number"
            ) from error
    return found


def _known(own: str) -> Universe:
    from engine import universe as room

    if not own:
        return room.universe()
    try:
        content = Path(own).read_bytes()
    except OSError as error:
        raise MissingData("missing_file", field="own", value=own) from error
    name = Path(own).name
    return room.with_own(room.universe(), room.read_funds(content, field=name), field=name)
