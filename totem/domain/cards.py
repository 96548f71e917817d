"""What a card terminal is asked and answers: the types, and the port `CardTerminal` itself.

TEF (PayGo), a Smart POS and an mPOS differ in what they can do, which `CardCapabilities` says; a screen never offers
more. No type here has room for a card's number, holder or expiry.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from totem.domain.errors import Trouble
from totem.domain.money import Money


class CardKind(StrEnum):
    CREDIT = "credit"
    DEBIT = "debit"
    CARD = "card"
    """Which of them, the customer chooses on the acquirer's own page (vinti4)."""


class CardOutcome(StrEnum):
    """What became of a sale, a void or an admin function at the terminal."""

    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    """Nobody presented a card in the terminal's time."""
    NOT_SENT = "not_sent"
    """Provably the terminal never had it."""
    PENDING = "pending"
    """The terminal has it, and it goes on."""
    UNKNOWN = "unknown"
    """It may have been carried out: ask, never charge again to find out."""


@dataclass(frozen=True, slots=True)
class CardSale:
    """What is asked of the terminal; stored in the journal before a byte of it leaves.

    `attempt_id` is unique per attempt and carries the kiosk's prefix (at most 32 characters of A-Z and 0-9);
    `number`, 1 to 7,999,999,999, is the same for terminals that want digits (field 001 of a TEF message).
    """

    attempt_id: str
    number: int
    amount: Money
    kind: CardKind
    installments: int = 1
    """1: at sight. More only where the capabilities allow it, and never for debit."""
    reference: str = ""
    """The sale's short code, for the receipt and the merchant's list."""
    language: str = "pt"


@dataclass(frozen=True, slots=True)
class CardReference:
    """An attempt as the journal knows it, for every act after the sale itself."""

    attempt_id: str
    number: int
    amount: Money
    kind: CardKind
    installments: int = 1
    trace: Mapping[str, str] = field(default_factory=dict)
    """`CardResult.trace` of this attempt, {} while no answer was stored."""
    sent_at: datetime | None = None
    """When the intent was stored: a terminal's list is searched from there."""


@dataclass(frozen=True, slots=True)
class CardReceipts:
    """The acquirer's lines, already free of holder, expiry and full numbers; () where there is none."""

    customer: tuple[str, ...] = ()
    merchant: tuple[str, ...] = ()
    wants_customer: bool = True
    """Whether the acquirer asks for this copy on paper (field 737)."""
    wants_merchant: bool = False


@dataclass(frozen=True, slots=True)
class PendingCard:
    """A transaction that the terminal holds open, as it names it. It is confirmed or undone by this reference."""

    trace: Mapping[str, str]
    """At least the key by which `confirm` and `undo` work (TEF: 027, 010); "request" is our own `CardSale.number`."""
    attempt_id: str = ""
    """Ours, where the terminal tells it."""


@dataclass(frozen=True, slots=True)
class CardResult:
    """The last word of one call, or of one stream. `amount` is what the terminal says it took; APPROVED has one."""

    outcome: CardOutcome
    amount: Money | None = None
    nsu: str = ""
    authorization: str = ""
    brand: str = ""
    last_digits: str = ""
    """At most the last four of the card's number."""
    needs_confirmation: bool = False
    """The terminal waits for `confirm` or `undo`."""
    trace: Mapping[str, str] = field(default_factory=dict)
    """What later acts need, by the terminal's own names (control code, transaction id, host's date and time, network).
    Stored in clear: no card data."""
    receipts: CardReceipts = field(default_factory=CardReceipts)
    message: str = ""
    """The terminal's own words, whole, for the screen; redacted."""
    code: str = ""
    """The terminal's own code, for the log and the technician."""
    trouble: Trouble | None = None
    """Ours, where the outcome is not APPROVED."""
    pending: tuple[PendingCard, ...] = ()
    """Other transactions that must be settled first: this sale was not made because of them."""


class PromptKind(StrEnum):
    """What the customer should do now; each has its moving picture and its words in three languages."""

    CONNECTING = "connecting"
    PRESENT_CARD = "present_card"
    """Insert, tap or swipe."""
    PIN = "pin"
    PROCESSING = "processing"
    REMOVE_CARD = "remove_card"
    MESSAGE = "message"
    """Only the terminal's own words."""
    MENU = "menu"
    """`options` wait for `answer`."""
    KEY_CARD = "key_card"
    """The customer types the card's data on the kiosk's own keypad; they wait for `CardGateway.supply`."""
    WEB_PAGE = "web_page"
    """The acquirer's page (`page`) is shown in the kiosk; what it posts back waits for `CardGateway.returned`."""


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page of the acquirer's that the kiosk shows: the form is posted to `url` from memory, never from a file."""

    url: str
    """HTTPS. Its host is pinned; only 3DS pages of issuers may follow, and only during this transaction."""
    form: tuple[tuple[str, str], ...] = field(repr=False)
    returns_to: str
    """The address (as in urlMerchantResponse, with an unguessable path) whose POST is the answer; nothing is ever
    fetched from it: the view catches it."""
    limit_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Prompt:
    kind: PromptKind
    text: str = ""
    """The terminal's own words, "" for none. Shown as they are."""
    can_cancel: bool = True
    options: tuple[str, ...] = ()
    page: WebPage | None = None


CardEvent = Prompt | CardResult


@dataclass(frozen=True, slots=True)
class CardCapabilities:
    kinds: frozenset[CardKind] = frozenset({CardKind.CREDIT, CardKind.DEBIT})
    most_installments: int = 1
    least_installment_cents: int = 500
    can_cancel: bool = True
    """`cancel` reaches the terminal while it waits for a card."""
    confirms: bool = False
    """Approvals may ask for `confirm` or `undo` (TEF)."""
    can_ask_status: bool = True
    """`status` can tell what became of an attempt; otherwise unknown is settled by `pending` or by a technician."""
    can_refund: bool = False
    refund_needs: frozenset[str] = frozenset()
    """Keys of an approval's trace without which it cannot be given back by itself (vinti4)."""
    late_word_s: float = 0.0
    """Seconds after an end without money in which an approval may still come: then it is asked once more."""
    has_admin: bool = False
    prints_receipt: bool = False
    """The terminal prints the card receipt itself."""
    prints_tickets: bool = False
    """Its printer may take the kiosk's own ticket, by a `Printer` of its own."""


@dataclass(frozen=True, slots=True)
class TerminalHealth:
    """Whether a sale may be begun now. `detail` is for the technician (Portuguese is not needed)."""

    ready: bool
    trouble: Trouble | None = None
    detail: str = ""
    clock_drift_s: float | None = None
    """The terminal's clock less ours, where it tells its time."""


class KeyedCard:
    """A card's data as the customer typed them: in memory only, wiped after use, shown by no repr and never pickled.

    PCI DSS: number, code, expiry and holder never reach a log, a journal, an exception or a file.
    """

    __slots__ = ("_values",)

    def __init__(self, number: str, expiry_month: int, expiry_year: int, security_code: str, holder: str) -> None:
        """`number` and `security_code` are digits, `expiry_year` has four."""
        self._values: dict[str, bytearray] = {
            "number": bytearray(number, "ascii"),
            "expiry": bytearray(f"{expiry_month:02d}{expiry_year:04d}", "ascii"),
            "security_code": bytearray(security_code, "ascii"),
            "holder": bytearray(holder, "utf-8"),
        }

    @property
    def number(self) -> str:
        return self._text("number")

    @property
    def expiry_month(self) -> int:
        return int(self._text("expiry")[:2])

    @property
    def expiry_year(self) -> int:
        return int(self._text("expiry")[2:])

    @property
    def security_code(self) -> str:
        return self._text("security_code")

    @property
    def holder(self) -> str:
        return self._text("holder")

    def wipe(self) -> None:
        """Overwrite and forget; reading anything after it raises ValueError. May be called twice."""
        for value in self._values.values():
            value[:] = bytes(len(value))
        self._values.clear()

    def _text(self, name: str) -> str:
        if name not in self._values:
            raise ValueError("the card's data were wiped")
        return self._values[name].decode("utf-8")

    def __repr__(self) -> str:
        return "KeyedCard(...)"

    def __reduce__(self) -> str:
        raise TypeError("a card's data are never copied out of memory")


class CardTerminal(Protocol):
    """TEF, Smart POS or mPOS. One sale at a time; the caller sees to it.

    Streams never raise: whatever happens is their last event, exactly one CardResult. The other calls raise a
    CardError, whose `outcome` says what may have happened, and nothing else.
    """

    @property
    def name(self) -> str:
        """`"tef"`, `"smartpos"`, `"gopag"`, `"adiq"`, `"vinti4"`: what the journal stores."""
        ...

    @property
    def capabilities(self) -> CardCapabilities: ...

    async def health(self) -> TerminalHealth:
        """Never raises, and moves no money (TEF: ATV)."""
        ...

    def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        """Ask for the payment: prompts as they come, then the result. Closing the iterator early leaves it unknown."""
        ...

    async def answer(self, attempt_id: str, choice: int) -> None:
        """Choose that option (from 0) of the menu that the stream showed last."""
        ...

    async def cancel(self, attempt_id: str) -> None:
        """Ask to cancel; the stream's result is the last word. Does nothing where it is too late."""
        ...

    async def status(self, reference: CardReference) -> CardResult:
        """What became of it, asked anew. UNKNOWN where the terminal cannot say."""
        ...

    async def confirm(self, reference: CardReference) -> None:
        """Returns once acknowledged; sending it again is safe."""
        ...

    async def undo(self, reference: CardReference) -> None:
        """Returns once acknowledged; sending it again is safe."""
        ...

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        """Void or refund a settled sale: APPROVED done, DECLINED refused, UNKNOWN to be asked by `refund_status`."""
        ...

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult: ...

    async def pending(self) -> tuple[PendingCard, ...]:
        """What the terminal holds open, as far as it tells without a sale (TEF: an orphan answer in the folder)."""
        ...

    def admin(self) -> AsyncIterator[CardEvent]:
        """The terminal's own menu (TEF: ADM), for the technician."""
        ...

    async def close(self) -> None: ...


@runtime_checkable
class CardGateway(CardTerminal, Protocol):
    """Adiq and vinti4: a terminal whose reader is the kiosk itself, or a page of the acquirer's.

    Adiq pre-authorised is confirmed by capture and undone by cancellation; what is captured or paid at once needs no
    confirmation, and goes back by `refund`.
    """

    async def supply(self, attempt_id: str, card: KeyedCard) -> None:
        """The typed card that the stream's KEY_CARD waits for. Wiped here, whatever happens."""
        ...

    async def returned(self, attempt_id: str, fields: Mapping[str, str]) -> None:
        """What the acquirer's page posted back; the stream judges it, and a forged one changes nothing."""
        ...
