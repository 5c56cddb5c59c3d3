"""Without a browser and without root, the line to run is printed and the exit code is 2."""

import importlib.util

import pytest

from ui.registry import ROOT


@pytest.fixture
def script():
    spec = importlib.util.spec_from_file_location("need_chromium", ROOT / "scripts" / "need_chromium.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_without_chromium_and_without_root_the_line_to_run_is_printed(script, monkeypatch, capsys):
    monkeypatch.setattr(script.shutil, "which", lambda name: None)
    monkeypatch.setattr(script.os, "geteuid", lambda: 1000)
    assert script.main() == 2
    line = capsys.readouterr().err
    assert "apt-get update && apt-get install" in line
    assert "chromium" in line
    assert "fonts-noto-cjk" in line


def test_a_browser_without_a_korean_font_is_not_enough(script, monkeypatch, capsys):
    monkeypatch.setattr(script.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(script, "korean_font", lambda: False)
    monkeypatch.setattr(script.os, "geteuid", lambda: 1000)
    assert script.main() == 2


def test_as_root_it_is_installed(script, monkeypatch):
    ran = []
    monkeypatch.setattr(script.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(script.os, "geteuid", lambda: 0)
    monkeypatch.setattr(script.subprocess, "run", lambda command, check: ran.append(command))
    assert script.main() == 0
    assert [command[1] for command in ran] == ["update", "install"]
