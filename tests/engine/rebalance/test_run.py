"""A run: steps under seal, the same again, what is held, due days, and the products that come along."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from engine.errors import BadInput, Busy
from engine.momentum.caps import ISSUER, LARGE, TOGETHER
from engine.rebalance import Override, accounts, again, approve, dry_run, latest, plan, read, run, run_ids
from engine.rebalance.accounts import of
from engine.rebalance.compare import differences
from engine.rebalance.history import STEPS, place
from engine.rebalance.keep import Payload, RunFolder
from engine.rebalance.tickets import read_orders, reimported
from engine.store import Lock
from tests.engine.rebalance.conftest import SESSION

TWO = ("ai_momentum", "ai_factor")
DAY = date(2015, 6, 30)


def test_a_run_is_done_once_and_read_after(runs):
    job = plan(TWO, DAY)
    first = run(job, runner="Ann")
    seen = []
    again = run(job, runner="Ben", tell=lambda step, moment: seen.append((step, moment)))
    assert seen == [(step, "kept") for step in STEPS]
    assert again.content == first.content == dry_run(job).content
    assert again.told["runner"] == "Ann"
    assert [step["status"] for step in first.steps] == ["done"] * 7 + ["waiting", "pending"]
    assert all(step["seconds"] >= 0 for step in first.steps[:7])
    assert run_ids() == [job.run_id]
    assert latest(product="ai_factor") == job.run_id
    assert latest(product="passive") is None


def test_orders_are_whole_shares_inside_caps_and_cash(runs):
    found = run(plan(TWO, DAY))
    for key, book in found.books.items():
        assert book["cash"] >= 0.0
        assert all(isinstance(order["shares"], int) and order["shares"] for order in book["orders"])
        assert abs(sum(book["after"].values()) + book["cash"] / book["value"] - 1.0) < 1e-12
        weights = np.array(list(book["after"].values()))
        if key == "ai_momentum":
            assert weights.max() <= ISSUER + 1e-12
            assert weights[weights > LARGE + 1e-12].sum() <= TOGETHER + 1e-12
    told = {one.product: one.code for one in found.gates if one.name == "caps"}
    assert told == {"ai_momentum": "caps_passed", "ai_factor": "caps_not_a_rule"}


def test_tickets_give_the_same_weights_back(runs):
    job = plan(TWO, DAY)
    found = run(job)
    tickets = RunFolder(job.run_id).read(place("pretrade")).files
    for key, book in found.books.items():
        csv, xlsx = (tickets[f"{key}-orders.{kind}"] for kind in ("csv", "xlsx"))
        assert read_orders(csv) == read_orders(xlsx) == book["orders"]
        size = accounts((key,))[0].size
        back = reimported(csv, {}, size, book["cost"], book["prices"])
        assert back == pytest.approx(book["after"], abs=1e-15)
    assert b"HINDSIGHT" in tickets["ai_momentum-orders.csv"]
    assert b"HINDSIGHT" not in tickets["ai_factor-orders.csv"]


def test_the_next_run_starts_from_what_was_approved(runs):
    first = run(plan(TWO, DAY), runner="Ann")
    friday = date(2015, 7, 17)
    assert plan(TWO, friday).held == {}  # nobody has signed yet
    approve(first.run_id, "Ben")
    job = plan(TWO, friday)
    assert job.held["ai_momentum"].shares == first.books["ai_momentum"]["holdings"]
    second = run(job)
    for key, book in second.books.items():
        before = first.books[key]["holdings"]
        tickets = RunFolder(job.run_id).read(place("pretrade")).files[f"{key}-orders.csv"]
        assert reimported(tickets, before, first.books[key]["cash"], book["cost"], book["prices"]) == pytest.approx(
            book["after"], abs=1e-12
        )
        assert 0.0 < book["turnover"] < 0.5
        sides = [order["shares"] > 0 for order in book["orders"]]
        assert sides == sorted(sides)  # sells first


def test_between_rebalances_weights_move_and_nothing_is_traded(runs):
    first = run(plan(TWO, DAY), runner="Ann")
    approve(first.run_id, "Ben")
    found = run(plan(TWO, date(2015, 7, 1)))
    assert found.orders == []
    for key, book in found.books.items():
        assert book["holdings"] == first.books[key]["holdings"]
        assert book["after"] != first.books[key]["after"]
        assert any(one.code == "not_due" and "2015-07-17" in one.reason for one in found.gates if one.product == key)
    assert plan(TWO, date(2015, 7, 17)).held["ai_factor"].run_id == found.run_id  # no orders: nothing to sign


def test_a_kept_run_is_replayed_with_what_it_held_then(runs):
    first = run(plan(TWO, DAY), runner="Ann")
    second = run(plan(TWO, date(2015, 7, 17)), runner="Ann")  # nobody had signed the first
    approve(first.run_id, "Ben")
    assert plan(TWO, date(2015, 7, 17)).run_id != second.run_id
    job = again(second.told, runs)
    assert job.run_id == second.run_id
    assert dry_run(job).content == second.content
    approve(second.run_id, "Ben")
    third = run(plan(TWO, date(2015, 8, 14)), runner="Ann")
    assert third.told["settings"]["held"]["ai_factor"]["run_id"] == second.run_id
    assert again(third.told, runs).run_id == third.run_id


def test_drift_trades_on_any_session(runs):
    drifting = replace(accounts(("ai_factor",))[0], key="drifting", band=0.0005)
    first = run(plan((drifting,), DAY), runner="Ann")
    approve(first.run_id, "Ben")
    found = run(plan((drifting,), date(2015, 7, 8)))
    assert found.orders
    assert not any(one.code == "not_due" for one in found.gates)


def test_a_second_start_is_refused_while_the_first_works(runs):
    job = plan(("ai_factor",), DAY)
    with Lock(RunFolder(job.run_id).files), pytest.raises(Busy, match="at work on this run"):
        run(job)
    assert run(job).orders


def test_a_damaged_step_is_done_again(runs):
    job = plan(("ai_factor",), DAY)
    first = run(job)
    facts = RunFolder(job.run_id).step(place("weights")) / "facts.json"
    facts.write_bytes(facts.read_bytes().replace(b"MTUM", b"QUAL", 1))
    assert [step["status"] for step in read(job.run_id).steps][3] == "pending"
    seen = []
    assert run(job, tell=lambda step, moment: seen.append((step, moment))).content == first.content
    assert ("features", "kept") in seen
    assert ("weights", "begins") in seen
    assert ("rules", "kept") in seen  # its inputs are the same again


def test_other_questions_are_other_runs(runs):
    ids = {
        plan(TWO, DAY).run_id,
        plan(TWO, date(2015, 6, 29)).run_id,
        plan(("ai_factor",), DAY).run_id,
        plan(TWO, DAY, exclude=("AAPL",)).run_id,
        plan(TWO, DAY, overrides=(Override("ai_factor", "drift", "agreed"),)).run_id,
    }
    assert len(ids) == 5


def test_differences_name_the_step_and_the_orders(runs):
    one, other = dry_run(plan(("ai_momentum",), DAY)), dry_run(plan(("ai_momentum",), DAY, exclude=("AAPL",)))
    told = differences(one, other)
    assert (told["same"], told["first_step"], told["causes"]) == (False, "check", ["settings"])
    assert any(row["ticker"] == "AAPL" and row["other"] == 0 for row in told["products"]["ai_momentum"]["orders"])
    assert differences(one, one)["same"]


def test_the_passive_account_is_in_won_and_whole_shares(runs):
    found = run(plan(("passive",), date(2026, 8, 20)))
    book = found.books["passive"]
    assert book["orders"]
    assert book["cash"] >= 0.0
    assert sum(book["after"].values()) > 0.95
    assert [one.state for one in found.gates if one.name == "fx"] == ["flagged"]  # the table of rates ends in May


def test_the_passive_account_cannot_know_prices_of_later_days(runs):
    found = run(plan(("passive",), date(2018, 11, 30)))
    assert found.orders == []
    assert [one.code for one in found.gates if one.halts] == ["data_not_then", "no_last_good"]


@pytest.mark.slow
def test_the_forecast_product_trades(runs):
    found = run(plan(("forecast",), date(2004, 1, 30)))
    book = found.books["forecast"]
    assert len(book["orders"]) >= 16
    assert book["cash"] >= 0.0


def test_a_session_that_has_not_closed_is_refused(runs):
    with pytest.raises(BadInput, match="date"):
        plan(("ai_factor",), SESSION, now=datetime(2018, 11, 30, 20, 59, tzinfo=UTC))
    assert plan(("ai_factor",), now=datetime(2018, 11, 30, 20, 59, tzinfo=UTC)).day == date(2018, 11, 29)


def test_products_are_configuration():
    assert [account.key for account in accounts()] == ["ai_factor", "ai_momentum", "forecast", "passive"]
    with pytest.raises(BadInput, match="ai_factor, ai_momentum"):
        accounts(("nothing",))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"other": {}}, "model, account"),
        ({"model": {"kind": "guess"}}, "momentum, factors, passive"),
        ({"model": {"kind": "factors"}, "schedule": {"rule": "weekly"}}, "four_weeks"),
        ({"model": {"kind": "factors"}, "rules": {"caps": "yes"}}, "False"),
        ({"model": {"kind": "factors"}, "schedule": {"rule": "drift"}, "account": {"size": -1.0}}, "size"),
        ({"model": {"sort": "x"}}, "kind, fund"),
    ],
)
def test_a_configuration_that_cannot_be_used_says_why(table, told):
    with pytest.raises(BadInput, match=told):
        of("own", table)


def test_a_payload_is_named_by_its_content():
    one = Payload({"a": 1.5}, {"x": np.arange(3.0)}, {"f": b"1"})
    assert one.digest() == Payload({"a": 1.5}, {"x": np.arange(3.0)}, {"f": b"1"}).digest()
    others = [
        Payload({"a": 1.25}, {"x": np.arange(3.0)}, {"f": b"1"}),
        Payload({"a": 1.5}, {"x": np.arange(3)}, {"f": b"1"}),
        Payload({"a": 1.5}, {"x": np.arange(3.0)}, {"f": b"2"}),
        Payload({"a": 1.5}, {"y": np.arange(3.0)}, {"f": b"1"}),
    ]
    assert len({one.digest(), *(other.digest() for other in others)}) == 5
    json.dumps(one.facts)
