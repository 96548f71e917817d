"""The one link to the POS, opened when it is needed, and what comes over it sorted to whoever waits for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hardware.terminal.smart_pos.lines import Answer, Event, Job, JobLine, RefundLine, State, TransactionLine
from hardware.terminal.smart_pos.link import Link, News, open_link
from hardware.terminal.smart_pos.settings import SmartPosSettings
from totem.domain.errors import TerminalSilent, TerminalUnreachable
from totem.domain.ports import Clock, Random

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """The state must be asked for: the link was lost, or a line could not be read."""

    lost: bool


Item = Event | State | Job | Ask
Queue = asyncio.Queue[Item]


class Hub:
    """Opens at most one link at a time; `last` is the newest that was ever open, for what it told of the terminal."""

    def __init__(self, settings: SmartPosSettings, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._opening = asyncio.Lock()
        self._link: Link | None = None
        self._listeners: dict[str, set[Queue]] = {}
        self._closed = False

    @property
    def last(self) -> Link | None:
        return self._link

    async def linked(self) -> Link:
        """A link that is up. Raises TerminalUnreachable or BridgeRefused."""
        async with self._opening:
            self._refuse_if_closed()
            if self._link is not None and self._link.is_up:
                return self._link
            if self._link is not None:
                await self._link.close()
            link = await open_link(self._settings, self._clock, self._random, self._hear)
            try:
                self._refuse_if_closed()
            except TerminalUnreachable:
                await link.close()
                raise
            link.lost.add_done_callback(self._lost)
            self._link = link
            return link

    async def ask(self, message: Mapping[str, object]) -> tuple[Answer, Link]:
        """The answer to what may safely be asked twice, and the link that it came over.

        Once more over a new link where the old one turned out to be dead; then raises as `Link.request` does.
        """
        link = await self.linked()
        try:
            return await link.request(message), link
        except (TerminalUnreachable, TerminalSilent):
            if link.is_up:
                raise
        link = await self.linked()
        return await link.request(message), link

    @contextlib.contextmanager
    def listening(self, subject: str) -> Iterator[Queue]:
        """All that is said of that transaction, refund or job from now on."""
        queue: Queue = asyncio.Queue()
        self._listeners.setdefault(subject, set()).add(queue)
        try:
            yield queue
        finally:
            others = self._listeners[subject] - {queue}
            if others:
                self._listeners[subject] = others
            else:
                del self._listeners[subject]

    async def close(self) -> None:
        """Does not wait for a link that is being opened: it will be closed where it opens."""
        self._closed = True
        if self._link is not None:
            await self._link.close()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise TerminalUnreachable("smart pos: closed")

    def _hear(self, news: News) -> None:
        if isinstance(news, Event):
            self._tell(news.transaction_id, news)
        elif isinstance(news, TransactionLine):
            self._tell(news.transaction.subject, news.transaction)
        elif isinstance(news, RefundLine):
            self._tell(news.refund.subject, news.refund)
        elif isinstance(news, JobLine):
            self._tell(news.job.job_id, news.job)
        elif isinstance(news, Answer):
            for state in (news.transaction, news.refund):
                if state is not None:
                    self._tell(state.subject, state)
            if news.job is not None:
                self._tell(news.job.job_id, news.job)
        elif news.id is None and news.kind != "event":
            self._tell_all(Ask(lost=False))

    def _lost(self, lost: asyncio.Future[str]) -> None:
        log.info("smart pos: link lost: %s", lost.result())
        self._tell_all(Ask(lost=True))

    def _tell(self, subject: str, item: Item) -> None:
        for queue in self._listeners.get(subject, ()):
            queue.put_nowait(item)

    def _tell_all(self, item: Item) -> None:
        for queues in self._listeners.values():
            for queue in queues:
                queue.put_nowait(item)
