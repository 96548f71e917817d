"""The seam between the driver and the two ways to PayGo: the exchange folder and the socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final, Protocol

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.answers import is_of_another
from hardware.terminal.tef.fields import Message

OnMessage = Callable[[str, str], None]
"""`(direction, text)`: "out", "status" or "in", and the message without card data, for the homologation's evidence."""

_MOST_NUMBERS: Final = 512


def unheard(_direction: str, _text: str) -> None:
    """The default of `OnMessage`."""


@dataclass(frozen=True, slots=True)
class Held:
    """An answer that came, redacted. It is kept, on a disk where there is one, until it is dropped by its key."""

    key: str
    message: Message


class Channel(Protocol):
    """One command at a time; the driver sees to it. All messages that come out of it are redacted."""

    @property
    def description(self) -> str:
        """For logs: `folder C:\\PAYGO`, `socket 192.0.2.7:60906`."""
        ...

    @property
    def looks_by_asking(self) -> bool:
        """Whether `look` proves by itself that PayGo answers."""
        ...

    async def open(self) -> None:
        """May be called again. Raises TerminalUnreachable, BridgeRefused."""
        ...

    async def look(self) -> None:
        """Take in what lies at the other end, so that `held` and `unsent` are true. Raises CardError."""
        ...

    async def request(self, message: Message) -> None:
        """Send it; returns once it is acknowledged by its `.sts`.

        Raises TerminalUnreachable (provably not carried out), BridgeRefused, TerminalSilent (it was taken).
        """
        ...

    async def next(self, request: Message) -> Held:
        """What came next for the request that was acknowledged: its answer, or a message to show before it (no 009).

        No time limit, and safe to cancel: the answer is then held. Raises TerminalSilent when the link is lost.
        """
        ...

    def held(self) -> tuple[Held, ...]:
        """Every answer not dropped yet, the oldest first."""
        ...

    def unsent(self) -> frozenset[str]:
        """Numbers (001) of requests that were found untouched and taken away: PayGo never had them."""
        ...

    async def drop(self, key: str) -> None:
        """That answer is stored elsewhere and is not needed any more. Raises CardError."""
        ...

    async def drop_unsent(self) -> None: ...

    async def close(self) -> None:
        """Never raises."""
        ...


class OwnNumbers:
    """Numbers (001) for everything but sales and refunds: 9,000,000,000 and more, from the clock, each once a run.

    Sales have theirs from the journal, below 8,000,000,000; refunds lie between, by `refund_number`.
    """

    def __init__(self, now: datetime) -> None:
        self._next = int(now.timestamp() * 10) % 999_999_000

    def __call__(self) -> int:
        self._next = (self._next + 1) % 1_000_000_000
        return 9_000_000_000 + self._next


def refund_number(refund_id: str) -> int:
    """The same for the same refund, so that a kept answer is known for its answer after a restart."""
    return 8_000_000_000 + int.from_bytes(sha256(refund_id.encode("utf-8")).digest()[:8], "big") % 1_000_000_000


class Numbers:
    """The request numbers of this run, by which a late status or answer is known for one of an earlier request."""

    def __init__(self) -> None:
        self._sent: deque[str] = deque(maxlen=_MOST_NUMBERS)
        self._now = ""

    def begin(self, message: Message) -> None:
        if self._now:
            self._sent.append(self._now)
        self._now = message.get(f.REQUEST)

    def is_stale_status(self, status: Message, request: Message) -> bool:
        if status.command and status.command != request.command:
            return True
        number = status.get(f.REQUEST)
        return number != request.get(f.REQUEST) and number in self._sent

    def is_stale_answer(self, answer: Message, request: Message) -> bool:
        return is_of_another(answer, request, frozenset(self._sent) - {request.get(f.REQUEST)})
