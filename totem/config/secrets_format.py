"""The store's file: JSON in which every value is sealed by AES-256-GCM (NIST SP 800-38D).

Three fences, so that each fault can be named:
- `sum`, without a key: the file is whole (a bit flipped by a bad disk);
- `check`, with the key: the key or passphrase is the right one;
- `seal`, with the key, over everything: no entry was added, removed, renamed, swapped or altered.
Each entry is sealed together with the store's id, its name and its kind, so that it opens in its own place only.
What they cannot tell is an older copy of the whole file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError

from totem.config.banks import ENTRY_PATTERN
from totem.config.secrets_errors import SecretsError, SecretsFault
from totem.config.secrets_key import KeySource, Scrypt

FORMAT: Final = "totem-secrets"
VERSION: Final = 1
MAX_FILE_BYTES: Final = 4_000_000
MAX_ENTRIES: Final = 200
_NONCE_BYTES: Final = 12
_CHECK: Final = b"totem secrets check"


class Kind(StrEnum):
    """What an entry is; a key can never be taken for a certificate."""

    SECRET = "secret"  # noqa: S105 - a kind's name
    CERTIFICATE = "certificate"
    KEY = "key"
    CHAIN = "chain"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class KeyHeader(_Part):
    """How the key is found; the numbers only for a passphrase (scrypt, RFC 7914)."""

    source: KeySource
    salt: Base64Bytes = b""
    n: int = 0
    r: int = 0
    p: int = 0

    @property
    def scrypt(self) -> Scrypt:
        return Scrypt(self.salt, self.n, self.r, self.p)


class SealedEntry(_Part):
    kind: Kind
    sealed: Base64Bytes


class StoreFile(_Part):
    """The whole file. `format` and `version` come first, so that a later program's file is told from a broken one."""

    format: Literal["totem-secrets"]
    version: Literal[1]
    store_id: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    key: KeyHeader
    check: Base64Bytes
    entries: Annotated[
        dict[Annotated[str, Field(pattern=ENTRY_PATTERN, min_length=1, max_length=64)], SealedEntry],
        Field(max_length=MAX_ENTRIES),
    ]
    seal: Base64Bytes
    sum: str


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens with one key. The key of the cipher is derived, so that one key file may serve several stores."""

    cipher: AESGCM
    store_id: str

    def seal(self, value: bytes, context: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self.cipher.encrypt(nonce, value, self._bound(context))

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Raises InvalidTag."""
        if len(sealed) < _NONCE_BYTES:
            raise InvalidTag
        return self.cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], self._bound(context))

    def _bound(self, context: bytes) -> bytes:
        return f"{FORMAT} {VERSION} {self.store_id} ".encode() + context


def sealer(master: bytes, store_id: str) -> Sealer:
    derived = HKDF(algorithm=SHA256(), length=32, salt=bytes.fromhex(store_id), info=b"totem secrets v1").derive(master)
    return Sealer(AESGCM(derived), store_id)


def entry_context(name: str, kind: Kind) -> bytes:
    return f"entry {kind.value} {name}".encode()


def read(data: bytes, where: str) -> StoreFile:
    """The file's parts, still sealed. Raises SecretsError."""
    try:
        raw = json.loads(data)
        if isinstance(raw, dict) and raw.get("format") == FORMAT and raw.get("version") != VERSION:
            raise SecretsError(
                SecretsFault.TOO_NEW, f"{where} foi escrito por outra versão do totem; atualize o programa"
            )
        parsed = StoreFile.model_validate_json(data)
    except (ValueError, RecursionError, ValidationError) as error:
        raise SecretsError(
            SecretsFault.DAMAGED, f"{where} está danificado ou não é um cofre; traga a cópia de segurança"
        ) from error
    if parsed.sum != _sum(_plain(parsed)):
        raise SecretsError(SecretsFault.DAMAGED, f"{where} foi alterado ou está danificado; traga a cópia de segurança")
    return parsed


def check_key(parsed: StoreFile, with_key: Sealer) -> bool:
    try:
        return with_key.open(parsed.check, b"check") == _CHECK
    except InvalidTag:
        return False


def check_seal(parsed: StoreFile, with_key: Sealer, where: str) -> None:
    """Raises SecretsError where anything in the file is not as its owner's key sealed it."""
    try:
        with_key.open(parsed.seal, b"seal " + _sealed_part(_plain(parsed)))
    except InvalidTag:
        raise SecretsError(
            SecretsFault.TAMPERED,
            f"{where} foi alterado por quem não tem a chave; não o use, troque os segredos e refaça-o",
        ) from None


def write(key: KeyHeader, entries: dict[str, SealedEntry], with_key: Sealer) -> bytes:
    """The file's bytes."""
    plain: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "store_id": with_key.store_id,
        "key": _header(key),
        "check": _text(with_key.seal(_CHECK, b"check")),
        "entries": {name: {"kind": e.kind.value, "sealed": _text(e.sealed)} for name, e in sorted(entries.items())},
    }
    plain["seal"] = _text(with_key.seal(b"", b"seal " + _sealed_part(plain)))
    plain["sum"] = _sum(plain)
    return json.dumps(plain, indent=1).encode() + b"\n"


def _plain(parsed: StoreFile) -> dict[str, object]:
    """As `write` made it."""
    return {
        "format": parsed.format,
        "version": parsed.version,
        "store_id": parsed.store_id,
        "key": _header(parsed.key),
        "check": _text(parsed.check),
        "entries": {name: {"kind": e.kind.value, "sealed": _text(e.sealed)} for name, e in parsed.entries.items()},
        "seal": _text(parsed.seal),
    }


def _header(key: KeyHeader) -> dict[str, object]:
    return {"source": key.source.value, "salt": _text(key.salt), "n": key.n, "r": key.r, "p": key.p}


def _sealed_part(plain: dict[str, object]) -> bytes:
    return _canonical({name: value for name, value in plain.items() if name not in {"seal", "sum"}})


def _sum(plain: dict[str, object]) -> str:
    return hashlib.sha256(_canonical({name: value for name, value in plain.items() if name != "sum"})).hexdigest()


def _canonical(plain: dict[str, object]) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
