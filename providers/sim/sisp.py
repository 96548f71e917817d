"""The simulated SISP: the card page, the issuer's 3DS page at a host of its own, and the merchants' portal, over HTTPS.

The page is driven by whoever loads it. Paths and fields after the published clients of vinti4; the pages themselves
are ours. Answers are signed as SISP signs, by a form that posts itself to `urlMerchantResponse`.
"""

from __future__ import annotations

import asyncio
import hmac
import random
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl

from providers.sim import sisp_acts, sisp_pages
from providers.sim.ca import CertificateSet
from providers.sim.control import ControlHandler
from providers.sim.sisp_cards import OTP, card_fault, is_refused, offers_dcc
from providers.sim.sisp_faults import Kind, SispFault, SispPlan
from providers.sim.sisp_ledger import DCC_RATE, SispLedger, State, Transaction
from providers.sim.sisp_rules import PURCHASE, REFUND, Refused, parse_order, parse_question
from providers.sim.wire import Answer, Delivery, Request, WireServer, json_answer, public_tls

Json = dict[str, Any]

PAGE_PATH: Final = "/BizMPIOnUsSisp/CardPayment"
STATUS_PATH: Final = "/pos/transaction-status"
_HTML: Final = b"<html><head><title>503 Service Unavailable</title></head><body><center>nginx</center></body></html>\n"


@dataclass(frozen=True, slots=True)
class SispSettings:
    """One point of sale, and its merchant's access to the portal."""

    pos_id: str = "90051"
    pos_auth_code: str = "Sim4ulad0rSisp"
    portal_id: str = "comerciante-simulado"
    portal_password: str = "senha-do-portal-simulado"  # noqa: S105


def _now_utc() -> datetime:
    return datetime.now(UTC)


class SispSimulator:
    """A SISP on loopback. Time and chance are injected; its certificates are those of the throwaway authority."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: SispSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = _now_utc,
    ) -> None:
        self.settings = settings or SispSettings()
        self._certificates = certificates
        self._now = now
        self._books = SispLedger(self.settings.pos_auth_code, now, rng or random.Random(0))
        self._plan = SispPlan()
        self._sessions: dict[str, Transaction] = {}
        self._requests: list[Json] = []
        self._page = WireServer(self._at_page, now=now)
        self._acs = WireServer(self._at_issuer, now=now)
        self._portal = WireServer(self._at_portal, now=now)

    # --- Life -------------------------------------------------------------------------------------------------------

    @property
    def page_url(self) -> str:
        return f"{self._page.base_url}{PAGE_PATH}"

    @property
    def status_url(self) -> str:
        return f"{self._portal.base_url}{STATUS_PATH}"

    @property
    def issuer_url(self) -> str:
        """Another host than the page's, as every issuer's is; its certificate bears both names."""
        return f"https://localhost:{self._acs.port}"

    async def start(self, host: str = "127.0.0.1") -> None:
        """Listen over TLS, each part on a free port, which then stays."""
        for wire in self._wires:
            wire.host = host
            wire.tls = await asyncio.to_thread(public_tls, self._certificates.server)
            await wire.start()

    async def stop(self) -> None:
        for wire in self._wires:
            await wire.stop()

    async def set_down(self, down: bool) -> None:
        """Down: connections are refused and open ones dropped. What SISP knows stays."""
        for wire in self._wires:
            await (wire.stop() if down else wire.start())

    @property
    def _wires(self) -> tuple[WireServer, ...]:
        return (self._page, self._acs, self._portal)

    # --- The world --------------------------------------------------------------------------------------------------

    def set_faults(self, faults: Iterable[SispFault]) -> None:
        """Replace all faults; they are counted from here."""
        self._plan = SispPlan(tuple(faults))

    def clear_faults(self) -> None:
        self._plan = SispPlan()

    def ledger(self) -> Json:
        """All that SISP knows, as JSON: transactions, requests, and what a client did that it should not."""
        return {
            "transactions": [each.book_json() for each in self._books.transactions.values()],
            "violations": list(self._books.violations),
            "requests": list(self._requests),
            "is_up": self._page.is_up,
        }

    def control_handlers(self, prefix: str = "vinti4") -> dict[str, ControlHandler]:
        """The world's acts, named `{prefix}.set_faults` and so on, as a `ControlServer` serves them."""
        return sisp_acts.of_sisp(self, prefix)

    # --- The page ---------------------------------------------------------------------------------------------------

    async def _at_page(self, request: Request) -> Answer:
        steps = {
            PAGE_PATH: self._begin,
            "/BizMPIOnUsSisp/Card": self._card,
            "/BizMPIOnUsSisp/Dcc": self._dcc,
            "/BizMPIOnUsSisp/3ds": self._authenticated,
        }
        return self._served(request, steps.get(request.path), "page")

    def _served(self, request: Request, step: Callable[[Request], Answer] | None, where: str) -> Answer:
        entry: Json = {"where": where, "method": request.method, "path": request.path, "status": None}
        self._requests.append(entry)
        if step is None or request.method != "POST":
            answer = _html(404, sisp_pages.refused_page("página não encontrada"))
        else:
            try:
                answer = step(request)
            except Refused as refused:
                self._books.violate(str(refused), dict(_form(request)).get("merchantRef", ""))
                answer = _html(400, sisp_pages.refused_page(str(refused)))
        entry["status"] = answer.status
        slow = self._plan.take(Kind.SLOW)
        return answer if slow is None else replace(answer, delay_s=slow.delay_s)

    def _begin(self, request: Request) -> Answer:
        order = parse_order(request, self.settings.pos_id, self.settings.pos_auth_code)
        found = self._books.begin(order)
        if order.code == REFUND:
            return self._refund(found)
        return _html(200, sisp_pages.card_page(order.language, self._session(found), order.amount))

    def _refund(self, found: Transaction) -> Answer:
        if self._plan.take(Kind.REFUND_NOT_DONE):
            return Answer(delivery=Delivery.RESET)
        if self._plan.take(Kind.REFUND_REFUSED):
            self._books.decline(found, "57", "Estorno não permitido")
            return self._going(found, self._books.sign(found))
        try:
            self._books.give_back(found)
        except Refused as refused:
            self._books.violate(str(refused), found.order.merchant_ref)
            self._books.decline(found, "12", "Transação original desconhecida")
        if self._plan.take(Kind.REFUND_LOST):
            return Answer(delivery=Delivery.RESET)
        return self._going(found, self._books.sign(found))

    def _card(self, request: Request) -> Answer:
        fields, found = self._known(request)
        if fields.get("do") == "cancel":
            return self._cancelled(found)
        language, amount = found.order.language, found.order.amount
        fault = card_fault(fields.get("pan", ""), fields.get("expiry", ""), fields.get("cvc", ""), self._now())
        if fault:
            return _html(200, sisp_pages.card_page(language, self._session(found), amount, wrong=True))
        pan = "".join(filter(str.isdigit, fields["pan"]))
        found.last4 = pan[-4:]
        if is_refused(pan):
            self._books.decline(found, "51", "Saldo insuficiente")
            return self._going(found, self._books.sign(found))
        if found.order.code == PURCHASE and offers_dcc(pan):
            found.dcc = "offered"
            rate, currency, _ = DCC_RATE
            offer = f"{currency} (1 CVE = {rate} {currency})"
            return _html(200, sisp_pages.dcc_page(language, self._session(found), offer))
        return self._authenticate(found)

    def _dcc(self, request: Request) -> Answer:
        fields, found = self._known(request)
        found.dcc = "accepted" if fields.get("do") == "yes" else "refused"
        return self._authenticate(found)

    def _authenticate(self, found: Transaction) -> Answer:
        """To the issuer's page, by a form that posts itself; a bill or a recharge goes without 3DS."""
        if found.order.code != PURCHASE:
            return self._pay(found)
        page = sisp_pages.going_page(found.order.language, f"{self.issuer_url}/acs", {"token": self._session(found)})
        return _html(200, page)

    def _authenticated(self, request: Request) -> Answer:
        fields, found = self._known(request)
        if fields.get("cres") == "cancelled":
            return self._cancelled(found)
        return self._pay(found)

    def _pay(self, found: Transaction) -> Answer:
        if self._plan.take(Kind.DECLINED):
            self._books.decline(found, "05", "Não autorizada pelo emissor")
            return self._going(found, self._books.sign(found))
        if self._plan.take(Kind.FORGED):
            return self._going(found, self._forged(found))
        if self._plan.take(Kind.REPLAYED):
            earlier = [each for each in self._books.transactions.values() if each.answer.get("messageType") == "8"]
            return self._going(found, earlier[-1].answer if earlier else self._forged(found))
        differs = self._plan.take(Kind.AMOUNT_DIFFERS)
        self._books.approve(found, differs.amount if differs else 0)
        if self._plan.take(Kind.ANSWER_LOST):
            return _html(200, sisp_pages.end_page(found.order.language))
        if self._plan.take(Kind.RESPONSE_UNKNOWN):
            return self._going(found, self._books.sign(found, merchantResp="Z"))
        return self._going(found, self._books.sign(found))

    def _forged(self, found: Transaction) -> dict[str, str]:
        """Signed as by somebody who knows everything but the code; nothing of it stays in the books."""
        forger = SispLedger("senha adivinhada", self._now, random.Random(0))
        stranger = replace(found, answer={}, last4="4242")
        forger.approve(stranger)
        return forger.sign(stranger)

    def _cancelled(self, found: Transaction) -> Answer:
        if found.state is State.OPEN:
            found.state = State.CANCELLED
        order = found.order
        hint = {
            "UserCancelled": "true",
            "merchantRespMerchantRef": order.merchant_ref,
            "merchantRespMerchantSession": order.merchant_session,
        }
        return self._going(found, hint)

    def _going(self, found: Transaction, fields: dict[str, str]) -> Answer:
        return _html(200, sisp_pages.going_page(found.order.language, found.order.returns_to, fields))

    def _session(self, found: Transaction) -> str:
        """A token for the next step, good once."""
        token = secrets.token_urlsafe(24)
        self._sessions[token] = found
        return token

    def _known(self, request: Request) -> tuple[dict[str, str], Transaction]:
        fields = dict(_form(request))
        found = self._sessions.pop(fields.get("token", ""), None)
        if found is None or found.state is not State.OPEN:
            raise Refused("sessão desconhecida ou já usada")
        return fields, found

    # --- The issuer -------------------------------------------------------------------------------------------------

    async def _at_issuer(self, request: Request) -> Answer:
        steps = {"/acs": self._challenge, "/acs/answer": self._challenged}
        return self._served(request, steps.get(request.path), "issuer")

    def _challenge(self, request: Request) -> Answer:
        _, found = self._known(request)
        return _html(200, sisp_pages.otp_page(found.order.language, self._session(found), OTP))

    def _challenged(self, request: Request) -> Answer:
        fields, found = self._known(request)
        language = found.order.language
        cancelled = fields.get("do") == "cancel"
        if not cancelled and fields.get("otp", "").strip() != OTP:
            return _html(200, sisp_pages.otp_page(language, self._session(found), OTP, wrong=True))
        told = {"token": self._session(found), "cres": "cancelled" if cancelled else "authenticated"}
        return _html(200, sisp_pages.going_page(language, f"{self._page.base_url}/BizMPIOnUsSisp/3ds", told))

    # --- The portal -------------------------------------------------------------------------------------------------

    async def _at_portal(self, request: Request) -> Answer:
        entry: Json = {"where": "portal", "method": request.method, "path": request.path, "status": None}
        self._requests.append(entry)
        answer = self._asked(request)
        entry["status"] = answer.status
        slow = self._plan.take(Kind.SLOW)
        return answer if slow is None else replace(answer, delay_s=slow.delay_s)

    def _asked(self, request: Request) -> Answer:
        settings = self.settings
        if self._plan.take(Kind.STATUS_SILENT):
            return Answer(delivery=Delivery.RESET)
        if self._plan.take(Kind.STATUS_DOWN):
            return Answer(503, _HTML, "text/html")
        if request.method != "POST" or request.path != STATUS_PATH:
            return json_answer(404, {"result": False, "msg": "Recurso não encontrado"})
        pair = b64encode(f"{settings.portal_id}:{settings.portal_password}".encode()).decode()
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), f"Basic {pair}".encode()):
            return json_answer(401, {"result": False, "msg": "Não autorizado"})
        try:
            pos_id, code, merchant_ref = parse_question(request)
        except Refused as refused:
            self._books.violate(str(refused))
            return json_answer(400, {"result": False, "msg": str(refused)})
        if (pos_id, code) != (settings.pos_id, settings.pos_auth_code) or self._plan.take(Kind.STATUS_FAILS):
            return json_answer(200, {"result": False, "msg": "Não foi possível consultar"})
        return json_answer(200, self._word(merchant_ref))

    def _word(self, merchant_ref: str) -> Json:
        found = self._books.by_reference(merchant_ref)
        paid = found is not None and found.state is State.APPROVED
        if paid and self._plan.take(Kind.STATUS_LATE):
            paid = False
        told = {
            State.APPROVED: "Aprovada",
            State.DECLINED: "Recusada",
            State.CANCELLED: "Cancelada",
            State.OPEN: "Em curso",
        }
        description = told[found.state] if found is not None else "Transação não encontrada"
        return {
            "result": True,
            "msg": "",
            "transactionSuccess": paid,
            "transactionStatusDescription": description,
        }


def _form(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.body.decode("utf-8", errors="replace"), keep_blank_values=True)


def _html(status: int, body: bytes) -> Answer:
    return Answer(status, body, "text/html; charset=utf-8", (("Cache-Control", "no-store"),))
