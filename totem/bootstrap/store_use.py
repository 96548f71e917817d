"""`totem secrets use`: points a bank's section of `totem.toml` at the store, and leaves every other line as it is."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from totem.bootstrap.asking import CommandRefused, people
from totem.bootstrap.material_words import BANKS
from totem.bootstrap.secrets_commands import OK
from totem.config.loader import load
from totem.config.secrets import SecretStore, open_store
from totem.domain.errors import ConfigError

_HEADER: Final = re.compile(r"\s*\[+\s*([A-Za-z0-9_.\"' -]+?)\s*\]+\s*(#.*)?")
_SECRET_KEYS: Final = ("client_secret_store", "client_secret_file", "client_secret_env")
_MATERIAL_KEYS: Final = (
    "material_store",
    "certificate",
    "key",
    "ca",
    "pfx",
    "pfx_password_store",
    "pfx_password_file",
    "pfx_password_env",
)


def run(config: Path, bank: str) -> int:
    """Raises ConfigError, SecretsError; CommandRefused with a sentence where the file cannot be edited by itself."""
    configuration = load(config, check_files=False)
    if getattr(configuration.settings.pix, bank) is None:
        raise CommandRefused(f"{config} não tem a seção [pix.{bank}]; copie-a do exemplo e repita")
    store = open_store(configuration.settings.secrets_place, people())
    wanted, replaced = _wanted(store, bank)
    text = _edited(config.read_text(encoding="utf-8-sig"), f"pix.{bank}", wanted, replaced)
    _check(config, text, bank, (*wanted, *replaced))
    copy = config.with_name(config.name + ".anterior")
    shutil.copy2(config, copy)
    _replace(config, text)
    for key, value in wanted.items():
        print(f'[pix.{bank}] {key} = "{value}"')
    print(f"{config} usa agora o cofre para o {BANKS[bank]}; como era antes está em {copy.name}. Confira: totem doctor")
    return OK


def _wanted(store: SecretStore, bank: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """The keys to write, and those that they stand in place of."""
    names = store.kinds()
    wanted: dict[str, str] = {}
    replaced: list[str] = []
    if f"{bank}.client_secret" in names:
        wanted["client_secret_store"] = f"{bank}.client_secret"
        replaced += _SECRET_KEYS
    if f"{bank}.key" in names and f"{bank}.certificate" in names:
        wanted["material_store"] = bank
        replaced += _MATERIAL_KEYS
    if not wanted:
        raise CommandRefused(
            f"o cofre não tem nada do {BANKS[bank]}; grave antes: totem secrets set {bank}.client_secret "
            f"e totem secrets import ARQUIVOS --bank {bank}"
        )
    return wanted, tuple(replaced)


def _edited(text: str, section: str, wanted: dict[str, str], replaced: tuple[str, ...]) -> str:
    """The lines of that section's replaced keys become comments, and the new ones stand under its header."""
    old = re.compile(rf"\s*({'|'.join(replaced)})\s*=")
    lines: list[str] = []
    inside = False
    for line in text.splitlines():
        header = _HEADER.fullmatch(line)
        if header:
            inside = header[1] == section
        lines.append(f"# {line}" if inside and old.match(line) else line)
        if header and inside:
            lines += [f'{key} = "{value}"' for key, value in wanted.items()]
    return "\n".join(lines) + "\n"


def _check(config: Path, text: str, bank: str, touched: tuple[str, ...]) -> None:
    """The edited file must mean the same but for the keys that were meant."""
    before = load(config, check_files=False).settings
    with tempfile.NamedTemporaryFile("w", suffix=".toml", dir=config.parent, encoding="utf-8", delete=False) as draft:
        draft.write(text)
    try:
        after = load(Path(draft.name), check_files=False).settings
    except ConfigError as error:
        raise CommandRefused(f"não consigo mudar {config} sem estragá-lo; escreva as chaves à mão") from error
    finally:
        Path(draft.name).unlink()
    left_out = {"pix": {bank: set(touched)}}
    if before.model_dump(exclude=left_out) != after.model_dump(exclude=left_out):
        raise CommandRefused(f"não consigo mudar {config} sem mudar outra coisa; escreva as chaves à mão")


def _replace(config: Path, text: str) -> None:
    """Whole or not at all, with the mode that the file had."""
    with tempfile.NamedTemporaryFile("w", dir=config.parent, encoding="utf-8", delete=False) as fresh:
        fresh.write(text)
    shutil.copymode(config, fresh.name)
    Path(fresh.name).replace(config)
