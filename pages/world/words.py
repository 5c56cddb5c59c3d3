"""Sentences of the world portfolio, from engine results and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from engine.world.anchors import Anchor, scope_of
from engine.world.blocks import BlockWeights
from engine.world.bonds import BondStatement
from engine.world.infrastructure import Ratio
from engine.world.sizes import SizePath, WorldWeights
from engine.world.studies import Beside, Breakdown, Coverage, Substitute, Total
from ui.format import NONE, day, percent, points, ratio
from ui.i18n import Translator

SUFFIXES = ("single_size", "coverage_break", "publication_assumed", "indicator_held")
"""Notes of the engine that begin with the name of a class."""

NEAR = 0.00005

ABOUT = " ≈"
"""Marks a name whose figure is approximate."""


@dataclass(frozen=True)
class Difference:
    """Size known on a day / size known now - 1, and whether both count alike."""

    day: date
    value: float
    same_coverage: bool


def class_name(t: Translator, code: str) -> str:
    """An asset class in words."""
    return t(f"world.class_{code}")


def names(t: Translator, codes: Iterable[str]) -> str:
    """Asset classes in words, with commas."""
    return ", ".join(class_name(t, code) for code in codes)


def trn(usd_bn: float | None, digits: int = 1) -> str:
    """USD billions written as trillions."""
    return NONE if usd_bn is None else f"{usd_bn / 1000:,.{digits}f}"


def on(t: Translator, text: object) -> str:
    """An ISO date of the engine in the reader's way; a month stays a month."""
    return day(date.fromisoformat(str(text)), t.language) if len(str(text)) == 10 else str(text)


def days(world: WorldWeights) -> list[date]:
    """Days of all sizes behind the weights: the header is as old as the oldest."""
    return [date.fromisoformat(str(item["as_of"])) for items in world.sources.values() for item in items]


def headline(t: Translator, world: WorldWeights) -> str:
    """The weights in a sentence."""
    shares = ", ".join(f"{class_name(t, name)} {percent(share)}" for name, share in world.weights.items())
    said = t(
        "world.headline_vintage" if world.vintage else "world.headline",
        day=day(world.date, t.language),
        shares=shares,
        total=trn(world.total_usd_bn),
    )
    return said if "reported" in world.kind.values() else f"{said} {t('world.headline_unsure')}"


def kinds(t: Translator, world: WorldWeights) -> str:
    """Which figures are reported and which are not, with what each word means."""
    found = {
        kind: [name for name, own in world.kind.items() if own == kind] for kind in dict.fromkeys(world.kind.values())
    }
    return "  \n".join(
        t("world.kind_line", kind=t(f"world.kind_{kind}"), names=names(t, own), means=t(f"world.kind_means_{kind}"))
        for kind, own in found.items()
    )


def grounds(t: Translator, world: WorldWeights) -> str:
    """What the weights are made of: sizes, their number and their days."""
    stamps = days(world)
    largest = max(world.sizes_usd_bn, key=lambda name: world.sizes_usd_bn[name])
    return t(
        "world.grounds", total=trn(world.total_usd_bn), name=class_name(t, largest), size=trn(world.sizes_usd_bn[largest]),
        count=len(stamps), first=day(min(stamps), t.language), last=day(max(stamps), t.language),
    )  # fmt: skip


def sure(t: Translator, world: WorldWeights, paths: Mapping[str, SizePath]) -> str:
    """How much of the total is reported for the day, and by how much filling missed sizes that are known."""
    reported = sum(share for name, share in world.weights.items() if world.kind[name] == "reported")
    said = t("world.sure_reported", share=percent(reported), day=day(world.date, t.language))
    tried = [(name, item) for name, path in paths.items() if not path.ratio for item in path.left_out]
    if not tried:
        return said
    name, worst = max(tried, key=lambda pair: abs(pair[1].error))
    missed = t(
        "world.sure_filled", count=len(tried), worst=percent(worst.error, sign=True), name=class_name(t, name),
        day=day(worst.day, t.language),
    )  # fmt: skip
    return f"{said} {missed}"


def notes(t: Translator, world: WorldWeights) -> list[str]:
    """What a reader must know, one sentence a code; classes that share a code share its sentence."""
    grouped: dict[str, list[str]] = {}
    for code in world.notes:
        name, suffix = split(code)
        grouped.setdefault(suffix, []).append(name)
    return [t(f"world.note_{code}", names=names(t, filter(None, own))) for code, own in grouped.items()]


def split(code: str) -> tuple[str, str]:
    """Class and rest of a note that begins with a class; otherwise no class and the whole code."""
    suffix = next((suffix for suffix in SUFFIXES if code.endswith(f"_{suffix}")), "")
    return (code.removesuffix(f"_{suffix}"), suffix) if suffix else ("", code)


def earliest(t: Translator, paths: Mapping[str, SizePath]) -> str:
    """First day with all classes, in vintage mode."""
    first = max(path.first_known for path in paths.values())
    return t("world.vintage_earliest", day=day(first, t.language))


def counts(t: Translator, name: str, scope: str) -> str:
    """What the size of a class counts."""
    return t("world.coverage_ratio" if name == "infrastructure" else f"world.coverage_{scope_of(name, scope).coverage}")


def moved(t: Translator, indicator: str, *, follows: bool = False) -> str:
    """What moves a size between its dates; infrastructure follows real estate."""
    if follows:
        return t("world.indicator_follows")
    return t("world.indicator_sp500_price" if indicator == "sp500_price" else "world.indicator_none")


def part(t: Translator, note: str) -> str:
    """A note of the fact table; a sum of classes is put into words."""
    pieces = note.split(" + ")
    if all(t.has(f"world.part_{piece}") for piece in pieces):
        return " + ".join(t(f"world.part_{piece}") for piece in pieces)
    return note or NONE


def tested(t: Translator, paths: Mapping[str, SizePath]) -> str:
    """How well each class guesses a size that is left out; one line a class."""
    return "  \n".join(_tested(t, name, path) for name, path in paths.items())


def _tested(t: Translator, name: str, path: SizePath) -> str:
    told = class_name(t, name)
    if path.ratio:
        return t("world.left_ratio", name=told)
    found = path.left_out
    if not found:
        return t("world.left_one", name=told)
    worst = max(found, key=lambda item: abs(item.error))
    inside = [abs(item.error) for item in found if not item.extrapolated]
    return t(
        "world.left_inside" if inside else "world.left_outside",
        name=told,
        sizes=len(found),
        worst=percent(worst.error, sign=True),
        day=day(worst.day, t.language),
        inside=percent(max(inside, default=0.0)),
    )


def indicator_choice(t: Translator, plain: SizePath, moving: SizePath) -> str:
    """What the S&P 500 does to the guess of equity, where there is something to compare."""
    told = {
        "none": percent(max((abs(item.error) for item in plain.left_out), default=0.0)),
        "sp500": percent(max((abs(item.error) for item in moving.left_out), default=0.0)),
    }
    said = t("world.indicator_test" if plain.left_out else "world.indicator_untested", **told)
    end = moving.indicator_end
    return f"{said} {t('world.indicator_end', day=day(end, t.language))}" if end else said


def study_lead(t: Translator, world: WorldWeights, found: Sequence[Beside]) -> str:
    """How far the studies lie apart in the figure that scope of the rest does not move."""
    shares = [item.study.equity_to_bonds for item in found]
    ours = world.weights["equity"] / (world.weights["equity"] + world.weights["bonds"])
    return t("world.study_lead", ours=percent(ours), low=percent(min(shares)), high=percent(max(shares)))


def reasons(t: Translator, found: Sequence[Beside]) -> str:
    """Why each study differs, and what holds for all."""
    shared = [code for code in found[0].reasons if all(code in item.reasons for item in found)]
    lines = [
        t(
            "world.reason_line",
            study=item.study.study,
            day=day(item.study.as_of, t.language),
            equity=_gap(t, item, "equity"),
            bonds=_gap(t, item, "bonds"),
            reasons=reason(t, [code for code in item.reasons if code not in shared]) or NONE,
        )
        for item in found
    ]
    return "\n".join([*lines, t("world.reason_shared", reasons=reason(t, shared))])


def reason(t: Translator, codes: Iterable[str]) -> str:
    """Reason codes as sentences."""
    return " ".join(t(f"world.reason_{code}") for code in codes)


def _gap(t: Translator, item: Beside, name: str) -> str:
    return points(item.differences[name], t("world.points")) if name in item.differences else NONE


def hewitt(t: Translator, totals: Sequence[Total]) -> str:
    """The study of which only a total was found."""
    found = next(item for item in totals if item.study.startswith("Hewitt"))
    return t("world.hewitt", study=found.study, total=trn(found.usd_bn), day=day(found.as_of, t.language))


def chosen_ratio(t: Translator, chosen: Ratio) -> str:
    """The pair in use, its dates and what it mixes."""
    alike = "same" if chosen.same_region and chosen.same_float else "float" if chosen.same_region else "region"
    alike = "both" if not chosen.same_region and not chosen.same_float else alike
    return t(
        "world.ratio_chosen",
        top=chosen.infrastructure.index,
        top_usd=trn(chosen.infrastructure.usd_bn),
        top_day=day(chosen.infrastructure.as_of, t.language),
        bottom=chosen.real_estate.index,
        bottom_usd=trn(chosen.real_estate.usd_bn),
        bottom_day=day(chosen.real_estate.as_of, t.language),
        ratio=ratio(chosen.value),
        alike=t(f"world.ratio_alike_{alike}"),
        first=day(chosen.first, t.language),
        last=day(chosen.last, t.language),
    )


def ratio_span(
    t: Translator, found: Sequence[tuple[Ratio, float]], low: WorldWeights, high: WorldWeights, *, vintage: bool
) -> str:
    """What the choice of the pair does to the portfolio, always in hindsight."""
    alike = [item for item, _ in found if item.same_region and item.same_float]
    said = t(
        "world.ratio_span",
        day=day(low.date, t.language),
        low=percent(low.weights["infrastructure"]),
        high=percent(high.weights["infrastructure"]),
        estate=percent(high.weights["real_estate"]),
        estate_low=percent(low.weights["real_estate"]),
        alike=len(alike),
        pairs=len(found),
        gap=f"{min((item.gap_days for item in alike), default=0):,}",
    )
    return f"{said} {t('world.ratio_hindsight')}" if vintage else said


def substitute(t: Translator, found: Substitute) -> str:
    """The equity size in use beside what the coverage figures imply for the missing one."""
    said = t(
        "world.substitute",
        missing=found.missing,
        used=found.used.index,
        usd=trn(found.used.usd_bn),
        day=day(found.used.as_of, t.language),
        implied=trn(found.implied_usd_bn),
        implied_day=day(found.implied_as_of, t.language),
        times=ratio(found.times),
    )
    if found.change is None:
        return said
    told = {"change": percent(found.change), "index": percent(found.index_return)}
    return f"{said} {t('world.substitute_2022', **told)}"


def covers(t: Translator, found: Coverage) -> str:
    """What the equity index covers, as its source says."""
    return t(
        "world.covers",
        share=percent(found.free_float_share, 0),
        countries=found.countries,
        companies=f"{found.companies:,}",
        day=day(found.as_of, t.language),
        later=f"{found.companies_later:,}",
        later_day=day(found.later, t.language),
    )


def line_name(t: Translator, found: Breakdown, name: str) -> str:
    """A country or sector in words, marked where its figure is approximate."""
    code = name.lower().replace(" ", "_")
    told = t(f"world.line_{code}") if t.has(f"world.line_{code}") else name
    return f"{told}{ABOUT}" if name in found.approximate else told


def listed_source(t: Translator, found: Breakdown) -> str:
    """Unit, date and source of a partial list."""
    return t("world.list_source", index=found.index, day=day(found.as_of, t.language), source="; ".join(found.sources))


def bonds(t: Translator, found: BondStatement) -> list[str]:
    """What is known about the bond part."""
    told = {
        "index": found.index,
        "fund": found.fund,
        "fund_index": found.fund_index,
        "us": percent(found.fund_us_share),
        "start": found.article_start,
        "first": day(found.fund_first_price, t.language),
        "proxies": " + ".join(found.proxies),
        "hedged": percent(found.volatility_hedged, 2),
        "unhedged": percent(found.volatility_unhedged, 2),
        "source": found.volatility_source,
    }
    return [t(f"world.bonds_{item}", **told) for item in ("index", "fund", "apart", "start", "offline")]


def block_lead(t: Translator, found: BlockWeights) -> str:
    """The model portfolio in a sentence."""
    shares = {str(name): float(weight) for name, weight in found.weights.items()}
    largest = sorted(shares, key=lambda name: -shares[name])[:3]
    return t(
        "world.block_lead",
        day=day(found.world.date, t.language),
        largest=", ".join(f"{t(f'world.block_{name}')} {percent(shares[name])}" for name in largest),
    )


def block_limits(t: Translator, world: WorldWeights) -> list[str]:
    """Where the blocks are not the weights above."""
    private = [name for name in world.weights if name.startswith("private_")]
    said = [t("world.block_hindsight")] if world.vintage else []
    said += [t("world.block_private", names=names(t, private))] if private else []
    return [*said, t("world.block_zero")]


def worst_gap(gaps: Mapping[str, Sequence[Difference]]) -> tuple[str, Difference] | None:
    """Class and day of the largest difference between what was known and what is known now, on one coverage."""
    found = [(name, item) for name, own in gaps.items() for item in own if item.same_coverage]
    worst = max(found, key=lambda pair: abs(pair[1].value), default=None)
    return worst if worst and abs(worst[1].value) > NEAR else None


def coverage_gap(t: Translator, gaps: Mapping[str, Sequence[Difference]]) -> str:
    """What a reader must know of the gaps, and of those that are partly a change of coverage."""
    mixed = [name for name, own in gaps.items() if not all(item.same_coverage for item in own)]
    said = t("world.gap_note")
    return f"{said} {t('world.gap_coverage', names=names(t, mixed))}" if mixed else said


def derived(sizes: Iterable[Anchor]) -> int:
    """How many sizes are arithmetic on reported figures."""
    return sum(item.kind != "reported" for item in sizes)
