"""When the uninformed hold the market, case by case, and how far off they are otherwise."""

import numpy as np
import pytest
from hypothesis import given

from engine.world.equilibrium import solve
from engine.world.separation import separation
from tests.engine.world.conftest import VECTOR, arguments, markets

SIGMA = np.array(VECTOR["inputs"]["sigma"])


def ask(**changes):
    return separation(solve(**arguments(**changes)))


def test_in_general_they_are_tilted(found):
    apart = separation(found)
    assert (apart.cases, apart.holds, apart.same_size) == ((), "no", False)
    market, held = (np.array(VECTOR["outputs"][f"w_{who}_at_Ep"]) for who in ("market", "uninformed"))
    assert apart.active_share == pytest.approx(np.abs(market - held).sum() / 2, abs=1e-9)
    assert 0.03 < apart.eigenvector_residual < 0.04
    assert apart.utility_loss > 0


@pytest.mark.parametrize(
    ("changes", "case", "holds"),
    [
        ({"informed_fraction": 0}, "no_informed", "every_state"),
        ({"sigma_eps": 1e8 * np.eye(3)}, "useless_signal", "every_state"),
        ({"sigma_q": np.zeros((3, 3))}, "fully_revealing", "every_state"),
        ({"sigma_q": 1e-12 * np.eye(3)}, "fully_revealing", "every_state"),
        ({"sigma_eps": 0.8 * SIGMA, "sigma_q": 0.001 * np.linalg.inv(SIGMA)}, "proportional_precisions", "on_average"),
    ],
)
def test_the_limits(changes, case, holds):
    apart = ask(**changes)
    assert apart.cases[0] == case
    assert apart.holds == holds
    assert apart.cases[-1] == "eigenvector"
    assert apart.active_share == pytest.approx(0, abs=1e-6)
    assert apart.utility_loss == pytest.approx(0, abs=1e-9)
    assert apart.same_size is (holds == "every_state")


@pytest.mark.parametrize(
    ("changes", "same_size"),
    [
        ({"informed_fraction": 0}, True),
        ({"sigma_eps": 1e8 * np.eye(3)}, False),
        ({"sigma_q": np.zeros((3, 3))}, False),
    ],
)
def test_unequal_risk_aversion_changes_the_size_only(changes, same_size):
    apart = ask(gamma_informed=2, gamma_uninformed=8, **changes)
    assert apart.cases
    assert apart.active_share == pytest.approx(0, abs=1e-6)
    assert apart.same_size is same_size
    if not same_size:
        assert apart.scale == pytest.approx(1 / (0.1 * 4 + 0.9))


def test_only_mean_supply_may_be_an_eigenvector():
    """Two assets alike in everything: equal supply is an eigenvector although nothing is proportional."""
    twins = arguments(
        mu=[1.05, 1.05],
        sigma=[[0.04, 0.01], [0.01, 0.04]],
        sigma_eps=np.diag([0.03, 0.03]),
        q_bar=[0.5, 0.5],
        sigma_q=np.diag([0.02, 0.02]),
    )
    assert separation(solve(**twins)).cases == ("eigenvector",)
    assert separation(solve(**twins | {"q_bar": [0.5, 0.2]})).cases == ()


def test_one_asset_is_the_market():
    assert "eigenvector" in separation(solve(1.0, 0.04, 0.01, 0.5, 0.01, 0.3, 2, 2, 1)).cases


def test_the_loss_is_the_least_over_sizes_of_the_market(found):
    held, spread, market = found.mean_demand_uninformed, found.variance_given_price, found.inputs.q_bar
    gain = spread @ held * 4.0
    worth = [x @ gain - 2.0 * (x @ spread @ x) for x in np.linspace(0.5, 1.5, 200_001)[:, None] * market]
    best = held @ gain - 2.0 * (held @ spread @ held)
    assert separation(found).utility_loss == pytest.approx(best - max(worth), rel=1e-3)


@given(markets())
def test_the_eigenvector_residual_is_that_of_the_matrix_in_the_text(case):
    found = solve(**case[0])
    matrix = (found.payoff_precision + found.T_z) @ np.linalg.inv(found.K)
    image = matrix @ found.inputs.q_bar
    cosine = image @ found.inputs.q_bar / np.linalg.norm(image) / np.linalg.norm(found.inputs.q_bar)
    residual = separation(found).eigenvector_residual
    assert residual == pytest.approx(np.sqrt(max(1 - cosine**2, 0)), abs=1e-5)
    assert 0 <= residual <= 1 + 1e-12


def test_the_tilt_is_away_from_what_the_informed_know_best(found):
    assert found.weights_uninformed[0] < found.weights_market[0] < found.weights_informed[0]
