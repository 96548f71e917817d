"""One bank: its certificate, its clock against ours, and whether it lets us in. Nothing is charged, nothing changed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from providers.http.client import Timeouts, open_http
from providers.http.material import ClientFiles, ClientIdentity, ClientMaterial, MaterialRefused, read_identity, root_of
from providers.http.tls import open_contexts
from totem.bootstrap.credentials import WARN_DAYS
from totem.bootstrap.doctor.check import in_thread
from totem.bootstrap.material_words import sign_of
from totem.domain.errors import CertificateRefused, ConfigError, ProviderError
from totem.domain.ports import Clock, PixProvider
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.telling import access_part, clock_part
from totem.services.health.vocabulary import Level, Word


@dataclass(frozen=True, slots=True)
class BankAccess:
    """What the doctor needs of one bank."""

    name: str
    base_url: str
    source: ClientFiles | ClientMaterial
    timeouts: Timeouts
    kiosk_id: str
    open: Callable[[], Awaitable[PixProvider]]


async def bank(access: BankAccess, clock: Clock) -> tuple[Part, ...]:
    """The certificate first: without a good one the bank cannot be asked."""
    certificate = await certificate_part(access.name, access.source, clock)
    if certificate.level is Level.RED:
        return (certificate,)
    compared, entry = await asyncio.gather(_clock(access, clock), _entry(access))
    return certificate, compared, entry


async def certificate_part(name: str, source: ClientFiles | ClientMaterial, clock: Clock) -> Part:
    """Whether it is the key's, how long it is valid, and whether its chain is whole."""
    try:
        identity = await in_thread(lambda: read_identity(source, clock.now()))
    except CertificateRefused as error:
        return Part(Area.CERTIFICATE, name, (sign_of(error),))
    return Part(Area.CERTIFICATE, name, (_dates(identity, clock.now()), _chain(identity)))


def _dates(identity: ClientIdentity, now: datetime) -> Sign:
    days = (identity.not_after - now).days
    word = Word.CERTIFICATE_ENDS if days <= WARN_DAYS else Word.CERTIFICATE_GOOD
    return Sign(word, {"date": identity.not_after.date().isoformat(), "days": days})


def _chain(identity: ClientIdentity) -> Sign:
    if root_of(identity.chain, (*identity.chain, *identity.authorities)) is None:
        return Sign(Word.CHAIN_INCOMPLETE)
    return Sign(Word.CHAIN_WHOLE, {"count": len(identity.authorities)})


async def _clock(access: BankAccess, clock: Clock) -> Part:
    """Ours against the `Date` that every answer bears (RFC 9110, 6.6.1), a refusal's too."""
    try:
        contexts = await open_contexts(access.source, clock.now())
        http = open_http(access.base_url, contexts, access.timeouts, clock)
        try:
            before = clock.now()
            answer = await http.exchange(httpx.Request("GET", access.base_url), "GET /", moves_money=False)
            ours = before + (clock.now() - before) / 2
        finally:
            await http.close()
    except ProviderError:
        return clock_part(access.name, None)
    theirs = moment_of(answer.headers.get("date", ""))
    return clock_part(access.name, (ours - theirs).total_seconds() if theirs is not None else None)


def moment_of(date: str) -> datetime | None:
    """The moment that a `Date` header tells; None where it tells none."""
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _entry(access: BankAccess) -> Part:
    try:
        provider = await access.open()
    except MaterialRefused as error:
        return Part(Area.CERTIFICATE, access.name, (sign_of(error),))
    except ConfigError as error:
        return part(Area.PROVIDER, access.name, Word.PROVIDER_UNSET, fault="; ".join(error.faults), section=access.name)
    except ProviderError as error:
        return access_part(access.name, error)
    try:
        await knock(provider, access.kiosk_id)
    except ProviderError as error:
        return access_part(access.name, error)
    finally:
        await provider.close()
    return access_part(access.name, None)


async def knock(provider: PixProvider, kiosk_id: str) -> None:
    """A charge that cannot exist is asked for: token, permission and version are right if the bank does not know it.

    Raises ProviderError, ChargeNotFound where all is well.
    """
    await provider.get_charge(f"{kiosk_id}DOCTOR{secrets.token_hex(16)}"[:32])
