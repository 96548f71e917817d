"""The POS's states in the domain's words, by tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hardware.terminal.smart_pos.follow import Ending, is_unsent
from hardware.terminal.smart_pos.lines import Event, State, Welcome
from hardware.terminal.smart_pos.settings import SmartPosSettings
from totem.domain.cards import (
    CardCapabilities,
    CardKind,
    CardOutcome,
    CardReceipts,
    CardResult,
    Prompt,
    PromptKind,
)
from totem.domain.errors import CardError, Trouble
from totem.domain.money import Money

_OUTCOMES: Final[dict[str, tuple[CardOutcome, Trouble | None]]] = {
    "processing": (CardOutcome.PENDING, None),
    "approved": (CardOutcome.APPROVED, None),
    "declined": (CardOutcome.DECLINED, Trouble.CARD_DECLINED),
    "cancelled": (CardOutcome.CANCELLED, Trouble.CARD_CANCELLED),
    "timeout": (CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT),
    "not_found": (CardOutcome.NOT_SENT, Trouble.TERMINAL_UNREACHABLE),
}
_REFUSALS: Final = frozenset({CardOutcome.DECLINED, CardOutcome.CANCELLED, CardOutcome.EXPIRED})
_PROMPTS: Final = {
    "present_card": PromptKind.PRESENT_CARD,
    "pin": PromptKind.PIN,
    "processing": PromptKind.PROCESSING,
    "remove_card": PromptKind.REMOVE_CARD,
    "message": PromptKind.MESSAGE,
}


def result_of_state(state: State, store_id: str, *, printed: bool) -> CardResult:
    """`printed`: the POS prints the card receipt itself, so that no copy is wanted from the kiosk."""
    outcome, trouble = _OUTCOMES[state.status]
    trace = {"transactionId": state.transaction_id, "storeId": store_id}
    if state.refund_id:
        trace["refundId"] = state.refund_id
    if state.time is not None:
        trace["time"] = state.time.isoformat()
    if state.entry_mode:
        trace["entryMode"] = state.entry_mode
    return CardResult(
        outcome,
        amount=Money(state.amount) if state.amount is not None else None,
        nsu=state.nsu,
        authorization=state.authorization,
        brand=state.card_brand,
        last_digits=state.card_last4,
        trace=trace,
        receipts=CardReceipts(state.receipts.customer, state.receipts.merchant, wants_customer=not printed),
        message=state.message,
        code=state.code or state.error,
        trouble=trouble,
    )


def result_of_error(error: CardError) -> CardResult:
    """NOT_SENT where the error proves it, else UNKNOWN."""
    outcome = CardOutcome.NOT_SENT if is_unsent(error) else CardOutcome.UNKNOWN
    code = getattr(error, "terminal_code", "")
    return CardResult(outcome, trouble=error.trouble, code=code if isinstance(code, str) else "")


def refund_result(ending: Ending) -> CardResult:
    """Of a refund: every end without money is a refusal."""
    result = result_of(ending, printed=True)
    if result.outcome in _REFUSALS:
        return replace(result, outcome=CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED)
    return result


def result_of(ending: Ending, *, printed: bool) -> CardResult:
    if ending.state is not None:
        return result_of_state(ending.state, ending.store_id, printed=printed)
    if ending.error is not None:
        return result_of_error(ending.error)
    return CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN)


def prompt_of(event: Event, *, can_cancel: bool) -> Prompt | None:
    """None for an event that this version does not know."""
    kind = _PROMPTS.get(event.event)
    return None if kind is None else Prompt(kind, event.text, can_cancel=event.can_cancel and can_cancel)


def capabilities_of(welcome: Welcome | None, settings: SmartPosSettings) -> CardCapabilities:
    """What both sides can do; before the first link, what the owner says that the POS can, but no cancelling."""
    most, least_cents = settings.most_installments, settings.least_installment_cents
    if welcome is None:
        return CardCapabilities(
            most_installments=most,
            least_installment_cents=least_cents,
            can_cancel=False,
            can_refund=settings.can_refund,
        )
    return CardCapabilities(
        kinds=frozenset(kind for kind in CardKind if kind.value in welcome.kinds),
        most_installments=min(most, welcome.most_installments),
        least_installment_cents=max(least_cents, welcome.least_installment),
        can_cancel="cancel" in welcome.can,
        can_refund=settings.can_refund and "refund" in welcome.can,
        prints_receipt=welcome.receipt_printed,
        prints_tickets=settings.prints_tickets and "print" in welcome.can,
    )
