"""The HMAC chain over the entries.

Each entry's MAC covers the MAC before it and every stored column, each with its type and length, so that no two
different rows give the same bytes. Without the key nobody can change, add, drop or reorder an entry unseen; what a
thief of the newest rows could still do, cutting them off, the head finds (head.py).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Final

MAC_BYTES: Final = 32

_ENTRY: Final = b"totem.journal.entry.1\0"
_GENESIS: Final = b"totem.journal.genesis.1\0"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as stored, but for its MAC; the fields are the columns in their order."""

    seq: int
    batch: int
    """`seq` of the first entry of the same transaction."""
    at: str
    kind: str
    machine: str
    """"" for a note."""
    sale_id: str
    subject_id: str
    expected: str
    """"" for a subject not yet born, and for a note."""
    state: str
    unique_key: str
    data: str


def genesis_mac(key: bytes, journal_id: str, created_at: str) -> bytes:
    """What stands before the first entry: it ties the chain to the journal's own row of birth."""
    return _mac(key, _GENESIS + encode_values((journal_id, created_at)))


def entry_mac(key: bytes, previous: bytes, row: Row) -> bytes:
    return _mac(key, _ENTRY + previous + encode_values(astuple(row)))


def same_mac(one: bytes, other: object) -> bool:
    """Whether they are equal; a stored MAC may be anything where somebody changed it."""
    return isinstance(other, bytes) and hmac.compare_digest(one, other)


def encode_values(values: Iterable[object]) -> bytes:
    """Type, length, bytes of each value: unambiguous when joined.

    Only whole numbers and text are ever written; whatever else a changed file holds has a form of its own.
    """
    parts: list[bytes] = []
    for value in values:
        if isinstance(value, int):
            tag, raw = b"i", str(value).encode()
        elif isinstance(value, str):
            tag, raw = b"t", value.encode("utf-8", "surrogatepass")
        else:
            tag, raw = b"?", repr(value).encode()
        parts += (tag, len(raw).to_bytes(8, "big"), raw)
    return b"".join(parts)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)
