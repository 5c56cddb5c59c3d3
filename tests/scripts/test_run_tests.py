"""The suite in two processes leaves no test out, and fails when either fails."""

import subprocess

import pytest

from scripts import run_tests


def test_every_folder_of_tests_is_run_by_one_of_the_two():
    named = {*run_tests.rest(), *run_tests.SCREEN, "tests/e2e"}
    files = list((run_tests.ROOT / "tests").rglob("test_*.py"))
    left_out = [path for path in files if "/".join(path.relative_to(run_tests.ROOT).parts[:2]) not in named]
    assert left_out == []
    assert not set(run_tests.rest()) & {*run_tests.SCREEN, "tests/e2e"}


@pytest.mark.parametrize(
    ("engine", "screen", "expected"),
    [(0, 0, 0), (1, 0, 1), (0, 1, 1), (5, 0, 0), (0, 5, 0), (5, 5, 5), (5, 1, 1), (2, 1, 2)],
)
def test_the_worse_of_the_two_counts(monkeypatch, engine, screen, expected):
    class Engine:
        def __init__(self, command, **options):
            options["stdout"].write(b"what the engine's tests told\n")

        def wait(self):
            return engine

    monkeypatch.setattr(subprocess, "Popen", Engine)
    monkeypatch.setattr(subprocess, "call", lambda command, **options: screen)
    assert run_tests.main([]) == expected


def test_what_the_engine_s_tests_told_is_printed(monkeypatch, capfdbinary):
    class Engine:
        def __init__(self, command, **options):
            self.out = options["stdout"]
            assert "tests/engine" in command

        def wait(self):
            self.out.write(b"what the engine's tests told\n")
            return 1

    monkeypatch.setattr(subprocess, "Popen", Engine)
    monkeypatch.setattr(subprocess, "call", lambda command, **options: 0)
    assert run_tests.main(["-x"]) == 1
    assert b"what the engine's tests told" in capfdbinary.readouterr().out
