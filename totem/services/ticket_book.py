"""What the print queue reads and writes in the journal: tickets, the troubles that hold them, and low paper."""

from __future__ import annotations

import logging

from totem.domain.errors import StaleState, Trouble
from totem.domain.machine import AttentionState, SaleState, TicketState
from totem.domain.ports import Clock, Journal
from totem.domain.records import Record, Subject
from totem.services import steps
from totem.services.errands import Asker, Errand, Papers, PrintAgain, PrintClaimed, PrintCopy
from totem.services.ids import attention_id_of, ticket_id_of
from totem.services.naming import named
from totem.services.printing import ReprintAnswer

log = logging.getLogger(__name__)


class TicketBook:
    """Each method is one transaction. Raises JournalError where it could not be stored, or sale and ticket moved."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    async def papers(self, sale_id: str) -> Papers:
        return (await self.read(sale_id))[0]

    async def read(self, sale_id: str) -> tuple[Papers, tuple[Subject, ...]]:
        """Sale and ticket, and all subjects of the sale, read at once. Raises StaleState where it has no ticket."""
        subjects = await self._journal.of_sale(sale_id)
        found = {each.id: each for each in subjects}
        sale, ticket = found.get(sale_id), found.get(ticket_id_of(sale_id))
        if sale is None or ticket is None:
            raise StaleState(f"sale {sale_id} has no ticket in the journal")
        return Papers(sale, ticket), subjects

    # --- a print job ------------------------------------------------------------------------------------------------

    async def sending(self, errand: Errand, papers: Papers, printer: str) -> None:
        """The last thing before the first byte. Raises StaleState where `papers` are not what the journal holds."""
        await self._journal.append(*errand.sending(papers, printer))

    async def not_sent(self, errand: Errand, sale_id: str, printer: str) -> None:
        await self._journal.append(*errand.not_sent(await self.papers(sale_id), printer))

    async def printed(self, errand: Errand, sale_id: str, printer: str) -> Papers:
        """With the ticket, the troubles that held it are over."""
        papers = await self.papers(sale_id)
        settled = await self._settled(papers.ticket, f"the printer {printer} confirmed the job")
        await self._journal.append(*errand.printed(papers, printer), *settled)
        return papers

    async def unknown(self, errand: Errand, sale_id: str, printer: str) -> None:
        papers = await self.papers(sale_id)
        ticket, records = papers.ticket, errand.unknown(papers, printer)
        if not isinstance(errand, PrintCopy):
            number, what = ticket.number("number"), Trouble.PRINT_UNKNOWN
            records += await named(self._journal, self._clock, ticket, what, number=number)
        await self._journal.append(*records)

    async def name(self, sale_id: str, trouble: Trouble) -> None:
        """What keeps the ticket from the paper, once."""
        records = await named(self._journal, self._clock, (await self.papers(sale_id)).ticket, trouble)
        if records:
            await self._journal.append(*records)

    async def given_up(self, sale_id: str, trouble: Trouble) -> None:
        """No byte of it was printed, and its money cannot go back by itself."""
        papers = await self.papers(sale_id)
        records: list[Record] = []
        if papers.ticket.state == TicketState.QUEUED:
            records.append(steps.move(papers.ticket, TicketState.FAILED))
        if papers.sale.state in (SaleState.PAID, SaleState.DELIVERING):
            records.append(steps.move(papers.sale, SaleState.NEEDS_ATTENTION))
        records += await named(self._journal, self._clock, papers.ticket, trouble)
        if records:
            await self._journal.append(*records)

    async def _settled(self, ticket: Subject, evidence: str) -> list[Record]:
        claimed = attention_id_of(ticket.sale_id, Trouble.LATE_MONEY.value) if ticket.flag("to_claim") else ""
        return [
            steps.attention_settled(subject, evidence)
            for subject in await self._journal.of_sale(ticket.sale_id)
            if (subject.id.startswith(f"{ticket.id}/") or subject.id == claimed)
            and subject.state == AttentionState.OPEN
        ]

    # --- without paper ----------------------------------------------------------------------------------------------

    async def showing(self, sale_id: str) -> None:
        papers = await self.papers(sale_id)
        await self._journal.append(*steps.ticket_showing(papers.sale, papers.ticket))

    async def shown(self, sale_id: str) -> None:
        papers = await self.papers(sale_id)
        settled = await self._settled(papers.ticket, "the ticket was shown on the screen")
        await self._journal.append(*steps.ticket_shown(papers.sale, papers.ticket), *settled)

    async def warn_of_paper(self, ticket: Subject, printer: str) -> None:
        """The end of the paper is near: noted once a day and printer; the kiosk sells on."""
        day = self._clock.now().astimezone().strftime("%Y-%m-%d")
        if not await self._journal.is_noted(steps.PAPER_LOW, f"{printer}/{day}"):
            log.warning("printer %s: the end of the paper is near", printer)
            await self._journal.append(steps.paper_low(ticket, printer, day))

    # --- once more --------------------------------------------------------------------------------------------------

    async def ask_again(self, sale_id: str, by: Asker, *, in_time: bool) -> Errand | ReprintAnswer:
        """The errand of a wish that is granted, and recorded; else why it is not."""
        try:
            papers, subjects = await self.read(sale_id)
        except StaleState:
            return ReprintAnswer.NO_TICKET
        errand = _again(papers.ticket, by)
        if errand is None:
            return ReprintAnswer.NOT_NOW
        if not errand.may_begin(papers, subjects):
            return ReprintAnswer.MONEY_WENT_BACK
        asked = steps.reprint_asked(papers.ticket, by, once=by is Asker.CUSTOMER)
        if asked.unique and await self._journal.is_noted(asked.kind, asked.unique):
            return ReprintAnswer.ASKED_BEFORE
        if not in_time:
            return ReprintAnswer.TOO_LATE
        try:
            await self._journal.append(asked)
        except StaleState:
            return ReprintAnswer.ASKED_BEFORE
        return errand


def _again(ticket: Subject, by: Asker) -> Errand | None:
    if ticket.state == TicketState.UNKNOWN:
        return PrintAgain(by)
    if by is not Asker.TECHNICIAN:
        return None
    if ticket.state == TicketState.FAILED or (ticket.state == TicketState.QUEUED and ticket.flag("to_claim")):
        return PrintClaimed()
    return PrintCopy(by) if ticket.state == TicketState.PRINTED else None


def is_news(errand: Errand) -> bool:
    """A copy of a printed ticket is no news for a sale that is over."""
    return not isinstance(errand, PrintCopy)
