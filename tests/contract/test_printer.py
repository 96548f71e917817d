"""The Printer port's contract, over the ESC/POS driver and the simulated printer on real TCP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from hardware.printer.driver import EscPosPrinter
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80, GENERIC_58, GENERIC_80
from hardware.sim.parser import parse
from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter
from tests.contract.printer_bench import HASTY, PROFILES, Bench, bench_of
from totem.domain.ports import Condition, PrintOutcome, PrintResult


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.name)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench_of(request.param) as made:
        yield made


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.name)
async def hasty(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench_of(request.param, limits=HASTY) as made:
        yield made


# --- status ---------------------------------------------------------------------------------------------------------


async def test_a_ready_printer_can_print(bench: Bench) -> None:
    status = await bench.printer.status()
    assert status.can_print
    assert status.raw == b"\x12\x12\x12\x12"
    assert bench.printer.name == "recibo"


@pytest.mark.parametrize(
    ("act", "condition", "can_print"),
    [
        (lambda sim: sim.set_paper(True, low=True), Condition.PAPER_LOW, True),
        (lambda sim: sim.set_paper(False), Condition.PAPER_OUT, False),
        (lambda sim: sim.open_cover(True), Condition.COVER_OPEN, False),
        (lambda sim: sim.cutter_error(True), Condition.CUTTER_ERROR, False),
        (lambda sim: sim.unplug(True), Condition.UNREACHABLE, False),
    ],
)
async def test_status_names_what_is_wrong_and_recovers(
    bench: Bench, act: Callable[[SimulatedPrinter], None], condition: Condition, can_print: bool
) -> None:
    act(bench.sim)
    status = await bench.printer.status()
    assert status.conditions == {condition}
    assert status.can_print is can_print

    bench.sim.set_paper(True)
    bench.sim.open_cover(False)
    bench.sim.cutter_error(False)
    bench.sim.unplug(False)
    assert (await bench.printer.status()).conditions == frozenset()


async def test_silence_is_a_status_and_sends_no_byte(hasty: Bench) -> None:
    hasty.sim.stall(True)
    assert (await hasty.printer.status()).conditions == {Condition.NO_REPLY}
    assert (await hasty.print()).result is PrintResult.NOT_SENT
    assert hasty.sim.received_bytes == 0
    hasty.sim.stall(False)
    assert (await hasty.printer.status()).can_print


async def test_a_printer_that_never_answers_is_a_state_of_its_own() -> None:
    async with bench_of(EPSON_80, SimPrinterSettings(answers=False), HASTY) as bench:
        assert (await bench.printer.status()).conditions == {Condition.NO_REPLY}
        outcome = await bench.print()
        assert outcome.result is PrintResult.NOT_SENT
        assert bench.sim.received_bytes == 0


async def test_something_else_that_listens_is_no_printer() -> None:
    """A web server on the port answers in letters: no letter is taken for a status."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    printer = EscPosPrinter("x", NetworkLink("127.0.0.1", server.sockets[0].getsockname()[1]), EPSON_80, HASTY)
    try:
        assert not (await printer.status()).can_print
    finally:
        await printer.close()
        server.close()
        await server.wait_closed()


# --- a job ----------------------------------------------------------------------------------------------------------


async def test_a_job_is_printed_byte_for_byte(bench: Bench) -> None:
    outcome = await bench.print()
    assert outcome.result is PrintResult.PRINTED
    assert outcome.status.can_print
    (ticket,) = bench.sim.tickets()
    assert ticket.complete
    assert bench.job().startswith(ticket.data)
    assert ticket.lines[4] == "Total" + "R$ 75,00".rjust(43)
    assert ticket.qr_payloads == (b"https://exemplo.com.br/t/0001",)
    assert bench.sim.unknown == []
    assert (await bench.printer.settle(7)).result is PrintResult.PRINTED


async def test_low_paper_prints_and_is_told(bench: Bench) -> None:
    bench.sim.set_paper(True, low=True)
    outcome = await bench.print()
    assert outcome == PrintOutcome(PrintResult.PRINTED, await bench.printer.status())
    assert outcome.status.conditions == {Condition.PAPER_LOW}


async def test_jobs_one_after_another(bench: Bench) -> None:
    outcomes = [await bench.print(number) for number in range(3)]
    assert [outcome.result for outcome in outcomes] == [PrintResult.PRINTED] * 3
    assert bench.whole_tickets() == 3


@pytest.mark.parametrize(
    "act",
    [
        lambda sim: sim.set_paper(False),
        lambda sim: sim.open_cover(True),
        lambda sim: sim.cutter_error(True),
        lambda sim: sim.unplug(True),
    ],
    ids=["paper", "cover", "cutter", "unplugged"],
)
async def test_trouble_before_the_job_sends_no_byte(bench: Bench, act: Callable[[SimulatedPrinter], None]) -> None:
    act(bench.sim)
    outcome = await bench.print()
    assert outcome.result is PrintResult.NOT_SENT
    assert not outcome.status.can_print
    assert bench.sim.received_bytes == 0
    assert bench.sim.tickets() == []


async def test_a_job_id_out_of_range_is_refused_before_sending(bench: Bench) -> None:
    with pytest.raises(ValueError, match="10000"):
        await bench.printer.print(10_000, b"\x1b@")
    assert bench.sim.received_bytes == 0


# --- printers that confirm less -------------------------------------------------------------------------------------


async def test_without_the_process_id_that_the_profile_promises_carried_out_and_ready_is_proof() -> None:
    async with bench_of(EPSON_80, SimPrinterSettings(has_process_id=False)) as bench:
        assert (await bench.print()).result is PrintResult.PRINTED


async def test_a_promised_confirmation_that_never_comes_is_unknown_in_the_end() -> None:
    settings = SimPrinterSettings(has_process_id=False, has_queued_status=False)
    async with bench_of(EPSON_80, settings, HASTY) as bench:
        assert (await bench.print()).result is PrintResult.UNKNOWN


async def test_status_that_the_printer_pushes_unasked_confuses_nobody(bench: Bench) -> None:
    """GS a, left on by another program."""
    bench.sim.paper_ends_after(3)
    outcome = await bench.printer.print(7, b"\x1da\xff" + bench.job())
    assert (outcome.result, outcome.status.conditions) == (PrintResult.HELD, frozenset({Condition.PAPER_OUT}))
    bench.sim.set_paper(True, low=True)
    assert (await bench.settled()).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 1


async def test_a_held_job_is_not_printed_twice_when_asked_for_again(bench: Bench) -> None:
    bench.sim.paper_ends_after(3)
    assert (await bench.print()).result is PrintResult.HELD
    assert (await bench.print()).result is PrintResult.HELD
    bench.sim.set_paper(True)
    assert (await bench.print()).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 1


async def test_with_no_confirmation_at_all_ready_for_a_while_is_taken_for_printed() -> None:
    profile = replace(GENERIC_80, has_queued_status=False)
    async with bench_of(profile, SimPrinterSettings(has_queued_status=False)) as bench:
        assert (await bench.print()).result is PrintResult.PRINTED
        bench.sim.paper_ends_after(2)
        assert (await bench.print()).result is PrintResult.HELD


async def test_a_printer_without_a_cutter() -> None:
    async with bench_of(GENERIC_58, SimPrinterSettings(dots=384, has_cutter=False)) as bench:
        assert [(await bench.print(number)).result for number in (1, 2)] == [PrintResult.PRINTED] * 2
        assert bench.whole_tickets() == 2
        for ticket in bench.sim.tickets():
            parse(ticket.data)


# --- the loop, and the end ------------------------------------------------------------------------------------------


async def test_the_loop_goes_on_while_a_printer_is_silent(hasty: Bench) -> None:
    hasty.sim.stall(True)
    asking = asyncio.ensure_future(hasty.printer.status())
    turns = 0
    while not asking.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 3


async def test_a_job_that_nobody_waits_for_any_more_is_printed_whole(bench: Bench) -> None:
    printing = asyncio.ensure_future(bench.print())
    await bench.sim.until(lambda: bench.sim.received_bytes > 0 or bool(bench.sim.tickets()))
    printing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await printing
    await bench.sim.until(lambda: bench.whole_tickets() == 1)


async def test_closing_ends_a_job_that_hangs(bench: Bench) -> None:
    bench.sim.at_byte(50, lambda: bench.sim.stall(True))
    printing = asyncio.ensure_future(bench.print())
    await bench.sim.until(lambda: bench.sim.stalled)
    await bench.printer.close()
    assert (await printing).result in {PrintResult.HELD, PrintResult.UNKNOWN}
    assert (await bench.printer.status()).conditions == {Condition.UNREACHABLE}
    assert (await bench.print()).result is PrintResult.NOT_SENT
    assert (await bench.printer.settle(7)).result is PrintResult.UNKNOWN
    await bench.printer.close()


async def test_an_address_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        printer = EscPosPrinter("x", NetworkLink("127.0.0.1", taken.getsockname()[1]), EPSON_80, HASTY)
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        assert (await printer.print(1, b"\x1b@")).result is PrintResult.NOT_SENT
        await printer.close()
