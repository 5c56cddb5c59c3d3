"""The closed form: against the test vector, against rational expectations worked out another way, and in its limits."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.world.equilibrium import CLEARING, solve
from engine.world.inputs import EXAMPLE, EXAMPLE_SIGNAL, EXAMPLE_SUPPLY, LEAST_NOISE
from tests.engine.world.conftest import VECTOR, arguments, markets

NEAR = 1e-9
OUT = VECTOR["outputs"]
S, Q = VECTOR["inputs"]["s"], VECTOR["inputs"]["q"]


def codes(flags):
    return {flag.code for flag in flags}


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("A", "A"),
        ("B", "B"),
        ("C", "C"),
        ("D", "D"),
        ("K", "K"),
        ("T_z", "T_z"),
        ("E_p", "mean_price"),
        ("E_x_informed", "mean_demand_informed"),
        ("E_x_uninformed", "mean_demand_uninformed"),
        ("w_market_at_Ep", "weights_market"),
        ("w_informed_at_Ep", "weights_informed"),
        ("w_uninformed_at_Ep", "weights_uninformed"),
        ("Var_v_given_p", "variance_given_price"),
        ("Var_v_given_s", "variance_given_signal"),
    ],
)
def test_the_test_vector(found, name, attribute):
    assert np.abs(getattr(found, attribute) - np.array(OUT[name])).max() < NEAR


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("p", "price"),
        ("z", "z"),
        ("x_informed", "demand_informed"),
        ("x_uninformed", "demand_uninformed"),
        ("w_market_realised", "weights_market"),
        ("w_uninformed_realised", "weights_uninformed"),
    ],
)
def test_a_state_of_the_test_vector(found, name, attribute):
    state = found.state(S, Q)
    assert np.abs(getattr(state, attribute) - np.array(OUT[name])).max() < NEAR
    assert state.clearing_residual < CLEARING
    assert state.findings == ()


def test_the_scalar_case():
    case = VECTOR["scalar_case"]
    given = case["inputs"]
    found = solve(
        given["mu"],
        given["sigma2"],
        given["sigma_eps2"],
        given["q_bar"],
        given["sigma_q2"],
        given["lambda_informed"],
        given["gamma"],
        given["gamma"],
        given["R"],
    )
    assert (found.A[0], found.B[0, 0], found.C[0, 0]) == pytest.approx((case["A"], case["B"], case["C"]), abs=1e-12)
    assert found.C[0, 0] / found.B[0, 0] == pytest.approx(case["C_over_B"], abs=1e-12)
    assert found.C[0, 0] / found.B[0, 0] == pytest.approx(-given["gamma"] * given["sigma_eps2"] / 0.3, abs=1e-12)


def test_nobody_informed_holds_supply_in_every_state():
    found, limit = solve(**arguments(informed_fraction=0)), VECTOR["limit_no_informed"]
    for name in ("A", "B", "C"):
        assert np.abs(getattr(found, name) - np.array(limit[name])).max() < NEAR
    state = found.state(S, Q)
    assert state.price == pytest.approx(limit["p"], abs=NEAR)
    assert state.demand_uninformed == pytest.approx(Q, abs=1e-12)
    assert found.D is None
    assert np.isnan(state.z).all()
    assert not found.T_z.any()
    assert "shadow_demand_informed" in codes(found.findings)
    assert found.variance_given_price == pytest.approx(np.array(VECTOR["inputs"]["sigma"]), abs=1e-12)
    assert found.posterior_uninformed(state.price).mean == pytest.approx(VECTOR["inputs"]["mu"])


def test_few_informed_are_near_nobody_informed():
    few, nobody = solve(**arguments(informed_fraction=1e-9)), solve(**arguments(informed_fraction=0))
    assert pytest.approx(nobody.A, abs=1e-6) == few.A
    assert pytest.approx(nobody.C, abs=1e-6) == few.C
    assert few.mean_demand_uninformed == pytest.approx(nobody.mean_demand_uninformed, abs=1e-6)


def test_proportional_precisions_scale_the_market():
    sigma = np.array(VECTOR["inputs"]["sigma"])
    given = arguments(
        sigma_eps=0.8 * sigma,
        sigma_q=0.001 * np.linalg.inv(sigma),
        informed_fraction=0.2,
        gamma_informed=3,
        gamma_uninformed=3,
    )
    found = solve(**given)
    ratio = VECTOR["limit_proportional_precisions"]["E_x_uninformed_over_q_bar"]
    assert found.mean_demand_uninformed / found.inputs.q_bar == pytest.approx(ratio, abs=NEAR)


def test_everybody_informed_leaves_a_shadow_demand():
    found = solve(**arguments(informed_fraction=1))
    assert "shadow_demand_uninformed" in codes(found.findings)
    assert found.mean_demand_informed == pytest.approx(found.inputs.q_bar, abs=1e-12)
    assert np.isfinite(found.mean_demand_uninformed).all()
    assert found.clearing_residual(S, Q) < CLEARING


def test_supply_that_never_moves_reveals_the_signal():
    found = solve(**arguments(sigma_q=np.zeros((3, 3))))
    assert found.T_z == pytest.approx(found.noise_precision, abs=1e-9)
    assert "fully_revealing" in codes(found.findings)
    here = found.state(S, found.inputs.q_bar)
    assert here.demand_uninformed == pytest.approx(here.demand_informed, abs=1e-9)
    assert here.demand_uninformed == pytest.approx(found.inputs.q_bar, abs=1e-9)
    assert here.findings == ()
    assert "impossible_supply" in codes(found.state(S, Q).findings)
    assert found.certainty.value_of_information == pytest.approx(0, abs=1e-12)
    few = solve(**arguments(sigma_q=np.zeros((3, 3)), informed_fraction=1e-160))
    assert few.T_z == pytest.approx(found.noise_precision, abs=1e-9)


def test_supply_that_moves_in_one_direction_is_allowed():
    direction = np.array([1.0, 1.0, 0.5])
    found = solve(**arguments(sigma_q=0.01 * np.outer(direction, direction)))
    assert found.clearing_residual(S, Q) < CLEARING
    assert "impossible_supply" in codes(found.state(S, Q).findings)
    assert found.state(S, found.inputs.q_bar + 0.1 * direction).findings == ()


def test_a_signal_without_noise_is_floored_and_marked():
    noise = np.diag([0.0, 0.04, 0.09])
    found = solve(**arguments(sigma_eps=noise), assets=["equity", "bonds", "real_estate"])
    (flag,) = [flag for flag in found.findings if flag.code == "floored_noise"]
    assert (flag.asset, flag.value) == ("equity", 0.0)
    assert np.diag(found.inputs.sigma_eps) == pytest.approx([LEAST_NOISE, 0.04, 0.09])
    assert noise[0, 0] == 0
    assert found.clearing_residual(S, Q) < CLEARING
    assert found.price(S, Q)[0] == pytest.approx(S[0] / 1.02, abs=1e-5)


def test_nearly_singular_payoffs_are_solved_and_flagged():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    sigma = turn @ np.diag([0.04, 4e-6, 8e-12]) @ turn.T
    found = solve(**arguments(sigma=(sigma + sigma.T) / 2))
    assert "loose_clearing" in codes(found.findings)
    assert CLEARING < found.mean_clearing_residual < 1e-4


def test_negative_prices_and_quantities_are_shown_and_weights_are_not():
    found = solve(**arguments())
    state = found.state([0.5, 1.0, 1.0], Q)
    assert state.demand_informed[0] < 0
    assert (state.weights_informed, codes(state.findings)) == (None, {"negative_demand_informed"})
    assert state.weights_market is not None
    crash = found.state([-2.5, 1.0, 1.0], [3, 0.4, 0.1])
    assert crash.price[0] < 0
    assert "negative_price" in codes(crash.findings)
    assert (crash.weights_market, crash.weights_uninformed, crash.active_share) == (None, None, None)
    short = solve(**arguments(q_bar=[0.5, -0.4, 0.1]))
    assert "negative_supply" in codes(short.findings)
    assert (short.weights_market, short.active_share) == (None, None)


@given(markets())
def test_the_market_clears_and_K_is_symmetric_and_positive_definite(case):
    given, s, q = case
    found = solve(**given)
    assert found.clearing_residual(s, q) < CLEARING
    assert found.mean_clearing_residual < CLEARING
    assert np.abs(found.K - found.K.T).max() <= 1e-12 * np.abs(found.K).max()
    assert np.linalg.eigvalsh(found.K)[0] > 0


@given(markets(least_informed=0.02))
def test_beliefs_worked_out_from_the_joint_distribution_reproduce_the_prices(case):
    """Rational expectations without z: regress v on p under the conjectured price, let both groups trade, clear."""
    given, s, q = case
    found = solve(**given)
    sigma, noise, supply = (np.asarray(given[key]) for key in ("sigma", "sigma_eps", "sigma_q"))
    prices = found.B @ (sigma + noise) @ found.B.T + found.C @ supply @ found.C.T
    slope = np.linalg.solve(prices, found.B @ sigma).T
    left = sigma - slope @ found.B @ sigma
    p = found.price(s, q)
    gross = given["gross_riskless"]
    seen = given["mu"] + slope @ (p - found.mean_price)
    known = np.linalg.inv(np.linalg.inv(sigma) + np.linalg.inv(noise))
    told = given["mu"] + known @ np.linalg.solve(noise, s - given["mu"])
    informed = np.linalg.solve(known, told - gross * p) / given["gamma_informed"]
    uninformed = np.linalg.solve(left, seen - gross * p) / given["gamma_uninformed"]
    lam = given["informed_fraction"]
    size = 1 + np.abs(informed).max() + np.abs(uninformed).max()
    assert np.abs(lam * informed + (1 - lam) * uninformed - q).max() < 1e-5 * size
    assert found.variance_given_price == pytest.approx(left, rel=1e-6, abs=1e-9)
    posterior = found.posterior_uninformed(p)
    assert posterior.mean == pytest.approx(seen, abs=1e-6)
    assert found.posterior_informed(s).mean == pytest.approx(told, abs=1e-9)


@given(markets(), st.randoms(use_true_random=False))
def test_relabelling_assets_relabels_the_answer(case, random):
    given, s, q = case
    order = list(range(len(s)))
    random.shuffle(order)
    square = np.ix_(order, order)
    moved = given | {key: given[key][order] for key in ("mu", "q_bar")}
    moved |= {key: given[key][square] for key in ("sigma", "sigma_eps", "sigma_q")}
    one, other = solve(**given), solve(**moved)
    for name in ("A", "premium", "mean_price", "mean_demand_informed", "mean_demand_uninformed"):
        assert getattr(other, name) == pytest.approx(getattr(one, name)[order], rel=1e-8, abs=1e-10)
    for name in ("B", "C", "K", "T_z", "variance_given_price"):
        assert getattr(other, name) == pytest.approx(getattr(one, name)[square], rel=1e-8, abs=1e-8)
    assert other.price(s[order], q[order]) == pytest.approx(one.price(s, q)[order], rel=1e-8)


@given(markets(least_informed=0.05))
def test_C_is_B_D_and_z_is_read_from_prices(case):
    given, s, q = case
    found = solve(**given)
    assert pytest.approx(found.B @ found.D, rel=1e-6, abs=1e-9) == found.C
    z = s + found.D @ (q - given["q_bar"])
    assert found.signal_from_price(found.price(s, q)) == pytest.approx(z, rel=1e-5, abs=1e-5)


def test_units_of_an_asset_do_not_matter(found):
    """A share split two for one halves payoff, price and their deviations, and doubles quantities."""
    split, back = np.diag([0.5, 1, 1]), np.diag([2.0, 1, 1])
    given = arguments()
    other = solve(
        **given
        | {
            "mu": split @ given["mu"],
            "sigma": split @ given["sigma"] @ split,
            "sigma_eps": split @ given["sigma_eps"] @ split,
            "q_bar": back @ given["q_bar"],
            "sigma_q": back @ given["sigma_q"] @ back,
        }
    )
    assert other.mean_price == pytest.approx(split @ found.mean_price)
    assert other.weights_uninformed == pytest.approx(found.weights_uninformed)
    assert other.active_share == pytest.approx(found.active_share)


def test_states_come_in_stacks(found):
    s, q = np.tile(S, (4, 2, 1)), np.tile(Q, (4, 2, 1))
    assert found.price(s, q).shape == (4, 2, 3)
    assert found.demand_uninformed(s, q)[3, 1] == pytest.approx(OUT["x_uninformed"], abs=NEAR)
    assert found.signal_from_price(found.price(s, q))[2, 1] == pytest.approx(OUT["z"], abs=NEAR)
    assert found.posterior_uninformed(found.price(s, q)).mean.shape == (4, 2, 3)


def test_published_active_shares_over_the_informed_share():
    """Prices that nearly reveal: the tilt is largest for a few informed and then falls."""
    shares = {
        lam: solve(
            **arguments(
                sigma_eps=np.diag([0.10, 0.08, 0.15]) ** 2,
                sigma_q=np.diag([0.10, 0.10, 0.05]) ** 2,
                informed_fraction=lam,
                gamma_informed=3,
                gamma_uninformed=3,
            )
        ).active_share
        for lam in (0, 0.05, 0.20, 0.50)
    }
    assert shares[0] == pytest.approx(0, abs=1e-12)
    assert [round(shares[lam], 4) for lam in (0.05, 0.20, 0.50)] == [0.0020, 0.0005, 0.0002]


def test_results_cannot_be_written_to(found):
    for array in (found.A, found.B, found.K, found.mean_price, found.inputs.sigma, found.closed.premium):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_labelled_frames_give_the_names_and_must_agree():
    names = ["equity", "bonds", "real_estate"]
    given = arguments()
    given["mu"] = pd.Series(given["mu"], index=names)
    given["sigma"] = pd.DataFrame(given["sigma"], index=names, columns=names)
    assert solve(**given).inputs.assets == tuple(names)
    assert pd.Series([1.0, 2.0, 3.0]).index.name is None
    other = names[::-1]
    given["sigma"] = given["sigma"].set_axis(other).set_axis(other, axis=1)
    with pytest.raises(BadInput) as raised:
        solve(**given)
    assert (raised.value.code, raised.value.field) == ("world_labels", "sigma")


def test_the_illustration_is_the_test_vector_and_says_what_it_is():
    assert EXAMPLE.origin == "reconstructed_illustration"
    assert (tuple(S), tuple(Q)) == (EXAMPLE_SIGNAL, EXAMPLE_SUPPLY)
    for key in ("mu", "sigma", "sigma_eps", "q_bar", "sigma_q"):
        assert getattr(EXAMPLE, key) == pytest.approx(np.array(VECTOR["inputs"][key]), abs=1e-15)


def test_to_dict_is_plain(found):
    import json

    told = json.loads(json.dumps(found.to_dict(S, Q)))
    assert told["state"]["price"] == pytest.approx(OUT["p"], abs=NEAR)
    assert told["certainty"]["informed"] > told["certainty"]["uninformed"]
    assert found.to_dict()["state"] is None
