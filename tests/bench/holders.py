"""Who held the event loop: every callback of asyncio and every frame that Qt drew, laid against the late ticks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from PySide6.QtQuick import QQuickWindow

from totem.ui.demo.stall import StallMeter

FRAME = "frame drawn by Qt"
_WORTH_NOTING_MS = 0.5
_MOST = 6
_WORTH_NAMING_MS = 16.0


@dataclass(frozen=True, slots=True)
class Span:
    """What ran on the loop's thread, and when."""

    name: str
    began_s: float
    ended_s: float

    @property
    def ms(self) -> float:
        return (self.ended_s - self.began_s) * 1000

    def inside(self, began_s: float, ended_s: float) -> float:
        """How many ms of it lie between two moments."""
        return max(0.0, (min(ended_s, self.ended_s) - max(began_s, self.began_s)) * 1000)


class Holders:
    """Measures while `watching`; `frames` adds a window. A frame is from its animations to its swap, on one thread."""

    def __init__(self) -> None:
        self.callbacks: list[Span] = []
        self.frames: list[Span] = []
        self.late: list[Span] = []
        self._frame_began_s = 0.0

    @contextmanager
    def watching(self) -> Iterator[None]:
        handle_type: Any = asyncio.Handle
        run = handle_type._run

        def measured(handle: Any) -> None:
            began_s = time.monotonic()
            run(handle)
            ended_s = time.monotonic()
            if (ended_s - began_s) * 1000 >= _WORTH_NOTING_MS:
                self.callbacks.append(Span(_name(handle), began_s, ended_s))

        handle_type._run = measured
        try:
            yield
        finally:
            handle_type._run = run

    def watch_frames(self, window: QQuickWindow) -> None:
        window.afterAnimating.connect(self._begin)
        window.frameSwapped.connect(self._end)

    def late_without_frames_ms(self) -> list[float]:
        """The lateness of every tick less the frames in it: a graphics card has them drawn in a thread of Qt's own."""
        return [
            max(0.0, tick.ms - sum(frame.inside(tick.began_s, tick.ended_s) for frame in self.frames))
            for tick in self.late
        ]

    def worst(self) -> list[str]:
        """The latest ticks, each with what ran while it was due. The rest of it is Qt's other work, or waiting for
        the interpreter while a thread held it."""
        ordered = sorted((tick for tick in self.late if tick.ms >= _WORTH_NAMING_MS), key=lambda tick: -tick.ms)
        return [self._told(tick) for tick in ordered[:_MOST]]

    def _told(self, tick: Span) -> str:
        parts: dict[str, float] = {}
        for span in (*self.callbacks, *self.frames):
            share_ms = span.inside(tick.began_s, tick.ended_s)
            if share_ms:
                parts[span.name] = parts.get(span.name, 0.0) + share_ms
        rest_ms = max(0.0, tick.ms - sum(parts.values()))
        named = sorted({**parts, "neither": rest_ms}.items(), key=lambda pair: -pair[1])
        return f"{tick.ms:.0f} ms: " + ", ".join(f"{name} {ms:.0f}" for name, ms in named if ms >= 1)

    def _begin(self) -> None:
        self._frame_began_s = time.monotonic()

    def _end(self) -> None:
        if self._frame_began_s:
            self.frames.append(Span(FRAME, self._frame_began_s, time.monotonic()))
            self._frame_began_s = 0.0


class TracedMeter(StallMeter):
    """The demo's meter, which also remembers when each tick was late."""

    def __init__(self, holders: Holders) -> None:
        super().__init__()
        self._holders = holders

    def _note(self, late_ms: float) -> None:
        now_s = time.monotonic()
        self._holders.late.append(Span("late", now_s - late_ms / 1000, now_s))
        super()._note(late_ms)


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _name(handle: Any) -> str:
    callback = handle._callback
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        return f"{getattr(owner.get_coro(), '__qualname__', '?')} ({owner.get_name()})"
    return str(getattr(callback, "__qualname__", callback))
