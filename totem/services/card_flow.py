"""A card on the screen, from the terminal's first prompt to its last word."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from totem.domain.cards import (
    CardEvent,
    CardGateway,
    CardOutcome,
    CardResult,
    CardSale,
    CardTerminal,
    KeyedCard,
    Prompt,
    PromptKind,
)
from totem.domain.errors import CardError, JournalError, Trouble
from totem.domain.money import Money
from totem.domain.ports import Clock, Random
from totem.services import card_steps
from totem.services.cards import CardPayments
from totem.services.ids import new_txid, reference_of
from totem.services.late_words import LateWords
from totem.services.outage import Outage
from totem.services.payments import News, Verdict
from totem.services.screen import Screen
from totem.services.settlements import Settlements
from totem.services.state import (
    CardOnScreen,
    CheckoutState,
    Installments,
    MoneyTold,
    Offer,
    PaymentChoice,
    Stage,
    TroubleOnScreen,
)
from totem.services.terminals import Terminals, kind_of

log = logging.getLogger(__name__)

_NOT_SENT_YET = (PromptKind.CONNECTING, PromptKind.MENU, PromptKind.KEY_CARD)
"""The terminal has nothing of the sale while it shows these."""
_MOST_NUMBER = 7_999_999_999
"""Field 001 of a TEF message has at most ten digits; the driver keeps the highest for its other messages."""


@dataclass(frozen=True, slots=True)
class CardFlowSettings:
    """Seconds. After an attempt without money the customer may choose again for `choose_s`."""

    choose_s: float = 60.0
    ask_limit_s: float = 30.0
    """How long an unknown attempt is asked about before the customer is told that it is being checked."""
    going_on_limit_s: float = 180.0
    """The same where the terminal says that it still goes on."""
    ask_again_s: float = 2.0
    silence_limit_s: float = 300.0
    """PayGo has no time limit of its own once it took a sale (its pinpad has): a kiosk must not wait for ever for one
    that vanished."""
    typing_limit_s: float = 900.0
    """The same while the customer types a card: the screens notice much sooner that nobody is there."""


@dataclass(frozen=True, slots=True)
class CardServices:
    """What card sales are made of."""

    payments: CardPayments
    terminals: Terminals
    settlements: Settlements
    offers: Callable[[Money], tuple[Offer, ...]]
    """What may be tried after an attempt without money."""
    late: LateWords


@dataclass(slots=True)
class _Turn:
    """One try of a sale. Its ticket is still being drawn while the next customer's may have begun."""

    attempt_id: str = ""
    terminal: CardTerminal | None = None
    typed: KeyedCard | None = None
    has_returned: bool = False

    def forget_typed(self) -> None:
        if self.typed is not None:
            self.typed.wipe()
            self.typed = None


class CardFlow:
    """See `CardPayments` for what is recorded, and when."""

    def __init__(
        self,
        kiosk_id: str,
        settings: CardFlowSettings,
        screen: Screen,
        services: CardServices,
        deliver: Callable[[str], Awaitable[None]],
        outage: Outage,
        clock: Clock,
        random: Random,
    ) -> None:
        self._kiosk_id = kiosk_id
        self._settings = settings
        self._screen = screen
        self._cards = services.payments
        self._terminals = services.terminals
        self._settlements = services.settlements
        self._late = services.late
        self._offers = services.offers
        self._deliver = deliver
        self._outage = outage
        self._clock = clock
        self._random = random
        self._turn = _Turn()
        self._running: set[asyncio.Task[None]] = set()

    # --- what the customer asks -------------------------------------------------------------------------------------

    def begin(self, sale_id: str, amount: Money, choice: PaymentChoice) -> None:
        """Ask a terminal for what is left of the sale; the screen tells how it goes."""
        self._turn = _Turn()
        running = asyncio.create_task(self._run(self._turn, sale_id, amount, choice), name="card-sale")
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def cancel(self) -> None:
        """Ask the terminal; its last word wins."""
        card = self._screen.state.card
        if self._turn.terminal is None or card is None or card.cancel_asked or not card.prompt.can_cancel:
            return
        self._screen.publish(replace(self._screen.state, card=replace(card, cancel_asked=True)))
        await self._cards.note_cancel(self._turn.attempt_id)
        await self._ask_to_cancel()

    async def _ask_to_cancel(self) -> None:
        turn = self._turn
        if turn.terminal is None:
            return
        try:
            await turn.terminal.cancel(turn.attempt_id)
        except CardError as error:
            log.warning("the terminal did not take the cancellation: %s", error)

    async def choose(self, option: int) -> None:
        """Answer the menu that the terminal shows."""
        card, turn = self._screen.state.card, self._turn
        if turn.terminal is None or card is None or not 0 <= option < len(card.prompt.options):
            return
        try:
            await turn.terminal.answer(turn.attempt_id, option)
        except CardError as error:
            log.warning("the terminal did not take the choice: %s", error)

    async def supply(self, card: KeyedCard) -> None:
        """Hand the typed card to the gateway that waits for it; the attempt's end wipes it too, if not before.

        Where nobody waits (any more), it is wiped at once: a card that comes after the cancellation is never sent.
        """
        shown, turn = self._screen.state.card, self._turn
        terminal = turn.terminal
        cancelled = shown is None or shown.cancel_asked
        if cancelled or not self._is_typed_at or not isinstance(terminal, CardGateway):
            card.wipe()
            return
        turn.typed = card
        try:
            await terminal.supply(turn.attempt_id, card)
        except Exception as error:  # noqa: BLE001 - whatever fails, the card goes and the attempt ends
            # Its name alone: what was typed may be in the text of an exception that nobody foresaw.
            log.error("the gateway did not take the card: %s", type(error).__name__)  # noqa: TRY400
            turn.forget_typed()
            await self.cancel()

    async def returned(self, fields: Mapping[str, str]) -> None:
        """Hand the gateway what its page posted back: once for one attempt; whatever else comes changes nothing."""
        card, turn = self._screen.state.card, self._turn
        terminal = turn.terminal
        on_page = card is not None and card.prompt.kind is PromptKind.WEB_PAGE
        if not on_page or turn.has_returned or not isinstance(terminal, CardGateway):
            log.warning("an answer came that no page of a card sale waits for")
            return
        turn.has_returned = True
        try:
            await terminal.returned(turn.attempt_id, fields)
        except CardError as error:
            log.warning("the gateway did not take the page's answer: %s", error)

    async def ended(self) -> None:
        """Until the card that is at the terminal has its end."""
        if self._running:
            await asyncio.wait(set(self._running))

    async def close(self) -> None:
        """Leave the terminal as it is; recovery asks it at the next start."""
        running = tuple(self._running)
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # --- one attempt ------------------------------------------------------------------------------------------------

    async def _run(self, turn: _Turn, sale_id: str, amount: Money, choice: PaymentChoice) -> None:
        try:
            await self._pay(turn, sale_id, amount, choice)
        except JournalError as error:
            log.exception("card sale=%s could not be recorded", sale_id)
            money = MoneyTold.BEING_CHECKED if turn.attempt_id else MoneyTold.NOT_CHARGED
            self._outage.declare(error.trouble, money)
        except Exception:
            log.exception("card sale=%s failed", sale_id)
            if self._screen.state.sale_id == sale_id:
                self._screen.stop(Trouble.INTERNAL, MoneyTold.BEING_CHECKED)
        finally:
            turn.forget_typed()
            # From here on an unknown one is the worker's to ask about.
            self._settlements.on_screen.discard(turn.attempt_id)
            self._cards.settling_wanted.set()
            # A late touch, or a page's late answer, finds nobody.
            turn.attempt_id, turn.terminal = "", None

    async def _pay(self, turn: _Turn, sale_id: str, amount: Money, choice: PaymentChoice) -> None:
        terminal, health = await self._terminals.ready_for(choice)
        if terminal is None:
            await self._choose_again(sale_id, amount, health.trouble or Trouble.TERMINAL_UNREACHABLE)
            return
        await self._cards.confirm_parts(sale_id)
        if not await self._settlements.settle_held(terminal):
            await self._choose_again(sale_id, amount, Trouble.CARD_PENDING)
            return
        sale = self._new_sale(sale_id, amount, choice, await self._cards.language_of(sale_id))
        await self._cards.intend(sale_id, terminal.name, sale)
        turn.attempt_id, turn.terminal = sale.attempt_id, terminal
        self._settlements.on_screen.add(sale.attempt_id)
        self._show(sale_id, amount, choice, sale)
        result = await self._stream(terminal, sale)
        self._terminals.heard(terminal.name, result)
        log.info("card attempt=%s %s code=%s", sale.attempt_id, result.outcome, result.code)
        verdict = await self._word(terminal, sale, result)
        if verdict is not None and verdict.news is News.OVER:
            self._late.expect(sale.attempt_id, terminal)
        await self._follow(sale_id, amount, sale, result, verdict)

    def _new_sale(self, sale_id: str, amount: Money, choice: PaymentChoice, language: str) -> CardSale:
        return CardSale(
            attempt_id=new_txid(self._kiosk_id, self._random),
            number=self._random.getrandbits(40) % _MOST_NUMBER + 1,
            amount=amount if choice.part is None else min(choice.part, amount),
            kind=kind_of(choice.method),
            installments=choice.installments,
            reference=reference_of(sale_id),
            language=language,
        )

    def _show(self, sale_id: str, amount: Money, choice: PaymentChoice, sale: CardSale) -> None:
        each_cents, rest_cents = divmod(sale.amount.amount_cents, sale.installments)
        currency = sale.amount.currency
        plan = Installments(sale.installments, Money(each_cents, currency), Money(each_cents + rest_cents, currency))
        # The terminal's first word says whether it can be cancelled: a key that comes, goes and comes eats a touch.
        prompt = Prompt(PromptKind.CONNECTING, can_cancel=False)
        card = CardOnScreen(choice.method, plan, prompt, self._clock.monotonic())
        self._screen.publish(CheckoutState(Stage.CARD, sale_id, amount, card=card))

    async def _stream(self, terminal: CardTerminal, sale: CardSale) -> CardResult:
        """Prompts to the screen until the terminal's word; a stream that ends without one leaves it unknown."""
        known_there = False
        events = terminal.start(sale)
        limit_s = self._settings.silence_limit_s
        while True:
            event = await self._next(events, limit_s)
            if event is None or isinstance(event, CardResult):
                return event or CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN)
            if not known_there and event.kind not in _NOT_SENT_YET:
                known_there = True
                await self._cards.begun(sale.attempt_id)
            if event.kind is PromptKind.KEY_CARD:
                self._turn.forget_typed()  # asked anew: what was typed before is of no use any more
            self._prompt(event)
            # A page has a time of its own, and the gateway asks for the outcome once it is over.
            limit_s = self._settings.silence_limit_s + (event.page.limit_s if event.page is not None else 0.0)
            card = self._screen.state.card
            if card is not None and card.cancel_asked and event.can_cancel:
                # Asked before the terminal had the sale, it may have found nothing to cancel.
                await self._ask_to_cancel()

    async def _next(self, events: AsyncIterator[CardEvent], limit_s: float) -> CardEvent | None:
        """The terminal's next word, None where it has none more, or was silent for too long."""
        word = asyncio.ensure_future(anext(events, None))
        try:
            typing = self._is_typed_at
            await self._heard(word, self._settings.typing_limit_s if typing else limit_s)
            if typing and not word.done():
                # It has nothing that could have been sent: ended as cancelled rather than left unknown.
                await self.cancel()
                await self._heard(word, limit_s)
            return word.result() if word.done() else None
        finally:
            word.cancel()
            await asyncio.gather(word, return_exceptions=True)

    async def _heard(self, word: asyncio.Future[CardEvent | None], limit_s: float) -> None:
        timer = asyncio.ensure_future(self._clock.sleep(limit_s))
        try:
            await asyncio.wait((word, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            await asyncio.gather(timer, return_exceptions=True)

    @property
    def _is_typed_at(self) -> bool:
        """Whether the customer types a card now, and nothing was handed over yet."""
        card = self._screen.state.card
        return card is not None and card.prompt.kind is PromptKind.KEY_CARD and self._turn.typed is None

    def _prompt(self, prompt: Prompt) -> None:
        state = self._screen.state
        if state.stage is Stage.CARD and state.card is not None:
            can_cancel = prompt.can_cancel and not state.card.cancel_asked
            self._screen.publish(replace(state, card=replace(state.card, prompt=prompt), can_cancel=can_cancel))

    async def _word(self, terminal: CardTerminal, sale: CardSale, result: CardResult) -> Verdict | None:
        """What the result means; an unknown one is asked about, and None where nobody says."""
        verdict = await self._cards.judge(sale.attempt_id, result, shown=True)
        if result.pending:
            await self._settlements.settle_held(terminal, result.pending)
        if verdict.news is not News.NOTHING:
            return verdict
        self._screen.publish(replace(self._screen.state, stage=Stage.CHECKING, card=None, can_cancel=False))
        if not terminal.capabilities.can_ask_status:
            return None
        return await self._ask(terminal, sale)

    async def _ask(self, terminal: CardTerminal, sale: CardSale) -> Verdict | None:
        began_s = self._clock.monotonic()
        limit_s = self._settings.ask_limit_s
        while self._clock.monotonic() - began_s < limit_s:
            try:
                attempt = await self._cards.attempt(sale.attempt_id)
                result = await terminal.status(card_steps.reference_of(attempt))
            except CardError as error:
                log.warning("no word about attempt=%s code=%s", sale.attempt_id, error.code)
            else:
                limit_s = self._limit_of(result)
                verdict = await self._cards.judge(sale.attempt_id, result, shown=True)
                if verdict.news is not News.NOTHING:
                    return verdict
            await self._clock.sleep(self._settings.ask_again_s)
        return None

    def _limit_of(self, result: CardResult) -> float:
        goes_on = result.outcome is CardOutcome.PENDING
        return self._settings.going_on_limit_s if goes_on else self._settings.ask_limit_s

    # --- what the screen says of it ---------------------------------------------------------------------------------

    async def _follow(
        self, sale_id: str, amount: Money, sale: CardSale, result: CardResult, verdict: Verdict | None
    ) -> None:
        if verdict is None:
            await self._cards.name_unknown(sale.attempt_id)
            self._screen.stop(Trouble.CARD_UNKNOWN, MoneyTold.BEING_CHECKED)
        elif verdict.news is News.TICKET:
            await self._deliver(sale_id)
        elif verdict.news is News.PART:
            await self._choose_again(sale_id, amount - sale.amount, None)
        elif verdict.news is News.RETURNED:
            money = MoneyTold.WILL_BE_RETURNED if verdict.goes_back else MoneyTold.SAFE
            self._screen.stop(verdict.trouble or Trouble.CARD_AMOUNT_DIFFERS, money)
        else:
            await self._choose_again(sale_id, amount, verdict.trouble or Trouble.CARD_DECLINED, result.message)

    async def _choose_again(self, sale_id: str, amount: Money, trouble: Trouble | None, message: str = "") -> None:
        """No money moved by this attempt; `trouble` None: it paid its part, and the rest is still to be paid."""
        shown = None
        if trouble is not None:
            shown = TroubleOnScreen(trouble, MoneyTold.NOT_CHARGED, reference_of(sale_id), message)
        # What is left of a sale that a card paid in part is paid by card too: both go back the same way.
        offers = self._terminals.offers if await self._cards.standing(sale_id) else self._offers
        self._screen.publish(
            CheckoutState(
                Stage.CHOOSING_AGAIN,
                sale_id,
                amount,
                offers=offers(amount),
                choose_until_s=self._clock.monotonic() + self._settings.choose_s,
                trouble=shown,
            )
        )
