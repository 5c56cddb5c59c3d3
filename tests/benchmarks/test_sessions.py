"""The parts of the dashboard's benchmark that compute: percentiles, memory, attempts to leave."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.offline import attempts, outside
from benchmarks.sessions import cpu_s, memory_mb, percentile, resident


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_percentile_is_the_nearest_rank(values, share):
    found = percentile(values, share)
    assert found in values
    assert np.mean(np.array(values) <= found) >= share - 1e-12
    below = [value for value in values if value < found]
    assert len(below) / len(values) < share


def test_the_ends_of_a_percentile():
    assert percentile([3.0, 1.0, 2.0], 1.0) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.01) == 1.0
    assert percentile(list(range(1, 21)), 0.95) == 19


def test_memory_is_read_in_megabytes():
    assert memory_mb("VmPeak:\t  9999 kB\nVmRSS:\t  204800 kB\nRssAnon:\t 1 kB\n") == 200.0
    with pytest.raises(ValueError, match="VmRSS"):
        memory_mb("Name:\tkthreadd\n")


def test_this_process_has_memory_and_has_used_the_processor():
    block = np.ones(8_000_000)
    assert resident(os.getpid()) > block.nbytes / 2**20
    before = cpu_s(os.getpid())
    while sum(os.times()[:2]) < before + 0.05:
        pass
    assert 0.03 <= cpu_s(os.getpid()) - before < 5.0


def test_attempts_without_a_route_are_counted_by_name():
    assert attempts("Ip: Forwarding InReceives OutNoRoutes\nIp: 2 64 7\nIcmp: InMsgs\nIcmp: 3\n") == 7
    assert attempts(Path("/proc/net/snmp").read_text()) >= 0


def test_only_other_machines_are_outside():
    asked = [
        "http://localhost:1/a",
        "ws://127.0.0.1:1/b",
        "data:image/png;base64,x",
        "blob:http://x.org/1",
        "about:blank",
    ]
    assert outside(asked) == []
    assert outside([*asked, "https://example.com/x", "//cdn.example.com/y"]) == [
        "https://example.com/x",
        "//cdn.example.com/y",
    ]
