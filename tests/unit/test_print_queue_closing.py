"""A printer that stops in mid-job holds neither the event loop nor the end of the program."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hardware.printer.encoder import ReceiptEncoder
from tests.faults.ticket_shop import TicketShop
from totem.domain.ports import PrintResult

LIMIT_S = 20.0
"""Far more than all limits of the printer together: a hang fails here."""
TICKS = 50


@pytest.fixture(scope="module")
def encoders() -> dict[str, ReceiptEncoder]:
    return TicketShop.encoders()


@pytest.fixture
async def shop(tmp_path: Path, encoders: dict[str, ReceiptEncoder]) -> AsyncIterator[TicketShop]:
    shop = TicketShop(tmp_path, encoders, random.Random(1))
    await shop.start_printers()
    await shop.open()
    yield shop
    await shop.stop_printers()


async def stalls_at(shop: TicketShop, byte: int) -> str:
    """A ticket on its way to a printer that has stopped reading and answering."""
    stalled = asyncio.Event()

    def stall() -> None:
        shop.main.stall(True)
        stalled.set()

    shop.main.at_byte(byte, stall)
    sale_id = await shop.pay()
    shop.queue.add(sale_id)
    await stalled.wait()
    return sale_id


@pytest.mark.parametrize("byte", [1, 40, 300, 500])
async def test_closing_while_a_printer_stalls_ends_within_the_limits(shop: TicketShop, byte: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        sale_id = await stalls_at(shop, byte)
        end = asyncio.create_task(shop.queue.end_of(sale_id))
        for _ in range(TICKS):
            await asyncio.sleep(0)
        assert not end.done(), "the loop ran on while the printer kept its thread busy"
        await shop.close()
        await asyncio.to_thread(printer_threads_end)
        end.cancel()
        shop.main.stall(False)
        await shop.open()
        ticket = shop.view().of("ticket")[0]
        assert ticket.state == "unknown"
        assert [each.text("trouble") for each in shop.view().open_attentions(sale_id)] == ["PRN-007"]
        await shop.close()


def printer_threads_end() -> None:
    """The interpreter waits for them at its exit."""
    for thread in threading.enumerate():
        if thread.name.startswith("printer-"):
            thread.join(LIMIT_S)
            assert not thread.is_alive(), f"{thread.name} is still at it"


async def test_an_orderly_close_gives_a_stalled_ticket_its_time_and_no_more(shop: TicketShop) -> None:
    async with asyncio.timeout(LIMIT_S):
        await stalls_at(shop, 300)
        await shop.engine.close(0.1)
        await asyncio.to_thread(printer_threads_end)
    assert shop.view().of("ticket")[0].state == "sending", "left to recovery"


async def test_a_stall_that_ends_in_nobody_knowing_lets_the_next_ticket_print(shop: TicketShop) -> None:
    async with asyncio.timeout(LIMIT_S):
        sale_id = await stalls_at(shop, 300)
        assert await shop.queue.end_of(sale_id) is PrintResult.UNKNOWN
        _, end = await shop.sell()
        assert end is PrintResult.PRINTED, "at the spare, for the main one is silent still"
        shop.main.stall(False)
        _, end = await shop.sell()
        assert end is PrintResult.PRINTED
        await shop.close()
    printers = [each.text("printer") for each in shop.view().of("ticket")]
    assert printers == ["main", "spare", "main"]
