"""What the printer's thread does: whole jobs, the one job that the printer may be holding, and listening between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from hardware.printer.conversation import Conversation, PrinterLimits, Sent
from hardware.printer.links import LastingLink, Link, LinkLost
from hardware.printer.profile import PrinterProfile
from totem.domain.errors import PrinterError, PrinterStalled, PrinterUnreachable
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_UNREACHABLE = PrinterStatus(frozenset({Condition.UNREACHABLE}))
_SILENT = PrinterStatus(frozenset({Condition.NO_REPLY}))
_IN_THE_SYSTEM = 65_536
"""Bytes, more than what lies between us and a serial port (17 kB were seen in a pseudo-terminal)."""
_MOST_REMEMBERED = 64
_LISTEN_S = 0.05
"""Longest that a job waits because the thread listens to an idle printer."""
_ASK_AGAIN_S = 2.0
"""Between two questions to an idle printer that cannot tell its changes by itself just now."""

_ASK_QUIET_S = 15.0
"""After so long without a word, an idle printer is asked whether it is still there."""


@dataclass(slots=True)
class _Watch:
    """A job of which bytes were accepted, until its end is known. Times are on the monotonic clock."""

    job_id: int
    conversation: Conversation
    data: bytes
    ready_since_s: float | None
    """Since when nothing keeps the printer from printing it."""
    idle_since_s: float | None = None
    """Since when the printer says that its buffer is empty."""
    sent: Sent = field(default_factory=Sent)
    is_sent: bool = False
    """Every byte was accepted, and the question behind them asked."""


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
        self._listening: Conversation | None = None
        """A wire kept open between jobs, on which an idle printer tells its changes."""
        self._heard: PrinterStatus | None = None
        self._ask_at_s = 0.0
        self._ended: dict[int, PrintOutcome] = {}
        self._owed = 0
        """Bytes of a job that was given up, for which the printer may still wait within a command."""
        self._answers_process_id: bool | None = None if profile.has_process_id else False
        """Learnt from the jobs themselves, which all end with GS ( H and GS r; None until one has shown it."""

    def status(self) -> PrinterStatus:
        if self._held is not None:
            # Many printers take one connection only, and the held job's confirmation comes on this one.
            try:
                return self._held.conversation.status()
            except LinkLost:
                self._end(self._held, PrintOutcome(PrintResult.UNKNOWN, _UNREACHABLE))
            except PrinterStalled:
                return _SILENT
        conversation, status = self._opened()
        if conversation is not None and conversation is not self._listening:
            conversation.close()
        return status

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
        conversation, status = self._opened()
        if conversation is None or not status.can_print:
            if conversation is not None and conversation is not self._listening:
                conversation.close()
            return PrintOutcome(PrintResult.NOT_SENT, status)
        self._listening = None
        watch = _Watch(job_id, conversation, data, self._monotonic())
        try:
            watch.is_sent = conversation.send(data, watch.sent)
        except PrinterError as error:
            self._owe(watch)
            conversation.close()
            return PrintOutcome(
                PrintResult.UNKNOWN if watch.sent.accepted else PrintResult.NOT_SENT,
                _SILENT if isinstance(error, PrinterStalled) else _UNREACHABLE,
            )
        return self._await(watch)

    def settle(self, job_id: int) -> PrintOutcome:
        if job_id in self._ended:
            return self._ended[job_id]
        if self._held is None or self._held.job_id != job_id:
            return PrintOutcome(PrintResult.UNKNOWN, self.status())
        return self._look(self._held, self._limits.settle_s)

    def listen(self, since: PrinterStatus, timeout_s: float, is_wanted: Callable[[], bool]) -> PrinterStatus:
        """The status once its conditions are others than `since`, the time is over, or the thread is wanted."""
        until_s = self._monotonic() + timeout_s
        while True:
            status = self._listen_once()
            if status.conditions != since.conditions or self._monotonic() >= until_s:
                return status
            if is_wanted() or self._stop.is_set():
                return status

    def _listen_once(self) -> PrinterStatus:
        """The status of a printer between jobs, after listening to it for a moment.

        It is asked at first and after each change, and from time to time where it cannot tell changes by itself.
        """
        if self._held is not None:
            return self._look(self._held, self._limits.poll_s).status
        if self._listening is not None:
            heard = self._hear(self._listening)
            if heard is not None:
                self._heard = heard
                return heard
            self._hang_up()
            self._ask_at_s = self._monotonic()
        if self._heard is not None and self._monotonic() < self._ask_at_s:
            self._stop.wait(_LISTEN_S)
            return self._heard
        conversation, self._heard = self._opened()
        self._ask_at_s = self._monotonic() + _ASK_AGAIN_S
        if conversation is not None:
            self._keep(conversation, self._heard)
        return self._heard

    def _hear(self, conversation: Conversation) -> PrinterStatus | None:
        """What an idle printer tells on its open wire; None where the wire seems to be lost."""
        try:
            known = conversation.pushed
            conversation.listen(_LISTEN_S)
            is_news = conversation.pushed is not known or self._heard is None
            if not is_news and self._monotonic() - conversation.last_heard_s < _ASK_QUIET_S:
                return self._heard
            status = conversation.status()
        except (LinkLost, PrinterStalled):
            return None
        return None if Condition.NO_REPLY in status.conditions else status

    def close(self) -> None:
        if self._held is not None:
            self._held.conversation.close()
            self._held = None
        self._hang_up()
        self._link.close()

    # --- wires --------------------------------------------------------------------------------------------------

    def _opened(self) -> tuple[Conversation | None, PrinterStatus]:
        """An open wire and the printer's status on it; None where there is no wire, or nobody who answers on it."""
        if self._listening is not None:
            try:
                status = self._listening.status()
            except (LinkLost, PrinterStalled):
                status = _SILENT
            if Condition.NO_REPLY not in status.conditions:
                return self._listening, status
            # The printer was switched off and on, say: an old wire tells nothing about a new one.
            self._hang_up()
        conversation = Conversation(self._link, self._profile, self._limits, self._stop, self._monotonic)
        try:
            conversation.open()
            if self._owed:
                self._owed -= conversation.fill_up(self._owed)
            return conversation, conversation.status()
        except PrinterStalled:
            status = _SILENT
        except PrinterUnreachable:
            # Another printer may be plugged in its place.
            self._answers_process_id = None if self._profile.has_process_id else False
            status = _UNREACHABLE
        conversation.close()
        return None, status

    def _keep(self, conversation: Conversation, status: PrinterStatus) -> None:
        """Keeps the wire for listening, where that is of use."""
        if conversation is self._listening:
            return
        try:
            if status.can_print and conversation.push_changes():
                self._listening = conversation
                return
        except PrinterError:
            self._heard = _UNREACHABLE
        conversation.close()

    def _hang_up(self) -> None:
        if self._listening is not None:
            self._listening.close()
            self._listening = None

    # --- a job's end --------------------------------------------------------------------------------------------

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
            if not watch.is_sent and conversation.blocked is None:
                watch.is_sent = conversation.send(watch.data, watch.sent)
            confirmed = self._confirmed(watch)
            status = _SILENT if confirmed else conversation.status()
        except LinkLost:
            # What came before the end of the wire still counts.
            proven = self._confirmed(watch)
            result = PrintResult.PRINTED if proven else PrintResult.UNKNOWN
            return self._end(watch, PrintOutcome(result, _UNREACHABLE))
        except PrinterStalled:
            if watch.is_sent or self._stop.is_set():
                return PrintOutcome(PrintResult.HELD, _SILENT)
            return self._end(watch, PrintOutcome(PrintResult.UNKNOWN, _SILENT))
        if self._confirmed(watch):
            return self._end(watch, PrintOutcome(PrintResult.PRINTED, self._after(conversation, status)))
        return self._judge(watch, status)

    def _listen(self, watch: _Watch, listen_s: float) -> None:
        deadline = self._monotonic() + listen_s
        while not self._confirmed(watch) and (left := deadline - self._monotonic()) > 0:
            if not watch.is_sent and watch.conversation.blocked is None:
                return
            watch.conversation.listen(left)

    def _confirmed(self, watch: _Watch) -> bool:
        """Whether the printer itself said that this job is on paper, by the best means that it has."""
        if not watch.is_sent:
            return False
        if watch.conversation.is_done(watch.job_id):
            self._answers_process_id = True
            return True
        return self._answers_process_id is False and watch.conversation.carried_out

    def _judge(self, watch: _Watch, status: PrinterStatus) -> PrintOutcome:
        """Without a confirmation: what the printer's status, and the time it lasts, say of the job."""
        now_s = self._monotonic()
        if not status.can_print:
            watch.ready_since_s = watch.idle_since_s = None
            silent = Condition.NO_REPLY in status.conditions
            if silent and now_s - watch.conversation.last_heard_s > self._limits.silence_s:
                return self._end(watch, PrintOutcome(PrintResult.UNKNOWN, status))
            return PrintOutcome(PrintResult.HELD, status)
        if watch.ready_since_s is None:
            watch.ready_since_s = now_s
        if watch.conversation.is_idle is False:
            watch.idle_since_s = None
        elif watch.idle_since_s is None:
            watch.idle_since_s = now_s
        ready_s = now_s - watch.ready_since_s
        idle_s = now_s - watch.idle_since_s if watch.idle_since_s is not None else 0.0
        if self._is_proof(watch.conversation, min(ready_s, idle_s)):
            return self._end(watch, PrintOutcome(PrintResult.PRINTED, status))
        if ready_s > self._limits.job_s:
            return self._end(watch, PrintOutcome(PrintResult.UNKNOWN, status))
        return PrintOutcome(PrintResult.HELD, status)

    def _is_proof(self, conversation: Conversation, ready_s: float) -> bool:
        """Whether being ready for so long means printed: every command was carried out, or nothing better is known."""
        if conversation.is_idle and not self._profile.has_queued_status:
            # It tells of its buffer, and found it empty twice.
            return ready_s > 0
        if ready_s <= self._limits.drain_s:
            return False
        if conversation.carried_out:
            if self._answers_process_id is None:
                self._answers_process_id = False
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

    def _owe(self, watch: _Watch) -> None:
        if isinstance(self._link, LastingLink) and watch.sent.accepted and not watch.is_sent:
            # What the system had accepted and not yet sent is thrown away when the wire is closed.
            self._owed = min(len(watch.data), len(watch.data) - watch.sent.accepted + _IN_THE_SYSTEM)

    def _end(self, watch: _Watch, outcome: PrintOutcome) -> PrintOutcome:
        self._owe(watch)
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
