"""A warm process that forks a kiosk for each errand, so that a life costs milliseconds and not an import of everything.

Errands come pickled on standard input, one after the other; each answer is one line: the exit code of that life.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import pickle
import signal
import sys
from types import TracebackType
from typing import Self

from hardware.printer.commands import load_library
from tests.faults.kiosk_child import Errand, Warm, live, warm_up


class Zygote:
    """`async with Zygote() as zygote: await zygote.live(errand)`."""

    _process: asyncio.subprocess.Process

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.zygote",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        await self._process.wait()

    def _end(self) -> None:
        """With the life that may be in progress, which would go on without its world, and hold the pipe open."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def live(self, errand: Errand) -> int:
        """Exit code of one life; negative for the signal that ended it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(pickle.dumps(errand))
        await self._process.stdin.drain()
        try:
            async with asyncio.timeout(30):
                return int(await self._process.stdout.readline())
        except BaseException:
            self._end()
            raise


def _serve() -> None:
    load_library()
    warm: Warm | None = None
    while True:
        try:
            errand = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the test that started this process
        except EOFError:
            return
        if warm is None:
            warm = asyncio.run(warm_up(errand.bank))
            gc.freeze()
        child = os.fork()
        if child == 0:
            gc.disable()  # a collection would copy every page that it looks at
            code = 1
            try:
                live(errand, warm)
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    _serve()
