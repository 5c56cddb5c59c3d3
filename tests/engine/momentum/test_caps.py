"""The fund rules: the projection is the nearest portfolio that keeps them, by brute force."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.errors import BadInput, Infeasible
from engine.momentum import project

KINDS = ("dirichlet", "flat", "normal", "steep", "outside")


def wish(g, names, kind):
    if kind == "dirichlet":
        return g.dirichlet(np.full(names, 0.3))
    if kind == "flat":
        return np.full(names, 1 / names) + g.normal(0, 1e-3, names)
    if kind == "steep":
        return np.sort(g.pareto(1.2, names))[::-1] / 20
    return g.normal(1 / names, 0.05 if kind == "normal" else 1.0, names)


def filled(wanted, low, high, total):
    """Nearest weights in a box with a given sum, by bisection on the multiplier; rows side by side."""
    down, up = (wanted - high).min(axis=1), (wanted - low).max(axis=1)
    for _ in range(60):
        middle = (down + up) / 2
        above = np.clip(wanted - middle[:, None], low, high).sum(axis=1) > total
        down, up = np.where(above, middle, down), np.where(above, up, middle)
    return np.clip(wanted - ((down + up) / 2)[:, None], low, high)


def nearest(wanted, large):
    """Least squared distance for each choice of large names (bool, shape (S, n)); infinite where none is feasible."""
    wanted = np.broadcast_to(wanted, large.shape)
    low, high = np.where(large, 0.05, 0.0), np.where(large, 0.10, 0.05)
    together = filled(wanted, low, high, 1.0)
    over = (together * large).sum(axis=1) > 0.4
    apart = np.where(
        large,
        filled(np.where(large, wanted, 0.0), np.where(large, 0.05, 0.0), np.where(large, 0.10, 0.0), 0.4),
        filled(np.where(large, 0.0, wanted), 0.0, np.where(large, 0.0, 0.05), 0.6),
    )
    answer = np.where(over[:, None], apart, together)
    sound = (np.abs(answer.sum(axis=1) - 1) < 1e-9) & ((answer * large).sum(axis=1) <= 0.4 + 1e-9)
    return np.where(sound, ((answer - wanted) ** 2).sum(axis=1), np.inf)


def every_choice(names):
    rows = [np.zeros(names, dtype=bool)]
    for count in range(1, 8):
        for chosen in combinations(range(names), count):
            row = np.zeros(names, dtype=bool)
            row[list(chosen)] = True
            rows.append(row)
    return np.array(rows)


def prefixes(wanted):
    order = np.argsort(-wanted, kind="stable")
    large = np.zeros((8, len(wanted)), dtype=bool)
    for count in range(8):
        large[count, order[:count]] = True
    return large


def keeps(weights):
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert weights.min() >= 0.0
    assert weights.max() <= 0.10 + 1e-12
    assert weights[weights > 0.05 + 1e-12].sum() <= 0.40 + 1e-12


@pytest.mark.parametrize("kind", KINDS)
def test_a_thousand_vectors_equal_the_enumeration_of_how_many_are_large(kind):
    g = np.random.default_rng(KINDS.index(kind))
    for _ in range(200):
        wanted = wish(g, int(g.integers(16, 80)), kind)
        found = project(wanted)
        keeps(found)
        assert ((found - wanted) ** 2).sum() == pytest.approx(nearest(wanted, prefixes(wanted)).min(), abs=1e-10)


def test_no_choice_of_large_names_is_nearer_than_the_largest():
    """Every subset of up to seven names, not only the largest: 26,333 problems a vector."""
    choices = every_choice(16)
    g = np.random.default_rng(9)
    for kind in ("dirichlet", "flat", "steep"):
        wanted = wish(g, 16, kind)
        found = project(wanted)
        keeps(found)
        assert ((found - wanted) ** 2).sum() == pytest.approx(nearest(wanted, choices).min(), abs=1e-10)


def test_each_convex_part_equals_a_solver():
    """The part with m large names is what a conic solver finds."""
    import cvxpy as cp

    g = np.random.default_rng(2)
    for kind in KINDS:
        wanted = np.sort(wish(g, 20, kind))[::-1]
        best = np.inf
        for large in range(8):
            w = cp.Variable(20)
            rules = [cp.sum(w) == 1, w >= 0, w[large:] <= 0.05]
            if large:
                rules += [w[:large] >= 0.05, w[:large] <= 0.10, cp.sum(w[:large]) <= 0.40]
            problem = cp.Problem(cp.Minimize(cp.sum_squares(w - wanted)), rules)
            problem.solve(solver=cp.CLARABEL)
            if problem.status == "optimal":
                best = min(best, problem.value)
        assert ((project(wanted) - wanted) ** 2).sum() == pytest.approx(best, abs=1e-7)


vectors = st.integers(16, 60).flatmap(lambda n: arrays(float, n, elements=st.floats(-1, 1, width=32)))


@given(vectors)
@settings(max_examples=150, deadline=None)
def test_rules_hold_whatever_is_wished(wanted):
    keeps(project(wanted))


@given(vectors)
@settings(max_examples=80, deadline=None)
def test_projecting_again_changes_nothing(wanted):
    once = project(wanted)
    assert project(once) == pytest.approx(once, abs=1e-12)


@given(vectors, st.randoms())
@settings(max_examples=80, deadline=None)
def test_the_order_of_wishes_is_kept_and_names_are_only_labels(wanted, random):
    found = project(wanted)
    order = np.argsort(-wanted, kind="stable")
    assert (np.diff(found[order]) <= 1e-12).all()
    mixed = list(range(len(wanted)))
    random.shuffle(mixed)
    again = project(wanted[mixed])
    assert np.sort(again) == pytest.approx(np.sort(found), abs=1e-12)


def test_rows_are_projected_side_by_side():
    g = np.random.default_rng(0)
    table = np.array([wish(g, 30, kind) for kind in KINDS])
    assert np.array_equal(project(table), np.array([project(row) for row in table]))


def test_sixteen_names_have_one_shape_and_fifteen_none():
    found = np.sort(project(np.arange(16.0)))[::-1]
    assert found == pytest.approx([0.10] * 4 + [0.05] * 12)
    with pytest.raises(Infeasible, match=r"15.*16") as raised:
        project(np.ones(15) / 15)
    assert raised.value.code == "fund_rules_names"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_wish_that_is_no_number_is_refused(value):
    wanted = np.full(20, 0.05)
    wanted[3] = value
    with pytest.raises(BadInput):
        project(wanted)


def test_weights_that_keep_the_rules_stay():
    equal = np.full(50, 0.02)
    assert project(equal) == pytest.approx(equal, abs=1e-15)
