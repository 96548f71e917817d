"""Pix out through Inter's Banking API. Off unless the owner switched it on: nothing here decides whether to pay."""

from __future__ import annotations

from typing import Final

from providers.pix.inter import InterPayoutSettings, InterSettings, inter_token, open_inter_http
from providers.pix.inter_calls import InterCalls
from providers.pix.inter_models import QueryWire, SentWire, payout_body, payout_faults, payout_id_faults
from providers.pix.limits import refuse_locally
from providers.pix.models import read_wire
from providers.pix.pace import Pace
from providers.pix.token import TokenCache
from totem.domain.errors import OutcomeUnknown
from totem.domain.ports import Clock, Payout, PayoutRequest, PixPayer

_SENDS_A_MINUTE: Final = 60
_QUERIES_A_MINUTE: Final = 20
_SANDBOX_CALLS_A_MINUTE: Final = 10


class InterPayer(PixPayer):
    """One account at Inter that sends Pix. Errors are those of the port; nothing is repeated but after a 401.

    After an unknown outcome the same request with the same key may be sent again: the bank pays a key once. A
    RequestRefused of such a repetition speaks of the repetition only, and RateLimited may come from our own count.
    """

    def __init__(self, settings: InterPayoutSettings, calls: InterCalls, sends: Pace, queries: Pace) -> None:
        self._settings = settings
        self._calls = calls
        self._sends = sends
        self._queries = queries

    @property
    def name(self) -> str:
        return "inter"

    async def send_pix(self, request: PayoutRequest) -> Payout:
        """What the bank took in hand is never DONE yet: only `get_payout` tells that it was paid."""
        path = self._settings.path
        what = f"POST {path}"
        refuse_locally(payout_faults(request), what)
        await self._sends.turn(what)
        body = payout_body(request, self._settings.amount_form)
        answer = await self._calls.post(path, body, {"x-id-idempotente": request.idempotency_key})
        return read_wire(SentWire, answer.body, what).to_payout()

    async def get_payout(self, payout_id: str) -> Payout:
        """Inter answers for 90 days: ChargeNotFound after that says nothing of what became of it."""
        path = f"{self._settings.path}/{payout_id}"
        what = f"GET {path}"
        refuse_locally(payout_id_faults(payout_id), what)
        await self._queries.turn(what)
        answer = await self._calls.get(path)
        told = read_wire(QueryWire, answer.body, what)
        if told.transaction.codigo not in {None, payout_id}:
            raise OutcomeUnknown(f"{what}: the bank answers with another payout")
        return told.to_payout(payout_id)

    async def close(self) -> None:
        await self._calls.close()


async def open_inter_payer(settings: InterSettings, clock: Clock) -> InterPayer:
    """A client of its own, with a token of its own scopes; nothing is sent yet. Raises as `open_inter` does."""
    http = await open_inter_http(settings, clock)
    payout = settings.payout
    tokens = TokenCache(inter_token(settings, payout.scopes), http, clock)
    calls = InterCalls(settings.base_url, settings.headers, settings.timeouts, http, tokens, clock)
    sends, queries = calls_per_minute_of(settings)
    return InterPayer(payout, calls, Pace(clock, sends, payout.gap_s), Pace(clock, queries))


def calls_per_minute_of(settings: InterSettings) -> tuple[int, int]:
    """Sends and queries: as set, else Inter's own numbers for the address (its reference, Pix Pagamento)."""
    payout, is_sandbox = settings.payout, settings.is_sandbox
    sends = payout.sends_per_minute or (_SANDBOX_CALLS_A_MINUTE if is_sandbox else _SENDS_A_MINUTE)
    queries = payout.queries_per_minute or (_SANDBOX_CALLS_A_MINUTE if is_sandbox else _QUERIES_A_MINUTE)
    return sends, queries
