"""Does anything leave the machine? The dashboard in a network of its own that has no way out.

``unshare -n`` gives a process a network with a loopback and no route; an attempt to reach anything else fails, and
the kernel counts it (``OutNoRoutes``). Run as ``python -m benchmarks.offline`` inside such a network by ``run``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.processes import ROOT, machine, tell

LOCAL = {"localhost", "127.0.0.1", ""}


def attempts(text: str) -> int:
    """Attempts to leave that found no route, from the text of ``/proc/net/snmp``."""
    names, numbers = re.findall(r"^Ip: (.+)$", text, re.M)
    return int(dict(zip(names.split(), numbers.split(), strict=True))["OutNoRoutes"])


def outside(addresses: list[str]) -> list[str]:
    """The addresses that are not this machine's."""
    schemes = {"data", "blob", "about"}
    return [one for one in addresses if urlsplit(one).scheme not in schemes and urlsplit(one).hostname not in LOCAL]


def run() -> None:
    """D8: every page with the network off, attempts of the server to leave, requests of the browser to others."""
    figure = "requests that leave the machine"
    shell = "ip link set lo up && exec " + " ".join([sys.executable, "-m", "benchmarks.offline"])
    tools = [name for name in ("unshare", "ip") if not shutil.which(name)]
    if tools or subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode:  # noqa: S607
        tell({"figure": figure, "skipped": "needs root, unshare and ip"})
        return
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", shell],  # noqa: S607
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    found = json.loads(done.stdout.strip().splitlines()[-1])
    clean = not (found["server_attempts"] or found["browser_others"] or found["trouble"])
    tell(
        {
            "figure": figure,
            **found,
            "goal": "0 and 0; every page shown",
            "met": clean and found["shown"] == found["pages"],
        }
        | machine()
    )


def main() -> int:
    """Inside the closed network: the server and every page by session, then every page by browser."""
    from benchmarks.interaction import ARGUMENTS, served
    from benchmarks.sessions import Reader
    from ui.registry import PAGES

    counted = Path("/proc/net/snmp")
    with served("app.py") as address:
        port = urlsplit(address).port or 0
        before = attempts(counted.read_text())
        with Reader(port) as reader:
            for spec in PAGES:
                reader.open(spec.key)
        found = {
            "pages": len(PAGES),
            "server_attempts": attempts(counted.read_text()) - before,
            "trouble": reader.trouble,
        }
        found |= _browse(address, [spec.key for spec in PAGES], ARGUMENTS)
    print(json.dumps(found), flush=True)
    return 0


def _browse(address: str, pages: list[str], arguments: list[str]) -> dict[str, object]:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    shown = 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for page_key in pages:
            page = browser.new_context(locale="en-US").new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("websocket", lambda socket: asked.append(socket.url))
            page.goto(f"{address}/{page_key}")
            page.locator(".st-key-disclaimer").wait_for(timeout=60_000)
            shown += page.get_by_test_id("stMain").get_by_role("heading", level=1).count()
            page.context.close()
        browser.close()
    return {"shown": shown, "browser_requests": len(asked), "browser_others": sorted(set(outside(asked)))}


if __name__ == "__main__":
    sys.exit(main())
