"""The journal for others: one row an entry, as CSV or as JSON lines."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from totem.services.journal.codec import decode_data
from totem.services.journal.verify import open_snapshot

COLUMNS: Final = ("seq", "at", "kind", "sale_id", "subject_id", "expected", "state", "unique_key", "data")

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def export_csv(path: Path, out: TextIO) -> int:
    """Write a heading and every entry to `out` (opened with `newline=""`); returns how many entries."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    count = 0
    for row in _rows(path):
        writer.writerow([_harmless(value) for value in row])
        count += 1
    return count


def export_json_lines(path: Path, out: TextIO) -> int:
    """Write one JSON object a line, its `data` as an object; returns how many entries."""
    count = 0
    for row in _rows(path):
        entry: dict[str, object] = dict(zip(COLUMNS, row, strict=True))
        entry["data"] = decode_data(str(row[-1]))
        out.write(json.dumps(entry, ensure_ascii=False) + "\n")
        count += 1
    return count


def _rows(path: Path) -> Iterator[tuple[int | str, ...]]:
    """Raises sqlite3.Error or OSError where the journal cannot be read."""
    with open_snapshot(path) as db:
        yield from db.execute(
            "SELECT seq, at, kind, sale_id, subject_id, expected, state, unique_key, data FROM entries ORDER BY seq"
        )


def _harmless(value: int | str) -> int | str:
    """A spreadsheet would run a cell that begins like a formula; a quote makes it text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
