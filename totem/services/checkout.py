"""The sale on the screen, from basket to ticket: one at a time, told to the screens as a `CheckoutState`.

The screen follows the journal, never the other way round: what is published was stored first. How each method goes is
in `pix_flow` and `card_flow`, and what follows the payment in `delivery`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from totem.domain.cards import KeyedCard
from totem.domain.catalogue import Basket
from totem.domain.errors import JournalWriteFailed, TotemError, Trouble
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal, Random
from totem.services.card_flow import CardFlow
from totem.services.cards import CardPayments
from totem.services.delivery import Delivery
from totem.services.ids import new_sale_id
from totem.services.outage import Outage
from totem.services.payments import PixPayments
from totem.services.pix_flow import PixFlow
from totem.services.screen import Screen
from totem.services.state import CheckoutState, Listener, Method, MoneyTold, Offer, PaymentChoice, Stage

log = logging.getLogger(__name__)

Offers = Callable[[Money], tuple[Offer, ...]]


@dataclass(frozen=True, slots=True)
class Flows:
    """What the checkout leads the customer through."""

    pix: PixFlow
    card: CardFlow
    delivery: Delivery
    payments: PixPayments
    cards: CardPayments
    offers: Offers


class Checkout:
    """Implements `totem.services.state.CheckoutControl`."""

    def __init__(
        self,
        kiosk_id: str,
        journal: Journal,
        screen: Screen,
        outage: Outage,
        flows: Flows,
        clock: Clock,
        random: Random,
    ) -> None:
        self._kiosk_id = kiosk_id
        self._journal = journal
        self._screen = screen
        self._outage = outage
        self._flows = flows
        self._clock = clock
        self._random = random
        self._ready = asyncio.Event()

    def let_customers_pay(self) -> None:
        """Recovery is done: sales that were asked for meanwhile go on."""
        self._ready.set()

    # --- what the screens see ---------------------------------------------------------------------------------------

    @property
    def state(self) -> CheckoutState:
        return self._screen.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._screen.subscribe(listener)

    def offers(self, amount: Money) -> tuple[Offer, ...]:
        return self._flows.offers(amount)

    # --- what the customer asks -------------------------------------------------------------------------------------

    async def open(self, basket: Basket, choice: PaymentChoice, language: str) -> None:
        if self._screen.state.stage is not Stage.IDLE or basket.is_empty or not self._offered(choice, basket.total):
            return
        self._screen.publish(CheckoutState(Stage.PREPARING, amount=basket.total))
        await self._guarded(lambda: self._open(basket, choice, language))

    async def pay_again(self, choice: PaymentChoice) -> None:
        state = self._screen.state
        if state.stage is not Stage.CHOOSING_AGAIN or state.amount is None or choice.method not in _methods(state):
            return
        amount = state.amount
        self._screen.publish(CheckoutState(Stage.PREPARING, state.sale_id, amount))
        await self._guarded(lambda: self._pay(state.sale_id, amount, choice))

    async def choose(self, option: int) -> None:
        if self._screen.state.stage is Stage.CARD:
            await self._flows.card.choose(option)

    async def supply(self, card: KeyedCard) -> None:
        if self._screen.state.stage is Stage.CARD:
            await self._flows.card.supply(card)
        else:
            card.wipe()

    async def returned(self, fields: Mapping[str, str]) -> None:
        if self._screen.state.stage is Stage.CARD:
            await self._guarded(lambda: self._flows.card.returned(fields))

    async def more_time(self) -> None:
        await self._flows.pix.more_time()

    async def cancel(self) -> None:
        stage = self._screen.state.stage
        if stage is Stage.AWAITING_PAYMENT:
            await self._flows.pix.cancel()
        elif stage is Stage.CARD:
            await self._guarded(self._flows.card.cancel)
        elif stage is Stage.CHOOSING_AGAIN:
            await self._guarded(self._give_up)

    async def reprint(self) -> None:
        await self._flows.delivery.reprint()

    async def acknowledge(self) -> None:
        stage = self._screen.state.stage
        if stage is Stage.TICKET_UNKNOWN:
            await self._guarded(self._flows.delivery.has_ticket)
        if stage in (Stage.COMPLETED, Stage.STOPPED, Stage.TICKET_UNKNOWN) and not self._outage.declared:
            self._flows.pix.forget()
            self._screen.publish(CheckoutState())

    # --- one sale ---------------------------------------------------------------------------------------------------

    async def _guarded(self, act: Callable[[], Awaitable[None]]) -> None:
        """Whatever fails is told on the screen; nothing is raised to it."""
        try:
            await self._ready.wait()
            await act()
        except JournalWriteFailed as error:
            log.exception("sale not recorded")
            self._journal_failed(error)
        except Exception as error:
            log.exception("sale could not go on")
            self._screen.stop(error.trouble if isinstance(error, TotemError) else Trouble.INTERNAL, _money(self.state))
            self._flows.pix.remove_unseen()

    async def _open(self, basket: Basket, choice: PaymentChoice, language: str) -> None:
        # No ticket, no sale: a customer must not pay for one that cannot come out.
        trouble = await self._flows.delivery.trouble()
        if trouble is not None:
            self._screen.stop(trouble, MoneyTold.NOT_CHARGED)
            return
        await self._journal.check_room()
        sale_id = new_sale_id(self._kiosk_id, self._clock.now(), self._random)
        await self._flows.payments.begin(sale_id, basket, language, choice.method.value)
        self._screen.publish(replace(self._screen.state, sale_id=sale_id))
        await self._pay(sale_id, basket.total, choice)

    async def _pay(self, sale_id: str, amount: Money, choice: PaymentChoice) -> None:
        if choice.method is Method.PIX:
            await self._flows.pix.begin(sale_id, amount)
        else:
            self._flows.card.begin(sale_id, amount, choice)

    def _offered(self, choice: PaymentChoice, amount: Money) -> bool:
        for offer in self.offers(amount):
            if offer.method is choice.method:
                return choice.installments in {plan.number for plan in offer.installments}
        return False

    async def _give_up(self) -> None:
        """The customer chose nothing more: a sale without money ends here, one paid in part goes back."""
        state = self._screen.state
        trouble = state.trouble.trouble if state.trouble is not None else Trouble.CARD_CANCELLED
        if await self._flows.cards.return_sale(state.sale_id, Trouble.CARD_CANCELLED):
            self._screen.stop(Trouble.CARD_CANCELLED, MoneyTold.WILL_BE_RETURNED)
            return
        await self._flows.payments.give_up_sale(state.sale_id, trouble)
        self._screen.publish(CheckoutState())

    def _journal_failed(self, error: JournalWriteFailed) -> None:
        """Before the money nothing was taken; once some may have moved, the kiosk stops selling."""
        state = self._screen.state
        if state.sale_id and (self._flows.pix.may_be_charged or state.stage in _MONEY_MAY_MOVE):
            self._outage.declare(error.trouble, _money(state))
        else:
            self._screen.stop(error.trouble, MoneyTold.NOT_CHARGED)

    # --- time -------------------------------------------------------------------------------------------------------

    async def watch_screen(self) -> None:
        """The loop that ends what waits for a customer who may have left; ends by cancellation."""
        while True:
            ends_at_s, act = self._deadline()
            if act is None:
                await self._screen.wait_change()
                continue
            wait_s = ends_at_s - self._clock.monotonic()
            if wait_s <= 0:
                await self._guarded(act)
                continue
            await self._clock.sleep(min(wait_s, 1.0))

    def _deadline(self) -> tuple[float, Callable[[], Awaitable[None]] | None]:
        """When the present screen's time is over, and what happens then."""
        state = self._screen.state
        if state.stage is Stage.AWAITING_PAYMENT and state.pix is not None:
            return state.pix.ends_at_s, self._flows.pix.time_over
        if state.stage is Stage.CHOOSING_AGAIN:
            return state.choose_until_s, self._give_up
        if state.stage is Stage.TICKET_UNKNOWN and state.ticket is not None:
            return state.ticket.reprint_until_s, self._flows.delivery.reprint_time_over
        return 0.0, None

    # --- shutting down ----------------------------------------------------------------------------------------------

    async def shut_down(self, limit_s: float) -> None:
        """Take the sale off the screen, bank and terminal, and let a running ticket end, within the limit."""
        try:
            async with asyncio.timeout(limit_s):
                await self.cancel()
                await self._flows.card.ended()
                await self.cancel()
                await self._flows.pix.closed()
                await self._flows.delivery.wait_quiet()
        except TimeoutError:
            log.warning("closing down with work left; recovery takes it up at the next start")
        finally:
            await self._flows.pix.close()
            await self._flows.card.close()
            await self._outage.close()


_MONEY_MAY_MOVE = (Stage.CARD, Stage.CHECKING, Stage.CANCELLING)


def _methods(state: CheckoutState) -> set[Method]:
    return {offer.method for offer in state.offers}


def _money(state: CheckoutState) -> MoneyTold:
    """What may be said of the money at this stage without knowing more."""
    return MoneyTold.BEING_CHECKED if state.stage in _MONEY_MAY_MOVE else MoneyTold.NOT_CHARGED
