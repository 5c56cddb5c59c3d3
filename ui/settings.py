"""What a deployment can set, read from the environment: one frozen dataclass, one variable a field.

A variable that is absent or blank takes its default. A value that cannot be used is an error that names the
variable, the value and what is accepted; ``scripts/serve.py`` reads the settings before it starts a server.
The table in ``deploy/README.md`` is held to the fields here by a test. The engine reads ``LODESTAR_FACTS``,
``LODESTAR_ARTIFACTS``, ``LODESTAR_STORE``, ``LODESTAR_RUNS`` and the addresses of live sources itself, so that the command line obeys them too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from engine.errors import BadInput
from engine.paths import ROOT

ReviewState = Literal["valid", "missing", "expired", "not_yet"]

_HOST = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:]*")
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")
_PATH = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True)
class Review:
    """The internal review that lets a document go to clients.

    Attributes
    ----------
    reviewer : str
        Name of the person who reviewed, as it is printed.
    number : str
        Number under which the review is on file.
    valid_from : date or None
        First day it holds; None when only its end is known.
    valid_until : date
        Last day it holds, itself included.
    """

    reviewer: str
    number: str
    valid_from: date | None
    valid_until: date


def _text(raw: str) -> str:
    if len(raw) > 120 or not raw.isprintable():
        raise ValueError
    return raw


def _day(raw: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        raise ValueError
    return date.fromisoformat(raw)


def _port(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", raw) or not 1 <= int(raw) <= 65535:
        raise ValueError
    return int(raw)


def _host(raw: str) -> str:
    if not _HOST.fullmatch(raw):
        raise ValueError
    return raw


def _switch(raw: str) -> bool:
    if raw not in {"on", "off"}:
        raise ValueError
    return raw == "on"


def _seconds(raw: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", raw) or not 1 <= int(raw) <= 300:
        raise ValueError
    return int(raw)


def _domains(raw: str) -> tuple[str, ...]:
    found = tuple(part.strip().lower() for part in raw.split(","))
    if not all(_DOMAIN.fullmatch(part) for part in found):
        raise ValueError
    return found


def _folder(raw: str) -> Path:
    if not Path(raw).is_dir():
        raise ValueError
    return Path(raw)


def _file(raw: str) -> Path:
    if not Path(raw).is_file():
        raise ValueError
    return Path(raw)


def _address(raw: str) -> str:
    """A scheme and a host, with a path where the app lies below one; without a slash at the end."""
    trimmed = raw.rstrip("/")
    parts = urlsplit(trimmed)
    plain = parts.scheme in {"http", "https"} and parts.hostname and _HOST.fullmatch(parts.hostname)
    if not plain or "@" in parts.netloc or parts.query or parts.fragment or not _PATH.fullmatch(parts.path):
        raise ValueError
    _ = parts.port  # raises ValueError where it is no port
    return trimmed


def _is(variable: str, read: Callable[[str], object], accepted: str) -> dict[str, Any]:
    """What a field is read from, how, and what is accepted, as it is told and documented."""
    return {"variable": variable, "read": read, "accepted": accepted}


@dataclass(frozen=True)
class Settings:
    """Everything a deployment can set.

    Attributes
    ----------
    address, port
        Where the server listens.
    base_url : str
        The address readers use, behind a proxy; empty where they reach the server itself.
    sign_in : bool
        Nothing of the app is drawn before a reader has signed in (OIDC; the provider stands in the secrets file).
    sign_in_domains : tuple of str
        Mail domains that may sign in; empty: whoever the provider lets in.
    secrets : Path
        TOML file whose table ``[auth]`` names the provider; read only when sign-in is on.
    facts, artifacts : Path
        Folders of the fact tables and of the results of training.
    store : str
        Folder or fsspec address of the snapshots; empty: ``data/store``.
    runs : str
        Folder of the runs of rebalance day; empty: ``data/runs``.
    rebalance : bool
        Whether a run of rebalance day may be approved from its page.
    refresh : bool
        Whether readers may refresh the data from the data page.
    refresh_timeout : int
        Seconds that one request of such a refresh may take.
    yahoo_url, fred_url, french_url : str
        Replace the addresses of live sources; empty: the sources themselves.
    reviewer, review_number, review_valid_from, review_valid_until
        The internal review of client documents.
    """

    address: str = field(
        default="localhost", metadata=_is("LODESTAR_ADDRESS", _host, "a host name or an IP address, such as 0.0.0.0")
    )
    port: int = field(default=8501, metadata=_is("LODESTAR_PORT", _port, "a whole number from 1 to 65535"))
    base_url: str = field(
        default="",
        metadata=_is(
            "LODESTAR_BASE_URL",
            _address,
            "http:// or https:// and a host, with port and path where needed, such as https://lodestar.example.com",
        ),
    )
    sign_in: bool = field(default=False, metadata=_is("LODESTAR_SIGN_IN", _switch, "on or off"))
    sign_in_domains: tuple[str, ...] = field(
        default=(),
        metadata=_is(
            "LODESTAR_SIGN_IN_DOMAINS",
            _domains,
            "mail domains with commas between, such as example.com,example.co.kr",
        ),
    )
    secrets: Path = field(
        default=ROOT / ".streamlit" / "secrets.toml", metadata=_is("LODESTAR_SECRETS", _file, "a file that exists")
    )
    facts: Path = field(
        default=ROOT / "data" / "facts", metadata=_is("LODESTAR_FACTS", _folder, "a folder that exists")
    )
    artifacts: Path = field(
        default=ROOT / "data" / "artifacts", metadata=_is("LODESTAR_ARTIFACTS", _folder, "a folder that exists")
    )
    store: str = field(
        default="",
        metadata=_is("LODESTAR_STORE", _text, "a folder, or an fsspec address such as s3://bucket/lodestar"),
    )
    runs: str = field(default="", metadata=_is("LODESTAR_RUNS", _text, "a folder"))
    rebalance: bool = field(default=False, metadata=_is("LODESTAR_REBALANCE", _switch, "on or off"))
    refresh: bool = field(default=True, metadata=_is("LODESTAR_REFRESH", _switch, "on or off"))
    refresh_timeout: int = field(
        default=20, metadata=_is("LODESTAR_REFRESH_TIMEOUT", _seconds, "whole seconds from 1 to 300")
    )
    yahoo_url: str = field(default="", metadata=_is("LODESTAR_YAHOO_URL", _address, "http:// or https:// and a host"))
    fred_url: str = field(default="", metadata=_is("LODESTAR_FRED_URL", _address, "http:// or https:// and a host"))
    french_url: str = field(default="", metadata=_is("LODESTAR_FRENCH_URL", _address, "http:// or https:// and a host"))
    reviewer: str = field(
        default="", metadata=_is("LODESTAR_REVIEWER", _text, "a name of at most 120 characters on one line")
    )
    review_number: str = field(
        default="", metadata=_is("LODESTAR_REVIEW_NUMBER", _text, "at most 120 characters on one line")
    )
    review_valid_from: date | None = field(
        default=None, metadata=_is("LODESTAR_REVIEW_VALID_FROM", _day, "a date YYYY-MM-DD")
    )
    review_valid_until: date | None = field(
        default=None, metadata=_is("LODESTAR_REVIEW_VALID_UNTIL", _day, "a date YYYY-MM-DD")
    )

    def review_on(self, day: date) -> Review | None:
        """The review of client documents if it is complete and holds on that day."""
        if self.review_valid_until is None or self.review_state(day) != "valid":
            return None
        return Review(self.reviewer, self.review_number, self.review_valid_from, self.review_valid_until)

    def review_state(self, day: date) -> ReviewState:
        """Whether the review holds on that day, and why not; both ends of its validity are days on which it holds."""
        if self.review_gaps():
            return "missing"
        if self.review_valid_until is not None and day > self.review_valid_until:
            return "expired"
        if self.review_valid_from is not None and day < self.review_valid_from:
            return "not_yet"
        return "valid"

    def review_gaps(self) -> tuple[str, ...]:
        """Variables that a complete review still needs."""
        needed = ("reviewer", "review_number", "review_valid_until")
        return tuple(variable(name) for name in needed if not getattr(self, name))


def variable(name: str) -> str:
    """The environment variable of a field."""
    return next(str(one.metadata["variable"]) for one in fields(Settings) if one.name == name)


def settings() -> Settings:
    """The settings of the environment as it is now; read once for each state of it.

    Raises
    ------
    BadInput
        A variable holds something that cannot be used.
    """
    return _read(tuple((one.metadata["variable"], os.environ.get(one.metadata["variable"], "")) for one in _FIELDS))


def read(environment: Mapping[str, str]) -> Settings:
    """The settings of that environment.

    Raises
    ------
    BadInput
        A variable holds something that cannot be used, or the review ends before it begins.
    """
    given: dict[str, Any] = {}
    for one in _FIELDS:
        raw = environment.get(one.metadata["variable"], "").strip()
        if not raw:
            continue
        try:
            given[one.name] = one.metadata["read"](raw)
        except ValueError:
            name, accepted = one.metadata["variable"], one.metadata["accepted"]
            raise BadInput("wrong_form", field=name, value=raw, accepted=accepted) from None
    found = Settings(**given)
    if found.review_valid_from and found.review_valid_until and found.review_valid_from > found.review_valid_until:
        value = f"{found.review_valid_from} to {found.review_valid_until}"
        raise BadInput("range_reversed", field=variable("review_valid_until"), value=value)
    return found


_FIELDS = fields(Settings)


@lru_cache(maxsize=8)
def _read(environment: tuple[tuple[str, str], ...]) -> Settings:
    return read(dict(environment))
