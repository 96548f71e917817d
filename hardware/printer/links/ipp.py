"""The one question to CUPS that its commands do not answer: how a job ended. RFC 8010, 8011.

`lpstat -W completed` shows the same line for a job that was printed, aborted or cancelled while it waited (seen with
CUPS 2.4.2); its `job-state` tells them apart.
"""

from __future__ import annotations

import http.client
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_GET_JOB_ATTRIBUTES = 0x0009
_OPERATION, _END = 0x01, 0x03
_ENUM, _KEYWORD, _URI, _CHARSET, _LANGUAGE = 0x23, 0x44, 0x45, 0x47, 0x48
_FIRST_VALUE_TAG = 0x10
_NOT_FOUND = 0x0406
_MOST_BYTES = 65536
_SOCKETS = ("/run/cups/cups.sock", "/var/run/cups/cups.sock", "/private/var/run/cupsd")

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)


class IppError(Exception):
    """The answer is none, or not one of IPP."""


@dataclass(frozen=True, slots=True)
class CupsServer:
    """A path of a Unix socket, or `host:port`."""

    address: str

    def connect(self, timeout_s: float) -> http.client.HTTPConnection:
        """Raises OSError."""
        if not self.address.startswith("/"):
            host, _, port = self.address.partition(":")
            return http.client.HTTPConnection(host, int(port or 631), timeout=timeout_s)
        connection = http.client.HTTPConnection("localhost", timeout=timeout_s)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.settimeout(timeout_s)
            connection.sock.connect(self.address)
        except OSError:
            connection.sock.close()
            raise
        return connection


def find_server(environment: Mapping[str, str], sockets: tuple[str, ...] = _SOCKETS) -> CupsServer:
    """The one that the commands use: `CUPS_SERVER`, else this machine's own (man client.conf)."""
    named = environment.get("CUPS_SERVER", "")
    if named:
        return CupsServer(named if named.startswith("/") else named.partition("/")[0])
    return CupsServer(next((path for path in sockets if Path(path).exists()), "localhost:631"))


def job_state(server: CupsServer, job_number: int, timeout_s: float) -> int | None:
    """The `job-state`, None where the server knows no such job. Raises OSError, IppError."""
    connection = None
    try:
        connection = server.connect(timeout_s)
        connection.request("POST", "/", _question(job_number), {"Content-Type": "application/ipp"})
        answer = connection.getresponse()
        data = answer.read(_MOST_BYTES)
    except http.client.HTTPException as error:
        raise IppError(str(error)) from error
    finally:
        if connection is not None:
            connection.close()
    if answer.status != 200:
        raise IppError(f"HTTP {answer.status}")
    return _state_in(data)


def _question(job_number: int) -> bytes:
    attributes = (
        (_CHARSET, b"attributes-charset", b"utf-8"),
        (_LANGUAGE, b"attributes-natural-language", b"en"),
        (_URI, b"job-uri", b"ipp://localhost/jobs/%d" % job_number),
        (_KEYWORD, b"requested-attributes", b"job-state"),
    )
    return b"".join(
        (
            struct.pack(">HHIB", 0x0101, _GET_JOB_ATTRIBUTES, 1, _OPERATION),
            *(_attribute(tag, name, value) for tag, name, value in attributes),
            bytes((_END,)),
        )
    )


def _attribute(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def _state_in(data: bytes) -> int | None:
    try:
        _, status, _ = struct.unpack_from(">HHI", data)
        if status == _NOT_FOUND:
            return None
        if status >= 0x0100:
            raise IppError(f"status {status:#06x}")
        at = 8
        while (tag := data[at]) != _END:
            at += 1
            if tag < _FIRST_VALUE_TAG:
                continue
            (length,) = struct.unpack_from(">H", data, at)
            name = data[at + 2 : at + 2 + length]
            at += 2 + length
            (length,) = struct.unpack_from(">H", data, at)
            value = data[at + 2 : at + 2 + length]
            at += 2 + length
            if (tag, name, len(value)) == (_ENUM, b"job-state", 4):
                return int.from_bytes(value, "big")
    except (struct.error, IndexError) as error:
        raise IppError("cut short") from error
    raise IppError("no job-state in it")
