"""Banks' material for tests of import and doctor: RSA pairs, chains, and every form in which banks hand them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from tests.support.authority import DAY, Identity, authority, leaf

PASSWORD = "senha do arquivo 9871"


@dataclass(frozen=True)
class Material:
    """A root, an authority under it, and a client under that."""

    root: Identity
    middle: Identity
    client: Identity

    @property
    def chain_pem(self) -> bytes:
        return self.middle.pem + self.root.pem

    def pfx(self) -> bytes:
        return pkcs12.serialize_key_and_certificates(
            b"conta",
            self.client.key,
            self.client.certificate,
            [self.middle.certificate, self.root.certificate],
            BestAvailableEncryption(PASSWORD.encode()),
        )

    def p7b(self, encoding: Encoding) -> bytes:
        return pkcs7.serialize_certificates([self.middle.certificate, self.root.certificate], encoding)

    def key(self, *, encoding: Encoding = Encoding.PEM, locked: bool = False) -> bytes:
        seal = BestAvailableEncryption(PASSWORD.encode()) if locked else NoEncryption()
        return self.client.key.private_bytes(encoding, PrivateFormat.PKCS8, seal)


def material() -> Material:
    root = authority("Raiz de teste")
    middle = authority("Intermediária de teste", root)
    return Material(root, middle, leaf("conta de teste", middle, server=False))


def signed(
    key: CertificateIssuerPublicKeyTypes, under: Identity, *, begins: datetime | None = None, days: float = 365
) -> x509.Certificate:
    """What a bank answers to a request: a certificate of that public key, for any time."""
    start = begins or datetime.now(UTC) - DAY
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "conta assinada")]))
        .issuer_name(under.certificate.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(_signing(under), hashes.SHA256())
    )


def _signing(under: Identity) -> ec.EllipticCurvePrivateKey:
    return under.key
