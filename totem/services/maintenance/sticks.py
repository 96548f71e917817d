"""Files for a technician's USB stick: whole or not there, and durable when told so, for it is pulled out at once."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.views import Stick

FindSticks = Callable[[], Awaitable[tuple[Stick, ...]]]
"""Removable drives that are mounted now. Off the event loop; never raises."""

Write = Callable[[BinaryIO], int]
"""Writes one file's content and returns how many entries it has. Blocking, in a thread."""


class Sticks:
    """Nothing is written anywhere but on a removable drive."""

    def __init__(self, find: FindSticks) -> None:
        self._find = find

    async def all(self) -> tuple[Stick, ...]:
        return await self._find()

    async def find(self, path: Path) -> Stick:
        """Raises MaintenanceRefused (NO_ROOM) where no such stick is there."""
        found = next((each for each in await self._find() if each.path == path), None)
        if found is None:
            raise MaintenanceRefused(Reason.NO_ROOM, f"{path} is no removable drive")
        return found

    async def write(self, stick: Path, writers: Mapping[str, Write]) -> tuple[tuple[Path, ...], int]:
        """The files by name, and the most entries that one of them holds. Raises MaintenanceRefused (NO_ROOM)."""
        try:
            return await asyncio.to_thread(_write_all, stick, writers)
        except OSError as error:
            raise MaintenanceRefused(Reason.NO_ROOM, f"{stick}: {error.strerror or error}") from error


def _write_all(stick: Path, writers: Mapping[str, Write]) -> tuple[tuple[Path, ...], int]:
    written: list[tuple[Path, int]] = [_write_one(stick / name, write) for name, write in writers.items()]
    return tuple(path for path, _ in written), max((count for _, count in written), default=0)


def _write_one(target: Path, write: Write) -> tuple[Path, int]:
    part = target.with_name(f"{target.name}.part")
    try:
        with part.open("wb") as file:
            count = write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _sync(target.parent)
    return target, count


def _sync(folder: Path) -> None:
    """The name too. Windows cannot open a folder, and some drives' file systems refuse it: then it was written all the
    same."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
