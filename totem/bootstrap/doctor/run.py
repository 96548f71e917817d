"""The doctor's round: all checks side by side, each within its limit, told as a table or as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from hardware.printer.discovery import FoundPrinter
from providers.pix.inter import open_inter
from providers.pix.sicredi import open_sicredi
from totem.bootstrap.asking import people
from totem.bootstrap.credentials import map_inter, map_sicredi, open_secrets, uses_store
from totem.bootstrap.doctor import bank as banking
from totem.bootstrap.doctor import machine, terminal
from totem.bootstrap.doctor import printer as printing
from totem.bootstrap.doctor.check import Check, State, bad, good, warn, within
from totem.bootstrap.material_words import BANKS
from totem.bootstrap.ownership import LOCK_NAME, Ownership
from totem.bootstrap.table import table
from totem.config.loader import Configuration, load
from totem.config.secrets import SecretStore
from totem.config.secrets_errors import SecretsError
from totem.domain.errors import AlreadyRunning, ConfigError, Trouble
from totem.domain.ports import Clock
from totem.services.clock import SystemClock

DISK_LIMIT_S: Final = 5.0
PRINTER_LIMIT_S: Final = 15.0
BANK_LIMIT_S: Final = 45.0
JOURNAL_LIMIT_S: Final = 60.0
TERMINAL_LIMIT_S: Final = 30.0

_MARKS: Final = {State.OK: "certo", State.WARN: "AVISO", State.FAIL: "FALHA"}


def run(config: Path, *, as_json: bool) -> int:
    """Exit code 1 where anything fails; a warning alone is 0."""
    checks, printers = asyncio.run(_look(config))
    failed = any(check.state is State.FAIL for check in checks)
    if as_json:
        told = {
            "ok": not failed,
            "checks": [check.to_json() for check in checks],
            "printers": [asdict(one) for one in printers],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        _tell(checks, printers, failed=failed)
    return int(failed)


async def _look(config: Path) -> tuple[tuple[Check, ...], tuple[FoundPrinter, ...]]:
    return await asyncio.gather(examine(config, SystemClock()), printing.found())


def _tell(checks: tuple[Check, ...], printers: tuple[FoundPrinter, ...], *, failed: bool) -> None:
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


async def examine(config: Path, clock: Clock) -> tuple[Check, ...]:
    """Every check, in the order in which a technician would go. Takes no lock and changes nothing."""
    first, configuration = await asyncio.to_thread(_configuration, config)
    if configuration is None:
        return first
    secrets, store = await _secrets(configuration)
    settings = configuration.settings
    rounds: list[Awaitable[tuple[Check, ...]]] = [
        within(BANK_LIMIT_S, _bank(name, configuration, store, clock), _late("acesso", BANKS[name]))
        for name in _banks(configuration)
        if store is not None or not uses_store(configuration)
    ]
    rounds += [
        within(DISK_LIMIT_S, machine.disk(settings), _late("disco", str(settings.journal.directory))),
        within(
            JOURNAL_LIMIT_S,
            machine.journal(settings),
            warn("diário", "journal.sqlite3", f"não coube em {JOURNAL_LIMIT_S:.0f} s", "use totem journal verify"),
        ),
        within(
            TERMINAL_LIMIT_S,
            terminal.terminals(configuration, store, clock, kiosk_is_open=await _kiosk_is_open(configuration)),
            _late("cartão", "máquinas"),
        ),
        within(PRINTER_LIMIT_S, printing.printers(settings), _late("impressora", settings.printer.place)),
    ]
    results = await asyncio.gather(*rounds)
    return (*first, *secrets, *(check for result in results for check in result))


async def _kiosk_is_open(configuration: Configuration) -> bool:
    """By the lock that an open kiosk holds; it is let go at once."""

    def try_lock() -> bool:
        folder = configuration.settings.journal.directory
        if not (folder / LOCK_NAME).exists():
            return False
        try:
            with Ownership(folder):
                return False
        except AlreadyRunning:
            return True

    return await asyncio.to_thread(try_lock)


def _banks(configuration: Configuration) -> tuple[str, ...]:
    """Those that receive, and Inter where it only sends."""
    pix = configuration.settings.pix
    sends = pix.inter is not None and pix.inter.pix_out.enabled
    return tuple(dict.fromkeys((*pix.providers, *(("inter",) if sends else ()))))


def _late(area: str, subject: str) -> Check:
    return bad(area, subject, "não respondeu a tempo", "repita; se continuar, confira rede e aparelho")


def _configuration(path: Path) -> tuple[tuple[Check, ...], Configuration | None]:
    """Its faults, and the configuration where only files of the owner are missing: the rest is still checked."""
    try:
        configuration = load(path)
    except ConfigError as error:
        faults = tuple(_fault(path, line) for line in error.faults)
        try:
            return faults, load(path, check_files=False)
        except ConfigError:
            return faults, None
    notes = tuple(
        warn("configuração", path.name, _bare(path, note), "corrija se não é de propósito")
        for note in configuration.notes
    )
    return (good("configuração", path.name, "lida e conferida"), *notes), configuration


def _fault(path: Path, line: str) -> Check:
    return bad("configuração", path.name, _bare(path, line), f"corrija {path.name}", Trouble.CONFIG_INVALID)


def _bare(path: Path, line: str) -> str:
    return line.removeprefix(f"{path}: ")


async def _secrets(configuration: Configuration) -> tuple[tuple[Check, ...], SecretStore | None]:
    file = configuration.settings.secrets_place.file
    if not uses_store(configuration):
        return (), None
    try:
        store = await open_secrets(configuration, people())
    except SecretsError as error:
        return (
            bad("cofre", file.name, error.sentence, "resolva isto primeiro; sem o cofre não há banco", error.code),
        ), None
    if store is None:
        return (), None
    return (good("cofre", file.name, f"abre, com {len(store.kinds())} itens"),), store


async def _bank(name: str, configuration: Configuration, store: SecretStore | None, clock: Clock) -> tuple[Check, ...]:
    try:
        access = await _access(name, configuration, store, clock)
    except ConfigError as error:
        sentence = error.sentence if isinstance(error, SecretsError) else "; ".join(error.faults)
        return (bad("credenciais", BANKS[name], sentence, f"confira [pix.{name}]", error.code),)
    return await banking.bank(access, clock)


async def _access(
    name: str, configuration: Configuration, store: SecretStore | None, clock: Clock
) -> banking.BankAccess:
    kiosk_id = configuration.settings.kiosk.id
    if name == "sicredi":
        sicredi = await map_sicredi(configuration, store)
        if sicredi.source is None:
            raise ConfigError(("faltam certificado e chave",))
        return banking.BankAccess(
            name, sicredi.base_url, sicredi.source, sicredi.timeouts, kiosk_id, lambda: open_sicredi(sicredi, clock)
        )
    inter = await map_inter(configuration, store)
    if inter.source is None:
        raise ConfigError(("faltam certificado e chave",))
    return banking.BankAccess(
        name, inter.base_url, inter.source, inter.timeouts, kiosk_id, lambda: open_inter(inter, clock)
    )
