"""Tells a story with a death at every moment of it, and again in the recoveries that follow; see `test_kill_points`.

The story's world says how a kiosk lives and dies in it, what can be seen of it, and whether its books agree.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from providers.sim.ca import CertificateSet
from tests.faults.watch import Kill, kills_of
from tests.faults.zygote import Zygote

AT_ONCE = 4
"""Stories told side by side: much of a life is waiting for its disk, its bank and its printer."""
TRIES = 5
PART = 32
"""Deaths of one finding that one hand tells."""
FULL = os.environ.get("TOTEM_KILL_FULL") == "1"
AGAIN = os.environ.get("TOTEM_KILL_FULL") == "again"

Todo = TypeVar("Todo")


@dataclass(frozen=True, slots=True)
class Stage:
    """What the stories of one test share."""

    folder: Path
    authority: CertificateSet | None
    zygote: Zygote


class Story(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def act(self) -> str:
        """Of the kiosk's first life."""
        ...

    @property
    def end(self) -> str:
        """How it ends without a kill."""
        ...

    @property
    def key(self) -> object:
        """What will still befall the world, whatever state it is in: worlds of one key and state go on alike."""
        ...


class World(Protocol):
    async def live(self, act: str = "") -> list[str]: ...

    async def die(self, kill: Kill, act: str = "") -> None: ...

    def state(self) -> str: ...

    async def check(self) -> str: ...


NewWorld = Callable[[Stage], AbstractAsyncContextManager[World]]
DeathsOf = Callable[[list[str]], list[Kill]]


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

    recovered: set[tuple[object, str]] = field(default_factory=set)
    followed: set[tuple[object, str]] = field(default_factory=set)


async def tell(
    story: Story, new_world: NewWorld, stages: Sequence[Stage], known: Known, deaths_of: DeathsOf = kills_of
) -> str:
    """Every death of the story; returns the count, for the reader. Raises AssertionError where the books disagree.

    `deaths_of` says which of a life's moments are died at.
    """
    async with new_world(stages[0]) as world:
        firsts = deaths_of(await world.live(story.act))
        assert await world.check() == story.end
    tally, telling = Tally(), _Telling(story, new_world, Known() if FULL else known, deaths_of)
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
    return (
        f"{story.name}: {len(firsts)} deaths of the sale ({_seams(firsts)}) {dict(tally.ends)}; "
        f"{tally.findings} findings; {wanted} deaths of their recoveries {dict(tally.again)}, "
        f"{len(tally.fresh)} findings from there"
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    story: Story
    new_world: NewWorld
    known: Known
    deaths_of: DeathsOf

    def _is_new(self, among: set[tuple[object, str]], state: str) -> bool:
        key = (self.story.key, state)
        if key in among:
            return False
        among.add(key)
        return True

    async def die_once(self, tally: Tally, stage: Stage, first: Kill) -> None:
        """Die, and recover whole."""
        async with self.new_world(stage) as world:
            await world.die(first, self.story.act)
            state = world.state()
            self._is_new(self.known.recovered, state)
            is_new = FULL or self._is_new(self.known.followed, state)
            moments = await world.live()
            tally.ends[await told(world.check, first)] += 1
            if is_new:
                tally.fresh.append(Finding(state, (first,), tuple(self.deaths_of(moments))))

    async def die_twice(self, tally: Tally, stage: Stage, job: Job) -> None:
        """The whole product: die, die again in the recovery, and recover whole."""
        finding, kills = job
        for kill in kills:
            async with self._world_at(stage, finding) as world:
                await world.die(kill)
                await world.live()
                tally.again[await told(world.check, *finding.path, kill)] += 1

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
                    await told(world.check, *path)
                    if is_new and (not AGAIN or self._is_new(self.known.followed, state)):
                        tally.fresh.append(Finding(state, path, tuple(self.deaths_of(moments))))

    @asynccontextmanager
    async def _world_at(self, stage: Stage, finding: Finding) -> AsyncIterator[World]:
        """Tried again where two things that went on side by side ended in another order than when it was found."""
        first, *others = finding.path
        for _ in range(TRIES):
            async with self.new_world(stage) as world:
                await world.die(first, self.story.act)
                for kill in others:
                    await world.die(kill)
                if world.state() == finding.state:
                    yield world
                    return
        raise AssertionError(f"never found again: {finding.path}")


def _parts(finding: Finding) -> list[Job]:
    return [(finding, finding.kills[at : at + PART]) for at in range(0, len(finding.kills), PART)]


async def told(check: Callable[[], Awaitable[str]], *kills: Kill) -> str:
    """What the check says; its failure names the deaths."""
    try:
        return await check()
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
    return word if word in ("journal", "printer", "tef") else "bank"
