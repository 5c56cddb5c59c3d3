"""What a page may not do: literal text, arithmetic on data, vendor calls, length."""

import ast
import re

import pytest

from ui.registry import PAGES, ROOT

PAGE_CODE = sorted(ROOT.glob("pages/*/*.py"))
SCRIPTS = [spec.file for spec in PAGES]
FORBIDDEN = {"numpy", "pandas", "yfinance", "requests", "torch", "cvxpy", "skfolio", "arch", "linearmodels", "plotly"}
SHOWN_BY = {
    "title",
    "header",
    "subheader",
    "markdown",
    "caption",
    "write",
    "info",
    "warning",
    "error",
    "success",
    "metric",
    "button",
    "selectbox",
    "multiselect",
    "segmented_control",
    "expander",
    "badge",
    "popover",
    "download_button",
    "date_input",
    "file_uploader",
    "page_link",
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", PAGE_CODE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_pages_import_neither_arithmetic_nor_vendors_nor_plotly(path):
    assert not FORBIDDEN & set(imports(path))


@pytest.mark.parametrize(
    "path",
    [*PAGE_CODE, ROOT / "ui" / "frame.py", ROOT / "ui" / "context.py", ROOT / "ui" / "render.py"],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_no_sentence_is_written_into_the_code(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in SHOWN_BY:
            for value in [
                *node.args[:3],
                *(k.value for k in node.keywords if k.arg in ("label", "help", "placeholder")),
            ]:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    assert not re.search(r"[A-Za-z가-힣]{2,} [A-Za-z가-힣]{2,}", value.value), (
                        f"{path}: {value.value!r}"
                    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.parent.name)
def test_a_page_is_a_short_script(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 120
    assert not [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]


def test_the_entry_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 40
    assert not list(ROOT.glob("pages/*.py")) or {path.name for path in ROOT.glob("pages/*.py")} == {"__init__.py"}
