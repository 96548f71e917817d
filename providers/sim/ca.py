"""A throwaway certificate authority for the simulators: never valid anywhere but on this machine's loopback."""

from __future__ import annotations

import hashlib
import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_DAYS: Final = 3650
LEAF_DAYS: Final = 365
_SKEW: Final = timedelta(days=1)

_CA_USAGE: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
_LEAF_USAGE: Final = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=False,
    crl_sign=False,
    encipher_only=False,
    decipher_only=False,
)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Paths of a certificate and its key, both PEM; the key has no password."""

    cert: Path
    key: Path


@dataclass(frozen=True, slots=True)
class CertificateSet:
    """Everything that a bank on loopback and its clients need."""

    ca: Path
    server: KeyPair
    client: KeyPair
    other_client: KeyPair
    """Signed by the same authority, but registered to nobody."""
    foreign_ca: Path
    foreign_client: KeyPair
    """Signed by an authority that the bank does not trust."""


@dataclass(frozen=True, slots=True)
class _Authority:
    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def certificates(directory: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> CertificateSet:
    """The set in that directory, made where a file is missing or out of date. Keys are their owner's alone (0600)."""
    made = CertificateSet(
        ca=directory / "ca.pem",
        server=_pair(directory, "server"),
        client=_pair(directory, "client"),
        other_client=_pair(directory, "other-client"),
        foreign_ca=directory / "foreign-ca.pem",
        foreign_client=_pair(directory, "foreign-client"),
    )
    pairs = (made.server, made.client, made.other_client, made.foreign_client)
    wanted = [made.ca, made.foreign_ca, *(path for pair in pairs for path in (pair.cert, pair.key))]
    if not all(path.exists() for path in wanted) or _ends_soon(made.server.cert, now()):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(made, now())
    return made


def fingerprint(cert: Path) -> str:
    """SHA-256 of the certificate in DER, as hex: what RFC 8705 binds a token to."""
    parsed = x509.load_pem_x509_certificate(cert.read_bytes())
    return hashlib.sha256(parsed.public_bytes(serialization.Encoding.DER)).hexdigest()


def _ends_soon(cert: Path, now: datetime) -> bool:
    parsed = x509.load_pem_x509_certificate(cert.read_bytes())
    return not parsed.not_valid_before_utc <= now <= parsed.not_valid_after_utc - timedelta(days=2)


def _pair(directory: Path, name: str) -> KeyPair:
    return KeyPair(directory / f"{name}.cer", directory / f"{name}.key")


def _make(wanted: CertificateSet, now: datetime) -> None:
    authority = _authority("Banco simulado CA", now)
    foreign = _authority("Autoridade estranha CA", now)
    _write(wanted.ca, _pem(authority.cert))
    _write(wanted.foreign_ca, _pem(foreign.cert))
    _leaf(authority, wanted.server, "127.0.0.1", ExtendedKeyUsageOID.SERVER_AUTH, now)
    _leaf(authority, wanted.client, "totem", ExtendedKeyUsageOID.CLIENT_AUTH, now)
    _leaf(authority, wanted.other_client, "outro totem", ExtendedKeyUsageOID.CLIENT_AUTH, now)
    _leaf(foreign, wanted.foreign_client, "totem", ExtendedKeyUsageOID.CLIENT_AUTH, now)


def _authority(name: str, now: datetime) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(name)
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=CA_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_CA_USAGE, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Authority(cert, key)


def _leaf(authority: _Authority, pair: KeyPair, name: str, usage: x509.ObjectIdentifier, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))]
        if usage == ExtendedKeyUsageOID.SERVER_AUTH
        else [x509.DNSName("totem.invalid")]
    )
    issuer_key = authority.key.public_key()
    cert = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(authority.cert.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + timedelta(days=LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_LEAF_USAGE, critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(names, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(pair.key, secret)
    _write(pair.cert, _pem(cert))


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(cert: x509.Certificate) -> bytes:
    return cert.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, data: bytes) -> None:
    """Never readable by others, not even for the moment between making and locking."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
