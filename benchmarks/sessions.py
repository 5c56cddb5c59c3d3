"""Readers without a browser: sessions over the dashboard's WebSocket, and what they cost the server."""

from __future__ import annotations

import math
import os
import random
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE_S = 600.0


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile: the least value that at least this share of the values do not exceed."""
    ranked = sorted(values)
    return ranked[max(math.ceil(share * len(ranked)), 1) - 1]


def memory_mb(status: str) -> float:
    """Resident memory in MB from the text of ``/proc/<pid>/status``."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.M)
    if not found:
        raise ValueError("no VmRSS line")
    return int(found[1]) / 1024


def resident(process: int) -> float:
    """Resident memory of a process in MB."""
    return memory_mb(Path(f"/proc/{process}/status").read_text())


def cpu_s(process: int) -> float:
    """Processor seconds that a process has used so far: what other work on the machine does not change much."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Reader:
    """One session: it asks for pages and waits until their scripts have ended."""

    port: int
    trouble: list[str] = field(default_factory=list)
    received: int = 0
    _stream: Any = None

    def __enter__(self) -> Reader:
        from websockets.sync.client import connect

        self._stream = connect(
            f"ws://localhost:{self.port}/_stcore/stream",
            origin=f"http://localhost:{self.port}",
            subprotocols=["streamlit"],
            max_size=None,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def open(self, page: str, query: str = "") -> float:
        """Run a page's script once; seconds until it has ended."""
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        request, message = BackMsg(), ForwardMsg()
        request.rerun_script.page_name, request.rerun_script.query_string = page, query
        begun = time.perf_counter()
        self._stream.send(request.SerializeToString())
        while message.WhichOneof("type") != "script_finished":
            frame = self._stream.recv(timeout=PATIENCE_S)
            self.received += len(frame)
            message.ParseFromString(frame)
            element = message.delta.new_element
            if element.WhichOneof("type") == "exception" or (
                element.WhichOneof("type") == "alert" and element.alert.format == element.alert.ERROR
            ):
                self.trouble.append(f"/{page}: {element.exception.message or element.alert.body}")
        return time.perf_counter() - begun


def together(readers: Sequence[Reader], pages: Sequence[str], rounds: int, pause_s: tuple[float, float]) -> list[float]:
    """Seconds of every rerun when the readers act at the same time, each pausing between two acts."""
    spent: list[list[float]] = [[] for _ in readers]

    def act(order: int) -> None:
        chance = random.Random(order)  # noqa: S311  (pauses, the same in every run)
        for turn in range(rounds):
            time.sleep(chance.uniform(*pause_s))
            spent[order].append(readers[order].open(pages[(order + turn) % len(pages)]))

    threads = [threading.Thread(target=act, args=(order,)) for order in range(len(readers))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [seconds for one in spent for seconds in one]
