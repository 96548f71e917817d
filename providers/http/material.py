"""What a bank knows us by: certificate, key and CA chain, read and judged before the first connection.

Banks answer every fault in this material with the same "403" or a dropped connection, so each is named here, by its own
sentence, while the cause can still be seen. All of it reads files and does arithmetic: call it from a thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from providers.http.material_forms import MaterialFault, MaterialRefused, certificates_in, pfx_parts, private_key_in

__all__ = [
    "ClientFiles",
    "ClientIdentity",
    "ClientMaterial",
    "MaterialFault",
    "MaterialRefused",
    "certificate_ends",
    "chain_of",
    "check_dates",
    "is_of_key",
    "read_authorities",
    "read_identity",
    "root_of",
]

_MAX_FILE_BYTES: Final = 1_000_000
_MAX_CHAIN: Final = 8


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
class ClientMaterial:
    """The same in memory, as an encrypted store hands it out: the key never lies on a disk in clear.

    `pfx` stands for certificate and key in one PKCS #12 file. `key_password` opens the key or the `.pfx`. `name` is
    what the sentences call it.
    """

    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    ca: bytes | None = None
    public_roots: bool = True
    key_password: str | None = field(default=None, repr=False)
    pfx: bytes | None = field(default=None, repr=False)
    name: str = "material"


@dataclass(frozen=True, slots=True)
class ClientIdentity:
    """The material once judged good: the chain that we show (leaf first, no root), its key, and whom we trust."""

    chain: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes = field(repr=False)
    authorities: tuple[x509.Certificate, ...]

    @property
    def not_after(self) -> datetime:
        """When the bank stops accepting the certificate (aware, UTC)."""
        return self.chain[0].not_valid_after_utc


@dataclass(frozen=True, slots=True)
class _Parts:
    """What was read, and what the sentences call it."""

    given: tuple[x509.Certificate, ...]
    key: PrivateKeyTypes
    authorities: tuple[x509.Certificate, ...]
    certificate_name: str
    key_name: str


def read_identity(source: ClientFiles | ClientMaterial, now: datetime) -> ClientIdentity:
    """Read and judge the material at the time `now`. Raises CertificateRefused, one sentence for the first fault."""
    parts = _of_files(source) if isinstance(source, ClientFiles) else _of_memory(source)
    leaf = _leaf_of(parts)
    check_dates(leaf, parts.certificate_name, now)
    return ClientIdentity(chain_of(leaf, (*parts.given, *parts.authorities)), parts.key, parts.authorities)


def read_authorities(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of authorities in that file. Raises CertificateRefused."""
    what = f"CA chain {path}"
    return certificates_in(_read(path, what), what)


def certificate_ends(source: ClientFiles | ClientMaterial) -> datetime:
    """When the first of the certificates shown to the bank ends, without the cost of reading an RSA key.

    Raises CertificateRefused.
    """
    if isinstance(source, ClientFiles):
        what = f"client certificate {source.certificate}"
        given = certificates_in(_read(source.certificate, what), what)
    elif source.pfx is not None:
        _, given = pfx_parts(source.pfx, source.key_password, f".pfx of {source.name}")
    else:
        given = certificates_in(source.certificate, f"client certificate of {source.name}")
    return min(certificate.not_valid_after_utc for certificate in given)


def _of_files(files: ClientFiles) -> _Parts:
    names = f"client certificate {files.certificate}", f"private key {files.key}", f"CA chain {files.ca}"
    given = certificates_in(_read(files.certificate, names[0]), names[0])
    key = private_key_in(_read(files.key, names[1]), names[1])
    authorities = certificates_in(_read(files.ca, names[2]), names[2]) if files.ca is not None else ()
    return _Parts(given, key, authorities, names[0], names[1])


def _of_memory(material: ClientMaterial) -> _Parts:
    names = f"client certificate of {material.name}", f"private key of {material.name}", f"CA chain of {material.name}"
    if material.pfx is not None:
        key, given = pfx_parts(material.pfx, material.key_password, f".pfx of {material.name}")
    else:
        given = certificates_in(material.certificate, names[0])
        key = private_key_in(material.key, names[1], material.key_password)
    authorities = certificates_in(material.ca, names[2]) if material.ca is not None else ()
    return _Parts(given, key, authorities, names[0], names[1])


def _read(path: Path, what: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except FileNotFoundError as exc:
        raise MaterialRefused(MaterialFault.MISSING, f"the {what} does not exist") from exc
    except OSError as exc:
        reason = exc.strerror or type(exc).__name__
        raise MaterialRefused(MaterialFault.UNREADABLE, f"the {what} cannot be read: {reason}") from exc
    if not data.strip():
        raise MaterialRefused(MaterialFault.EMPTY, f"the {what} is empty")
    if len(data) > _MAX_FILE_BYTES:
        raise MaterialRefused(MaterialFault.TOO_LARGE, f"the {what} is far too large to be one")
    return data


def _leaf_of(parts: _Parts) -> x509.Certificate:
    """The certificate of our key. Banks send the leaf alone or with its chain, in either order."""
    for certificate in parts.given:
        if is_of_key(certificate, parts.key):
            return certificate
    raise MaterialRefused(
        MaterialFault.MISMATCH,
        f"the {parts.key_name} does not belong to the {parts.certificate_name}: "
        "use the key that the certificate's request (CSR) was made with",
    )


def is_of_key(certificate: x509.Certificate, key: PrivateKeyTypes) -> bool:
    """Whether certificate and private key belong together."""
    ours = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == ours


def check_dates(leaf: x509.Certificate, what: str, now: datetime) -> None:
    """Raises MaterialRefused where the certificate is not valid at `now`."""
    if now > leaf.not_valid_after_utc:
        ended = leaf.not_valid_after_utc.date().isoformat()
        raise MaterialRefused(
            MaterialFault.EXPIRED, f"the {what} expired on {ended}: ask the bank for a new one", date=ended
        )
    if now < leaf.not_valid_before_utc:
        begins = leaf.not_valid_before_utc.isoformat()
        raise MaterialRefused(
            MaterialFault.NOT_YET, f"the {what} is valid only from {begins}: check the kiosk's clock", date=begins
        )


def chain_of(leaf: x509.Certificate, known: tuple[x509.Certificate, ...]) -> tuple[x509.Certificate, ...]:
    """The leaf and the authorities between it and the root: a bank that knows only the root cannot do without them."""
    chain = [leaf]
    while len(chain) < _MAX_CHAIN:
        last = chain[-1]
        issuer = next((other for other in known if other not in chain and _issued(last, other)), None)
        if issuer is None or issuer.issuer == issuer.subject:
            break
        chain.append(issuer)
    return tuple(chain)


def root_of(chain: tuple[x509.Certificate, ...], known: tuple[x509.Certificate, ...]) -> x509.Certificate | None:
    """The known root that issued the chain's last certificate, None where the chain is not complete."""
    return next((one for one in known if one.issuer == one.subject and _issued(chain[-1], one)), None)


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
