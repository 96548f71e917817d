"""One process owns journal, devices and settlement (the design's rule 9): a lock that the system releases on death."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from totem.domain.errors import AlreadyRunning

LOCK_NAME: Final = "totem.lock"
PID_NAME: Final = "totem.pid"

_LOCKED_BYTE: Final = 0


class Ownership:
    """Holds the lock of a data directory from `with` to its end, or until the process dies.

    The pid lies in a file of its own: on Windows nobody else may read the locked one.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Raises AlreadyRunning, with the other's pid in its text, or OSError where the folder cannot be written."""
        self._directory.mkdir(parents=True, exist_ok=True)
        # Never truncated nor removed: a removed lock file could be locked twice, once by each of two names.
        file = (self._directory / LOCK_NAME).open("ab")
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            file.close()
            raise AlreadyRunning(f"outro totem já está aberto (processo {self._other()})") from error
        except BaseException:
            file.close()
            raise
        self._file = file
        (self._directory / PID_NAME).write_text(f"{os.getpid()}\n", encoding="ascii")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        (self._directory / PID_NAME).unlink(missing_ok=True)
        _unlock(self._file)
        self._file.close()
        self._file = None

    def _other(self) -> str:
        try:
            text = (self._directory / PID_NAME).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return "desconhecido"
        return text if text.isdigit() else "desconhecido"


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

    def _unlock(file: IO[bytes]) -> None:
        file.seek(_LOCKED_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
