"""Doubles of CUPS' commands and of its answer to Get-Job-Attributes, with the words of CUPS 2.4.2.

`lp`, `lpstat` and `cancel` are small programs in a folder; they ask this server, over a Unix socket, what to say.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import pwd
import struct
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

from hardware.sim.wires.spool import SpoolJob, SpoolQueue, SpoolState

_PROGRAM = """#!{python} -IS
import base64, json, os, socket, sys
name = os.path.basename(sys.argv[0])
data = sys.stdin.buffer.read() if name == "lp" else b""
wire = socket.socket(socket.AF_UNIX)
wire.connect({path!r})
asked = {{"command": name, "arguments": sys.argv[1:], "data": base64.b64encode(data).decode()}}
wire.sendall(json.dumps(asked).encode() + b"\\n")
said = json.loads(wire.makefile().readline())
sys.stdout.write(said["out"])
sys.stderr.write(said["err"])
sys.exit(said["code"])
"""
_STATES = {
    SpoolState.PENDING: 3,
    SpoolState.PROCESSING: 5,
    SpoolState.CANCELED: 7,
    SpoolState.ABORTED: 8,
    SpoolState.COMPLETED: 9,
}
_MOST_BYTES = 1 << 24
"""A whole job is one line."""
_WHEN = "Sun Nov 22 23:47:41 2026"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Said = tuple[int, str, str]
"""Exit code, what goes to the standard output, what to the standard error."""


class SimulatedCups:
    """`commands` is the folder of the programs, `socket` where IPP is answered."""

    def __init__(self, folder: Path, queue: SpoolQueue) -> None:
        self.commands = folder / "bin"
        self.socket = str(folder / "cups.sock")
        self.hanging: set[str] = set()
        """Commands that never end, and "ipp"."""
        self.broken: set[str] = set()
        """Those that fail."""
        self.ran: list[str] = []
        self._inner = str(folder / "say.sock")
        self._queue = queue
        self._servers: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self.commands.mkdir()
        for name in ("lp", "lpstat", "cancel"):
            program = self.commands / name
            program.write_text(_PROGRAM.format(python=sys.executable, path=self._inner), encoding="utf-8")
            program.chmod(0o700)
        self._servers = [
            await asyncio.start_unix_server(self._kept(self._serve_command), self._inner, limit=_MOST_BYTES),
            await asyncio.start_unix_server(self._kept(self._serve_ipp), self.socket),
        ]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    # --- commands -----------------------------------------------------------------------------------------------

    async def _serve_command(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = json.loads(await reader.readuntil(b"\n"))
        name, arguments = str(asked["command"]), [str(one) for one in asked["arguments"]]
        self.ran.append(" ".join((name, *arguments)))
        code, out, err = 1, "", f"{name}: Bad file descriptor\n"
        if name not in self.broken:
            code, out, err = self._say(name, arguments, base64.b64decode(asked["data"]))
        if name in self.hanging:
            await asyncio.Event().wait()
        writer.write(json.dumps({"code": code, "out": out, "err": err}).encode() + b"\n")

    def _say(self, name: str, arguments: list[str], data: bytes) -> Said:
        queue = self._queue
        if name == "cancel":
            number = arguments[0].rpartition("-")[2]
            cancelled = queue.cancel(int(number))
            return (0, "", "") if cancelled else (1, "", f"cancel: cancel-job failed: Job #{number} does not exist.\n")
        if name == "lp":
            return self._lp(arguments, data)
        if arguments == ["-v"]:
            return 0, f"device for {queue.name}: socket://192.0.2.7\n", ""
        if arguments[-1] != queue.name:
            return 1, "", f'lpstat: Invalid destination name in list "{arguments[-1]}".\n'
        match arguments[:-1]:
            case ["-l", "-p"]:
                return 0, self._printer(), ""
            case ["-a"]:
                taking = "accepting requests" if queue.accepting else "not accepting requests"
                return 0, f"{queue.name} {taking} since {_WHEN}\n", ""
            case ["-W", "not-completed", "-o"]:
                return 0, "".join(self._line(job) for job in queue.open_jobs()), ""
            case _:
                return 1, "", "lpstat: unknown option\n"

    def _lp(self, arguments: list[str], data: bytes) -> Said:
        queue = self._queue
        if arguments[:2] != ["-d", queue.name]:
            return 1, "", "lp: Error - The printer or class does not exist.\n"
        if not queue.accepting:
            return 1, "", f'lp: Destination "{queue.name}" is not accepting jobs.\n'
        job = queue.submit(arguments[arguments.index("-t") + 1], pwd.getpwuid(os.getuid()).pw_name, data)
        return 0, f"request id is {queue.name}-{job.number} (0 file(s))\n", ""

    def _line(self, job: SpoolJob) -> str:
        return f"{f'{self._queue.name}-{job.number}':<23} {job.user:<13} {1024:8d}   {_WHEN}\n"

    def _printer(self) -> str:
        queue = self._queue
        printing = next((job for job in queue.open_jobs() if job.state is SpoolState.PROCESSING), None)
        if queue.paused:
            first = f"printer {queue.name} disabled since {_WHEN} -\n\tPaused\n"
        elif printing is not None:
            first = f"printer {queue.name} now printing {queue.name}-{printing.number}.  enabled since {_WHEN}\n"
        else:
            first = f"printer {queue.name} is idle.  enabled since {_WHEN}\n"
        alerts = " ".join(queue.reasons) or "none"
        return f"{first}\tForm mounted:\n\tDescription: {queue.name}\n\tAlerts: {alerts}\n\tLocation: \n"

    # --- IPP ----------------------------------------------------------------------------------------------------

    async def _serve_ipp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        body = await reader.readexactly(int(head.partition("content-length:")[2].split()[0]))
        if "ipp" in self.hanging:
            await asyncio.Event().wait()
        if "ipp" in self.broken:
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
            return
        uri = body.partition(b"/jobs/")[2]
        number = int(uri[: next(at for at, byte in enumerate(uri) if byte not in b"0123456789")])
        answer = self._attributes(self._queue.jobs.get(number))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" % len(answer))
        writer.write(answer)

    @staticmethod
    def _attributes(job: SpoolJob | None) -> bytes:
        if job is None:
            return struct.pack(">HHIB", 0x0101, 0x0406, 1, 3)
        charset = b"\x47\x00\x12attributes-charset\x00\x05utf-8"
        state = b"\x23\x00\x09job-state\x00\x04" + _STATES[job.state].to_bytes(4, "big")
        return struct.pack(">HHIB", 0x0101, 0, 1, 1) + charset + b"\x02" + state + b"\x03"

    def _kept(self, serve: Serve) -> Serve:
        """Its task is known to `stop`, and its socket closed whatever happens; who asked may be gone by then."""

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = cast("asyncio.Task[None]", asyncio.current_task())
            self._talks.add(task)
            try:
                await serve(reader, writer)
            finally:
                self._talks.discard(task)
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()

        return talk
