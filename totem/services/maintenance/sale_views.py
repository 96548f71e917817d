"""What maintenance mode shows of sales, of their money, and of what waits for a decision: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from totem.domain.errors import Trouble
from totem.domain.money import Money


@dataclass(frozen=True, slots=True)
class SaleRow:
    """`state`, `method` and `provider` are the journal's own words; `number` None where no ticket was ordered."""

    sale_id: str
    reference: str
    at: datetime
    state: str
    amount: Money
    number: int | None = None
    method: str = ""
    provider: str = ""
    attentions: int = 0
    returned: Money | None = None
    """What certainly went back to its customer; None for nothing. A sale whose goods were given stays completed."""

    @property
    def went_back(self) -> bool:
        """The whole price did."""
        return self.returned is not None and self.returned >= self.amount


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One entry of the journal. `kind` and `state` as written there; `details` of it that may be shown."""

    at: datetime
    kind: str
    state: str
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttentionView:
    """Something that waits for a decision. `subject` is what it is about: an attempt, a ticket, a refund."""

    id: str
    sale_id: str
    reference: str
    trouble: Trouble
    since: datetime
    amount: Money | None = None
    subject: str = ""
    can_ask: bool = False
    """The provider or terminal can be asked for evidence."""
    settled: bool = False
    evidence: str = ""
    """By what it was settled."""


@dataclass(frozen=True, slots=True)
class SaleStory:
    row: SaleRow
    lines: tuple[StoryLine, ...]
    attentions: tuple[AttentionView, ...]
    refundable: Money | None = None
    """What could go back now; None for nothing."""
    can_reprint: bool = False
    can_pay_out: bool = False
    """The bank refused the refund, and the owner allows a Pix of our own."""


class ReprintResult(StrEnum):
    PRINTED = "printed"
    UNKNOWN = "unknown"
    """Bytes left, and nobody knows what is on the paper."""
    NOT_PRINTED = "not_printed"
    WAITING = "waiting"
    """The printer still holds it, or waits its turn."""
    NO_TICKET = "no_ticket"
    NOT_NOW = "not_now"
    """It is on its way to the paper by itself, or was revoked."""
    MONEY_WENT_BACK = "money_went_back"


class WayBack(StrEnum):
    REFUND = "refund"
    PIX_OUT = "pix_out"
    CARD = "card"
    UNDO = "undo"
    """A card that was not confirmed yet."""


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """One way of a sale's money back; `state` is a CompensationState's value, or a SettlementState's for UNDO."""

    id: str
    way: WayBack
    amount: Money
    state: str


@dataclass(frozen=True, slots=True)
class RefundEnd:
    """`complete`: all of it is back. Otherwise the kiosk follows on, or an attention names what was refused."""

    complete: bool
    ways: tuple[MoneyBack, ...]


class Finding(StrEnum):
    """What a provider's answer means for an attention."""

    SETTLES = "settles"
    CONTRADICTS = "contradicts"
    """Shown, and not settled: the provider says the money is elsewhere than this would claim."""
    UNDECIDED = "undecided"
    """It does not know yet, or could not be asked."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`told` are the provider's own words, short; it is what is stored where it settles."""

    finding: Finding
    told: str
    trouble: Trouble | None = None
    word_counts: bool = False
    """Where it contradicts: a typed reason may settle all the same (the bank refused, and cash was handed over).
    Where False, nothing settles it but another answer: a charge that can still be paid."""
