"""From configuration to open ports: the only place that maps one onto the other."""

from __future__ import annotations

import asyncio
import functools
import importlib
from contextlib import AsyncExitStack

from hardware.printer.conversation import PrinterLimits
from hardware.printer.driver import EscPosPrinter
from hardware.printer.links import NetworkLink
from hardware.printer.profile import PROFILES
from providers.pix.inter import open_inter
from providers.pix.inter_payout import open_inter_payer
from providers.pix.sicredi import open_sicredi
from totem.bootstrap.credentials import inter_settings, open_secrets, sicredi_settings
from totem.bootstrap.engine import EngineSettings, Ports
from totem.bootstrap.press import EncoderPress, LateEncoder
from totem.bootstrap.tuning import Tuning, is_simulated, texts_of_assets
from totem.config.loader import Configuration
from totem.config.models import Settings
from totem.config.secrets import SecretStore
from totem.domain.ports import Clock, PixPayer, PixProvider
from totem.services.allocation import LatePolicy
from totem.services.charges import ChargeSettings
from totem.services.checkout import CheckoutSettings
from totem.services.journal import JournalSettings, SqliteJournal, open_journal
from totem.services.payouts import PayoutLimits
from totem.services.poller import PollSettings
from totem.services.print_queue import QueueSettings
from totem.services.refunds import RefundSettings
from totem.services.sweep import SweepSettings
from totem.services.ticket import TicketSettings


async def open_ports(configuration: Configuration, tuning: Tuning) -> Ports:
    """Open journal, bank and printer, off the event loop; `Ports.load_later` is left for after the first screen.

    Raises ConfigError, CertificateRefused or JournalError; whatever was opened by then is closed again.
    """
    settings = configuration.settings
    texts = await asyncio.to_thread(texts_of_assets)
    clock, chance = tuning.clock, tuning.random
    async with AsyncExitStack() as undo:
        journal = await _open_journal(settings, clock)
        undo.push_async_callback(journal.close)
        store = await open_secrets(configuration)
        providers = await _open_providers(configuration, clock, store, undo)
        payer = await _open_payer(configuration, clock, store)
        undo.pop_all()
    profile = PROFILES[settings.printer.profile]
    printer = EscPosPrinter(settings.printer.name, _link(settings), profile, _limits(settings))
    encoder = LateEncoder(profile, {"logo": settings.business.logo} if settings.business.logo else {})
    press = EncoderPress(encoder, printer, _ticket(configuration), texts, settings.kiosk.language)
    return Ports(
        journal, providers, printer, press, clock, chance, payer=payer, load_later=functools.partial(_load, encoder)
    )


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
    return EngineSettings(
        checkout,
        LatePolicy(pix.late_payment),
        polling=PollSettings(first_s=first_s, slowest_s=max(first_s, polling.slowest_s)),
        sweep=SweepSettings(every_s=tuning.sweep_s or pix.sweep_minutes * 60.0),
        charges=ChargeSettings() if tuning.make_limit_s is None else ChargeSettings(make_limit_s=tuning.make_limit_s),
        queue=QueueSettings() if tuning.patience_s is None else QueueSettings(patience_s=tuning.patience_s),
        refunds=RefundSettings() if tuning.refund_again_s is None else RefundSettings(again_s=tuning.refund_again_s),
        payouts=_payout_limits(configuration),
    )


def _load(encoder: LateEncoder) -> None:
    """What the first call to a bank would load otherwise, on the event loop for 0.1 s, and the first ticket."""
    import anyio  # noqa: PLC0415 - httpx brings it, and leaves its asyncio half to the first connection
    from anyio.lowlevel import checkpoint  # noqa: PLC0415

    # Anything that runs makes anyio load it; this loop is the thread's own.
    anyio.run(checkpoint)
    encoder.load()
    importlib.import_module("hardware.sim.preview")  # draws the ticket on the screen
    importlib.import_module("qrcode")  # draws the code


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


async def _open_providers(
    configuration: Configuration, clock: Clock, store: SecretStore | None, undo: AsyncExitStack
) -> tuple[PixProvider, ...]:
    """Every bank that the configuration names, in its order; `undo` closes them."""
    opened: list[PixProvider] = []
    for name in configuration.settings.pix.providers:
        if name == "sicredi":
            provider = await open_sicredi(await sicredi_settings(configuration, clock, store), clock)
        else:
            provider = await open_inter(await inter_settings(configuration, clock, store), clock)
        undo.push_async_callback(provider.close)
        opened.append(provider)
    return tuple(opened)


async def _open_payer(configuration: Configuration, clock: Clock, store: SecretStore | None) -> PixPayer | None:
    """Inter alone sends Pix, and only where the owner switched it on."""
    inter = configuration.settings.pix.inter
    if inter is None or not inter.pix_out.enabled:
        return None
    return await open_inter_payer(await inter_settings(configuration, clock, store), clock)


def _payout_limits(configuration: Configuration) -> PayoutLimits:
    inter = configuration.settings.pix.inter
    return PayoutLimits(inter.pix_out.max_payment_cents, inter.pix_out.max_day_cents) if inter else PayoutLimits(0, 0)


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
