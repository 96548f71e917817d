"""Counts the moments of one life of the kiosk, and ends it by SIGKILL at a named one.

A moment has a name and a number: `PUT /api/v2/cob/* sent #1` is the first time that a whole such request has left. So a
moment is found again in the next life even where two tasks take their turns in another order.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx

from hardware.printer.links import Link
from totem.services.journal import CommitPoint, JournalSettings

_ID: Final = re.compile(r"[A-Za-z0-9]{26,35}")

WIRE_MOMENTS: Final = {
    "connection.connect_tcp.started": "connecting",
    "connection.connect_tcp.complete": "connected",
    "connection.start_tls.complete": "secured",
    "http11.send_request_headers.started": "before sending",
    "http11.send_request_headers.complete": "head sent",
    "http11.send_request_body.complete": "sent",
    "http11.receive_response_headers.complete": "head of the answer read",
    "http11.receive_response_body.complete": "answer read",
}
"""httpcore's trace. A `started` that is not here follows a `complete` with nothing in between."""


class Torn(StrEnum):
    """What the power cut leaves of the write that was not yet synced when it came."""

    NOTHING_LEFT = "nothing left"
    HALF_LEFT = "half left"


@dataclass(frozen=True, slots=True)
class Kill:
    """`moment` by its full name. `torn`: the power fails while the write that leads to it is not yet synced."""

    moment: str
    torn: Torn | None = None

    def __str__(self) -> str:
        return self.moment if self.torn is None else f"{self.moment}, {self.torn.value}"


def kills_of(moments: list[str]) -> list[Kill]:
    """Every moment of a life, and every write of its journal torn: the commit's, and the head's."""
    writes = [name for name in moments if name.startswith(("journal committed", "journal sealed"))]
    return [*map(Kill, moments), *(Kill(name, torn) for name in writes for torn in Torn)]


class Watch:
    """Every seam of the kiosk reports here, from whatever thread."""

    def __init__(self, settings: JournalSettings, side: Path, kill: Kill | None) -> None:
        self.moments: list[str] = []
        self._settings = settings
        self._side = side
        self._kill = kill
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.after_seal: Callable[[], None] = lambda: None

    def reach(self, name: str) -> None:
        with self._lock:
            self._seen[name] += 1
            moment = f"{name} #{self._seen[name]}"
            self.moments.append(moment)
            if self._kill is not None and self._kill.moment == moment:
                os.kill(os.getpid(), signal.SIGKILL)

    def at_point(self, point: CommitPoint, _seq: int) -> None:
        """For the journal's settings: between its moments the files are put aside as they were last synced."""
        self.reach(f"journal {point.value}")
        if self._kill is not None and self._kill.torn is not None:
            number = self._seen["journal before_commit"]
            if point is CommitPoint.BEFORE_COMMIT and self._kill.moment == f"journal committed #{number}":
                put_aside(self._side, log_of(self._settings))
            if point is CommitPoint.COMMITTED and self._kill.moment == f"journal sealed #{number}":
                put_aside(self._side, self._settings.head_path)
        if point is CommitPoint.SEALED:
            self.after_seal()


# --- what was not synced ----------------------------------------------------------------------------------------------


def log_of(settings: JournalSettings) -> Path:
    """SQLite's write-ahead log: the only file that a commit writes and syncs."""
    return settings.path.with_name(settings.path.name + "-wal")


def put_aside(side: Path, file: Path) -> None:
    side.mkdir(exist_ok=True)
    shutil.copy2(file, side / file.name)


def tear(settings: JournalSettings, side: Path, kill: Kill) -> None:
    """Leave the file as it was at its last sync, or with half of what was written since."""
    file = log_of(settings) if kill.moment.startswith("journal committed") else settings.head_path
    synced, written = (side / file.name).read_bytes(), file.read_bytes()
    if synced == written:
        raise AssertionError(f"nothing was written to {file.name} before {kill.moment}")
    if kill.torn is Torn.HALF_LEFT:
        changed = [at for at, byte in enumerate(written) if at >= len(synced) or synced[at] != byte]
        middle = (changed[0] + changed[-1] + 1) // 2
        synced = written[:middle] + synced[middle:]
    file.write_bytes(synced)
    # The log's index lives in shared memory, which no power cut survives.
    settings.path.with_name(settings.path.name + "-shm").unlink(missing_ok=True)
    shutil.rmtree(side)


# --- the wires --------------------------------------------------------------------------------------------------------


class WatchedTransport(httpx.AsyncBaseTransport):
    """The bank's wire: every connection, every send and every receive of each request."""

    def __init__(self, inner: httpx.AsyncBaseTransport, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {_ID.sub('*', request.url.path)}"
        theirs = request.extensions.get("trace")

        async def trace(event: str, info: object) -> None:
            if theirs is not None:
                await theirs(event, info)
            if event in WIRE_MOMENTS:
                self._watch.reach(f"{name} {WIRE_MOMENTS[event]}")

        request.extensions = {**request.extensions, "trace": trace}
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class WatchedLink:
    """The printer's wire. Replies are handed on byte by byte, so that how they fell together does not matter."""

    def __init__(self, inner: Link, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch
        self._heard = b""

    @property
    def description(self) -> str:
        return self._inner.description

    def open(self, timeout_s: float) -> None:
        self._heard = b""
        self._watch.reach("printer connecting")
        self._inner.open(timeout_s)
        self._watch.reach("printer connected")

    def write(self, data: bytes, timeout_s: float) -> int:
        self._watch.reach("printer before writing")
        accepted = self._inner.write(data, timeout_s)
        self._watch.reach("printer written")
        return accepted

    def read(self, timeout_s: float) -> bytes:
        if not self._heard:
            self._heard = self._inner.read(timeout_s)
        first, self._heard = self._heard[:1], self._heard[1:]
        if first:
            self._watch.reach("printer heard")
        return first

    def close(self) -> None:
        self._inner.close()
