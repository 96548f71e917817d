"""The day's closing on screen, on paper and on a stick."""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import BinaryIO

from totem.domain.ports import Clock, Journal
from totem.services.maintenance.printers import Pages, first_able, print_page
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.views import ExportEnd, PrintEnd, PrinterView
from totem.services.maintenance.visit import Visit
from totem.services.print_queue import PrintQueue
from totem.services.receipts.closing import close_day
from totem.services.receipts.reports import DayReport
from totem.services.receipts.statement import report_csv, report_json


class Closing:
    """Implements `totem.services.maintenance.control.ClosingDesk`."""

    def __init__(
        self,
        visit: Visit,
        journal: Journal,
        queue: PrintQueue,
        pages: Pages,
        look: Callable[[], Awaitable[tuple[PrinterView, ...]]],
        sticks: Sticks,
        clock: Clock,
    ) -> None:
        self._visit = visit
        self._journal = journal
        self._queue = queue
        self._pages = pages
        self._look = look
        self._sticks = sticks
        self._clock = clock

    async def report(self, day: date | None = None, language: str = "pt") -> DayReport:
        self._visit.check()
        now = self._clock.now()
        return await close_day(self._journal, day or now.astimezone().date(), now, language)

    async def print(self, day: date | None = None, language: str = "pt") -> PrintEnd:
        report = await self.report(day, language)
        await self._visit.begin("closing_print", day=report.day.isoformat())
        printer = first_able(await self._look())
        return await print_page(self._queue, printer, lambda one, _: self._pages.document(one, report), self._clock)

    async def picture(self, day: date | None = None, language: str = "pt") -> bytes:
        """The same as a PNG, as the main printer would print it."""
        report = await self.report(day, language)
        return await self._pages.picture(self._queue.printer(self._queue.printers[0]), report)

    async def export(self, stick: Path, day: date | None = None) -> ExportEnd:
        report = await self.report(day)
        await self._sticks.find(stick)
        await self._visit.begin("closing_export", day=report.day.isoformat(), stick=str(stick))
        name = f"fechamento-{report.day.isoformat()}"
        # The mark at the beginning tells a spreadsheet that it is UTF-8.
        contents = {
            f"{name}.csv": report_csv(report).encode("utf-8-sig"),
            f"{name}.json": json.dumps(report_json(report), ensure_ascii=False, indent=2).encode(),
        }
        writers = {each: functools.partial(_write, content) for each, content in contents.items()}
        return ExportEnd((await self._sticks.write(stick, writers))[0], report.sales)


def _write(content: bytes, file: BinaryIO) -> int:
    file.write(content)
    return 0
