"""PayGo's answers, field by field. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hardware.sim.card_ledger import CardTransaction, TransactionState
from hardware.sim.paygo.message import Message, encode
from hardware.sim.paygo.receipts import CUSTOMER, FULL, MERCHANT, REDUCED, receipt_fields
from hardware.sim.paygo.settings import PaygoSettings

Fields = list[tuple[str, str]]

_SPLIT_RECEIPTS: Final = 8
_REDUCED_RECEIPT: Final = 16
ABORTED: Final = "FF"
"""009 of what ended at PayGo itself; the host's own refusals are numbers."""
REFUSED: Final = "51"
LONG_MESSAGE: Final = "MENSAGEM DE OITENTA CARACTERES DO AUTORIZADOR, MOSTRADA INTEIRA ATE O PONTO FIM."
"""Exactly 80 characters, the most that the certification script sends."""


def acknowledgement(message: Message) -> bytes:
    """The .sts: command and number echoed."""
    return encode((("000-000", message.command), ("001-000", message.text("001"))))


def to_show(message: Message, text: str) -> bytes:
    """What PayGo shows meanwhile; it has no 009."""
    return encode((("000-000", message.command), ("001-000", message.text("001")), ("030-000", text)))


def refusal(message: Message, number: str, status: str, text: str, extra: Fields | None = None) -> Fields:
    """An answer with 009 other than 0. `number` is 001 as the answer tells it."""
    return [
        ("000-000", message.command),
        ("001-000", number),
        ("009-000", status),
        *(extra or []),
        ("030-000", text),
        ("729-000", "1"),
    ]


def pending_refusal(message: Message, number: str, settings: PaygoSettings, pending: CardTransaction) -> Fields:
    """The sale was not made: another one must be settled first, and this names it."""
    extra = [("010-000", pending.network), ("027-000", pending.id)]
    fields = refusal(message, number, ABORTED, "TRANSACAO PENDENTE - TENTE NOVAMENTE", extra)
    return [*fields, ("739-000", settings.network_index)]


def settled_by_hand(message: Message, number: str, settings: PaygoSettings, transaction: CardTransaction) -> Fields:
    """The answer to ADM where a technician confirmed or undid a pending transaction in PayGo's menu."""
    undone = transaction.state is TransactionState.UNDONE
    return [
        ("000-000", message.command),
        ("001-000", number),
        ("003-000", str(transaction.amount_cents)),
        ("009-000", "0"),
        ("010-000", transaction.network),
        ("012-000", transaction.nsu),
        ("013-000", transaction.authorization),
        ("027-000", transaction.id),
        ("030-000", "TRANSACAO DESFEITA" if undone else "TRANSACAO CONFIRMADA"),
        ("729-000", "1"),
        ("730-000", "51" if undone else "1"),
        ("739-000", settings.network_index),
    ]


@dataclass(frozen=True, slots=True)
class Approved:
    """A transaction as an answer tells it, with the acquirer's local time; a cancellation has its original."""

    transaction: CardTransaction
    local: datetime
    original: CardTransaction | None = None
    original_local: datetime | None = None


def approval(
    message: Message,
    number: str,
    settings: PaygoSettings,
    approved: Approved,
    *,
    confirm: str | None,
    dirty: bool = False,
) -> Fields:
    """009 = 0. `confirm` is field 729, None for its absence."""
    transaction, local = approved.transaction, approved.local
    card = settings.card
    debit = transaction.kind == "debit"
    moment = f"{local:%d%m%H%M%S}"
    fields: Fields = [
        ("000-000", message.command),
        ("001-000", number),
        ("003-000", str(transaction.amount_cents)),
        ("004-000", "0"),
        ("009-000", "0"),
        ("010-000", transaction.network),
        ("011-000", _type_of(transaction)),
        ("012-000", transaction.nsu),
        ("013-000", transaction.authorization),
        ("015-000", moment),
        ("016-000", moment),
    ]
    if transaction.installments > 1:
        fields += [("017-000", "0"), ("018-000", str(transaction.installments))]
    fields += [("022-000", f"{local:%d%m%Y}"), ("023-000", f"{local:%H%M%S}")]
    if approved.original is not None:
        fields += [("025-000", approved.original.nsu), ("026-000", f"{approved.original_local:%d%m%Y%H%M%S}")]
    copies = _copies(message, settings)
    receipts = receipt_fields(settings, transaction, local, copies, dirty=dirty)
    fields += [
        ("027-000", transaction.id),
        *(pair for pair in receipts if pair[0] < "030"),
        ("030-000", f"AUTORIZADA {transaction.authorization}"),
        ("040-000", "VISA ELECTRO" if debit else card.brand),
        *(pair for pair in receipts if pair[0] > "030"),
        ("718-000", settings.terminal),
        ("719-000", settings.merchant_id),
    ]
    if confirm is not None:
        fields.append(("729-000", confirm))
    return [
        *fields,
        ("730-000", "51" if transaction.operation == "cancellation" else "1"),
        ("731-000", "2" if debit else "1"),
        ("732-000", "3" if transaction.installments > 1 else "1"),
        ("737-000", "3"),
        ("739-000", settings.network_index),
        ("740-000", card.masked),
        ("741-000", card.holder),
        ("747-000", card.expiry),
        ("748-000", "VISA ELECTRON" if debit else card.standard_name),
    ]


def _type_of(transaction: CardTransaction) -> str:
    if transaction.kind == "debit":
        return "20"
    return "11" if transaction.installments > 1 else "10"


def _copies(message: Message, settings: PaygoSettings) -> tuple[str, ...]:
    """What the client said that it can print (field 706)."""
    said = int(message.text("706") or "0")
    copies: tuple[str, ...] = (FULL,) if settings.full_receipt or not said & _SPLIT_RECEIPTS else ()
    if said & _SPLIT_RECEIPTS:
        copies += (CUSTOMER, MERCHANT)
    return (*copies, REDUCED) if said & _REDUCED_RECEIPT else copies
