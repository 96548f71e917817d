"""The Printer port's contract over every way in to a printer that answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.sim.core import PrinterCore
from tests.contract.driver_worlds import ANSWERING, World
from tests.contract.printer_bench import PATIENT
from totem.domain.ports import Condition, PrintResult

PATIENT_UNTIL_STALLED = replace(PATIENT, write_s=0.3, status_s=2.0, job_s=1.0, silence_s=0.3)
HASTY = replace(PATIENT, write_s=0.6, status_s=0.6, silence_s=0.6)
"""A printer that answers is waited for, also on a busy machine."""


@pytest.fixture(params=ANSWERING)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with ANSWERING[request.param](tmp_path, PATIENT) as made:
        yield made


@pytest.fixture(params=ANSWERING)
async def hasty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with ANSWERING[request.param](tmp_path, HASTY) as made:
        yield made


# --- status ---------------------------------------------------------------------------------------------------------


async def test_ready(world: World) -> None:
    status = await world.printer.status()
    assert status.can_print
    assert not status.conditions


@pytest.mark.parametrize(
    ("act", "condition"),
    [
        (lambda sim: sim.set_paper(True, low=True), Condition.PAPER_LOW),
        (lambda sim: sim.set_paper(False), Condition.PAPER_OUT),
        (lambda sim: sim.open_cover(True), Condition.COVER_OPEN),
        (lambda sim: sim.cutter_error(True), Condition.CUTTER_ERROR),
        (lambda sim: sim.unplug(True), Condition.UNREACHABLE),
    ],
    ids=["low", "out", "cover", "cutter", "unplugged"],
)
async def test_status_names_what_is_wrong_sends_nothing_and_recovers(
    world: World, act: Callable[[PrinterCore], None], condition: Condition
) -> None:
    act(world.sim)
    assert (await world.printer.status()).conditions == {condition}
    if condition is not Condition.PAPER_LOW:
        outcome = await world.print()
        assert (outcome.result, outcome.status.conditions) == (PrintResult.NOT_SENT, frozenset({condition}))
        assert world.sim.received_bytes == 0
    world.sim.set_paper(True)
    world.sim.open_cover(False)
    world.sim.cutter_error(False)
    world.sim.unplug(False)
    assert (await world.printer.status()).conditions == frozenset()
    assert (await world.print()).result is PrintResult.PRINTED


async def test_no_reply_is_a_state_of_its_own(hasty: World) -> None:
    hasty.sim.mute(True)
    assert (await hasty.printer.status()).conditions == {Condition.NO_REPLY}
    assert (await hasty.print()).result is PrintResult.NOT_SENT
    assert hasty.sim.received_bytes == 0
    hasty.sim.mute(False)
    assert (await hasty.print()).result is PrintResult.PRINTED


# --- a job ----------------------------------------------------------------------------------------------------------


async def test_jobs_are_printed_byte_for_byte(world: World) -> None:
    jobs = [b"\x1b@Senha %d\n\x11\x13\x1dV\x00" % number for number in (7, 8, 9)]
    for job_id, job in enumerate(jobs):
        outcome = await world.printer.print(job_id, job + b"\x1d(H\x06\x000000%02d" % job_id)
        assert outcome.result is PrintResult.PRINTED
    assert [ticket.data for ticket in world.sim.tickets()] == jobs
    assert (await world.print()).result is PrintResult.PRINTED
    assert world.whole_tickets() == 4


async def test_a_large_job_in_many_writes(world: World) -> None:
    """More than any buffer on the way holds, so that most writes are partial."""
    line = bytes(range(0x20, 0x7F)) + b"\n"
    data = b"\x1b@" + line * 2_000 + b"\x1dV\x00"
    outcome = await world.printer.print(1, data + b"\x1d(H\x06\x00000001")
    assert outcome.result is PrintResult.PRINTED
    (ticket,) = world.sim.tickets()
    assert ticket.data == data


async def test_paper_that_ends_in_mid_job_holds_it_until_refilled(world: World) -> None:
    world.sim.paper_ends_after(3)
    assert (await world.print()).result is PrintResult.HELD
    world.sim.set_paper(True)
    outcome = await world.printer.settle(7)
    while outcome.result is PrintResult.HELD:
        outcome = await world.printer.settle(7)
    assert outcome.result is PrintResult.PRINTED
    assert world.whole_tickets() == 1


# --- what breaks ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("act", [PrinterCore.power_cut, lambda sim: sim.unplug(True)], ids=["power", "cable"])
async def test_a_wire_that_breaks_in_mid_job_is_unknown_and_the_next_job_prints(
    world: World, act: Callable[[PrinterCore], None], share: float
) -> None:
    world.sim.at_byte(max(1, int(len(world.job()) * share)), lambda: act(world.sim))
    assert (await world.print()).result is PrintResult.UNKNOWN
    assert world.whole_tickets() == 0
    world.sim.unplug(False)
    # Its printer lost nothing but the wire: what it had is on the paper, before the next ticket.
    assert (await world.print(8)).result is PrintResult.PRINTED
    assert world.whole_tickets() == 1


async def test_unplugged_after_a_job_and_back(world: World) -> None:
    assert (await world.print(1)).result is PrintResult.PRINTED
    world.sim.unplug(True)
    assert (await world.printer.status()).conditions == {Condition.UNREACHABLE}
    assert (await world.printer.settle(1)).result is PrintResult.PRINTED
    world.sim.unplug(False)
    assert (await world.print(2)).result is PrintResult.PRINTED
    assert world.whole_tickets() == 2


async def test_a_held_job_whose_cable_is_pulled_is_unknown(world: World) -> None:
    world.sim.paper_ends_after(3)
    assert (await world.print()).result is PrintResult.HELD
    world.sim.unplug(True)
    assert (await world.printer.settle(7)).result is PrintResult.UNKNOWN


@pytest.mark.parametrize("driver", ANSWERING)
async def test_a_printer_that_stops_reading_at_any_byte_is_survived(driver: str, tmp_path: Path) -> None:
    """Side by side, for each waits for its limits."""
    job = b"\x1b@" + b"0123456789abcde\n" * 5_000 + b"\x1dV\x00"

    async def stop_at(byte: int) -> None:
        folder = tmp_path / str(byte)
        folder.mkdir()
        async with ANSWERING[driver](folder, PATIENT_UNTIL_STALLED) as world:
            world.sim.at_byte(byte, lambda: world.sim.stall(True))
            assert (await world.printer.print(1, job)).result is PrintResult.UNKNOWN
            assert (await world.printer.status()).conditions & {Condition.NO_REPLY, Condition.UNREACHABLE}
            assert world.whole_tickets() == 0

    await asyncio.gather(*(stop_at(byte) for byte in (1, 2, 3, 40, 150, 10_000, 60_000)))


@pytest.mark.parametrize("share", [0.02, 0.5, 0.8])
async def test_a_printer_that_reads_on_after_a_job_was_given_up_prints_the_next(hasty: World, share: float) -> None:
    hasty.sim.at_byte(int(len(hasty.job()) * share), lambda: hasty.sim.stall(True))
    assert (await hasty.print()).result is PrintResult.UNKNOWN
    hasty.sim.stall(False)
    outcome = await hasty.print(8)
    assert outcome.result is PrintResult.PRINTED, outcome


async def test_a_picture_that_was_cut_off_does_not_swallow_the_next_ticket(hasty: World) -> None:
    """It is larger than any buffer on the way, so that the printer waits in its middle for the rest."""
    picture = b"\x1b@\x1dv0\x00" + bytes((72, 0)) + (1000).to_bytes(2, "little") + b"\x55" * 72_000 + b"\x1dV\x00"
    hasty.sim.at_byte(30_000, lambda: hasty.sim.stall(True))
    assert (await hasty.printer.print(7, picture)).result is PrintResult.UNKNOWN
    hasty.sim.stall(False)
    outcome = await hasty.print(8)
    for _ in range(2):
        if outcome.result is PrintResult.NOT_SENT:  # it reads through the rest first, and answers only then
            outcome = await hasty.print(8)
    assert outcome.result is PrintResult.PRINTED, outcome
    assert any(ticket.qr_payloads for ticket in hasty.sim.tickets())


async def test_closing_ends_a_job_that_hangs(world: World) -> None:
    world.sim.at_byte(50, lambda: world.sim.stall(True))
    printing = asyncio.ensure_future(world.print())
    await world.sim.until(lambda: world.sim.stalled)
    await world.printer.close()
    assert (await printing).result in {PrintResult.HELD, PrintResult.UNKNOWN}
    assert (await world.printer.status()).conditions == {Condition.UNREACHABLE}
    assert (await world.print()).result is PrintResult.NOT_SENT
    await world.printer.close()


async def test_the_loop_goes_on_while_a_printer_is_silent(hasty: World) -> None:
    hasty.sim.stall(True)
    asking = asyncio.ensure_future(hasty.printer.status())
    turns = 0
    while not asking.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 3
