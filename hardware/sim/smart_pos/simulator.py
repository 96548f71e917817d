"""A Smart POS on a TCP port, ready to be started, scripted and looked into."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hardware.sim.core import PrinterCore
from hardware.sim.pinpad import NobodyAsks, Pinpad, Sleep
from hardware.sim.smart_pos.app import PaymentApp, told_time
from hardware.sim.smart_pos.faults import Fault, FaultName
from hardware.sim.smart_pos.jobs import PrintJobs
from hardware.sim.smart_pos.lines import sale_line
from hardware.sim.smart_pos.link import PosLink
from hardware.sim.smart_pos.requests import Json, Refused, copy_of, identifier, job_id_of, print_job_of, request_id
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.store import JobStatus, PosStatus, PosStore, PosTransaction, StoreFailed

_MOST_HALF_OPEN: Final = 3
_MOST_KEPT: Final = 10_000
_STOP_LIMIT_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Violation:
    """What a kiosk did that the protocol forbids, by the code of its `error`, or `bad_mac`."""

    code: str
    detail: str = ""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SimulatedSmartPos:
    """Start it, speak to its `port`, and act as the world does by plain calls in its loop.

    The store at `ledger_path` (None: in memory only) outlives it: another one started on the same file goes on.
    `printer` is the one inside it: pull its paper, look at its tickets.
    """

    def __init__(
        self,
        settings: SmartPosSimSettings,
        ledger_path: Path | None = None,
        *,
        now: Callable[[], datetime] = _utc_now,
        rng: random.Random | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings
        self._rng = rng or random.Random(1)
        self._now = now
        self._sleep = sleep
        self._change = asyncio.Event()
        self.store = PosStore(ledger_path, now, self._on_change)
        self.pinpad = Pinpad(
            sleep, self._on_change, auto=settings.auto, auto_delay_s=settings.auto_delay_s, timeout_s=90.0
        )
        self.payments = PaymentApp(settings, self.store, self.pinpad, now, self._rng, sleep, self._run)
        self.printer = PrinterCore(settings.printer)
        self._jobs = PrintJobs(self.printer, self.store, self._tell_job)
        self._violations: deque[Violation] = deque(maxlen=_MOST_KEPT)
        self._links: list[PosLink] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._port = settings.port
        self._lost: asyncio.Task[None] | None = None
        self._plays_old = False
        self.payments.on_approved = self._on_approved
        self._handlers: dict[str, Callable[[PosLink, int, Json], None]] = {
            "sale": self.payments.sell,
            "refund": self.payments.refund,
            "cancel": self.payments.cancel,
            "status": self.payments.status,
            "refundStatus": self.payments.refund_status,
            "health": lambda link, request, _: self.payments.health(link, request),
            "printReceipt": self._print_receipt,
            "print": self._print,
            "printStatus": self._print_status,
            "printer": self._printer,
        }

    # --- its life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Raises OSError where the port is taken."""
        self.payments.recover()
        self._jobs.recover()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: PosLink(self), self.settings.host, self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """The app stops: links end with `bye`, what was under way is forgotten."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        for link in tuple(self._links):
            link.end("stopping" if link.is_linked else "")
        self.printer.put_away()
        tasks = (*self._tasks, *([self._lost] if self._lost is not None else []))
        self._lost = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # From Python 3.12 on this waits for clients that do not take their last line.
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_LIMIT_S):
                await server.wait_closed()
        self._on_change()

    @property
    def port(self) -> int:
        """The same when it is started again."""
        return self._port

    @property
    def is_down(self) -> bool:
        return self._server is None

    # --- the world's acts ---------------------------------------------------------------------------------------

    def script(self, fault: Fault | FaultName | str) -> None:
        """One more thing to go wrong; a bare name means once. See `FaultName`."""
        self.payments.plan.add(fault if isinstance(fault, Fault) else Fault(FaultName(fault)))

    def clear_faults(self) -> None:
        self.payments.plan.clear()

    def cut_links(self) -> None:
        """The cable is pulled, and put back."""
        for link in tuple(self._links):
            link.reset()

    async def set_down(self, down: bool) -> None:
        """The app is not running: the port refuses connections."""
        if down != self.is_down:
            await (self.close() if down else self.start())

    async def power_cut(self) -> None:
        """Off and on again: links break, a payment without an end was not approved. The store forgets nothing."""
        self.cut_links()
        self.printer.power_cut()
        await self.close()
        await self.start()

    def lose_store(self) -> None:
        """Reset to the factory's state: it remembers nothing, under a new name."""
        self.store.renew(self.payments.moment())

    def set_clock_drift(self, seconds: float) -> None:
        """How far its clock is ahead of the true time."""
        self.payments.clock_drift_s = seconds

    def set_not_ready(self, reason: str) -> None:
        """A word of the protocol, as `no_network`; "" is ready again."""
        self.payments.not_ready = reason

    def resolve(self, transaction_id: str, *, approved: bool) -> None:
        """The end of what was left without one (fault `no_end`). Raises KeyError or ValueError."""
        self.payments.resolve(transaction_id, approved=approved)

    # --- what it shows ------------------------------------------------------------------------------------------

    def transactions(self) -> tuple[PosTransaction, ...]:
        """Sales and refunds, oldest first."""
        return tuple(self.store)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """All that a kiosk did and should not have done, since the start."""
        return tuple(self._violations)

    @property
    def is_linked(self) -> bool:
        return self.payments.link is not None

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds()` is true; looks again at every change of the POS (its printer's apart)."""
        while not holds():
            self._change.clear()
            await self._change.wait()

    # --- for its links ------------------------------------------------------------------------------------------

    def opened(self, link: PosLink) -> None:
        self._links.append(link)
        half_open = [one for one in self._links if not one.is_linked]
        if len(half_open) > _MOST_HALF_OPEN:
            half_open[0].end()

    def linked(self, link: PosLink) -> None:
        older, self.payments.link = self.payments.link, link
        if older is not None:
            older.end("replaced")
        if self._lost is not None:
            self._lost.cancel()
            self._lost = None
        self._on_change()

    def closed(self, link: PosLink) -> None:
        with suppress(ValueError):
            self._links.remove(link)
        if link is self.payments.link:
            self.payments.link = None
            if not self.is_down:
                self._lost = asyncio.get_running_loop().create_task(self._kiosk_lost())
        self._on_change()

    async def _kiosk_lost(self) -> None:
        await self._sleep(self.settings.kiosk_lost_s)
        with suppress(NobodyAsks):
            self.payments.kiosk_is_lost()

    def handle(self, link: PosLink, body: Json) -> None:
        """Raises Refused."""
        request = request_id(body)
        if request <= link.last_id:
            raise Refused("bad_request", "id does not rise")
        link.last_id = request
        handler = self._handlers.get(str(body.get("type")))
        if handler is None:
            raise Refused("unknown_type")
        try:
            handler(link, request, body)
        except StoreFailed:
            link.refuse(Refused("store_failed"), request)
        except Refused as refused:
            # Not the kiosk's fault: it could not know.
            if refused.code in ("busy", "not_ready"):
                link.refuse(refused, request)
            else:
                raise

    def welcome(self) -> Json:
        settings = self.settings
        return {
            "type": "welcome",
            "terminal": settings.terminal,
            "app": settings.app,
            "time": self.time(),
            "storeId": self.store.store_id,
            "storeSince": told_time(self.store.since),
            "kinds": list(settings.kinds),
            "mostInstallments": settings.most_installments,
            "leastInstallment": settings.least_installment_cents,
            "can": list(settings.can),
            "receiptPrinted": settings.receipt_printed,
            "heartbeatS": settings.heartbeat_s,
            "silenceS": settings.silence_s,
        }

    def time(self) -> str:
        return self.payments.time()

    def nonce(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"

    def versions(self) -> tuple[int, ...]:
        self._plays_old = self.payments.plan.use(FaultName.OLD_VERSION) is not None
        return (0,) if self._plays_old else self.settings.versions

    def proves_wrongly(self) -> bool:
        return self.payments.plan.use(FaultName.BAD_PROOF) is not None

    def violated(self, code: str, detail: str) -> None:
        if code == "version_unsupported" and self._plays_old:
            return
        self._violations.append(Violation(code, detail))
        self._on_change()

    # --- paper --------------------------------------------------------------------------------------------------

    def _print_receipt(self, link: PosLink, request: int, body: Json) -> None:
        self._needs("printReceipt")
        copy = copy_of(body)
        known = self.store.get(identifier(body, "transactionId"))
        answer: Json = {"type": "answer", "id": request, "printed": True}
        if known is None or known.status is not PosStatus.APPROVED or known.original:
            answer |= {"printed": False, "message": "Transação não encontrada"}
        elif self.printer.mechanism.stopped:
            answer |= {"printed": False, "message": "Impressora parada"}
        else:
            self._jobs.print_receipt(tuple(sale_line(known, self.settings)["receipts"][copy]))
        link.send(answer)

    def _on_approved(self, sale: PosTransaction) -> None:
        if self.settings.receipt_printed and not sale.original:
            self._jobs.print_receipt(tuple(sale_line(sale, self.settings)["receipts"]["customer"]))

    def _print(self, link: PosLink, request: int, body: Json) -> None:
        self._needs("print")
        job = print_job_of(body)
        known = self.store.job(job.job_id)
        if known is None:
            if self.store.is_burnt(f"job {job.job_id}"):
                raise Refused("id_burnt")
            self._jobs.store(job.job_id)
        link.send(_job_answer(request, job.job_id, (known or JobStatus.PRINTING).value))
        if known is None:
            self._run(self._jobs.run(job.job_id, job.data))

    def _print_status(self, link: PosLink, request: int, body: Json) -> None:
        self._needs("print")
        job_id = job_id_of(body)
        known = self.store.job(job_id)
        if known is None:
            self.store.burn(f"job {job_id}")
        link.send(_job_answer(request, job_id, known.value if known is not None else "not_found"))

    def _printer(self, link: PosLink, request: int, _: Json) -> None:
        self._needs("print")
        link.send({"type": "answer", "id": request, "printer": {"conditions": self._jobs.conditions()}})

    def _tell_job(self, job_id: str, status: JobStatus) -> None:
        if self.payments.link is not None:
            self.payments.link.send({"type": "printJob", "job": {"jobId": job_id, "status": status.value}})

    def _needs(self, ability: str) -> None:
        if ability not in self.settings.can:
            raise Refused("unsupported", ability)

    # --- inside -------------------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._on_change()
        if not task.cancelled() and (error := task.exception()) is not None:
            # A bug of the simulator's own: the loop's handler tells it.
            asyncio.get_running_loop().call_exception_handler({"message": "Smart POS failed", "exception": error})

    def _on_change(self) -> None:
        self._change.set()


def _job_answer(request: int, job_id: str, status: str) -> Json:
    return {"type": "answer", "id": request, "job": {"jobId": job_id, "status": status}}
