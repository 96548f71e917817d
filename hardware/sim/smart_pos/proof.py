"""Proofs and MACs of the bridge protocol, section 3."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

_PREFIX: Final = "totem-smartpos/1"
MAC_DIGITS: Final = 64


def _hmac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()


def proof(secret: str, side: str, kiosk_nonce: str, pos_nonce: str) -> str:
    """`side` is `pos` or `kiosk`."""
    return _hmac(secret.encode(), f"{_PREFIX} proof {side} {kiosk_nonce} {pos_nonce}".encode()).hex()


class Sealer:
    """The MACs of one direction of one link."""

    def __init__(self, secret: str, side: str, kiosk_nonce: str, pos_nonce: str) -> None:
        self.key = _hmac(secret.encode(), f"{_PREFIX} key {side} {kiosk_nonce} {pos_nonce}".encode())
        self._count = 0

    def mac(self, text: bytes) -> bytes:
        """Of the next line, as hex digits."""
        self._count += 1
        return _hmac(self.key, f"{self._count} ".encode() + text).hex().encode()

    def seal(self, text: bytes) -> bytes:
        return self.mac(text) + b" " + text

    def open(self, line: bytes) -> bytes | None:
        """The line without its MAC, None where that is not right."""
        given, space, text = line[:MAC_DIGITS], line[MAC_DIGITS : MAC_DIGITS + 1], line[MAC_DIGITS + 1 :]
        right = hmac.compare_digest(given, self.mac(text))
        return text if right and space == b" " else None
