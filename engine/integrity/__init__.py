"""Is this table what the market did? Checks and repairs of vendors' data; findings are data, not log lines.

``check(table)`` looks at prices, ``compare`` at two copies of them, ``series`` at returns and macro
series, ``facts`` at fund facts; ``stream`` is ``check`` for Parquet files larger than
memory, and the only one that reads or writes files. Detectors are small functions in one
list (``registry``); each module says by which method. A repair is made only where the table
itself proves it; it is logged cell by cell and ``undo`` takes it back exactly.
"""

from __future__ import annotations

from engine.integrity.check import check
from engine.integrity.compare import compare
from engine.integrity.report import Report, undo
from engine.integrity.series import facts, series
from engine.integrity.stream import Progress, Streamed, stream
from engine.integrity.table import FREQUENCIES

__all__ = ["FREQUENCIES", "Progress", "Report", "Streamed", "check", "compare", "facts", "series", "stream", "undo"]
