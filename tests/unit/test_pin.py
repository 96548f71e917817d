"""The technician's PIN: counted before it is compared, not guessed past the lock-out, and readable nowhere."""

from __future__ import annotations

import random
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.clock import FakeClock
from totem.config.pin import HashCost, PinFile, PinRefused
from totem.domain.errors import JournalWriteFailed
from totem.domain.ports import Journal
from totem.domain.records import Entry as JournalEntry
from totem.domain.records import Record
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.maintenance.pin import FREE_TRIES, LONGEST_PAUSE_S, STORY, PinKeeper, PinLock, pause_after
from totem.services.maintenance.views import Entry, PinAnswer

PIN = "482915"
WRONG = "000000"
CHEAP = HashCost(memory_kib=64, passes=1, lanes=1)
"""What is counted here does not depend on what the hash costs."""


@pytest.fixture
def file(tmp_path: Path) -> PinFile:
    return PinFile(tmp_path / "technician.pin", CHEAP)


@pytest.fixture
async def lock(journal: SqliteJournal, file: PinFile, clock: FakeClock) -> PinLock:
    made = lock_of(journal, file, clock)
    await made.set(PIN, "test")
    return made


def lock_of(journal: Journal, keeper: PinKeeper, clock: FakeClock) -> PinLock:
    return PinLock(journal, keeper, clock, random.Random(1))


def jump(clock: FakeClock, seconds: float) -> None:
    clock.set_now(clock.now() + timedelta(seconds=seconds))


async def miss(lock: PinLock, times: int) -> PinAnswer:
    answer = PinAnswer(Entry.NO_PIN)
    for _ in range(times):
        answer = await lock.check(WRONG, "test")
    return answer


async def test_right_and_wrong(lock: PinLock) -> None:
    assert await lock.check(PIN, "test") == PinAnswer(Entry.OK, FREE_TRIES)
    assert await lock.check("482916", "test") == PinAnswer(Entry.WRONG, FREE_TRIES - 1)
    assert (await lock.check(PIN, "test")).is_right
    assert await lock.check(WRONG, "test") == PinAnswer(Entry.WRONG, FREE_TRIES - 1)


async def test_without_a_pin_nothing_opens(journal: SqliteJournal, file: PinFile, clock: FakeClock) -> None:
    lock = lock_of(journal, file, clock)
    assert not lock.has_pin
    assert (await lock.check("", "test")).entry is Entry.NO_PIN


@pytest.mark.parametrize(
    "bad", ["", "12345", "1234567890123", "48291a", "٤٨٢٩١٥", "111111", "121212", "345678", "876543"]
)
async def test_refused_when_set(journal: SqliteJournal, file: PinFile, clock: FakeClock, bad: str) -> None:
    with pytest.raises(PinRefused):
        await lock_of(journal, file, clock).set(bad, "test")
    assert not file.is_set


async def test_the_pause_grows_and_outlives_a_restart(
    lock: PinLock, journal: SqliteJournal, file: PinFile, clock: FakeClock
) -> None:
    await miss(lock, FREE_TRIES - 1)
    for pause_s in (30, 60, 120, 240, 480):
        assert await lock_of(journal, file, clock).check(WRONG, "test") == PinAnswer(Entry.WRONG, 0, pause_s)
        again = lock_of(journal, file, clock)
        assert await again.check(PIN, "test") == PinAnswer(Entry.LOCKED, wait_s=pause_s)
        await clock.advance(pause_s - 1)
        assert await again.check(PIN, "test") == PinAnswer(Entry.LOCKED, wait_s=1)
        await clock.advance(1)
    assert (await lock.check(PIN, "test")).is_right
    assert pause_after(40) == LONGEST_PAUSE_S


async def test_setting_the_clock_ends_no_pause(lock: PinLock, clock: FakeClock) -> None:
    await miss(lock, FREE_TRIES)
    jump(clock, 3600)
    assert (await lock.check(PIN, "test")).entry is Entry.LOCKED
    jump(clock, -7200)
    assert (await lock.check(PIN, "test")).wait_s == 30


async def test_a_clock_that_went_back_locks_for_the_pause_and_no_longer(
    lock: PinLock, journal: SqliteJournal, file: PinFile, clock: FakeClock
) -> None:
    await miss(lock, FREE_TRIES)
    jump(clock, -10 * 365 * 24 * 3600)
    again = lock_of(journal, file, clock)
    assert (await again.check(PIN, "test")).wait_s == 30
    await clock.advance(30)
    assert (await again.check(PIN, "test")).is_right


async def test_deleting_or_replacing_the_file_wins_nothing(
    lock: PinLock, journal: SqliteJournal, file: PinFile, clock: FakeClock, tmp_path: Path
) -> None:
    await miss(lock, FREE_TRIES)
    path = tmp_path / "technician.pin"
    mine = PinFile(tmp_path / "mine", CHEAP)
    mine.set("735190", "0" * 16)
    (tmp_path / "mine").replace(path)
    assert (await lock.check("735190", "test")).entry is Entry.NO_PIN
    path.unlink()
    assert (await lock.check(PIN, "test")).entry is Entry.NO_PIN
    await lock.set("735190", "shell")  # whoever may do this is the kiosk's own user, and is named
    assert (await lock_of(journal, file, clock).check("735190", "test")).entry is Entry.LOCKED
    noted = [entry for entry in await journal.entries(STORY) if entry.kind == "technician.pin_set"]
    assert [entry.data["first"] for entry in noted] == [True, True]


async def test_a_stale_file_gives_no_try_back(lock: PinLock, journal: SqliteJournal, tmp_path: Path) -> None:
    path = tmp_path / "technician.pin"
    fresh = path.read_bytes()
    for _ in range(FREE_TRIES):
        await miss(lock, 1)
        path.write_bytes(fresh)
    assert (await lock.check(PIN, "test")).entry is Entry.LOCKED


class Full:
    """A journal that takes nothing more."""

    def __init__(self, journal: SqliteJournal) -> None:
        self._journal = journal

    async def append(self, *records: Record) -> tuple[JournalEntry, ...]:
        raise JournalWriteFailed("full")

    def __getattr__(self, name: str) -> object:
        return getattr(self._journal, name)


async def test_a_full_journal_lets_the_technician_in_and_counts_all_the_same(
    lock: PinLock, journal: SqliteJournal, file: PinFile, clock: FakeClock
) -> None:
    full: Journal = Full(journal)  # type: ignore[assignment]
    crippled = lock_of(full, file, clock)
    assert (await crippled.check(PIN, "test")).is_right
    assert await miss(crippled, FREE_TRIES) == PinAnswer(Entry.WRONG, 0, 30)
    assert (await lock_of(full, file, clock).check(PIN, "test")).entry is Entry.LOCKED


async def test_what_cannot_be_counted_is_not_compared(
    lock: PinLock, journal: SqliteJournal, file: PinFile, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(failures: int) -> None:
        raise OSError(30, "Read-only file system")

    compared: list[str] = []
    monkeypatch.setattr(file, "count", refuse)
    monkeypatch.setattr(file, "matches", compared.append)
    crippled = lock_of(Full(journal), file, clock)  # type: ignore[arg-type]
    assert (await crippled.check(PIN, "test")).entry is Entry.NOT_COUNTED
    assert compared == []


async def test_it_is_readable_nowhere(journal: SqliteJournal, clock: FakeClock, tmp_path: Path) -> None:
    file = tmp_path / "technician.pin"
    lock = lock_of(journal, PinFile(file), clock)
    await lock.set(PIN, "test")
    await lock.check(PIN, "test")
    await miss(lock, 1)
    await journal.close()
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert_nowhere(tmp_path, PIN, WRONG)


def assert_nowhere(folder: Path, *secrets: str) -> None:
    for path in folder.iterdir():
        assert [secret for secret in secrets if secret.encode() in path.read_bytes()] == [], path


async def test_a_broken_file_opens_nothing(lock: PinLock, tmp_path: Path) -> None:
    (tmp_path / "technician.pin").write_text("{}")
    assert (await lock.check(PIN, "test")).entry is Entry.NOT_COUNTED
    assert not await lock.must_be_asked()  # `totem pin` makes a new one, and the journal tells of it
    await lock.set("735190", "test")
    assert (await lock.check("735190", "test")).is_right


# --- the lock-out over any history ------------------------------------------------------------------------------------


class PlainKeeper:
    """A PIN's file without the hash, which would take a minute here."""

    is_set, pin_id, failures = False, "", 0

    def check_form(self, pin: str) -> None:
        self.is_set = True

    def set(self, pin: str, pin_id: str) -> None:
        self.pin_id, self.failures = pin_id, 0

    def count(self, failures: int) -> None:
        self.failures = failures

    def matches(self, pin: str) -> bool:
        return pin == PIN


acts = st.lists(
    st.one_of(st.just("miss"), st.just("restart"), st.just("delete"), st.integers(min_value=1, max_value=4000)),
    max_size=40,
)


@settings(max_examples=25)
@given(acts)
async def test_nobody_tries_more_often_than_the_pauses_allow(history: list[str | int]) -> None:
    """Whatever happens in between, the n-th miss in a row comes no sooner than the pause after the one before."""
    clock = FakeClock()
    with tempfile.TemporaryDirectory() as folder:
        place = JournalSettings(Path(folder) / "j.sqlite3", Path(folder) / "j.key", reserve_bytes=64 * 1024)
        journal = await open_journal(place, clock)
        keeper = PlainKeeper()
        lock = lock_of(journal, keeper, clock)
        await lock.set(PIN, "test")
        misses, last_s = 0, 0.0
        for act in history:
            if isinstance(act, int):
                await clock.advance(act)
            elif act == "restart":
                lock = lock_of(journal, keeper, clock)
            elif act == "delete":
                keeper.failures = 0
            else:
                answer = await lock.check(WRONG, "test")
                due = clock.monotonic() - last_s >= pause_after(misses) or not misses
                assert due or answer.entry is Entry.LOCKED
                if answer.entry is Entry.WRONG:
                    misses, last_s = misses + 1, clock.monotonic()
        await journal.close()
