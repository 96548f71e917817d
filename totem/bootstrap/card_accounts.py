"""Every centavo of cards: what the acquirers took gave a ticket, was undone or given back, or bears a name.

Part of the demo's judge: it knows the acquirers' books and the journal's rows, and nothing of the services.
"""

from __future__ import annotations

from collections.abc import Iterator

from totem.bootstrap.card_books import CardMoney
from totem.bootstrap.evidence import Evidence, JournalSubject
from totem.bootstrap.findings import Fault, Finding


def card_accounts(evidence: Evidence) -> Iterator[Fault]:
    """All that is wrong between the acquirers' books and the journal."""
    for violation in evidence.violations:
        yield Fault(Finding.TERMINAL_MISUSED, "terminal", violation)
    for money in evidence.cards:
        yield from _foreign(money) if not money.attempt else _ours(evidence, money)
    taken = {money.attempt for money in evidence.cards if money.was_taken}
    for attempt in evidence.journal.of("attempt"):
        if is_card(attempt) and attempt.state == "approved" and attempt.id not in taken:
            yield Fault(Finding.APPROVED_WITHOUT_PAYMENT, attempt.id, "approved, and the acquirer took nothing")
    for compensation in evidence.journal.of("compensation"):
        if compensation.text("kind") == "card":
            yield from _given_back(evidence, compensation)
    for sale in evidence.journal.of("sale"):
        yield from _kept(evidence, sale)


def _given_back(evidence: Evidence, compensation: JournalSubject) -> Iterator[Fault]:
    """What the journal calls given back, the acquirer gave back, and what it did not bears a name."""
    back_cents = sum(
        money.amount_cents - money.kept_cents
        for money in evidence.cards
        if money.attempt == compensation.text("reference")
    )
    if compensation.state == "done" and back_cents < (compensation.cents("amount_cents") or 0):
        yield Fault(Finding.REFUND_INVENTED, compensation.id, f"done by the journal, and {back_cents} went back there")
    if compensation.state != "done" and not evidence.journal.open_attentions(compensation.sale_id):
        yield Fault(Finding.REFUND_NOT_NAMED, compensation.id, f"it is {compensation.state}, and nobody is told")


def is_card(attempt: JournalSubject) -> bool:
    return attempt.text("method") in {"credit", "debit", "card"}


def money_of(evidence: Evidence, sale_id: str) -> tuple[CardMoney, ...]:
    """What the acquirers have of that sale's attempts, declined ones left out."""
    attempts = {attempt.id for attempt in evidence.journal.of("attempt", sale_id)}
    return tuple(money for money in evidence.cards if money.attempt in attempts and money.was_taken)


def _ours(evidence: Evidence, money: CardMoney) -> Iterator[Fault]:
    attempt = evidence.journal.subject(money.attempt)
    if attempt is None or not money.was_taken:
        return
    if attempt.text("provider") != money.terminal:
        yield Fault(Finding.WRONG_BANK, attempt.id, f"at {money.terminal}, journal {attempt.text('provider')}")
    if attempt.state == "approved" and attempt.cents("received_cents") != money.amount_cents:
        told = f"acquirer {money.amount_cents}, journal {attempt.cents('received_cents')}"
        yield Fault(Finding.AMOUNT_DIFFERS, attempt.id, told)
    named = _is_named(evidence, attempt)
    if money.kept_cents and attempt.state != "approved" and not named:
        yield Fault(Finding.PAID_NOT_APPROVED, attempt.id, f"{money.state} there, and the attempt is {attempt.state}")
    if money.state == "pending" and not named:
        yield Fault(Finding.CARD_LEFT_PENDING, attempt.id, "neither confirmed nor undone, and nobody is told")
    yield from _settlement(evidence, attempt, money)


def _settlement(evidence: Evidence, attempt: JournalSubject, money: CardMoney) -> Iterator[Fault]:
    """What the journal says was acknowledged is what the acquirer did."""
    settlement = evidence.journal.subject(f"{attempt.id}/settlement")
    state = settlement.state if settlement is not None else ""
    wrong = {"confirmed": {"undone", "pending"}, "undone": {"confirmed", "pending", "cancelled"}}
    if money.state in wrong.get(state, set()):
        yield Fault(Finding.CARD_SETTLED_OTHERWISE, attempt.id, f"{state} by the journal, {money.state} there")


def _foreign(money: CardMoney) -> Iterator[Fault]:
    """Nobody here asked for it: it may not stay open, and may not be kept by us."""
    if money.state == "pending":
        yield Fault(Finding.CARD_LEFT_PENDING, money.id, "an orphan that was not undone")
    elif money.state == "confirmed" and not money.is_foreign:
        yield Fault(Finding.PAID_UNKNOWN_TO_JOURNAL, money.id, "confirmed, and no attempt of ours asked for it")


def _kept(evidence: Evidence, sale: JournalSubject) -> Iterator[Fault]:
    """Of a sale with cards: a printed ticket keeps its price, all else went back or bears a name."""
    cards = money_of(evidence, sale.id)
    if not cards:
        return
    kept_cents = sum(money.kept_cents for money in cards)
    price_cents = sale.cents("amount_cents") or 0
    named = bool(evidence.journal.open_attentions(sale.id))
    printed = any(ticket.state == "printed" for ticket in evidence.journal.of("ticket", sale.id))
    if printed and kept_cents < price_cents and sale.state == "completed":
        yield Fault(Finding.GOODS_WITHOUT_MONEY, sale.id, f"a ticket for {price_cents}, and {kept_cents} were kept")
    if printed and kept_cents > price_cents and not named:
        yield Fault(Finding.PAID_WITHOUT_GOODS, sale.id, f"{kept_cents} kept for {price_cents}, and nobody is told")
    if not printed and kept_cents and not named:
        yield Fault(Finding.PAID_WITHOUT_GOODS, sale.id, f"{kept_cents} kept, with neither a ticket nor a name")
    if sale.state == "compensated" and kept_cents:
        yield Fault(Finding.NOT_COMPENSATED, sale.id, f"compensated, and {kept_cents} centavos are still here")


def _is_named(evidence: Evidence, attempt: JournalSubject) -> bool:
    return bool(evidence.journal.open_attentions(attempt.sale_id))
