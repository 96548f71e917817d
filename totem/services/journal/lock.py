"""One process owns the journal: an operating system's lock, which a crash releases by itself (the design's rule 9)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from totem.domain.errors import AlreadyRunning


class OwnerLock:
    """Held from construction to `release`. Raises AlreadyRunning where another holds it, OSError otherwise."""

    def __init__(self, path: Path) -> None:
        file = path.open("ab")
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            file.close()
            raise AlreadyRunning(f"another totem owns the journal (lock {path})") from error
        except OSError:
            file.close()
            raise
        self._file = file

    def release(self) -> None:
        # Closing releases the lock; the file stays, since removing it would let two owners lock different files.
        self._file.close()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
