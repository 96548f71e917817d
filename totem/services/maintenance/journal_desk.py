"""The journal checked from end to end with a figure that moves, and taken away on a stick."""

from __future__ import annotations

import asyncio
import functools
import io
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from totem.domain.errors import JournalWriteFailed
from totem.domain.ports import Clock
from totem.services.journal.export import export_csv, export_json_lines
from totem.services.journal.verify import verify
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.views import ExportEnd, Stick, VerifyStep
from totem.services.maintenance.visit import Visit

_TELL_EVERY_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class JournalFiles:
    path: Path
    key_file: Path
    head_file: Path


class JournalRoom:
    """Implements `totem.services.maintenance.control.JournalDesk`, over snapshots: a running kiosk is not held up."""

    def __init__(self, visit: Visit, files: JournalFiles, sticks: Sticks, clock: Clock) -> None:
        self._visit = visit
        self._files = files
        self._sticks = sticks
        self._clock = clock

    async def verify(self) -> AsyncIterator[VerifyStep]:
        await self._visit.begin("journal_verify")
        loop, steps, left = asyncio.get_running_loop(), asyncio.Queue[VerifyStep](), threading.Event()

        told_at_s = self._clock.monotonic()

        def on_progress(done: int, total: int) -> None:
            nonlocal told_at_s
            if self._clock.monotonic() - told_at_s >= _TELL_EVERY_S:
                told_at_s = self._clock.monotonic()
                loop.call_soon_threadsafe(steps.put_nowait, VerifyStep(done, total))

        work = asyncio.create_task(asyncio.to_thread(self._verify, left.is_set, on_progress), name="verify")
        work.add_done_callback(lambda done: _tell_end(done, steps))
        yield VerifyStep(0, 0)
        try:
            while True:
                step = await steps.get()
                yield step
                if step.over:
                    return
        finally:
            left.set()

    def _verify(self, give_up: Callable[[], bool], on_progress: Callable[[int, int], None]) -> VerifyStep:
        files = self._files
        report = verify(files.path, files.key_file, files.head_file, give_up, on_progress)
        return VerifyStep(report.entries, report.entries, over=True, faults=report.faults)

    async def sticks(self) -> tuple[Stick, ...]:
        self._visit.check()
        return await self._sticks.all()

    async def export(self, stick: Path) -> ExportEnd:
        self._visit.check()
        await self._sticks.find(stick)
        await self._visit.begin("journal_export", stick=str(stick))
        stamp = self._clock.now().astimezone().strftime("%Y-%m-%d-%H%M")
        writers = {
            f"totem-{stamp}.csv": functools.partial(_write, export_csv, self._files.path),
            f"totem-{stamp}.jsonl": functools.partial(_write, export_json_lines, self._files.path),
        }
        try:
            files, entries = await self._sticks.write(stick, writers)
        except sqlite3.Error as error:
            raise JournalWriteFailed(f"the journal cannot be read: {error}") from error
        return ExportEnd(files, entries)


def _tell_end(done: asyncio.Task[VerifyStep], steps: asyncio.Queue[VerifyStep]) -> None:
    if done.cancelled():
        steps.put_nowait(VerifyStep(0, 0, over=True, faults=("interrompido",)))
        return
    error = done.exception()
    steps.put_nowait(done.result() if error is None else VerifyStep(0, 0, over=True, faults=(str(error),)))


def _write(export: Callable[[Path, TextIO], int], path: Path, file: BinaryIO) -> int:
    out = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    count = export(path, out)
    out.flush()
    out.detach()
    return count
