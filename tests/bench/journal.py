"""The journal on this disk: does a sale cost the same whether it is the first or follows thousands?"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from pathlib import Path

from tests.bench.rows import Row, middle
from tests.support.journal_steps import sale_batches
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal

_SAMPLE = 40
_AT = (0, 1000, 3000)
_AT_QUICK = (0, 300, 900)


def run(quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="totem-bench-") as folder:
        found, appends_a_s = asyncio.run(_measure(Path(folder), _AT_QUICK if quick else _AT))
    first, *_, last = found.items()
    steps = ", ".join(f"after {sales} sales {ms:.2f} ms" for sales, ms in found.items())
    return [
        Row(
            "journal, appends a second", appends_a_s, "1/s", notes=("each durable: WAL, synchronous=FULL, head, HMAC",)
        ),
        Row("journal, one sale", last[1], "ms", first[1], "in an empty one", notes=(f"{steps}; five appends each",)),
    ]


async def _measure(folder: Path, at: tuple[int, ...]) -> tuple[dict[int, float], float]:
    settings = JournalSettings(folder / "journal.sqlite3", folder / "journal.key", reserve_bytes=1 << 16)
    journal = await open_journal(settings, SystemClock())
    found: dict[int, float] = {}
    numbers = itertools.count(1)
    try:
        began_s, appends, sold = time.perf_counter(), 0, 0
        for sales in at:
            for number in itertools.islice(numbers, sales - sold):
                appends += await _sell(journal, number)
            times: list[float] = []
            for number in itertools.islice(numbers, _SAMPLE):
                sale_began_s = time.perf_counter()
                appends += await _sell(journal, number)
                times.append((time.perf_counter() - sale_began_s) * 1000)
            found[sales], sold = middle(times), sales + _SAMPLE
        return found, round(appends / (time.perf_counter() - began_s), 1)
    finally:
        await journal.close()


async def _sell(journal: SqliteJournal, number: int) -> int:
    batches = list(sale_batches(f"S{number}", number))
    for batch in batches:
        await journal.append(*batch)
    return len(batches)
