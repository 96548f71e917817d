"""The simulated GoPag: sales pushed to a paired card reader (mPOS), over HTTPS with a client certificate.

Paths and fields after GoPag's page "MPOS (Mobile Point of Sale)"; list and void as Zoop's API, which it follows, has
them (`limit`, `offset`, `items`, `has_more`).
"""

from __future__ import annotations

import asyncio
import hmac
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from providers.sim import gopag_acts
from providers.sim.ca import CertificateSet, fingerprint
from providers.sim.control import ControlHandler
from providers.sim.gopag_faults import GopagFault, GopagPlan, Kind, Operation
from providers.sim.gopag_ledger import LOCK_S, Customer, GopagLedger, Plan, Terminal, Transaction
from providers.sim.gopag_rules import (
    GopagProblem,
    invalid,
    not_found,
    parse_body,
    parse_order,
    parse_page,
    parse_void,
)
from providers.sim.wire import Answer, Request, WireServer, json_answer, server_tls

Json = dict[str, Any]

HIDDEN_S: Final = 600.0
"""How far the index of a list is behind under the fault `hidden`."""
_ROUTES: Final = (
    ("POST", re.compile(r"/transactions"), Operation.CREATE),
    ("GET", re.compile(r"/transactions/(?P<id>[^/]+)"), Operation.GET),
    ("POST", re.compile(r"/transactions/(?P<id>[^/]+)/void"), Operation.VOID),
    ("GET", re.compile(r"/sellers/(?P<seller>[^/]+)/transactions"), Operation.LIST),
    ("GET", re.compile(r"/sellers/(?P<seller>[^/]+)/terminals"), Operation.TERMINALS),
)
_HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>\n"
_OF_FAULT: Final = {
    Kind.DECLINED: Customer.DECLINES,
    Kind.CANCELLED: Customer.CANCELS,
    Kind.TIMES_OUT: Customer.WAITS,
    Kind.LATE_APPROVAL: Customer.APPROVES,
}


@dataclass(frozen=True, slots=True)
class GopagSettings:
    """The marketplace, its one seller with readers, and how this GoPag behaves."""

    marketplace: str = "3f8a1c52b7d94e06a1f2c3d4e5b6a798"
    seller: str = "54f5445fd4544b454654fdf46545465g"
    access_token: str = "token-de-simulador-gopag"  # noqa: S105
    terminals: tuple[Terminal, ...] = (
        Terminal("a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6"),
        Terminal("b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7"),
        Terminal("c3d4e5f6g7h8i9j0k1l2m3n4o5p6q7r8", active=False),
    )
    void_enabled: bool = True
    lock_s: float = LOCK_S
    """Shorter only where a demonstration cannot wait."""


@dataclass(frozen=True, slots=True)
class _Call:
    operation: Operation
    match: re.Match[str]
    request: Request
    faults: tuple[GopagFault, ...]

    def has(self, kind: Kind) -> GopagFault | None:
        return next((fault for fault in self.faults if fault.kind is kind), None)


def _now_utc() -> datetime:
    return datetime.now(UTC)


class GopagSimulator:
    """A GoPag on loopback. Time and chance are injected; its certificates are those of the throwaway authority."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: GopagSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = _now_utc,
    ) -> None:
        self.settings = settings or GopagSettings()
        self._certificates = certificates
        self._client_sha256 = fingerprint(certificates.client.cert)
        self._rng = rng or random.Random(0)
        self._now = now
        self._books = GopagLedger(self.settings.seller, self.settings.terminals, now, self._rng, self.settings.lock_s)
        self._plan = GopagPlan()
        self._customer = Plan()
        self._requests: list[Json] = []
        self._wire = WireServer(self._handle, now=now)
        self._acts: dict[Operation, Callable[[_Call], Answer]] = {
            Operation.CREATE: self._create,
            Operation.GET: self._get,
            Operation.VOID: self._void,
            Operation.LIST: self._list,
            Operation.TERMINALS: self._terminals,
        }

    # --- Life -------------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return self._wire.base_url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen over TLS. `port` 0 takes a free one, which then stays."""
        self._wire.host, self._wire.port = host, port
        certificates = self._certificates
        self._wire.tls = await asyncio.to_thread(server_tls, certificates.server, str(certificates.ca))
        await self._wire.start()

    async def stop(self) -> None:
        await self._wire.stop()

    async def set_down(self, down: bool) -> None:
        """Down: connections are refused and open ones dropped. What GoPag knows stays."""
        await (self._wire.stop() if down else self._wire.start())

    # --- The world --------------------------------------------------------------------------------------------------

    def set_faults(self, faults: Iterable[GopagFault]) -> None:
        """Replace all faults; requests are counted from here."""
        self._plan = GopagPlan(tuple(faults))

    def clear_faults(self) -> None:
        self._plan = GopagPlan()

    def set_customer(self, customer: Customer, after_s: float = 0.0) -> None:
        """What customers do by themselves with sales that come from here on, so long after each."""
        self._customer = Plan(customer, after_s)

    def set_terminal(self, terminal_id: str, active: bool) -> None:
        """Switch a reader off or on. Raises KeyError for one that is not paired."""
        if terminal_id not in {terminal.id for terminal in self._books.terminals}:
            raise KeyError(terminal_id)
        self._books.terminals = tuple(
            replace(terminal, active=active) if terminal.id == terminal_id else terminal
            for terminal in self._books.terminals
        )

    def act(
        self,
        customer: Customer,
        transaction_id: str | None = None,
        reference_id: str | None = None,
        *,
        entry_mode: str = "chip",
        brand: str = "Visa",
    ) -> Json:
        """Somebody does that at the reader now, with the newest sale that waits or the one named.

        Raises ValueError where nothing waits.
        """
        found = self._books.open_one(transaction_id, reference_id)
        found.entry_mode, found.brand = entry_mode, brand
        found.happen(customer, self._now().astimezone(UTC))
        return found.book_json()

    def ledger(self) -> Json:
        """All that GoPag knows, as JSON: transactions, requests, and what a client did that it should not."""
        self._books.settle()
        return {
            "transactions": [each.book_json() for each in self._books.transactions.values()],
            "violations": list(self._books.violations),
            "requests": list(self._requests),
            "is_up": self._wire.is_up,
        }

    def control_handlers(self, prefix: str = "gopag") -> dict[str, ControlHandler]:
        """The world's acts, named `{prefix}.present_card` and so on, as a `ControlServer` serves them."""
        return gopag_acts.of_gopag(self, prefix)

    # --- The wire ---------------------------------------------------------------------------------------------------

    async def _handle(self, request: Request) -> Answer:
        trace_id = "".join(self._rng.choices("0123456789abcdef", k=16))
        entry: Json = {"method": request.method, "path": request.path, "status": None}
        self._requests.append(entry)
        try:
            call = self._route(request)
            answer = self._befall(call, trace_id)
        except GopagProblem as problem:
            answer = problem.as_answer(trace_id)
        entry["status"] = answer.status
        return answer

    def _route(self, request: Request) -> _Call:
        self._admit(request)
        root = f"/v1/marketplaces/{self.settings.marketplace}"
        if not request.path.startswith(f"{root}/"):
            raise not_found("Marketplace não encontrado.")
        path = request.path.removeprefix(root)
        for method, pattern, operation in _ROUTES:
            match = pattern.fullmatch(path)
            if match is not None and method == request.method:
                return _Call(operation, match, request, self._plan.take(operation))
        raise not_found("Recurso não encontrado.")

    def _admit(self, request: Request) -> None:
        if request.peer_sha256 != self._client_sha256:
            raise GopagProblem(403, "Forbidden", "O certificado não corresponde a este cliente.")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(token.encode(), self.settings.access_token.encode()):
            challenge = ("WWW-Authenticate", 'Bearer error="invalid_token"')
            raise GopagProblem(401, "Unauthorized", "Token ausente ou desconhecido.", headers=(challenge,))

    def _befall(self, call: _Call, trace_id: str) -> Answer:
        """Carry the call out, and let happen to it and to its answer what the script says."""
        if lost := next((fault.lost_before for fault in call.faults if fault.lost_before), None):
            return Answer(delivery=lost)
        told = call.has(Kind.STATUS) or call.has(Kind.HTML)
        if told is not None and not told.carried_out:
            return _told(told, trace_id)
        answer = self._carried_out(call, trace_id)
        if told is not None:
            return _told(told, trace_id)
        if slow := call.has(Kind.SLOW):
            answer = replace(answer, delay_s=slow.delay_s)
        lost = next((fault.lost_after for fault in call.faults if fault.lost_after), None)
        return answer if lost is None else replace(answer, delivery=lost)

    def _carried_out(self, call: _Call, trace_id: str) -> Answer:
        try:
            return self._acts[call.operation](call)
        except GopagProblem as problem:
            return problem.as_answer(trace_id)

    # --- Operations -------------------------------------------------------------------------------------------------

    def _create(self, call: _Call) -> Answer:
        request = call.request
        order = parse_order(parse_body(request.headers.get("content-type", ""), request.body), self.settings.seller)
        plan = self._customer
        for fault in call.faults:
            if fault.kind in _OF_FAULT:
                late = fault.kind is Kind.LATE_APPROVAL
                plan = Plan(
                    _OF_FAULT[fault.kind],
                    fault.delay_s or (self.settings.lock_s + 1 if late else 0.0),
                    survives_lock=late,
                )
        differs = call.has(Kind.AMOUNT_DIFFERS)
        made = self._books.create(order, plan, differs.cents if differs else 0)
        return json_answer(201, self._shown(made, call))

    def _get(self, call: _Call) -> Answer:
        return json_answer(200, self._shown(self._books.get(call.match["id"]), call))

    def _void(self, call: _Call) -> Answer:
        if not self.settings.void_enabled:
            raise not_found("Recurso não encontrado.")
        if call.has(Kind.VOID_REFUSED):
            raise invalid("O cancelamento não é permitido para esta transação.")
        body = parse_body(call.request.headers.get("content-type", ""), call.request.body)
        later = call.has(Kind.VOID_LATER)
        amount_cents = parse_void(body, self.settings.seller)
        found = self._books.void(call.match["id"], amount_cents, later.delay_s if later else 0.0)
        return json_answer(200, self._shown(found, call))

    def _list(self, call: _Call) -> Answer:
        self._own(call.match["seller"])
        limit, offset = parse_page(call.request.query)
        items, total = self._books.page(limit, offset, HIDDEN_S if call.has(Kind.HIDDEN) else 0.0)
        body = {
            "resource": "list",
            "uri": call.request.path,
            "items": [self._shown(each, call) for each in items],
            "limit": limit,
            "offset": offset,
            "total": total,
            "query_count": len(items),
            "has_more": offset + len(items) < total,
        }
        return json_answer(200, body)

    def _terminals(self, call: _Call) -> Answer:
        self._own(call.match["seller"])
        items = [terminal.as_json(self.settings.seller) for terminal in self._books.terminals]
        return json_answer(200, {"items": items})

    def _own(self, seller: str) -> None:
        if seller != self.settings.seller:
            raise not_found("Vendedor não encontrado.")

    def _shown(self, transaction: Transaction, call: _Call) -> Json:
        body = transaction.answer_json(self._now().astimezone(UTC))
        if call.has(Kind.WHOLE_AMOUNTS):
            body["amount"] = transaction.taken_cents
        if call.has(Kind.UNKNOWN_STATUS):
            body |= {"status": "in_analysis", "captured": False}
        return body


def _told(fault: GopagFault, trace_id: str) -> Answer:
    if fault.kind is Kind.HTML:
        return Answer(fault.code, _HTML, "text/html")
    titles = {429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}
    title = titles.get(fault.code, "Error")
    return GopagProblem(fault.code, title, retry_after_s=fault.retry_after_s).as_answer(trace_id)
