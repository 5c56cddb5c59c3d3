"""The start of a server: settings become Streamlit's options, bad ones end with a sentence, readiness is told."""

import os
import subprocess
import sys
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from ui.registry import ROOT
from ui.settings import Settings

sys.path.insert(0, str(ROOT / "scripts"))

import serve


def test_a_local_server_needs_no_option():
    assert serve.server_options(Settings()) == []
    assert serve.base_path(Settings()) == ""


@pytest.mark.parametrize(
    ("address", "host", "port", "path"),
    [
        ("https://lodestar.example.com", "lodestar.example.com", "443", ""),
        ("http://lodestar.example.com/desk", "lodestar.example.com", "80", "desk"),
        ("http://192.0.2.7:8080/a/b", "192.0.2.7", "8080", "a/b"),
    ],
)
def test_a_base_url_lets_its_host_in(address, host, port, path):
    options = serve.server_options(Settings(base_url=address))
    pairs = list(zip(options[::2], options[1::2], strict=True))
    assert [value for name, value in pairs if name == "--server.allowedHosts"] == ["localhost", "127.0.0.1", host]
    assert ("--browser.serverAddress", host) in pairs
    assert ("--browser.serverPort", port) in pairs
    assert [value for name, value in pairs if name == "--server.baseUrlPath"] == ([path] if path else [])
    assert serve.base_path(Settings(base_url=address)) == (f"/{path}" if path else "")


@pytest.mark.parametrize(("name", "value", "code"), [("LODESTAR_PORT", "eighty", 2), ("LODESTAR_SIGN_IN", "on", 3)])
def test_a_setting_that_cannot_be_used_ends_the_start_with_a_sentence(name, value, code):
    environment = os.environ | {name: value, "LODESTAR_SECRETS": ""}
    done = subprocess.run(
        [sys.executable, "scripts/serve.py"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/desk/_stcore/health" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_server_is_ready_when_it_is_warm_and_healthy():
    with HTTPServer(("127.0.0.1", 0), Health) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_address[1]
        marker = serve.ready_file(port)
        try:
            assert serve.check(port, "/desk") == 1
            marker.touch()
            assert serve.check(port, "/desk") == 0
            assert serve.check(port) == 1
        finally:
            marker.unlink(missing_ok=True)
            server.shutdown()
    marker.touch()
    assert serve.check(port, "/desk") == 1
    marker.unlink()


def test_the_first_reader_carries_a_cookie_that_the_server_accepts(tmp_path, monkeypatch):
    from streamlit.web.server.starlette import starlette_websocket

    secret = "s" * 40
    path = tmp_path / "secrets.toml"
    path.write_text(f'[auth]\ncookie_secret = "{secret}"\nredirect_uri = "https://a.example.com/desk/oauth2callback"\n')
    asked = Settings(sign_in=True, sign_in_domains=("example.com",), secrets=path)
    origin, cookie = serve.first_reader(asked)
    assert origin == "https://a.example.com"
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: secret)
    read = starlette_websocket._parse_user_cookie_signed(cookie.partition("=")[2], origin)
    assert read["is_logged_in"] is True
    assert serve.first_reader(Settings()) == ("", "")


def test_the_log_says_whether_client_documents_carry_the_watermark():
    given = {"reviewer": "n", "review_number": "7", "review_valid_until": date(2026, 12, 31)}
    assert "LODESTAR_REVIEW_NUMBER" in serve.review_line(Settings(reviewer="n"), date(2026, 1, 1))
    assert "ended on 2026-12-31" in serve.review_line(Settings(**given), date(2027, 1, 1))
    later = Settings(**given, review_valid_from=date(2026, 2, 1))
    assert "begins on 2026-02-01" in serve.review_line(later, date(2026, 1, 1))
    assert "under review 7" in serve.review_line(Settings(**given), date(2026, 12, 31))
