"""The simulated Banco Inter: Bacen's API under `/pix/v2`, payments under `/banking/v2`, and its limits.

Paths, headers and form fields after Inter's published SDK (inter-co/pj-sdk-python 1.0.2).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from providers.sim import acts, bacen_rules, banking, faults
from providers.sim.bacen_api import PIX_SCOPES, AccountSettings, BacenApi, Call, Reply, Route, checked, pix_routes
from providers.sim.banking import Outcome, PaymentDesk, PixOutScript
from providers.sim.ca import CertificateSet, fingerprint
from providers.sim.control import ControlHandler
from providers.sim.faults import Operation
from providers.sim.ledger import Ledger, Status
from providers.sim.limits import Limit, Meter
from providers.sim.pix_bank import PixBank, now_utc
from providers.sim.problems import Kind, Problem, Violation
from providers.sim.tokens import TokenOffice
from providers.sim.wire import Answer, Request

Json = dict[str, Any]

TOKEN_PATH: Final = "/oauth/v2/token"  # noqa: S105
BANKING_PIX: Final = "/banking/v2/pix"
FLAT_PAYMENTS: Final = "/pix/v2/pix/payments"
"""Not in Inter's SDK: the path of the owner's script, which sends a flat body and asks by txid."""
ALL_SCOPES: Final = (*PIX_SCOPES, "pagamento-pix.read", "pagamento-pix.write", "extrato.read")
PRODUCTION_LIMIT: Final = Limit(120)
SANDBOX_LIMIT: Final = Limit(10)
_PIX_PAY: Final = re.compile("/pix/v2/cob/pagar/(?P<txid>[^/]+)")


@dataclass(frozen=True, slots=True)
class InterSettings(AccountSettings):
    """The receiver's account, and how this bank behaves. Limits are the integration's, whoever calls in its name."""

    client_id: str = "totem-inter-simulado"
    client_secret: str = "segredo-de-simulador-inter"  # noqa: S105
    keys: tuple[str, ...] = ("5b1c2a9e-7d43-4f60-8a51-0c9be7f1d2a4",)
    merchant_city: str = "BELO HORIZONTE"
    scopes: tuple[str, ...] = ALL_SCOPES
    location_host: str = "spi-qrcode.inter.invalid/spi/pj/v2"
    accounts: tuple[str, ...] = ("123456789",)
    """With more than one, `x-conta-corrente` must name one of them; otherwise it may be absent."""
    sandbox: bool = False
    """The sandbox lets the client play the payer, and takes fewer calls."""
    call_limits: tuple[Limit, ...] | None = None
    """None takes the sandbox's or production's."""
    token_limits: tuple[Limit, ...] = (Limit(5),)
    pix_out_limits: tuple[Limit, ...] = (Limit(60), Limit(1, 1.0))
    pix_out_path: str = BANKING_PIX
    opening_balance_cents: int = 100_000

    def limits(self) -> tuple[Limit, ...]:
        if self.call_limits is not None:
            return self.call_limits
        return (SANDBOX_LIMIT if self.sandbox else PRODUCTION_LIMIT,)


class InterApi(BacenApi):
    """Inter's way of serving Bacen's API, and its own payments."""

    def __init__(
        self, settings: InterSettings, ledger: Ledger, tokens: TokenOffice, now: Callable[[], datetime]
    ) -> None:
        super().__init__(settings, ledger, tokens, now, token_path=TOKEN_PATH, routes=_routes(settings))
        self.desk = PaymentDesk(ledger, now)
        self._settings = settings
        self.token_meter = Meter(settings.token_limits, now)
        self.pix_meter = Meter(settings.limits(), now)
        self.banking_meter = Meter(settings.limits(), now)
        self.pix_out_meter = Meter(settings.pix_out_limits, now)
        self.acts |= {
            Operation.PAY_CHARGE: self._pay_charge,
            Operation.PIX_OUT: self._pix_out,
            Operation.GET_PIX_OUT: self._get_pix_out,
            Operation.BALANCE: self._balance,
        }

    def admit(self, route: Route, request: Request) -> None:
        super().admit(route, request)
        self._check_account(request.headers.get("x-conta-corrente"))
        self._meter_of(route.operation).take()

    def token_answer(self, request: Request, withheld: tuple[str, ...]) -> Answer:
        """Every token request counts, a wrong one too."""
        try:
            self.token_meter.take()
        except Problem as problem:
            self.tokens.asked += 1
            return problem.as_answer()
        return super().token_answer(request, withheld)

    def refused_by_limits(self) -> int:
        meters = (self.token_meter, self.pix_meter, self.banking_meter, self.pix_out_meter)
        return sum(meter.refused for meter in meters)

    def _meter_of(self, operation: Operation) -> Meter:
        if operation is Operation.PIX_OUT:
            return self.pix_out_meter
        return self.banking_meter if operation in {Operation.GET_PIX_OUT, Operation.BALANCE} else self.pix_meter

    def _check_account(self, given: str | None) -> None:
        accounts = self._settings.accounts
        if given is None and len(accounts) > 1:
            reason = "O cabeçalho x-conta-corrente é obrigatório quando a integração cobre várias contas."
            raise Problem(Kind.INVALID_REQUEST, reason, (Violation("x-conta-corrente", reason),))
        if given is not None and given not in accounts:
            raise Problem(Kind.ACCESS_DENIED, "A conta corrente não pertence a esta integração.")

    # --- Operations -------------------------------------------------------------------------------------------------

    def _pay_charge(self, call: Call) -> Reply:
        txid = checked(call.match["txid"], bacen_rules.CHARGE_TXID, Kind.CHARGE_INVALID, "cob.txid")
        amount_cents = banking.parse_sandbox_payment(call.json())
        charge = self.ledger.charge(txid)
        if charge.status is not Status.ACTIVE or self.now() >= charge.expires_at:
            reason = "Somente uma cobrança ativa e não expirada pode ser paga."
            raise Problem(Kind.CHARGE_INVALID, reason, (Violation("cob.status", reason, charge.status.value),))
        pix = self.ledger.receive(amount_cents, charge.order.key, charge)
        return Reply(HTTPStatus.OK, {"e2e": pix.end_to_end_id})

    def _pix_out(self, call: Call) -> Reply:
        given = call.request.headers.get("x-id-idempotente")
        body = call.json()
        if self._settings.pix_out_path == FLAT_PAYMENTS and "destinatario" not in body:
            order = banking.parse_flat_pix_out(body)
            key = str(order.txid) if given is None else banking.parse_idempotency_key(given)
        else:
            key = banking.parse_idempotency_key(given)
            order = banking.parse_pix_out(body, self.now().astimezone(banking.BRASILIA).date())
        return Reply(HTTPStatus.OK, self.desk.send(key, order, _pix_out_script(call)).answer_json())

    def _get_pix_out(self, call: Call) -> Reply:
        account = call.request.headers.get("x-conta-corrente", self._first_account())
        return Reply(HTTPStatus.OK, self.desk.ask(call.match["code"]).as_json(account))

    def _balance(self, _: Call) -> Reply:
        body = {
            "disponivel": banking.number(self.ledger.balance_cents),
            "bloqueadoCheque": 0,
            "bloqueadoJudicialmente": 0,
            "bloqueadoAdministrativo": 0,
            "limite": 0,
        }
        return Reply(HTTPStatus.OK, body)

    def _first_account(self) -> str:
        return self._settings.accounts[0] if self._settings.accounts else ""


class InterBank(PixBank):
    """A Banco Inter on loopback. Time and chance are injected."""

    def __init__(
        self,
        certificates: CertificateSet,
        settings: InterSettings | None = None,
        *,
        rng: random.Random | None = None,
        now: Callable[[], datetime] = now_utc,
    ) -> None:
        self.settings = settings or InterSettings()
        chance = rng or random.Random(0)
        ledger = Ledger(now, chance, self.settings.refund_script, self.settings.opening_balance_cents)
        tokens = TokenOffice(
            client_id=self.settings.client_id,
            client_secret=self.settings.client_secret,
            client_sha256=fingerprint(certificates.client.cert),
            allowed_scopes=self.settings.scopes,
            now=now,
            rng=chance,
            lifetime_s=self.settings.token_lifetime_s,
            secret_in_form=True,
        )
        self._inter = InterApi(self.settings, ledger, tokens, now)
        super().__init__(certificates, self.settings, self._inter)

    def set_pix_out(self, answer: Outcome = "PROCESSADO", ends: str = "PAGO", polls: int | None = 1) -> None:
        """How Pix out end that are sent from here on, unless a `PixOutEnds` befalls one."""
        if answer not in {"PROCESSADO", "APROVACAO", "AGENDADO"}:
            raise ValueError(f"no such answer: {answer!r}")
        self._inter.desk.script = PixOutScript(answer, ends, polls)

    def settle_pix_out(self, status: str, code: str | None = None) -> int:
        """End one Pix out, or all that are open, now (the owner approves, refuses); how many there were."""
        return self._inter.desk.settle(status, code)

    def ledger(self) -> Json:
        """As every bank's, with `pix_out` and the number of calls refused by a limit."""
        sent = [record.book_json() for record in self._inter.desk.records.values()]
        return {**super().ledger(), "pix_out": sent, "refused_by_limits": self._inter.refused_by_limits()}

    def control_handlers(self, prefix: str = "inter") -> dict[str, ControlHandler]:
        return acts.of_inter(self, prefix)


def _routes(settings: InterSettings) -> tuple[Route, ...]:
    path = re.escape(settings.pix_out_path)
    payments = (
        Route("POST", re.compile(path), Operation.PIX_OUT, "pagamento-pix.write"),
        Route("GET", re.compile(f"{path}/(?P<code>[^/]+)"), Operation.GET_PIX_OUT, "pagamento-pix.read"),
        Route("GET", re.compile("/banking/v2/saldo"), Operation.BALANCE, "extrato.read"),
    )
    sandbox = (Route("POST", _PIX_PAY, Operation.PAY_CHARGE, "pix.write"),) if settings.sandbox else ()
    return (*pix_routes("/pix/v2"), *payments, *sandbox)


def _pix_out_script(call: Call) -> PixOutScript | None:
    """The last script that befalls this payment; None leaves it to the bank's own."""
    ends = [effect for effect in call.effects if isinstance(effect, faults.PixOutEnds)]
    return PixOutScript(ends[-1].answer, ends[-1].ends, ends[-1].polls) if ends else None
