"""A double of `win32print` in front of a spooler's queue. Its calls come from the driver's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from hardware.sim.wires.spool import SpoolJob, SpoolQueue, SpoolState

_T = TypeVar("_T")

_DELETE, _RETAIN, _RELEASE = 5, 8, 9
_BITS = {
    "media-empty-error": 0x10,
    "media-low-warning": 0x20000,
    "cover-open-error": 0x400000,
    "media-jam-error": 0x8,
    "paused": 0x1,
}
_WORK_OFFLINE = 0x400


class WinSpoolError(Exception):
    """`pywintypes.error` is no OSError either."""

    def __init__(self, winerror: int, function: str, text: str) -> None:
        super().__init__(winerror, function, text)
        self.winerror = winerror


class SimulatedWin32Print:
    """`hanging` names the functions that never come back until `let_go`."""

    def __init__(self, queue: SpoolQueue, loop: asyncio.AbstractEventLoop) -> None:
        self._queue = queue
        self._loop = loop
        self._documents: dict[int, tuple[str, bytearray]] = {}
        self._retained: set[int] = set()
        self._handles = 0
        self.open_handles: set[int] = set()
        self.hanging: set[str] = set()
        self.let_go = threading.Event()

    def OpenPrinter(self, name: str, /) -> int:  # noqa: N802
        self._hang("OpenPrinter")
        if name != self._queue.name:
            raise WinSpoolError(1801, "OpenPrinter", "The printer name is invalid.")
        self._handles += 1
        self.open_handles.add(self._handles)
        return self._handles

    def ClosePrinter(self, printer: int, /) -> None:  # noqa: N802
        self.open_handles.discard(printer)

    def GetPrinter(self, printer: int, level: int, /) -> dict[str, Any]:  # noqa: ARG002, N802
        reasons = self._in_loop(lambda: self._queue.reasons)
        return {
            "pPrinterName": self._queue.name,
            "Status": sum(_BITS.get(reason, 0) for reason in reasons),
            "Attributes": _WORK_OFFLINE if "offline-report" in reasons else 0,
        }

    def EnumPrinters(self, flags: int, name: str | None, level: int, /) -> tuple[dict[str, Any], ...]:  # noqa: ARG002, N802
        return ({"pPrinterName": self._queue.name},)

    def EnumJobs(self, printer: int, first: int, count: int, level: int, /) -> tuple[dict[str, Any], ...]:  # noqa: ARG002, N802
        jobs = self._in_loop(lambda: [job for job in self._queue.jobs.values() if self._listed(job)])
        return tuple({"JobId": job.number, "pDocument": job.title, "Status": self._bits(job)} for job in jobs)

    def StartDocPrinter(self, printer: int, level: int, document: tuple[str, str | None, str], /) -> int:  # noqa: ARG002, N802
        if document[2] != "RAW":
            raise WinSpoolError(1804, "StartDocPrinter", "The specified datatype is invalid.")
        if not self._in_loop(lambda: self._queue.accepting):
            raise WinSpoolError(5, "StartDocPrinter", "Access is denied.")
        self._documents[printer] = (document[0], bytearray())
        return self._in_loop(lambda: max(self._queue.jobs, default=0) + 1)

    def StartPagePrinter(self, printer: int, /) -> None:  # noqa: ARG002, N802
        self._hang("StartPagePrinter")

    def WritePrinter(self, printer: int, data: bytes, /) -> int:  # noqa: N802
        self._hang("WritePrinter")
        self._documents[printer][1].extend(data)
        return len(data)

    def EndPagePrinter(self, printer: int, /) -> None:  # noqa: N802
        """Nothing of it shows."""

    def EndDocPrinter(self, printer: int, /) -> None:  # noqa: N802
        title, data = self._documents.pop(printer)
        job = self._in_loop(lambda: self._queue.submit(title, "kiosk", bytes(data)))
        job.retained = job.number in self._retained

    def GetJob(self, printer: int, job: int, level: int, /) -> dict[str, Any]:  # noqa: ARG002, N802
        found = self._queue.jobs.get(job)
        if found is None or not self._listed(found):
            raise WinSpoolError(87, "GetJob", "The parameter is incorrect.")
        return {"JobId": job, "pDocument": found.title, "Status": self._bits(found)}

    def SetJob(self, printer: int, job: int, level: int, info: object, command: int, /) -> None:  # noqa: ARG002, N802
        found = self._queue.jobs.get(job)
        if command == _DELETE:
            if found is None or not self._in_loop(lambda: self._queue.cancel(job)):
                raise WinSpoolError(87, "SetJob", "The parameter is incorrect.")
        elif command == _RELEASE and found is not None:
            found.retained = False
        elif command == _RETAIN:
            self._retained.add(job)
        else:
            raise WinSpoolError(87, "SetJob", "The parameter is incorrect.")

    # --- inside -------------------------------------------------------------------------------------------------

    @staticmethod
    def _listed(job: SpoolJob) -> bool:
        return not job.is_over or (job.retained and job.state is SpoolState.COMPLETED)

    @staticmethod
    def _bits(job: SpoolJob) -> int:
        return {SpoolState.PENDING: 0, SpoolState.PROCESSING: 0x10, SpoolState.COMPLETED: 0x80 | 0x2000}.get(
            job.state, 0x100
        )

    def _hang(self, name: str) -> None:
        if name in self.hanging:
            self.let_go.wait()

    def _in_loop(self, act: Callable[[], _T]) -> _T:
        done: Future[_T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(act()))
        return done.result()
