"""The power is cut, again and again: nothing acknowledged is ever lost, nothing is ever half there."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from totem.domain.errors import JournalBroken
from totem.domain.machine import Machine
from totem.domain.records import Note
from totem.services.journal import CommitPoint, JournalSettings, SqliteJournal, open_journal, verify

ROOT = Path(__file__).parents[2]
BATCHES_OF_A_SALE = 5


def run_until_cut(folder: Path, point: str, countdown: int, lines: int | None = None) -> int:
    """The last number of entries that the child was told of; killed from outside after so many lines, or by itself."""
    command = [sys.executable, "-m", "tests.support.journal_child", str(folder), point, str(countdown)]
    acknowledged = 0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for read, line in enumerate(child.stdout, 1):
            acknowledged = int(line)
            if read == lines:
                child.kill()
        child.wait(30)
    assert child.returncode == -9
    return acknowledged


async def judge(settings: JournalSettings, clock: FakeClock, acknowledged: int) -> SqliteJournal:
    before = verify(settings.path, settings.key_file)
    assert before.faults == ()
    assert before.entries >= acknowledged
    journal = await open_journal(settings, clock)
    assert await journal.count() == before.entries
    after = verify(settings.path, settings.key_file)
    assert (after.faults, after.notes) == ((), ())
    return journal


@pytest.mark.parametrize("point", list(CommitPoint))
async def test_cut_at_every_commit_of_a_sale(tmp_path: Path, clock: FakeClock, point: CommitPoint) -> None:
    """The first batch, one amid the sale, and the last of it; what was cut is whole or not there."""
    settings = JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=0)
    entries_before = 0
    sizes = (3, 2, 4, 2, 2)
    for countdown in (1, 3, BATCHES_OF_A_SALE):
        acknowledged = run_until_cut(tmp_path, point.value, countdown)
        told = entries_before + sum(sizes[: countdown - 1])
        assert acknowledged == (told if countdown > 1 else 0)
        journal = await judge(settings, clock, told)
        is_committed = point is not CommitPoint.BEFORE_COMMIT
        assert await journal.count() == told + (sizes[countdown - 1] if is_committed else 0)
        await journal.append(Note("kiosk.started"))
        entries_before = await journal.count()
        await journal.close()


async def test_killed_from_outside_at_any_moment(tmp_path: Path, clock: FakeClock) -> None:
    settings = JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=0)
    chance = random.Random(8)
    for _ in range(6):
        acknowledged = run_until_cut(tmp_path, "never", 0, lines=chance.randint(1, 60))
        journal = await judge(settings, clock, acknowledged)
        for sale in await journal.find(Machine.SALE, "paid", "delivering", "completed"):
            kinds = [entry.kind for entry in await journal.entries(sale.id)]
            assert kinds.count("pix.received") == kinds.count("ticket") - (sale.state != "paid") - (
                sale.state == "completed"
            )
        await journal.close()


@pytest.mark.parametrize("slot", [0, 1])
async def test_a_torn_head_is_survived_where_the_batch_was_never_acted_on(
    tmp_path: Path, clock: FakeClock, slot: int
) -> None:
    settings = JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=0)
    # Birth writes the head four times (generations 0 to 3): the batches then use slot 0, 1, 0, ...
    run_until_cut(tmp_path, CommitPoint.COMMITTED.value, 3 + slot)
    head = bytearray(settings.head_path.read_bytes())
    head[slot * 4096 + 20 : slot * 4096 + 60] = bytes(40)
    settings.head_path.write_bytes(head)
    assert not verify(settings.path, settings.key_file).ok, "until the next start it looks like a changed head"
    journal = await open_journal(settings, clock)
    assert await journal.count() == (9 if slot == 0 else 11)
    await journal.close()
    assert verify(settings.path, settings.key_file).ok


@pytest.mark.parametrize("births", [1, 2, 3])
async def test_a_birth_cut_short_is_finished(tmp_path: Path, clock: FakeClock, births: int) -> None:
    """Key without head, head without database, and an empty database."""
    settings = JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=0)
    journal = await open_journal(settings, clock)
    await journal.close()
    settings.path.unlink()
    if births == 1:
        settings.head_path.unlink()
    if births == 3:
        settings.path.touch()
    clock.set_now(clock.now().replace(year=2027))
    journal = await open_journal(settings, clock)
    await journal.append(Note("kiosk.started"))
    await journal.close()
    assert verify(settings.path, settings.key_file).ok


async def test_a_removed_write_ahead_log_is_missed(tmp_path: Path, clock: FakeClock) -> None:
    """The newest entries of a kiosk that lost its power are in the log beside the database."""
    settings = JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=0)
    journal = await open_journal(settings, clock)
    await journal.append(Note("kiosk.started"))
    await journal.close()
    run_until_cut(tmp_path, CommitPoint.SEALED.value, 2)
    log = settings.path.with_name(settings.path.name + "-wal")
    content = log.read_bytes()
    frame = 24 + 4096
    for size in (0, 32 + (len(content) - 32) // frame // 2 * frame, len(content) - frame):
        log.write_bytes(content[:size])
        settings.path.with_name(settings.path.name + "-shm").unlink(missing_ok=True)
        report = verify(settings.path, settings.key_file)
        assert not report.ok
        assert "cut off" in report.faults[-1]
    with pytest.raises(JournalBroken, match="cut off"):
        await open_journal(settings, clock)
