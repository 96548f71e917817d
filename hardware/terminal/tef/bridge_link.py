"""The bridge's end of one link: who may speak, how much, and how slowly."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from hardware.terminal.tef import link as wire
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.link import Link, LinkLost

LEAST_SECRET: Final = 16
"""Bytes."""


@dataclass(frozen=True, slots=True)
class BridgeSettings:
    """Where it listens and what it bears. Seconds and counts are limits on one kiosk."""

    host: str = "127.0.0.1"
    port: int = 60906
    secret: bytes = field(default=b"", repr=False)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    handshake_s: float = 5.0
    message_s: float = 10.0
    """From the first byte of a message to its last, and for writing one."""
    idle_s: float = 900.0
    """Without a word, while no answer is awaited."""
    most_messages: int = 60
    per_s: float = 10.0
    most_strangers: int = 8
    """Links at once that have not proved the secret yet."""
    poll_s: float = 0.25
    idle_poll_s: float = 2.0


class BridgeFault(StrEnum):
    """Why settings must not be served."""

    HALF_TLS = "TLS needs both a certificate and a key"
    TOO_SHORT = "the secret is too short"
    OPEN_TO_ALL = "an address that other machines reach needs TLS or a secret"


def faults_of(settings: BridgeSettings) -> tuple[BridgeFault, ...]:
    """() where the settings may be served."""
    faults: list[BridgeFault] = []
    if (settings.tls_cert is None) != (settings.tls_key is None):
        faults.append(BridgeFault.HALF_TLS)
    if settings.secret and len(settings.secret) < LEAST_SECRET:
        faults.append(BridgeFault.TOO_SHORT)
    if not is_loopback(settings.host) and not settings.secret and settings.tls_cert is None:
        faults.append(BridgeFault.OPEN_TO_ALL)
    return tuple(faults)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guest:
    """One link. Raises LinkLost, also for whoever breaks a limit."""

    def __init__(self, link: Link, settings: BridgeSettings, monotonic: Callable[[], float]) -> None:
        self._link = link
        self._settings = settings
        self._monotonic = monotonic
        self._came: deque[float] = deque()
        self.told: set[str] = set()
        """Keys of the answers that went over this link."""

    async def prove(self) -> None:
        """Greets, and returns once the kiosk has proved the secret, where there is one."""
        try:
            async with asyncio.timeout(self._settings.handshake_s):
                await self._greeted()
        except TimeoutError as error:
            raise LinkLost("no proof in time") from error

    async def _greeted(self) -> None:
        secret = self._settings.secret
        if not secret:
            await self._link.send(wire.control(wire.HELLO, version=wire.VERSION))
            return
        ours = secrets.token_hex(16)
        await self._link.send(wire.control(wire.HELLO, version=wire.VERSION, nonce=ours))
        answer = await self._link.receive()
        theirs = answer.get(0, 3)
        expected = wire.proof_of(secret, "kiosk", theirs, ours) if _is_nonce(theirs) else ""
        told = answer.get(0, 4).encode("utf-8")
        if wire.act_of(answer) != wire.PROOF or not secrets.compare_digest(told, expected.encode("ascii")) or not told:
            await self.refuse("the secret is not this bridge's")
        proof = wire.proof_of(secret, "bridge", ours, theirs)
        await self._link.send(wire.control(wire.WELCOME, proof=proof))
        self._link.seal(wire.Seal(secret, "bridge", ours, theirs), wire.Seal(secret, "kiosk", ours, theirs))

    async def refuse(self, text: str) -> None:
        await self._link.send(wire.control(wire.REFUSED, text=text))
        raise LinkLost(text)

    async def next(self, is_awaiting: Callable[[], bool]) -> Message:
        """The kiosk's next message, while it keeps to the limits."""
        began: float | None = None
        while (message := self._link.next_whole()) is None:
            if self._link.in_a_message:
                began = self._monotonic() if began is None else began
                limit_s = began + self._settings.message_s - self._monotonic()
            else:
                limit_s = self._settings.idle_s
            try:
                async with asyncio.timeout(max(limit_s, 0)):
                    await self._link.fill()
            except TimeoutError as error:
                if self._link.in_a_message:
                    raise LinkLost("half a message") from error
                if not is_awaiting():
                    raise LinkLost("idle") from error
        self._counted()
        return message

    def _counted(self) -> None:
        now = self._monotonic()
        self._came.append(now)
        while self._came[0] < now - self._settings.per_s:
            self._came.popleft()
        if len(self._came) > self._settings.most_messages:
            raise LinkLost("a flood of messages")

    async def send(self, message: Message) -> None:
        await self._link.send(message)

    async def close(self) -> None:
        await self._link.close()


def _is_nonce(text: str) -> bool:
    return 16 <= len(text) <= 128 and text.isascii() and text.isalnum()
