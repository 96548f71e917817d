"""The simulated Adiq's books: every payment with what became of it, and what a client did that it should not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from providers.sim import adiq_cards
from providers.sim.adiq_rules import AdiqProblem, Order, refused

Json = dict[str, Any]

BRASILIA: Final = timezone(timedelta(hours=-3))
REVIEW_EMAIL: Final = "review@test.com"
REJECT_EMAIL: Final = "reject@test.com"
"""Special e-mails of Adiq's antifraud; `accept@test.com` and all others pass."""


class Status(StrEnum):
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    CAPTURED = "CAPTURED"
    APPROVED = "APPROVED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


_TAKEN: Final = (Status.CAPTURED, Status.APPROVED)


@dataclass(slots=True)
class Payment:
    """`taken_cents` is what was authorised, which a fault may make another amount."""

    id: str
    order: Order
    last4: str
    created_at: datetime
    status: Status
    taken_cents: int
    authorization: str
    nsu: str
    tid: str
    resolves_at: datetime | None = None
    resolves_to: Status | None = None
    cancelled_cents: int = 0
    was_captured: bool = False
    captures: int = 0

    def settle(self, now: datetime) -> None:
        """Let happen what was due by now."""
        if self.status is Status.PENDING and self.resolves_at is not None and self.resolves_at <= now:
            self.become(self.resolves_to or Status.DECLINED)

    def become(self, status: Status) -> None:
        self.status = status
        self.was_captured = self.was_captured or status in _TAKEN

    def flat_json(self) -> Json:
        """Field by field as the mapping lists them."""
        body: Json = {
            "paymentId": self.id,
            "authorizationCode": self.authorization if self.status is not Status.DECLINED else "",
            "status": self.status.value,
            "amount": self.taken_cents,
            "captureType": self.order.capture_type,
            "nsu": self.nsu,
            "tid": self.tid,
        }
        if self.order.has_3ds:
            body |= {"eci": "05", "cavv": "AAABBWcSNIdjeUZThmNHAAAAAAA=", "xid": "MDAwMDAwMDAwMDAwMDAwMzIyNzY="}
        return body

    def nested_json(self, name: str) -> Json:
        """As working clients get it: no status, a return code of which no table is public."""
        declined = self.status is Status.DECLINED
        return {
            name: {
                "returnCode": "51" if declined else "0",
                "description": "Não autorizada" if declined else "Sucesso",
                "paymentId": self.id,
                "authorizationCode": "" if declined else self.authorization,
                "nsu": self.nsu,
                "orderNumber": self.order.order_number,
                "amount": self.taken_cents,
            }
        }

    def book_json(self) -> Json:
        return {
            "id": self.id,
            "order_number": self.order.order_number,
            "capture_type": self.order.capture_type,
            "product_type": self.order.product_type,
            "installments": self.order.installments,
            "asked_cents": self.order.amount_cents,
            "amount_cents": self.taken_cents,
            "status": self.status.value,
            "was_captured": self.was_captured,
            "captures": self.captures,
            "cancelled_cents": self.cancelled_cents,
            "last4": self.last4,
            "nsu": self.nsu,
            "created_at": f"{self.created_at:%Y-%m-%dT%H:%M:%SZ}",
        }


@dataclass(frozen=True, slots=True)
class Fate:
    """What a fault wants of the next payment."""

    status: Status | None = None
    after_s: float = 0.0
    differs_cents: int = 0


@dataclass(slots=True)
class AdiqLedger:
    """All payments of one merchant, in the order in which they came."""

    now: Callable[[], datetime]
    rng: random.Random
    pending_s: float
    payments: dict[str, Payment] = field(default_factory=dict)
    violations: list[Json] = field(default_factory=list)

    def create(self, order: Order, number: str, fate: Fate) -> Payment:
        """Raises AdiqProblem where the card or the order is not taken."""
        if any(each.order.order_number == order.order_number for each in self.payments.values()):
            self._told("order_number_reused", order.order_number)
            raise refused("sellerInfo.orderNumber", "Número de pedido já utilizado.")
        if number == adiq_cards.NOT_TAKEN:
            raise refused("cardInfo", "O cartão está vencido.")
        now = self._now()
        status, resolves_to, after_s = self._fate_of(order, number, fate)
        made = Payment(
            id=f"0200{self._digits(28)}0000000000",
            order=order,
            last4=number[-4:],
            created_at=now,
            status=Status.PENDING,
            taken_cents=max(1, order.amount_cents + fate.differs_cents),
            authorization=self._digits(6),
            nsu=self._digits(9),
            tid=self._digits(20),
            resolves_to=resolves_to,
            resolves_at=None if resolves_to is None else now + timedelta(seconds=after_s),
        )
        made.become(status)
        self.payments[made.id] = made
        made.settle(now)
        return made

    def get(self, payment_id: str) -> Payment:
        found = self.payments.get(payment_id)
        if found is None:
            raise AdiqProblem(404, "Pagamento não encontrado.")
        found.settle(self._now())
        return found

    def find(self, order_number: str, day: str) -> Payment:
        """By its order number and the day on which it was made, in Brasília."""
        for each in self.payments.values():
            filed = f"{each.created_at.astimezone(BRASILIA):%Y%m%d}"
            if each.order.order_number == order_number and filed == day:
                each.settle(self._now())
                return each
        raise AdiqProblem(404, "Pagamento não encontrado.")

    def capture(self, payment_id: str, amount_cents: int) -> Payment:
        found = self.get(payment_id)
        if found.status is not Status.AUTHORIZED:
            self._told("capture_of_none_authorised", found.order.order_number)
            raise refused("payment", "Somente uma pré-autorização pode ser capturada.")
        if amount_cents > found.taken_cents:
            raise refused("amount", "Maior que o valor autorizado.")
        found.taken_cents = amount_cents
        found.captures += 1
        found.become(Status.CAPTURED)
        return found

    def cancel(self, payment_id: str, amount_cents: int) -> Payment:
        """A pre-authorisation as a whole; of what was captured the whole or a part."""
        found = self.get(payment_id)
        left_cents = found.taken_cents - found.cancelled_cents
        if found.status is Status.AUTHORIZED:
            if amount_cents != found.taken_cents:
                raise refused("amount", "Uma pré-autorização só pode ser cancelada inteira.")
            found.cancelled_cents = amount_cents
            found.become(Status.CANCELLED)
            return found
        if found.status not in _TAKEN or amount_cents > left_cents:
            self._told("cancelled_too_much", found.order.order_number)
            raise refused("amount", "Nada mais a cancelar.")
        found.cancelled_cents += amount_cents
        if found.cancelled_cents == found.taken_cents:
            found.become(Status.REFUNDED)
        return found

    def resolve(self, status: Status, order_number: str | None = None) -> Payment:
        """Somebody decides about an open payment now: that one, or the newest. Raises ValueError where none is open."""
        self.settle()
        for each in reversed(self.payments.values()):
            if each.status is Status.PENDING and order_number in {None, each.order.order_number}:
                each.become(status)
                return each
        raise ValueError("no payment is open")

    def approve(self) -> int:
        """What was captured is settled to the shop; how many."""
        captured = [each for each in self.payments.values() if each.status is Status.CAPTURED]
        for each in captured:
            each.become(Status.APPROVED)
        return len(captured)

    def would_take(self, number: str) -> bool:
        """What the verification of a card for the vault finds."""
        return number not in {adiq_cards.DECLINED, adiq_cards.NOT_TAKEN}

    def settle(self) -> None:
        for each in self.payments.values():
            each.settle(self._now())

    def _fate_of(self, order: Order, number: str, fate: Fate) -> tuple[Status, Status | None, float]:
        """Its status at once, the one that it comes to, and after how long; None for one that waits for somebody."""
        good = Status.CAPTURED if order.capture_type == "ac" else Status.AUTHORIZED
        if fate.status is Status.PENDING:
            return Status.PENDING, good, fate.after_s or self.pending_s
        if fate.status is not None:
            return fate.status, None, 0.0
        if order.has_antifraud and order.email == REJECT_EMAIL:
            return Status.DECLINED, None, 0.0
        if order.has_antifraud and order.email == REVIEW_EMAIL:
            return Status.PENDING, None, 0.0
        by_number: dict[str, tuple[Status, Status | None, float]] = {
            adiq_cards.DECLINED: (Status.DECLINED, None, 0.0),
            adiq_cards.PENDING: (Status.PENDING, good, self.pending_s),
            adiq_cards.PENDING_DECLINED: (Status.PENDING, Status.DECLINED, self.pending_s),
        }
        return by_number.get(number, (good, None, 0.0))

    def _told(self, kind: str, order_number: str) -> None:
        self.violations.append({"kind": kind, "order_number": order_number})

    def _now(self) -> datetime:
        return self.now().astimezone(UTC)

    def _digits(self, length: int) -> str:
        return "".join(self.rng.choices("0123456789", k=length))
