"""The head of the chain, kept outside the database: how many entries there are, and the MAC of the last one.

A chain alone cannot tell that its newest rows were cut off. So after every commit the head is written, and only
then is the writer told that its records are stored: whatever was acted on is under the head. A power cut between
commit and head leaves the database exactly one batch ahead, in rows that nobody acted on; opening the journal
accepts such a batch where its MACs hold, and moves the head on.

The file has two slots, each in a block of its own, written in turn and in place (no space is ever needed): a write
torn by a power cut spoils the slot of the batch that nobody acted on, and the other one stands. Restoring an old
database together with its old head goes unseen here; a head kept on another disk or copied away makes that harder.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from totem.domain.errors import JournalBroken
from totem.services.journal.chain import MAC_BYTES, same_mac
from totem.services.journal.files import create_private

BLOCK_BYTES: Final = 4096
"""Sector of today's disks: a torn write does not reach the neighbour."""

_MAGIC: Final = b"TOTEMHD1"
_BODY: Final = struct.Struct(f">8s32sQQ{MAC_BYTES}s")
_LABEL: Final = b"totem.journal.head.1\0"
_FILLING: Final = bytes(BLOCK_BYTES - _BODY.size - MAC_BYTES)
_READS: Final = 8


@dataclass(frozen=True, slots=True)
class Head:
    """`journal_id` is 32 hexadecimal digits; `generation` counts the writes of the head and names its slot."""

    journal_id: str
    generation: int
    count: int
    mac: bytes


def encode_head(key: bytes, head: Head) -> bytes:
    body = _BODY.pack(_MAGIC, head.journal_id.encode("ascii"), head.generation, head.count, head.mac)
    return body + hmac.digest(key, _LABEL + body, hashlib.sha256) + _FILLING


def decode_head(key: bytes, block: bytes, slot: int) -> Head | None:
    """The head in that block, None unless every byte of it is what we would have written there."""
    if len(block) != BLOCK_BYTES or not block.startswith(_MAGIC):
        return None
    body, seal, filling = block[: _BODY.size], block[_BODY.size : _BODY.size + MAC_BYTES], block[-len(_FILLING) :]
    if filling != _FILLING or not same_mac(seal, hmac.digest(key, _LABEL + body, hashlib.sha256)):
        return None
    _, journal_id, generation, count, mac = _BODY.unpack(body)
    if generation % 2 != slot:
        return None
    return Head(journal_id.decode("ascii"), generation, count, mac)


@dataclass(frozen=True, slots=True)
class HeadReading:
    """Both slots as read; `older` is None where one of them is unreadable, `newest` where both are."""

    newest: Head | None
    older: Head | None
    size_bytes: int

    @property
    def is_whole(self) -> bool:
        newest, older = self.newest, self.older
        if newest is None or older is None or self.size_bytes != 2 * BLOCK_BYTES:
            return False
        return newest.generation == older.generation + 1 and newest.journal_id == older.journal_id


def read_head(path: Path, key: bytes) -> HeadReading:
    """Read beside a running kiosk too: half-written slots are read again. Raises OSError."""
    reading = _read_once(path, key)
    for _ in range(_READS):
        if reading.is_whole:
            break
        reading = _read_once(path, key)
    return reading


def _read_once(path: Path, key: bytes) -> HeadReading:
    content = path.read_bytes()
    slots = (decode_head(key, content[:BLOCK_BYTES], 0), decode_head(key, content[BLOCK_BYTES:], 1))
    heads = sorted((head for head in slots if head is not None), key=lambda head: head.generation)
    newest = heads[-1] if heads else None
    older = heads[0] if len(heads) == 2 else None
    return HeadReading(newest, older, len(content))


def create_head(path: Path, key: bytes, journal_id: str, genesis: bytes) -> None:
    """The head of a journal without entries, both slots valid. Raises OSError."""
    slots = [encode_head(key, Head(journal_id, generation, 0, genesis)) for generation in (0, 1)]
    create_private(path, b"".join(slots))


class HeadFile:
    """The open head, for the one process that writes the journal."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Raises JournalBroken where neither slot is readable, OSError where the file is not."""
        reading = read_head(path, key)
        if reading.newest is None:
            raise JournalBroken(f"the journal's head {path} is unreadable or made with another key")
        self.current = reading.newest
        self.was_whole = reading.is_whole
        self._key = key
        self._file = path.open("r+b", buffering=0)

    def advance(self, count: int, mac: bytes) -> None:
        """Write the slot whose turn it is; durable on return. Raises OSError."""
        head = Head(self.current.journal_id, self.current.generation + 1, count, mac)
        self._file.seek((head.generation % 2) * BLOCK_BYTES)
        block = encode_head(self._key, head)
        if self._file.write(block) != len(block):
            raise OSError("the journal's head was written only in part")
        os.fsync(self._file.fileno())
        self.current = head

    def close(self) -> None:
        self._file.close()
