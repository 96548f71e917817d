"""The forms in which banks and their portals hand material out: PEM, DER, PKCS #7 (.p7b) and PKCS #12 (.pfx)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs7, pkcs12

from totem.domain.errors import CertificateRefused

PEM_MARK: Final = b"-----BEGIN "
_PKCS7_MARKS: Final = (b"-----BEGIN PKCS7-----", b"-----BEGIN PKCS #7")


class MaterialFault(StrEnum):
    """What is wrong with certificate, key or chain; the sentences of other languages go by it."""

    MISSING = "missing"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NO_CERTIFICATE = "no_certificate"
    KEY_INSTEAD = "key_instead"
    REQUEST_INSTEAD = "request_instead"
    NO_KEY = "no_key"
    CERTIFICATE_INSTEAD = "certificate_instead"
    KEY_LOCKED = "key_locked"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - a fault's name
    NO_PFX = "no_pfx"
    MISMATCH = "mismatch"
    EXPIRED = "expired"
    NOT_YET = "not_yet"


class MaterialRefused(CertificateRefused):
    """`fault` says what it was; `date` where it is a matter of dates."""

    def __init__(self, fault: MaterialFault, message: str, *, date: str = "") -> None:
        super().__init__(message)
        self.fault = fault
        self.date = date


def certificates_in(data: bytes, what: str) -> tuple[x509.Certificate, ...]:
    """Every certificate in the data, in its order. Raises MaterialRefused."""
    if not data.strip():
        raise MaterialRefused(MaterialFault.EMPTY, f"the {what} is empty")
    try:
        with _old_encodings():
            found = tuple(_load_certificates(data))
    except (ValueError, UnsupportedAlgorithm) as exc:
        if b"PRIVATE KEY-----" in data:
            fault, is_what = MaterialFault.KEY_INSTEAD, "holds a private key instead of a certificate"
        elif b"CERTIFICATE REQUEST-----" in data:
            fault, is_what = MaterialFault.REQUEST_INSTEAD, "holds a request (CSR), not a certificate"
        else:
            fault, is_what = MaterialFault.NO_CERTIFICATE, "holds no readable certificate (PEM or DER)"
        raise MaterialRefused(fault, f"the {what} {is_what}") from exc
    if not found:
        raise MaterialRefused(MaterialFault.NO_CERTIFICATE, f"the {what} holds no readable certificate (PEM or DER)")
    return found


def _load_certificates(data: bytes) -> list[x509.Certificate]:
    if any(mark in data for mark in _PKCS7_MARKS):
        return pkcs7.load_pem_pkcs7_certificates(data)
    if PEM_MARK in data:
        return x509.load_pem_x509_certificates(data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)


def private_key_in(data: bytes, what: str, password: str | None = None) -> PrivateKeyTypes:
    """The private key in the data. Raises MaterialRefused; a password for a key that needs none is no fault."""
    if not data.strip():
        raise MaterialRefused(MaterialFault.EMPTY, f"the {what} is empty")
    try:
        return _load_key(data, password)
    except TypeError as exc:
        # cryptography's way to say that a password is needed.
        raise MaterialRefused(
            MaterialFault.KEY_LOCKED, f"the {what} is protected by a password: store it without one"
        ) from exc
    except (ValueError, UnsupportedAlgorithm) as exc:
        if password is not None and b"ENCRYPTED" in data:
            raise MaterialRefused(MaterialFault.WRONG_PASSWORD, f"the password does not open the {what}") from exc
        if b"BEGIN CERTIFICATE" in data:
            fault, is_what = MaterialFault.CERTIFICATE_INSTEAD, "holds a certificate instead of a key"
        elif password is not None:
            fault, is_what = MaterialFault.WRONG_PASSWORD, "does not open by this password, or is not a readable key"
        else:
            fault, is_what = MaterialFault.NO_KEY, "is not a readable key (PEM or DER)"
        raise MaterialRefused(fault, f"the {what} {is_what}") from exc


def _load_key(data: bytes, password: str | None) -> PrivateKeyTypes:
    load = load_pem_private_key if PEM_MARK in data else load_der_private_key
    if password is None:
        return load(data, None)
    try:
        return load(data, password.encode())
    except TypeError:  # given, but not needed
        return load(data, None)


def pfx_parts(data: bytes, password: str | None, what: str) -> tuple[PrivateKeyTypes, tuple[x509.Certificate, ...]]:
    """Key and certificates (the key's own first) of a PKCS #12 file. Raises MaterialRefused."""
    try:
        with _old_encodings():
            key, own, others = pkcs12.load_key_and_certificates(data, password.encode() if password else None)
    except ValueError as exc:
        if looks_like_pfx(data):
            raise MaterialRefused(MaterialFault.WRONG_PASSWORD, f"the password does not open the {what}") from exc
        raise MaterialRefused(MaterialFault.NO_PFX, f"the {what} is no PKCS #12 file") from exc
    except UnsupportedAlgorithm as exc:
        raise MaterialRefused(MaterialFault.NO_PFX, f"the {what} is sealed by a method that is too old") from exc
    if key is None:
        raise MaterialRefused(MaterialFault.NO_KEY, f"the {what} holds no private key")
    if own is None and not others:
        raise MaterialRefused(MaterialFault.NO_CERTIFICATE, f"the {what} holds no certificate")
    return key, ((own,) if own is not None else ()) + tuple(others)


def looks_like_pfx(data: bytes) -> bool:
    """PKCS #12 (RFC 7292, 4): a SEQUENCE that begins with the version, INTEGER 3. No certificate or key begins so."""
    return data[:1] == b"\x30" and b"\x02\x01\x03\x30" in data[:12]


@contextmanager
def _old_encodings() -> Iterator[None]:
    """Old encodings (BER, negative serial numbers) draw warnings: what is read is judged, not its style."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
