"""The journal as the services see it: coroutines over one dedicated thread."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from totem.domain.day import DayBook, DaySpan
from totem.domain.errors import JournalWriteFailed
from totem.domain.machine import Machine
from totem.domain.ports import Clock
from totem.domain.records import Entry, Record, Subject
from totem.services.journal import reader
from totem.services.journal.codec import encode_time
from totem.services.journal.days import read_day
from totem.services.journal.opening import open_writer
from totem.services.journal.settings import JournalSettings
from totem.services.journal.writer import Writer, draft

Result = TypeVar("Result")


async def open_journal(settings: JournalSettings, clock: Clock) -> SqliteJournal:
    """Open the journal, or make it with its key and head where none of them exists.

    Raises AlreadyRunning, JournalBroken, JournalTooNew, DiskFull or JournalWriteFailed.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="journal")
    opening = thread.submit(open_writer, settings, encode_time(clock.now()))
    try:
        writer = await asyncio.shield(asyncio.wrap_future(opening))
    except BaseException:
        # Cancelled or refused: what the thread may still open is closed behind it.
        thread.submit(_close_opened, opening)
        thread.shutdown(wait=False)
        raise
    return SqliteJournal(settings, clock, thread, writer)


def _close_opened(opening: Future[Writer]) -> None:
    if opening.exception() is None:
        opening.result().close()


class SqliteJournal:
    """Implements `totem.domain.ports.Journal`. Made by `open_journal` only.

    A cancelled caller does not stop its write: it completes, or fails as a whole, behind the cancellation.
    """

    def __init__(self, settings: JournalSettings, clock: Clock, thread: ThreadPoolExecutor, writer: Writer) -> None:
        self._settings = settings
        self._clock = clock
        self._thread = thread
        self._writer = writer
        self._is_closed = False

    @property
    def path(self) -> Path:
        return self._settings.path

    async def append(self, *records: Record) -> tuple[Entry, ...]:
        drafts = tuple(draft(record) for record in records)
        at = encode_time(self._clock.now())
        return await self._call(lambda: self._writer.append(drafts, at))

    async def get(self, subject_id: str) -> Subject | None:
        return await self._call(lambda: reader.get(self._writer.db, subject_id))

    async def find(self, machine: Machine, *states: str) -> tuple[Subject, ...]:
        return await self._call(lambda: reader.find(self._writer.db, machine, states))

    async def of_sale(self, sale_id: str) -> tuple[Subject, ...]:
        return await self._call(lambda: reader.of_sale(self._writer.db, sale_id))

    async def entries(self, sale_id: str) -> tuple[Entry, ...]:
        return await self._call(lambda: reader.entries(self._writer.db, sale_id))

    async def last_note(self, kind: str, sale_id: str) -> Entry | None:
        return await self._call(lambda: reader.last_note(self._writer.db, kind, sale_id))

    async def is_noted(self, kind: str, unique: str) -> bool:
        return await self._call(lambda: reader.is_noted(self._writer.db, kind, unique))

    async def highest_ticket_number(self, day: str) -> int:
        return await self._call(lambda: reader.highest_ticket_number(self._writer.db, day))

    async def day_book(self, span: DaySpan) -> DayBook:
        return await self._call(lambda: read_day(self._writer.db, span))

    async def check_room(self) -> None:
        await self._call(self._writer.check_room)

    async def count(self) -> int:
        """How many entries there are."""
        return await self._call(lambda: self._writer.count)

    async def limit_pages(self, extra_pages: int | None) -> None:
        """A full disk for the demo and for tests: SQLite may take `extra_pages` more pages of 4 kB, None lifts it.

        It then refuses with its own "database or disk is full". The reserve does not help, since this limit stands
        for the disk itself. With 0 the next append is refused already.
        """
        await self._call(lambda: self._writer.limit_pages(extra_pages))

    async def close(self) -> None:
        """Waits for what is being written. Closing twice is allowed."""
        if self._is_closed:
            return
        self._is_closed = True
        last = self._thread.submit(self._writer.close)
        try:
            await asyncio.shield(asyncio.wrap_future(last))
        finally:
            self._thread.shutdown(wait=last.done())

    async def _call(self, work: Callable[[], Result]) -> Result:
        if self._is_closed:
            raise JournalWriteFailed("the journal is closed")
        try:
            return await asyncio.shield(asyncio.wrap_future(self._thread.submit(work)))
        except sqlite3.Error as error:
            raise JournalWriteFailed(f"the journal cannot be used: {error}") from error
