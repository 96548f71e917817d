"""SIGKILL at every journal commit and message to and from a Smart POS or GoPag of a sale, and again in recovery.

As in `test_kill_points`, whose teller this is: the acquirer's books, paper and journal must agree after every death.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from providers.sim.ca import CertificateSet, certificates
from tests.faults.adiq_kill_world import deaths_of
from tests.faults.reader_kill_world import READERS, ReaderStory, new_reader_world
from tests.faults.telling import AT_ONCE, Known, Stage, tell
from tests.faults.zygote import Zygote

STORIES = tuple(ReaderStory(name) for name in READERS)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_the_card_is_accounted_for(
    story: ReaderStory, tmp_path: Path, authority: CertificateSet, capsys: pytest.CaptureFixture[str]
) -> None:
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        count = await tell(story, partial(new_reader_world, story=story), stages, Known(), deaths_of)
    with capsys.disabled():
        print(f"\n{count}")  # noqa: T201 - the count is the proof
