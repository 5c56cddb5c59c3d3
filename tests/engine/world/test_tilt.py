"""Tilts: limits on random wishes, closed forms, another solver, relaxations, costs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from engine.errors import BadInput
from engine.world.blocks import BLOCKS
from engine.world.programme import _Programme
from engine.world.tilt import tilt
from engine.world.utility import certainty_equivalent
from engine.world.wishes import GROUPS, Wishes
from tests.engine.world.tilts import (
    ASSUMED,
    COVARIANCE,
    MARKET,
    S,
    W,
    asked_bounds,
    excess,
    relaxed_wishes,
    small,
    tilts,
    world,
)

NAMES = list(GROUPS)
ONES = np.ones(len(BLOCKS))


def chosen(rng, most, low, high):
    names = rng.choice(NAMES, rng.integers(0, most + 1), replace=False)
    return {str(name): float(rng.uniform(low, high)) for name in names}


def preferences(rng):
    """Wanted tilts of any size inside bounds and a budget of any size."""
    bounds = float(rng.uniform(0.005, 0.1)) if rng.random() < 0.5 else chosen(rng, 6, 0.0, 0.1)
    return {
        "preferences": chosen(rng, 5, -0.12, 0.12),
        "bounds": bounds,
        "tracking_error_budget": float(rng.choice([0.001, 0.005, 0.01, 0.03])),
    }


def anything(rng):
    """Wishes that often exclude each other."""
    wishes = preferences(rng)
    if rng.random() < 0.5:
        wishes["exclude"] = tuple(str(name) for name in rng.choice(NAMES, rng.integers(1, 3), replace=False))
    if rng.random() < 0.5:
        held = rng.dirichlet(np.ones(len(BLOCKS)))
        wishes |= {"holdings": dict(zip(BLOCKS, map(float, held), strict=True))}
        wishes["turnover_limit"] = float(rng.choice([0.0, 0.05, 0.3]))
    if rng.random() < 0.3:
        wishes["gamma"] = float(np.exp(rng.uniform(-1, 3)))
    kind = str(rng.choice(["preference", "risk", "passive"]))
    return kind, wishes


def test_bounds_budget_and_sum_hold_on_a_thousand_random_preference_sets():
    rng = np.random.default_rng(5)
    worst, relaxed, met = 0.0, 0, 0
    for _ in range(1000):
        found = world("preference", **preferences(rng))
        worst = max(worst, excess(found))
        assert {item.constraint.split(".")[0] for item in found.relaxed} <= {"preferences"}
        parts = found.contributions
        assert parts["tracking_error"].sum() == pytest.approx(found.tracking_error, abs=1e-14)
        assert parts["utility_cost"].sum() == pytest.approx(found.utility_cost, abs=1e-14)
        missed = {item.constraint: item for item in found.relaxed}
        for name, wish in found.wishes.preferences.items():
            if f"preferences.{name}" not in missed:
                assert tilts(found, name) == pytest.approx(wish, abs=1.1e-6)
                met += 1
        relaxed += bool(found.relaxed)
    assert worst <= 1e-8
    assert relaxed > 200
    assert met > 300


def test_limits_that_exclude_each_other_hold_as_relaxed_and_need_no_more():
    rng = np.random.default_rng(11)
    hard = 0
    for _ in range(120):
        kind, wishes = anything(rng)
        found = world(kind, **wishes)
        assert excess(found) <= 1e-8
        for item in found.relaxed:
            if not item.constraint.startswith("preferences"):
                assert item.used > item.asked
                hard += 1
        again = tilt(relaxed_wishes(found), MARKET, COVARIANCE, ASSUMED.expected_return, riskless=ASSUMED.cash_return)
        assert again.relaxed == ()
        assert excess(again) <= 1e-8
    assert hard > 100


def test_passive_is_the_market_to_the_last_digit():
    found = world("passive")
    assert (found.weights == MARKET).all()
    assert (found.tracking_error, found.utility_cost, found.own_gain) == (0.0, 0.0, 0.0)
    assert (found.contributions == 0.0).all().all()
    assert found.relaxed == found.binding == ()


@pytest.mark.parametrize("kind", ["preference", "risk"])
def test_without_wishes_every_type_is_the_market(kind):
    assert (world(kind).weights == MARKET).all()
    zeros = world(kind, preferences=dict.fromkeys(GROUPS, 0.0), bounds=0.05, tracking_error_budget=0.01)
    assert (zeros.weights == MARKET).all()
    assert {"code": "zero_is_no_wish", "names": NAMES} in zeros.notes


def test_an_exclusion_goes_to_the_rest_of_its_class_in_proportion():
    found = world("passive", exclude=("em_equity",))
    equity = list(GROUPS["equity"])
    left = MARKET[["us_equity", "dev_exus_equity"]]
    assert found.weights["em_equity"] == 0.0
    assert found.weights[left.index].to_numpy() == pytest.approx((left * MARKET[equity].sum() / left.sum()).to_numpy())
    others = [name for name in BLOCKS if name not in equity]
    assert found.weights[others].to_numpy() == pytest.approx(MARKET[others].to_numpy())
    (note,) = [item for item in found.notes if item["code"] == "excluded"]
    told = {
        "blocks": ["em_equity"],
        "weight": pytest.approx(MARKET["em_equity"]),
        "empty_classes": [],
        "pro_rata": True,
    }
    assert note == {"code": "excluded"} | told


def test_an_empty_class_goes_to_all_others_in_proportion():
    found = world("passive", exclude=("equity",))
    left = MARKET.drop(list(GROUPS["equity"]))
    assert found.weights[left.index].to_numpy() == pytest.approx((left / left.sum()).to_numpy())
    (note,) = [item for item in found.notes if item["code"] == "excluded"]
    assert note["empty_classes"] == ["equity"]


def test_the_region_of_an_exclusion_is_its_shares_and_bonds():
    found = world("passive", exclude=("emerging",))
    assert found.weights[["em_equity", "em_bond"]].tolist() == [0.0, 0.0]
    assert {"code": "region_of_shares_and_bonds", "names": ["emerging"]} in found.notes


def test_the_market_s_gamma_follows_from_expected_returns():
    found = world("passive")
    excess_return = ASSUMED.expected_return.to_numpy() @ W - ASSUMED.cash_return
    assert found.market_gamma == pytest.approx(excess_return / (W @ S @ W))
    assert found.implied_return.to_numpy() == pytest.approx(found.market_gamma * S @ W)
    assert W @ found.implied_return.to_numpy() == pytest.approx(excess_return)
    assumed = tilt(Wishes(), MARKET, COVARIANCE)
    assert (assumed.market_gamma, assumed.notes[-1]["basis"]) == (3.0, "assumed")


def test_at_the_market_s_gamma_risk_is_the_market_and_near_it_near():
    gamma = world("passive").market_gamma
    assert (world("risk", gamma=gamma).weights == MARKET).all()
    assert abs(world("risk", gamma=gamma * (1 + 1e-7)).weights - MARKET).max() < 1e-6
    assert abs(world("risk", gamma=gamma * 1.01).weights - MARKET).max() < 0.01


@pytest.mark.parametrize("gamma", [2.4, 3.6, 5.0])
def test_risk_without_limits_mixes_the_market_with_the_least_risky_portfolio(gamma):
    market, spread = small()
    found = tilt(Wishes("risk", gamma=gamma), market, spread, gamma_of_market=3.0)
    calm = np.linalg.solve(spread, np.ones(4))
    expected = 3.0 / gamma * market + (1 - 3.0 / gamma) * calm / calm.sum()
    assert expected.min() > 0
    assert found.weights.to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-7)
    assert found.own_gain > 0


@pytest.mark.parametrize("budget", [0.002, 0.01])
def test_a_budget_alone_shortens_the_move_without_turning_it(budget):
    market, spread = small()
    free, held = (
        tilt(Wishes("risk", gamma=5.0, tracking_error_budget=limit), market, spread, gamma_of_market=3.0)
        for limit in (None, budget)
    )
    expected = free.active * budget / free.tracking_error
    assert free.tracking_error > budget
    assert held.active.to_numpy() == pytest.approx(expected.to_numpy(), abs=2e-6)
    assert held.binding == ("tracking_error_budget",)


def closed_form(spread, picks, wanted):
    """Active weights of least tracking error that sum to zero and reach the tilts: a linear system."""
    rows = np.vstack([np.ones(len(spread)), picks])
    system = np.block([[spread, rows.T], [rows, np.zeros((len(rows), len(rows)))]])
    return np.linalg.solve(system, np.concatenate([np.zeros(len(spread)), [0.0], wanted]))[: len(spread)]


def test_a_preference_alone_is_met_at_least_tracking_error():
    found = world("preference", preferences={"us": 0.03, "real_estate": -0.02})
    picks = [[float(name in GROUPS[group]) for name in BLOCKS] for group in ("us", "real_estate")]
    free = [name for name in BLOCKS if found.weights[name] > 1e-6]  # commodities would go short
    at = [BLOCKS.index(name) for name in free]
    expected = closed_form(S[np.ix_(at, at)], np.array(picks)[:, at], [0.03, -0.02])
    assert found.active[free].to_numpy() == pytest.approx(expected, abs=1e-6)
    assert found.relaxed == ()


def test_a_budget_too_small_for_a_preference_is_used_up():
    market, spread = small()
    wishes = Wishes("preference", preferences={"us_equity": 0.1}, tracking_error_budget=0.004)
    found = tilt(wishes, market, spread)
    one = closed_form(spread.to_numpy(), np.eye(4)[:1], [1.0])
    reach = 0.004 / np.sqrt(one @ spread.to_numpy() @ one)
    (item,) = found.relaxed
    assert (item.constraint, item.asked) == ("preferences.us_equity", 0.1)
    assert item.used == pytest.approx(reach, abs=1e-7)
    assert found.active.to_numpy() == pytest.approx(reach * one, abs=1e-6)


def test_a_preference_beyond_a_bound_or_the_weight_itself_goes_to_the_edge():
    found = world("preference", preferences={"gold": 0.2, "em_equity": -0.5}, bounds=0.06)
    used = {item.constraint: (item.asked, item.used) for item in found.relaxed}
    assert used["preferences.gold"] == (0.2, pytest.approx(0.06, abs=1e-7))
    assert used["preferences.em_equity"] == (-0.5, pytest.approx(-MARKET["em_equity"], abs=1e-7))
    assert {"bounds.gold", "long_only.em_equity"} <= set(found.binding)


def test_the_sum_of_missed_shares_is_the_least_by_another_solver():
    rng = np.random.default_rng(2)
    members = np.array([[float(name in GROUPS[group]) for name in BLOCKS] for group in NAMES])
    for _ in range(25):
        wanted, bound = chosen(rng, 5, -0.15, 0.15), float(rng.uniform(0.01, 0.06))
        wanted = {name: wish for name, wish in wanted.items() if abs(wish) > 0.01}
        found = world("preference", preferences=wanted, bounds=bound)
        rows, aim = [NAMES.index(name) for name in wanted], np.array(list(wanted.values()))
        size, k = len(BLOCKS), len(rows)
        least = linprog(
            np.r_[np.zeros(size), 1 / abs(aim)],
            A_ub=np.block([[members[rows], -np.eye(k)], [-members[rows], -np.eye(k)]]) if k else None,
            b_ub=np.r_[aim, -aim] if k else None,
            A_eq=np.r_[np.ones(size), np.zeros(k)][None],
            b_eq=[0.0],
            bounds=[*zip(np.maximum(-bound, -W), [bound] * size, strict=True), *[(0.0, abs(wish)) for wish in aim]],
        )
        missed = sum(abs(item.used - item.asked) / abs(item.asked) for item in found.relaxed)
        assert missed == pytest.approx(least.fun, abs=2e-5)


def test_the_answer_is_the_best_by_another_solver():
    rng = np.random.default_rng(4)
    for _ in range(12):
        gamma, bound, budget = (
            float(rng.uniform(1.5, 12)),
            float(rng.uniform(0.02, 0.1)),
            float(rng.uniform(0.005, 0.03)),
        )
        found = world("risk", gamma=gamma, bounds=bound, tracking_error_budget=budget)

        def utility(w, gamma=gamma, found=found):
            return certainty_equivalent(w, found.implied_return.to_numpy(), S, gamma)

        other = minimize(
            lambda w, utility=utility: -1e3 * utility(w),
            W,
            method="SLSQP",
            bounds=list(zip(np.maximum(W - bound, 0), W + bound, strict=True)),
            constraints=[
                {"type": "eq", "fun": lambda w: w.sum() - 1},
                {"type": "ineq", "fun": lambda w, budget=budget: 1e3 * (budget**2 - (w - W) @ S @ (w - W))},
            ],
            options={"ftol": 1e-13, "maxiter": 500},
        )
        ours = utility(found.weights.to_numpy())
        assert ours >= utility(other.x) - 1e-8
        assert found.own_gain == pytest.approx(ours - utility(W), abs=1e-12)


def test_an_exclusion_against_a_bound_relaxes_as_little_as_a_linear_programme():
    bound = 0.02
    found = world("passive", exclude=("us_equity",), bounds=bound)
    used = {item.constraint: item.used for item in found.relaxed}
    out, size = BLOCKS.index("us_equity"), len(BLOCKS)
    low, high = -W.copy(), np.full(size, 1.0)
    high[out] = -W[out]
    over = np.block([[np.eye(size), -np.eye(size)], [-np.eye(size), -np.eye(size)]])
    least = linprog(
        np.r_[np.zeros(size), np.ones(size) / bound],
        A_ub=over,
        b_ub=np.full(2 * size, bound),
        A_eq=np.r_[np.ones(size), np.zeros(size)][None],
        b_eq=[0.0],
        bounds=[*zip(low, high, strict=True), *[(0, None)] * size],
    )
    assert used["bounds.us_equity"] == pytest.approx(W[out], abs=2e-6)
    assert sum(value / bound - 1 for value in used.values()) == pytest.approx(least.fun, abs=2e-4 * len(used))
    assert found.weights["us_equity"] == 0.0


def test_an_exclusion_against_a_budget_takes_the_least_tracking_error():
    market, spread = small()
    found = tilt(Wishes("passive", exclude=("real_estate",), tracking_error_budget=0.005), market, spread)
    away = closed_form(spread.to_numpy(), np.eye(4)[3:], [-0.15])
    (item,) = found.relaxed
    assert (item.constraint, item.asked) == ("tracking_error_budget", 0.005)
    assert item.used == pytest.approx(np.sqrt(away @ spread.to_numpy() @ away), abs=3e-6)
    assert found.active.to_numpy() == pytest.approx(away, abs=1e-3)
    (note,) = [note for note in found.notes if note["code"] == "excluded"]
    assert note["pro_rata"] is False


def test_limits_are_never_relaxed_for_a_preference():
    found = world("preference", preferences={"gold": 0.9}, bounds={"gold": 0.01}, tracking_error_budget=0.001)
    assert [item.constraint for item in found.relaxed] == ["preferences.gold"]


def test_turnover_is_counted_from_the_holdings():
    found = world("passive", holdings={"us_equity": 0.6, "us_bond": 0.4}, turnover_limit=0.25)
    assert found.turnover == pytest.approx(0.25, abs=1e-8)
    assert found.weights["us_equity"] + found.weights["us_bond"] == pytest.approx(0.75, abs=1e-7)
    assert (found.relaxed, "turnover_limit" in found.binding) == ((), True)
    free = world("passive", holdings={"us_equity": 0.6, "us_bond": 0.4}, turnover_limit=1.0)
    assert (free.weights == MARKET).all()


def test_a_turnover_limit_that_cannot_be_kept_is_named():
    found = world("passive", holdings={"gold": 1.0}, turnover_limit=0.1, bounds=0.02)
    (item,) = found.relaxed
    assert item.constraint == "turnover_limit"
    assert item.used == pytest.approx(1 - W[BLOCKS.index("gold")] - 0.02, abs=2e-6)


def test_the_cost_is_the_certainty_equivalent_given_up():
    rng = np.random.default_rng(8)
    for kind, gamma in (("preference", 6.0), ("preference", None), ("risk", 2.5)):
        found = world(kind, gamma=gamma, preferences=chosen(rng, 4, -0.05, 0.05), bounds=0.06)
        priced = found.gamma_priced
        implied = found.implied_return.to_numpy()
        lost = certainty_equivalent(W, implied, S, priced) - certainty_equivalent(
            found.weights, implied, COVARIANCE, priced
        )
        assert found.utility_cost == pytest.approx(lost, abs=1e-12)
        assert found.utility_cost == pytest.approx(priced / 2 * found.tracking_error**2)
        assert priced == (found.market_gamma if kind == "risk" or gamma is None else gamma)


def test_a_class_bound_limits_the_class_and_not_its_blocks():
    found = world("preference", preferences={"us_equity": 0.08}, bounds={"equity": 0.01})
    assert found.relaxed == ()
    assert found.active["us_equity"] == pytest.approx(0.08, abs=1e-6)
    assert tilts(found, "equity") <= 0.01 + 1e-8


@given(order=st.permutations(range(4)), wish=st.floats(-0.05, 0.05), gamma=st.floats(1.5, 8), gone=st.booleans())
@settings(max_examples=30)
def test_relabelling_the_blocks_relabels_the_answer(order, wish, gamma, gone):
    one_a_class = ["us_equity", "us_bond", "real_estate", "gold"]
    market, spread = small()
    market.index, spread.index, spread.columns = one_a_class, one_a_class, one_a_class
    renamed = dict(zip(one_a_class, np.array(one_a_class)[list(order)].tolist(), strict=True))

    def ask(names, weights, covariance):
        wished, out = names["us_equity"], (names["us_bond"],) if gone else ()
        limits = {"bounds": 0.12, "tracking_error_budget": 0.02}
        return tilt(Wishes("risk", {wished: wish}, out, gamma, **limits), weights, covariance)

    plain = ask(dict(zip(one_a_class, one_a_class, strict=True)), market, spread)
    other = ask(renamed, market.rename(renamed), spread.rename(index=renamed, columns=renamed))
    turned = other.weights[[renamed[name] for name in plain.weights.index]]
    assert turned.to_numpy() == pytest.approx(plain.weights.to_numpy(), abs=2e-5)
    assert other.tracking_error == pytest.approx(plain.tracking_error, abs=2e-6)
    assert len(other.relaxed) == len(plain.relaxed)


def test_the_order_of_the_inputs_does_not_matter():
    wishes = Wishes("preference", preferences={"emerging": 0.04}, bounds=0.03)
    turned = tilt(wishes, MARKET[::-1], COVARIANCE.iloc[::-1, ::-1])
    assert (turned.weights == tilt(wishes, MARKET, COVARIANCE).weights).all()


def test_more_budget_never_misses_more():
    wish = {"gold": 0.06, "emerging": 0.08, "us_bond": -0.1}
    missed = []
    for budget in (0.001, 0.003, 0.006, 0.01, 0.02):
        found = world("preference", preferences=wish, tracking_error_budget=budget)
        missed.append(sum(abs(item.used - item.asked) / abs(item.asked) for item in found.relaxed))
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(missed))
    assert missed[0] > missed[-1] == 0.0


def test_the_same_wishes_give_the_same_digits_whatever_was_asked_before():
    wishes = {"preferences": {"emerging": 0.2, "gold": 0.1}, "bounds": 0.05, "tracking_error_budget": 0.01}
    first = world("preference", **wishes)
    world("risk", gamma=0.5, bounds=0.2)
    world("preference", preferences={"gold": 0.01})
    assert (world("preference", **wishes).weights == first.weights).all()


@pytest.mark.parametrize("elastic", [False, True])
@pytest.mark.parametrize("funds", [0, 5])
def test_the_programme_is_compiled_once_for_all_numbers(elastic, funds):
    assert _Programme(np.eye(4), 4 + funds, elastic).problem.is_dpp()


def test_threads_do_not_mix_their_numbers():
    asked = [{"preferences": {"gold": 0.01 * step}, "tracking_error_budget": 0.01} for step in range(1, 9)]
    alone = [world("preference", **wishes).weights for wishes in asked]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda wishes: world("preference", **wishes).weights, asked * 2))
    assert all((one == other).all() for one, other in zip(alone * 2, together, strict=True))


def test_a_bound_of_zero_everywhere_leaves_the_market():
    for wishes in ({"bounds": 0.0}, {"tracking_error_budget": 0.0}):
        found = world("preference", preferences={"gold": 0.05}, **wishes)
        assert found.weights.to_numpy() == pytest.approx(W, abs=1e-8)
        assert [(item.constraint, item.used) for item in found.relaxed] == [
            ("preferences.gold", pytest.approx(0.0, abs=1e-7))
        ]


def test_wishes_a_type_does_not_use_are_named():
    found = world("passive", preferences={"gold": 0.05}, views={"gold": 0.01}, strength=1.0)
    assert (found.weights == MARKET).all()
    assert {"code": "not_used_by_type", "type": "passive", "names": ["preferences", "views", "strength"]} in found.notes


def test_the_result_as_plain_values():
    told = world("preference", preferences={"emerging": 0.9}, bounds=np.float64(0.05), gamma=np.int64(4)).to_dict()
    assert told["relaxed"][0].keys() == {"constraint", "asked", "used"}
    assert told["wishes"]["gamma"] == 4.0
    assert told["contributions"]["gold"].keys() == {"active", "tracking_error", "utility_cost"}
    assert sum(told["weights"].values()) == pytest.approx(1.0, abs=1e-12)
    assert told["funds"] is None
    assert told["turnover"] is None


def test_a_market_of_fewer_blocks():
    market, spread = small()
    found = tilt(Wishes("preference", preferences={"bonds": 0.02}), market, spread)
    assert found.active["us_bond"] == pytest.approx(0.02, abs=1e-6)
    with pytest.raises(BadInput) as raised:
        tilt(Wishes("preference", preferences={"gold": 0.02}), market, spread)
    assert (raised.value.code, raised.value.field, raised.value.value) == ("unknown_choice", "preferences", "gold")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"market": MARKET.rename({"gold": "silver"})}, "market"),
        ({"market": pd.concat([MARKET, MARKET[:1]])}, "market"),
        ({"market": MARKET * 1.01}, "market"),
        ({"market": MARKET.where(MARKET.index != "gold", np.nan)}, "market.gold"),
        ({"market": MARKET - pd.Series({"gold": 0.1}).reindex(MARKET.index).fillna(0)}, "market.gold"),
        ({"covariance": COVARIANCE.drop(index="gold")}, "covariance"),
        ({"covariance": COVARIANCE.drop(columns="gold", index="gold")}, "covariance"),
        ({"covariance": COVARIANCE.where(COVARIANCE < 0.03, np.nan)}, "covariance"),
        ({"covariance": COVARIANCE + np.triu(S) * 0.1}, "covariance"),
        ({"covariance": -COVARIANCE}, "covariance"),
        ({"covariance": pd.DataFrame(np.outer(W, W), BLOCKS, BLOCKS)}, "covariance"),
        ({"expected_return": ASSUMED.expected_return.drop("gold")}, "expected_return"),
        ({"expected_return": ASSUMED.expected_return * 0.0}, "expected_return"),
        ({"expected_return": ASSUMED.expected_return * np.nan}, "expected_return.us_equity"),
        ({"gamma_of_market": 0.0}, "gamma_of_market"),
        (
            {"wishes": Wishes("passive", exclude=("equity", "bonds", "real_estate", "infrastructure", "gold"))},
            "exclude",
        ),
    ],
)
def test_bad_input_is_refused_by_name(change, field):
    given = {"wishes": Wishes(), "market": MARKET, "covariance": COVARIANCE, "riskless": 0.031} | change
    with pytest.raises(BadInput) as raised:
        tilt(**given)
    assert raised.value.field == field


def test_nothing_is_rescaled_in_the_bounds_a_reader_gave():
    wishes = Wishes("preference", bounds={"equity": 0.01, "gold": 0.02})
    assert asked_bounds(wishes) == {"equity": 0.01, "gold": 0.02}
    assert world("preference", bounds={"equity": 0.01, "gold": 0.02}).wishes == wishes


def test_the_solver_is_not_loaded_before_it_is_needed():
    code = (
        "import sys, engine.world.tilt, engine.world.implement; print('cvxpy' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
