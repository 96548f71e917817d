"""The keypad of a typed card, between QML and `CardEntry`: keys in, dots out.

QML calls the slots and reads the map `Pad`, which holds masked text only. Nothing is typed into a text
field, so that no input method, clipboard or accessibility event ever has it, and an attached keyboard types nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from PySide6.QtCore import QObject, Slot

from totem.domain.card_numbers import CardBrand
from totem.domain.cards import KeyedCard, PromptKind
from totem.domain.ports import Clock
from totem.services.state import CheckoutState, Stage
from totem.ui.bridge import Board
from totem.ui.card_entry import CardEntry, Fault, Field
from totem.ui.sale_pictures import Spawn

REVEAL_S: Final = 1.0
"""How long the character typed last can be seen."""

Supply = Callable[[KeyedCard], Coroutine[Any, Any, None]]

_BRANDS: Final = {
    CardBrand.VISA: "Visa",
    CardBrand.MASTERCARD: "Mastercard",
    CardBrand.ELO: "Elo",
    CardBrand.AMEX: "American Express",
    CardBrand.HIPERCARD: "Hipercard",
    CardBrand.DINERS: "Diners Club",
    CardBrand.DISCOVER: "Discover",
    CardBrand.JCB: "JCB",
    CardBrand.AURA: "Aura",
    CardBrand.UNKNOWN: "",
}


class CardPad(QObject):
    """Lives on the loop's thread, as long as the screens do; holds a card only while a gateway waits for one."""

    def __init__(self, clock: Clock, spawn: Spawn, supply: Supply, parent: QObject) -> None:
        super().__init__(parent)
        self._clock, self._spawn, self._supply = clock, spawn, supply
        self.board = Board(self)
        self._entry = CardEntry()
        self._open = False
        self._sent = False
        self._typed_s = float("-inf")
        self._show()

    @property
    def is_empty(self) -> bool:
        """Nothing of any card is in memory here."""
        return self._entry.is_empty

    def follow(self, state: CheckoutState) -> None:
        """The checkout's word: open while a gateway waits for a card, and wiped as soon as it does not."""
        card = state.card if state.stage is Stage.CARD else None
        self._open = card is not None and card.prompt.kind is PromptKind.KEY_CARD and not card.cancel_asked
        self._sent = False
        if self._open:
            self._show()
        else:
            self.wipe()

    def tick(self) -> None:
        """Let time pass: what was typed last is hidden."""
        if self._open:
            self._show()

    def wipe(self) -> None:
        """Overwrite whatever was typed. May be called at any time."""
        self._entry.wipe()
        self._typed_s = float("-inf")
        self._show()

    # --- what QML may call ------------------------------------------------------------------------------------------

    @Slot(str)
    def press(self, character: str) -> None:
        if self._takes_keys and self._entry.press(character):
            self._typed_s = self._clock.monotonic()
            self._spawn(self._hide_later(), "ui.hide_typed")
            self._show()

    @Slot()
    def erase(self) -> None:
        if self._takes_keys:
            self._typed_s = float("-inf")  # what stands before it was hidden already
            self._entry.erase()
            self._show()

    @Slot()
    def clear(self) -> None:
        if self._takes_keys:
            self._entry.clear()
            self._show()

    @Slot(str)
    def go(self, field: str) -> None:
        if self._takes_keys and field in set(Field):
            self._typed_s = float("-inf")
            self._entry.go(Field(field))
            self._show()

    @Slot()
    def next(self) -> None:
        """On to the next field; after the last one the card goes to the gateway, and nothing of it stays here."""
        if not self._takes_keys:
            return
        self._typed_s = float("-inf")
        if self._entry.next(self._clock.now().astimezone().date()):
            self._sent = True
            self._spawn(self._supply(self._entry.take()), "ui.supply")
        self._show()

    # --- inside -----------------------------------------------------------------------------------------------------

    @property
    def _takes_keys(self) -> bool:
        return self._open and not self._sent

    async def _hide_later(self) -> None:
        await self._clock.sleep(REVEAL_S)
        self._show()

    def _show(self) -> None:
        entry, present = self._entry, self._entry.present
        reveal = self._clock.monotonic() - self._typed_s < REVEAL_S
        today = self._clock.now().astimezone().date()
        self.board.show(
            {
                "field": present.value,
                "fault": entry.fault.value,
                "brand": _BRANDS[entry.brand],
                "codeInFront": entry.brand is CardBrand.AMEX,
                "last": entry.is_last,
                "sent": self._sent,
                **{field.value: entry.shown(field, reveal=reveal) for field in Field},
                "done": {field.value: entry.judge(field, today) is Fault.NONE for field in Field},
            }
        )
