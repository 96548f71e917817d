"""Streams whose work goes on when nobody listens any more: what was begun at a bank or a terminal is recorded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, Any], str], "asyncio.Task[Any]"]


@dataclass(frozen=True, slots=True)
class _End:
    error: Exception | None


async def going_on(source: AsyncGenerator[T, None], spawn: Spawn, name: str) -> AsyncGenerator[T, None]:
    """The items of `source`, which runs to its end in a task of its own, whoever leaves. Raises what it raises."""
    items: asyncio.Queue[T | _End] = asyncio.Queue()
    left = asyncio.Event()

    async def pump() -> None:
        error: Exception | None = None
        try:
            async for item in source:
                items.put_nowait(item)
        except Exception as caught:
            error = caught
            if left.is_set():
                log.exception("%s failed, and nobody waited for it any more", name)
        finally:
            items.put_nowait(_End(error))

    spawn(pump(), name)
    try:
        while True:
            item = await items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        left.set()
