"""What the owner wrote: configuration, catalogue, templates, and the encrypted store."""

from __future__ import annotations

from pathlib import Path

from totem.bootstrap.credentials import uses_store
from totem.bootstrap.doctor.check import in_thread
from totem.bootstrap.web import check_pages
from totem.config.loader import Configuration, load
from totem.config.secrets import SecretStore, open_store
from totem.config.secrets_errors import SecretsError
from totem.config.secrets_key import People
from totem.domain.errors import ConfigError
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.vocabulary import Word


async def configuration(path: Path) -> tuple[Part, Configuration | None]:
    """Its faults, and the configuration where only files of the owner are missing: the rest is still checked."""
    return await in_thread(lambda: _configuration(path))


def _configuration(path: Path) -> tuple[Part, Configuration | None]:
    try:
        read = load(path)
        check_pages(read)
    except ConfigError as error:
        told = Part(Area.CONFIGURATION, path.name, tuple(_fault(path, line) for line in error.faults))
        try:
            return told, load(path, check_files=False)
        except ConfigError:
            return told, None
    signs = (
        Sign(Word.CONFIGURATION_GOOD),
        Sign(Word.CATALOGUE_GOOD, {"count": len(read.catalogue.services)}),
        Sign(Word.TEMPLATES_GOOD, {"count": len(read.templates)}),
        *(Sign(Word.CONFIGURATION_NOTE, {"note": _bare(path, note)}) for note in read.notes),
    )
    return Part(Area.CONFIGURATION, path.name, signs), read


def _fault(path: Path, line: str) -> Sign:
    return Sign(Word.CONFIGURATION_FAULT, {"fault": _bare(path, line), "file": path.name})


def _bare(path: Path, line: str) -> str:
    return line.removeprefix(f"{path}: ")


async def secrets(read: Configuration, people: People) -> tuple[tuple[Part, ...], SecretStore | None]:
    """The store opened, where anything is taken from it. `people` may be asked for its passphrase."""
    if not uses_store(read):
        return (), None
    place = read.settings.secrets_place
    try:
        store = await in_thread(lambda: open_store(place, people))
    except SecretsError as error:
        return (part(Area.SECRETS, place.file.name, Word.SECRETS_FAULT, reason=error.sentence),), None
    return (part(Area.SECRETS, place.file.name, Word.SECRETS_GOOD, count=len(store.kinds())),), store
