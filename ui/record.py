"""What a page shows, kept as data while it is drawn: presentations and reports are made of it.

A page draws through ``ui.render``; each thing drawn is a block here. One run of a page makes one
record, so that a file handed out holds the same numbers as the screen it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import streamlit as st

from ui.context import Context
from ui.specs import ChartSpec, Sort

_STATE = "_record"
_SILENT = "_record_silent"


@dataclass(frozen=True)
class Fact:
    """A number with a name, for a sentence: its value, and how the page writes it."""

    value: float | int | str | date | None
    text: str
    kind: Sort = ""


@dataclass(frozen=True)
class Card:
    """One key figure.

    Attributes
    ----------
    label, value : str
        Heading; the figure with its unit.
    delta : str
        What it is compared with.
    note : str
        Frequency, basis and kind in small print.
    help : str
        Formula and meaning.
    good : bool or None
        Whether the comparison is a gain (True), a loss (False), or neither.
    """

    label: str
    value: str
    delta: str = ""
    note: str = ""
    help: str = ""
    good: bool | None = None
    kind: Sort = ""


@dataclass(frozen=True)
class Words:
    """A sentence or paragraph, Markdown."""

    key: str
    text: str


@dataclass(frozen=True)
class Cards:
    """A row of key figures."""

    key: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Chart:
    """A chart; its numbers are those of its description."""

    key: str
    spec: ChartSpec


@dataclass(frozen=True, eq=False)
class Table:
    """A table as on the screen, with its title and a note below."""

    key: str
    title: str
    rows: pd.DataFrame
    note: str = ""


Block = Words | Cards | Chart | Table


@dataclass
class Record:
    """One run of one page.

    Attributes
    ----------
    page : str
        Key in the registry.
    ctx : Context
        Language, currency, benchmark, period, scale and snapshot of the run.
    title, question : str
        Heading of the page and the question that it answers.
    params : dict
        What differs from the defaults, as the address writes it.
    as_of : date, optional
        Date of the oldest input.
    survivors : str
        Why the view rests on members chosen with hindsight; empty where it does not. Such a view
        is neither presented nor exported.
    problems : list of str
        Errors that the page told.
    controls : tuple of str
        Parameters of the address that this run of the page knows.
    """

    page: str
    ctx: Context
    title: str = ""
    question: str = ""
    params: dict[str, str] = field(default_factory=dict)
    as_of: date | None = None
    blocks: list[Block] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    survivors: str = ""
    problems: list[str] = field(default_factory=list)
    fragment_from: tuple[int, int] | None = None
    controls: tuple[str, ...] = ()

    def add(self, block: Block) -> None:
        """Append a block; a second one of the same key gets a number, so that keys tell blocks apart."""
        keys = {known.key for known in self.blocks}
        key, count = block.key, 2
        while key in keys:
            key, count = f"{block.key}-{count}", count + 1
        if key != block.key:
            block = type(block)(**{**vars(block), "key": key})
        self.blocks.append(block)

    def charts(self) -> list[Chart]:
        return [block for block in self.blocks if isinstance(block, Chart)]

    def tables(self) -> list[Table]:
        return [block for block in self.blocks if isinstance(block, Table)]


def begin(page: str, ctx: Context) -> Record:
    """Open the record of this run."""
    made = Record(page, ctx)
    st.session_state[_STATE] = made
    return made


def current() -> Record | None:
    """The record of this run; None where a part is drawn outside the frame (tests of a single chart)."""
    found: Record | None = st.session_state.get(_STATE)
    return found


def add(block: Block) -> None:
    """Note a block in the record of this run."""
    made = current()
    if made is not None:
        made.add(block)


def fact(key: str, value: float | int | str | date | None, text: str, kind: Sort = "") -> None:
    """Name a number that sentences of a story may use: ``value`` as the engine gave it, ``text`` as it is written."""
    made = current()
    if made is not None:
        made.facts[key] = Fact(value, text, kind)


def facts(found: Mapping[str, Fact]) -> None:
    """Several at once."""
    made = current()
    if made is not None:
        made.facts.update(found)


def hindsight(reason: str) -> None:
    """Mark the view as resting on members chosen with hindsight: it stays on the screen and goes nowhere else."""
    made = current()
    if made is not None:
        made.survivors = reason


def survivors() -> str:
    """Why what has been shown so far stays on the screen; empty if it may go out."""
    made = current()
    return made.survivors if made is not None else ""


def enter_fragment() -> None:
    """Around a part that reruns alone: what it noted before is replaced, not doubled."""
    made = current()
    if made is None:
        return
    if made.fragment_from is None:
        made.fragment_from = (len(made.blocks), len(made.problems))
        return
    blocks, problems = made.fragment_from
    del made.blocks[blocks:], made.problems[problems:]
    made.survivors = ""


def drawing() -> bool:
    """Whether blocks are drawn where the page puts them, or only noted (a presentation draws one of them large)."""
    return not st.session_state.get(_SILENT, False)


def silence(on: bool) -> None:
    """Note blocks without drawing them."""
    st.session_state[_SILENT] = on


def chosen(made: Record, keys: Sequence[str]) -> list[Block]:
    """The blocks of these keys, in the order asked for; unknown keys are left out."""
    by_key = {block.key: block for block in made.blocks}
    return [by_key[key] for key in keys if key in by_key]
