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

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from providers.sim.ca import CertificateSet, certificates
from tests.faults.kill_world import Story, new_world
from tests.faults.kiosk_child import PRICE_CENTS
from tests.faults.telling import AT_ONCE, Known, Stage, tell
from tests.faults.zygote import Zygote

STORIES = (
    Story("paid", "pay", PRICE_CENTS, pays_alive=True, end="ticket"),
    Story("cancelled", "cancel", None, pays_alive=False, end="nothing paid"),
    Story("cancelled and paid", "cancel", PRICE_CENTS, pays_alive=False, end="nothing paid"),
    Story("paid too little", "pay", PRICE_CENTS - 500, pays_alive=True, end="refund"),
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


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
        count = await tell(story, partial(new_world, story=story), stages, known)
    with capsys.disabled():
        print(f"\n{count}")  # noqa: T201 - the count is the proof
