"""The checkout as the first screen has it, before bank, journal and printer are there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from totem.domain.cards import KeyedCard
from totem.domain.catalogue import Basket
from totem.domain.money import Money
from totem.services.state import CheckoutControl, CheckoutState, Listener, Offer, PaymentChoice

Offers = Callable[[Money], tuple[Offer, ...]]


class DeferredCheckout:
    """Implements `CheckoutControl`: idle until `attach`, and the real checkout from then on.

    Customers look and choose meanwhile; a sale that is asked for waits until the real one is there.
    """

    def __init__(self, offers: Offers) -> None:
        """`offers`: what the configuration promises, while nobody knows more."""
        self._offers = offers
        self._real: CheckoutControl | None = None
        self._there = asyncio.Event()
        self._listeners: dict[object, Listener] = {}
        self._leave: dict[object, Callable[[], None]] = {}

    def attach(self, real: CheckoutControl) -> None:
        """The checkout that takes over; called once, on the loop's thread. Its state is published at once."""
        self._real = real
        for key, listener in self._listeners.items():
            self._leave[key] = real.subscribe(listener)
            listener(real.state)
        self._listeners.clear()
        self._there.set()

    @property
    def state(self) -> CheckoutState:
        return CheckoutState() if self._real is None else self._real.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        if self._real is not None:
            return self._real.subscribe(listener)
        key = object()
        self._listeners[key] = listener
        return lambda: self._unsubscribe(key)

    def offers(self, amount: Money) -> tuple[Offer, ...]:
        return self._offers(amount) if self._real is None else self._real.offers(amount)

    async def open(self, basket: Basket, choice: PaymentChoice, language: str) -> None:
        await self._there.wait()
        if self._real is not None:
            await self._real.open(basket, choice, language)

    async def pay_again(self, choice: PaymentChoice) -> None:
        if self._real is not None:
            await self._real.pay_again(choice)

    async def choose(self, option: int) -> None:
        if self._real is not None:
            await self._real.choose(option)

    async def supply(self, card: KeyedCard) -> None:
        if self._real is None:
            card.wipe()
        else:
            await self._real.supply(card)

    async def returned(self, fields: Mapping[str, str]) -> None:
        if self._real is not None:
            await self._real.returned(fields)

    async def reprint(self) -> None:
        if self._real is not None:
            await self._real.reprint()

    async def cancel(self) -> None:
        if self._real is not None:
            await self._real.cancel()

    async def more_time(self) -> None:
        if self._real is not None:
            await self._real.more_time()

    async def acknowledge(self) -> None:
        if self._real is not None:
            await self._real.acknowledge()

    def _unsubscribe(self, key: object) -> None:
        self._listeners.pop(key, None)
        leave = self._leave.pop(key, None)
        if leave is not None:
            leave()
