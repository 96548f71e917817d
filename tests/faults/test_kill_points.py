"""SIGKILL at every moment of a Pix sale, of a cancelled one and of a refund, and again in the recovery that follows.

Moments are told by the seams themselves, none by a list that could miss one: the journal before each commit, after it
and after its head is sealed; the bank's wire when it connects, before a request, between its head and body, when all of
it has left, and as each part of the answer is read; the printer's wire before and after every write and at every byte
heard. Besides, each write of the journal is torn: the power fails before it is synced, and leaves nothing or half of it
in the log, or in the head. Bank and printer live on, as they do when a kiosk loses its power.

Every moment of the first life is a story of its own, told to the end. What the kiosk finds at its next start is then
all there is: journal, ledger, paper. Equal findings have equal recoveries, so the moments of a recovery are killed once
for each distinct finding, and what such a death leads to is recovered whole where no story has been there yet.
`TOTEM_KILL_FULL=again` kills those recoveries too, and what they lead to, until nothing new is found: so any number of
deaths is covered (twice the time). `TOTEM_KILL_FULL=1` does without findings: every moment of the sale with every
moment of its own recovery, each pair told to the end (hours).
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from providers.sim.ca import CertificateSet, certificates
from tests.faults.kill_world import Stage, Story, World, new_world
from tests.faults.kiosk_child import PRICE_CENTS
from tests.faults.watch import Kill, kills_of
from tests.faults.zygote import Zygote

AT_ONCE = 4
"""Stories told side by side: much of a life is waiting for its disk, its bank and its printer."""
PART = 32
"""Deaths of one finding that one hand tells."""
FULL = os.environ.get("TOTEM_KILL_FULL") == "1"
AGAIN = os.environ.get("TOTEM_KILL_FULL") == "again"

STORIES = (
    Story("paid", "pay", PRICE_CENTS, pays_alive=True, end="ticket"),
    Story("cancelled", "cancel", None, pays_alive=False, end="nothing paid"),
    Story("cancelled and paid", "cancel", PRICE_CENTS, pays_alive=False, end="nothing paid"),
    Story("paid too little", "pay", PRICE_CENTS - 500, pays_alive=True, end="refund"),
)

Todo = TypeVar("Todo")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What a kiosk may find at its start, the deaths that lead there, and those that its recovery can die."""

    state: str
    path: tuple[Kill, ...]
    kills: tuple[Kill, ...]


Job = tuple[Finding, tuple[Kill, ...]]
"""Some of the deaths of a finding's recovery."""


@dataclass(slots=True)
class Tally:
    """What was counted, and the findings whose recoveries nobody has killed yet."""

    ends: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    fresh: list[Finding] = field(default_factory=list)
    findings: int = 0


@dataclass(slots=True)
class Known:
    """Findings by what the customer will pay and state: those recovered whole, and those whose recovery is killed."""

    recovered: set[tuple[int | None, str]] = field(default_factory=set)
    followed: set[tuple[int | None, str]] = field(default_factory=set)


@pytest.fixture(scope="module")
def known() -> Known:
    """Shared by the stories: a finding that two of them have is followed in one."""
    return Known()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
async def test_the_money_is_accounted_for(
    story: Story, tmp_path: Path, authority: CertificateSet, known: Known, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        async with new_world(stages[0], story) as world:
            firsts = kills_of(await world.live(story.act))
            assert world.check() == story.end
        tally, telling = Tally(), _Telling(story, Known() if FULL else known)
        await side_by_side(stages, firsts, partial(telling.die_once, tally))
        assert tally.ends.total() == len(firsts)
        wanted = 0
        while tally.fresh:
            jobs = [part for finding in tally.fresh for part in _parts(finding)]
            wanted += sum(len(kills) for _, kills in jobs)
            tally.findings += len(tally.fresh)
            tally.fresh.clear()
            await side_by_side(stages, jobs, partial(telling.die_twice if FULL else telling.follow, tally))
            if not AGAIN:
                break
    assert tally.again.total() == wanted
    with capsys.disabled():
        told = (
            f"{story.name}: {len(firsts)} deaths of the sale ({_seams(firsts)}) {dict(tally.ends)}; "
            f"{tally.findings} findings; {wanted} deaths of their recoveries {dict(tally.again)}, "
            f"{len(tally.fresh)} findings from there"
        )
        print(f"\n{told}")  # noqa: T201 - the count is the proof


@dataclass(frozen=True, slots=True)
class _Telling:
    story: Story
    known: Known

    def _is_new(self, among: set[tuple[int | None, str]], state: str) -> bool:
        key = (self.story.pays_cents, state)
        if key in among:
            return False
        among.add(key)
        return True

    async def die_once(self, tally: Tally, stage: Stage, first: Kill) -> None:
        """Die, and recover whole."""
        async with new_world(stage, self.story) as world:
            await world.die(first, self.story.act)
            state = world.state()
            self._is_new(self.known.recovered, state)
            is_new = FULL or self._is_new(self.known.followed, state)
            moments = await world.live()
            tally.ends[told(world.check, first)] += 1
            if is_new:
                tally.fresh.append(Finding(state, (first,), tuple(kills_of(moments))))

    async def die_twice(self, tally: Tally, stage: Stage, job: Job) -> None:
        """The whole product: die, die again in the recovery, and recover whole."""
        finding, kills = job
        for kill in kills:
            async with self._world_at(stage, finding) as world:
                await world.die(kill)
                await world.live()
                tally.again[told(world.check, *finding.path, kill)] += 1

    async def follow(self, tally: Tally, stage: Stage, job: Job) -> None:
        """Die in the recovery at each of these moments, any number of times over.

        A death that changes nothing leaves the world as it was found: the next one is died in the same. One that leads
        to another finding, which is followed by itself, ends this world; a new finding is recovered whole.
        """
        finding, kills = job
        left = list(kills)
        while left:
            async with self._world_at(stage, finding) as world:
                state, path = finding.state, finding.path
                while left and state == finding.state:
                    kill = left.pop(0)
                    path = (*path, kill)
                    await world.die(kill)
                    state = world.state()
                    tally.again["same" if state == finding.state else "other"] += 1
                is_new = state != finding.state and self._is_new(self.known.recovered, state)
                if is_new or state == finding.state or path[-1].torn:
                    moments = await world.live()
                    told(world.check, *path)
                    if is_new and (not AGAIN or self._is_new(self.known.followed, state)):
                        tally.fresh.append(Finding(state, path, tuple(kills_of(moments))))

    @asynccontextmanager
    async def _world_at(self, stage: Stage, finding: Finding) -> AsyncIterator[World]:
        async with new_world(stage, self.story) as world:
            first, *others = finding.path
            await world.die(first, self.story.act)
            for kill in others:
                await world.die(kill)
            assert world.state() == finding.state, finding.path
            yield world


def _parts(finding: Finding) -> list[Job]:
    return [(finding, finding.kills[at : at + PART]) for at in range(0, len(finding.kills), PART)]


def told(check: Callable[[], str], *kills: Kill) -> str:
    """What the check says; its failure names the deaths."""
    try:
        return check()
    except AssertionError as failure:
        failure.add_note(f"killed at: {'; then at: '.join(map(str, kills))}")
        raise


async def side_by_side(
    stages: Sequence[Stage], jobs: Sequence[Todo], work: Callable[[Stage, Todo], Awaitable[None]]
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
    word = moment.split(maxsplit=1)[0]
    return word if word in ("journal", "printer") else "bank"
