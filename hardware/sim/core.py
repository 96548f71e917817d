"""A simulated printer behind any kind of wire: bytes in, answers out, and hands to pull its paper and its plugs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hardware.sim import operations as op
from hardware.sim.bematech import BematechParser
from hardware.sim.mechanism import Mechanism
from hardware.sim.paper import Paper
from hardware.sim.parser import Parser
from hardware.sim.ticket import SimTicket

_STEP_BYTES = 1024
"""Read at once, before it is asked again whether the buffer is full."""
_GARBAGE = b"\x00\xff\x81\x93HTTP/1.1 400\r\n\xfe\x37\x22\x01"
"""What a broken cable or a wrong device says: no byte of it is a valid status."""


class SimLanguage(StrEnum):
    """What the printer speaks. A Bematech MP-4200 has both its own set and ESC/POS, and changes by GS F9 SP n."""

    ESC_POS = "esc_pos"
    BEMATECH = "bematech"


@dataclass(frozen=True, slots=True)
class SimPrinterSettings:
    """`dots` of the head; `dots_per_s` the paper's speed, 0 for at once; `answers` False for one that never replies.

    Without `has_process_id` or `has_queued_status` it swallows GS ( H or GS r, as lesser printers do, without `has_asb`
    GS a. What comes beyond `buffer_bytes` waits in the wire, real-time commands with it.
    """

    dots: int = 576
    dots_per_s: float = 0.0
    answers: bool = True
    has_process_id: bool = True
    has_queued_status: bool = True
    has_asb: bool = True
    has_cutter: bool = True
    buffer_bytes: int = 65536
    language: SimLanguage = SimLanguage.ESC_POS


class WireEnd(Protocol):
    """What the printer does to the wire of one client. Plain calls in the loop; none of them raises."""

    def send(self, data: bytes) -> None:
        """An answer goes out."""
        ...

    def hold(self, held: bool) -> None:
        """Read no more from the client, or read again."""
        ...

    def cut(self) -> None:
        """The wire ends, as of a device that lost its power or its cable. `Wire.leave` need not be called after it."""
        ...


class Wire:
    """One client's wire, seen from the printer. Real-time commands are answered as they are read."""

    def __init__(self, printer: PrinterCore, end: WireEnd) -> None:
        self._printer = printer
        self._end = end
        bematech = printer.settings.language is SimLanguage.BEMATECH
        self._parser: Parser = BematechParser() if bematech else Parser()
        self._unread = b""
        self._reading = False
        self._gone = False
        self.asb = False

    def feed(self, data: bytes) -> None:
        """Bytes from the client."""
        self._unread += data
        self.go_on()
        self._printer.heard()

    def leave(self) -> None:
        """The client went, or its wire broke: what was not read is lost with it."""
        if not self._gone:
            self._gone = True
            self._printer.left(self)

    @property
    def pending_bytes(self) -> int:
        pending = self._parser.pending
        return 0 if pending.startswith(b"\x10") else len(pending)

    def go_on(self) -> None:
        """Reads what has come, as far as nothing holds it up; what is held up stays in the wire."""
        if self._reading or self._gone:
            return
        self._reading = True
        try:
            while self._unread and not self._held_up():
                self._read()
        finally:
            self._reading = False
        if not self._gone:
            self._end.hold(self._held_up())

    def send(self, data: bytes) -> None:
        if not self._gone:
            self._end.send(self._printer.garbled(data))

    def cut(self) -> None:
        if not self._gone:
            self._end.cut()
            self.leave()

    def _held_up(self) -> bool:
        return self._gone or self._printer.stalled or self._printer.full

    def _read(self) -> None:
        room = self._printer.room()
        step = self._unread[: _STEP_BYTES if room is None else min(room, _STEP_BYTES)]
        self._unread = self._unread[len(step) :]
        known = len(self._parser.unknown)
        for parsed in self._parser.feed(step):
            if not isinstance(parsed.operation, op.REALTIME):
                self._printer.count(len(parsed.data))
            self._printer.take(parsed, self)
        self._printer.unknown.extend(self._parser.unknown[known:])
        self._printer.spring()


class PrinterCore:
    """Give it wires by `join`, and act on it as the world does; all acts are plain calls in its loop.

    It needs a running loop only for `until`, and for `dots_per_s` above 0. A transport is a subclass that makes
    wires, and overrides `plugged` where it can be plugged in and out.
    """

    def __init__(self, settings: SimPrinterSettings | None = None) -> None:
        self.settings = settings or SimPrinterSettings()
        self.mechanism = Mechanism(
            Paper(self.settings.dots),
            self.settings.dots_per_s,
            self._call_later,
            self._on_change,
            has_cutter=self.settings.has_cutter,
        )
        self._wires: list[Wire] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._change = asyncio.Event()
        self._received = 0
        self._trap: tuple[int, Callable[[], None]] | None = None
        self._last_pushed = b""
        self._garbled_replies = 0
        self.unknown: list[op.UnknownCommand] = []
        """All that the strict reading of the stream refused, since the start."""
        self.unplugged = False
        self.stalled = False
        self.muted = not self.settings.answers

    # --- for transports -----------------------------------------------------------------------------------------

    def join(self, end: WireEnd) -> Wire:
        """A client's wire. Give it what the client sends by `Wire.feed`, and call `Wire.leave` when it went."""
        wire = Wire(self, end)
        self._wires.append(wire)
        if self.stalled:
            end.hold(held=True)
        self._on_change()
        return wire

    def plugged(self, unplugged: bool) -> None:
        """The cable was pulled or put back; the wires there were are cut already."""

    @property
    def connections(self) -> int:
        return len(self._wires)

    def call_later(self, seconds: float, act: Callable[[], None]) -> None:
        """`act` after so many seconds, unless the printer is put away before."""
        self._call_later(seconds, act)

    def put_away(self) -> None:
        """Cuts all wires and forgets what was still to happen."""
        self._cut_wires()
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    # --- the world's acts ---------------------------------------------------------------------------------------

    def set_paper(self, present: bool, low: bool = False) -> None:
        self.mechanism.set_paper(present=present, low=low)

    def paper_ends_after(self, lines: int) -> None:
        """The roll ends after so many more lines: in the middle of the next ticket, say."""
        self.mechanism.paper_ends_after(lines)

    def open_cover(self, is_open: bool) -> None:
        self.mechanism.open_cover(is_open)

    def cutter_error(self, failed: bool) -> None:
        self.mechanism.fail_cutter(failed)

    def overheat(self, hot: bool) -> None:
        """The head is too hot; it goes on by itself when it has cooled down."""
        self.mechanism.overheat(hot)

    def go_offline(self, offline: bool) -> None:
        """Somebody pressed its button."""
        self.mechanism.go_offline(offline)

    def press_feed(self, pressed: bool) -> None:
        """The paper is being fed by its button: it is offline for so long."""
        self.mechanism.press_feed(pressed)

    def fail(self, failed: bool) -> None:
        """An error that no one mends at the kiosk: circuit, voltage."""
        self.mechanism.fail(failed)

    def unplug(self, unplugged: bool) -> None:
        """The data cable. What the printer already holds, it prints."""
        if unplugged == self.unplugged:
            return
        self.unplugged = unplugged
        if unplugged:
            self._cut_wires()
        self.plugged(unplugged)
        self._on_change()

    def stall(self, stalled: bool) -> None:
        """It reads no more from its wires, and so answers no more."""
        self.stalled = stalled
        self._go_on()
        self._change.set()

    def mute(self, muted: bool) -> None:
        """It prints, and answers nothing."""
        self.muted = muted

    def garble(self, replies: int) -> None:
        """The next so many answers are rubbish."""
        self._garbled_replies = replies

    def power_cut(self) -> None:
        """Off and on again: connections and buffer are lost, half a ticket stays on the paper."""
        self.mechanism.lose_power()
        self._cut_wires()

    def power(self, on: bool) -> None:
        """Off until it is on again; then it comes back empty."""
        if not on:
            self.mechanism.lose_power()
        self.unplug(not on)

    def at_byte(self, count: int, act: Callable[[], None]) -> None:
        """Does `act` when so many more bytes of jobs (real-time commands apart) have come, before the next is read."""
        self._trap = (self.received_bytes + count, act)

    # --- what it shows ------------------------------------------------------------------------------------------

    def tickets(self) -> list[SimTicket]:
        return self.mechanism.tickets()

    def snapshot(self) -> dict[str, object]:
        """Its state, for a control channel: only what JSON knows."""
        inner = self.mechanism
        return {
            "paper_present": inner.paper_present,
            "paper_low": inner.paper_low,
            "cover_open": inner.cover_open,
            "cutter_error": inner.cutter_failed,
            "head_hot": inner.head_hot,
            "offline": inner.offline,
            "error": inner.failed,
            "unplugged": self.unplugged,
            "stalled": self.stalled,
            "connections": self.connections,
            "queued_bytes": inner.queued_bytes,
            "received_bytes": self.received_bytes,
            "unknown": [str(error) for error in self.unknown],
            "tickets": [
                {"index": one.index, "complete": one.complete, "bytes": len(one.data), "lines": list(one.lines)}
                for one in self.tickets()
            ],
        }

    async def until(self, holds: Callable[[], bool]) -> None:
        """Returns once `holds()` is true; looks again at every change of the printer."""
        while not holds():
            self._change.clear()
            await self._change.wait()

    @property
    def received_bytes(self) -> int:
        """Bytes of jobs that came, those of a command not yet complete included."""
        return self._received + sum(wire.pending_bytes for wire in self._wires)

    # --- for its wires ------------------------------------------------------------------------------------------

    def left(self, wire: Wire) -> None:
        if wire in self._wires:
            self._received += wire.pending_bytes
            self._wires.remove(wire)
        self._on_change()

    def room(self) -> int | None:
        """Bytes that may come before the trap, or None without one."""
        return max(self._trap[0] - self.received_bytes, 0) if self._trap is not None else None

    def spring(self) -> None:
        """The trap's byte has come."""
        if self._trap is not None and self.received_bytes >= self._trap[0]:
            _, act = self._trap
            self._trap = None
            act()

    def take(self, parsed: op.Parsed, wire: Wire) -> None:
        operation = parsed.operation
        match operation:
            case op.RealtimeStatus(which):
                if not self.muted:
                    wire.send(bytes([self.mechanism.realtime_byte(which)]))
            case op.ExtendedStatus():
                if not self.muted:
                    wire.send(self.mechanism.extended_bytes(self.settings.buffer_bytes))
            case op.RealtimeRequest(which):
                if which == 2:
                    self.mechanism.clear_buffer()
            case _:
                self.mechanism.take(parsed, lambda: self._carry_out(operation, wire))

    def count(self, received: int) -> None:
        self._received += received

    def heard(self) -> None:
        """Bytes were read, which whoever waits in `until` may be waiting for."""
        self._change.set()

    def garbled(self, data: bytes) -> bytes:
        """The answer as it goes over the wire."""
        if self._garbled_replies <= 0:
            return data
        self._garbled_replies -= 1
        return _GARBAGE

    @property
    def full(self) -> bool:
        return self.mechanism.queued_bytes >= self.settings.buffer_bytes

    # --- inside -------------------------------------------------------------------------------------------------

    def _carry_out(self, operation: op.Operation, wire: Wire) -> None:
        """What the printer says when a command's turn has come."""
        if self.muted:
            return
        match operation:
            case op.ProcessId(identity) if self.settings.has_process_id:
                wire.send(b"\x37\x22" + identity + b"\x00")
            case op.QueuedStatus(which) if self.settings.has_queued_status:
                wire.send(bytes([self.mechanism.automatic_bytes()[2] if which == 1 else 0]))
            case op.Initialize():
                # Epson's reference of GS a: effective until ESC @, reset or power off.
                wire.asb = False
            case op.AutoStatus(mask) if self.settings.has_asb:
                wire.asb = mask != 0
                if wire.asb:
                    wire.send(self.mechanism.automatic_bytes())

    def _cut_wires(self) -> None:
        for wire in list(self._wires):
            wire.cut()

    def _on_change(self) -> None:
        pushed = self.mechanism.automatic_bytes()
        if pushed != self._last_pushed:
            self._last_pushed = pushed
            for wire in list(self._wires):
                if wire.asb and not self.muted:
                    wire.send(pushed)
        self._go_on()
        self._change.set()

    def _go_on(self) -> None:
        for wire in list(self._wires):
            wire.go_on()

    def _call_later(self, seconds: float, act: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, fire)
        self._timers.add(handle)
