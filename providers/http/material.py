"""What a bank knows us by: certificate, key and CA chain, read and judged before the first connection.

Banks answer every fault in this material with the same "403" or a dropped connection, so each is named here, by its own
sentence, while the cause can still be seen. All of it reads files and does arithmetic: call it from a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from totem.domain.errors import CertificateRefused

_MAX_FILE_BYTES: Final = 1_000_000
_MAX_CHAIN: Final = 8
_PEM_MARK: Final = b"-----BEGIN "


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """Paths of the bank's material: `.cer`/`.crt` (PEM or DER), `.key` without a password, and the CA chain.

    `ca` holds the authorities that both sides go by: it is trusted when the bank shows its certificate, and completes
    the chain that we show. `public_roots` also trusts the authorities of browsers (production banks are under those).
    """

    certificate: Path
    key: Path
    ca: Path | None = None
    public_roots: bool = True


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """The material once judged good: the chain that we show (leaf first, no root), its key, and whom we trust."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes
    authorities: tuple[x509.Certificate, ...]

    @property
    def not_after(self) -> datetime:
        """When the bank stops accepting the certificate (aware, UTC)."""
        return self.chain[0].not_valid_after_utc


def read_identity(files: ClientFiles, now: datetime) -> ClientIdentity:
    """Read and judge the material at the time `now`. Raises CertificateRefused, one sentence for the first fault."""
    given = _certificates(files.certificate, "client certificate")
    key = _private_key(files.key)
    authorities = _certificates(files.ca, "CA chain") if files.ca is not None else ()
    leaf = _leaf_of(given, key, files)
    _check_dates(leaf, files.certificate, now)
    return ClientIdentity(_chain_of(leaf, (*given, *authorities)), key, authorities)


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError as exc:
        raise CertificateRefused(f"the {what} {path} does not exist") from exc
    except OSError as exc:
        raise CertificateRefused(f"the {what} {path} cannot be read: {exc.strerror or type(exc).__name__}") from exc
    if not data.strip():
        raise CertificateRefused(f"the {what} {path} is empty")
    if len(data) > _MAX_FILE_BYTES:
        raise CertificateRefused(f"the {what} {path} is far too large to be one")
    return data


def _certificates(path: Path, what: str) -> tuple[x509.Certificate, ...]:
    data = _read(path, what)
    try:
        if _PEM_MARK in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except (ValueError, UnsupportedAlgorithm) as exc:
        if b"PRIVATE KEY-----" in data:
            raise CertificateRefused(f"the {what} {path} holds a private key instead of a certificate") from exc
        if b"CERTIFICATE REQUEST-----" in data:
            raise CertificateRefused(f"the {what} {path} holds a request (CSR), not a certificate") from exc
        raise CertificateRefused(f"the {what} {path} holds no readable certificate (PEM or DER)") from exc


def _private_key(path: Path) -> PrivateKeyTypes:
    data = _read(path, "private key")
    try:
        if _PEM_MARK in data:
            return load_pem_private_key(data, password=None)
        return load_der_private_key(data, password=None)
    except TypeError as exc:
        # cryptography's way to say that a password is needed.
        raise CertificateRefused(f"the private key {path} is protected by a password: store it without one") from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        if b"BEGIN CERTIFICATE" in data:
            raise CertificateRefused(f"the private key {path} holds a certificate instead of a key") from exc
        raise CertificateRefused(f"the private key {path} is not a readable key (PEM or DER)") from exc


def _leaf_of(given: tuple[x509.Certificate, ...], key: PrivateKeyTypes, files: ClientFiles) -> x509.Certificate:
    """The certificate of our key. Banks send the leaf alone or with its chain, in either order."""
    ours = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for certificate in given:
        if certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == ours:
            return certificate
    raise CertificateRefused(
        f"the private key {files.key} does not belong to the client certificate {files.certificate}: "
        "use the key that the certificate's request (CSR) was made with"
    )


def _check_dates(leaf: x509.Certificate, path: Path, now: datetime) -> None:
    if now > leaf.not_valid_after_utc:
        ended = leaf.not_valid_after_utc.date().isoformat()
        raise CertificateRefused(f"the client certificate {path} expired on {ended}: ask the bank for a new one")
    if now < leaf.not_valid_before_utc:
        begins = leaf.not_valid_before_utc.isoformat()
        raise CertificateRefused(f"the client certificate {path} is valid only from {begins}: check the kiosk's clock")


def _chain_of(leaf: x509.Certificate, known: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """The leaf and the authorities between it and the root: a bank that knows only the root cannot do without them."""
    chain = [leaf]
    while len(chain) < _MAX_CHAIN:
        last = chain[-1]
        issuer = next((other for other in known if other not in chain and _issued(last, other)), None)
        if issuer is None or issuer.issuer == issuer.subject:
            break
        chain.append(issuer)
    return tuple(chain)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
