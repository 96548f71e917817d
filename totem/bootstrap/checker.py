"""The judge of the demo: money, goods and record compared, each from its own source.

It shares nothing with the services that it judges. Three books must tell one story: the bank's ledger, the paper that
came out of the printer, and the journal; with them, what a customer could read from the screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from totem.bootstrap.evidence import BankCharge, Evidence, JournalSubject, PaperTicket, one_or_none
from totem.domain.brcode import BrCodeError, decode
from totem.domain.errors import IllegalTransition
from totem.domain.machine import Machine, apply


class Finding(StrEnum):
    """What can be wrong. Stable names, for tests and for people who read a report."""

    PAID_UNKNOWN_TO_JOURNAL = "paid_unknown_to_journal"
    CHARGE_UNKNOWN_TO_JOURNAL = "charge_unknown_to_journal"
    PAID_NOT_APPROVED = "paid_not_approved"
    PAID_WITHOUT_GOODS = "paid_without_goods"
    APPROVED_WITHOUT_PAYMENT = "approved_without_payment"
    APPROVED_TWICE = "approved_twice"
    AMOUNT_DIFFERS = "amount_differs"
    PAYMENT_NOT_RECORDED = "payment_not_recorded"
    PAYMENT_INVENTED = "payment_invented"
    TICKET_WITHOUT_PAYMENT = "ticket_without_payment"
    TICKET_NOT_ON_PAPER = "ticket_not_on_paper"
    PAPER_NOT_IN_JOURNAL = "paper_not_in_journal"
    PAPER_TWICE = "paper_twice"
    PAPER_NOT_CUT = "paper_not_cut"
    PAPER_BROKEN = "paper_broken"
    NUMBER_TWICE = "number_twice"
    CODE_DIFFERS = "code_differs"
    CODE_UNREAD = "code_unread"
    CODE_BROKEN = "code_broken"
    ILLEGAL_STEP = "illegal_step"
    UNRESOLVED = "unresolved"
    SALES_COUNT = "sales_count"
    WRONG_END = "wrong_end"
    WRONG_WAY = "wrong_way"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: `subject` is the id it concerns."""

    finding: Finding
    subject: str
    detail: str

    def __str__(self) -> str:
        return f"{self.finding.value} {self.subject}: {self.detail}"


@dataclass(frozen=True, slots=True)
class ExpectedEnd:
    """How one sale must end. `opens` False: nothing of it may be in the journal, for it must not begin.

    An empty set of states says "there must be none"; several say "one of these".
    """

    screen: str
    opens: bool = True
    trouble: str = ""
    sale: frozenset[str] = frozenset()
    attempt: frozenset[str] = frozenset()
    ticket: frozenset[str] = frozenset()
    attentions: frozenset[str] = field(default_factory=frozenset)
    """Codes of the attentions that must be open, no more and no fewer."""
    settled: frozenset[str] = field(default_factory=frozenset)
    """Codes of the attentions that must have been opened and settled."""
    is_paid: bool = True
    """Whether the bank must have received money for it."""
    difference_cents: int = 0
    """By how much what the bank received differs from the price."""
    may_stay_unresolved: bool = False
    attempt_was: frozenset[str] = field(default_factory=frozenset)
    """States that the attempt must have passed through."""
    noted: frozenset[str] = field(default_factory=frozenset)
    """Kinds of notes that must be there for it."""
    answers: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """(operation, result) that the bank must have given: the fault took place."""


def check(evidence: Evidence, expected: tuple[ExpectedEnd, ...]) -> tuple[Fault, ...]:
    """Everything that is wrong; empty where each book agrees with the others and each sale ended as it must."""
    rules = (_money, _approvals, _goods, _paper, _codes, _steps)
    faults = [fault for rule in rules for fault in rule(evidence)]
    return (*faults, *_ends(evidence, expected))


# --- money: from the bank to the journal ----------------------------------------------------------------------------


def _money(evidence: Evidence) -> Iterator[Fault]:
    journal = evidence.journal
    noted = {
        str(entry.data.get("end_to_end_id")): entry.data.get("amount_cents")
        for entry in journal.entries
        if entry.kind == "pix.received"
    }
    received = {pix.end_to_end_id: pix.amount_cents for charge in evidence.charges for pix in charge.payments}
    for end_to_end_id in sorted(received.keys() - noted.keys()):
        yield Fault(Finding.PAYMENT_NOT_RECORDED, end_to_end_id, "the bank received it, the journal does not say so")
    for end_to_end_id in sorted(noted.keys() - received.keys()):
        yield Fault(Finding.PAYMENT_INVENTED, end_to_end_id, "the journal has it, the bank never received it")
    for end_to_end_id in sorted(received.keys() & noted.keys()):
        if received[end_to_end_id] != noted[end_to_end_id]:
            told = f"bank {received[end_to_end_id]}, journal {noted[end_to_end_id]}"
            yield Fault(Finding.AMOUNT_DIFFERS, end_to_end_id, told)
    for charge in evidence.charges:
        yield from _charge(evidence, charge)


def _charge(evidence: Evidence, charge: BankCharge) -> Iterator[Fault]:
    attempt = evidence.journal.subject(charge.txid)
    if attempt is None or attempt.machine != Machine.ATTEMPT:
        finding = Finding.PAID_UNKNOWN_TO_JOURNAL if charge.payments else Finding.CHARGE_UNKNOWN_TO_JOURNAL
        yield Fault(finding, charge.txid, "the bank has this charge, the journal has no such attempt")
        return
    if attempt.cents("amount_cents") != charge.amount_cents:
        told = f"bank {charge.amount_cents}, attempt {attempt.cents('amount_cents')}"
        yield Fault(Finding.AMOUNT_DIFFERS, charge.txid, told)
    if not charge.payments:
        return
    if attempt.state != "approved":
        yield Fault(Finding.PAID_NOT_APPROVED, charge.txid, f"paid at the bank, and the attempt is {attempt.state}")
    has_ticket = any(ticket.state == "printed" for ticket in evidence.journal.of("ticket", attempt.sale_id))
    named = evidence.journal.open_attentions(attempt.sale_id)
    if not has_ticket and not named:
        yield Fault(Finding.PAID_WITHOUT_GOODS, charge.txid, "paid, with neither a ticket nor an open attention")
    if charge.received_cents != charge.amount_cents and not named:
        told = f"received {charge.received_cents} for {charge.amount_cents}, and nobody is told"
        yield Fault(Finding.PAID_WITHOUT_GOODS, charge.txid, told)


def _approvals(evidence: Evidence) -> Iterator[Fault]:
    charges = {charge.txid: charge for charge in evidence.charges}
    approved = [attempt for attempt in evidence.journal.of("attempt") if attempt.state == "approved"]
    for sale_id, times in Counter(attempt.sale_id for attempt in approved).items():
        if times > 1:
            yield Fault(Finding.APPROVED_TWICE, sale_id, f"{times} approved attempts")
    for attempt in approved:
        charge = charges.get(attempt.id)
        if charge is None or not charge.payments:
            yield Fault(Finding.APPROVED_WITHOUT_PAYMENT, attempt.id, "approved, and the bank received nothing")
            continue
        if attempt.text("end_to_end_id") not in {pix.end_to_end_id for pix in charge.payments}:
            told = f"the attempt names {attempt.text('end_to_end_id') or 'no endToEndId'}"
            yield Fault(Finding.PAYMENT_INVENTED, attempt.id, told)
    for sale in evidence.journal.of("sale"):
        yield from _sums(evidence, sale)


def _sums(evidence: Evidence, sale: JournalSubject) -> Iterator[Fault]:
    """The price of a sale is the sum of its lines, and what each of its attempts asks for."""
    price = sale.cents("amount_cents")
    lines = sale.data.get("lines")
    total = 0
    for line in lines if isinstance(lines, list) else []:
        total += int(line["quantity"]) * int(line["price_cents"])
    if price != total:
        yield Fault(Finding.AMOUNT_DIFFERS, sale.id, f"sale {price}, its lines {total}")
    for attempt in evidence.journal.of("attempt", sale.id):
        if attempt.cents("amount_cents") != price:
            told = f"sale {price}, attempt {attempt.cents('amount_cents')}"
            yield Fault(Finding.AMOUNT_DIFFERS, attempt.id, told)


# --- goods: from the journal to the paper ---------------------------------------------------------------------------


def _goods(evidence: Evidence) -> Iterator[Fault]:
    charges = {charge.txid: charge for charge in evidence.charges}
    numbers: Counter[tuple[str, object]] = Counter()
    for ticket in evidence.journal.of("ticket"):
        numbers[ticket.text("day"), ticket.data.get("number")] += 1
        paid = [
            charge
            for attempt in evidence.journal.of("attempt", ticket.sale_id)
            if (charge := charges.get(attempt.id)) is not None and charge.received_cents >= charge.amount_cents
        ]
        if ticket.state != "revoked" and not paid:
            yield Fault(Finding.TICKET_WITHOUT_PAYMENT, ticket.id, "a ticket for a sale that the bank was not paid for")
        found = [paper for paper in evidence.paper if _code_of(ticket) in paper.codes]
        if ticket.state == "printed" and not found:
            yield Fault(Finding.TICKET_NOT_ON_PAPER, ticket.id, "printed by the journal, and no such paper came out")
        if len(found) > 1:
            yield Fault(Finding.PAPER_TWICE, ticket.id, f"{len(found)} papers bear its code")
        for paper in found:
            yield from _print(evidence, ticket, paper)
    for (day, number), times in numbers.items():
        if times > 1:
            yield Fault(Finding.NUMBER_TWICE, f"{day}/{number}", f"{times} tickets of one day")


def _print(evidence: Evidence, ticket: JournalSubject, paper: PaperTicket) -> Iterator[Fault]:
    """Whether the paper says what the journal sold: number and total, to the centavo."""
    sale = evidence.journal.subject(ticket.sale_id)
    number = ticket.cents("number")
    words = paper.text.split()
    if number is None or f"{number:03d}" not in words:
        yield Fault(Finding.PAPER_BROKEN, paper.id, f"ticket number {number} does not stand on the paper")
    price = sale.cents("amount_cents") if sale is not None else None
    if price is None or _amount_words(price).isdisjoint(words):
        yield Fault(Finding.AMOUNT_DIFFERS, paper.id, f"the sale's {price} centavos do not stand on the paper")
    if ticket.state not in {"printed", "unknown", "sending"}:
        yield Fault(Finding.TICKET_WITHOUT_PAYMENT, paper.id, f"paper came out of a ticket that is {ticket.state}")


def _paper(evidence: Evidence) -> Iterator[Fault]:
    known = {_code_of(ticket) for ticket in evidence.journal.of("ticket")}
    for paper in evidence.paper:
        for told in paper.faults:
            yield Fault(Finding.PAPER_BROKEN, paper.id, told)
        if not paper.is_cut:
            yield Fault(Finding.PAPER_NOT_CUT, paper.id, "the paper was never cut")
        # A notice of a kiosk that goes out of service bears no code: it is no ticket.
        if paper.codes and known.isdisjoint(paper.codes):
            yield Fault(Finding.PAPER_NOT_IN_JOURNAL, paper.id, "a ticket came out that the journal does not know")


def _code_of(ticket: JournalSubject) -> str:
    """What the QR code of that ticket says to the one who hands out the goods."""
    return f"TOTEM1:{ticket.sale_id}:{ticket.data.get('number')}"


def _amount_words(amount_cents: int) -> frozenset[str]:
    """The figures as a ticket prints them, in each language's way."""
    whole, minor = divmod(amount_cents, 100)
    return frozenset({f"{whole:,}.{minor:02d}", f"{whole:,}".replace(",", ".") + f",{minor:02d}"})


# --- the code on the screen -----------------------------------------------------------------------------------------


def _codes(evidence: Evidence) -> Iterator[Fault]:
    charges = {charge.copia_e_cola: charge for charge in evidence.charges}
    for number, seen in enumerate(evidence.seen, 1):
        subject = f"screen {number}"
        if not seen.code:
            if "pix" in seen.screens:
                yield Fault(Finding.CODE_UNREAD, subject, "a code stood on the screen, and no phone could read it")
            continue
        yield from _code(seen.code, subject)
        charge = charges.get(seen.code)
        if charge is None:
            yield Fault(Finding.CODE_DIFFERS, subject, "the code on the screen is none of the bank's")
            continue
        attempt = evidence.journal.subject(charge.txid)
        if attempt is not None and attempt.text("copia_e_cola") != seen.code:
            yield Fault(Finding.CODE_DIFFERS, charge.txid, "the journal stored another code than the screen showed")
    for charge in evidence.charges:
        attempt = evidence.journal.subject(charge.txid)
        stored = attempt.text("copia_e_cola") if attempt is not None else ""
        if stored and stored != charge.copia_e_cola:
            yield Fault(Finding.CODE_DIFFERS, charge.txid, "the journal stored another code than the bank made")


def _code(code: str, subject: str) -> Iterator[Fault]:
    try:
        decode(code)
    except BrCodeError as error:
        yield Fault(Finding.CODE_BROKEN, subject, str(error))


# --- the journal by itself ------------------------------------------------------------------------------------------


def _steps(evidence: Evidence) -> Iterator[Fault]:
    """Every step replayed by the tables of the domain must lead to the state in which the subject stands."""
    machines = {machine.value: machine for machine in Machine}
    reached: dict[str, str] = {}
    for entry in evidence.journal.entries:
        machine = machines.get(entry.kind)
        if machine is None:
            continue
        try:
            reached[entry.subject_id] = apply(machine, reached.get(entry.subject_id), entry.state)
        except IllegalTransition as error:
            yield Fault(Finding.ILLEGAL_STEP, entry.subject_id, f"row {entry.seq}: {error}")
            reached[entry.subject_id] = entry.state
    for subject in evidence.journal.subjects:
        if reached.get(subject.id) != subject.state:
            told = f"its steps lead to {reached.get(subject.id)}, it stands as {subject.state}"
            yield Fault(Finding.ILLEGAL_STEP, subject.id, told)


# --- how each sale had to end ---------------------------------------------------------------------------------------


def _ends(evidence: Evidence, expected: tuple[ExpectedEnd, ...]) -> Iterator[Fault]:
    sales = evidence.journal.of("sale")
    opening = [end for end in expected if end.opens]
    if len(sales) != len(opening):
        yield Fault(Finding.SALES_COUNT, "journal", f"{len(sales)} sales, and {len(opening)} had to open")
    for sale, end in zip(sales, opening, strict=False):
        yield from _end(evidence, sale, end)
        yield from _on_the_way(evidence, sale, end)
    if len(evidence.seen) != len(expected):
        yield Fault(Finding.SALES_COUNT, "screen", f"{len(evidence.seen)} sales seen, {len(expected)} expected")
    for number, (seen, end) in enumerate(zip(evidence.seen, expected, strict=False), 1):
        last = seen.must_end or (seen.screens[-1] if seen.screens else "nothing")
        if last != end.screen:
            yield Fault(Finding.WRONG_END, f"screen {number}", f"ended on {last}, not on {end.screen}")
        if seen.trouble != end.trouble:
            told = f"told {seen.trouble or 'no trouble'}, not {end.trouble or 'none'}"
            yield Fault(Finding.WRONG_END, f"screen {number}", told)


def _end(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    journal = evidence.journal
    yield from _state("sale", sale, sale.id, end.sale)
    attempt = one_or_none(journal.of("attempt", sale.id))
    yield from _state("attempt", attempt, sale.id, end.attempt)
    ticket = one_or_none(journal.of("ticket", sale.id))
    yield from _state("ticket", ticket, sale.id, end.ticket)
    attentions = journal.of("attention", sale.id)
    for state, wanted in (("open", end.attentions), ("settled", end.settled)):
        found = frozenset(each.text("trouble") for each in attentions if each.state == state)
        if found != wanted:
            told = f"{state} attentions {_names(found)}, not {_names(wanted)}"
            yield Fault(Finding.WRONG_END, sale.id, told)
    unresolved = attempt is not None and attempt.state in {"intended", "pending", "unknown"}
    if unresolved and not end.may_stay_unresolved:
        yield Fault(Finding.UNRESOLVED, attempt.id if attempt else sale.id, "nobody knows what became of the charge")
    wanted_cents = (sale.cents("amount_cents") or 0) + end.difference_cents if end.is_paid else 0
    got_cents = sum(charge.received_cents for charge in evidence.charges if attempt and charge.txid == attempt.id)
    if got_cents != wanted_cents:
        yield Fault(Finding.AMOUNT_DIFFERS, sale.id, f"the bank received {got_cents}, not {wanted_cents}")


def _on_the_way(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    """What must have happened before the end, by the journal and by the bank."""
    entries = [entry for entry in evidence.journal.entries if entry.sale_id == sale.id]
    was = {entry.state for entry in entries if entry.kind == Machine.ATTEMPT}
    for state in sorted(end.attempt_was - was):
        yield Fault(Finding.WRONG_WAY, sale.id, f"the attempt was never {state}")
    for kind in sorted(end.noted - {entry.kind for entry in entries}):
        yield Fault(Finding.WRONG_WAY, sale.id, f"nobody noted {kind}")
    for operation, result in sorted(end.answers - set(evidence.answers)):
        yield Fault(Finding.WRONG_WAY, sale.id, f"the bank never answered {operation} with {result}")


def _state(what: str, subject: JournalSubject | None, sale_id: str, wanted: frozenset[str]) -> Iterator[Fault]:
    found = subject.state if subject is not None else "absent"
    if found not in (wanted or {"absent"}):
        yield Fault(Finding.WRONG_END, sale_id, f"the {what} is {found}, not {_names(wanted)}")


def _names(names: frozenset[str]) -> str:
    return " or ".join(sorted(names)) or "none"
