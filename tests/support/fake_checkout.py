"""A checkout that does what a test says: states are published by hand, and every call is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from totem.domain.catalogue import Basket
from totem.services.state import CheckoutState, Listener


@dataclass
class FakeCheckout:
    """Implements `totem.services.state.CheckoutControl` without any money behind it."""

    state: CheckoutState = field(default_factory=CheckoutState)
    calls: list[tuple[str, ...]] = field(default_factory=list)
    opened: list[Basket] = field(default_factory=list)
    on_acknowledge: CheckoutState | None = field(default_factory=CheckoutState)
    """Published by `acknowledge`; None leaves the state as it is."""
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

    async def open(self, basket: Basket, method: str, language: str) -> None:
        self.opened.append(basket)
        self.calls.append(("open", method, language))

    async def cancel(self) -> None:
        self.calls.append(("cancel",))

    async def more_time(self) -> None:
        self.calls.append(("more_time",))

    async def acknowledge(self) -> None:
        self.calls.append(("acknowledge",))
        if self.on_acknowledge is not None:
            self.publish(self.on_acknowledge)
