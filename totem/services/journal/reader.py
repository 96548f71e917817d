"""Questions to the journal, as plain SQL over indexes."""

from __future__ import annotations

import sqlite3
from typing import Final

from totem.domain.machine import Machine
from totem.domain.records import Entry, Subject
from totem.services.journal.codec import decode_data, decode_time

_SUBJECT: Final = "SELECT machine, id, sale_id, state, data, born_at, updated_at FROM subjects "
_ENTRY: Final = "SELECT seq, at, kind, sale_id, subject_id, state, data FROM entries "


def get(db: sqlite3.Connection, subject_id: str) -> Subject | None:
    rows = db.execute(_SUBJECT + "WHERE id = ?", (subject_id,)).fetchall()
    return _subject(rows[0]) if rows else None


def find(db: sqlite3.Connection, machine: Machine, states: tuple[str, ...]) -> tuple[Subject, ...]:
    marks = ", ".join("?" * len(states))
    rows = db.execute(
        _SUBJECT + f"WHERE machine = ? AND state IN ({marks}) ORDER BY born_seq",
        (machine.value, *map(str, states)),
    )
    return tuple(_subject(row) for row in rows)


def of_sale(db: sqlite3.Connection, sale_id: str) -> tuple[Subject, ...]:
    return tuple(_subject(row) for row in db.execute(_SUBJECT + "WHERE sale_id = ? ORDER BY born_seq", (sale_id,)))


def entries(db: sqlite3.Connection, sale_id: str) -> tuple[Entry, ...]:
    return tuple(_entry(row) for row in db.execute(_ENTRY + "WHERE sale_id = ? ORDER BY seq", (sale_id,)))


def last_note(db: sqlite3.Connection, kind: str, sale_id: str) -> Entry | None:
    row = db.execute(_ENTRY + "WHERE sale_id = ? AND kind = ? ORDER BY seq DESC LIMIT 1", (sale_id, kind)).fetchone()
    return _entry(row) if row else None


def is_noted(db: sqlite3.Connection, kind: str, unique: str) -> bool:
    row = db.execute("SELECT 1 FROM notes_unique WHERE kind = ? AND unique_key = ?", (kind, unique)).fetchone()
    return row is not None


def highest_ticket_number(db: sqlite3.Connection, day: str) -> int:
    (number,) = db.execute("SELECT coalesce(max(number), 0) FROM tickets WHERE day = ?", (day,)).fetchone()
    return int(number)


def _entry(row: tuple[int, str, str, str, str, str, str]) -> Entry:
    seq, at, kind, sale_id, subject_id, state, data = row
    return Entry(seq, decode_time(at), kind, sale_id, subject_id, state, decode_data(data))


def _subject(row: tuple[str, str, str, str, str, str, str]) -> Subject:
    machine, subject_id, sale_id, state, data, born_at, updated_at = row
    return Subject(
        Machine(machine), subject_id, sale_id, state, decode_data(data), decode_time(born_at), decode_time(updated_at)
    )
