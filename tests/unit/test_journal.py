"""The journal: what it stores, what it refuses, and what it does when disk or power fail."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tests.support.clock import START, FakeClock
from tests.support.journal_steps import compensation, pix_received, sale_batches, sale_opened, step, ticket_queued
from totem.domain.errors import (
    AlreadyRunning,
    IllegalTransition,
    JournalBroken,
    JournalTooNew,
    JournalWriteFailed,
    StaleState,
)
from totem.domain.machine import Machine
from totem.domain.records import JsonValue, Note, Record, Step
from totem.services.journal import CommitPoint, JournalSettings, SqliteJournal, open_journal, verify
from totem.services.journal.schema import SCHEMA_VERSION


async def append_all(journal: SqliteJournal, batches: Iterable[tuple[Record, ...]]) -> None:
    for batch in batches:
        await journal.append(*batch)


# --- storing and reading ----------------------------------------------------------------------------------------------


async def test_entries_tell_the_story_in_order(journal: SqliteJournal) -> None:
    await append_all(journal, sale_batches("S1", 1))
    await append_all(journal, sale_batches("S2", 2))
    story = await journal.entries("S2")
    kinds = [(entry.kind, entry.state) for entry in story]
    assert kinds[:3] == [("sale", "choosing"), ("sale", "open"), ("attempt", "intended")]
    assert kinds[-1] == ("sale", "completed")
    assert [entry.seq for entry in story] == list(range(story[0].seq, story[0].seq + len(story)))
    assert {entry.sale_id for entry in story} == {"S2"}


async def test_append_returns_what_was_stored(journal: SqliteJournal, clock: FakeClock) -> None:
    clock.set_now(datetime(2026, 11, 22, 9, 5, 1, 234_567, tzinfo=UTC))
    (entry,) = await journal.append(Note("kiosk.started", data={"version": "1", "nested": {"a": [1, None, True]}}))
    assert entry.seq == 1
    assert entry.at == datetime(2026, 11, 22, 9, 5, 1, 234_000, tzinfo=UTC)
    assert entry.data == {"version": "1", "nested": {"a": [1, None, True]}}
    assert await journal.append() == ()
    assert await journal.count() == 1


async def test_data_is_laid_over_what_is_there(journal: SqliteJournal, clock: FakeClock) -> None:
    await journal.append(step(Machine.SALE, "S1", None, "choosing", lines=[{"service": "wash"}], language="pt"))
    clock.set_now(START + timedelta(seconds=5))
    await journal.append(step(Machine.SALE, "S1", "choosing", "open", language="en", amount_cents=4500))
    sale = await journal.get("S1")
    assert sale is not None
    assert sale.data == {"lines": [{"service": "wash"}], "language": "en", "amount_cents": 4500}
    assert (sale.state, sale.born_at, sale.updated_at) == ("open", START, START + timedelta(seconds=5))
    assert await journal.get("S2") is None


async def test_find_oldest_first_and_of_sale(journal: SqliteJournal) -> None:
    for sale_id in ("S3", "S1", "S2"):
        await journal.append(*sale_opened(sale_id))
    await journal.append(step(Machine.SALE, "S1", "open", "abandoned"))
    assert [sale.id for sale in await journal.find(Machine.SALE, "open")] == ["S3", "S2"]
    assert [sale.id for sale in await journal.find(Machine.SALE, "open", "abandoned")] == ["S3", "S1", "S2"]
    assert await journal.find(Machine.SALE) == ()
    assert [each.id for each in await journal.of_sale("S1")] == ["S1", "tx-S1"]


async def test_ticket_numbers_of_a_day(journal: SqliteJournal) -> None:
    assert await journal.highest_ticket_number("2026-11-22") == 0
    await journal.append(ticket_queued("S1", 7), ticket_queued("S2", 12), ticket_queued("S3", 40, day="2026-11-23"))
    assert await journal.highest_ticket_number("2026-11-22") == 12
    with pytest.raises(StaleState):
        await journal.append(ticket_queued("S4", 12))
    await journal.append(ticket_queued("S4", 12, day="2026-11-23"))


async def test_everything_is_there_after_a_restart(journal_settings: JournalSettings, clock: FakeClock) -> None:
    journal = await open_journal(journal_settings, clock)
    await append_all(journal, sale_batches("S1", 1))
    before = (await journal.entries("S1"), await journal.of_sale("S1"))
    await journal.close()
    await journal.close()
    journal = await open_journal(journal_settings, clock)
    assert (await journal.entries("S1"), await journal.of_sale("S1")) == before
    assert await journal.is_noted("pix.received", "E-S1")
    assert not await journal.is_noted("pix.received", "E-S2")
    assert not await journal.is_noted("charge.displayed", "E-S1")
    await append_all(journal, sale_batches("S2", 2))
    await journal.close()
    with pytest.raises(JournalWriteFailed, match="closed"):
        await journal.append(Note("late"))
    assert verify(journal_settings.path, journal_settings.key_file).ok


class Colour(StrEnum):
    RED = "red"


async def test_data_reads_back_as_json_has_it(journal: SqliteJournal) -> None:
    odd: dict[str, JsonValue] = {
        "text": "açaí \ud800 \x00 🚗",
        "enum": Colour.RED,
        "big": 10**30,
        "no": None,
        "yes": True,
    }
    await journal.append(step(Machine.SALE, "S1", None, "choosing", **odd))
    sale = await journal.get("S1")
    assert sale is not None
    assert sale.data == odd


@pytest.mark.parametrize("value", [1.5, float("nan"), b"raw", {1: "a"}, {"deep": [{"x": 0.1}]}, object()])
async def test_data_without_whole_meaning_is_refused(journal: SqliteJournal, value: Any) -> None:
    with pytest.raises(TypeError):
        await journal.append(Note("kiosk.started"), Note("bad", data={"value": value}))
    assert await journal.count() == 0


async def test_limits(journal: SqliteJournal) -> None:
    with pytest.raises(JournalWriteFailed, match="limit"):
        await journal.append(Note("big", data={"text": "x" * 70_000}))
    with pytest.raises(JournalWriteFailed, match="limit"):
        await journal.append(*[Note("many")] * 65)
    nest: JsonValue = 1
    for _ in range(30):
        nest = [nest]
    with pytest.raises(TypeError, match="nested"):
        await journal.append(Note("deep", data={"nest": nest}))
    assert await journal.count() == 0


@pytest.mark.parametrize(
    "record", [Note(""), Note("sale"), Note("ticket"), Step(Machine.SALE, "", "", None, "choosing")]
)
async def test_records_that_could_be_mistaken_are_refused(journal: SqliteJournal, record: Record) -> None:
    with pytest.raises(ValueError, match=r"kind|subject"):
        await journal.append(record)


# --- refusing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (step(Machine.SALE, "S1", None, "choosing"), StaleState),
        (step(Machine.SALE, "S1", "choosing", "open"), StaleState),
        (step(Machine.SALE, "S1", "open", "completed"), IllegalTransition),
        (step(Machine.SALE, "S1", "open", "nonsense"), IllegalTransition),
        (step(Machine.SALE, "S9", None, "open"), IllegalTransition),
        (step(Machine.SALE, "S9", "open", "paid"), StaleState),
        (Step(Machine.TICKET, "S1", "S1", "open", "sending"), IllegalTransition),
        (Step(Machine.SALE, "S1", "S2", "open", "paid"), IllegalTransition),
        (Note("pix.received", unique="E-1", data={"amount_cents": 1}), StaleState),
        (Note("pix.received", unique="E-2"), IllegalTransition),
        (Note("pix.received", unique="E-2", data={"amount_cents": "45"}), IllegalTransition),
        (Note("pix.received", unique="E-2", data={"amount_cents": True}), IllegalTransition),
        (Note("pix.received", unique="E-2", data={"amount_cents": 0}), IllegalTransition),
        (Note("pix.received", unique="E-2", data={"amount_cents": 10**30}), IllegalTransition),
        (Note("pix.received", data={"amount_cents": 1}), IllegalTransition),
        (Step(Machine.TICKET, "t", "S1", None, "queued", {"number": 1}), IllegalTransition),
        (Step(Machine.TICKET, "t", "S1", None, "queued", {"number": 0, "day": "2026-11-22"}), IllegalTransition),
        (Step(Machine.COMPENSATION, "c", "S1", None, "intended", {"amount_cents": 5}), IllegalTransition),
        (Step(Machine.COMPENSATION, "c", "S1", None, "intended", {"reference": "E-1"}), IllegalTransition),
        (compensation("c", "E-1", 0), IllegalTransition),
        (compensation("c", "E-none", 1), IllegalTransition),
        (compensation("c", "E-1", 4501), IllegalTransition),
    ],
)
async def test_a_refused_record_takes_its_whole_batch_along(
    journal: SqliteJournal, bad: Record, error: type[Exception]
) -> None:
    await journal.append(*sale_opened("S1"), pix_received("S1", "E-1", 4500))
    before = (await journal.count(), await journal.get("S1"))
    with pytest.raises(error):
        await journal.append(Note("first", unique="once"), bad, Note("last"))
    assert (await journal.count(), await journal.get("S1")) == before
    assert not await journal.is_noted("first", "once")
    await journal.append(Note("first", unique="once"))
    assert verify(journal.path, journal.path.with_suffix(".key")).ok


async def test_a_unique_note_is_unique_for_its_kind_only(journal: SqliteJournal) -> None:
    await journal.append(Note("a", unique="k"), Note("b", unique="k"), Note("a"), Note("a"))
    with pytest.raises(StaleState):
        await journal.append(Note("a", unique="k"))
    with pytest.raises(StaleState):
        await journal.append(Note("c", unique="k"), Note("c", unique="k"))


async def test_one_open_compensation_per_reference_and_never_more_than_received(journal: SqliteJournal) -> None:
    await journal.append(*sale_opened("S1"), pix_received("S1", "E-1", 1000), pix_received("S1", "E-2", 50))
    await journal.append(compensation("c1", "E-1", 600))
    with pytest.raises(StaleState):
        await journal.append(compensation("c2", "E-1", 100))
    await journal.append(compensation("c3", "E-2", 50))
    await journal.append(compensation("c1", "E-1", 600, "intended", "unknown"))
    with pytest.raises(StaleState):
        await journal.append(compensation("c2", "E-1", 100))
    await journal.append(compensation("c1", "E-1", 600, "unknown", "done"))
    with pytest.raises(IllegalTransition, match="more would be given back"):
        await journal.append(compensation("c2", "E-1", 401))
    await journal.append(compensation("c2", "E-1", 400), compensation("c2", "E-1", 400, "intended", "refused"))
    await journal.append(compensation("c4", "E-1", 400))
    with pytest.raises(IllegalTransition, match="fixed at its birth"):
        await journal.append(compensation("c4", "E-1", 1, "intended", "sent"))
    with pytest.raises(IllegalTransition, match="fixed at its birth"):
        await journal.append(compensation("c4", "E-2", 400, "intended", "sent"))
    await journal.append(Step(Machine.COMPENSATION, "c4", "S1", "intended", "sent"))
    assert [each.id for each in await journal.find(Machine.COMPENSATION, "done", "sent")] == ["c1", "c4"]


async def test_of_two_writers_one_wins(journal: SqliteJournal) -> None:
    await journal.append(*sale_opened("S1"))
    results = await asyncio.gather(
        *[journal.append(step(Machine.SALE, "S1", "open", to)) for to in ("paid", "abandoned", "paid", "compensating")],
        return_exceptions=True,
    )
    assert [isinstance(result, StaleState) for result in results] == [False, True, True, True]


async def test_many_writers_at_once(journal: SqliteJournal, journal_settings: JournalSettings) -> None:
    await asyncio.gather(*[append_all(journal, sale_batches(f"S{number}", number)) for number in range(1, 13)])
    sales = await journal.find(Machine.SALE, "completed")
    assert {sale.id for sale in sales} == {f"S{number}" for number in range(1, 13)}
    assert verify(journal_settings.path, journal_settings.key_file).ok


async def test_a_cancelled_writer_leaves_nothing_half(journal: SqliteJournal) -> None:
    await journal.append(Note("kiosk.started"))
    for number in range(20):
        task = asyncio.create_task(journal.append(*sale_opened(f"S{number}")))
        for _ in range(number % 4):
            await asyncio.sleep(0)
        task.cancel()
    assert await journal.count() % 3 == 1
    for number in range(20):
        assert len(await journal.of_sale(f"S{number}")) in (0, 2)
    await journal.append(Note("still.works"))


async def test_a_write_begun_completes_behind_its_cancellation(
    journal_settings: JournalSettings, clock: FakeClock
) -> None:
    loop, reached = asyncio.get_running_loop(), asyncio.Event()

    def at_point(point: CommitPoint, _: int) -> None:
        if point is CommitPoint.BEFORE_COMMIT:
            loop.call_soon_threadsafe(reached.set)

    journal = await open_journal(replace(journal_settings, at_point=at_point), clock)
    task = asyncio.create_task(journal.append(*sale_opened("S1")))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await journal.get("S1") is not None
    await journal.close()


# --- opening ----------------------------------------------------------------------------------------------------------


async def test_birth_makes_private_files(journal: SqliteJournal, journal_settings: JournalSettings) -> None:
    await journal.check_room()
    names = {"journal.sqlite3", "journal.key", "journal.head"}
    modes = {name: stat.S_IMODE((journal.path.parent / name).stat().st_mode) for name in names}
    assert modes == dict.fromkeys(names, 0o600)
    assert len(journal_settings.key_file.read_bytes()) == 32
    assert journal.path.with_suffix(".reserve").stat().st_size == journal_settings.reserve_bytes


async def test_a_second_owner_is_refused(
    journal: SqliteJournal, journal_settings: JournalSettings, clock: FakeClock
) -> None:
    with pytest.raises(AlreadyRunning):
        await open_journal(journal_settings, clock)
    await journal.append(Note("kiosk.started"))
    await journal.close()
    await (await open_journal(journal_settings, clock)).close()


async def broken(settings: JournalSettings, clock: FakeClock) -> str:
    with pytest.raises(JournalBroken) as caught:
        await open_journal(settings, clock)
    assert not verify(settings.path, settings.key_file, settings.head_file).ok
    return str(caught.value)


async def closed_journal(settings: JournalSettings, clock: FakeClock, sales: int = 2) -> None:
    journal = await open_journal(settings, clock)
    for number in range(1, sales + 1):
        await append_all(journal, sale_batches(f"S{number}", number))
    await journal.close()


async def test_missing_pieces_are_named(journal_settings: JournalSettings, clock: FakeClock) -> None:
    await closed_journal(journal_settings, clock)
    for piece, word in (
        (journal_settings.key_file, "key"),
        (journal_settings.head_path, "head"),
        (journal_settings.path, "gone"),
    ):
        content = piece.read_bytes()
        piece.unlink()
        with pytest.raises(JournalBroken, match=word):
            await open_journal(journal_settings, clock)
        piece.write_bytes(content)
        piece.chmod(0o600)
    await (await open_journal(journal_settings, clock)).close()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
async def test_a_key_open_to_others_is_refused(journal_settings: JournalSettings, clock: FakeClock, mode: int) -> None:
    await closed_journal(journal_settings, clock, 1)
    journal_settings.key_file.chmod(mode)
    assert "open to others" in await broken(journal_settings, clock)


@pytest.mark.parametrize("key", [b"", b"x" * 31, b"x" * 33, b"x" * 32])
async def test_another_key_is_refused(journal_settings: JournalSettings, clock: FakeClock, key: bytes) -> None:
    await closed_journal(journal_settings, clock, 1)
    journal_settings.key_file.write_bytes(key)
    assert await broken(journal_settings, clock)


async def test_another_program_s_database_is_left_alone(journal_settings: JournalSettings, clock: FakeClock) -> None:
    db = sqlite3.connect(journal_settings.path)
    db.execute("CREATE TABLE theirs (x)")
    db.close()
    with pytest.raises(JournalBroken, match="not a journal"):
        await open_journal(journal_settings, clock)
    journal_settings.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalBroken):
        await open_journal(journal_settings, clock)


async def test_a_newer_journal_is_refused(journal_settings: JournalSettings, clock: FakeClock) -> None:
    await closed_journal(journal_settings, clock, 1)
    db = sqlite3.connect(journal_settings.path)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    with pytest.raises(JournalTooNew):
        await open_journal(journal_settings, clock)
    assert not verify(journal_settings.path, journal_settings.key_file).ok


async def test_a_folder_that_is_not_there_cannot_be_written(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(JournalWriteFailed):
        await open_journal(JournalSettings(tmp_path / "no" / "journal.sqlite3", tmp_path / "no" / "key"), clock)


async def test_a_head_on_another_disk(journal_settings: JournalSettings, clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    settings = replace(journal_settings, head_file=tmp_path / "usb" / "seal")
    await closed_journal(settings, clock)
    assert not journal_settings.head_path.exists()
    assert verify(settings.path, settings.key_file, settings.head_file).ok
    assert not verify(settings.path, settings.key_file).ok
