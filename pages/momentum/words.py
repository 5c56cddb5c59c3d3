"""Sentences of the AI momentum page."""

from __future__ import annotations

import re

from engine.momentum.caps import ISSUER, LARGE, TOGETHER
from engine.momentum.live import LiveRecord, target_met
from engine.momentum.result import MomentumResult
from engine.momentum.settings import Config
from engine.momentum.views import View, Won
from engine.sources.dataset import Finding
from ui import glossary
from ui.format import NONE, day, percent, points, ratio
from ui.i18n import Translator
from ui.record import Card

HALF = 0.5
SORTED = re.compile(r"S([135])([VM])([135])")
"""Portfolios of the French library by size and value or momentum."""


def product(t: Translator, code: str) -> str:
    """Name of a product; one without a name is called by its file."""
    return t(f"momentum.product_{code}") if t.has(f"momentum.product_{code}") else code


def panel(t: Translator, code: str) -> str:
    """Name of a panel."""
    return t(f"momentum.panel_{code}")


def asset(t: Translator, name: str) -> str:
    """Name of what is held: a portfolio in words, a share by its ticker."""
    found = SORTED.fullmatch(name)
    if found:
        size, sort, level = found.groups()
        return t(
            "momentum.sorted",
            size=t(f"momentum.size_{size}"),
            sort=t(f"momentum.sort_{sort.lower()}_{level}"),
            name=name,
        )
    return t(f"momentum.asset_{name.lower()}") if t.has(f"momentum.asset_{name.lower()}") else name


def strategy(t: Translator, name: str) -> str:
    """Name of the fund or of a rival."""
    return t(f"momentum.strategy_{name}")


def months(value: float) -> str:
    """A look-back as short as it can be written."""
    return f"{value:.1f}".removesuffix(".0")


def times(value: float) -> str:
    """A growth of 1: no decimals where it is large."""
    return f"{value:,.0f}" if value >= 100.0 else ratio(value, 1)


def short(t: Translator, name: str) -> str:
    """Name of what is held where there is little room: a sorted portfolio by its code."""
    return name if SORTED.fullmatch(name) else asset(t, name)


def method(t: Translator, config: Config) -> str:
    """How the look-back is chosen."""
    return t(f"momentum.method_{config.method}_long", months=config.fixed)


def decided(t: Translator, view: View) -> str:
    """Day of the newest portfolio."""
    return day(view.used[0][-1], t.language)


def basis(t: Translator, view: View) -> str:
    """Unit, frequency, basis, terms, period and source of every figure of the fund."""
    found = view.found
    return t(
        "momentum.basis",
        panel=panel(t, found.config.panel), frequency=t(f"frame.{found.panel['frequency']}"),
        basis=t(f"frame.{found.panel['basis']}"), currency=found.panel["currency"], cost=f"{found.config.cost_bps:g}",
        first=day(found.first, t.language), last=day(found.last, t.language), source=found.panel["source"],
        fill=t("momentum.fill_next" if found.executable else "momentum.fill_same"),
    )  # fmt: skip


def answer(t: Translator, view: View) -> str:
    """What the fund earned beside the market, and whether choosing the look-back paid."""
    cards = view.found.strategies
    said = [
        t(
            "momentum.answer",
            first=f"{view.found.first:%Y-%m}", last=f"{view.found.last:%Y-%m}",
            ours=percent(cards["momentum"].annual_return), market=percent(cards["market"].annual_return),
            fall=percent(cards["momentum"].max_drawdown), market_fall=percent(cards["market"].max_drawdown),
        ),
        verdict(t, view),
    ]  # fmt: skip
    rival = cards.get("total_return_12_1")
    if rival is not None:
        said.append(
            t(
                "momentum.answer_total",
                total=percent(rival.annual_return),
                equal=percent(cards["equal_weight"].annual_return),
            )
        )
    return " ".join(said)


def verdict(t: Translator, view: View) -> str:
    """Whether the fund is told apart from the same fund with twelve months fixed."""
    row = view.won.get("fixed_12_1")
    config = view.found.config
    if row is None or (config.signal == "residual" and config.method == "fixed" and config.fixed == 12):
        return t("momentum.verdict_same")
    figures = {
        "won": percent(row.share),
        "interval": interval(row),
        "fixed": percent(view.found.strategies["fixed_12_1"].annual_return),
    }
    if row.low is None or row.high is None:
        return t("momentum.verdict_short", **figures)
    told = "ahead" if row.low > HALF else "behind" if row.high < HALF else "open"
    return t(f"momentum.verdict_{told}", **figures)


def interval(row: Won) -> str:
    """Ends of an interval."""
    return NONE if row.low is None or row.high is None else f"{percent(row.low)} – {percent(row.high)}"


def holdings_title(t: Translator, view: View) -> str:
    """The largest position and how many names there are."""
    first = view.holdings[0]
    return t(
        "momentum.holdings_title",
        n=len(view.holdings), name=asset(t, first.name), weight=percent(first.weight), day=decided(t, view),
    )  # fmt: skip


def holdings_note(t: Translator, view: View) -> str:
    """What the columns are, and what is not shown or not invested."""
    cash = 1.0 - sum(one.weight for one in view.holdings)
    said = [t("momentum.holdings_note", day=decided(t, view))]
    if cash > 1e-6:
        said.append(t("momentum.holdings_cash", share=percent(cash)))
    return " ".join(said)


def helps(t: Translator) -> dict[str, str]:
    """What the columns of the holdings mean."""
    return {t(f"momentum.column_{name}"): t(f"momentum.column_{name}_help") for name in ("rank",)}


def reason(t: Translator, view: View) -> str:
    """Why the name ranked highest is held."""
    ranked = [one for one in view.holdings if one.place is not None]
    first = min(ranked, key=lambda one: one.place or 0)
    name = asset(t, first.name)
    if first.mean is not None:
        return t(
            "momentum.reason_forecast",
            name=name,
            mean=percent(first.mean, sign=True),
            spread=percent(first.spread),
            of=first.of,
        )
    return t(
        "momentum.reason", name=name, months=months(view.now), of=first.of, residual=ratio(first.residual),
        total=percent(first.total, sign=True), how=method(t, view.found.config),
    )  # fmt: skip


def sure(t: Translator, view: View) -> str:
    """How far the record can be told from chance."""
    market = view.won["market"]
    said = t(
        "momentum.sure", n=market.months, share=percent(market.share), interval=interval(market),
        ratio=ratio(view.found.strategies["momentum"].information_ratio),
    )  # fmt: skip
    return f"{said} {verdict(t, view)}"


def rules(t: Translator, view: View) -> list[Card]:
    """The fund rules in the newest portfolio, kept or broken, and how far drift carried them."""
    held, found = view.rules, view.found.concentration
    meant = glossary.help(t, "fund_rules")

    def card(name: str, value: float, limit: float, worst: float) -> Card:
        kept = value <= limit + 1e-9
        return Card(
            t(f"momentum.rule_{name}"), percent(value), t("momentum.rule_kept" if kept else "momentum.rule_broken", limit=percent(limit, 0)),
            t("momentum.rule_drift", worst=percent(worst)), meant, None if kept else False, "simulated",
        )  # fmt: skip

    wanted = view.found.config.hold
    return [
        card("largest", held["largest"], ISSUER, found.drifted_largest),
        card("together", held["large_together"], TOGETHER, found.drifted_together),
        Card(
            t("momentum.rule_names"), str(view.found.held), note=t("momentum.rule_names_note", wanted=wanted, of=len(view.found.scores)),
            help=meant, kind="simulated",
        ),
    ]  # fmt: skip


def drift(t: Translator, view: View) -> str:
    """Whether the rules held on every rebalancing day, and how often drift went beyond them in between."""
    found = view.found.concentration
    said = t(
        "momentum.drift_kept" if found.kept else "momentum.drift_broken",
        days=len(view.used[0]), largest=percent(found.largest), together=percent(found.large_together),
    )  # fmt: skip
    between = (
        t("momentum.drift_between", share=percent(found.dates_beyond, 0))
        if view.found.executable
        else t("momentum.drift_unseen")
    )
    few = view.found.held <= 1.0 / LARGE
    tight = t("momentum.drift_tight", n=view.found.held) if few and view.found.executable else ""
    return " ".join(filter(None, (said, between, tight)))


def lookback(t: Translator, view: View) -> str:
    """The look-back in use and what it means."""
    return t("momentum.lookback_said", months=months(view.now), how=method(t, view.found.config), day=decided(t, view))


def cards(t: Translator, view: View) -> list[Card]:
    """Figures of the fund, each beside the market's."""
    ours, market = view.found.strategies["momentum"], view.found.strategies["market"]

    def beside(value: str) -> str:
        return t("momentum.card_market", value=value)

    rows = [
        ("cagr", percent(ours.annual_return), beside(percent(market.annual_return))),
        ("sharpe", ratio(ours.sharpe), beside(ratio(market.sharpe))),
        ("max_drawdown", percent(ours.max_drawdown), beside(percent(market.max_drawdown))),
        (
            "information_ratio",
            ratio(ours.information_ratio),
            t("momentum.card_error", value=percent(ours.tracking_error)),
        ),
    ]
    made = [
        Card(t(f"metric.{name}"), value, note=note, help=glossary.help(t, name), kind="simulated")
        for name, value, note in rows
    ]
    return [
        *made,
        *(_won_card(t, strategy(t, name), view.won[name]) for name in ("market", "fixed_12_1") if name in view.won),
    ]


def _won_card(t: Translator, against: str, row: Won, kind: str = "simulated") -> Card:
    """Months won of the last twelve, and the range over all windows."""
    value = NONE if row.last is None else t("momentum.card_won", n=row.last)
    note = t(
        "momentum.card_won_note",
        least=row.least,
        median=f"{row.median or 0.0:g}",
        most=row.most,
        windows=f"{row.windows:,}",
    )
    return Card(
        t("momentum.card_won_label", name=against), value, note=note if row.windows else "", help=glossary.help(t, "hit_ratio"),
        kind="live" if kind == "live" else "simulated",
    )  # fmt: skip


def figures_note(t: Translator, view: View) -> str:
    """What all figures of the table share."""
    found = view.found
    return t(
        "momentum.figures_note",
        n=len(view.table), basis=t(f"frame.{found.panel['basis']}"), currency=found.panel["currency"], first=f"{found.first:%Y-%m}",
        last=f"{found.last:%Y-%m}", cost=f"{found.config.cost_bps:g}",
    )  # fmt: skip


def figures_title(t: Translator, view: View) -> str:
    """Which strategy earned most, and the fund."""
    cards = view.found.strategies
    most = max(cards, key=lambda name: cards[name].annual_return)
    name = strategy(t, "net" if most == "momentum" else most)
    return t(
        "momentum.figures_title",
        name=name, cagr=percent(cards[most].annual_return), sharpe=ratio(cards[most].sharpe),
        ours=percent(cards["momentum"].annual_return), our_sharpe=ratio(cards["momentum"].sharpe),
    )  # fmt: skip


def won(t: Translator, view: View) -> str:
    """Months won in words."""
    market = view.won["market"]
    return t(
        "momentum.won_said", n=market.months, share=percent(market.share), interval=interval(market),
        least=market.least, median=NONE if market.median is None else f"{market.median:g}", most=market.most, ten=percent(market.ten),
    )  # fmt: skip


def beside(t: Translator, view: View) -> str:
    """The fund and MTUM over the months both have."""
    assert view.beside is not None  # noqa: S101  (asked before)
    _, row = view.beside
    known = view.found.live
    return t(
        "momentum.beside_said",
        n=row.months, won=row.won, interval=interval(row), ours=percent(known["momentum"]["annual_return"]),
        theirs=percent(known["MTUM"]["annual_return"]),
    )  # fmt: skip


def cost(t: Translator, view: View) -> list[Card]:
    """Turnover and what it costs."""
    found = view.found
    per = t("momentum.card_cost_note", bps=f"{found.config.cost_bps:g}")
    buffer = t(
        "momentum.card_turnover_note",
        buffer=percent(found.config.buffer, 0),
        calendar=t(f"momentum.calendar_{_calendar(found)}"),
    )
    return [
        Card(t("momentum.card_turnover"), percent(found.annual_turnover, 0), note=buffer, help=glossary.help(t, "turnover"), kind="simulated"),
        Card(t("momentum.card_cost"), percent(view.drag, 2), note=per, help=glossary.help(t, "annual_drag"), kind="simulated"),
    ]  # fmt: skip


def _calendar(found: MomentumResult) -> str:
    return found.config.calendar if found.executable else "monthly"


def left_out(t: Translator, view: View) -> str:
    """How many names were not ranked, now."""
    when, newest, _ = view.left_out
    missing = round(newest["listed"] - newest["ranked"])
    return t(
        "momentum.left_out_said",
        listed=f"{newest['listed']:g}",
        ranked=f"{newest['ranked']:g}",
        n=missing,
        day=f"{when:%Y-%m}",
    )


def findings(t: Translator, found: MomentumResult) -> list[str]:
    """What panel, factors and fill ask a reader to know; what no sentence covers is told as the engine says it."""
    return [_finding(t, item, found) for item in found.findings if item.kind != "left_out"]


def _finding(t: Translator, item: Finding, found: MomentumResult) -> str:
    key = f"momentum.finding_{item.kind}"
    if item.kind == "survivorship" and found.panel["name"] != "us_large_caps":
        return t("momentum.survivors_own")
    return t(key, held=found.held, wanted=found.config.hold, told=item.text) if t.has(key) else item.text


def live(t: Translator, found: LiveRecord) -> str:
    """What the real fund did."""
    index, momentum = found.pair("AMOM", "SPY"), found.pair("AMOM", "MTUM")
    said = t(
        "momentum.live_said",
        n=found.months, first=f"{found.first:%Y-%m}", last=f"{found.last:%Y-%m}", amom=percent(found.annual["AMOM"]),
        mtum=percent(found.annual["MTUM"]), spy=percent(found.annual["SPY"]), won=percent(index.won.share),
        interval=interval(index.won), over=percent(momentum.won.share), over_interval=interval(momentum.won),
        gap=points(found.annual["AMOM"] - found.annual["MTUM"], t("frame.points")),
    )  # fmt: skip
    coin = all((pair.won.low or 0.0) <= HALF <= (pair.won.high or 1.0) for pair in (index, momentum))
    return f"{said} {t('momentum.live_open' if coin else 'momentum.live_told')}"


def live_cards(t: Translator, found: LiveRecord) -> list[Card]:
    """Figures of the real fund against the two others."""
    made = []
    for other in ("SPY", "MTUM"):
        pair = found.pair("AMOM", other)
        made.append(_won_card(t, other, pair.won, "live"))
        note = t("momentum.card_error", value=percent(pair.tracking_error))
        label = t("momentum.card_ratio_label", name=other)
        made.append(
            Card(
                label, ratio(pair.information_ratio), note=note, help=glossary.help(t, "information_ratio"), kind="live"
            )
        )
    return made


def live_basis(t: Translator, found: LiveRecord) -> str:
    """What the live figures are."""
    first, last = (f"{when:%Y-%m}" for when in (found.first, found.last))
    return t("momentum.live_source", first=first, last=last, as_of=day(found.as_of, t.language))


def years_title(t: Translator, found: LiveRecord) -> str:
    """In which years the target of ten months was met."""
    met, whole = target_met(found), [year for year, row in found.years.items() if row["months"] == 12]
    return t("momentum.years_title", n=len(met), of=len(whole), years=", ".join(map(str, met)) or NONE)
