"""The dashboard as readers meet it: slider to paint, start, first paint, twenty sessions, requests that leave.

Every line carries its goal and the load of the machine. A page is *painted* when its script has ended and every
chart has drawn; a *session* is a WebSocket client without a browser, so its seconds are the server's.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks import offline
from benchmarks.interaction import ARGUMENTS, WATCH, served
from benchmarks.processes import ROOT, installed, machine, tell
from benchmarks.sessions import Reader, cpu_s, percentile, resident, together

ROUNDS, MOVES = 3, 10
READERS, RERUNS = 20, 200
STARTS = 3
VISITED = ("overview", "crises", "factors", "universe", "world")
"""Pages the sessions walk through."""

SLIDERS = {
    "blank": ("", "rate"),
    "lab": ("/lab", "Cost"),
    "passive": ("/passive", "Return before fees"),
    "enhanced": ("/enhanced", "Risk aversion"),
}
"""Path of each page and the name its slider begins with; ``blank`` is the yardstick, the least page Streamlit can serve."""

PAINTED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
    const drawn = charts.length && charts.every(c => c.querySelector('.js-line, .points, .heatmaplayer .hm, .heatmaplayer image'));
    return app && app.dataset.testScriptState === 'notRunning' && drawn;
}"""

MOST_POINTS = """() => Math.max(0, ...[...document.querySelectorAll('.js-plotly-plot')].filter(p => p.data)
    .flatMap(p => p.data.map(t => (t.x && t.x.length) || (t.x && t.x._inputArray && t.x._inputArray.length) || 0)))"""

HEAVY = ("torch", "cvxpy", "kaleido", "skfolio", "arch", "linearmodels", "yfinance", "sklearn", "statsmodels", "numba")

FIRST_PAINT = """
import json, sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file("app.py", default_timeout=120).run()
at.switch_page("pages/{key}/page.py").run()
assert not at.exception, at.exception
print(json.dumps(sorted({heavy!r} & {{name.split(".")[0] for name in sys.modules}})))
"""


def run() -> None:
    """All four goals."""
    missing = [name for name in ("playwright", "streamlit") if not installed(name)]
    if missing or not shutil.which("chromium"):
        tell({"figure": "dashboard", "skipped": f"not installed: {', '.join(missing) or 'chromium'}"})
        return
    sliders()
    starts()
    modules()
    crowd()
    offline.run()


def sliders() -> None:
    """D1: from the key that moves a slider to the second frame after a chart has drawn other numbers."""
    spent: dict[str, list[float]] = {name: [] for name in SLIDERS}
    kilobytes: dict[str, list[float]] = {name: [] for name in SLIDERS}
    points: dict[str, int] = {}
    with _browser() as browser, served("app.py") as app, served("benchmarks/blank_page.py") as blank:
        for _ in range(ROUNDS):
            for name, (path, slider) in SLIDERS.items():
                found, sent, most = _moves(browser, (blank if name == "blank" else app) + path, slider)
                spent[name] += found
                kilobytes[name] += sent
                points[name] = most
    yardstick = statistics.median(spent["blank"])
    for name, found in spent.items():
        median, high, most = statistics.median(found), percentile(found, 0.95), statistics.median(kilobytes[name])
        line: dict[str, Any] = {
            "figure": "slider to painted chart", "page": name, "median_ms": median, "p95_ms": high, "moves": len(found),
            "ratio_to_blank": median / yardstick, "kb_per_move": most, "points_per_trace": points[name],
        }  # fmt: skip
        if name != "blank":
            line |= {"goal": "<= 400 ms, p95 <= 800 ms; <= 500 kB; <= 2000 points"}
            line |= {"met": median <= 400 and high <= 800 and most <= 500 and points[name] <= 2_000}
        tell(line | machine())


def _moves(browser: Any, address: str, slider: str) -> tuple[list[float], list[float], int]:
    """Milliseconds and kilobytes of each move after two that are not counted, and the most points of a trace."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page = context.new_page()
    received = [0]
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.webSocketFrameReceived", lambda e: received.append(len(e["response"]["payloadData"]) * 3 // 4))
    page.goto(address)
    page.wait_for_function(PAINTED, timeout=90_000)
    page.wait_for_timeout(1_500)
    handle = page.get_by_test_id("stMain").get_by_role("slider", name=slider).first
    page.evaluate(WATCH)
    spent, sent = [], []
    for move in range(MOVES + 2):
        handle.focus()
        received.clear()
        page.keyboard.press("ArrowRight" if move % 2 == 0 else "ArrowLeft")
        page.wait_for_function("window.painted !== null", timeout=30_000)
        took = page.evaluate("window.painted")
        if took < 0:
            raise RuntimeError(f"{address}: the slider changed no chart within 15 seconds")
        page.wait_for_timeout(400)
        if move >= 2:
            spent.append(float(took))
            sent.append(sum(received) / 1e3)
    most = int(page.evaluate(MOST_POINTS))
    context.close()
    return spent, sent, most


def starts() -> None:
    """D2: process start to health, and the overview painted by the first reader and by a later one."""
    health, cold, warm, ready = [], [], [], []
    with _browser() as browser:
        for _ in range(STARTS):
            begun = time.perf_counter()
            with _started(warm=False) as (port, process):
                _until_healthy(port, process)
                health.append(time.perf_counter() - begun)
                cold.append(_paint(browser, f"http://localhost:{port}/"))
                warm.append(_paint(browser, f"http://localhost:{port}/"))
            begun = time.perf_counter()
            with _started(warm=True) as (port, process):
                _until_ready(port, process)
                ready.append(time.perf_counter() - begun)
    for name, found, goal in (
        ("process start to health", health, 2.0),
        ("overview painted, first reader of a server that is not warmed up", cold, 4.0),
        ("overview painted, later reader with an empty browser cache", warm, 1.5),
    ):
        median = statistics.median(found)
        tell({"figure": name, "s": median, "all_s": found, "goal": f"<= {goal:g}", "met": median <= goal} | machine())
    tell(
        {
            "figure": "process start to ready (warmed up)",
            "s": statistics.median(ready),
            "all_s": ready,
            "goal": "reported",
        }
        | machine()
    )


def modules() -> None:
    """D2: heavy modules that a fresh process has imported by the first paint of each page."""
    from ui.registry import PAGES

    found = {}
    for spec in PAGES:
        program = FIRST_PAINT.format(key=spec.key, heavy=set(HEAVY))
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program], cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{spec.key}: {done.stderr.strip().splitlines()[-1]}")
        found[spec.key] = done.stdout.strip().splitlines()[-1]
    never = [key for key, names in found.items() if any(f'"{name}"' in names for name in ("torch", "kaleido"))]
    solves = [key for key, names in found.items() if '"cvxpy"' in names]
    tell({"figure": "heavy modules by first paint", "modules": found, "goal": "no torch, no kaleido; cvxpy on enhanced only", "met": not never and set(solves) <= {"enhanced"}} | machine())  # fmt: skip


def crowd() -> None:
    """D3: twenty sessions: reruns of readers who pause, of all at one instant, and the memory of the server."""
    with _started(warm=True) as (port, process):
        _until_ready(port, process)
        server = _child(process.pid)
        with Reader(port) as first:
            for page in VISITED:
                first.open(page)
            alone = [first.open(page) for page in VISITED * 2]
            one = resident(server)
            others = [Reader(port).__enter__() for _ in range(READERS - 1)]
            readers = [first, *others]
            together(readers, VISITED, len(VISITED), (0.0, 1.0))
            many = resident(server)
            used = cpu_s(server)
            calm = together(readers, VISITED, RERUNS // READERS, (2.0, 6.0))
            used = (cpu_s(server) - used) / len(calm)
            grown = resident(server) / many - 1.0
            burst = together(readers, VISITED, 3, (0.0, 0.0))
            trouble = [text for reader in readers for text in reader.trouble]
            for reader in others:
                reader.__exit__()
        line = {"sessions": READERS, "pages": VISITED, "alone_median_s": statistics.median(alone), "trouble": trouble}
        tell({"figure": "rerun of 20 readers who pause 2 to 6 s", "median_s": statistics.median(calm), "p95_s": percentile(calm, 0.95), "reruns": len(calm), "cpu_s_per_rerun": used, "goal": "p95 <= 1 s", "met": percentile(calm, 0.95) <= 1.0} | line | machine())  # fmt: skip
        tell({"figure": "rerun of 20 readers at one instant", "median_s": statistics.median(burst), "p95_s": percentile(burst, 0.95), "reruns": len(burst), "goal": "reported"} | line | machine())  # fmt: skip
        extra = (many - one) / (READERS - 1)
        tell({"figure": "memory of the server", "one_session_mb": one, "twenty_sessions_mb": many, "mb_per_extra_session": extra, "after_200_reruns": grown, "goal": "<= 1024 MB, <= 10 MB a session, <= 5 % growth", "met": many <= 1024 and extra <= 10 and grown <= 0.05} | machine())  # fmt: skip


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


def _paint(browser: Any, address: str) -> float:
    """Seconds from the request to the painted page, in a browser context with an empty cache."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US").new_page()
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_function(PAINTED, timeout=90_000)
    spent = time.perf_counter() - begun
    page.context.close()
    return spent


@contextmanager
def _started(*, warm: bool) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A server on a free port: as ``make run`` starts it, or Streamlit alone."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = ["scripts/serve.py", "--port"] if warm else ["-m", "streamlit", "run", "app.py", "--server.port"]
    process = subprocess.Popen([sys.executable, *command, str(port)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=30)


def _until_healthy(port: int, process: subprocess.Popen[bytes]) -> None:
    _serve().wait_until_healthy(process, port)


def _until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    serve = _serve()
    while serve.check(port):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with code {process.returncode}")
        time.sleep(0.05)


def _serve() -> Any:
    sys.path.insert(0, str(ROOT / "scripts"))
    import serve

    return serve


def _child(process: int) -> int:
    """The only child of a process."""
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as children:
        return int(children.read().split()[0])


def figures(names: Sequence[str]) -> None:
    """The goals named: sliders, starts, modules, crowd, offline."""
    known = {"sliders": sliders, "starts": starts, "modules": modules, "crowd": crowd, "offline": offline.run}
    for name in names:
        known[name]()


if __name__ == "__main__":
    figures(sys.argv[1:] or ("sliders", "starts", "modules", "crowd", "offline"))
