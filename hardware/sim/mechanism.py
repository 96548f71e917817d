"""The printer behind its interface: buffer, paper, cover, cutter. Plain calls, no sockets, no clock of its own."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from hardware.sim import operations as op
from hardware.sim.paper import Paper
from hardware.sim.ticket import SimTicket
from hardware.sim.typesetter import DEFAULT_SPACING, size, typeset

_MOST_TICKETS = 1000
"""Kept; older ones are thrown away, so that a long run needs no more memory than a short one."""
_TEAR_LINES = 4
"""Fed at the end of a job where the customer tears the ticket off."""

CarryOut = Callable[[], None]
"""What the printer does besides printing, when a command's turn has come: it answers."""
Later = Callable[[float, Callable[[], None]], None]
"""Calls something back after so many seconds; the loop's `call_later`."""


@dataclass(slots=True)
class _Queued:
    parsed: op.Parsed
    carry_out: CarryOut


class Mechanism:
    """Prints queued operations one after another, and stops where a real printer stops.

    `dots_per_s` is the speed of the paper, 0 for at once (a real head does 1200 to 2400).
    """

    def __init__(
        self, paper: Paper, dots_per_s: float, later: Later, changed: Callable[[], None], *, has_cutter: bool = True
    ) -> None:
        self._paper = paper
        self._has_cutter = has_cutter
        self.dots_per_s = dots_per_s
        self._later = later
        self._changed = changed
        self._queue: deque[_Queued] = deque()
        self._moving = False
        self._era = 0
        """Counts power cuts: what was scheduled before one must not happen after it."""
        self._lines_left: int | None = None
        self._current: list[op.Parsed] = []
        self._done: deque[SimTicket] = deque(maxlen=_MOST_TICKETS)
        self._next_index = 0
        self.paper_present = True
        self.paper_low = False
        self.cover_open = False
        self.cutter_failed = False
        self.head_hot = False
        self.offline = False
        """By its button."""
        self.feeding = False
        """By its button too."""
        self.failed = False
        """Beyond recovery."""

    # --- what it knows of itself --------------------------------------------------------------------------------

    @property
    def stopped(self) -> bool:
        return (
            not self.paper_present
            or self.cover_open
            or self.cutter_failed
            or self.head_hot
            or self.offline
            or self.feeding
            or self.failed
        )

    @property
    def queued_bytes(self) -> int:
        return sum(len(item.parsed.data) for item in self._queue)

    def realtime_byte(self, which: int) -> int:
        """Answer to DLE EOT 1-4: bits 1 and 4 always set, 0 and 7 never."""
        bits = 0x12
        if which == 1:
            bits |= (0x08 if self.stopped else 0) | (0x40 if self.feeding else 0)
        elif which == 2:
            bits |= (0x04 if self.cover_open else 0) | (0x08 if self.feeding else 0)
            bits |= 0x20 if not self.paper_present else 0
            bits |= 0x40 if self._in_error else 0
        elif which == 3:
            bits |= (0x08 if self.cutter_failed else 0) | (0x20 if self.failed else 0) | (0x40 if self.head_hot else 0)
        else:
            bits |= 0x0C if self.paper_low or not self.paper_present else 0
            bits |= 0x60 if not self.paper_present else 0
        return bits

    def automatic_bytes(self) -> bytes:
        """The four bytes of ASB; the first is known by `b & 0x93 == 0x10`."""
        first = 0x10 | (0x08 if self.stopped else 0) | (0x20 if self.cover_open else 0) | (0x40 if self.feeding else 0)
        second = (0x08 if self.cutter_failed else 0) | (0x20 if self.failed else 0) | (0x40 if self.head_hot else 0)
        third = (0x03 if self.paper_low or not self.paper_present else 0) | (0 if self.paper_present else 0x0C)
        return bytes((first, second, third, 0))

    def extended_bytes(self, buffer_bytes: int) -> bytes:
        """The five bytes of a Bematech's GS F8 1, as in the MP-4200 TH programmer's manual, chapter 3."""
        share = self.queued_bytes / max(buffer_bytes, 1)
        level = 0 if not share else 1 if share < 1 / 3 else 2 if share < 3 / 4 else 3
        busy = self._moving or bool(self.queued_bytes)
        first = 0x80 | (0x08 if self.stopped else 0) | (0 if busy else 0x10) | (level << 5)
        second = 0x01 | (0 if self.cover_open else 0x80) | (0x40 if self._in_error else 0)
        second |= (0 if self.paper_present else 0x24) | (0x02 if self.paper_low or not self.paper_present else 0)
        third = 0x90 | (0 if self._has_cutter else 0x04) | (0x08 if self.cutter_failed else 0)
        third |= (0x20 if self.failed else 0) | (0x40 if self.head_hot else 0)
        fourth = 0x91 | (0x04 if self.head_hot else 0)
        return bytes((first, second, third, fourth, 0x15))

    @property
    def _in_error(self) -> bool:
        return self.cutter_failed or self.failed or self.head_hot

    def tickets(self) -> list[SimTicket]:
        """All strips so far; the one being printed is the last, and not complete."""
        return [*self._done, *([self._ticket(complete=self._torn())] if self._on_paper() else [])]

    # --- what happens to it -------------------------------------------------------------------------------------

    def take(self, parsed: op.Parsed, carry_out: CarryOut) -> None:
        """One operation from the interface, printed in its turn."""
        self._queue.append(_Queued(parsed, carry_out))
        self.go_on()

    def set_paper(self, *, present: bool, low: bool) -> None:
        self.paper_present = present
        self.paper_low = low
        if present:
            self._lines_left = None
        self._altered()

    def paper_ends_after(self, lines: int) -> None:
        """From here on, so many lines of text still fit the roll."""
        self._lines_left = lines
        self._altered()

    def open_cover(self, is_open: bool) -> None:
        self.cover_open = is_open
        self._altered()

    def fail_cutter(self, failed: bool) -> None:
        self.cutter_failed = failed
        self._altered()

    def overheat(self, hot: bool) -> None:
        self.head_hot = hot
        self._altered()

    def go_offline(self, offline: bool) -> None:
        self.offline = offline
        self._altered()

    def press_feed(self, pressed: bool) -> None:
        self.feeding = pressed
        self._altered()

    def fail(self, failed: bool) -> None:
        self.failed = failed
        self._altered()

    def clear_buffer(self) -> None:
        """DLE ENQ 2."""
        self._queue.clear()
        self._altered()

    def lose_power(self) -> None:
        """Buffer gone; what is on paper stays there, as a ticket that was never cut."""
        self._era += 1
        self._moving = False
        self._queue.clear()
        if self._on_paper():
            self._drop(complete=False)
        self._current.clear()
        self._altered()

    # --- printing -----------------------------------------------------------------------------------------------

    def go_on(self) -> None:
        while self._queue and not self._moving and not self.stopped:
            advance = self._advance(self._queue[0].parsed.operation)
            if self._lines_left is not None and advance:
                if self._lines_left <= 0:
                    self.paper_present = False
                    self._lines_left = None
                    self._changed()
                    return
                self._lines_left -= math.ceil(advance / DEFAULT_SPACING)
            self._print(self._queue.popleft())
            if advance and self.dots_per_s:
                self._moving = True
                self._later(advance / self.dots_per_s, partial(self._moved, self._era))

    def _moved(self, era: int) -> None:
        if era == self._era:
            self._moving = False
            self.go_on()
            self._changed()

    def _altered(self) -> None:
        self.go_on()
        self._changed()

    def _print(self, item: _Queued) -> None:
        operation = item.parsed.operation
        item.carry_out()
        if isinstance(operation, op.SILENT):
            return
        if self._begins(operation):
            self._begin()
        self._current.append(item.parsed)
        if isinstance(operation, op.Cut):
            self._drop(complete=True)
            self._current.clear()
            self._changed()

    def _begins(self, operation: op.Operation) -> bool:
        """Whether a job starts here: at ESC @, or at the choice of a command set that comes before it."""
        if isinstance(operation, op.Mode):
            return operation.command == op.SELECT_SET
        chosen = bool(self._current) and self._current[-1].operation in (
            op.Mode(op.SELECT_SET, 0),
            op.Mode(op.SELECT_SET, 1),
        )
        return isinstance(operation, op.Initialize) and not chosen

    def _begin(self) -> None:
        """ESC @ begins a job: what still hangs in the slot is a strip of its own, torn off by nobody yet."""
        if self._on_paper():
            self._drop(complete=self._torn())
        self._current.clear()

    def _torn(self) -> bool:
        """Without a cutter, a strip is whole once it was fed out, and the customer tears it off."""
        if self._has_cutter:
            return False
        moves = [one.operation for one in self._current if self._advance(one.operation)]
        return bool(moves) and isinstance(moves[-1], op.FeedLines) and moves[-1].lines >= _TEAR_LINES

    def _advance(self, operation: op.Operation) -> int:
        """Dots that the paper moves."""
        match operation:
            case op.LineFeed():
                return DEFAULT_SPACING
            case op.FeedLines(lines):
                return lines * DEFAULT_SPACING
            case op.FeedDots(dots):
                return dots
            case op.Qr() | op.Raster() | op.Barcode():
                return size(operation)[1]
            case _:
                return 0

    def _on_paper(self) -> bool:
        return any(self._advance(parsed.operation) for parsed in self._current)

    def _drop(self, *, complete: bool) -> None:
        self._done.append(self._ticket(complete=complete))
        self._next_index += 1

    def _ticket(self, *, complete: bool) -> SimTicket:
        return SimTicket(
            index=self._next_index,
            data=b"".join(parsed.data for parsed in self._current),
            complete=complete,
            page=typeset((parsed.operation for parsed in self._current), self._paper.dots),
            paper=self._paper,
        )
