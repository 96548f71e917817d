"""Reads `totem.toml`, its catalogue and its receipts' templates, and refuses them with every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

import assets
from totem.config import catalogue as shop
from totem.config.cards import notes_on
from totem.config.models import Settings
from totem.config.sentences import sentence, syntax_sentence
from totem.config.templates import load_templates
from totem.domain.catalogue import Catalogue
from totem.domain.errors import ConfigError
from totem.domain.template import Templates
from totem.domain.texts import LANGUAGES

MAX_FILE_BYTES: Final = 1_000_000
_POSITION: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

SomeModel = TypeVar("SomeModel", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Configuration:
    """All files, checked. `notes` are what the owner may want to know and what does not stop the kiosk."""

    path: Path
    settings: Settings
    catalogue: Catalogue
    templates: Templates
    notes: tuple[str, ...] = ()


def load(path: Path, *, check_files: bool = True) -> Configuration:
    """The configuration at `path`, its relative paths resolved against its own folder.

    `check_files` also demands that certificates, keys and secrets are there and guarded. Raises ConfigError
    with the faults of all files.
    """
    faults: list[str] = []
    raw = _read(path, faults)
    settings = _validate(Settings, raw, path, _context(path, check_files), faults)
    catalogue_path = _catalogue_path(raw, path)
    languages: tuple[str, ...] = settings.kiosk.languages if settings else LANGUAGES
    notes: list[str] = []
    goods = _catalogue(catalogue_path, check_files, faults, notes, languages) if catalogue_path else None
    if settings is not None and goods is not None:
        faults += [f"{path}: {fault}" for fault in settings.currency_faults(goods.currency)]
    templates = _templates(_own_receipts(raw, settings, path), faults, notes)
    if settings is not None:
        notes += [f"{path}: {note}" for note in notes_on(settings.cards)]
    if faults or settings is None or goods is None or templates is None:
        raise ConfigError(tuple(faults))
    if settings.kiosk.training:
        notes.append(f"{path}: kiosk.training: o totem está em treinamento; nada do que ele vende é cobrado de verdade")
    return Configuration(path.absolute(), settings, goods, templates, tuple(notes))


def _own_receipts(raw: Mapping[str, Any] | None, settings: Settings | None, path: Path) -> Path | None:
    """The owner's folder; also where the rest was refused, so that its faults show too."""
    if settings is not None:
        return settings.receipts.directory
    section = (raw or {}).get("receipts")
    named = section.get("directory") if isinstance(section, dict) else None
    return path.parent / Path(named).expanduser() if isinstance(named, str) and _is_path(named) else None


def _templates(own: Path | None, faults: list[str], notes: list[str]) -> Templates | None:
    try:
        templates, told = load_templates(assets.path("templates"), own)
    except ConfigError as error:
        faults += error.faults
        return None
    notes += told
    return templates


def load_catalogue(path: Path, *, check_files: bool = True) -> Catalogue:
    """The catalogue alone. Raises ConfigError with all of its faults."""
    faults: list[str] = []
    goods = _catalogue(path, check_files, faults, [], LANGUAGES)
    if faults or goods is None:
        raise ConfigError(tuple(faults))
    return goods


def _catalogue(
    path: Path, check_files: bool, faults: list[str], notes: list[str], languages: tuple[str, ...]
) -> Catalogue | None:
    raw = _read(path, faults)
    if raw is None:
        return None
    before = len(faults)
    currency = raw.get("currency") if raw.get("currency") in {"BRL", "CVE"} else "BRL"
    context = {**_context(path, check_files), "currency": currency}
    parsed = _validate(shop.CatalogueFile, raw, path, context, faults)
    faults += [
        f"{path}: service[{name}].id: {count} serviços têm este mesmo id" for name, count in shop.repeated_ids(raw)
    ]
    if parsed is not None and not shop.total_fits(parsed):
        faults.append(f"{path}: service: com todas as quantidades no máximo, o total passa do que um Pix aceita")
    if parsed is None or len(faults) > before:
        return None
    notes += [
        f"{path}: service[{name}].name.{language}: sem tradução; o nome em português será mostrado"
        for name, language in shop.untranslated(parsed, languages)
    ]
    folder = path.parent.absolute()
    notes += [
        f"{path}: service[{name}].picture: a imagem {picture} não está ao lado do catálogo nem entre as do programa"
        for name, picture in shop.without_picture(parsed, folder)
    ]
    return shop.to_domain(parsed, folder)


def _context(path: Path, check_files: bool) -> dict[str, object]:
    return {"folder": path.parent.absolute(), "check_files": check_files}


def _catalogue_path(raw: Mapping[str, Any] | None, path: Path) -> Path | None:
    """The catalogue that is named; where that cannot be read, the usual one, so that its faults show too."""
    section = (raw or {}).get("catalogue")
    named = section.get("file") if isinstance(section, dict) else None
    if isinstance(named, str) and _is_path(named):
        return path.parent / Path(named).expanduser()
    usual = path.parent / "catalogue.toml"
    return usual if usual.is_file() else None


def _is_path(named: str) -> bool:
    return bool(named.strip()) and "\0" not in named


def _read(path: Path, faults: list[str]) -> dict[str, Any] | None:
    """The file's tables, or None with the fault noted."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        faults.append(f"{path}: arquivo: não existe")
        return None
    except IsADirectoryError:
        faults.append(f"{path}: arquivo: é uma pasta, e tem de ser um arquivo")
        return None
    except OSError as error:
        faults.append(f"{path}: arquivo: não pode ser lido ({error.strerror})")
        return None
    if len(data) > MAX_FILE_BYTES:
        faults.append(f"{path}: arquivo: tem mais de {MAX_FILE_BYTES} bytes; não parece uma configuração")
        return None
    return _parse(path, data, faults)


def _parse(path: Path, data: bytes, faults: list[str]) -> dict[str, Any] | None:
    text = ""
    try:
        # Windows' Notepad may begin a file with a byte order mark, which TOML does not know.
        text = data.decode("utf-8-sig")
        return tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        faults.append(f"{path}: linha {line}: há letras que não estão em UTF-8; salve o arquivo com essa codificação")
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        position = _POSITION.search(message)
        if position and position[1]:
            where = f"linha {position[1]}, coluna {position[2]}"
        else:
            where = f"linha {text.rstrip().count(chr(10)) + 1}, no fim do arquivo"
        faults.append(f"{path}: {where}: {syntax_sentence(_POSITION.sub('', message))}")
    except RecursionError:
        faults.append(f"{path}: arquivo: há colchetes demais, um dentro do outro")
    return None


def _validate(
    model: type[SomeModel], raw: Mapping[str, Any] | None, path: Path, context: Mapping[str, object], faults: list[str]
) -> SomeModel | None:
    if raw is None:
        return None
    try:
        return model.model_validate(raw, context=dict(context))
    except ValidationError as error:
        details = error.errors(include_url=False)
        faults += [
            f"{path}: {_key(detail['loc'], raw)}: {sentence(detail, model)}"
            for detail in details
            if not _follows_from_others(detail, details)
        ]
    return None


def _follows_from_others(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """pydantic calls a list too short when its items were refused: that is no fault of its own."""
    start = detail["loc"]
    return detail["type"] == "too_short" and any(
        len(other["loc"]) > len(start) and other["loc"][: len(start)] == start for other in details
    )


def _key(location: tuple[int | str, ...], raw: Mapping[str, Any]) -> str:
    """`pix.sicredi.client_id`, `service[lavagem-simples].price`; a service without a usable id is `service[#2]`."""
    text = ""
    here: object = raw
    for part in location:
        if isinstance(part, int):
            here = here[part] if isinstance(here, list) and part < len(here) else {}
            name = here.get("id") if isinstance(here, dict) else None
            text += f"[{name}]" if isinstance(name, str) and name else f"[#{part + 1}]"
        else:
            here = here.get(part, {}) if isinstance(here, dict) else {}
            text += f".{part}" if text else part
    return text or "arquivo"
