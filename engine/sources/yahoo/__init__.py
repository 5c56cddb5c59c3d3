"""Fund facts from Yahoo Finance, live: read, told apart when they cannot be read, merged into the universe table.

Nothing here runs unless it is called; yfinance and curl_cffi are imported by the functions that use them.
"""

from engine.sources.yahoo.facts import FundFacts, fund_facts
from engine.sources.yahoo.fields import FIELDS, Missing
from engine.sources.yahoo.merge import CellFinding, Outcome, merge_facts
from engine.sources.yahoo.transport import (
    ADDRESS_VARIABLE,
    Failure,
    FailureKind,
    RequestFailed,
    YahooClient,
    open_session,
    use_in_yfinance,
)

__all__ = [
    "ADDRESS_VARIABLE",
    "FIELDS",
    "CellFinding",
    "Failure",
    "FailureKind",
    "FundFacts",
    "Missing",
    "Outcome",
    "RequestFailed",
    "YahooClient",
    "fund_facts",
    "merge_facts",
    "open_session",
    "use_in_yfinance",
]
