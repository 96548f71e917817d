"""Tickets once more: who may ask, when, how often; marked on paper, told in the journal, and never for money gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.world import World
from tests.unit.print_queue_world import SETTINGS, QueueWorld, queue_world
from totem.domain.errors import Trouble
from totem.domain.machine import Machine, SaleState, SettlementState, TicketState
from totem.domain.ports import Condition, PrintResult
from totem.services import steps
from totem.services.errands import Papers, PrintAgain
from totem.services.ids import ticket_id_of
from totem.services.print_queue import Asker, PrintNews, ReprintAnswer
from totem.services.state import Stage

DONE = (SaleState.COMPLETED, TicketState.PRINTED)
IN_DOUBT = (SaleState.NEEDS_ATTENTION, TicketState.UNKNOWN)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[QueueWorld]:
    async with queue_world(tmp_path) as world:
        yield world


async def in_doubt(world: QueueWorld) -> str:
    world.main.results = [PrintResult.UNKNOWN]
    sale_id = await world.sell()
    assert await world.states(sale_id) == IN_DOUBT
    return sale_id


async def again(world: QueueWorld, sale_id: str, by: Asker) -> ReprintAnswer:
    answer = await world.queue.reprint(sale_id, by)
    await world.quiet()
    return answer


async def notes(world: QueueWorld, sale_id: str, kind: str) -> list[dict[str, object]]:
    return [dict(each.data) for each in await world.journal.entries(sale_id) if each.kind == kind]


async def test_a_customer_has_it_once_more_marked_and_the_sale_ends(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)
        assert world.queue.reprint_until_s(sale_id) > world.clock.monotonic()
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.ACCEPTED
    assert world.main.paper == [f"{sale_id}#1 2nd".encode()]
    assert await world.states(sale_id) == DONE
    assert [step.state for step in await world.ticket_steps(sale_id)] == [
        "queued",
        "sending",
        "unknown",
        "sending",
        "printed",
    ]
    second = (await world.ticket_steps(sale_id))[3].data
    assert second == {"printer": "main", "second_copy": True, "copies": 1, "asked_by": "customer"}
    assert await notes(world, sale_id, steps.REPRINT_ASKED) == [{"by": "customer"}]
    assert [each["result"] for each in await notes(world, sale_id, steps.REPRINTED)] == ["printed"]
    assert await world.attentions(sale_id, "settled") == [Trouble.PRINT_UNKNOWN]
    assert [news for news, _ in world.news] == [PrintNews.UNKNOWN, PrintNews.PRINTED]


async def test_a_second_copy_has_a_job_id_of_its_own(world: QueueWorld) -> None:
    """A printer that remembers the first job must not take the copy for it, nor confirm one by the other."""
    async with world.running():
        sale_id = await in_doubt(world)
        world.main.results = [PrintResult.UNKNOWN]
        await again(world, sale_id, Asker.CUSTOMER)
        await again(world, sale_id, Asker.TECHNICIAN)
    assert len(set(world.main.jobs)) == 3
    assert all(0 < job_id <= 9999 for job_id in world.main.jobs)


async def test_a_customer_may_ask_once(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)
        world.main.results = [PrintResult.UNKNOWN]
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.ACCEPTED
        assert await world.states(sale_id) == IN_DOUBT
        assert world.queue.reprint_until_s(sale_id) == 0.0
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.ASKED_BEFORE
    assert len(world.main.jobs) == 2
    assert await world.attentions(sale_id, "open") == [Trouble.PRINT_UNKNOWN], "named once, and still open"


async def test_a_customer_who_comes_back_late_is_sent_to_the_attendant(world: QueueWorld) -> None:
    world.new_queue(replace(SETTINGS, reprint_window_s=5.0))
    async with world.running():
        sale_id = await in_doubt(world)
        await world.clock.sleep(6.0)
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.TOO_LATE
        assert await again(world, sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
    assert await world.states(sale_id) == DONE


async def test_after_a_restart_no_customer_stands_there(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)
    world.new_queue()
    async with world.running():
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.TOO_LATE
    assert len(world.main.jobs) == 1


async def test_a_printed_ticket_is_copied_for_a_technician_only(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await world.sell()
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.NOT_NOW
        for _ in range(2):
            assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
            assert await world.queue.end_of(sale_id) is PrintResult.PRINTED
    assert world.main.paper == [f"{sale_id}#1".encode(), *[f"{sale_id}#1 2nd".encode()] * 2]
    assert [step.state for step in await world.ticket_steps(sale_id)] == ["queued", "sending", "printed"]
    assert [each["by"] for each in await notes(world, sale_id, steps.REPRINTING)] == ["technician"] * 2
    assert [each["result"] for each in await notes(world, sale_id, steps.REPRINTED)] == ["printed"] * 2
    assert [news for news, _ in world.news] == [PrintNews.PRINTED], "no news for the screen of a sale that is over"


async def test_a_copy_of_unknown_fate_is_noted_and_calls_nobody(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await world.sell()
        world.main.results = [PrintResult.UNKNOWN]
        await world.queue.reprint(sale_id, Asker.TECHNICIAN)
        assert await world.queue.end_of(sale_id) is PrintResult.UNKNOWN
    assert await world.states(sale_id) == DONE
    assert await world.attentions(sale_id, "open") == []
    assert [each["result"] for each in await notes(world, sale_id, steps.REPRINTED)] == ["unknown"]


async def test_a_copy_of_which_no_byte_left_moves_on_and_the_first_stays_in_doubt(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)
        world.main.results = [PrintResult.NOT_SENT]
        await again(world, sale_id, Asker.CUSTOMER)
    assert world.spare.paper == [f"{sale_id}#1".encode() + b" 2nd"]
    states = [step.state for step in await world.ticket_steps(sale_id)]
    assert states == ["queued", "sending", "unknown", "sending", "unknown", "sending", "printed"]
    assert (await world.ticket(sale_id)).number("copies") == 1
    assert await world.states(sale_id) == DONE


async def test_a_copy_that_no_printer_takes_leaves_the_ticket_in_doubt(world: QueueWorld) -> None:
    world.new_queue(replace(SETTINGS, reprint_window_s=3.0))
    async with world.running():
        sale_id = await in_doubt(world)
        world.main.conditions.add(Condition.PAPER_OUT)
        world.spare.conditions.add(Condition.PAPER_OUT)
        assert await world.queue.reprint(sale_id, Asker.CUSTOMER) is ReprintAnswer.ACCEPTED
        assert await world.queue.end_of(sale_id) is PrintResult.NOT_SENT
    assert await world.states(sale_id) == IN_DOUBT
    assert not await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED), "it may be out: not by itself"
    assert world.news[-1] == (PrintNews.UNKNOWN, Trouble.PAPER_OUT)


async def test_money_that_went_back_gives_no_second_copy(world: QueueWorld) -> None:
    async with world.running():
        printed, doubtful = await world.sell(), await in_doubt(world)
        for sale_id in (printed, doubtful):
            assert await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True)
            assert await again(world, sale_id, Asker.TECHNICIAN) is ReprintAnswer.MONEY_WENT_BACK
        assert await again(world, doubtful, Asker.CUSTOMER) is ReprintAnswer.MONEY_WENT_BACK
    assert len(world.main.jobs) == 2


async def test_a_refund_in_the_moment_of_the_copy_lets_no_byte_leave(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)

        async def refund() -> None:
            assert await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED, delivered=True)

        world.press.meanwhile = refund
        assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
        assert await world.queue.end_of(sale_id) is PrintResult.NOT_SENT
    assert len(world.main.jobs) == 1
    assert (await world.ticket(sale_id)).state == TicketState.UNKNOWN


async def test_a_card_that_was_undone_gives_no_second_copy(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await in_doubt(world)
    subjects = await world.journal.of_sale(sale_id)
    papers = Papers(subjects[0], await world.ticket(sale_id))
    assert (papers.sale.machine, papers.sale.id) == (Machine.SALE, sale_id)
    assert PrintAgain(Asker.CUSTOMER).may_begin(papers, subjects)
    for state in (SettlementState.UNDOING, SettlementState.UNDONE):
        undone = tuple(replace(each, state=state) if each.machine is Machine.SETTLEMENT else each for each in subjects)
        assert not PrintAgain(Asker.CUSTOMER).may_begin(papers, undone)


async def test_nothing_is_printed_twice_on_its_way_and_nothing_without_a_ticket(world: QueueWorld) -> None:
    world.main.may_end.clear()
    async with world.running():
        sale_id = await world.pay()
        assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.NOT_NOW, "queued"
        world.queue.add(sale_id)
        await world.main.began.wait()
        assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.NOT_NOW, "sending"
        assert await world.queue.reprint("KX-261122-NOBODY", Asker.TECHNICIAN) is ReprintAnswer.NO_TICKET
        assert await world.queue.end_of("KX-261122-NOBODY") is None
        world.main.may_end.set()
        await world.quiet()
    assert len(world.main.paper) == 1


async def test_trouble_that_comes_back_gets_a_name_of_its_own(world: QueueWorld) -> None:
    """What was settled is never opened again: it is another entry."""
    async with world.running():
        sale_id = await in_doubt(world)
        await again(world, sale_id, Asker.CUSTOMER)
        world.main.conditions.add(Condition.PAPER_OUT)
        world.spare.conditions.add(Condition.PAPER_OUT)
        for _ in range(2):
            assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
            await world.clock.sleep(2)
            assert await world.attentions(sale_id, "open") == [Trouble.PAPER_OUT]
            world.main.conditions.clear()
            await world.quiet()
            world.main.conditions.add(Condition.PAPER_OUT)
    assert await world.attentions(sale_id, "open") == []
    assert await world.attentions(sale_id, "settled") == [Trouble.PRINT_UNKNOWN, *[Trouble.PAPER_OUT] * 2]


async def test_a_second_copy_that_is_cut_off_is_unknown_at_the_next_start(tmp_path: Path) -> None:
    """The first one's attention is there already: recovery must not stumble over it."""
    world = World(tmp_path)
    world.printer.results = [PrintResult.UNKNOWN]
    async with world.running():
        txid = await world.open()
        world.bank.pay(txid)
        await world.stage(Stage.TICKET_UNKNOWN)
        sale = await world.subject(world.state.sale_id)
        ticket = await world.subject(ticket_id_of(sale.id))
        await world.journal.append(
            steps.reprint_asked(ticket, Asker.CUSTOMER, once=True),
            *steps.ticket_sending_again(sale, ticket, printer="scripted", by=Asker.CUSTOMER),
        )
    async with world.running():
        assert (await world.subject(ticket.id)).state == TicketState.UNKNOWN
        assert (await world.subject(sale.id)).state == SaleState.NEEDS_ATTENTION
        assert await world.attentions() == [Trouble.PRINT_UNKNOWN]
        assert world.printer.paper == []


# --- tickets that never began -----------------------------------------------------------------------------------------


async def test_a_late_ticket_is_printed_for_whoever_claims_it_unmarked_and_once(world: QueueWorld) -> None:
    sale_id = await world.pay(to_claim=True)
    assert await world.attentions(sale_id, "open") == [Trouble.LATE_MONEY]
    async with world.running():
        assert await again(world, sale_id, Asker.CUSTOMER) is ReprintAnswer.NOT_NOW
        assert await again(world, sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
    assert world.main.paper == [f"{sale_id}#1".encode()]
    assert await world.states(sale_id) == DONE
    assert await world.attentions(sale_id, "settled") == [Trouble.LATE_MONEY]
    assert world.news == [(PrintNews.PRINTED, None)]


async def test_a_ticket_that_failed_for_good_is_printed_when_a_technician_has_mended_the_printer(
    world: QueueWorld,
) -> None:
    world.main.conditions.add(Condition.UNREACHABLE)
    world.spare.conditions.add(Condition.UNREACHABLE)
    world.new_queue(replace(SETTINGS, patience_s=2.0), return_sale=nothing_goes_back)
    async with world.running():
        sale_id = await world.sell()
        assert await world.states(sale_id) == (SaleState.NEEDS_ATTENTION, TicketState.FAILED)
        world.main.conditions.clear()
        assert await again(world, sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
    assert world.main.paper == [f"{sale_id}#1".encode()], "the first copy, and no mark"
    assert await world.states(sale_id) == DONE
    assert await world.attentions(sale_id, "open") == []


async def test_a_claimed_ticket_without_paper_is_named_and_its_money_stays(world: QueueWorld) -> None:
    world.new_queue(replace(SETTINGS, reprint_window_s=2.0))
    sale_id = await world.pay(to_claim=True)
    world.main.conditions.add(Condition.PAPER_OUT)
    world.spare.conditions.add(Condition.PAPER_OUT)
    async with world.running():
        assert await world.queue.reprint(sale_id, Asker.TECHNICIAN) is ReprintAnswer.ACCEPTED
        assert await world.queue.end_of(sale_id) is PrintResult.NOT_SENT
    assert await world.states(sale_id) == (SaleState.NEEDS_ATTENTION, TicketState.FAILED)
    assert sorted(await world.attentions(sale_id, "open")) == [Trouble.LATE_MONEY, Trouble.PAPER_OUT]


async def nothing_goes_back(sale_id: str, trouble: Trouble) -> bool:
    return False
