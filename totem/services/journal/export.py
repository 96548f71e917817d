"""The journal for others: one row an entry, as CSV or as JSON lines, without the sealed receipts of cards."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from totem.domain.day import DaySpan
from totem.domain.records import JsonValue
from totem.services.journal.codec import decode_data, encode_time
from totem.services.journal.verify import open_snapshot

COLUMNS: Final = ("seq", "at", "kind", "sale_id", "subject_id", "expected", "state", "unique_key", "data")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_SEALED: Final = "receipts"
"""Of an attempt and of a ticket: of no use to anybody without the journal's key."""


def export_csv(path: Path, out: TextIO, span: DaySpan | None = None) -> int:
    """Write a heading and every entry to `out` (opened with `newline=""`); returns how many entries.

    `span` leaves out the entries of other days.
    """
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row, data in _rows(path, span):
        text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        writer.writerow([harmless(value) for value in (*row, text)])
        count += 1
    return count


def export_json_lines(path: Path, out: TextIO, span: DaySpan | None = None) -> int:
    """Write one JSON object a line, its `data` as an object; returns how many entries."""
    count = 0
    for row, data in _rows(path, span):
        out.write(json.dumps(dict(zip(COLUMNS, (*row, data), strict=True)), ensure_ascii=False) + "\n")
        count += 1
    return count


def harmless(value: int | str) -> int | str:
    """A spreadsheet would run a cell that begins like a formula; a quote makes it text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _rows(path: Path, span: DaySpan | None) -> Iterator[tuple[list[int | str], dict[str, JsonValue]]]:
    """Raises sqlite3.Error or OSError where the journal cannot be read."""
    with open_snapshot(path) as db:
        for *values, data in _entries(db, span):
            yield values, {name: value for name, value in decode_data(data).items() if name != _SEALED}


def _entries(db: sqlite3.Connection, span: DaySpan | None) -> sqlite3.Cursor:
    columns = f"SELECT {', '.join(COLUMNS)} FROM entries"  # noqa: S608 - names of our own
    if span is None:
        return db.execute(f"{columns} ORDER BY seq")
    window = encode_time(span.begins), encode_time(span.ends)
    return db.execute(f"{columns} WHERE at >= ? AND at < ? ORDER BY seq", window)
