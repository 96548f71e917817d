"""A Bematech's status of five bytes (GS F8 1), read without trusting it. Pure.

Bits as in the MP-4200 TH programmer's manual, revision 1.0, chapter 3.
"""

from __future__ import annotations

from collections.abc import Iterator

from totem.domain.ports import Condition, PrinterStatus, StatusBit

QUERY = b"\x1d\xf81"
ANSWER_LENGTH = 5
_FIXED = ((0x83, 0x80), (0x09, 0x01), (0x93, 0x90), (0xBB, 0x91), (0x80, 0x00))
"""Mask and value of the bits that are always so, byte by byte."""


def is_answer(data: bytes) -> bool:
    """Whether these bytes, five or the first of five, can be an answer to GS F8 1."""
    return all(byte & mask == value for byte, (mask, value) in zip(data, _FIXED, strict=False))


def decode(answer: bytes) -> PrinterStatus:
    """Status from the five bytes. "Offline" and "error" only where no cause is named."""
    first, second, third, fourth, _ = answer
    found = {
        condition
        for byte, mask, condition in (
            (second, 0x24, Condition.PAPER_OUT),
            (third, 0x08, Condition.CUTTER_ERROR),
            (third, 0x20, Condition.FAULT),
            (fourth, 0x04, Condition.HEAD_HOT),
        )
        if byte & mask
    }
    if not second & 0x80:
        found.add(Condition.COVER_OPEN)
    if second & 0x40 and not found:
        found.add(Condition.ERROR)
    # A recoverable error is a hot head or an open cover (chapter 4 on DLE EOT 3): without either, it has no name.
    if third & 0x40 and not found & {Condition.HEAD_HOT, Condition.COVER_OPEN}:
        found.add(Condition.ERROR)
    if first & 0x0C and not found:
        found.add(Condition.OFFLINE)
    if second & 0x02 and Condition.PAPER_OUT not in found:
        found.add(Condition.PAPER_LOW)
    return PrinterStatus(frozenset(found), answer, tuple(_names(answer)))


def _names(answer: bytes) -> Iterator[StatusBit]:
    """The bits that are set, by the names that Epson's bits have."""
    first, second, third, fourth, _ = answer
    for byte, mask, name in (
        (first, 0x0C, StatusBit.OFFLINE),
        (~second, 0x80, StatusBit.COVER_OPEN),
        (second, 0x24, StatusBit.PAPER_END),
        (second, 0x02, StatusBit.NEAR_END),
        (second, 0x40, StatusBit.ERROR),
        (third, 0x08, StatusBit.CUTTER),
        (third, 0x20, StatusBit.UNRECOVERABLE),
        (third, 0x40, StatusBit.RECOVERABLE),
        (fourth, 0x04, StatusBit.RECOVERABLE),
    ):
        if byte & mask:
            yield name


def is_idle(answer: bytes) -> bool:
    """Whether the buffer is empty: all that was sent has been printed.

    Bits 5 and 6 alone: bit 4 is "waiting" in the manual and "printing" in ACBr.
    """
    return not answer[0] & 0x60
