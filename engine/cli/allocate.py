"""``allocate``: what an account can really buy, with a proof; ``allocate curve`` for many sizes of account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, number, print_json, share
from engine.errors import BadInput
from engine.sources import snapshot_id

if TYPE_CHECKING:
    from engine.allocation import Answer, Question

app = typer.Typer(invoke_without_command=True, help="Whole shares that come nearest to a model portfolio.")

Account = Annotated[str, typer.Option(help="Amount in the currency.")]
Currency = Annotated[str, typer.Option(help="USD or KRW.")]
Rate = Annotated[str, typer.Option("--fx", help="Won a dollar; the last row of the table of rates when empty.")]
Model = Annotated[
    str, typer.Option(help="world, world11, seed4, eq3, costly9, cautious13 or FILE.csv (ticker, weight).")
]
Choice = Annotated[str, typer.Option(help="all, ranked or curated.")]
Method = Annotated[str, typer.Option("--covariance", help="measured or assumptions.")]
Broker = Annotated[str, typer.Option("--profile", help="plain or korea.")]
Lines = Annotated[int | None, typer.Option(help="Most funds in the basket.")]
Trades = Annotated[int | None, typer.Option(help="Most funds bought or sold.")]
Fractional = Annotated[bool, typer.Option("--fractional", help="Units of 0.001 share, orders of at least one dollar.")]
Holdings = Annotated[str, typer.Option(help="CSV file of what is held: ticker, shares.")]
NoSell = Annotated[bool, typer.Option("--no-sell", help="Never fewer shares than held.")]
Forbid = Annotated[str, typer.Option(help="Funds that may not be bought, with commas.")]
Require = Annotated[str, typer.Option(help="Funds that must be held, with commas.")]
MinimumOrder = Annotated[float, typer.Option(help="Least value of an order, dollars.")]
CashMax = Annotated[float, typer.Option(help="Largest share left in cash, decimal.")]
Tolerance = Annotated[float, typer.Option(help="Tracking error to give up for fewer lines and lower cost, decimal.")]


@app.callback()
def allocate(
    context: typer.Context,
    account: Account = "",
    currency: Currency = "USD",
    fx: Rate = "",
    model: Model = "world",
    universe: Choice = "all",
    covariance: Method = "measured",
    profile: Broker = "plain",
    max_lines: Lines = None,
    max_trades: Trades = None,
    fractional: Fractional = False,
    holdings: Holdings = "",
    no_sell: NoSell = False,
    forbid: Forbid = "",
    require: Require = "",
    minimum_order: MinimumOrder = 0.0,
    cash_max: CashMax = 1.0,
    tolerance: Tolerance = 0.0,
    as_json: AsJson = False,
) -> None:
    """Whole shares that come nearest to a model portfolio."""
    if context.invoked_subcommand is not None:
        if account:
            raise BadInput("bad_command", field="command", value="options before curve")
        return None
    from engine.allocation import answer

    found = answer(_question(context.params))
    return print_json(_told(found)) if as_json else _print(found)


@app.command("curve")
def curve(
    context: typer.Context,
    account: Account = "",
    currency: Currency = "USD",
    fx: Rate = "",
    model: Model = "world",
    universe: Choice = "all",
    covariance: Method = "measured",
    profile: Broker = "plain",
    max_lines: Lines = None,
    max_trades: Trades = None,
    fractional: Fractional = False,
    holdings: Holdings = "",
    no_sell: NoSell = False,
    forbid: Forbid = "",
    require: Require = "",
    minimum_order: MinimumOrder = 0.0,
    cash_max: CashMax = 1.0,
    tolerance: Tolerance = 0.0,
    points: Annotated[int, typer.Option(help="Sizes of account from USD 50 to USD 1,000,000.", min=2, max=200)] = 25,
    as_json: AsJson = False,
) -> None:
    """Tracking error with its bound, resolution, cash and lines by size of account; the account itself is not used."""
    import numpy as np

    from engine.allocation.curve import LEAST, MOST
    from engine.allocation.curve import curve as many

    if holdings:
        raise BadInput("bad_command", field="command", value="holdings with curve")
    asked = _question(context.params | {"account": "1000", "currency": "USD"})
    found = many(asked.case, [float(size) for size in np.geomspace(LEAST, MOST, points)])
    told = _head(asked) | {"points": [point.to_dict() for point in found]}
    if as_json:
        return print_json(told)
    table = Table(title=f"{asked.model}, {asked.universe} funds", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("account, USD", "tracking error, bp", "at least, bp", "resolution", "cash", "lines", "basket"):
        table.add_column(column, justify="right")
    for point in found:
        errors = (number(point.tracking_error * 1e4), number(point.lower_bound * 1e4))
        mark = "* " if point.changed else ""
        table.add_row(
            f"{point.account:,.0f}",
            *errors,
            share(point.resolution),
            share(point.cash_weight),
            str(point.lines),
            mark + point.character,
        )
    return console().print(table)


def _question(given: dict[str, Any]) -> Question:
    from engine.allocation import PROFILES, question
    from engine.allocation.models import read_shares

    if given["profile"] not in PROFILES:
        raise BadInput("unknown_choice", field="profile", value=given["profile"], accepted=", ".join(PROFILES))
    options: dict[str, Any] = {
        name: given[name] for name in ("max_lines", "max_trades", "fractional", "no_sell", "cash_max", "tolerance")
    }
    options["minimum_order"] = max(given["minimum_order"], 1.0) if given["fractional"] else given["minimum_order"]
    if given["holdings"]:
        options["holdings"] = read_shares(Path(given["holdings"]), "holdings", "shares")
    for option, rule in (("require", "required"), ("forbid", "forbidden")):
        if given[option]:
            options[rule] = tuple(name.strip().upper() for name in given[option].split(","))
    return question(
        _amount("account", given["account"]),
        currency=given["currency"].upper(),
        fx=_amount("fx", given["fx"]) if given["fx"] else None,
        model=given["model"],
        universe=given["universe"],
        method=given["covariance"],
        profile=PROFILES[given["profile"]],
        **options,
    )


def _amount(field: str, text: str) -> float:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        raise BadInput("bad_number", field=field, value=text or "nothing", accepted="an amount above zero") from None


def _head(asked: Question) -> dict[str, Any]:
    return {
        "snapshot": snapshot_id(),
        "model": asked.model,
        "universe": asked.universe,
        "covariance": asked.covariance,
        "fx": asked.fx,
        "fx_as_of": asked.fx_as_of or None,
        "prices_as_of": str(asked.funds.price_dates.min().date()),
    }


def _told(found: Answer) -> dict[str, Any]:
    from engine.allocation import sentences

    asked = found.question
    return (
        _head(asked)
        | {"account": asked.account, "currency": asked.currency}
        | found.allocation.to_dict()
        | {
            "explanation": sentences(found.facts),
            "facts": [fact.to_dict() for fact in found.facts],
            "ticket": found.ticket.to_dict(),
            "rates_not_known": list(asked.profile.unknown),
        }
    )


def _print(found: Answer) -> None:
    from engine.allocation import sentences

    asked, money = found.question, found.allocation
    table = Table(box=box.SIMPLE_HEAD)
    for column in ("fund", "order", "price, USD", "of", "value, USD", "cost, USD"):
        table.add_column(column, justify="left" if column == "fund" else "right")
    for order in found.ticket.orders:
        mark = " (delisted)" if order.delisted else ""
        figures = (f"{order.price:,.2f}", str(order.price_date or ""), f"{order.value:,.2f}", f"{order.cost:,.3f}")
        table.add_row(order.ticker + mark, f"{order.shares:+g}", *figures)
    screen = console()
    screen.print(f"{asked.model}, USD {money.account:,.2f} (USD/KRW {asked.fx:,.2f}). A worked example, no advice.")
    screen.print(table)
    for text in sentences(found.facts):
        screen.print(text)
    screen.print(f"{money.status}, {money.seconds:.2f} s; cash left USD {found.ticket.cash_left:,.2f}.")
    for note in money.notes:
        screen.print(f"note: {note.to_dict()}")
