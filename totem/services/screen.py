"""The one place where the state of the screen changes, and those who are told of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from totem.domain.errors import Trouble
from totem.services.ids import reference_of
from totem.services.state import CheckoutState, Listener, MoneyTold, Stage, TroubleOnScreen

log = logging.getLogger(__name__)


class Screen:
    """Holds the present `CheckoutState` and publishes each new one to its listeners, on the loop's thread."""

    def __init__(self) -> None:
        self._state = CheckoutState()
        self._listeners: list[Listener] = []
        self._changed = asyncio.Event()
        self._is_taken_out = False

    @property
    def state(self) -> CheckoutState:
        return self._state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, state: CheckoutState) -> None:
        if self._is_taken_out and state.stage is Stage.IDLE:
            state = _TAKEN_OUT
        self._state = state
        self._changed.set()
        for listener in tuple(self._listeners):
            try:
                listener(state)
            except Exception:
                # A broken screen must not stop a payment from being recorded or a ticket from being printed.
                log.exception("a screen failed to show %s", state.stage)

    def take_out(self, *, out: bool) -> None:
        """Between sales the screen is out of service, until it is put back; a sale at hand goes on to its end."""
        self._is_taken_out = out
        if self._state.stage is Stage.IDLE or self._state is _TAKEN_OUT:
            self.publish(CheckoutState())

    async def wait_change(self) -> None:
        """Until the next publication."""
        self._changed.clear()
        await self._changed.wait()

    def show_slow(self, *, slow: bool) -> None:
        """Say, or no longer say, that the bank is slow to answer; nothing else changes."""
        pix = self._state.pix
        if pix is not None and pix.slow is not slow:
            self.publish(replace(self._state, pix=replace(pix, slow=slow)))

    def stop(self, trouble: Trouble, money: MoneyTold) -> None:
        """The sale is over without goods, or goes on without its customer."""
        self._end(Stage.STOPPED, trouble, money)

    def out_of_service(self, trouble: Trouble, money: MoneyTold) -> None:
        """Nothing leads back from here but a restart."""
        self._end(Stage.OUT_OF_SERVICE, trouble, money if self._state.sale_id else MoneyTold.NOT_CHARGED)

    def _end(self, stage: Stage, trouble: Trouble, money: MoneyTold) -> None:
        shown = TroubleOnScreen(trouble, money, reference_of(self._state.sale_id))
        self.publish(CheckoutState(stage, self._state.sale_id, self._state.amount, trouble=shown))


_TAKEN_OUT = CheckoutState(Stage.OUT_OF_SERVICE, trouble=TroubleOnScreen(Trouble.TAKEN_OUT, MoneyTold.NOT_CHARGED))
