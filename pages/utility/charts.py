"""Charts of the page, as descriptions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from engine.world.equilibrium import Equilibrium
from engine.world.questionnaire import RiskAversion
from engine.world.separation import Separation
from engine.world.statics import DemandLines, InformedSweep, MarketMap, PriceSurface
from pages.utility import words
from ui.answers import WorldFrontier
from ui.format import percent, ratio
from ui.i18n import Translator
from ui.specs import ChartSpec, Spot, Trace

SLOT: dict[str, int | None] = {"market": None, "uninformed": 0, "informed": 1, "together": 2}

SAME = 5e-5
"""Active shares below this are printed as zero and called equal."""


def source(t: Translator, text: str) -> str:
    """What a chart shows, and that it is an illustration."""
    return f"{text} {t('utility.basis')}"


def weights(t: Translator, found: Equilibrium, apart: Separation) -> ChartSpec:
    """Weights of the market, the uninformed and the informed."""
    names = [words.asset(t, code) for code in found.inputs.assets]
    by = {who: words.weights(found, who) for who in ("uninformed", "informed", "market")}
    code = words.widest(found)
    told = {who: percent(held[code]) for who, held in by.items()}
    gap = percent(abs(by["uninformed"][code] - by["market"][code]), 2)
    title = (
        t("utility.weights_title_equal", gap=gap)
        if (apart.active_share or 0.0) < SAME
        else t("utility.weights_title", asset=words.asset(t, code), own=told["uninformed"], market=told["market"], informed=told["informed"])
    )  # fmt: skip
    return ChartSpec(
        key="weights",
        title=title,
        kind="dots",
        traces=tuple(
            Trace(t(f"utility.who_{who}"), list(held.values()), names, SLOT[who], kind="model")
            for who, held in by.items()
        ),
        source=source(t, t("utility.weights_source")),
        alt=t("utility.weights_alt"),
        height=330,
    )


def market_map(t: Translator, found: MarketMap, here: tuple[float, float], active: float | None) -> ChartSpec:
    """Active share of the uninformed over informed share and supply noise, the reader's market marked."""
    shares, noise = found.informed_fraction.tolist(), found.supply_noise.tolist()
    rows = [known(row) for row in found.active_share.tolist()]
    most, lam, level = max(
        (value, lam, level)
        for row, level in zip(rows, noise, strict=True)
        for value, lam in zip(row, shares, strict=True)
        if value is not None
    )
    return ChartSpec(
        key="market-map",
        title=t("utility.map_title_flat")
        if most < SAME
        else t("utility.map_title", most=percent(most), lam=percent(lam, 0), noise=ratio(level, 1)),
        kind="surface",
        traces=tuple(
            Trace(f"{level:g}", shares, row, None, kind="model") for row, level in zip(rows, noise, strict=True)
        ),
        rows=noise,
        spots=(Spot(*here, t("utility.here", value=percent(active, 2))),),
        source=source(t, t("utility.map_source")),
        alt=t("utility.map_alt"),
        x_title=t("utility.informed_fraction"),
        y_title=t("utility.supply_noise"),
        z_title=t("utility.map_z"),
        x_number="percent",
        height=330,
    )


def known(values: Sequence[float]) -> list[float | None]:
    """Numbers; what is not a number is missing."""
    return [None if math.isnan(value) else value for value in values]


def demand(t: Translator, lines: DemandLines) -> ChartSpec:
    """Demand of both groups over the price, with supply and the price at which the market clears."""
    price, name = lines.price.tolist(), words.asset(t, lines.asset)
    drawn = {
        "informed": lines.informed.tolist(),
        "uninformed": lines.uninformed.tolist(),
        "together": lines.together.tolist(),
    }
    labels = {
        "informed": t("utility.who_informed"),
        "uninformed": t("utility.who_uninformed"),
        "together": t("utility.together"),
    }
    clears = ratio(lines.equilibrium_price, 4)
    return ChartSpec(
        key="demand",
        title=t("utility.demand_title", asset=name, price=clears, supply=ratio(lines.supply)),
        kind="lines",
        traces=(
            *(Trace(labels[who], price, values, SLOT[who], kind="model") for who, values in drawn.items()),
            Trace(t("utility.supply"), price, [lines.supply for _ in price], None, kind="model"),
        ),
        spots=(Spot(lines.equilibrium_price, lines.supply, t("utility.price_mark", price=clears)),),
        source=source(t, t("utility.demand_source")),
        alt=t("utility.demand_alt", asset=name),
        x_title=t("utility.price"),
        y_title=t("utility.units"),
        number="growth",
        x_number="fine",
    )


def surface(t: Translator, found: PriceSurface) -> ChartSpec:
    """Price over signal and supply; a line where supply does not vary."""
    signal, supply, price = found.signal.tolist(), found.supply.tolist(), found.price.tolist()
    row, column = len(supply) // 2, len(signal) // 2
    told = {
        "asset": words.asset(t, found.asset), "bad": ratio(price[row][0]), "good": ratio(price[row][-1]),
        "scarce": ratio(price[0][column]), "plenty": ratio(price[-1][column]),
    }  # fmt: skip
    plain = len(supply) == 1
    here = Spot(
        signal[column], price[0][column] if plain else supply[row], t("utility.surface_here", price=ratio(price[row][column], 4))
    )  # fmt: skip
    return ChartSpec(
        key="surface",
        title=t("utility.surface_title_line" if plain else "utility.surface_title", **told),
        kind="lines" if plain else "surface",
        traces=tuple(
            Trace(told["asset"] if plain else f"{level:g}", signal, values, 0, kind="model")
            for level, values in zip(supply, price, strict=True)
        ),
        rows=supply,
        spots=(here,),
        source=source(t, t("utility.surface_source")),
        alt=t("utility.surface_alt", asset=told["asset"]),
        x_title=t("utility.surface_x"),
        y_title=t("utility.price") if plain else t("utility.surface_y"),
        z_title=t("utility.price"),
        number="fine",
        x_number="fine",
    )


def certainty(t: Translator, sweep: InformedSweep, found: Equilibrium) -> ChartSpec:
    """Certainty equivalents and the worth of the signal over the informed share."""
    shares, worth = sweep.informed_fraction.tolist(), sweep.value_of_information.tolist()
    return ChartSpec(
        key="certainty",
        title=t(
            "utility.certainty_title",
            first=ratio(worth[0], 4),
            last=ratio(worth[-1], 4),
            now=ratio(float(found.certainty.value_of_information), 4),
        ),
        kind="lines",
        traces=(
            Trace(t("utility.who_informed"), shares, sweep.certainty_informed.tolist(), SLOT["informed"], kind="model"),
            Trace(
                t("utility.who_uninformed"),
                shares,
                sweep.certainty_uninformed.tolist(),
                SLOT["uninformed"],
                kind="model",
            ),
            Trace(t("utility.signal_worth"), shares, worth, 2, kind="model"),
        ),
        spots=(here(t, found),),
        source=source(t, t("utility.certainty_source")),
        alt=t("utility.certainty_alt"),
        x_title=t("utility.informed_fraction"),
        y_title=t("utility.certainty_y"),
        number="fine",
        x_number="percent",
    )


def here(t: Translator, found: Equilibrium) -> Spot:
    """The informed share of the reader's market."""
    lam = found.inputs.informed_fraction
    return Spot(lam, None, t("utility.here", value=percent(lam, 0)))


def revealed(t: Translator, sweep: InformedSweep, found: Equilibrium, now: Mapping[str, float]) -> ChartSpec:
    """Share of the signal's news that prices pass on, by asset."""
    shares, values = sweep.informed_fraction.tolist(), sweep.revealed.T.tolist()
    first, last = max(now, key=lambda code: now[code]), min(now, key=lambda code: now[code])
    told = {
        "lam": percent(found.inputs.informed_fraction, 0), "most": percent(now[first], 0), "least": percent(now[last], 0),
        "first": words.noun(t, first), "last": words.noun(t, last),
    }  # fmt: skip
    even = told["most"] == told["least"]
    return ChartSpec(
        key="revealed",
        title=t("utility.revealed_title_even" if even else "utility.revealed_title", **told),
        kind="lines",
        traces=tuple(
            Trace(words.asset(t, code), shares, line, order, kind="model")
            for order, (code, line) in enumerate(zip(sweep.assets, values, strict=True))
        ),
        spots=(here(t, found),),
        source=source(t, t("utility.revealed_source")),
        alt=t("utility.revealed_alt"),
        x_title=t("utility.informed_fraction"),
        x_number="percent",
    )


def mapping(t: Translator, rows: Sequence[Mapping[str, float]], own: RiskAversion | None) -> ChartSpec:
    """Gamma over the points of the questionnaire."""
    points, gammas = [row["score"] for row in rows], [row["gamma"] for row in rows]
    most = f"{points[-1]:g}"
    spots = () if own is None else (Spot(own.score, own.gamma, t("utility.yours", value=ratio(own.gamma, 1))),)
    return ChartSpec(
        key="mapping",
        title=t("utility.mapping_title", high=ratio(gammas[0], 0), low=ratio(gammas[-1], 0), most=most),
        kind="lines",
        traces=(Trace("γ", points, gammas, 0, kind="model"),),
        spots=spots,
        source=t("utility.mapping_source", most=most),
        alt=t("utility.mapping_alt"),
        x_title=t("utility.mapping_x"),
        y_title="γ",
        number="growth",
        x_number="plain",
        height=320,
    )


def frontier(t: Translator, found: WorldFrontier, own: RiskAversion | None) -> ChartSpec:
    """The long-only frontier with the world portfolio and the best mix for one risk aversion."""
    curve = found.frontier
    (world,), best = curve.portfolios, curve.best
    gamma = ratio(curve.gamma, 1)
    return ChartSpec(
        key="world-frontier",
        title=t(
            "utility.frontier_title",
            mean=percent(world.mean),
            volatility=percent(world.volatility),
            least=percent(world.volatility - world.volatility_gap),
        ),
        kind="lines",
        traces=(Trace(t("utility.frontier_line"), curve.volatility.tolist(), curve.mean.tolist(), 0, kind="model"),),
        spots=(
            Spot(world.volatility, world.mean, t("utility.frontier_world")),
            Spot(
                best.volatility,
                best.mean,
                t("utility.frontier_middle" if own is None else "utility.frontier_own", gamma=gamma),
            ),
        ),
        source=words.frontier_source(t, found),
        alt=t("utility.frontier_alt"),
        x_title=t("utility.frontier_x"),
        y_title=t("utility.frontier_y"),
        x_number="percent",
    )
