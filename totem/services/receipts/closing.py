"""The day's closing from the journal: what was sold, by the tickets of that day, and what money moved on it.

A sale counts on the day of its ticket, with the amount of its services, so that every list adds up to the same. A
ticket that was taken back, or whose card was undone, is void and counts nowhere but among the void numbers; a sale
that was given back after its ticket had been printed counts as sold and as refunded. The money is told apart from the
sales, each movement on the day on which the journal has it: it is what banks and acquirers have in their books.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from totem.domain.day import DayBook, DayMovement, DaySpan, DayTicket, PaidPart
from totem.domain.machine import AttemptState, Machine, SaleState, SettlementState, TicketState
from totem.domain.money import Currency, Money, total
from totem.domain.ports import Journal
from totem.domain.records import JsonValue
from totem.services.receipts.reports import DayReport, MoneyRow, ReportRow

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
class _Share:
    """What one attempt paid of a sale; `first` of its shares counts the sale."""

    provider: str
    method: str
    amount: Money
    first: bool


@dataclass(frozen=True, slots=True)
class _Sold:
    ticket: DayTicket
    amount: Money
    shares: tuple[_Share, ...]


def span_of(day: date) -> DaySpan:
    """That day on this machine's own calendar, also where its clock is put forward or back."""
    begins = datetime.combine(day, time()).astimezone()
    return DaySpan(day, begins, datetime.combine(day + timedelta(days=1), time()).astimezone())


async def close_day(journal: Journal, day: date, made_at: datetime, language: str = "pt") -> DayReport:
    """The report of that local day as the journal stands now. Raises JournalError."""
    return report_of(await journal.day_book(span_of(day)), day, made_at, language)


def report_of(book: DayBook, day: date, made_at: datetime, language: str = "pt") -> DayReport:
    void = tuple(ticket.number for ticket in book.tickets if _is_void(ticket))
    is_void = frozenset(void)
    sold = [_sold(ticket) for ticket in book.tickets if ticket.number not in is_void]
    back = [each.amount for each in sold if each.ticket.sale_state == SaleState.COMPENSATED]
    numbers = [ticket.number for ticket in book.tickets]
    return DayReport(
        day=day,
        made_at=made_at,
        by_method=_rows((share.method, share) for each in sold for share in each.shares),
        by_provider=_rows((_known(share.provider), share) for each in sold for share in each.shares),
        by_service=_services(sold, language),
        first_number=min(numbers, default=None),
        last_number=max(numbers, default=None),
        void_numbers=void,
        refunds=len(back),
        refunded=_sum(back) if back else None,
        open_attentions=sum(count for _, count in book.attentions),
        language=language,
        money=_money(book.movements),
        attentions=book.attentions,
    )


def _is_void(ticket: DayTicket) -> bool:
    """Taken back, or one that nobody knows printed and whose cards were all undone (the design's rule 2)."""
    if ticket.ticket_state == TicketState.REVOKED:
        return True
    states = [part.state for part in ticket.parts if part.machine == Machine.SETTLEMENT]
    undone = {SettlementState.UNDOING, SettlementState.UNDONE}
    return ticket.ticket_state != TicketState.PRINTED and bool(states) and all(state in undone for state in states)


def _sold(ticket: DayTicket) -> _Sold:
    amount = Money(_whole(ticket.sale, "amount_cents"), Currency[_text(ticket.sale, "currency")])
    return _Sold(ticket, amount, tuple(_shares(ticket, amount)))


def _shares(ticket: DayTicket, amount: Money) -> Iterable[_Share]:
    """The attempts that paid it, up to its price: what came twice or too much is no sale."""
    method = _text(ticket.sale, "method") or "pix"
    undone = {
        part.attempt
        for part in ticket.parts
        if part.machine == Machine.SETTLEMENT and part.state in (SettlementState.UNDOING, SettlementState.UNDONE)
    }
    paid = [each for each in ticket.parts if _has_paid(each) and each.id not in undone]
    left_cents = amount.amount_cents
    for at, each in enumerate(paid):
        # The last one bears what is left, so that no list loses a centavo.
        cents = left_cents if at == len(paid) - 1 else min(each.amount_cents, left_cents)
        if cents or at == 0:
            yield _Share(
                each.provider, each.method if len(paid) > 1 else method, Money(cents, amount.currency), at == 0
            )
        left_cents -= cents
    if not paid:
        yield _Share("", method, amount, first=True)


def _has_paid(part: PaidPart) -> bool:
    return part.machine == Machine.ATTEMPT and part.state == AttemptState.APPROVED


def _rows(shares: Iterable[tuple[str, _Share]]) -> tuple[ReportRow, ...]:
    counts: dict[str, int] = {}
    amounts: dict[str, list[Money]] = {}
    for label, share in shares:
        counts[label] = counts.get(label, 0) + share.first
        amounts.setdefault(label, []).append(share.amount)
    return tuple(ReportRow(label, counts[label], _sum(amounts[label])) for label in sorted(amounts))


def _known(provider: str) -> str:
    return _PROVIDERS.get(provider, provider)


def _services(sold: Iterable[_Sold], language: str) -> tuple[ReportRow, ...]:
    """By the service's id: the same one was sold under a name in each customer's language."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    amounts: dict[str, list[Money]] = {}
    for each in sold:
        for line in _lines(each.ticket):
            service, quantity, price = str(line.get("service")), _whole(line, "quantity"), _whole(line, "price_cents")
            if service not in names or each.ticket.sale.get("language") == language:
                names[service] = str(line.get("name"))
            counts[service] = counts.get(service, 0) + quantity
            amounts.setdefault(service, []).append(Money(price, each.amount.currency) * quantity)
    rows = [ReportRow(names[service], counts[service], _sum(amounts[service])) for service in names]
    return tuple(sorted(rows, key=lambda row: (-row.amount.amount_cents, row.label)))


def _lines(ticket: DayTicket) -> list[dict[str, JsonValue]]:
    lines = ticket.sale.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _money(movements: Sequence[DayMovement]) -> tuple[MoneyRow, ...]:
    """By provider and method; the movements come in that order."""
    found: dict[tuple[str, str, str], dict[str, DayMovement]] = {}
    for each in movements:
        found.setdefault((each.provider, each.method, each.currency), {})[each.kind] = each
    return tuple(_money_row(*key, kinds) for key, kinds in found.items())


def _money_row(provider: str, method: str, currency: str, kinds: Mapping[str, DayMovement]) -> MoneyRow:
    def of(kind: str) -> tuple[Money, int]:
        each = kinds.get(kind)
        return Money(each.amount_cents if each else 0, Currency[currency]), each.count if each else 0

    return MoneyRow(provider, _known(provider), method, *of("received"), *of("undone"), *of("given_back"))


def _text(data: Mapping[str, JsonValue], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _whole(data: Mapping[str, JsonValue], key: str) -> int:
    value = data.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{key} is no whole number: {value!r}")
    return value


def _sum(amounts: Sequence[Money]) -> Money:
    """Of at least one."""
    return total(list(amounts), amounts[0].currency)
