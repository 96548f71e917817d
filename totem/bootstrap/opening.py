"""From configuration to open ports: the only place that maps one onto the other."""

from __future__ import annotations

import asyncio
import functools
import importlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace

from hardware.printer.profile import GENERIC_58, PrinterProfile
from hardware.terminal.smart_pos.terminal import SmartPosTerminal
from hardware.terminal.tef.channel import OnMessage, unheard
from providers.pix.inter import open_inter
from providers.pix.inter_payout import open_inter_payer
from providers.pix.sicredi import open_sicredi
from totem.bootstrap.credentials import inter_settings, open_secrets, sicredi_settings
from totem.bootstrap.engine import EngineSettings, Ports
from totem.bootstrap.journal_place import open_kiosk_journal
from totem.bootstrap.press import EncoderPress, LateEncoder
from totem.bootstrap.printers import open_printer, profile_of
from totem.bootstrap.sealing import ReceiptSealer
from totem.bootstrap.shop import ticket_settings
from totem.bootstrap.sights import BankTime, sights_of
from totem.bootstrap.tef_record import MessageRecord
from totem.bootstrap.terminals import open_terminals
from totem.bootstrap.tuning import Tuning, texts_of_assets
from totem.config.loader import Configuration
from totem.config.models import Settings
from totem.config.secrets import SecretStore
from totem.domain.ports import Clock, PixPayer, PixProvider, Printer
from totem.domain.texts import Texts
from totem.services.allocation import LatePolicy
from totem.services.card_flow import CardFlowSettings
from totem.services.cards import CardFate
from totem.services.charges import ChargeSettings
from totem.services.payouts import PayoutLimits
from totem.services.pix_flow import PixFlowSettings
from totem.services.poller import PollSettings
from totem.services.print_queue import QueueSettings, WithoutPaper
from totem.services.refunds import RefundSettings
from totem.services.state import Method
from totem.services.stations import Station
from totem.services.sweep import SweepSettings


async def open_ports(configuration: Configuration, tuning: Tuning) -> Ports:
    """Open journal, bank and printer, off the event loop; `Ports.load_later` is left for after the first screen.

    Raises ConfigError, CertificateRefused or JournalError; whatever was opened by then is closed again.
    """
    settings = configuration.settings
    texts = await asyncio.to_thread(texts_of_assets)
    clock, chance = tuning.clock, tuning.random
    async with AsyncExitStack() as undo:
        journal = await open_kiosk_journal(settings, clock)
        undo.push_async_callback(journal.close)
        store = await open_secrets(configuration)
        times: dict[str, BankTime] = {name: BankTime(clock) for name in settings.pix.providers}
        providers = await _open_providers(configuration, clock, store, times, undo)
        payer = await _open_payer(configuration, clock, store)
        terminals = await open_terminals(configuration, clock, chance, store, undo, _on_message(settings, clock))
        sealer = await asyncio.to_thread(ReceiptSealer.of_file, settings.journal.key_file)
        undo.pop_all()
    stations = [
        _station(open_printer(keys), profile_of(keys), configuration, texts, sealer, keys.driver, keys.place)
        for keys in (settings.printer, settings.printer.spare)
        if keys
    ]
    for terminal in terminals:
        # Its own printer goes first where the owner wants that; the kiosk's are its spares then.
        own = terminal.ticket_printer() if isinstance(terminal, SmartPosTerminal) else None
        if own is not None:
            stations.insert(0, _station(own, GENERIC_58, configuration, texts, sealer, terminal.name, ""))
    main, encoder = stations[0]
    return Ports(
        journal,
        providers,
        main.printer,
        main.press,
        clock,
        chance,
        payer=payer,
        spares=tuple(station for station, _ in stations[1:]),
        terminals=terminals,
        sealer=sealer,
        driver=main.driver,
        place=main.place,
        sights=sights_of(configuration, clock, store, times),
        load_later=functools.partial(_load, encoder),
    )


def _station(
    printer: Printer,
    profile: PrinterProfile,
    configuration: Configuration,
    texts: Texts,
    sealer: ReceiptSealer,
    driver: str,
    place: str,
) -> tuple[Station, LateEncoder]:
    """A printer, and the press that knows its paper."""
    settings = configuration.settings
    encoder = LateEncoder(profile, {"logo": settings.business.logo} if settings.business.logo else {})
    press = EncoderPress(
        encoder,
        printer,
        ticket_settings(configuration),
        texts,
        settings.kiosk.language,
        configuration.templates,
        unseal=sealer.unseal,
        merchant_copies=settings.cards.merchant_receipt == "print",
    )
    return Station(printer, press, driver, place), encoder


def engine_settings(configuration: Configuration, tuning: Tuning) -> EngineSettings:
    settings = configuration.settings
    pix, polling = settings.pix, settings.polling
    checkout = PixFlowSettings(
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
        queue=_queue(configuration, tuning),
        refunds=RefundSettings() if tuning.refund_again_s is None else RefundSettings(again_s=tuning.refund_again_s),
        payouts=_payout_limits(configuration),
        card=_card_flow(tuning),
        ticket_unknown=CardFate(settings.cards.ticket_unknown),
        ticket_failed=CardFate(settings.cards.ticket_failed),
        card_methods=tuple(Method(each) for each in settings.cards.methods),
    )


def _queue(configuration: Configuration, tuning: Tuning) -> QueueSettings:
    ticket = configuration.settings.ticket
    queue = QueueSettings(reprint_window_s=ticket.reprint_s, without_paper=WithoutPaper(ticket.without_paper))
    return queue if tuning.patience_s is None else replace(queue, patience_s=tuning.patience_s)


def _load(encoder: LateEncoder) -> None:
    """What the first call to a bank would load otherwise, on the event loop for 0.1 s, and the first ticket."""
    import anyio  # noqa: PLC0415 - httpx brings it, and leaves its asyncio half to the first connection
    from anyio.lowlevel import checkpoint  # noqa: PLC0415

    # Anything that runs makes anyio load it; this loop is the thread's own.
    anyio.run(checkpoint)
    encoder.load()
    importlib.import_module("hardware.sim.preview")  # draws the ticket on the screen
    importlib.import_module("qrcode")  # draws the code


async def _open_providers(
    configuration: Configuration,
    clock: Clock,
    store: SecretStore | None,
    times: Mapping[str, BankTime],
    undo: AsyncExitStack,
) -> tuple[PixProvider, ...]:
    """Every bank that the configuration names, in its order; `undo` closes them."""
    opened: list[PixProvider] = []
    for name in configuration.settings.pix.providers:
        if name == "sicredi":
            provider = await open_sicredi(await sicredi_settings(configuration, clock, store), clock, times[name].heard)
        else:
            provider = await open_inter(await inter_settings(configuration, clock, store), clock, times[name].heard)
        undo.push_async_callback(provider.close)
        opened.append(provider)
    return tuple(opened)


async def _open_payer(configuration: Configuration, clock: Clock, store: SecretStore | None) -> PixPayer | None:
    """Inter alone sends Pix, and only where the owner switched it on."""
    inter = configuration.settings.pix.inter
    if inter is None or not inter.pix_out.enabled:
        return None
    return await open_inter_payer(await inter_settings(configuration, clock, store), clock)


def _card_flow(tuning: Tuning) -> CardFlowSettings:
    if tuning.terminal_silence_s is None:
        return CardFlowSettings()
    return CardFlowSettings(silence_limit_s=tuning.terminal_silence_s)


def _on_message(settings: Settings, clock: Clock) -> OnMessage:
    tef = settings.cards.tef
    return MessageRecord(settings.journal.directory, clock) if tef is not None and tef.record else unheard


def _payout_limits(configuration: Configuration) -> PayoutLimits:
    inter = configuration.settings.pix.inter
    return PayoutLimits(inter.pix_out.max_payment_cents, inter.pix_out.max_day_cents) if inter else PayoutLimits(0, 0)
