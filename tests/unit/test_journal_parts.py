"""The journal's small parts: canonical text, chain encoding, migrations, and files of any content."""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import FakeClock
from tests.support.journal_steps import sale_batches
from totem.domain.errors import JournalError
from totem.domain.records import JsonValue, Note
from totem.services.journal import JournalSettings, open_journal, verify
from totem.services.journal.chain import Row, encode_values, entry_mac, genesis_mac
from totem.services.journal.codec import decode_data, decode_time, encode_data, encode_time, merge_data
from totem.services.journal.schema import MIGRATIONS, PROJECTIONS, SCHEMA_VERSION, migrate, scratch, version_of

EARLIEST, LATEST = (datetime(year, 1, 2, tzinfo=UTC).replace(tzinfo=None) for year in (1, 9999))

texts = st.text(st.characters(exclude_categories=()), max_size=6)
values: st.SearchStrategy[JsonValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=8,
)
objects = st.dictionaries(texts, values, max_size=4)


@given(objects)
def test_data_reads_back_and_has_one_form(data: dict[str, JsonValue]) -> None:
    text = encode_data(data)
    assert decode_data(text) == data
    assert encode_data(dict(reversed(data.items()))) == text
    assert text.isascii()
    assert merge_data("{}", text) == merge_data(text, "{}") == merge_data(text, text) == text


@given(objects, objects)
def test_merging_is_laying_over(below: dict[str, JsonValue], above: dict[str, JsonValue]) -> None:
    assert merge_data(encode_data(below), encode_data(above)) == encode_data({**below, **above})


@pytest.mark.parametrize("text", ["", "[]", "1", '{"a":1.0}', '{"a":NaN}', '{"a":1e3}', "{", "null"])
def test_stored_text_that_we_never_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_data(text)


@given(st.datetimes(EARLIEST, LATEST), st.integers(-14 * 60, 14 * 60))
def test_times_keep_their_millisecond(naive: datetime, offset_min: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    text = encode_time(moment)
    assert len(text) == len("2026-11-22T20:15:03.120Z")
    assert text.endswith("Z")
    read = decode_time(text)
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)
    assert read.tzinfo is UTC
    with pytest.raises(ValueError, match="zone"):
        encode_time(naive)


columns = st.lists(st.one_of(st.integers(), texts), max_size=5)


@given(columns, columns)
def test_no_two_rows_share_an_encoding(one: list[int | str], other: list[int | str]) -> None:
    assert (encode_values(one) == encode_values(other)) == (one == other)


def test_the_mac_depends_on_everything() -> None:
    key = bytes(32)
    row = Row(1, 1, "at", "kind", "machine", "sale", "subject", "expected", "state", "unique", "{}")
    changed = [
        replace(row, seq=2),
        replace(row, batch=2),
        replace(row, at="other"),
        replace(row, kind="other"),
        replace(row, machine="other"),
        replace(row, sale_id="other"),
        replace(row, subject_id="other"),
        replace(row, expected="other"),
        replace(row, state="other"),
        replace(row, unique_key="other"),
        replace(row, data="other"),
        replace(row, kind="kindm", machine="achine"),
        replace(row, sale_id="", subject_id="salesubject"),
    ]
    macs = {entry_mac(key, bytes(32), each) for each in (row, *changed)}
    macs |= {entry_mac(b"k" * 32, bytes(32), row), entry_mac(key, b"p" * 32, row)}
    macs |= {genesis_mac(key, "id", "at"), genesis_mac(key, "ida", "t"), genesis_mac(b"k" * 32, "id", "at")}
    assert len(macs) == len(changed) + 1 + 2 + 3


def test_an_older_database_is_brought_up_step_by_step() -> None:
    def one_more(db: sqlite3.Connection) -> None:
        db.execute("ALTER TABLE subjects ADD COLUMN colour TEXT NOT NULL DEFAULT ''")

    with contextlib.closing(scratch()) as db:
        assert version_of(db) == SCHEMA_VERSION == len(MIGRATIONS)
        migrate(db, (*MIGRATIONS, one_more))
        assert db.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
        assert db.execute("SELECT value FROM meta").fetchall() == [(str(SCHEMA_VERSION + 1),)]
        assert "colour" in [row[1] for row in db.execute("PRAGMA table_info(subjects)")]


@pytest.mark.parametrize("table", ["entries", *PROJECTIONS])
def test_questions_of_every_append_use_an_index(table: str) -> None:
    """No full scan hides in the projections: the cost of a sale must not grow with the journal."""
    questions = {
        "entries": ["SELECT coalesce(max(seq), 0) + 1 FROM entries", "SELECT seq FROM entries WHERE sale_id = ?"],
        "subjects": [
            "SELECT data FROM subjects WHERE id = ?",
            "SELECT data FROM subjects WHERE machine = ? AND state IN (?, ?) ORDER BY born_seq",
            "SELECT data FROM subjects WHERE sale_id = ? ORDER BY born_seq",
            "SELECT data FROM subjects WHERE machine = ? AND born_at BETWEEN ? AND ?",
        ],
        "notes_unique": ["SELECT 1 FROM notes_unique WHERE kind = ? AND unique_key = ?"],
        "tickets": ["SELECT max(number) FROM tickets WHERE day = ?"],
        "received": ["SELECT amount_cents FROM received WHERE reference = ?"],
        "movements": [
            "SELECT kind, count(*), sum(amount_cents) FROM movements WHERE at >= ? AND at < ? GROUP BY kind",
        ],
        "compensations": ["SELECT sum(amount_cents) FROM compensations WHERE reference = ? AND state <> 'refused'"],
    }
    with contextlib.closing(scratch()) as db:
        for question in questions[table]:
            plan = db.execute(f"EXPLAIN QUERY PLAN {question}", ("x",) * question.count("?")).fetchall()
            assert all("SEARCH" in step[3] for step in plan if table in step[3]), (question, plan)


async def test_spoiled_files_are_reported_never_raised(journal_settings: JournalSettings, clock: FakeClock) -> None:
    journal = await open_journal(journal_settings, clock)
    for batch in sale_batches("S1", 1):
        await journal.append(*batch)
    await journal.close()
    original, chance = journal_settings.path.read_bytes(), random.Random(5)
    rows = everything(journal_settings.path)
    for _ in range(80):
        spoiled = bytearray(original)
        for _ in range(chance.randint(1, 4)):
            spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
        journal_settings.path.write_bytes(spoiled)
        if verify(journal_settings.path, journal_settings.key_file).ok:
            assert everything(journal_settings.path) == rows, "only unused bytes of the file may differ"


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with contextlib.closing(sqlite3.connect(path)) as db:
        return {table: db.execute(f"SELECT * FROM {table}").fetchall() for table in ("meta", "entries", *PROJECTIONS)}  # noqa: S608


async def test_values_of_another_type_are_found(journal_settings: JournalSettings, clock: FakeClock) -> None:
    """STRICT keeps them out, unless somebody rewrites the schema and puts it back."""
    journal = await open_journal(journal_settings, clock)
    for batch in sale_batches("S1", 1):
        await journal.append(*batch)
    await journal.close()
    original = journal_settings.path.read_bytes()
    for table, column in (
        ("entries", "data"),
        ("entries", "mac"),
        ("entries", "batch"),
        ("subjects", "state"),
        ("meta", "value"),
    ):
        for value in (None, b"\x00\xff", 1.5, "text"):
            put_by_force(journal_settings.path, table, column, value)
            assert not verify(journal_settings.path, journal_settings.key_file).ok, (table, column, value)
            with contextlib.suppress(JournalError):
                # A start may miss what only `verify` sees; it fails in no other way.
                await (await open_journal(journal_settings, clock)).close()
            journal_settings.path.write_bytes(original)


def put_by_force(path: Path, table: str, column: str, value: object) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        (sql,) = db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
        loose = sql.replace("STRICT, ", "").replace("STRICT", "").replace("NOT NULL", "")
        set_sql(db, table, loose)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f"DROP TRIGGER {name}")
        db.execute("PRAGMA ignore_check_constraints = ON")
        db.execute(f"UPDATE {table} SET {column} = ?", (value,))  # noqa: S608
        for _, trigger in triggers:
            db.execute(trigger)
        set_sql(db, table, sql)


def set_sql(db: sqlite3.Connection, table: str, sql: str) -> None:
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, table))
    db.execute("PRAGMA writable_schema = RESET")


async def test_a_cancelled_opening_lets_go(journal_settings: JournalSettings, clock: FakeClock) -> None:
    opening = asyncio.create_task(open_journal(journal_settings, clock))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    for thread in threading.enumerate():
        if thread.name.startswith("journal"):
            await asyncio.to_thread(thread.join)
    journal = await open_journal(journal_settings, clock)
    assert await journal.count() == 0
    await journal.append(Note("kiosk.started"))
    await journal.close()
