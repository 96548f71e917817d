"""Every piece of paper: one for each ticket, more only where marked as second copies, and each doubt named.

Part of the demo's judge: it knows what came out of the printers and the journal's rows, and nothing of the services.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from totem.bootstrap.evidence import Evidence, JournalSubject, PaperTicket
from totem.bootstrap.findings import Fault, Finding

_MARKS: Final = ("2ª VIA", "2nd COPY", "2ª COPIA")
"""What a second copy bears, in each language of a ticket."""
_MAY_BE_OUT: Final = frozenset({"printed", "unknown", "sending"})
_GONE: Final = frozenset({"intended", "sent", "unknown", "done"})


def is_second_copy(paper: PaperTicket) -> bool:
    return any(mark in paper.text for mark in _MARKS)


def goods(evidence: Evidence) -> Iterator[Fault]:
    """All that is wrong between the paper and the journal."""
    for ticket in evidence.journal.of("ticket"):
        found = [paper for paper in evidence.paper if code_of(ticket) in paper.codes]
        yield from _ticket(evidence, ticket, found)
        for paper in found:
            yield from _print(evidence, ticket, paper)
    yield from _strips(evidence)


def code_of(ticket: JournalSubject) -> str:
    """What the QR code of that ticket says to the one who hands out the goods."""
    return f"TOTEM1:{ticket.sale_id}:{ticket.data.get('number')}"


# --- from the journal to the paper ------------------------------------------------------------------------------------


def _ticket(evidence: Evidence, ticket: JournalSubject, found: list[PaperTicket]) -> Iterator[Fault]:
    shown = ticket.data.get("shown_on_screen") is True
    if ticket.state == "printed" and not shown and not any(paper.is_cut for paper in found):
        yield Fault(Finding.TICKET_NOT_ON_PAPER, ticket.id, "printed by the journal, and no such paper came out")
    if ticket.state == "unknown" and not _is_named(evidence, ticket):
        yield Fault(Finding.TICKET_NOT_NAMED, ticket.id, "nobody knows whether it is on paper, and nobody is told")
    plain = [paper for paper in found if not is_second_copy(paper)]
    if len(plain) > 1:
        yield Fault(Finding.PAPER_TWICE, ticket.id, f"{len(plain)} papers bear its code and no mark")
    if plain and shown:
        yield Fault(Finding.PAPER_TWICE, ticket.id, "shown on the screen for want of paper, and printed without a mark")
    copies, asked = len(found) - len(plain), _copies_begun(evidence, ticket)
    if copies > asked:
        yield Fault(Finding.PAPER_TWICE, ticket.id, f"{copies} second copies, and {asked} were begun by the journal")
    if found and _is_returned(evidence, ticket) and not _is_known_refund(evidence, ticket):
        yield Fault(Finding.GOODS_WITHOUT_MONEY, ticket.id, "all its money goes back, and it came out of a printer")


def _is_named(evidence: Evidence, ticket: JournalSubject) -> bool:
    """Somebody was told, and perhaps settled it with evidence or a typed reason."""
    return any(each.text("subject") == ticket.id for each in evidence.journal.of("attention", ticket.sale_id))


def _copies_begun(evidence: Evidence, ticket: JournalSubject) -> int:
    rows = [entry for entry in evidence.journal.entries if entry.subject_id == ticket.id]
    again = sum(row.state == "sending" and row.data.get("second_copy") is True for row in rows)
    return again + sum(row.kind == "ticket.reprinting" for row in rows)


def _is_returned(evidence: Evidence, ticket: JournalSubject) -> bool:
    received = sum(
        amount
        for entry in evidence.journal.entries
        if entry.sale_id == ticket.sale_id
        and entry.kind == "pix.received"
        and isinstance(amount := entry.data.get("amount_cents"), int)
    )
    back = sum(
        each.cents("amount_cents") or 0
        for each in evidence.journal.of("compensation", ticket.sale_id)
        if each.state in _GONE
    )
    return received > 0 and back >= received


def _is_known_refund(evidence: Evidence, ticket: JournalSubject) -> bool:
    """Asked by a technician who knew that a ticket may be out, or of one whose fate was named as unknown."""
    asked = any(
        entry.kind == "technician.refund" and entry.sale_id == ticket.sale_id for entry in evidence.journal.entries
    )
    return asked or any(
        each.text("trouble") == "PRN-007" and each.text("subject") == ticket.id
        for each in evidence.journal.of("attention", ticket.sale_id)
    )


# --- from the paper to the journal ------------------------------------------------------------------------------------


def _print(evidence: Evidence, ticket: JournalSubject, paper: PaperTicket) -> Iterator[Fault]:
    """Whether the paper says what the journal sold: number and total, to the centavo."""
    sale = evidence.journal.subject(ticket.sale_id)
    number = ticket.cents("number")
    words = paper.text.split()
    if number is None or f"{number:03d}" not in words:
        yield Fault(Finding.PAPER_BROKEN, paper.id, f"ticket number {number} does not stand on the paper")
    price = sale.cents("amount_cents") if sale is not None else None
    currency = sale.text("currency") if sale is not None else ""
    if price is None or _amount_words(price, currency).isdisjoint(words):
        yield Fault(Finding.AMOUNT_DIFFERS, paper.id, f"the sale's {price} does not stand on the paper")
    if ticket.state not in _MAY_BE_OUT:
        yield Fault(Finding.TICKET_WITHOUT_PAYMENT, paper.id, f"paper came out of a ticket that is {ticket.state}")


def _amount_words(amount_cents: int, currency: str) -> frozenset[str]:
    """The figures as a ticket prints them, in each language's way; escudos have no centavos (ISO 4217)."""
    if currency == "CVE":
        figures = (f"{amount_cents:,}", f"{amount_cents:,}".replace(",", "."))
        return frozenset({*figures, *(f"{each}$00" for each in figures)})
    whole, minor = divmod(amount_cents, 100)
    return frozenset({f"{whole:,}.{minor:02d}", f"{whole:,}".replace(",", ".") + f",{minor:02d}"})


def _strips(evidence: Evidence) -> Iterator[Fault]:
    known = {code_of(ticket) for ticket in evidence.journal.of("ticket")}
    # A printer that loses its power leaves half a strip; then the journal says of one ticket that nobody knows.
    doubts = sum(
        (entry.kind, entry.state) == ("ticket", "unknown") or entry.data.get("result") == "unknown"
        for entry in evidence.journal.entries
    )
    for paper in evidence.paper:
        for told in paper.faults:
            yield Fault(Finding.PAPER_BROKEN, paper.id, told)
        # A notice of a kiosk that goes out of service bears no code: it is no ticket.
        if paper.codes and known.isdisjoint(paper.codes):
            yield Fault(Finding.PAPER_NOT_IN_JOURNAL, paper.id, "a ticket came out that the journal does not know")
    for paper in [paper for paper in evidence.paper if not paper.is_cut][doubts:]:
        yield Fault(Finding.PAPER_NOT_CUT, paper.id, "the paper was never cut, and no ticket is in doubt for it")
