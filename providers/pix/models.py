"""What a bank answers, typed: tolerant of what is new, strict on money.

Bacen declares new fields and new statuses compatible, and some banks write nulls, or strings for numbers. An amount
is a string of digits with two decimals and nothing else: a number in its place is unreadable, for it may be rounded.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, PlainValidator, ValidationError

from totem.domain.errors import OutcomeUnknown
from totem.domain.money import Money
from totem.domain.ports import Charge, ChargeStatus, ReceivedPix, Refund, RefundStatus

_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DEFAULT_EXPIRY_S: Final = 86_400
"""Bacen Pix API 2.9.0, `calendario.expiracao`: 86400 where it is not given."""


def _amount(value: object) -> Money:
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise ValueError("not an amount")
    return Money.from_decimal_text(value)


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise ValueError("not a time of RFC 3339")
    return datetime.fromisoformat(value.upper())


def _whole(value: object) -> int:
    """A whole number, also as `"300"` or `300.0`."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or value < 0:
        raise ValueError("not a whole number")
    return int(value)


def _whole_or_none(value: object) -> int | None:
    try:
        return _whole(value)
    except (ValueError, OverflowError):
        return None


def _expiry(value: object) -> int:
    return _DEFAULT_EXPIRY_S if value is None else _whole(value)


def _end_to_end_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9]{32}", value):
        raise ValueError("not 32 letters and digits")
    return value


def _refund_id(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-zA-Z0-9]{1,35}", value):
        raise ValueError("not 1 to 35 letters and digits")
    return value


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _charge_status(value: object) -> ChargeStatus:
    return next((status for status in ChargeStatus if status.value == value), ChargeStatus.OTHER)


def _refund_status(value: object) -> RefundStatus:
    return next((status for status in RefundStatus if status.value == value), RefundStatus.OTHER)


def _list_or_empty(value: object) -> object:
    return [] if value is None else value


def _dict_or_empty(value: object) -> object:
    return value if isinstance(value, dict) else {}


Amount = Annotated[Money, PlainValidator(_amount)]
Moment = Annotated[datetime, PlainValidator(_moment)]
Whole = Annotated[int, PlainValidator(_whole)]
WholeOrNone = Annotated[int | None, PlainValidator(_whole_or_none)]
Expiry = Annotated[int, PlainValidator(_expiry)]
EndToEndId = Annotated[str, PlainValidator(_end_to_end_id)]
RefundId = Annotated[str, PlainValidator(_refund_id)]
TextOrNone = Annotated[str | None, PlainValidator(_text_or_none)]


class Wire(BaseModel):
    """Base of all: unknown fields pass, and no error repeats what came in (it may name a payer)."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True, hide_input_in_errors=True)


class DevolucaoWire(Wire):
    id: RefundId
    valor: Amount
    status: Annotated[RefundStatus, PlainValidator(_refund_status)] = RefundStatus.OTHER
    motivo: TextOrNone = None

    def to_refund(self) -> Refund:
        return Refund(self.id, self.valor, self.status, self.motivo or "")


class PixWire(Wire):
    end_to_end_id: EndToEndId = Field(alias="endToEndId")
    txid: TextOrNone = None
    valor: Amount
    horario: Moment
    devolucoes: Annotated[list[DevolucaoWire], BeforeValidator(_list_or_empty)] = Field(default_factory=list)

    def to_received(self, txid: str | None = None) -> ReceivedPix:
        """`txid` is that of the charge which lists this Pix, for banks that do not repeat it inside."""
        refunds = tuple(item.to_refund() for item in self.devolucoes)
        return ReceivedPix(self.end_to_end_id, self.txid or txid, self.valor, self.horario, refunds)


class CalendarioWire(Wire):
    criacao: Moment
    expiracao: Expiry = _DEFAULT_EXPIRY_S


class ValorWire(Wire):
    original: Amount
    payer_may_alter: WholeOrNone = Field(default=None, alias="modalidadeAlteracao")
    """`modalidadeAlteracao`: 1 where the payer may type another amount."""


class LocWire(Wire):
    id: WholeOrNone = None


class CobWire(Wire):
    txid: str
    status: Annotated[ChargeStatus, PlainValidator(_charge_status)] = ChargeStatus.OTHER
    calendario: CalendarioWire
    valor: ValorWire
    chave: TextOrNone = None
    copia_e_cola: TextOrNone = Field(default=None, alias="pixCopiaECola")
    loc: Annotated[LocWire, BeforeValidator(_dict_or_empty)] = LocWire()
    pix: Annotated[list[PixWire], BeforeValidator(_list_or_empty)] = Field(default_factory=list)

    def to_charge(self, copia_e_cola: str | None = None) -> Charge:
        """The port's charge. Raises ValueError where one endToEndId is listed with two amounts."""
        payments: dict[str, ReceivedPix] = {}
        for item in self.pix:
            received = item.to_received(self.txid)
            known = payments.setdefault(received.end_to_end_id, received)
            if known.amount != received.amount:
                raise ValueError("one endToEndId with two amounts")
        return Charge(
            txid=self.txid,
            status=self.status,
            amount=self.valor.original,
            created_at=self.calendario.criacao,
            expires_in_s=self.calendario.expiracao,
            copia_e_cola=self.copia_e_cola or copia_e_cola,
            payments=tuple(payments.values()),
        )


class QrCodeWire(Wire):
    """`GET /loc/{id}/qrcode`: the copia e cola, beside a picture that we do not use."""

    qrcode: str = Field(min_length=1)


class PaginacaoWire(Wire):
    pages: WholeOrNone = Field(default=None, alias="quantidadeDePaginas")


class ParametrosWire(Wire):
    paginacao: Annotated[PaginacaoWire, BeforeValidator(_dict_or_empty)] = PaginacaoWire()


class PixPageWire(Wire):
    """One page of `GET /pix`. Its items are read one by one, so that one bad item hides no other's money."""

    parametros: Annotated[ParametrosWire, BeforeValidator(_dict_or_empty)] = ParametrosWire()
    pix: Annotated[list[JsonValue], BeforeValidator(_list_or_empty)] = Field(default_factory=list)


_W = TypeVar("_W", bound=Wire)


def read_wire(model: type[_W], body: bytes, what: str) -> _W:
    """Parse a 2xx body. Raises OutcomeUnknown naming the fields that cannot be read, without their values."""
    try:
        return model.model_validate_json(body.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as exc:
        raise OutcomeUnknown(f"{what}: unreadable answer ({unreadable_fields(exc)})") from exc


def unreadable_fields(exc: ValidationError) -> str:
    """The places of the faults: `valor.original, calendario`."""
    places = [".".join(str(part) for part in error["loc"]) or "body" for error in exc.errors()[:5]]
    return ", ".join(dict.fromkeys(places))
