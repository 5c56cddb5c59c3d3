"""What can go wrong, as data.

Every error names the field, the value and what would be accepted. The English sentence is
built here from a template; the dashboard translates by ``code``.
"""

from __future__ import annotations

from typing import ClassVar

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
    "no_overlap": "{field}: {value} and {other} share no dates here (one starts {first}, one ends {last}). Choose lines that overlap, or a longer period.",
    "no_opens": "{field}: fill '{value}' needs the opening prices. Pass opens with the same dates and columns as prices.",
    "bad_command": "{field}: '{value}' is not accepted. Run python -m engine --help for what is.",
    "history_too_short": "{field}: {value} are too few to learn from. Accepted: at least {accepted} months.",
    "constant_feature": "{field}: '{value}' never changes, so nothing can be learned from it. Leave it out or mend its source.",
    # uploaded files
    "upload_too_large": "{field}: {value} is too large. Accepted: up to {accepted}.",
    "upload_unreadable": "{field}: {value} cannot be read as a CSV table. Accepted: UTF-8 (or CP949) text, a date column and a value column.",
    "upload_header": "{field}: the first line holds data ({value}), not names. Put a header line such as date,value above it.",
    "upload_month_end": "{field}, row {row}: {value} is not a month end. Give monthly prices of the month end, or write the month as YYYY-MM.",
    "upload_columns": "{field}: {value} columns found. Accepted: exactly two, a date and a value.",
    "upload_too_short": "{field}: {value} rows found. Accepted: at least {accepted}.",
    "upload_date": "{field}, row {row}: '{value}' is not a date. Write dates as YYYY-MM-DD.",
    "upload_order": "{field}, row {row}: {value} does not come after the row above. Dates must be unique and increasing.",
    "upload_number": "{field}, row {row}: '{value}' is not a number. Every row needs one; nothing is filled in.",
    "upload_sign": "{field}, row {row}: {value} is not a price. Prices are above zero.",
    "upload_return": "{field}, row {row}: a return of {value} is not possible or not in the unit chosen. Accepted: above -100 %, and as {accepted}.",
    "upload_frequency": "{field}: the dates are about {value} days apart. Accepted: daily or monthly data without gaps.",
    # data
    "missing_file": "{value} is missing. Restore the file from the repository; the other pages still work.",
    "missing_package_data": "{value} was not found. Install the packages of requirements.txt.",
    "bad_table": "{file}, column '{field}': {value}. Expected: {accepted}.",
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

    def to_dict(self) -> dict[str, str]:
        """``field``, ``value`` and ``message``, as the command line prints them, with the template's ``code``."""
        return {"code": self.code, "field": self.field, "value": self.value, "message": self.message}


class BadInput(LodestarError):
    """The caller gave something that cannot be used."""

    exit_code = 2


class MissingData(LodestarError):
    """A file or a column that should be there is missing or broken."""


class SourceUnavailable(LodestarError):
    """A live source did not answer, or answered with something else."""


class Infeasible(LodestarError):
    """The question has no answer under the constraints given."""

    exit_code = 2
