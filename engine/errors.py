"""What can go wrong, as data.

Every error names the field, the value and what would be accepted. The English sentence is
built here from a template; the dashboard translates by ``code``.
"""

from __future__ import annotations

from typing import Any, ClassVar

MESSAGES: dict[str, str] = {
    # input
    "unknown_choice": "{field}: '{value}' is not known. Accepted: {accepted}.",
    "empty_choice": "{field}: nothing is chosen. Choose at least one.",
    "bad_date": "{field}: '{value}' is not a date. Write it as YYYY-MM-DD.",
    "missing_end": "{field}: a range needs both a start and an end; only '{value}' was given.",
    "range_reversed": "{field}: {value} ends before it begins. The end must come after the start.",
    "range_too_short": "{field}: {value} is one day long. Choose an end at least one session later.",
    "range_outside": "{field}: {value} lies outside the data, which cover {first} to {last}.",
    "bad_number": "{field}: {value} is not accepted. Accepted: {accepted}.",
    "bad_index": "{field}: the dates must be unique, increasing and without time zone; the problem is at {value}.",
    "missing_value": "{field}: no value on {value}. Give a number for every date.",
    "not_aligned": "{field}: dates differ from the other series; first difference at {value}.",
    "basis_mismatch": (
        "{field}: {value} cannot be compared with {other}: one is a price index, the other a total return. "
        "Dividends would be counted on one side only. Compare two series of the same basis."
    ),
    "frequency_mismatch": "{field}: {value} cannot be compared with {other} at different frequencies.",
    "currency_mismatch": "{field}: {value} cannot be compared with {other} in different currencies.",
    "own_benchmark": "{field}: {value} is the benchmark itself. Choose another series or another benchmark.",
    "no_overlap": "{field}: {value} and {other} share no dates here (one starts {first}, one ends {last}). Choose lines that overlap, or a longer period.",
    "config_file": "{field}: {value} cannot be read ({reason}).",
    "never_trades": "{field}: {value} never has the history it needs in this period, so nothing would be traded. Accepted: {accepted}, or a shorter window.",
    "period_short": "{field}: {value} dates found. Accepted: at least {accepted}.",
    "ruined": "{field}: nothing is left on {value}; more was lost or paid out than there was. Lower the leverage, the cost or the withdrawals.",
    "no_opens": "{field}: fill '{value}' needs the opening prices. Pass opens with the same dates and columns as prices.",
    "bad_command": "{field}: '{value}' is not accepted. Run python -m engine --help for what is.",
    "sweep_point": "{field}: failed at {value}: {reason}",
    "sweep_cancelled": "{field}: stopped after {value} of {total} points. The finished rows are in the error's done.",
    "sweep_cancelled_kept": "{field}: stopped after {value} of {total} points. They are kept in {folder}; the same call goes on from there.",
    "sweep_folder": "{field}: {value} cannot keep this sweep: {reason}. Choose an empty folder.",
    "sweep_unfinished": "{field}: {value} of {total} points are finished. Run the same sweep into this folder again.",
    "cluster_silent": "{field}: no Dask scheduler answers at {value} ({reason}). Start it, or leave {field} out to compute here.",
    "cluster_empty": "{field}: the Dask scheduler at {value} has no worker. Start one, or leave {field} out to compute here.",
    "cluster_lost": "{field}: the Dask cluster at {value} was lost ({reason}). Finished points are kept if the sweep has an out folder.",
    "refit_not_due": "{field}: the policy in use is the one fitted for January {value}. The next is for January {accepted}, once a weight is decided for it.",
    "history_too_short": "{field}: {value} are too few to learn from. Accepted: at least {accepted} months.",
    "constant_feature": "{field}: '{value}' never changes, so nothing can be learned from it. Leave it out or mend its source.",
    # momentum
    "fund_rules_names": "{field}: {value}. The fund rules (10 % an issuer, at most 40 % together in positions above 5 %) cannot be kept with fewer than {accepted} names.",
    "momentum_history": "{field}: {value} names, but none with enough history to be ranked. Accepted: {accepted}.",
    # rebalance day
    "look_ahead": "{field}: {value} holds figures that became known on {known}, after {day}. Nothing is decided with them: mend the rule by which they are cut.",
    "feed_file": "{field}: {value} cannot be used ({reason}). Ask the vendor again, or go on with the holdings as they are.",
    "feed_future": "{field}: the newest prices are of {value}, after the session {day}. The file is of another day.",
    "note_missing": "{field}: a note is needed to pass the gate '{value}'. Say why.",
    "run_busy": "{field}: {value} has been at work on this run since {since}. Wait for it, or end that process.",
    "run_unknown": "{field}: there is no run '{value}'. See python -m engine rebalance status.",
    "run_unwritable": "{field}: {value} cannot be written ({reason}). Check space and permissions, or set LODESTAR_RUNS.",
    "approver_missing": "{field}: '{value}' is no name. Give the name of the person who approves.",
    "approver_same": "{field}: {value} started this run. Somebody else must approve it.",
    "approval_early": "{field}: run {value} cannot be approved: {reason}.",
    "order_files_changed": "{field}: {value} is not the file that the run made. Run the product again; a signature on it would not hold.",
    # uploaded files
    "upload_too_large": "{field}: {value} is too large. Accepted: up to {accepted}.",
    "upload_unreadable": "{field}: {value} cannot be read as a CSV table. Accepted: UTF-8 (or CP949) text, a date column and a value column.",
    "upload_header": "{field}: the first line holds data ({value}), not names. Put a header line such as date,value above it.",
    "upload_month_end": "{field}, row {row}: {value} is not a month end. Give monthly prices of the month end, or write the month as YYYY-MM.",
    "upload_columns": "{field}: {value} columns found. Accepted: exactly two, a date and a value.",
    "upload_assets": "{field}: {value} columns found. Accepted: a date column and one column an asset, each with a name.",
    "upload_too_short": "{field}: {value} rows found. Accepted: at least {accepted}.",
    "upload_date": "{field}, row {row}: '{value}' is not a date. Write dates as YYYY-MM-DD.",
    "upload_order": "{field}, row {row}: {value} does not come after the row above. Dates must be unique and increasing.",
    "upload_number": "{field}, row {row}: '{value}' is not a number. Every row needs one; nothing is filled in.",
    "upload_sign": "{field}, row {row}: {value} is not a price. Prices are above zero.",
    "upload_return": "{field}, row {row}: a return of {value} is not possible or not in the unit chosen. Accepted: above -100 %, and as {accepted}.",
    "upload_frequency": "{field}: the dates are about {value} days apart. Accepted: daily or monthly data without gaps.",
    # checks of tables
    "column_twice": "{field}: the column {value} comes twice. Give every column one name.",
    "not_a_number": "{field}, row {row}: '{value}' is not a number. Accepted: a number, or a blank for a missing one.",
    "mixed_zones": "{field}, row {row}: {value} does not go with the time zone of the other rows. Accepted: dates of one exchange a ticker, all with a zone or all without.",
    "blank_symbol": "{field}, row {row}: the symbol is blank. Give every row the symbol it belongs to.",
    "symbols_mixed": "{field}, row {row}: rows of {value} come again after those of another symbol. A file that is read piece by piece needs the rows of each symbol together: sort it by symbol, then by date.",
    "table_file": "{field}: {value} cannot be used ({reason}). Accepted: a CSV or Parquet file.",
    # stories
    "story_count": "{field}: {value} entries found. Accepted: {accepted}.",
    "story_missing": "{field} is missing. Needed: {accepted}.",
    "story_long": "{field}: {value} characters. Accepted: at most {accepted}.",
    "story_braces": "{field}: '{value}' is no placeholder. Accepted: the name of a figure in braces, in small letters.",
    # universe
    "weights_zero": "{field}: {value}. Accepted: at least one weight above zero.",
    "no_funds": "{field}: {value}. Accepted: at least one fund.",
    "duplicate_ticker": "{field}: {value} comes twice. Give every fund one row.",
    "missing_column": "{field}: the column is missing in the {value}. Accepted columns: {accepted}.",
    "bad_decimal": "{field}: {value} is not accepted. Accepted: a decimal from {accepted} (0.0003 = 0.03 %).",
    "unknown_ticker": "{field}: '{value}' is not in the universe of {accepted} funds. Accepted: a ticker of its table, for example SPY.",
    "unknown_group": "{field}: '{value}' holds no fund that passes the screen. Accepted: {accepted}.",
    "no_price": "{field}: the price of {value} is not known, so no share can be called cheaper.",
    "upload_rows": "{field}: {value} rows found. Accepted: {accepted}.",
    "upload_no_table": "{field}: {value} cannot be read as a CSV table. Accepted: UTF-8 (or CP949) text, a header line with ticker, one row a fund.",
    "upload_duplicate": "{field}, row {row}: {value} comes twice. Give every fund one row and every column one name.",
    "upload_cell": "{field}, row {row}, column {column}: '{value}' is not accepted. Accepted: {accepted}.",
    # data
    "missing_file": "{value} is missing. Restore the file from the repository; the other pages still work.",
    "missing_package_data": "{value} was not found. Install the packages of requirements.txt.",
    "bad_table": "{file}, column '{field}': {value}. Expected: {accepted}.",
    "sign_in_setup": "{field}: sign-in is on, but {value} is missing. Add it, or turn sign-in off.",
    "no_rate": "{field}: no exchange rate for {value}. Rates cover {first} to {last}.",
    # world: sizes
    "scope_mismatch": "{field}: {value} cannot be chained with {other}: they measure different things. Use sizes of one scope.",
    "not_a_size": "{field}: {value} is no market size ({other}). Accepted: a level in US dollars.",
    "size_missing": "{field}: no size was found for {value}. Found: {accepted}.",
    "not_published": "{field}: no size had been published by {value}; the first was known on {first}.",
    "supply_unknown": "{field}: growth of supply cannot be told from {value}. Give both the price return and the currency return, so that neither is read as supply.",
    "indicator_gap": "{field}: no level on {value} or in the {accepted} days before. Give an indicator that covers every dated size.",
    # world: tilts
    "wrong_form": "{field}: '{value}' has the wrong form. Accepted: {accepted}.",
    "wrong_labels": "{field}: labelled {value}. Accepted: {accepted}.",
    "nothing_left": "{field}: without {value} nothing is left to hold. Leave at least one block of the market.",
    "turnover_without_holdings": "{field}: {value} was asked without holdings to measure turnover from. Give holdings.",
    "views_repeat": "{field}: the views on {value} repeat or contradict each other with certainty. Drop one, or make one less sure.",
    "tilt_not_solved": "{field}: no portfolio was found to the accuracy needed ({value}).",
    # world
    "world_shape": "{field}: {value} does not fit. Accepted: {accepted}.",
    "world_symmetric": "{field}: the entries at {value} and across the diagonal differ. A covariance is symmetric.",
    "world_definite": "{field}: not a covariance; its smallest eigenvalue is {value}. None may be below zero.",
    "world_singular": "{field}: singular (condition number {value}), so the answer is not unique. Accepted: at most {accepted}.",
    "world_names": "{field}: {value} cannot name the assets. Accepted: {accepted} different names.",
    "world_labels": "{field}: labelled {value}. Accepted: the same names in the same order as the rest ({accepted}).",
    "world_unsolved": "{field}: no solution in double precision ({value}); the numbers differ too much in size.",
    "world_no_object": "{field}: {value} is no table of named inputs. Give one JSON object.",
    "world_key_missing": "{field} is missing. Needed: {accepted}.",
    "world_key_unknown": "{field} is not an input. Accepted: {accepted}.",
    "input_file": "{field}: {value} cannot be read as JSON ({reason}).",
    # world: sizes
    # live fund facts
    "yahoo_unreachable": "{field}: Yahoo Finance did not answer ({value}). The figures on file stay in use; check the connection and refresh again.",
    "yahoo_rate_limited": "{field}: Yahoo Finance takes no more requests for now ({value}). The figures on file stay in use; wait an hour and refresh again.",
    "yahoo_malformed": "{field}: something other than Yahoo Finance's data came back ({value}). The figures on file stay in use; check whether a login page or a proxy stands in between.",
    # live sources
    "live_missing": "{field}: {source} does not know '{value}'. Check how it is written; it may have been delisted or renamed.",
    "live_rate_limited": "{field}: {source} takes no more requests for now ({value}). What is on file stays in use; wait an hour and refresh again.",
    "live_unreachable": "{field}: {source} did not answer ({value}). What is on file stays in use; check the connection and refresh again.",
    "live_malformed": "{field}: something other than the data asked for came back from {source} ({value}). What is on file stays in use.",
    "refresh_partial": "{field}: {value} could not be read ({items}). The rest is new; older figures of these stay where there are any.",
    "no_vintage": "{field}: no stored snapshot held '{value}' by {day}. See python -m engine data snapshots.",
    "nothing_to_recompute": "{field}: {value} funds have bars that are long enough and newer than the figures on file, which stay in use.",
    "refresh_cancelled": "{field}: stopped before {value}. Nothing was changed; the data on file stay in use.",
    "refresh_running": "{field}: {value} has been refreshing since {since}. Try again when that has ended.",
    # the store
    "not_refreshed": "{field}: '{value}' is only in a refreshed snapshot. Run python -m engine data refresh.",
    "snapshot_unknown": "{field}: '{value}' is not in the store. See python -m engine data snapshots.",
    "store_keys": "{field}: these columns do not name each of the {value} once. Give every row a key of its own.",
    "store_column": "{field}: a column of type {value} cannot be stored. Accepted: numbers, days without time zone, text, true or false.",
    "store_broken": "{field}: {value} cannot be used ({reason}). Refresh again; the bundled data still work.",
    "store_unreadable": "{field}: {value} cannot be read ({reason}). Check the address in LODESTAR_STORE and the connection.",
    "store_unwritable": "{field}: {value} cannot be written ({reason}). Check space and permissions; the data on file stay in use.",
    # allocation
    "no_investable": "{field}: no investable ETF is left of {value}. Give at least one fund with a price above zero and a covariance.",
    "no_covariance": "{field}: no covariance for {value}. Give a row and a column for every line of the model.",
    "no_lookthrough": "{field}: no look-through row for {value}. Give one for every fund and every line of the model, or none at all.",
    "twice": "{field}: {value} stands there twice with different values. Keep one row.",
    "not_square": "{field}: {value} is not a square table with equal row and column names.",
    "not_covariance": "{field}: making it a covariance would change it by {value} of its trace. Accepted: at most {accepted}.",
    "holdings_over_account": "{field}: worth {value}, more than the account of {account}. The account includes the holdings.",
    "unknown_holding": "{field}: {value} has no usable price, so its value is not known. Give its price or leave it out.",
    "required_too_dear": "{field}: one unit each of {value} and the holdings to be kept cost more than the account of {account}.",
    "no_substitute": "{field}: without a usable price of {value} the model cannot be followed: only {reached} of it is reached at any size of account. Give that price.",
    "no_basket": "{field}: no basket keeps all rules at an account of {value}. Allow more cash, more lines, more trades or smaller orders.",
    # reports
    "export_survivors": "{field}: '{value}' rests on members chosen with hindsight ({reason}), so it stays on the screen and is never exported. Choose data without hindsight.",
    "export_empty": "{field}: '{value}' shows no figure, chart or table now, so there is nothing to export. Choose something to show first.",
    "export_problems": "{field}: '{value}' told an error ({reason}). Mend it first, so that no incomplete view is exported.",
    "export_unknown": "{field}: '{value}' is no report file of this app ({reason}). Accepted: a CSV report, unchanged.",
}


class LodestarError(Exception):
    """Root of every error this package raises on purpose.

    Attributes
    ----------
    code : str
        Key of the message template; translations use the same key.
    field, value : str
        What the error is about and what was given.
    params : dict of str
        All values the template is filled with.
    """

    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, *, field: str = "", value: object = "", **params: object) -> None:
        self.code = code
        self.field = field
        self.value = str(value)
        self.params = {"field": field, "value": str(value)} | {k: str(v) for k, v in params.items()}
        self.message = MESSAGES[code].format(**self.params)
        super().__init__(self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel between processes."""
        return _again, (type(self), self.code, self.params), self.__dict__

    def further_down(self, rows: int) -> LodestarError:
        """The same error about a table that began so many rows earlier; itself where it names no row."""
        if "row" not in self.params:
            return self
        return _again(type(self), self.code, self.params | {"row": str(int(self.params["row"]) + rows)})

    def to_dict(self) -> dict[str, str]:
        """``field``, ``value`` and ``message``, as the command line prints them, with the template's ``code``."""
        return {"code": self.code, "field": self.field, "value": self.value, "message": self.message}


def _again(kind: type[LodestarError], code: str, params: dict[str, str]) -> LodestarError:
    return kind(code, **params)


class BadInput(LodestarError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class MissingData(LodestarError):
    """A file or a column that should be there is missing or broken."""


class SourceUnavailable(LodestarError):
    """A live source did not answer, or answered with something else."""


class MissingSymbol(SourceUnavailable):
    """The source itself says that it does not know a ticker or a series."""


class RateLimited(SourceUnavailable):
    """The source takes no more requests for now."""


class Unreachable(SourceUnavailable):
    """No answer: no connection, no name, no time left, or the server failed."""


class BadPayload(SourceUnavailable):
    """An answer came, but not the data asked for."""


class Partial(SourceUnavailable):
    """Some of what was asked for could not be read; the rest was."""


class Busy(LodestarError):
    """Another process writes to the store."""


class LookAhead(LodestarError):
    """Figures that were not known yet reached a decision about the past."""


class Infeasible(LodestarError):
    """The question has no answer under the constraints given."""

    exit_code = 2


class Cancelled(LodestarError):
    """Work was stopped because the caller asked for it; what had been finished is not lost.

    Attributes
    ----------
    done : DataFrame or None
        The finished rows.
    """

    exit_code = 130
    done: Any = None
