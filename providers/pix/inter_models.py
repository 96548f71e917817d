"""What Inter's Banking API takes and answers (Pix out), typed."""

from __future__ import annotations

import json
import re
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, PlainValidator

from providers.pix.limits import MAX_PIX_KEY, amount_faults
from providers.pix.models import TextOrNone, Wire
from totem.domain.ports import Payout, PayoutRequest, PayoutStatus

MAX_DESCRIPTION: Final = 140
"""Inter's reference, `PagamentoPixRequestBody.descricao`."""

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_PAYOUT_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_END_TO_END_ID: Final = re.compile(r"[a-zA-Z0-9]{32}")


class AmountForm(StrEnum):
    """How `valor` is written: the official SDK sends text ("1.23"), the published reference shows a number (1.23)."""

    TEXT = "text"
    NUMBER = "number"


# --- What we send -----------------------------------------------------------------------------------------------------


def payout_faults(request: PayoutRequest) -> list[str]:
    """Every limit of Inter's that the request breaks, as `property: reason`."""
    faults = [] if _UUID.fullmatch(request.idempotency_key) else ["x-id-idempotente: must be a UUID in lower case"]
    faults += amount_faults("valor", request.amount)
    if not 0 < len(request.pix_key) <= MAX_PIX_KEY or not _is_plain(request.pix_key) or " " in request.pix_key:
        faults.append(f"destinatario.chave: must be 1 to {MAX_PIX_KEY} characters without spaces")
    if len(request.description) > MAX_DESCRIPTION or not _is_plain(request.description):
        faults.append(f"descricao: must be one line of at most {MAX_DESCRIPTION} characters")
    return faults


def payout_id_faults(payout_id: str) -> list[str]:
    return [] if _PAYOUT_ID.fullmatch(payout_id) else ["codigoSolicitacao: must be 1 to 64 letters, digits and hyphens"]


def payout_body(request: PayoutRequest, form: AmountForm) -> bytes:
    """The body of the POST, the same for the same request. The number is written out digit by digit, never a float."""
    digits = request.amount.decimal_text
    fields: dict[str, object] = {"destinatario": {"tipo": "CHAVE", "chave": request.pix_key}}
    if request.description:
        fields["descricao"] = request.description
    rest = json.dumps(fields, ensure_ascii=False)
    return f'{{"valor": {amount_token(digits, form)}, {rest[1:]}'.encode()


def amount_token(decimal_text: str, form: AmountForm) -> str:
    return decimal_text if form is AmountForm.NUMBER else f'"{decimal_text}"'


def _is_plain(text: str) -> bool:
    """One line of text that UTF-8 can carry: no control characters, no half of a surrogate pair."""
    return not any(character < " " or "\x7f" <= character <= "\x9f" or "\ud800" <= character <= "\udfff"
                   for character in text)  # fmt: skip


# --- What is answered -------------------------------------------------------------------------------------------------

_AT_ONCE: Final = {"APROVACAO": PayoutStatus.AWAITING_APPROVAL, "AGENDADO": PayoutStatus.SCHEDULED}
"""`tipoRetorno`. PROCESSADO is not among them: it says that the bank took the order, and only PAGO that it was paid."""

_BY_STATUS: Final = {
    "AGUARDANDO_APROVACAO": PayoutStatus.AWAITING_APPROVAL,
    "AGENDADO": PayoutStatus.SCHEDULED,
    "PAGO": PayoutStatus.DONE,
    "PIX_PAGO": PayoutStatus.DONE,
    "REPROVADO": PayoutStatus.REFUSED,
    "EXPIRADO": PayoutStatus.REFUSED,
    "CANCELADO": PayoutStatus.REFUSED,
    "CANCELADO_SEM_SALDO": PayoutStatus.REFUSED,
    "AGENDAMENTO_CANCELADO": PayoutStatus.REFUSED,
    "FALHA": PayoutStatus.REFUSED,
    "NAO_DEBITADO": PayoutStatus.REFUSED,
}
"""`transacaoPix.status`, of the 20 that the official SDK knows; all others are on their way, or partly, or new."""

_LEFT: Final = frozenset({"PAGO", "PIX_PAGO", "ENVIADO", "PIX_ENVIADO"})
"""Where its endToEndId is that of a Pix on its way, and not of one that may never be."""


def _payout_id(value: object) -> str:
    if not isinstance(value, str) or not _PAYOUT_ID.fullmatch(value):
        raise ValueError("no codigoSolicitacao")
    return value


def _end_to_end_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and _END_TO_END_ID.fullmatch(value) else None


EndToEndOrNone = Annotated[str | None, PlainValidator(_end_to_end_or_none)]


class SentWire(Wire):
    """The answer to the POST. The `endToEndId` that the SDK knows there is left alone: nothing was paid yet."""

    codigo: Annotated[str, PlainValidator(_payout_id)] = Field(alias="codigoSolicitacao")
    tipo_retorno: TextOrNone = Field(default=None, alias="tipoRetorno")

    def to_payout(self) -> Payout:
        return Payout(self.codigo, _AT_ONCE.get(self.tipo_retorno or "", PayoutStatus.OTHER))


class TransactionWire(Wire):
    codigo: TextOrNone = Field(default=None, alias="codigoSolicitacao")
    status: TextOrNone = None
    end_to_end_id: EndToEndOrNone = Field(default=None, alias="endToEnd")


class QueryWire(Wire):
    """The answer to the GET. Its `historico` is left alone: the status says where the payment stands."""

    transaction: TransactionWire = Field(alias="transacaoPix")

    def to_payout(self, payout_id: str) -> Payout:
        told = self.transaction
        status = _BY_STATUS.get(told.status or "", PayoutStatus.OTHER)
        return Payout(payout_id, status, told.end_to_end_id if told.status in _LEFT else None)
