"""What the payment part of the kiosk shows at any moment: one immutable value, published at every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from totem.domain.cards import KeyedCard, Prompt
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
    CARD = "card"
    """The terminal has the sale: `card` says what the customer should do."""
    CHOOSING_AGAIN = "choosing_again"
    """No money moved by the last attempt, and the sale is still open: again, another card, Pix, or give up."""
    CANCELLING = "cancelling"
    """The customer asked to cancel; the bank's word is awaited."""
    CHECKING = "checking"
    """The time is over, or the bank was silent: it is asked what became of the money."""
    PRINTING = "printing"
    """Paid for certain; the ticket is on its way."""
    HELD = "held"
    """Paid, and the printer waits for paper or a closed cover; the ticket follows."""
    TICKET_UNKNOWN = "ticket_unknown"
    """Paid, and nobody knows whether the ticket came out: the customer may have it again, marked as a second copy."""
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


class Method(StrEnum):
    """How a customer pays; its value is stored in the journal."""

    PIX = "pix"
    CREDIT = "credit"
    DEBIT = "debit"
    CARD = "card"
    """Credit or debit as the customer chooses on the acquirer's own page."""


@dataclass(frozen=True, slots=True)
class PaymentChoice:
    method: Method
    installments: int = 1
    part: Money | None = None
    """So much of what is left, on this card; None for all of it."""


@dataclass(frozen=True, slots=True)
class Installments:
    """So many payments of `each`, the first of which is `first`: the plan loses no centavo."""

    number: int
    each: Money
    first: Money


@dataclass(frozen=True, slots=True)
class Offer:
    """A method that can be taken now. `installments` has the plans that may be chosen, at least the one of 1."""

    method: Method
    installments: tuple[Installments, ...]


@dataclass(frozen=True, slots=True)
class CardOnScreen:
    """The card sale as the terminal tells it. Times are seconds of the injected monotonic clock."""

    method: Method
    installments: Installments
    prompt: Prompt
    since_s: float
    cancel_asked: bool = False


@dataclass(frozen=True, slots=True)
class TicketOnScreen:
    """The ticket of the sale. `picture` is a PNG drawn from the very bytes that go to the printer, b"" until known."""

    number: int
    picture: bytes = b""
    second_copy: bool = False
    code: str = ""
    """What the ticket's QR says. Shown large where `paperless`: the owner sells on without paper."""
    paperless: bool = False
    reprint_until_s: float = 0.0
    """In TICKET_UNKNOWN: until then (monotonic seconds) the customer may ask for a second copy; 0 for no more."""


@dataclass(frozen=True, slots=True)
class TroubleOnScreen:
    trouble: Trouble
    money: MoneyTold
    reference: str = ""
    """A short code by which an attendant finds the sale; "" when there is none."""
    message: str = ""
    """The card terminal's own words, whole; "" for none."""


@dataclass(frozen=True, slots=True)
class CheckoutState:
    stage: Stage = Stage.IDLE
    sale_id: str = ""
    amount: Money | None = None
    pix: PixOnScreen | None = None
    card: CardOnScreen | None = None
    ticket: TicketOnScreen | None = None
    offers: tuple[Offer, ...] = ()
    """In CHOOSING_AGAIN: what may be tried now."""
    choose_until_s: float = 0.0
    """In CHOOSING_AGAIN: when the sale is given up (monotonic seconds)."""
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

    def offers(self, amount: Money) -> tuple[Offer, ...]:
        """What a customer may pay that amount with now, in the owner's order."""
        ...

    async def open(self, basket: Basket, choice: PaymentChoice, language: str) -> None:
        """Begin a sale of the basket by that choice. Does nothing unless the stage is IDLE."""
        ...

    async def pay_again(self, choice: PaymentChoice) -> None:
        """Try the same sale anew. Does nothing unless the stage is CHOOSING_AGAIN."""
        ...

    async def choose(self, option: int) -> None:
        """Answer the terminal's menu."""
        ...

    async def supply(self, card: KeyedCard) -> None:
        """Hand the typed card to the gateway that waits for it (KEY_CARD). Whatever happens, it is wiped: at once where
        nobody waits, with the attempt's end at the latest."""
        ...

    async def returned(self, fields: Mapping[str, str]) -> None:
        """What the acquirer's page posted back, whoever sent it: the gateway judges. One answer for one attempt."""
        ...

    async def reprint(self) -> None:
        """Print the ticket of TICKET_UNKNOWN again, marked; once, and only in its time."""
        ...

    async def cancel(self) -> None:
        """Ask to cancel; the bank's or the terminal's last word wins. In CHOOSING_AGAIN: give the sale up."""
        ...

    async def more_time(self) -> None:
        """Extend the screen, within the life of the charge."""
        ...

    async def acknowledge(self) -> None:
        """The customer is done with the result (COMPLETED, TICKET_UNKNOWN or STOPPED): back to IDLE."""
        ...
