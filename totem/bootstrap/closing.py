"""`totem print --closing`: what a day sold, from the journal to paper or to a picture of it."""

from __future__ import annotations

import asyncio
import base64
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from totem.bootstrap.asking import PIN_PROMPT, ask_hidden
from totem.bootstrap.control.office import CHECK_PIN
from totem.bootstrap.control.shell import journal_office, through_kiosk
from totem.bootstrap.control.wire import Reply, Request
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.printers import profile_of
from totem.bootstrap.printing import Studio, print_document
from totem.bootstrap.tuning import Tuning, texts_of_assets
from totem.config.loader import Configuration, load
from totem.domain.ports import PrintResult
from totem.domain.records import JsonValue
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
    """0 once it is on paper or drawn, 1 with a remedy otherwise. By the kiosk that is open, or under its lock.

    Raises ConfigError, JournalError, OSError, or AlreadyRunning: a kiosk is open that does not listen.
    """
    configuration = load(order.config, check_files=False)
    if not configuration.settings.journal.path.is_file():
        print(f"Ainda não há diário em {configuration.settings.journal.path}: nada foi vendido.")
        return 1
    reply = asyncio.run(through_kiosk(configuration, lambda _: _request(order)))
    if reply is not None:
        return _told(order, reply)
    keys = configuration.settings.printer
    with Ownership(configuration.settings.journal.directory):
        report = asyncio.run(_report(configuration, order))
        if isinstance(report, Reply):
            return _told(order, report)
        studio = Studio(configuration, profile_of(keys))
        if order.out is None:
            return asyncio.run(print_document(keys, studio, lambda _, __: report))
    order.out.write_bytes(studio.draw(report))
    print(order.out)
    return 0


def _request(order: ClosingOrder) -> Request:
    args: dict[str, JsonValue] = {
        "day": order.day.isoformat() if order.day is not None else "",
        "language": order.language,
    }
    return Request("closing_print" if order.out is None else "closing_picture", ask_hidden(PIN_PROMPT), args)


def _told(order: ClosingOrder, reply: Reply) -> int:
    if not reply.ok:
        print(f"totem: {reply.code}: {reply.message}", file=sys.stderr)
        return 1
    if order.out is not None:
        order.out.write_bytes(base64.b64decode(str(reply.result["png"])))
        print(order.out)
        return 0
    if reply.result["result"] == PrintResult.PRINTED:
        print("Impresso.")
        return 0
    trouble = str(reply.result["trouble"])
    told = texts_of_assets().get("pt", f"error.{trouble}.technician") if trouble else "Não foi impresso."
    print(f"{trouble}: {told}".removeprefix(": "))
    return 1


async def _report(configuration: Configuration, order: ClosingOrder) -> DayReport | Reply:
    """The refusal where the PIN is not right."""
    tuning = Tuning()
    now = tuning.clock.now()
    async with journal_office(configuration, tuning) as (office, journal):
        reply = await office.serve(Request(CHECK_PIN, ask_hidden(PIN_PROMPT)))
        if not reply.ok:
            return reply
        return await close_day(journal, order.day or now.astimezone().date(), now, order.language)
