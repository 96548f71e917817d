"""SIGKILL at every journal commit, message to and from PayGo, and printer write of a card sale, and again in recovery.

As in `test_kill_points`, whose teller this is: the acquirer's ledger, the paper and the journal must agree after every
death, and what only PayGo can know (an answer that never came) is named, and settled by the next sale.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from hardware.sim.paygo.faults import Fault, FaultName
from tests.faults.card_kill_world import CardStory, new_card_world
from tests.faults.telling import AT_ONCE, Known, Stage, tell
from tests.faults.zygote import Zygote

STORIES = (
    CardStory("approved", "ticket"),
    CardStory("denied", "nothing taken", Fault(FaultName.DENIED)),
    CardStory("another amount", "undone", Fault(FaultName.AMOUNT_DIFFERS)),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
async def test_the_card_is_accounted_for(story: CardStory, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, None, zygote) for zygote in zygotes]
        count = await tell(story, partial(new_card_world, story=story), stages, Known())
    with capsys.disabled():
        print(f"\n{count}")  # noqa: T201 - the count is the proof
