"""What the simulated bank knows: charges, received Pix and refunds, by Bacen's rules (Pix API 2.9.0)."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from providers.sim.bacen_rules import ChargeOrder, PixQuery, RefundOrder, decimal_text
from providers.sim.problems import Kind, Problem, Violation

REFUND_WINDOW: Final = timedelta(days=90)
PAYER_ISPB: Final = "00000208"
_ALPHANUMERIC: Final = string.ascii_letters + string.digits


class Status(StrEnum):
    ACTIVE = "ATIVA"
    COMPLETED = "CONCLUIDA"
    REMOVED = "REMOVIDA_PELO_USUARIO_RECEBEDOR"


class RefundState(StrEnum):
    PROCESSING = "EM_PROCESSAMENTO"
    DONE = "DEVOLVIDO"
    NOT_DONE = "NAO_REALIZADO"


@dataclass(frozen=True, slots=True)
class RefundScript:
    """How refunds end: `ends` after `polls` questions about them; 0 answers it at once, None leaves them in process."""

    ends: RefundState = RefundState.DONE
    polls: int | None = 1


@dataclass(slots=True)
class RefundRecord:
    refund_id: str
    return_id: str
    amount_cents: int
    asked_at: datetime
    script: RefundScript
    text: str | None
    questions: int = 0
    settled_at: datetime | None = None
    state: RefundState = RefundState.PROCESSING

    def settle(self, at: datetime) -> None:
        polls = self.script.polls
        if self.state is RefundState.PROCESSING and polls is not None and self.questions >= polls:
            self.end(self.script.ends, at)

    def end(self, state: RefundState, at: datetime) -> None:
        self.state, self.settled_at = state, at

    def as_json(self) -> dict[str, Any]:
        times = {"solicitacao": rfc3339(self.asked_at)}
        if self.settled_at is not None and self.state is RefundState.DONE:
            times["liquidacao"] = rfc3339(self.settled_at)
        body: dict[str, Any] = {
            "id": self.refund_id,
            "rtrId": self.return_id,
            "valor": decimal_text(self.amount_cents),
            "natureza": "ORIGINAL",
            "horario": times,
            "status": self.state.value,
        }
        if self.text is not None:
            body["descricao"] = self.text
        if self.state is RefundState.NOT_DONE:
            body["motivo"] = "Saldo insuficiente."
        return body


@dataclass(slots=True)
class PixRecord:
    end_to_end_id: str
    txid: str | None
    amount_cents: int
    key: str
    at: datetime
    payer_text: str | None = None
    refunds: dict[str, RefundRecord] = field(default_factory=dict)

    @property
    def given_back_cents(self) -> int:
        """Refunded, or in process of it."""
        return sum(one.amount_cents for one in self.refunds.values() if one.state is not RefundState.NOT_DONE)

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "endToEndId": self.end_to_end_id,
            "valor": decimal_text(self.amount_cents),
            "chave": self.key,
            "horario": rfc3339(self.at),
            "pagador": {"cpf": "12345678909", "nome": "Cliente Simulado"},
        }
        if self.txid is not None:
            body["txid"] = self.txid
        if self.payer_text is not None:
            body["infoPagador"] = self.payer_text
        if self.refunds:
            body["devolucoes"] = [refund.as_json() for refund in self.refunds.values()]
        return body


@dataclass(slots=True)
class ChargeRecord:
    txid: str
    order: ChargeOrder
    created_at: datetime
    location_id: int
    location: str
    copia_e_cola: str
    status: Status = Status.ACTIVE
    revision: int = 0
    pix: list[PixRecord] = field(default_factory=list)

    @property
    def expires_at(self) -> datetime:
        return self.created_at + timedelta(seconds=self.order.expires_in_s)

    def as_json(self, *, with_pix: bool) -> dict[str, Any]:
        """CobGerada, or CobCompleta (with its Pix). An expired charge still reads ATIVA (bacen/pix-api #319)."""
        created = rfc3339(self.created_at)
        location = {
            "id": self.location_id,
            "txid": self.txid,
            "location": self.location,
            "tipoCob": "cob",
            "criacao": created,
        }
        body: dict[str, Any] = {
            "calendario": {"criacao": created, "expiracao": self.order.expires_in_s},
            "txid": self.txid,
            "revisao": self.revision,
            "loc": location,
            "location": self.location,
            "status": self.status.value,
            "valor": {
                "original": decimal_text(self.order.amount_cents),
                "modalidadeAlteracao": int(self.order.amount_may_change),
            },
            "chave": self.order.key,
            "pixCopiaECola": self.copia_e_cola,
        }
        if self.order.debtor:
            body["devedor"] = dict(self.order.debtor)
        if self.order.payer_message is not None:
            body["solicitacaoPagador"] = self.order.payer_message
        if self.order.details:
            body["infoAdicionais"] = [{"nome": name, "valor": value} for name, value in self.order.details]
        if with_pix and self.pix:
            body["pix"] = [pix.as_json() for pix in self.pix]
        return body


@dataclass(slots=True)
class Ledger:
    """The bank's books. Time and chance come from outside, so that a run can be repeated exactly."""

    now: Callable[[], datetime]
    rng: random.Random
    refund_script: RefundScript = field(default_factory=RefundScript)
    opening_balance_cents: int = 0
    paid_out_cents: int = 0
    charges: dict[str, ChargeRecord] = field(default_factory=dict)
    by_location: dict[str, ChargeRecord] = field(default_factory=dict)
    pix: dict[str, PixRecord] = field(default_factory=dict)

    @property
    def balance_cents(self) -> int:
        """What the account holds: a refund leaves it as soon as it is asked for, and comes back if it is not done."""
        received = sum(pix.amount_cents for pix in self.pix.values())
        given_back = sum(pix.given_back_cents for pix in self.pix.values())
        return self.opening_balance_cents + received - given_back - self.paid_out_cents

    def create(self, txid: str, order: ChargeOrder, make_code: Callable[[int], tuple[str, str]]) -> ChargeRecord:
        """`PUT /cob/{txid}`. `make_code` gives (location, copia e cola) for a location's number.

        The same order again is answered as the charge stands; another order for a txid in use is refused.
        """
        known = self.charges.get(txid)
        if known is not None:
            if known.order == order:
                return known
            reason = f"O txid já está em uso por uma cobrança {known.status.value}."
            raise Problem(Kind.CHARGE_INVALID, reason, (Violation("cob.txid", reason, txid),))
        number = len(self.charges) + 1
        location, code = make_code(number)
        charge = ChargeRecord(txid, order, self.now(), number, location, code)
        self.charges[txid] = charge
        self.by_location[location] = charge
        return charge

    def charge(self, txid: str) -> ChargeRecord:
        charge = self.charges.get(txid)
        if charge is None:
            raise Problem(Kind.CHARGE_NOT_FOUND, "Cobrança não encontrada para o txid informado.")
        self._ask(pix for pix in charge.pix)
        return charge

    def remove(self, txid: str) -> ChargeRecord:
        """`PATCH /cob/{txid}`: only an ATIVA charge can be removed."""
        charge = self.charge(txid)
        if charge.status is not Status.ACTIVE:
            reason = f"A cobrança está {charge.status.value}; somente cobranças ativas podem ser revisadas."
            raise Problem(Kind.CHARGE_INVALID, reason, (Violation("cob.status", reason),))
        charge.status = Status.REMOVED
        charge.revision += 1
        return charge

    def of_location(self, number: str) -> ChargeRecord:
        for charge in self.charges.values():
            if str(charge.location_id) == number:
                return charge
        raise Problem(Kind.NOT_FOUND, "Location não encontrada.")

    def receive(
        self,
        amount_cents: int,
        key: str,
        charge: ChargeRecord | None,
        txid: str | None = None,
        at: datetime | None = None,
    ) -> PixRecord:
        """Money arrives, for a charge or straight to the key (then with the static code's txid, if any).

        A Pix of any amount turns an ATIVA charge CONCLUIDA (bacen/pix-api #232). `at` writes it into the past.
        Raises ValueError unless it is money, and of a moment that has come.
        """
        if type(amount_cents) is not int or amount_cents <= 0:
            raise ValueError(f"not an amount to pay: {amount_cents!r}")
        now = self.now().astimezone(UTC)
        at = now if at is None else at.astimezone(UTC)
        if at > now:
            raise ValueError(f"no money comes from the future: {at.isoformat()}")
        text = charge.order.payer_message if charge is not None else None
        txid = charge.txid if charge is not None else txid
        pix = PixRecord(self.spi_id("E", at), txid, amount_cents, key, at, text)
        self.pix[pix.end_to_end_id] = pix
        if charge is not None:
            charge.pix.append(pix)
            if charge.status is Status.ACTIVE:
                charge.status = Status.COMPLETED
        return pix

    def received(self, query: PixQuery) -> list[PixRecord]:
        """All Pix of the window, oldest first; paging is the caller's."""
        found = [
            pix
            for pix in self.pix.values()
            if query.since <= pix.at <= query.until
            and query.txid in {None, pix.txid}
            and query.txid_present in {None, pix.txid is not None}
            and query.refund_present in {None, bool(pix.refunds)}
        ]
        self._ask(iter(found))
        return sorted(found, key=lambda pix: (pix.at, pix.end_to_end_id))

    def one_pix(self, end_to_end_id: str, missing: Kind = Kind.PIX_NOT_FOUND) -> PixRecord:
        pix = self.pix.get(end_to_end_id)
        if pix is None:
            raise Problem(missing, "Pix não encontrado para o e2eid informado.")
        return pix

    def asked_pix(self, end_to_end_id: str) -> PixRecord:
        pix = self.one_pix(end_to_end_id)
        self._ask(iter([pix]))
        return pix

    def refund(
        self, end_to_end_id: str, refund_id: str, order: RefundOrder, script: RefundScript | None = None
    ) -> RefundRecord:
        """`PUT /pix/{e2eid}/devolucao/{id}`. A used id is refused, even for the same amount.

        `script` None takes the bank's own. Without the money in the account no refund is done.
        """
        pix = self.one_pix(end_to_end_id, Kind.NOT_FOUND)
        at = self.now().astimezone(UTC)
        if refund_id in pix.refunds:
            self._refuse("devolucao.id", "O id já foi utilizado por outra devolução deste Pix.", refund_id)
        if at - pix.at > REFUND_WINDOW:
            self._refuse("devolucao.horario", "A devolução viola a janela de 90 dias.", rfc3339(pix.at))
        if pix.given_back_cents + order.amount_cents > pix.amount_cents:
            value = decimal_text(order.amount_cents)
            self._refuse("devolucao.valor", "As devoluções excederiam o valor do Pix.", value)
        script = self.refund_script if script is None else script
        if order.amount_cents > self.balance_cents:
            script = RefundScript(RefundState.NOT_DONE, script.polls)
        refund = RefundRecord(refund_id, self.spi_id("D", at), order.amount_cents, at, script, order.text)
        pix.refunds[refund_id] = refund
        refund.settle(at)
        return refund

    def get_refund(self, end_to_end_id: str, refund_id: str) -> RefundRecord:
        pix = self.pix.get(end_to_end_id)
        refund = pix.refunds.get(refund_id) if pix is not None else None
        if refund is None:
            raise Problem(Kind.REFUND_NOT_FOUND, "Devolução não encontrada para o e2eid informado.")
        refund.questions += 1
        refund.settle(self.now().astimezone(UTC))
        return refund

    def settle_refunds(self, state: RefundState) -> int:
        """End every refund that is in process, whatever its script says; how many there were."""
        open_ones = [
            refund
            for pix in self.pix.values()
            for refund in pix.refunds.values()
            if refund.state is RefundState.PROCESSING
        ]
        for refund in open_ones:
            refund.end(state, self.now().astimezone(UTC))
        return len(open_ones)

    def _ask(self, pix: Iterator[PixRecord]) -> None:
        """A listing shows a refund as it stands, and counts as a question about it."""
        for one in pix:
            for refund in one.refunds.values():
                refund.questions += 1
                refund.settle(self.now().astimezone(UTC))

    def _refuse(self, prop: str, reason: str, value: str) -> None:
        raise Problem(Kind.REFUND_INVALID, reason, (Violation(prop, reason, value),))

    def spi_id(self, letter: str, at: datetime, ispb: str = PAYER_ISPB) -> str:
        """`E` or `D`, ISPB, minute in UTC and eleven letters or digits: 32 in all (Catálogo do SPI)."""
        tail = "".join(self.rng.choices(_ALPHANUMERIC, k=11))
        return f"{letter}{ispb}{at:%Y%m%d%H%M}{tail}"


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds, as Bacen's examples write it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
