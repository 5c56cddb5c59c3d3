"""Sweeps, surfaces and lines equal what single solutions say."""

import numpy as np
import pytest

from engine.errors import BadInput
from engine.world.equilibrium import solve_inputs
from engine.world.inputs import EXAMPLE, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY
from engine.world.separation import separation
from engine.world.statics import demand_lines, market_map, over_informed_fraction, price_surface

FOUND = solve_inputs(EXAMPLE)


def test_the_sweep_is_made_of_single_solutions():
    sweep = over_informed_fraction(EXAMPLE)
    assert (sweep.informed_fraction[0], sweep.informed_fraction[-1]) == (0, 1)
    for row in (0, 1, 5, 25, 50):
        one = solve_inputs(EXAMPLE.changed(informed_fraction=float(sweep.informed_fraction[row])))
        assert sweep.mean_price[row] == pytest.approx(one.mean_price, abs=1e-12)
        assert sweep.mean_demand_uninformed[row] == pytest.approx(one.mean_demand_uninformed, abs=1e-11)
        assert sweep.weights_uninformed[row] == pytest.approx(one.weights_uninformed, abs=1e-11)
        assert sweep.active_share[row] == pytest.approx(one.active_share, abs=1e-11)
        assert sweep.eigenvector_residual[row] == pytest.approx(separation(one).eigenvector_residual, abs=1e-9)
        assert sweep.value_of_information[row] == pytest.approx(one.certainty.value_of_information, abs=1e-12)
        assert sweep.certainty_informed[row] == pytest.approx(one.certainty.informed, abs=1e-11)


def test_more_informed_money_reveals_more_and_makes_the_signal_worth_less():
    sweep = over_informed_fraction(EXAMPLE)
    assert (np.diff(sweep.revealed, axis=0) > 0).all()
    assert sweep.revealed[0] == pytest.approx(0, abs=1e-12)
    assert sweep.revealed.max() < 1
    assert (np.diff(sweep.value_of_information) < 0).all()


def test_the_map_is_made_of_single_solutions():
    drawn = market_map(EXAMPLE, fractions=(0, 0.1, 0.6), supply_noise=(0, 0.5, 2))
    assert drawn.active_share.shape == (3, 3)
    for row, noise in enumerate(drawn.supply_noise):
        for column, share in enumerate(drawn.informed_fraction):
            one = solve_inputs(EXAMPLE.changed(informed_fraction=float(share), supply_noise=float(noise)))
            assert drawn.active_share[row, column] == pytest.approx(one.active_share, abs=1e-10)
    assert drawn.active_share[:, 0] == pytest.approx(0, abs=1e-12)
    assert drawn.active_share[0] == pytest.approx(0, abs=1e-9)


def test_the_default_map_has_both_axes():
    drawn = market_map(EXAMPLE)
    assert drawn.active_share.shape == (31, 51)
    assert np.isfinite(drawn.eigenvector_residual).all()


@pytest.mark.parametrize("asset", EXAMPLE.assets)
def test_the_surface_is_the_price_with_the_others_at_their_means(asset):
    surface, step = price_surface(FOUND, asset, points=5), EXAMPLE.assets.index(asset)
    assert surface.price.shape == (5, 5)
    s, q = EXAMPLE.mu.copy(), EXAMPLE.q_bar.copy()
    s[step], q[step] = surface.signal[4], surface.supply[1]
    assert surface.price[1, 4] == pytest.approx(FOUND.price(s, q)[step], abs=1e-12)
    assert surface.price[2, 2] == pytest.approx(FOUND.mean_price[step], abs=1e-12)


def test_a_surface_without_supply_noise_has_one_row():
    still = solve_inputs(EXAMPLE.changed(supply_noise=0))
    assert price_surface(still, "bonds", points=7).price.shape == (1, 7)


@pytest.mark.parametrize("asset", EXAMPLE.assets)
@pytest.mark.parametrize("fraction", [0.0, 0.1, 1.0])
def test_demand_meets_supply_at_the_price(asset, fraction):
    found = solve_inputs(EXAMPLE.changed(informed_fraction=fraction))
    lines = demand_lines(found, asset, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY, points=41)
    assert lines.price[20] == pytest.approx(lines.equilibrium_price)
    assert lines.together[20] == pytest.approx(lines.supply, abs=1e-10)
    assert lines.uninformed[20] == lines.uninformed_deaf[20]
    assert (np.diff(lines.informed) < 0).all()
    assert (np.diff(lines.uninformed_deaf) < 0).all()


@pytest.mark.parametrize("asset", EXAMPLE.assets)
def test_demand_lines_are_what_investors_would_hold_at_another_price(asset):
    """From posteriors: move one price, ask both groups again."""
    lines, step = demand_lines(FOUND, asset, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY), EXAMPLE.assets.index(asset)
    price = FOUND.price(EXAMPLE_SIGNAL, EXAMPLE_SUPPLY)
    believed = FOUND.posterior_uninformed(price)
    price[step] = lines.price[3]
    known, read = FOUND.posterior_informed(EXAMPLE_SIGNAL), FOUND.posterior_uninformed(price)
    for line, beliefs in ((lines.informed, known), (lines.uninformed, read), (lines.uninformed_deaf, believed)):
        held = np.linalg.solve(beliefs.variance, beliefs.mean - 1.02 * price) / 4.0
        assert line[3] == pytest.approx(held[step], abs=1e-7)


def test_reading_news_into_prices_flattens_the_line():
    lines = demand_lines(FOUND, "equity")
    assert abs(np.ptp(lines.uninformed)) < abs(np.ptp(lines.uninformed_deaf))


def test_a_price_that_never_moves_still_has_a_line():
    still = solve_inputs(EXAMPLE.changed(informed_fraction=0, supply_noise=0))
    assert np.ptp(demand_lines(still, "bonds").price) > 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: over_informed_fraction(EXAMPLE, (0.1, 1.2)),
        lambda: over_informed_fraction(EXAMPLE, ()),
        lambda: over_informed_fraction(EXAMPLE, (0.1, float("nan"))),
        lambda: market_map(EXAMPLE, supply_noise=(-1, 1)),
        lambda: market_map(EXAMPLE, supply_noise=()),
        lambda: price_surface(FOUND, "gold"),
        lambda: price_surface(FOUND, "bonds", points=1),
        lambda: price_surface(FOUND, "bonds", points=5.5),
        lambda: demand_lines(FOUND, "gold"),
        lambda: demand_lines(FOUND, "bonds", points=10_000),
        lambda: demand_lines(FOUND, "bonds", s=[1, 2]),
    ],
)
def test_bad_questions_are_refused(call):
    with pytest.raises(BadInput):
        call()


def test_results_are_plain():
    import json

    for result in (
        over_informed_fraction(EXAMPLE),
        market_map(EXAMPLE),
        price_surface(FOUND, "bonds"),
        demand_lines(FOUND, "bonds"),
    ):
        json.dumps(result.to_dict())
