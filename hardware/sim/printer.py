"""A network printer on a real TCP port (raw, as on 9100), with hands to pull its paper and its plugs."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from hardware.sim import operations as op
from hardware.sim.mechanism import Mechanism
from hardware.sim.paper import Paper
from hardware.sim.parser import Parser
from hardware.sim.ticket import SimTicket

_STEP_BYTES = 1024
"""Read at once, before it is asked again whether the buffer is full."""


@dataclass(frozen=True, slots=True)
class SimPrinterSettings:
    """`dots` of the head; `dots_per_s` the paper's speed, 0 for at once; `answers` False for one that never replies.

    Without `has_process_id` or `has_queued_status` it swallows GS ( H or GS r, as lesser printers do. What comes
    beyond `buffer_bytes` waits in the network, real-time commands with it.
    """

    dots: int = 576
    dots_per_s: float = 0.0
    answers: bool = True
    has_process_id: bool = True
    has_queued_status: bool = True
    has_cutter: bool = True
    buffer_bytes: int = 65536


class SimulatedPrinter:
    """Start it, print to `port`, and act on it as the world does; all acts are plain calls in the server's loop."""

    def __init__(self, settings: SimPrinterSettings | None = None) -> None:
        self.settings = settings or SimPrinterSettings()
        self.mechanism = Mechanism(
            Paper(self.settings.dots),
            self.settings.dots_per_s,
            self._call_later,
            self._on_change,
            has_cutter=self.settings.has_cutter,
        )
        self._host = "127.0.0.1"
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._listener: socket.socket | None = None
        self._starting: set[asyncio.Task[None]] = set()
        self._connections: set[_Connection] = set()
        self._timers: set[asyncio.TimerHandle] = set()
        self._change = asyncio.Event()
        self._received = 0
        self._trap: tuple[int, Callable[[], None]] | None = None
        self._last_pushed = b""
        self.unknown: list[op.UnknownCommand] = []
        """All that the strict reading of the stream refused, since the start."""
        self.unplugged = False
        self.stalled = False

    # --- its life -----------------------------------------------------------------------------------------------

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._host, self._port = host, port
        self._listen()
        await self._settled()

    async def stop(self) -> None:
        self._drop_connections()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        await self._settled()
        await self.until(lambda: not self._connections)
        server = self._server
        self._listen_no_more()
        if server is not None:
            await server.wait_closed()

    @property
    def port(self) -> int:
        return self._port

    # --- the world's acts ---------------------------------------------------------------------------------------

    def set_paper(self, present: bool, low: bool = False) -> None:
        self.mechanism.set_paper(present=present, low=low)

    def paper_ends_after(self, lines: int) -> None:
        """The roll ends after so many more lines: in the middle of the next ticket, say."""
        self.mechanism.paper_ends_after(lines)

    def open_cover(self, is_open: bool) -> None:
        self.mechanism.open_cover(is_open)

    def cutter_error(self, failed: bool) -> None:
        self.mechanism.fail_cutter(failed)

    def unplug(self, unplugged: bool) -> None:
        """The network cable. What the printer already holds, it prints."""
        if unplugged == self.unplugged:
            return
        self.unplugged = unplugged
        if unplugged:
            self._listen_no_more()
            self._drop_connections()
        else:
            self._listen()
        self._on_change()

    def stall(self, stalled: bool) -> None:
        """It reads no more from its connections, and so answers no more."""
        self.stalled = stalled
        for connection in list(self._connections):
            connection.stall(stalled)
        self._on_change()

    def power_cut(self) -> None:
        """Off and on again: connections and buffer are lost, half a ticket stays on the paper."""
        self.mechanism.lose_power()
        self._drop_connections()

    def at_byte(self, count: int, act: Callable[[], None]) -> None:
        """Does `act` when so many more bytes of jobs (real-time commands apart) have come, before the next is read."""
        self._trap = (self.received_bytes + count, act)

    # --- what it shows ------------------------------------------------------------------------------------------

    def tickets(self) -> list[SimTicket]:
        return self.mechanism.tickets()

    def snapshot(self) -> dict[str, object]:
        """Its state, for a control channel: only what JSON knows."""
        inner = self.mechanism
        return {
            "port": self.port,
            "paper_present": inner.paper_present,
            "paper_low": inner.paper_low,
            "cover_open": inner.cover_open,
            "cutter_error": inner.cutter_failed,
            "unplugged": self.unplugged,
            "stalled": self.stalled,
            "connections": len(self._connections),
            "queued_bytes": inner.queued_bytes,
            "received_bytes": self.received_bytes,
            "unknown": [str(error) for error in self.unknown],
            "tickets": [
                {"index": one.index, "complete": one.complete, "bytes": len(one.data), "lines": list(one.lines)}
                for one in self.tickets()
            ],
        }

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds()` is true; looks again at every change of the printer."""
        while not holds():
            self._change.clear()
            await self._change.wait()

    # --- for its connections ------------------------------------------------------------------------------------

    def connected(self, connection: _Connection) -> None:
        self._connections.add(connection)
        if self.stalled:
            connection.stall(stalled=True)
        self._on_change()

    def disconnected(self, connection: _Connection) -> None:
        if connection in self._connections:
            self._received += connection.pending_bytes
            self._connections.discard(connection)
        self._on_change()

    @property
    def received_bytes(self) -> int:
        """Bytes of jobs that came, those of a command not yet complete included."""
        return self._received + sum(connection.pending_bytes for connection in self._connections)

    def room(self) -> int | None:
        """Bytes that may come before the trap, or None without one."""
        return max(self._trap[0] - self.received_bytes, 0) if self._trap is not None else None

    def spring(self) -> None:
        """The trap's byte has come."""
        if self._trap is not None and self.received_bytes >= self._trap[0]:
            _, act = self._trap
            self._trap = None
            act()

    def take(self, parsed: op.Parsed, connection: _Connection) -> None:
        operation = parsed.operation
        if isinstance(operation, op.RealtimeStatus):
            if self.settings.answers:
                connection.reply(bytes([self.mechanism.realtime_byte(operation.which)]))
            return
        if isinstance(operation, op.RealtimeRequest):
            if operation.which == 2:
                self.mechanism.clear_buffer()
            return
        if isinstance(operation, op.AutoStatus):
            connection.asb = operation.mask != 0
            if connection.asb:
                connection.reply(self.mechanism.automatic_bytes())
        silent = (isinstance(operation, op.ProcessId) and not self.settings.has_process_id) or (
            isinstance(operation, op.QueuedStatus) and not self.settings.has_queued_status
        )
        self.mechanism.take(parsed, _no_reply if silent or not self.settings.answers else connection.reply)

    def count(self, received: int) -> None:
        self._received += received

    def heard(self) -> None:
        """Bytes were read, which whoever waits in `until` may be waiting for."""
        self._change.set()

    @property
    def full(self) -> bool:
        return self.mechanism.queued_bytes >= self.settings.buffer_bytes

    # --- inside -------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Binds at once, so that whoever connects from now on waits in the backlog; serving begins a moment later."""
        loop = self._running()
        # The old listener's last connections may still linger in the kernel: the address is taken all the same.
        self._listener = socket.create_server((self._host, self._port))
        self._port = cast(int, self._listener.getsockname()[1])
        task = loop.create_task(self._serve(self._listener))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _serve(self, listener: socket.socket) -> None:
        if listener is not self._listener:
            return
        server = await self._running().create_server(lambda: _Connection(self), sock=listener)
        if listener is self._listener:
            self._server = server
        else:
            server.close()

    def _listen_no_more(self) -> None:
        if self._server is not None:
            self._server.close()
        elif self._listener is not None:
            self._listener.close()
        self._server = self._listener = None

    async def _settled(self) -> None:
        await asyncio.gather(*self._starting)

    def _drop_connections(self) -> None:
        for connection in list(self._connections):
            connection.reset()

    def _on_change(self) -> None:
        pushed = self.mechanism.automatic_bytes()
        if pushed != self._last_pushed:
            self._last_pushed = pushed
            for connection in list(self._connections):
                if connection.asb and self.settings.answers:
                    connection.reply(pushed)
        for connection in list(self._connections):
            connection.go_on()
        self._change.set()

    def _call_later(self, seconds: float, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = self._running().call_later(seconds, fire)
        self._timers.add(handle)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the simulated printer was not started")
        return self._loop


def _no_reply(_data: bytes) -> None:
    return


class _Connection(asyncio.Protocol):
    """One client. Real-time commands are answered as they are read, whatever waits to be printed."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self._parser = Parser()
        self._transport: asyncio.Transport | None = None
        self._unread = b""
        self._stalled = False
        self._reading = False
        self.asb = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._printer.connected(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._transport = None
        self._printer.disconnected(self)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        self.go_on()
        self._printer.heard()

    @property
    def pending_bytes(self) -> int:
        pending = self._parser.pending
        return 0 if pending.startswith(b"\x10") else len(pending)

    def stall(self, stalled: bool) -> None:
        self._stalled = stalled
        self.go_on()

    def go_on(self) -> None:
        """Reads what has come, as far as nothing holds it up; what is held up stays in the network."""
        if self._reading:
            return
        self._reading = True
        try:
            while self._unread and not self._held_up():
                self._read()
        finally:
            self._reading = False
        if self._transport is not None and not self._transport.is_closing():
            if self._held_up():
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()

    def _held_up(self) -> bool:
        return self._stalled or self._transport is None or self._printer.full

    def _read(self) -> None:
        room = self._printer.room()
        step = self._unread[: _STEP_BYTES if room is None else min(room, _STEP_BYTES)]
        self._unread = self._unread[len(step) :]
        known = len(self._parser.unknown)
        for parsed in self._parser.feed(step):
            if not isinstance(parsed.operation, op.REALTIME):
                self._printer.count(len(parsed.data))
            self._printer.take(parsed, self)
        self._printer.unknown.extend(self._parser.unknown[known:])
        self._printer.spring()

    def reply(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def reset(self) -> None:
        """Ends the connection by RST, as a device does that lost its power or its cable."""
        if self._transport is None:
            return
        raw = cast(socket.socket | None, self._transport.get_extra_info("socket"))
        if raw is not None:
            raw.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
            )
        self._transport.abort()
        self._transport = None
