"""The terms on the pages: meaning, formula and source in one place, for tooltips and for the glossary page.

A term that is a figure of ``engine.analytics.DEFINITIONS`` takes its name and meaning from ``metric.<term>``
and ``metric.<term>_help``, so that a figure is explained in the same words everywhere.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from ui.i18n import FOLDER, Translator, catalogue


@dataclass(frozen=True)
class Term:
    """One term.

    Attributes
    ----------
    code : str
        Its name in code and its anchor on the glossary page.
    area : str
        File below ``ui/catalogue/terms``; a section of the glossary.
    names, meanings : dict of str
        By language.
    formula : str
        In symbols, the same in every language.
    source : str
        Citation, or the function of the engine that defines it.
    pages : tuple of str
        Keys of the pages on which it appears.
    """

    code: str
    area: str
    names: dict[str, str]
    meanings: dict[str, str]
    formula: str
    source: str
    pages: tuple[str, ...]

    def found(self, asked: str) -> bool:
        """Whether a search finds it by code, name or meaning in either language."""
        words = " ".join([self.code, *self.names.values(), *self.meanings.values()]).casefold()
        return all(word in words for word in asked.casefold().split())


@cache
def terms() -> dict[str, Term]:
    """All terms by code, section by section."""
    found: dict[str, Term] = {}
    for path in sorted((FOLDER / "terms").glob("*.toml")):
        for code, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            if code in found:
                raise ValueError(f"term {code} stands twice")
            metric = entry.get("metric", False)
            found[code] = Term(
                code,
                path.stem,
                catalogue()[f"metric.{code}"] if metric else entry["name"],
                catalogue()[f"metric.{code}_help"] if metric else entry["means"],
                entry["formula"],
                entry["source"],
                tuple(entry["pages"]),
            )
    return found


def help(t: Translator, code: str, here: str = "") -> str:
    """The tooltip of a figure: what is particular ``here``, then meaning, formula, source and a link to the glossary."""
    term = terms()[code]
    parts = [
        here,
        term.meanings[t.language],
        f"`{term.formula}`",
        t("glossary.source", source=term.source),
        f"[{t('glossary.link')}](glossary?lang={t.language}#{code})",
    ]
    return "\n\n".join(filter(None, parts))
