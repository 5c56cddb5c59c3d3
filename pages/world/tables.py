"""Tables of the world portfolio: rows of cells for the screen and for files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.world.blocks import BlockWeights
from engine.world.infrastructure import Ratio
from engine.world.sizes import KINDS, SizePath, WorldWeights
from engine.world.studies import RESIDUAL, Beside, Breakdown, Total
from pages.world import charts, words
from ui.format import NONE, day, percent, ratio
from ui.i18n import Translator

Row = dict[str, object]

SHOWN = ("equity", "bonds", "real_estate", "infrastructure", "gold", "private_equity", "private_debt", "convertibles")


def classes(t: Translator, world: WorldWeights) -> list[Row]:
    """One row a class: weight, size, how sure, as of when, what it counts."""
    return [
        {
            t("world.column_class"): words.class_name(t, name),
            t("world.column_weight"): percent(share),
            t("world.column_size"): words.trn(world.sizes_usd_bn[name]),
            t("world.column_kind"): t(f"world.kind_{world.kind[name]}"),
            t("world.column_of"): ", ".join(dict.fromkeys(words.on(t, item["as_of"]) for item in world.sources[name])),
            t("world.column_counts"): words.counts(t, name, world.scopes[name]),
            t("world.column_moved"): words.moved(t, world.indicators[name], follows=name == "infrastructure"),
        }
        for name, share in world.weights.items()
    ]


def sources(t: Translator, world: WorldWeights) -> list[Row]:
    """What each size is made of: every dated figure with its source and the day it became known."""
    return [_source(t, name, item) for name, items in world.sources.items() for item in items]


def _source(t: Translator, name: str, item: Mapping[str, object]) -> Row:
    known = words.on(t, item["known"])
    return {
        t("world.column_class"): words.class_name(t, name),
        t("world.column_index"): item["index"],
        t("world.column_as_of"): words.on(t, item["as_of"]),
        t("world.column_size_bn"): f"{item['usd_bn']:,.0f}",
        t("world.column_figure"): t(f"world.figure_{item['kind']}"),
        t("world.column_known"): t("world.known_assumed", day=known) if item["known_assumed"] else known,
        t("world.column_source"): item["source"],
        t("world.column_note"): words.part(t, str(item["note"])),
    }


def paths(t: Translator, found: Mapping[str, SizePath]) -> list[Row]:
    """Sizes over time with the kind of each."""
    stamps = next(iter(found.values())).table.index
    rows: list[Row] = [{t("world.column_date"): stamp.date().isoformat()} for stamp in stamps]
    told = {kind: t(f"world.kind_{kind}") for kind in KINDS}
    for name, path in found.items():
        size_name = t("world.column_class_size", name=words.class_name(t, name))
        kind_name = t("world.column_class_kind", name=words.class_name(t, name))
        for row, size, kind in zip(rows, path.table["usd_bn"], path.table["kind"], strict=True):
            row[size_name] = words.trn(size, 3) if kind else NONE
            row[kind_name] = told.get(kind, NONE)
    return rows


def left_out(t: Translator, found: Mapping[str, SizePath]) -> list[Row]:
    """Each size guessed from the others of its class."""
    return [
        {
            t("world.column_class"): words.class_name(t, name),
            t("world.column_left_day"): day(item.day, t.language),
            t("world.column_actual"): words.trn(item.actual),
            t("world.column_guess"): words.trn(item.estimate),
            t("world.column_error"): percent(item.error, sign=True),
            t("world.column_how"): t("world.kind_extrapolated" if item.extrapolated else "world.kind_interpolated"),
            t("world.column_moved"): words.moved(t, path.indicator),
        }
        for name, path in found.items()
        for item in path.left_out
    ]


def gaps(t: Translator, found: Mapping[str, object]) -> list[Row]:
    """What was known beside what is known now."""
    known = charts.differences(found)
    stamps = sorted({item.day for own in known.values() for item in own})
    by_day = {name: {item.day: item.value for item in own} for name, own in known.items()}
    return [
        {
            t("world.column_date"): when.isoformat(),
            **{words.class_name(t, name): percent(own.get(when), sign=True) for name, own in by_day.items()},
        }
        for when in stamps
    ]


def beside(
    t: Translator, world: WorldWeights, scope: str, others: Mapping[str, WorldWeights], found: Sequence[Beside]
) -> list[Row]:
    """Ours as asked for, ours in every scope, and the studies."""
    rows = [_ours(t, t("world.row_asked", scope=t(f"world.scope_{scope}")), world)]
    rows += [_ours(t, t("world.row_scope", scope=t(f"world.scope_{code}")), own) for code, own in others.items()]
    for item in found:
        study = item.study
        rows.append(
            _weights(
                t, study.study, day(study.as_of, t.language), study.total_usd_bn, study.shares, study.equity_to_bonds
            )
            | {t("world.column_source"): study.source}
        )
    return rows


def _ours(t: Translator, name: str, world: WorldWeights) -> Row:
    share = world.weights["equity"] / (world.weights["equity"] + world.weights["bonds"])
    row = _weights(t, name, day(world.date, t.language), world.total_usd_bn, world.weights, share)
    return row | {t("world.column_source"): t("world.source_above")}


def _weights(
    t: Translator, name: str, as_of: str, total: float | None, shares: Mapping[str, float], split: float
) -> Row:
    return {
        t("world.column_portfolio"): name,
        t("world.column_as_of"): as_of,
        t("world.column_total"): words.trn(total),
        t("world.column_split"): percent(split),
        **{words.class_name(t, code): percent(shares.get(code)) for code in (*SHOWN, RESIDUAL)},
    }


def totals(t: Translator, found: Sequence[Total]) -> list[Row]:
    """Every published total."""
    return [
        {
            t("world.column_study"): item.study,
            t("world.column_as_of"): day(item.as_of, t.language),
            t("world.column_total"): words.trn(item.usd_bn),
            t("world.column_figure"): t(f"world.figure_{item.kind}"),
            t("world.column_source"): item.source,
        }
        for item in found
    ]


def ratios(t: Translator, found: Sequence[tuple[Ratio, float]], chosen: str) -> list[Row]:
    """Every pair with the infrastructure it makes of the real estate of the day."""
    return [
        {
            t("world.column_chosen"): "●" if item.pair == chosen else "",
            t("world.column_ratio"): ratio(item.value),
            t("world.column_made"): words.trn(size),
            t("world.column_infra"): item.infrastructure.index,
            t("world.column_infra_day"): day(item.infrastructure.as_of, t.language),
            t("world.column_estate"): item.real_estate.index,
            t("world.column_estate_day"): day(item.real_estate.as_of, t.language),
            t("world.column_gap"): f"{item.gap_days:,}",
            t("world.column_region"): t(f"world.alike_{item.same_region}"),
            t("world.column_float"): t(f"world.alike_{item.same_float}"),
        }
        for item, size in found
    ]


def breakdown(t: Translator, found: Breakdown) -> list[Row]:
    """A partial list with its residual."""
    return [
        {t("world.column_line"): words.line_name(t, found, name), t("world.column_weight"): percent(share, 2)}
        for name, share in found.lines.items()
    ]


def blocks(t: Translator, found: BlockWeights) -> list[Row]:
    """Weight of each block with the split behind it."""
    splits = {block: (split, share) for split in found.splits for block, share in split.shares.items()}
    rows = []
    for code, weight in found.weights.items():
        block = str(code)
        split, share = splits.get(block, (None, None))
        basis = split.basis[block] if split else {}
        rows.append(
            {
                t("world.column_block"): t(f"world.block_{block}"),
                t("world.column_weight"): percent(float(weight), 2),
                t("world.column_class"): words.class_name(t, split.asset_class if split else block),
                t("world.column_share"): percent(share),
                t("world.column_as_of"): words.on(t, basis["as_of"]) if basis else NONE,
                t("world.column_source"): (t("world.block_rest") if basis["rest"] else basis["source"])
                if basis
                else NONE,
            }
        )
    return rows


def portfolio(found: BlockWeights, scope: str) -> list[Row]:
    """The model portfolio for a machine: codes and full decimals, the same in every language."""
    return [
        {
            "block": str(name),
            "weight": float(weight),
            "date": found.world.date.isoformat(),
            "scope": scope,
            "pair": found.world.scopes["infrastructure"],
            "equity_indicator": found.world.indicators["equity"],
        }
        for name, weight in found.weights.items()
    ]
