"""`totem print --closing`: what a day sold, from the journal to paper or to a picture of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from totem.bootstrap.journal_place import open_kiosk_journal
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.printers import profile_of
from totem.bootstrap.printing import Studio, print_document
from totem.config.loader import Configuration, load
from totem.services.clock import SystemClock
from totem.services.receipts.closing import close_day
from totem.services.receipts.reports import DayReport


@dataclass(frozen=True, slots=True)
class ClosingOrder:
    """`day` None is today; `out` None is the printer."""

    config: Path
    day: date | None = None
    out: Path | None = None
    language: str = "pt"


def print_closing(order: ClosingOrder) -> int:
    """0 once it is on paper or drawn, 1 with a remedy otherwise.

    Raises ConfigError, JournalError, OSError, or AlreadyRunning: journal and printer belong to the kiosk that is open.
    """
    configuration = load(order.config, check_files=False)
    if not configuration.settings.journal.path.is_file():
        print(f"Ainda não há diário em {configuration.settings.journal.path}: nada foi vendido.")
        return 1
    keys = configuration.settings.printer
    with Ownership(configuration.settings.journal.directory):
        report = asyncio.run(_report(configuration, order))
        studio = Studio(configuration, profile_of(keys))
        if order.out is None:
            return asyncio.run(print_document(keys, studio, lambda _, __: report))
    order.out.write_bytes(studio.draw(report))
    print(order.out)
    return 0


async def _report(configuration: Configuration, order: ClosingOrder) -> DayReport:
    clock = SystemClock()
    now = clock.now()
    journal = await open_kiosk_journal(configuration.settings, clock)
    try:
        return await close_day(journal, order.day or now.astimezone().date(), now, order.language)
    finally:
        await journal.close()
