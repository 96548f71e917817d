"""The ticket queue of one printer: from `queued` in the journal to paper, each ticket once.

Form of this first version: one worker, tickets in order, a job held by the printer (paper, cover, cutter) is waited
for, and one whose fate nobody knows becomes `unknown` with a named attention; it is never printed again by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from totem.domain.errors import JournalWriteFailed, StaleState, TotemError, Trouble
from totem.domain.machine import AttentionState, SaleState, TicketState
from totem.domain.ports import Clock, Condition, Journal, Printer, PrinterStatus, PrintOutcome, PrintResult
from totem.domain.records import Record, Subject
from totem.services import steps
from totem.services.ids import attention_id_of, ticket_id_of
from totem.services.press import TicketPress

log = logging.getLogger(__name__)

HEAD_START_S = 0.3
"""For so long a ticket prints before its picture for the screen is drawn."""


class PrintNews(StrEnum):
    """What the worker tells the checkout."""

    HELD = "held"
    PRINTED = "printed"
    UNKNOWN = "unknown"
    GIVEN_BACK = "given_back"
    """Not a byte was printed in the time that a customer waits: the money goes back, the ticket is revoked."""
    GIVEN_UP = "given_up"
    """The same, but the bank cannot give it back by itself; the sale needs attention."""
    JOURNAL_FAILED = "journal_failed"


ReturnSale = Callable[[str, Trouble], Awaitable[bool]]
"""Give the sale's money back and revoke its ticket; False where that cannot be."""

OnPrintNews = Callable[[str, PrintNews, Trouble | None], Awaitable[None]]
"""(sale id, news, trouble)."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """Seconds. `patience_s`: for so long a paid ticket may begin to print (the design's rule 2: two minutes)."""

    patience_s: float = 120.0
    look_again_s: float = 1.0


class PrintQueue:
    """Prints tickets that the journal says are queued. `add` wakes it; `run` is its only worker."""

    def __init__(
        self,
        journal: Journal,
        printer: Printer,
        press: TicketPress,
        clock: Clock,
        settings: QueueSettings,
        return_sale: ReturnSale,
        on_news: OnPrintNews,
    ) -> None:
        self._journal = journal
        self._printer = printer
        self._press = press
        self._clock = clock
        self._settings = settings
        self._return_sale = return_sale
        self._on_news = on_news
        self._jobs: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self._busy = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def add(self, sale_id: str, paid_s_ago: float = 0.0) -> None:
        """Print the sale's ticket, unless its time runs out: `paid_s_ago` seconds of it are gone already."""
        self._busy += 1
        self._quiet.clear()
        self._jobs.put_nowait((sale_id, self._clock.monotonic() + self._settings.patience_s - paid_s_ago))

    async def let_paper_go_first(self) -> None:
        """Until the tickets are out, a moment at most: a ticket's picture takes the processor that its paper needs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEAD_START_S):
                await self._quiet.wait()

    async def wait_quiet(self) -> None:
        """Until every job that was added has ended, one way or another."""
        await self._quiet.wait()

    async def run(self) -> None:
        """The worker; ends by cancellation, which leaves a ticket in `sending` to recovery."""
        while True:
            sale_id, until_s = await self._jobs.get()
            try:
                await self._deliver(sale_id, until_s)
            except JournalWriteFailed as error:
                log.exception("print queue cannot store")
                await self._on_news(sale_id, PrintNews.JOURNAL_FAILED, error.trouble)
            except Exception as error:
                # A ticket that cannot be made must not stop the tickets after it.
                log.exception("ticket of sale=%s failed", sale_id)
                await self._give_up(sale_id, error.trouble if isinstance(error, TotemError) else Trouble.INTERNAL)
            finally:
                self._busy -= 1
                if not self._busy:
                    self._quiet.set()

    # --- one job ----------------------------------------------------------------------------------------------------

    async def _deliver(self, sale_id: str, until_s: float) -> None:
        while True:
            ready = await self._wait_until_ready(sale_id, until_s)
            if not ready:
                return await self._give_up(sale_id, trouble_of(await self._printer.status()))
            sale, ticket = await self._read(sale_id)
            if ticket.state == TicketState.FAILED:
                await self._journal.append(steps.move(ticket, TicketState.QUEUED))
                sale, ticket = await self._read(sale_id)
            if ticket.state != TicketState.QUEUED or sale.state not in (SaleState.PAID, SaleState.DELIVERING):
                log.info("ticket not printed: sale=%s is %s, ticket is %s", sale_id, sale.state, ticket.state)
                return await self._tell_why_not(sale_id, ticket)
            outcome = await self._send(sale, ticket)
            if outcome is None:
                _, ticket = await self._read(sale_id)
                return await self._tell_why_not(sale_id, ticket)
            if outcome.result is not PrintResult.NOT_SENT:
                return await self._finish(sale_id, outcome)
            _, ticket = await self._read(sale_id)
            await self._journal.append(steps.move(ticket, TicketState.FAILED))

    async def _wait_until_ready(self, sale_id: str, until_s: float) -> bool:
        """True once the printer can print; False where its time ran out first."""
        told: Trouble | None = None
        while self._clock.monotonic() < until_s:
            status = await self._printer.status()
            if status.can_print:
                return True
            trouble = trouble_of(status)
            if trouble is not told:
                told = trouble
                await self._open_attention(sale_id, trouble)
                await self._on_news(sale_id, PrintNews.HELD, trouble)
            await self._clock.sleep(self._settings.look_again_s)
        return False

    async def _send(self, sale: Subject, ticket: Subject) -> PrintOutcome | None:
        """Bytes to the printer, right after the step that says so. None where the journal no longer allows it."""
        job_id = ticket.number("number") % 10_000
        data = await self._press.encode(sale, ticket, job_id)
        try:
            await self._journal.append(*steps.ticket_sending(sale, ticket))
        except StaleState:
            log.warning("ticket of sale=%s changed before its first byte", sale.id)
            return None
        return await self._printer.print(job_id, data)

    async def _finish(self, sale_id: str, outcome: PrintOutcome) -> None:
        _, ticket = await self._read(sale_id)
        while outcome.result is PrintResult.HELD:
            trouble = trouble_of(outcome.status)
            await self._open_attention(sale_id, trouble)
            await self._on_news(sale_id, PrintNews.HELD, trouble)
            outcome = await self._wait_while_held(ticket, trouble)
        if outcome.result is PrintResult.PRINTED:
            await self._printed(sale_id)
        else:
            await self._unknown(sale_id)

    async def _wait_while_held(self, ticket: Subject, told: Trouble) -> PrintOutcome:
        """Ask until the held job ends, or is held for another reason."""
        while True:
            await self._clock.sleep(self._settings.look_again_s)
            outcome = await self._printer.settle(ticket.number("number") % 10_000)
            if outcome.result is not PrintResult.HELD or trouble_of(outcome.status) is not told:
                return outcome

    # --- endings ----------------------------------------------------------------------------------------------------

    async def _printed(self, sale_id: str) -> None:
        sale, ticket = await self._read(sale_id)
        records: list[Record] = list(steps.ticket_printed(sale, ticket))
        records.extend(
            steps.attention_settled(subject, "the printer confirmed the job")
            for subject in await self._journal.of_sale(sale_id)
            if subject.id.startswith(f"{ticket.id}/") and subject.state == AttentionState.OPEN
        )
        await self._journal.append(*records)
        await self._on_news(sale_id, PrintNews.PRINTED, None)

    async def _unknown(self, sale_id: str) -> None:
        sale, ticket = await self._read(sale_id)
        await self._journal.append(
            steps.move(ticket, TicketState.UNKNOWN),
            steps.move(sale, SaleState.NEEDS_ATTENTION),
            steps.attention_opened(ticket, Trouble.PRINT_UNKNOWN, self._clock.now()),
        )
        await self._on_news(sale_id, PrintNews.UNKNOWN, Trouble.PRINT_UNKNOWN)

    async def _give_up(self, sale_id: str, trouble: Trouble) -> None:
        """The customer has waited long enough: nothing may come out of the slot for the next one (rule 2)."""
        if await self._return_sale(sale_id, trouble):
            await self._on_news(sale_id, PrintNews.GIVEN_BACK, trouble)
            return
        sale, ticket = await self._read(sale_id)
        records: list[Record] = []
        if ticket.state == TicketState.QUEUED:
            records.append(steps.move(ticket, TicketState.FAILED))
        if sale.state in (SaleState.PAID, SaleState.DELIVERING):
            records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        if records:
            await self._journal.append(*records)
        await self._open_attention(sale_id, trouble)
        await self._on_news(sale_id, PrintNews.GIVEN_UP, trouble)

    async def _tell_why_not(self, sale_id: str, ticket: Subject) -> None:
        """Somebody else settled the sale before its first byte: the screen must not wait for a ticket."""
        revoked = ticket.state == TicketState.REVOKED
        await self._on_news(sale_id, PrintNews.GIVEN_BACK if revoked else PrintNews.GIVEN_UP, Trouble.REFUND_ASKED)

    async def _open_attention(self, sale_id: str, trouble: Trouble) -> None:
        _, ticket = await self._read(sale_id)
        if await self._journal.get(attention_id_of(ticket.id, trouble.value)) is None:
            await self._journal.append(steps.attention_opened(ticket, trouble, self._clock.now()))

    async def _read(self, sale_id: str) -> tuple[Subject, Subject]:
        sale = await self._journal.get(sale_id)
        ticket = await self._journal.get(ticket_id_of(sale_id))
        if sale is None or ticket is None:
            raise StaleState(f"sale {sale_id} has no ticket in the journal")
        return sale, ticket


_TROUBLES = (
    (Condition.UNREACHABLE, Trouble.PRINTER_UNREACHABLE),
    (Condition.NO_REPLY, Trouble.NO_REPLY),
    (Condition.PAPER_OUT, Trouble.PAPER_OUT),
    (Condition.COVER_OPEN, Trouble.COVER_OPEN),
    (Condition.CUTTER_ERROR, Trouble.CUTTER),
    (Condition.HEAD_HOT, Trouble.PRINTER_HOT),
)


def trouble_of(status: PrinterStatus) -> Trouble:
    """The one trouble to tell of a printer that cannot print: the cause before its consequences."""
    for condition, trouble in _TROUBLES:
        if condition in status.conditions:
            return trouble
    return Trouble.PRINTER_OFFLINE
