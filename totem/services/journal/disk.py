"""Room on the disk: a reserve that is given up so that a sale already opened can still be recorded.

New sales are asked for by `check_room` first; so whatever else meets a full disk belongs to a sale in progress, and
the reserve is there for exactly that. Once given up it is made again as soon as there is room, and until then no
sale opens.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Final

from totem.domain.errors import DiskFull, JournalWriteFailed

log = logging.getLogger(__name__)

_NEARLY_NOTHING_BYTES: Final = 256 * 1024
_FULL_ERRNOS: Final = frozenset({errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC})


class Reserve:
    """A file of `size_bytes` beside the journal, with its blocks allocated."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    def check(self) -> None:
        """Raises DiskFull where the reserve, or as much again beside it, is not there. Makes a missing reserve."""
        missing_bytes = 0 if self._is_whole() else self._size_bytes
        free_bytes = shutil.disk_usage(self._path.parent).free
        if free_bytes < self._size_bytes + missing_bytes:
            raise DiskFull(f"{free_bytes} bytes free beside the journal, {self._size_bytes + missing_bytes} wanted")
        if missing_bytes:
            self._make()

    def release(self) -> bool:
        """Give the space up for what must be recorded now. False where there was none left to give."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        log.error("the disk is full: the journal's reserve was given up")
        return True

    def _is_whole(self) -> bool:
        try:
            return self._path.stat().st_size == self._size_bytes
        except FileNotFoundError:
            return False

    def _make(self) -> None:
        try:
            with self._path.open("wb") as file:
                _allocate(file.fileno(), self._size_bytes)
        except OSError as error:
            self._path.unlink(missing_ok=True)
            raise as_write_error(error) from error


def _allocate(handle: int, size_bytes: int) -> None:
    if size_bytes == 0:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, size_bytes)
        return
    # Without it a sparse file would reserve nothing: write the zeros.
    block = bytes(64 * 1024)
    for start in range(0, size_bytes, len(block)):
        os.write(handle, block[: size_bytes - start])


def is_full(error: BaseException, directory: Path) -> bool:
    """Whether the disk ran full. Some of SQLite's files report it as a plain I/O error: then the disk is asked."""
    if isinstance(error, OSError):
        return error.errno in _FULL_ERRNOS
    if not isinstance(error, sqlite3.Error):
        return False
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if primary == sqlite3.SQLITE_IOERR:
        return shutil.disk_usage(directory).free < _NEARLY_NOTHING_BYTES
    return primary == sqlite3.SQLITE_FULL


def as_write_error(error: OSError | sqlite3.Error, directory: Path | None = None) -> JournalWriteFailed:
    if is_full(error, directory or Path()):
        return DiskFull(f"no room for the journal: {error}")
    return JournalWriteFailed(f"the journal cannot be written: {error}")
