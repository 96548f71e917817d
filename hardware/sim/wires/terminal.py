"""A simulated printer on a pseudo-terminal, as a USB printer shows itself as a serial port (cdc_acm). POSIX only."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import tty
from pathlib import Path

from hardware.sim.core import PrinterCore, SimPrinterSettings, Wire

_READ_BYTES = 256


class TerminalPrinter(PrinterCore):
    """`path` is where its port is while it is plugged in: a link with a name that stays, as in /dev/serial/by-id."""

    def __init__(self, path: Path, settings: SimPrinterSettings | None = None) -> None:
        super().__init__(settings)
        self.path = path
        self._line: _Line | None = None
        self._away = False

    def start(self) -> None:
        """Plugs it in, in the running loop."""
        self._plug()

    def stop(self) -> None:
        self._away = True
        self.put_away()

    def plugged(self, unplugged: bool) -> None:
        if not unplugged:
            self._plug()

    @property
    def untaken_bytes(self) -> int:
        """Answers that no program has read, because none has the port open."""
        return self._line.untaken_bytes if self._line is not None else 0

    def hung_up(self) -> None:
        """Its port is gone. After a power cut, the printer comes back by itself."""
        self.path.unlink(missing_ok=True)
        self._line = None
        if not self.unplugged and not self._away:
            self._plug()

    def _plug(self) -> None:
        self._line = _Line(self)
        self.path.symlink_to(self._line.name)


class _Line:
    """One pseudo-terminal, from plugging in to pulling out."""

    def __init__(self, printer: TerminalPrinter) -> None:
        self._printer = printer
        self._loop = asyncio.get_running_loop()
        # The other end stays open here too: a terminal that nobody has open says "hung up" all the time.
        self._master, self._slave = pty.openpty()
        self.name = os.ttyname(self._slave)
        # What the printer says before a program has set up the port must not come back to it as an echo.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._unsent = bytearray()
        self._held = False
        self._open = True
        self._wire: Wire = printer.join(self)
        self.hold(self._held)

    @property
    def untaken_bytes(self) -> int:
        return len(self._unsent)

    def send(self, data: bytes) -> None:
        self._unsent += data
        self._send_on()

    def hold(self, held: bool) -> None:
        self._held = held
        if not self._open:
            return
        if held:
            self._loop.remove_reader(self._master)
        else:
            self._loop.add_reader(self._master, self._receive)

    def cut(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._master)
        self._loop.remove_writer(self._master)
        # The master first: whoever has the port open reads the end of the file, as from a device pulled out.
        os.close(self._master)
        os.close(self._slave)
        self._loop.call_soon(self._wire.leave)
        self._printer.hung_up()

    def _receive(self) -> None:
        if not self._open or self._held:
            return
        with contextlib.suppress(BlockingIOError):
            data = os.read(self._master, _READ_BYTES)
            self._wire.feed(data)

    def _send_on(self) -> None:
        if not self._open:
            return
        with contextlib.suppress(BlockingIOError):
            while self._unsent:
                sent = os.write(self._master, self._unsent)
                del self._unsent[:sent]
        if self._unsent:
            self._loop.add_writer(self._master, self._send_on)
        else:
            self._loop.remove_writer(self._master)
