"""The encrypted store: client secrets, keys and certificates in one file that is useless without its key.

Opening reads files, asks people and derives keys: call all of it from a thread.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag

from totem.config import secrets_format as form
from totem.config.banks import ENTRY_PATTERN
from totem.config.private_file import is_open_to_others, write_private
from totem.config.secrets_errors import SecretsError, SecretsFault
from totem.config.secrets_format import KeyHeader, Kind, SealedEntry, Sealer, StoreFile
from totem.config.secrets_key import (
    KeySource,
    People,
    SecretsPlace,
    keyring_key,
    make_key_file,
    new_passphrase,
    new_scrypt,
    passphrase_of,
    read_key_file,
)

MAX_VALUE_BYTES: Final = 200_000
_MAX_NAME: Final = 64


class SecretStore:
    """An open store. Values are decrypted only when they are asked for; its repr shows none."""

    def __init__(self, place: SecretsPlace, header: KeyHeader, with_key: Sealer, parsed: StoreFile | None) -> None:
        self._place = place
        self._header = header
        self._with_key = with_key
        self._entries: dict[str, SealedEntry] = dict(parsed.entries) if parsed else {}
        self._seal = parsed.seal if parsed else b""

    def __repr__(self) -> str:
        return f"SecretStore({str(self._place.file)!r}, {len(self._entries)} entries)"

    @property
    def file(self) -> Path:
        return self._place.file

    def kinds(self) -> dict[str, Kind]:
        """Names and kinds, in order of name; never a value."""
        return {name: self._entries[name].kind for name in sorted(self._entries)}

    def get(self, name: str, kind: Kind) -> bytes:
        """The value of that name and kind. Raises SecretsError."""
        entry = self._entries.get(name)
        if entry is None or entry.kind is not kind:
            raise SecretsError(SecretsFault.NO_SUCH_ENTRY, _missing_sentence(name, kind))
        try:
            return self._with_key.open(entry.sealed, form.entry_context(name, kind))
        except InvalidTag:
            raise SecretsError(
                SecretsFault.TAMPERED, f"{name} não abre em {self.file}: o cofre foi alterado por quem não tem a chave"
            ) from None

    def find(self, name: str, kind: Kind) -> bytes | None:
        """As `get`, but None where there is none."""
        return self.get(name, kind) if self.kinds().get(name) is kind else None

    def change(self, puts: dict[str, tuple[Kind, bytes]], removes: tuple[str, ...] = ()) -> None:
        """Put and remove all of them in one write, or none. Raises SecretsError."""
        for name, (_, value) in puts.items():
            _check_name(name)
            _check_value(name, value)
        entries = {name: entry for name, entry in self._entries.items() if name not in removes}
        for name, (kind, value) in puts.items():
            entries[name] = SealedEntry.model_construct(
                kind=kind, sealed=self._with_key.seal(value, form.entry_context(name, kind))
            )
        if len(entries) > form.MAX_ENTRIES:
            raise SecretsError(SecretsFault.BAD_VALUE, f"o cofre guarda no máximo {form.MAX_ENTRIES} itens")
        self._save(entries)

    def put(self, name: str, kind: Kind, value: bytes) -> None:
        self.change({name: (kind, value)})

    def remove(self, name: str) -> None:
        """Raises SecretsError where there is no such name."""
        if name not in self._entries:
            raise SecretsError(SecretsFault.NO_SUCH_ENTRY, f"não há {name} no cofre; veja: totem secrets list")
        self.change({}, (name,))

    def _save(self, entries: dict[str, SealedEntry]) -> None:
        if self._seal and _read(self.file).seal != self._seal:
            raise SecretsError(
                SecretsFault.CHANGED_MEANWHILE, f"outro programa mudou {self.file} entretanto; repita o comando"
            )
        data = form.write(self._header, entries, self._with_key)
        try:
            write_private(self.file, data)
        except OSError as error:
            raise SecretsError(
                SecretsFault.UNREADABLE, f"{self.file} não pode ser gravado: {error.strerror}"
            ) from error
        self._entries = entries
        self._seal = form.read(data, str(self.file)).seal


def create_store(place: SecretsPlace, people: People) -> SecretStore:
    """A new, empty store, stored at once. Raises SecretsError, also where one is there already."""
    if place.file.exists():
        raise SecretsError(
            SecretsFault.EXISTS, f"{place.file} já existe; para recomeçar, mova-o antes para outro lugar"
        )
    store_id = secrets.token_hex(16)
    if place.source is KeySource.PASSPHRASE:
        scrypt = new_scrypt()
        header = KeyHeader.model_construct(source=place.source, salt=scrypt.salt, n=scrypt.n, r=scrypt.r, p=scrypt.p)
        master = scrypt.derive(new_passphrase(place, people))
    else:
        header = KeyHeader(source=place.source)
        master = (
            keyring_key(store_id, create=True) if place.source is KeySource.KEYRING else make_key_file(_key_file(place))
        )
    store = SecretStore(place, header, form.sealer(master, store_id), None)
    store.change({})
    return store


def open_store(place: SecretsPlace, people: People) -> SecretStore:
    """The store with its seal checked. Raises SecretsError, one sentence for each fault."""
    parsed = _read(place.file)
    where = str(place.file)
    if parsed.key.source is not place.source:
        raise SecretsError(
            SecretsFault.OTHER_SOURCE,
            f'{where} abre com key = "{parsed.key.source}", e a configuração diz key = "{place.source}" em [secrets]',
        )
    with_key = form.sealer(_master(place, parsed, people), parsed.store_id)
    if not form.check_key(parsed, with_key):
        raise _wrong_key(place)
    form.check_seal(parsed, with_key, where)
    return SecretStore(place, parsed.key, with_key, parsed)


def _master(place: SecretsPlace, parsed: StoreFile, people: People) -> bytes:
    if place.source is KeySource.FILE:
        return read_key_file(_key_file(place))
    if place.source is KeySource.KEYRING:
        return keyring_key(parsed.store_id, create=False)
    scrypt = parsed.key.scrypt
    if not scrypt.is_sane:
        raise SecretsError(
            SecretsFault.TAMPERED, f"{place.file} pede um cálculo de senha fora dos limites: foi alterado"
        )
    return scrypt.derive(passphrase_of(place, people))


def _wrong_key(place: SecretsPlace) -> SecretsError:
    if place.source is KeySource.PASSPHRASE:
        return SecretsError(SecretsFault.WRONG_PASSPHRASE, f"a senha não abre {place.file}; confira-a e repita")
    if place.source is KeySource.KEYRING:
        return SecretsError(SecretsFault.WRONG_KEY, f"a chave do chaveiro do sistema não é a de {place.file}")
    return SecretsError(
        SecretsFault.WRONG_KEY, f"a chave {place.key_file} não é a de {place.file}; traga a chave certa"
    )


def _read(path: Path) -> StoreFile:
    try:
        if is_open_to_others(path):
            raise SecretsError(
                SecretsFault.KEY_OPEN_TO_OTHERS,
                f'outros usuários podem ler o cofre, {path}; corrija com: chmod 600 "{path}"',
            )
        with path.open("rb") as file:
            data = file.read(form.MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise SecretsError(SecretsFault.MISSING, f"não há cofre em {path}; crie-o com: totem secrets init") from None
    except OSError as error:
        raise SecretsError(SecretsFault.UNREADABLE, f"{path} não pode ser lido: {error.strerror}") from error
    if len(data) > form.MAX_FILE_BYTES:
        raise SecretsError(SecretsFault.DAMAGED, f"{path} é grande demais para ser um cofre")
    return form.read(data, str(path))


def _key_file(place: SecretsPlace) -> Path:
    if place.key_file is None:
        raise SecretsError(SecretsFault.KEY_MISSING, "falta dizer onde está a chave do cofre: key_file em [secrets]")
    return place.key_file


def _check_name(name: str) -> None:
    if not name or len(name) > _MAX_NAME or not re.fullmatch(ENTRY_PATTERN, name):
        raise SecretsError(
            SecretsFault.BAD_NAME,
            "o nome usa letras minúsculas sem acento, algarismos, pontos, _ e -, por exemplo sicredi.client_secret",
        )


def _check_value(name: str, value: bytes) -> None:
    if not value:
        raise SecretsError(SecretsFault.BAD_VALUE, f"o valor de {name} está vazio")
    if len(value) > MAX_VALUE_BYTES:
        raise SecretsError(SecretsFault.BAD_VALUE, f"o valor de {name} passa de {MAX_VALUE_BYTES} bytes")


def _missing_sentence(name: str, kind: Kind) -> str:
    if kind is Kind.SECRET:
        return f"não há o segredo {name} no cofre; grave-o com: totem secrets set {name}"
    bank = name.partition(".")[0]
    return f"não há {name} no cofre; importe certificado, chave e cadeia com: totem secrets import ... --bank {bank}"
