"""Printing through a system's spooler, which has the printer to itself and tells little of it.

A spooler keeps a job that it cannot print, and prints it by itself when the printer is back, perhaps hours later into
an empty room. So no job of ours stays there: one that is not done in time is cancelled, and so is what an earlier run
of the program left behind.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from totem.domain.errors import PrinterError
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_log = logging.getLogger(__name__)

_UNREACHABLE = PrinterStatus(frozenset({Condition.UNREACHABLE}))


class SpoolerError(PrinterError):
    """The spooler did not do what it was asked, or gave no answer within the limit."""


class JobInDoubt(SpoolerError):
    """A job was handed over, and whether the spooler has it, nobody knows."""


class JobState(StrEnum):
    WAITING = "waiting"
    """In the queue, or being printed."""
    DONE = "done"
    """The spooler says that all of it went to the printer."""
    ENDED = "ended"
    """Cancelled, aborted, or gone without a word: some of it may be on paper."""


class Spooler(Protocol):
    """One queue of one spooler. Blocking, each call within `timeout_s`; raises SpoolerError."""

    @property
    def description(self) -> str: ...

    def status(self, timeout_s: float) -> PrinterStatus: ...

    def own_jobs(self, timeout_s: float) -> frozenset[str]:
        """The jobs of ours that are not done yet."""
        ...

    def submit(self, title: str, data: bytes, timeout_s: float) -> str:
        """The job's id at the spooler. Raises JobInDoubt, or SpoolerError where the spooler provably has none of it."""
        ...

    def state(self, job: str, timeout_s: float) -> JobState: ...

    def cancel(self, job: str, timeout_s: float) -> None: ...


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """`call_s` is for one question, `submit_s` for handing a job over, `job_s` from there to done, `cancel_s` until a
    cancelled job is gone.
    """

    call_s: float = 5.0
    submit_s: float = 5.0
    job_s: float = 30.0
    poll_s: float = 0.2
    cancel_s: float = 2.0


class SpoolPress:
    """See `one_way.Press`."""

    def __init__(
        self,
        spooler: Spooler,
        limits: SpoolLimits,
        stop: threading.Event,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spooler = spooler
        self._limits = limits
        self._stop = stop
        self._monotonic = monotonic
        self._swept = False

    def status(self) -> PrinterStatus:
        try:
            status = self._spooler.status(self._limits.call_s)
            self._sweep()
        except SpoolerError as error:
            _log.debug("%s: %s", self._spooler.description, error)
            return _UNREACHABLE
        return status

    def print(self, job_id: int, data: bytes) -> PrintOutcome:
        status = self.status()
        if not status.can_print:
            return PrintOutcome(PrintResult.NOT_SENT, status)
        before: frozenset[str] = frozenset()
        try:
            before = self._spooler.own_jobs(self._limits.call_s)
            job = self._spooler.submit(f"totem-{job_id:04d}", data, self._limits.submit_s)
        except JobInDoubt as error:
            _log.warning("%s: %s", self._spooler.description, error)
            self._cancel_all(before)
            return PrintOutcome(PrintResult.UNKNOWN, _UNREACHABLE)
        except SpoolerError as error:
            _log.warning("%s: %s", self._spooler.description, error)
            return PrintOutcome(PrintResult.NOT_SENT, self.status())
        return self._follow(job)

    # --- inside -------------------------------------------------------------------------------------------------

    def _follow(self, job: str) -> PrintOutcome:
        deadline = self._monotonic() + self._limits.job_s
        while True:
            state = self._state(job)
            if state is JobState.DONE:
                return PrintOutcome(PrintResult.PRINTED, self.status())
            if state is JobState.ENDED:
                return PrintOutcome(PrintResult.UNKNOWN, self.status())
            left_s = deadline - self._monotonic()
            if left_s <= 0 or self._stop.wait(min(left_s, self._limits.poll_s)):
                return self._give_up(job)

    def _give_up(self, job: str) -> PrintOutcome:
        """Cancelled or not, some of it may be on paper; only where it ended well meanwhile, that is known."""
        self._cancel(job)
        deadline = self._monotonic() + self._limits.cancel_s
        state = self._state(job)
        pause = threading.Event()
        while state is JobState.WAITING and (left_s := deadline - self._monotonic()) > 0:
            pause.wait(min(left_s, self._limits.poll_s))
            state = self._state(job)
        if state is JobState.WAITING:
            _log.error("%s: job %s is still in the queue, and may yet be printed", self._spooler.description, job)
        return PrintOutcome(PrintResult.PRINTED if state is JobState.DONE else PrintResult.UNKNOWN, self.status())

    def _state(self, job: str) -> JobState:
        try:
            return self._spooler.state(job, self._limits.call_s)
        except SpoolerError as error:
            _log.debug("%s: %s", self._spooler.description, error)
            return JobState.WAITING

    def _sweep(self) -> None:
        """Once: what an earlier run left in the queue."""
        if not self._swept:
            for job in self._spooler.own_jobs(self._limits.call_s):
                _log.warning("%s: job %s of an earlier run is cancelled", self._spooler.description, job)
                self._cancel(job)
            self._swept = True

    def _cancel_all(self, but: frozenset[str]) -> None:
        try:
            jobs = self._spooler.own_jobs(self._limits.call_s) - but
        except SpoolerError as error:
            _log.warning("%s: %s", self._spooler.description, error)
            self._swept = False
            return
        for job in jobs:
            self._cancel(job)

    def _cancel(self, job: str) -> None:
        try:
            self._spooler.cancel(job, self._limits.call_s)
        except SpoolerError as error:
            _log.warning("%s: job %s was not cancelled: %s", self._spooler.description, job, error)
