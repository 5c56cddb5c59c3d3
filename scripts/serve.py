"""Serve the dashboard and warm it up: one session at ``/`` before anyone else comes.

Until a first session has opened ``/``, a server does not know its pages and answers a deep link
with a "Page not found" dialog. The first session also pays for the imports.

What can be set stands in ``ui/settings.py``; the table is in ``deploy/README.md``.
"""

from __future__ import annotations

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from engine.errors import LodestarError  # noqa: E402
from ui.settings import Settings, settings  # noqa: E402

PATIENCE_S = 300

WARM = ("", "lab", "allocator", "momentum")
"""Pages opened before anyone comes: the first, and those that load (once ever: compile) their kernels."""

LOCAL = ("localhost", "127.0.0.1")


def main() -> int:
    """Start the server, wait until it is healthy, warm it up, stay until it ends."""
    try:
        asked = settings()
        options = _options(asked)
        if options.check:
            return check(options.port, base_path(asked))
        _require_sign_in(asked)
    except LodestarError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    marker = ready_file(options.port)
    marker.unlink(missing_ok=True)
    server = start(options.port, options.address, server_options(asked))
    try:
        wait_until_healthy(server, options.port, base_path(asked))
        warm_up(options.port, base_path(asked), *first_reader(asked))
        marker.touch()
        print(f"Lodestar is ready at {asked.base_url or f'http://localhost:{options.port}'}", flush=True)
        print(review_line(asked, date.today()), flush=True)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        marker.unlink(missing_ok=True)
        server.terminate()
        server.wait(timeout=20)


def _options(asked: Settings) -> argparse.Namespace:
    """The command line; what it leaves out comes from the settings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=asked.port)
    parser.add_argument("--address", default=asked.address)
    parser.add_argument("--check", action="store_true", help="exit 0 if a server on that port is warm and healthy")
    return parser.parse_args()


def _require_sign_in(asked: Settings) -> None:
    if asked.sign_in:  # only then: it imports Streamlit
        from ui.sign_in import require_setup

        require_setup(asked)


def base_path(asked: Settings) -> str:
    """The path below which the app lies, with its first slash; empty at the root."""
    return urlsplit(asked.base_url).path


def server_options(asked: Settings) -> list[str]:
    """Streamlit's options for readers who come by the base URL: its host is let in beside this machine's own names."""
    secrets = ["--secrets.files", str(asked.secrets)] if asked.sign_in else []
    if not asked.base_url:
        return secrets
    parts = urlsplit(asked.base_url)
    host = str(parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    options = [*secrets, *(option for name in (*LOCAL, host) for option in ("--server.allowedHosts", name))]
    options += ["--browser.serverAddress", host, "--browser.serverPort", str(port)]
    return options + (["--server.baseUrlPath", parts.path.strip("/")] if parts.path else [])


def start(port: int, address: str = "localhost", more: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """The Streamlit server as a child process."""
    options = ["--server.port", str(port), "--server.address", address, *more]
    return subprocess.Popen([sys.executable, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT)


def wait_until_healthy(server: subprocess.Popen[bytes], port: int, path: str = "") -> None:
    """Return when the health address answers; leave with a sentence if the server ended or never answers."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            sys.exit(f"The server stopped with code {server.returncode}; is port {port} in use?")
        if healthy(port, path):
            return
        time.sleep(0.1)
    sys.exit(f"The server did not answer within {PATIENCE_S} seconds.")


def healthy(port: int, path: str = "") -> bool:
    """Whether the health address answers."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}{path}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def ready_file(port: int) -> Path:
    """A file that is there while a warm server runs on that port."""
    return Path(tempfile.gettempdir()) / f"lodestar-{port}.ready"


def check(port: int, path: str = "") -> int:
    """Exit code for a health check: 0 when the server is warmed up and answers."""
    return 0 if ready_file(port).exists() and healthy(port, path) else 1


def review_line(asked: Settings, today: date) -> str:
    """What the settings say about the review of client documents, for the log."""
    state = asked.review_state(today)
    if state == "missing":
        return f"Client documents carry a watermark: {', '.join(asked.review_gaps())} not set."
    if state == "expired":
        return f"Client documents carry a watermark: the review ended on {asked.review_valid_until}."
    if state == "not_yet":
        return f"Client documents carry a watermark: the review begins on {asked.review_valid_from}."
    return f"Client documents go out under review {asked.review_number}, valid until {asked.review_valid_until}."


def first_reader(asked: Settings) -> tuple[str, str]:
    """Origin and cookie of a session that may see the app; both empty unless sign-in is on.

    The cookie is the one Streamlit would sign. Whoever can read the cookie secret can sign in; this process holds it.
    """
    if not asked.sign_in:
        return "", ""
    from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    from ui.sign_in import auth

    found = auth(asked)
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(str(found["redirect_uri"])))
    domain = next(iter(asked.sign_in_domains), "localhost")
    who = {"origin": origin, "is_logged_in": True, "email": f"warm-up@{domain}", "provider": "default"}
    value = create_signed_value(str(found["cookie_secret"]), USER_COOKIE_NAME, json.dumps(who))
    return origin, f"{USER_COOKIE_NAME}={value.decode()}"


def warm_up(port: int, path: str = "", origin: str = "", cookie: str = "") -> None:
    """Run the app once over a WebSocket, as a browser would at ``/``, then the pages whose kernels must be loaded."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from websockets.sync.client import connect

    origin = origin or f"http://localhost:{port}"
    with connect(
        f"ws://{urlsplit(origin).netloc}{path}/_stcore/stream",
        sock=socket.create_connection(("localhost", port)),
        origin=origin,
        additional_headers={"Cookie": cookie} if cookie else {},
        subprotocols=["streamlit"],
        max_size=None,
    ) as stream:
        for page in WARM:
            request = BackMsg()
            request.rerun_script.query_string, request.rerun_script.page_name = "", page
            stream.send(request.SerializeToString())
            deadline = time.monotonic() + PATIENCE_S
            message = ForwardMsg()
            while message.WhichOneof("type") != "script_finished":
                if time.monotonic() > deadline:
                    sys.exit(f"The first page was not ready within {PATIENCE_S} seconds.")
                message.ParseFromString(stream.recv(timeout=PATIENCE_S))


if __name__ == "__main__":
    sys.exit(main())
