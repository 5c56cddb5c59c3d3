"""Sign-in in front of the whole app, through Streamlit's OIDC; off unless ``LODESTAR_SIGN_IN`` is on.

Who signed in is never logged, shown or stored here; the reader's browser holds it in Streamlit's signed cookie. Only
an approval on rebalance day writes the name down (``person``), since that is what it is for.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping
from importlib.util import find_spec

import streamlit as st

from engine.errors import BadInput, LodestarError, MissingData
from ui.i18n import Translator
from ui.registry import PAGES
from ui.settings import Settings, settings

LOG = logging.getLogger("lodestar")

KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""What ``[auth]`` of the secrets file must hold."""

CALLBACK = "/oauth2callback"

SHORTEST_SECRET = 32


def gate(t: Translator) -> None:
    """Let through whoever may see the app; for anyone else draw the way to sign in and end the run.

    Settings that cannot be read end the run too: a server that was meant to ask for a sign-in never opens by mistake.
    """
    try:
        asked = settings()
    except LodestarError as error:
        LOG.error("%s", error)
        _alone()
        st.error(t("sign_in.misconfigured"), icon=":material/error:")
        st.stop()
    if not asked.sign_in:
        return
    if not _signed_in():
        _alone()
        st.title(t("sign_in.title"), anchor=False)
        st.markdown(t("sign_in.why"))
        st.button(t("sign_in.button"), type="primary", icon=":material/login:", on_click=st.login)
        st.stop()
    if not welcome(asked, st.user.get("email"), st.user.get("email_verified", True)):
        _alone()
        st.error(t("sign_in.refused"), icon=":material/block:")
        st.button(t("sign_in.out"), icon=":material/logout:", on_click=st.logout)
        st.stop()
    st.sidebar.button(t("sign_in.out"), type="tertiary", icon=":material/logout:", on_click=st.logout)


def welcome(asked: Settings, email: object, verified: object) -> bool:
    """Whether an account may in: any that the provider lets through, or those of the domains listed."""
    if not asked.sign_in_domains:
        return True
    name, _, domain = email.rpartition("@") if isinstance(email, str) else ("", "", "")
    return bool(name) and domain.lower() in asked.sign_in_domains and verified in (True, "true")


def require_setup(asked: Settings) -> None:
    """Hold sign-in to what it needs before a server starts.

    Raises
    ------
    MissingData
        Sign-in is on, and Authlib or a key of ``[auth]`` in the secrets file is missing.
    BadInput
        A key of ``[auth]`` cannot be used.
    """
    if not asked.sign_in:
        return
    if not (find_spec("authlib") and find_spec("httpx")):
        raise MissingData(
            "sign_in_setup", field="LODESTAR_SIGN_IN", value="the package Authlib (requirements-auth.txt)"
        )
    found = auth(asked)
    gaps = [f"auth.{key}" for key in KEYS if not found.get(key)]
    if gaps:
        raise MissingData("sign_in_setup", field="LODESTAR_SIGN_IN", value=f"{', '.join(gaps)} in the secrets file")
    back = str(found["redirect_uri"])
    if not back.endswith(CALLBACK) or (asked.base_url and back != asked.base_url + CALLBACK):
        accepted = (asked.base_url or "the address readers use, followed by ") + CALLBACK
        raise BadInput("wrong_form", field="auth.redirect_uri", value=back, accepted=accepted)
    if len(str(found["cookie_secret"])) < SHORTEST_SECRET:
        raise BadInput(
            "wrong_form",
            field="auth.cookie_secret",
            value=f"{len(str(found['cookie_secret']))} characters",
            accepted=f"at least {SHORTEST_SECRET} random characters",
        )


def auth(asked: Settings) -> Mapping[str, object]:
    """The table ``[auth]`` of the secrets file; empty without one."""
    if not asked.secrets.is_file():
        return {}
    try:
        found = tomllib.loads(asked.secrets.read_text(encoding="utf-8")).get("auth", {})
    except ValueError:
        raise BadInput("wrong_form", field="LODESTAR_SECRETS", value=asked.secrets, accepted="a TOML file") from None
    return found if isinstance(found, dict) else {}


def person() -> str:
    """The mail address of whoever signed in; empty where nobody has to."""
    return str(st.user.get("email") or "") if settings().sign_in and _signed_in() else ""


def _signed_in() -> bool:
    return st.user.get("is_logged_in") is True


def _alone() -> None:
    """Make the pages' addresses known, so that a deep link is no "page not found", without drawing their names."""
    st.navigation(
        [
            st.Page(spec.file, title="Lodestar", url_path=spec.key, default=order == 0)
            for order, spec in enumerate(PAGES)
        ],
        position="hidden",
    )
