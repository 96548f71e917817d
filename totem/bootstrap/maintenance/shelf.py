"""The configuration in use, the ones that were good before, and trying a new one. See `ConfigurationShelf`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from totem.config.loader import Configuration, load, load_catalogue
from totem.domain.errors import ConfigError
from totem.services.maintenance.views import ConfigLine, ConfigVerdict, ConfigView, Stick

FILE_NAME: Final = "totem.toml"
_CURRENT: Final = "current"
_PREVIOUS: Final = "previous"
_HIDDEN: Final = "•••"
_SECRET_ENDINGS: Final = ("secret", "token", "password", "pin")
"""The configuration names secrets, and holds none; should an owner write one, a screen does not show it."""


class FileShelf:
    """Implements `totem.services.maintenance.settings_desk.ConfigurationShelf`.

    Beside the journal it keeps two generations of the files with which the kiosk opened for customers: the one that
    runs, and the one before. Made while the file on disk is the one that runs.
    """

    def __init__(self, running: Configuration, find_sticks: Callable[[], Awaitable[tuple[Stick, ...]]]) -> None:
        """Reads the file once; blocking."""
        self._running = running
        self._kept = running.settings.journal.directory / "configuration"
        self._find_sticks = find_sticks
        self._print = self._fingerprint(running.path)

    async def view(self) -> ConfigView:
        return await asyncio.to_thread(self._view)

    async def candidates(self) -> tuple[Path, ...]:
        found = [stick.path / FILE_NAME for stick in await self._find_sticks()]
        return (self._running.path, *await asyncio.to_thread(lambda: [each for each in found if each.is_file()]))

    async def check(self, path: Path) -> ConfigVerdict:
        return await asyncio.to_thread(self._check, path)

    async def put(self, path: Path) -> None:
        await asyncio.to_thread(self._put, path)

    async def last_good(self) -> Path | None:
        return await asyncio.to_thread(self._last_good)

    async def remember(self) -> None:
        """The kiosk opened for customers with the running files. Raises OSError."""
        await asyncio.to_thread(self._remember)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _view(self) -> ConfigView:
        good = self._last_good()
        return ConfigView(
            self._running.path,
            tuple(config_lines(self._running.settings)),
            datetime.fromtimestamp(good.stat().st_mtime, UTC) if good is not None else None,
            changed_on_disk=self._fingerprint(self._running.path) != self._print,
        )

    def _catalogue_of(self, path: Path) -> Path:
        """The catalogue that lies beside it under the running one's name."""
        return path.with_name(self._running.settings.catalogue.file.name)

    def _fingerprint(self, path: Path) -> str:
        """Of the file and of the catalogue beside it."""
        digest = hashlib.sha256()
        for file in (path, self._catalogue_of(path)):
            try:
                digest.update(hashlib.sha256(file.read_bytes()).digest())
            except OSError:
                digest.update(b"-")
        return digest.hexdigest()

    # --- trying -----------------------------------------------------------------------------------------------------

    def _check(self, path: Path) -> ConfigVerdict:
        """As if it lay in the place of the one in use, where its paths lead to certificates and pictures."""
        catalogue = self._catalogue_of(path)
        faults: list[str] = []
        if path != self._running.path and catalogue.is_file():
            try:
                load_catalogue(catalogue, check_files=False)
            except ConfigError as error:
                faults += error.faults
        try:
            with _copied(path, self._running.path.parent) as trial:
                tried = _load(trial, path)
        except ConfigError as error:
            return ConfigVerdict(path, (*faults, *error.faults))
        except OSError as error:
            return ConfigVerdict(path, (f"{path}: arquivo: não pode ser lido ({error.strerror})",))
        old, new = _values(self._running.settings), _values(tried.settings)
        changed = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        notes = tuple(note.replace(str(tried.path), str(path)) for note in tried.notes)
        return ConfigVerdict(path, tuple(faults), notes, tuple(changed))

    # --- keeping ----------------------------------------------------------------------------------------------------

    def _put(self, path: Path) -> None:
        in_use = self._running.path
        if path == in_use:
            return
        catalogue = self._catalogue_of(path)
        if catalogue.is_file():
            _copy_whole(catalogue, self._running.settings.catalogue.file)
        _copy_whole(path, in_use)

    def _last_good(self) -> Path | None:
        """The running one where the file on disk is another by now, else the one before it."""
        changed = self._fingerprint(self._running.path) != self._print
        for name in (_CURRENT, _PREVIOUS) if changed else (_PREVIOUS,):
            kept = self._kept / name / FILE_NAME
            if kept.is_file():
                return kept
        return None

    def _remember(self) -> None:
        current, previous = self._kept / _CURRENT, self._kept / _PREVIOUS
        if self._fingerprint(current / FILE_NAME) == self._print:
            return
        if self._fingerprint(self._running.path) != self._print:
            return  # edited since the start: what runs cannot be read any more
        if current.is_dir():
            shutil.rmtree(previous, ignore_errors=True)
            current.replace(previous)
        current.mkdir(mode=0o700, parents=True, exist_ok=True)
        catalogue = self._running.settings.catalogue.file
        _copy_whole(catalogue, current / catalogue.name)
        _copy_whole(self._running.path, current / FILE_NAME)


class _copied:  # noqa: N801 - used as a function
    """A copy of the file in another folder, gone at the end."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path, self._folder = path, folder
        self._copy: Path | None = None

    def __enter__(self) -> Path:
        data = self._path.read_bytes()
        handle, name = tempfile.mkstemp(prefix=".trial-", suffix=".toml", dir=self._folder)
        self._copy = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        return self._copy

    def __exit__(self, *_: object) -> None:
        if self._copy is not None:
            self._copy.unlink(missing_ok=True)


def _load(trial: Path, path: Path) -> Configuration:
    """Its faults under the name that the technician knows. Raises ConfigError."""
    try:
        return load(trial)
    except ConfigError as error:
        raise ConfigError(tuple(fault.replace(str(trial), str(path)) for fault in error.faults)) from error


def _copy_whole(source: Path, target: Path) -> None:
    """The new file or the old one, whatever is cut off; the old one's rights stay. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def config_lines(section: BaseModel, name: str = "") -> Iterator[ConfigLine]:
    """Every key with its value, in the file's order of sections."""
    for key in type(section).model_fields:
        value = getattr(section, key)
        if isinstance(value, BaseModel):
            yield from config_lines(value, f"{name}.{key}".removeprefix("."))
        elif value is not None:
            yield ConfigLine(name, key, _told(key, value), is_default=key not in section.model_fields_set)


def _values(settings: BaseModel) -> dict[str, str]:
    return {f"{line.section}.{line.key}": line.value for line in config_lines(settings)}


def _told(key: str, value: object) -> str:
    if key.endswith(_SECRET_ENDINGS) and value:
        return _HIDDEN
    if isinstance(value, bool):
        return "sim" if value else "não"
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(str(each) for each in value)
    return str(value)
