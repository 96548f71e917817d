"""GoPag's calls, one request each: a typed answer or a ProviderError. Nothing is repeated here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx

from providers.gopag.errors import gopag_error
from providers.gopag.models import (
    Found,
    FoundPage,
    PairedTerminal,
    Transaction,
    read_found,
    read_terminals,
    read_transaction,
)
from providers.gopag.settings import MAX_NOTIFICATION, GopagSettings
from providers.http.answers import Answer
from providers.http.client import USER_AGENT, HttpClient
from providers.pix.pace import Pace
from totem.domain.cards import CardKind, CardSale
from totem.domain.errors import OutcomeUnknown
from totem.domain.money import Money
from totem.domain.ports import Clock

PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 20
_CLOCKS_APART: Final = timedelta(minutes=10)
"""How far GoPag's clock and ours may differ before a search could stop too early."""
_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True)
class Search:
    """`ids` of the transactions with that reference. `complete`: the list was read back to before it could exist."""

    ids: tuple[str, ...]
    complete: bool


class GopagCalls:
    """Holds the client; `close` lets go of it."""

    def __init__(self, settings: GopagSettings, http: HttpClient, clock: Clock) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._base = f"/v1/marketplaces/{settings.marketplace}"
        self._pace = Pace(clock, settings.patience.calls_per_minute)

    async def create(self, sale: CardSale) -> Transaction:
        """Ring the reader. Not idempotent: after an OutcomeUnknown, look before anything else."""
        path = f"{self._base}/transactions"
        answer = await self._call("POST", path, body=sale_body(sale, self._settings))
        transaction = read_transaction(answer.body, f"POST {path}")
        if transaction.reference_id not in {"", sale.attempt_id}:
            raise OutcomeUnknown(f"POST {path}: the answer is of another reference_id")
        return transaction

    async def get(self, transaction_id: str) -> Transaction:
        """Raises ChargeNotFound where GoPag has none."""
        path = f"{self._base}/transactions/{transaction_id}"
        transaction = read_transaction((await self._call("GET", path)).body, f"GET {path}")
        if transaction.id != transaction_id:
            raise OutcomeUnknown(f"GET {path}: the answer is of another transaction")
        return transaction

    async def void(self, transaction_id: str, amount: Money) -> Transaction:
        """As Zoop's: {amount, on_behalf_of}."""
        path = f"{self._base}/transactions/{transaction_id}/void"
        body = {"amount": amount.amount_cents, "on_behalf_of": self._settings.seller}
        return read_transaction((await self._call("POST", path, body=body)).body, f"POST {path}")

    async def search(self, reference_id: str, since: datetime) -> Search:
        """Every transaction of the seller with that reference, newest first, back to `since`.

        What is made meanwhile pushes the list on, so that a page may repeat entries, and never skips one.
        """
        path = f"{self._base}/sellers/{self._settings.seller}/transactions"
        ids: dict[str, None] = {}
        offset = 0
        for _ in range(_MOST_PAGES):
            query = {"limit": str(PAGE_SIZE), "offset": str(offset), "sort": "-created_at"}
            page = read_found((await self._call("GET", path, query=query)).body, f"GET {path}")
            ids.update((found.id, None) for found in page.items if found.reference_id == reference_id)
            # By what came, not by what was asked for: a page may be shorter than its limit.
            offset += len(page.items)
            if _is_last(page, offset) or _reaches(page.items, since - _CLOCKS_APART):
                return Search(tuple(ids), complete=True)
        return Search(tuple(ids), complete=False)

    async def terminals(self) -> tuple[PairedTerminal, ...]:
        """The seller's paired readers."""
        path = f"{self._base}/sellers/{self._settings.seller}/terminals"
        found: list[PairedTerminal] = []
        for page_number in range(_MOST_PAGES):
            # The page of terminals names no query: none is sent before a second page is known to exist.
            query = {} if page_number == 0 else {"limit": str(PAGE_SIZE), "offset": str(len(found))}
            page = read_terminals((await self._call("GET", path, query=query)).body, f"GET {path}")
            found += page.items
            if page.has_more is not True or not page.items:
                break
        return tuple(found)

    async def close(self) -> None:
        await self._http.close()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        what = f"{method} {path}"
        if body is None:
            await self._pace.turn(what)
        limits = self._settings.timeouts
        timeout = httpx.Timeout(connect=limits.connect_s, read=limits.read_s, write=limits.write_s, pool=limits.pool_s)
        headers = {**_HEADERS, "Authorization": f"Bearer {self._settings.token}"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        request = httpx.Request(
            method,
            f"{self._settings.base_url.rstrip('/')}{path}",
            headers=headers,
            params=query or None,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        answer = await self._http.exchange(request, what, moves_money=body is not None)
        error = gopag_error(answer, what, self._clock.now())
        if error is not None:
            raise error
        return answer


def sale_body(sale: CardSale, settings: GopagSettings) -> dict[str, object]:
    """The body of `POST /transactions`: these fields and no other, for GoPag refuses what it does not know."""
    body: dict[str, object] = {
        "payment_locale": "mpos",
        "payment_type": sale.kind.value,
        "on_behalf_of": settings.seller,
        "description": settings.description.replace("{reference}", sale.reference),
        "currency": sale.amount.currency.name,
        "amount": sale.amount.amount_cents,
        "lock": settings.lock,
        "terminal": settings.terminal,
        "reference_id": sale.attempt_id,
    }
    notification = settings.notification.replace("{reference}", sale.reference)[:MAX_NOTIFICATION]
    if notification:
        body["notification"] = notification
    if sale.kind is CardKind.CREDIT:
        body["installment_plan"] = {"number_installments": sale.installments}
    return body


def _is_last(page: FoundPage, read: int) -> bool:
    if not page.items or page.has_more is not None:
        return not page.items or not page.has_more
    return len(page.items) < PAGE_SIZE if page.total is None else read >= page.total


def _reaches(items: list[Found], moment: datetime) -> bool:
    """Whether a page reaches back beyond that moment. One that is not sorted newest first reaches nowhere."""
    times = [item.created_at for item in items if item.created_at is not None]
    sorted_newest_first = len(times) == len(items) and times == sorted(times, reverse=True)
    return sorted_newest_first and times[-1] < moment
