"""One open link and what is said on it: status, a job, its confirmation. Runs in the printer's worker thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.printer import status as wire
from hardware.printer.links import Link
from hardware.printer.profile import PrinterProfile
from totem.domain.errors import PrinterStalled
from totem.domain.ports import PrinterStatus

_SLICE_S = 0.2
"""Longest single wait, so that a closing program is noticed."""
_MOST_READS = 16
"""Of one kilobyte each, before a chattering printer is asked all the same."""
_QUEUED_STATUS = b"\x1dr\x01"


@dataclass(frozen=True, slots=True)
class PrinterLimits:
    """The longest waits, all of them."""

    connect_s: float = 2.0
    status_s: float = 0.5
    """For the answer to one DLE EOT."""
    write_s: float = 5.0
    """Without one more byte accepted."""
    job_s: float = 30.0
    """From the last byte to the confirmation, and from paper loaded to the confirmation of a held job."""
    poll_s: float = 0.2
    """Between two questions for the status while a job prints."""
    settle_s: float = 0.5
    """For one question about a held job, besides its status."""
    silence_s: float = 10.0
    """Without any answer on the wire of a held job, before the wire counts as lost."""
    drain_s: float = 3.0
    """Ready for so long after the last byte is taken for printed, where the printer confirms in no other way."""
    close_s: float = 3.0
    chunk_bytes: int = 4096


@dataclass(slots=True)
class Sent:
    """How much of a job the link accepted."""

    accepted: int = 0


class Conversation:
    """Opens, asks, sends. Raises PrinterUnreachable, LinkLost (both when the wire fails) and PrinterStalled."""

    def __init__(
        self,
        link: Link,
        profile: PrinterProfile,
        limits: PrinterLimits,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._link = link
        self._profile = profile
        self._limits = limits
        self._stop = stop
        self._monotonic = monotonic
        self._replies = wire.Replies()
        self._realtime: list[int] = []
        self._done: set[int] = set()
        self._queued_answered = False
        self._asked_queue = False
        self.last_heard_s = monotonic()
        """On the monotonic clock, when the printer last said anything."""

    def open(self) -> None:
        self._link.open(self._limits.connect_s)
        self.last_heard_s = self._monotonic()

    def close(self) -> None:
        self._link.close()

    # --- status -------------------------------------------------------------------------------------------------

    def status(self) -> PrinterStatus:
        """Asks all there is to know; stops at the first question without an answer. Raises LinkLost."""
        answers: dict[int, int] = {}
        for which in wire.QUERIES:
            byte = self._ask(which)
            if byte is None:
                break
            answers[which] = byte
        return wire.decode(answers)

    def _ask(self, which: int) -> int | None:
        self._drain()
        self._realtime.clear()
        deadline = self._monotonic() + self._limits.status_s
        if self._write_all(wire.query(which), deadline) < 3:
            return None
        while not self._realtime:
            left = deadline - self._monotonic()
            if left <= 0:
                return None
            self._listen(left)
        return self._realtime[0]

    # --- a job --------------------------------------------------------------------------------------------------

    def send(self, data: bytes, sent: Sent) -> None:
        """Sends all of a job and, behind it, a question that the printer answers only when it comes to it.

        `sent` is kept up to date, so that it tells the truth after an error too. Raises PrinterStalled, LinkLost.
        """
        view = memoryview(data)
        deadline = self._monotonic() + self._limits.write_s
        while sent.accepted < len(data):
            chunk = bytes(view[sent.accepted : sent.accepted + self._limits.chunk_bytes])
            accepted = self._link.write(chunk, min(self._left(deadline), _SLICE_S))
            sent.accepted += accepted
            if accepted:
                deadline = self._monotonic() + self._limits.write_s
        self._asked_queue = False
        if self._profile.has_queued_status:
            self._drain()
            self._queued_answered = False
            asked = self._write_all(_QUEUED_STATUS, self._monotonic() + self._limits.status_s)
            self._asked_queue = asked == len(_QUEUED_STATUS)

    def confirmed(self, job_id: int) -> bool:
        """Whether the printer itself said that this job is on paper."""
        return job_id in self._done if self._profile.has_process_id else self.carried_out

    @property
    def carried_out(self) -> bool:
        """Whether the question behind the job was answered: every command was carried out, if not yet on paper."""
        return self._asked_queue and self._queued_answered

    def listen(self, timeout_s: float) -> None:
        """Waits for something to be heard, at most so long. Raises LinkLost."""
        self._listen(timeout_s)

    # --- the wire -----------------------------------------------------------------------------------------------

    def _left(self, deadline: float) -> float:
        left = deadline - self._monotonic()
        if left <= 0:
            raise PrinterStalled(f"{self._link.description}: took no byte for {self._limits.write_s} s")
        if self._stop.is_set():
            raise PrinterStalled(f"{self._link.description}: the program is closing")
        return left

    def _write_all(self, data: bytes, deadline: float) -> int:
        written = 0
        while written < len(data):
            left = deadline - self._monotonic()
            if left <= 0 or self._stop.is_set():
                break
            written += self._link.write(data[written:], min(left, _SLICE_S))
        return written

    def _listen(self, timeout_s: float) -> None:
        if self._stop.is_set():
            raise PrinterStalled(f"{self._link.description}: the program is closing")
        data = self._link.read(min(timeout_s, _SLICE_S))
        if data:
            self._hear(data)

    def _drain(self) -> None:
        for _ in range(_MOST_READS):
            data = self._link.read(0)
            if not data:
                return
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        self.last_heard_s = self._monotonic()
        for reply in self._replies.feed(data):
            match reply:
                case wire.Realtime(byte):
                    self._realtime.append(byte)
                case wire.ProcessDone(identity):
                    if identity.isdigit():
                        self._done.add(int(identity))
                case wire.Queued():
                    self._queued_answered = True
