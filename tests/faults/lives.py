"""A kiosk's lives in a world that goes on without it: what every world of a card that is killed shares."""

from __future__ import annotations

import signal
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

from tests.faults.kiosk_child import Errand
from tests.faults.telling import Stage
from tests.faults.watch import Kill, tear

KILLED: Final = -signal.SIGKILL
_IDLE_NOTES: Final = ("kiosk.started", "kiosk.stopped", "pix.swept")


class Lives:
    """`rest` lets the world do what the dead kiosk had asked for."""

    def __init__(self, errand: Errand, stage: Stage) -> None:
        self._zygote = stage.zygote
        self._count = 0
        self.errand = errand

    async def rest(self) -> None:
        raise AssertionError("a world says how it comes to rest")

    async def live(self, act: str = "") -> list[str]:
        """One life to its end; its moments."""
        code = await self._live(act, None)
        assert code == 0, f"a kiosk ended with {code}"
        return self.errand.moments_file.read_text(encoding="utf-8").splitlines()

    async def die(self, kill: Kill, act: str = "") -> None:
        """One life that ends at that moment; then the world does what it was asked."""
        code = await self._live(act, kill)
        assert code == KILLED, f"a life that never came to {kill} ended with {code}"
        await self.rest()
        if kill.torn is not None:
            tear(self.errand.journal, self.errand.side, kill)

    async def _live(self, act: str, kill: Kill | None) -> int:
        self._count += 1
        return await self._zygote.live(replace(self.errand, act=act, kill=kill, seed=self._count))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        if not self.errand.journal.path.exists():
            return []
        with closing(sqlite3.connect(f"file:{self.errand.journal.path}?mode=ro", uri=True)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'subjects'").fetchone():
                return []
            return db.execute(query).fetchall()

    def told(self) -> tuple[list[Any], list[Any]]:
        """What the journal holds, without ids and times."""
        subjects = Counter(self.rows("SELECT machine, state FROM subjects"))
        notes = Counter(kind for (kind,) in self.rows("SELECT kind FROM entries WHERE machine = ''"))
        kept = {kind: count for kind, count in notes.items() if kind not in _IDLE_NOTES}
        return sorted(subjects.items()), sorted(kept.items())
