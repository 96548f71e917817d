"""The kiosk's own machine: disk, journal, printer."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.links import NetworkLink
from hardware.printer.profile import PROFILES
from totem.bootstrap.doctor.check import Check, bad, good, in_thread, warn
from totem.config.models import Settings
from totem.domain.errors import Trouble
from totem.domain.ports import Condition
from totem.services.journal.verify import VerifyReport, verify

LOW_DISK_BYTES: Final = 1_000_000_000

_MB: Final = 1_000_000
_PRINTER: Final = {
    Condition.UNREACHABLE: (
        "não se alcança",
        "confira cabo, endereço e porta; há impressoras que só aceitam uma ligação, a do totem aberto",
        Trouble.PRINTER_UNREACHABLE,
    ),
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
    Condition.ERROR: ("em falha", "desligue-a e ligue-a", Trouble.PRINTER_OFFLINE),
}


async def disk(settings: Settings) -> tuple[Check, ...]:
    """Room for the journal: twice the reserve, as a sale asks for before it opens."""
    folder = settings.journal.directory
    try:
        free = await in_thread(lambda: shutil.disk_usage(_nearest(folder)).free)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return (bad("disco", str(folder), f"não pode ser lido: {reason}", "confira o disco", Trouble.DISK_FULL),)
    told = f"{free // _MB} MB livres"
    if free < 2 * settings.journal.reserve_mb * 1024 * 1024:
        return (bad("disco", str(folder), told, "libere espaço: sem ele nenhuma venda começa", Trouble.DISK_FULL),)
    if free < LOW_DISK_BYTES:
        return (warn("disco", str(folder), told, "libere espaço logo"),)
    return (good("disco", str(folder), told),)


async def journal(settings: Settings) -> tuple[Check, ...]:
    """Every record checked, read-only, also while a kiosk writes."""
    place = settings.journal
    return await in_thread(lambda: (_journal(place.path, place.key_file, place.head_path),))


def _journal(path: Path, key_file: Path, head: Path) -> Check:
    if not path.exists():
        return good("diário", path.name, "ainda não existe; o totem o cria ao abrir")
    report: VerifyReport = verify(path, key_file, head)
    if report.ok:
        return good("diário", path.name, f"íntegro, {report.entries} registros")
    return bad(
        "diário",
        path.name,
        f"alterado ou danificado ({len(report.faults)} falhas em {report.entries} registros)",
        "veja cada uma com totem journal verify, e guarde uma cópia antes de qualquer outra coisa",
        Trouble.JOURNAL_BROKEN,
    )


async def printer(settings: Settings) -> tuple[Check, ...]:
    """Asked for its status; nothing is printed."""
    chosen = settings.printer
    limits = PrinterLimits(
        connect_s=chosen.connect_timeout_s, status_s=chosen.reply_timeout_s, job_s=chosen.print_timeout_s
    )
    device = EscPosPrinter("doctor", NetworkLink(chosen.host, chosen.port), PROFILES[chosen.profile], limits)
    try:
        status = await device.status()
    finally:
        await device.close()
    where = f"{chosen.host}:{chosen.port}"
    if not status.conditions:
        return (good("impressora", where, "pronta"),)
    if status.can_print:
        return (warn("impressora", where, "papel no fim", "tenha uma bobina à mão", Trouble.PAPER_OUT),)
    worst = [condition for condition in _PRINTER if condition in status.conditions]
    return tuple(bad("impressora", where, *_PRINTER[condition]) for condition in worst)


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
