"""Every error is a sentence with all its blanks filled, and every sentence is used."""

import ast
import pickle
import re
from string import Formatter

import pytest

from engine.errors import MESSAGES, BadInput, Cancelled, Infeasible, LodestarError, MissingData, SourceUnavailable
from engine.paths import ROOT


def family(kind):
    return {kind.__name__}.union(*map(family, kind.__subclasses__()))


CLASSES = family(LodestarError)


def blanks(template):
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def pattern(code):
    """A regular expression for the code of a call; an f-string matches any text in its holes. None for a variable."""
    if isinstance(code, ast.Constant):
        return re.escape(str(code.value))
    if isinstance(code, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in code.values)
    return None


def calls(path):
    """Each construction of an error in a file: place, codes as a pattern, names of the values given."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CLASSES and node.args:
            names = {keyword.arg for keyword in node.keywords}
            yield f"{path.relative_to(ROOT)}:{node.lineno}", pattern(node.args[0]), names


def python_files(*folders):
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


ENGINE_CALLS = [call for file in python_files("engine") for call in calls(file)]


@pytest.mark.parametrize(("place", "code", "names"), ENGINE_CALLS, ids=[call[0] for call in ENGINE_CALLS])
def test_every_raised_code_has_a_sentence_and_fills_its_blanks(place, code, names):
    assert code is not None, f"{place} hides its code in a variable"
    matching = [key for key in MESSAGES if re.fullmatch(code, key)]
    assert matching, f"{place} raises {code}, which has no message"
    for key in matching:
        assert blanks(MESSAGES[key]) | {"field"} == names | {"field"}, f"{place}: {key}"


def test_the_scan_sees_the_errors_of_the_engine():
    assert len(ENGINE_CALLS) > 30


FILES = [*python_files("engine", "ui", "pages"), *(file for file in [ROOT / "app.py"] if file.is_file())]
USED = {found for file in FILES for _, found, _ in calls(file) if found}


@pytest.mark.parametrize("code", MESSAGES)
def test_every_sentence_is_raised_somewhere(code):
    assert any(re.fullmatch(found, code) for found in USED)


FILES = [*python_files("engine", "ui", "pages"), *(file for file in [ROOT / "app.py"] if file.is_file())]
USED = {found for file in FILES for _, found, _ in calls(file) if found}


@pytest.mark.parametrize("code", MESSAGES)
def test_every_sentence_prints_the_values_it_names(code):
    names = blanks(MESSAGES[code])
    error = LodestarError(code, **{name: f"<{name}>" for name in names})
    assert all(f"<{name}>" in error.message for name in names)
    assert not re.search(r"[{}]", error.message)
    assert str(error) == error.message


def test_an_unknown_code_is_a_programming_error():
    with pytest.raises(KeyError):
        LodestarError("no_such_code", field="x")


def test_a_forgotten_blank_is_a_programming_error():
    with pytest.raises(KeyError):
        BadInput("bad_number", field="x", value=1)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (BadInput, 2),
        (Infeasible, 2),
        (MissingData, 3),
        (SourceUnavailable, 3),
        (LodestarError, 3),
        (Cancelled, 130),
    ],
)
def test_exit_codes_are_those_of_the_contract(kind, code):
    assert kind.exit_code == code
    assert issubclass(kind, LodestarError)


def test_the_command_line_gets_field_value_and_message():
    error = BadInput("bad_number", field="band", value=-0.5, accepted="zero or more")
    assert error.to_dict() == {
        "code": "bad_number",
        "field": "band",
        "value": "-0.5",
        "message": "band: -0.5 is not accepted. Accepted: zero or more.",
    }
    assert error.params["accepted"] == "zero or more"


def test_an_error_survives_the_way_to_another_process():
    error = Cancelled("bad_number", field="band", value=-0.5, accepted="zero or more")
    error.done = 3
    back = pickle.loads(pickle.dumps(error))  # noqa: S301
    assert type(back) is Cancelled
    assert (back.to_dict(), back.params, back.done) == (error.to_dict(), error.params, 3)
