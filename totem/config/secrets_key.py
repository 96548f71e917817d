"""The store's master key: from a file that its owner alone reads, from the system's keyring, or from a passphrase.

All of it may take long (a disk, the keyring's service, scrypt, a person who types): call it from a thread.
"""

from __future__ import annotations

import base64
import getpass
import hashlib
import importlib
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol, cast

from totem.config.private_file import is_open_to_others, write_private
from totem.config.secrets_errors import SecretsError, SecretsFault

KEY_BYTES: Final = 32
KEYRING_SERVICE: Final = "totem"
MIN_PASSPHRASE: Final = 12
_MAX_PASSPHRASE_BYTES: Final = 4096

Ask = Callable[[str], str]


class KeySource(StrEnum):
    """`[secrets] key`."""

    FILE = "file"
    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105 - a source's name


@dataclass(frozen=True, slots=True)
class SecretsPlace:
    """Where the store is and what opens it. Without variable and descriptor a passphrase is asked at the terminal."""

    file: Path
    source: KeySource = KeySource.FILE
    key_file: Path | None = None
    passphrase_env: str = ""
    passphrase_fd: int | None = None


@dataclass(frozen=True, slots=True)
class Scrypt:
    """Cost of a guess (RFC 7914): 64 MiB and about 0.2 s. The limits keep a forged file from eating the memory."""

    salt: bytes
    n: int = 2**16
    r: int = 8
    p: int = 1

    @property
    def is_sane(self) -> bool:
        is_power = self.n > 1 and self.n & (self.n - 1) == 0
        return is_power and 2**14 <= self.n <= 2**18 and self.r == 8 and 1 <= self.p <= 4 and len(self.salt) >= 16

    def derive(self, passphrase: str) -> bytes:
        return hashlib.scrypt(
            passphrase.encode(), salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=2**29, dklen=KEY_BYTES
        )


def new_scrypt() -> Scrypt:
    return Scrypt(secrets.token_bytes(16))


class _Keyring(Protocol):
    """The part of the `keyring` library that is used."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...


def _has_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


@dataclass(frozen=True, slots=True)
class People:
    """How a passphrase is asked for, and what the environment holds: injected, so that tests need no terminal."""

    ask: Ask = getpass.getpass
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    is_terminal: Callable[[], bool] = _has_terminal


# --- The key file ---------------------------------------------------------------------------------------------------


def read_key_file(path: Path) -> bytes:
    """Raises SecretsError where it is missing, of the wrong size, or open to others."""
    try:
        if is_open_to_others(path):
            raise SecretsError(
                SecretsFault.KEY_OPEN_TO_OTHERS,
                f'outros usuários podem ler a chave do cofre, {path}; corrija com: chmod 600 "{path}"',
            )
        key = path.read_bytes()
    except FileNotFoundError:
        raise SecretsError(
            SecretsFault.KEY_MISSING,
            f"a chave do cofre, {path}, não existe; traga a cópia guardada dela, ou apague o cofre e refaça-o "
            "com totem secrets init",
        ) from None
    except OSError as error:
        raise SecretsError(
            SecretsFault.KEY_UNREADABLE, f"a chave do cofre, {path}, não pode ser lida: {error.strerror}"
        ) from error
    if len(key) != KEY_BYTES:
        raise SecretsError(
            SecretsFault.KEY_UNREADABLE, f"a chave do cofre, {path}, tem de ter {KEY_BYTES} bytes e não os tem"
        )
    return key


def make_key_file(path: Path) -> bytes:
    """The key in that file, made where there is none yet."""
    if path.exists():
        return read_key_file(path)
    key = secrets.token_bytes(KEY_BYTES)
    try:
        write_private(path, key)
    except OSError as error:
        raise SecretsError(
            SecretsFault.KEY_UNREADABLE, f"a chave do cofre não pode ser gravada em {path}: {error.strerror}"
        ) from error
    return key


# --- The keyring ----------------------------------------------------------------------------------------------------


def keyring_key(store_id: str, *, create: bool) -> bytes:
    """The key that the system's keyring holds for that store. Raises SecretsError."""
    ring, errors = _keyring()
    try:
        text = ring.get_password(KEYRING_SERVICE, store_id)
        if text is None and create:
            text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")
            ring.set_password(KEYRING_SERVICE, store_id, text)
    except errors as error:
        raise SecretsError(
            SecretsFault.NO_KEYRING,
            f"o chaveiro do sistema não respondeu ({type(error).__name__}); abra a sessão do usuário do totem, "
            'ou use key = "file" em [secrets]',
        ) from error
    if text is None:
        raise SecretsError(SecretsFault.KEY_MISSING, "o chaveiro do sistema não tem a chave deste cofre")
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise SecretsError(SecretsFault.KEY_UNREADABLE, "o chaveiro do sistema guarda outra coisa no lugar da chave")
    return key


def _keyring() -> tuple[_Keyring, type[Exception]]:
    """Imported only where it is used: it is an optional extra, and it starts the desktop's secret service."""
    try:
        ring = cast(_Keyring, importlib.import_module("keyring"))
        errors = importlib.import_module("keyring.errors")
    except ImportError as error:
        raise SecretsError(
            SecretsFault.NO_KEYRING,
            'falta a biblioteca keyring, que key = "keyring" usa; instale com: pip install "totem[keyring]"',
        ) from error
    return ring, errors.KeyringError


# --- The passphrase -------------------------------------------------------------------------------------------------


def passphrase_of(place: SecretsPlace, people: People) -> str:
    """From the variable or the descriptor that the configuration names, else from the terminal. Never from argv."""
    if place.passphrase_env:
        text = people.environment.get(place.passphrase_env, "")
        source = f"a variável de ambiente {place.passphrase_env}"
    elif place.passphrase_fd is not None:
        text, source = _read_descriptor(place.passphrase_fd), f"o descritor {place.passphrase_fd}"
    elif people.is_terminal():
        text, source = people.ask("Senha do cofre: "), "o terminal"
    else:
        raise SecretsError(
            SecretsFault.NO_PASSPHRASE,
            "o cofre pede uma senha e não há terminal; diga passphrase_env ou passphrase_fd em [secrets]",
        )
    if not text:
        raise SecretsError(SecretsFault.NO_PASSPHRASE, f"{source} não trouxe a senha do cofre")
    return text


def new_passphrase(place: SecretsPlace, people: People) -> str:
    """A passphrase for a new store: long enough, and typed twice where it is typed."""
    text = passphrase_of(place, people)
    if len(text) < MIN_PASSPHRASE:
        raise SecretsError(
            SecretsFault.WEAK_PASSPHRASE, f"a senha do cofre tem de ter pelo menos {MIN_PASSPHRASE} caracteres"
        )
    typed = not place.passphrase_env and place.passphrase_fd is None
    if typed and people.ask("Repita a senha: ") != text:
        raise SecretsError(SecretsFault.WEAK_PASSPHRASE, "as duas senhas não são iguais")
    return text


def _read_descriptor(handle: int) -> str:
    pieces = bytearray()
    try:
        while len(pieces) <= _MAX_PASSPHRASE_BYTES and (piece := os.read(handle, _MAX_PASSPHRASE_BYTES)):
            pieces += piece
        return pieces.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SecretsError(
            SecretsFault.NO_PASSPHRASE, f"a senha do cofre não pode ser lida do descritor {handle}"
        ) from error
