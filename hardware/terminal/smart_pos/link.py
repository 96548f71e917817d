"""One authenticated link: requests matched with answers, heartbeat both ways, everything else handed to listeners."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from typing import Final

from hardware.terminal.smart_pos.handshake import drift_s, shake_hands, wire_time
from hardware.terminal.smart_pos.lines import (
    Answer,
    Bye,
    Event,
    JobLine,
    Line,
    Ping,
    Pong,
    RefundLine,
    Refusal,
    TransactionLine,
    Unreadable,
    Welcome,
)
from hardware.terminal.smart_pos.settings import SmartPosSettings
from hardware.terminal.smart_pos.wire import LineWire
from totem.domain.errors import TerminalRefused, TerminalSilent, TerminalUnreachable
from totem.domain.ports import Clock, Random

_REQUESTS_A_SECOND: Final = 10

_Reply = Answer | Refusal | Unreadable | None
News = Answer | Event | TransactionLine | RefundLine | JobLine | Unreadable
Listener = Callable[[News], None]

log = logging.getLogger(__name__)


class Link:
    """Open with `open_link`. `lost` ends when the link does, its result the reason."""

    def __init__(self, wire: LineWire, settings: SmartPosSettings, clock: Clock, listener: Listener) -> None:
        self._wire = wire
        self._limits = settings.limits
        self._clock = clock
        self._listener = listener
        self._waiting: dict[int, asyncio.Future[_Reply]] = {}
        self._last_id = 0
        self._turn_at = 0.0
        self._heard_at = self._sent_at = 0.0
        self._pinged_at = clock.now()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._bye = ""
        self.welcome = Welcome(type="welcome")
        self.drift_s: float | None = None
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def is_up(self) -> bool:
        return not self.lost.done()

    async def begin(self, settings: SmartPosSettings, random: Random) -> None:
        """Raises as `shake_hands` does."""
        self.welcome, self.drift_s = await shake_hands(self._wire, settings, self._clock, random)
        self._heard_at = self._sent_at = self._now()
        self._tasks = (asyncio.create_task(self._listen()), asyncio.create_task(self._beat()))

    async def request(self, message: Mapping[str, object]) -> Answer:
        """Send one request, return its answer.

        Raises TerminalUnreachable where no byte left, TerminalRefused where provably nothing was begun, and
        TerminalSilent for all else: it may have been carried out.
        """
        kind = str(message["type"])
        await self._take_turn()
        self._last_id += 1
        number = self._last_id
        reply: asyncio.Future[_Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        try:
            self._put(kind, {**message, "id": number})
            try:
                async with asyncio.timeout(self._limits.answer_s):
                    await self._wire.drain(self._limits.answer_s)
                    line = await reply
            except OSError as exc:
                self._end(f"no answer to {kind} within {self._limits.answer_s:g} s")
                raise TerminalSilent(f"smart pos: {kind}: no answer") from exc
            return _judged(kind, line)
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        self._end("closed here")
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._wire.close()

    def _put(self, kind: str, message: Mapping[str, object]) -> None:
        if not self.is_up:
            raise TerminalUnreachable(f"smart pos: {kind}: not sent, the link is lost: {self.lost.result()}")
        try:
            self._wire.put(message)
        except OSError as exc:
            self._end(f"writing failed ({type(exc).__name__})")
            raise TerminalUnreachable(f"smart pos: {kind}: not sent, the link is closed") from exc
        except ValueError as exc:
            raise TerminalRefused(f"smart pos: {kind}: not sent: {exc}", code="line_too_long") from exc
        self._sent_at = self._now()

    async def _take_turn(self) -> None:
        """Protocol, section 13: at most ten requests a second."""
        now = self._now()
        at = max(now, self._turn_at)
        self._turn_at = at + 1 / _REQUESTS_A_SECOND
        if at > now:
            await asyncio.sleep(at - now)

    async def _listen(self) -> None:
        try:
            while True:
                line = await self._wire.read()
                self._heard_at = self._now()
                self._hear(line)
        except (EOFError, OSError) as exc:
            self._end(self._bye or f"ended by the terminal ({type(exc).__name__})")
        except ValueError as exc:
            self._end(str(exc))

    def _hear(self, line: Line) -> None:
        if isinstance(line, Ping):
            self._answer_ping(line)
        elif isinstance(line, Pong):
            self._learn_drift(line)
        elif isinstance(line, Bye):
            self._bye = f"the terminal says goodbye: {line.reason}"
        elif isinstance(line, Answer | Refusal):
            self._settle(line.id, line)
        elif isinstance(line, Unreadable):
            log.warning("smart pos: a line of kind %s cannot be read: %s", line.kind, line.why)
            self._settle(line.id, line)
        if isinstance(line, Answer | Event | TransactionLine | RefundLine | JobLine | Unreadable):
            self._listener(line)

    def _settle(self, number: int | None, line: Answer | Refusal | Unreadable) -> None:
        reply = self._waiting.get(number) if number is not None else None
        if reply is not None and not reply.done():
            reply.set_result(line)

    def _answer_ping(self, ping: Ping) -> None:
        with contextlib.suppress(TerminalUnreachable):
            self._put("pong", {"type": "pong", "n": ping.n, "time": wire_time(self._clock.now())})

    def _learn_drift(self, pong: Pong) -> None:
        drift = drift_s(pong.time, self._pinged_at, self._clock.now())
        self.drift_s = self.drift_s if drift is None else drift

    async def _beat(self) -> None:
        """Protocol, section 4."""
        number = 0
        welcome = self.welcome
        while self.is_up:
            now = self._now()
            if now - self._heard_at >= welcome.silence_s:
                self._end(f"silent for {welcome.silence_s:g} s")
                return
            if now - self._sent_at >= welcome.heartbeat_s:
                number += 1
                self._pinged_at = self._clock.now()
                with contextlib.suppress(TerminalUnreachable):
                    self._put("ping", {"type": "ping", "n": number})
            due = min(self._heard_at + welcome.silence_s, self._sent_at + welcome.heartbeat_s)
            await asyncio.sleep(max(due - self._now(), 0.01))

    def _end(self, reason: str) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)
            self._wire.abort()
        for reply in self._waiting.values():
            if not reply.done():
                reply.set_result(None)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _judged(kind: str, line: _Reply) -> Answer:
    if line is None:
        raise TerminalSilent(f"smart pos: {kind}: the link was lost before the answer")
    if isinstance(line, Answer):
        return line
    if isinstance(line, Unreadable):
        raise TerminalSilent(f"smart pos: {kind}: an answer that cannot be read: {line.why}")
    told = f"smart pos: {kind}: {line.code}: {line.message}".rstrip(": ")
    if line.nothing_begun:
        raise TerminalRefused(told, code=line.code)
    raise TerminalSilent(told)


async def open_link(settings: SmartPosSettings, clock: Clock, random: Random, listener: Listener) -> Link:
    """Connect and shake hands. Raises TerminalUnreachable or BridgeRefused: no request was sent."""
    wire = await LineWire.connect(settings.host, settings.port, settings.limits.connect_s)
    link = Link(wire, settings, clock, listener)
    try:
        await link.begin(settings, random)
    except BaseException:
        await link.close()
        raise
    return link
