"""Sicredi's dialect: HTTP Basic for the token, `/api/v2` and `/api/v3`, mutual TLS with .cer, .key and CA chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from providers.http.client import OnDate, Timeouts, open_http
from providers.http.material import ClientFiles, ClientMaterial
from providers.http.tls import open_contexts
from providers.pix.bacen import BacenPix
from providers.pix.bank import ApiVersions, Bank
from providers.pix.limits import MAX_PIX_KEY
from providers.pix.token import AuthStyle, TokenCache, TokenSettings
from totem.domain.errors import ConfigError
from totem.domain.ports import Clock, PixCapabilities, PixProvider

PRODUCTION: Final = "https://api-pix.sicredi.com.br"
HOMOLOGATION: Final = "https://api-pix-h.sicredi.com.br"
SICREDI_VERSIONS: Final = ApiVersions(put_cob="v2", get_cob="v3", patch_cob="v2", pix="v2", loc="v2")
SICREDI_SCOPES: Final = ("cob.read", "cob.write", "pix.read", "pix.write")
SICREDI_WISHES: Final = ("payloadlocation.read",)
"""Needed only where a charge is answered without its copia e cola."""


@dataclass(frozen=True, slots=True)
class SicrediSettings:
    """What the owner gets from Sicredi. `ca` is the CA chain that comes with the certificate.

    `public_roots` also trusts the authorities of browsers; the shipped simulator is reached without them.
    """

    client_id: str
    client_secret: str = field(repr=False)
    certificate: Path | None
    key: Path | None
    ca: Path | None
    pix_key: str
    base_url: str = PRODUCTION
    versions: ApiVersions = SICREDI_VERSIONS
    scopes: tuple[str, ...] = SICREDI_SCOPES
    wishes: tuple[str, ...] = SICREDI_WISHES
    timeouts: Timeouts = field(default_factory=Timeouts)
    calls_per_minute: int = 60
    public_roots: bool = True
    material: ClientMaterial | None = field(default=None, repr=False)
    """In place of the three paths, where an encrypted store holds them."""

    @property
    def source(self) -> ClientFiles | ClientMaterial | None:
        """Material in memory goes before paths; None where neither was given."""
        if self.material is not None:
            return self.material
        if self.certificate is None or self.key is None:
            return None
        return ClientFiles(self.certificate, self.key, self.ca, public_roots=self.public_roots)


async def open_sicredi(settings: SicrediSettings, clock: Clock, on_date: OnDate | None = None) -> PixProvider:
    """Judge settings and material, and build the client; nothing is sent yet.

    Raises ConfigError with every faulty setting, or CertificateRefused with the one sentence that names what is wrong
    with certificate, key or CA chain.
    """
    source = settings.source
    faults = _faults(settings)
    if faults or source is None:
        raise ConfigError(tuple(faults))
    contexts = await open_contexts(source, clock.now())
    http = open_http(settings.base_url, contexts, settings.timeouts, clock, on_date)
    token = TokenSettings(
        path="/oauth/token",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        scopes=settings.scopes,
        auth=AuthStyle.BASIC,
        wishes=settings.wishes,
    )
    bank = Bank(
        name="sicredi",
        prefix="/api",
        pix_key=settings.pix_key,
        token=token,
        versions=settings.versions,
        capabilities=PixCapabilities(calls_per_minute=settings.calls_per_minute),
    )
    return BacenPix(bank, http, TokenCache(token, http, clock))


def _faults(settings: SicrediSettings) -> list[str]:
    faults = []
    parts = urlsplit(settings.base_url)
    if parts.scheme != "https" or not parts.hostname:
        faults.append("sicredi: base_url: must be an https address")
    if not settings.client_id or ":" in settings.client_id:
        faults.append("sicredi: client_id: must not be empty nor hold a colon")  # RFC 7617, 2
    if not settings.client_secret:
        faults.append("sicredi: client_secret: must not be empty")
    if not 0 < len(settings.pix_key) <= MAX_PIX_KEY:
        faults.append(f"sicredi: pix_key: must be 1 to {MAX_PIX_KEY} characters")
    if settings.calls_per_minute < 1:
        faults.append("sicredi: calls_per_minute: must be at least 1")
    source = settings.source
    if source is None:
        faults.append("sicredi: certificate: certificate and key are needed, or material in memory")
    elif not source.public_roots and source.ca is None:
        faults.append("sicredi: ca: without public_roots a CA chain is needed")
    return faults
