"""One open link and what is said on it: status, a job, its confirmation. Runs in the printer's worker thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from hardware.printer import bematech_status
from hardware.printer import status as wire
from hardware.printer.commands import ASB_MASK
from hardware.printer.links import Link
from hardware.printer.profile import PrinterProfile, StatusQuery
from totem.domain.errors import PrinterStalled
from totem.domain.ports import Condition, PrinterStatus

_SLICE_S = 0.2
"""Longest single wait, so that a closing program is noticed."""
_MOST_READS = 16
"""Of one kilobyte each, before a chattering printer is asked all the same."""
_QUEUED_STATUS = b"\x1dr\x01"
_PUSH_CHANGES = b"\x1da" + bytes([ASB_MASK])


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
        self._by_bematech = profile.status_query is StatusQuery.GS_F8
        self._replies = wire.Replies(extended=self._by_bematech)
        self._realtime: list[int] = []
        self._extended: list[bytes] = []
        self._done: set[int] = set()
        self._queued_answered = False
        self._asked_queue = False
        self._unsent = False
        self._answers_blocked: bool | None = None
        """Whether it answers questions while something keeps it, as far as it was asked."""
        self._owed = 0
        """Answers to questions that nobody waits for any more."""
        self.pushed: PrinterStatus | None = None
        """What the printer last said by itself on this wire (ASB)."""
        self.is_idle: bool | None = None
        """Whether its buffer was empty at its last answer; None where it does not tell that."""
        self.last_heard_s = monotonic()
        """On the monotonic clock, when the printer last said anything."""

    def open(self) -> None:
        self._link.open(self._limits.connect_s)
        self.last_heard_s = self._monotonic()

    def close(self) -> None:
        self._link.close()

    def fill_up(self, owed: int) -> int:
        """Write so many bytes that mean nothing by themselves: a raster that was cut off ends, and no more happens.

        How many were accepted. Raises LinkLost.
        """
        deadline = self._monotonic() + self._limits.write_s
        return self._write_all(bytes(owed), deadline)

    # --- status -------------------------------------------------------------------------------------------------

    def status(self) -> PrinterStatus:
        """Asks all there is to know; stops at the first question without an answer. Raises LinkLost.

        Within an unfinished job no question may be put: then it is what the printer said by itself. So it is too where
        a printer that said what keeps it answers no question, its buffer being full.
        """
        self._drain()
        if self._unsent:
            return self.pushed or wire.decode({})
        if self.blocked is None:
            self._answers_blocked = None
            return self._ask_all()
        if self._answers_blocked is False:
            return self.blocked
        status = self._ask_all()
        if Condition.NO_REPLY not in status.conditions:
            self._answers_blocked = True
        elif self._answers_blocked is None and self.blocked is not None:
            self._answers_blocked = False
            self._owed = 1
            return self.blocked
        return status

    def _ask_all(self) -> PrinterStatus:
        if self._by_bematech:
            return self._ask_bematech()
        answers: dict[int, int] = {}
        for which in wire.QUERIES:
            byte = self._ask(which)
            if byte is None:
                break
            answers[which] = byte
        return wire.decode(answers)

    @property
    def blocked(self) -> PrinterStatus | None:
        """What keeps the printer, as it said itself; None where nothing does, or it says nothing by itself."""
        return self.pushed if self.pushed is not None and not self.pushed.can_print else None

    def push_changes(self) -> bool:
        """Have the printer tell its changes by itself. Only for a printer that is ready: others do it when they are."""
        if not self._profile.has_asb:
            return False
        deadline = self._monotonic() + self._limits.status_s
        return self._write_all(_PUSH_CHANGES, deadline) == len(_PUSH_CHANGES)

    def _ask_bematech(self) -> PrinterStatus:
        self._drain()
        self._extended.clear()
        deadline = self._monotonic() + self._limits.status_s
        if self._write_all(bematech_status.QUERY, deadline) == len(bematech_status.QUERY):
            while not self._extended and (left := deadline - self._monotonic()) > 0:
                self._listen(left)
        if not self._extended:
            return wire.decode({})
        self.is_idle = bematech_status.is_idle(self._extended[-1])
        return bematech_status.decode(self._extended[-1])

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

    def send(self, data: bytes, sent: Sent) -> bool:
        """Sends what is left of a job and, behind it, a question that the printer answers only when it comes to it.

        False where the printer said meanwhile what keeps it, and takes no more: call again when it goes on. `sent` is
        kept up to date, so that it tells the truth after an error too. Raises PrinterStalled, LinkLost.
        """
        view = memoryview(data)
        self._unsent = True
        deadline = self._monotonic() + self._limits.write_s
        while sent.accepted < len(data):
            chunk = bytes(view[sent.accepted : sent.accepted + self._limits.chunk_bytes])
            accepted = self._link.write(chunk, min(self._left(deadline), _SLICE_S))
            sent.accepted += accepted
            if accepted:
                deadline = self._monotonic() + self._limits.write_s
                continue
            self._drain()
            if self.blocked is not None:
                return False
        self._unsent = False
        self._asked_queue = False
        if self._profile.has_queued_status:
            self._drain()
            self._queued_answered = False
            asked = self._write_all(_QUEUED_STATUS, self._monotonic() + self._limits.status_s)
            self._asked_queue = asked == len(_QUEUED_STATUS)
        return True

    def is_done(self, job_id: int) -> bool:
        """Whether the printer said by its process id (GS ( H) that this job is on paper."""
        return job_id in self._done

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
                case wire.Realtime() if self._owed:
                    self._owed -= 1
                case wire.Realtime(byte):
                    self._realtime.append(byte)
                case wire.ProcessDone(identity):
                    if identity.isdigit():
                        self._done.add(int(identity))
                case wire.Queued():
                    self._queued_answered = True
                case wire.Extended(answer):
                    self._extended.append(answer)
                case wire.Automatic(pushed) if self._profile.has_asb:
                    self.pushed = wire.decode_automatic(pushed)
