"""Who is let in at the simulated Adiq, and the tokens of cards, which live ten minutes."""

from __future__ import annotations

import base64
import hmac
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from providers.sim.adiq_rules import AdiqProblem, refused
from providers.sim.wire import Request

CARD_TOKEN_LIFE: Final = timedelta(minutes=10)


class TokenShape(StrEnum):
    CAMEL = "camel"
    """As working clients get it."""
    SNAKE = "snake"
    """As the mapping has it."""


@dataclass(slots=True)
class AdiqOffice:
    """Tokens of one client, and of the cards that it sent."""

    client_id: str
    client_secret: str
    now: Callable[[], datetime]
    rng: random.Random
    lifetime_s: int
    shape: TokenShape
    issued: int = 0
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _cards: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    _vault: dict[str, str] = field(default_factory=dict)

    def issue(self, request: Request) -> dict[str, object]:
        """Raises AdiqProblem for a wrong client."""
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Basic {expected}".encode()):
            raise AdiqProblem(401, "Unauthorized")
        value = "".join(self.rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=48))
        self._tokens[value] = self.now() + timedelta(seconds=self.lifetime_s)
        self.issued += 1
        if self.shape is TokenShape.SNAKE:
            return {"access_token": value, "token_type": "Bearer", "expires_in": self.lifetime_s}
        return {"accessToken": value, "tokenType": "Bearer", "expiresIn": str(self.lifetime_s)}

    def admit(self, request: Request) -> None:
        """Raises AdiqProblem unless the request bears a token that is good."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        ends = self._tokens.get(value) if scheme == "Bearer" else None
        if ends is None or ends <= self.now():
            raise AdiqProblem(401, "Unauthorized", headers=(("WWW-Authenticate", "Bearer"),))

    def expire_all(self) -> None:
        self._tokens.clear()

    def tokenise(self, number: str) -> str:
        token = self._uuid()
        self._cards[token] = (number, self.now() + CARD_TOKEN_LIFE)
        return token

    def number_of(self, token: str) -> str:
        """Raises AdiqProblem for a token that nobody made, or that is too old."""
        number, ends = self._cards.get(token, ("", self.now()))
        if not number or ends <= self.now():
            raise refused("cardInfo.numberToken", "Token inexistente ou vencido.")
        return number

    def keep(self, number: str) -> str:
        vault_id = self._uuid()
        self._vault[vault_id] = number
        return vault_id

    def kept(self, vault_id: str) -> str:
        """Raises AdiqProblem for a card that is not in the vault."""
        if vault_id not in self._vault:
            raise refused("cardInfo.vaultId", "Cartão não encontrado no cofre.")
        return self._vault[vault_id]

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4)).upper()
