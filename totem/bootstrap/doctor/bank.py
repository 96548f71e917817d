"""One bank: its certificate, its clock against ours, and whether it lets us in. Nothing is charged, nothing changed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from providers.http.client import Timeouts, open_http
from providers.http.material import ClientFiles, ClientIdentity, ClientMaterial, MaterialRefused, read_identity, root_of
from providers.http.tls import open_contexts
from totem.bootstrap.credentials import WARN_DAYS
from totem.bootstrap.doctor.check import Check, bad, good, in_thread, warn
from totem.bootstrap.material_words import BANKS, told
from totem.domain.errors import (
    BankUnreachable,
    CertificateRefused,
    ChargeNotFound,
    CredentialsRefused,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    RequestRefused,
    ScopeMissing,
    Trouble,
)
from totem.domain.ports import Clock, PixProvider

CLOCK_WARN_S: Final = 10
CLOCK_FAIL_S: Final = 60
"""Charges and windows of received Pix are told in times: a minute aside, a payment is looked for in the wrong place."""

_WORDS: Final[tuple[tuple[type[ProviderError], str, str], ...]] = (
    (
        BankUnreachable,
        "o banco não se alcança",
        "confira cabo de rede, internet e DNS; depois, a página de avisos dele",
    ),
    (CredentialsRefused, "o banco recusa o client_id ou o segredo", "confira os dois, e se são deste ambiente"),
    (ScopeMissing, "o banco não dá todas as permissões (escopos)", "peça a ele cob e pix, de leitura e de escrita"),
    (RateLimited, "o banco pede para esperar", "espere uns minutos e repita"),
    (CertificateRefused, "o banco e o totem não se reconhecem", "confira certificado, cadeia (ca) e ambiente"),
    (RequestRefused, "o banco recusa a consulta", "confira as versões da API e o ambiente"),
    (OutcomeUnknown, "o banco não respondeu a tempo, ou não se entende a resposta", "repita em alguns minutos"),
)


@dataclass(frozen=True, slots=True)
class BankAccess:
    """What the doctor needs of one bank."""

    name: str
    base_url: str
    source: ClientFiles | ClientMaterial
    timeouts: Timeouts
    kiosk_id: str
    open: Callable[[], Awaitable[PixProvider]]


async def bank(access: BankAccess, clock: Clock) -> tuple[Check, ...]:
    """The certificate first: without a good one the bank cannot be asked."""
    title = BANKS[access.name]
    try:
        identity = await in_thread(lambda: read_identity(access.source, clock.now()))
    except CertificateRefused as error:
        detail, remedy = told(error)
        return (bad("certificado", title, detail, remedy, error.code),)
    certificate = _certificate(title, identity, clock.now())
    skew, entry = await asyncio.gather(_clock(access, title, clock), _entry(access, title))
    return (*certificate, skew, entry)


def _certificate(title: str, identity: ClientIdentity, now: datetime) -> tuple[Check, ...]:
    days = (identity.not_after - now).days
    until = f"é o da chave, e vale até {identity.not_after.date().isoformat()} ({days} dias)"
    if days <= WARN_DAYS:
        remedy = "peça já um novo ao banco; o pedido se faz com totem csr"
        first = warn("certificado", title, until, remedy, Trouble.CERTIFICATE)
    else:
        first = good("certificado", title, until)
    known = (*identity.chain, *identity.authorities)
    if root_of(identity.chain, known) is not None:
        return first, good("cadeia", title, f"completa, com {len(identity.authorities)} autoridade(s)")
    remedy = "se o banco recusar a conexão, peça a ele a cadeia e importe-a com totem secrets import"
    return first, warn("cadeia", title, "incompleta: falta quem assinou o certificado, até a raiz", remedy)


async def _clock(access: BankAccess, title: str, clock: Clock) -> Check:
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
    except ProviderError as error:
        return warn(
            "relógio", title, "não se pôde comparar com o do banco", "resolva antes o acesso ao banco", error.code
        )
    theirs = _moment(answer.headers.get("date", ""))
    if theirs is None:
        return warn("relógio", title, "o banco não disse a hora", "confira a hora deste computador")
    # The header has no fractions: on the average half a second has passed since.
    off_s = round((ours - theirs).total_seconds() - 0.5)
    detail = f"{abs(off_s)} s {'adiantado' if off_s > 0 else 'atrasado'} em relação ao banco" if off_s else "certo"
    remedy = "ligue a hora automática (NTP) deste computador"
    if abs(off_s) > CLOCK_FAIL_S:
        return bad("relógio", title, detail, remedy)
    return warn("relógio", title, detail, remedy) if abs(off_s) > CLOCK_WARN_S else good("relógio", title, detail)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _entry(access: BankAccess, title: str) -> Check:
    """A charge that cannot exist is asked for: token, permission and version are right if the bank does not know it."""
    try:
        provider = await access.open()
        try:
            await provider.get_charge(f"{access.kiosk_id}DOCTOR{secrets.token_hex(16)}"[:32])
        finally:
            await provider.close()
    except ChargeNotFound:
        return good("acesso", title, "token e consulta aceitos")
    except MaterialRefused as error:
        detail, remedy = told(error)
        return bad("acesso", title, detail, remedy, error.code)
    except ProviderError as error:
        words = next(((what, do) for kind, what, do in _WORDS if isinstance(error, kind)), None)
        detail, remedy = words or (str(error), "veja o registro técnico")
        return bad("acesso", title, detail, remedy, error.code)
    return good("acesso", title, "token e consulta aceitos")
