"""What an answer (`intpos.001`) says, as the kiosk's own types. Pure; messages come here redacted.

Keys of a trace: `request` (001), `reference` (002), `control_code` (027), `network` (010), `network_index` (739), `nsu`
(012), `authorization` (013), `host_date` (022), `host_time` (023), `host_date_time` (015), `command` (000), and of what
a technician cancelled `operation` (730), `original_nsu` (025), `original_date_time` (026).
A pending transaction named by a denial has `control_code` and `pending_network`: the two together would not always
equal what its own answer told, and the control code alone is the key.
"""

from __future__ import annotations

import re
from typing import Final

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.messages import ADMIN, CANCEL
from hardware.terminal.tef.redaction import plain
from totem.domain.cards import CardOutcome, CardReceipts, CardResult, PendingCard, Prompt, PromptKind
from totem.domain.errors import Trouble
from totem.domain.money import MAX_AMOUNT_CENTS, Money

_TRACE: Final = {
    "command": f.COMMAND,
    "request": f.REQUEST,
    "reference": f.REFERENCE,
    "control_code": f.CONTROL_CODE,
    "network": f.NETWORK,
    "network_index": f.NETWORK_INDEX,
    "nsu": f.NSU,
    "authorization": f.AUTHORIZATION,
    "host_date": f.DATE,
    "host_time": f.TIME,
    "host_date_time": f.HOST_DATE_TIME,
    "operation": f.OPERATION,
    "original_nsu": f.ORIGINAL_NSU,
    "original_date_time": f.ORIGINAL_DATE_TIME,
}
_DECISIVE: Final = (f.COMMAND, f.AMOUNT, f.CURRENCY, f.STATUS, f.CONTROL_CODE, f.CONFIRMATION)
_CANCELLED_CODES: Final = frozenset(("-2491",))
"""PWRET_CANCEL, where an answer passes the library's code on."""
_EXPIRED_CODES: Final = frozenset(("-2490",))
_CANCELLED_WORDS: Final = re.compile(
    r"\b(?:OPERACAO|TRANSACAO|VENDA|PAGAMENTO)\s+CANCELAD[AO]\b|\bCANCELAD[AO] PEL[AO]\b"
)
_EXPIRED_WORDS: Final = re.compile(r"\bTEMPO\b.*\b(?:ESGOTADO|EXCEDIDO|EXPIRADO)\b|\bTIME ?OUT\b")


def is_approved(message: Message) -> bool:
    """009 = 0 and nothing in the message that contradicts it."""
    return re.fullmatch(r"0{1,4}", message.get(f.STATUS)) is not None and not message.contradicts_itself(_DECISIVE)


def needs_confirmation(message: Message) -> bool:
    """729 = 2; where it is absent, whether there is a receipt; 729 = 1 needs none."""
    told = message.get(f.CONFIRMATION)
    return told != "1" if told else has_receipt(message)


def has_receipt(message: Message) -> bool:
    """Whether the acquirer wrote one, even where no line of it could be kept."""
    counts = [message.get(field - 1) for field in f.RECEIPTS]
    return any(count.isdigit() and int(count[:6]) > 0 for count in counts) or any(
        message.lines(field) for field in f.RECEIPTS
    )


def trace_of(message: Message) -> dict[str, str]:
    return {name: message.get(field) for name, field in _TRACE.items() if message.get(field)}


def result_of(message: Message) -> CardResult:
    """The answer as the stream's last word. UNKNOWN where it does not say, or contradicts itself."""
    status = message.get(f.STATUS)
    if not status or message.contradicts_itself(_DECISIVE):
        return CardResult(CardOutcome.UNKNOWN, code=status, trace=trace_of(message), trouble=Trouble.CARD_UNKNOWN)
    if is_approved(message):
        return _approved(message, status)
    text = message.get(f.MESSAGE)
    pending = _pending(message)
    if pending:
        return CardResult(
            CardOutcome.DECLINED, message=text, code=status, trouble=Trouble.CARD_PENDING, pending=pending
        )
    outcome, trouble = _refusal(status, text)
    return CardResult(outcome, message=text, code=status, trouble=trouble, trace=trace_of(message))


def _approved(message: Message, status: str) -> CardResult:
    return CardResult(
        CardOutcome.APPROVED,
        amount=amount_of(message),
        nsu=message.get(f.NSU),
        authorization=message.get(f.AUTHORIZATION),
        brand=message.get(f.STANDARD_CARD_NAME) or message.get(f.CARD_NAME),
        last_digits=message.get(f.MASKED_PAN)[-4:],
        needs_confirmation=needs_confirmation(message),
        trace=trace_of(message),
        receipts=receipts_of(message),
        message=message.get(f.MESSAGE),
        code=status,
    )


def _refusal(status: str, text: str) -> tuple[CardOutcome, Trouble]:
    """Nothing was taken in any of them; which of the three only chooses the words on the screen."""
    bare = plain(text)
    if status in _EXPIRED_CODES or _EXPIRED_WORDS.search(bare):
        return CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT
    if status in _CANCELLED_CODES or _CANCELLED_WORDS.search(bare):
        return CardOutcome.CANCELLED, Trouble.CARD_CANCELLED
    return CardOutcome.DECLINED, Trouble.CARD_DECLINED


def _pending(message: Message) -> tuple[PendingCard, ...]:
    """A denial that carries a control code names the transaction that stands in the way."""
    control_code = message.get(f.CONTROL_CODE)
    if not control_code:
        return ()
    trace = {"control_code": control_code, "pending_network": message.get(f.NETWORK)}
    return (PendingCard({name: value for name, value in trace.items() if value}),)


def amount_of(message: Message) -> Money | None:
    """What was taken; None where it is not told in whole centavos of reais: then it is not what was asked."""
    told = message.get(f.AMOUNT)
    if message.get(f.CURRENCY) not in ("", "0", "986") or not re.fullmatch(r"[0-9]{1,12}", told):
        return None
    cents = int(told)
    return Money(cents) if cents <= MAX_AMOUNT_CENTS else None


def receipts_of(message: Message) -> CardReceipts:
    """Each copy by its own lines, else the full receipt, else the reduced one; 737 says which the acquirer wants."""
    reduced = message.lines(f.REDUCED_RECEIPT)
    full = message.lines(f.FULL_RECEIPT)
    customer = message.lines(f.CUSTOMER_RECEIPT) or (full if not message.get(f.CUSTOMER_RECEIPT - 1).strip("0") else ())
    merchant = message.lines(f.MERCHANT_RECEIPT) or (full if not message.get(f.MERCHANT_RECEIPT - 1).strip("0") else ())
    copies = message.get(f.COPIES)
    wanted = int(copies) if re.fullmatch(r"[0-3]", copies) else 1
    return CardReceipts(
        customer=customer or reduced,
        merchant=merchant or reduced,
        wants_customer=bool(wanted & 1),
        wants_merchant=bool(wanted & 2),
    )


_PROMPTS: Final = (
    (PromptKind.REMOVE_CARD, re.compile(r"\b(?:RETIRE|REMOVA)\b")),
    (PromptKind.PIN, re.compile(r"\bSENHA\b")),
    (PromptKind.PRESENT_CARD, re.compile(r"\b(?:APROXIME|INSIRA|PASSE|INSERIR|PASSAR)\b")),
    (PromptKind.PROCESSING, re.compile(r"\b(?:PROCESSANDO|AGUARDE|CONECTANDO|ENVIANDO|RECEBENDO)\b")),
)


def prompt_of(message: Message) -> Prompt:
    """A message that came before the answer; its picture is guessed from the words, which are shown as they are."""
    text = message.get(f.MESSAGE)
    bare = plain(text)
    kind = next((kind for kind, words in _PROMPTS if words.search(bare)), PromptKind.MESSAGE)
    return Prompt(kind, text, can_cancel=False)


_ANSWERING: Final = {ADMIN: (ADMIN, CANCEL, "")}
"""What a technician cancels in the menu may be answered as the cancellation that it is."""


def is_of_another(message: Message, request: Message, earlier: frozenset[str]) -> bool:
    """Whether an answer that came for `request` provably belongs to an earlier one.

    The echo of 001 alone proves nothing (the answers of PayGo's own kit differ), but another command, or the number of
    an earlier request, or number and document both different, do.
    """
    if message.command not in _ANSWERING.get(request.command, (request.command, "")):
        return True
    number, asked = message.get(f.REQUEST), request.get(f.REQUEST)
    if not number or number == asked:
        return False
    if number in earlier:
        return True
    document, asked_document = message.get(f.REFERENCE), request.get(f.REFERENCE)
    return bool(document and asked_document and document != asked_document)


def is_refund(message: Message) -> bool:
    return message.command == CANCEL
