"""Views of every kind, small enough to be read, and what files are checked with."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from ui.context import Context
from ui.record import Card, Cards, Chart, Record, Table, Words
from ui.reports import build
from ui.specs import Band, ChartSpec, Spot, Trace

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAYS = [date(2020, 1, 1) + timedelta(days=7 * step) for step in range(40)]
ODD = [day + timedelta(days=1) for day in DAYS]
PATH = [1.0 + 0.01 * step - 0.3 * (step == 20) for step in range(40)]


def spec(kind, key=None, **given):
    traces = {
        "lines": (Trace("=Fund", DAYS, PATH, 0, kind="live"), Trace("Index", ODD, [1.0] * 40, None)),
        "underwater": (
            Trace("Fund", DAYS, [min(0.0, y - 1.2) for y in PATH], 0),
            Trace("Index", DAYS, [0.0] * 40, None),
        ),
        "areas": (Trace("A", DAYS, [0.25] * 40, 0), Trace("B", DAYS, [0.75] * 40, 1)),
        "bars": (Trace("Weight", [0.6, -0.1, None], ["One", "Two", "Three"], 0, strokes=["solid", "dot", "solid"]),),
        "dots": (
            Trace("Now", [0.5, None, 0.2], ["One", "Two", "Three"], 0, low=[0.4, None, 0.1], high=[0.6, None, 0.3]),
            Trace("Before", [0.3, 0.3, 0.3], ["One", "Two", "Three"], None),
        ),
        "dumbbell": (Trace("Model", [0.5, 0.5], ["One", "Two"], 0), Trace("Bought", [0.4, 0.6], ["One", "Two"], 1)),
        "heat": (Trace("2019", ["1", "2"], [0.01, -0.02], 0), Trace("2020", ["1", "2"], [None, 0.03], 0)),
        "surface": tuple(Trace(str(row), [0.0, 0.5, 1.0], [row, row + 0.1, row + 0.2], None) for row in (0.1, 0.7)),
        "scatter": (Trace("Funds", [0.0003, 0.002], [0.001, 0.0005], 0, names=["SPY", "IVV"], sizes=[20.0, 40.0]),),
        "slope": (Trace("SPY", ["Fee", "Spread"], [1.0, 2.5], 0), Trace("IVV", ["Fee", "Spread"], [2.0, 1.0], 1)),
    }[kind]
    more = {
        "lines": {
            "log": True,
            "number": "growth",
            "y_title": "Growth of 1",
            "bands": (Band(DAYS[5], DAYS[9], "Fall"),),
        },
        "surface": {"rows": [0.1, 0.7], "x_number": "percent", "spots": (Spot(0.5, 0.7, "Yours"),)},
        "scatter": {"x_title": "Fee", "y_title": "Error"},
    }.get(kind, {})
    given = (
        {"alt": f"What {kind} shows.", "source": "USD, total return, monthly, 2020. Source: made up."} | more | given
    )
    return ChartSpec(key or kind, f"{kind}: the takeaway", kind, traces, **given)


KINDS = ("lines", "underwater", "areas", "bars", "dots", "dumbbell", "heat", "surface", "scatter", "slope")

OVER_NUMBERS = ChartSpec(
    "curve", "A curve over numbers", "lines",
    (Trace("Mean", [1, 2, 3], [0.1, 0.2, 0.4], 0, low=[0.05, 0.1, 0.3], high=[0.2, 0.3, 0.5]), Trace("Rule", [1, 2, 3], [0.3] * 3, None)),
    alt="A curve.", x_title="Years", spots=(Spot(2.0, None, "You"),),
)  # fmt: skip

ROWS = pd.DataFrame(
    {
        "Series": ['=HYPERLINK("http://x")', "Index"],
        "Return": ["12.3 %", "−4.0 %"],
        "Excess": ["+1.2 %p", "–"],
        "Months": [120, 121],
        "From": [date(2014, 1, 31), date(2015, 1, 31)],
        "Ratio": [0.53125, float("nan")],
    }
)


def record(*blocks, language="en", page="overview", **given):
    ctx = Context(language, "USD", "sp500", "all", "log", "bundled-0123456789ab")
    made = Record(page, ctx, title="Overview", question="What did each line earn?", as_of=date(2022, 12, 28))
    for block in blocks:
        made.add(block)
    for name, value in given.items():
        setattr(made, name, value)
    return made


def everything(language="en"):
    charts = [Chart(kind, spec(kind)) for kind in KINDS]
    cards = Cards("cards", (Card("Return a year", "7.1 %", "+0.4 %p", "monthly, total return, live", good=True),))
    return record(
        Words("words", "The fund is **ahead**; see [the source](https://example.com)."), cards, *charts,
        Chart("curve", OVER_NUMBERS), Table("figures", "Figures", ROWS, "A note."), language=language,
        params={"series": "a.b", "lang": language},
    )  # fmt: skip


@pytest.fixture(params=["en", "ko"])
def report(request):
    return build.page(everything(request.param), now=NOW)


@pytest.fixture(autouse=True)
def _no_review(monkeypatch):
    for name in ("REVIEWER", "REVIEW_NUMBER", "REVIEW_VALID_FROM", "REVIEW_VALID_UNTIL"):
        monkeypatch.delenv(f"LODESTAR_{name}", raising=False)
