"""Is this table what the market did? Checks and repairs of vendors' data; findings are data, not log lines.

``check(table)`` looks at prices; ``compare`` at two copies of them; ``series`` at returns, macro
series and fund facts. Nothing here reads or writes files. Detectors are small functions in one
list (``registry``); each module says by which method. A repair is made only where the table
itself proves it; it is logged cell by cell and can be undone exactly.
"""

from __future__ import annotations

from engine.integrity.check import check
from engine.integrity.report import Report, undo
from engine.integrity.table import FREQUENCIES

__all__ = ["FREQUENCIES", "Report", "check", "undo"]
