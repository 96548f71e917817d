"""The kiosk's GoPag client and the simulated GoPag, each written by itself, meet on the wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from providers.gopag.settings import GopagSettings
from providers.gopag.terminal import GopagTerminal, open_gopag
from providers.http.client import Timeouts
from providers.sim.ca import CertificateSet
from providers.sim.gopag import GopagSimulator
from providers.sim.gopag_faults import GopagFault, Kind, Operation
from providers.sim.gopag_ledger import Customer
from tests.support.manual_clock import ManualClock
from totem.domain.cards import CardKind, CardOutcome, CardReference, CardResult, CardSale, Prompt
from totem.domain.errors import Trouble
from totem.domain.money import Money

SALE = CardSale("6LOJA01A7K2M9Q4", 4711, Money(15001), CardKind.CREDIT, installments=3, reference="A7K2")


class World:
    def __init__(
        self, gopag: GopagSimulator, terminal: GopagTerminal, settings: GopagSettings, clock: ManualClock
    ) -> None:
        self.gopag = gopag
        self.terminal = terminal
        self.settings = settings
        self.clock = clock

    async def sell(self, sale: CardSale = SALE) -> CardResult:
        events = [event async for event in self.terminal.start(sale)]
        result = events.pop()
        assert isinstance(result, CardResult)
        assert all(isinstance(event, Prompt) for event in events)
        return result

    def befall(self, operation: Operation, kind: Kind, **more: Any) -> None:
        self.gopag.set_faults([GopagFault(operation, kind, **more)])

    @property
    def books(self) -> list[dict[str, Any]]:
        books: list[dict[str, Any]] = self.gopag.ledger()["transactions"]
        return books

    def reference(self, result: CardResult | None = None) -> CardReference:
        trace = {} if result is None else result.trace
        return CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind, 3, trace, self.clock.now())


@asynccontextmanager
async def world(certificates: CertificateSet, **changes: Any) -> AsyncIterator[World]:
    """Customers approve at once, unless a test says otherwise. `changes` are of the client's settings."""
    clock = ManualClock()
    gopag = GopagSimulator(certificates, rng=random.Random(5), now=clock.now)
    await gopag.start()
    gopag.set_customer(Customer.APPROVES)
    settings = GopagSettings(
        token=gopag.settings.access_token,
        marketplace=gopag.settings.marketplace,
        seller=gopag.settings.seller,
        terminal=gopag.settings.terminals[0].id,
        certificate=certificates.client.cert,
        key=certificates.client.key,
        ca=certificates.ca,
        base_url=gopag.base_url,
        timeouts=Timeouts(read_s=1.0, total_s=3.0),
        public_roots=False,
    )
    settings = replace(settings, **changes)
    terminal = await open_gopag(settings, clock)
    try:
        yield World(gopag, terminal, settings, clock)
    finally:
        await terminal.close()
        await gopag.stop()


@pytest.fixture
async def at(bank_certificates: CertificateSet) -> AsyncIterator[World]:
    async with world(bank_certificates, can_void=True) as made:
        yield made
        assert made.gopag.ledger()["violations"] == []


async def test_a_sale(at: World) -> None:
    assert (await at.terminal.health()).ready
    result = await at.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(15001))
    assert (result.brand, result.last_digits, result.trace["entry_mode"]) == ("Visa", "1111", "chip")
    assert result.nsu
    assert result.authorization
    (booked,) = at.books
    assert (booked["reference_id"], booked["installments"], booked["lock"]) == (SALE.attempt_id, 3, True)
    assert "MARIA" not in repr(result)
    assert (await at.terminal.status(at.reference(result))).outcome is CardOutcome.APPROVED
    assert (await at.terminal.status(at.reference())).outcome is CardOutcome.APPROVED


@pytest.mark.parametrize(
    ("customer", "outcome", "trouble"),
    [
        (Customer.DECLINES, CardOutcome.DECLINED, Trouble.CARD_DECLINED),
        (Customer.CANCELS, CardOutcome.CANCELLED, Trouble.CARD_CANCELLED),
        (Customer.WAITS, CardOutcome.EXPIRED, Trouble.CARD_TIMEOUT),
    ],
)
async def test_ends_without_money(at: World, customer: Customer, outcome: CardOutcome, trouble: Trouble) -> None:
    at.gopag.set_customer(customer)
    result = await at.sell()
    assert (result.outcome, result.trouble) == (outcome, trouble)
    assert result.message


LOST = [
    GopagFault(Operation.CREATE, Kind.ANSWER_LOST),
    GopagFault(Operation.CREATE, Kind.CLOSED),
    GopagFault(Operation.CREATE, Kind.HALF),
    GopagFault(Operation.CREATE, Kind.NEVER, carried_out=True),
    GopagFault(Operation.CREATE, Kind.STATUS, code=503, carried_out=True),
    GopagFault(Operation.CREATE, Kind.HTML, code=502, carried_out=True),
    GopagFault(Operation.GET, Kind.ANSWER_LOST, count=2),
    GopagFault(Operation.GET, Kind.STATUS, code=429, retry_after_s=7),
    GopagFault(Operation.GET, Kind.HTML, code=404),
    GopagFault(Operation.GET, Kind.UNKNOWN_STATUS, count=3),
    GopagFault(Operation.GET, Kind.WHOLE_AMOUNTS, count=None),
    GopagFault(Operation.CREATE, Kind.WHOLE_AMOUNTS),
    GopagFault(Operation.CREATE, Kind.LATE_APPROVAL),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault.operation}-{fault.kind}-{fault.code}")
async def test_what_the_wire_hides_is_found_and_charged_once(at: World, fault: GopagFault) -> None:
    at.gopag.set_faults([fault])
    result = await at.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(15001))
    assert len(at.books) == 1


@pytest.mark.parametrize(
    "fault",
    [
        GopagFault(Operation.CREATE, Kind.STATUS, code=429, retry_after_s=5),
        GopagFault(Operation.CREATE, Kind.STATUS, code=400),
    ],
    ids=lambda fault: str(fault.code),
)
async def test_a_refused_creation_is_not_sent(at: World, fault: GopagFault) -> None:
    at.gopag.set_faults([fault])
    assert (await at.sell()).outcome is CardOutcome.NOT_SENT
    assert at.books == []


async def test_a_creation_that_never_was_is_not_sent_only_much_later(at: World) -> None:
    at.befall(Operation.CREATE, Kind.RESET)
    asked = at.reference()
    assert (await at.sell()).outcome is CardOutcome.UNKNOWN
    assert (await at.terminal.status(asked)).outcome is CardOutcome.UNKNOWN
    at.clock.advance(900)
    assert (await at.terminal.status(asked)).outcome is CardOutcome.NOT_SENT
    assert at.books == []


async def test_a_list_that_lags_behind_is_no_absence(at: World) -> None:
    at.gopag.set_faults(
        [GopagFault(Operation.CREATE, Kind.ANSWER_LOST), GopagFault(Operation.LIST, Kind.HIDDEN, count=None)]
    )
    asked = at.reference()
    assert (await at.sell()).outcome is CardOutcome.UNKNOWN
    at.clock.advance(400)
    assert (await at.terminal.status(asked)).outcome is CardOutcome.UNKNOWN
    at.clock.advance(400)
    assert (await at.terminal.status(asked)).outcome is CardOutcome.APPROVED


async def test_found_among_many(at: World) -> None:
    at.befall(Operation.CREATE, Kind.ANSWER_LOST)
    asked = at.reference()
    assert (await at.sell()).outcome is CardOutcome.APPROVED
    at.gopag.clear_faults()
    for number in range(120):
        other = replace(SALE, attempt_id=f"6LOJA01N{number:03d}", installments=1, amount=Money(500))
        assert (await at.sell(other)).outcome is CardOutcome.APPROVED
        at.clock.advance(10)
    assert (await at.terminal.status(asked)).outcome is CardOutcome.APPROVED


async def test_another_amount_is_told_as_taken(at: World) -> None:
    at.befall(Operation.CREATE, Kind.AMOUNT_DIFFERS, cents=100)
    result = await at.sell()
    assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(15101))


async def test_a_void(at: World) -> None:
    result = await at.sell()
    asked = at.reference(result)
    assert (await at.terminal.refund_status(asked, "R1")).outcome is CardOutcome.UNKNOWN
    assert (await at.terminal.refund(asked, "R1", SALE.amount)).outcome is CardOutcome.APPROVED
    assert (await at.terminal.refund(asked, "R1", SALE.amount)).outcome is CardOutcome.APPROVED
    assert (await at.terminal.refund_status(asked, "R1")).outcome is CardOutcome.APPROVED
    (booked,) = at.books
    assert booked["voided_cents"] == SALE.amount.amount_cents
    assert (await at.terminal.status(asked)).outcome is CardOutcome.CANCELLED


@pytest.mark.parametrize(
    ("fault", "first"),
    [
        (GopagFault(Operation.VOID, Kind.ANSWER_LOST), CardOutcome.UNKNOWN),
        (GopagFault(Operation.VOID, Kind.VOID_LATER, delay_s=60), CardOutcome.UNKNOWN),
    ],
    ids=["lost", "later"],
)
async def test_a_void_of_which_nobody_knows_is_asked_about(at: World, fault: GopagFault, first: CardOutcome) -> None:
    asked = at.reference(await at.sell())
    at.gopag.set_faults([fault])
    assert (await at.terminal.refund(asked, "R1", SALE.amount)).outcome is first
    at.clock.advance(61)
    assert (await at.terminal.refund_status(asked, "R1")).outcome is CardOutcome.APPROVED
    (booked,) = at.books
    assert booked["voided_cents"] == SALE.amount.amount_cents


async def test_a_refused_void(at: World) -> None:
    asked = at.reference(await at.sell())
    at.befall(Operation.VOID, Kind.VOID_REFUSED)
    result = await at.terminal.refund(asked, "R1", SALE.amount)
    assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_REFUND_REFUSED)


async def test_a_reader_that_is_off(at: World) -> None:
    at.gopag.set_terminal(at.settings.terminal, active=False)
    health = await at.terminal.health()
    assert (health.ready, health.trouble) == (False, Trouble.TERMINAL_REFUSED)


async def test_down(at: World) -> None:
    await at.gopag.set_down(True)
    assert (await at.sell()).outcome is CardOutcome.NOT_SENT
    assert not (await at.terminal.health()).ready
    await at.gopag.set_down(False)
    assert (await at.sell()).outcome is CardOutcome.APPROVED


async def test_readers_to_choose_from(bank_certificates: CertificateSet) -> None:
    async with world(bank_certificates, terminal="a-escolher") as at:
        health = await at.terminal.health()
        assert not health.ready
        assert all(each.id in health.detail for each in at.gopag.settings.terminals)


@pytest.mark.parametrize("wrong", ["token", "certificate"])
async def test_strangers_are_turned_away(bank_certificates: CertificateSet, wrong: str) -> None:
    other = bank_certificates.other_client
    changes: dict[str, Any] = {"token": "wrong"} if wrong == "token" else {"certificate": other.cert, "key": other.key}
    async with world(bank_certificates, **changes) as at:
        result = await at.sell()
        assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.BRIDGE_REFUSED)
        assert (await at.terminal.health()).trouble is Trouble.BRIDGE_REFUSED
        assert at.books == []


async def test_debit_and_a_reader_that_is_not_there(bank_certificates: CertificateSet) -> None:
    async with world(bank_certificates) as at:
        debit = replace(SALE, kind=CardKind.DEBIT, installments=1)
        assert (await at.sell(debit)).outcome is CardOutcome.APPROVED
        assert at.books[0]["payment_type"] == "debit"
    async with world(bank_certificates, terminal="nobody") as at:
        assert (await at.sell()).outcome is CardOutcome.NOT_SENT
        assert at.books == []
