"""What the app on the POS says, parsed: tolerant to new fields and kinds, strict on money (protocol, 2 to 12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictInt, ValidationError
from pydantic.alias_generators import to_camel

from hardware.terminal.smart_pos.words import clean, clean_receipt, last_four

MAX_LINE_BYTES: Final = 262_144
_MOST_LINES: Final = 100

Status = Literal["processing", "approved", "declined", "cancelled", "timeout", "not_found"]
FINAL: Final = frozenset({"approved", "declined", "cancelled", "timeout", "not_found"})
_KNOWN: Final = FINAL | {"processing"}


def _text(value: object) -> object:
    return clean(value) if isinstance(value, str) else ""


def _status(value: object) -> object:
    """A status that a later version adds is not an end."""
    return value if isinstance(value, str) and value in _KNOWN else "processing"


def _receipt(value: object) -> object:
    lines = value if isinstance(value, list) else []
    return tuple(clean_receipt(line) for line in lines[:_MOST_LINES] if isinstance(line, str))


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else True


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return None if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _words(value: object) -> object:
    return frozenset(word for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()


Text = Annotated[str, BeforeValidator(_text)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Words = Annotated[frozenset[str], BeforeValidator(_words)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_receipt)]
Cents = Annotated[StrictInt, Field(ge=0, le=9_999_999_999)]


class _Model(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )


class Receipts(_Model):
    customer: Lines = ()
    merchant: Lines = ()


class State(_Model):
    """A transaction, or a refund (`refundId` set), as it stands at the POS."""

    transaction_id: str
    refund_id: str = ""
    status: Annotated[Status, BeforeValidator(_status)] = "processing"
    amount: Cents | None = None
    currency: str = "BRL"
    nsu: Text = ""
    authorization: Text = ""
    card_brand: Text = ""
    card_last4: Annotated[str, BeforeValidator(last_four)] = ""
    entry_mode: Text = ""
    time: Moment = None
    error: Text = ""
    code: Text = ""
    message: Text = ""
    receipts: Receipts = Receipts()

    @property
    def subject(self) -> str:
        """The id that this state is of."""
        return self.refund_id or self.transaction_id


class Job(_Model):
    job_id: str
    status: Text = ""


class Health(_Model):
    ready: StrictBool
    reason: Text = ""
    detail: Text = ""
    busy_with: Text = ""
    time: Moment = None


class PrinterState(_Model):
    conditions: Words = frozenset()


class Challenge(_Model):
    type: Literal["challenge"]
    version: StrictInt
    auth: str
    nonce: str = ""
    proof: str = ""


class Welcome(_Model):
    type: Literal["welcome"]
    terminal: Text = ""
    app: Text = ""
    time: Moment = None
    store_id: str = ""
    store_since: Moment = None
    kinds: Words = frozenset()
    most_installments: Annotated[StrictInt, Field(ge=1, le=99)] = 1
    least_installment: Annotated[StrictInt, Field(ge=1)] = 1
    can: Words = frozenset()
    receipt_printed: StrictBool = False
    heartbeat_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    silence_s: Annotated[float, Field(gt=0, le=300)] = 15.0


class Answer(_Model):
    type: Literal["answer"]
    id: StrictInt
    transaction: State | None = None
    refund: State | None = None
    job: Job | None = None
    health: Health | None = None
    printer: PrinterState | None = None
    accepted: bool = False
    printed: bool = False
    message: Text = ""


class Refusal(_Model):
    type: Literal["error"]
    id: StrictInt | None = None
    code: Text = ""
    executed: Text = "unknown"
    message: Text = ""

    @property
    def nothing_begun(self) -> bool:
        return self.executed == "no"


class Event(_Model):
    type: Literal["event"]
    transaction_id: str
    event: Text = ""
    text: Text = ""
    can_cancel: Annotated[bool, BeforeValidator(_flag)] = True


class TransactionLine(_Model):
    type: Literal["transaction"]
    transaction: State


class RefundLine(_Model):
    type: Literal["refund"]
    refund: State


class JobLine(_Model):
    type: Literal["printJob"]
    job: Job


class Ping(_Model):
    type: Literal["ping"]
    n: StrictInt = 0


class Pong(_Model):
    type: Literal["pong"]
    n: StrictInt = 0
    time: Moment = None


class Bye(_Model):
    type: Literal["bye"]
    reason: Text = ""


class _Kind(_Model):
    type: str
    id: StrictInt | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A known kind of line that holds something of the wrong type. `id` where it answers a request."""

    kind: str
    id: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """A kind that this version does not know."""

    kind: str


Line = (
    Challenge
    | Welcome
    | Answer
    | Refusal
    | Event
    | TransactionLine
    | RefundLine
    | JobLine
    | Ping
    | Pong
    | Bye
    | Unreadable
    | Ignored
)

_KINDS: Final[dict[str, type[Challenge | Welcome | Answer | Refusal | Event | TransactionLine]]] = {
    "challenge": Challenge,
    "welcome": Welcome,
    "answer": Answer,
    "error": Refusal,
    "event": Event,
    "transaction": TransactionLine,
}
_OTHERS: Final[dict[str, type[RefundLine | JobLine | Ping | Pong | Bye]]] = {
    "refund": RefundLine,
    "printJob": JobLine,
    "ping": Ping,
    "pong": Pong,
    "bye": Bye,
}


def parse_line(text: bytes) -> Line | None:
    """One line of the app; None where it is not even a JSON object with a `type`."""
    try:
        kind = _Kind.model_validate_json(text)
    except ValidationError:
        return None
    model = _KINDS.get(kind.type) or _OTHERS.get(kind.type)
    if model is None:
        return Ignored(clean(kind.type))
    try:
        return model.model_validate_json(text)
    except ValidationError as exc:
        where = ".".join(str(part) for part in exc.errors(include_input=False)[0]["loc"])
        return Unreadable(kind.type, kind.id, f"{where}: {exc.errors(include_input=False)[0]['type']}")
