"""From configuration to open card terminals."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack

import totem
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.terminal import SmartPosTerminal, open_smart_pos
from hardware.terminal.tef.channel import Channel, OnMessage, OwnNumbers, unheard
from hardware.terminal.tef.driver import PaygoTerminal
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder
from hardware.terminal.tef.settings import (
    FolderSettings,
    Network,
    PaygoSettings,
    PaygoTimes,
    SocketSettings,
    parse_address,
)
from hardware.terminal.tef.socket_channel import SocketChannel
from providers.adiq.gateway import open_adiq
from providers.gopag.settings import GopagSettings
from providers.gopag.terminal import open_gopag
from providers.vinti4.gateway import Vinti4Gateway, open_vinti4
from totem.bootstrap.adiq import map_adiq
from totem.bootstrap.credentials import stored_material, stored_secret, timeouts_of
from totem.bootstrap.vinti4 import map_vinti4
from totem.config import cards
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore
from totem.config.vinti4 import Vinti4Settings
from totem.domain.cards import CardTerminal
from totem.domain.errors import ConfigError
from totem.domain.ports import Clock, Random


async def open_terminals(
    configuration: Configuration,
    clock: Clock,
    random: Random,
    store: SecretStore | None,
    undo: AsyncExitStack,
    on_message: OnMessage = unheard,
) -> tuple[CardTerminal, ...]:
    """Every terminal that the configuration names, in its order; `undo` closes them. Nothing is sent yet.

    `on_message` hears every TEF message, redacted. Raises ConfigError or CertificateRefused.
    """
    opened: list[CardTerminal] = []
    for name in configuration.settings.cards.terminals:
        terminal = await open_terminal(name, configuration, clock, random, store, on_message)
        undo.push_async_callback(terminal.close)
        opened.append(terminal)
    return tuple(opened)


async def open_terminal(
    name: str,
    configuration: Configuration,
    clock: Clock,
    random: Random,
    store: SecretStore | None,
    on_message: OnMessage = unheard,
) -> CardTerminal:
    """One of them. Raises ConfigError or CertificateRefused."""
    settings = configuration.settings.cards
    if name == "tef" and settings.tef is not None:
        return await _tef(configuration, settings.tef, clock, store, on_message)
    if name == "smartpos" and settings.smartpos is not None:
        return await _smart_pos(configuration, settings.smartpos, clock, random, store)
    if name == "gopag" and settings.gopag is not None:
        return await open_gopag(await gopag_settings(configuration, settings.gopag, store), clock)
    if name == "adiq" and settings.adiq is not None:
        section = settings.adiq
        secret = await _secret(configuration, name, section.client_secret_store, section.client_secret, store)
        return await open_adiq(map_adiq(settings, section, secret), clock)
    if name == "vinti4" and settings.vinti4 is not None:
        return await _vinti4(configuration, settings.vinti4, clock, random, store)
    raise ConfigError((f"{configuration.path}: cards.{name}: falta esta seção",))


# --- TEF --------------------------------------------------------------------------------------------------------------


async def _tef(
    configuration: Configuration,
    section: cards.TefSettings,
    clock: Clock,
    store: SecretStore | None,
    on_message: OnMessage,
) -> PaygoTerminal:
    shared = configuration.settings.cards
    settings = PaygoSettings(
        company=section.company,
        pos_name=section.pos_name,
        version=totem.__version__,
        registration=section.registration,
        interface_version=section.interface_version,
        networks=tuple(Network(each.name, each.index) for each in section.networks),
        terminal_number=section.terminal_number,
        merchant_number=section.merchant_number,
        most_installments=shared.most_installments,
        least_installment_cents=shared.least_installment_cents,
        installments_by_issuer=section.installments_by_issuer,
        known_words=_known_words(configuration),
    )
    numbers = OwnNumbers(clock.now())
    secret = await _secret(configuration, "tef", section.secret_store, section.secret, store)
    channel: Channel
    if section.channel == "folder" and section.folder is not None:
        folder = Folder(FolderSettings(section.folder), settings.known_words)
        channel = FileChannel(folder, clock, PaygoTimes(), on_message)
    else:
        channel = SocketChannel(
            _socket(configuration, section, secret), settings.times, numbers, settings.known_words, on_message
        )
    return PaygoTerminal(settings, channel, clock, numbers)


def _socket(configuration: Configuration, section: cards.TefSettings, secret: str) -> SocketSettings:
    try:
        host, port = parse_address(section.address)
    except ValueError as error:
        fault = f"{configuration.path}: cards.tef.address: não é computador e porta"
        raise ConfigError((fault,)) from error
    return SocketSettings(host, port, secret.encode("utf-8"), section.tls, section.ca, section.server_name)


def _known_words(configuration: Configuration) -> tuple[str, ...]:
    """Words that a receipt bears of the shop itself, so that none of them passes for a holder's name."""
    business = configuration.settings.business
    return tuple(re.findall(r"\w{2,}", f"{business.name} {business.city} {business.address}"))


# --- Smart POS and GoPag ----------------------------------------------------------------------------------------------


async def _smart_pos(
    configuration: Configuration,
    section: cards.SmartPosSettings,
    clock: Clock,
    random: Random,
    store: SecretStore | None,
) -> SmartPosTerminal:
    shared = configuration.settings.cards
    settings = SmartPosSettings(
        host=section.host,
        port=section.port,
        secret=await _secret(configuration, "smartpos", section.secret_store, section.secret, store),
        allow_no_secret=section.allow_no_secret,
        kiosk=configuration.settings.kiosk.id,
        most_installments=shared.most_installments,
        least_installment_cents=shared.least_installment_cents,
        card_s=section.card_s,
        prints_tickets=section.prints_tickets,
    )
    return open_smart_pos(settings, clock, random)


async def gopag_settings(
    configuration: Configuration, section: cards.GopagSettings, store: SecretStore | None
) -> GopagSettings:
    """The bare mapping. Raises ConfigError."""
    shared = configuration.settings.cards
    return GopagSettings(
        token=await _secret(configuration, "gopag", section.token_store, section.token, store),
        marketplace=section.marketplace,
        seller=section.seller,
        terminal=section.terminal,
        certificate=section.certificate,
        key=section.key,
        ca=section.ca,
        base_url=section.url,
        lock=section.lock,
        most_installments=shared.most_installments,
        least_installment_cents=shared.least_installment_cents,
        can_void=section.void,
        timeouts=timeouts_of(section.timeouts),
        public_roots=section.public_roots,
        material=await asyncio.to_thread(
            stored_material, section.material_store, store, public_roots=section.public_roots
        ),
    )


async def _vinti4(
    configuration: Configuration,
    section: Vinti4Settings,
    clock: Clock,
    random: Random,
    store: SecretStore | None,
) -> Vinti4Gateway:
    code = await _secret(configuration, "vinti4", section.pos_auth_code_store, section.pos_auth_code, store)
    password = await _secret(configuration, "vinti4", section.portal_password_store, section.portal_password, store)
    settings = map_vinti4(section, configuration.settings.kiosk.id, code, password)
    return await open_vinti4(settings, clock, random)


async def _secret(
    configuration: Configuration, name: str, entry: str, read: Callable[[], str], store: SecretStore | None
) -> str:
    """From the store, or from a file or variable; "" where none is named. Raises ConfigError."""
    if entry:
        return await stored_secret(store, entry)
    try:
        return await asyncio.to_thread(read)
    except (OSError, KeyError, UnicodeDecodeError):
        # From None: the message of a UnicodeDecodeError holds the bytes.
        fault = f"{configuration.path}: cards.{name}: o arquivo ou a variável do segredo não se lê mais"
        raise ConfigError((fault,)) from None
