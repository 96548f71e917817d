"""Printers that do not say what became of a job: a spooler, a file, a picture. The Printer port over one thread."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import OrderedDict
from typing import Protocol

from hardware.printer.daemon import DaemonThread
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_log = logging.getLogger(__name__)

_CLOSED = PrinterStatus(frozenset({Condition.UNREACHABLE}))
_MOST_REMEMBERED = 64


class Press(Protocol):
    """The blocking half: what the printer's thread does. No method raises PrinterError or OSError."""

    def status(self) -> PrinterStatus: ...

    def print(self, job_id: int, data: bytes) -> PrintOutcome:
        """PRINTED, NOT_SENT or UNKNOWN, never HELD. Within its own limits, and soon once `stop` is set."""
        ...


class OneWayPrinter:
    """Implements `totem.domain.ports.Printer`. `stop` is the one that the press watches."""

    def __init__(self, name: str, press: Press, stop: threading.Event, close_s: float = 3.0) -> None:
        self._name = name
        self._press = press
        self._stop = stop
        self._close_s = close_s
        self._thread = DaemonThread(f"printer-{name}")
        self._ended: OrderedDict[int, PrintOutcome] = OrderedDict()

    @property
    def name(self) -> str:
        return self._name

    async def status(self) -> PrinterStatus:
        if self._stop.is_set():
            return _CLOSED
        return await self._thread.run(self._press.status)

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        """See the port. Raises ValueError for a job id outside 0-9999, before anything is sent."""
        if not 0 <= job_id <= 9999:
            raise ValueError(f"job id {job_id} is not within 0-9999")
        if self._stop.is_set():
            return PrintOutcome(PrintResult.NOT_SENT, _CLOSED)
        return await self._thread.run(lambda: self._print(job_id, data))

    async def settle(self, job_id: int) -> PrintOutcome:
        """Nothing is ever held here: what became of the job, where it was printed since the start, else UNKNOWN."""
        known = self._ended.get(job_id)
        return known or PrintOutcome(PrintResult.UNKNOWN, await self.status())

    async def close(self) -> None:
        """Ends within `close_s`, whatever the printer does."""
        if self._stop.is_set():
            return
        self._stop.set()
        idle = self._thread.start(lambda: None)
        self._thread.stop()
        done, _ = await asyncio.wait({idle}, timeout=self._close_s)
        if not done:
            idle.cancel()
            _log.warning("printer %s did not let go within %s s", self._name, self._close_s)

    def _print(self, job_id: int, data: bytes) -> PrintOutcome:
        if self._stop.is_set():
            return PrintOutcome(PrintResult.NOT_SENT, _CLOSED)
        outcome = self._press.print(job_id, data)
        self._ended.pop(job_id, None)
        if outcome.result is not PrintResult.NOT_SENT:
            self._ended[job_id] = outcome
        while len(self._ended) > _MOST_REMEMBERED:
            self._ended.popitem(last=False)
        return outcome
