"""Live sources behind one call: a frozen request becomes a data set with provenance, or a failure of a known kind.

Nothing here runs unless it is called; curl_cffi and yfinance are imported by the functions that use them.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.sources.live.request import KINDS, Answer, Progress, Request
from engine.sources.waiting import Limits

__all__ = ["KINDS", "Answer", "Limits", "Progress", "Request", "fetch"]


def fetch(
    request: Request,
    limits: Limits | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """Ask the request's source. Items without data are in ``Answer.failures``; others are kept.

    Raises
    ------
    MissingSymbol, RateLimited, Unreachable, BadPayload
        Nothing at all could be read; the kind that explains it best.
    BadInput
        The source does not have such items.
    Cancelled
        ``cancelled()`` turned true.
    """
    from engine.sources.live import fred, french
    from engine.sources.yahoo import bars, stored

    sources = {
        "yahoo_bars": bars.fetch,
        "yahoo_facts": stored.fetch,
        "fred_series": fred.fetch,
        "french_files": french.fetch,
    }
    return sources[request.kind](request, limits or Limits(), progress, cancelled)
