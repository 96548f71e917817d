"""Every centavo: each Pix in the banks' books gave a ticket, went back, or bears a name that is open.

Part of the demo's judge: it knows the banks' books and the journal's rows, and nothing of the services.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from totem.bootstrap.card_accounts import money_of
from totem.bootstrap.evidence import RETURNED, BankCharge, BankPayment, BankRefund, Evidence, JournalSubject
from totem.bootstrap.findings import Fault, Finding

UNMATCHED: Final = "PIX-015"
REFUSED: Final = "PIX-016"

_STATES: Final = {
    RETURNED: frozenset({"done"}),
    "NAO_REALIZADO": frozenset({"refused"}),
    "EM_PROCESSAMENTO": frozenset({"sent", "unknown"}),
}
"""What a compensation may be while the bank says that of its refund."""


def is_own(evidence: Evidence, pix: BankPayment) -> bool:
    """Of a charge that this kiosk's bank made for it, or with the kiosk's prefix: its id after the length of it."""
    if any(pix in charge.payments for charge in evidence.charges):
        return True
    prefix = f"{len(evidence.kiosk_id)}{evidence.kiosk_id}"
    return bool(evidence.kiosk_id) and pix.txid is not None and pix.txid.startswith(prefix)


def accounts(evidence: Evidence) -> Iterator[Fault]:
    """All that is wrong between the banks' money and the journal."""
    yield from _received(evidence)
    for charge in evidence.charges:
        yield from _charge(evidence, charge)
    for pix in evidence.payments:
        yield from _refunds(evidence, pix)
        if is_own(evidence, pix):
            yield from _orphan(evidence, pix)
        elif pix.txid is None:
            yield from _unmatched(evidence, pix)
        else:
            yield from _foreign(evidence, pix)
    for compensation in evidence.journal.of("compensation"):
        if compensation.text("kind") != "card":
            yield from _compensation(evidence, compensation)
    for sale in evidence.journal.of("sale"):
        yield from _kept(evidence, sale)


# --- what came in -----------------------------------------------------------------------------------------------------


def _received(evidence: Evidence) -> Iterator[Fault]:
    noted = {
        str(entry.data.get("end_to_end_id")): entry.data.get("amount_cents")
        for entry in evidence.journal.entries
        if entry.kind == "pix.received"
    }
    received = {pix.end_to_end_id: pix.amount_cents for pix in evidence.payments if is_own(evidence, pix)}
    for end_to_end_id in sorted(received.keys() - noted.keys()):
        yield Fault(Finding.PAYMENT_NOT_RECORDED, end_to_end_id, "the bank received it, the journal does not say so")
    for end_to_end_id in sorted(noted.keys() - {pix.end_to_end_id for pix in evidence.payments}):
        yield Fault(Finding.PAYMENT_INVENTED, end_to_end_id, "the journal has it, the bank never received it")
    for end_to_end_id in sorted(received.keys() & noted.keys()):
        if received[end_to_end_id] != noted[end_to_end_id]:
            told = f"bank {received[end_to_end_id]}, journal {noted[end_to_end_id]}"
            yield Fault(Finding.AMOUNT_DIFFERS, end_to_end_id, told)


def _charge(evidence: Evidence, charge: BankCharge) -> Iterator[Fault]:
    attempt = evidence.journal.subject(charge.txid)
    if attempt is None or attempt.machine != "attempt":
        finding = Finding.PAID_UNKNOWN_TO_JOURNAL if charge.payments else Finding.CHARGE_UNKNOWN_TO_JOURNAL
        yield Fault(finding, charge.txid, "the bank has this charge, the journal has no such attempt")
        return
    if attempt.text("provider") != charge.bank:
        yield Fault(Finding.WRONG_BANK, charge.txid, f"at {charge.bank}, the journal says {attempt.text('provider')}")
    if attempt.cents("amount_cents") != charge.amount_cents:
        told = f"bank {charge.amount_cents}, attempt {attempt.cents('amount_cents')}"
        yield Fault(Finding.AMOUNT_DIFFERS, charge.txid, told)
    if charge.payments and attempt.state != "approved":
        yield Fault(Finding.PAID_NOT_APPROVED, charge.txid, f"paid at the bank, and the attempt is {attempt.state}")


# --- what of it the kiosk kept ----------------------------------------------------------------------------------------


def payments_of(evidence: Evidence, sale_id: str) -> tuple[BankPayment, ...]:
    """What the banks received for the charges of that sale."""
    txids = {attempt.id for attempt in evidence.journal.of("attempt", sale_id)}
    return tuple(pix for charge in evidence.charges if charge.txid in txids for pix in charge.payments)


def _kept(evidence: Evidence, sale: JournalSubject) -> Iterator[Fault]:
    """A printed ticket keeps its price to the centavo; all else went back, or somebody is told of it."""
    payments = payments_of(evidence, sale.id)
    if not payments and money_of(evidence, sale.id):
        return  # paid by card alone: see `card_accounts`
    left_cents = sum(pix.left_cents for pix in payments)
    price_cents = sale.cents("amount_cents") or 0
    if sale.state == "compensated" and left_cents:
        yield Fault(Finding.NOT_COMPENSATED, sale.id, f"compensated, and {left_cents} centavos are still here")
    if any(ticket.state == "printed" for ticket in evidence.journal.of("ticket", sale.id)):
        if left_cents < price_cents:
            told = f"a ticket for {price_cents}, and {left_cents} were kept"
            yield Fault(Finding.GOODS_WITHOUT_MONEY, sale.id, told)
        if left_cents > price_cents and not any(_is_named(evidence, pix, sale.id) for pix in payments):
            told = f"{left_cents} kept for {price_cents}, and nobody is told"
            yield Fault(Finding.PAID_WITHOUT_GOODS, sale.id, told)
        return
    for pix in payments:
        if pix.left_cents and not _is_named(evidence, pix, sale.id):
            told = f"{pix.left_cents} centavos kept, with neither a ticket nor an open attention"
            yield Fault(Finding.PAID_WITHOUT_GOODS, pix.end_to_end_id, told)


def _is_named(evidence: Evidence, pix: BankPayment, sale_id: str) -> bool:
    """An open attention says this Pix; one that only says the sale is enough where no way back was begun."""
    attentions = evidence.journal.open_attentions(sale_id)
    if any(each.id.startswith(f"{pix.end_to_end_id}/") for each in attentions):
        return True
    return bool(attentions) and not _compensations_of(evidence, pix)


def _orphan(evidence: Evidence, pix: BankPayment) -> Iterator[Fault]:
    """The kiosk's own money of a charge that the bank does not list: nobody gets a ticket for it."""
    if pix in evidence.strays and pix.left_cents and not _is_named(evidence, pix, f"stray/{pix.end_to_end_id}"):
        yield Fault(Finding.PAID_WITHOUT_GOODS, pix.end_to_end_id, "neither given back nor named")


# --- what went back ---------------------------------------------------------------------------------------------------


def _refunds(evidence: Evidence, pix: BankPayment) -> Iterator[Fault]:
    """From the bank's books to the journal."""
    for refund in pix.refunds:
        compensation = evidence.journal.subject(refund.id)
        if compensation is None or compensation.machine != "compensation":
            told = f"the bank gave back {refund.amount_cents} of {pix.end_to_end_id}, the journal knows nothing of it"
            yield Fault(Finding.REFUND_UNKNOWN_TO_JOURNAL, refund.id, told)
            continue
        agreed = (compensation.cents("amount_cents"), compensation.text("reference"), compensation.text("provider"))
        if agreed != (refund.amount_cents, pix.end_to_end_id, pix.bank):
            told = f"bank {refund.amount_cents} of {pix.end_to_end_id} at {pix.bank}, journal {agreed}"
            yield Fault(Finding.REFUND_DIFFERS, refund.id, told)
        if compensation.state not in _STATES.get(refund.status, frozenset()):
            yield Fault(Finding.REFUND_DIFFERS, refund.id, f"bank {refund.status}, journal {compensation.state}")
    if sum(refund.amount_cents for refund in pix.refunds if refund.status != "NAO_REALIZADO") > pix.amount_cents:
        yield Fault(Finding.REFUNDED_TOO_MUCH, pix.end_to_end_id, "more was given back than was received")
    going = [each for each in _compensations_of(evidence, pix) if each.state != "refused"]
    if sum(each.cents("amount_cents") or 0 for each in going) > pix.amount_cents:
        yield Fault(Finding.REFUNDED_TOO_MUCH, pix.end_to_end_id, "the journal gives back more than was received")


def _compensations_of(evidence: Evidence, pix: BankPayment) -> tuple[JournalSubject, ...]:
    return tuple(each for each in evidence.journal.of("compensation") if each.text("reference") == pix.end_to_end_id)


def _compensation(evidence: Evidence, compensation: JournalSubject) -> Iterator[Fault]:
    """From the journal to the bank's books, and to the people who are told."""
    refund = _refund(evidence, compensation.id)
    if compensation.state == "done" and (refund is None or refund.status != RETURNED):
        told = f"done by the journal, and at the bank {refund.status if refund else 'there is none'}"
        yield Fault(Finding.REFUND_INVENTED, compensation.id, told)
    attention = evidence.journal.subject(compensation.text("attention"))
    named = attention.state if attention is not None else "absent"
    wanted = {"done": "settled"}.get(compensation.state, "open")
    if named != wanted:
        yield Fault(Finding.REFUND_NOT_NAMED, compensation.id, f"it is {compensation.state}, its attention {named}")
    if attention is not None and named == "settled" and not attention.text("evidence"):
        yield Fault(Finding.REFUND_NOT_NAMED, attention.id, "settled without the bank's evidence")
    if compensation.state == "refused" and not _refusal_is_named(evidence, compensation):
        yield Fault(Finding.REFUND_NOT_NAMED, compensation.id, "refused, and nobody is told so")


def _refund(evidence: Evidence, refund_id: str) -> BankRefund | None:
    return next((each for pix in evidence.payments for each in pix.refunds if each.id == refund_id), None)


def _refusal_is_named(evidence: Evidence, compensation: JournalSubject) -> bool:
    return any(
        each.text("trouble") == REFUSED and each.text("subject") == compensation.id
        for each in evidence.journal.open_attentions(compensation.sale_id)
    )


# --- what is not the kiosk's ------------------------------------------------------------------------------------------


def _unmatched(evidence: Evidence, pix: BankPayment) -> Iterator[Fault]:
    """Straight to the key: named once, never moved."""
    named = [
        each
        for each in evidence.journal.of("attention", f"stray/{pix.end_to_end_id}")
        if each.text("trouble") == UNMATCHED and each.cents("amount_cents") == pix.amount_cents
    ]
    notes = [
        entry
        for entry in evidence.journal.entries
        if entry.kind == "pix.unmatched" and entry.sale_id == f"stray/{pix.end_to_end_id}"
    ]
    if (len(named), len(notes)) != (1, 1):
        told = f"{len(named)} attentions and {len(notes)} notes tell of it, not one"
        yield Fault(Finding.UNMATCHED_NOT_NAMED, pix.end_to_end_id, told)
    if pix.refunds or _compensations_of(evidence, pix):
        yield Fault(Finding.UNMATCHED_MOVED, pix.end_to_end_id, "nobody knows whose it is, and it was moved")


def _foreign(evidence: Evidence, pix: BankPayment) -> Iterator[Fault]:
    """Another kiosk's: that one accounts for it."""
    if pix.refunds or _compensations_of(evidence, pix):
        yield Fault(Finding.FOREIGN_MOVED, pix.end_to_end_id, f"of {pix.txid}, another's, and it was moved")
    ids = {pix.end_to_end_id, pix.txid}
    for entry in evidence.journal.entries:
        if entry.subject_id in ids or any(isinstance(value, str) and value in ids for value in entry.data.values()):
            yield Fault(Finding.FOREIGN_RECORDED, pix.end_to_end_id, f"row {entry.seq} speaks of another's money")
