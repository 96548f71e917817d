"""The Printer port's contract over a Bematech MP-4200, in its own command set and in ESC/POS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from hardware.printer.profile import BEMATECH_MP4200, BEMATECH_MP4200_BEMA, PrinterProfile
from hardware.sim.bematech import parse_job
from hardware.sim.core import SimLanguage, SimPrinterSettings
from hardware.sim.printer import SimulatedPrinter
from tests.contract.printer_bench import HASTY, PATIENT, Bench, bench_of
from totem.domain.ports import Condition, PrintResult

PROFILES = (BEMATECH_MP4200, BEMATECH_MP4200_BEMA)


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.name)
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    settings = SimPrinterSettings(dots=request.param.dots, language=SimLanguage.BEMATECH)
    async with bench_of(request.param, settings, PATIENT) as made:
        yield made


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
        (lambda sim: sim.unplug(True), Condition.UNREACHABLE, False),
    ],
)
async def test_status_names_what_is_wrong(
    bench: Bench, act: Callable[[SimulatedPrinter], None], condition: Condition, can_print: bool
) -> None:
    assert (await bench.printer.status()).conditions == frozenset()
    act(bench.sim)
    status = await bench.printer.status()
    assert status.conditions == {condition}
    assert status.can_print is can_print


async def test_jobs_are_printed_and_strictly_understood(bench: Bench) -> None:
    for number in (1, 2):
        assert (await bench.print(number)).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 2
    assert bench.sim.unknown == []
    ticket = bench.sim.tickets()[0]
    assert ticket.lines[0] == "Lava-rápido São João"
    assert "R$ 75,00" in "".join(ticket.lines)
    assert bench.job(1).startswith(ticket.data)
    assert parse_job(ticket.data)


async def test_paper_that_ends_holds_the_job_until_it_is_refilled(bench: Bench) -> None:
    bench.sim.paper_ends_after(3)
    outcome = await bench.print()
    assert (outcome.result, outcome.status.conditions) == (PrintResult.HELD, frozenset({Condition.PAPER_OUT}))
    bench.sim.set_paper(True)
    assert (await bench.settled()).result is PrintResult.PRINTED
    assert bench.whole_tickets() == 1


async def test_power_lost_in_mid_job_is_unknown(bench: Bench) -> None:
    bench.sim.at_byte(90, bench.sim.power_cut)
    assert (await bench.print()).result is PrintResult.UNKNOWN
    assert bench.whole_tickets() == 0


async def test_rubbish_in_the_place_of_an_answer_is_no_status() -> None:
    settings = SimPrinterSettings(dots=588, language=SimLanguage.BEMATECH)
    async with bench_of(BEMATECH_MP4200, settings, HASTY) as bench:
        bench.sim.garble(1)
        assert (await bench.printer.status()).conditions == {Condition.NO_REPLY}
        assert (await bench.printer.status()).can_print


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
async def test_a_buffer_that_is_not_empty_is_no_printed_ticket(profile: PrinterProfile) -> None:
    settings = SimPrinterSettings(dots=profile.dots, language=SimLanguage.BEMATECH, dots_per_s=3000.0)
    async with bench_of(profile, settings, PATIENT) as bench:
        assert (await bench.print()).result is PrintResult.PRINTED
        assert bench.whole_tickets() == 1
