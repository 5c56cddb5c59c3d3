"""Terms as text and as rows."""

from __future__ import annotations

from collections.abc import Sequence

from ui.glossary import Term
from ui.i18n import Translator


def entry(t: Translator, term: Term) -> str:
    """Meaning, formula, source and pages of one term, Markdown."""
    where = ", ".join(f"[{t(f'{page}.nav')}]({page}?lang={t.language})" for page in term.pages)
    source = f"{t('glossary.source', source=term.source)} · {t('glossary.on', pages=where)}"
    return f"{term.meanings[t.language]}  \n`{term.formula}`  \n:small[{source}]"


def terms(t: Translator, found: Sequence[Term]) -> list[dict[str, object]]:
    """One row a term."""
    return [
        {
            t("glossary.column_term"): term.names[t.language],
            t("glossary.column_meaning"): term.meanings[t.language],
            t("glossary.column_formula"): term.formula,
            t("glossary.column_source"): term.source,
        }
        for term in found
    ]
