"""Figures of the page that a story may name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.crises import Crisis, CrisisRow, FundFall, Record
from pages.crises import words
from ui.context import Context
from ui.format import NONE, day, percent, points, whole
from ui.record import Fact
from ui.specs import SORTS


def crisis(ctx: Context, asked: Crisis, index: CrisisRow, rows: Sequence[CrisisRow]) -> dict[str, Fact]:
    """The crisis in the S&P 500 price index, and each line that covers it: ``fall_<line>``, ``gap_<line>``."""
    t = ctx.t
    fall = index.drawdown if index.covered else asked.index_drawdown
    back = (asked.recovery - asked.trough).days if asked.recovery else None
    name = words.crisis_title(t, asked) if asked.kind != "custom" else words.crisis_name(t, asked.slug)
    compared = [row for row in rows if row.verdict]
    found = {
        "name": Fact(name, name),
        "fall": Fact(fall, percent(fall), "index"),
        "peak": Fact(asked.peak, day(asked.peak, t.language)),
        "trough": Fact(asked.trough, day(asked.trough, t.language)),
        "days_down": Fact((asked.trough - asked.peak).days, whole((asked.trough - asked.peak).days)),
        "days_back": Fact(back, whole(back)),
        "compared": Fact(len(compared), whole(len(compared))),
        "defended": Fact(sum(row.verdict == "defended" for row in compared), whole(sum(row.verdict == "defended" for row in compared))),
    }  # fmt: skip
    for row in rows:
        kind = SORTS.get(row.kind, "")
        found[f"fall_{row.id.lower()}"] = Fact(row.drawdown, percent(row.drawdown), kind)
        if row.excess_drawdown is not None:
            gap = points(row.excess_drawdown, t("frame.points"))
            found[f"gap_{row.id.lower()}"] = Fact(row.excess_drawdown, gap, kind)
    return found


def all_crises(ctx: Context, named: Sequence[Crisis], records: Sequence[Record]) -> dict[str, Fact]:
    """The list of crises, and how often each line defended: ``defended_<line>``, ``deeper_<line>``, ``counted_<line>``."""
    t = ctx.t
    known = [crisis for crisis in named if crisis.index_drawdown is not None]
    deepest = min(known, key=lambda crisis: crisis.index_drawdown or 0.0, default=None)
    back = [(crisis.recovery - crisis.trough).days for crisis in known if crisis.recovery]
    found = {
        "crises": Fact(len(named), whole(len(named))),
        "deepest": Fact(deepest.index_drawdown if deepest else None, percent(deepest.index_drawdown) if deepest else NONE, "index"),
        "deepest_name": Fact(deepest.slug if deepest else None, words.crisis_title(t, deepest) if deepest else NONE),
        "longest_back": Fact(max(back, default=None), whole(max(back, default=None))),
    }  # fmt: skip
    for item in records:
        if item.compared:
            for what in ("defended", "level", "deeper"):
                count = getattr(item, what)
                found[f"{what}_{item.id.lower()}"] = Fact(count, whole(count))
            found[f"counted_{item.id.lower()}"] = Fact(item.compared, whole(item.compared))
    return found


def funds(falls: Sequence[FundFall]) -> dict[str, Fact]:
    """How often each live fund fell less than SPY: ``live_defended_<fund>`` of ``live_counted_<fund>``."""
    found = {}
    for fund in dict.fromkeys(fall.fund for fall in falls):
        lived = [fall.verdict for fall in falls if fall.fund == fund]
        held = lived.count("defended")
        found[f"live_defended_{fund.lower()}"] = Fact(held, whole(held), "live")
        found[f"live_counted_{fund.lower()}"] = Fact(len(lived), whole(len(lived)), "live")
    return found
