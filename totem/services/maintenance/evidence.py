"""Asking bank or terminal what became of something that waits for a decision. What they say is recorded as ever."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from totem.domain.cards import CardOutcome
from totem.domain.errors import CardError, ChargeNotFound, ProviderError, Trouble
from totem.domain.machine import ATTEMPT_UNRESOLVED, AttemptState, AttentionState, CompensationState, Machine
from totem.domain.ports import Charge, ChargeStatus, Clock, Journal, PixProvider, ReceivedPix, RefundStatus
from totem.domain.records import Subject
from totem.services import card_steps
from totem.services.banks import Banks
from totem.services.maintenance.sale_views import Evidence, Finding
from totem.services.payments import PixPayments
from totem.services.refunds import OPEN_STATES
from totem.services.settlements import Settlements
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)

LIMIT_S: Final = 30.0
REQUEST_LIFE_S: Final = 60.0
"""Before it, a bank that does not know a charge proves nothing: the request may still arrive."""

_NOBODY: Final = Evidence(Finding.UNDECIDED, "não há a quem perguntar")
_WAITING: Final = (Trouble.CARD_UNDO_WAITING, Trouble.CARD_CONFIRM_WAITING)


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Who can be asked, and who records what they say."""

    banks: Banks
    payments: PixPayments
    terminals: Terminals
    settlements: Settlements
    wanted: asyncio.Event
    """Wakes the worker over compensations."""


class EvidenceDesk:
    def __init__(self, journal: Journal, witnesses: Witnesses, clock: Clock) -> None:
        self._journal = journal
        self._banks = witnesses.banks
        self._payments = witnesses.payments
        self._terminals = witnesses.terminals
        self._settlements = witnesses.settlements
        self._wanted = witnesses.wanted
        self._clock = clock

    async def can_ask(self, attention: Subject) -> bool:
        return await self._about(attention) is not None

    async def ask(self, attention: Subject) -> Evidence:
        """Never raises but JournalError; within a limit."""
        about = await self._about(attention)
        if about is None:
            return _NOBODY
        try:
            async with asyncio.timeout(LIMIT_S):
                return await self._ask(attention, about)
        except TimeoutError:
            return Evidence(Finding.UNDECIDED, "sem resposta a tempo", Trouble.UNKNOWN)
        except (ProviderError, CardError) as error:
            log.warning("no evidence for %s: code=%s %s", attention.id, error.code, error)
            return Evidence(Finding.UNDECIDED, f"sem resposta ({error.code})", error.trouble)

    async def _about(self, attention: Subject) -> Subject | None:
        """The subject that somebody can be asked about: the refund in its way, else what it names itself."""
        refund = await self._refund_of(attention)
        if refund is not None:
            return refund if self._knows(refund) else None
        subject = await self._journal.get(attention.text("subject")) if attention.text("subject") else None
        if subject is None or subject.machine is Machine.TICKET:
            return None
        if subject.machine is Machine.SETTLEMENT:
            attempt = await self._journal.get(subject.text("attempt"))
            return subject if attempt is not None and self._knows(attempt) else None
        return subject if self._knows(subject) else None

    async def _refund_of(self, attention: Subject) -> Subject | None:
        """The newest compensation that was begun because of it, or that it is about."""
        found = [
            each
            for each in await self._journal.of_sale(attention.sale_id)
            if each.machine is Machine.COMPENSATION
            and (each.text("attention") == attention.id or each.id == attention.text("subject"))
        ]
        return found[-1] if found else None

    def _knows(self, subject: Subject) -> bool:
        name = subject.text("provider")
        return self._banks.find(name) is not None or self._terminals.find(name) is not None

    async def _ask(self, attention: Subject, about: Subject) -> Evidence:
        if about.machine is Machine.COMPENSATION:
            return await self._compensation(about)
        if about.machine is Machine.SETTLEMENT:
            return await self._settlement(attention)
        if card_steps.is_card(about):
            return await self._card(attention, about)
        return await self._charge(attention, about)

    # --- refunds ----------------------------------------------------------------------------------------------------

    async def _compensation(self, refund: Subject) -> Evidence:
        if refund.state in OPEN_STATES:
            await self._followed(refund)
            refund = await self._journal.get(refund.id) or refund
        if refund.state == CompensationState.DONE:
            return Evidence(Finding.SETTLES, f"{refund.id}: devolvido")
        if refund.state != CompensationState.REFUSED:
            return Evidence(Finding.UNDECIDED, f"{refund.id}: em andamento")
        bank = self._banks.find(refund.text("provider"))
        if bank is None or refund.text("kind"):
            return await self._card_refund(refund)
        try:
            told = await bank.provider.get_refund(refund.text("reference"), refund.id)
        except ChargeNotFound:
            return Evidence(Finding.CONTRADICTS, f"{refund.id}: o banco não tem esta devolução", word_counts=True)
        return _told_of_refund(refund.id, told.status)

    async def _followed(self, refund: Subject) -> None:
        """Its own worker asks and records; here it is only waited for, a moment."""
        self._wanted.set()
        until_s = self._clock.monotonic() + LIMIT_S / 3
        while self._clock.monotonic() < until_s:
            fresh = await self._journal.get(refund.id)
            if fresh is None or fresh.state not in OPEN_STATES:
                return
            await self._clock.sleep(0.5)

    async def _card_refund(self, refund: Subject) -> Evidence:
        terminal = self._terminals.find(refund.text("provider"))
        attempt = await self._journal.get(refund.text("reference"))
        if terminal is None or attempt is None:
            return Evidence(Finding.CONTRADICTS, f"{refund.id}: recusado", word_counts=True)
        result = await terminal.refund_status(card_steps.reference_of(attempt), refund.id)
        if result.outcome is CardOutcome.APPROVED:
            return Evidence(Finding.SETTLES, f"{refund.id}: estornado, NSU {result.nsu}".removesuffix(", NSU "))
        if result.outcome in card_steps.ENDINGS:
            return Evidence(Finding.CONTRADICTS, f"{refund.id}: {result.message or 'recusado'}", word_counts=True)
        return Evidence(Finding.UNDECIDED, f"{refund.id}: a máquina não sabe dizer")

    # --- cards ------------------------------------------------------------------------------------------------------

    async def _settlement(self, attention: Subject) -> Evidence:
        """What was decided is sent once more; the terminal's acknowledgement settles the attention by itself."""
        await self._settlements.advance()
        fresh = await self._journal.get(attention.id)
        if fresh is not None and fresh.state == AttentionState.SETTLED:
            return Evidence(Finding.SETTLES, fresh.text("evidence"))
        # Nobody's word takes the place of the terminal's: it is sent on until it is acknowledged.
        return Evidence(Finding.UNDECIDED, "a máquina ainda não confirmou", Trouble.CARD_UNKNOWN)

    async def _card(self, attention: Subject, attempt: Subject) -> Evidence:
        terminal = self._terminals.find(attempt.text("provider"))
        if terminal is None:
            return _NOBODY
        if attempt.state in ATTEMPT_UNRESOLVED:
            result = await self._settlements.ask(terminal, attempt)
            if result.outcome in (CardOutcome.UNKNOWN, CardOutcome.PENDING):
                return Evidence(Finding.UNDECIDED, "a máquina não sabe dizer", result.trouble)
            return Evidence(Finding.SETTLES, _words(result.outcome))
        result = await terminal.status(card_steps.reference_of(attempt))
        if result.outcome is CardOutcome.APPROVED and attention.text("trouble") == Trouble.CARD_UNKNOWN:
            return Evidence(Finding.SETTLES, _words(result.outcome))
        if result.outcome is CardOutcome.APPROVED:
            return Evidence(Finding.CONTRADICTS, "o cartão continua cobrado", word_counts=True)
        if result.outcome in card_steps.ENDINGS:
            return Evidence(Finding.SETTLES, _words(result.outcome))
        return Evidence(Finding.UNDECIDED, "a máquina não sabe dizer", result.trouble)

    # --- Pix --------------------------------------------------------------------------------------------------------

    async def _charge(self, attention: Subject, attempt: Subject) -> Evidence:
        bank = self._banks.find(attempt.text("provider"))
        if bank is None:
            return _NOBODY
        try:
            charge = await bank.provider.get_charge(attempt.id)
        except ChargeNotFound:
            return await self._unknown_there(bank.provider, attempt)
        await self._payments.judge(charge, shown=False)
        if attention.text("trouble") == Trouble.UNKNOWN:
            return _told_of_charge(charge)
        return _told_of_payment(charge, attention)

    async def _unknown_there(self, provider: PixProvider, attempt: Subject) -> Evidence:
        """Absence is evidence only past the life of a request, and said twice."""
        if self._clock.now() - attempt.born_at < timedelta(seconds=REQUEST_LIFE_S):
            return Evidence(Finding.UNDECIDED, "o banco ainda não conhece a cobrança")
        try:
            await provider.get_charge(attempt.id)
        except ChargeNotFound:
            if attempt.state == AttemptState.APPROVED:
                return Evidence(Finding.CONTRADICTS, "o banco não conhece a cobrança, e o diário tem o pagamento")
            return Evidence(Finding.SETTLES, "o banco não tem a cobrança")
        return Evidence(Finding.UNDECIDED, "o banco respondeu duas coisas diferentes")


def _told_of_charge(charge: Charge) -> Evidence:
    paid = ", ".join(each.end_to_end_id for each in charge.payments)
    if paid:
        return Evidence(Finding.SETTLES, f"{charge.status.value}: {paid}")
    if charge.status in (ChargeStatus.REMOVED_BY_RECEIVER, ChargeStatus.REMOVED_BY_PSP):
        return Evidence(Finding.SETTLES, charge.status.value)
    if charge.status is ChargeStatus.ACTIVE:
        # It can still be paid: nobody's word makes it be over.
        return Evidence(Finding.CONTRADICTS, charge.status.value)
    return Evidence(Finding.UNDECIDED, charge.status.value)


def _told_of_payment(charge: Charge, attention: Subject) -> Evidence:
    """Money without a refund of ours on the way: somebody may have given it back in the bank's own portal."""
    pix = next((each for each in charge.payments if attention.id.startswith(f"{each.end_to_end_id}/")), None)
    if pix is None:
        return Evidence(Finding.UNDECIDED, charge.status.value)
    back_cents = _back_cents(pix)
    if back_cents >= (attention.number("amount_cents") or pix.amount.amount_cents):
        return Evidence(Finding.SETTLES, f"{pix.end_to_end_id}: devolvido pelo banco")
    return Evidence(Finding.CONTRADICTS, f"{pix.end_to_end_id}: não foi devolvido", word_counts=True)


def _back_cents(pix: ReceivedPix) -> int:
    return sum(each.amount.amount_cents for each in pix.refunds if each.status is RefundStatus.DONE)


def _told_of_refund(refund_id: str, status: RefundStatus) -> Evidence:
    told = f"{refund_id}: {status.value}"
    if status is RefundStatus.DONE:
        return Evidence(Finding.SETTLES, told)
    if status is RefundStatus.NOT_DONE:
        return Evidence(Finding.CONTRADICTS, told, word_counts=True)
    return Evidence(Finding.UNDECIDED, told)


def _words(outcome: CardOutcome) -> str:
    return "a máquina diz: aprovado" if outcome is CardOutcome.APPROVED else f"a máquina diz: {outcome.value}"
