"""One stream of field messages between kiosk and bridge: framing, sealing, control messages. Used by both ends.

See PROTOCOL.md. A control message is a field message of the command `BRG`, its act in 000-001.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import re
import socket
from collections import deque
from typing import Final

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.codec import BadMessage, Splitter, decode, encode
from hardware.terminal.tef.fields import Message

CONTROL: Final = "BRG"
VERSION: Final = "1"
HELLO: Final = "HELLO"
PROOF: Final = "PROOF"
WELCOME: Final = "WELCOME"
REFUSED: Final = "REFUSED"
UNSENT: Final = "UNSENT"
SILENT: Final = "SILENT"
DROP: Final = "DROP"
KEY_FIELD: Final = 998
"""998-000: the key under which the bridge keeps an answer."""
_SEAL_KEY: Final = (998, 998)
_SEAL_LINE: Final = re.compile(rb"(?:\A|\n)998-998 = ([0-9a-f]{64})\r\n999-999 = 0\r\n\Z")
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))


class LinkLost(Exception):
    """The stream ended, broke, or said what may not be believed."""


def control(act: str, **values: str) -> Message:
    """`number` is 001, `key` 998-000, `version` 000-002, `nonce` 000-003, `proof` 000-004, `text` 030."""
    places: dict[str, f.Key] = {
        "version": (0, 2),
        "nonce": (0, 3),
        "proof": (0, 4),
        "number": (f.REQUEST, 0),
        "text": (f.MESSAGE, 0),
        "key": (KEY_FIELD, 0),
    }
    told = tuple((places[name], value) for name, value in values.items())
    return Message((((f.COMMAND, 0), CONTROL), ((f.COMMAND, 1), act), *told))


def act_of(message: Message) -> str:
    """The act of a control message, "" for every other message."""
    return message.get(f.COMMAND, 1) if message.command == CONTROL else ""


def with_key(message: Message, key: str) -> Message:
    return Message((*message.fields, ((KEY_FIELD, 0), key)))


def proof_of(secret: bytes, role: str, own_nonce: str, other_nonce: str) -> str:
    """HMAC-SHA256 in hexadecimal: who holds the secret, in which role, in this very conversation."""
    return hmac.digest(secret, f"totem-tef {role} {own_nonce} {other_nonce}".encode("ascii"), "sha256").hex()


class Seal:
    """A running HMAC over one direction: a message changed, repeated, left out or inserted is found."""

    def __init__(self, secret: bytes, sender: str, bridge_nonce: str, kiosk_nonce: str) -> None:
        self._key = bytes.fromhex(proof_of(secret, f"seal {sender}", bridge_nonce, kiosk_nonce))
        self._count = 0

    def of(self, body: bytes) -> str:
        self._count += 1
        return hmac.digest(self._key, self._count.to_bytes(8, "big") + body, "sha256").hex()


class Link:
    """Raises LinkLost. One reader and one writer at a time. Waiting to receive may be cancelled."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, write_s: float) -> None:
        self._reader = reader
        self._writer = writer
        self._write_s = write_s
        self._splitter = Splitter()
        self._whole: deque[bytes] = deque()
        self._seal_out: Seal | None = None
        self._seal_in: Seal | None = None
        keep_alive(writer)

    def seal(self, out: Seal, into: Seal) -> None:
        """From the next message on, both ways."""
        self._seal_out, self._seal_in = out, into

    @property
    def in_a_message(self) -> bool:
        return self._splitter.in_a_message

    async def send(self, message: Message) -> None:
        try:
            data = encode(message)
            if self._seal_out is not None:
                body = data.removesuffix(b"999-999 = 0\r\n")
                data = encode(Message((*message.fields, (_SEAL_KEY, self._seal_out.of(body)))))
        except BadMessage as error:
            raise LinkLost(str(error)) from error
        try:
            # Not wait_for: on Python 3.11 it can swallow a cancellation that comes as the write ends.
            async with asyncio.timeout(self._write_s):
                self._writer.write(data)
                await self._writer.drain()
        except (OSError, TimeoutError, RuntimeError) as error:
            raise LinkLost(f"sending: {type(error).__name__} {error}") from error

    async def receive(self) -> Message:
        while not self._whole:
            await self.fill()
        return self._opened(self._whole.popleft())

    async def fill(self) -> None:
        """Take in some more bytes."""
        try:
            data = await self._reader.read(16_384)
            if not data:
                raise LinkLost("the other end closed the link")
            self._whole.extend(self._splitter.feed(data))
        except (OSError, BadMessage) as error:
            raise LinkLost(f"receiving: {error}") from error

    def next_whole(self) -> Message | None:
        """A message that is already here."""
        return self._opened(self._whole.popleft()) if self._whole else None

    def _opened(self, data: bytes) -> Message:
        try:
            if self._seal_in is not None:
                seal = _SEAL_LINE.search(data)
                body = data[: seal.start(1) - len(b"998-998 = ")] if seal else b""
                if seal is None or not hmac.compare_digest(seal[1], self._seal_in.of(body).encode("ascii")):
                    raise LinkLost("a message without its seal")
            message = decode(data)
        except BadMessage as error:
            raise LinkLost(f"receiving: {error}") from error
        return Message(tuple(each for each in message.fields if each[0] != _SEAL_KEY))

    async def close(self) -> None:
        """Never raises, and waits for no peer."""
        self._writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()


def keep_alive(writer: asyncio.StreamWriter) -> None:
    """The kernel asks a silent peer within 10 seconds and gives it up after 25: a half-open link is found."""
    found = writer.get_extra_info("socket")
    if found is None or found.family not in (socket.AF_INET, socket.AF_INET6):
        return
    with contextlib.suppress(OSError):
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in _KEEPALIVE:
            if hasattr(socket, name):
                found.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
