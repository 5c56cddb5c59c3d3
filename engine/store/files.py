"""Bytes in a store: whole or not at all, through fsspec, on a disk or in object storage."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.errors import BadInput, MissingData
from engine.paths import ROOT

try:
    import fcntl
except ImportError:  # not POSIX: exclusive creation alone must do
    fcntl = None  # type: ignore[assignment]

ADDRESS_VARIABLE = "LODESTAR_STORE"
_THREADS = threading.Lock()


def store_url() -> str:
    """Address of the store: ``LODESTAR_STORE``, or ``data/store`` in the repository."""
    return os.environ.get(ADDRESS_VARIABLE) or str(ROOT / "data" / "store")


class Files:
    """The files under one address.

    A local file is written beside its place and renamed into it, so a reader sees the old bytes or the
    new ones and a killed writer leaves neither torn. Object stores put one object in one step.

    Raises
    ------
    BadInput
        fsspec does not know the address, or the package it needs is not installed.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url or store_url()
        fs, root = _opened(self.url)
        self.fs: Any = fs
        self.root = root.rstrip("/")
        self.local = "file" in (fs.protocol if isinstance(fs.protocol, tuple) else (fs.protocol,))

    def path(self, name: str) -> str:
        return f"{self.root}/{name}"

    def read(self, name: str) -> bytes | None:
        """The bytes, or None where there is no such file.

        Raises
        ------
        MissingData
            The store cannot be reached or read.
        """
        try:
            if self.local:
                return Path(self.path(name)).read_bytes()
            return bytes(self.fs.cat_file(self.path(name)))
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            return None
        except OSError as error:
            raise MissingData("store_unreadable", field="store", value=name, reason=type(error).__name__) from error

    def put(self, name: str, content: bytes) -> None:
        """Write the bytes so that no reader ever sees a part of them.

        Raises
        ------
        MissingData
            The store cannot be written to (no space, no permission, no connection).
        """
        try:
            if self.local:
                target = Path(self.path(name))
                os.replace(self._beside(target, content), target)
                _sync_folder(target.parent)
            else:
                self.fs.pipe_file(self.path(name), content)
        except OSError as error:
            raise MissingData("store_unwritable", field="store", value=name, reason=type(error).__name__) from error

    def put_new(self, name: str, content: bytes) -> bool:
        """Write only if there is no such file; False where there is one.

        Exact on disks and on stores that support exclusive creation; elsewhere between two checks.
        """
        try:
            if not self.local:
                if self.fs.exists(self.path(name)):
                    return False
                self.fs.pipe_file(self.path(name), content, mode="create")
                return True
            target = Path(self.path(name))
            beside = self._beside(target, content)
            try:
                os.link(beside, target)
            finally:
                beside.unlink()
        except FileExistsError:
            return False
        except OSError as error:
            raise MissingData("store_unwritable", field="store", value=name, reason=type(error).__name__) from error
        return True

    def _beside(self, target: Path, content: bytes) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        return beside

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Look and act without another process of this machine in between (object stores: another thread)."""
        with _THREADS:
            if not self.local or fcntl is None:
                yield
                return
            guard = Path(self.path(".guard"))
            try:
                guard.parent.mkdir(parents=True, exist_ok=True)
                file = guard.open("wb")
            except OSError as error:
                raise MissingData(
                    "store_unwritable", field="store", value="lock", reason=type(error).__name__
                ) from error
            with file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        try:
            self.fs.rm_file(self.path(name))
        except FileNotFoundError:
            return

    def names(self, folder: str) -> list[str]:
        """Names of the files below a folder, relative to the root, sorted; unfinished ones are left out."""
        self.fs.invalidate_cache()
        found = (str(path) for path in self.fs.find(self.path(folder)))
        start = len(self.root.lstrip("/")) + 1
        names = (path.lstrip("/")[start:] for path in found)
        return sorted(name for name in names if not name.rsplit("/", 1)[-1].startswith("."))

    def sweep_unfinished(self) -> int:
        """Remove what killed writers left beside their targets; how many files. Call only under the lock."""
        if not self.local:
            return 0
        left = list(Path(self.root).rglob(".*.part"))
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)


def _opened(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs

    try:
        fs, root = url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise BadInput(
            "unknown_choice",
            field=ADDRESS_VARIABLE,
            value=url,
            accepted="a folder, or an address that fsspec knows (file://, memory://, s3:// with s3fs installed)",
        ) from error
    return fs, str(root)


def _sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut; where folders cannot be synced, the rename alone must do."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
