"""Make sure Chromium and a Korean font are there for the browser tests; Debian and Ubuntu.

As root they are installed; otherwise the line to run is printed and the exit code is 2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = ["chromium", "fonts-noto-cjk"]


def korean_font() -> bool:
    """Whether a font with Korean letters is installed."""
    return any(any(Path(folder).rglob("NotoSansCJK*")) for folder in ("/usr/share/fonts", "/usr/local/share/fonts"))


def main() -> int:
    """0 when a browser is there, 2 with the line to run when it is not and cannot be installed."""
    if shutil.which("chromium") and korean_font():
        return 0
    line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(f"The browser tests need Chromium and a Korean font. Run: sudo sh -c '{line}'", file=sys.stderr)
        return 2
    subprocess.run(["apt-get", "update"], check=True)
    subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
