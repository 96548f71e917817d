"""The simulated printer without any transport: bare bytes in, answers out, as Epson's command reference has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hardware.sim.core import PrinterCore, SimPrinterSettings

TICKET = b"\x1b@\x1bt\x13Lava-r\xa0pido\nTotal\n\x1bd\x05\x1dV\x00"
READY = bytes((0x12, 0x12, 0x12, 0x12))
STATUS = bytes.fromhex("100401 100402 100403 100404")


class End:
    """A client's end of a wire in memory."""

    def __init__(self) -> None:
        self.got = b""
        self.held = False
        self.is_cut = False

    def send(self, data: bytes) -> None:
        self.got += data

    def hold(self, held: bool) -> None:
        self.held = held

    def cut(self) -> None:
        self.is_cut = True

    def take(self) -> bytes:
        data, self.got = self.got, b""
        return data


def ask(printer: PrinterCore, data: bytes) -> bytes:
    """What it says to this, on a wire of its own."""
    end = End()
    wire = printer.join(end)
    wire.feed(data)
    wire.leave()
    return end.take()


@pytest.mark.parametrize(
    ("act", "undo", "status", "pushed"),
    [
        (lambda p: p.set_paper(True, low=True), lambda p: p.set_paper(True), "1212121e", "10000300"),
        (lambda p: p.set_paper(False), lambda p: p.set_paper(True), "1a32127e", "18000f00"),
        (lambda p: p.open_cover(True), lambda p: p.open_cover(False), "1a161212", "38000000"),
        (lambda p: p.cutter_error(True), lambda p: p.cutter_error(False), "1a521a12", "18080000"),
        (lambda p: p.overheat(True), lambda p: p.overheat(False), "1a525212", "18400000"),
        (lambda p: p.fail(True), lambda p: p.fail(False), "1a523212", "18200000"),
        (lambda p: p.go_offline(True), lambda p: p.go_offline(False), "1a121212", "18000000"),
        (lambda p: p.press_feed(True), lambda p: p.press_feed(False), "5a1a1212", "58000000"),
    ],
    ids=["low", "out", "cover", "cutter", "hot", "broken", "offline", "feed"],
)
def test_each_state_has_the_bits_of_the_manual_and_holds_what_it_must(
    act: Callable[[PrinterCore], None], undo: Callable[[PrinterCore], None], status: str, pushed: str
) -> None:
    printer, end = PrinterCore(), End()
    wire = printer.join(end)
    wire.feed(b"\x1da\xff")
    assert end.take() == b"\x10\x00\x00\x00"
    act(printer)
    assert end.take() == bytes.fromhex(pushed)
    assert ask(printer, STATUS) == bytes.fromhex(status)
    wire.feed(TICKET)
    assert len(printer.tickets()) == (1 if status.startswith("12") else 0)
    undo(printer)
    assert ask(printer, STATUS) == READY
    (ticket,) = printer.tickets()
    assert (ticket.data, ticket.lines) == (TICKET, ("Lava-rápido", "Total"))


def test_initialising_ends_automatic_status_until_it_is_asked_for_again() -> None:
    printer, end = PrinterCore(), End()
    wire = printer.join(end)
    wire.feed(b"\x1da\x0e\x1b@")
    assert end.take() == b"\x10\x00\x00\x00"
    printer.open_cover(True)
    assert end.take() == b""
    wire.feed(b"\x1da\x0e")
    assert end.take() == b""  # in its turn, and nothing is carried out with the cover open
    printer.open_cover(False)
    # Once because it was told to, once because it changed.
    assert end.take() == b"\x10\x00\x00\x00" * 2


def test_a_printer_without_automatic_status_swallows_the_command() -> None:
    printer, end = PrinterCore(SimPrinterSettings(has_asb=False)), End()
    printer.join(end).feed(b"\x1da\xff")
    printer.open_cover(True)
    assert end.take() == b""


def test_rubbish_and_silence_are_answers_too() -> None:
    printer = PrinterCore()
    printer.garble(1)
    rubbish = ask(printer, b"\x10\x04\x01")
    assert rubbish
    assert not any(byte & 0x93 == 0x12 for byte in rubbish)
    assert ask(printer, b"\x10\x04\x01") == b"\x12"
    printer.mute(True)
    assert ask(printer, STATUS + TICKET + b"\x1dr\x01") == b""
    assert [ticket.complete for ticket in printer.tickets()] == [True]


def test_power_off_loses_the_buffer_and_keeps_what_is_on_paper() -> None:
    printer, end = PrinterCore(), End()
    wire = printer.join(end)
    printer.paper_ends_after(1)
    wire.feed(TICKET)
    printer.power(on=False)
    assert end.is_cut
    assert printer.connections == 0
    printer.set_paper(True)
    printer.power(on=True)
    assert [(ticket.lines, ticket.complete) for ticket in printer.tickets()] == [(("Lava-rápido",), False)]
    assert ask(printer, TICKET + b"\x1dr\x01") == b"\x00"
    assert [ticket.complete for ticket in printer.tickets()] == [False, True]


@pytest.mark.parametrize("at", range(1, len(TICKET) + 1))
def test_a_fault_strikes_at_its_very_byte(at: int) -> None:
    printer, end = PrinterCore(), End()
    wire = printer.join(end)
    printer.at_byte(at, printer.power_cut)
    wire.feed(STATUS + TICKET)
    assert end.is_cut
    assert printer.received_bytes == at
    assert any(ticket.complete for ticket in printer.tickets()) is (at == len(TICKET))


def test_a_wire_is_held_while_the_printer_stalls_or_is_full() -> None:
    printer, end = PrinterCore(SimPrinterSettings(buffer_bytes=8)), End()
    wire = printer.join(end)
    printer.stall(True)
    assert end.held
    wire.feed(b"\x10\x04\x01")
    assert end.take() == b""
    printer.stall(False)
    assert (end.held, end.take()) == (False, b"\x12")
    printer.open_cover(True)
    wire.feed(TICKET)
    assert end.held
    wire.feed(b"\x10\x04\x01")
    assert end.take() == b""
    printer.open_cover(False)
    assert (end.held, end.take()) == (False, b"\x12")


def test_what_was_not_read_is_lost_with_its_wire() -> None:
    printer, end = PrinterCore(), End()
    wire = printer.join(end)
    printer.stall(True)
    wire.feed(TICKET)
    wire.leave()
    wire.leave()
    printer.stall(False)
    wire.feed(TICKET)
    assert printer.tickets() == []
    assert printer.received_bytes == 0


async def test_what_was_to_happen_later_does_not_once_it_is_put_away() -> None:
    printer, happened = PrinterCore(), asyncio.Event()
    printer.call_later(0.0, happened.set)
    await happened.wait()
    happened.clear()
    printer.call_later(0.0, happened.set)
    printer.put_away()
    await asyncio.sleep(0.01)
    assert not happened.is_set()
