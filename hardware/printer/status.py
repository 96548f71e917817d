"""What a printer answers, read without trusting it. Pure.

Bits as in Epson's ESC/POS command reference: DLE EOT 1-4, GS r, GS ( H fn 48, GS a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hardware.printer import bematech_status
from totem.domain.ports import Condition, PrinterStatus, StatusBit

ESSENTIAL = (1, 4)
"""Online, and paper: who does not tell these two cannot be trusted with a ticket. Some clones lack 2 and 3."""
QUERIES = (1, 4, 2, 3)
"""In the order of asking: all answers look alike, so one asks for one at a time, what clones lack last."""

_Bit = tuple[int, StatusBit, Condition | None]
"""Mask, name, and what it means to people where it means something by itself."""

_BITS: dict[int, tuple[_Bit, ...]] = {
    1: (
        (0x08, StatusBit.OFFLINE, Condition.OFFLINE),
        (0x20, StatusBit.WAITS_ONLINE, None),
        (0x40, StatusBit.FEED_BUTTON, None),
    ),
    2: (
        (0x04, StatusBit.COVER_OPEN, Condition.COVER_OPEN),
        (0x08, StatusBit.FEEDING, Condition.FEEDING),
        (0x20, StatusBit.PAPER_STOP, Condition.PAPER_OUT),
        (0x40, StatusBit.ERROR, Condition.ERROR),
    ),
    3: (
        (0x04, StatusBit.MECHANICAL, None),
        (0x08, StatusBit.CUTTER, Condition.CUTTER_ERROR),
        (0x20, StatusBit.UNRECOVERABLE, Condition.FAULT),
        (0x40, StatusBit.RECOVERABLE, Condition.HEAD_HOT),
    ),
    4: (
        (0x60, StatusBit.PAPER_END, Condition.PAPER_OUT),
        (0x0C, StatusBit.NEAR_END, Condition.PAPER_LOW),
    ),
}
_AUTOMATIC_BITS: tuple[tuple[_Bit, ...], ...] = (
    (
        (0x08, StatusBit.OFFLINE, Condition.OFFLINE),
        (0x20, StatusBit.COVER_OPEN, Condition.COVER_OPEN),
        (0x40, StatusBit.FEEDING, Condition.FEEDING),
    ),
    (
        (0x04, StatusBit.MECHANICAL, None),
        (0x08, StatusBit.CUTTER, Condition.CUTTER_ERROR),
        (0x20, StatusBit.UNRECOVERABLE, Condition.FAULT),
        (0x40, StatusBit.RECOVERABLE, Condition.HEAD_HOT),
    ),
    (
        (0x0C, StatusBit.PAPER_END, Condition.PAPER_OUT),
        (0x03, StatusBit.NEAR_END, Condition.PAPER_LOW),
    ),
    (),
)
_CAUSES = frozenset(
    {
        Condition.COVER_OPEN,
        Condition.FEEDING,
        Condition.PAPER_OUT,
        Condition.CUTTER_ERROR,
        Condition.HEAD_HOT,
        Condition.FAULT,
    }
)


def query(which: int) -> bytes:
    """DLE EOT n."""
    return bytes((0x10, 0x04, which))


def is_realtime(byte: int) -> bool:
    """Whether the byte can be an answer to DLE EOT: bits 1 and 4 set, 0 and 7 clear."""
    return byte & 0x93 == 0x12


def decode(answers: Mapping[int, int]) -> PrinterStatus:
    """Status from the answers to DLE EOT, by n. An invalid byte counts as no answer.

    "Offline" and "error" are left out where the printer also names the cause, so that people are told the cause.
    """
    valid = {which: byte for which, byte in sorted(answers.items()) if which in _BITS and is_realtime(byte)}
    seen = tuple(bit for which, byte in valid.items() for bit in _BITS[which] if byte & bit[0])
    found = _conditions(seen)
    if any(which not in valid for which in ESSENTIAL):
        found.add(Condition.NO_REPLY)
    return PrinterStatus(_told(found), bytes(valid.values()), _names(seen))


def decode_automatic(pushed: bytes) -> PrinterStatus:
    """Status from the four bytes of ASB."""
    pairs = zip(pushed, _AUTOMATIC_BITS, strict=True)
    seen = tuple(bit for byte, bits in pairs for bit in bits if byte & bit[0])
    return PrinterStatus(_told(_conditions(seen)), pushed, _names(seen))


def _conditions(seen: tuple[_Bit, ...]) -> set[Condition]:
    return {condition for _, _, condition in seen if condition is not None}


def _names(seen: tuple[_Bit, ...]) -> tuple[StatusBit, ...]:
    return tuple(name for _, name, _ in seen)


def _told(found: set[Condition]) -> frozenset[Condition]:
    """Without what only follows from something else that is told."""
    left = set(found)
    if Condition.PAPER_OUT in found:
        left.discard(Condition.PAPER_LOW)
    if found & _CAUSES:
        left.discard(Condition.ERROR)
    if found & (_CAUSES | {Condition.ERROR}):
        left.discard(Condition.OFFLINE)
    return frozenset(left)


@dataclass(frozen=True, slots=True)
class Realtime:
    """A byte that answers DLE EOT."""

    byte: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A byte that answers GS r: all that was sent before it has been carried out."""

    byte: int


@dataclass(frozen=True, slots=True)
class ProcessDone:
    """GS ( H fn 48: the job with these four bytes is on paper."""

    id: bytes


@dataclass(frozen=True, slots=True)
class Automatic:
    """ASB: four bytes that the printer sends at a change, and when it is told to."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Extended:
    """The five bytes that answer a Bematech's GS F8 1."""

    data: bytes


Reply = Realtime | Queued | ProcessDone | Automatic | Extended

_PROCESS_HEADER = b"\x37\x22"
_PROCESS_LENGTH = 7
_AUTOMATIC_LENGTH = 4


class Replies:
    """Cuts the stream of answers into replies, in any cut of its bytes. What is no reply at all is dropped.

    An automatic status is four bytes, `b & 0x93 == 0x10` and then three with bits 4 and 7 clear. The five bytes of a
    Bematech are looked for only where `extended` says so.
    """

    def __init__(self, *, extended: bool = False) -> None:
        self._extended = extended
        self._rest = b""

    def feed(self, data: bytes) -> list[Reply]:
        self._rest += data
        found: list[Reply] = []
        while self._rest:
            taken, reply = self._one(self._rest)
            if taken == 0:
                break
            self._rest = self._rest[taken:]
            if reply is not None:
                found.append(reply)
        return found

    def _one(self, rest: bytes) -> tuple[int, Reply | None]:
        """How many bytes the first reply takes, 0 where it is not complete yet."""
        first = rest[0]
        if first == _PROCESS_HEADER[0]:
            return _process_done(rest)
        if is_realtime(first):
            return 1, Realtime(first)
        if first & 0x93 == 0x10:
            return _automatic(rest)
        if self._extended and first & 0x80:
            return _extended(rest)
        return 1, Queued(first) if first & 0x90 == 0 else None


def _process_done(rest: bytes) -> tuple[int, Reply | None]:
    if not rest.startswith(_PROCESS_HEADER[: len(rest)]):
        return 1, None
    if len(rest) < _PROCESS_LENGTH:
        return 0, None
    if rest[_PROCESS_LENGTH - 1] != 0:
        return 2, None
    return _PROCESS_LENGTH, ProcessDone(rest[2 : _PROCESS_LENGTH - 1])


def _automatic(rest: bytes) -> tuple[int, Reply | None]:
    follow = rest[1:_AUTOMATIC_LENGTH]
    wrong = next((index for index, byte in enumerate(follow) if byte & 0x90), None)
    if wrong is not None:
        return 1 + wrong, None
    if len(rest) < _AUTOMATIC_LENGTH:
        return 0, None
    return _AUTOMATIC_LENGTH, Automatic(rest[:_AUTOMATIC_LENGTH])


def _extended(rest: bytes) -> tuple[int, Reply | None]:
    answer = rest[: bematech_status.ANSWER_LENGTH]
    if not bematech_status.is_answer(answer):
        return 1, None
    if len(answer) < bematech_status.ANSWER_LENGTH:
        return 0, None
    return len(answer), Extended(answer)
