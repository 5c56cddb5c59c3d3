"""Tables of the page: the numbers behind its charts and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement, product

from engine.world.equilibrium import Equilibrium
from engine.world.separation import Separation
from engine.world.simulate import Confirmed, Simulation
from engine.world.statics import DemandLines, InformedSweep, MarketMap, PriceSurface
from pages.utility import charts, words
from ui.answers import WorldFrontier
from ui.format import NONE, percent, ratio
from ui.i18n import Translator

Row = dict[str, object]
Places = dict[tuple[int, ...], str]
"""Where a figure lies in the engine's array, and its name."""

CASES = ("no_informed", "useless_signal", "fully_revealing", "proportional_precisions", "eigenvector")


def cases(t: Translator, apart: Separation, limits: Mapping[str, Separation]) -> list[Row]:
    """The five cases: why, whether they apply, and the active share when they are reached."""
    return [
        {
            t("utility.column_case"): t(f"utility.case_{code}"),
            t("utility.column_why"): t(f"utility.why_{code}"),
            t("utility.column_applies"): t(f"utility.applies_{'yes' if code in apart.cases else 'no'}"),
            t("utility.column_limit"): percent(limits[code].active_share, 2) if code in limits else NONE,
        }
        for code in CASES
    ]


def means(t: Translator, found: Equilibrium) -> list[Row]:
    """Mean prices, quantities and weights."""
    quantities = {
        t("utility.column_price"): found.mean_price,
        t("utility.column_supply"): found.inputs.q_bar,
        t("utility.column_units_uninformed"): found.mean_demand_uninformed,
        t("utility.column_units_informed"): found.mean_demand_informed,
    }
    shares = {who: words.weights(found, who) for who in ("market", "uninformed", "informed")}
    rows: list[Row] = []
    for step, code in enumerate(found.inputs.assets):
        row: Row = {t("utility.column_asset"): words.asset(t, code)}
        row |= {name: float(values[step]) for name, values in quantities.items()}
        for who, held in shares.items():
            row[t("utility.column_weight", who=t(f"utility.who_{who}"))] = percent(held.get(code), 2)
        rows.append(row)
    return rows


def coefficients(t: Translator, found: Equilibrium) -> list[Row]:
    """A, B and C, row by row."""
    assets = [words.asset(t, code) for code in found.inputs.assets]
    return [
        {t("utility.column_asset"): name, "A": float(found.A[row])}
        | {f"B: {other}": float(found.B[row, column]) for column, other in enumerate(assets)}
        | {f"C: {other}": float(found.C[row, column]) for column, other in enumerate(assets)}
        for row, name in enumerate(assets)
    ]


def market_map(t: Translator, found: MarketMap) -> list[Row]:
    """Supply noise down, informed share across."""
    return [
        {t("utility.supply_noise"): level}
        | {
            percent(lam, 0): value
            for lam, value in zip(found.informed_fraction.tolist(), charts.known(row), strict=True)
        }
        for level, row in zip(found.supply_noise.tolist(), found.active_share.tolist(), strict=True)
    ]


def demand(t: Translator, lines: DemandLines) -> list[Row]:
    """The drawn points, and what the uninformed would hold if they read nothing into prices."""
    columns = {
        t("utility.price"): lines.price,
        t("utility.who_informed"): lines.informed,
        t("utility.who_uninformed"): lines.uninformed,
        t("utility.deaf"): lines.uninformed_deaf,
        t("utility.together"): lines.together,
    }
    return across({name: values.tolist() for name, values in columns.items()}, {t("utility.supply"): lines.supply})


def surface(t: Translator, found: PriceSurface) -> list[Row]:
    """Supply down, signal across."""
    return [
        {t("utility.surface_y"): level} | {ratio(seen, 4): price for seen, price in zip(found.signal.tolist(), row, strict=True)}
        for level, row in zip(found.supply.tolist(), found.price.tolist(), strict=True)
    ]  # fmt: skip


def sweep(t: Translator, found: InformedSweep) -> list[Row]:
    """Everything over the informed share."""
    revealed = dict(zip(found.assets, found.revealed.T.tolist(), strict=True))
    return across(
        {
            t("utility.informed_fraction"): found.informed_fraction.tolist(),
            t("utility.figure_certainty_informed"): found.certainty_informed.tolist(),
            t("utility.figure_certainty_uninformed"): found.certainty_uninformed.tolist(),
            t("utility.signal_worth"): found.value_of_information.tolist(),
            t("utility.map_z"): found.active_share.tolist(),
        }
        | {t("utility.card_revealed", asset=words.noun(t, code)): values for code, values in revealed.items()}
    )


def across(columns: Mapping[str, Sequence[float]], fixed: Mapping[str, float] | None = None) -> list[Row]:
    """Columns as rows, with what is the same in all of them."""
    return [
        dict(zip(columns, values, strict=True)) | dict(fixed or {}) for values in zip(*columns.values(), strict=True)
    ]


def simulation(t: Translator, found: Equilibrium, done: Simulation) -> list[Row]:
    """Each simulated figure beside its closed form; covariances once."""
    codes = found.inputs.assets
    names = [words.asset(t, code) for code in codes]
    single: Places = {(): t("utility.whole_market")}
    each: Places = {(step,): name for step, name in enumerate(names)}
    every: Places = {
        (row, column): t("utility.pair", one=names[row], other=names[column])
        for row, column in product(range(len(names)), repeat=2)
    }
    pairs: Places = {
        (row, column): names[row] if row == column else f"{names[row]}, {names[column]}"
        for row, column in combinations_with_replacement(range(len(names)), 2)
    }
    return [
        *_rows(t, "certainty_informed", done.certainty_informed, single),
        *_rows(t, "certainty_uninformed", done.certainty_uninformed, single),
        *_rows(t, "value_of_information", done.value_of_information, single),
        *_rows(t, "mean_given_price", done.mean_given_price, each),
        *_rows(t, "slope_given_price", done.slope_given_price, every),
        *_rows(t, "variance_given_price", done.variance_given_price, pairs),
        *_rows(t, "variance_given_signal", done.variance_given_signal, pairs),
    ]


def _rows(t: Translator, figure: str, told: Confirmed, places: Places) -> list[Row]:
    return [
        {
            t("utility.column_figure"): t(f"utility.figure_{figure}"),
            t("utility.column_asset"): name,
            t("utility.column_simulated"): round(float(told.simulated[place]), 6),
            t("utility.column_exact"): round(float(told.exact[place]), 6),
            t("utility.column_error"): round(float(told.standard_error[place]), 6),
            t("utility.column_deviation"): round(float(told.deviations[place]), 2),
        }
        for place, name in places.items()
    ]


def deviations(t: Translator, rows: Sequence[Row]) -> list[float]:
    """The last column of the simulation's table."""
    return [float(str(row[t("utility.column_deviation")])) for row in rows]


def mapping(t: Translator, rows: Sequence[Mapping[str, float]]) -> list[Row]:
    """Every score with its gamma and share of equity."""
    return [
        {
            t("utility.column_points"): int(row["score"]),
            "γ": round(row["gamma"], 2),
            t("utility.column_share"): percent(row["equity_share"], 0),
        }
        for row in rows
    ]


def frontier(t: Translator, found: WorldFrontier) -> list[Row]:
    """Block by block: weights, the manager's returns both ways, and the return that the world's weights imply."""
    assumed, best = found.assumptions, found.frontier.best.weights.tolist()
    return [
        {
            t("utility.column_block"): t(f"utility.block_{code}"),
            t("utility.column_world"): percent(float(found.market.weights[code])),
            t("utility.column_best"): percent(held),
            t("utility.column_arithmetic"): percent(float(assumed.expected_return[code])),
            t("utility.column_compound"): percent(float(assumed.compound_return[code])),
            t("utility.column_volatility"): percent(float(assumed.volatility[code])),
            t("utility.column_implied"): percent(found.implied[code]),
        }
        for code, held in zip(assumed.blocks, best, strict=True)
    ]
