"""The one writer: entries, projections and head, all in the journal's own thread."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from dataclasses import astuple, dataclass
from typing import Final

from totem.domain.errors import DiskFull, JournalBroken, JournalWriteFailed
from totem.domain.machine import Machine
from totem.domain.records import Entry, Note, Record, Step
from totem.services.journal.chain import Row, entry_mac
from totem.services.journal.codec import decode_data, decode_time, encode_data
from totem.services.journal.disk import Reserve, as_write_error, is_full
from totem.services.journal.head import HeadFile
from totem.services.journal.lock import OwnerLock
from totem.services.journal.projections import project
from totem.services.journal.settings import CommitPoint, JournalSettings

log = logging.getLogger(__name__)

MAX_BATCH: Final = 64
SALE_PAGES: Final = 64
"""Pages that a whole sale may take, far more than it does: some thirty entries."""

_UNLIMITED_PAGES: Final = 1_073_741_823
_INSERT: Final = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Draft:
    """A record made ready by its writer: checked, and its data frozen as text."""

    kind: str
    machine: str
    sale_id: str
    subject_id: str
    expected: str
    state: str
    unique_key: str
    data: str


def draft(record: Record) -> Draft:
    """Raises TypeError for data that is no JsonValue, ValueError for a record that cannot be told from another kind."""
    data = encode_data(record.data)
    if isinstance(record, Step):
        if not record.subject_id:
            raise ValueError(f"a step of {record.machine} names no subject")
        machine = Machine(record.machine).value
        return Draft(
            machine, machine, record.sale_id, record.subject_id, str(record.expected or ""), str(record.to), "", data
        )
    return _draft_note(record, data)


def _draft_note(note: Note, data: str) -> Draft:
    if not note.kind or note.kind in set(Machine):
        raise ValueError(f"a note cannot be of kind {note.kind!r}")
    return Draft(note.kind, "", note.sale_id, note.subject_id, "", "", note.unique, data)


class Writer:
    """Owns connection, head, reserve and lock. Every method runs in the thread that opened the connection."""

    def __init__(
        self,
        settings: JournalSettings,
        key: bytes,
        db: sqlite3.Connection,
        head: HeadFile,
        reserve: Reserve,
        lock: OwnerLock,
    ) -> None:
        self.db = db
        self._settings = settings
        self._key = key
        self._head = head
        self._reserve = reserve
        self._lock = lock
        self._unsealed = False
        self._is_limited = settings.max_pages is not None

    @property
    def count(self) -> int:
        return self._head.current.count

    def append(self, drafts: tuple[Draft, ...], at: str) -> tuple[Entry, ...]:
        """All drafts in one transaction, then the head."""
        if len(drafts) > MAX_BATCH:
            raise JournalWriteFailed(f"{len(drafts)} records are over the limit of {MAX_BATCH} in one batch")
        if self._unsealed:
            raise JournalWriteFailed("the head could not be written before: nothing is added until the next start")
        if not drafts:
            return ()
        try:
            rows, mac = self._store(drafts, at)
        except sqlite3.Error as error:
            if not self._may_use_reserve(error):
                raise as_write_error(error, self._settings.path.parent) from error
            rows, mac = self._store_again(drafts, at)
        self._seal(rows[-1].seq, mac)
        return tuple(
            Entry(row.seq, decode_time(row.at), row.kind, row.sale_id, row.subject_id, row.state, decode_data(row.data))
            for row in rows
        )

    def _may_use_reserve(self, error: sqlite3.Error) -> bool:
        # A page limit stands for the disk itself: space on the real one is no help.
        return not self._is_limited and is_full(error, self._settings.path.parent) and self._reserve.release()

    def _store_again(self, drafts: tuple[Draft, ...], at: str) -> tuple[list[Row], bytes]:
        try:
            return self._store(drafts, at)
        except sqlite3.Error as error:
            raise as_write_error(error, self._settings.path.parent) from error

    def _store(self, drafts: tuple[Draft, ...], at: str) -> tuple[list[Row], bytes]:
        """Raises sqlite3.Error with nothing stored; so do the refusals of the projections."""
        rows: list[Row] = []
        mac, first = self._head.current.mac, self.count + 1
        self.db.execute("BEGIN IMMEDIATE")
        try:
            for seq, new in enumerate(drafts, first):
                row = Row(seq, first, at, *astuple(new))
                mac = entry_mac(self._key, mac, row)
                self._insert(row, mac)
                project(self.db, row)
                rows.append(row)
            if self._is_limited:
                self._need_a_page()
            self._reach(CommitPoint.BEFORE_COMMIT, rows[-1].seq)
            self.db.execute("COMMIT")
        except BaseException:
            # Some failures have rolled back by themselves.
            with contextlib.suppress(sqlite3.Error):
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
            raise
        return rows, mac

    def _need_a_page(self) -> None:
        """A full disk takes no frame of the write-ahead log either, while a page limit lets pages that are there
        fill up: so under a limit every append must find one more page, as on the disk that it stands for."""
        for statement in ("SAVEPOINT probe", "CREATE TABLE probe (x)", "ROLLBACK TO probe", "RELEASE probe"):
            self.db.execute(statement)

    def _insert(self, row: Row, mac: bytes) -> None:
        try:
            self.db.execute(_INSERT, (*astuple(row), mac))
        except sqlite3.IntegrityError as error:
            raise JournalBroken(f"entry {row.seq} cannot follow: somebody else wrote to the journal") from error
        except UnicodeEncodeError as error:
            raise JournalWriteFailed(f"entry {row.seq}: an id has no UTF-8 form") from error

    def _seal(self, count: int, mac: bytes) -> None:
        """The rows are committed but not yet told of: should this fail, no row may follow them.

        At the next start they are the one batch ahead of the head that is accepted, and nobody acted on them.
        """
        self._unsealed = True
        try:
            self._reach(CommitPoint.COMMITTED, count)
            self._head.advance(count, mac)
        except OSError as error:
            raise as_write_error(error) from error
        self._unsealed = False
        self._reach(CommitPoint.SEALED, count)

    def _reach(self, point: CommitPoint, seq: int) -> None:
        if self._settings.at_point is not None:
            self._settings.at_point(point, seq)

    # --- room -------------------------------------------------------------------------------------------------------

    def check_room(self) -> None:
        if self._unsealed:
            raise JournalWriteFailed("the head could not be written before: nothing is added until the next start")
        try:
            self._check_pages()
            # Shows a read-only or failing disk before a customer pays.
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise as_write_error(error, self._settings.path.parent) from error
        self._reserve.check()

    def _check_pages(self) -> None:
        (limit,) = self.db.execute("PRAGMA max_page_count").fetchone()
        (used,) = self.db.execute("PRAGMA page_count").fetchone()
        if limit - used < SALE_PAGES:
            raise DiskFull(f"{limit - used} pages left for the journal, {SALE_PAGES} wanted")

    def limit_pages(self, extra_pages: int | None) -> None:
        (used,) = self.db.execute("PRAGMA page_count").fetchone()
        limit = _UNLIMITED_PAGES if extra_pages is None else used + extra_pages
        self.db.execute(f"PRAGMA max_page_count = {limit}")
        self._is_limited = extra_pages is not None

    # --- end --------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Fold the write-ahead log into the database and let go of everything, in this order, whatever fails."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._lock.release)
            stack.callback(self._head.close)
            stack.callback(self.db.close)
            try:
                self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                # Nothing is lost: the log is read at the next start.
                log.warning("the write-ahead log was not folded in: %s", error)
