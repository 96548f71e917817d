"""SIGKILL at every moment of a Pix sale, of a cancelled one and of a refund, and again in the recovery that follows.

Moments are told by the seams themselves, none by a list that could miss one: the journal before each commit, after it
and after its head is sealed; the bank's wire when it connects, before a request, between its head and body, when all of
it has left, and as each part of the answer is read; the printer's wire before and after every write and at every byte
heard. Besides, each write of the journal is torn: the power fails before it is synced, and leaves nothing or half of it
in the log, or in the head. Bank and printer live on, as they do when a kiosk loses its power.

Every moment of the first life is a story of its own, told to the end. What the kiosk finds at its next start is then all
there is: journal, ledger, paper. Equal findings have equal recoveries, so the moments of a recovery are killed once for
each distinct finding. `TOTEM_KILL_FULL=1` does without that thought and runs the whole product.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from providers.sim.ca import CertificateSet, certificates
from tests.faults.kill_world import Stage, Story, new_world
from tests.faults.kiosk_child import PRICE_CENTS
from tests.faults.watch import Kill, kills_of
from tests.faults.zygote import Zygote

AT_ONCE = 4
"""Stories told side by side: much of a life is waiting for its disk, its bank and its printer."""
FULL = os.environ.get("TOTEM_KILL_FULL") == "1"

STORIES = (
    Story("paid", "pay", PRICE_CENTS, pays_alive=True, end="ticket"),
    Story("cancelled", "cancel", None, pays_alive=False, end="nothing paid"),
    Story("cancelled and paid", "cancel", PRICE_CENTS, pays_alive=False, end="nothing paid"),
    Story("paid too little", "pay", PRICE_CENTS - 500, pays_alive=True, end="refund"),
)

Job = TypeVar("Job")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


@dataclass(slots=True)
class Findings:
    """What the first deaths left, and what was counted."""

    ends: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, tuple[Kill, list[Kill]]] = field(default_factory=dict)
    """By finding: a first death that leaves it, and the deaths that its recovery can die."""


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
async def test_the_money_is_accounted_for(
    story: Story, tmp_path: Path, authority: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        async with new_world(stages[0], story) as world:
            firsts = kills_of(await world.live(story.act))
            assert world.check() == story.end
        found = Findings()
        await side_by_side(stages, firsts, lambda stage, first: die_once(stage, story, first, found))
        seconds = [(first, second) for first, recovery in found.recoveries.values() for second in recovery]
        twice: Counter[str] = Counter()
        await side_by_side(stages, seconds, lambda stage, pair: die_twice(stage, story, *pair, twice))
    assert found.ends.total() == len(firsts)
    assert twice.total() == len(seconds)
    with capsys.disabled():
        told = (
            f"{story.name}: {len(firsts)} deaths of the sale ({_seams(firsts)}) {dict(found.ends)}; "
            f"{len(found.recoveries)} distinct findings; {len(seconds)} deaths of their recoveries {dict(twice)}"
        )
        print(f"\n{told}")  # noqa: T201 - the count is the proof


async def die_once(stage: Stage, story: Story, first: Kill, found: Findings) -> None:
    """Die, and recover whole."""
    async with new_world(stage, story) as world:
        await world.die(first, story.act)
        finding = str(first) if FULL else world.state()
        seconds = kills_of(await world.live())
        found.ends[told(world.check, first)] += 1
        found.recoveries.setdefault(finding, (first, seconds))


async def die_twice(stage: Stage, story: Story, first: Kill, second: Kill, ends: Counter[str]) -> None:
    """Die, die again in the recovery, and recover whole."""
    async with new_world(stage, story) as world:
        await world.die(first, story.act)
        await world.die(second)
        await world.live()
        ends[told(world.check, first, second)] += 1


def told(check: Callable[[], str], *kills: Kill) -> str:
    """What the check says; its failure names the deaths."""
    try:
        return check()
    except AssertionError as failure:
        failure.add_note(f"killed at: {'; then at: '.join(map(str, kills))}")
        raise


async def side_by_side(
    stages: Sequence[Stage], jobs: Sequence[Job], work: Callable[[Stage, Job], Awaitable[None]]
) -> None:
    left = iter(jobs)

    async def run(stage: Stage) -> None:
        for job in left:
            await work(stage, job)

    async with asyncio.TaskGroup() as workers:
        for stage in stages:
            workers.create_task(run(stage))


def _seams(kills: list[Kill]) -> str:
    of = Counter("torn write" if kill.torn else _seam(kill.moment) for kill in kills)
    return ", ".join(f"{count} {seam}" for seam, count in sorted(of.items()))


def _seam(moment: str) -> str:
    word = moment.split()[0]
    return word if word in ("journal", "printer") else "bank"
