"""Slider to painted chart: the lab page beside a blank Streamlit page, in the same browser.

A slider is moved by the keyboard. The clock starts in the page when the key goes down and stops at the second
frame after a chart has drawn other data than before (Plotly's own event, and the numbers it holds).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, installed, machine, tell

MOVES, ROUNDS = 16, 2
GOAL, SHARE_GOAL = 2.0, 0.10
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"]

SLIDERS = {"blank": "rate", "lab": "Cost"}
"""The one that is moved; every step of it changes the path that the first chart shows."""

WATCH = """() => {
    // Everything the charts have drawn, three points of each trace, as one string.
    const at = c => c ? [0, c.length >> 1, c.length - 1].map(i => c[i] && [c[i].x, c[i].y, c[i].p, c[i].s, c[i].z]) : null;
    const sign = () => JSON.stringify([...document.querySelectorAll('.js-plotly-plot')]
        .filter(p => p.calcdata).map(p => [p.calcdata.length, p.calcdata.slice(0, 12).map(at)]));
    window.painted = null;
    document.addEventListener('keydown', () => {
        const begun = performance.now(), before = sign();
        window.painted = null;
        const look = () => {
            if (performance.now() - begun > 15000) { window.painted = -1; return; }
            const now = sign();
            if (now !== before && now !== '[]') {
                requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now() - begun; }));
            } else { setTimeout(look, 4); }
        };
        look();
    }, true);
}"""


def run() -> None:
    """Medians of both pages, moved in turn, and the engine's share; skipped where something is absent."""
    missing = [name for name in ("playwright", "streamlit") if not installed(name)]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    page = ROOT / "pages" / "lab" / "page.py"
    if missing or not chromium:
        tell({"figure": "slider to painted chart", "skipped": f"not installed: {', '.join(missing) or 'chromium'}"})
        return
    from playwright.sync_api import sync_playwright

    targets = {"blank": "benchmarks/blank_page.py"} | ({"lab": "app.py"} if page.exists() else {})
    if "lab" not in targets:
        tell({"figure": "slider to painted chart", "peer": "lab page", "skipped": "no pages/lab/page.py"})
    moved: dict[str, list[float]] = {name: [] for name in targets}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for _ in range(ROUNDS):
            for name, script in targets.items():
                with served(script) as address:
                    moved[name] += moves(browser, address + ("/lab" if name == "lab" else ""), SLIDERS[name])
        browser.close()
    medians = {name: statistics.median(found) for name, found in moved.items()}
    line: dict[str, Any] = {
        "figure": "slider to painted chart",
        "ms": medians,
        "moves": MOVES * ROUNDS,
        "goal": f"<= {GOAL:g}",
    }
    if "lab" in medians:
        ratio, engine = medians["lab"] / medians["blank"], engine_ms()
        line |= {"ratio": ratio, "met": ratio <= GOAL, "engine_ms": engine, "engine_share": engine / medians["lab"]}
        line |= {"engine_share_goal": f"< {SHARE_GOAL:g}", "engine_share_met": engine / medians["lab"] < SHARE_GOAL}
    tell(line | machine())


def moves(browser: Any, address: str, name: str) -> list[float]:
    """Milliseconds from key to paint, of so many moves after three that are not counted."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    page = context.new_page()
    page.goto(address)
    page.locator(".js-plotly-plot .trace, .js-plotly-plot .hm").first.wait_for(timeout=90_000, state="attached")
    page.wait_for_timeout(2_500)
    slider = page.get_by_test_id("stMain").get_by_role("slider", name=name).first
    slider.wait_for(timeout=30_000)
    page.evaluate(WATCH)
    found = []
    for move in range(MOVES + 3):
        slider.focus()
        page.keyboard.press("ArrowRight" if move % 2 == 0 else "ArrowLeft")
        page.wait_for_function("window.painted !== null", timeout=30_000)
        spent = page.evaluate("window.painted")
        if spent < 0:
            raise RuntimeError(f"{address}: the slider changed no chart within 15 seconds")
        if move >= 3:
            found.append(float(spent))
        page.wait_for_timeout(500)
    context.close()
    return found


def engine_ms() -> float:
    """Median wall milliseconds of the engine call behind the page's first view, off the grid each time."""
    from engine.lab.config import Config
    from engine.lab.run import run as lab_run

    base = Config()
    lab_run(base)
    spent = []
    for step in range(MOVES):
        config = base.with_value("cost_bps", 5.0 + step / 7.0)
        begun = time.perf_counter()
        found = lab_run(config)
        _ = found.levels, found.sheet
        spent.append(time.perf_counter() - begun)
    return statistics.median(spent) * 1e3


@contextmanager
def served(script: str) -> Iterator[str]:
    """A Streamlit server on a free port, opened once before it is given out."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(Path(script)), "--server.port", str(port)]
    command += ["--server.headless", "true", "--server.address", "localhost", "--server.fileWatcherType", "none"]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        _wait(server, f"{address}/_stcore/health")
        if script == "app.py":
            sys.path.insert(0, str(ROOT / "scripts"))
            import serve

            serve.warm_up(port)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


def _wait(server: subprocess.Popen[bytes], health: str) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with code {server.returncode}")
        try:
            with urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310  (our own server)
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server never answered")
