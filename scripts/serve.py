"""Serve the dashboard and warm it up: one session at ``/`` before anyone else comes.

Until a first session has opened ``/``, a server does not know its pages and answers a deep link
with a "Page not found" dialog. The first session also pays for the imports.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PATIENCE_S = 120

WARM = ("", "lab")
"""Pages opened before anyone comes: the first, and the lab, which loads (once ever: compiles) its kernels."""


def main() -> int:
    """Start the server, wait until it is healthy, warm it up, stay until it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--address", default="localhost")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = start(options.port, options.address)
    try:
        wait_until_healthy(server, options.port)
        warm_up(options.port)
        print(f"Lodestar is ready at http://localhost:{options.port}", flush=True)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait(timeout=20)


def start(port: int, address: str = "localhost") -> subprocess.Popen[bytes]:
    """The Streamlit server as a child process."""
    options = ["--server.port", str(port), "--server.address", address]
    return subprocess.Popen([sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT)


def wait_until_healthy(server: subprocess.Popen[bytes], port: int) -> None:
    """Return when the health address answers; leave with a sentence if the server ended or never answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"The server stopped with code {server.returncode}; is port {port} in use?")
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"The server did not answer within {PATIENCE_S} seconds.")


def warm_up(port: int) -> None:
    """Run the app once over a WebSocket, as a browser would at ``/``, then the page whose kernels must be loaded."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    with connect(
        f"ws://localhost:{port}/_stcore/stream",
        origin=f"http://localhost:{port}",
        subprotocols=["streamlit"],
        max_size=None,
    ) as socket:
        for page in WARM:
            request = BackMsg()
            request.rerun_script.query_string, request.rerun_script.page_name = "", page
            socket.send(request.SerializeToString())
            deadline = time.monotonic() + PATIENCE_S
            message = ForwardMsg()
            while message.WhichOneof("type") != "script_finished":
                if time.monotonic() > deadline:
                    sys.exit(f"The first page was not ready within {PATIENCE_S} seconds.")
                message.ParseFromString(socket.recv(timeout=PATIENCE_S))


if __name__ == "__main__":
    sys.exit(main())
