"""The simulated Adiq: keyed cards over HTTPS, as its mapping and working clients have it.

A token for the client, one for the card, a payment; then questions by id and by order number and day, capture, cancel.
"""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from providers.sim import adiq_acts, adiq_rules
from providers.sim.adiq_faults import AdiqFault, AdiqPlan, Kind, Operation
from providers.sim.adiq_ledger import AdiqLedger, Fate, Payment, Status
from providers.sim.adiq_office import AdiqOffice, TokenShape
from providers.sim.adiq_rules import AdiqProblem, checked, parse_body, parse_order, refused
from providers.sim.ca import CertificateSet
from providers.sim.control import ControlHandler
from providers.sim.wire import Answer, Request, WireServer, json_answer, public_tls
from totem.domain.card_numbers import brand_of, number_ok

Json = dict[str, Any]

_TOKEN_PATH: Final = "/auth/oauth2/v1/token"  # noqa: S105 - where it is asked for
_ROUTES: Final = (
    ("POST", re.compile(r"/v1/tokens/cards"), Operation.TOKENISE),
    ("POST", re.compile(r"/v1/vaults/cards"), Operation.KEEP),
    ("POST", re.compile(r"/v2/payments"), Operation.CREATE),
    ("GET", re.compile(r"/v1/payments/(?P<id>[^/]+)"), Operation.GET),
    ("GET", re.compile(r"/v1/payments/(?P<order>[^/]+)/(?P<day>[0-9]{8})"), Operation.FIND),
    ("PUT", re.compile(r"/v1/payments/(?P<id>[^/]+)/capture"), Operation.CAPTURE),
    ("PUT", re.compile(r"/v1/payments/(?P<id>[^/]+)/cancel"), Operation.CANCEL),
    ("GET", re.compile(r"/v1/bins/search/(?P<bin>[0-9]{6,8})"), Operation.BINS),
)
_OF_FAULT: Final = {
    Kind.PENDING: Status.PENDING,
    Kind.AUTHORIZED_ONLY: Status.AUTHORIZED,
    Kind.DECLINED: Status.DECLINED,
}
_HTML: Final = b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>\n"


class AnswerShape(StrEnum):
    FLAT = "flat"
    NESTED = "nested"


@dataclass(frozen=True, slots=True)
class AdiqSimSettings:
    """The merchant, and the manners of this Adiq."""

    client_id: str = "4f6c1a52-7e0b-4b1e-9a51-20f3c6f0d1aa"
    client_secret: str = "segredo-de-simulador-adiq"  # noqa: S105
    token_life_s: int = 3600
    token_shape: TokenShape = TokenShape.CAMEL
    answer_shape: AnswerShape = AnswerShape.FLAT
    errors_as_list: bool = True
    """False: problem objects in their place."""
    pending_s: float = 30.0
    """How long a payment of the pending test cards is open."""


@dataclass(frozen=True, slots=True)
class _Call:
    operation: Operation
    match: re.Match[str] | None
    request: Request
    faults: tuple[AdiqFault, ...]

    def has(self, kind: Kind) -> AdiqFault | None:
        return next((fault for fault in self.faults if fault.kind is kind), None)

    def part(self, name: str) -> str:
        return "" if self.match is None else self.match[name]

    def body(self) -> Json:
        return parse_body(self.request.headers.get("content-type", ""), self.request.body)


def _now_utc() -> datetime:
    return datetime.now(UTC)


class AdiqSimulator:
    """An Adiq on loopback. Time and chance are injected; its certificate is that of the throwaway authority."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: AdiqSimSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = _now_utc,
    ) -> None:
        self.settings = chosen = settings or AdiqSimSettings()
        self._certificates = certificates
        self._rng = rng or random.Random(0)
        self._office = AdiqOffice(
            chosen.client_id, chosen.client_secret, now, self._rng, chosen.token_life_s, chosen.token_shape
        )
        self._books = AdiqLedger(now, self._rng, chosen.pending_s)
        self._plan = AdiqPlan()
        self._requests: list[Json] = []
        self.wire = WireServer(self._handle, now=now)
        self._acts: dict[Operation, Callable[[_Call], Answer]] = {
            Operation.TOKEN: self._token,
            Operation.TOKENISE: self._tokenise,
            Operation.KEEP: self._keep,
            Operation.CREATE: self._create,
            Operation.GET: self._get,
            Operation.FIND: self._find,
            Operation.CAPTURE: self._capture,
            Operation.CANCEL: self._cancel,
            Operation.BINS: self._bins,
        }

    # --- Life -------------------------------------------------------------------------------------------------------

    @property
    def base_url(self) -> str:
        return self.wire.base_url

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen over TLS. `port` 0 takes a free one, which then stays."""
        self.wire.host, self.wire.port = host, port
        self.wire.tls = await asyncio.to_thread(public_tls, self._certificates.server)
        await self.wire.start()

    async def stop(self) -> None:
        await self.wire.stop()

    async def set_down(self, down: bool) -> None:
        """Down: connections are refused and open ones dropped. What Adiq knows stays."""
        await (self.wire.stop() if down else self.wire.start())

    # --- The world --------------------------------------------------------------------------------------------------

    def set_faults(self, faults: Iterable[AdiqFault]) -> None:
        """Replace all faults; requests are counted from here."""
        self._plan = AdiqPlan(tuple(faults))

    def clear_faults(self) -> None:
        self._plan = AdiqPlan()

    def expire_tokens(self) -> None:
        self._office.expire_all()

    def resolve(self, status: Status, order_number: str | None = None) -> Json:
        """An open payment comes to that status now. Raises ValueError where none is open."""
        return self._books.resolve(status, order_number).book_json()

    def approve(self) -> int:
        """All that was captured is settled to the shop; how many payments."""
        return self._books.approve()

    def ledger(self) -> Json:
        """All that Adiq knows, as JSON: payments, requests without their bodies, and what a client did wrong."""
        self._books.settle()
        return {
            "payments": [each.book_json() for each in self._books.payments.values()],
            "violations": list(self._books.violations),
            "requests": list(self._requests),
            "tokens": self._office.issued,
            "is_up": self.wire.is_up,
        }

    def control_handlers(self, prefix: str = "adiq") -> dict[str, ControlHandler]:
        """The world's acts, named `{prefix}.resolve` and so on, as a `ControlServer` serves them."""
        return adiq_acts.of_adiq(self, prefix)

    # --- The wire ---------------------------------------------------------------------------------------------------

    async def _handle(self, request: Request) -> Answer:
        trace_id = "".join(self._rng.choices("0123456789abcdef", k=16))
        entry: Json = {"method": request.method, "path": request.path, "status": None}
        self._requests.append(entry)
        try:
            answer = self._befall(self._route(request), trace_id)
        except AdiqProblem as problem:
            answer = self._told(problem, trace_id)
        entry["status"] = answer.status
        return answer

    def _route(self, request: Request) -> _Call:
        if (request.method, request.path) == ("POST", _TOKEN_PATH):
            return _Call(Operation.TOKEN, None, request, self._plan.take(Operation.TOKEN))
        for method, pattern, operation in _ROUTES:
            match = pattern.fullmatch(request.path)
            if match is not None and method == request.method:
                return _Call(operation, match, request, self._plan.take(operation))
        raise AdiqProblem(404, "Not Found")

    def _befall(self, call: _Call, trace_id: str) -> Answer:
        """Carry the call out, and let happen to it and to its answer what the script says."""
        if lost := next((fault.lost_before for fault in call.faults if fault.lost_before), None):
            return Answer(delivery=lost)
        told = call.has(Kind.STATUS) or call.has(Kind.HTML)
        if told is not None and not told.carried_out:
            return self._fault_answer(told, trace_id)
        answer = self._carried_out(call, trace_id)
        if told is not None:
            return self._fault_answer(told, trace_id)
        if slow := call.has(Kind.SLOW):
            answer = replace(answer, delay_s=slow.delay_s)
        lost = next((fault.lost_after for fault in call.faults if fault.lost_after), None)
        return answer if lost is None else replace(answer, delivery=lost)

    def _carried_out(self, call: _Call, trace_id: str) -> Answer:
        try:
            if call.operation is not Operation.TOKEN:
                self._office.admit(call.request)
            return self._acts[call.operation](call)
        except AdiqProblem as problem:
            return self._told(problem, trace_id)

    def _told(self, problem: AdiqProblem, trace_id: str) -> Answer:
        return problem.as_answer(trace_id, as_list=self.settings.errors_as_list)

    def _fault_answer(self, fault: AdiqFault, trace_id: str) -> Answer:
        if fault.kind is Kind.HTML:
            return Answer(fault.code, _HTML, "text/html")
        problem = AdiqProblem(fault.code, f"Erro {fault.code}", retry_after_s=fault.retry_after_s)
        return self._told(problem, trace_id)

    # --- Operations -------------------------------------------------------------------------------------------------

    def _token(self, call: _Call) -> Answer:
        checked(call.body(), adiq_rules.GRANT)
        return json_answer(200, self._office.issue(call.request))

    def _tokenise(self, call: _Call) -> Answer:
        body = call.body()
        checked(body, adiq_rules.CARD_TOKEN)
        number = body["cardNumber"]
        if not number_ok(number):
            raise refused("cardNumber", "Número de cartão inválido.")
        return json_answer(200, {"numberToken": self._office.tokenise(number)})

    def _keep(self, call: _Call) -> Answer:
        body = call.body()
        checked(body, adiq_rules.VAULT)
        number = self._office.number_of(body["numberToken"])
        good = self._books.would_take(number)
        answer = {"brand": brand_of(number).value, "last4": number[-4:], "status": "ACTIVE" if good else "INACTIVE"}
        return json_answer(200, {"vaultId": self._office.keep(number), **answer})

    def _create(self, call: _Call) -> Answer:
        order = parse_order(call.body())
        number = self._office.kept(order.vault_id) if order.vault_id else self._office.number_of(order.number_token)
        differs = call.has(Kind.AMOUNT_DIFFERS)
        pending = call.has(Kind.PENDING)
        status = next((status for kind, status in _OF_FAULT.items() if call.has(kind)), None)
        fate = Fate(status, pending.delay_s if pending else 0.0, differs.cents if differs else 0)
        return self._shown(self._books.create(order, number, fate), call, "paymentAuthorization")

    def _get(self, call: _Call) -> Answer:
        return json_answer(200, self._bent(self._books.get(call.part("id")).flat_json(), call))

    def _find(self, call: _Call) -> Answer:
        if call.has(Kind.HIDDEN):
            raise AdiqProblem(404, "Pagamento não encontrado.")
        found = self._books.find(call.part("order"), call.part("day"))
        return json_answer(200, self._bent(found.flat_json(), call))

    def _capture(self, call: _Call) -> Answer:
        body = call.body()
        checked(body, adiq_rules.AMOUNT)
        return self._shown(self._books.capture(call.part("id"), body["amount"]), call, "captureAuthorization")

    def _cancel(self, call: _Call) -> Answer:
        body = call.body()
        checked(body, adiq_rules.AMOUNT)
        return self._shown(self._books.cancel(call.part("id"), body["amount"]), call, "cancelAuthorization")

    def _bins(self, call: _Call) -> Answer:
        return json_answer(200, {"bin": call.part("bin"), "brand": brand_of(call.part("bin")).value})

    def _shown(self, payment: Payment, call: _Call, name: str) -> Answer:
        if self.settings.answer_shape is AnswerShape.NESTED:
            return json_answer(200, payment.nested_json(name))
        return json_answer(200, self._bent(payment.flat_json(), call))

    def _bent(self, body: Json, call: _Call) -> Json:
        return {**body, "status": "IN_ORBIT"} if call.has(Kind.UNKNOWN_STATUS) else body
