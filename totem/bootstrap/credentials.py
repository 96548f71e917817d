"""From configuration and encrypted store to the banks' settings, with a warning before a certificate ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from providers.http.client import Timeouts
from providers.http.material import ClientFiles, ClientMaterial, certificate_ends
from providers.pix.bank import ApiVersions
from providers.pix.inter import InterPayoutSettings, InterSettings
from providers.pix.sicredi import SicrediSettings
from totem.config import banks
from totem.config.loader import Configuration
from totem.config.secrets import SecretStore, open_store
from totem.config.secrets_errors import SecretsError, SecretsFault
from totem.config.secrets_format import Kind
from totem.config.secrets_key import People
from totem.domain.errors import CertificateRefused, ConfigError
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

WARN_DAYS: Final = 30
"""Banks take days to sign a new certificate, and Inter's lasts twelve months."""


def uses_store(configuration: Configuration) -> bool:
    """Whether any bank that is in use, if only to send a Pix, takes a credential from the encrypted store."""
    pix = configuration.settings.pix
    sections = [section for section in (pix.sicredi, pix.inter) if section is not None]
    pays_out = pix.inter is not None and pix.inter.pix_out.enabled
    in_use = [one for one in sections if _name_of(one) in pix.providers or (one is pix.inter and pays_out)]
    return any(_takes_from_store(section) for section in in_use) or _cards_take_from_store(configuration)


def _cards_take_from_store(configuration: Configuration) -> bool:
    cards = configuration.settings.cards
    entries = (
        "secret_store",
        "token_store",
        "client_secret_store",
        "material_store",
        "pos_auth_code_store",
        "portal_password_store",
    )
    return any(getattr(getattr(cards, name), entry, "") for name in cards.terminals for entry in entries)


async def open_secrets(configuration: Configuration, people: People | None = None) -> SecretStore | None:
    """The open store, None where nothing is taken from it. Open it once and hand it on: a passphrase is asked for once.

    Raises SecretsError (a ConfigError).
    """
    if not uses_store(configuration):
        return None
    return await asyncio.to_thread(open_store, configuration.settings.secrets_place, people or People())


async def sicredi_settings(
    configuration: Configuration, clock: Clock, store: SecretStore | None = None
) -> SicrediSettings:
    """Sicredi's settings; warns in the log where the certificate ends within 30 days.

    `store` as `open_secrets` gave it; without it, it is opened here. Raises ConfigError where a credential is missing.
    """
    settings = await map_sicredi(configuration, store or await open_secrets(configuration))
    await warn_of_expiry("sicredi", settings.source, clock.now())
    return settings


async def inter_settings(configuration: Configuration, clock: Clock, store: SecretStore | None = None) -> InterSettings:
    """Inter's settings, as `sicredi_settings`."""
    settings = await map_inter(configuration, store or await open_secrets(configuration))
    await warn_of_expiry("inter", settings.source, clock.now())
    return settings


async def warn_of_expiry(name: str, source: ClientFiles | ClientMaterial | None, now: datetime) -> int | None:
    """Log the days left from 30 on; returns them, None where the material cannot be read (opening it says why)."""
    if source is None:
        return None
    try:
        ends = await asyncio.to_thread(certificate_ends, source)
    except CertificateRefused:
        return None
    days = (ends - now).days
    if days <= WARN_DAYS:
        log.warning(
            "the certificate of %s ends in %d days, on %s: ask the bank for a new one (totem csr)",
            name,
            days,
            ends.date().isoformat(),
        )
    return days


async def map_sicredi(configuration: Configuration, store: SecretStore | None) -> SicrediSettings:
    """The bare mapping. Raises ConfigError."""
    section = configuration.settings.pix.sicredi
    if section is None:
        raise ConfigError((f"{configuration.path}: pix.sicredi: falta esta seção",))
    versions = section.versions
    return SicrediSettings(
        client_id=section.client_id,
        client_secret=await _client_secret(configuration, section, store),
        certificate=section.certificate,
        key=section.key,
        ca=section.ca,
        material=await asyncio.to_thread(_material, section, store),
        pix_key=section.pix_key,
        base_url=section.url,
        versions=ApiVersions(
            put_cob=versions.create_charge,
            get_cob=versions.get_charge,
            patch_cob=versions.cancel_charge,
            pix=versions.received,
            loc=versions.location,
        ),
        timeouts=timeouts_of(section.timeouts),
        calls_per_minute=configuration.settings.polling.calls_per_minute,
        public_roots=section.public_roots,
    )


async def map_inter(configuration: Configuration, store: SecretStore | None) -> InterSettings:
    """The bare mapping. Raises ConfigError."""
    section = configuration.settings.pix.inter
    if section is None:
        raise ConfigError((f"{configuration.path}: pix.inter: falta esta seção",))
    material = await asyncio.to_thread(_material, section, store)
    if section.pfx is not None:
        material = await _pfx_material(configuration, section, store)
    return InterSettings(
        client_id=section.client_id,
        client_secret=await _client_secret(configuration, section, store),
        certificate=section.certificate,
        key=section.key,
        ca=section.ca,
        material=material,
        pix_key=section.pix_key,
        base_url=section.url,
        account=section.account or None,
        timeouts=timeouts_of(section.timeouts),
        calls_per_minute=section.calls_limit_per_minute,
        public_roots=section.public_roots,
        payout=InterPayoutSettings(path=section.pix_out.path),
    )


# --- where each credential lies ---------------------------------------------------------------------------------------


def _name_of(section: banks.BankSettings) -> str:
    return "sicredi" if isinstance(section, banks.SicrediSettings) else "inter"


def _takes_from_store(section: banks.BankSettings) -> bool:
    password = section.pfx_password_store if isinstance(section, banks.InterSettings) else ""
    return bool(section.client_secret_store or section.material_store or password)


async def _client_secret(configuration: Configuration, section: banks.BankSettings, store: SecretStore | None) -> str:
    if section.client_secret_store:
        return await stored_secret(store, section.client_secret_store)
    return await _outside(configuration, f"pix.{_name_of(section)}.client_secret", section.client_secret)


async def stored_secret(store: SecretStore | None, name: str) -> str:
    """Raises SecretsError."""
    value = await asyncio.to_thread(_open(store).get, name, Kind.SECRET)
    return value.decode("utf-8")


async def _outside(configuration: Configuration, key: str, read: Callable[[], str]) -> str:
    """A secret of a file or variable, both checked at the start, and gone since. Raises ConfigError."""
    try:
        text = await asyncio.to_thread(read)
    except (OSError, KeyError, UnicodeDecodeError):
        # From None: the message of a UnicodeDecodeError holds the bytes.
        raise ConfigError(
            (f"{configuration.path}: {key}: o arquivo ou a variável do segredo não se lê mais",)
        ) from None
    if not text:
        raise ConfigError((f"{configuration.path}: {key}: o segredo está vazio",))
    return text


def _open(store: SecretStore | None) -> SecretStore:
    if store is None:
        raise SecretsError(SecretsFault.MISSING, "a configuração usa o cofre, e ele não foi aberto")
    return store


def _material(section: banks.SicrediSettings | banks.InterSettings, store: SecretStore | None) -> ClientMaterial | None:
    return stored_material(section.material_store, store, public_roots=section.public_roots)


def stored_material(name: str, store: SecretStore | None, *, public_roots: bool) -> ClientMaterial | None:
    """Certificate, key and chain under that name in the store; None for no name. Blocking. Raises SecretsError."""
    if not name:
        return None
    opened = _open(store)
    return ClientMaterial(
        certificate=opened.get(f"{name}.certificate", Kind.CERTIFICATE),
        key=opened.get(f"{name}.key", Kind.KEY),
        ca=opened.find(f"{name}.ca", Kind.CHAIN),
        public_roots=public_roots,
        name=name,
    )


async def _pfx_material(
    configuration: Configuration, section: banks.InterSettings, store: SecretStore | None
) -> ClientMaterial:
    if section.pfx is None:
        raise ValueError("called for a section without a .pfx")
    if section.pfx_password_store:
        password = await stored_secret(store, section.pfx_password_store)
    else:
        password = await _outside(configuration, "pix.inter.pfx_password", section.pfx_password)
    try:
        data = await asyncio.to_thread(section.pfx.read_bytes)
        ca = await asyncio.to_thread(section.ca.read_bytes) if section.ca else None
    except OSError as error:
        raise ConfigError((f"{configuration.path}: pix.inter.pfx: não pode ser lido ({error.strerror})",)) from error
    return ClientMaterial(
        pfx=data, key_password=password, ca=ca, public_roots=section.public_roots, name=section.pfx.name
    )


def timeouts_of(timeouts: banks.HttpTimeouts) -> Timeouts:
    """As the HTTP client wants them."""
    return Timeouts(
        connect_s=timeouts.connect_s,
        read_s=timeouts.read_s,
        write_s=timeouts.write_s,
        pool_s=timeouts.pool_s,
        total_s=timeouts.total_s,
    )
