"""The shared secret at work: proofs of the handshake, and the MAC of every line after it (protocol, section 3)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_PREFIX: Final = "totem-smartpos/1"
_NONCE: Final = re.compile(r"[0-9a-f]{32}")
_MAC_LENGTH: Final = 64


class Role(StrEnum):
    POS = "pos"
    KIOSK = "kiosk"


@dataclass(frozen=True, slots=True)
class Nonces:
    """Both sides' 16 random bytes, as 32 lower-case hex digits."""

    kiosk: str
    pos: str


def is_nonce(text: str) -> bool:
    return bool(_NONCE.fullmatch(text))


def proof(secret: str, role: Role, nonces: Nonces) -> str:
    """What that role sends to show that it knows the secret: 64 lower-case hex digits."""
    return _keyed(secret, "proof", role, nonces).hex()


def same(one: str, other: str) -> bool:
    """Constant-time comparison of two texts, whatever is in them."""
    return hmac.compare_digest(one.encode(errors="surrogatepass"), other.encode(errors="surrogatepass"))


@dataclass(slots=True)
class Seal:
    """One direction of one link: signs or checks its lines in order."""

    key: bytes = field(repr=False)
    count: int = 0

    @classmethod
    def of(cls, secret: str, role: Role, nonces: Nonces) -> Seal:
        return cls(_keyed(secret, "key", role, nonces))

    def sign(self, text: bytes) -> bytes:
        """MAC, space and the line."""
        self.count += 1
        return self._mac(text) + b" " + text

    def check(self, line: bytes) -> bytes | None:
        """The JSON of the next line, or None where its MAC is wrong: then the link must be closed."""
        self.count += 1
        text = line[_MAC_LENGTH + 1 :]
        if line[_MAC_LENGTH : _MAC_LENGTH + 1] != b" ":
            return None
        return text if hmac.compare_digest(self._mac(text), line[:_MAC_LENGTH]) else None

    def _mac(self, text: bytes) -> bytes:
        return hmac.new(self.key, f"{self.count} ".encode() + text, hashlib.sha256).hexdigest().encode()


def _keyed(secret: str, use: str, role: Role, nonces: Nonces) -> bytes:
    text = f"{_PREFIX} {use} {role.value} {nonces.kiosk} {nonces.pos}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
