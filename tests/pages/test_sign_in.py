"""With sign-in on, nothing of the app is drawn for anyone who is not let in; off, nothing changes."""

import logging

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.errors import BadInput, MissingData
from ui.i18n import Translator
from ui.registry import PAGES, ROOT
from ui.settings import Settings
from ui.sign_in import KEYS, require_setup, welcome

EN = Translator("en")
SIGNED_IN = {"is_logged_in": True, "email": "mina@example.com", "email_verified": True}


@pytest.fixture
def app(monkeypatch):
    """The app under these settings as this user sees it."""

    def open_(user, **environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        at.user = user
        return at.run()

    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


def leaves(at):
    """Everything that is drawn, containers left out."""
    return [node for part in (at.main, at.sidebar) for node in part if not hasattr(node, "children")]


NOBODY = ({}, {"is_logged_in": False}, {"is_logged_in": "yes"}, {"email": "mina@example.com"})
VISITS = [({}, spec.key) for spec in PAGES] + [(user, "crises") for user in NOBODY[1:]]


@pytest.mark.parametrize(("user", "key"), VISITS)
def test_without_a_user_only_the_way_in_is_drawn(app, user, key):
    at = app(user, LODESTAR_SIGN_IN="on")
    at.switch_page(f"pages/{key}/page.py").run()
    assert not at.exception
    assert [title.value for title in at.title] == [EN("sign_in.title")]
    assert [button.label for button in at.button] == [EN("sign_in.button")]
    assert [text.value for text in at.markdown] == [EN("sign_in.why")]
    assert not [*at.metric, *at.dataframe, *at.caption, *at.selectbox, *at.expander, *at.get("plotly_chart")]
    assert len(leaves(at)) == 3


def test_a_signed_in_reader_sees_the_page_and_the_way_out(app):
    at = app(SIGNED_IN, LODESTAR_SIGN_IN="on")
    assert at.title[0].value == EN("overview.title")
    assert [button.label for button in at.sidebar.button] == [EN("sign_in.out")]


def test_off_nothing_changes(app):
    at = app({})
    assert at.title[0].value == EN("overview.title")
    assert not at.sidebar.button


@pytest.mark.parametrize("user", [SIGNED_IN, SIGNED_IN | {"email": "mina@elsewhere.org"}])
def test_another_organisations_account_is_refused_in_words(app, user, caplog):
    caplog.set_level(logging.DEBUG)
    at = app(user, LODESTAR_SIGN_IN="on", LODESTAR_SIGN_IN_DOMAINS="lodestar.test,example.com")
    let_in = user is SIGNED_IN
    assert [error.value for error in at.error] == ([] if let_in else [EN("sign_in.refused")])
    assert [title.value for title in at.title] == ([EN("overview.title")] if let_in else [])
    assert EN("sign_in.out") in [button.label for button in at.button]
    assert "mina" not in caplog.text


@pytest.mark.parametrize(
    ("email", "verified", "expected"),
    [
        ("mina@example.com", True, True),
        ("MINA@EXAMPLE.COM", True, True),
        ("mina@example.com", "true", True),
        ("mina@example.com", False, False),
        ("mina@example.com", "false", False),
        ("mina@sub.example.com", True, False),
        ("mina@example.com.evil.org", True, False),
        ("example.com", True, False),
        ("@example.com", True, False),
        ("", True, False),
        (None, True, False),
        (7, True, False),
    ],
)
def test_the_domain_decides(email, verified, expected):
    assert welcome(Settings(sign_in=True, sign_in_domains=("example.com",)), email, verified) is expected
    assert welcome(Settings(sign_in=True), email, verified)


def test_settings_that_cannot_be_read_open_nothing(app, caplog):
    at = app(SIGNED_IN, LODESTAR_SIGN_IN="of")
    assert [error.value for error in at.error] == [EN("sign_in.misconfigured")]
    assert not at.title
    assert "LODESTAR_SIGN_IN: 'of' has the wrong form. Accepted: on or off." in caplog.text


GOOD = dict.fromkeys(KEYS, "x") | {
    "redirect_uri": "https://lodestar.example.com/oauth2callback",
    "cookie_secret": "s" * 32,
}


def setting(tmp_path, text="", **auth):
    """Settings with sign-in on and a secrets file that holds this table."""
    path = tmp_path / "secrets.toml"
    path.write_text(text or "\n".join(["[auth]", *(f'{key} = "{value}"' for key, value in auth.items())]))
    return Settings(sign_in=True, base_url="https://lodestar.example.com", secrets=path)


def test_what_sign_in_needs_is_asked_for_before_a_server_starts(tmp_path):
    require_setup(Settings(secrets=tmp_path / "none"))
    with pytest.raises(MissingData, match=r"auth\.redirect_uri, .*auth\.server_metadata_url in the secrets file"):
        require_setup(Settings(sign_in=True, secrets=tmp_path / "none"))
    require_setup(setting(tmp_path, **GOOD))
    for key in KEYS:
        with pytest.raises(MissingData, match=f"auth.{key} in the secrets file"):
            require_setup(setting(tmp_path, **GOOD | {key: ""}))
    with pytest.raises(BadInput, match=r"Accepted: https://lodestar\.example\.com/oauth2callback"):
        require_setup(setting(tmp_path, **GOOD | {"redirect_uri": "https://elsewhere.example.com/oauth2callback"}))
    with pytest.raises(BadInput, match=r"auth\.cookie_secret: '9 characters'") as caught:
        require_setup(setting(tmp_path, **GOOD | {"cookie_secret": "hush-hush"}))
    assert "hush" not in str(caught.value)
    with pytest.raises(BadInput, match="Accepted: a TOML file"):
        require_setup(setting(tmp_path, "[auth"))
