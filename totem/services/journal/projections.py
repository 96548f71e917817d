"""What follows from one entry: the same code when it is written and when `verify` replays it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from totem.domain import machine as machines
from totem.domain.errors import IllegalTransition, StaleState
from totem.domain.machine import Machine
from totem.domain.records import JsonValue
from totem.services.journal.chain import Row
from totem.services.journal.codec import decode_data, merge_data
from totem.services.journal.movements import RECEIVED_KINDS, project_movement

_UNIQUE: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})


def project(db: sqlite3.Connection, row: Row) -> None:
    """Lay the entry over the projections.

    Raises StaleState for another state than expected and for what is there already, IllegalTransition for what a
    table or a rule refuses; the caller rolls back.
    """
    try:
        if row.machine:
            _step(db, row)
        else:
            _note(db, row)
        project_movement(db, row)
    except sqlite3.IntegrityError as error:
        what = f"{row.kind} {row.subject_id or row.unique_key}: {error}"
        if error.sqlite_errorcode in _UNIQUE:
            raise StaleState(what) from error
        raise IllegalTransition(what) from error
    except OverflowError as error:
        raise IllegalTransition(f"{row.kind} {row.subject_id}: a number is out of range") from error


def _step(db: sqlite3.Connection, row: Row) -> None:
    machine = Machine(row.machine)
    stored = db.execute("SELECT machine, sale_id, state, data FROM subjects WHERE id = ?", (row.subject_id,)).fetchone()
    current = None if stored is None else str(stored[2])
    if stored is not None and stored[:2] != (row.machine, row.sale_id):
        raise IllegalTransition(f"{row.subject_id} is a {stored[0]} of sale {stored[1]}")
    if current != (row.expected or None):
        raise StaleState(f"{machine} {row.subject_id} is {current or 'not born'}, not {row.expected or 'unborn'}")
    state = machines.apply(machine, current, row.state)
    if stored is None:
        data = row.data
        db.execute(
            "INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.subject_id, row.machine, row.sale_id, state, data, row.at, row.at, row.seq, row.seq),
        )
    else:
        data = merge_data(stored[3], row.data)
        db.execute(
            "UPDATE subjects SET state = ?, data = ?, updated_at = ?, last_seq = ? WHERE id = ?",
            (state, data, row.at, row.seq, row.subject_id),
        )
    if machine is Machine.TICKET:
        _ticket(db, row.subject_id, decode_data(data))
    elif machine is Machine.COMPENSATION:
        _compensation(db, row.subject_id, state, decode_data(data))


def _ticket(db: sqlite3.Connection, subject_id: str, data: Mapping[str, JsonValue]) -> None:
    if data.get("number") is None and data.get("day") is None:
        return
    day, number = _text(data, "day"), _whole(data, "number")
    db.execute(
        "INSERT INTO tickets VALUES (?, ?, ?) ON CONFLICT (subject_id) DO UPDATE"
        " SET day = excluded.day, number = excluded.number WHERE (day, number) <> (excluded.day, excluded.number)",
        (subject_id, day, number),
    )


def _compensation(db: sqlite3.Connection, subject_id: str, state: str, data: Mapping[str, JsonValue]) -> None:
    reference, amount_cents = _text(data, "reference"), _whole(data, "amount_cents")
    db.execute(
        "INSERT INTO compensations VALUES (?, ?, ?, ?) ON CONFLICT (subject_id) DO UPDATE"
        " SET reference = excluded.reference, amount_cents = excluded.amount_cents, state = excluded.state",
        (subject_id, reference, amount_cents, state),
    )


def _note(db: sqlite3.Connection, row: Row) -> None:
    if row.kind in RECEIVED_KINDS:
        amount_cents = _whole(decode_data(row.data), "amount_cents")
        db.execute("INSERT INTO received VALUES (?, ?, ?)", (row.unique_key, amount_cents, row.seq))
    if row.unique_key:
        db.execute("INSERT INTO notes_unique VALUES (?, ?, ?)", (row.kind, row.unique_key, row.seq))


def _text(data: Mapping[str, JsonValue], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise IllegalTransition(f"{key} must be text, not {value!r}")
    return value


def _whole(data: Mapping[str, JsonValue], key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise IllegalTransition(f"{key} must be a whole number, not {value!r}")
    return value
