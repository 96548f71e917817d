"""The kiosk's own machine: disk and journal."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from totem.bootstrap.doctor.check import Check, bad, good, in_thread, warn
from totem.config.models import Settings
from totem.domain.errors import Trouble
from totem.services.journal.verify import VerifyReport, verify

LOW_DISK_BYTES: Final = 1_000_000_000

_MB: Final = 1_000_000


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


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())
