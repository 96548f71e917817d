"""The POS's own printer for the kiosk's tickets (protocol, section 10)."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Final

from hardware.terminal.smart_pos.hub import Ask, Hub, Queue
from hardware.terminal.smart_pos.lines import Answer, Job
from hardware.terminal.smart_pos.link import Link
from hardware.terminal.smart_pos.settings import SmartPosLimits
from totem.domain.errors import CardError, TerminalRefused, TerminalSilent, TerminalUnreachable
from totem.domain.ports import Clock, Condition, PrinterStatus, PrintOutcome, PrintResult, Random

_RESULTS: Final = {
    "done": PrintResult.PRINTED,
    "held": PrintResult.HELD,
    "not_printed": PrintResult.NOT_SENT,
    "unknown": PrintResult.UNKNOWN,
}
_CONDITIONS: Final = {
    "offline": Condition.OFFLINE,
    "cover_open": Condition.COVER_OPEN,
    "paper_out": Condition.PAPER_OUT,
    "paper_low": Condition.PAPER_LOW,
    "cutter_error": Condition.CUTTER_ERROR,
    "head_hot": Condition.HEAD_HOT,
    "error": Condition.ERROR,
}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A job under the name that the POS knows, and the store that should know it."""

    name: str
    store_id: str


class SmartPosPrinter:
    """Implements `totem.domain.ports.Printer` over the terminal's link, which the terminal closes."""

    name = "smartpos"

    def __init__(self, hub: Hub, limits: SmartPosLimits, clock: Clock, random: Random) -> None:
        self._hub = hub
        self._limits = limits
        self._clock = clock
        self._random = random
        self._taken: dict[int, _Taken] = {}

    async def status(self) -> PrinterStatus:
        try:
            link = await self._hub.linked()
            if "print" not in link.welcome.can:
                return PrinterStatus(frozenset({Condition.OFFLINE}))
            told = (await self._hub.ask({"type": "printer"}))[0].printer
        except TerminalSilent:
            return PrinterStatus(frozenset({Condition.NO_REPLY}))
        except CardError:
            return PrinterStatus(frozenset({Condition.UNREACHABLE}))
        if told is None:
            return PrinterStatus(frozenset({Condition.NO_REPLY}))
        return PrinterStatus(frozenset(_CONDITIONS.get(word, Condition.ERROR) for word in told.conditions))

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        """See the port. Raises ValueError for a job id outside 0-9999, before anything is sent."""
        if not 0 <= job_id <= 9999:
            raise ValueError(f"job id {job_id} is not within 0-9999")
        # The kiosk's job ids come round again; the POS must never take an old ticket for this one.
        name = f"{self._random.getrandbits(64):016x}-{job_id:04d}"
        try:
            link = await self._hub.linked()
            if "print" not in link.welcome.can:
                raise TerminalRefused("smart pos: it takes no tickets", code="unsupported")
            taken = _Taken(name, link.welcome.store_id)
            self._taken[job_id] = taken
            with self._hub.listening(name) as news:
                result = await self._end_of(taken, await self._begin(link, taken, data), news)
        except CardError as exc:
            condition = Condition.UNREACHABLE if isinstance(exc, TerminalUnreachable) else Condition.ERROR
            return PrintOutcome(PrintResult.NOT_SENT, PrinterStatus(frozenset({condition})))
        return PrintOutcome(result, await self.status())

    async def settle(self, job_id: int) -> PrintOutcome:
        taken = self._taken.get(job_id)
        job = None if taken is None else await self._ask(taken)
        result = PrintResult.UNKNOWN if job is None else _RESULTS.get(job.status, PrintResult.HELD)
        return PrintOutcome(result, await self.status())

    async def _begin(self, link: Link, taken: _Taken, data: bytes) -> Job | None:
        """The job once the POS has it. Raises a CardError where it provably has not."""
        text = base64.b64encode(data).decode("ascii")
        try:
            answer = await link.request({"type": "print", "jobId": taken.name, "format": "escpos", "data": text})
        except TerminalSilent:
            return await self._ask(taken)
        return _job_in(answer, taken.name)

    async def close(self) -> None:
        """Nothing of its own to let go of."""

    async def _end_of(self, taken: _Taken, job: Job | None, news: Queue) -> PrintResult:
        """The job's end, or HELD where it has none by then: taken, and to be asked about again."""
        until = _now() + self._limits.print_s
        while job is not None:
            if job.status in _RESULTS:
                return _RESULTS[job.status]
            try:
                async with asyncio.timeout(min(max(until - _now(), 0), self._limits.poll_s)):
                    item = await news.get()
            except TimeoutError:
                if _now() >= until:
                    return PrintResult.HELD
                item = Ask(lost=False)
            if isinstance(item, Job):
                job = item
            elif isinstance(item, Ask):
                job = await self._ask(taken)
        return PrintResult.UNKNOWN

    async def _ask(self, taken: _Taken) -> Job | None:
        """What the POS says of it; None where it cannot say, or its store is not the one that took the job."""
        until = _now() + self._limits.print_s
        pause_s = self._limits.first_pause_s
        while True:
            try:
                link = await self._hub.linked()
                job = _job_in(await link.request({"type": "printStatus", "jobId": taken.name}), taken.name)
            except CardError:
                if _now() + pause_s >= until:
                    return None
            else:
                if job is not None and job.status == "not_found":
                    same_store = bool(taken.store_id) and link.welcome.store_id == taken.store_id
                    return Job(job_id=taken.name, status="not_printed" if same_store else "unknown")
                return job
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, self._limits.longest_pause_s)


def _job_in(answer: Answer, name: str) -> Job | None:
    return answer.job if answer.job is not None and answer.job.job_id == name else None


def _now() -> float:
    return asyncio.get_running_loop().time()
