"""A story as a file (TOML): written for a person to read and change, checked entry by entry when read."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.paths import ROOT
from ui.i18n import LANGUAGES
from ui.record import Record
from ui.registry import PAGES
from ui.stories.model import COMPARE, PLACEHOLDER, Claim, Step, Story

FOLDER = ROOT / "data" / "stories"
"""The stories that come with Lodestar."""

MOST_BYTES = 100_000
MOST_STEPS = 30
MOST_BLOCKS = 4
MOST_CLAIMS = 8
MOST_STATE = 30
LONGEST_SENTENCE = 320
LONGEST_TITLE = 80
LONGEST_VALUE = 400

RESERVED = ("lang", "present", "story", "step", "adjust")
"""Parameters of an address that belong to the presentation, not to a page."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_BLOCK = re.compile(r"[A-Za-z0-9_.:\-]{1,80}")
_NAMES = re.compile(r"S&P 500|(?<!\d)(?:18|19|20)\d{2}(?!\d)(?:-\d{2}(?!\d))?")
_CLAIM = re.compile(r"\s*([a-z][a-z0-9_]*)\s*(<=|>=|!=|<|>|=)\s*([a-z][a-z0-9_]*|[+-]?(?:\d+\.?\d*|\.\d+))\s*")


@cache
def shipped() -> dict[str, Story]:
    """The stories that come with Lodestar, by key."""
    return {
        path.stem: read(path.read_bytes(), key=path.stem, field=path.name) for path in sorted(FOLDER.glob("*.toml"))
    }


def read(raw: bytes, *, key: str = "own", field: str = "story") -> Story:
    """A story from a file.

    Whether the page knows the parameters, blocks and figures is seen by running it: ``check``.

    Parameters
    ----------
    raw : bytes
        UTF-8 TOML, at most ``MOST_BYTES``.
    key : str
        Name of the story in an address.
    field : str
        Name of the file in error messages.

    Raises
    ------
    BadInput
        Names the entry, its value and what is accepted.
    """
    if len(raw) > MOST_BYTES:
        raise BadInput("upload_too_large", field=field, value=f"{len(raw):,} bytes", accepted=f"{MOST_BYTES:,} bytes")
    try:
        document = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BadInput("config_file", field="story", value=field, reason="it is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput("config_file", field="story", value=field, reason=_short(str(error))) from None
    _only(document, ("title", "steps"), "story")
    title = _languages(document.get("title"), "title", LONGEST_TITLE)
    steps = document.get("steps")
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        count = len(steps) if isinstance(steps, list) else 0
        raise BadInput("story_count", field="steps", value=f"{count:,}", accepted=f"1 to {MOST_STEPS}")
    return Story(key, title["en"], title["ko"], tuple(_step(item, f"steps[{at}]") for at, item in enumerate(steps, 1)))


def _step(item: object, field: str) -> Step:
    given = _table(item, field)
    _only(given, ("page", "state", "blocks", "sentence", "claims"), field)
    page = given.get("page", "")
    known = [spec.key for spec in PAGES]
    if page not in known:
        raise BadInput("unknown_choice", field=f"{field}.page", value=_short(page), accepted=", ".join(known))
    said = _languages(given.get("sentence"), f"{field}.sentence", LONGEST_SENTENCE)
    for language, sentence in said.items():
        _braces(sentence, f"{field}.sentence.{language}")
    return Step(
        page, _state(given.get("state", {}), f"{field}.state"),
        _strings(given.get("blocks", []), f"{field}.blocks", MOST_BLOCKS, _BLOCK), said["en"], said["ko"],
        tuple(claim(text, f"{field}.claims") for text in _strings(given.get("claims", []), f"{field}.claims", MOST_CLAIMS)),
    )  # fmt: skip


def claim(text: str, field: str = "claims") -> Claim:
    """A claim as it is typed: ``fall < -0.2``, ``ai_ratio > equal_ratio``.

    Raises
    ------
    BadInput
        It is not a comparison.
    """
    found = _CLAIM.fullmatch(text)
    if not found:
        accepted = f"a figure, one of {' '.join(COMPARE)}, and a figure or a number, such as fall < -0.2"
        raise BadInput("wrong_form", field=field, value=_short(text), accepted=accepted)
    left, sign, right = found.groups()
    return Claim(left, sign, right if _NAME.fullmatch(right) else float(right))


def sentence(text: str, field: str, most: int = LONGEST_SENTENCE) -> str:
    """A sentence as it may stand in a story: one line, not too long, every brace a placeholder.

    Raises
    ------
    BadInput
        Names what is wrong.
    """
    said = text.strip()
    if not said:
        raise BadInput("story_missing", field=field, accepted="a sentence")
    if len(said) > most:
        raise BadInput("story_long", field=field, value=f"{len(said):,}", accepted=most)
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in said):
        raise BadInput("wrong_form", field=field, value=_short(said), accepted="one line of text")
    _braces(said, field)
    return said


def loose_figures(text: str) -> tuple[str, ...]:
    """Figures that a sentence holds without a placeholder, so that no data stand behind them; years and names do not count."""
    rest = _NAMES.sub(" ", PLACEHOLDER.sub(" ", text))
    return tuple(re.findall(r"\d+(?:[.,]\d+)*", rest))


def check(step: Step, made: Record, field: str = "step") -> None:
    """Whether the page knows what the step asks of it.

    Raises
    ------
    BadInput
        A parameter, a block or a figure that the page does not have.
    """
    _known(dict(step.state), [name for name in made.controls if name not in RESERVED], f"{field}.state")
    _known(step.blocks, [block.key for block in made.blocks], f"{field}.blocks")
    named = (*step.placeholders(), *(name for item in step.claims for name in item.names))
    _known(named, list(made.facts), f"{field}.sentence")


def _known(given: Mapping[str, str] | Sequence[str], accepted: Sequence[str], field: str) -> None:
    for name in given:
        if name not in accepted:
            raise BadInput("unknown_choice", field=field, value=name, accepted=", ".join(accepted) or "none")


def _languages(item: object, field: str, most: int) -> dict[str, str]:
    given = _table(item if item is not None else {}, field)
    _only(given, LANGUAGES, field)
    for language in LANGUAGES:
        if not isinstance(given.get(language), str):
            raise BadInput("story_missing", field=f"{field}.{language}", accepted=" and ".join(LANGUAGES))
    return {language: sentence(given[language], f"{field}.{language}", most) for language in LANGUAGES}


def _state(item: object, field: str) -> tuple[tuple[str, str], ...]:
    given = _table(item, field)
    if len(given) > MOST_STATE:
        raise BadInput("story_count", field=field, value=f"{len(given):,}", accepted=f"0 to {MOST_STATE}")
    for name, value in given.items():
        if not _NAME.fullmatch(name) or name in RESERVED:
            raise BadInput("unknown_choice", field=field, value=_short(name), accepted="parameters of the page")
        if not isinstance(value, str) or len(value) > LONGEST_VALUE or not value.isprintable():
            accepted = f"text in quotes, up to {LONGEST_VALUE} characters, as the page's address writes it"
            raise BadInput("wrong_form", field=f"{field}.{name}", value=_short(value), accepted=accepted)
    return tuple(given.items())


def _strings(item: object, field: str, most: int, form: re.Pattern[str] | None = None) -> tuple[str, ...]:
    fits = isinstance(item, list) and all(isinstance(one, str) for one in item)
    if not isinstance(item, list) or not fits:
        raise BadInput("wrong_form", field=field, value=_short(item), accepted='a list of texts, such as ["fees"]')
    if len(item) > most:
        raise BadInput("story_count", field=field, value=f"{len(item):,}", accepted=f"0 to {most}")
    for one in item:
        if form is not None and not form.fullmatch(one):
            raise BadInput("wrong_form", field=field, value=_short(one), accepted="the key of a block of the page")
    return tuple(item)


def _braces(text: str, field: str) -> None:
    rest = PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        wrong = re.search(r"\{[^{}]*\}?|\}", rest)
        raise BadInput("story_braces", field=field, value=_short(wrong[0] if wrong else rest))


def _table(item: object, field: str) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise BadInput("wrong_form", field=field, value=_short(item), accepted="a table of named entries")
    return item


def _only(given: Mapping[str, object], names: Sequence[str], field: str) -> None:
    for name in given:
        if name not in names:
            raise BadInput("unknown_choice", field=field, value=_short(name), accepted=", ".join(names))


def _short(value: object, most: int = 120) -> str:
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in str(value)).split())
    return text if len(text) <= most else f"{text[:most]}…"


def write(story: Story) -> str:
    """The story as a file; reading it gives the same story."""
    lines = ["[title]", *(f"{language} = {_quoted(story.title(language))}" for language in LANGUAGES)]
    for step in story.steps:
        lines += ["", "[[steps]]", f"page = {_quoted(step.page)}"]
        lines += [f"blocks = {_list(step.blocks)}"] if step.blocks else []
        lines += [f"claims = {_list([str(item) for item in step.claims])}"] if step.claims else []
        if step.state:
            lines += ["[steps.state]", *(f"{name} = {_quoted(value)}" for name, value in step.state)]
        lines += ["[steps.sentence]", *(f"{language} = {_quoted(step.sentence(language))}" for language in LANGUAGES)]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes, and the one control character that JSON leaves alone."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _list(items: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(item) for item in items)}]"


def path(key: str) -> Path:
    """File of a shipped story."""
    return FOLDER / f"{key}.toml"
