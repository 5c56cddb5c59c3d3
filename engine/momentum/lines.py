"""The fund as lines that other rooms show and compare.

On the 20 bundled shares it rests on hindsight: that line says so, and never stands on the first page, in a story or in
a file. On the 30 portfolios of the French library nobody was chosen afterwards, but nobody could hold them free of cost.
"""

from __future__ import annotations

from functools import partial

import pandas as pd

from engine.backtest.plain import simulate_plain
from engine.lines import LineSpec
from engine.momentum.decide import schedule, signals, targets
from engine.momentum.factors import factors
from engine.momentum.hold import FOUR_WEEKS
from engine.momentum.read import panel
from engine.momentum.result import KIND
from engine.momentum.settings import Config
from engine.sources import Frequency, Line


def _momentum(line_id: str, name: str) -> Line:
    """As ``run`` with the defaults, without compiled code; a test holds the two together."""
    config = Config(panel=name)
    held = panel(name)
    found = signals(held, factors(), config)
    when = schedule(held, found, config)
    weights = targets(held, found.months, found.rank, when, config)
    daily = held.frequency == Frequency.DAILY
    end = when.days[-1] + (pd.Timedelta(days=FOUR_WEEKS + 3) if daily else pd.offsets.MonthEnd(1))
    value = simulate_plain(
        held.valued.loc[when.days[0] : end],
        weights,
        cost_bps=config.cost_bps,
        fill="next_close" if daily else "same_close",
    ).value
    return Line(
        line_id,
        value,
        held.basis,
        held.frequency,
        held.currency,
        KIND,
        f"residual momentum under fund rules over {len(held.assets)} names of {held.source}",
        config.cost_bps,
        held.findings,
    )


LINES = (
    LineSpec("momentum", partial(_momentum, "momentum", "us_large_caps"), "ai", survivors=True),
    LineSpec("momentum_portfolios", partial(_momentum, "momentum_portfolios", "french_portfolios"), "ai"),
)
