"""The same answers without the dashboard: ``python -m engine VERB``, with ``--json`` for machines.

Exit codes: 0 success, 2 bad input, 3 data missing or a source unavailable, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import typer

from engine.cli import allocate, backtest, crises, data, factors, momentum, overview, rebalance, universe, world
from engine.cli.show import print_json
from engine.errors import BadInput, LodestarError
from engine.sources import using

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(data.app, name="data")
app.add_typer(factors.app, name="factors")
app.add_typer(universe.app, name="universe")
app.add_typer(world.app, name="world")
app.add_typer(allocate.app, name="allocate")
app.add_typer(backtest.app, name="backtest")
app.add_typer(momentum.app, name="momentum")
app.add_typer(overview.app, name="overview")
app.add_typer(rebalance.app, name="rebalance")
app.command("audit")(factors.audit)
app.command("crises")(crises.crises)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code; errors as a sentence, and as JSON when asked for."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        with using():  # one snapshot for the whole run, whatever is refreshed meanwhile
            app(given, prog_name="python -m engine")
    except LodestarError as error:
        _print_error(error, as_json=as_json)
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        if leaving.code == BadInput.exit_code and as_json:
            _print_error(BadInput("bad_command", field="command", value=" ".join(given)), as_json=True)
        raise
    sys.exit(0)


def _print_error(error: LodestarError, *, as_json: bool) -> None:
    print(error.message, file=sys.stderr)
    if as_json:
        print_json({"error": error.to_dict()})
