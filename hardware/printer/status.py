"""What a printer answers, read without trusting it. Pure.

Bits as in Epson's ESC/POS command reference: DLE EOT 1-4, GS r, GS ( H fn 48, GS a.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from totem.domain.ports import Condition, PrinterStatus

ESSENTIAL = (1, 4)
"""Online, and paper: who does not tell these two cannot be trusted with a ticket. Some clones lack 2 and 3."""
QUERIES = (1, 4, 2, 3)
"""In the order of asking: all answers look alike, so one asks for one at a time, what clones lack last."""

_BITS: dict[int, tuple[tuple[int, Condition], ...]] = {
    1: ((0x08, Condition.OFFLINE),),
    2: ((0x04, Condition.COVER_OPEN), (0x20, Condition.PAPER_OUT), (0x40, Condition.ERROR)),
    3: ((0x08, Condition.CUTTER_ERROR), (0x20, Condition.ERROR), (0x40, Condition.HEAD_HOT)),
    4: ((0x60, Condition.PAPER_OUT), (0x0C, Condition.PAPER_LOW)),
}
_CAUSES = frozenset({Condition.COVER_OPEN, Condition.PAPER_OUT, Condition.CUTTER_ERROR, Condition.HEAD_HOT})
_UNRECOVERABLE = 0x20


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
    found = {condition for which, byte in valid.items() for mask, condition in _BITS[which] if byte & mask}
    if any(which not in valid for which in ESSENTIAL):
        found.add(Condition.NO_REPLY)
    if Condition.PAPER_OUT in found:
        found.discard(Condition.PAPER_LOW)
    if found & _CAUSES and not valid.get(3, 0) & _UNRECOVERABLE:
        found.discard(Condition.ERROR)
    if found & (_CAUSES | {Condition.ERROR}):
        found.discard(Condition.OFFLINE)
    return PrinterStatus(frozenset(found), bytes(valid.values()))


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


Reply = Realtime | Queued | ProcessDone

_PROCESS_HEADER = b"\x37\x22"
_PROCESS_LENGTH = 7
_AUTOMATIC_LENGTH = 4


class Replies:
    """Cuts the stream of answers into replies, in any cut of its bytes. What is no answer that we asked for is dropped.

    An automatic status (four bytes, `b & 0x93 == 0x10`, then three with bits 4 and 7 clear) is recognised to be
    dropped whole: a printer may have been left sending them by another program.
    """

    def __init__(self) -> None:
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
            return _automatic(rest), None
        return 1, Queued(first) if first & 0x90 == 0 else None


def _process_done(rest: bytes) -> tuple[int, Reply | None]:
    if not rest.startswith(_PROCESS_HEADER[: len(rest)]):
        return 1, None
    if len(rest) < _PROCESS_LENGTH:
        return 0, None
    if rest[_PROCESS_LENGTH - 1] != 0:
        return 2, None
    return _PROCESS_LENGTH, ProcessDone(rest[2 : _PROCESS_LENGTH - 1])


def _automatic(rest: bytes) -> int:
    follow = rest[1:_AUTOMATIC_LENGTH]
    wrong = next((index for index, byte in enumerate(follow) if byte & 0x90), None)
    if wrong is not None:
        return 1 + wrong
    return _AUTOMATIC_LENGTH if len(rest) >= _AUTOMATIC_LENGTH else 0
