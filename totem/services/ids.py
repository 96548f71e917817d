"""Ids that a provider or a person sees: unique per attempt, with the kiosk's prefix, and made before they are sent."""

from __future__ import annotations

from datetime import datetime

from totem.domain.ports import Random

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that a person reads as a digit."""

TXID_LENGTH = 32
"""Within Bacen's `[a-zA-Z0-9]{26,35}`."""


def prefix_of(kiosk_id: str) -> str:
    """What begins every id of a kiosk that a bank sees: its own id after the length of it.

    The length makes the prefixes of LAVA and LAVA1 differ from their first character on, so that neither takes the
    other's money for its own.
    """
    return f"{len(kiosk_id)}{kiosk_id}"


def is_own_txid(kiosk_id: str, txid: str) -> bool:
    """Whether this kiosk made the txid, whatever its journal knows."""
    return len(txid) == TXID_LENGTH and txid.startswith(prefix_of(kiosk_id))


def new_txid(kiosk_id: str, random: Random) -> str:
    """A txid of 32 characters that begins with the kiosk's prefix, by which its own late money is known."""
    prefix = prefix_of(kiosk_id)
    return prefix + _random_text(TXID_LENGTH - len(prefix), random)


def new_refund_id(kiosk_id: str, random: Random) -> str:
    """The id of a devolução, within Bacen's `[a-zA-Z0-9]{1,35}`."""
    return new_txid(kiosk_id, random)


def new_sale_id(prefix: str, now: datetime, random: Random) -> str:
    """`KIOSK-YYMMDD-XXXXXX`; its last part is what a customer reads to an attendant."""
    return f"{prefix}-{now:%y%m%d}-{_random_text(6, random)}"


def reference_of(sale_id: str) -> str:
    """The short code of a sale that people say aloud."""
    return sale_id.rsplit("-", 1)[-1]


def ticket_id_of(sale_id: str) -> str:
    """One ticket a sale: its id follows from the sale's, so that a second one cannot be born."""
    return f"{sale_id}/ticket"


def settlement_id_of(attempt_id: str) -> str:
    return f"{attempt_id}/settlement"


def attention_id_of(subject_id: str, trouble: str) -> str:
    """One attention a subject and trouble: opening it twice is refused by the journal."""
    return f"{subject_id}/{trouble}"


def _random_text(length: int, random: Random) -> str:
    return "".join(_ALPHABET[random.getrandbits(5)] for _ in range(length))
