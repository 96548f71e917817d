"""A program of its own that writes sales until its power is cut: `python -m tests.support.journal_child ...`.

It prints the number of entries after each append that was acknowledged, and kills itself with SIGKILL at the n-th
occurrence of a commit point; without a point it goes on until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.support.journal_steps import sale_batches
from totem.services.clock import SystemClock
from totem.services.journal import CommitPoint, JournalSettings, open_journal


class PowerCut:
    """Ends the process without a word at the n-th time that the point is reached."""

    def __init__(self, point: str, countdown: int) -> None:
        self._point = point
        self._countdown = countdown

    def __call__(self, point: CommitPoint, _: int) -> None:
        if point.value != self._point:
            return
        self._countdown -= 1
        if self._countdown == 0:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(folder: Path, point: str, countdown: int) -> None:
    settings = JournalSettings(
        folder / "journal.sqlite3", folder / "journal.key", reserve_bytes=0, at_point=PowerCut(point, countdown)
    )
    journal = await open_journal(settings, SystemClock())
    first = await journal.count() + 1
    for number in range(first, first + 10_000):
        for batch in sale_batches(f"S{number}", number):
            await journal.append(*batch)
            print(await journal.count(), flush=True)  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
