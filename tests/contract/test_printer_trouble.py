"""The Printer port's contract where paper, power or the wire fails in the middle of a job."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from hardware.printer.driver import EscPosPrinter
from hardware.printer.links import NetworkLink
from hardware.printer.profile import EPSON_80, GENERIC_80
from hardware.sim.printer import SimPrinterSettings, SimulatedPrinter
from tests.contract.printer_bench import HASTY, PATIENT, PROCESS_ID, PROFILES, Bench, bench_of
from totem.domain.ports import Condition, PrintResult


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.name)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench_of(request.param) as made:
        yield made


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.name)
async def hasty(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench_of(request.param, limits=HASTY) as made:
        yield made


# --- held, and settled ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [0, 1, 5, 8, 11])
async def test_paper_that_ends_in_mid_ticket_holds_it_until_it_is_refilled(bench: Bench, lines: int) -> None:
    bench.sim.paper_ends_after(lines)
    outcome = await bench.print()
    assert outcome.result is PrintResult.HELD
    assert outcome.status.conditions == {Condition.PAPER_OUT}
    assert bench.whole_tickets() == 0
    assert (await bench.printer.settle(7)).result is PrintResult.HELD
    assert (await bench.printer.status()).conditions == {Condition.PAPER_OUT}

    bench.sim.set_paper(True)
    assert (await bench.settled()).result is PrintResult.PRINTED
    (ticket,) = bench.sim.tickets()
    assert ticket.complete
    assert bench.job().startswith(ticket.data)


async def test_a_cover_opened_in_mid_ticket_holds_it(bench: Bench) -> None:
    bench.sim.at_byte(60, lambda: bench.sim.open_cover(True))
    outcome = await bench.print()
    assert (outcome.result, outcome.status.conditions) == (PrintResult.HELD, frozenset({Condition.COVER_OPEN}))
    bench.sim.open_cover(False)
    assert (await bench.settled()).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 1


async def test_another_job_waits_for_the_held_one(bench: Bench) -> None:
    bench.sim.paper_ends_after(3)
    assert (await bench.print(1)).result is PrintResult.HELD
    refused = await bench.print(2)
    assert (refused.result, refused.status.conditions) == (PrintResult.NOT_SENT, frozenset({Condition.PAPER_OUT}))
    bench.sim.set_paper(True)
    assert (await bench.print(2)).result is PrintResult.PRINTED
    assert (await bench.printer.settle(1)).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 2


@pytest.mark.parametrize("act", [SimulatedPrinter.power_cut, lambda sim: sim.unplug(True)], ids=["power", "cable"])
async def test_a_held_job_whose_wire_is_lost_is_unknown(bench: Bench, act: Callable[[SimulatedPrinter], None]) -> None:
    bench.sim.paper_ends_after(3)
    assert (await bench.print()).result is PrintResult.HELD
    act(bench.sim)
    assert (await bench.settled()).result is PrintResult.UNKNOWN
    assert (await bench.printer.settle(7)).result is PrintResult.UNKNOWN


async def test_a_held_job_whose_printer_falls_silent_is_unknown_in_the_end(hasty: Bench) -> None:
    hasty.sim.paper_ends_after(3)
    assert (await hasty.print()).result is PrintResult.HELD
    hasty.sim.stall(True)
    assert (await hasty.settled()).result is PrintResult.UNKNOWN


async def test_a_job_that_this_printer_never_held_is_unknown(bench: Bench) -> None:
    outcome = await bench.printer.settle(4242)
    assert outcome.result is PrintResult.UNKNOWN
    assert outcome.status.can_print


# --- unknown --------------------------------------------------------------------------------------------------------


SHARES = pytest.mark.parametrize("share", [0.0, 0.3, 1.0])


def fraction(bench: Bench, share: float) -> int:
    """So many bytes into the job; 1.0 is the byte before the cut is complete."""
    size = len(bench.job()) - (len(PROCESS_ID) if bench.job().endswith(PROCESS_ID) else 0)
    return max(1, int(size * share) - 1)


@SHARES
@pytest.mark.parametrize("act", [SimulatedPrinter.power_cut, lambda sim: sim.unplug(True)], ids=["power", "cable"])
async def test_a_wire_that_breaks_after_the_first_byte_is_unknown(
    bench: Bench, act: Callable[[SimulatedPrinter], None], share: float
) -> None:
    bench.sim.at_byte(fraction(bench, share), lambda: act(bench.sim))
    assert (await bench.print()).result is PrintResult.UNKNOWN
    assert bench.whole_tickets() == 0


@SHARES
async def test_a_printer_that_falls_silent_after_the_first_byte_is_unknown(hasty: Bench, share: float) -> None:
    hasty.sim.at_byte(fraction(hasty, share), lambda: hasty.sim.stall(True))
    assert (await hasty.print()).result is PrintResult.UNKNOWN
    assert hasty.whole_tickets() == 0


async def test_power_lost_at_every_byte_of_a_job(bench: Bench) -> None:
    """Printed is never claimed of a ticket that is not whole, nor "not sent" of one of which a byte came."""
    seen: set[PrintResult] = set()
    for at in range(1, len(bench.job()) + 1):
        whole, received = bench.whole_tickets(), bench.sim.received_bytes
        bench.sim.at_byte(at, bench.sim.power_cut)
        result = (await bench.print(at)).result
        seen.add(result)
        assert bench.whole_tickets() > whole or result is not PrintResult.PRINTED
        assert bench.sim.received_bytes == received or result is not PrintResult.NOT_SENT
        assert result is not PrintResult.HELD
    assert PrintResult.UNKNOWN in seen


async def test_a_printer_that_never_stops_being_busy_is_unknown_in_the_end() -> None:
    """It answers in real time and prints too slowly to ever confirm."""
    async with bench_of(EPSON_80, SimPrinterSettings(dots_per_s=1.0), HASTY) as bench:
        assert (await bench.print()).result is PrintResult.UNKNOWN


async def test_a_slow_printer_is_waited_for() -> None:
    async with bench_of(EPSON_80, SimPrinterSettings(dots_per_s=3000.0)) as bench:
        assert (await bench.print()).result is PrintResult.PRINTED
        assert bench.whole_tickets() == 1


async def test_a_small_buffer_that_fills_while_paper_is_out_is_unknown_of_a_printer_that_must_be_asked() -> None:
    """Real-time commands wait in the network behind the job, so it says nothing."""
    async with bench_of(GENERIC_80, SimPrinterSettings(buffer_bytes=16), HASTY) as bench:
        bench.sim.paper_ends_after(2)
        assert (await bench.print()).result is PrintResult.UNKNOWN


KNOWS = replace(PATIENT, status_s=0.9, write_s=1.5, silence_s=0.9)


async def test_a_printer_that_tells_its_changes_holds_a_job_that_waits_in_the_network() -> None:
    """It cannot be asked, and it said why: silence is no sign of a lost wire then."""
    async with bench_of(EPSON_80, SimPrinterSettings(buffer_bytes=16), KNOWS) as bench:
        bench.sim.paper_ends_after(2)
        outcome = await bench.print()
        assert (outcome.result, outcome.status.conditions) == (PrintResult.HELD, frozenset({Condition.PAPER_OUT}))
        for _ in range(8):
            assert (await bench.printer.settle(7)).result is PrintResult.HELD
        assert (await bench.printer.status()).conditions == {Condition.PAPER_OUT}
        bench.sim.set_paper(True)
        assert (await bench.settled()).result is PrintResult.PRINTED
        assert bench.whole_tickets() == 1


class NarrowLink(NetworkLink):
    """Takes no more than so many bytes until it is widened, as a wire does behind a full printer."""

    def __init__(self, port: int, room: int) -> None:
        super().__init__("127.0.0.1", port)
        self.room = room
        self.widened = threading.Event()

    def write(self, data: bytes, timeout_s: float) -> int:
        if self.widened.is_set():
            return super().write(data, timeout_s)
        if self.room <= 0:
            self.widened.wait(timeout_s)
            return 0
        written = super().write(data[: self.room], timeout_s)
        self.room -= written
        return written


@pytest.mark.parametrize("room", [150, 200, 250])
async def test_a_job_of_which_the_wire_took_a_part_goes_on_when_paper_comes(room: int) -> None:
    async with bench_of(EPSON_80, limits=KNOWS) as bench:
        bench.sim.paper_ends_after(1)
        link = NarrowLink(bench.sim.port, room)
        printer = EscPosPrinter("narrow", link, EPSON_80, KNOWS)
        try:
            outcome = await printer.print(7, bench.job())
            assert (outcome.result, outcome.status.conditions) == (PrintResult.HELD, frozenset({Condition.PAPER_OUT}))
            for _ in range(8):
                assert (await printer.settle(7)).result is PrintResult.HELD
            assert (await printer.status()).conditions == {Condition.PAPER_OUT}
            assert (await printer.print(8, bench.job(8))).result is PrintResult.NOT_SENT
            link.widened.set()
            bench.sim.set_paper(True)
            outcome = await printer.settle(7)
            while outcome.result is PrintResult.HELD:
                outcome = await printer.settle(7)
            assert outcome.result is PrintResult.PRINTED
            (ticket,) = bench.sim.tickets()
            assert ticket.complete
            assert bench.job().startswith(ticket.data)
        finally:
            await printer.close()


async def test_a_wire_that_takes_no_more_of_a_printer_that_is_well_is_unknown() -> None:
    async with bench_of(EPSON_80, limits=KNOWS) as bench:
        printer = EscPosPrinter("narrow", NarrowLink(bench.sim.port, 80), EPSON_80, HASTY)
        assert (await printer.print(7, bench.job())).result is PrintResult.UNKNOWN
        await printer.close()


async def test_a_printer_that_stops_taking_bytes_is_unknown_within_the_limit() -> None:
    """More than all buffers between here and there hold."""
    async with bench_of(EPSON_80, limits=replace(HASTY, chunk_bytes=1 << 20)) as bench:
        bench.sim.at_byte(100, lambda: bench.sim.stall(True))
        outcome = await bench.printer.print(1, bench.job(1) * 60_000)
        assert (outcome.result, outcome.status.conditions) == (PrintResult.UNKNOWN, frozenset({Condition.NO_REPLY}))
