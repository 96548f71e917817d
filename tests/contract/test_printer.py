"""The Printer port's contract, over the ESC/POS driver and the simulated printer on real TCP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from hardware.printer.driver import EscPosPrinter
from hardware.printer.encoder import ReceiptEncoder
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80, GENERIC_58, GENERIC_80
from hardware.sim.parser import parse
from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter
from tests.contract.printer_bench import HASTY, PATIENT, PROFILES, RECEIPT, Bench, bench_of
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult


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
        (lambda sim: sim.overheat(True), Condition.HEAD_HOT, False),
        (lambda sim: sim.fail(True), Condition.FAULT, False),
        (lambda sim: sim.go_offline(True), Condition.OFFLINE, False),
        (lambda sim: sim.press_feed(True), Condition.FEEDING, False),
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
    for mend in ("open_cover", "cutter_error", "overheat", "fail", "go_offline", "press_feed", "unplug"):
        getattr(bench.sim, mend)(False)
    assert (await bench.printer.status()).conditions == frozenset()


async def test_rubbish_in_the_place_of_an_answer_is_no_status(hasty: Bench) -> None:
    hasty.sim.garble(1)
    assert (await hasty.printer.status()).conditions == {Condition.NO_REPLY}
    assert (await hasty.printer.status()).can_print


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


async def test_a_printer_is_asked_for_its_process_id_until_one_job_has_shown_that_it_has_none() -> None:
    """The first job waits for it in vain; with the clock standing still, only the queued status can end the second."""
    stands: list[float] = []
    sim = SimulatedPrinter(SimPrinterSettings(has_process_id=False))
    await sim.start()
    link = NetworkLink("127.0.0.1", sim.port)
    clock = lambda: stands[0] if stands else time.monotonic()  # noqa: E731
    printer = EscPosPrinter("learns", link, EPSON_80, PATIENT, monotonic=clock)
    encoder = ReceiptEncoder(EPSON_80, {})
    try:
        assert (await printer.print(1, encoder.encode(RECEIPT, 1))).result is PrintResult.PRINTED
        stands.append(time.monotonic())
        assert (await printer.print(2, encoder.encode(RECEIPT, 2))).result is PrintResult.PRINTED
    finally:
        await printer.close()
        await sim.stop()


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


# --- between jobs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "condition"),
    [
        (lambda sim: sim.set_paper(True, low=True), Condition.PAPER_LOW),
        (lambda sim: sim.set_paper(False), Condition.PAPER_OUT),
        (lambda sim: sim.open_cover(True), Condition.COVER_OPEN),
        (lambda sim: sim.overheat(True), Condition.HEAD_HOT),
        (lambda sim: sim.unplug(True), Condition.UNREACHABLE),
    ],
)
async def test_a_change_is_told_between_jobs(
    bench: Bench, act: Callable[[SimulatedPrinter], None], condition: Condition
) -> None:
    ready = await bench.printer.status()
    waiting = asyncio.ensure_future(bench.printer.changed(ready, 60.0))
    await bench.sim.until(lambda: bench.sim.connections == 1)
    act(bench.sim)
    status = await waiting
    assert status.conditions == {condition}
    bench.sim.set_paper(True)
    bench.sim.open_cover(False)
    bench.sim.overheat(False)
    bench.sim.unplug(False)
    assert (await bench.printer.changed(status, 60.0)).conditions == frozenset()


async def test_who_listens_keeps_nobody_from_printing(bench: Bench) -> None:
    ready = await bench.printer.changed(PrinterStatus(), 0.0)
    assert ready.conditions == frozenset()
    waiting = asyncio.ensure_future(bench.printer.changed(ready, 60.0))
    assert [(await bench.print(number)).result for number in (1, 2)] == [PrintResult.PRINTED] * 2
    bench.sim.paper_ends_after(3)
    assert (await bench.print(3)).result is PrintResult.HELD
    assert (await waiting).conditions == {Condition.PAPER_OUT}
    bench.sim.set_paper(True)
    assert (await bench.settled(3)).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 3


async def test_a_printer_switched_off_and_on_while_somebody_listens_prints_the_next_job(bench: Bench) -> None:
    ready = await bench.printer.changed(PrinterStatus(frozenset({Condition.OFFLINE})), 60.0)
    assert ready.can_print
    bench.sim.power_cut()
    assert (await bench.print()).result is PrintResult.PRINTED


class LostLink(NetworkLink):
    """Its wire can die without a sign, as when a printer loses its power: nothing comes any more until it is opened."""

    dead = False

    def open(self, timeout_s: float) -> None:
        self.dead = False
        super().open(timeout_s)

    def write(self, data: bytes, timeout_s: float) -> int:
        return len(data) if self.dead else super().write(data, timeout_s)

    def read(self, timeout_s: float) -> bytes:
        return b"" if self.dead else super().read(timeout_s)


async def test_a_wire_that_died_while_somebody_listened_keeps_no_job_back() -> None:
    async with bench_of(EPSON_80) as bench:
        link = LostLink("127.0.0.1", bench.sim.port)
        printer = EscPosPrinter("lost", link, EPSON_80, replace(PATIENT, status_s=0.3))
        try:
            for number in (1, 2):
                await printer.changed(PrinterStatus(frozenset({Condition.OFFLINE})), 60.0)
                link.dead = True
                if number == 1:
                    assert (await printer.status()).can_print
                else:
                    assert (await printer.print(1, bench.job(1))).result is PrintResult.PRINTED
        finally:
            await printer.close()


async def test_who_listens_to_a_printer_that_closes_is_told(bench: Bench) -> None:
    waiting = asyncio.ensure_future(bench.printer.changed(await bench.printer.status(), 60.0))
    await asyncio.sleep(0)
    await bench.printer.close()
    assert (await waiting).conditions == {Condition.UNREACHABLE}


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
