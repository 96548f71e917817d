"""SIGKILL at every journal commit and message to and from Adiq of a typed card's sale, and again in recovery.

As in `test_kill_points`, whose teller this is: Adiq's ledger, the paper and the journal must agree after every death.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from providers.adiq.requests import CaptureType
from providers.sim.ca import CertificateSet, certificates
from tests.faults.adiq_kill_world import AdiqStory, deaths_of, new_adiq_world
from tests.faults.telling import AT_ONCE, Known, Stage, tell
from tests.faults.zygote import Zygote

STORIES = (
    AdiqStory("captured at once", "ticket"),
    AdiqStory("captured after its ticket", "ticket", CaptureType.AFTER_TICKET),
)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name.replace(" ", "-"))
async def test_the_typed_card_is_accounted_for(
    story: AdiqStory, tmp_path: Path, authority: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        count = await tell(story, partial(new_adiq_world, story=story), stages, Known(), deaths_of)
    with capsys.disabled():
        print(f"\n{count}")  # noqa: T201 - the count is the proof
