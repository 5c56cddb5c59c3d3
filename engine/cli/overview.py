"""``overview``: one line against its benchmark, as the first page says it; ``overview make`` renews its artifact."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from engine.cli.show import AsJson, console, percent, print_json, share
from engine.errors import BadInput

app = typer.Typer(invoke_without_command=True, help="One line against its benchmark; what is held today.")


@app.callback()
def overview(
    context: typer.Context,
    series: Annotated[str, typer.Option(help="Id of a registered line.")] = "ai_etf",
    benchmark: Annotated[str, typer.Option(help="sp500 or market.")] = "sp500",
    since: Annotated[str, typer.Option(help="First day of the period, YYYY-MM-DD; everything when empty.")] = "",
    currency: Annotated[str, typer.Option(help="USD or KRW.")] = "USD",
    fee: Annotated[float, typer.Option(help="Fund fee a year, decimal.")] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Ahead or behind, months beaten of twelve, worst fall, cost; and what is held today."""
    if context.invoked_subcommand:
        return
    from engine.overview import headline, today

    found = headline(series, benchmark=benchmark, since=_day(since), currency=currency, fee=fee)
    held = today()
    if as_json:
        return print_json(found.to_dict() | {"today": held.to_dict()})
    shown, screen = found.to_dict(), console()
    screen.print(
        f"{shown['series']} ({shown['kind']}) from {shown['first']} to {shown['last']}, {shown['frequency']}, {shown['currency']}"
    )
    screen.print(
        f"{percent(found.excess)} a year against {shown['benchmark']} ({share(shown['cagr'])} against {share(shown['benchmark_cagr'])})"
    )
    counts = shown["hits"]
    screen.print(
        f"months beaten of the last 12 whole ones: {counts['last_12']} (least {counts['least_12']}, most {counts['most_12']})"
    )
    screen.print(
        f"worst fall {percent(shown['max_drawdown'])}, S&P 500 total return {percent(shown['sp500_max_drawdown'])}"
    )
    screen.print(f"highest scores on {held.ranked_on}: " + ", ".join(f"{p.group} {p.ticker}" for p in held.picks))
    return None


@app.command("make")
def make(as_json: AsJson = False) -> None:
    """Rank the universe, solve the small account, and store both for the first page."""
    from engine.overview import make_today, save_today

    made = make_today()
    path = save_today(made)
    if as_json:
        return print_json(made.to_dict())
    console().print(f"written: {path.parent.name}/{path.name}, {made.snapshot}, ranked on {made.ranked_on}")
    return None


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise BadInput("bad_date", field="since", value=text) from error
