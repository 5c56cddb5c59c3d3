"""One run as data: the session, the products, everything that its result depends on, and its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.rebalance.accounts import Account, accounts
from engine.rebalance.calendar import last_closed, session_on
from engine.rebalance.feed import CONTROL
from engine.rebalance.gates import Override
from engine.rebalance.history import Held, last_held
from engine.rebalance.keep import code_hash, digest, runs_dir
from engine.sources import snapshot_id


@dataclass(frozen=True)
class Job:
    """A run before it begins.

    Attributes
    ----------
    asked : date
        As given; ``day`` is the session, that day or the last one before it.
    snapshot : str
        Numbers that the run reads, whatever is refreshed meanwhile.
    feed : Path or None
        Folder of a vendor's files.
    control : str
        SHA-256 of its control file, which names the bytes, as it was when the run was planned.
    exclude : tuple of str
        Names that a person left out.
    held : mapping
        What each product held before, from its last approved run; absent at its first.
    """

    asked: date
    day: date
    products: tuple[Account, ...]
    snapshot: str
    runs: Path
    feed: Path | None = None
    control: str = ""
    exclude: tuple[str, ...] = ()
    overrides: tuple[Override, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """All that a result depends on beside data and code."""
        return {
            "asked": self.asked.isoformat(),
            "session": self.day.isoformat(),
            "products": [account.to_dict() for account in self.products],
            "exclude": list(self.exclude),
            "overrides": [vars(one) for one in self.overrides],
            "held": {key: held.to_dict() for key, held in sorted(self.held.items())},
        }

    def inputs(self) -> dict[str, Any]:
        """The data, by their names: the snapshot, and the control file of the feed."""
        return {"snapshot": self.snapshot, "feed": self.control or None}

    @property
    def run_id(self) -> str:
        """Session and hash of settings, data and code: equal questions have one run, a repaired file makes another."""
        told = {"settings": self.settings(), "inputs": self.inputs(), "code": code_hash()}
        return f"{self.day.isoformat()}-{digest(told)[:12]}"


def again(told: Mapping[str, Any], runs: Path) -> Job:
    """The job of a run that is kept, from what its ``run.json`` says: the same holdings, whatever was approved since.

    Raises
    ------
    MissingData
        Its snapshot is no longer in the store.
    """
    settings = told["settings"]
    products = tuple(Account(**{**one, "restricted": tuple(one["restricted"])}) for one in settings["products"])
    feed = Path(told["feed"]) if told["feed"] else None
    return Job(
        asked=date.fromisoformat(settings["asked"]),
        day=date.fromisoformat(settings["session"]),
        products=products,
        snapshot=told["snapshot"],
        runs=runs,
        feed=feed,
        control="" if feed is None else _control(feed),
        exclude=tuple(settings["exclude"]),
        overrides=tuple(Override(**one) for one in settings["overrides"]),
        held={key: Held.of(one) for key, one in settings["held"].items()},
    )


def _control(folder: Path) -> str:
    try:
        return digest((folder / CONTROL).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return "missing"


def plan(
    products: Sequence[str | Account] = (),
    day: date | None = None,
    *,
    now: datetime | None = None,
    feed: Path | None = None,
    exclude: Sequence[str] = (),
    overrides: Sequence[Override] = (),
    runs: Path | None = None,
    snapshot: str | None = None,
) -> Job:
    """A run of some products (all that come along, when none is named) for a session.

    Parameters
    ----------
    day : date, optional
        The newest session that has closed when left out.
    now : datetime, optional
        The clock, with its time zone.
    snapshot : str, optional
        The one in use when left out.

    Raises
    ------
    BadInput
        An unknown product, a product twice, a session that has not closed yet, or a day out of the calendar's reach.
    """
    clock = now or datetime.now(UTC)
    asked = day or last_closed(clock).day
    here = session_on(asked)
    if here.closes > clock:
        raise BadInput("range_outside", field="date", value=asked, first="1960", last=last_closed(clock).day)
    chosen = tuple(one for key in products for one in ((key,) if isinstance(key, Account) else accounts((key,))))
    chosen = chosen or accounts()
    keys = [account.key for account in chosen]
    if len(set(keys)) < len(keys):
        raise BadInput("twice", field="product", value=next(key for key in keys if keys.count(key) > 1))
    folder = runs or runs_dir()
    held = {key: found for key in keys if (found := last_held(folder, key, here.day)) is not None}
    return Job(
        asked=asked, day=here.day, products=chosen, snapshot=snapshot or snapshot_id(), runs=folder, feed=feed,
        control="" if feed is None else _control(feed),
        exclude=tuple(dict.fromkeys(exclude)), overrides=tuple(overrides), held=held,
    )  # fmt: skip
