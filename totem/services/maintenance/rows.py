"""From the journal's subjects and entries to what a technician reads of a sale. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, AttentionState, CompensationState, Machine, SettlementState
from totem.domain.money import Currency, Money, format_money
from totem.domain.records import Entry, JsonValue, Subject
from totem.services.ids import reference_of
from totem.services.maintenance.sale_views import AttentionView, SaleRow, StoryLine

_SHOWN: Final = (
    "number",
    "day",
    "method",
    "installments",
    "provider",
    "txid",
    "end_to_end_id",
    "nsu",
    "authorization",
    "brand",
    "last_digits",
    "printer",
    "by",
    "second_copy",
    "result",
    "reason",
    "typed_reason",
    "refusal",
    "trouble",
    "evidence",
    "session",
    "terminal",
    "why",
)
"""Of an entry's data. What is not named here stays in the journal: sealed receipts, a customer's Pix key, codes."""
_AMOUNTS: Final = ("amount_cents", "received_cents")
_LONGEST: Final = 120


def sale_row(subjects: Sequence[Subject]) -> SaleRow | None:
    """None where they are of no sale: money that strayed in."""
    sale = next((each for each in subjects if each.machine is Machine.SALE), None)
    if sale is None:
        return None
    ticket = next((each for each in subjects if each.machine is Machine.TICKET), None)
    attempts = [each for each in subjects if each.machine is Machine.ATTEMPT]
    paid = [each for each in attempts if each.state == AttemptState.APPROVED] or attempts[-1:]
    return SaleRow(
        sale.id,
        reference_of(sale.id),
        sale.born_at,
        sale.state,
        Money(sale.number("amount_cents"), currency_of(sale)),
        ticket.number("number") if ticket is not None else None,
        sale.text("method"),
        paid[0].text("provider") if paid else "",
        sum(each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN for each in subjects),
        _returned(subjects, currency_of(sale)),
    )


def _returned(subjects: Sequence[Subject], currency: Currency) -> Money | None:
    """Refunds that were carried out, and cards that were undone."""
    known = {each.id: each for each in subjects}
    cents = 0
    for each in subjects:
        if each.machine is Machine.COMPENSATION and each.state == CompensationState.DONE:
            cents += each.number("amount_cents")
        elif each.machine is Machine.SETTLEMENT and each.state == SettlementState.UNDONE:
            attempt = known.get(each.text("attempt"))
            cents += attempt.number("received_cents") if attempt is not None else 0
    return Money(cents, currency) if cents else None


def currency_of(sale: Subject | None) -> Currency:
    name = sale.text("currency") if sale is not None else ""
    return Currency[name] if name else Currency.BRL


def story_lines(entries: Iterable[Entry], currency: Currency) -> tuple[StoryLine, ...]:
    return tuple(StoryLine(each.at, each.kind, each.state, _details(each.data, currency)) for each in entries)


def _details(data: Mapping[str, JsonValue], currency: Currency) -> dict[str, str]:
    told = {
        key.removesuffix("_cents"): format_money(Money(value, currency))
        for key in _AMOUNTS
        if isinstance(value := data.get(key), int) and not isinstance(value, bool)
    }
    for key in _SHOWN:
        value = data.get(key)
        if isinstance(value, str | int) and value not in ("", False):
            told[key] = str(value)[:_LONGEST]
    return told


def attention_view(attention: Subject, currency: Currency, *, can_ask: bool) -> AttentionView:
    cents = attention.number("amount_cents")
    return AttentionView(
        attention.id,
        attention.sale_id,
        reference_of(attention.sale_id),
        Trouble(attention.text("trouble")),
        attention.born_at,
        Money(cents, currency) if cents else None,
        attention.text("subject"),
        can_ask,
        attention.state == AttentionState.SETTLED,
        attention.text("evidence"),
    )
