"""What the printer's thread does: whole jobs, and the one job that the printer may be holding."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from hardware.printer.conversation import Conversation, PrinterLimits, Sent
from hardware.printer.links import Link, LinkLost
from hardware.printer.profile import PrinterProfile
from totem.domain.errors import PrinterError, PrinterStalled, PrinterUnreachable
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_UNREACHABLE = PrinterStatus(frozenset({Condition.UNREACHABLE}))
_SILENT = PrinterStatus(frozenset({Condition.NO_REPLY}))
_MOST_REMEMBERED = 64


@dataclass(slots=True)
class _Watch:
    """A job whose every byte was accepted, until its end is known."""

    job_id: int
    conversation: Conversation
    ready_since_s: float | None
    """On the monotonic clock: since when nothing keeps the printer from printing it."""


class PrinterWorker:
    """Not safe for several threads: the driver calls it from its one worker thread. No method raises PrinterError."""

    def __init__(
        self,
        link: Link,
        profile: PrinterProfile,
        limits: PrinterLimits,
        stop: threading.Event,
        monotonic: Callable[[], float],
    ) -> None:
        self._link = link
        self._profile = profile
        self._limits = limits
        self._stop = stop
        self._monotonic = monotonic
        self._held: _Watch | None = None
        self._ended: dict[int, PrintOutcome] = {}

    def status(self) -> PrinterStatus:
        if self._held is not None:
            # Many printers take one connection only, and the held job's confirmation comes on this one.
            try:
                return self._held.conversation.status()
            except LinkLost:
                self._end(self._held, PrintOutcome(PrintResult.UNKNOWN, _UNREACHABLE))
            except PrinterStalled:
                return _SILENT
        conversation = self._conversation()
        try:
            conversation.open()
            return conversation.status()
        except PrinterUnreachable:
            return _UNREACHABLE
        except PrinterStalled:
            return _SILENT
        finally:
            conversation.close()

    def print(self, job_id: int, data: bytes) -> PrintOutcome:
        if self._held is not None and self._held.job_id == job_id:
            # Asked to print what it is printing already: a second copy would be a second ticket.
            return self._await(self._held)
        if self._held is not None:
            # No byte of another job while one is held; behind its end, this one may go.
            outcome = self._await(self._held)
            if outcome.result is PrintResult.HELD:
                return PrintOutcome(PrintResult.NOT_SENT, outcome.status)
        self._ended.pop(job_id, None)
        conversation = self._conversation()
        sent = Sent()
        try:
            conversation.open()
            status = conversation.status()
            if not status.can_print:
                conversation.close()
                return PrintOutcome(PrintResult.NOT_SENT, status)
            conversation.send(data, sent)
        except PrinterError as error:
            conversation.close()
            return PrintOutcome(
                PrintResult.UNKNOWN if sent.accepted else PrintResult.NOT_SENT,
                _SILENT if isinstance(error, PrinterStalled) else _UNREACHABLE,
            )
        return self._await(_Watch(job_id, conversation, self._monotonic()))

    def settle(self, job_id: int) -> PrintOutcome:
        if job_id in self._ended:
            return self._ended[job_id]
        if self._held is None or self._held.job_id != job_id:
            return PrintOutcome(PrintResult.UNKNOWN, self.status())
        return self._look(self._held, self._limits.settle_s)

    def close(self) -> None:
        if self._held is not None:
            self._held.conversation.close()
            self._held = None
        self._link.close()

    # --- inside -------------------------------------------------------------------------------------------------

    def _conversation(self) -> Conversation:
        return Conversation(self._link, self._profile, self._limits, self._stop, self._monotonic)

    def _await(self, watch: _Watch) -> PrintOutcome:
        """Until the job's end is known, or the printer says what keeps it. Ends by the limits in `_look`."""
        while True:
            outcome = self._look(watch, self._limits.poll_s)
            if outcome.result is not PrintResult.HELD:
                return outcome
            if _says_why(outcome.status) or self._stop.is_set():
                self._held = watch
                return outcome

    def _look(self, watch: _Watch, listen_s: float) -> PrintOutcome:
        """One look at a job: its end, where that is known by now, else HELD and the status."""
        conversation = watch.conversation
        try:
            self._listen(watch, listen_s)
            status = _SILENT if conversation.confirmed(watch.job_id) else conversation.status()
        except LinkLost:
            # What came before the end of the wire still counts.
            proven = conversation.confirmed(watch.job_id)
            result = PrintResult.PRINTED if proven else PrintResult.UNKNOWN
            return self._end(watch, PrintOutcome(result, _UNREACHABLE))
        except PrinterStalled:
            return PrintOutcome(PrintResult.HELD, _SILENT)
        if conversation.confirmed(watch.job_id):
            return self._end(watch, PrintOutcome(PrintResult.PRINTED, self._after(conversation, status)))
        return self._judge(watch, status)

    def _listen(self, watch: _Watch, listen_s: float) -> None:
        deadline = self._monotonic() + listen_s
        while not watch.conversation.confirmed(watch.job_id) and (left := deadline - self._monotonic()) > 0:
            watch.conversation.listen(left)

    def _judge(self, watch: _Watch, status: PrinterStatus) -> PrintOutcome:
        """Without a confirmation: what the printer's status, and the time it lasts, say of the job."""
        now_s = self._monotonic()
        if not status.can_print:
            watch.ready_since_s = None
            if now_s - watch.conversation.last_heard_s > self._limits.silence_s:
                return self._end(watch, PrintOutcome(PrintResult.UNKNOWN, status))
            return PrintOutcome(PrintResult.HELD, status)
        if watch.ready_since_s is None:
            watch.ready_since_s = now_s
        ready_s = now_s - watch.ready_since_s
        if ready_s > self._limits.drain_s and self._ready_is_proof(watch.conversation):
            return self._end(watch, PrintOutcome(PrintResult.PRINTED, status))
        if ready_s > self._limits.job_s:
            return self._end(watch, PrintOutcome(PrintResult.UNKNOWN, status))
        return PrintOutcome(PrintResult.HELD, status)

    def _ready_is_proof(self, conversation: Conversation) -> bool:
        """Whether being ready for a while means printed: every command was carried out, or nothing better is known."""
        if conversation.carried_out:
            return True
        return not self._profile.has_process_id and not self._profile.has_queued_status

    def _after(self, conversation: Conversation, status: PrinterStatus) -> PrinterStatus:
        """The status to tell with a printed job, for a warning of low paper; the job's end does not hang on it."""
        if status is not _SILENT:
            return status
        try:
            return conversation.status()
        except PrinterError:
            return _UNREACHABLE

    def _end(self, watch: _Watch, outcome: PrintOutcome) -> PrintOutcome:
        watch.conversation.close()
        if self._held is watch:
            self._held = None
        self._ended[watch.job_id] = outcome
        while len(self._ended) > _MOST_REMEMBERED:
            self._ended.pop(next(iter(self._ended)))
        return outcome


def _says_why(status: PrinterStatus) -> bool:
    """Whether the printer named what keeps it from printing; silence names nothing."""
    return not status.can_print and Condition.NO_REPLY not in status.conditions
