"""Lines over TCP: each bounded, counted against a flood, and from the handshake's end sealed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import deque
from collections.abc import Mapping
from typing import Final

from hardware.terminal.smart_pos.lines import MAX_LINE_BYTES, Line, parse_line
from hardware.terminal.smart_pos.proof import Seal
from totem.domain.errors import TerminalUnreachable

_FLOOD_LINES: Final = 300
_FLOOD_WINDOW_S: Final = 10.0


class LineWire:
    """One connection. Every trouble is an OSError or ValueError of `read`, or an OSError of `write`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._arrivals: deque[float] = deque(maxlen=_FLOOD_LINES)
        self._drained = asyncio.Lock()
        self.outgoing: Seal | None = None
        self.incoming: Seal | None = None

    @classmethod
    async def connect(cls, host: str, port: int, timeout_s: float) -> LineWire:
        """Raises TerminalUnreachable."""
        try:
            async with asyncio.timeout(timeout_s):
                reader, writer = await asyncio.open_connection(host, port, limit=MAX_LINE_BYTES)
        except OSError as exc:  # TimeoutError is one
            reason = "no answer" if isinstance(exc, TimeoutError) else exc.strerror or type(exc).__name__
            raise TerminalUnreachable(f"smart pos {host}:{port}: {reason}") from exc
        with contextlib.suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(reader, writer)

    async def read(self) -> Line:
        """The next line. Raises EOFError or OSError at the end, ValueError where the link must be closed."""
        while True:
            try:
                raw = await self._reader.readuntil(b"\n")
            except asyncio.LimitOverrunError as exc:
                raise ValueError(f"a line longer than {MAX_LINE_BYTES} bytes") from exc
            self._count()
            text = raw.strip(b"\r\n")
            if not text:
                continue
            if self.incoming is not None:
                opened = self.incoming.check(text)
                if opened is None:
                    raise ValueError("a line with a wrong MAC")
                text = opened
            line = parse_line(text)
            if line is None:
                raise ValueError("a line that is no JSON object with a type")
            return line

    def put(self, message: Mapping[str, object]) -> None:
        """Hand a line to the socket. Raises OSError where it is closed, nothing sent; ValueError where too long."""
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        if len(text) + 66 > MAX_LINE_BYTES:
            raise ValueError(f"a line of {len(text)} bytes is longer than {MAX_LINE_BYTES}")
        if self._writer.is_closing():
            raise ConnectionResetError("the link is closed")
        self._writer.write((self.outgoing.sign(text) if self.outgoing else text) + b"\n")

    async def drain(self, timeout_s: float) -> None:
        """Wait for a slow reader. Raises OSError, TimeoutError included."""
        async with asyncio.timeout(timeout_s), self._drained:
            await self._writer.drain()

    def abort(self) -> None:
        self._writer.transport.abort()

    async def close(self, timeout_s: float = 1.0) -> None:
        """Let go in order, or not: never raises."""
        self._writer.close()
        with contextlib.suppress(OSError):
            async with asyncio.timeout(timeout_s):
                await self._writer.wait_closed()
            return
        self.abort()

    def _count(self) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._arrivals) == _FLOOD_LINES and now - self._arrivals[0] < _FLOOD_WINDOW_S:
            raise ValueError(f"a flood: more than {_FLOOD_LINES} lines within {_FLOOD_WINDOW_S:.0f} s")
        self._arrivals.append(now)
