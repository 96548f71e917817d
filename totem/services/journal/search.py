"""Sales by what a technician has in hand, read from one snapshot: the running kiosk is not held up by it. Blocking."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from totem.domain.machine import Machine
from totem.domain.records import Subject
from totem.services.journal import reader
from totem.services.journal.codec import encode_time
from totem.services.journal.verify import open_snapshot

_BY_REFERENCE_LENGTH: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """Any of these finds a sale; all empty finds the latest. `since` and `until` (exclusive) narrow it by its birth."""

    exact: str = ""
    """A sale's whole id, a txid, an endToEndId, the id of a refund."""
    reference: str = ""
    """The last six letters of a sale's id."""
    number: int | None = None
    amount_cents: int | None = None
    nsu: str = ""
    """Without leading zeros."""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Nothing but the time is asked for."""
        return not (self.exact or self.reference or self.nsu) and self.number is None and self.amount_cents is None


def find_sales(path: Path, wanted: Wanted, limit: int) -> tuple[tuple[Subject, ...], ...]:
    """All subjects of each sale found, newest sale first. Raises sqlite3.Error or OSError."""
    with open_snapshot(path) as db:
        ids = dict.fromkeys(sale_id for question in _questions(db, wanted, limit) for sale_id in question)
        sales = [subjects for sale_id in ids if (subjects := reader.of_sale(db, sale_id)) and _fits(subjects, wanted)]
    sales.sort(key=_born_at, reverse=True)
    return tuple(sales[:limit])


def _questions(db: sqlite3.Connection, wanted: Wanted, limit: int) -> Iterator[list[str]]:
    since = encode_time(wanted.since) if wanted.since is not None else ""
    until = encode_time(wanted.until) if wanted.until is not None else "~"  # after every digit
    sales = "SELECT sale_id FROM subjects WHERE machine = 'sale' AND born_at >= ? AND born_at < ?"
    newest = "ORDER BY born_at DESC LIMIT ?"
    if wanted.is_open:
        yield _ids(db, f"{sales} {newest}", since, until, limit)
    if wanted.exact:
        yield _ids(db, "SELECT sale_id FROM subjects WHERE id = ?", wanted.exact)
        yield _ids(
            db, "SELECT e.sale_id FROM received r JOIN entries e ON e.seq = r.seq WHERE r.reference = ?", wanted.exact
        )
    if wanted.reference:
        tail = f"AND substr(id, -{_BY_REFERENCE_LENGTH}) = ?"
        yield _ids(db, f"{sales} {tail} {newest}", since, until, wanted.reference, limit)
    if wanted.number is not None:
        numbers = "SELECT s.sale_id FROM tickets t JOIN subjects s ON s.id = t.subject_id WHERE t.number = ?"
        yield _ids(db, f"{numbers} ORDER BY t.day DESC LIMIT ?", wanted.number, limit)
    if wanted.amount_cents is not None:
        cents = "AND json_extract(data, '$.amount_cents') = ?"
        yield _ids(db, f"{sales} {cents} {newest}", since, until, wanted.amount_cents, limit)
    if wanted.nsu:
        attempts = sales.replace("'sale'", "'attempt'")
        nsu = "AND ltrim(json_extract(data, '$.nsu'), '0') = ?"
        yield _ids(db, f"{attempts} {nsu} {newest}", since, until, wanted.nsu, limit)


def _ids(db: sqlite3.Connection, question: str, *values: str | int) -> list[str]:
    return [row[0] for row in db.execute(question, values)]


def _fits(subjects: tuple[Subject, ...], wanted: Wanted) -> bool:
    """It is a sale, and one of the time that is asked for."""
    if not any(each.machine is Machine.SALE for each in subjects):
        return False
    born_at = _born_at(subjects)
    return (wanted.since is None or born_at >= wanted.since) and (wanted.until is None or born_at < wanted.until)


def _born_at(subjects: tuple[Subject, ...]) -> datetime:
    return min(each.born_at for each in subjects)
