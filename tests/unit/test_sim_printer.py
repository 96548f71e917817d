"""The simulated printer, asked over TCP by bare bytes as Epson's command reference has them."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter

TICKET = b"\x1b@\x1bt\x13Lava-r\xa0pido\nTotal\n\x1bd\x05\x1dV\x00"


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def ask(self, data: bytes, length: int = 1) -> bytes:
        self.send(data)
        return await self.reader.readexactly(length)

    async def status(self) -> bytes:
        return b"".join([await self.ask(bytes((0x10, 0x04, which))) for which in (1, 2, 3, 4)])

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


async def client_of(sim: SimulatedPrinter) -> Client:
    return Client(*await asyncio.open_connection("127.0.0.1", sim.port))


@pytest.fixture
async def sim() -> AsyncIterator[SimulatedPrinter]:
    printer = SimulatedPrinter()
    await printer.start()
    yield printer
    await printer.stop()


@pytest.fixture
async def client(sim: SimulatedPrinter) -> AsyncIterator[Client]:
    made = await client_of(sim)
    yield made
    await made.close()


async def test_status_bytes_have_the_bits_of_the_manual(sim: SimulatedPrinter, client: Client) -> None:
    assert await client.status() == bytes((0x12, 0x12, 0x12, 0x12))
    sim.set_paper(True, low=True)
    assert await client.status() == bytes((0x12, 0x12, 0x12, 0x1E))
    sim.set_paper(False)
    assert await client.status() == bytes((0x1A, 0x32, 0x12, 0x7E))
    sim.set_paper(True)
    sim.open_cover(True)
    assert await client.status() == bytes((0x1A, 0x16, 0x12, 0x12))
    sim.open_cover(False)
    sim.cutter_error(True)
    assert await client.status() == bytes((0x1A, 0x52, 0x1A, 0x12))


async def test_a_ticket_is_kept_as_it_came(sim: SimulatedPrinter, client: Client) -> None:
    client.send(TICKET[:9])
    assert await client.ask(b"\x10\x04\x01") == b"\x12"
    assert await client.ask(TICKET[9:] + b"\x1d(H\x06\x00000042", 7) == b"\x37\x220042\x00"
    (ticket,) = sim.tickets()
    assert (ticket.index, ticket.data, ticket.complete) == (0, TICKET, True)
    assert ticket.lines == ("Lava-rápido", "Total")
    with Image.open(io.BytesIO(ticket.png())) as picture:
        assert picture.width == (576 + 2 * 28) * 2


async def test_real_time_is_answered_and_the_queue_is_silent_at_paper_end(
    sim: SimulatedPrinter, client: Client
) -> None:
    sim.paper_ends_after(1)
    client.send(TICKET + b"\x1dr\x01\x1d(H\x06\x00000042")
    assert await client.ask(b"\x10\x04\x04") == b"\x7e"
    (strip,) = sim.tickets()
    assert (strip.lines, strip.complete) == (("Lava-rápido",), False)
    sim.set_paper(True, low=True)
    assert await client.reader.readexactly(8) == b"\x03\x37\x220042\x00"
    (ticket,) = sim.tickets()
    assert (ticket.data, ticket.complete) == (TICKET, True)


async def test_automatic_status_comes_at_once_and_at_every_change(sim: SimulatedPrinter, client: Client) -> None:
    assert await client.ask(b"\x1da\xff", 4) == bytes((0x10, 0, 0, 0))
    sim.open_cover(True)
    assert await client.reader.readexactly(4) == bytes((0x38, 0, 0, 0))
    sim.open_cover(True)
    sim.set_paper(False)
    assert await client.reader.readexactly(4) == bytes((0x38, 0, 0x0F, 0))


async def test_power_cut_loses_the_buffer_and_leaves_half_a_ticket(sim: SimulatedPrinter, client: Client) -> None:
    sim.paper_ends_after(1)
    client.send(TICKET)
    await sim.until(lambda: not sim.mechanism.paper_present)
    sim.power_cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.reader.readexactly(1)
    sim.set_paper(True)
    again = await client_of(sim)
    assert await again.ask(TICKET + b"\x1dr\x01") == b"\x00"
    await again.close()
    half, whole = sim.tickets()
    assert (half.index, half.lines, half.complete) == (0, ("Lava-rápido",), False)
    assert (whole.index, whole.data, whole.complete) == (1, TICKET, True)


async def test_unplugged_it_refuses_and_prints_what_it_has_and_comes_back_on_the_same_port(
    sim: SimulatedPrinter, client: Client
) -> None:
    port = sim.port
    sim.paper_ends_after(1)
    client.send(TICKET)
    await sim.until(lambda: not sim.mechanism.paper_present)
    sim.unplug(True)
    with pytest.raises(ConnectionError):
        await client_of(sim)
    sim.set_paper(True)
    assert [ticket.complete for ticket in sim.tickets()] == [True]
    sim.unplug(False)
    sim.unplug(False)
    assert sim.port == port
    again = await client_of(sim)
    assert await again.status() == bytes((0x12, 0x12, 0x12, 0x12))
    await again.close()


async def test_plugged_in_and_out_again_at_once() -> None:
    printer = SimulatedPrinter()
    await printer.start()
    for unplugged in (True, False, True):
        printer.unplug(unplugged)
    with pytest.raises(ConnectionError):
        await client_of(printer)
    await printer.stop()


async def test_stalled_it_reads_nothing_until_it_goes_on(sim: SimulatedPrinter, client: Client) -> None:
    sim.stall(True)
    client.send(b"\x10\x04\x01")
    other = await client_of(sim)
    other.send(TICKET)
    await sim.until(lambda: sim.snapshot()["connections"] == 2)
    assert sim.received_bytes == 0
    sim.stall(False)
    assert await client.reader.readexactly(1) == b"\x12"
    await sim.until(lambda: len(sim.tickets()) == 1)
    await other.close()


@pytest.mark.parametrize("at", range(1, len(TICKET)))
async def test_an_act_happens_at_its_very_byte(sim: SimulatedPrinter, client: Client, at: int) -> None:
    sim.at_byte(at, lambda: sim.stall(True))
    client.send(b"\x10\x04\x01" + TICKET + b"\x10\x04\x01")
    await sim.until(lambda: sim.stalled)
    assert sim.received_bytes == at
    assert not any(ticket.complete for ticket in sim.tickets())
    sim.stall(False)
    assert await client.reader.readexactly(2) == b"\x12\x12"
    assert [ticket.data for ticket in sim.tickets()] == [TICKET]


async def test_unknown_commands_are_recorded_with_their_offset(sim: SimulatedPrinter, client: Client) -> None:
    assert await client.ask(b"\x1b@\x1bz\x10\x04\x01") == b"\x12"
    (error,) = sim.unknown
    assert (error.offset, error.data) == (2, b"\x1bz")
    assert json.loads(json.dumps(sim.snapshot()))["unknown"] == [str(error)]


async def test_a_job_begun_while_another_hangs_in_the_slot_is_a_strip_of_its_own(
    sim: SimulatedPrinter, client: Client
) -> None:
    assert await client.ask(b"\x1b@meio\n" + TICKET + b"\x1dr\x01") == b"\x00"
    assert [(ticket.lines, ticket.complete) for ticket in sim.tickets()] == [
        (("meio",), False),
        (("Lava-rápido", "Total"), True),
    ]


async def test_recovery_that_clears_the_buffer(sim: SimulatedPrinter, client: Client) -> None:
    sim.cutter_error(True)
    assert await client.ask(TICKET + b"\x10\x05\x02\x10\x04\x01") == b"\x1a"
    sim.cutter_error(False)
    assert sim.tickets() == []


async def test_at_a_speed_it_takes_time_and_prints_the_same() -> None:
    printer = SimulatedPrinter(SimPrinterSettings(dots_per_s=20_000))
    await printer.start()
    client = await client_of(printer)
    assert await client.ask(TICKET + b"\x10\x04\x01") == b"\x12"
    assert not any(ticket.complete for ticket in printer.tickets())
    assert await client.ask(b"\x1dr\x01") == b"\x00"
    assert [ticket.data for ticket in printer.tickets()] == [TICKET]
    await client.close()
    await printer.stop()


async def test_power_cut_while_it_moves_stops_it() -> None:
    printer = SimulatedPrinter(SimPrinterSettings(dots_per_s=3_000))
    await printer.start()
    client = await client_of(printer)
    client.send(TICKET)
    await printer.until(lambda: bool(printer.tickets()))
    printer.power_cut()
    assert [ticket.complete for ticket in printer.tickets()] == [False]
    again = await client_of(printer)
    assert await again.ask(TICKET + b"\x1dr\x01") == b"\x00"
    assert [ticket.complete for ticket in printer.tickets()] == [False, True]
    await again.close()
    await client.close()
    await printer.stop()


async def test_a_full_buffer_holds_up_what_comes_after() -> None:
    printer = SimulatedPrinter(SimPrinterSettings(buffer_bytes=8))
    await printer.start()
    printer.open_cover(True)
    client = await client_of(printer)
    client.send(TICKET)
    await printer.until(lambda: printer.received_bytes >= len(TICKET))
    client.send(b"\x10\x04\x01")
    printer.open_cover(False)
    assert await client.reader.readexactly(1) == b"\x12"
    assert [ticket.data for ticket in printer.tickets()] == [TICKET]
    await client.close()
    await printer.stop()


async def test_stopping_with_clients_still_connected() -> None:
    printer = SimulatedPrinter()
    await printer.start()
    client = await client_of(printer)
    await printer.until(lambda: printer.snapshot()["connections"] == 1)
    await printer.stop()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.reader.readexactly(1)
    await client.close()
