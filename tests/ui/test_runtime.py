"""One loop for Qt and asyncio: it ends in stages, loses no task and hides no failure."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from totem.runtime import Runtime

pytestmark = pytest.mark.qt

PROGRAM = """
    import asyncio, os, signal, sys
    from totem.runtime import run

    async def main(runtime):
        async def works():
            try:
                await asyncio.Event().wait()
            finally:
                print("released", flush=True)
        runtime.spawn(works(), "works")
        stray = asyncio.get_running_loop().create_task(works())
        await asyncio.sleep(0)
        print("ready", flush=True)
        await runtime.stop.wait()
        print("stopping", flush=True)
        return 3

    sys.exit(run(main, ["totem"]))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_in_stages(number: signal.Signals) -> None:
    command = [sys.executable, "-X", "dev", "-c", textwrap.dedent(PROGRAM)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        rest = process.stdout.read()
        errors = process.stderr.read()
        assert process.wait(30) == 3, errors
    assert rest == "stopping\nreleased\nreleased\n"
    assert "Traceback" not in errors
    assert "never awaited" not in errors


async def test_a_failure_that_nobody_awaits_is_told() -> None:
    runtime = Runtime()
    told: list[tuple[str, BaseException]] = []
    runtime.on_failure(lambda where, error: told.append((where, error)))

    async def fails() -> None:
        raise ValueError("broken")

    task = runtime.spawn(fails(), "poller")
    with pytest.raises(ValueError, match="broken"):
        await task
    await runtime.close()
    assert [(where, str(error)) for where, error in told] == [("poller", "broken")]


async def test_close_awaits_what_it_cancels() -> None:
    runtime = Runtime()
    order: list[str] = []

    async def slow_to_leave() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            order.append("left")

    task = runtime.spawn(slow_to_leave(), "slow")
    await asyncio.sleep(0)
    await runtime.close()
    order.append("closed")
    assert task.cancelled()
    assert order == ["left", "closed"]
