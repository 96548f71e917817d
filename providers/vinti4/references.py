"""merchantRef and merchantSession: fifteen characters each, made of an id that the journal holds already.

They follow from the attempt's (or the refund's) own id, which is stored before anything leaves: a kiosk that was cut
off finds them again. The kiosk's id stands in front and chance behind it; a time stamp alone, as many clients use it,
is the same at two kiosks in the same second.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

LENGTH: Final = 15
MOST_KIOSK: Final = 6
"""Leaves nine characters of chance: 45 bits."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_SESSION_MARK: Final = "U"
"""Ends a session. The alphabet lacks it, so that no reference is ever the same as a session."""


@dataclass(frozen=True, slots=True)
class References:
    merchant_ref: str
    merchant_session: str


def references_of(kiosk: str, attempt_id: str) -> References:
    """Raises ValueError for a kiosk's id that leaves too little room for chance."""
    if not 1 <= len(kiosk) <= MOST_KIOSK:
        raise ValueError(f"a kiosk's id has 1 to {MOST_KIOSK} characters here")
    room = LENGTH - len(kiosk)
    ref = kiosk + _chance("merchantRef", attempt_id)[:room]
    session = kiosk + _chance("merchantSession", attempt_id)[: room - 1] + _SESSION_MARK
    return References(ref, session)


def _chance(purpose: str, attempt_id: str) -> str:
    """The id holds at least 100 bits of chance; its digest spreads them evenly."""
    digest = hashlib.sha256(f"{purpose}:{attempt_id}".encode()).digest()
    return "".join(_ALPHABET[byte & 31] for byte in digest)
