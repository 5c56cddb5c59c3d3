"""The frame around every page: navigation, context bar, header with freshness, errors, disclaimers."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, partial, wraps
from pathlib import Path
from types import CodeType
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from engine.errors import LodestarError
from engine.months import weekdays_between
from engine.sources import using
from engine.sources.snapshots import newest_id
from ui import answers, context, record, sign_in, theme_watch, url
from ui.context import Context
from ui.format import day
from ui.i18n import Translator
from ui.record import Record
from ui.registry import DISCLAIMERS, PAGES, ROOT, PageSpec
from ui.reports import build, panel
from ui.stories import shelf

ASSETS = ROOT / "ui" / "assets"
"""Own pictures: a material page icon would be fetched from another host."""

LOG = logging.getLogger("lodestar")

FRESH_SESSIONS = 5
"""Up to this many sessions old, a view may be called today's."""

SHOWN_OF_A_VALUE = 60
"""So many characters of a value that could not be used are repeated on the screen."""

_MARKUP = re.compile(r"([\\`*$<>\[\]!~|:])")

_CONTEXT = "_context"
_LINK = "_link"
_SEEN = "_pages_seen"


def run() -> None:
    """Draw the page the reader asked for, inside the frame."""
    presenting = st.query_params.get("present") == "1"
    st.set_page_config(
        page_title="Lodestar", page_icon=str(ASSETS / "star.svg"), layout="wide",
        initial_sidebar_state="collapsed" if presenting else "auto",
    )  # fmt: skip
    st.logo(str(ASSETS / "lodestar.svg"), size="large")
    st.html(ASSETS / "lodestar.css")
    _settle()
    t = Translator(context.language())
    sign_in.gate(t)
    pages = {spec.key: _page(spec, t) for spec in PAGES}
    page = st.navigation(_sections(pages, t), position="hidden" if presenting else "sidebar")
    spec = next(spec for spec in PAGES if pages[spec.key] == page)
    record.silence(presenting)
    if presenting:
        from ui.present import run as present  # it runs pages through this module

        with using(context.held_snapshot()):
            present.show(spec, page)
        return
    made = draw(spec, page)
    _about(spec, made.ctx)
    _footer(spec, made.ctx)
    theme_watch.watch()
    url.finish()
    context.show_link(link_slot())


def draw(spec: PageSpec, page: Page) -> Record:
    """Context bar and page, where the caller puts them."""
    url.begin(spec.key)
    ctx, link = context.bar(paths=spec.paths, export=_export, share=partial(shelf.offer, spec.key))
    st.session_state[_CONTEXT], st.session_state[_LINK] = ctx, link
    notes = st.container()
    with notes:
        _newer(ctx)
    made = record.begin(spec.key, ctx)
    with _first_visit(spec, ctx.t), guard(ctx.t), using(ctx.snapshot):
        page.run()
    made.params, made.controls = url.query(()), url.controls()
    with notes:
        _say_rejected(ctx.t)
    return made


def _export(t: Translator) -> None:
    """What the page shows, as a file: made of the record as it is at the click."""
    panel.offer(lambda: build.page(record.current()), "page", t)


def unseen(spec: PageSpec) -> Record:
    """Run a page for its record alone; its address is that of the script context (``ui.headless``)."""
    record.silence(True)
    url.begin(spec.key)
    ctx, link = context.bar(paths=spec.paths)
    st.session_state[_CONTEXT], st.session_state[_LINK] = ctx, link
    made = record.begin(spec.key, ctx)
    with guard(ctx.t):
        exec(_code(spec.file), {"__name__": "__main__"})  # noqa: S102  (a page of our own)
    made.params, made.controls = url.query(()), url.controls()
    made.problems.extend(ctx.t("frame.rejected", **_named(ctx.t, *item)) for item in url.rejected().items())
    return made


@cache
def _code(path: Path) -> CodeType:
    return compile(path.read_text(encoding="utf-8"), str(path), "exec")


def link_slot() -> DeltaGenerator:
    """Where the address of this view is written, once it is known."""
    slot: DeltaGenerator = st.session_state[_LINK]
    return slot


def current() -> Context:
    """The context of this run, for the page script."""
    ctx: Context = st.session_state[_CONTEXT]
    return ctx


def live(body: Callable[..., None], every: float | None = None) -> Callable[..., None]:
    """A part of a page that reruns alone; in a presentation the page reruns with it, so that the slide follows.

    Parameters
    ----------
    every : float or None
        Seconds after which it reruns by itself, for as long as it is on the page.
    """
    alone = st.fragment(body, run_every=every)

    @wraps(body)
    def call(*args: Any, **settings: Any) -> None:
        (alone if record.drawing() else body)(*args, **settings)

    return call


@contextmanager
def fragment() -> Iterator[list[DeltaGenerator]]:
    """Around the body of a fragment of a page: address and link follow it when it reruns alone.

    The body may add slots of its own to the list; they show the link too.
    """
    slots: list[DeltaGenerator] = [st.session_state[_LINK]]
    record.enter_fragment()
    with url.fragment(), using(current().snapshot):
        yield slots
    for slot in slots:
        context.show_link(slot)


def link_to(key: str, ctx: Context, state: Mapping[str, str] | None = None, *, label: str = "") -> None:
    """A link to another page of the app, in the same context; ``state`` are further parameters of its address."""
    if not record.drawing():
        return
    spec = next(spec for spec in PAGES if spec.key == key)
    query = context.carried() | dict(state or {})
    st.page_link(spec.file, label=label or ctx.t(f"{key}.nav"), icon=spec.icon, query_params=query)


def to_page(key: str, state: Mapping[str, str], t: Translator) -> None:
    """A link to a page with the state of an address."""
    spec = next(spec for spec in PAGES if spec.key == key)
    lang = {} if t.language == "en" else {"lang": t.language}
    st.page_link(spec.file, label=t(f"{key}.nav"), icon=spec.icon, query_params=dict(state) | lang)


def header(ctx: Context, key: str) -> DeltaGenerator:
    """Title and the question the page answers; returns the slot of the freshness badge."""
    t = ctx.t
    (st.title if record.drawing() else st.subheader)(t(f"{key}.title"), anchor=False)
    st.markdown(t(f"{key}.question"))
    made = record.current()
    if made is not None:
        made.title, made.question = t(f"{key}.title"), t(f"{key}.question")
    with st.container(horizontal=True, vertical_alignment="center", key="freshness"):
        slot = st.empty()
        st.badge(
            t("frame.snapshot", id=ctx.snapshot),
            icon=":material/inventory_2:",
            color="gray",
            help=t("frame.snapshot_help"),
        )
        _behind(ctx, key)
    return slot


def _behind(ctx: Context, key: str) -> None:
    """Where a refresh would bring newer rows: which data sets of the page end too early, and the way to the button."""
    spec = next((spec for spec in PAGES if spec.key == key), None)
    late = answers.behind(ctx.snapshot, spec.data, date.today()) if spec and record.drawing() else []
    if not late:
        return
    t = ctx.t
    told = "\n".join(
        t(
            "frame.behind_one",
            name=one.name,
            last=day(one.last, t.language),
            due=day(one.due, t.language),
            n=one.sessions,
        )
        for one in late
    )
    label, tip = t("frame.behind", n=len(late)), t("frame.behind_help", told=told)
    if key == "data":
        st.badge(label, icon=":material/sync_problem:", color="orange", help=tip)
        return
    target = next(spec for spec in PAGES if spec.key == "data")
    query = context.carried()
    st.page_link(target.file, label=label, icon=":material/sync_problem:", query_params=query, help=tip)


def age(slot: DeltaGenerator, ctx: Context, inputs: Sequence[date]) -> None:
    """Say how old the view is: as old as its oldest input."""
    if inputs:
        made = record.current()
        if made is not None:
            made.as_of = min(inputs)
        text, colour = freshness(min(inputs), date.today(), ctx.t)
        slot.badge(text, icon=":material/schedule:", color=colour)


def undated(slot: DeltaGenerator, ctx: Context) -> None:
    """Say that no figure of the view is of a date: a model worked out from assumptions."""
    slot.badge(ctx.t("frame.undated"), icon=":material/function:", color="gray", help=ctx.t("frame.undated_help"))


def freshness(oldest: date, today: date, t: Translator) -> tuple[str, Literal["green", "orange"]]:
    """The badge's words and colour: a view is as old as its oldest input."""
    if 0 <= weekdays_between(oldest, today) <= FRESH_SESSIONS:
        return t("frame.fresh", day=day(oldest, t.language)), "green"
    return t("frame.latest", month=f"{oldest:%Y-%m}", day=day(oldest, t.language)), "orange"


def text(key: str, ctx: Context) -> str:
    """The long text of a page in the reader's language."""
    return (ROOT / "pages" / key / f"text.{ctx.language}.md").read_text(encoding="utf-8")


@contextmanager
def guard(t: Translator) -> Iterator[None]:
    """Show an error as a sentence in its place; the rest of the page goes on.

    Only errors end here: Streamlit's own signals for rerun and stop pass through.
    """
    try:
        yield
    except LodestarError as error:
        _fail(t.error(error))
    except Exception:
        LOG.exception("unexpected error on a page")
        _fail(t("frame.unexpected"))


def _fail(sentence: str) -> None:
    made = record.current()
    if made is not None:
        made.problems.append(sentence)
    st.error(sentence, icon=":material/error:")


@contextmanager
def _first_visit(spec: PageSpec, t: Translator) -> Iterator[None]:
    """Say that the page is being made, the first time a session opens it; later answers come from the cache."""
    seen: set[str] = st.session_state.setdefault(_SEEN, set())
    if spec.key in seen:
        yield
        return
    with st.spinner(t("frame.loading"), show_time=True):
        yield
    seen.add(spec.key)


def _page(spec: PageSpec, t: Translator) -> Page:
    title = t(f"{spec.key}.nav")
    return st.Page(spec.file, title=title, icon=spec.icon, url_path=spec.key, default=spec == PAGES[0])


def _sections(pages: dict[str, Page], t: Translator) -> dict[str, list[Page]]:
    sections: dict[str, list[Page]] = {}
    for spec in PAGES:
        sections.setdefault(t(f"nav.{spec.group}"), []).append(pages[spec.key])
    return sections


def _newer(ctx: Context) -> None:
    """Say that the store has newer data than this session shows; the figures move only when the reader says so."""
    newest = newest_id() if record.drawing() else ctx.snapshot
    if newest == ctx.snapshot:
        return
    t = ctx.t
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="newer-data"):
        made = context.snapshot_words(newest, t)
        st.markdown(f":material/update: {t('frame.newer', newest=made, held=context.snapshot_words(ctx.snapshot, t))}")
        st.button(t("frame.newer_take"), key="newer-take", on_click=context.take_newest_snapshot)


def _say_rejected(t: Translator) -> None:
    for key, value in url.rejected().items():
        st.warning(t("frame.rejected", **(_named(t, key, value) | {"value": plain(value)})), icon=":material/link_off:")


def _named(t: Translator, key: str, value: str) -> dict[str, str]:
    return {"field": t(f"field.{key}") if t.has(f"field.{key}") else key, "value": value}


def plain(value: str) -> str:
    """A value of the address as text: cut to a readable length, and no markup that could load or link anything."""
    short = value if len(value) <= SHOWN_OF_A_VALUE else f"{value[:SHOWN_OF_A_VALUE]}…"
    return escaped(short)


def escaped(value: str) -> str:
    """Text of others as text: no markup in it counts."""
    return _MARKUP.sub(r"\\\1", value)


def _about(spec: PageSpec, ctx: Context) -> None:
    path = spec.about(ctx.language)
    if path.is_file():
        with st.expander(ctx.t("frame.about"), icon=":material/help:"):
            st.markdown(path.read_text(encoding="utf-8"))


def _footer(spec: PageSpec, ctx: Context) -> None:
    st.divider()
    sentences = [ctx.t(f"disclaimer.{kind}") for kind in (*DISCLAIMERS, *spec.disclaimers)]
    with st.container(key="disclaimer"):
        st.caption(" ".join(sentences))


@st.cache_resource
def _settle() -> None:
    """Once per process: what is imported by now is never collected again.

    Streamlit runs a full collection after each script; without the imported modules in its way
    it takes half the time.
    """
    gc.collect()
    gc.freeze()
