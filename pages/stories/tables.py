"""Tables and names of the page."""

from __future__ import annotations

from collections.abc import Mapping

from ui.i18n import Translator
from ui.record import Block, Chart, Fact, Table

SHORT = 90


def facts(t: Translator, found: Mapping[str, Fact]) -> list[dict[str, object]]:
    """Figures that a sentence may name: the placeholder, how it is written, what sort it is."""
    return [
        {
            t("stories.column_name"): f"{{{name}}}",
            t("stories.column_text"): fact.text,
            t("stories.column_value"): str(fact.value),
            t("stories.column_kind"): t(f"stories.kind_{fact.kind}") if fact.kind else "–",
        }
        for name, fact in found.items()
    ]


def name(t: Translator, block: Block) -> str:
    """A block by its kind and title."""
    title = block.spec.title if isinstance(block, Chart) else block.title if isinstance(block, Table) else block.key
    return t("stories.block", kind=t(f"stories.sort_{type(block).__name__.lower()}"), title=title[:SHORT])
