"""Charts of the world portfolio, as descriptions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from engine.world.anchors import CLASSES, SWITCHES
from engine.world.blocks import BlockWeights
from engine.world.infrastructure import DENOMINATORS, NUMERATORS, Ratio
from engine.world.sizes import SizePath, WorldWeights
from engine.world.studies import RESIDUAL, Beside, Breakdown
from pages.world import words
from ui.format import day, percent
from ui.i18n import Translator
from ui.specs import ChartSpec, Mark, Stroke, Trace

SLOT = {name: order for order, name in enumerate((*CLASSES, *SWITCHES))}
ROWS = (*CLASSES, *SWITCHES, "convertibles", RESIDUAL)


def weights(t: Translator, world: WorldWeights) -> ChartSpec:
    """Weight of each class, hatched where it is not a reported figure of the day."""
    largest = max(world.weights, key=lambda name: world.weights[name])
    sure = [name for name, kind in world.kind.items() if kind == "reported"]
    return ChartSpec(
        key="weights",
        title=t(
            "world.weights_title",
            name=words.class_name(t, largest),
            share=percent(world.weights[largest]),
            sure=len(sure),
            classes=len(world.weights),
        ),
        kind="bars",
        traces=(
            Trace(
                t("world.column_weight"),
                list(world.weights.values()),
                [f"{words.class_name(t, name)} ({t(f'world.kind_{world.kind[name]}')})" for name in world.weights],
                0,
                strokes=["solid" if kind == "reported" else "dot" for kind in world.kind.values()],
                kind="reported" if len(sure) == len(world.weights) else "estimated",
            ),
        ),
        source=t("world.weights_source", day=day(world.date, t.language), total=words.trn(world.total_usd_bn)),
        alt=t("world.weights_alt"),
        height=90 + 38 * len(world.weights),
    )


def paths(t: Translator, found: Mapping[str, SizePath]) -> ChartSpec:
    """Sizes over time: dots where a size was reported, line styles by how sure each stretch is."""
    drawn = {name: path for name, path in found.items() if path.table["kind"].notna().any()}
    sizes = [item for name, path in found.items() if not path.ratio for item in path.sizes]
    first = next(iter(found.values()))
    return ChartSpec(
        key="paths",
        title=t(
            "world.paths_title_vintage" if first.vintage else "world.paths_title",
            sizes=len(sizes),
            last=day(max(item.as_of for item in sizes), t.language),
        ),
        kind="lines",
        traces=tuple(_path(t, name, path) for name, path in drawn.items()),
        number="growth",
        log=True,
        y_title=t("world.paths_y"),
        source=t(
            "world.paths_source_vintage" if first.vintage else "world.paths_source",
            derived=words.derived(sizes),
            moved=words.moved(t, first.indicator),
        ),
        alt=t("world.paths_alt", names=words.names(t, drawn)),
        height=460,
    )


def _path(t: Translator, name: str, path: SizePath) -> Trace:
    stamps = [stamp.date() for stamp in path.table.index]
    kinds = path.table["kind"].tolist()
    sizes = [None if math.isnan(size) else size / 1000 for size in path.table["usd_bn"]]
    return Trace(
        words.class_name(t, name),
        stamps,
        sizes,
        SLOT[name],
        strokes=strokes(path),
        marks=marks(path),
        notes=[t(f"world.kind_{kind}") if kind else "" for kind in kinds],
        kind="estimated",
    )


def strokes(path: SizePath) -> list[Stroke]:
    """Style of the stretch that leads to each point; none across a level break or to a newly published size."""
    stamps = [stamp.date() for stamp in path.table.index]
    kinds, segments = path.table["kind"].tolist(), path.table["segment"].tolist()
    found: list[Stroke] = ["none"]
    for end in range(1, len(stamps)):
        pair = (kinds[end - 1], kinds[end])
        new = path.vintage and _published(path, stamps[end - 1], stamps[end])
        if None in pair or segments[end - 1] != segments[end] or new:
            found.append("none")
        elif "extrapolated" in pair:
            found.append("dot")
        else:
            found.append("dash" if path.ratio else "solid")
    return found


def marks(path: SizePath) -> list[Mark]:
    """A dot where a size was reported, a ring where it is arithmetic; in vintage mode where a size became known."""
    stamps = [stamp.date() for stamp in path.table.index]
    if path.ratio:
        return [""] * len(stamps)
    if path.vintage:
        return [
            "full" if _published(path, before, now) else ""
            for before, now in zip([date.min, *stamps], stamps, strict=False)
        ]
    kind = {item.as_of: item.kind for item in path.sizes}
    return ["" if stamp not in kind else "full" if kind[stamp] == "reported" else "ring" for stamp in stamps]


def _published(path: SizePath, before: date, now: date) -> bool:
    """Whether a size became known after one day and by the other."""
    return any(before < item.known <= now for item in path.sizes)


def differences(gaps: Mapping[str, Any]) -> dict[str, list[words.Difference]]:
    """Vintage against hindsight by class, on the days on which both are there."""
    return {name: [_difference(row) for row in table.dropna().itertuples()] for name, table in gaps.items()}


def _difference(row: Any) -> words.Difference:
    return words.Difference(row.Index.date(), float(row.difference), bool(row.same_coverage))


def gap(t: Translator, gaps: Mapping[str, Any], found: Mapping[str, SizePath]) -> ChartSpec:
    """What was known against what is known now."""
    known = {name: own for name, own in differences(gaps).items() if own}
    worst = words.worst_gap(known)
    title = (
        t(
            "world.gap_title",
            name=words.class_name(t, worst[0]),
            day=day(worst[1].day, t.language),
            gap=percent(worst[1].value, sign=True),
        )
        if worst
        else t("world.gap_title_none")
    )
    return ChartSpec(
        key="gap",
        title=title,
        kind="lines",
        traces=tuple(
            Trace(
                words.class_name(t, name),
                [item.day for item in own],
                [item.value for item in own],
                SLOT[name],
                strokes=_steps(found[name], own),
            )
            for name, own in known.items()
        ),
        y_title=t("world.gap_y"),
        source=t("world.gap_source"),
        alt=t("world.gap_alt"),
        height=340,
    )


def _steps(path: SizePath, own: Sequence[words.Difference]) -> list[Stroke]:
    """Plain, dotted where the two count differently; no line to a size just published or to another coverage."""
    found: list[Stroke] = ["none"]
    for before, now in pairwise(own):
        cut = _published(path, before.day, now.day) or before.same_coverage != now.same_coverage
        found.append("none" if cut else "solid" if now.same_coverage else "dot")
    return found


def studies(t: Translator, world: WorldWeights, found: Sequence[Beside]) -> ChartSpec:
    """Shares of ours and of the studies, one row a class."""
    ours = dict(world.weights)
    others = {f"{item.study.study} ({item.study.as_of.year})": item.study.shares for item in found}
    rows = [name for name in ROWS if any(name in shares for shares in (ours, *others.values()))]
    labels = [words.class_name(t, name) for name in rows]
    equity = [item.study.shares["equity"] for item in found]
    return ChartSpec(
        key="studies",
        title=t(
            "world.studies_title",
            low=percent(min(equity)),
            high=percent(max(equity)),
            ours=percent(ours["equity"]),
        ),
        kind="dots",
        traces=(
            Trace(t("world.ours", day=day(world.date, t.language)), [ours.get(row) for row in rows], labels, 0),
            *(
                Trace(name, [shares.get(row) for row in rows], labels, order, kind="reported")
                for order, (name, shares) in enumerate(others.items(), start=1)
            ),
        ),
        source=t("world.studies_source"),
        alt=t("world.studies_alt"),
        height=150 + 34 * len(rows),
    )


def sensitivity(t: Translator, found: Sequence[tuple[Ratio, float]]) -> ChartSpec:
    """Infrastructure in percent of real estate for every pair of indices."""
    value = {item.pair: item.value for item, _ in found}
    larger = sum(item.exceeds_real_estate for item, _ in found)
    labels = [t(f"world.infra_{above}") for above in NUMERATORS]
    rows: dict[tuple[float, ...], list[str]] = {}
    for below in DENOMINATORS:  # indices of the same size lie on each other: one row of dots, both names
        rows.setdefault(tuple(value[f"{above}/{below}"] for above in NUMERATORS), []).append(below)
    return ChartSpec(
        key="ratio",
        title=t(
            "world.ratio_title_all" if larger == len(found) else "world.ratio_title",
            pairs=len(found),
            larger=larger,
            low=percent(found[0][0].value, 0),
            high=percent(found[-1][0].value, 0),
        ),
        kind="dots",
        traces=(
            *(
                Trace(" = ".join(t(f"world.estate_{below}") for below in own), list(values), labels, order)
                for order, (values, own) in enumerate(rows.items())
            ),
            Trace(t("world.ratio_mark"), [1.0] * len(labels), labels, None),
        ),
        source=t("world.ratio_source"),
        alt=t("world.ratio_alt"),
        height=190 + 40 * len(labels),
    )


def breakdown(t: Translator, found: Breakdown, key: str) -> ChartSpec:
    """A partial list, its residual hatched."""
    first = next(iter(found.lines))
    return ChartSpec(
        key=key,
        title=t(
            f"world.{key}_title",
            name=words.line_name(t, found, first).removesuffix(words.ABOUT),
            index=found.index,
            share=percent(found.lines[first]),
            residual=percent(found.lines[RESIDUAL]),
            lines=len(found.lines) - 1,
        ),
        kind="bars",
        traces=(
            Trace(
                t("world.column_weight"),
                list(found.lines.values()),
                [words.line_name(t, found, name) for name in found.lines],
                0,
                strokes=["dot" if name == RESIDUAL else "solid" for name in found.lines],
                kind="reported",
            ),
        ),
        source=words.listed_source(t, found),
        alt=t(f"world.{key}_alt"),
        height=90 + 26 * len(found.lines),
    )


def blocks(t: Translator, found: BlockWeights) -> ChartSpec:
    """Weight of each block."""
    shares = {str(name): float(weight) for name, weight in found.weights.items()}
    equity = sum(share for name, share in shares.items() if name.endswith("_equity"))
    bond = sum(share for name, share in shares.items() if name.endswith("_bond"))
    return ChartSpec(
        key="blocks",
        title=t(
            "world.blocks_title",
            equity=percent(equity),
            bonds=percent(bond),
            us=percent(shares["us_equity"] + shares["us_bond"]),
        ),
        kind="bars",
        traces=(
            Trace(
                t("world.column_weight"),
                list(shares.values()),
                [t(f"world.block_{name}") for name in shares],
                0,
                kind="estimated",
            ),
        ),
        source=t("world.blocks_source", day=day(found.world.date, t.language)),
        alt=t("world.blocks_alt"),
        height=90 + 32 * len(shares),
    )
