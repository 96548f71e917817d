"""A GoPag card reader as a card terminal of the kiosk.

The reader is rung through the API and answers to it; the kiosk polls. GoPag documents no call that takes a pending
transaction back, so `cancel` is not offered: who changes their mind presses the reader's own key, or the reader's lock
runs out after five minutes. (A void is of an approved transaction; sent at a pending one, nobody knows what it does.)
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Final

from providers.gopag.calls import GopagCalls
from providers.gopag.models import PairedTerminal, Transaction
from providers.gopag.results import is_given_back, outcome_of, result_of_error, sale_result, trace_of, unknown
from providers.gopag.settings import GopagSettings
from providers.http.card_errors import card_error
from providers.http.client import open_http
from providers.http.tls import open_contexts
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardKind,
    CardOutcome,
    CardReference,
    CardResult,
    CardSale,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.errors import (
    CardError,
    ChargeNotFound,
    ConfigError,
    OutcomeUnknown,
    ProviderError,
    RateLimited,
    TerminalRefused,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_GOES_ON: Final = frozenset({CardOutcome.PENDING, CardOutcome.EXPIRED})
_MOST_TWINS: Final = 5
_MOST_LISTED: Final = 20


class GopagTerminal:
    """Implements `totem.domain.cards.CardTerminal`."""

    name = "gopag"

    def __init__(self, settings: GopagSettings, calls: GopagCalls, clock: Clock) -> None:
        self._settings = settings
        self._patience = settings.patience
        self._calls = calls
        self._clock = clock

    @property
    def capabilities(self) -> CardCapabilities:
        return CardCapabilities(
            most_installments=self._settings.most_installments,
            least_installment_cents=self._settings.least_installment_cents,
            can_cancel=False,
            can_refund=self._settings.can_void,
        )

    async def health(self) -> TerminalHealth:
        """Whether the chosen reader is paired and active; where it is not, the detail lists those that are."""
        try:
            terminals = await self.terminals()
        except CardError as exc:
            return TerminalHealth(ready=False, trouble=exc.trouble, detail=str(exc))
        ours = [terminal for terminal in terminals if terminal.id == self._settings.terminal]
        if not ours:
            listed = ", ".join(each.described for each in terminals[:_MOST_LISTED]) or "none"
            detail = f"the terminal is not among the seller's readers: {listed}"
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_REFUSED, detail=detail)
        detail = f"{ours[0].type} {ours[0].model} {ours[0].status}"
        if not ours[0].is_ready:
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_REFUSED, detail=detail)
        return TerminalHealth(ready=True, detail=detail)

    async def terminals(self) -> tuple[PairedTerminal, ...]:
        """The seller's paired readers, to choose from. Raises a CardError."""
        try:
            return await self._calls.terminals()
        except ProviderError as exc:
            raise card_error(exc, "gopag") from exc

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        yield Prompt(PromptKind.CONNECTING, can_cancel=False)
        faults = self._faults(sale)
        if faults:
            text = f"gopag: not sent: it does not take {', '.join(faults)}"
            yield result_of_error(TerminalRefused(text, code="local"))
            return
        begun = await self._begin(sale)
        if isinstance(begun, CardResult):
            yield begun
            return
        yield Prompt(PromptKind.PRESENT_CARD, can_cancel=False)
        yield await self._poll(begun)

    async def answer(self, attempt_id: str, choice: int) -> None:
        raise TerminalRefused(f"gopag: {attempt_id}: there is no menu to choose {choice} from")

    async def cancel(self, attempt_id: str) -> None:
        """Does nothing: see above."""
        log.info("gopag: %s: no call takes a pending transaction back", attempt_id)

    async def status(self, reference: CardReference) -> CardResult:
        """Asked by its id where that was stored, else looked for in the seller's list.

        NOT_SENT only where two complete lists, read well after the reader's lock had run out, do not hold it.
        """
        try:
            known = reference.trace.get("transaction_id")
            if known:
                return sale_result(await self._calls.get(known))
            return await self._look(reference)
        except ChargeNotFound:
            return unknown("404", reference.trace.get("transaction_id", ""))
        except ProviderError as exc:
            raise card_error(exc, "gopag") from exc

    async def confirm(self, reference: CardReference) -> None:
        raise TerminalRefused(f"gopag: {reference.attempt_id}: an approval needs no confirmation")

    async def undo(self, reference: CardReference) -> None:
        raise TerminalRefused(f"gopag: {reference.attempt_id}: an approval is given back by a refund")

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        """Void, where the owner switched it on: whole or not at all.

        Read first, because nothing in the call makes it safe to repeat; and never in part, because two of a part
        could both be carried out, while a whole transaction is void once.
        """
        if not self._settings.can_void:
            return _refused("void is switched off")
        try:
            transaction = await self._known(reference)
            if is_given_back(transaction):
                return _given_back(transaction)
        except ProviderError as exc:
            raise TerminalUnreachable(f"gopag: {refund_id}: not sent, for it could not be read first: {exc}") from exc
        if amount != transaction.amount:
            return _refused("only the whole amount can be void")
        try:
            voided = await self._calls.void(transaction.id, amount)
        except OutcomeUnknown as exc:
            log.warning("gopag: %s: %s", refund_id, exc)
            return unknown("void", transaction.id)
        except ProviderError as exc:
            refused = card_error(exc, "gopag")
            if isinstance(refused, TerminalRefused) and refused.terminal_code != "429":
                return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code=refused.terminal_code)
            raise refused from exc
        # Whatever it answers, the money is back only once the transaction says so.
        return _given_back(voided) if is_given_back(voided) else unknown("void", transaction.id)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        """UNKNOWN as long as the transaction does not say that it was given back: a void may still be on its way."""
        try:
            transaction = await self._known(reference)
        except ChargeNotFound:
            return unknown("404")
        except ProviderError as exc:
            raise card_error(exc, "gopag") from exc
        if is_given_back(transaction):
            return _given_back(transaction)
        log.info("gopag: %s: not given back yet: %s", refund_id, transaction.status)
        return unknown(transaction.status, transaction.id)

    async def pending(self) -> tuple[PendingCard, ...]:
        """None: its approvals wait for nothing."""
        return ()

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="unsupported")

    async def close(self) -> None:
        await self._calls.close()

    def _faults(self, sale: CardSale) -> list[str]:
        debit_in_parts = sale.kind is CardKind.DEBIT and sale.installments != 1
        each_cents = sale.amount.amount_cents // max(sale.installments, 1)
        small = sale.installments > 1 and each_cents < self._settings.least_installment_cents
        checks = (
            (not _REFERENCE.fullmatch(sale.attempt_id), "that attempt id"),
            (sale.amount.currency is not Currency.BRL or sale.amount.amount_cents < 1, "that amount"),
            (not 1 <= sale.installments <= self._settings.most_installments or debit_in_parts, "those instalments"),
            (small, "an instalment that small"),
        )
        return [name for wrong, name in checks if wrong]

    async def _begin(self, sale: CardSale) -> Transaction | CardResult:
        """The transaction, made or found after an uncertain creation; or the result that ends the attempt."""
        sent_at = self._clock.now()
        try:
            return await self._calls.create(sale)
        except OutcomeUnknown as exc:
            log.warning("gopag: %s: looking for it: %s", sale.attempt_id, exc)
        except ProviderError as exc:
            return result_of_error(card_error(exc, "gopag"))
        until = self._clock.monotonic() + self._patience.search_s
        while True:
            try:
                search = await self._calls.search(sale.attempt_id, sent_at)
                if search.ids:
                    return await self._calls.get(search.ids[0])
            except ProviderError as exc:
                log.info("gopag: %s: not found yet: %s", sale.attempt_id, exc)
            if self._clock.monotonic() + self._patience.second_look_s >= until:
                return unknown("created?")
            await self._clock.sleep(self._patience.second_look_s)

    async def _poll(self, transaction: Transaction) -> CardResult:
        """Until it has ended, or the reader's lock has run out and it still has not.

        What only ran out of time is looked at once more: an approval may have been on its way.
        """
        until = self._clock.monotonic() + self._patience.lock_s + self._patience.margin_s
        wait_s, twice = self._patience.poll_s, False
        while (outcome := outcome_of(transaction)) in _GOES_ON and not twice:
            expired = outcome is CardOutcome.EXPIRED
            wait_s = max(wait_s, self._patience.second_look_s) if expired else wait_s
            if self._clock.monotonic() + wait_s >= until:
                return unknown(transaction.status, transaction.id)
            await self._clock.sleep(wait_s)
            fresh, wait_s = await self._polled(transaction.id)
            twice = expired and fresh is not None and outcome_of(fresh) is CardOutcome.EXPIRED
            transaction = fresh or transaction
        return sale_result(transaction)

    async def _polled(self, transaction_id: str) -> tuple[Transaction | None, float]:
        """The transaction, None where it could not be read now; and how long to wait before the next question."""
        try:
            return await self._calls.get(transaction_id), self._patience.poll_s
        except RateLimited as exc:
            return None, max(exc.retry_after_s or 0.0, self._patience.poll_s)
        except ProviderError as exc:
            log.info("gopag: %s: no answer this time: %s", transaction_id, exc)
            return None, self._patience.poll_s

    async def _look(self, reference: CardReference) -> CardResult:
        if reference.sent_at is None:
            return unknown("never stored when")
        search = await self._calls.search(reference.attempt_id, reference.sent_at)
        if search.ids:
            return await self._best(search.ids)
        age = self._clock.now() - reference.sent_at
        ripe = timedelta(seconds=self._patience.absence_s)
        if age < ripe or not search.complete:
            return unknown("not listed yet")
        await self._clock.sleep(self._patience.second_look_s)
        again = await self._calls.search(reference.attempt_id, reference.sent_at)
        if again.ids:
            return await self._best(again.ids)
        if not again.complete:
            return unknown("not listed yet")
        return CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_UNREACHABLE, code="absent twice")

    async def _best(self, ids: tuple[str, ...]) -> CardResult:
        """Of several transactions with one reference, the one that took money, else one that still may."""
        results = [sale_result(await self._calls.get(one)) for one in ids[:_MOST_TWINS]]
        order = (CardOutcome.APPROVED, CardOutcome.UNKNOWN, CardOutcome.PENDING)
        best = min(results, key=lambda result: order.index(result.outcome) if result.outcome in order else len(order))
        if len(ids) == 1:
            return best
        log.warning("gopag: %d transactions with one reference_id", len(ids))
        return replace(best, trace={**best.trace, "same_reference": ",".join(ids)})

    async def _known(self, reference: CardReference) -> Transaction:
        known = reference.trace.get("transaction_id")
        if not known:
            if reference.sent_at is None:
                raise ChargeNotFound("no transaction id was stored, and no time to search from")
            search = await self._calls.search(reference.attempt_id, reference.sent_at)
            if len(search.ids) != 1:
                raise ChargeNotFound(f"{len(search.ids)} transactions with that reference_id")
            known = search.ids[0]
        return await self._calls.get(known)


def _given_back(transaction: Transaction) -> CardResult:
    return CardResult(CardOutcome.APPROVED, amount=transaction.amount, nsu=transaction.nsu, trace=trace_of(transaction))


def _refused(code: str) -> CardResult:
    """For good: asking again would not help."""
    return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code=code)


async def open_gopag(settings: GopagSettings, clock: Clock) -> GopagTerminal:
    """Judge settings and material, and build the client; nothing is sent yet.

    Raises ConfigError with every faulty setting, or CertificateRefused with the one sentence that names what is wrong
    with certificate, key or CA chain.
    """
    if settings.has_odd_terminal and settings.terminal:
        log.warning("gopag: terminal: not 32 hexadecimal digits, as GoPag describes its ids")
    source = settings.source
    faults = settings.faults()
    if faults or source is None:
        raise ConfigError(faults)
    contexts = await open_contexts(source, clock.now())
    http = open_http(settings.base_url, contexts, settings.timeouts, clock)
    return GopagTerminal(settings, GopagCalls(settings, http, clock), clock)
