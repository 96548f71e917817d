"""A spooler's queue in front of a simulated printer: jobs one after another, kept while the printer cannot print.

All in the loop. Its printer is a `PrinterCore`; unplugged, the job goes back to the queue and begins anew later, as
CUPS does (error policy `retry-job`): what a careless program loses, or prints twice, shows here.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from enum import StrEnum

from hardware.sim.core import PrinterCore, Wire

_PACKET_BYTES = 256
_RETRY_S = 0.02


class SpoolState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    CANCELED = "canceled"
    ABORTED = "aborted"
    COMPLETED = "completed"


@dataclass(slots=True)
class SpoolJob:
    number: int
    title: str
    user: str
    data: bytes
    state: SpoolState = SpoolState.PENDING
    retained: bool = False
    """Kept in the list after its end, until it is released (Windows)."""

    @property
    def is_over(self) -> bool:
        return self.state not in {SpoolState.PENDING, SpoolState.PROCESSING}


@dataclass(slots=True)
class SpoolQueue:
    """`start` it in the running loop. `accepting` and `paused` are an administrator's switches."""

    printer: PrinterCore
    name: str = "TICKET"
    accepting: bool = True
    paused: bool = False
    stubborn: bool = False
    """Cancelling is accepted and not done."""
    aborts: bool = False
    """It gives up on every job (error policy `abort-job`, a broken filter)."""
    jobs: dict[int, SpoolJob] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _end: _End | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def submit(self, title: str, user: str, data: bytes) -> SpoolJob:
        job = SpoolJob(max(self.jobs, default=0) + 1, title, user, data)
        self.jobs[job.number] = job
        self._wake.set()
        return job

    def cancel(self, number: int) -> bool:
        """False where there is nothing to cancel."""
        job = self.jobs.get(number)
        if job is None or job.is_over:
            return False
        if not self.stubborn:
            job.state = SpoolState.CANCELED
            if self._end is not None:
                self._end.give_up()
            self.printer.heard()
        return True

    def open_jobs(self) -> list[SpoolJob]:
        return [job for job in self.jobs.values() if not job.is_over]

    @property
    def reasons(self) -> list[str]:
        """`printer-state-reasons`, as far as its back end learns them from the printer."""
        inner = self.printer.mechanism
        found = [
            (not inner.paper_present, "media-empty-error"),
            (inner.paper_present and inner.paper_low, "media-low-warning"),
            (inner.cover_open, "cover-open-error"),
            (inner.cutter_failed, "media-jam-error"),
            (self.printer.unplugged, "offline-report"),
            (self.paused, "paused"),
        ]
        return [reason for holds, reason in found if holds]

    # --- inside -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            waiting = self.open_jobs()
            if not waiting or self.paused:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), _RETRY_S)
                continue
            await self._print(waiting[0])

    async def _print(self, job: SpoolJob) -> None:
        if self.aborts:
            job.state = SpoolState.ABORTED
            return
        if self.printer.unplugged:
            await asyncio.sleep(_RETRY_S)
            return
        job.state = SpoolState.PROCESSING
        end = _End(self.printer)
        self._end = end
        try:
            sent = await end.send_all(job.data)
            if sent:
                inner = self.printer.mechanism
                await self.printer.until(lambda: job.is_over or end.broken or not inner.queued_bytes)
        finally:
            self._end = None
            end.leave()
        if not job.is_over:
            job.state = SpoolState.COMPLETED if sent and not end.broken else SpoolState.PENDING
        elif job.state is SpoolState.CANCELED:
            # What the printer has not printed yet is called back, as far as it had it.
            self.printer.mechanism.clear_buffer()


class _End:
    """The back end's connection to the printer, for one job."""

    def __init__(self, printer: PrinterCore) -> None:
        self.broken = False
        self._given_up = False
        self._held = False
        self._free = asyncio.Event()
        self._free.set()
        self._wire: Wire = printer.join(self)

    async def send_all(self, data: bytes) -> bool:
        for at in range(0, len(data), _PACKET_BYTES):
            await self._free.wait()
            if self.broken or self._given_up:
                return False
            self._wire.feed(data[at : at + _PACKET_BYTES])
            await asyncio.sleep(0)
        await self._free.wait()
        return not self.broken and not self._given_up

    def give_up(self) -> None:
        self._given_up = True
        self._free.set()

    def leave(self) -> None:
        self._wire.leave()

    def send(self, data: bytes) -> None:
        """Nobody listens to the printer."""

    def hold(self, held: bool) -> None:
        if held:
            self._free.clear()
        else:
            self._free.set()

    def cut(self) -> None:
        self.broken = True
        self._free.set()
