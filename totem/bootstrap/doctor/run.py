"""The doctor's round, told as a table or as JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Final

from hardware.printer.discovery import FoundPrinter
from totem.bootstrap.doctor import printer as printing
from totem.bootstrap.doctor.check import Check, State, checks_of
from totem.bootstrap.doctor.examine import examine
from totem.bootstrap.health_words import words_of_health
from totem.bootstrap.table import table
from totem.services.clock import SystemClock
from totem.services.health.signs import Part

FOUND_LIMIT_S: Final = 20.0
LEAVE_LIMIT_S: Final = 5.0

_MARKS: Final = {State.OK: "certo", State.WARN: "AVISO", State.FAIL: "FALHA"}


def run(config: Path, *, as_json: bool) -> int:
    """Exit code 1 where anything fails; a warning alone is 0."""
    leaving = _Leaving()
    try:
        return asyncio.run(_main(config, leaving, as_json=as_json))
    finally:
        leaving.stay()


async def _main(config: Path, leaving: _Leaving, *, as_json: bool) -> int:
    parts, printers = await _look(config)
    checks = checks_of(parts, words_of_health())
    failed = any(check.state is State.FAIL for check in checks)
    if as_json:
        told = {
            "ok": not failed,
            "checks": [check.to_json() for check in checks],
            "printers": [asdict(one) for one in printers],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        tell(checks, printers, failed=failed)
    leaving.soon(int(failed))
    return int(failed)


class _Leaving:
    """asyncio waits for its threads at the end, and a file on a dead disk never comes back: then the process leaves."""

    def __init__(self) -> None:
        self._timer: threading.Timer | None = None

    def soon(self, code: int) -> None:
        self._timer = threading.Timer(LEAVE_LIMIT_S, self._leave, (code,))
        self._timer.daemon = True
        self._timer.start()

    def stay(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _leave(self, code: int) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


async def _look(config: Path) -> tuple[tuple[Part, ...], tuple[FoundPrinter, ...]]:
    return await asyncio.gather(examine(config, SystemClock()), _found())


async def _found() -> tuple[FoundPrinter, ...]:
    try:
        async with asyncio.timeout(FOUND_LIMIT_S):
            return await printing.found()
    except TimeoutError:
        return ()


def tell(checks: tuple[Check, ...], printers: tuple[FoundPrinter, ...], *, failed: bool) -> None:
    """The table, each remedy, and the printers at hand."""
    rows = [(_MARKS[check.state], check.area, check.subject, check.detail) for check in checks]
    print(table(("", "O quê", "Qual", "Como está"), rows))
    troubled = [check for check in checks if check.state is not State.OK]
    for check in troubled:
        code = f"{check.code}: " if check.code else ""
        print(f"\n{_MARKS[check.state]} {code}{check.area} ({check.subject}): {check.detail}\n  → {check.remedy}")
    if printers:
        print("\nImpressoras à vista, com as linhas de totem.toml que usam cada uma:\n")
        print("\n".join(printing.paste(one) for one in printers), end="")
    if failed:
        print("\nHá falhas: o totem não venderia assim.", file=sys.stderr)
    else:
        print("\nTudo pronto." if not troubled else "\nO totem vende assim, com os avisos acima.")
