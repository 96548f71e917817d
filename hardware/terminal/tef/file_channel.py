"""The exchange folder as a channel: looked into at most four times a second, all of it in one worker thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from hardware.terminal.tef.channel import Held, Numbers, OnMessage, unheard
from hardware.terminal.tef.codec import BadMessage, encode
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.folder import Folder, Locked
from hardware.terminal.tef.settings import PaygoTimes
from totem.domain.errors import TerminalSilent, TerminalUnreachable
from totem.domain.ports import Clock

T = TypeVar("T")

_LOOKS_AT_UNREADABLE: Final = 8
"""Two seconds at four looks a second: a file that is still being written is whole by then."""


class FileChannel:
    """Implements `Channel`. A single thread: a step that a cancelled call began ends before the next one begins."""

    def __init__(self, folder: Folder, clock: Clock, times: PaygoTimes, on_message: OnMessage = unheard) -> None:
        self._folder = folder
        self._clock = clock
        self._times = times
        self._on_message = on_message
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tef-folder")
        self._numbers = Numbers()
        self._held: tuple[Held, ...] = ()
        self._unsent: frozenset[str] = frozenset()
        self._told: set[str] = set()
        """Keys that the evidence has already."""

    @property
    def description(self) -> str:
        return f"folder {self._folder.path}"

    @property
    def looks_by_asking(self) -> bool:
        return False

    async def open(self) -> None:
        await self._do(self._folder.prepare)

    async def look(self) -> None:
        """An answer that lies there is kept, a request that nobody took is taken away, a status of old is deleted."""
        await self._do(self._folder.prepare)
        await self._take_in()
        await self._do(self._folder.retract)
        await self._refresh()

    async def _take_in(self) -> None:
        answered = await self._do(self._folder.answer_lies_there)
        for look in range(_LOOKS_AT_UNREADABLE if answered else 0):
            last = look == _LOOKS_AT_UNREADABLE - 1
            held = await self._do(partial(self._folder.take_answer, unreadable_too=last))
            if held is not None:
                self._heard(held)
                break
            await self._clock.sleep(self._times.poll_s)

    async def _refresh(self) -> None:
        self._held = await self._do(self._folder.held)
        self._unsent = await self._do(self._folder.unsent)

    async def request(self, message: Message) -> None:
        try:
            encode(message)
        except BadMessage as error:
            raise TerminalUnreachable(f"{self.description}: {error}") from error
        await self.look()
        await self._do(self._folder.discard_draft)
        await self._do(self._folder.discard_status)
        self._numbers.begin(message)
        await self._do(lambda: self._folder.write_request(message))
        self._on_message("out", encode(message).decode("ascii"))
        try:
            await self._until_acknowledged(message)
        except asyncio.CancelledError:
            # Nobody waits any more: a request that PayGo has not taken must not be taken later.
            self._thread.submit(self._folder.retract)
            raise

    async def _until_acknowledged(self, message: Message) -> None:
        deadline = self._clock.monotonic() + self._times.status_s
        while not await self._acknowledged(message):
            if self._clock.monotonic() >= deadline:
                await self._unanswered(message)
                return
            await self._clock.sleep(self._times.poll_s)

    async def _acknowledged(self, message: Message) -> bool:
        status = await self._do(self._folder.take_status, sent=True)
        if status is None or self._numbers.is_stale_status(status, message):
            return False
        self._on_message("status", encode(status).decode("ascii"))
        return True

    async def _unanswered(self, message: Message) -> None:
        """Seven seconds are over: our request still there was not sent; gone, it may be carried out."""
        number = await self._do(self._folder.retract, sent=True)
        # PayGo may have read it in that very moment: then its status comes, and that is the proof.
        await self._clock.sleep(self._times.poll_s)
        if await self._acknowledged(message):
            if number is not None:
                await self._do(partial(self._folder.forget_unsent, number), sent=True)
            return
        if number is None:
            raise TerminalSilent(f"{self.description}: {message.command} was taken and not acknowledged")
        raise TerminalUnreachable(f"{self.description}: {message.command} was not taken")

    async def next(self, request: Message) -> Held:
        unreadable = 0
        while True:
            take = partial(self._folder.take_answer, unreadable_too=unreadable >= _LOOKS_AT_UNREADABLE)
            held = await self._do(take, sent=True, patient=True)
            if held is None:
                unreadable = unreadable + 1 if await self._do(self._folder.answer_lies_there, sent=True) else 0
                await self._clock.sleep(self._times.poll_s)
                continue
            unreadable = 0
            self._heard(held)
            if not self._numbers.is_stale_answer(held.message, request):
                return held

    def _heard(self, held: Held) -> None:
        if held.key not in {each.key for each in self._held}:
            self._held = (*self._held, held)
        if held.key not in self._told:
            self._told.add(held.key)
            self._on_message("in", encode(held.message).decode("ascii"))

    def held(self) -> tuple[Held, ...]:
        return self._held

    def unsent(self) -> frozenset[str]:
        return self._unsent

    async def drop(self, key: str) -> None:
        await self._do(lambda: self._folder.drop(key))
        self._held = tuple(each for each in self._held if each.key != key)
        self._told.discard(key)

    async def drop_unsent(self) -> None:
        await self._do(self._folder.drop_unsent)
        self._unsent = frozenset()

    async def close(self) -> None:
        self._thread.shutdown(wait=False)

    async def _do(self, step: Callable[[], T], *, sent: bool = False, patient: bool = False) -> T:
        """One step in the thread, tried again while another program holds its file, without end where `patient`.

        Raises TerminalUnreachable, or TerminalSilent where a request is already on its way (`sent`).
        """
        deadline = self._clock.monotonic() + self._times.locked_s
        while True:
            try:
                return await asyncio.get_running_loop().run_in_executor(self._thread, step)
            except Locked as error:
                if not patient and self._clock.monotonic() >= deadline:
                    raise self._failed(error, sent=sent) from error
            except (OSError, RuntimeError) as error:
                raise self._failed(error, sent=sent) from error
            await self._clock.sleep(self._times.poll_s)

    def _failed(self, error: Exception, *, sent: bool) -> TerminalSilent | TerminalUnreachable:
        text = f"{self.description}: {error}"
        return TerminalSilent(text) if sent else TerminalUnreachable(text)
