"""A Sicredi-like bank's API: Bacen's Pix API 2.9.0 behind OAuth with mutual TLS, as a strict bank would keep it."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from providers.sim import answers, bacen_rules, faults
from providers.sim.faults import Effect, FaultPlan, Operation
from providers.sim.ledger import ChargeRecord, Ledger, RefundScript, rfc3339
from providers.sim.problems import ERROR_BASE, PROBLEM_JSON, Kind, Problem, Violation
from providers.sim.tokens import TokenOffice
from providers.sim.wire import Answer, Delivery, Request, json_answer
from totem.domain import brcode

ALL_SCOPES: Final = (
    "cob.read",
    "cob.write",
    "pix.read",
    "pix.write",
    "payloadlocation.read",
    "payloadlocation.write",
    "webhook.read",
    "webhook.write",
)
_V2: Final = frozenset({"v2"})
_V2_V3: Final = frozenset({"v2", "v3"})
MAX_LOG: Final = 10_000
_PAGE: Final = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"

DEFAULT_VERSIONS: Final[Mapping[Operation, frozenset[str]]] = {
    Operation.CREATE_CHARGE: _V2_V3,
    Operation.GET_CHARGE: _V2_V3,
    Operation.CANCEL_CHARGE: _V2_V3,
    Operation.QRCODE: _V2,
    Operation.RECEIVED: _V2,
    Operation.GET_PIX: _V2,
    Operation.REFUND: _V2,
    Operation.GET_REFUND: _V2,
}
"""Versions that each operation is served at; any other is answered 404."""


@dataclass(frozen=True, slots=True)
class SicrediSettings:
    """The receiver's account and how this bank behaves."""

    client_id: str = "totem-simulado"
    client_secret: str = "segredo-de-simulador"  # noqa: S105
    keys: tuple[str, ...] = ("7d9f0335-8dcc-4054-9bf9-0dbd61d36906",)
    merchant_name: str = "LAVA RAPIDO SIMULADO"
    merchant_city: str = "GRAMADO"
    scopes: tuple[str, ...] = ALL_SCOPES
    versions: Mapping[Operation, frozenset[str]] = field(default_factory=lambda: dict(DEFAULT_VERSIONS))
    token_lifetime_s: int = 3600
    amount_in_code: bool = True
    location_host: str = "pix.sicredi.invalid/qr/v2"
    refund_script: RefundScript = field(default_factory=RefundScript)


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
class _Reply:
    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    path: re.Pattern[str]
    operation: Operation
    scope: str


_API: Final = "/api/(?P<version>v[0-9]+)"
_COB: Final = re.compile(rf"{_API}/cob/(?P<txid>[^/]+)")
_REFUND: Final = re.compile(rf"{_API}/pix/(?P<e2eid>[^/]+)/devolucao/(?P<id>[^/]+)")
_ROUTES: Final = (
    _Route("PUT", _COB, Operation.CREATE_CHARGE, "cob.write"),
    _Route("GET", _COB, Operation.GET_CHARGE, "cob.read"),
    _Route("PATCH", _COB, Operation.CANCEL_CHARGE, "cob.write"),
    _Route("GET", re.compile(rf"{_API}/loc/(?P<id>[^/]+)/qrcode"), Operation.QRCODE, "payloadlocation.read"),
    _Route("GET", re.compile(rf"{_API}/pix"), Operation.RECEIVED, "pix.read"),
    _Route("GET", re.compile(rf"{_API}/pix/(?P<e2eid>[^/]+)"), Operation.GET_PIX, "pix.read"),
    _Route("PUT", _REFUND, Operation.REFUND, "pix.write"),
    _Route("GET", _REFUND, Operation.GET_REFUND, "pix.read"),
)


class SicrediApi:
    """Turns requests into answers. One call runs to its end before the next begins, so that each act is atomic."""

    def __init__(
        self, settings: SicrediSettings, ledger: Ledger, tokens: TokenOffice, now: Callable[[], datetime]
    ) -> None:
        self.plan = FaultPlan()
        self.requests: deque[LogEntry] = deque(maxlen=MAX_LOG)
        self._settings = settings
        self._ledger = ledger
        self._tokens = tokens
        self._now = now
        self._acts: dict[Operation, Callable[[Request, re.Match[str]], _Reply]] = {
            Operation.CREATE_CHARGE: self._create,
            Operation.GET_CHARGE: self._get,
            Operation.CANCEL_CHARGE: self._cancel,
            Operation.QRCODE: self._qrcode,
            Operation.RECEIVED: self._received,
            Operation.GET_PIX: self._get_pix,
            Operation.REFUND: self._refund,
            Operation.GET_REFUND: self._get_refund,
        }

    async def handle(self, request: Request) -> Answer:
        operation, answer = self._dispatch(request)
        result = str(answer.status) if answer.delivery is Delivery.WHOLE else answer.delivery.value
        self.requests.append(LogEntry(self._now(), operation, request.method, request.path, result))
        return answer

    def _dispatch(self, request: Request) -> tuple[str, Answer]:
        if request.path == "/oauth/token":
            if request.method != "POST":
                return "token", _not_allowed("POST")
            return "token", self._under_faults(
                Operation.TOKEN, None, lambda effects: self._tokens.answer(request, _withheld(effects))
            )
        found = [(route, match) for route in _ROUTES if (match := route.path.fullmatch(request.path))]
        for route, match in found:
            if route.method == request.method:
                return route.operation.value, self._call(route, match, request)
        if found:
            return "unknown", _not_allowed(", ".join(route.method for route, _ in found))
        return "unknown", Problem(Kind.NOT_FOUND, "Recurso não encontrado.").as_answer()

    def _call(self, route: _Route, match: re.Match[str], request: Request) -> Answer:
        if match["version"] not in self._settings.versions.get(route.operation, frozenset()):
            return Problem(Kind.NOT_FOUND, f"Versão {match['version']} não disponível aqui.").as_answer()

        def act(effects: tuple[Effect, ...]) -> Answer:
            try:
                self._tokens.check(request, route.scope)
                reply = self._acts[route.operation](request, match)
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
                self._tokens.expire_all()
        self._pay_at("before", txid, effects)
        answer = _scripted(effects, carried_out=False)
        if answer is None:
            honest = act(effects)
            answer = _scripted(effects, carried_out=True) or honest
            self._pay_at("after", txid, effects)
        delivery = _broken_by_script(effects, answer.delivery)
        return Answer(answer.status, answer.body, answer.content_type, answer.headers, delivery, delay_s)

    def _pay_at(self, when: str, txid: str | None, effects: tuple[Effect, ...]) -> None:
        charge = self._ledger.charges.get(txid or "")
        if charge is None:
            return
        for effect in effects:
            if isinstance(effect, faults.PayAt) and effect.when == when and (effect.again or not charge.pix):
                amount_cents = charge.order.amount_cents if effect.amount_cents is None else effect.amount_cents
                self._ledger.receive(amount_cents, charge.order.key, charge)

    # --- Operations -------------------------------------------------------------------------------------------------

    def _create(self, request: Request, match: re.Match[str]) -> _Reply:
        txid = _checked(match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_INVALID, "cob.txid")
        body = bacen_rules.parse_body(request.headers.get("content-type", ""), request.body)
        order = bacen_rules.parse_charge(body, self._settings.keys)
        charge = self._ledger.create(txid, order, lambda number: self._code(order.amount_cents, number))
        return _Reply(HTTPStatus.CREATED, charge.as_json(with_pix=False))

    def _code(self, amount_cents: int, number: int) -> tuple[str, str]:
        """Location and copia e cola. A dynamic code's txid is `***`; its payload has the real one."""
        settings = self._settings
        location = f"{settings.location_host}/{self._ledger.rng.getrandbits(112):028x}{number:04x}"
        shown = amount_cents if settings.amount_in_code else None
        return location, brcode.encode_dynamic(location, settings.merchant_name, settings.merchant_city, shown)

    def _get(self, request: Request, match: re.Match[str]) -> _Reply:
        txid = _checked(match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_QUERY_INVALID, "cob.txid")
        charge = self._ledger.charge(txid)
        revision = dict(request.query).get("revisao", str(charge.revision))
        if revision != str(charge.revision):
            reason = "O parâmetro revisao corresponde a uma revisão inexistente."
            raise Problem(Kind.CHARGE_QUERY_INVALID, reason, (Violation("cob.revisao", reason, revision),))
        return _Reply(HTTPStatus.OK, charge.as_json(with_pix=True))

    def _cancel(self, request: Request, match: re.Match[str]) -> _Reply:
        txid = _checked(match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_INVALID, "cob.txid")
        body = bacen_rules.parse_body(request.headers.get("content-type", ""), request.body)
        self._ledger.charge(txid)
        bacen_rules.parse_removal(body)
        return _Reply(HTTPStatus.OK, self._ledger.remove(txid).as_json(with_pix=False))

    def _qrcode(self, _: Request, match: re.Match[str]) -> _Reply:
        charge: ChargeRecord = self._ledger.of_location(match["id"])
        return _Reply(HTTPStatus.OK, {"qrcode": charge.copia_e_cola})

    def _received(self, request: Request, _: re.Match[str]) -> _Reply:
        query = bacen_rules.parse_pix_query(request.query)
        found = self._ledger.received(query)
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
        return _Reply(HTTPStatus.OK, {"parametros": parameters, "pix": [pix.as_json() for pix in page]})

    def _get_pix(self, _: Request, match: re.Match[str]) -> _Reply:
        e2eid = _checked(match["e2eid"], bacen_rules.END_TO_END_ID, Kind.PIX_QUERY_INVALID, "pix.endToEndId")
        return _Reply(HTTPStatus.OK, self._ledger.asked_pix(e2eid).as_json())

    def _refund(self, request: Request, match: re.Match[str]) -> _Reply:
        e2eid = _checked(match["e2eid"], bacen_rules.END_TO_END_ID, Kind.REFUND_INVALID, "pix.endToEndId")
        refund_id = _checked(match["id"], bacen_rules.REFUND_ID, Kind.REFUND_INVALID, "devolucao.id")
        body = bacen_rules.parse_body(request.headers.get("content-type", ""), request.body)
        order = bacen_rules.parse_refund(body)
        return _Reply(HTTPStatus.CREATED, self._ledger.refund(e2eid, refund_id, order).as_json())

    def _get_refund(self, _: Request, match: re.Match[str]) -> _Reply:
        return _Reply(HTTPStatus.OK, self._ledger.get_refund(match["e2eid"], match["id"]).as_json())


def _checked(value: str, pattern: re.Pattern[str], kind: Kind, prop: str) -> str:
    if not pattern.fullmatch(value):
        reason = f"O campo {prop} não respeita o schema."
        raise Problem(kind, reason, (Violation(prop, reason, value),))
    return value


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
