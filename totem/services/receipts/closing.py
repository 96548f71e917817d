"""The day's closing from the journal: what was sold, by the tickets of that day.

A sale counts on the day of its ticket, with the amount of its services, so that every list adds up to the same. A
ticket that was taken back, or whose card was undone, is void and counts nowhere but among the void numbers; a sale
that was given back after its ticket had been printed counts as sold and as refunded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from totem.domain.machine import (
    STATES,
    AttemptState,
    AttentionState,
    Machine,
    SaleState,
    SettlementState,
    TicketState,
)
from totem.domain.money import Currency, Money
from totem.domain.ports import Journal
from totem.domain.records import JsonValue, Subject
from totem.services.receipts.reports import DayReport, ReportRow

_PROVIDERS: Final = {
    "sicredi": "Sicredi",
    "inter": "Banco Inter",
    "tef": "TEF PayGo",
    "smartpos": "Smart POS",
    "gopag": "GoPag",
    "adiq": "Adiq",
    "vinti4": "vinti4",
}


@dataclass(frozen=True, slots=True)
class _Sold:
    sale: Subject
    number: int
    provider: str
    amount: Money


async def close_day(journal: Journal, day: date, made_at: datetime, language: str = "pt") -> DayReport:
    """The report of that local day as the journal stands now. Raises JournalError."""
    sold: list[_Sold] = []
    void: list[int] = []
    for ticket in await journal.find(Machine.TICKET, *STATES[Machine.TICKET]):
        if ticket.text("day") != day.isoformat():
            continue
        subjects = await journal.of_sale(ticket.sale_id)
        if _is_void(ticket, subjects):
            void.append(ticket.number("number"))
        else:
            sold.append(_sold(ticket, subjects))
    attentions = await journal.find(Machine.ATTENTION, AttentionState.OPEN)
    back = [each for each in sold if each.sale.state == SaleState.COMPENSATED]
    numbers = sorted([*void, *(each.number for each in sold)])
    return DayReport(
        day=day,
        made_at=made_at,
        by_method=_rows(sold, lambda each: each.sale.text("method") or "pix", {}),
        by_provider=_rows(sold, lambda each: each.provider, _PROVIDERS),
        by_service=_services(sold, language),
        first_number=numbers[0] if numbers else None,
        last_number=numbers[-1] if numbers else None,
        void_numbers=tuple(sorted(void)),
        refunds=len(back),
        refunded=_sum(each.amount for each in back),
        open_attentions=len(attentions),
        language=language,
    )


def _is_void(ticket: Subject, subjects: Sequence[Subject]) -> bool:
    """Taken back, or one that nobody knows printed and whose cards were all undone (the design's rule 2)."""
    if ticket.state == TicketState.REVOKED:
        return True
    states = [each.state for each in subjects if each.machine is Machine.SETTLEMENT]
    undone = {SettlementState.UNDOING, SettlementState.UNDONE}
    return ticket.state != TicketState.PRINTED and bool(states) and all(state in undone for state in states)


def _sold(ticket: Subject, subjects: Sequence[Subject]) -> _Sold:
    sale = next(each for each in subjects if each.machine is Machine.SALE)
    paid = [each for each in subjects if each.machine is Machine.ATTEMPT and each.state == AttemptState.APPROVED]
    amount = Money(sale.number("amount_cents"), Currency[sale.text("currency")])
    return _Sold(sale, ticket.number("number"), paid[0].text("provider") if paid else "", amount)


def _rows(sold: Iterable[_Sold], key: Callable[[_Sold], str], names: Mapping[str, str]) -> tuple[ReportRow, ...]:
    groups: dict[str, list[Money]] = {}
    for each in sold:
        groups.setdefault(key(each), []).append(each.amount)
    return tuple(
        ReportRow(names.get(label, label), len(amounts), _some(amounts)) for label, amounts in sorted(groups.items())
    )


def _services(sold: Iterable[_Sold], language: str) -> tuple[ReportRow, ...]:
    """By the service's id: the same one was sold under a name in each customer's language."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    amounts: dict[str, list[Money]] = {}
    for each in sold:
        for line in _lines(each.sale):
            service, quantity, price = str(line.get("service")), line.get("quantity"), line.get("price_cents")
            if not isinstance(quantity, int) or not isinstance(price, int):
                raise TypeError(f"sale {each.sale.id} holds a line without whole numbers")
            if service not in names or each.sale.text("language") == language:
                names[service] = str(line.get("name"))
            counts[service] = counts.get(service, 0) + quantity
            amounts.setdefault(service, []).append(Money(price, each.amount.currency) * quantity)
    rows = [ReportRow(names[service], counts[service], _some(amounts[service])) for service in names]
    return tuple(sorted(rows, key=lambda row: (-row.amount.amount_cents, row.label)))


def _lines(sale: Subject) -> list[dict[str, JsonValue]]:
    lines = sale.data.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _sum(amounts: Iterable[Money]) -> Money | None:
    found = list(amounts)
    return _some(found) if found else None


def _some(amounts: Sequence[Money]) -> Money:
    """Of at least one."""
    result = amounts[0]
    for amount in amounts[1:]:
        result = result + amount
    return result
