"""vinti4 as a card gateway: the customer pays on SISP's page, and its signed answer decides.

    start     the page's form (WEB_PAGE); then the signed answer, or the status query where none comes
    status    the status query, by the merchantRef that follows from the attempt's id
    refund    the page's form once more, with reversal, posted by the kiosk itself

The page's own POST is only faster than the status query, which is asked all the while. Where that alone says "paid",
the sale is paid, and cannot be given back by itself: transactionID and clearingPeriod come with a signature only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from providers.http.card_errors import card_error
from providers.http.client import open_http
from providers.http.tls import open_trust
from providers.vinti4.answers import judge
from providers.vinti4.calls import Paid, Vinti4Calls, Word
from providers.vinti4.page import Leaving, OpenPage
from providers.vinti4.payer import BillingIncomplete
from providers.vinti4.references import References, references_of
from providers.vinti4.requests import Code, Frame, Purchase, Refund, Transaction
from providers.vinti4.results import REFUND_NEEDS, ended, signed_result, status_result
from providers.vinti4.settings import Vinti4Settings
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
    WebPage,
)
from totem.domain.errors import ConfigError, ProviderError, TerminalRefused, Trouble
from totem.domain.money import Money
from totem.domain.ports import Clock, Random

log = logging.getLogger(__name__)

NAME: Final = "vinti4"
_HEALTH_ID: Final = "health"
"""Of a transaction that cannot exist, to ask the portal about."""


class Vinti4Gateway:
    """Implements `totem.domain.cards.CardGateway`."""

    name = NAME

    def __init__(self, settings: Vinti4Settings, calls: Vinti4Calls, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._patience = settings.patience
        self._calls = calls
        self._clock = clock
        self._random = random
        self._pages: dict[str, OpenPage] = {}
        self._refunds_asked: dict[str, float] = {}

    @property
    def capabilities(self) -> CardCapabilities:
        return CardCapabilities(
            kinds=frozenset({CardKind.CARD}),
            most_installments=1,
            can_refund=True,
            refund_needs=REFUND_NEEDS,
            late_word_s=self._patience.late_s,
        )

    async def health(self) -> TerminalHealth:
        """Whether the portal answers and takes our password: without the status query no sale is begun."""
        try:
            word = await self._calls.status(self._references(_HEALTH_ID).merchant_ref)
        except ProviderError as exc:
            error = card_error(exc, NAME)
            return TerminalHealth(ready=False, trouble=error.trouble, detail=str(error))
        return TerminalHealth(ready=True, detail=word.description)

    # --- a sale -----------------------------------------------------------------------------------------------------

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        yield Prompt(PromptKind.CONNECTING, can_cancel=False)
        try:
            page = self._open(sale)
        except (ValueError, BillingIncomplete) as error:
            log.warning("vinti4: attempt=%s: not sent: %s", sale.attempt_id, error)
            yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="local")
            return
        self._pages[sale.attempt_id] = page
        try:
            yield Prompt(PromptKind.WEB_PAGE, page=page.web)
            result = await self._shown(page)
            if result is None:
                # First the page goes, so that nobody pays on it while the question is under way.
                yield Prompt(PromptKind.PROCESSING, can_cancel=False)
                result = await self._taken_away(page)
            yield result
        finally:
            del self._pages[sale.attempt_id]

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        """Judged at once; the stream tells what came of it. An answer that no page waits for changes nothing."""
        page = self._pages.get(attempt_id)
        if page is None:
            log.warning("vinti4: an answer that no page waits for, dropped")
            return
        page.take(fields, self._settings.pos_auth_code)

    async def cancel(self, attempt_id: str) -> None:
        page = self._pages.get(attempt_id)
        if page is not None:
            page.leave(Leaving.CANCELLED)

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        card.wipe()
        raise TerminalRefused(f"vinti4: {attempt_id}: the card is typed on the acquirer's page")

    async def answer(self, attempt_id: str, choice: int) -> None:
        raise TerminalRefused(f"vinti4: {attempt_id}: there is no menu to choose {choice} from")

    def _open(self, sale: CardSale) -> OpenPage:
        """Raises ValueError, BillingIncomplete."""
        if sale.kind is not CardKind.CARD or sale.installments != 1:
            raise ValueError("the customer chooses the kind of card on the page, and pays at once")
        references = self._references(sale.attempt_id)
        returns_to = f"{self._settings.return_url.rstrip('/')}/{self._random.getrandbits(160):040x}"
        transaction = Transaction(self._settings.merchant, references, Purchase(sale.amount, self._settings.payer))
        form = transaction.prepare(self._frame(returns_to, sale.language))
        web = WebPage(form.url, form.fields, returns_to, self._patience.page_s)
        return OpenPage(sale, references, Code.PURCHASE, web)

    def _frame(self, returns_to: str, language: str) -> Frame:
        # SISP's clock and the kiosk's stand in one country: the local time, as its clients send it.
        return Frame(self._settings.page_url, returns_to, self._clock.now().astimezone(), language)

    def _references(self, attempt_id: str) -> References:
        return references_of(self._settings.kiosk, attempt_id)

    # --- while the page is shown ------------------------------------------------------------------------------------

    async def _shown(self, page: OpenPage) -> CardResult | None:
        """The end, or None where the page must go before it can be known."""
        poll = asyncio.create_task(self._poll(page), name="vinti4-poll")
        ends_at = self._clock.monotonic() + self._patience.page_s
        try:
            while True:
                signed = self._signed(page)
                if signed is not None:
                    return signed
                if page.paid:
                    return await self._signed_within(page, self._patience.signed_s)
                if page.leaving is not None:
                    return None
                left_s = ends_at - self._clock.monotonic()
                if left_s <= 0:
                    page.leave(Leaving.TIME_OVER)
                    return None
                await self._either(page.changed, left_s)
        finally:
            poll.cancel()
            await asyncio.gather(poll, return_exceptions=True)

    async def _poll(self, page: OpenPage) -> None:
        while True:
            await self._clock.sleep(self._patience.poll_s)
            word = await self._asked(page.references)
            if word.paid is Paid.YES:
                page.tell_paid()
                return

    def _signed(self, page: OpenPage) -> CardResult | None:
        """The end that a signature told, None for none. What it leaves open, the status query settles."""
        if page.signed is None:
            return None
        return signed_result(page.signed, page.references, page.sale.language)

    async def _signed_within(self, page: OpenPage, limit_s: float) -> CardResult:
        """Paid by the status query; the signed answer is awaited a moment more, for what it brings besides."""
        ends_at = self._clock.monotonic() + limit_s
        while (left_s := ends_at - self._clock.monotonic()) > 0:
            signed = self._signed(page)
            if signed is not None and signed.outcome is CardOutcome.APPROVED:
                return signed
            await self._either(page.changed, left_s)
        log.warning("vinti4: attempt=%s: paid by the status query, without a signed answer", page.sale.attempt_id)
        return status_result(page.references, page.sale.amount)

    # --- once it is gone --------------------------------------------------------------------------------------------

    async def _taken_away(self, page: OpenPage) -> CardResult:
        """No end is told before what was under way would have come, and the status said "not paid" twice."""
        patience, began = self._patience, self._clock.monotonic()
        settle_s = patience.second_look_s if page.leaving is Leaving.HINTED else patience.settle_s
        no_in_a_row = 0
        while True:
            word = await self._asked(page.references)
            signed = self._signed(page)
            if signed is not None:
                return signed
            if word.paid is Paid.YES:
                return await self._signed_within(page, patience.signed_s)
            no_in_a_row = no_in_a_row + 1 if word.paid is Paid.NOT_YET else 0
            passed_s = self._clock.monotonic() - began
            if no_in_a_row >= patience.looks and passed_s >= settle_s:
                outcome = CardOutcome.EXPIRED if page.leaving is Leaving.TIME_OVER else CardOutcome.CANCELLED
                return ended(outcome, page.references, str(page.leaving))
            if word.paid is Paid.UNKNOWN and passed_s >= settle_s + patience.ask_s:
                return ended(CardOutcome.UNKNOWN, page.references, "status unknown")
            await self._either(page.changed, patience.second_look_s)

    async def _asked(self, references: References) -> Word:
        """UNKNOWN where the query failed: that says nothing of the payment."""
        try:
            return await self._calls.status(references.merchant_ref)
        except ProviderError as exc:
            log.info("vinti4: no word about %s: %s", references.merchant_ref, exc)
            return Word(Paid.UNKNOWN, str(exc))

    async def _either(self, news: asyncio.Event, seconds: float) -> None:
        """Until there is news, or the time has passed."""
        waiter = asyncio.ensure_future(news.wait())
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((waiter, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (waiter, timer):
                task.cancel()
            await asyncio.gather(waiter, timer, return_exceptions=True)
            news.clear()

    # --- asked anew -------------------------------------------------------------------------------------------------

    async def status(self, reference: CardReference) -> CardResult:
        """By the status query alone. While a page of it may still be open somewhere, "not paid" is no end."""
        references = self._references(reference.attempt_id)
        try:
            word = await self._calls.status(references.merchant_ref)
            if word.paid is Paid.YES:
                return status_result(references, reference.amount)
            if word.paid is Paid.UNKNOWN:
                return ended(CardOutcome.UNKNOWN, references, "status unknown")
            if not self._is_old(reference):
                return ended(CardOutcome.PENDING, references, "not paid yet")
            await self._clock.sleep(self._patience.second_look_s)
            again = await self._calls.status(references.merchant_ref)
        except ProviderError as exc:
            raise card_error(exc, NAME) from exc
        if again.paid is Paid.YES:
            return status_result(references, reference.amount)
        outcome = CardOutcome.EXPIRED if again.paid is Paid.NOT_YET else CardOutcome.UNKNOWN
        return ended(outcome, references, "not paid")

    def _is_old(self, reference: CardReference) -> bool:
        life = timedelta(seconds=self._patience.life_s)
        return reference.sent_at is not None and self._clock.now() - reference.sent_at >= life

    async def confirm(self, reference: CardReference) -> None:
        raise TerminalRefused(f"vinti4: {reference.attempt_id}: an approval needs no confirmation")

    async def undo(self, reference: CardReference) -> None:
        raise TerminalRefused(f"vinti4: {reference.attempt_id}: an approval is given back by a refund")

    # --- refunds ----------------------------------------------------------------------------------------------------

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        """Posted once, under ids of its own that follow from `refund_id`; what its answer leaves open, `refund_status`
        asks. DECLINED where no signed answer ever told what a refund needs."""
        trace = reference.trace
        if not all(trace.get(name) for name in REFUND_NEEDS):
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code="no signed answer")
        references = self._references(refund_id)
        request = Refund(amount, trace["clearing_period"], trace["transaction_id"])
        try:
            transaction = Transaction(self._settings.merchant, references, request)
        except ValueError as error:
            log.warning("vinti4: refund=%s: not sent: %s", refund_id, error)
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code="local")
        returns_to = f"{self._settings.return_url.rstrip('/')}/{self._random.getrandbits(160):040x}"
        self._refunds_asked[refund_id] = self._clock.monotonic()
        try:
            fields = await self._calls.post(transaction.prepare(self._frame(returns_to, "pt")))
        except ProviderError as exc:
            raise card_error(exc, NAME) from exc
        result = judge(fields, self._settings.pos_auth_code, Code.REFUND)
        ours = (result.answer.merchant_ref, result.answer.merchant_session)
        if result.is_signed and ours == (references.merchant_ref, references.merchant_session):
            told = signed_result(result, references, "pt")
            if told is not None:
                return _refunded(told, amount)
        log.warning("vinti4: refund=%s: no signed answer: %s", refund_id, result.status)
        return ended(CardOutcome.UNKNOWN, references, "refund unanswered")

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:  # noqa: ARG002 - the port's
        """By the status query of the refund's own merchantRef. "Not carried out" is an end only after the longest life
        of a request, and said twice."""
        references = self._references(refund_id)
        first_asked = self._refunds_asked.setdefault(refund_id, self._clock.monotonic())
        word = await self._asked(references)
        old = self._clock.monotonic() - first_asked >= self._patience.refund_life_s
        if word.paid is Paid.NOT_YET and old:
            await self._clock.sleep(self._patience.second_look_s)
            word = await self._asked(references)
            if word.paid is Paid.NOT_YET:
                return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code="not carried out")
        if word.paid is Paid.YES:
            return CardResult(CardOutcome.APPROVED, nsu=references.merchant_ref)
        return ended(CardOutcome.UNKNOWN, references, "refund unanswered")

    # --- the rest of the port ---------------------------------------------------------------------------------------

    async def pending(self) -> tuple[PendingCard, ...]:
        """None: its approvals wait for nothing."""
        return ()

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="unsupported")

    async def close(self) -> None:
        with suppress(ProviderError):
            await self._calls.close()


def _refunded(told: CardResult, amount: Money) -> CardResult:
    if told.outcome is CardOutcome.APPROVED:
        return CardResult(CardOutcome.APPROVED, amount=amount, nsu=told.nsu, trace=told.trace)
    return CardResult(CardOutcome.DECLINED, message=told.message, code=told.code, trouble=Trouble.CARD_REFUND_REFUSED)


async def open_vinti4(settings: Vinti4Settings, clock: Clock, random: Random) -> Vinti4Gateway:
    """Judge the settings and build the clients; nothing is sent yet.

    Raises ConfigError with every faulty setting, or CertificateRefused where the authorities' file is wrong.
    """
    faults = settings.faults(clock)
    if faults:
        raise ConfigError(faults)
    contexts = await open_trust(settings.ca, public_roots=settings.public_roots)
    portal = open_http(settings.status_url, contexts, settings.timeouts, clock)
    page = open_http(settings.page_url, contexts, settings.timeouts, clock)
    return Vinti4Gateway(settings, Vinti4Calls(settings, portal, page, clock), clock, random)
