"""A checkout that does what a test says: states are published by hand, and every call is written down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from totem.domain.cards import KeyedCard
from totem.domain.catalogue import Basket
from totem.domain.money import Money
from totem.services.state import CheckoutState, Installments, Listener, Method, Offer, PaymentChoice


def in_parts(amount: Money, number: int) -> Installments:
    """So many payments, the first of which takes the centavos that are left over."""
    each = Money(amount.amount_cents // number, amount.currency)
    return Installments(number, each, amount - each * (number - 1))


def offer(method: Method, amount: Money, most: int = 1) -> Offer:
    return Offer(method, tuple(in_parts(amount, number) for number in range(1, most + 1)))


@dataclass
class FakeCheckout:
    """Implements `totem.services.state.CheckoutControl` without any money behind it."""

    state: CheckoutState = field(default_factory=CheckoutState)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    opened: list[Basket] = field(default_factory=list)
    supplied: list[KeyedCard] = field(default_factory=list)
    """Not wiped: a test reads what the screens handed over."""
    on_acknowledge: CheckoutState | None = field(default_factory=CheckoutState)
    """Published by `acknowledge`; None leaves the state as it is."""
    offered: tuple[tuple[Method, int], ...] = ((Method.PIX, 1),)
    """The methods, each with its most instalments."""
    _listeners: list[Listener] = field(default_factory=list)

    def publish(self, state: CheckoutState) -> None:
        self.state = state
        for listener in tuple(self._listeners):
            listener(state)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def offers(self, amount: Money) -> tuple[Offer, ...]:
        return tuple(offer(method, amount, most) for method, most in self.offered)

    async def open(self, basket: Basket, choice: PaymentChoice, language: str) -> None:
        self.opened.append(basket)
        self.calls.append(("open", choice, language))

    async def pay_again(self, choice: PaymentChoice) -> None:
        self.calls.append(("pay_again", choice))

    async def choose(self, option: int) -> None:
        self.calls.append(("choose", option))

    async def supply(self, card: KeyedCard) -> None:
        self.calls.append(("supply",))
        self.supplied.append(card)

    async def returned(self, fields: Mapping[str, str]) -> None:
        self.calls.append(("returned", dict(fields)))

    async def reprint(self) -> None:
        self.calls.append(("reprint",))

    async def cancel(self) -> None:
        self.calls.append(("cancel",))

    async def more_time(self) -> None:
        self.calls.append(("more_time",))

    async def acknowledge(self) -> None:
        self.calls.append(("acknowledge",))
        if self.on_acknowledge is not None:
            self.publish(self.on_acknowledge)
