"""SIGKILL at every journal commit, message to and from SISP, and printer write of a vinti4 sale, and in recovery.

As in `test_kill_points`, whose teller this is. The customer's page outlives the kiosk: what was paid on it while nobody
listened is found by the status query alone, and bears a name, for it cannot be given back by itself.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from providers.sim.ca import certificates
from providers.sim.sisp_faults import Kind
from tests.faults.telling import AT_ONCE, Known, Stage, tell
from tests.faults.vinti4_kill_world import Vinti4Story, new_vinti4_world
from tests.faults.zygote import Zygote

STORIES = (
    Vinti4Story("approved", "ticket"),
    Vinti4Story("refused", "nothing taken", Kind.DECLINED),
)


async def test_the_card_is_accounted_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = certificates(tmp_path / "authority")
    known = Known()
    async with AsyncExitStack() as stack:
        zygotes = [await stack.enter_async_context(Zygote()) for _ in range(AT_ONCE)]
        stages = [Stage(tmp_path, authority, zygote) for zygote in zygotes]
        counts = [await tell(story, partial(new_vinti4_world, story=story), stages, known) for story in STORIES]
    with capsys.disabled():
        print("\n" + "\n".join(counts))  # noqa: T201 - the count is the proof
