"""What a print job is in the journal: a ticket for the first time, by itself or claimed; again, or a copy.

Pure: each errand says when it may begin, and gives the records of each of its moments. The print queue carries it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from totem.domain.machine import (
    AttemptState,
    Machine,
    SaleState,
    SettlementState,
    TicketState,
)
from totem.domain.ports import PrintResult
from totem.domain.records import Record, Subject
from totem.services import steps
from totem.services.ids import settlement_id_of


class Asker(StrEnum):
    """Who wants a ticket once more."""

    CUSTOMER = "customer"
    TECHNICIAN = "technician"


@dataclass(frozen=True, slots=True)
class Papers:
    """A sale and its ticket, read together."""

    sale: Subject
    ticket: Subject


class Errand(Protocol):
    """One way to print a ticket."""

    @property
    def second_copy(self) -> bool:
        """The paper bears the mark of a second copy."""
        ...

    def may_begin(self, papers: Papers, subjects: tuple[Subject, ...]) -> bool:
        """Whether it may still be printed; `subjects` are all of the sale."""
        ...

    def sending(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        """Before the first byte; refused as a whole where sale or ticket moved meanwhile (rule 3)."""
        ...

    def not_sent(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        """Provably no byte of it left."""
        ...

    def printed(self, papers: Papers, printer: str) -> tuple[Record, ...]: ...

    def unknown(self, papers: Papers, printer: str) -> tuple[Record, ...]: ...


@dataclass(frozen=True, slots=True)
class FirstPrint:
    """The ticket of a sale that was just paid: queued or failed -> sending -> printed, unknown or failed."""

    @property
    def second_copy(self) -> bool:
        return False

    def may_begin(self, papers: Papers, subjects: tuple[Subject, ...]) -> bool:  # noqa: ARG002 - as in the protocol
        waits = papers.ticket.state in (TicketState.QUEUED, TicketState.FAILED)
        return waits and papers.sale.state in (SaleState.PAID, SaleState.DELIVERING)

    def sending(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        return steps.ticket_sending(papers.sale, papers.ticket, printer=printer)

    def not_sent(self, papers: Papers, printer: str) -> tuple[Record, ...]:  # noqa: ARG002 - as in the protocol
        return (steps.move(papers.ticket, TicketState.FAILED),)

    def printed(self, papers: Papers, printer: str) -> tuple[Record, ...]:  # noqa: ARG002 - as in the protocol
        return steps.ticket_printed(papers.sale, papers.ticket)

    def unknown(self, papers: Papers, printer: str) -> tuple[Record, ...]:  # noqa: ARG002 - as in the protocol
        return steps.ticket_unknown(papers.sale, papers.ticket)


@dataclass(frozen=True, slots=True)
class PrintClaimed(FirstPrint):
    """A ticket that never began, for a technician: somebody claims it, or the printer is mended after its time."""

    def may_begin(self, papers: Papers, subjects: tuple[Subject, ...]) -> bool:
        waits = papers.ticket.state in (TicketState.QUEUED, TicketState.FAILED)
        return waits and papers.sale.state in _WAITS_FOR_A_PERSON and keeps_its_money(papers.sale, subjects)

    def sending(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        records = steps.ticket_sending(papers.sale, papers.ticket, printer=printer)
        if papers.sale.state == SaleState.NEEDS_ATTENTION:
            return (*records, steps.move(papers.sale, SaleState.DELIVERING))
        return records


@dataclass(frozen=True, slots=True)
class PrintAgain:
    """A ticket of unknown fate, by choice: unknown -> sending -> printed, or unknown once more. Marked, same number."""

    by: Asker

    @property
    def second_copy(self) -> bool:
        return True

    def may_begin(self, papers: Papers, subjects: tuple[Subject, ...]) -> bool:
        # The sale moves with the first byte, so that a refund in the same moment refuses the whole.
        named = papers.sale.state == SaleState.NEEDS_ATTENTION and papers.ticket.state == TicketState.UNKNOWN
        return named and keeps_its_money(papers.sale, subjects)

    def sending(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        return steps.ticket_sending_again(papers.sale, papers.ticket, printer=printer, by=self.by)

    def not_sent(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        # The first copy may still be out: it is not `failed`, which could be revoked and refunded.
        copies = papers.ticket.number("copies") - 1
        back = steps.ticket_unknown(papers.sale, papers.ticket, copies=copies, second_copy=copies > 0)
        return (*back, self._note(papers, printer, PrintResult.NOT_SENT))

    def printed(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        done = steps.ticket_printed(papers.sale, papers.ticket)
        return (*done, self._note(papers, printer, PrintResult.PRINTED))

    def unknown(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        back = steps.ticket_unknown(papers.sale, papers.ticket)
        return (*back, self._note(papers, printer, PrintResult.UNKNOWN))

    def _note(self, papers: Papers, printer: str, result: PrintResult) -> Record:
        return steps.ticket_reprinted(papers.ticket, printer=printer, by=self.by, result=result)


@dataclass(frozen=True, slots=True)
class PrintCopy:
    """A copy of a ticket that is printed already, for a technician. Its machine does not move; notes tell of it."""

    by: Asker

    @property
    def second_copy(self) -> bool:
        return True

    def may_begin(self, papers: Papers, subjects: tuple[Subject, ...]) -> bool:
        return papers.ticket.state == TicketState.PRINTED and keeps_its_money(papers.sale, subjects)

    def sending(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        return (steps.ticket_reprinting(papers.ticket, printer=printer, by=self.by),)

    def not_sent(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        return self._note(papers, printer, PrintResult.NOT_SENT)

    def printed(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        return self._note(papers, printer, PrintResult.PRINTED)

    def unknown(self, papers: Papers, printer: str) -> tuple[Record, ...]:
        # Marked, and a person stands there: nobody need be called to a second copy that may be missing.
        return self._note(papers, printer, PrintResult.UNKNOWN)

    def _note(self, papers: Papers, printer: str, result: PrintResult) -> tuple[Record, ...]:
        return (steps.ticket_reprinted(papers.ticket, printer=printer, by=self.by, result=result),)


_WAITS_FOR_A_PERSON: Final = (SaleState.PAID, SaleState.DELIVERING, SaleState.NEEDS_ATTENTION)
_GONE: Final = frozenset({SaleState.COMPENSATING, SaleState.COMPENSATED, SaleState.ABANDONED})
_UNDONE: Final = frozenset({SettlementState.UNDOING, SettlementState.UNDONE})


def keeps_its_money(sale: Subject, subjects: Iterable[Subject]) -> bool:
    """Whether the sale is still paid for: a payment that was not undone, and of which the price did not go back.

    A sale that was given back after its ticket had been printed is completed all the same: its money decides.
    """
    if sale.state in _GONE:
        return False
    known = {each.id: each for each in subjects}
    return any(
        each.machine is Machine.ATTEMPT
        and each.state == AttemptState.APPROVED
        and ((settled := known.get(settlement_id_of(each.id))) is None or settled.state not in _UNDONE)
        and _returned_cents(each, known.values()) < each.number("amount_cents")
        for each in known.values()
    )


def _returned_cents(attempt: Subject, subjects: Iterable[Subject]) -> int:
    """What went back of it, or is on its way; a second payment's way back counts for that one."""
    own = (attempt.id, attempt.text("end_to_end_id"))
    return sum(
        each.number("amount_cents")
        for each in subjects
        if each.machine is Machine.COMPENSATION
        and each.state in steps.COMPENSATION_COUNTS
        and each.text("reference") in own
    )
