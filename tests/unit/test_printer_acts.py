"""The acts by which the demo's world plays its printers: each does what its name says, and all is mended at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hardware.sim.printer import SimulatedPrinter
from providers.sim.control import ControlHandler
from totem.bootstrap.printer_acts import AT_BYTE, printer_handlers

ACTS = (
    ("paper", {"present": False}, "paper_present", False),
    ("paper", {"present": True, "low": True}, "paper_low", True),
    ("cover", {"open": True}, "cover_open", True),
    ("cutter", {"failed": True}, "cutter_error", True),
    ("hot", {"hot": True}, "head_hot", True),
    ("offline", {"offline": True}, "offline", True),
    ("error", {"failed": True}, "error", True),
    ("unplug", {"unplugged": True}, "unplugged", True),
    ("power", {"on": False}, "unplugged", True),
    ("stall", {"stalled": True}, "stalled", True),
)


@pytest.fixture
async def printer() -> AsyncIterator[SimulatedPrinter]:
    printer = SimulatedPrinter()
    await printer.start()
    yield printer
    await printer.stop()


@pytest.mark.parametrize(("act", "values", "shown", "state"), ACTS)
async def test_an_act_shows_and_is_mended(
    printer: SimulatedPrinter, act: str, values: dict[str, object], shown: str, state: bool
) -> None:
    handlers = printer_handlers(printer, "spare")
    assert set(handlers) == {f"spare.{name.split('.')[1]}" for name in printer_handlers(printer)}
    in_order = printer.snapshot()
    await handlers[f"spare.{act}"](dict(values))
    assert (await handlers["spare.state"]({}))[shown] is state
    await handlers["spare.mend"]({})
    assert printer.snapshot() == in_order


@pytest.mark.parametrize("act", sorted(AT_BYTE))
async def test_an_act_in_mid_job_comes_with_its_byte_and_not_before(printer: SimulatedPrinter, act: str) -> None:
    handlers = printer_handlers(printer)
    in_order = (True, False, False)
    await handlers["printer.at_byte"]({"bytes": 4, "act": act})
    async with asyncio.timeout(5):
        _, writer = await asyncio.open_connection("127.0.0.1", printer.port)
        writer.write(b"\x1b@A")
        await writer.drain()
        await printer.until(lambda: printer.received_bytes == 3)
        before = told(printer)
        assert (printer.mechanism.paper_present, printer.stalled, printer.unplugged) == in_order
        assert printer.connections == 1
        writer.write(b"BCD")
        await printer.until(lambda: told(printer) != before)
        writer.close()
    await handlers["printer.mend"]({})


def told(printer: SimulatedPrinter) -> tuple[object, ...]:
    """What the world sees of it, but the bytes themselves."""
    hidden = {"received_bytes", "queued_bytes", "tickets", "unknown", "port"}
    return tuple(value for name, value in printer.snapshot().items() if name not in hidden)


async def test_a_trap_that_was_mended_does_not_spring(printer: SimulatedPrinter) -> None:
    handlers = printer_handlers(printer)
    await handlers["printer.at_byte"]({"bytes": 2, "act": "cover"})
    await handlers["printer.mend"]({})
    _, writer = await asyncio.open_connection("127.0.0.1", printer.port)
    writer.write(b"\x1b@ABCD\n")
    await printer.until(lambda: printer.received_bytes == 7)
    assert printer.snapshot()["cover_open"] is False
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("act", "values", "error"),
    [
        ("paper", {"present": "no"}, TypeError),
        ("cover", {}, KeyError),
        ("at_byte", {"bytes": 1, "act": "melt"}, ValueError),
        ("at_byte", {"bytes": "many", "act": "cover"}, ValueError),
        ("await_tickets", {"count": 1, "limit_s": 0.01}, ValueError),
    ],
)
async def test_nonsense_is_refused(
    printer: SimulatedPrinter, act: str, values: dict[str, object], error: type[Exception]
) -> None:
    handlers: dict[str, ControlHandler] = printer_handlers(printer)
    with pytest.raises(error):
        await handlers[f"printer.{act}"](dict(values))
