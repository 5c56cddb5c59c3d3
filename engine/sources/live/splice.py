"""Newer figures put behind older ones: compared where they overlap, joined by growth, and told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.sources.dataset import Finding
from engine.sources.live.request import malformed

MIN_OVERLAP = 20
TOLERANCE = 0.001
"""Returns of two copies that differ by more than 10 bp disagree; three-decimal prices stay below it."""
REFUSED = 0.05
"""Share of disagreeing rows above which it is another security, another basis or another unit."""


@dataclass(frozen=True)
class Overlap:
    """How two copies of the same returns compare on the dates of both.

    Attributes
    ----------
    rows : int
        Returns compared.
    disagree : int
        Those that differ by more than the tolerance.
    largest, on : float, Timestamp
        Largest difference, and its date.
    """

    column: str
    rows: int
    disagree: int
    largest: float
    on: pd.Timestamp

    def finding(self, tolerance: float) -> Finding:
        """A warning, unless all returns agree."""
        told = f"{self.column}: {self.disagree} of {self.rows} returns of the overlap differ by more than {tolerance * 1e4:g} bp"
        worst = f", the largest by {self.largest * 1e4:.1f} bp on {self.on.date()}"
        return Finding("splice_disagreement", "warning" if self.disagree else "info", told + worst)


def overlap(column: str, old: pd.Series, new: pd.Series, source: str, *, tolerance: float = TOLERANCE) -> Overlap:
    """Compare the returns of two copies.

    Parameters
    ----------
    old, new : Series
        Simple returns by date, without holes.

    Raises
    ------
    BadPayload
        Too few common dates, or too many disagree: the two are not the same thing.
    """
    common = old.index.intersection(new.index)
    if len(common) < MIN_OVERLAP:
        raise malformed(source, f"{column}: {len(common)} dates in common with the data on file, {MIN_OVERLAP} needed")
    apart = np.abs(old[common].to_numpy(float) - new[common].to_numpy(float))
    place = int(apart.argmax())
    found = Overlap(
        column, len(common), int((apart > tolerance).sum()), float(apart[place]), pd.Timestamp(common[place])
    )
    if found.disagree > max(1, REFUSED * len(common)):
        raise malformed(source, found.finding(tolerance).text)
    return found


def extended_levels(
    old: pd.DataFrame, new: pd.DataFrame, source: str, *, tolerance: float = TOLERANCE
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Levels of ``old``, then the growth of ``new`` after its last row; and how the overlap compares.

    Every column of ``old`` must go on, on dates that all columns have: a frame that ends raggedly would
    be filled or cut by its readers.

    Raises
    ------
    BadPayload
        A column is missing, has too little overlap, or disagrees.
    """
    missing = [str(name) for name in old.columns if name not in new.columns]
    if missing:
        raise malformed(source, f"no data for {', '.join(missing)}")
    both = new[list(old.columns)]
    findings = []
    pieces = {}
    for name in old.columns:
        was, now = old[name].dropna(), both[name].dropna()
        joined = was.index.intersection(now.index)
        found = overlap(
            str(name),
            was[joined].pct_change(fill_method=None).iloc[1:],
            now[joined].pct_change(fill_method=None).iloc[1:],
            source,
            tolerance=tolerance,
        )
        if found.disagree:
            findings.append(found.finding(tolerance))
        last = joined[-1]
        pieces[name] = now.loc[now.index > old.index[-1]] * (was[last] / now[last])
    fresh = pd.DataFrame(pieces)
    whole = fresh.dropna()
    if len(whole) < len(fresh):
        cut = f"{len(fresh) - len(whole)} newer dates without a value for every column were left out"
        findings.append(Finding("ragged_dates", "warning", cut))
    skipped = _gap(old.index, both.dropna(how="all").index)
    if skipped:
        findings.append(
            Finding("missing_dates", "warning", f"{skipped} dates of the overlap are missing from {source}")
        )
    return pd.concat([old, whole]).rename_axis(index="date"), tuple(findings)


def _gap(old: pd.Index, new: pd.Index) -> int:
    inside = old[(old >= new[0]) & (old <= new[-1])]
    return len(inside.difference(new))


def extended_returns(
    old: pd.DataFrame, new: pd.DataFrame, source: str, *, tolerance: float = 0.0001
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Returns of ``old``, then those of ``new``; history does not move, and revisions of it are counted.

    A release of the library revises history, so small differences are many and no reason to refuse;
    a column whose returns are not the same series (correlation below 0.95) is.

    Raises
    ------
    BadPayload
        A column is missing, has too little overlap, or is another series.
    """
    missing = [str(name) for name in old.columns if name not in new.columns]
    if missing:
        raise malformed(source, f"no data for {', '.join(missing)}")
    findings = []
    for name in old.columns:
        common = old[name].dropna().index.intersection(new[name].dropna().index)
        if len(common) < MIN_OVERLAP:
            raise malformed(source, f"{name}: {len(common)} dates in common with the data on file")
        was, now = old.loc[common, name].to_numpy(float), new.loc[common, name].to_numpy(float)
        likeness = float(np.corrcoef(was, now)[0, 1])
        if not likeness >= 0.95:
            raise malformed(
                source, f"{name}: correlation {likeness:.2f} with the data on file, as if it were another series"
            )
        apart = np.abs(was - now)
        if (apart > tolerance).any():
            place = int(apart.argmax())
            findings.append(
                Finding(
                    "vintage",
                    "warning",
                    f"{name}: {int((apart > tolerance).sum())} of {len(common)} returns were revised by more than "
                    f"{tolerance * 1e4:g} bp since the bundled release, the largest by {apart[place] * 1e4:.0f} bp on "
                    f"{pd.Timestamp(common[place]).date()}; history stays as bundled",
                )
            )
    fresh = new.loc[new.index > old.index[-1], list(old.columns)].dropna()
    return pd.concat([old, fresh]).rename_axis(index="date"), tuple(findings)
