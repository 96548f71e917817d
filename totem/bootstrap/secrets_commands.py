"""`totem secrets`: the encrypted store from the command line. No value is ever printed, nor taken from argv."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from providers.http.material_forms import certificates_in, private_key_in
from totem.bootstrap.asking import CommandRefused, ask_hidden, people, read_value
from totem.bootstrap.importing import Judged, Stored, judge, read_files, title_of
from totem.bootstrap.material_words import BANKS
from totem.bootstrap.table import table
from totem.config.loader import load
from totem.config.secrets import SecretStore, create_store, open_store
from totem.config.secrets_errors import SecretsError
from totem.config.secrets_format import Kind
from totem.config.secrets_key import KeySource, SecretsPlace

OK: Final = 0
FAILED: Final = 1

_KINDS: Final = {
    Kind.SECRET: "segredo",
    Kind.CERTIFICATE: "certificado",
    Kind.KEY: "chave privada",
    Kind.CHAIN: "cadeia de autoridades",
}


def run_safely(command: Callable[[], int]) -> int:
    """Its exit code; a fault of store or files as its own sentence, with the code by which the manual knows it."""
    try:
        return command()
    except SecretsError as error:
        print(f"totem: {error.code}: {error.sentence}", file=sys.stderr)
    except CommandRefused as error:
        print(f"totem: {error}", file=sys.stderr)
    return FAILED


def place_of(config: Path) -> SecretsPlace:
    """Where the store is; the bank's files need not be there yet. Raises ConfigError."""
    return load(config, check_files=False).settings.secrets_place


def init(config: Path) -> int:
    place = place_of(config)
    create_store(place, people())
    print(f"Cofre criado em {place.file}.")
    if place.source is KeySource.FILE:
        print(f"Sua chave está em {place.key_file}: sem ela o cofre não abre. Guarde uma cópia longe das do cofre.")
    elif place.source is KeySource.KEYRING:
        print("Sua chave está no chaveiro deste usuário: o cofre só abre nesta conta, deste computador.")
    else:
        print("Ele só abre com essa senha: anote-a e guarde-a bem.")
    return OK


def set_value(config: Path, name: str) -> int:
    store = open_store(place_of(config), people())
    there = store.kinds().get(name, Kind.SECRET)
    if there is not Kind.SECRET:
        raise CommandRefused(f"{name} é de outra espécie ({_KINDS[there]}); troque-o com totem secrets import")
    store.put(name, Kind.SECRET, read_value(name).encode("utf-8"))
    print(f"{name} gravado no cofre.")
    bank, _, part = name.partition(".")
    if bank in BANKS and part in {"client_secret", "pfx_password"}:
        print(f'No totem.toml, em [pix.{bank}]: {part}_store = "{name}" (ou: totem secrets use --bank {bank})')
    return OK


def list_names(config: Path) -> int:
    kinds = open_store(place_of(config), people()).kinds()
    if not kinds:
        print("O cofre está vazio.")
        return OK
    print(table(("Nome", "O que é"), [(name, _KINDS[kind]) for name, kind in kinds.items()]))
    return OK


def remove(config: Path, name: str) -> int:
    open_store(place_of(config), people()).remove(name)
    print(f"{name} apagado do cofre.")
    return OK


def import_files(config: Path, files: tuple[Path, ...], bank: str, now: datetime, *, needs_chain: bool) -> int:
    """Certificate, key and chain of a bank. Raises ImportRefused, and then nothing has changed."""
    store = open_store(place_of(config), people())
    found = read_files(files, ask_hidden)
    judged = judge(found, _stored(store, bank), bank, now, needs_chain=needs_chain)
    _store(store, bank, judged)
    _tell(judged, bank, now)
    return OK


def stored_key_name(bank: str) -> str:
    """The key of a request that the bank has not answered yet."""
    return f"{bank}.csr_key"


def _stored(store: SecretStore, bank: str) -> Stored:
    key = store.find(f"{bank}.key", Kind.KEY)
    pending = store.find(stored_key_name(bank), Kind.KEY)
    certificates: list[x509.Certificate] = []
    for name, kind in ((f"{bank}.certificate", Kind.CERTIFICATE), (f"{bank}.ca", Kind.CHAIN)):
        data = store.find(name, kind)
        if data is not None:
            certificates += certificates_in(data, name)
    return Stored(
        key=private_key_in(key, f"{bank}.key") if key else None,
        pending=private_key_in(pending, stored_key_name(bank)) if pending else None,
        certificates=tuple(certificates),
    )


def _store(store: SecretStore, bank: str, judged: Judged) -> None:
    """All in one write. The key of the request becomes the key once its certificate is here."""
    puts = {
        f"{bank}.certificate": (Kind.CERTIFICATE, judged.certificate_pem),
        f"{bank}.key": (Kind.KEY, judged.key_pem),
    }
    removes = [f"{bank}.ca"]
    if judged.authorities:
        puts[f"{bank}.ca"] = (Kind.CHAIN, judged.ca_pem)
    if store.find(stored_key_name(bank), Kind.KEY) == judged.key_pem:
        removes.append(stored_key_name(bank))
    store.change(puts, tuple(removes))


def _tell(judged: Judged, bank: str, now: datetime) -> None:
    leaf = judged.chain[0]
    days = (leaf.not_valid_after_utc - now).days
    rows = [
        ("certificado", title_of(leaf)),
        ("vale até", f"{leaf.not_valid_after_utc.date().isoformat()} ({days} dias)"),
        ("chave", "é a deste certificado"),
        ("autoridades", ", ".join(title_of(one) for one in judged.authorities) or "nenhuma"),
    ]
    print(table((BANKS[bank], "no cofre"), rows))
    for note in judged.notes:
        print(f"aviso: {note}")
    print(f'No totem.toml, em [pix.{bank}]: material_store = "{bank}", sem certificate, key, pfx e ca')
    print(f"  (ou, por comando: totem secrets use --bank {bank})")
