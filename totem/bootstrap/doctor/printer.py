"""The printers: each configured one asked for its status, bit by bit, and whatever else is plugged in."""

from __future__ import annotations

import asyncio

from hardware.printer.discovery import FoundPrinter, Sources, discover
from totem.bootstrap.doctor.check import in_thread
from totem.bootstrap.printers import Surroundings, open_printer
from totem.config.models import Settings
from totem.config.printers import PrinterKeys
from totem.services.health.signs import Area, Part, part
from totem.services.health.telling import printer_part
from totem.services.health.vocabulary import Word


async def printers(
    settings: Settings, surroundings: Surroundings | None = None, *, kiosk_is_open: bool = False
) -> tuple[Part, ...]:
    """Each asked for its status; nothing is printed. One that an open kiosk holds cannot be asked by anybody else."""
    chosen = [keys for keys in (settings.printer, settings.printer.spare) if keys]
    told = await asyncio.gather(*(_one(keys, surroundings) for keys in chosen))
    return tuple(_in_use(each) if kiosk_is_open else each for each in told)


async def found(sources: Sources | None = None) -> tuple[FoundPrinter, ...]:
    """What is plugged in or installed here, each source within its limit."""
    return await in_thread(lambda: discover(sources))


def paste(one: FoundPrinter) -> str:
    """A printer with the lines of configuration that use it."""
    note = f"  # {one.note}\n" if one.note else ""
    return f"# {one.model} ({one.place})\n{note}" + "".join(f"  {line}\n" for line in ("[printer]", *one.lines))


# --- inside ---------------------------------------------------------------------------------------------------------


async def _one(keys: PrinterKeys, surroundings: Surroundings | None) -> Part:
    device = open_printer(keys, surroundings)
    try:
        return printer_part(keys.place, await device.status(), keys.driver)
    finally:
        await device.close()


def _in_use(told: Part) -> Part:
    if told.signs[0].word is not Word.PRINTER_UNREACHABLE:
        return told
    return part(Area.PRINTER, told.name, Word.PRINTER_IN_USE)
