"""What the journal wants set."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

RESERVE_BYTES: Final = 8 * 1024 * 1024
"""A sale takes some 10 kB with its share of indexes and of the write-ahead log: room for hundreds of them."""


class CommitPoint(StrEnum):
    """The moments of one append between which a power cut makes a difference."""

    BEFORE_COMMIT = "before_commit"
    COMMITTED = "committed"
    """The rows are durable, the head does not know them yet, and nobody has acted on them."""
    SEALED = "sealed"
    """The head is durable too; the caller is about to be told."""


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """`path` is the database; the key is a file of 32 bytes that only its owner may read, made with the journal.

    `head_file` (default: beside the database, suffix `.head`) holds count and last MAC; keep it on another disk
    where there is one. `max_pages` caps the database in SQLite pages, as a full disk would.
    """

    path: Path
    key_file: Path
    head_file: Path | None = None
    reserve_bytes: int = RESERVE_BYTES
    max_pages: int | None = None
    at_point: Callable[[CommitPoint, int], None] | None = None
    """Called in the journal's thread with the number of the batch's last entry; tests cut the power here."""
    connection: type[sqlite3.Connection] = sqlite3.Connection
    """Class of the connection; tests give one whose disk fails."""

    @property
    def head_path(self) -> Path:
        return head_path_of(self.path, self.head_file)


def head_path_of(path: Path, head_file: Path | None) -> Path:
    return head_file if head_file is not None else path.with_suffix(".head")
