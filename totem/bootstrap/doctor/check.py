"""What every check needs: a limit of its own, a thread that nobody waits for, and a line of the table."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final, TypeVar

from totem.bootstrap.health_words import PORTUGUESE
from totem.services.health.signs import Area, Part, Sign
from totem.services.health.telling import not_answered
from totem.services.health.vocabulary import Level
from totem.services.health.words import HealthWords

T = TypeVar("T")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


_STATES: Final = {Level.GREEN: State.OK, Level.YELLOW: State.WARN, Level.RED: State.FAIL}


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do where it is not well; `code` is the manual's, "" for none.

    `part` and `sign` are the same in the words of no language, for whoever reads the JSON.
    """

    area: str
    subject: str
    state: State
    detail: str
    remedy: str = ""
    code: str = ""
    part: str = ""
    sign: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def checks_of(parts: Iterable[Part], words: HealthWords) -> tuple[Check, ...]:
    """A line for each sign."""
    return tuple(_check(part, sign, words) for part in parts for sign in part.signs)


def _check(part: Part, sign: Sign, words: HealthWords) -> Check:
    told = words.told(PORTUGUESE, sign)
    raw = sign.values.get("raw")
    state = "; ".join((str(raw), *words.bits(PORTUGUESE, sign))) if raw else ""
    return Check(
        words.area(PORTUGUESE, part.area),
        words.name(PORTUGUESE, part),
        _STATES[sign.level],
        f"{told} (estado {state})" if state else told,
        words.remedy(PORTUGUESE, sign),
        sign.code,
        part.area.value,
        sign.word.value,
    )


async def within(limit_s: float, work: Awaitable[tuple[Part, ...]], area: Area, *names: str) -> tuple[Part, ...]:
    """What the check found, or that part by part there was no answer within the limit."""
    try:
        async with asyncio.timeout(limit_s):
            return await work
    except TimeoutError:
        return not_answered(area, names)


async def in_thread(work: Callable[[], T]) -> T:
    """As `asyncio.to_thread`, but a thread that nobody waits for at the program's end: a disk may never answer."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # T may itself be None

    def act() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as caught:  # noqa: BLE001 - handed to whoever awaits it
            error = caught
        with suppress(RuntimeError):  # the loop may be closed by then
            loop.call_soon_threadsafe(finish, result, error)

    threading.Thread(target=act, name="doctor", daemon=True).start()
    return await done
