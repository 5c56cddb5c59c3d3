"""Sign-in with a real server and a provider over local HTTP: nothing before it, the app after it, out again."""

import os
import secrets as tokens
import signal
import subprocess
import sys

import pytest

from tests.e2e.conftest import free_port, serve
from ui.i18n import Translator
from ui.registry import ROOT

pytest.importorskip("authlib", reason="sign-in needs requirements-auth.txt")

from tests.e2e.provider import provider

EN = Translator("en")


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server that asks for a sign-in, its provider, and its log."""
    folder = tmp_path_factory.mktemp("sign-in")
    port = free_port()
    with provider() as openid, (folder / "log").open("w") as log:
        (folder / "secrets.toml").write_text(
            "[auth]\n"
            f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{tokens.token_hex(32)}"\n'
            'client_id = "lodestar"\n'
            'client_secret = "test"\n'
            f'server_metadata_url = "{openid.issuer}/.well-known/openid-configuration"\n'
        )
        process = subprocess.Popen(
            [sys.executable, "scripts/serve.py"],
            cwd=ROOT,
            stdout=log,
            stderr=log,
            env=os.environ
            | {
                "LODESTAR_SIGN_IN": "on",
                "LODESTAR_SIGN_IN_DOMAINS": "example.com",
                "LODESTAR_PORT": str(port),
                "LODESTAR_BASE_URL": f"http://localhost:{port}",
                "LODESTAR_SECRETS": str(folder / "secrets.toml"),
            },
        )
        try:
            serve.wait_until_healthy(process, port)
            while not serve.ready_file(port).exists():
                assert process.poll() is None, (folder / "log").read_text()
            yield f"http://localhost:{port}", openid, folder / "log"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
        assert not serve.ready_file(port).exists()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    yield context.new_page()
    context.close()


def sign_in(page, address):
    page.goto(f"{address}/crises")
    page.get_by_role("button", name=EN("sign_in.button")).click(timeout=30_000)


def test_nothing_before_the_app_after_and_out_again(guarded, page):
    address, openid, log = guarded
    page.goto(f"{address}/crises")
    page.get_by_role("heading", level=1, name=EN("sign_in.title")).wait_for(timeout=30_000)
    button = page.get_by_role("button", name=EN("sign_in.button"))
    only = [EN("sign_in.title"), EN("sign_in.why"), button.inner_text()]
    assert page.get_by_test_id("stMain").inner_text() == "\n\n".join(only)
    assert not page.get_by_test_id("stSidebarNav").count()
    assert not page.get_by_role("dialog").count()

    button.click()
    page.get_by_role("heading", level=1, name=EN("overview.title")).wait_for(timeout=30_000)
    page.locator(".st-key-disclaimer").wait_for(timeout=30_000)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["_streamlit_user"]["httpOnly"]

    page.get_by_role("button", name=EN("sign_in.out")).click()
    page.get_by_role("heading", level=1, name=EN("sign_in.title")).wait_for(timeout=30_000)
    assert openid.ended == 1
    assert "_streamlit_user" not in {cookie["name"] for cookie in page.context.cookies()}
    assert not [word for word in ("mina", "Mina", "example.com/") if word in log.read_text()]


def test_an_account_of_another_domain_stays_outside(guarded, page):
    address, openid, _ = guarded
    before = openid.claims
    openid.claims = before | {"email": "mina@elsewhere.org"}
    try:
        sign_in(page, address)
        page.get_by_text(EN("sign_in.refused")).wait_for(timeout=30_000)
        assert not page.get_by_role("heading", level=1).count()
    finally:
        openid.claims = before


def test_a_cookie_that_the_server_did_not_sign_opens_nothing(guarded, page):
    address, *_ = guarded
    page.context.add_cookies([{"name": "_streamlit_user", "value": '{"is_logged_in": true}', "url": address}])
    page.goto(address)
    page.get_by_role("heading", level=1, name=EN("sign_in.title")).wait_for(timeout=30_000)
