"""The kiosk's client and the simulated POS, each written from the document alone, meet on the wire."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hardware.sim.smart_pos.faults import Fault, FaultName
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.terminal import SmartPosTerminal, open_smart_pos
from tests.unit.smart_pos_rig import LIMITS, SALE, SECRET
from totem.domain.cards import CardEvent, CardOutcome, CardReference, CardResult, CardSale, Prompt, PromptKind
from totem.domain.money import Money
from totem.domain.ports import PrintResult
from totem.services.clock import SystemClock

FAST = replace(LIMITS, poll_s=0.2, answer_s=0.3)


@asynccontextmanager
async def pair(secret: str = SECRET, **changes: Any) -> AsyncIterator[tuple[SimulatedSmartPos, SmartPosTerminal]]:
    """`changes` are of the simulator's settings."""
    pos = SimulatedSmartPos(replace(SmartPosSimSettings(secret=secret), **changes))
    await pos.start()
    settings = SmartPosSettings(
        port=pos.port, secret=secret, allow_no_secret=not secret, kiosk="LOJA01", prints_tickets=True, limits=FAST
    )
    terminal = open_smart_pos(settings, SystemClock(), random.Random(3))
    try:
        yield pos, terminal
    finally:
        await terminal.close()
        await pos.close()


async def sell(terminal: SmartPosTerminal, sale: CardSale = SALE) -> tuple[list[CardEvent], CardResult]:
    events = [event async for event in terminal.start(sale)]
    result = events.pop()
    assert isinstance(result, CardResult)
    return events, result


def known(sent_at: datetime | None = None) -> CardReference:
    moment = sent_at or datetime.now(UTC)
    return CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind, 3, sent_at=moment)


@pytest.mark.parametrize("secret", [SECRET, ""])
async def test_a_whole_sale(secret: str) -> None:
    async with pair(secret) as (pos, terminal):
        assert (await terminal.health()).ready
        events, result = await sell(terminal)
        assert PromptKind.PRESENT_CARD in {event.kind for event in events if isinstance(event, Prompt)}
        assert (result.outcome, result.amount, result.last_digits) == (CardOutcome.APPROVED, Money(5000), "1111")
        assert result.nsu
        assert result.receipts.customer
        assert (await terminal.status(known())).outcome is CardOutcome.APPROVED
        assert len(pos.transactions()) == 1
        assert pos.violations == ()


async def test_the_same_attempt_again_is_the_same_transaction() -> None:
    async with pair() as (pos, terminal):
        _, first = await sell(terminal)
        _, again = await sell(terminal)
        assert (first.nsu, first.authorization) == (again.nsu, again.authorization)
        assert len(pos.transactions()) == 1
        _, other = await sell(terminal, replace(SALE, amount=Money(9900)))
        assert other.outcome is CardOutcome.UNKNOWN
        assert len(pos.transactions()) == 1


RECOVERED = [
    FaultName.ANSWER_LOST,
    FaultName.ANSWER_SILENT,
    FaultName.LINK_LOST_BEFORE_APPROVAL,
    FaultName.LINK_LOST_AFTER_APPROVAL,
    FaultName.RESULT_SILENT,
    FaultName.HALF_LINE,
    FaultName.GARBAGE,
    FaultName.BAD_MAC,
    FaultName.DUPLICATE,
    FaultName.FOREIGN_ID,
    FaultName.UNKNOWN_STATUS,
    FaultName.INTERNAL,
    FaultName.AMOUNT_AS_TEXT,
    FaultName.SLOW,
]


@pytest.mark.parametrize("fault", RECOVERED)
async def test_what_the_link_hides_is_found_and_charged_once(fault: FaultName) -> None:
    async with pair() as (pos, terminal):
        pos.script(Fault(fault, delay_s=0.1))
        _, result = await sell(terminal)
        assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(5000))
        assert len(pos.transactions()) == 1
        assert pos.violations == ()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (FaultName.SALE_LOST, CardOutcome.NOT_SENT),
        (FaultName.DECLINED, CardOutcome.DECLINED),
        (FaultName.OLD_VERSION, CardOutcome.NOT_SENT),
        (FaultName.BAD_PROOF, CardOutcome.NOT_SENT),
    ],
)
async def test_ends_without_money(fault: FaultName, outcome: CardOutcome) -> None:
    async with pair() as (pos, terminal):
        pos.script(fault)
        _, result = await sell(terminal)
        assert result.outcome is outcome
        assert not [one for one in pos.transactions() if one.status.value == "approved"]
        _, next_sale = await sell(terminal, replace(SALE, attempt_id="LOJA01NEXT", number=4712))
        assert next_sale.outcome is CardOutcome.APPROVED


async def test_another_amount_is_told() -> None:
    async with pair() as (pos, terminal):
        pos.script(FaultName.AMOUNT_DIFFERS)
        _, result = await sell(terminal)
        assert (result.outcome, result.amount) == (CardOutcome.APPROVED, Money(5100))


async def test_the_customer_cancels_at_the_kiosk() -> None:
    async with pair(auto=False) as (pos, terminal):
        result: CardEvent | None = None
        async for event in terminal.start(SALE):
            result = event
            if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
                await terminal.cancel(SALE.attempt_id)
        assert isinstance(result, CardResult)
        assert result.outcome is CardOutcome.CANCELLED
        assert pos.violations == ()


async def test_a_cable_pulled_between_two_sales_is_no_trouble() -> None:
    async with pair() as (pos, terminal):
        await sell(terminal)
        pos.cut_links()
        _, result = await sell(terminal, replace(SALE, attempt_id="LOJA01NEXT", number=4712))
        assert result.outcome is CardOutcome.APPROVED


async def test_a_lost_store_proves_nothing() -> None:
    async with pair() as (pos, terminal):
        sent_at = datetime.now(UTC) - timedelta(hours=1)
        await sell(terminal)
        pos.lose_store()
        pos.cut_links()
        assert (await terminal.status(known(sent_at))).outcome is CardOutcome.UNKNOWN


async def test_a_refund_and_its_receipt() -> None:
    async with pair() as (pos, terminal):
        _, result = await sell(terminal)
        reference = replace(known(), trace=result.trace)
        assert await terminal.reprint(reference)
        done = await terminal.refund(reference, "LOJA01R1", Money(5000))
        again = await terminal.refund(reference, "LOJA01R1", Money(5000))
        assert (done.outcome, again.outcome) == (CardOutcome.APPROVED, CardOutcome.APPROVED)
        assert (await terminal.refund_status(reference, "LOJA01R1")).outcome is CardOutcome.APPROVED
        assert (await terminal.refund_status(reference, "LOJA01R2")).outcome is CardOutcome.NOT_SENT
        assert pos.violations == ()


async def test_a_ticket_on_its_paper() -> None:
    async with pair() as (pos, terminal):
        printer = terminal.ticket_printer()
        assert printer is not None
        assert (await printer.status()).can_print
        outcome = await printer.print(42, b"\x1b@Lavagem simples\n\n\n")
        assert outcome.result is PrintResult.PRINTED
        assert pos.violations == ()


async def test_a_terminal_that_is_not_ready_and_one_that_is_off() -> None:
    async with pair() as (pos, terminal):
        pos.set_not_ready("no_network")
        health = await terminal.health()
        assert (health.ready, health.detail) == (False, "no_network")
        _, refused = await sell(terminal)
        assert (refused.outcome, refused.code) == (CardOutcome.NOT_SENT, "not_ready")
        await pos.set_down(True)
        _, off = await sell(terminal)
        assert off.outcome is CardOutcome.NOT_SENT
        assert pos.transactions() == ()


async def test_its_clock_is_compared() -> None:
    async with pair() as (pos, terminal):
        pos.set_clock_drift(600)
        health = await terminal.health()
        assert health.clock_drift_s is not None
        assert 590 < health.clock_drift_s < 610
