"""Main printer and spare: who gets a ticket, what is held stays, and rule 3 before the first byte."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.print_queue_world import SETTINGS, QueueWorld, queue_world
from totem.domain.errors import ReceiptNotPrintable, Trouble
from totem.domain.machine import SaleState, TicketState
from totem.domain.ports import Condition, PrintResult
from totem.domain.records import Entry, Record, Step
from totem.services import steps
from totem.services.print_queue import PrintNews, WithoutPaper
from totem.services.stations import Desks, Station

DONE = (SaleState.COMPLETED, TicketState.PRINTED)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[QueueWorld]:
    async with queue_world(tmp_path) as world:
        yield world


async def test_the_main_printer_prints_and_the_journal_names_it(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await world.sell()
    assert world.main.paper == [f"{sale_id}#1".encode()]
    assert world.spare.paper == []
    assert (await world.ticket_steps(sale_id))[1].data == {"printer": "main"}
    assert world.news == [(PrintNews.PRINTED, None)]


@pytest.mark.parametrize("condition", [Condition.PAPER_OUT, Condition.UNREACHABLE, Condition.HEAD_HOT])
async def test_the_spare_prints_what_the_main_one_cannot_begin(world: QueueWorld, condition: Condition) -> None:
    world.main.conditions.add(condition)
    async with world.running():
        assert await world.queue.trouble() is None
        sale_id = await world.sell()
    assert (len(world.main.paper), len(world.spare.paper)) == (0, 1)
    assert (await world.ticket(sale_id)).text("printer") == "spare"
    assert await world.states(sale_id) == DONE
    assert world.news == [(PrintNews.PRINTED, None)], "nobody waits, so nobody is told of a held ticket"


async def test_no_byte_sent_moves_on_to_the_spare(world: QueueWorld) -> None:
    world.main.results = [PrintResult.NOT_SENT]
    async with world.running():
        sale_id = await world.sell()
    assert (len(world.main.paper), len(world.spare.paper)) == (0, 1)
    states = [step.state for step in await world.ticket_steps(sale_id)]
    assert states == ["queued", "sending", "failed", "queued", "sending", "printed"]
    assert await world.states(sale_id) == DONE


async def test_a_printer_that_takes_nothing_is_asked_again_and_not_in_a_hurry(world: QueueWorld) -> None:
    world.main.results = [PrintResult.NOT_SENT, PrintResult.NOT_SENT]
    world.new_queue(spare=False)
    async with world.running():
        sale_id = await world.sell()
    assert await world.states(sale_id) == DONE
    assert len(world.main.paper) == 1


async def test_a_held_ticket_stays_and_the_next_one_goes_to_the_spare(world: QueueWorld) -> None:
    world.main.results = [PrintResult.HELD]

    async def somebody_opens_it() -> None:
        world.main.conditions.add(Condition.COVER_OPEN)

    world.main.meanwhile = somebody_opens_it
    async with world.running():
        first = await world.pay()
        world.queue.add(first)
        await world.until_news(PrintNews.HELD)
        second = await world.pay()
        world.queue.add(second)
        assert await world.queue.end_of(second) is PrintResult.PRINTED
        assert world.spare.paper == [f"{second}#2".encode()]
        assert (await world.ticket(first)).state == TicketState.SENDING
        assert await world.attentions(first, "open") == [Trouble.COVER_OPEN]
        world.main.conditions.clear()
        world.main.held = [PrintResult.PRINTED]
        assert await world.queue.end_of(first) is PrintResult.PRINTED
    assert world.main.paper == [b"settled 1"]
    assert await world.states(first) == await world.states(second) == DONE
    assert await world.attentions(first, "settled") == [Trouble.COVER_OPEN]


async def test_a_customer_is_not_kept_before_a_held_ticket_for_ever(world: QueueWorld) -> None:
    world.main.results = [PrintResult.HELD]
    world.new_queue(replace(SETTINGS, patience_s=2.0), spare=False)
    async with world.running():
        sale_id = await world.pay()
        world.queue.add(sale_id)
        await world.until_news(PrintNews.LEFT_HELD)
        assert (await world.ticket(sale_id)).state == TicketState.SENDING
        world.main.held = [PrintResult.PRINTED]
        assert await world.queue.end_of(sale_id) is PrintResult.PRINTED
    assert await world.states(sale_id) == DONE


async def test_a_ticket_waits_for_the_main_printer_that_prints_another(world: QueueWorld) -> None:
    world.main.may_end.clear()
    async with world.running():
        first, second = await world.pay(), await world.pay()
        world.queue.add(first)
        world.queue.add(second)
        await world.main.began.wait()
        await world.clock.sleep(5)
        assert world.spare.paper == []
        world.main.may_end.set()
        await world.quiet()
    assert world.main.paper == [f"{first}#1".encode(), f"{second}#2".encode()]


async def test_a_job_that_is_added_twice_prints_once(world: QueueWorld) -> None:
    async with world.running():
        sale_id = await world.pay()
        world.queue.add(sale_id)
        world.queue.add(sale_id)
        await world.quiet()
        world.queue.add(sale_id)
        await world.quiet()
    assert len(world.main.paper) == 1
    assert await world.states(sale_id) == DONE


async def test_nobody_prints_in_time_and_the_money_goes_back(world: QueueWorld) -> None:
    world.main.conditions.add(Condition.UNREACHABLE)
    world.spare.conditions.add(Condition.PAPER_OUT)
    world.new_queue(replace(SETTINGS, patience_s=2.0))
    async with world.running():
        assert await world.queue.trouble() is Trouble.PRINTER_UNREACHABLE
        sale_id = await world.sell()
    assert await world.states(sale_id) == (SaleState.COMPENSATING, TicketState.REVOKED)
    held, back = world.news
    assert held == (PrintNews.HELD, Trouble.PRINTER_UNREACHABLE)
    assert back == (PrintNews.GIVEN_BACK, Trouble.PRINTER_UNREACHABLE)
    assert world.main.paper == world.spare.paper == []


# --- rule 3 -----------------------------------------------------------------------------------------------------------


async def test_a_refund_while_the_ticket_is_encoded_lets_no_byte_leave(world: QueueWorld) -> None:
    """The worker reads sale and job again right before the first byte."""
    sale_id = await world.pay()

    async def refund() -> None:
        assert await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED)

    world.press.meanwhile = refund
    async with world.running():
        world.queue.add(sale_id)
        await world.quiet()
    assert world.main.jobs == []
    assert await world.states(sale_id) == (SaleState.COMPENSATING, TicketState.REVOKED)
    assert world.news == [(PrintNews.GIVEN_BACK, Trouble.REFUND_ASKED)]


class _RefundFirst:
    """The real journal; the money goes back right before the step that lets the bytes out."""

    def __init__(self, world: QueueWorld, sale_id: str) -> None:
        self._world = world
        self._sale_id = sale_id

    async def append(self, *records: Record) -> tuple[Entry, ...]:
        if any(isinstance(each, Step) and each.to == TicketState.SENDING for each in records):
            assert await self._world.payments.return_sale(self._sale_id, Trouble.REFUND_ASKED)
        return await self._world.journal.append(*records)

    def __getattr__(self, name: str) -> object:
        return getattr(self._world.journal, name)


async def test_a_refund_between_the_last_look_and_the_step_is_refused_as_a_whole(
    world: QueueWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step itself expects the states that were read: the journal refuses it, and nothing is sent."""
    sale_id = await world.pay()
    monkeypatch.setattr(world.queue._book, "_journal", _RefundFirst(world, sale_id))
    async with world.running():
        world.queue.add(sale_id)
        await world.quiet()
    assert world.main.jobs == []
    assert await world.states(sale_id) == (SaleState.COMPENSATING, TicketState.REVOKED)
    assert world.news == [(PrintNews.GIVEN_BACK, Trouble.REFUND_ASKED)]


async def test_a_ticket_that_is_sending_or_unknown_cannot_be_revoked(world: QueueWorld) -> None:
    world.main.may_end.clear()
    world.main.results = [PrintResult.UNKNOWN]
    async with world.running():
        sale_id = await world.pay()
        world.queue.add(sale_id)
        await world.main.began.wait()
        assert not await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED)
        assert await world.states(sale_id) == (SaleState.DELIVERING, TicketState.SENDING)
        world.main.may_end.set()
        await world.quiet()
        assert not await world.payments.return_sale(sale_id, Trouble.REFUND_ASKED)
    assert await world.states(sale_id) == (SaleState.NEEDS_ATTENTION, TicketState.UNKNOWN)
    assert await world.attentions(sale_id, "open") == [Trouble.PRINT_UNKNOWN]


async def test_a_ticket_that_cannot_be_encoded_stops_nobody_else(world: QueueWorld) -> None:
    async def break_it() -> None:
        raise ReceiptNotPrintable("a letter that no printer has")

    world.press.meanwhile = break_it
    async with world.running():
        first, second = await world.sell(), await world.sell()
    assert await world.states(first) == (SaleState.COMPENSATING, TicketState.REVOKED)
    assert await world.states(second) == DONE
    assert world.news[0] == (PrintNews.GIVEN_BACK, Trouble.NOT_PRINTABLE)


async def test_a_sale_without_a_ticket_stops_nobody_else(world: QueueWorld) -> None:
    async with world.running():
        world.queue.add("KX-261122-NOBODY")
        sale_id = await world.sell()
    assert await world.states(sale_id) == DONE
    assert world.news == [(PrintNews.GIVEN_UP, Trouble.INTERNAL), (PrintNews.PRINTED, None)]


# --- low paper, no paper ----------------------------------------------------------------------------------------------


async def test_low_paper_is_noted_once_a_day_and_sells_on(world: QueueWorld) -> None:
    world.main.conditions.add(Condition.PAPER_LOW)
    async with world.running():
        first, second = await world.sell(), await world.sell()
        world.clock.jump(36 * 3600)
        third = await world.sell()
    noted = [
        [each.data["printer"] for each in await world.journal.entries(sale_id) if each.kind == steps.PAPER_LOW]
        for sale_id in (first, second, third)
    ]
    assert noted == [["main"], [], ["main"]]
    assert await world.states(second) == DONE


async def test_without_paper_the_ticket_is_shown_and_the_journal_says_so(world: QueueWorld) -> None:
    world.main.conditions.add(Condition.PAPER_OUT)
    world.new_queue(replace(SETTINGS, without_paper=WithoutPaper.SCREEN), spare=False)
    seen: list[str] = []

    async def look(sale_id: str, news: PrintNews) -> None:
        seen.append(f"{news}: {(await world.ticket(sale_id)).state}")

    world.heard = look
    async with world.running():
        assert await world.queue.trouble() is None
        sale_id = await world.sell()
    assert seen == ["shown: sending", "printed: printed"], "stored before it was shown, and after"
    assert await world.states(sale_id) == DONE
    ticket = await world.ticket(sale_id)
    assert (ticket.flag("on_screen"), ticket.flag("shown_on_screen"), ticket.text("printer")) == (True, True, "")
    assert world.main.paper == []


async def test_a_ticket_of_an_earlier_run_is_never_shown_to_an_empty_room(world: QueueWorld) -> None:
    world.main.conditions.add(Condition.PAPER_OUT)
    world.new_queue(replace(SETTINGS, without_paper=WithoutPaper.SCREEN, patience_s=2.0), spare=False)
    async with world.running():
        sale_id = await world.pay()
        world.queue.add(sale_id, 0.0)
        await world.quiet()
    assert await world.states(sale_id) == (SaleState.COMPENSATING, TicketState.REVOKED)
    assert PrintNews.SHOWN not in [news for news, _ in world.news]


async def test_with_paper_the_ticket_is_printed_whatever_the_setting(world: QueueWorld) -> None:
    world.new_queue(replace(SETTINGS, without_paper=WithoutPaper.SCREEN))
    async with world.running():
        await world.sell()
    assert len(world.main.paper) == 1


def test_printers_need_names_of_their_own(world: QueueWorld) -> None:
    with pytest.raises(ValueError, match="names of their own"):
        Desks((Station(world.main, world.press), Station(world.main, world.press)))
    with pytest.raises(ValueError, match="names of their own"):
        Desks(())
