"""GoPag's answers, parsed: tolerant to new fields, strict on money; holder, expiry and first digits never get in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from providers.http.plain_text import Text, Word
from totem.domain.errors import OutcomeUnknown
from totem.domain.money import Currency, Money

_LAST_FOUR: Final = re.compile(r"[0-9]{4}")


def _moment(value: object) -> object:
    """RFC 3339; None for what is absent or odd: a time decides nothing about money."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _money(value: object) -> object:
    """`"150.00"` is reais, `15000` is cents (both are seen in GoPag's pages); everything else is refused."""
    if isinstance(value, str):
        return Money.from_decimal_text(value)
    if type(value) is int:
        return Money(value)
    raise ValueError("neither reais as text nor cents as an integer")


def _currency(value: object) -> object:
    if value in {None, Currency.BRL.name}:
        return Currency.BRL
    raise ValueError("not BRL")


def _flag(value: object) -> object:
    return value if isinstance(value, bool) else None


def _whole(value: object) -> object:
    return value if type(value) is int else None


def _last_four(value: object) -> object:
    return value if isinstance(value, str) and _LAST_FOUR.fullmatch(value) else ""


def _part(value: object) -> object:
    return value if isinstance(value, dict) else {}


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
Amount = Annotated[Money, BeforeValidator(_money)]
Flag = Annotated[bool | None, BeforeValidator(_flag)]
Whole = Annotated[int | None, BeforeValidator(_whole)]
LastFour = Annotated[str, BeforeValidator(_last_four)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)


class PaymentMethod(_Model):
    """`payment_method` of the transaction's page: what a receipt may show of it."""

    card_brand: Text = ""
    last4_digits: LastFour = ""


class CardSummary(_Model):
    """`card` of the mPOS page's notifications, should polling bring it."""

    brand: Text = ""
    last4: LastFour = ""
    entry_mode: Text = ""


class PointOfSale(_Model):
    entry_mode: Text = ""
    identification_number: Text = ""


class InstallmentPlan(_Model):
    number_installments: Whole = None


class PaymentAuthorization(_Model):
    """As Zoop's API, whose shape GoPag's has, tells NSU and authorisation; absent from GoPag's own pages."""

    authorization_nsu: Text = ""
    authorization_code: Text = ""


class Transaction(_Model):
    """One transaction, with every field of the mPOS page that is not card data."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
    amount: Amount
    currency: Annotated[Currency, BeforeValidator(_currency)] = Currency.BRL
    status: Word = ""
    resource: Text = ""
    payment_locale: Text = ""
    payment_type: Text = ""
    description: Text = ""
    on_behalf_of: Text = ""
    terminal: Text = ""
    reference_id: Text = ""
    transaction_number: Text = ""
    sales_receipt: Text = ""
    error_code: Text = ""
    error_message: Text = ""
    refunded: Flag = None
    voided: Flag = None
    captured: Flag = None
    payment_method: Annotated[PaymentMethod, BeforeValidator(_part)] = PaymentMethod()
    card: Annotated[CardSummary, BeforeValidator(_part)] = CardSummary()
    point_of_sale: Annotated[PointOfSale, BeforeValidator(_part)] = PointOfSale()
    installment_plan: Annotated[InstallmentPlan, BeforeValidator(_part)] = InstallmentPlan()
    payment_authorization: Annotated[PaymentAuthorization, BeforeValidator(_part)] = PaymentAuthorization()
    created_at: Moment = None
    updated_at: Moment = None
    approved_at: Moment = None
    failed_at: Moment = None

    @property
    def brand(self) -> str:
        return self.payment_method.card_brand or self.card.brand

    @property
    def last_digits(self) -> str:
        return self.payment_method.last4_digits or self.card.last4

    @property
    def entry_mode(self) -> str:
        return self.point_of_sale.entry_mode or self.card.entry_mode

    @property
    def nsu(self) -> str:
        return self.payment_authorization.authorization_nsu or self.transaction_number


class Found(_Model):
    """What a search needs of a listed transaction. Its `reference_id` must be readable: absence is evidence."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,64}$")]
    reference_id: str | None = None
    created_at: Moment = None


class FoundPage(_Model):
    items: list[Found]
    has_more: Flag = None
    total: Whole = None


class PairedTerminal(_Model):
    """A reader of the seller, as the terminals' list tells it."""

    id: Text
    type: Text = ""
    model: Text = ""
    status: Text = ""
    seller_id: Text = ""
    paired_at: Moment = None

    @property
    def is_ready(self) -> bool:
        return self.type in {"", "mpos"} and self.status == "active"

    @property
    def described(self) -> str:
        """Its id, which the configuration takes, and how a person tells it from another."""
        told = ", ".join(part for part in (self.model, self.status) if part)
        return f"{self.id} ({told})" if told else self.id


class TerminalPage(_Model):
    items: list[PairedTerminal]
    has_more: Flag = None


def read_transaction(body: bytes, what: str) -> Transaction:
    """Raises OutcomeUnknown where the body is not a transaction whose amount can be trusted."""
    try:
        return Transaction.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an unreadable transaction: {_where(exc)}") from exc


def read_found(body: bytes, what: str) -> FoundPage:
    try:
        return FoundPage.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an unreadable list: {_where(exc)}") from exc


def read_terminals(body: bytes, what: str) -> TerminalPage:
    try:
        return TerminalPage.model_validate_json(body)
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: an unreadable list: {_where(exc)}") from exc


def _where(exc: ValidationError) -> str:
    """Field and kind of fault alone: the value may be anything."""
    fault = exc.errors(include_input=False, include_url=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in fault['loc'])}: {fault['type']}"
