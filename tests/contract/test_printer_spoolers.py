"""The Printer port's contract over spoolers: printed only where the spooler says so, and nothing left in its queue."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.sim.core import PrinterCore
from tests.contract.driver_worlds import SPOOLED, SpoolWorld
from tests.contract.printer_bench import PATIENT
from totem.domain.ports import Condition, PrintResult

SHORT = replace(PATIENT, job_s=0.3)
"""A job is given up soon; one question may take its time on a busy machine."""
SHORTEST = replace(SHORT, connect_s=0.5, close_s=0.3)
"""For a spooler that answers nothing."""


@pytest.fixture(params=SPOOLED)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SpoolWorld]:
    async with SPOOLED[request.param](tmp_path, PATIENT) as made:
        yield made


@pytest.fixture(params=SPOOLED)
async def short(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SpoolWorld]:
    async with SPOOLED[request.param](tmp_path, SHORT) as made:
        yield made


@pytest.fixture(params=SPOOLED)
async def shortest(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SpoolWorld]:
    async with SPOOLED[request.param](tmp_path, SHORTEST) as made:
        yield made


# --- all well -------------------------------------------------------------------------------------------------------


async def test_a_job_is_printed_byte_for_byte(world: SpoolWorld) -> None:
    assert (await world.printer.status()).conditions == frozenset()
    job = b"\x1b@" + "São João".encode("cp850") * 5000 + b"\n\x11\x13\x1a\x1dV\x00"
    assert (await world.printer.print(7, job)).result is PrintResult.PRINTED
    (ticket,) = world.sim.tickets()
    assert ticket.data == job
    assert (await world.printer.settle(7)).result is PrintResult.PRINTED
    assert (await world.printer.settle(8)).result is PrintResult.UNKNOWN
    assert world.printer.name == "recibo"


async def test_jobs_one_after_another(world: SpoolWorld) -> None:
    results = await asyncio.gather(*(world.print(number) for number in range(3)))
    assert [outcome.result for outcome in results] == [PrintResult.PRINTED] * 3
    assert world.whole_tickets() == 3


async def test_printing_lasts_as_long_as_the_printer(world: SpoolWorld) -> None:
    """The spooler's word is waited for, not its taking the job."""
    world.sim.stall(True)
    printing = asyncio.ensure_future(world.print())
    await world.sim.until(lambda: world.sim.connections > 0)
    assert not printing.done()
    world.sim.stall(False)
    assert (await printing).result is PrintResult.PRINTED
    assert world.whole_tickets() == 1


# --- before the job -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "condition"),
    [
        (lambda world: world.sim.set_paper(False), Condition.PAPER_OUT),
        (lambda world: world.sim.open_cover(True), Condition.COVER_OPEN),
        (lambda world: world.sim.cutter_error(True), Condition.CUTTER_ERROR),
        (lambda world: world.sim.unplug(True), Condition.OFFLINE),
        (lambda world: setattr(world.queue, "paused", True), Condition.OFFLINE),
        (lambda world: setattr(world.queue, "name", "OUTRA"), Condition.UNREACHABLE),
    ],
    ids=["paper", "cover", "cutter", "unplugged", "paused", "no such queue"],
)
async def test_trouble_that_the_spooler_knows_sends_nothing(
    world: SpoolWorld, act: Callable[[SpoolWorld], None], condition: Condition
) -> None:
    act(world)
    assert (await world.printer.status()).conditions == {condition}
    outcome = await world.print()
    assert (outcome.result, outcome.status.conditions) == (PrintResult.NOT_SENT, frozenset({condition}))
    assert not world.queue.jobs


async def test_low_paper_prints(world: SpoolWorld) -> None:
    world.sim.set_paper(True, low=True)
    assert (await world.printer.status()).can_print
    assert (await world.print()).result is PrintResult.PRINTED


async def test_a_queue_that_takes_no_jobs_has_none(world: SpoolWorld) -> None:
    world.queue.accepting = False
    assert (await world.print()).result is PrintResult.NOT_SENT
    assert not world.queue.jobs


async def test_what_an_earlier_run_left_is_cancelled_before_anything_else(world: SpoolWorld, own_user: str) -> None:
    """It would be printed into an empty room, once the paper is back."""
    world.queue.paused = True
    left = world.queue.submit("totem-0001", own_user, b"\x1b@antigo\n\x1dV\x00")
    foreign = world.queue.submit("planilha", "outra-pessoa", b"\x1b@outro\n\x1dV\x00")
    assert not (await world.printer.status()).can_print
    assert left.is_over
    assert not foreign.is_over
    world.queue.paused = False
    assert (await world.print()).result is PrintResult.PRINTED


@pytest.fixture
def own_user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


# --- in the middle of it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "act",
    [
        lambda sim: sim.stall(True),
        lambda sim: sim.set_paper(False),
        lambda sim: sim.unplug(True),
        lambda sim: sim.open_cover(True),
    ],
    ids=["stalls", "paper", "unplugged", "cover"],
)
async def test_a_job_that_does_not_end_is_cancelled_and_never_printed_later(
    short: SpoolWorld, act: Callable[[PrinterCore], None]
) -> None:
    short.sim.at_byte(40, lambda: act(short.sim))
    assert (await short.print()).result is PrintResult.UNKNOWN
    assert not short.queue.open_jobs()
    short.sim.stall(False)
    short.sim.set_paper(True)
    short.sim.open_cover(False)
    short.sim.unplug(False)
    assert short.whole_tickets() == 0
    assert (await short.print(8)).result is PrintResult.PRINTED
    assert short.whole_tickets() == 1


async def test_a_wire_that_breaks_for_a_moment_makes_the_spooler_begin_anew(world: SpoolWorld) -> None:
    """Its own doing; told as what it is, one job, printed."""
    world.sim.at_byte(40, world.sim.power_cut)
    assert (await world.print()).result is PrintResult.PRINTED
    assert world.whole_tickets() == 1


async def test_a_job_that_somebody_deletes_is_unknown(world: SpoolWorld) -> None:
    world.sim.at_byte(40, lambda: world.sim.stall(True))
    printing = asyncio.ensure_future(world.print())
    await world.sim.until(lambda: world.sim.stalled)
    (job,) = world.queue.open_jobs()
    world.queue.cancel(job.number)
    assert (await printing).result is PrintResult.UNKNOWN


async def test_a_job_that_the_spooler_aborts_is_unknown(world: SpoolWorld) -> None:
    """`lpstat` shows it like one that was printed."""
    world.queue.aborts = True
    assert (await world.print()).result is PrintResult.UNKNOWN


@pytest.mark.parametrize("driver", SPOOLED)
async def test_a_cancelling_that_is_not_done_is_unknown(tmp_path: Path, driver: str) -> None:
    async with SPOOLED[driver](tmp_path, replace(SHORT, write_s=0.2)) as world:
        world.queue.stubborn = True
        world.sim.stall(True)
        assert (await world.print()).result is PrintResult.UNKNOWN
        assert len(world.queue.open_jobs()) == 1


# --- a spooler that does not answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["lpstat", "OpenPrinter"])
async def test_a_spooler_that_hangs_is_unreachable(shortest: SpoolWorld, call: str) -> None:
    other = {"lpstat": "OpenPrinter", "OpenPrinter": "lpstat"}[call]
    shortest.hanging.update({call, other})
    assert (await shortest.printer.status()).conditions == {Condition.UNREACHABLE}
    assert (await shortest.print()).result is PrintResult.NOT_SENT
    assert not shortest.queue.jobs


@pytest.mark.parametrize("driver", SPOOLED)
async def test_handing_over_that_hangs_is_unknown_and_what_arrived_is_cancelled(tmp_path: Path, driver: str) -> None:
    async with SPOOLED[driver](tmp_path, replace(SHORT, connect_s=2.0, status_s=0.5)) as world:
        world.sim.stall(True)
        world.hanging.update({"lp", "WritePrinter"})
        assert (await world.print()).result is PrintResult.UNKNOWN
        assert not world.queue.open_jobs()


async def test_no_word_of_a_job_is_unknown(tmp_path: Path) -> None:
    async with SPOOLED["cups"](tmp_path, replace(SHORT, write_s=0.2)) as world:
        world.broken.update({"ipp", "cancel"})
        assert (await world.print()).result is PrintResult.UNKNOWN
        assert len(world.queue.jobs) == 1


async def test_closing_ends_a_job_and_takes_it_out_of_the_queue(world: SpoolWorld) -> None:
    world.sim.at_byte(40, lambda: world.sim.stall(True))
    printing = asyncio.ensure_future(world.print())
    await world.sim.until(lambda: world.sim.stalled)
    await world.printer.close()
    assert (await printing).result is PrintResult.UNKNOWN
    assert not world.queue.open_jobs()
    assert (await world.printer.status()).conditions == {Condition.UNREACHABLE}
    assert (await world.print()).result is PrintResult.NOT_SENT
    await world.printer.close()


async def test_closing_does_not_wait_for_a_spooler_that_hangs(shortest: SpoolWorld) -> None:
    shortest.hanging.update({"lpstat", "OpenPrinter"})
    asking = asyncio.ensure_future(shortest.printer.status())
    await asyncio.sleep(0)
    closing = asyncio.ensure_future(shortest.printer.close())
    await closing
    asking.cancel()
