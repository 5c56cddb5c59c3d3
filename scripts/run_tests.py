"""The test suite but the browser's, in two processes side by side: the engine, and what is on a screen.

Pages are tested one after another in one process, since their caches are the process's. The screen's tests print as
they go; the engine's, which take longer, print when they have ended. Arguments go to both.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCREEN = ("tests/ui", "tests/pages")
NO_TESTS = 5
"""Exit code of pytest where a selection leaves a process nothing to do."""


def rest(root: Path = ROOT) -> list[str]:
    """Every folder of tests that is neither the screen's nor the browser's, so that a new one is never left out."""
    folders = sorted(path for path in (root / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py")))
    names = [path.relative_to(root).as_posix() for path in folders]
    return [name for name in names if name not in (*SCREEN, "tests/e2e")]


def main(arguments: list[str]) -> int:
    """0 when both passed; else the worse exit code."""
    command = [sys.executable, "-m", "pytest", "-m", "not e2e", *arguments]
    with tempfile.TemporaryFile() as kept:
        engine = subprocess.Popen([*command, *rest()], cwd=ROOT, stdout=kept, stderr=subprocess.STDOUT)
        try:
            screen = subprocess.call([*command, *SCREEN], cwd=ROOT)
            codes = (screen, engine.wait())
        except KeyboardInterrupt:
            codes = (130, engine.wait())
        kept.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(kept.read())
        sys.stdout.flush()
    if set(codes) == {NO_TESTS}:
        return NO_TESTS
    return max(0 if code == NO_TESTS else code for code in codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
