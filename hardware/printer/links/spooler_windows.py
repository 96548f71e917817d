"""The spooler of Windows, RAW, through pywin32's `win32print`. Written from Microsoft's documentation of winspool.

A job that is printed leaves the queue without a word, as does one that somebody deleted. So each of ours is retained
(JOB_CONTROL_RETAIN) until we have read that it was printed, and is released then.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast

from hardware.printer.links.lane import Lane
from hardware.printer.spooled import JobInDoubt, JobState, SpoolerError
from totem.domain.ports import Condition, PrinterStatus

_T = TypeVar("_T")

_PRINTER_LOCAL, _PRINTER_CONNECTIONS = 2, 4
_DELETE, _RETAIN, _RELEASE = 5, 8, 9
_DONE = 0x0080 | 0x1000
"""JOB_STATUS_PRINTED and JOB_STATUS_COMPLETE."""
_DELETED = 0x0100
_MOST_JOBS = 999
_TITLE = "totem-"
_INVALID_PARAMETER = 87
"""What GetJob answers of a job that the queue no longer has."""
_PRINTER_BITS: tuple[tuple[int, Condition], ...] = (
    (0x00000001, Condition.OFFLINE),  # paused
    (0x00000002, Condition.ERROR),
    (0x00000008, Condition.CUTTER_ERROR),  # paper jam
    (0x00000010, Condition.PAPER_OUT),
    (0x00000040, Condition.PAPER_OUT),  # paper problem
    (0x00000080, Condition.OFFLINE),
    (0x00001000, Condition.OFFLINE),  # not available
    (0x00100000, Condition.ERROR),  # user intervention
    (0x00400000, Condition.COVER_OPEN),  # door open
    (0x00800000, Condition.UNREACHABLE),  # server unknown
)
"""PRINTER_STATUS_* of PRINTER_INFO_2."""
_WORK_OFFLINE = 0x00000400
"""PRINTER_ATTRIBUTE_WORK_OFFLINE: what Windows sets when a USB printer is pulled out."""


class Win32Print(Protocol):
    """What is used of `win32print`. Its errors have `winerror`."""

    def OpenPrinter(self, name: str, /) -> Any: ...  # noqa: N802 - Microsoft's own names, here and below
    def ClosePrinter(self, printer: Any, /) -> None: ...  # noqa: N802
    def GetPrinter(self, printer: Any, level: int, /) -> Mapping[str, Any]: ...  # noqa: N802
    def EnumPrinters(self, flags: int, name: str | None, level: int, /) -> Any: ...  # noqa: N802
    def EnumJobs(self, printer: Any, first: int, count: int, level: int, /) -> Any: ...  # noqa: N802
    def StartDocPrinter(self, printer: Any, level: int, document: tuple[str, str | None, str], /) -> int: ...  # noqa: N802
    def StartPagePrinter(self, printer: Any, /) -> None: ...  # noqa: N802
    def WritePrinter(self, printer: Any, data: bytes, /) -> int: ...  # noqa: N802
    def EndPagePrinter(self, printer: Any, /) -> None: ...  # noqa: N802
    def EndDocPrinter(self, printer: Any, /) -> None: ...  # noqa: N802
    def GetJob(self, printer: Any, job: int, level: int, /) -> Mapping[str, Any]: ...  # noqa: N802
    def SetJob(self, printer: Any, job: int, level: int, info: Any, command: int, /) -> None: ...  # noqa: N802


Load = Callable[[], Win32Print]


def load_win32print() -> Win32Print:
    """Raises ImportError where there is no Windows, or no pywin32."""
    return cast(Win32Print, importlib.import_module("win32print"))


class WindowsSpooler:
    """See `spooled.Spooler`. winspool has no time limits of its own: each call runs on a thread left behind if late."""

    def __init__(self, queue: str, load: Load = load_win32print) -> None:
        self._queue = queue
        self._load = load
        self._lane = Lane(f"spooler {queue}")
        self._api: Win32Print | None = None

    @property
    def description(self) -> str:
        return f"windows {self._queue}"

    def status(self, timeout_s: float) -> PrinterStatus:
        return self._call(self._status, timeout_s)

    def own_jobs(self, timeout_s: float) -> frozenset[str]:
        return self._call(self._own_jobs, timeout_s)

    def submit(self, title: str, data: bytes, timeout_s: float) -> str:
        started: list[str] = []
        try:
            return self._call(lambda api, printer: self._submit(api, printer, title, data, started), timeout_s)
        except SpoolerError as error:
            if started:
                raise JobInDoubt(str(error)) from error
            raise

    def state(self, job: str, timeout_s: float) -> JobState:
        return self._call(lambda api, printer: self._state(api, printer, int(job)), timeout_s)

    def cancel(self, job: str, timeout_s: float) -> None:
        self._call(lambda api, printer: api.SetJob(printer, int(job), 0, None, _DELETE), timeout_s)

    # --- on the lane's thread -----------------------------------------------------------------------------------

    def _status(self, api: Win32Print, printer: Any) -> PrinterStatus:
        info = api.GetPrinter(printer, 2)
        bits = int(info["Status"])
        found = {condition for bit, condition in _PRINTER_BITS if bits & bit}
        if int(info["Attributes"]) & _WORK_OFFLINE:
            found.add(Condition.OFFLINE)
        return PrinterStatus(frozenset(found), bits.to_bytes(4, "big"))

    def _own_jobs(self, api: Win32Print, printer: Any) -> frozenset[str]:
        jobs = api.EnumJobs(printer, 0, _MOST_JOBS, 1)
        return frozenset(str(job["JobId"]) for job in jobs if str(job["pDocument"]).startswith(_TITLE))

    def _submit(self, api: Win32Print, printer: Any, title: str, data: bytes, started: list[str]) -> str:
        job = api.StartDocPrinter(printer, 1, (title, None, "RAW"))
        started.append(str(job))
        try:
            api.SetJob(printer, job, 0, None, _RETAIN)
            api.StartPagePrinter(printer)
            written = api.WritePrinter(printer, data)
            api.EndPagePrinter(printer)
        finally:
            api.EndDocPrinter(printer)
        if written != len(data):
            raise SpoolerError(f"{self.description}: took {written} of {len(data)} bytes")
        return str(job)

    def _state(self, api: Win32Print, printer: Any, job: int) -> JobState:
        try:
            bits = int(api.GetJob(printer, job, 1)["Status"])
        except Exception as error:
            if getattr(error, "winerror", None) == _INVALID_PARAMETER:
                return JobState.ENDED
            raise
        if bits & _DONE:
            api.SetJob(printer, job, 0, None, _RELEASE)
            return JobState.DONE
        return JobState.ENDED if bits & _DELETED else JobState.WAITING

    def _call(self, work: Callable[[Win32Print, Any], _T], timeout_s: float) -> _T:
        try:
            return self._lane.call(lambda: self._with_printer(work), timeout_s)
        except SpoolerError:
            raise
        except TimeoutError as error:
            raise SpoolerError(f"{self.description}: {error}") from error
        except ImportError as error:
            raise SpoolerError(f"{self.description}: pywin32 is not installed") from error
        except Exception as error:
            # pywintypes.error is a plain Exception, and is there on Windows only.
            if not hasattr(error, "winerror"):
                raise
            raise SpoolerError(f"{self.description}: {error}") from error

    def _with_printer(self, work: Callable[[Win32Print, Any], _T]) -> _T:
        if self._api is None:
            self._api = self._load()
        printer = self._api.OpenPrinter(self._queue)
        try:
            return work(self._api, printer)
        finally:
            self._api.ClosePrinter(printer)


def queues(load: Load = load_win32print, timeout_s: float = 3.0) -> tuple[str, ...]:
    """Names of the printers that Windows knows. Raises SpoolerError."""
    try:
        found = Lane("printers of Windows").call(
            lambda: load().EnumPrinters(_PRINTER_LOCAL | _PRINTER_CONNECTIONS, None, 4), timeout_s
        )
    except (TimeoutError, ImportError) as error:
        raise SpoolerError(str(error)) from error
    return tuple(str(one["pPrinterName"]) for one in found)
