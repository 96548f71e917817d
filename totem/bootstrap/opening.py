"""From configuration to open ports: the only place that maps one onto the other."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import assets
from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.links import NetworkLink
from hardware.printer.profile import PROFILES
from providers.http.client import Timeouts
from providers.pix.bank import ApiVersions
from providers.pix.sicredi import SicrediSettings, open_sicredi
from totem.bootstrap.engine import EngineSettings, Ports
from totem.bootstrap.press import EncoderPress, LateEncoder
from totem.config.loader import Configuration
from totem.config.models import Settings
from totem.domain.ports import Clock, PixProvider, Random
from totem.domain.texts import Texts
from totem.services.checkout import CheckoutSettings
from totem.services.clock import SystemClock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.poller import PollSettings
from totem.services.texts import load_texts
from totem.services.ticket import TicketSettings


@dataclass(frozen=True, slots=True)
class Tuning:
    """What a demo or a test sets that no owner may: time, chance, and lives shorter than a real bank allows."""

    clock: Clock = field(default_factory=SystemClock)
    random: Random = field(default_factory=random.SystemRandom)
    charge_life_s: int | None = None
    screen_s: float | None = None
    first_poll_s: float | None = None


def is_simulated(configuration: Configuration) -> bool:
    """A bank on the loopback is a simulator, and a kiosk on simulators says so on every screen and ticket."""
    sicredi = configuration.settings.pix.sicredi
    host = urlsplit(sicredi.url).hostname if sicredi else None
    if host is None:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def texts_of_assets() -> Texts:
    return load_texts(assets.path("i18n"))


async def open_ports(configuration: Configuration, tuning: Tuning) -> Ports:
    """Open journal, bank and printer, off the event loop; `Ports.load_later` is left for after the first screen.

    Raises ConfigError, CertificateRefused or JournalError; whatever was opened by then is closed again.
    """
    settings = configuration.settings
    texts = await asyncio.to_thread(texts_of_assets)
    journal = await _open_journal(settings, tuning.clock)
    try:
        provider = await _open_provider(configuration, tuning.clock)
        profile = PROFILES[settings.printer.profile]
        printer = EscPosPrinter(settings.printer.name, _link(settings), profile, _limits(settings))
        pictures = {"logo": settings.business.logo} if settings.business.logo else {}
        encoder = LateEncoder(profile, pictures)
    except BaseException:
        await journal.close()
        raise
    press = EncoderPress(encoder, printer, _ticket(configuration), texts, settings.kiosk.language)
    return Ports(journal, provider, printer, press, tuning.clock, tuning.random, load_later=encoder.load)


def engine_settings(configuration: Configuration, tuning: Tuning) -> EngineSettings:
    settings = configuration.settings
    pix, polling = settings.pix, settings.polling
    checkout = CheckoutSettings(
        kiosk_id=settings.kiosk.id,
        charge_life_s=tuning.charge_life_s or pix.expiry_s,
        screen_s=tuning.screen_s or pix.screen_s,
        extension_s=pix.extension_s,
        receiver_name=pix.receiver_name,
        message=pix.message or settings.business.name,
    )
    first_s = tuning.first_poll_s or polling.first_s
    return EngineSettings(checkout, polling=PollSettings(first_s=first_s, slowest_s=max(first_s, polling.slowest_s)))


async def _open_journal(settings: Settings, clock: Clock) -> SqliteJournal:
    journal = settings.journal
    for folder in (journal.directory, journal.key_file.parent, journal.head_path.parent):
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    return await open_journal(
        JournalSettings(
            path=journal.path,
            key_file=journal.key_file,
            head_file=journal.head_path,
            reserve_bytes=journal.reserve_mb * 1024 * 1024,
        ),
        clock,
    )


async def _open_provider(configuration: Configuration, clock: Clock) -> PixProvider:
    settings = configuration.settings
    bank = settings.pix.sicredi
    if bank is None:
        raise ValueError("the loader lets no configuration pass without its provider's section")
    timeouts = bank.timeouts
    versions = bank.versions
    return await open_sicredi(
        SicrediSettings(
            client_id=bank.client_id,
            client_secret=await asyncio.to_thread(bank.client_secret),
            certificate=bank.certificate,
            key=bank.key,
            ca=bank.ca,
            pix_key=bank.pix_key,
            base_url=bank.url,
            versions=ApiVersions(
                put_cob=versions.create_charge,
                get_cob=versions.get_charge,
                patch_cob=versions.cancel_charge,
                pix=versions.received,
                loc=versions.location,
            ),
            timeouts=Timeouts(
                connect_s=timeouts.connect_s,
                read_s=timeouts.read_s,
                write_s=timeouts.write_s,
                pool_s=timeouts.pool_s,
                total_s=timeouts.total_s,
            ),
            calls_per_minute=settings.polling.calls_per_minute,
            public_roots=bank.public_roots,
        ),
        clock,
    )


def _link(settings: Settings) -> NetworkLink:
    return NetworkLink(settings.printer.host, settings.printer.port)


def _limits(settings: Settings) -> PrinterLimits:
    printer = settings.printer
    return PrinterLimits(
        connect_s=printer.connect_timeout_s, status_s=printer.reply_timeout_s, job_s=printer.print_timeout_s
    )


def _ticket(configuration: Configuration) -> TicketSettings:
    business, ticket = configuration.settings.business, configuration.settings.ticket
    details = (business.address, business.city, _document(business.document), business.phone)
    return TicketSettings(
        business_name=business.name,
        business_details=tuple(line for line in details if line),
        instructions={language: ticket.footer.get(language) for language in configuration.settings.kiosk.languages},
        validity_days=ticket.validity_days,
        logo="logo" if business.logo else "",
        simulated=is_simulated(configuration),
    )


def _document(digits: str) -> str:
    """CNPJ and CPF as people write them; "" for none."""
    if len(digits) == 14:
        return f"CNPJ {digits[:2]}.{digits[2:5]}.{digits[5:8]}/{digits[8:12]}-{digits[12:]}"
    return f"CPF {digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}" if digits else ""
