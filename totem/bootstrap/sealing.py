"""Seals the acquirers' receipts that the journal keeps for reprints: whoever copies its file reads none of them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from totem.domain.cards import CardReceipts

_NONCE_BYTES = 12
_PURPOSE = b"totem card receipts 1"


class ReceiptSealer:
    """Implements `totem.services.cards.Sealer` by AES-256-GCM; a sealed text is base64 of nonce and ciphertext."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(_PURPOSE + key).digest())

    @classmethod
    def of_file(cls, key_file: Path) -> ReceiptSealer:
        """With a key that follows from the journal's own. Blocking. Raises OSError."""
        return cls(key_file.read_bytes())

    @classmethod
    def for_this_run(cls) -> ReceiptSealer:
        """With a key that nobody keeps: receipts can be printed as long as this program runs."""
        return cls(os.urandom(32))

    def seal(self, receipts: CardReceipts) -> str:
        plain = json.dumps(
            [receipts.customer, receipts.merchant, receipts.wants_customer, receipts.wants_merchant],
            ensure_ascii=False,
        )
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, plain.encode(), _PURPOSE)).decode()

    def unseal(self, sealed: str) -> CardReceipts:
        """Raises cryptography's InvalidTag where the text was changed, or sealed by another key."""
        raw = base64.b64decode(sealed)
        plain = self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], _PURPOSE)
        customer, merchant, wants_customer, wants_merchant = json.loads(plain)
        return CardReceipts(tuple(customer), tuple(merchant), bool(wants_customer), bool(wants_merchant))
