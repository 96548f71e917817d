"""A program that is killed between counting a try and comparing it has lost that try."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from totem.services.maintenance.pin import FREE_TRIES, pause_after

CHILD = """
import asyncio, os, random, signal, sys
from pathlib import Path
from totem.config.pin import HashCost, PinFile
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, open_journal
from totem.services.maintenance.pin import PinLock

class Killed(PinFile):
    def matches(self, pin):
        print(self.failures, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

async def main(folder, kind):
    place = JournalSettings(folder / "j.sqlite3", folder / "j.key", reserve_bytes=65536)
    journal = await open_journal(place, SystemClock())
    file = kind(folder / "technician.pin", HashCost(64, 1, 1))
    lock = PinLock(journal, file, SystemClock(), random.Random(1))
    if not lock.has_pin:
        await lock.set("482915", "test")
    answer = await lock.check("482915", "test")
    print(answer.entry.value, answer.wait_s > 0, flush=True)
    await journal.close()

asyncio.run(main(Path(sys.argv[1]), Killed if sys.argv[2] == "killed" else PinFile))
"""


def child(folder: Path, kind: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder), kind], capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout.strip()


def test_a_try_is_lost_with_the_program_that_makes_it(tmp_path: Path) -> None:
    assert pause_after(FREE_TRIES) > 0
    for failures in range(1, FREE_TRIES + 1):
        assert child(tmp_path, "killed") == (-signal.SIGKILL, str(failures))
    assert child(tmp_path, "whole") == (0, "locked True")
