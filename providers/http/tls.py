"""The ssl contexts of a provider. Building one reads files and takes tens of milliseconds: never on the event loop."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from secrets import token_hex

import certifi
from cryptography import x509
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from providers.http.material import ClientFiles, ClientIdentity, ClientMaterial, read_authorities, read_identity
from totem.domain.errors import CertificateRefused


@dataclass(frozen=True, slots=True)
class TlsContexts:
    """`calls` for requests; `probe`, capped at TLS 1.2, only for the handshake that finds out who refuses whom."""

    calls: ssl.SSLContext
    probe: ssl.SSLContext
    certificate_ends: datetime | None
    """Of our own certificate; None where we show none."""


async def open_contexts(source: ClientFiles | ClientMaterial, now: datetime) -> TlsContexts:
    """Judge the material and build the contexts, in a thread. Raises CertificateRefused."""
    return await asyncio.to_thread(_build_both, source, now)


async def open_trust(ca: Path | None, *, public_roots: bool) -> TlsContexts:
    """Contexts for a provider that knows us by a token alone. `ca`: authorities to trust. Raises CertificateRefused."""
    return await asyncio.to_thread(_build_trust, ca, public_roots=public_roots)


def _build_trust(ca: Path | None, *, public_roots: bool) -> TlsContexts:
    authorities = read_authorities(ca) if ca is not None else ()
    probe = _trusting(authorities, public_roots=public_roots)
    probe.maximum_version = ssl.TLSVersion.TLSv1_2
    return TlsContexts(_trusting(authorities, public_roots=public_roots), probe, None)


def _build_both(source: ClientFiles | ClientMaterial, now: datetime) -> TlsContexts:
    identity = read_identity(source, now)
    probe = _build(identity, public_roots=source.public_roots)
    # Under TLS 1.3 a client's handshake is over before the server has judged its certificate, so a refusal shows only
    # after the request was written. Under TLS 1.2 it shows in the handshake (RFC 8446, 4.4.2 against RFC 5246, 7.4.6).
    probe.maximum_version = ssl.TLSVersion.TLSv1_2
    return TlsContexts(_build(identity, public_roots=source.public_roots), probe, identity.not_after)


def _build(identity: ClientIdentity, *, public_roots: bool) -> ssl.SSLContext:
    context = _trusting(identity.authorities, public_roots=public_roots)
    _load_identity(context, identity)
    return context


def _trusting(authorities: Sequence[x509.Certificate], *, public_roots: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if public_roots:
        # certifi and not the system's store: a frozen program finds none of its own on many systems.
        context.load_verify_locations(cafile=certifi.where())
    if authorities:
        trusted = b"".join(authority.public_bytes(Encoding.PEM) for authority in authorities)
        context.load_verify_locations(cadata=trusted.decode("ascii"))
    return context


def _load_identity(context: ssl.SSLContext, identity: ClientIdentity) -> None:
    """Hand certificate and key to OpenSSL, which takes files only: the key touches the disk encrypted, for a moment."""
    password = token_hex(16)
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(password.encode()))
    chain = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in identity.chain)
    with tempfile.TemporaryDirectory(prefix="totem-") as folder:
        file = Path(folder, "identity.pem")
        file.write_bytes(key + chain)
        try:
            context.load_cert_chain(file, password=password)
        except ssl.SSLError as exc:
            raise CertificateRefused(f"OpenSSL refuses the client certificate or its key: {exc.reason}") from exc
