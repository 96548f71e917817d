"""Money that came in and went back, a row each: a day's closing reads that day's rows and not the whole journal.

`received`: a Pix reached the account, or a card was approved. `undone`: a card's approval was undone before it was
final. `given_back`: a refund, a void or a Pix of ours is carried out. Their moment is the entry's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from totem.domain.machine import CompensationState, Machine, SettlementState
from totem.domain.money import Currency
from totem.domain.records import JsonValue
from totem.services.journal.chain import Row
from totem.services.journal.codec import decode_data

RECEIVED_KINDS: Final = frozenset({"pix.received", "card.received"})
"""Notes of money that reached us: `unique` is the reference (endToEndId, NSU) that a compensation names."""

COLUMNS: Final = """(
        seq INTEGER PRIMARY KEY REFERENCES entries (seq),
        at TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('received', 'undone', 'given_back')),
        provider TEXT NOT NULL,
        method TEXT NOT NULL,
        currency TEXT NOT NULL,
        sale_id TEXT NOT NULL,
        amount_cents INTEGER NOT NULL
    ) STRICT"""
INDEX: Final = "CREATE INDEX movements_by_time ON movements (at)"

_OF_MONEY: Final = (
    "SELECT seq, batch, at, kind, machine, sale_id, subject_id, expected, state, unique_key, data FROM entries"
    " WHERE kind IN ('pix.received', 'card.received') OR (machine = 'settlement' AND state = 'undone')"
    " OR (machine = 'compensation' AND state = 'done') ORDER BY seq"
)


def project_movement(db: sqlite3.Connection, row: Row) -> None:
    """Lay the entry down, where it moved money; its subjects are up to date by then."""
    if row.kind in RECEIVED_KINDS:
        _add(db, row, "received", _data_of(db, row.subject_id), decode_data(row.data))
    elif row.machine == Machine.SETTLEMENT and row.state == SettlementState.UNDONE:
        attempt = _data_of(db, str(_data_of(db, row.subject_id).get("attempt", "")))
        _add(db, row, "undone", attempt, {"amount_cents": attempt.get("received_cents")})
    elif row.machine == Machine.COMPENSATION and row.state == CompensationState.DONE:
        compensation = _data_of(db, row.subject_id)
        paid_by = {"method": "pix", **_data_of(db, str(compensation.get("reference", "")))}
        _add(db, row, "given_back", {**paid_by, "provider": compensation.get("provider")}, compensation)


def fill(db: sqlite3.Connection) -> None:
    """Every movement of a journal that was written before there was this table."""
    for values in db.execute(_OF_MONEY).fetchall():
        project_movement(db, Row(*values))


def make_up(db: sqlite3.Connection) -> None:
    """Movements for a reader of a journal that has not got them yet: a temporary table, gone with the connection."""
    there = db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'movements'").fetchone()
    if there is None:
        db.execute(f"CREATE TEMP TABLE movements {COLUMNS}")
        fill(db)


def _data_of(db: sqlite3.Connection, subject_id: str) -> dict[str, JsonValue]:
    row = db.execute("SELECT data FROM subjects WHERE id = ?", (subject_id,)).fetchone()
    return {} if row is None else decode_data(row[0])


def _add(
    db: sqlite3.Connection, row: Row, kind: str, of: Mapping[str, JsonValue], moved: Mapping[str, JsonValue]
) -> None:
    """`of` is the attempt: whose money it is. A note of a stray Pix says its bank itself."""
    amount_cents = moved.get("amount_cents")
    if not isinstance(amount_cents, int) or isinstance(amount_cents, bool):
        return  # a table's own rule refuses it where money may not be without an amount
    provider = of.get("provider") or moved.get("provider") or ""
    db.execute(
        "INSERT INTO movements VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.seq,
            row.at,
            kind,
            str(provider),
            str(of.get("method") or ("pix" if row.kind == "pix.received" else "")),
            str(of.get("currency") or Currency.BRL.name),
            row.sale_id,
            amount_cents,
        ),
    )
