"""All checks of one configuration, side by side, each within its limit. No lock is kept and nothing is changed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from providers.pix.inter import open_inter
from providers.pix.sicredi import open_sicredi
from totem.bootstrap.asking import people
from totem.bootstrap.credentials import map_inter, map_sicredi, uses_store
from totem.bootstrap.doctor import bank as banking
from totem.bootstrap.doctor import files, machine, terminal
from totem.bootstrap.doctor import printer as printing
from totem.bootstrap.doctor.check import in_thread, within
from totem.bootstrap.tuning import is_simulated
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore
from totem.config.secrets_errors import SecretsError
from totem.domain.errors import ConfigError
from totem.domain.ports import Clock
from totem.services.health.signs import Area, Part, part
from totem.services.health.telling import network_parts
from totem.services.health.vocabulary import Word

_ORDER: Final = tuple(Area)


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds that each check may take; they run side by side, so the longest is the doctor's own."""

    file_s: float = 10.0
    passphrase_s: float = 120.0
    """Somebody may have to type it."""
    disk_s: float = 10.0
    bank_s: float = 45.0
    printer_s: float = 15.0
    terminal_s: float = 30.0
    journal_s: float = 20.0


async def examine(config: Path, clock: Clock, limits: Limits | None = None) -> tuple[Part, ...]:
    """Every check, in the order in which a technician would go."""
    limits = limits or Limits()
    try:
        async with asyncio.timeout(limits.file_s):
            told, read = await files.configuration(config)
    except TimeoutError:
        return (part(Area.CONFIGURATION, config.name, Word.NO_ANSWER),)
    if read is None:
        return (told,)
    secrets, store = await _secrets(read, limits)
    lock = await _lock(read, limits)
    rounds = _rounds(read, store, clock, limits, kiosk_is_open=any(s.word is Word.LOCK_HELD for s in lock.signs))
    found = [each for parts in await asyncio.gather(*rounds) for each in parts]
    here = machine.region(clock.now().astimezone(), read.catalogue.currency, simulated=is_simulated(read))
    screen = await asyncio.to_thread(machine.screen, os.environ)
    parts = (told, *secrets, *network_parts(found), *found, here, screen, lock)
    return tuple(sorted(parts, key=lambda each: _ORDER.index(each.area)))


def _rounds(
    read: Configuration, store: SecretStore | None, clock: Clock, limits: Limits, *, kiosk_is_open: bool
) -> list[Awaitable[tuple[Part, ...]]]:
    settings = read.settings
    place = settings.journal
    printers = [keys.place for keys in (settings.printer, settings.printer.spare) if keys]
    rounds: list[Awaitable[tuple[Part, ...]]] = [
        within(limits.bank_s, _bank(name, read, store, clock), Area.PROVIDER, name)
        for name in _banks(read)
        if store is not None or not uses_store(read)
    ]
    return [
        *rounds,
        within(limits.printer_s, printing.printers(settings, kiosk_is_open=kiosk_is_open), Area.PRINTER, *printers),
        within(
            limits.terminal_s,
            terminal.terminals(read, store, clock, kiosk_is_open=kiosk_is_open),
            Area.TERMINAL,
            *settings.cards.terminals,
        ),
        within(limits.file_s, terminal_certificates(read, store, clock), Area.CERTIFICATE, *settings.cards.terminals),
        within(limits.disk_s, machine.disk(place), Area.DISK, str(place.directory)),
        within(2 * limits.journal_s, machine.journal(place, limits.journal_s), Area.JOURNAL, place.path.name),
    ]


async def _secrets(read: Configuration, limits: Limits) -> tuple[tuple[Part, ...], SecretStore | None]:
    try:
        async with asyncio.timeout(limits.passphrase_s):
            return await files.secrets(read, people())
    except TimeoutError:
        return (part(Area.SECRETS, read.settings.secrets_place.file.name, Word.NO_ANSWER),), None


async def _lock(read: Configuration, limits: Limits) -> Part:
    try:
        async with asyncio.timeout(limits.file_s):
            return await in_thread(lambda: machine.lock(read.settings.journal.directory))
    except TimeoutError:
        return part(Area.LOCK, "", Word.NO_ANSWER)


def _banks(read: Configuration) -> tuple[str, ...]:
    """Those that receive, and Inter where it only sends."""
    pix = read.settings.pix
    sends = pix.inter is not None and pix.inter.pix_out.enabled
    return tuple(dict.fromkeys((*pix.providers, *(("inter",) if sends else ()))))


async def _bank(name: str, read: Configuration, store: SecretStore | None, clock: Clock) -> tuple[Part, ...]:
    try:
        access = await access_of(name, read, store, clock)
    except ConfigError as error:
        sentence = error.sentence if isinstance(error, SecretsError) else "; ".join(error.faults)
        return (part(Area.PROVIDER, name, Word.PROVIDER_UNSET, fault=sentence, section=name),)
    return await banking.bank(access, clock)


async def terminal_certificates(read: Configuration, store: SecretStore | None, clock: Clock) -> tuple[Part, ...]:
    """GoPag alone knows the kiosk by a certificate. What its section lacks, the terminal itself tells."""
    section = read.settings.cards.gopag
    if section is None or "gopag" not in read.settings.cards.terminals:
        return ()
    from totem.bootstrap.terminals import gopag_settings  # noqa: PLC0415 - see `doctor.terminal`

    try:
        source = (await gopag_settings(read, section, store)).source
    except ConfigError:
        return ()
    return () if source is None else (await banking.certificate_part("gopag", source, clock),)


async def access_of(name: str, read: Configuration, store: SecretStore | None, clock: Clock) -> banking.BankAccess:
    """How one bank is reached, by the configuration. Raises ConfigError."""
    kiosk_id = read.settings.kiosk.id
    if name == "sicredi":
        sicredi = await map_sicredi(read, store)
        if sicredi.source is None:
            raise ConfigError(("faltam certificado e chave",))
        return banking.BankAccess(
            name, sicredi.base_url, sicredi.source, sicredi.timeouts, kiosk_id, lambda: open_sicredi(sicredi, clock)
        )
    inter = await map_inter(read, store)
    if inter.source is None:
        raise ConfigError(("faltam certificado e chave",))
    return banking.BankAccess(
        name, inter.base_url, inter.source, inter.timeouts, kiosk_id, lambda: open_inter(inter, clock)
    )
