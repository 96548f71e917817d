"""What a bank's files hold, judged before anything is stored: the pair, its chain, its dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from providers.http.material import (
    MaterialFault,
    MaterialRefused,
    chain_of,
    check_dates,
    is_of_key,
    root_of,
)
from providers.http.material_forms import PEM_MARK, certificates_in, looks_like_pfx, pfx_parts, private_key_in
from totem.bootstrap.credentials import WARN_DAYS
from totem.bootstrap.material_words import BANKS, one_sentence
from totem.domain.errors import TotemError, Trouble

MAX_FILE_BYTES: Final = 1_000_000
_PEM_KEY: Final = re.compile(rb"-----BEGIN ((?:[A-Z]+ )*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_PEM_OTHERS: Final = (b"BEGIN CERTIFICATE-----", b"BEGIN PKCS7-----", b"BEGIN PKCS #7", b"BEGIN CERTIFICATE REQUEST")

Ask = Callable[[str], str]


class ImportRefused(TotemError):
    """One sentence that names what is wrong with the files and what to do."""

    trouble = Trouble.CERTIFICATE


@dataclass(frozen=True, slots=True)
class Found:
    """What the files held, in their order."""

    keys: tuple[PrivateKeyTypes, ...] = field(default=(), repr=False)
    certificates: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store has of this bank already. `pending` is the key of a request (CSR) on its way."""

    key: PrivateKeyTypes | None = field(default=None, repr=False)
    pending: PrivateKeyTypes | None = field(default=None, repr=False)
    certificates: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """Good material: the chain (leaf first) and the authorities known; `notes` are what the owner should know."""

    key: PrivateKeyTypes = field(repr=False)
    chain: tuple[x509.Certificate, ...]
    authorities: tuple[x509.Certificate, ...]
    notes: tuple[str, ...]

    @property
    def certificate_pem(self) -> bytes:
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.chain)

    @property
    def ca_pem(self) -> bytes:
        return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in self.authorities)

    @property
    def key_pem(self) -> bytes:
        return key_pem(self.key)


def key_pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


# --- reading ----------------------------------------------------------------------------------------------------------


def read_files(paths: Iterable[Path], ask: Ask) -> Found:
    """Everything in the files, by what they hold and not by how they are called. Raises ImportRefused."""
    keys: list[PrivateKeyTypes] = []
    certificates: list[x509.Certificate] = []
    for path in paths:
        found = _read_one(path, ask)
        keys += found.keys
        certificates += found.certificates
    return Found(tuple(keys), tuple(dict.fromkeys(certificates)))


def _read_one(path: Path, ask: Ask) -> Found:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ImportRefused(f"{path}: o arquivo não existe; confira o caminho") from None
    except OSError as error:
        raise ImportRefused(f"{path}: o arquivo não pode ser lido: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise ImportRefused(f"{path}: o arquivo é grande demais para ser um certificado ou chave; confira qual é")
    try:
        return _parts_of(data, path, ask)
    except MaterialRefused as error:
        raise ImportRefused(f"{path}: {one_sentence(error)}") from error


def _parts_of(data: bytes, path: Path, ask: Ask) -> Found:
    if looks_like_pfx(data):
        key, certificates = pfx_parts(data, _password_of(path, ask), path.name)
        return Found((key,), certificates)
    if PEM_MARK in data:
        return _parts_of_pem(data, path, ask)
    try:
        return Found(certificates=certificates_in(data, path.name))
    except MaterialRefused as error:
        if error.fault is not MaterialFault.NO_CERTIFICATE:
            raise
        not_certificate = error
    try:
        return Found(keys=(_key_of(data, path, ask),))
    except MaterialRefused as refused:
        is_key = path.suffix.lower() == ".key" or refused.fault is MaterialFault.WRONG_PASSWORD
        raise (refused if is_key else not_certificate) from None


def _parts_of_pem(data: bytes, path: Path, ask: Ask) -> Found:
    blocks = [match[0] for match in _PEM_KEY.finditer(data)]
    keys = tuple(_key_of(block, path, ask) for block in blocks)
    if keys and not any(mark in data for mark in _PEM_OTHERS):
        return Found(keys=keys)
    return Found(keys, certificates_in(data, path.name))


def _key_of(data: bytes, path: Path, ask: Ask) -> PrivateKeyTypes:
    try:
        return private_key_in(data, path.name)
    except MaterialRefused as error:
        if error.fault is not MaterialFault.KEY_LOCKED:
            raise
    return private_key_in(data, path.name, _password_of(path, ask))


def _password_of(path: Path, ask: Ask) -> str:
    return ask(f"Senha de {path.name}: ")


# --- judging ----------------------------------------------------------------------------------------------------------


def judge(found: Found, stored: Stored, bank: str, now: datetime, *, needs_chain: bool) -> Judged:
    """The pair that the files and the store make together. Raises ImportRefused, for the first fault."""
    name = BANKS[bank]
    known = tuple(dict.fromkeys((*found.certificates, *stored.certificates)))
    key, leaf = _pair(found, stored, name)
    _check_dates(leaf, now)
    if isinstance(key, RSAPrivateKey) and key.key_size < 2048:
        raise ImportRefused(f"a chave tem só {key.key_size} bits, e os bancos pedem 2048; faça outra com totem csr")
    chain = chain_of(leaf, known)
    root = root_of(chain, known)
    needed = (*chain[1:], *((root,) if root is not None and root != leaf else ()))
    for authority in needed:
        _check_dates(authority, now)
    # Others may be whom the bank's own certificate comes from; of those, what has ended helps nobody.
    authorities = tuple(
        one for one in known if one in needed or (one != leaf and _is_authority(one) and now <= one.not_valid_after_utc)
    )
    notes = _notes(leaf, now)
    if root is None:
        missing = _common_name(chain[-1].issuer)
        sentence = f"falta na cadeia o certificado de “{missing}”, que assinou “{title_of(chain[-1])}”"
        if needs_chain:
            raise ImportRefused(f"{sentence}; importe junto a cadeia que o {name} enviou (.pem, .cer ou .p7b)")
        notes = (*notes, f"{sentence}; se o {name} recusar a conexão, peça a cadeia e importe-a")
    return Judged(key, chain, authorities, notes)


def _pair(found: Found, stored: Stored, bank: str) -> tuple[PrivateKeyTypes, x509.Certificate]:
    """The certificate and its key: of the files first, then with what the store has."""
    keys = (*found.keys, *(key for key in (stored.pending, stored.key) if key is not None))
    leaves = tuple(one for one in found.certificates if not _is_authority(one)) or found.certificates
    for key in keys:
        for certificate in leaves:
            if is_of_key(certificate, key):
                return key, certificate
    only_chain = bool(found.certificates) and all(map(_is_authority, found.certificates))
    if (found.keys and not found.certificates) or only_chain:
        for key in keys if found.keys else keys[::-1]:
            for certificate in stored.certificates:
                if is_of_key(certificate, key):
                    return key, certificate
    if not keys:
        raise ImportRefused(f"falta a chave deste certificado; importe juntos o certificado e o .key do {bank}")
    if not found.certificates:
        raise ImportRefused(f"falta o certificado desta chave; importe juntos a chave e o certificado do {bank}")
    if only_chain:
        raise ImportRefused(f"só há autoridades nestes arquivos; importe junto o certificado da conta no {bank}")
    raise ImportRefused(
        f"a chave e o certificado “{title_of(leaves[0])}” não são um par; use a chave com que o pedido (CSR) se fez, "
        "ou peça outro certificado com totem csr"
    )


def _check_dates(certificate: x509.Certificate, now: datetime) -> None:
    try:
        check_dates(certificate, "certificate", now)
    except MaterialRefused as error:
        raise ImportRefused(f"“{title_of(certificate)}”: {one_sentence(error)}") from error


def _notes(leaf: x509.Certificate, now: datetime) -> tuple[str, ...]:
    notes = []
    days = (leaf.not_valid_after_utc - now).days
    if days <= WARN_DAYS:
        notes.append(f"o certificado vence em {days} dias; peça já um novo (totem csr)")
    try:
        usages = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return tuple(notes)
    if ExtendedKeyUsageOID.CLIENT_AUTH not in usages:
        notes.append("o certificado não foi feito para identificar um cliente (clientAuth); confira se é este mesmo")
    return tuple(notes)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject


def title_of(certificate: x509.Certificate) -> str:
    """How people know a certificate: its common name."""
    return _common_name(certificate.subject)


def _common_name(name: x509.Name) -> str:
    parts = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(parts[0].value) if parts else name.rfc4514_string() or "sem nome"
