"""Waits: growing, spread out, capped, and cut short when asked."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Cancelled
from engine.sources.waiting import TokenBucket, backoff, bucket, pause, retry_after

NOW = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)


@given(st.integers(0, 60), st.floats(0.0, 10.0), st.floats(0.0, 60.0))
def test_a_wait_lies_between_half_and_all_of_its_cap(attempt, first, most):
    cap = min(first * 2.0**attempt, most)
    assert cap / 2 <= backoff(attempt, first, most) <= cap


def test_waits_are_spread_out():
    assert len({backoff(3, 1.0, 60.0) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 120 ", 120.0),
        ("Wed, 21 Oct 2026 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("21 Oct 2026 07:29:00 -0000", 60.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("\u0663", 0.0),
        ("", 0.0),
        (None, 0.0),
    ],
)
def test_what_a_server_asks_for(text, seconds):
    assert retry_after(text, NOW) == seconds


def test_a_bucket_lets_a_burst_through_and_spaces_out_the_rest():
    held = TokenBucket(rate=10.0, burst=3.0)
    waits = [held.reserve() for _ in range(6)]
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert waits[3:] == pytest.approx([0.1, 0.2, 0.3], abs=0.05)


def test_a_host_has_one_bucket():
    assert bucket("a.example", 1.0, 1.0) is bucket("a.example", 1.0, 1.0)
    assert bucket("a.example", 1.0, 1.0) is not bucket("b.example", 1.0, 1.0)


def test_a_pause_ends_when_the_caller_wants_to_stop():
    began = time.monotonic()
    with pytest.raises(Cancelled):
        pause(60.0, lambda: time.monotonic() > began + 0.2)
    assert time.monotonic() - began < 20.0
