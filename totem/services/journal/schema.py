"""The tables, and how an older database becomes one of this version.

`entries` is the journal. All other tables are projections of it, written in the same transaction so that the
database itself can refuse what must not be, and rebuilt from the entries by `verify`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Final

from totem.domain.errors import JournalBroken, JournalTooNew
from totem.services.journal import movements

APPLICATION_ID: Final = 0x544F5445
"""`PRAGMA application_id`, "TOTE": no other program's database is taken for a journal."""

SELECT_ENTRIES: Final = (
    "SELECT seq, batch, at, kind, machine, sale_id, subject_id, expected, state, unique_key, data, mac FROM entries"
)
"""The columns that the MAC covers, in its order, and the MAC."""

PROJECTIONS: Final[Mapping[str, str]] = {
    "subjects": "id",
    "notes_unique": "kind, unique_key",
    "tickets": "subject_id",
    "received": "reference",
    "compensations": "subject_id",
    "movements": "seq",
}
"""Each projection with the columns that order it."""

_TABLES: Final = (
    """CREATE TABLE meta (
        name TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE entries (
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        batch INTEGER NOT NULL CHECK (batch BETWEEN 1 AND seq),
        at TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind <> ''),
        machine TEXT NOT NULL,
        sale_id TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        expected TEXT NOT NULL,
        state TEXT NOT NULL,
        unique_key TEXT NOT NULL,
        data TEXT NOT NULL,
        mac BLOB NOT NULL CHECK (length(mac) = 32)
    ) STRICT""",
    """CREATE TABLE subjects (
        id TEXT PRIMARY KEY CHECK (id <> ''),
        machine TEXT NOT NULL,
        sale_id TEXT NOT NULL,
        state TEXT NOT NULL,
        data TEXT NOT NULL,
        born_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        born_seq INTEGER NOT NULL REFERENCES entries (seq),
        last_seq INTEGER NOT NULL REFERENCES entries (seq)
    ) STRICT""",
    """CREATE TABLE notes_unique (
        kind TEXT NOT NULL,
        unique_key TEXT NOT NULL,
        seq INTEGER NOT NULL REFERENCES entries (seq),
        PRIMARY KEY (kind, unique_key)
    ) STRICT, WITHOUT ROWID""",
    # A day's number is on one paper only; a second copy is the same ticket sent again.
    """CREATE TABLE tickets (
        subject_id TEXT PRIMARY KEY REFERENCES subjects (id),
        day TEXT NOT NULL CHECK (day <> ''),
        number INTEGER NOT NULL CHECK (number > 0),
        UNIQUE (day, number)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE received (
        reference TEXT PRIMARY KEY CHECK (reference <> ''),
        amount_cents INTEGER NOT NULL CHECK (amount_cents BETWEEN 1 AND 9999999999),
        seq INTEGER NOT NULL REFERENCES entries (seq)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE compensations (
        subject_id TEXT PRIMARY KEY REFERENCES subjects (id),
        reference TEXT NOT NULL CHECK (reference <> ''),
        amount_cents INTEGER NOT NULL CHECK (amount_cents BETWEEN 1 AND 9999999999),
        state TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)

_INDEXES: Final = (
    "CREATE INDEX entries_of_sale ON entries (sale_id, seq)",
    "CREATE INDEX subjects_by_state ON subjects (machine, state, born_seq)",
    "CREATE INDEX subjects_of_sale ON subjects (sale_id, born_seq)",
    "CREATE INDEX subjects_by_birth ON subjects (machine, born_at)",
    "CREATE INDEX compensations_of_reference ON compensations (reference)",
    """CREATE UNIQUE INDEX compensations_one_open ON compensations (reference)
        WHERE state IN ('intended', 'sent', 'unknown')""",
)


def _refuse(name: str, event: str, sentence: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{sentence}'); END"


_KEPT: Final = tuple(
    _refuse(f"{table}_{verb.lower()}", f"{verb} ON {table}", f"{table} is append-only")
    for table in ("entries", "notes_unique", "received")
    for verb in ("UPDATE", "DELETE")
) + tuple(
    _refuse(f"{table}_delete", f"DELETE ON {table}", f"nothing is removed from {table}")
    for table in ("meta", "subjects", "tickets", "compensations")
)

_TOO_MUCH: Final = """
    WHEN NEW.state <> 'refused' AND
        (SELECT sum(amount_cents) FROM compensations WHERE reference = NEW.reference AND state <> 'refused')
        > coalesce((SELECT amount_cents FROM received WHERE reference = NEW.reference), 0)
    BEGIN SELECT RAISE(ABORT, 'more would be given back than was received'); END"""

_RULES: Final = (
    # REPLACE would delete without firing the trigger above; this also keeps the numbers without a gap.
    """CREATE TRIGGER entries_in_order BEFORE INSERT ON entries
        WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
        BEGIN SELECT RAISE(ABORT, 'entries are only added at the end'); END""",
    _refuse("meta_update", "UPDATE ON meta WHEN OLD.name <> 'schema_version'", "the journal was born once"),
    f"CREATE TRIGGER compensations_insert_limit AFTER INSERT ON compensations {_TOO_MUCH}",
    f"CREATE TRIGGER compensations_update_limit AFTER UPDATE ON compensations {_TOO_MUCH}",
    _refuse(
        "compensations_fixed",
        "UPDATE ON compensations WHEN NEW.reference <> OLD.reference OR NEW.amount_cents <> OLD.amount_cents",
        "amount and reference of a compensation are fixed at its birth",
    ),
)

Migration = Callable[[sqlite3.Connection], None]


def _to_version_1(db: sqlite3.Connection) -> None:
    for statement in (*_TABLES, *_INDEXES, *_KEPT, *_RULES):
        db.execute(statement)


def _to_version_2(db: sqlite3.Connection) -> None:
    """Movements: a day's closing no longer reads the whole journal."""
    db.execute(f"CREATE TABLE movements {movements.COLUMNS}")
    db.execute(movements.INDEX)
    movements.fill(db)
    for verb in ("UPDATE", "DELETE"):
        db.execute(_refuse(f"movements_{verb.lower()}", f"{verb} ON movements", "movements is append-only"))


MIGRATIONS: Final[tuple[Migration, ...]] = (_to_version_1, _to_version_2)
"""In order; the n-th (from 1) makes version n of version n - 1. One that was released is never changed."""

SCHEMA_VERSION: Final = len(MIGRATIONS)

SchemaObjects = frozenset[tuple[str, str, str, str | None]]


def version_of(db: sqlite3.Connection) -> int:
    """Raises JournalTooNew, or JournalBroken where another program made the database."""
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if not application and not version:
        if objects_of(db):
            raise JournalBroken("the database is not a journal")
        return 0
    if application != APPLICATION_ID:
        raise JournalBroken("the database belongs to another program")
    if version > SCHEMA_VERSION:
        raise JournalTooNew(f"the journal has version {version}, this program knows {SCHEMA_VERSION}")
    return int(version)


def migrate(db: sqlite3.Connection, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Bring the database to the last version, inside the caller's transaction."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for migration in migrations[version:]:
        migration(db)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(migrations)}")
    db.execute(
        "INSERT INTO meta VALUES ('schema_version', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (str(len(migrations)),),
    )


def objects_of(db: sqlite3.Connection) -> SchemaObjects:
    """Every table, index and trigger with the SQL that made it."""
    rows = db.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    return frozenset((str(kind), str(name), str(table), sql) for kind, name, table, sql in rows)


def scratch(path: str = ":memory:", version: int = SCHEMA_VERSION) -> sqlite3.Connection:
    """An empty database with that version's tables; path "" keeps it in a temporary file that SQLite removes."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    db.execute("BEGIN")
    migrate(db, MIGRATIONS[:version])
    db.execute("COMMIT")
    return db


def expected_objects(version: int = SCHEMA_VERSION) -> SchemaObjects:
    db = scratch(version=version)
    try:
        return objects_of(db)
    finally:
        db.close()
