"""Save, share and export a run; bring prices, a series or settings of one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine import lab
from engine.errors import BadInput, LodestarError
from engine.lab.config import OWN, from_dict
from engine.sources import Basis, read_line
from engine.sources.upload import Kind
from pages.lab import controls, session, tables, words
from pages.lab.session import Asked
from ui import render, url
from ui.i18n import Translator

BASES = (Basis.TOTAL_RETURN, Basis.PRICE_INDEX)
SAID = "_lab_said"
"""What a callback has to tell: key of the sentence and its parts, or an error."""

LOADED = "_lab_loaded"
"""The config just opened."""


def bar(t: Translator, asked: Asked, found: lab.Run | None) -> DeltaGenerator:
    """Save, share, export; the slot for the link."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover(t("lab.save"), icon=":material/bookmark:"):
            _save(t, asked)
        with st.popover(t("lab.share"), icon=":material/link:"):
            st.caption(t("lab.share_help"))
            slot = st.empty()
        with st.popover(t("lab.export"), icon=":material/download:"):
            _export(t, asked, found)
    return slot


def _save(t: Translator, asked: Asked) -> None:
    st.caption(t("lab.save_help"))
    st.text_input(t("lab.save_name"), key="lab-name", max_chars=40)
    st.button(
        t("lab.save_button"), key="lab-save", on_click=_keep, args=(asked.config,), icon=":material/bookmark_add:"
    )
    for name, config in session.saved().items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{name}** · {words.strategy(t, config.strategy.name)}")
            st.button(t("lab.load"), key=f"lab-load-{name}", on_click=_load, args=(config,))
            st.button(t("lab.forget"), key=f"lab-forget-{name}", on_click=session.forget, args=(name,))


def _keep(config: lab.Config) -> None:
    name = str(st.session_state.get("lab-name") or "").strip()
    if name:
        session.saved()[name] = config
        st.session_state["lab-name"] = ""


def _load(config: lab.Config) -> None:
    """Set the controls to a config; one that needs prices which are not here is said."""
    if config.panel == OWN and session.own_prices() is None:
        st.session_state[SAID] = BadInput("empty_choice", field="file")
        return
    controls.take(config)
    st.session_state[LOADED] = config


def beyond(t: Translator, asked: Asked) -> None:
    """Say what a config just opened holds and the controls cannot show."""
    loaded = st.session_state.pop(LOADED, None)
    names = [] if loaded is None else controls.differing(loaded, asked.config)
    if names:
        told = [t(f"field.{name}") if t.has(f"field.{name}") else name for name in names]
        st.info(t("lab.beyond", names=", ".join(told)), icon=":material/info:")


def _export(t: Translator, asked: Asked, found: lab.Run | None) -> None:
    st.caption(t("lab.export_own") if asked.config.panel == OWN else t("lab.export_help"))
    st.download_button(
        t("lab.export_toml"), asked.config.to_toml().encode(), "lodestar-lab.toml", "application/toml", on_click="ignore",
        key="lab-toml", icon=":material/settings:",
    )  # fmt: skip
    if found is not None:
        notes = [words.basis(t, found), *words.findings(t, found), t("disclaimer.simulated"), t("disclaimer.research")]
        render.downloads(tables.values(t, found), "lab", t, notes)


def own(t: Translator) -> None:
    """Uploads: prices, a series, settings."""
    with st.expander(t("lab.own"), icon=":material/upload_file:"):
        prices, series, settings = st.columns(3)
        with prices:
            st.caption(t("lab.own_prices_help"))
            st.file_uploader(
                t("lab.own_prices"), type="csv", key="lab-prices", on_change=_read_prices, max_upload_size=2
            )
            st.file_uploader(t("lab.own_opens"), type="csv", key="lab-opens", on_change=_read_prices, max_upload_size=2)
            _basis(t, "lab-prices", _read_prices)
        with series:
            st.caption(t("lab.own_series_help"))
            st.file_uploader(
                t("lab.own_series"), type="csv", key="lab-series", on_change=_read_series, max_upload_size=2
            )
            url.relabel("lab-series-kind", lambda code: t(f"crises.own_kind_{code}"))
            st.selectbox(
                t("crises.own_kind"), get_args(Kind), key="lab-series-kind", on_change=_read_series,
                format_func=lambda code: t(f"crises.own_kind_{code}"),
            )  # fmt: skip
            _basis(t, "lab-series", _read_series)
        with settings:
            st.caption(t("lab.own_toml_help"))
            st.file_uploader(t("lab.own_toml"), type="toml", key="lab-config", on_change=_read_toml, max_upload_size=1)
    said = st.session_state.pop(SAID, None)
    if isinstance(said, LodestarError):
        st.error(t.error(said), icon=":material/error:")
    elif said is not None:
        key, parts = said
        st.info(t(key, **parts), icon=":material/info:")


def _basis(t: Translator, key: str, change: Callable[[], None]) -> None:
    url.relabel(f"{key}-basis", lambda code: t(f"crises.own_basis_{code}"))
    st.selectbox(
        t("crises.own_basis"), BASES, key=f"{key}-basis", on_change=change,
        format_func=lambda code: t(f"crises.own_basis_{code}"),
    )  # fmt: skip
    st.segmented_control(
        t("crises.own_currency"), ("USD", "KRW"), default="USD", required=True, key=f"{key}-currency", on_change=change
    )


def _read_prices() -> None:
    """Own prices from the files chosen; they become the panel at once."""
    state = st.session_state
    file, opens = state.get("lab-prices"), state.get("lab-opens")
    session.keep("prices", None)
    if file is None:
        return
    try:
        read = lab.from_csv(
            file.getvalue(), opens=opens.getvalue() if opens else None, basis=state["lab-prices-basis"],
            currency=str(state["lab-prices-currency"]),
        )  # fmt: skip
    except BadInput as error:
        state[SAID] = error
        return
    session.keep("prices", read)
    state["panel"], state["assets"] = OWN, []
    first, last = read.dates[0].date(), read.as_of
    state[SAID] = ("lab.own_read", {"rows": len(read.prices), "n": len(read.assets), "first": first, "last": last})


def _read_series() -> None:
    """An own series from the file chosen; it becomes the benchmark at once."""
    state = st.session_state
    file = state.get("lab-series")
    session.keep("line", None)
    if file is None:
        return
    try:
        read = read_line(
            file.getvalue(), kind=state["lab-series-kind"], basis=state["lab-series-basis"],
            currency=str(state["lab-series-currency"]), field=file.name,
        )  # fmt: skip
    except BadInput as error:
        state[SAID] = error
        return
    session.keep("line", read)
    state["mark"] = OWN
    state[SAID] = ("lab.own_read", {"rows": len(read.levels), "n": 1, "first": read.first, "last": read.last})


def _read_toml() -> None:
    """Settings from a file: kept under the file's name, and shown in the controls."""
    file = st.session_state.get("lab-config")
    if file is None:
        return
    try:
        config = from_dict(tomllib.loads(file.getvalue().decode("utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        st.session_state[SAID] = BadInput("config_file", field="config", value=file.name, reason=error)
        return
    except BadInput as error:
        st.session_state[SAID] = error
        return
    session.saved()[file.name.removesuffix(".toml")] = config
    st.session_state[SAID] = ("lab.own_settings", {"name": file.name.removesuffix(".toml")})
    _load(config)
