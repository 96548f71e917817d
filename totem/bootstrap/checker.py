"""The judge of the demo: money, goods and record compared, each from its own source.

It shares nothing with the services that it judges. Three books must tell one story: the banks' ledgers, the paper that
came out of the printer, and the journal; with them, what a customer could read from the screen. Where the money is, to
the centavo, is judged by `accounts`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from totem.bootstrap.accounts import accounts, is_own, payments_of
from totem.bootstrap.card_accounts import card_accounts, is_card, money_of
from totem.bootstrap.evidence import Evidence, JournalSubject, one_or_none
from totem.bootstrap.findings import Fault, Finding
from totem.bootstrap.goods import goods
from totem.domain.brcode import BrCodeError, decode
from totem.domain.errors import IllegalTransition
from totem.domain.machine import Machine, apply


class Returned(StrEnum):
    """How much of what a sale's charges received the bank must have given back."""

    NOTHING = "nothing"
    ALL = "all"
    EXCESS = "excess"
    """What was more than the price."""


@dataclass(frozen=True, slots=True)
class ExpectedEnd:
    """How one sale must end. `opens` False: nothing of it may be in the journal, for it must not begin.

    An empty set of states says "there must be none"; several say "one of these".
    """

    screen: str
    opens: bool = True
    trouble: str = ""
    says: frozenset[str] = frozenset()
    """Sentences, one of which must have stood on the last trouble screen: the same one in each language."""
    sale: frozenset[str] = frozenset()
    attempt: frozenset[str] = frozenset()
    """Of the sale's last attempt."""
    earlier: frozenset[str] = frozenset()
    """Of those before it."""
    ticket: frozenset[str] = frozenset()
    attentions: frozenset[str] = field(default_factory=frozenset)
    """Codes of the attentions that must be open, no more and no fewer."""
    settled: frozenset[str] = field(default_factory=frozenset)
    """Codes of the attentions that must have been opened and settled."""
    is_paid: bool = True
    """Whether the bank must have received money for it."""
    times_paid: int = 1
    """By so many phones; where `is_paid`."""
    difference_cents: int = 0
    """By how much what the bank received differs from the price of all of them."""
    returned: Returned = Returned.NOTHING
    bank: str = ""
    """Where the sale's last charge must be; "" for any."""
    unmatched: int = 0
    """Pix straight to the key, without a txid, that must have come meanwhile."""
    foreign: int = 0
    """Pix of other kiosks that must have come meanwhile."""
    calls: frozenset[tuple[str, int]] = field(default_factory=frozenset)
    """(operation, how often the banks must have been asked for it)."""
    may_stay_unresolved: bool = False
    attempt_was: frozenset[str] = field(default_factory=frozenset)
    """States that the attempt must have passed through."""
    ticket_was: frozenset[str] = field(default_factory=frozenset)
    """States that the ticket must have passed through."""
    printer: str = ""
    """Which printer must have printed it; "" for any."""
    noted: frozenset[str] = field(default_factory=frozenset)
    """Kinds of notes that must be there for it."""
    answers: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    """(operation, result) that the bank must have given: the fault took place."""


def check(evidence: Evidence, expected: tuple[ExpectedEnd, ...]) -> tuple[Fault, ...]:
    """Everything that is wrong; empty where each book agrees with the others and each sale ended as it must."""
    rules = (accounts, card_accounts, _approvals, _tickets, goods, _codes, _steps)
    faults = [fault for rule in rules for fault in rule(evidence)]
    return (*faults, *_ends(evidence, expected), *_counts(evidence, expected))


# --- approvals --------------------------------------------------------------------------------------------------------


def _approvals(evidence: Evidence) -> Iterator[Fault]:
    charges = {charge.txid: charge for charge in evidence.charges}
    approved = [
        attempt for attempt in evidence.journal.of("attempt") if attempt.state == "approved" and not is_card(attempt)
    ]
    kept = [
        attempt.sale_id
        for attempt in approved
        if (charge := charges.get(attempt.id)) is None or any(pix.left_cents for pix in charge.payments)
    ]
    for sale_id, times in Counter(kept).items():
        if times > 1:
            yield Fault(Finding.APPROVED_TWICE, sale_id, f"{times} approved attempts whose money was kept")
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
        if attempt.cents("amount_cents") != price and not is_card(attempt):
            told = f"sale {price}, attempt {attempt.cents('amount_cents')}"
            yield Fault(Finding.AMOUNT_DIFFERS, attempt.id, told)


# --- goods: from the journal to the money ---------------------------------------------------------------------------


def _tickets(evidence: Evidence) -> Iterator[Fault]:
    charges = {charge.txid: charge for charge in evidence.charges}
    numbers: Counter[tuple[str, object]] = Counter()
    for ticket in evidence.journal.of("ticket"):
        numbers[ticket.text("day"), ticket.data.get("number")] += 1
        paid = [
            charge
            for attempt in evidence.journal.of("attempt", ticket.sale_id)
            if (charge := charges.get(attempt.id)) is not None and charge.received_cents >= charge.amount_cents
        ]
        if ticket.state != "revoked" and not (paid or _is_covered_by_card(evidence, ticket.sale_id)):
            yield Fault(Finding.TICKET_WITHOUT_PAYMENT, ticket.id, "a ticket for a sale that the bank was not paid for")
    for (day, number), times in numbers.items():
        if times > 1:
            yield Fault(Finding.NUMBER_TWICE, f"{day}/{number}", f"{times} tickets of one day")


def _is_covered_by_card(evidence: Evidence, sale_id: str) -> bool:
    """A card paid for it, or was undone for a ticket of unknown fate whose number is named as void."""
    cards = money_of(evidence, sale_id)
    named = bool(evidence.journal.open_attentions(sale_id))
    return any(money.kept_cents for money in cards) or (bool(cards) and named)


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
        if end.says and end.says.isdisjoint(seen.words):
            yield Fault(Finding.WRONG_END, f"screen {number}", f"it does not say {_names(end.says)}")


def _end(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    journal = evidence.journal
    yield from _state("sale", sale, sale.id, end.sale)
    attempts = journal.of("attempt", sale.id)
    attempt = attempts[-1] if attempts else None
    yield from _state("attempt", attempt, sale.id, end.attempt)
    found = frozenset(each.state for each in attempts[:-1])
    if found != end.earlier:
        yield Fault(Finding.WRONG_END, sale.id, f"earlier attempts {_names(found)}, not {_names(end.earlier)}")
    if attempt is not None and end.bank and attempt.text("provider") != end.bank:
        yield Fault(Finding.WRONG_BANK, sale.id, f"made at {attempt.text('provider')}, not at {end.bank}")
    ticket = one_or_none(journal.of("ticket", sale.id))
    yield from _state("ticket", ticket, sale.id, end.ticket)
    if ticket is not None and end.printer and ticket.text("printer") != end.printer:
        told = f"printed by {ticket.text('printer') or 'none'}, not by {end.printer}"
        yield Fault(Finding.WRONG_PRINTER, ticket.id, told)
    attentions = journal.of("attention", sale.id)
    for state, wanted in (("open", end.attentions), ("settled", end.settled)):
        found = frozenset(each.text("trouble") for each in attentions if each.state == state)
        if found != wanted:
            told = f"{state} attentions {_names(found)}, not {_names(wanted)}"
            yield Fault(Finding.WRONG_END, sale.id, told)
    yield from _resolved(evidence, sale, end)
    yield from _sum_of(evidence, sale, end)


def _resolved(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    if end.may_stay_unresolved:
        return
    for each in (*evidence.journal.of("attempt", sale.id), *evidence.journal.of("compensation", sale.id)):
        if each.state in {"intended", "sent", "pending", "unknown"}:
            yield Fault(Finding.UNRESOLVED, each.id, f"the {each.machine} is {each.state}: nobody knows its end")


def _sum_of(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    """What the banks had to receive for the sale, and to give back of it."""
    payments = payments_of(evidence, sale.id)
    price_cents = sale.cents("amount_cents") or 0
    wanted_cents = price_cents * end.times_paid + end.difference_cents if end.is_paid else 0
    cards = money_of(evidence, sale.id)
    got_cents = sum(pix.amount_cents for pix in payments) + sum(money.amount_cents for money in cards)
    if got_cents != wanted_cents:
        yield Fault(Finding.AMOUNT_DIFFERS, sale.id, f"bank and acquirer received {got_cents}, not {wanted_cents}")
    returned_cents = sum(pix.returned_cents for pix in payments)
    returned_cents += sum(money.amount_cents - money.kept_cents for money in cards)
    back_cents = {Returned.NOTHING: 0, Returned.ALL: got_cents, Returned.EXCESS: got_cents - price_cents}[end.returned]
    if returned_cents != back_cents:
        yield Fault(Finding.AMOUNT_DIFFERS, sale.id, f"they gave back {returned_cents}, not {back_cents}")


def _on_the_way(evidence: Evidence, sale: JournalSubject, end: ExpectedEnd) -> Iterator[Fault]:
    """What must have happened before the end, by the journal and by the bank."""
    entries = [entry for entry in evidence.journal.entries if entry.sale_id == sale.id]
    was = {entry.state for entry in entries if entry.kind == Machine.ATTEMPT}
    for state in sorted(end.attempt_was - was):
        yield Fault(Finding.WRONG_WAY, sale.id, f"the attempt was never {state}")
    was = {entry.state for entry in entries if entry.kind == Machine.TICKET}
    for state in sorted(end.ticket_was - was):
        yield Fault(Finding.WRONG_WAY, sale.id, f"the ticket was never {state}")
    for kind in sorted(end.noted - {entry.kind for entry in entries}):
        yield Fault(Finding.WRONG_WAY, sale.id, f"nobody noted {kind}")
    for operation, result in sorted(end.answers - set(evidence.answers)):
        yield Fault(Finding.WRONG_WAY, sale.id, f"the bank never answered {operation} with {result}")


def _counts(evidence: Evidence, expected: tuple[ExpectedEnd, ...]) -> Iterator[Fault]:
    """What must have happened in the whole run so and so often."""
    others = [pix for pix in evidence.strays if not is_own(evidence, pix)]
    unmatched = sum(pix.txid is None for pix in others)
    for what, found, wanted in (
        ("without txid", unmatched, sum(end.unmatched for end in expected)),
        ("of other kiosks", len(others) - unmatched, sum(end.foreign for end in expected)),
    ):
        if found != wanted:
            yield Fault(Finding.WRONG_WAY, "banks", f"{found} Pix {what}, not {wanted}")
    asked = Counter(operation for operation, _ in evidence.answers)
    wanted_calls: Counter[str] = Counter()
    for end in expected:
        wanted_calls.update(dict(end.calls))
    for operation, times in wanted_calls.items():
        if asked[operation] != times:
            yield Fault(Finding.WRONG_WAY, "banks", f"{operation} was asked {asked[operation]} times, not {times}")


def _state(what: str, subject: JournalSubject | None, sale_id: str, wanted: frozenset[str]) -> Iterator[Fault]:
    found = subject.state if subject is not None else "absent"
    if found not in (wanted or {"absent"}):
        yield Fault(Finding.WRONG_END, sale_id, f"the {what} is {found}, not {_names(wanted)}")


def _names(names: frozenset[str]) -> str:
    return " or ".join(sorted(names)) or "none"
