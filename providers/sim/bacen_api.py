"""Bacen's Pix API 2.9.0 as a strict bank keeps it, OAuth and faults included: what every simulated bank shares."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from providers.sim import answers, bacen_rules, faults
from providers.sim.faults import Effect, FaultPlan, Operation
from providers.sim.ledger import ChargeRecord, Ledger, RefundScript, RefundState, rfc3339
from providers.sim.problems import ERROR_BASE, PROBLEM_JSON, Kind, Problem, Violation
from providers.sim.tokens import TokenOffice
from providers.sim.wire import Answer, Delivery, Request, json_answer
from totem.domain import brcode

PIX_SCOPES: Final = (
    "cob.read",
    "cob.write",
    "pix.read",
    "pix.write",
    "payloadlocation.read",
    "payloadlocation.write",
    "webhook.read",
    "webhook.write",
)
MAX_LOG: Final = 10_000
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """The receiver's account, and how its bank behaves."""

    client_id: str = "totem-simulado"
    client_secret: str = "segredo-de-simulador"  # noqa: S105
    keys: tuple[str, ...] = ("7d9f0335-8dcc-4054-9bf9-0dbd61d36906",)
    merchant_name: str = "LAVA RAPIDO SIMULADO"
    merchant_city: str = "GRAMADO"
    scopes: tuple[str, ...] = PIX_SCOPES
    token_lifetime_s: int = 3600
    amount_in_code: bool = True
    location_host: str = "pix.banco.invalid/qr/v2"
    refund_script: RefundScript = field(default_factory=RefundScript)
    opening_balance_cents: int = 0


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request as the bank saw it. `result` is the HTTP status, or how the connection was broken."""

    at: datetime
    operation: str
    method: str
    path: str
    result: str

    def as_json(self) -> dict[str, str]:
        return {
            "at": rfc3339(self.at),
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "result": self.result,
        }


@dataclass(frozen=True, slots=True)
class Reply:
    """The true answer to a request that was carried out."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request, the parts of its path, and what the script has in store for it."""

    request: Request
    match: re.Match[str]
    effects: tuple[Effect, ...]

    def json(self) -> dict[str, Any]:
        return bacen_rules.parse_body(self.request.headers.get("content-type", ""), self.request.body)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    path: re.Pattern[str]
    operation: Operation
    scope: str


Act = Callable[[Call], Reply]


def pix_routes(prefix: str) -> tuple[Route, ...]:
    """The paths of Bacen's API behind `prefix`, a regular expression."""
    cob = re.compile(rf"{prefix}/cob/(?P<txid>[^/]+)")
    refund = re.compile(rf"{prefix}/pix/(?P<e2eid>[^/]+)/devolucao/(?P<id>[^/]+)")
    return (
        Route("PUT", cob, Operation.CREATE_CHARGE, "cob.write"),
        Route("GET", cob, Operation.GET_CHARGE, "cob.read"),
        Route("PATCH", cob, Operation.CANCEL_CHARGE, "cob.write"),
        Route("GET", re.compile(rf"{prefix}/loc/(?P<id>[^/]+)/qrcode"), Operation.QRCODE, "payloadlocation.read"),
        Route("GET", re.compile(rf"{prefix}/pix"), Operation.RECEIVED, "pix.read"),
        Route("GET", re.compile(rf"{prefix}/pix/(?P<e2eid>[^/]+)"), Operation.GET_PIX, "pix.read"),
        Route("PUT", refund, Operation.REFUND, "pix.write"),
        Route("GET", refund, Operation.GET_REFUND, "pix.read"),
    )


class BacenApi:
    """Turns requests into answers. One call runs to its end before the next begins, so that each act is atomic.

    A bank adds its paths and acts, what it serves (`serves`) and whom it admits (`admit`).
    """

    def __init__(
        self,
        settings: AccountSettings,
        ledger: Ledger,
        tokens: TokenOffice,
        now: Callable[[], datetime],
        *,
        token_path: str,
        routes: tuple[Route, ...],
    ) -> None:
        self.plan = FaultPlan()
        self.requests: deque[LogEntry] = deque(maxlen=MAX_LOG)
        self.ledger = ledger
        self.tokens = tokens
        self.now = now
        self._account = settings
        self._token_path = token_path
        self._routes = routes
        self.acts: dict[Operation, Act] = {
            Operation.CREATE_CHARGE: self._create,
            Operation.GET_CHARGE: self._get,
            Operation.CANCEL_CHARGE: self._cancel,
            Operation.QRCODE: self._qrcode,
            Operation.RECEIVED: self._received,
            Operation.GET_PIX: self._get_pix,
            Operation.REFUND: self._refund,
            Operation.GET_REFUND: self._get_refund,
        }

    # --- What a bank adds -------------------------------------------------------------------------------------------

    def serves(self, route: Route, match: re.Match[str]) -> None:
        """Raise Problem where this bank knows no such path; no fault is spent on it then."""

    def admit(self, route: Route, request: Request) -> None:
        """Raise Problem unless this request may be carried out: token and scope first, then what the bank adds."""
        self.tokens.check(request, route.scope)

    def token_answer(self, request: Request, withheld: tuple[str, ...]) -> Answer:
        return self.tokens.answer(request, withheld)

    # --- One request ------------------------------------------------------------------------------------------------

    async def handle(self, request: Request) -> Answer:
        operation, answer = self._dispatch(request)
        result = str(answer.status) if answer.delivery is Delivery.WHOLE else answer.delivery.value
        self.requests.append(LogEntry(self.now(), operation, request.method, request.path, result))
        return answer

    def _dispatch(self, request: Request) -> tuple[str, Answer]:
        if request.path == self._token_path:
            if request.method != "POST":
                return "token", _not_allowed("POST")
            return "token", self._under_faults(
                Operation.TOKEN, None, lambda effects: self.token_answer(request, _withheld(effects))
            )
        found = [(route, match) for route in self._routes if (match := route.path.fullmatch(request.path))]
        for route, match in found:
            if route.method == request.method:
                return route.operation.value, self._call(route, match, request)
        if found:
            return "unknown", _not_allowed(", ".join(route.method for route, _ in found))
        return "unknown", Problem(Kind.NOT_FOUND, "Recurso não encontrado.").as_answer()

    def _call(self, route: Route, match: re.Match[str], request: Request) -> Answer:
        try:
            self.serves(route, match)
        except Problem as problem:
            return problem.as_answer()

        def act(effects: tuple[Effect, ...]) -> Answer:
            try:
                self.admit(route, request)
                reply = self.acts[route.operation](Call(request, match, effects))
            except Problem as problem:
                return problem.as_answer()
            return json_answer(reply.status, answers.bend(reply.body, effects))

        return self._under_faults(route.operation, match.groupdict().get("txid"), act)

    def _under_faults(
        self, operation: Operation, txid: str | None, act: Callable[[tuple[Effect, ...]], Answer]
    ) -> Answer:
        effects = self.plan.take(operation)
        delay_s = sum(effect.delay_s for effect in effects if isinstance(effect, faults.Slow))
        for effect in effects:
            if isinstance(effect, faults.ExpireTokens):
                self.tokens.expire_all()
        self._pay_at("before", txid, effects)
        answer = _scripted(effects, carried_out=False)
        if answer is None:
            honest = act(effects)
            answer = _scripted(effects, carried_out=True) or honest
            self._pay_at("after", txid, effects)
        delivery = _broken_by_script(effects, answer.delivery)
        return Answer(answer.status, answer.body, answer.content_type, answer.headers, delivery, delay_s)

    def _pay_at(self, when: str, txid: str | None, effects: tuple[Effect, ...]) -> None:
        charge = self.ledger.charges.get(txid or "")
        if charge is None:
            return
        for effect in effects:
            if isinstance(effect, faults.PayAt) and effect.when == when and (effect.again or not charge.pix):
                amount_cents = charge.order.amount_cents if effect.amount_cents is None else effect.amount_cents
                self.ledger.receive(amount_cents, charge.order.key, charge)

    # --- Operations -------------------------------------------------------------------------------------------------

    def _create(self, call: Call) -> Reply:
        txid = checked(call.match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_INVALID, "cob.txid")
        body = call.json()
        order = bacen_rules.parse_charge(body, self._account.keys)
        charge = self.ledger.create(txid, order, lambda number: self._code(order.amount_cents, number))
        return Reply(HTTPStatus.CREATED, charge.as_json(with_pix=False))

    def _code(self, amount_cents: int, number: int) -> tuple[str, str]:
        """Location and copia e cola. A dynamic code's txid is `***`; its payload has the real one."""
        settings = self._account
        location = f"{settings.location_host}/{self.ledger.rng.getrandbits(112):028x}{number:04x}"
        shown = amount_cents if settings.amount_in_code else None
        return location, brcode.encode_dynamic(location, settings.merchant_name, settings.merchant_city, shown)

    def _get(self, call: Call) -> Reply:
        txid = checked(call.match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_QUERY_INVALID, "cob.txid")
        charge = self.ledger.charge(txid)
        revision = dict(call.request.query).get("revisao", str(charge.revision))
        if revision != str(charge.revision):
            reason = "O parâmetro revisao corresponde a uma revisão inexistente."
            raise Problem(Kind.CHARGE_QUERY_INVALID, reason, (Violation("cob.revisao", reason, revision),))
        return Reply(HTTPStatus.OK, charge.as_json(with_pix=True))

    def _cancel(self, call: Call) -> Reply:
        txid = checked(call.match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_INVALID, "cob.txid")
        body = call.json()
        self.ledger.charge(txid)
        bacen_rules.parse_removal(body)
        return Reply(HTTPStatus.OK, self.ledger.remove(txid).as_json(with_pix=False))

    def _qrcode(self, call: Call) -> Reply:
        charge: ChargeRecord = self.ledger.of_location(call.match["id"])
        return Reply(HTTPStatus.OK, {"qrcode": charge.copia_e_cola})

    def _received(self, call: Call) -> Reply:
        query = bacen_rules.parse_pix_query(call.request.query)
        found = self.ledger.received(query)
        first = query.page * query.page_items
        page = found[first : first + query.page_items]
        pages = max(1, -(-len(found) // query.page_items))
        paging = {
            "paginaAtual": query.page,
            "itensPorPagina": query.page_items,
            "quantidadeDePaginas": pages,
            "quantidadeTotalDeItens": len(found),
        }
        parameters = {**dict(query.given), "paginacao": paging}
        return Reply(HTTPStatus.OK, {"parametros": parameters, "pix": [pix.as_json() for pix in page]})

    def _get_pix(self, call: Call) -> Reply:
        e2eid = checked(call.match["e2eid"], bacen_rules.END_TO_END_ID, Kind.PIX_QUERY_INVALID, "pix.endToEndId")
        return Reply(HTTPStatus.OK, self.ledger.asked_pix(e2eid).as_json())

    def _refund(self, call: Call) -> Reply:
        e2eid = checked(call.match["e2eid"], bacen_rules.END_TO_END_ID, Kind.REFUND_INVALID, "pix.endToEndId")
        refund_id = checked(call.match["id"], bacen_rules.REFUND_ID, Kind.REFUND_INVALID, "devolucao.id")
        body = call.json()
        order = bacen_rules.parse_refund(body)
        return Reply(HTTPStatus.CREATED, self.ledger.refund(e2eid, refund_id, order, _refund_script(call)).as_json())

    def _get_refund(self, call: Call) -> Reply:
        return Reply(HTTPStatus.OK, self.ledger.get_refund(call.match["e2eid"], call.match["id"]).as_json())


def checked(value: str, pattern: re.Pattern[str], kind: Kind, prop: str) -> str:
    if not pattern.fullmatch(value):
        reason = f"O campo {prop} não respeita o schema."
        raise Problem(kind, reason, (Violation(prop, reason, value),))
    return value


def _refund_script(call: Call) -> RefundScript | None:
    """The last script that befalls this refund; None leaves it to the bank's own."""
    ends = [effect for effect in call.effects if isinstance(effect, faults.RefundEnds)]
    return RefundScript(RefundState(ends[-1].state), ends[-1].polls) if ends else None


def _not_allowed(allowed: str) -> Answer:
    answer = Problem(Kind.INVALID_REQUEST, "Método não permitido.", status=405).as_answer()
    return Answer(answer.status, answer.body, answer.content_type, (("Allow", allowed),))


def _withheld(effects: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(scope for effect in effects if isinstance(effect, faults.FewerScopes) for scope in effect.withheld)


def _scripted(effects: tuple[Effect, ...], *, carried_out: bool) -> Answer | None:
    """The answer that the script puts in place of carrying the request out, or of its true answer."""
    for effect in effects:
        match effect:
            case faults.Status(code, problem, retry_after_s) if effect.carried_out is carried_out:
                body = {"type": ERROR_BASE + problem, "title": problem, "status": code, "detail": "Falha simulada."}
                wait = () if retry_after_s is None else (("Retry-After", str(retry_after_s)),)
                answer = json_answer(code, body, PROBLEM_JSON)
                return Answer(answer.status, answer.body, answer.content_type, wait)
            case faults.Html(code) if not carried_out:
                return Answer(code, _PAGE, "text/html; charset=utf-8")
            case _ if type(effect) in faults.BEFORE and not carried_out:
                return Answer(delivery=faults.BEFORE[type(effect)])
            case _:
                continue
    return None


def _broken_by_script(effects: tuple[Effect, ...], otherwise: Delivery) -> Delivery:
    broken = [faults.AFTER[type(effect)] for effect in effects if type(effect) in faults.AFTER]
    return broken[0] if broken else otherwise
