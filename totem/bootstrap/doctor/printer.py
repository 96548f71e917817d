"""The printers: each configured one asked for its status, bit by bit, and whatever else is plugged in."""

from __future__ import annotations

import asyncio
from typing import Final

from hardware.printer.discovery import FoundPrinter, Sources, discover
from hardware.printer.profile import StatusQuery
from totem.bootstrap.doctor.check import Check, bad, good, in_thread, warn
from totem.bootstrap.printers import Surroundings, open_printer, profile_of
from totem.config.models import Settings
from totem.config.printers import PrinterKeys
from totem.domain.errors import Trouble
from totem.domain.ports import Condition, PrinterStatus

_WORDS: Final = {
    Condition.UNREACHABLE: ("não se alcança", "", Trouble.PRINTER_UNREACHABLE),
    Condition.NO_REPLY: (
        "não responde",
        "desligue-a e ligue-a; confira o modelo em [printer] profile",
        Trouble.NO_REPLY,
    ),
    Condition.PAPER_OUT: ("sem papel", "ponha uma bobina nova", Trouble.PAPER_OUT),
    Condition.COVER_OPEN: ("tampa aberta", "feche a tampa", Trouble.COVER_OPEN),
    Condition.CUTTER_ERROR: ("guilhotina presa", "abra a tampa e solte o papel da guilhotina", Trouble.CUTTER),
    Condition.HEAD_HOT: ("cabeça quente demais", "espere esfriar", Trouble.PRINTER_HOT),
    Condition.OFFLINE: ("desligada pelo botão ou em falha", "confira o painel da impressora", Trouble.PRINTER_OFFLINE),
    Condition.FEEDING: ("avançando papel pelo botão", "solte o botão de avanço", Trouble.PRINTER_OFFLINE),
    Condition.FAULT: (
        "com defeito que não se desfaz",
        "desligue-a e ligue-a; se voltar, chame a assistência",
        Trouble.PRINTER_FAULT,
    ),
    Condition.ERROR: ("em falha", "desligue-a e ligue-a", Trouble.PRINTER_FAULT),
}
_REACH: Final = {
    "network": "confira cabo, endereço e porta; há impressoras que só aceitam uma ligação, a do totem aberto",
    "usb": "confira o cabo, usb_id, a permissão (regra udev) e se nenhum outro programa a usa, nem o totem aberto",
    "serial": "confira o cabo, o nome da porta e a permissão; só um programa de cada vez a abre",
    "device": "confira o cabo, o nome do nó e a permissão (regra udev)",
    "cups": "confira se o CUPS está ligado e o nome da fila, com lpstat -v",
    "windows": "confira o nome da impressora em Configurações, e se o serviço Spooler está ligado",
    "image": "confira se a pasta existe e se este usuário pode escrever nela",
}
_SILENT: Final = {
    "serial": "desligue-a e ligue-a; confira baud e flow_control, que têm de ser os da impressora, e o modelo",
    "device": "desligue-a e ligue-a; se por ali nada volta, escreva replies = false",
}
_BITS: Final[tuple[tuple[tuple[int, str], ...], ...]] = (
    ((0x08, "fora de linha"), (0x20, "espera ser religada"), (0x40, "botão de avanço")),
    ((0x04, "tampa aberta"), (0x08, "avança papel"), (0x20, "parou por falta de papel"), (0x40, "erro")),
    ((0x04, "erro mecânico"), (0x08, "guilhotina"), (0x20, "erro sem volta"), (0x40, "erro que passa (cabeça quente)")),
    ((0x0C, "papel perto do fim"), (0x60, "sem papel")),
)
"""By n of DLE EOT n, as in Epson's ESC/POS reference."""


async def printers(settings: Settings, surroundings: Surroundings | None = None) -> tuple[Check, ...]:
    """Each asked for its status; nothing is printed."""
    chosen = [keys for keys in (settings.printer, settings.printer.spare) if keys]
    told = await asyncio.gather(*(_one(keys, surroundings) for keys in chosen))
    return tuple(check for checks in told for check in checks)


async def found(sources: Sources | None = None) -> tuple[FoundPrinter, ...]:
    """What is plugged in or installed here, each source within its limit."""
    return await in_thread(lambda: discover(sources))


def paste(one: FoundPrinter) -> str:
    """A printer with the lines of configuration that use it."""
    note = f"  # {one.note}\n" if one.note else ""
    return f"# {one.model} ({one.place})\n{note}" + "".join(f"  {line}\n" for line in ("[printer]", *one.lines))


# --- inside ---------------------------------------------------------------------------------------------------------


async def _one(keys: PrinterKeys, surroundings: Surroundings | None) -> tuple[Check, ...]:
    device = open_printer(keys, surroundings)
    try:
        status = await device.status()
    finally:
        await device.close()
    return _told(keys, status)


def _told(keys: PrinterKeys, status: PrinterStatus) -> tuple[Check, ...]:
    bits = _bits(keys, status.raw)
    if keys.driver == "image" and status.can_print:
        remedy = "quando a impressora chegar, ponha o driver dela"
        return (warn("impressora", keys.place, "nenhuma: cada tíquete é só desenhado", remedy),)
    if not status.conditions:
        return (good("impressora", keys.place, f"pronta{bits}"),)
    if status.can_print:
        return (warn("impressora", keys.place, f"papel no fim{bits}", "tenha uma bobina à mão", Trouble.PAPER_OUT),)
    return tuple(_trouble(keys, condition, bits) for condition in _WORDS if condition in status.conditions)


def _trouble(keys: PrinterKeys, condition: Condition, bits: str) -> Check:
    detail, remedy, code = _WORDS[condition]
    if condition is Condition.UNREACHABLE:
        remedy = _REACH[keys.driver]
    elif condition is Condition.NO_REPLY:
        remedy = _SILENT.get(keys.driver, remedy)
    return bad("impressora", keys.place, f"{detail}{bits}", remedy, code)


def _bits(keys: PrinterKeys, raw: bytes) -> str:
    """The answered bytes, and each bit that is set in them, in words."""
    if not raw:
        return ""
    told = [raw.hex(" ")]
    asked_one_by_one = profile_of(keys).status_query is StatusQuery.DLE_EOT and keys.driver != "windows"
    if len(raw) == len(_BITS) and asked_one_by_one:
        for number, (byte, bits) in enumerate(zip(raw, _BITS, strict=True), start=1):
            told += [f"n={number} {words}" for mask, words in bits if byte & mask]
    return f" (estado {'; '.join(told)})"
