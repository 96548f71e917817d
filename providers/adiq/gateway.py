"""Adiq as a card gateway: the customer types the card on the kiosk, and what Adiq says of the payment decides.

Paid at once (`ac`) an approval needs no confirmation and goes back by cancellation. Pre-authorised (`pa`) it is
confirmed by capture once the ticket is out, and undone by cancellation. After an uncertain creation the payment is
looked for by its order number, on both days around midnight, and never asked for again.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from typing import Final

from providers.adiq.answers import Payment, SavedCard
from providers.adiq.calls import OAUTH_PATH, AdiqCalls
from providers.adiq.keyed import KeyedEntry, Left
from providers.adiq.orders import card_to_keep, order_of, saved_card, typed_card
from providers.adiq.payments import AdiqPayments
from providers.adiq.requests import PaymentOrder
from providers.adiq.results import (
    CardShown,
    refused,
    result_of_error,
    sale_outcome,
    sale_result,
    unknown,
)
from providers.adiq.settings import AdiqSettings
from providers.http.card_errors import card_error
from providers.http.client import open_http
from providers.http.tls import open_trust
from providers.pix.token import TokenCache, TokenSettings
from totem.domain.card_numbers import brand_of, number_ok
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardKind,
    CardOutcome,
    CardReference,
    CardResult,
    CardSale,
    KeyedCard,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.errors import (
    ConfigError,
    OutcomeUnknown,
    ProviderError,
    RequestRefused,
    TerminalRefused,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

_ME: Final = "adiq"
_MOST_REFERENCE: Final = 32
_LEFT: Final = {
    Left.CANCELLED: CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_CANCELLED, code="keyed"),
    Left.TIME_OVER: CardResult(CardOutcome.EXPIRED, trouble=Trouble.CARD_TIMEOUT, code="keyed"),
}


Begun = Payment | CardResult | None
"""A payment, the attempt's end, or None where nobody knows whether the creation was carried out."""


class AdiqGateway:
    """Implements `totem.domain.cards.CardGateway`."""

    name = _ME

    def __init__(self, settings: AdiqSettings, calls: AdiqCalls, clock: Clock) -> None:
        self._settings = settings
        self._patience = settings.patience
        self._calls = calls
        self._clock = clock
        self._payments = AdiqPayments(settings, calls, clock)
        self._entry = KeyedEntry(clock)

    @property
    def capabilities(self) -> CardCapabilities:
        kinds = {CardKind.CREDIT, CardKind.DEBIT} if self._settings.takes_debit else {CardKind.CREDIT}
        return CardCapabilities(
            kinds=frozenset(kinds),
            most_installments=self._settings.most_installments,
            least_installment_cents=self._settings.least_installment_cents,
            confirms=self._settings.pre_authorises,
            can_refund=True,
        )

    async def health(self) -> TerminalHealth:
        """Whether Adiq answers and takes our token."""
        try:
            await self._calls.reach()
        except OutcomeUnknown as exc:
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_UNREACHABLE, detail=str(exc))
        except ProviderError as exc:
            error = card_error(exc, _ME)
            return TerminalHealth(ready=False, trouble=error.trouble, detail=str(error))
        return TerminalHealth(ready=True, detail=self._settings.base_url)

    # --- a sale -----------------------------------------------------------------------------------------------------

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        yield Prompt(PromptKind.CONNECTING, can_cancel=False)
        faults = self._faults(sale)
        if faults:
            text = f"{_ME}: not sent: it does not take {', '.join(faults)}"
            yield result_of_error(TerminalRefused(text, code="local"))
            return
        if self._settings.saved_card is not None:
            yield Prompt(PromptKind.PROCESSING, can_cancel=False)
            saved = self._settings.saved_card
            begun = await self._create(order_of(sale, saved_card(saved), self._settings))
            yield await self._end_of(begun, sale, CardShown(saved.brand, saved.last4))
            return
        self._entry.open(sale.attempt_id)
        try:
            yield Prompt(PromptKind.KEY_CARD)
            card = await self._entry.card(self._patience.key_s)
            if isinstance(card, Left):
                yield _LEFT[card]
                return
            yield Prompt(PromptKind.PROCESSING, can_cancel=False)
            yield await self._pay_typed(sale, card)
        finally:
            self._entry.close()

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        """Handed to the stream, which wipes it once it is sent, or at whatever else ends it."""
        self._entry.supply(attempt_id, card)

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        raise TerminalRefused(f"{_ME}: {attempt_id}: there is no page that could return {len(fields)} fields")

    async def answer(self, attempt_id: str, choice: int) -> None:
        raise TerminalRefused(f"{_ME}: {attempt_id}: there is no menu to choose {choice} from")

    async def cancel(self, attempt_id: str) -> None:
        """Only while the card is being typed: no call takes back a payment that is on its way."""
        if not self._entry.cancel(attempt_id):
            log.info("adiq: %s: too late to cancel", attempt_id)

    async def _pay_typed(self, sale: CardSale, card: KeyedCard) -> CardResult:
        shown = CardShown(brand_of(card.number).value, card.number[-4:])
        begun = await self._send_typed(sale, card)
        return await self._end_of(begun, sale, shown)

    async def _send_typed(self, sale: CardSale, card: KeyedCard) -> Begun:
        """What was typed lives no longer than this call."""
        try:
            if not number_ok(card.number):
                return result_of_error(TerminalRefused(f"{_ME}: {sale.attempt_id}: no card's number", code="number"))
            token = await self._calls.tokenise(card.number)
            order = order_of(sale, typed_card(card, token), self._settings)
        except RequestRefused as exc:
            log.info("adiq: %s: the card was not taken: %s", sale.attempt_id, exc)
            return refused(exc)
        except OutcomeUnknown as exc:
            # Whatever became of the token, no payment was asked for.
            return result_of_error(TerminalUnreachable(f"{_ME}: no card token: {exc}"))
        except ProviderError as exc:
            return result_of_error(card_error(exc, _ME))
        finally:
            card.wipe()
        return await self._create(order)

    async def _create(self, order: PaymentOrder) -> Begun:
        try:
            return await self._calls.create(order)
        except OutcomeUnknown as exc:
            log.warning("adiq: %s: looking for it: %s", order.seller_info.order_number, exc)
            return None
        except RequestRefused as exc:
            log.warning("adiq: %s: %s", order.seller_info.order_number, exc)
            return refused(exc)
        except ProviderError as exc:
            return result_of_error(card_error(exc, _ME))

    async def _end_of(self, begun: Begun, sale: CardSale, card: CardShown) -> CardResult:
        if isinstance(begun, CardResult):
            return begun
        payment = begun or await self._look_for(sale.attempt_id)
        return unknown("created?") if payment is None else await self._follow(payment, sale.amount, card)

    async def _look_for(self, order_number: str) -> Payment | None:
        """After an uncertain creation; None where it does not turn up in its time, which proves nothing."""
        sent_at = self._clock.now()
        until = self._clock.monotonic() + self._patience.search_s
        while True:
            try:
                found = await self._payments.find(order_number, sent_at)
                if found is not None:
                    return found
            except ProviderError as exc:
                log.info("adiq: %s: not found yet: %s", order_number, exc)
            if self._clock.monotonic() + self._patience.second_look_s >= until:
                return None
            await self._clock.sleep(self._patience.second_look_s)

    async def _follow(self, payment: Payment, asked: Money, card: CardShown) -> CardResult:
        """Until it has ended, or is open for so long that its customer must be told."""
        until = self._clock.monotonic() + self._patience.pending_s
        look_at_once = not payment.status
        while sale_outcome(payment, self._settings) is CardOutcome.PENDING:
            wait_s = 0.0 if look_at_once else self._patience.poll_s
            look_at_once = False
            if self._clock.monotonic() + wait_s >= until:
                return unknown(payment.status or payment.return_code, payment)
            await self._clock.sleep(wait_s)
            try:
                payment = await self._calls.get(payment.payment_id)
            except ProviderError as exc:
                log.info("adiq: no answer this time: %s", exc)
        return sale_result(payment, self._settings, asked, card)

    # --- afterwards -------------------------------------------------------------------------------------------------

    async def status(self, reference: CardReference) -> CardResult:
        return await self._payments.status(reference)

    async def pending(self) -> tuple[PendingCard, ...]:
        """None: Adiq lists no open pre-authorisations, and each of ours is asked about by its own order number."""
        return ()

    async def confirm(self, reference: CardReference) -> None:
        """Capture a pre-authorisation."""
        await self._payments.capture(reference)

    async def undo(self, reference: CardReference) -> None:
        """Cancel a pre-authorisation."""
        await self._payments.undo(reference)

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        return await self._payments.refund(reference, refund_id, amount)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        return await self._payments.refund_status(reference, refund_id)

    # --- the rest ---------------------------------------------------------------------------------------------------

    async def save_card(self, card: KeyedCard) -> SavedCard:
        """Into Adiq's vault, by a technician: what it returns goes into the configuration. Raises a CardError."""
        try:
            token = await self._calls.tokenise(card.number)
            saved = await self._calls.keep(card_to_keep(card, token))
        except ProviderError as exc:
            raise card_error(exc, _ME) from exc
        finally:
            card.wipe()
        if not saved.is_active:
            raise TerminalRefused(f"{_ME}: the vault did not accept the card", code=saved.status)
        return saved

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="unsupported")

    async def close(self) -> None:
        self._entry.close()
        await self._calls.close()

    def _faults(self, sale: CardSale) -> list[str]:
        debit_in_parts = sale.kind is CardKind.DEBIT and sale.installments != 1
        each_cents = sale.amount.amount_cents // max(sale.installments, 1)
        small = sale.installments > 1 and each_cents < self._settings.least_installment_cents
        good_id = sale.attempt_id.isascii() and sale.attempt_id.isalnum() and len(sale.attempt_id) <= _MOST_REFERENCE
        checks = (
            (not good_id, "that attempt id"),
            (sale.kind not in self.capabilities.kinds, f"{sale.kind}"),
            (sale.amount.currency is not Currency.BRL or sale.amount.amount_cents < 1, "that amount"),
            (not 1 <= sale.installments <= self._settings.most_installments or debit_in_parts, "those instalments"),
            (small, "an instalment that small"),
        )
        return [name for wrong, name in checks if wrong]


async def open_adiq(settings: AdiqSettings, clock: Clock) -> AdiqGateway:
    """Judge the settings and build the client; nothing is sent yet.

    Raises ConfigError with every faulty setting, or CertificateRefused for an unreadable file of authorities.
    """
    faults = settings.faults()
    if faults:
        raise ConfigError(faults)
    contexts = await open_trust(settings.ca, public_roots=settings.public_roots)
    http = open_http(settings.base_url, contexts, settings.timeouts, clock)
    token = TokenSettings(
        OAUTH_PATH, settings.client_id, settings.client_secret, (), json_grant=True, has_certificate=False
    )
    calls = AdiqCalls(http, TokenCache(token, http, clock), clock, settings.patience.calls_per_minute)
    return AdiqGateway(settings, calls, clock)
