"""The fund on the bundled shares as a line, for the crisis page and the backtest room.

Its shares were chosen with hindsight: the line says so, and never stands on the first page, in a story or in a file.
"""

from __future__ import annotations

import pandas as pd

from engine.backtest.plain import simulate_plain
from engine.lines import LineSpec
from engine.momentum.decide import schedule, signals, targets
from engine.momentum.factors import factors
from engine.momentum.hold import FOUR_WEEKS
from engine.momentum.read import panel
from engine.momentum.result import KIND
from engine.momentum.settings import Config
from engine.sources import Line


def _momentum() -> Line:
    """As ``run`` with the defaults, without compiled code; a test holds the two together."""
    config = Config()
    shares = panel(config.panel)
    found = signals(shares, factors(), config)
    when = schedule(shares, found, config)
    weights = targets(shares, found.months, found.rank, when, config)
    end = when.days[-1] + pd.Timedelta(days=FOUR_WEEKS + 3)
    prices = shares.valued.loc[when.days[0] : end]
    value = simulate_plain(prices, weights, cost_bps=config.cost_bps, fill="next_close").value
    return Line(
        "momentum",
        value,
        shares.basis,
        shares.frequency,
        shares.currency,
        KIND,
        f"residual momentum under fund rules over {len(shares.assets)} US large caps",
        config.cost_bps,
        shares.findings,
    )


LINES = (LineSpec("momentum", _momentum, "ai", survivors=True),)
