"""Short ways to write journal records in tests."""

from __future__ import annotations

from collections.abc import Iterator

from totem.domain.machine import Machine
from totem.domain.records import JsonValue, Note, Record, Step

DAY = "2026-11-22"


def step(machine: Machine, sale_id: str, expected: str | None, to: str, **data: JsonValue) -> Step:
    """A step of the sale itself."""
    return Step(machine, sale_id, sale_id, expected, to, data)


def sale_opened(sale_id: str, amount_cents: int = 4500) -> tuple[Record, ...]:
    return (
        step(Machine.SALE, sale_id, None, "choosing", language="pt"),
        step(Machine.SALE, sale_id, "choosing", "open", amount_cents=amount_cents),
        Step(Machine.ATTEMPT, f"tx-{sale_id}", sale_id, None, "intended", {"txid": f"tx-{sale_id}"}),
    )


def pix_received(sale_id: str, end_to_end_id: str, amount_cents: int) -> Note:
    return Note("pix.received", sale_id, f"tx-{sale_id}", {"amount_cents": amount_cents}, end_to_end_id)


def ticket_queued(sale_id: str, number: int, day: str = DAY) -> Step:
    return Step(Machine.TICKET, f"ticket-{sale_id}", sale_id, None, "queued", {"day": day, "number": number})


def compensation(
    subject_id: str, reference: str, amount_cents: int, expected: str | None = None, to: str = "intended"
) -> Step:
    data: dict[str, JsonValue] = {"reference": reference, "amount_cents": amount_cents}
    return Step(Machine.COMPENSATION, subject_id, "S1", expected, to, data)


def sale_batches(sale_id: str, number: int) -> Iterator[tuple[Record, ...]]:
    """A whole Pix sale, batch by batch, as the checkout writes it."""
    attempt, ticket = f"tx-{sale_id}", f"ticket-{sale_id}"
    yield sale_opened(sale_id)
    yield (
        Step(Machine.ATTEMPT, attempt, sale_id, "intended", "pending", {"copia_e_cola": "000201" + "9" * 120}),
        Note("charge.displayed", sale_id, attempt, unique=attempt),
    )
    yield (
        pix_received(sale_id, f"E-{sale_id}", 4500),
        Step(Machine.ATTEMPT, attempt, sale_id, "pending", "approved"),
        step(Machine.SALE, sale_id, "open", "paid"),
        ticket_queued(sale_id, number),
    )
    yield (
        Step(Machine.TICKET, ticket, sale_id, "queued", "sending"),
        step(Machine.SALE, sale_id, "paid", "delivering"),
    )
    yield (
        Step(Machine.TICKET, ticket, sale_id, "sending", "printed"),
        step(Machine.SALE, sale_id, "delivering", "completed"),
    )
