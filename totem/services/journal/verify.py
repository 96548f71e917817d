"""Reading the whole journal and trusting none of it.

Every entry's MAC is computed anew, all entries are replayed through the machines into a scratch database, and every
row of every table is compared with what came out. Works on a running kiosk's journal too: it reads one snapshot.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final
from urllib.parse import quote

from totem.domain.errors import IllegalTransition, JournalError, StaleState
from totem.services.journal.chain import Row, entry_mac, genesis_mac, same_mac
from totem.services.journal.codec import decode_data, decode_time
from totem.services.journal.head import Head, HeadReading, read_head
from totem.services.journal.key import load_key
from totem.services.journal.projections import project
from totem.services.journal.schema import (
    PROJECTIONS,
    SCHEMA_VERSION,
    SELECT_ENTRIES,
    expected_objects,
    objects_of,
    scratch,
    version_of,
)
from totem.services.journal.settings import head_path_of

MAX_FAULTS: Final = 100
"""Where more is wrong, the rest is not listed."""
_STEPS_BETWEEN_QUESTIONS: Final = 50_000
"""Of SQLite's virtual machine: a few milliseconds."""
_ENTRIES_BETWEEN_QUESTIONS: Final = 64


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """`faults` are sentences for a technician; `notes` tell what is no fault, such as a cut between commit and head."""

    ok: bool
    entries: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()
    finished: bool = True
    """Whether all of it was read: one that was given up found no fault so far."""


GiveUp = Callable[[], bool]
OnProgress = Callable[[int, int], None]
"""Called now and then with the entries that are checked, and how many there are."""


class _GivenUpError(Exception):
    """Whoever asked does not wait any longer."""


def verify(
    path: Path,
    key_file: Path,
    head_file: Path | None = None,
    give_up: GiveUp | None = None,
    on_progress: OnProgress = lambda _, __: None,
) -> VerifyReport:
    """Check everything. Never raises for what it finds; blocking, and as long as the journal is.

    `give_up` is asked many times a second: once it is true, the rest is left unread.
    """
    check = _Check(path, head_path_of(path, head_file), give_up or (lambda: False), on_progress)
    try:
        check.run(load_key(key_file))
    except _GivenUpError:
        check.finished = False
    except JournalError as error:
        check.fault(str(error))
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        # SQLite names spoiled parts in its messages, and their names need not be text.
        check.fault(f"the journal cannot be read: {error}")
    return check.report()


@contextlib.contextmanager
def open_snapshot(path: Path) -> Iterator[sqlite3.Connection]:
    """One unchanging view of the journal, opened read-only. Raises sqlite3.Error, or OSError where it is missing."""
    path.stat()
    uri = f"file:{quote(str(path.absolute()))}?mode=ro"
    with contextlib.closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as db:
        try:
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            # A folder in which nothing can be made: only a journal at rest, whose log is folded in, is read there.
            log = path.with_name(path.name + "-wal")
            if log.exists() and log.stat().st_size:
                raise
        else:
            yield db
            return
    with contextlib.closing(sqlite3.connect(uri + "&immutable=1", uri=True, isolation_level=None)) as db:
        yield db


class _Check:
    def __init__(self, path: Path, head_path: Path, gives_up: GiveUp, on_progress: OnProgress) -> None:
        self.finished = True
        self._on_progress = on_progress
        self._gives_up = gives_up
        self._path = path
        self._head_path = head_path
        self._faults: list[str] = []
        self._notes: list[str] = []
        self._entries = 0
        self._last_batch = 0
        self._version = SCHEMA_VERSION
        self._macs: dict[int, bytes] = {}
        """The computed MACs at the counts that the heads name."""

    def fault(self, sentence: str) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.append(sentence)

    def report(self) -> VerifyReport:
        return VerifyReport(not self._faults, self._entries, tuple(self._faults), tuple(self._notes), self.finished)

    def run(self, key: bytes) -> None:
        # The head is read on both sides of the snapshot: a running kiosk moves on in between.
        before = self._read_head(key)
        with open_snapshot(self._path) as db, contextlib.closing(scratch("")) as replay:
            after = self._read_head(key)
            self._check_file(db)
            self._go_on()
            journal_id, genesis = self._check_birth(db, key)
            heads = [head for head in (before.newest, before.older, after.newest, after.older) if head is not None]
            replayed = self._walk(db, key, genesis, replay, {head.count for head in heads})
            if replayed:
                self._compare(db, replay)
            self._check_heads(journal_id, heads)
            self._check_reach(before.newest, after.newest)

    def _go_on(self) -> None:
        if self._gives_up():
            raise _GivenUpError

    # --- the file ---------------------------------------------------------------------------------------------------

    def _read_head(self, key: bytes) -> HeadReading:
        try:
            reading = read_head(self._head_path, key)
        except OSError as error:
            self.fault(f"the head {self._head_path} cannot be read: {error.strerror}")
            return HeadReading(None, None, 0)
        if not reading.is_whole:
            self.fault(f"the head {self._head_path} was changed, torn, or made with another key")
        return reading

    def _check_file(self, db: sqlite3.Connection) -> None:
        version = version_of(db)
        if not version:
            self.fault("the journal bears no version")
            return
        self._version = version
        if self._version < SCHEMA_VERSION:
            self._notes.append(f"the journal has version {self._version}: the next start makes it {SCHEMA_VERSION}")
        db.set_progress_handler(self._gives_up, _STEPS_BETWEEN_QUESTIONS)
        try:
            for (sentence,) in db.execute("PRAGMA integrity_check"):
                if sentence != "ok":
                    self.fault(f"SQLite: {sentence}")
        except sqlite3.OperationalError:
            self._go_on()
            raise
        finally:
            db.set_progress_handler(None, 0)
        for kind, name, *_ in sorted(objects_of(db) ^ expected_objects(self._version), key=repr):
            self.fault(f"{kind} {name} is not as this program makes it")

    def _check_birth(self, db: sqlite3.Connection, key: bytes) -> tuple[str, bytes]:
        meta = dict(db.execute("SELECT name, value FROM meta").fetchall())
        if set(meta) != {"journal_id", "created_at", "schema_version"}:
            self.fault("rows of meta were added or removed")
        if meta.get("schema_version") != str(self._version):
            self.fault("meta: schema_version was changed")
        journal_id = meta.get("journal_id", "")
        return journal_id, genesis_mac(key, journal_id, meta.get("created_at", ""))

    # --- the chain --------------------------------------------------------------------------------------------------

    def _walk(
        self, db: sqlite3.Connection, key: bytes, genesis: bytes, replay: sqlite3.Connection, marks: set[int]
    ) -> bool:
        """Every entry in order; whether the replay holds and may be compared."""
        previous, expected_seq, first_of_batch, replayed = genesis, 1, 1, True
        self._macs = {0: genesis}
        replay.execute("BEGIN")
        (total,) = db.execute("SELECT count(*) FROM entries").fetchone()
        for *values, stored in db.execute(f"{SELECT_ENTRIES} ORDER BY seq"):
            row = Row(*values)
            if row.seq % _ENTRIES_BETWEEN_QUESTIONS == 0:
                self._go_on()
                self._on_progress(self._entries, total)
            if row.seq != expected_seq:
                self.fault(f"entries {expected_seq} to {row.seq - 1} are missing")
            mac = entry_mac(key, previous, row)
            if not same_mac(mac, stored):
                self.fault(f"entry {row.seq} was changed, or does not follow the one before it")
            first_of_batch = row.seq if row.batch == row.seq else first_of_batch
            if row.batch != first_of_batch:
                self.fault(f"entry {row.seq} belongs to no batch")
            replayed = replayed and self._replay(replay, row)
            if row.seq in marks:
                self._macs[row.seq] = mac
            # From the stored one, so that each fault is named where it is.
            previous, expected_seq = stored if isinstance(stored, bytes) else b"", row.seq + 1
            self._entries += 1
        self._last_batch = first_of_batch
        replay.execute("COMMIT")
        return replayed

    def _replay(self, replay: sqlite3.Connection, row: Row) -> bool:
        try:
            decode_time(row.at)
            decode_data(row.data)
            project(replay, row)
        except (StaleState, IllegalTransition, ValueError, TypeError) as error:
            self.fault(f"entry {row.seq} cannot have been written: {error}; the tables were not compared")
            return False
        return True

    def _compare(self, db: sqlite3.Connection, replay: sqlite3.Connection) -> None:
        there = {name for kind, name, *_ in expected_objects(self._version) if kind == "table"}
        for table, key in PROJECTIONS.items():
            if table not in there:
                continue  # an older version has not got it
            question = f"SELECT * FROM {table} ORDER BY {key}"  # noqa: S608 - names of our own
            for stored, wanted in zip_longest(db.execute(question), replay.execute(question)):
                if stored == wanted:
                    continue
                name = (stored or wanted)[0]
                self.fault(f"{table}: {name} is not what the entries say")
                if stored is None or wanted is None or stored[0] != wanted[0]:
                    break  # a row more or less shifts all that follow

    # --- the head ---------------------------------------------------------------------------------------------------

    def _check_heads(self, journal_id: str, heads: list[Head]) -> None:
        for head in dict.fromkeys(heads):
            if head.journal_id != journal_id:
                self.fault("the head belongs to another journal")
            known = self._macs.get(head.count)
            if known is not None and not same_mac(known, head.mac):
                self.fault(f"the head does not fit entry {head.count}")

    def _check_reach(self, before: Head | None, after: Head | None) -> None:
        """Nothing that was sealed before the snapshot is missing in it, and at most its last batch is unsealed."""
        if before is not None and before.count > self._entries:
            self.fault(f"the head counts {before.count} entries, the journal has {self._entries}: the rest was cut off")
        if after is None or after.count >= self._entries:
            return
        if after.count + 1 != self._last_batch:
            self.fault(f"the head is behind by more than one batch, at entry {after.count} of {self._entries}")
            return
        self._notes.append(
            f"entries from {self._last_batch} are not under the head yet: "
            "the program is writing or was cut off between the two; the next start moves the head on"
        )
