"""`verify` against somebody who may change every file at will, but has not the key."""

# ruff: noqa: S608 - names of tables and columns come from the schema

from __future__ import annotations

import asyncio
import contextlib
import csv
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from tests.support.journal_steps import compensation, pix_received, sale_batches, ticket_queued
from totem.domain.errors import JournalBroken
from totem.domain.machine import Machine
from totem.domain.records import Note, Step
from totem.services.journal import JournalSettings, SqliteJournal, VerifyReport, open_journal, verify
from totem.services.journal.chain import Row
from totem.services.journal.export import COLUMNS, export_csv, export_json_lines
from totem.services.journal.head import read_head
from totem.services.journal.key import load_key
from totem.services.journal.projections import project
from totem.services.journal.schema import SCHEMA_VERSION, migrate
from totem.services.journal.verify import open_snapshot

COUNT = 23
"""Entries of the journal that is tampered with."""

TABLES = ("meta", "entries", "subjects", "notes_unique", "tickets", "received", "compensations", "movements")


@pytest.fixture
async def settings(journal_settings: JournalSettings, clock: FakeClock) -> JournalSettings:
    """A small journal with something in every table, closed."""
    journal = await open_journal(journal_settings, clock)
    for batch in sale_batches("S1", 1):
        await journal.append(*batch)
    await journal.append(ticket_queued("S2", 2))
    await journal.append(pix_received("S1", "E-x", 1000), pix_received("S1", "E-y", 1000))
    await journal.append(compensation("c1", "E-x", 1000), compensation("c1", "E-x", 1000, "intended", "done"))
    await journal.append(compensation("c2", "E-y", 300))
    await journal.append(
        Step(Machine.ATTENTION, "a1", "S1", None, "open", {"trouble": "PIX-012"}), Note("kiosk.stopped")
    )
    await journal.append(Note("kiosk.started"), Note("odd", unique="=1+1", data={"amount_cents": 1}))
    await journal.close()
    return journal_settings


def report_of(settings: JournalSettings) -> VerifyReport:
    return verify(settings.path, settings.key_file, settings.head_file)


@contextlib.contextmanager
def attacker(settings: JournalSettings) -> Iterator[sqlite3.Connection]:
    """Raw access: the triggers are dropped, and put back as they were, so that they give nothing away."""
    with contextlib.closing(sqlite3.connect(settings.path, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute("BEGIN")
        triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        yield db
        for _, sql in triggers:
            db.execute(sql)
        db.execute("COMMIT")


def columns_of(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def key_of(db: sqlite3.Connection, table: str) -> str:
    """The columns that find one row."""
    return " AND ".join(f"{row[1]} = ?" for row in db.execute(f"PRAGMA table_info({table})") if row[5])


def rows_of(db: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    keys = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5])
    return db.execute(f"SELECT {keys} FROM {table} ORDER BY {keys}").fetchall()


def other_value(value: object) -> object:
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    text = str(value)
    return text.replace(":", ": ", 1) if ":" in text else text + "x"


def find_every_change(settings: JournalSettings, table: str) -> tuple[int, list[str]]:
    """Change each value of each row of the table in turn; how many changes, and those that were not found."""
    original = settings.path.read_bytes()
    with contextlib.closing(sqlite3.connect(settings.path)) as db:
        columns, where, rows = columns_of(db, table), key_of(db, table), rows_of(db, table)
    tried, missed = 0, []
    for row in rows:
        for column in columns:
            with attacker(settings) as db:
                (value,) = db.execute(f"SELECT {column} FROM {table} WHERE {where}", row).fetchone()
                db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (other_value(value), *row))
            tried += 1
            if report_of(settings).ok:
                missed.append(f"{table}.{column} of {row}")
            settings.path.write_bytes(original)
    return tried, missed


def test_the_untouched_journal_is_whole(settings: JournalSettings) -> None:
    report = report_of(settings)
    assert report == VerifyReport(ok=True, entries=COUNT, faults=(), notes=())
    with contextlib.closing(sqlite3.connect(settings.path)) as db:
        assert all(rows_of(db, table) for table in TABLES), "every table has rows to tamper with"
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == set(TABLES)
    before = settings.path.read_bytes()
    with attacker(settings):
        pass
    assert report_of(settings).ok, "dropping triggers and making them again is no fault by itself"
    assert before != settings.path.read_bytes()


@pytest.mark.parametrize("table", TABLES)
def test_every_changed_value_is_found(settings: JournalSettings, table: str) -> None:
    tried, missed = find_every_change(settings, table)
    assert tried > 3
    assert missed == []


@pytest.mark.parametrize("table", TABLES)
def test_every_deleted_row_is_found(settings: JournalSettings, table: str) -> None:
    original = settings.path.read_bytes()
    with contextlib.closing(sqlite3.connect(settings.path)) as db:
        where, rows = key_of(db, table), rows_of(db, table)
    for row in rows:
        with attacker(settings) as db:
            assert db.execute(f"DELETE FROM {table} WHERE {where}", row).rowcount == 1
        assert not report_of(settings).ok, row
        settings.path.write_bytes(original)


@pytest.mark.parametrize("table", TABLES)
def test_an_added_row_is_found(settings: JournalSettings, table: str) -> None:
    with attacker(settings) as db:
        columns = columns_of(db, table)
        row = list(db.execute(f"SELECT * FROM {table} ORDER BY 1 DESC LIMIT 1").fetchone())
        for index, column in enumerate(columns):
            if column not in ("mac", "data", "at", "born_at", "updated_at"):
                row[index] = row[index] + 1 if isinstance(row[index], int) else f"{row[index]}z"
        db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", row)
    assert not report_of(settings).ok


def test_every_swapped_pair_of_entries_is_found(settings: JournalSettings) -> None:
    original = settings.path.read_bytes()
    for seq in range(1, COUNT):
        with attacker(settings) as db:
            db.execute("UPDATE entries SET seq = 10000 WHERE seq = ?", (seq,))
            db.execute("UPDATE entries SET seq = ?, batch = 1 WHERE seq = ?", (seq, seq + 1))
            db.execute("UPDATE entries SET seq = ? WHERE seq = 10000", (seq + 1,))
        assert not report_of(settings).ok, seq
        settings.path.write_bytes(original)


@pytest.mark.parametrize("cut", [1, 2, 3, COUNT - 1, COUNT])
async def test_entries_cut_off_with_all_that_followed_from_them(
    settings: JournalSettings, clock: FakeClock, cut: int
) -> None:
    """The attacker rebuilds every projection: only the head can tell."""
    keep = settings.path.parent / "shorter"
    keep.mkdir()
    shorter = JournalSettings(keep / "journal.sqlite3", keep / "journal.key", reserve_bytes=0)
    # The same journal written anew by the program itself, but ended earlier; key and chain are the same.
    shutil.copy(settings.key_file, shorter.key_file)
    with contextlib.closing(sqlite3.connect(settings.path)) as db:
        names = columns_of(db, "entries")
        rows = db.execute("SELECT * FROM entries WHERE seq <= ? ORDER BY seq", (COUNT - cut,)).fetchall()
        meta = db.execute("SELECT * FROM meta").fetchall()
    await rebuild(shorter, names, rows, meta)
    shutil.copy(shorter.path, settings.path)
    report = report_of(settings)
    assert report.faults == (f"the head counts {COUNT} entries, the journal has {COUNT - cut}: the rest was cut off",)
    with pytest.raises(JournalBroken, match="cut off"):
        await open_journal(settings, clock)


async def rebuild(
    settings: JournalSettings, names: list[str], rows: list[tuple[object, ...]], meta: list[tuple[str, str]]
) -> None:
    with contextlib.closing(sqlite3.connect(settings.path, isolation_level=None)) as db:
        migrate(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.executemany("INSERT INTO meta VALUES (?, ?) ON CONFLICT DO NOTHING", meta)
        for row in rows:
            db.execute(f"INSERT INTO entries VALUES ({', '.join('?' * len(names))})", row)
            project(db, Row(*row[:-1]))  # type: ignore[arg-type]


# --- schema, key, head ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TRIGGER entries_update",
        "DROP TRIGGER compensations_insert_limit",
        "DROP INDEX compensations_one_open",
        "CREATE TABLE more (x)",
        "CREATE INDEX more ON entries (at)",
        "CREATE TRIGGER more AFTER INSERT ON entries BEGIN DELETE FROM tickets; END",
        "CREATE VIEW more AS SELECT 1",
        "PRAGMA user_version = 0",
        f"PRAGMA user_version = {SCHEMA_VERSION + 1}",
        "PRAGMA application_id = 7",
        "DROP TABLE notes_unique",
    ],
)
async def test_a_changed_schema_is_found(settings: JournalSettings, clock: FakeClock, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(settings.path, isolation_level=None)) as db:
        db.execute(sql)
    assert not report_of(settings).ok


def test_a_quiet_trigger_is_found(settings: JournalSettings) -> None:
    with contextlib.closing(sqlite3.connect(settings.path, isolation_level=None)) as db:
        db.execute("DROP TRIGGER entries_delete")
        db.execute("CREATE TRIGGER entries_delete BEFORE DELETE ON entries BEGIN SELECT 1; END")
    assert report_of(settings).faults == ("trigger entries_delete is not as this program makes it",) * 2


def test_another_key_is_found(settings: JournalSettings) -> None:
    settings.key_file.write_bytes(bytes(32))
    assert not report_of(settings).ok
    settings.key_file.unlink()
    assert "key" in report_of(settings).faults[0]


def test_every_changed_byte_of_the_head_is_found(settings: JournalSettings) -> None:
    original = settings.head_path.read_bytes()
    key = load_key(settings.key_file)
    assert read_head(settings.head_path, key).is_whole
    for position in [*range(140), 4095, *range(4096, 4236), 8191]:
        changed = bytearray(original)
        changed[position] ^= 0x40
        settings.head_path.write_bytes(changed)
        assert not read_head(settings.head_path, key).is_whole, position
        if position % 20 == 0:
            assert not report_of(settings).ok, position


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head[:4096],
        lambda head: head[:8191],
        lambda head: b"",
        lambda head: head + b"\0",
        lambda head: head[4096:] + head[:4096],
        lambda head: head[:4096] * 2,
        lambda head: head[4096:] * 2,
        lambda head: bytes(8192),
    ],
)
def test_a_replaced_head_is_found(settings: JournalSettings, change: Callable[[bytes], bytes]) -> None:
    settings.head_path.write_bytes(change(settings.head_path.read_bytes()))
    assert not report_of(settings).ok
    settings.head_path.unlink()
    assert not report_of(settings).ok


async def test_an_old_head_is_found(settings: JournalSettings, clock: FakeClock) -> None:
    old = settings.head_path.read_bytes()
    journal = await open_journal(settings, clock)
    await journal.append(Note("one"))
    await journal.append(Note("two"))
    await journal.close()
    settings.head_path.write_bytes(old)
    assert "more than one batch" in report_of(settings).faults[0]
    with pytest.raises(JournalBroken, match="more than one batch"):
        await open_journal(settings, clock)


async def test_the_head_of_another_journal_with_the_same_key(settings: JournalSettings, clock: FakeClock) -> None:
    (settings.path.parent / "other").mkdir()
    other = replace(settings, path=settings.path.parent / "other" / "journal.sqlite3")
    journal = await open_journal(other, clock)
    for _ in range(COUNT):
        await journal.append(Note("same.length"))
    await journal.close()
    shutil.copy(other.head_path, settings.head_path)
    assert "the head belongs to another journal" in report_of(settings).faults
    with pytest.raises(JournalBroken, match="another journal"):
        await open_journal(settings, clock)


def test_files_that_are_no_journal(settings: JournalSettings, tmp_path: Path) -> None:
    settings.path.write_bytes(b"nothing of the kind" * 500)
    assert not report_of(settings).ok
    settings.path.unlink()
    assert not report_of(settings).ok
    assert not verify(tmp_path / "no" / "where", settings.key_file).ok


def test_every_torn_page_is_found(settings: JournalSettings) -> None:
    original = settings.path.read_bytes()
    for start in range(0, len(original), 4096):
        changed = bytearray(original)
        changed[start : start + 4096] = bytes(4096)
        settings.path.write_bytes(changed)
        assert not report_of(settings).ok, f"page {start // 4096 + 1}"


def test_cost_of_a_hopeless_journal_is_bounded(settings: JournalSettings) -> None:
    with attacker(settings) as db:
        db.execute("UPDATE entries SET sale_id = 'all'")
    assert COUNT <= len(report_of(settings).faults) <= 100


# --- a running kiosk --------------------------------------------------------------------------------------------------


async def test_beside_a_running_kiosk(journal: SqliteJournal, journal_settings: JournalSettings) -> None:
    assert report_of(journal_settings) == VerifyReport(ok=True, entries=0, faults=())
    for number in range(1, 4):
        for batch in sale_batches(f"S{number}", number):
            await journal.append(*batch)
            report = report_of(journal_settings)
            assert (report.ok, report.entries) == (True, await journal.count())
    with pytest.raises(sqlite3.OperationalError, match="readonly"), writable_snapshot(journal_settings):
        pass


async def test_again_and_again_while_the_kiosk_writes(
    journal: SqliteJournal, journal_settings: JournalSettings
) -> None:
    async def write() -> None:
        for number in range(1, 25):
            for batch in sale_batches(f"S{number}", number):
                await journal.append(*batch)

    writing = asyncio.create_task(write())
    reports = [await asyncio.to_thread(report_of, journal_settings)]
    while not writing.done():
        reports.append(await asyncio.to_thread(report_of, journal_settings))
    await writing
    assert [report.faults for report in reports] == [()] * len(reports)
    assert report_of(journal_settings) == VerifyReport(ok=True, entries=await journal.count(), faults=())


@contextlib.contextmanager
def writable_snapshot(settings: JournalSettings) -> Iterator[None]:
    with open_snapshot(settings.path) as db:
        db.execute("DELETE FROM meta")
        yield


# --- export -----------------------------------------------------------------------------------------------------------


def test_export(settings: JournalSettings) -> None:
    table, lines = io.StringIO(newline=""), io.StringIO()
    assert export_csv(settings.path, table) == export_json_lines(settings.path, lines) == COUNT
    rows = list(csv.DictReader(io.StringIO(table.getvalue())))
    entries = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert tuple(rows[0]) == tuple(entries[0]) == COLUMNS
    assert [int(row["seq"]) for row in rows] == [entry["seq"] for entry in entries] == list(range(1, COUNT + 1))
    assert entries[1]["data"] == {"amount_cents": 4500}
    assert json.loads(rows[1]["data"]) == entries[1]["data"]
    assert (rows[-1]["unique_key"], entries[-1]["unique_key"]) == ("'=1+1", "=1+1")


async def test_a_sale_in_the_story_cannot_be_rewritten_by_sql(settings: JournalSettings) -> None:
    with contextlib.closing(sqlite3.connect(settings.path, isolation_level=None)) as db:
        for sql in (
            "UPDATE entries SET state = 'abandoned' WHERE seq = 2",
            "DELETE FROM entries WHERE seq = 2",
            "INSERT INTO entries VALUES (99, 99, 'a', 'b', '', '', '', '', '', '', '{}', zeroblob(32))",
            "INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 2",
            "DELETE FROM subjects",
            "DELETE FROM received",
            "UPDATE received SET amount_cents = 1",
            "UPDATE notes_unique SET unique_key = 'x'",
            "UPDATE meta SET value = 'x' WHERE name = 'journal_id'",
            "UPDATE compensations SET amount_cents = 1",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(sql)
    assert report_of(settings).ok
