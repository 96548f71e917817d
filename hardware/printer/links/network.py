"""Raw TCP, port 9100 on most printers."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import struct
import sys
import time
from collections.abc import Callable

from hardware.printer.links.lane import Lane
from hardware.printer.links.protocol import LinkLost
from totem.domain.errors import PrinterUnreachable

_SIOCOUTQ = 0x5411
"""linux/sockios.h, SIOCOUTQ: what the other end has not acknowledged."""
_AT_ONCE = struct.pack("ii", 1, 0)

Resolve = Callable[[str, int], list[str]]
"""Addresses of a host name; may take as long as it likes. Raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _unsent_bytes(connection: socket.socket) -> int:
    """0 where the system does not tell. Raises OSError."""
    if not sys.platform.startswith("linux"):
        return 0
    import fcntl  # noqa: PLC0415 - Windows has none

    return int.from_bytes(fcntl.ioctl(connection, _SIOCOUTQ, bytes(4)), sys.byteorder)


class NetworkLink:
    """A printer at a host name or address. The name is asked for at every opening: a printer's address may change."""

    def __init__(self, host: str, port: int = 9100, *, resolve: Resolve = resolve) -> None:
        self._host = host
        self._port = port
        self._resolve = resolve
        self._names = Lane(f"name of {host}")
        self._socket: socket.socket | None = None

    @property
    def description(self) -> str:
        return f"tcp {self._host}:{self._port}"

    def open(self, timeout_s: float) -> None:
        self.close()
        deadline = time.monotonic() + timeout_s
        try:
            connection = self._connect(self._addresses(timeout_s), deadline)
        except OSError as error:
            raise PrinterUnreachable(f"{self.description}: {error}") from error
        self._socket = connection
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # A held job keeps the wire open for hours: the kernel finds out when the printer is gone.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def _addresses(self, timeout_s: float) -> list[str]:
        with contextlib.suppress(ValueError):
            return [str(ipaddress.ip_address(self._host))]
        # getaddrinfo knows no time limit: without a name server it may take half a minute.
        return self._names.call(lambda: self._resolve(self._host, self._port), timeout_s)

    def _connect(self, addresses: list[str], deadline: float) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        for index, address in enumerate(addresses):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                break
            try:
                # A dead first address must not eat the time of the second.
                return socket.create_connection((address, self._port), timeout=left_s / (len(addresses) - index))
            except OSError as error:
                failure = error
        raise failure

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
        if self._socket is None:
            return
        with contextlib.suppress(OSError):
            if _unsent_bytes(self._socket):
                # A job was given up: else the kernel would still deliver it, minutes later, into an empty room.
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        with contextlib.suppress(OSError):
            self._socket.close()
        self._socket = None

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise LinkLost(f"{self.description}: not open")
        return self._socket
