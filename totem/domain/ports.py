"""The doors through which the kiosk reaches the world. Each has one contract suite over all its implementations.

The door to card terminals, with all that is said through it, is `totem.domain.cards.CardTerminal`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from totem.domain.day import DayBook, DaySpan
from totem.domain.machine import Machine
from totem.domain.money import Money
from totem.domain.records import Entry, Record, Subject


class Clock(Protocol):
    """Time. The wall clock may jump; whatever waits or expires is measured on `monotonic`."""

    def now(self) -> datetime:
        """Aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""
        ...

    async def sleep(self, seconds: float) -> None: ...


class Random(Protocol):
    """The part of `random.Random` that the kiosk uses; production injects `random.SystemRandom`."""

    def random(self) -> float: ...

    def uniform(self, a: float, b: float) -> float: ...

    def getrandbits(self, k: int) -> int: ...


# --- Pix ------------------------------------------------------------------------------------------------------------


class ChargeStatus(StrEnum):
    """`status` of a cob. A value that Bacen adds later reads as OTHER, which is pending."""

    ACTIVE = "ATIVA"
    COMPLETED = "CONCLUIDA"
    REMOVED_BY_RECEIVER = "REMOVIDA_PELO_USUARIO_RECEBEDOR"
    REMOVED_BY_PSP = "REMOVIDA_PELO_PSP"
    OTHER = "OTHER"


class RefundStatus(StrEnum):
    """`status` of a devolução."""

    PROCESSING = "EM_PROCESSAMENTO"
    DONE = "DEVOLVIDO"
    NOT_DONE = "NAO_REALIZADO"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Refund:
    """One devolução as the bank tells it."""

    refund_id: str
    amount: Money
    status: RefundStatus
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceivedPix:
    """One Pix that reached the account. `txid` is None for one paid straight to the key (bacen/pix-api #522)."""

    end_to_end_id: str
    txid: str | None
    amount: Money
    at: datetime
    refunds: tuple[Refund, ...] = ()


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """What we ask of the bank. `txid` is ours, stored before it is sent; `expires_in_s` seconds from creation."""

    txid: str
    amount: Money
    expires_in_s: int
    message: str = ""
    """`solicitacaoPagador`, at most 140 characters: the payer's app shows it."""
    details: tuple[tuple[str, str], ...] = ()
    """`infoAdicionais` as (nome, valor)."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A cob as the bank tells it. Judge payment by the sum of `payments`, never by `status` alone (#232)."""

    txid: str
    status: ChargeStatus
    amount: Money
    created_at: datetime
    expires_in_s: int
    copia_e_cola: str | None = None
    payments: tuple[ReceivedPix, ...] = ()


@dataclass(frozen=True, slots=True)
class PixCapabilities:
    """What a provider can do and how often it may be asked (calls a minute shared by the kiosks of one integration)."""

    can_refund: bool = True
    can_list_received: bool = True
    calls_per_minute: int = 60


class PixProvider(Protocol):
    """A bank that receives Pix. Every method raises a ProviderError, whose `outcome` says what may have happened.

    Nothing is retried inside but an idempotent PUT of the same charge, and never silently.
    """

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> PixCapabilities: ...

    async def create_charge(self, request: ChargeRequest) -> Charge:
        """PUT /cob/{txid}. Repeating the same request is safe: same id, same body."""
        ...

    async def get_charge(self, txid: str) -> Charge:
        """Raises ChargeNotFound where the bank has none."""
        ...

    async def cancel_charge(self, txid: str) -> Charge:
        """Ask for removal. The answer is not the last word: payment and removal race (#324), so read it again."""
        ...

    async def refund(self, end_to_end_id: str, refund_id: str, amount: Money) -> Refund: ...

    async def get_refund(self, end_to_end_id: str, refund_id: str) -> Refund:
        """Raises ChargeNotFound where the bank has none."""
        ...

    def received(self, since: datetime, until: datetime) -> AsyncIterator[ReceivedPix]:
        """Every Pix received in the window, whoever it belongs to, page by page."""
        ...

    async def close(self) -> None: ...


class PayoutStatus(StrEnum):
    """How far a Pix that we send has come. What a bank says beyond this reads as OTHER, which is pending."""

    AWAITING_APPROVAL = "awaiting_approval"
    """The account's owner must approve it in the bank's own application."""
    SCHEDULED = "scheduled"
    DONE = "done"
    REFUSED = "refused"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    """A Pix to send. `idempotency_key` is a UUID of ours, stored before it is sent: the same key pays once."""

    idempotency_key: str
    amount: Money
    pix_key: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Payout:
    """`payout_id` is the bank's (codigoSolicitacao); `end_to_end_id` None until the Pix has really left."""

    payout_id: str
    status: PayoutStatus
    end_to_end_id: str | None = None


class PixPayer(Protocol):
    """A bank that sends Pix from our account. Off unless the owner switched it on.

    Every method raises a ProviderError whose `outcome` says what may have happened.
    """

    @property
    def name(self) -> str: ...

    async def send_pix(self, request: PayoutRequest) -> Payout:
        """Repeating the same request with the same key is safe; another key would pay again."""
        ...

    async def get_payout(self, payout_id: str) -> Payout:
        """Raises ChargeNotFound where the bank has none."""
        ...

    async def close(self) -> None: ...


# --- Printer --------------------------------------------------------------------------------------------------------


class Condition(StrEnum):
    """What a printer's status bits mean to people."""

    OFFLINE = "offline"
    FEEDING = "feeding"
    """Somebody holds its feed button."""
    COVER_OPEN = "cover_open"
    PAPER_OUT = "paper_out"
    PAPER_LOW = "paper_low"
    CUTTER_ERROR = "cutter_error"
    HEAD_HOT = "head_hot"
    """It goes on by itself when it has cooled down."""
    ERROR = "error"
    """It names no cause."""
    FAULT = "fault"
    """Beyond recovery: it must be switched off and on, or mended."""
    NO_REPLY = "no_reply"
    UNREACHABLE = "unreachable"


class StatusBit(StrEnum):
    """The single bits behind the conditions, by Epson's ESC/POS reference (DLE EOT n): what a technician is shown."""

    OFFLINE = "offline"
    """n=1, bit 3."""
    WAITS_ONLINE = "waits_online"
    """n=1, bit 5."""
    FEED_BUTTON = "feed_button"
    """n=1, bit 6."""
    COVER_OPEN = "cover_open"
    """n=2, bit 2."""
    FEEDING = "feeding"
    """n=2, bit 3."""
    PAPER_STOP = "paper_stop"
    """n=2, bit 5."""
    ERROR = "error"
    """n=2, bit 6."""
    MECHANICAL = "mechanical"
    """n=3, bit 2."""
    CUTTER = "cutter"
    """n=3, bit 3."""
    UNRECOVERABLE = "unrecoverable"
    """n=3, bit 5."""
    RECOVERABLE = "recoverable"
    """n=3, bit 6."""
    NEAR_END = "near_end"
    """n=4, bits 2 and 3."""
    PAPER_END = "paper_end"
    """n=4, bits 5 and 6."""


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer says of itself now; `raw` are the answered status bytes, `bits` those that are set in them."""

    conditions: frozenset[Condition] = frozenset()
    raw: bytes = b""
    bits: tuple[StatusBit, ...] = field(default=(), compare=False)

    @property
    def can_print(self) -> bool:
        return not self.conditions - {Condition.PAPER_LOW}


class PrintResult(StrEnum):
    """How far a job came."""

    PRINTED = "printed"
    """The printer confirmed it, or read ready after the last byte."""
    NOT_SENT = "not_sent"
    """Provably no byte of the job left."""
    HELD = "held"
    """All or part was taken, and the printer waits for paper, cover or cutter; ask again with `settle`."""
    UNKNOWN = "unknown"
    """Bytes left and the link broke: what is on the paper, nobody knows."""


@dataclass(frozen=True, slots=True)
class PrintOutcome:
    result: PrintResult
    status: PrinterStatus = field(default_factory=PrinterStatus)


class Printer(Protocol):
    """One ESC/POS printer. No call waits longer than its own limit, and no call blocks the event loop."""

    @property
    def name(self) -> str: ...

    async def status(self) -> PrinterStatus:
        """Never raises: an unreachable or silent printer is a status of its own."""
        ...

    async def print(self, job_id: int, data: bytes) -> PrintOutcome:
        """Send one encoded job and learn what became of it. `job_id` (0-9999) is what the printer may confirm by."""
        ...

    async def settle(self, job_id: int) -> PrintOutcome:
        """What became of a held job by now: HELD still, PRINTED, or UNKNOWN where the link was lost meanwhile."""
        ...

    async def close(self) -> None: ...


class WatchedPrinter(Printer, Protocol):
    """A printer that tells how it is between its jobs."""

    async def changed(self, since: PrinterStatus, timeout_s: float) -> PrinterStatus:
        """The status as soon as its conditions are others than `since`, or after so many seconds as it is then.

        Never raises. Between jobs it may keep the way to the printer open, which some printers give to one only.
        """
        ...


# --- Journal --------------------------------------------------------------------------------------------------------


class Journal(Protocol):
    """The record of everything that touches money or goods. See the design's rule 8."""

    async def append(self, *records: Record) -> tuple[Entry, ...]:
        """Store all records in one transaction, or none; return once they are durable.

        Raises IllegalTransition, StaleState, DiskFull or JournalWriteFailed; then nothing was stored.
        """
        ...

    async def get(self, subject_id: str) -> Subject | None: ...

    async def find(self, machine: Machine, *states: str) -> tuple[Subject, ...]:
        """Subjects of that machine in any of the states, oldest first."""
        ...

    async def of_sale(self, sale_id: str) -> tuple[Subject, ...]: ...

    async def entries(self, sale_id: str) -> tuple[Entry, ...]:
        """The whole story of one sale, in order."""
        ...

    async def last_note(self, kind: str, sale_id: str) -> Entry | None:
        """The newest note of that kind with that sale id, or None."""
        ...

    async def is_noted(self, kind: str, unique: str) -> bool:
        """Whether a note of that kind with that unique key is stored."""
        ...

    async def highest_ticket_number(self, day: str) -> int:
        """Highest `number` of the tickets whose `day` is that one (`"2026-11-22"`), 0 for none."""
        ...

    async def day_book(self, span: DaySpan) -> DayBook:
        """All that the closing of that day is made of, as the journal stands now."""
        ...

    async def check_room(self) -> None:
        """Raises DiskFull or JournalWriteFailed where a whole sale could not be recorded now."""
        ...

    async def close(self) -> None: ...
