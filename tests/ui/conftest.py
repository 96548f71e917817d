"""A runtime on the test's own loop, and a kiosk window for tests that look at the screens."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator

import pytest

from totem.runtime import Runtime


@pytest.fixture(scope="session", autouse=True)
def modules_are_no_garbage() -> None:
    """What was imported stays: without it, looking for the loops below takes a tenth of a second before every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def old_loops_end_here(request: pytest.FixtureRequest) -> None:
    """The loop of an earlier test holds Qt's timers: they must be collected on this thread, not on a worker's."""
    if request.node.get_closest_marker("qt") is not None:
        gc.collect()


@pytest.fixture
async def runtime() -> AsyncIterator[Runtime]:
    """Fails the test where a task that nobody awaits failed."""
    made = Runtime()
    failed: list[str] = []
    made.on_failure(lambda where, error: failed.append(f"{where}: {error!r}"))
    yield made
    await made.close()
    assert not failed
