"""A network printer on a real TCP port (raw, as on 9100)."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from typing import cast

from hardware.sim.core import PrinterCore, SimLanguage, SimPrinterSettings, Wire

__all__ = ["SimLanguage", "SimPrinterSettings", "SimulatedPrinter"]


class SimulatedPrinter(PrinterCore):
    """Start it, print to `port`, and act on it as the world does; all acts are plain calls in the server's loop."""

    def __init__(self, settings: SimPrinterSettings | None = None) -> None:
        super().__init__(settings)
        self._host = "127.0.0.1"
        self._port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._listener: socket.socket | None = None
        self._starting: set[asyncio.Task[None]] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._loop = asyncio.get_running_loop()
        self._host, self._port = host, port
        self._listen()
        await self._settled()

    async def stop(self) -> None:
        self.put_away()
        await self._settled()
        await self.until(lambda: not self.connections)
        server = self._server
        self._listen_no_more()
        if server is not None:
            await server.wait_closed()

    @property
    def port(self) -> int:
        return self._port

    def snapshot(self) -> dict[str, object]:
        return {"port": self.port, **super().snapshot()}

    def plugged(self, unplugged: bool) -> None:
        if unplugged:
            self._listen_no_more()
        else:
            self._listen()

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

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise RuntimeError("the simulated printer was not started")
        return self._loop


class _Connection(asyncio.Protocol):
    """One client's socket."""

    def __init__(self, printer: SimulatedPrinter) -> None:
        self._printer = printer
        self._transport: asyncio.Transport | None = None
        self._wire: Wire | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._wire = self._printer.join(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own signature
        self._transport = None
        if self._wire is not None:
            self._wire.leave()

    def data_received(self, data: bytes) -> None:
        if self._wire is not None:
            self._wire.feed(data)

    # --- the printer's end of it --------------------------------------------------------------------------------

    def send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def hold(self, held: bool) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if held:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def cut(self) -> None:
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
