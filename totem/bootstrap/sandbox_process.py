"""The sandbox as a child process: started, asked where it stands, and gone with its parent."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import Final

from totem.bootstrap.endpoints import BadReadyLine, Endpoints, endpoints_of_line
from totem.bootstrap.frozen import command

_READY_LIMIT_S: Final = 30.0
_STOP_LIMIT_S: Final = 5.0


class SandboxFailed(RuntimeError):
    """The simulators' process did not come up; the text is what it said."""


class SandboxProcess:
    """The simulators in a child process: starts with the object, ends with `stop`, or when this process dies.

    It comes up beside whatever its maker does meanwhile; `ready` waits for it.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self._process = subprocess.Popen(
            (*command(), "sandbox", "--json", "--seed", str(seed), "--out", str(folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    async def ready(self) -> Endpoints:
        """Where the simulators stand. Raises SandboxFailed where they do not say so in time."""
        try:
            async with asyncio.timeout(_READY_LIMIT_S):
                line = await asyncio.to_thread(self._first_line)
        except TimeoutError:
            raise SandboxFailed(f"os simuladores não subiram em {_READY_LIMIT_S:.0f} s") from None
        try:
            return endpoints_of_line(line)
        except BadReadyLine as error:
            raise SandboxFailed(f"os simuladores não subiram: {error}") from error

    def stop(self) -> None:
        """Ask by closing its input, then make sure. Takes a moment: it is the last thing that a demo does."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _first_line(self) -> str:
        return self._process.stdout.readline().decode("utf-8") if self._process.stdout is not None else ""
