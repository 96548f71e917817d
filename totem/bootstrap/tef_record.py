"""Every TEF message of a kiosk as lines of JSON, for an acquirer's homologation. Redacted before it comes here."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from totem.domain.ports import Clock

log = logging.getLogger(__name__)

NAME: Final = "tef-messages.jsonl"
MOST_BYTES: Final = 10_000_000
"""Of one file; the one before it is kept beside it."""


class MessageRecord:
    """Called with direction and text; writes in order on a thread of its own. A full disk never stops a sale."""

    def __init__(self, folder: Path, clock: Clock, most_bytes: int = MOST_BYTES) -> None:
        self._path = folder / NAME
        self._clock = clock
        self._most_bytes = most_bytes
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tef-record")

    def __call__(self, direction: str, text: str) -> None:
        line = json.dumps({"at": self._clock.now().isoformat(), "direction": direction, "message": text})
        self._thread.submit(self._append, line)

    def flush(self) -> None:
        """Until everything is written that was told so far. Blocking."""
        self._thread.submit(lambda: None).result()

    def _append(self, line: str) -> None:
        try:
            if self._path.exists() and self._path.stat().st_size > self._most_bytes:
                self._path.replace(former(self._path))
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.write(f"{line}\n")
        except OSError:
            log.exception("a TEF message was not recorded")


def former(path: Path) -> Path:
    return path.with_name(f"{path.name}.1")


def messages_of(folder: Path, day: str) -> Iterator[str]:
    """The lines of that UTC day, as written. Raises OSError."""
    path = folder / NAME
    for file in (former(path), path):
        if not file.exists():
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            if f'"at": "{day}' in line:
                yield line
