"""The day's closing on screen, on paper and on a stick."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

from totem.domain.money import Money
from totem.domain.ports import Clock, Journal
from totem.services.maintenance.printers import Pages, first_able, print_page
from totem.services.maintenance.sticks import Sticks
from totem.services.maintenance.views import ExportEnd, PrintEnd, PrinterView
from totem.services.maintenance.visit import Visit
from totem.services.print_queue import PrintQueue
from totem.services.receipts.closing import close_day
from totem.services.receipts.reports import DayReport

_GROUPS: Final = ("by_method", "by_provider", "by_service")


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
        contents = {f"{name}.csv": closing_csv(report), f"{name}.json": closing_json(report)}
        writers = {each: functools.partial(_write, content) for each, content in contents.items()}
        return ExportEnd((await self._sticks.write(stick, writers))[0], report.sales)


def closing_csv(report: DayReport) -> bytes:
    """A row a group and label; amounts in minor units and as people write them. UTF-8 with a mark, for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow(("grupo", "nome", "quantidade", "centavos", "moeda"))
    for group in _GROUPS:
        for row in getattr(report, group):
            writer.writerow((group, row.label, row.count, row.amount.amount_cents, row.amount.currency.name))
    total, refunded = report.total, report.refunded or Money(0, report.total.currency)
    writer.writerow(("total", "", report.sales, total.amount_cents, total.currency.name))
    writer.writerow(("refunded", "", report.refunds, refunded.amount_cents, refunded.currency.name))
    return out.getvalue().encode("utf-8-sig")


def closing_json(report: DayReport) -> bytes:
    rows = {
        group: [
            {"label": row.label, "count": row.count, "amount_cents": row.amount.amount_cents}
            for row in getattr(report, group)
        ]
        for group in _GROUPS
    }
    told = {
        "day": report.day.isoformat(),
        "made_at": report.made_at.isoformat(),
        "currency": report.total.currency.name,
        "sales": report.sales,
        "total_cents": report.total.amount_cents,
        **rows,
        "first_number": report.first_number,
        "last_number": report.last_number,
        "void_numbers": list(report.void_numbers),
        "refunds": report.refunds,
        "refunded_cents": report.refunded.amount_cents if report.refunded is not None else 0,
        "open_attentions": report.open_attentions,
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode()


def _write(content: bytes, file: BinaryIO) -> int:
    file.write(content)
    return 0
