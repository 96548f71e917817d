"""Adiq's calls, one request each: a typed answer or a ProviderError. Nothing is repeated but what was answered 401."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from providers.adiq.answers import (
    CardToken,
    Payment,
    SavedCard,
    read_card_token,
    read_payment,
    read_payments,
    read_saved_card,
)
from providers.adiq.errors import adiq_error
from providers.adiq.requests import Amount, CardToKeep, CardToTokenise, PaymentOrder, Request
from providers.http.answers import Answer
from providers.http.client import HttpClient
from providers.pix.pace import Pace
from providers.pix.token import TokenCache
from totem.domain.errors import ChargeNotFound, CredentialsRefused, OutcomeUnknown, RequestRefused
from totem.domain.money import Money
from totem.domain.ports import Clock

OAUTH_PATH: Final = "/auth/oauth2/v1/token"
_BRASILIA: Final = timezone(timedelta(hours=-3))
_CLOCKS_APART: Final = timedelta(minutes=10)
"""How far Adiq's clock and ours may differ before a search could look at the wrong day."""
_ANY_BIN: Final = "40000000"


class AdiqCalls:
    """Holds the client; `close` lets go of it."""

    def __init__(self, http: HttpClient, tokens: TokenCache, clock: Clock, calls_per_minute: int) -> None:
        self._http = http
        self._tokens = tokens
        self._clock = clock
        self._pace = Pace(clock, calls_per_minute)

    async def tokenise(self, number: str) -> CardToken:
        """The card's number becomes a token. No money moves."""
        answer = await self._call("POST", "/v1/tokens/cards", CardToTokenise(card_number=number), moves_money=False)
        return read_card_token(answer.body, "POST /v1/tokens/cards")

    async def keep(self, card: CardToKeep) -> SavedCard:
        """Into the vault, where Adiq verifies it."""
        answer = await self._call("POST", "/v1/vaults/cards", card, moves_money=False)
        return read_saved_card(answer.body, "POST /v1/vaults/cards")

    async def create(self, order: PaymentOrder) -> Payment:
        """Not idempotent: after an OutcomeUnknown, look for its order number before anything else."""
        what = "POST /v2/payments"
        answer = await self._call("POST", "/v2/payments", order, moves_money=True)
        return _of_order(read_payment(answer.body, what), order.seller_info.order_number, what)

    async def get(self, payment_id: str) -> Payment:
        """Raises ChargeNotFound where Adiq has none."""
        what = f"GET /v1/payments/{payment_id}"
        answer = await self._call("GET", f"/v1/payments/{payment_id}")
        return _same(read_payment(answer.body, what), payment_id, what)

    async def find(self, order_number: str, days: Iterable[date]) -> tuple[Payment, ...]:
        """Every payment with that order number on those days; () only where Adiq itself says that there is none."""
        found: dict[str, Payment] = {}
        for day in days:
            path = f"/v1/payments/{order_number}/{day:%Y%m%d}"
            try:
                answer = await self._call("GET", path)
            except ChargeNotFound:
                continue
            for payment in read_payments(answer.body, f"GET {path}"):
                found[payment.payment_id] = _of_order(payment, order_number, f"GET {path}")
        return tuple(found.values())

    async def capture(self, payment_id: str, amount: Money) -> Payment:
        return await self._change(payment_id, "capture", amount)

    async def cancel(self, payment_id: str, amount: Money) -> Payment:
        """The whole of it, or a part. Nothing in the call makes it safe to repeat."""
        return await self._change(payment_id, "cancel", amount)

    async def reach(self) -> None:
        """Whether Adiq takes our token now: it is asked about some first digits, and any word of its own will do."""
        try:
            await self._call("GET", f"/v1/bins/search/{_ANY_BIN}")
        except (RequestRefused, ChargeNotFound):
            return

    async def close(self) -> None:
        await self._http.close()

    async def _change(self, payment_id: str, act: str, amount: Money) -> Payment:
        path = f"/v1/payments/{payment_id}/{act}"
        answer = await self._call("PUT", path, Amount(amount=amount.amount_cents), moves_money=True)
        return _same(read_payment(answer.body, f"PUT {path}"), payment_id, f"PUT {path}")

    async def _call(
        self, method: str, path: str, request: Request | None = None, *, moves_money: bool = False
    ) -> Answer:
        if request is None:
            await self._pace.turn(f"{method} {path}")
        token = await self._tokens.get()
        try:
            return await self._send(token, method, path, request, moves_money=moves_money)
        except CredentialsRefused:
            if not self._tokens.reject(token):
                raise
        token = await self._tokens.get()
        return await self._send(token, method, path, request, moves_money=moves_money)

    async def _send(self, token: str, method: str, path: str, request: Request | None, *, moves_money: bool) -> Answer:
        body = None if request is None else request.body()
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._http.send(method, path, moves_money=moves_money, headers=headers, json=body)
        error = adiq_error(answer, f"{method} {path}", self._clock.now())
        if error is not None:
            raise error
        return answer


def days_of(sent_at: datetime, life: timedelta) -> tuple[date, ...]:
    """The days on which a payment may be filed that was sent within `life` of that moment: both sides of midnight.

    Nobody says by which clock Adiq counts days, so Brasília's and UTC's are both asked for.
    """
    moments = (sent_at - _CLOCKS_APART, sent_at + life + _CLOCKS_APART)
    return tuple(sorted({moment.astimezone(zone).date() for moment in moments for zone in (_BRASILIA, UTC)}))


def _of_order(payment: Payment, order_number: str, what: str) -> Payment:
    if payment.order_number not in {"", order_number}:
        raise OutcomeUnknown(f"{what}: the answer is of another order")
    return payment


def _same(payment: Payment, payment_id: str, what: str) -> Payment:
    if payment.payment_id != payment_id:
        raise OutcomeUnknown(f"{what}: the answer is of another payment")
    return payment
