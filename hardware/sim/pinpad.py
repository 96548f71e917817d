"""A card reader that asks its customer, and the hands on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

Sleep = Callable[[float], Awaitable[None]]


class Stage(StrEnum):
    IDLE = "idle"
    MENU = "menu"
    """It shows the acquirers' networks."""
    CARD = "card"
    """"Insira, aproxime ou passe o cartao"."""


class GestureKind(StrEnum):
    PRESENTED = "presented"
    DECLINED = "declined"
    """A card that its issuer refuses."""
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Gesture:
    kind: GestureKind
    message: str = ""
    """For a declined card, the issuer's words; for a cancelled question, who cancelled it."""


class NobodyAsks(ValueError):
    """The pinpad shows nothing that this hand could answer."""


class Pinpad:
    """Asks one customer at a time. Where `auto` is set, a card comes by itself `auto_delay_s` after the question."""

    def __init__(
        self, sleep: Sleep, changed: Callable[[], None], *, auto: bool, auto_delay_s: float, timeout_s: float
    ) -> None:
        self.auto = auto
        self.auto_delay_s = auto_delay_s
        self._timeout_s = timeout_s
        self._sleep = sleep
        self._changed = changed
        self._asked: asyncio.Future[Gesture] | None = None
        self.stage = Stage.IDLE
        self.amount_cents = 0

    async def ask(self, stage: Stage, amount_cents: int, timeout_s: float | None = None) -> Gesture:
        """What the customer does at this stage; None for the reader's own patience."""
        self._asked = asyncio.get_running_loop().create_future()
        self.stage, self.amount_cents = stage, amount_cents
        by_itself = asyncio.create_task(
            self._by_itself(self._asked, self._timeout_s if timeout_s is None else timeout_s)
        )
        self._changed()
        try:
            return await self._asked
        finally:
            by_itself.cancel()
            self._asked = None
            self.stage, self.amount_cents = Stage.IDLE, 0
            self._changed()

    async def _by_itself(self, asked: asyncio.Future[Gesture], timeout_s: float) -> None:
        if self.auto:
            await self._sleep(self.auto_delay_s)
            gesture = Gesture(GestureKind.PRESENTED)
        else:
            await self._sleep(timeout_s)
            gesture = Gesture(GestureKind.TIMEOUT)
        if not asked.done():
            asked.set_result(gesture)

    # --- hands --------------------------------------------------------------------------------------------------

    def present_card(self) -> None:
        """A good card, and the right PIN. Raises NobodyAsks."""
        self._answer(Stage.CARD, Gesture(GestureKind.PRESENTED))

    def decline(self, message: str = "NEGADA PELO EMISSOR") -> None:
        """A card that its issuer refuses, in these words (ASCII). Raises NobodyAsks."""
        self._answer(Stage.CARD, Gesture(GestureKind.DECLINED, message))

    def choose_network(self) -> None:
        """The one network of the menu. Raises NobodyAsks."""
        self._answer(Stage.MENU, Gesture(GestureKind.PRESENTED))

    def cancel(self, who: str = "") -> None:
        """The red key, at the menu or before the card. Raises NobodyAsks."""
        self._answer(self.stage, Gesture(GestureKind.CANCELLED, who))

    def _answer(self, stage: Stage, gesture: Gesture) -> None:
        if self._asked is None or self._asked.done() or self.stage is not stage:
            raise NobodyAsks(f"the pinpad is at {self.stage.value}")
        self._asked.set_result(gesture)
