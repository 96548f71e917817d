"""What the payment part of the kiosk shows at any moment: one immutable value, published at every change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from totem.domain.catalogue import Basket
from totem.domain.errors import Trouble
from totem.domain.money import Money


class Stage(StrEnum):
    """Where the sale on the screen stands. `IDLE` leaves the screen to choosing (attract, services, method)."""

    IDLE = "idle"
    PREPARING = "preparing"
    """The charge is being made."""
    AWAITING_PAYMENT = "awaiting_payment"
    """The Pix code is on the screen."""
    CANCELLING = "cancelling"
    """The customer asked to cancel; the bank's word is awaited."""
    CHECKING = "checking"
    """The time is over, or the bank was silent: it is asked what became of the money."""
    PRINTING = "printing"
    """Paid for certain; the ticket is on its way."""
    HELD = "held"
    """Paid, and the printer waits for paper or a closed cover; the ticket follows."""
    COMPLETED = "completed"
    STOPPED = "stopped"
    """The sale is over without goods, or with a named attention: `trouble` tells."""
    OUT_OF_SERVICE = "out_of_service"


class MoneyTold(StrEnum):
    """The one sentence about the customer's money on a trouble screen."""

    NOT_CHARGED = "not_charged"
    WILL_BE_RETURNED = "will_be_returned"
    SAFE = "safe"
    """Paid and recorded; the goods follow, or an attendant helps."""
    BEING_CHECKED = "being_checked"


@dataclass(frozen=True, slots=True)
class PixOnScreen:
    """A charge as the customer sees it. Times are seconds of the injected monotonic clock."""

    copia_e_cola: str
    receiver_name: str
    shown_at_s: float
    ends_at_s: float
    """When the screen gives up, never later than the charge itself; "I need more time" moves it within that life."""
    can_extend: bool = False
    slow: bool = False
    """The bank has not answered the last questions: say so calmly."""


@dataclass(frozen=True, slots=True)
class TicketOnScreen:
    """The ticket of the sale. `picture` is a PNG drawn from the very bytes that go to the printer, b"" until known."""

    number: int
    picture: bytes = b""
    second_copy: bool = False


@dataclass(frozen=True, slots=True)
class TroubleOnScreen:
    trouble: Trouble
    money: MoneyTold
    reference: str = ""
    """A short code by which an attendant finds the sale; "" when there is none."""


@dataclass(frozen=True, slots=True)
class CheckoutState:
    stage: Stage = Stage.IDLE
    sale_id: str = ""
    amount: Money | None = None
    pix: PixOnScreen | None = None
    ticket: TicketOnScreen | None = None
    trouble: TroubleOnScreen | None = None
    can_cancel: bool = False


Listener = Callable[[CheckoutState], None]


class CheckoutControl(Protocol):
    """What the screens may ask of the checkout. No method raises: whatever happens is told by the state."""

    @property
    def state(self) -> CheckoutState: ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` on the loop's thread at every change; the returned function ends it."""
        ...

    async def open(self, basket: Basket, method: str, language: str) -> None:
        """Begin a sale of the basket by that method (`"pix"`). Does nothing unless the stage is IDLE."""
        ...

    async def cancel(self) -> None:
        """Ask to cancel; the bank's last word wins."""
        ...

    async def more_time(self) -> None:
        """Extend the screen, within the life of the charge."""
        ...

    async def acknowledge(self) -> None:
        """The customer is done with the result (COMPLETED or STOPPED): back to IDLE."""
        ...
