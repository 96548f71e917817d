"""Reads the catalogues of sentences: one TOML file a language, its tables joined to keys by dots."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from totem.domain.errors import ConfigError
from totem.domain.texts import LANGUAGES, Texts


def load_texts(folder: Path, languages: tuple[str, ...] = LANGUAGES) -> Texts:
    """Read `pt.toml`, `en.toml`, ... of the folder. Raises ConfigError naming every file that is missing or broken."""
    catalogues: dict[str, Mapping[str, str]] = {}
    faults: list[str] = []
    for language in languages:
        file = folder / f"{language}.toml"
        try:
            catalogues[language] = dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, TypeError) as error:
            faults.append(f"{file.name}: {language}: {error}")
    if faults:
        raise ConfigError(tuple(faults))
    return Texts(catalogues)


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, value
        elif isinstance(value, Mapping):
            yield from _flat(value, f"{key}.")
        else:
            raise TypeError(f"{key} is neither a sentence nor a table of them")
