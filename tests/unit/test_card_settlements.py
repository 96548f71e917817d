"""Cards after the sale: decisions sent until acknowledged, what a terminal holds open, and restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.world import World, wait_until
from totem.domain.cards import CardOutcome, CardResult, PendingCard
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, SaleState, SettlementState, TicketState
from totem.domain.ports import Condition
from totem.services.state import Method, MoneyTold, PaymentChoice, Stage

CREDIT = PaymentChoice(Method.CREDIT)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.terminals = [ScriptedTerminal()]
    return made


async def settled(world: World) -> None:
    async with asyncio.timeout(5):
        await world.engine.settlements.wait_quiet()


async def test_a_decision_is_sent_until_it_is_acknowledged_and_named_meanwhile(world: World) -> None:
    tef = world.terminals[0]
    tef.silent = 3
    async with world.running():
        await world.open_card()
        await world.stage(Stage.COMPLETED)
        await wait_until(world, lambda: tef.calls.count("confirm") == 2)
        assert await world.attentions() == [Trouble.CARD_CONFIRM_WAITING.value]
        await settled(world)
        assert tef.calls.count("confirm") == 4
        assert await world.attentions() == []


async def test_what_is_not_acknowledged_is_sent_again_after_a_restart(world: World) -> None:
    tef = world.terminals[0]
    tef.unreachable = 1000
    async with world.running():
        sale_id = await world.open_card()
        await world.stage(Stage.COMPLETED)
        await wait_until(world, lambda: tef.calls.count("confirm") > 1)
    tef.unreachable = 0
    async with world.running():
        assert (await world.states_of(sale_id))["settlement"] == SettlementState.CONFIRMED
        assert await world.attentions() == []


async def test_no_new_sale_goes_to_a_terminal_that_owes_an_acknowledgement(world: World) -> None:
    tef = world.terminals[0]
    tef.unreachable = 1000
    async with world.running():
        await world.open_card()
        await world.stage(Stage.COMPLETED)
        await world.engine.checkout.acknowledge()
        await world.open_card()
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert again.trouble.trouble is Trouble.CARD_PENDING
        assert len(tef.sales) == 1


async def test_an_unknown_card_without_questions_is_named_and_undone_when_it_is_found_pending(world: World) -> None:
    tef = world.terminals[0]
    tef.answers = [None]
    async with world.running():
        sale_id = await world.open_card()
        stopped = await world.stage(Stage.STOPPED)
        assert stopped.trouble is not None
        assert stopped.trouble.money is MoneyTold.BEING_CHECKED
        assert await world.attentions() == [Trouble.CARD_UNKNOWN.value]
        await world.engine.checkout.acknowledge()
        (lost,) = tef.sales
        held = PendingCard({"control_code": tef.key(lost), "network": "REDE"})
        tef.answers = [CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_PENDING, pending=(held,))]
        await world.open_card()
        again = await world.stage(Stage.CHOOSING_AGAIN)
        assert again.trouble is not None
        assert again.trouble.trouble is Trouble.CARD_PENDING
        assert list(tef.ledger.values()) == ["undone"]
        assert (await world.subject(sale_id)).state == SaleState.ABANDONED
        assert (await world.subject(lost.attempt_id)).state == AttemptState.CANCELLED
        assert await world.attentions() == []
        await world.engine.checkout.pay_again(CREDIT)
        await world.stage(Stage.COMPLETED)


async def test_a_pending_one_that_was_confirmed_here_is_confirmed_again(world: World) -> None:
    tef = world.terminals[0]
    async with world.running():
        await world.open_card()
        await world.stage(Stage.COMPLETED)
        await settled(world)
        await world.engine.checkout.acknowledge()
        (first,) = tef.sales
        held = PendingCard({"control_code": tef.key(first), "network": "REDE"})
        tef.answers = [CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_PENDING, pending=(held,))]
        await world.open_card()
        await world.stage(Stage.CHOOSING_AGAIN)
        assert tef.ledger[tef.key(first)] == "confirmed"
        assert "undo" not in tef.calls


async def test_an_orphan_found_at_start_is_undone_and_named(world: World) -> None:
    tef = world.terminals[0]
    tef.held_open = [PendingCard({"control_code": "C77", "network": "REDE"})]
    tef.ledger["C77"] = "open"
    async with world.running():
        assert tef.ledger["C77"] == "undone"
        assert await world.attentions("settled") == [Trouble.CARD_ORPHAN.value]
        assert await world.attentions() == []


@pytest.mark.parametrize(
    ("ticket", "ledger", "sale_ends"),
    [
        (TicketState.QUEUED, "undone", SaleState.COMPENSATED),
        (TicketState.SENDING, "undone", SaleState.COMPENSATED),
        (TicketState.PRINTED, "confirmed", SaleState.COMPLETED),
    ],
)
async def test_a_restart_settles_by_what_became_of_the_ticket(
    world: World, ticket: TicketState, ledger: str, sale_ends: SaleState
) -> None:
    """The program dies right after that state of the ticket was stored."""
    tef = world.terminals[0]
    world.printer.conditions = {Condition.PAPER_OUT} if ticket is TicketState.QUEUED else set()
    async with world.running(close_s=0.2) as running:
        sale_id = await _until_ticket(running, ticket)
    world.printer.conditions = set()
    async with world.running():
        assert list(tef.ledger.values()) == [ledger]
        assert (await world.subject(sale_id)).state == sale_ends
        named = await world.attentions()
        assert (Trouble.CARD_TICKET_VOID.value in named) == (ticket is TicketState.SENDING)
        assert bool(world.printer.paper) == (ticket is not TicketState.QUEUED)


async def _until_ticket(world: World, wanted: TicketState) -> str:
    """Stop the queue and the settlements for good once the ticket is there."""
    reached = asyncio.Event()
    journal = world.journal
    original = journal.append
    world.printer.conditions = set()

    async def append(*records: object) -> object:
        if reached.is_set():
            await asyncio.Event().wait()
        entries = await original(*records)  # type: ignore[arg-type]
        if any(getattr(each, "to", "") == wanted and getattr(each, "machine", "") == "ticket" for each in records):
            reached.set()
        return entries

    journal.append = append  # type: ignore[assignment, method-assign]
    sale_id = await world.open_card()
    async with asyncio.timeout(5):
        await reached.wait()
    await world.engine._end_loops()
    journal.append = original  # type: ignore[method-assign]
    return sale_id
