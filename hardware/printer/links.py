"""Wires to a printer. Blocking, but never longer than they are told: they are used from a worker thread only."""

from __future__ import annotations

import contextlib
import socket
from typing import Protocol

from totem.domain.errors import PrinterUnreachable


class LinkLost(PrinterUnreachable):
    """The wire broke while it was in use: what was accepted before may or may not have arrived."""


class Link(Protocol):
    """One way to one printer. Not safe for several threads at once."""

    @property
    def description(self) -> str:
        """For logs: `tcp 192.0.2.7:9100`."""
        ...

    def open(self, timeout_s: float) -> None:
        """Raises PrinterUnreachable."""
        ...

    def write(self, data: bytes, timeout_s: float) -> int:
        """How many bytes were accepted, from the first; 0 where none was within the time. Raises LinkLost."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has come, empty where nothing came within the time. Raises LinkLost."""
        ...

    def close(self) -> None:
        """Never raises, and may be called twice."""
        ...


class NetworkLink:
    """Raw TCP, port 9100 on most printers."""

    def __init__(self, host: str, port: int = 9100) -> None:
        self._address = (host, port)
        self._socket: socket.socket | None = None

    @property
    def description(self) -> str:
        return f"tcp {self._address[0]}:{self._address[1]}"

    def open(self, timeout_s: float) -> None:
        self.close()
        try:
            connection = socket.create_connection(self._address, timeout=timeout_s)
        except OSError as error:
            raise PrinterUnreachable(f"{self.description}: {error}") from error
        self._socket = connection
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A held job keeps the wire open for hours: the kernel finds out when the printer is gone.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def write(self, data: bytes, timeout_s: float) -> int:
        connection = self._opened()
        try:
            connection.settimeout(max(timeout_s, 0.001))
            return connection.send(data)
        except TimeoutError:
            return 0
        except OSError as error:
            raise LinkLost(f"{self.description}: {error}") from error

    def read(self, timeout_s: float) -> bytes:
        connection = self._opened()
        try:
            connection.settimeout(max(timeout_s, 0.001))
            data = connection.recv(1024)
        except TimeoutError:
            return b""
        except OSError as error:
            raise LinkLost(f"{self.description}: {error}") from error
        if not data:
            raise LinkLost(f"{self.description}: closed by the printer")
        return data

    def close(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise LinkLost(f"{self.description}: not open")
        return self._socket
