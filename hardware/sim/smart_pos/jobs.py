"""The printer inside the POS: the kiosk's tickets as ESC/POS bytes (protocol, section 10)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from hardware.sim.core import PrinterCore
from hardware.sim.smart_pos.store import JobStatus, PosStore, StoreFailed

_DONE: Final = b"\x1d(H\x06\x00\x30\x30done"
"""Epson's GS ( H: the printer answers once all before it is on paper."""
_IS_DONE: Final = b"\x37\x22done\x00"

Told = Callable[[str, JobStatus], None]


class _End:
    """The near end of the printer's inner wire."""

    def __init__(self) -> None:
        self.is_done = False
        self.is_cut = False

    def send(self, data: bytes) -> None:
        self.is_done = self.is_done or _IS_DONE in data

    def hold(self, held: bool) -> None:
        """The ticket waits in memory."""

    def cut(self) -> None:
        self.is_cut = True


class PrintJobs:
    """Prints one job after another; what becomes of each is stored, then told."""

    def __init__(self, printer: PrinterCore, store: PosStore, told: Told) -> None:
        self._printer = printer
        self._store = store
        self._told = told

    def store(self, job_id: str) -> None:
        """Before the first dot. Raises StoreFailed."""
        self._store.put_job(job_id, JobStatus.PRINTING)

    async def run(self, job_id: str, data: bytes) -> None:
        end = _End()
        wire = self._printer.join(end)
        begun = not self._stopped
        wire.feed(data + _DONE)
        held = False
        try:
            while not (end.is_done or end.is_cut):
                if self._stopped != held:
                    held = self._stopped
                    begun = begun or not held
                    self._set(job_id, JobStatus.HELD if held else JobStatus.PRINTING)
                await self._printer.until(partial(self._changed, end, held))
        finally:
            wire.leave()
        lost = JobStatus.UNKNOWN if begun else JobStatus.NOT_PRINTED
        self._set(job_id, JobStatus.DONE if end.is_done else lost)

    def print_receipt(self, lines: tuple[str, ...]) -> None:
        """A card receipt of the app's own; nobody waits for it."""
        text = "\n".join(lines).encode("ascii", errors="replace")
        wire = self._printer.join(_End())
        wire.feed(b"\x1b@" + text + b"\n\x1bd\x04")
        wire.leave()

    def recover(self) -> None:
        """At a start: what was not ended, nobody saw the end of."""
        for job_id, status in self._store.jobs.items():
            if status in (JobStatus.PRINTING, JobStatus.HELD):
                self._store.put_job(job_id, JobStatus.UNKNOWN)

    def _changed(self, end: _End, held: bool) -> bool:
        return end.is_done or end.is_cut or self._stopped != held

    @property
    def _stopped(self) -> bool:
        return self._printer.mechanism.stopped

    def _set(self, job_id: str, status: JobStatus) -> None:
        try:
            self._store.put_job(job_id, status)
        except StoreFailed:
            # What is not stored is not told.
            return
        self._told(job_id, status)

    def conditions(self) -> list[str]:
        inner = self._printer.mechanism
        found = {
            "offline": inner.offline,
            "cover_open": inner.cover_open,
            "paper_out": not inner.paper_present,
            "paper_low": inner.paper_low,
            "cutter_error": inner.cutter_failed,
            "head_hot": inner.head_hot,
            "error": inner.failed,
        }
        return [name for name, holds in found.items() if holds]
