"""One line of the doctor's table."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeVar

T = TypeVar("T")


class State(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how it is, and what to do where it is not well; `code` is the manual's, "" for none."""

    area: str
    subject: str
    state: State
    detail: str
    remedy: str = ""
    code: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def good(area: str, subject: str, detail: str) -> Check:
    return Check(area, subject, State.OK, detail)


def warn(area: str, subject: str, detail: str, remedy: str, code: str = "") -> Check:
    return Check(area, subject, State.WARN, detail, remedy, code)


def bad(area: str, subject: str, detail: str, remedy: str, code: str = "") -> Check:
    return Check(area, subject, State.FAIL, detail, remedy, code)


async def within(limit_s: float, work: Awaitable[tuple[Check, ...]], late: Check) -> tuple[Check, ...]:
    """The checks, or `late` where they are not there within the limit."""
    try:
        async with asyncio.timeout(limit_s):
            return await work
    except TimeoutError:
        return (late,)


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
