"""Pix out of an account of Banco Inter's: `POST /banking/v2/pix`, its query and the balance.

Shapes after the models of Inter's published SDK (inter-co/pj-sdk-python 1.0.2).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final, Literal

from providers.sim.bacen_rules import CHARGE_TXID, MAX_KEY, Checker
from providers.sim.ledger import Ledger, rfc3339
from providers.sim.problems import Kind, Problem, Violation

INTER_ISPB: Final = "00416968"
MAX_TEXT: Final = 140
BRASILIA: Final = timezone(timedelta(hours=-3))
PAID: Final = frozenset({"PAGO", "PIX_PAGO", "ENVIADO", "PIX_ENVIADO", "DEBITADO"})
"""Statuses in which the money has left the account."""

_AMOUNT: Final = re.compile(r"[0-9]{1,10}\.[0-9]{2}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PIX_KEY: Final = re.compile(
    r"[0-9]{11}"  # CPF
    r"|[0-9A-Z]{14}"  # CNPJ
    r"|\+[1-9][0-9]{9,14}"  # telephone
    r"|[^@\s]+@[^@\s]+\.[^@\s]+"  # e-mail
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # random
)
_FIRST: Final = {
    "PROCESSADO": ("CRIADO", "APROVADO"),
    "APROVACAO": ("CRIADO", "AGUARDANDO_APROVACAO"),
    "AGENDADO": ("CRIADO", "AGENDADO"),
}
Json = dict[str, Any]
Outcome = Literal["PROCESSADO", "APROVACAO", "AGENDADO"]


@dataclass(frozen=True, slots=True)
class PixOutScript:
    """How a payment is answered, and what it reads after `polls` questions; 0 at once, None never by itself."""

    answer: Outcome = "PROCESSADO"
    ends: str = "PAGO"
    polls: int | None = 1


@dataclass(frozen=True, slots=True)
class PixOutOrder:
    """Two orders are the same where they compare equal."""

    amount_cents: int
    key: str
    text: str | None = None
    day: date | None = None
    txid: str | None = None


@dataclass(slots=True)
class PixOutRecord:
    code: str
    idempotency_key: str
    order: PixOutOrder
    asked_at: datetime
    end_to_end_id: str
    script: PixOutScript
    history: list[tuple[str, datetime]]
    questions: int = 0
    is_settled: bool = False

    @property
    def status(self) -> str:
        return self.history[-1][0]

    def answer_json(self) -> Json:
        """IncludePixResponse."""
        asked = self.asked_at.astimezone(BRASILIA)
        body: Json = {
            "tipoRetorno": self.script.answer,
            "codigoSolicitacao": self.code,
            "dataPagamento": (self.order.day or asked.date()).isoformat(),
            "dataOperacao": asked.date().isoformat(),
            "horaPagamento": f"{asked:%H:%M:%S}",
        }
        if self.script.answer == "PROCESSADO":
            body["endToEndId"] = self.end_to_end_id
        if self.script.answer == "AGENDADO":
            body["codigoAgendamento"] = self.code
        return body

    def as_json(self, account: str) -> Json:
        """RetrievePixResponse."""
        failed = self.is_settled and self.status not in PAID
        error = {"codigoErro": "SIM01", "descricaoErro": f"Falha simulada: {self.status}."}
        transaction: Json = {
            "contaCorrente": account,
            "recebedor": {"nome": "Cliente Simulado", "cpfCnpj": "***456789**", "codIspb": "00000208"},
            "erros": [error] if failed else [],
            "endToEnd": self.end_to_end_id,
            "valor": number(self.order.amount_cents),
            "status": self.status,
            "dataHoraMovimento": rfc3339(self.history[-1][1]),
            "dataHoraSolicitacao": rfc3339(self.asked_at),
            "chave": self.order.key,
            "codigoSolicitacao": self.code,
        }
        events = [{"status": status, "dataHoraEvento": rfc3339(at)} for status, at in self.history]
        return {"transacaoPix": transaction, "historico": events}

    def book_json(self) -> Json:
        return {
            "code": self.code,
            "idempotency_key": self.idempotency_key,
            "end_to_end_id": self.end_to_end_id,
            "amount_cents": self.order.amount_cents,
            "key": self.order.key,
            "text": self.order.text,
            "txid": self.order.txid,
            "status": self.status,
            "at": rfc3339(self.asked_at),
        }


@dataclass(slots=True)
class PaymentDesk:
    """Sends Pix once for each idempotency key, out of the account that the ledger keeps."""

    ledger: Ledger
    now: Callable[[], datetime]
    script: PixOutScript = field(default_factory=PixOutScript)
    records: dict[str, PixOutRecord] = field(default_factory=dict)
    _by_key: dict[str, PixOutRecord] = field(default_factory=dict)

    def send(self, idempotency_key: str, order: PixOutOrder, script: PixOutScript | None) -> PixOutRecord:
        """The same key and order again is answered as at first, and pays nothing; another order is refused (409)."""
        known = self._by_key.get(idempotency_key)
        if known is not None:
            if known.order != order:
                raise Problem(Kind.CONFLICT, "O x-id-idempotente já foi usado em outro pagamento.")
            return known
        at = self.now().astimezone(UTC)
        code = str(uuid.UUID(int=self.ledger.rng.getrandbits(128), version=4))
        script = self._planned(order, at, self.script if script is None else script)
        history = [(status, at) for status in _FIRST[script.answer]]
        e2e_id = self.ledger.spi_id("E", at, INTER_ISPB)
        record = PixOutRecord(code, idempotency_key, order, at, e2e_id, script, history)
        self.records[code] = self._by_key[idempotency_key] = record
        self._maybe_settle(record)
        return record

    def ask(self, name: str) -> PixOutRecord:
        """By codigoSolicitacao, or by the order's own txid. Raises Problem 404."""
        for record in self.records.values():
            if name in {record.code, record.order.txid}:
                record.questions += 1
                self._maybe_settle(record)
                return record
        raise Problem(Kind.PAYMENT_NOT_FOUND, "Pagamento não encontrado para o código informado.")

    def settle(self, status: str, code: str | None = None) -> int:
        """End the payment of that code, or all that are open; how many there were."""
        wanted = [one for one in self.records.values() if code in {None, one.code} and not one.is_settled]
        for record in wanted:
            self._end(record, status)
        return len(wanted)

    def _planned(self, order: PixOutOrder, at: datetime, script: PixOutScript) -> PixOutScript:
        """A day to come makes a payment AGENDADO, and it then waits for that day's hand."""
        if order.day is None or order.day <= at.astimezone(BRASILIA).date():
            return script
        return PixOutScript("AGENDADO", script.ends, None)

    def _maybe_settle(self, record: PixOutRecord) -> None:
        polls = record.script.polls
        if not record.is_settled and polls is not None and record.questions >= polls:
            self._end(record, record.script.ends)

    def _end(self, record: PixOutRecord, status: str) -> None:
        """Money leaves only here, and only where the account has it."""
        record.is_settled = True
        if status in PAID and self.ledger.balance_cents < record.order.amount_cents:
            status = "CANCELADO_SEM_SALDO"
        record.history.append((status, self.now().astimezone(UTC)))
        if status in PAID:
            self.ledger.paid_out_cents += record.order.amount_cents


# --- Rules ------------------------------------------------------------------------------------------------------------


def parse_idempotency_key(given: str | None) -> str:
    """`x-id-idempotente`, a UUID in its canonical form. Raises Problem 400."""
    try:
        if given is not None and str(uuid.UUID(given)) == given.lower():
            return given.lower()
    except ValueError:
        pass
    reason = "O cabeçalho x-id-idempotente é obrigatório e deve ser um UUID."
    raise Problem(Kind.PAYMENT_INVALID, reason, (Violation("x-id-idempotente", reason, given),))


def parse_pix_out(body: Json, today: date) -> PixOutOrder:
    """The body of `POST /banking/v2/pix` (the SDK's Pix, with a recipient of tipo CHAVE)."""
    check = Checker("pix")
    check.only(body, "", ("valor", "dataPagamento", "descricao", "destinatario"))
    recipient = check.object(body, "destinatario", required=True)
    check.only(recipient, "destinatario.", ("tipo", "chave"))
    if recipient.get("tipo") != "CHAVE":
        check.blame("destinatario.tipo", "Somente o tipo CHAVE é aceito aqui.", recipient.get("tipo"))
    order = PixOutOrder(
        amount_cents=amount(check, body),
        key=_pix_key(check, recipient, "destinatario.chave"),
        text=check.text(body, "descricao", MAX_TEXT),
        day=_day(check, body, today),
    )
    check.close(Kind.PAYMENT_INVALID)
    return order


def parse_flat_pix_out(body: Json) -> PixOutOrder:
    """The body that the owner's script sends to `/pix/v2/pix/payments`: valor, chave, descricao, txid, side by side."""
    check = Checker("pix")
    check.only(body, "", ("valor", "chave", "descricao", "txid"))
    txid = body.get("txid")
    if not isinstance(txid, str) or not CHARGE_TXID.fullmatch(txid):
        check.blame("txid", "O campo txid não respeita o schema.", txid)
    text = check.text(body, "descricao", MAX_TEXT)
    order = PixOutOrder(amount(check, body), _pix_key(check, body, "chave"), text, txid=str(txid))
    check.close(Kind.PAYMENT_INVALID)
    return order


def parse_sandbox_payment(body: Json) -> int:
    """The body of `POST /pix/v2/cob/pagar/{txid}`, in cents."""
    check = Checker("pagamento")
    check.only(body, "", ("valor",))
    amount_cents = amount(check, body)
    check.close(Kind.CHARGE_INVALID)
    return amount_cents


def amount(check: Checker, body: Json) -> int:
    """`valor` in cents. Inter's SDK writes a string, most others a number: both are taken, whole cents only."""
    value = body.get("valor")
    if type(value) in {int, float}:
        cents = Decimal(repr(value)) * 100
        if 0 < cents < 10**12 and cents == cents.to_integral_value():
            return int(cents)
    elif isinstance(value, str) and _AMOUNT.fullmatch(value) and int(value.replace(".", "")) > 0:
        return int(value.replace(".", ""))
    check.blame("valor", "O campo valor não é uma quantia maior que zero, com duas casas.", value)
    return 0


def number(amount_cents: int) -> float:
    """A JSON number of reais, as Inter writes its balance and its payments. For the wire only: no sum is made of it."""
    return float(Decimal(amount_cents) / 100)


def _pix_key(check: Checker, holder: Json, path: str) -> str:
    key = holder.get("chave")
    if isinstance(key, str) and len(key) <= MAX_KEY and _PIX_KEY.fullmatch(key):
        return key
    check.blame(path, f"O campo {path} não é uma chave Pix.", key)
    return ""


def _day(check: Checker, body: Json, today: date) -> date | None:
    if "dataPagamento" not in body:
        return None
    text = body["dataPagamento"]
    try:
        if isinstance(text, str) and _DAY.fullmatch(text) and (day := date.fromisoformat(text)) >= today:
            return day
    except ValueError:
        pass
    check.blame("dataPagamento", "O campo dataPagamento não é um dia de hoje em diante (AAAA-MM-DD).", text)
    return None
