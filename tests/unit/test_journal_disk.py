"""The journal on a disk that is full, fails, or loses its power between commit and head."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.clock import FakeClock
from tests.support.journal_steps import sale_batches, sale_opened, step
from totem.domain.errors import DiskFull, JournalWriteFailed
from totem.domain.machine import Machine
from totem.domain.records import Note
from totem.services.journal import CommitPoint, JournalSettings, SqliteJournal, open_journal, verify


async def fill(journal: SqliteJournal) -> int:
    """Append until the disk is full; how many were stored."""
    for number in range(1000):
        try:
            await journal.append(Note("filler", data={"text": "x" * 1000, "number": number}))
        except DiskFull:
            return number
    raise AssertionError("the disk never ran full")


async def test_a_full_disk_refuses_whole_batches_and_recovers(
    journal: SqliteJournal, journal_settings: JournalSettings
) -> None:
    await journal.append(*sale_opened("S1"))
    await journal.check_room()
    await journal.limit_pages(0)
    with pytest.raises(DiskFull):
        await journal.check_room()
    assert await fill(journal) == 0
    await journal.limit_pages(8)
    stored = await fill(journal)
    assert stored > 8
    assert await journal.count() == 3 + stored
    assert journal.path.with_suffix(".reserve").exists(), "the reserve must not help against a page limit"
    sale = await journal.get("S1")
    assert sale is not None
    assert verify(journal_settings.path, journal_settings.key_file).ok
    await journal.limit_pages(None)
    await journal.check_room()
    await journal.append(step(Machine.SALE, "S1", "open", "paid"))


async def test_a_page_limit_from_the_start(journal_settings: JournalSettings, clock: FakeClock) -> None:
    journal = await open_journal(replace(journal_settings, max_pages=60), clock)
    with pytest.raises(DiskFull):
        await journal.check_room()
    assert await fill(journal) > 10
    await journal.close()


class FullDisk(sqlite3.Connection):
    """SQLite on a disk that is full for as long as the reserve lies on it."""

    def execute(self, sql: str, /, *args: Any) -> sqlite3.Cursor:
        if sql == "COMMIT" and reserve_beside(self).exists():
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return super().execute(sql, *args)


def reserve_beside(db: sqlite3.Connection) -> Path:
    (_, _, name) = sqlite3.Connection.execute(db, "PRAGMA database_list").fetchone()
    return Path(name).with_suffix(".reserve")


async def test_the_reserve_is_given_up_for_a_sale_in_progress(
    journal_settings: JournalSettings, clock: FakeClock
) -> None:
    journal = await open_journal(replace(journal_settings, connection=FullDisk), clock)
    for batch in sale_batches("S1", 1):
        await journal.append(*batch)
    await journal.check_room()
    reserve = journal.path.with_suffix(".reserve")
    assert reserve.exists()
    await journal.append(*sale_opened("S2"))
    assert not reserve.exists()
    await journal.append(step(Machine.SALE, "S2", "open", "paid"))
    await journal.check_room()
    assert reserve.exists(), "made again once there is room"
    await journal.close()
    assert verify(journal_settings.path, journal_settings.key_file).ok


async def test_no_sale_opens_without_the_reserve(journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=100_000)
    monkeypatch.setattr("totem.services.journal.disk.shutil.disk_usage", lambda _: usage)
    with pytest.raises(DiskFull, match="free beside the journal"):
        await journal.check_room()
    assert not journal.path.with_suffix(".reserve").exists()
    usage.free = 200_000
    await journal.check_room()
    usage.free = 60_000
    with pytest.raises(DiskFull):
        await journal.check_room()


class FailingDisk(sqlite3.Connection):
    """SQLite on a disk whose writes fail when told so."""

    fails = False

    def execute(self, sql: str, /, *args: Any) -> sqlite3.Cursor:
        if FailingDisk.fails and sql.startswith(("INSERT", "COMMIT")):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise error
        return super().execute(sql, *args)


async def test_a_failing_disk_leaves_the_journal_readable(
    journal_settings: JournalSettings, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = await open_journal(replace(journal_settings, connection=FailingDisk), clock)
    await journal.append(*sale_opened("S1"))
    monkeypatch.setattr(FailingDisk, "fails", True)
    with pytest.raises(JournalWriteFailed) as caught:
        await journal.append(step(Machine.SALE, "S1", "open", "paid"))
    assert not isinstance(caught.value, DiskFull)
    sale = await journal.get("S1")
    assert sale is not None
    assert sale.state == "open"
    monkeypatch.setattr(FailingDisk, "fails", False)
    await journal.append(step(Machine.SALE, "S1", "open", "paid"))
    await journal.close()
    assert verify(journal_settings.path, journal_settings.key_file).ok


async def test_nothing_follows_a_batch_whose_head_could_not_be_written(
    journal_settings: JournalSettings, clock: FakeClock
) -> None:
    failing = [False]

    def at_point(point: CommitPoint, _: int) -> None:
        if failing[0] and point is CommitPoint.COMMITTED:
            raise OSError(5, "Input/output error")

    journal = await open_journal(replace(journal_settings, at_point=at_point), clock)
    await journal.append(*sale_opened("S1"))
    failing[0] = True
    with pytest.raises(JournalWriteFailed, match="Input/output"):
        await journal.append(step(Machine.SALE, "S1", "open", "paid"))
    failing[0] = False
    for call in (journal.append(Note("next")), journal.check_room()):
        with pytest.raises(JournalWriteFailed, match="next start"):
            await call
    assert await journal.get("S1") is not None
    await journal.close()
    report = verify(journal_settings.path, journal_settings.key_file)
    assert report.ok
    assert len(report.notes) == 1
    journal = await open_journal(journal_settings, clock)
    assert await journal.count() == 4
    await journal.close()
    assert verify(journal_settings.path, journal_settings.key_file).notes == ()
