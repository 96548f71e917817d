"""The kiosk's own machine: disk, journal, time zone and letters, screen, and whether a kiosk is open."""

from __future__ import annotations

import locale
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from totem.bootstrap.doctor.check import in_thread
from totem.bootstrap.libraries import has_display, missing_libraries
from totem.bootstrap.ownership import LOCK_NAME, Ownership
from totem.config.models import JournalSettings
from totem.domain.errors import AlreadyRunning
from totem.domain.money import Currency
from totem.services.health.signs import Area, Part, Sign, part
from totem.services.health.vocabulary import Word
from totem.services.journal.verify import verify

LOW_DISK_BYTES: Final = 1_000_000_000
SLOW_SYNC_S: Final = 0.5
"""A sale waits for some ten of them; a healthy SSD takes a few milliseconds, a worn card half a second and more."""

_MB: Final = 1_000_000
_PROBE: Final = bytes(4096)
_ZONES: Final = {
    Currency.BRL: tuple(timedelta(hours=hours) for hours in (-5, -4, -3, -2)),
    Currency.CVE: (timedelta(hours=-1),),
}
_PORTUGUESE: Final = "ção€"


async def disk(place: JournalSettings) -> tuple[Part, ...]:
    """Room for twice the reserve, as a sale asks for before it opens; a write that is made safe; who may read."""
    return await in_thread(lambda: (Part(Area.DISK, str(place.directory), tuple(_disk(place))),))


def _disk(place: JournalSettings) -> Iterator[Sign]:
    folder = place.directory
    try:
        free = shutil.disk_usage(_nearest(folder)).free
    except OSError as error:
        yield Sign(Word.DISK_UNREADABLE, {"reason": _reason(error)})
        return
    if free < 2 * place.reserve_mb * 1024 * 1024:
        yield Sign(Word.DISK_FULL, {"mb": free // _MB})
    else:
        yield Sign(Word.DISK_LOW if free < LOW_DISK_BYTES else Word.DISK_GOOD, {"mb": free // _MB})
    try:
        took_s = _safe_write_s(folder if folder.is_dir() else None, _nearest(folder))
    except OSError as error:
        yield Sign(Word.DISK_UNWRITABLE, {"reason": _reason(error)})
    else:
        if took_s > SLOW_SYNC_S:
            yield Sign(Word.DISK_SLOW, {"ms": round(took_s * 1000)})
    yield from _open_to_others(place)


def _safe_write_s(folder: Path | None, nearest: Path) -> float:
    """How long a small durable write takes there; 0 where the folder is still to be made. Raises OSError."""
    if folder is None:
        if not os.access(nearest, os.W_OK):
            raise PermissionError(13, os.strerror(13), str(nearest))
        return 0.0
    began = time.perf_counter()
    with tempfile.TemporaryFile(prefix=".doctor.", dir=folder) as file:
        file.write(_PROBE)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def _open_to_others(place: JournalSettings) -> Iterator[Sign]:
    """Windows guards by access lists, which the installer sets on the folder."""
    if os.name != "posix":
        return
    for path in (place.path, place.key_file, place.head_path):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue  # one that is missing or out of reach is the journal's matter
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Sign(Word.FILE_OPEN, {"file": str(path)})


async def journal(place: JournalSettings, limit_s: float) -> tuple[Part, ...]:
    """Every record checked, read-only, also while a kiosk writes; given up after the limit."""
    enough = threading.Event()
    try:
        return await in_thread(lambda: (_journal(place, limit_s, enough),))
    finally:
        enough.set()  # whoever left does not want it read on


def _journal(place: JournalSettings, limit_s: float, enough: threading.Event) -> Part:
    name = place.path.name
    if not place.path.exists():
        return part(Area.JOURNAL, name, Word.JOURNAL_NEW)
    until = time.monotonic() + limit_s
    report = verify(place.path, place.key_file, place.head_path, lambda: enough.is_set() or time.monotonic() > until)
    if not report.ok:
        faults = len(report.faults)
        return part(Area.JOURNAL, name, Word.JOURNAL_BROKEN, faults=faults, entries=report.entries)
    if not report.finished:
        return part(Area.JOURNAL, name, Word.JOURNAL_LONG, seconds=round(limit_s))
    return part(Area.JOURNAL, name, Word.JOURNAL_GOOD, entries=report.entries)


def region(now: datetime, currency: Currency, *, simulated: bool) -> Part:
    """The hour that tickets would bear, and whether this system writes Portuguese; `now` is local.

    A kiosk on simulators sells nothing: it may run anywhere.
    """
    zone = now.tzname() or str(now.utcoffset())
    fits = simulated or now.utcoffset() in _ZONES[currency]
    signs = [Sign(Word.ZONE_GOOD if fits else Word.ZONE_FOREIGN, {"zone": zone})]
    encoding = locale.getpreferredencoding(do_setlocale=False)
    try:
        _PORTUGUESE.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        signs.append(Sign(Word.LETTERS_POOR, {"encoding": encoding}))
    return Part(Area.LOCALE, "", tuple(signs))


def screen(environment: Mapping[str, str]) -> Part:
    """Whether a window could be opened in this session."""
    if not has_display(environment):
        return part(Area.SCREEN, "", Word.SCREEN_NONE)
    missing = missing_libraries(environment)
    if missing:
        libraries, packages = (" ".join(names) for names in zip(*missing, strict=True))
        return part(Area.SCREEN, "", Word.SCREEN_LIBRARIES, libraries=libraries, packages=packages)
    return part(Area.SCREEN, "", Word.SCREEN_GOOD)


def lock(folder: Path) -> Part:
    """By the lock that an open kiosk holds; it is let go at once."""
    if not (folder / LOCK_NAME).exists():
        return part(Area.LOCK, "", Word.LOCK_FREE)
    try:
        with Ownership(folder):
            return part(Area.LOCK, "", Word.LOCK_FREE)
    except AlreadyRunning:
        return part(Area.LOCK, "", Word.LOCK_HELD)
    except OSError as error:
        return part(Area.LOCK, "", Word.LOCK_FAULT, reason=_reason(error))


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
