"""Opening or making the journal, with the checks that every start can afford.

The cost is the same for a journal of any length: birth, schema, head and the newest entries. `verify` reads it all.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sqlite3
from collections.abc import Iterator
from typing import Final

from totem.domain.errors import JournalBroken, JournalWriteFailed
from totem.services.journal.chain import Row, entry_mac, genesis_mac, same_mac
from totem.services.journal.disk import Reserve, as_write_error
from totem.services.journal.files import sync_directory
from totem.services.journal.head import HeadFile, create_head
from totem.services.journal.key import create_key, load_key
from totem.services.journal.lock import OwnerLock
from totem.services.journal.schema import (
    SCHEMA_VERSION,
    SELECT_ENTRIES,
    expected_objects,
    migrate,
    objects_of,
    version_of,
)
from totem.services.journal.settings import JournalSettings
from totem.services.journal.writer import Writer

log = logging.getLogger(__name__)

CHECKED_AT_START: Final = 256
"""Entries at the end of the chain whose MACs are computed anew at every start."""

_BROKEN: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})
_OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables


def open_writer(settings: JournalSettings, at: str) -> Writer:
    """Raises AlreadyRunning, JournalBroken, JournalTooNew, DiskFull or JournalWriteFailed."""
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise JournalWriteFailed(f"SQLite {sqlite3.sqlite_version} is too old: 3.37 or newer is needed")
    with contextlib.ExitStack() as undo:
        try:
            lock = OwnerLock(settings.path.with_suffix(".lock"))
            undo.callback(lock.release)
            writer = _open_locked(settings, at, lock, undo)
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
                raise JournalBroken(f"SQLite cannot read the journal: {error}") from error
            raise as_write_error(error, settings.path.parent) from error
        except UnicodeDecodeError as error:
            raise JournalBroken("the journal's file holds what is not text") from error
        except OSError as error:
            raise as_write_error(error) from error
        undo.pop_all()
        return writer


def _open_locked(settings: JournalSettings, at: str, lock: OwnerLock, undo: contextlib.ExitStack) -> Writer:
    path, head_path = settings.path, settings.head_path
    has_database = path.exists() and path.stat().st_size > 0
    if has_database:
        _refuse_newer(settings)
    key = _key(settings, has_database)
    if not head_path.exists():
        if has_database:
            raise JournalBroken(f"the journal's head {head_path} is missing: cut-off entries could not be found")
        # The head is born first: from then on a database that vanishes is missed.
        journal_id = secrets.token_hex(16)
        create_head(head_path, key, journal_id, genesis_mac(key, journal_id, at))
    head = HeadFile(head_path, key)
    undo.callback(head.close)
    db = _connect(settings)
    undo.callback(db.close)
    if version_of(db) == 0:
        _create(settings, db, key, head, at)
    else:
        _migrate(db)
    _check_birth(db, head)
    _check_end(db, key, head)
    if settings.max_pages is not None:
        db.execute(f"PRAGMA max_page_count = {settings.max_pages:d}")
    return Writer(settings, key, db, head, Reserve(path.with_suffix(".reserve"), settings.reserve_bytes), lock)


def _refuse_newer(settings: JournalSettings) -> None:
    """First of all: a newer program may keep key and head otherwise."""
    db = sqlite3.connect(settings.path, isolation_level=None)
    try:
        version_of(db)
    finally:
        db.close()


def _key(settings: JournalSettings, has_database: bool) -> bytes:
    if settings.key_file.exists() or has_database or settings.head_path.exists():
        return load_key(settings.key_file)
    return create_key(settings.key_file)


def _connect(settings: JournalSettings) -> sqlite3.Connection:
    settings.path.touch(mode=0o600)  # SQLite gives its other files the same mode
    db = sqlite3.connect(settings.path, isolation_level=None, factory=settings.connection)
    try:
        (mode,) = db.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise JournalWriteFailed(f"the journal's file system has no write-ahead log (mode {mode})")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA recursive_triggers = ON")  # REPLACE deletes; so the triggers see it
        db.execute("PRAGMA busy_timeout = 5000")
        db.execute("PRAGMA journal_size_limit = 4194304")
    except BaseException:
        db.close()
        raise
    return db


def _create(settings: JournalSettings, db: sqlite3.Connection, key: bytes, head: HeadFile, at: str) -> None:
    if head.current.count:
        raise JournalBroken(f"{head.current.count} entries are gone: the database is empty, its head is not")
    journal_id = head.current.journal_id
    # Both slots: a cut after the head's birth may have left it with an earlier moment of birth.
    for _ in range(2):
        head.advance(0, genesis_mac(key, journal_id, at))
    with transaction(db):
        migrate(db)
        db.executemany("INSERT INTO meta VALUES (?, ?)", (("journal_id", journal_id), ("created_at", at)))
    sync_directory(settings.path.parent)


def _migrate(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    with transaction(db):
        migrate(db)
    log.info("journal migrated from version %d to %d", version, SCHEMA_VERSION)


def _check_birth(db: sqlite3.Connection, head: HeadFile) -> None:
    if objects_of(db) != expected_objects():
        raise JournalBroken("tables, indexes or triggers of the journal were changed")
    meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
    if meta.get("journal_id") != head.current.journal_id:
        raise JournalBroken("the head belongs to another journal")


def _check_end(db: sqlite3.Connection, key: bytes, head: HeadFile) -> None:
    """The newest entries hold, and the head is at most one batch behind them; if so, move it on."""
    (count,) = db.execute("SELECT coalesce(max(seq), 0) FROM entries").fetchone()
    sealed = head.current
    if count < sealed.count:
        raise JournalBroken(f"the head counts {sealed.count} entries, the journal has {count}: the rest was cut off")
    first = max(1, min(sealed.count, count - CHECKED_AT_START + 1))
    mac = _mac_before(db, key, first)
    if sealed.count < first and not same_mac(mac, sealed.mac):
        raise JournalBroken("the head does not fit the first entry")
    expected_seq = first
    for *values, stored in db.execute(f"{SELECT_ENTRIES} WHERE seq >= ? ORDER BY seq", (first,)):
        row = Row(*values)
        mac = entry_mac(key, mac, row)
        if row.seq != expected_seq or not same_mac(mac, stored):
            raise JournalBroken(f"entry {row.seq} was changed, or does not follow the one before it")
        if row.seq == sealed.count and not same_mac(mac, sealed.mac):
            raise JournalBroken(f"the head does not fit entry {row.seq}")
        if row.seq > sealed.count and row.batch != sealed.count + 1:
            raise JournalBroken(f"the head is behind by more than one batch at entry {row.seq}")
        expected_seq += 1
    if expected_seq != count + 1:
        raise JournalBroken("entries are missing at the end of the journal")
    if count > sealed.count or not head.was_whole:
        log.warning("the head was at %d of %d entries (cut between commit and head): moved on", sealed.count, count)
        for _ in range(2):
            head.advance(count, mac)


def _mac_before(db: sqlite3.Connection, key: bytes, seq: int) -> bytes:
    if seq == 1:
        meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
        return genesis_mac(key, meta.get("journal_id", ""), meta.get("created_at", ""))
    row = db.execute("SELECT mac FROM entries WHERE seq = ?", (seq - 1,)).fetchone()
    if row is None:
        raise JournalBroken(f"entry {seq - 1} is missing")
    return bytes(row[0])


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            if db.in_transaction:
                db.execute("ROLLBACK")
        raise
