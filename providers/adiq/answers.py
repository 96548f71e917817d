"""What Adiq answers, parsed: tolerant to new fields, strict on money; card data never get in.

A payment is answered nested (`paymentAuthorization`: return code, ids, authorisation) by working clients' accounts and
flat, with a `status`, by the mapping: both are read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from providers.http.plain_text import Text, Word, plain_text
from totem.domain.errors import OutcomeUnknown

_NESTED: Final = ("paymentAuthorization", "captureAuthorization", "cancelAuthorization")
_ID: Final = r"^[A-Za-z0-9_-]{1,64}$"
_ANY: Final = TypeAdapter(JsonValue)
MOST_FOUND: Final = 20


def _last_four(value: object) -> object:
    return value if isinstance(value, str) and len(value) == 4 and value.isascii() and value.isdigit() else ""


def _cents(value: object) -> object:
    """None for what is absent; anything but a whole number of centavos is refused."""
    if value is None or (type(value) is int and value >= 0):
        return value
    raise ValueError("no whole number of centavos")


def _code(value: object) -> object:
    """A code comes as text, or as a number."""
    return plain_text(str(value)) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _moment(value: object) -> object:
    """RFC 3339; None for what is absent or odd: a time decides nothing about money."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _secret(value: object) -> object:
    return value if isinstance(value, str) else ""


_Code = Annotated[str, BeforeValidator(_code)]
_Secret = Annotated[str, BeforeValidator(_secret), Field(repr=False)]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class CardToken(_Answer):
    """Of `POST /v1/tokens/cards`. Kept until the payment is made, in memory only."""

    card_token: str = Field(validation_alias="numberToken", pattern=_ID, repr=False)


class SavedCard(_Answer):
    """Of `POST /v1/vaults/cards`: all of a saved card that may be kept."""

    vault_id: str = Field(validation_alias="vaultId", pattern=_ID)
    brand: Text = ""
    last4: Annotated[str, BeforeValidator(_last_four)] = ""
    status: Word = ""

    @property
    def is_active(self) -> bool:
        return self.status.upper() == "ACTIVE"


class Payment(_Answer):
    """A payment, as it is created, asked about, captured or cancelled.

    `cavv` and `xid` are there for whoever proves a 3DS authentication with them; they are never stored.
    """

    payment_id: str = Field(validation_alias="paymentId", pattern=_ID)
    status: Word = ""
    authorization_code: _Code = Field("", validation_alias="authorizationCode")
    amount: Annotated[int | None, BeforeValidator(_cents)] = None
    capture_type: Word = Field("", validation_alias="captureType")
    nsu: _Code = ""
    tid: _Code = ""
    eci: _Code = ""
    cavv: _Secret = ""
    xid: _Secret = ""
    return_code: _Code = Field("", validation_alias="returnCode")
    description: Text = ""
    order_number: Text = Field("", validation_alias="orderNumber")


class PaymentEvent(_Answer):
    """What Adiq posts to shops that have a server. A kiosk has none and asks instead; both are read by one table."""

    event_type: Word = Field("", validation_alias="eventType")
    payment_id: str = Field(validation_alias="paymentId", pattern=_ID)
    authorization_code: _Code = Field("", validation_alias="authorizationCode")
    status: Word = ""
    amount: Annotated[int | None, BeforeValidator(_cents)] = None
    timestamp: Annotated[datetime | None, BeforeValidator(_moment)] = None
    nsu: _Code = ""
    tid: _Code = ""


def read_payment(body: bytes, what: str) -> Payment:
    """Raises OutcomeUnknown where the body is no payment that can be trusted."""
    value = _json(body, what)
    if not isinstance(value, dict):
        raise OutcomeUnknown(f"{what}: the answer is no object")
    return _payment(value, what)


def read_payments(body: bytes, what: str) -> tuple[Payment, ...]:
    """Of a search: one payment, or a list of them. Raises OutcomeUnknown."""
    value = _json(body, what)
    if isinstance(value, list):
        return tuple(_payment(each, what) for each in value[:MOST_FOUND])
    return (_payment(value, what),)


def read_event(body: bytes, what: str) -> PaymentEvent:
    """Raises OutcomeUnknown."""
    try:
        return PaymentEvent.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an unreadable event: {_where(exc)}") from exc


def read_card_token(body: bytes, what: str) -> CardToken:
    """Raises OutcomeUnknown. From None: what came may repeat what was sent."""
    try:
        return CardToken.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: the answer holds no token: {_where(exc)}") from None


def read_saved_card(body: bytes, what: str) -> SavedCard:
    """Raises OutcomeUnknown."""
    try:
        return SavedCard.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: the answer holds no saved card: {_where(exc)}") from None


def _json(body: bytes, what: str) -> JsonValue:
    try:
        return _ANY.validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: the answer is no JSON") from exc


def _payment(value: JsonValue, what: str) -> Payment:
    if not isinstance(value, dict):
        raise OutcomeUnknown(f"{what}: the answer is no payment")
    flat = dict(value)
    for name in _NESTED:
        nested = flat.pop(name, None)
        if isinstance(nested, dict):
            flat |= nested
    try:
        return Payment.model_validate(flat)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an unreadable payment: {_where(exc)}") from exc


def _where(exc: ValidationError) -> str:
    """Field and kind of fault alone: the value may be anything."""
    fault = exc.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['type']}"
