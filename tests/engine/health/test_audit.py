"""The stored audit: what it was run on, and that the one in the repository is of this code."""

import json
from dataclasses import asdict
from datetime import date

import pytest

from engine.cli import main
from engine.factors.audit import Audit, Leak
from engine.health import audit


def test_the_audit_in_the_repository_is_of_this_code_and_these_data():
    """Run ``python -m engine audit --store`` when this fails: the code that it replays has changed."""
    held = audit.stored_audit()
    assert held is not None
    assert held.code == audit.code_hash()
    assert held.current
    assert held.passed
    assert Audit(**_figures(held.result)).passed


def _figures(result):
    return {name: value for name, value in result.items() if name != "passed"} | {
        "leaks": tuple(Leak(**leak) for leak in result["leaks"])
    }


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    return tmp_path / "audit" / "audit.json"


RESULT = asdict(Audit(1e-6, 0.0, 0.0, 0, (Leak("unlagged_label", 1.0, True),), 0.5, 0.5)) | {"passed": True}


def test_what_was_stored_is_read_back_and_grows_old(elsewhere, monkeypatch):
    assert audit.stored_audit() is None
    audit.store_audit(RESULT, date(2026, 1, 2))
    held = audit.stored_audit()
    assert (held.run_on, held.passed, held.current) == (date(2026, 1, 2), True, True)
    monkeypatch.setattr(audit, "CODE", ("features",))
    assert not audit.stored_audit().current
    elsewhere.write_text("{", encoding="utf-8")
    assert audit.stored_audit() is None


def test_the_command_stores_a_whole_audit_only(elsewhere, monkeypatch, capsys):
    from engine.factors import audit as room

    made = Audit(1e-6, 0.0, 0.0, 0, (Leak("unlagged_label", 1.0, True),), 0.5, 0.5)
    monkeypatch.setattr(room, "run", lambda **_: made)
    with pytest.raises(SystemExit) as leaving:
        main(["audit", "--store", "--json"])
    assert leaving.value.code == 0
    assert json.loads(elsewhere.read_text(encoding="utf-8"))["result"]["truncation_max_diff"] == 1e-6
    with pytest.raises(SystemExit) as leaving:
        main(["audit", "--store", "--quick", "--json"])
    assert leaving.value.code == 2
    capsys.readouterr()
