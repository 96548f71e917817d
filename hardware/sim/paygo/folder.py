"""The exchange folder: takes Req/intpos.001, writes Resp/intpos.sts and Resp/intpos.001."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from hardware.sim.pinpad import Sleep

REQUEST: Final = "intpos.001"
ACKNOWLEDGEMENT: Final = "intpos.sts"
ANSWER: Final = "intpos.001"
_TAKEN: Final = "intpos.lido"
_WRITE_TRIES: Final = 3

Take = Callable[[bytes, "FolderReply", bool], None]
"""One request, its way back, and whether an earlier answer still lay in Resp."""
Leaves = Callable[[bytes], bool]
"""Whether this request is to be left where it is."""


class FolderReply:
    """See `Reply`. Files are written apart and renamed, so that nobody reads half of one by chance."""

    door: Final = "folder"
    is_gone: Final = False

    def __init__(self, folder: Path, sleep: Sleep) -> None:
        self._responses = folder / "Resp"
        self._sleep = sleep

    async def acknowledge(self, data: bytes) -> None:
        await asyncio.to_thread(_write, self._responses / ACKNOWLEDGEMENT, data)

    async def tell(self, data: bytes) -> None:
        """Nothing: the folder holds one answer only."""

    async def answer(self, data: bytes) -> None:
        await asyncio.to_thread(_write, self._responses / ANSWER, data)

    async def answer_half(self, data: bytes, rest_after_s: float) -> None:
        path = self._responses / ANSWER
        await asyncio.to_thread(path.write_bytes, data[: len(data) // 2])
        if rest_after_s > 0:
            await self._sleep(rest_after_s)
            await self.answer(data)

    async def answer_locked(self, data: bytes, hold_s: float) -> None:
        # A folder of the file's name: as with a file that a scanner holds, opening and deleting it are OSErrors.
        path = self._responses / ANSWER
        await asyncio.to_thread(path.mkdir, exist_ok=True)
        await self._sleep(hold_s)
        await asyncio.to_thread(path.rmdir)
        await self.answer(data)

    def reset(self) -> None:
        return


class FolderDoor:
    """Looks into Req every `poll_s` while it is open."""

    def __init__(self, folder: Path, poll_s: float, sleep: Sleep, take: Take, leaves: Leaves) -> None:
        self.folder = folder
        self._poll_s = poll_s
        self._sleep = sleep
        self._take = take
        self._leaves = leaves
        self._left: bytes | None = None
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        await asyncio.to_thread(self._make_folders)
        self._closing.clear()
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Returns once it looks no more: what was taken is handed on, not lost."""
        task, self._task = self._task, None
        if task is not None:
            self._closing.set()
            await task

    @property
    def has_request(self) -> bool:
        """One that was not taken yet."""
        return any((self.folder / "Req" / name).exists() for name in (REQUEST, _TAKEN))

    def reply(self) -> FolderReply:
        return FolderReply(self.folder, self._sleep)

    async def _watch(self) -> None:
        while not self._closing.is_set():
            seen = await asyncio.to_thread(self._peek)
            if seen is None:
                self._left = None
            elif seen != self._left:
                if self._leaves(seen):
                    self._left = seen
                else:
                    await self._take_it()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await self._closing.wait()

    async def _take_it(self) -> None:
        taken = await asyncio.to_thread(self._remove)
        if taken is not None:
            data, leftover = taken
            self._take(data, self.reply(), leftover)

    def _make_folders(self) -> None:
        for name in ("Req", "Resp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    def _peek(self) -> bytes | None:
        try:
            return (self.folder / "Req" / REQUEST).read_bytes()
        except OSError:
            return None

    def _remove(self) -> tuple[bytes, bool] | None:
        """Taken by renaming: who deletes the request at the same moment either has it back, or it was taken."""
        taken = self.folder / "Req" / _TAKEN
        try:
            (self.folder / "Req" / REQUEST).replace(taken)
        except OSError:
            return None
        data = taken.read_bytes()
        taken.unlink()
        responses = self.folder / "Resp"
        return data, any((responses / name).exists() for name in (ACKNOWLEDGEMENT, ANSWER))


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".tmp")
    for _ in range(_WRITE_TRIES):
        temporary.write_bytes(data)
        try:
            temporary.replace(path)
        except FileNotFoundError:
            # The client emptied the folder between the two.
            continue
        return
