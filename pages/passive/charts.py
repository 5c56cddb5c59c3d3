"""Charts of the page, as descriptions."""

from __future__ import annotations

from collections.abc import Sequence

from engine.world.evidence import FUNDS, Bet, FeePath, Scorecard, WinnerOdds
from engine.world.holding import HoldingShare
from pages.passive import words
from pages.passive.controls import Trading
from ui.context import Context
from ui.format import percent, ratio
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

BASES = ("absolute", "net of fees, absolute", "gross of fees, absolute", "risk-adjusted")
"""Bases as published, in the order of their colours."""

FUND_SLOTS = (0, 1, 2, 3, 5)
"""Colours of the five funds; the fifth place is too near the yardstick's."""

PALE = 9
"""The grey place of the palette: figures that are hardly evidence."""


def scorecards(t: Translator, rows: Sequence[Scorecard]) -> ChartSpec:
    """One dot a figure, one row a category and date."""
    known = [row for row in rows if row.share is not None]
    names = {id(row): _row_name(t, row) for row in known}
    every = list(dict.fromkeys(names.values()))
    traces = []
    for slot, basis in enumerate(BASES):
        own = {names[id(row)]: row for row in known if row.basis == basis}
        if own:
            shares = [own[name].share if name in own else None for name in every]
            labels = [words.share(value) if value is not None else "" for value in shares]
            traces.append(Trace(words.basis(t, basis), shares, every, slot, names=labels, kind="reported"))
    behind = sum((row.share or 0.0) > words.HALF for row in known)
    years = known[0].years
    return ChartSpec(
        key="scorecards",
        title=t("passive.scorecards_title", behind=behind, count=len(known), years=years),
        kind="dots",
        traces=tuple(traces),
        source=t("passive.scorecards_source", years=years, bases="; ".join(trace.name for trace in traces)),
        alt=t("passive.scorecards_alt", years=years),
        x_title="",
        height=120 + 44 * len(every),
        span=(0.0, 1.04),
    )


def _row_name(t: Translator, row: Scorecard) -> str:
    """A row's name over two lines, to leave a phone room for the dots."""
    return f"{words.category(t, row.category)}<br>{words.region(t, row.region)}, {row.as_of:%Y-%m}"


def odds(t: Translator, asked: WinnerOdds, found: Sequence[WinnerOdds]) -> ChartSpec:
    """Chances by number of picks."""
    picks = [item.picks for item in found]
    kinds = {"least": "at_least_one", "most": "most_ahead", "every": "all_ahead"}
    return ChartSpec(
        key="odds",
        title=t(
            "passive.odds_title",
            picks=asked.picks,
            least=words.chance(asked.at_least_one),
            most=words.chance(asked.most_ahead),
        ),
        kind="lines",
        traces=tuple(
            Trace(t(f"passive.odds_{name}"), picks, [getattr(item, field) for item in found], slot, kind="model")
            for slot, (name, field) in enumerate(kinds.items())
        ),
        source=t("passive.odds_source", behind=words.share(asked.share_behind)),
        alt=t("passive.odds_alt"),
        x_title=t("passive.odds_axis"),
        height=320,
    )


def bet_growth(t: Translator, bet: Bet) -> ChartSpec:
    """Growth of one unit in the index fund and in each fund of funds."""
    first, last = bet.years[0], bet.years[-1]
    ends = [first.year - 1, *(item.year for item in bet.years)]
    funds = tuple(
        Trace(
            t("passive.fund_letter", letter=name.upper()),
            ends,
            [1.0, *(item.fund_wealth[name] for item in bet.years)],
            slot,
            kind="reported",
        )
        for slot, name in zip(FUND_SLOTS, FUNDS, strict=True)
    )
    index = Trace(
        t("passive.index_fund"), ends, [1.0, *(item.index_wealth for item in bet.years)], None, kind="reported"
    )
    return ChartSpec(
        key="bet",
        title=t("passive.bet_title", index=ratio(last.index_wealth), funds=ratio(last.funds_wealth), year=last.year),
        kind="lines",
        traces=(*funds, index),
        source=t("passive.bet_source"),
        alt=t("passive.bet_alt"),
        x_title=t("passive.bet_x"),
        y_title=t("passive.bet_axis"),
        number="growth",
    )


def bet_years(t: Translator, bet: Bet) -> ChartSpec:
    """Return of each year."""
    years = [str(item.year) for item in bet.years]
    ahead = [item for item in bet.years if item.year in words.ahead_in(bet)]
    title = t(
        "passive.bet_years_title",
        ahead=", ".join(str(item.year) for item in ahead),
        pairs=", ".join(f"{percent(item.funds_mean)} / {percent(item.index_fund)}" for item in ahead),
        behind=len(bet.years) - len(ahead),
    )
    return ChartSpec(
        key="bet-years",
        title=title if ahead else t("passive.bet_years_title_none"),
        kind="heat",
        traces=(
            Trace(t("passive.index_fund"), years, [item.index_fund for item in bet.years], 0, kind="reported"),
            Trace(t("passive.funds_mean"), years, [item.funds_mean for item in bet.years], 0, kind="reported"),
            *(
                Trace(
                    t("passive.fund_letter", letter=name.upper()),
                    years,
                    [item.funds[name] for item in bet.years],
                    0,
                    kind="reported",
                )
                for name in FUNDS
            ),
        ),
        source=t("passive.bet_years_source"),
        alt=t("passive.bet_years_alt"),
        height=330,
    )


def fees(ctx: Context, path: FeePath) -> ChartSpec:
    """Wealth year by year without fee and under each fee."""
    t = ctx.t
    lines = [
        Trace(t("passive.no_fee"), path.years, path.wealth_free, None, kind="model"),
        Trace(t("passive.fee_line", fee=percent(path.low_fee, 2)), path.years, path.wealth_low, 0, kind="model"),
    ]
    if path.high_fee > path.low_fee:
        lines.append(
            Trace(t("passive.fee_line", fee=percent(path.high_fee, 2)), path.years, path.wealth_high, 1, kind="model")
        )
    return ChartSpec(
        key="fees",
        title=t(
            "passive.fees_title" if path.high_fee > path.low_fee else "passive.fees_title_same",
            years=path.years[-1],
            low=percent(path.low_fee, 2),
            high=percent(path.high_fee, 2),
            share=percent(path.share_lost),
        ),
        kind="lines",
        traces=tuple(lines),
        source=t("passive.fees_source", currency=ctx.currency, gross=percent(path.gross_return)),
        alt=t("passive.fees_alt"),
        x_title=t("passive.fees_x"),
        y_title=t("passive.fees_axis", currency=ctx.currency),
        number="growth",
    )


def holding(t: Translator, rows: Sequence[HoldingShare]) -> ChartSpec:
    """Share of periods with a gain, with its interval; what rests on few windows is pale."""
    known = [row for row in rows if row.share is not None]
    return ChartSpec(
        key="holding",
        title=words.holding_title(t, rows),
        kind="dots",
        traces=tuple(
            trace
            for trace in (
                _shares(t, known, "passive.holding_firm", 0, weak=False),
                _shares(t, known, "passive.holding_weak", PALE, weak=True),
            )
            if any(value is not None for value in trace.x)
        ),
        source=words.holding_source(t, rows),
        alt=t("passive.holding_alt"),
        height=120 + 42 * len(known),
        span=(0.0, 1.06),
    )


def _shares(t: Translator, rows: Sequence[HoldingShare], key: str, slot: int, *, weak: bool) -> Trace:
    """Rows on one side of the line between firm and hardly evidence; the others keep their place, empty."""
    own = [row if (row.independent_windows < words.WEAK) == weak else None for row in rows]
    return Trace(
        t(key, windows=f"{words.WEAK:g}"),
        [row.share if row else None for row in own],
        [words.held(t, row) for row in rows],
        slot,
        names=[percent(row.share) if row else "" for row in own],
        low=[row.low if row else None for row in own],
        high=[row.high if row else None for row in own],
        kind="index",
    )


def trading(t: Translator, found: Trading) -> ChartSpec:
    """Cost a year by frequency, the reader's first."""
    own = found.own
    names = [t("passive.trading_own", trades=f"{own.trades_per_year:g}")]
    names += [t("passive.trading_usual", trades=f"{item.trades_per_year:g}") for item in found.usual]
    return ChartSpec(
        key="trading",
        title=t(
            "passive.trading_title", trades=f"{own.trades_per_year:g}", drag=percent(own.annual_drag, 2),
            years=own.years, share=percent(own.share_lost),
        ),
        kind="bars",
        traces=(
            Trace(t("passive.column_drag"), [own.annual_drag, *(item.annual_drag for item in found.usual)], names, 0, kind="model"),
        ),
        number="percent_fine",
        source=t("passive.trading_source", cost=percent(own.cost, 2), part=percent(own.share_traded, 0)),
        alt=t("passive.trading_alt"),
        height=90 + 36 * len(names),
    )  # fmt: skip
