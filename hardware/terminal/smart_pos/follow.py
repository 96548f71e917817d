"""A sale or a refund followed to its end, across lost links (protocol, sections 5 to 8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass

from hardware.terminal.smart_pos.hub import Ask, Hub, Queue
from hardware.terminal.smart_pos.lines import FINAL, Answer, Event, State
from hardware.terminal.smart_pos.link import Link
from hardware.terminal.smart_pos.settings import SmartPosLimits
from totem.domain.errors import CardError, Outcome, TerminalRefused, TerminalSilent, TerminalUnreachable
from totem.domain.ports import Clock


@dataclass(frozen=True, slots=True)
class Act:
    """What is asked once, how its state is asked for, and how long to wait for the end, in seconds."""

    subject: str
    ask: Mapping[str, object]
    status: Mapping[str, object]
    wait_s: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The link is down; the act goes on."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A final state, or none: then `error` says why, and its `outcome` whether the act may have been carried out."""

    state: State | None = None
    error: CardError | None = None
    store_id: str = ""


def state_in(answer: Answer, subject: str) -> State:
    """The state that an answer holds. Raises TerminalSilent where it is of something else, or none."""
    for state in (answer.refund, answer.transaction):
        if state is not None and state.subject == subject:
            return state
    raise TerminalSilent("smart pos: an answer without the state that was asked for")


async def follow(
    hub: Hub, act: Act, limits: SmartPosLimits, clock: Clock
) -> AsyncGenerator[Event | Lost | Ending, None]:
    """Events and losses as they come, then one Ending. Never raises a CardError."""
    with hub.listening(act.subject) as news:
        following = _Following(hub, act, limits, clock, news)
        ending = await following.begin()
        while ending is None:
            item = await following.next_item()
            if isinstance(item, Event):
                yield item
                continue
            if isinstance(item, Ask):
                if item.lost:
                    yield Lost()
                item = await following.ask()
            ending = following.judge(item)
        yield ending


class _Following:
    def __init__(self, hub: Hub, act: Act, limits: SmartPosLimits, clock: Clock, news: Queue) -> None:
        self._hub = hub
        self._act = act
        self._limits = limits
        self._clock = clock
        self._news = news
        self._store_id = ""
        self._seen = False
        """Whether the app ever said that it has it: a later `not_found` is then a lost store, and no evidence."""
        self._deadline = _now() + act.wait_s

    async def begin(self) -> Ending | None:
        try:
            return self.judge(state_in(await self._send(), self._act.subject))
        except TerminalSilent:
            last = self._hub.last
            self._news.put_nowait(Ask(lost=last is None or not last.is_up))
            return None
        except TerminalRefused as exc:
            if exc.terminal_code != "id_conflict":
                return Ending(error=exc)
            # Nothing was begun by this line; what the same id stands for, nobody here knows.
            return Ending(error=TerminalSilent(f"{exc}: the id stands for something else"))
        except CardError as exc:
            return Ending(error=exc)

    async def _send(self) -> Answer:
        """Over a new link where the old one turned out to be dead before a byte left."""
        link = await self._hub.linked()
        self._store_id = link.welcome.store_id
        try:
            return await link.request(self._act.ask)
        except TerminalUnreachable:
            link = await self._hub.linked()
        self._store_id = link.welcome.store_id
        return await link.request(self._act.ask)

    async def next_item(self) -> Event | State | Ask | Ending:
        while True:
            left_s = self._deadline - _now()
            if left_s <= 0:
                return Ending(error=TerminalSilent("smart pos: still under way at the end of the wait"))
            try:
                async with asyncio.timeout(min(left_s, self._limits.poll_s)):
                    item = await self._news.get()
            except TimeoutError:
                return Ask(lost=False)
            if isinstance(item, Event | State | Ask):
                return item

    async def ask(self) -> State | Ending:
        """The state asked anew, over a new link where it must be, for as long as a lost link is waited for."""
        until = min(_now() + self._limits.lost_s, max(self._deadline, _now() + self._limits.answer_s))
        pause_s = self._limits.first_pause_s
        while True:
            try:
                link = await self._hub.linked()
                return self._believed(state_in(await link.request(self._act.status), self._act.subject), link)
            except TerminalRefused as exc:
                return Ending(error=TerminalSilent(f"{exc}: its state cannot be asked for"))
            except CardError as exc:
                if _now() + pause_s >= until:
                    return Ending(error=TerminalSilent(f"smart pos: what became of it is unknown: {exc}"))
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, self._limits.longest_pause_s)

    def judge(self, item: State | Ending) -> Ending | None:
        if isinstance(item, Ending):
            return item
        if item.status not in FINAL:
            self._seen = True
            return None
        if item.status == "approved" and item.amount is None:
            return Ending(error=TerminalSilent("smart pos: approved without an amount"))
        return Ending(state=item, store_id=self._store_id)

    def _believed(self, state: State, link: Link) -> State | Ending:
        """`not_found` is evidence only from the store that would have had it."""
        same_store = bool(self._store_id) and link.welcome.store_id == self._store_id
        if state.status == "not_found" and (self._seen or not same_store):
            return Ending(error=TerminalSilent("smart pos: its store does not know what it had taken"))
        return state


def is_unsent(error: CardError) -> bool:
    return error.outcome is Outcome.NOT_SENT


def _now() -> float:
    return asyncio.get_running_loop().time()
