"""GoPag's books: every transaction with what happened at its reader, and what a client did that it should not."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from providers.sim.gopag_rules import GopagProblem, Order, invalid, not_found

Json = dict[str, Any]

LOCK_S: Final = 300.0
"""A reader waits five minutes for a card (GoPag, "Lock Mode")."""
_HEX: Final = "0123456789abcdef"
_HOLDER: Final = "MARIA APARECIDA TESTE"


class Status(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class Customer(StrEnum):
    """What the person at the reader does."""

    WAITS = "waits"
    """Nothing, until an act says otherwise or the lock ends."""
    APPROVES = "approves"
    DECLINES = "declines"
    """Presents a card that its issuer refuses."""
    CANCELS = "cancels"


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to a transaction by itself, so many seconds after its creation."""

    customer: Customer = Customer.WAITS
    after_s: float = 0.0
    survives_lock: bool = False
    """Approved even after the lock ended: the money was on its way already."""


@dataclass(slots=True)
class Transaction:
    """One sale. `taken_cents` is what the reader took, which a fault may make another amount."""

    id: str
    order: Order
    seller: str
    created_at: datetime
    updated_at: datetime
    plan: Plan
    taken_cents: int
    status: Status = Status.PENDING
    error_code: str = ""
    error_message: str = ""
    entry_mode: str = "chip"
    brand: str = "Visa"
    last4: str = "1111"
    authorization: str = ""
    nsu: str = ""
    rings: int = 1
    voided_cents: int = 0
    void_shows_at: datetime | None = None
    lock_s: float = LOCK_S

    def settle(self, now: datetime) -> None:
        """Let happen what was due by now."""
        due = self.created_at + timedelta(seconds=self.plan.after_s)
        ends = self.created_at + timedelta(seconds=self.lock_s)
        acts = self.plan.customer is not Customer.WAITS
        if self.status is Status.PENDING and acts and due <= now and (due < ends):
            self.happen(self.plan.customer, due)
        if self.status is Status.PENDING and now >= ends:
            self._fail("timeout", "Tempo esgotado", ends)
        late = self.status is Status.FAILED and self.plan.survives_lock and due <= now
        if late and self.plan.customer is Customer.APPROVES:
            self._approve(due)

    def happen(self, customer: Customer, at: datetime) -> None:
        if customer is Customer.APPROVES:
            self._approve(at)
        elif customer is Customer.DECLINES:
            self._fail("card_declined", "Cartão recusado", at)
        elif customer is Customer.CANCELS:
            self.status, self.updated_at = Status.CANCELED, at
            self.error_code, self.error_message = "canceled_by_user", "Operação cancelada no terminal"

    def supersede(self, at: datetime) -> None:
        """Another sale took the reader, which was not locked."""
        self.status, self.updated_at = Status.CANCELED, at
        self.error_code, self.error_message = "superseded", "Outra transação assumiu o terminal"

    def is_voided(self, now: datetime) -> bool:
        return self.voided_cents > 0 and (self.void_shows_at is None or now >= self.void_shows_at)

    def _approve(self, at: datetime) -> None:
        self.status, self.updated_at = Status.SUCCEEDED, at
        self.error_code = self.error_message = ""

    def _fail(self, code: str, message: str, at: datetime) -> None:
        self.status, self.updated_at = Status.FAILED, at
        self.error_code, self.error_message = code, message

    def answer_json(self, now: datetime) -> Json:
        """As the API shows it: holder and expiry of the card too, which no client may keep."""
        voided = self.is_voided(now)
        succeeded = self.status is Status.SUCCEEDED
        body: Json = {
            "id": self.id,
            "status": (Status.CANCELED if voided else self.status).value,
            "resource": "transaction",
            "payment_locale": "mpos",
            "payment_type": self.order.payment_type,
            "amount": reais(self.taken_cents),
            "currency": "BRL",
            "description": self.order.description,
            "on_behalf_of": self.seller,
            "installment_plan": {"number_installments": self.order.installments},
            "captured": succeeded,
            "voided": voided,
            "refunded": False,
            "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
        }
        optional = {"terminal": self.order.terminal, "reference_id": self.order.reference_id}
        body |= {name: value for name, value in optional.items() if value is not None}
        if succeeded:
            body["card"] = {
                "brand": self.brand,
                "last4": self.last4,
                "entry_mode": self.entry_mode,
                "holder_name": _HOLDER,
                "expiration_month": "12",
                "expiration_year": "2031",
            }
            body["payment_authorization"] = {
                "authorization_code": self.authorization,
                "authorization_nsu": self.nsu,
            }
            body["approved_at"] = instant(self.updated_at)
        if self.error_code:
            body |= {"error_code": self.error_code, "error_message": self.error_message}
            body["failed_at"] = instant(self.updated_at)
        return body

    def book_json(self) -> Json:
        return {
            "id": self.id,
            "reference_id": self.order.reference_id,
            "payment_type": self.order.payment_type,
            "installments": self.order.installments,
            "asked_cents": self.order.amount_cents,
            "amount_cents": self.taken_cents,
            "status": self.status.value,
            "error_code": self.error_code,
            "terminal": self.order.terminal,
            "lock": self.order.lock,
            "rings": self.rings,
            "nsu": self.nsu,
            "voided_cents": self.voided_cents,
            "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
        }


@dataclass(frozen=True, slots=True)
class Terminal:
    id: str
    model: str = "D195"
    active: bool = True

    def as_json(self, seller: str) -> Json:
        return {
            "id": self.id,
            "type": "mpos",
            "model": self.model,
            "status": "active" if self.active else "inactive",
            "seller_id": seller,
            "paired_at": "2025-12-01T10:00:00Z",
        }


@dataclass(slots=True)
class GopagLedger:
    """All transactions of one seller, in the order in which they came."""

    seller: str
    terminals: tuple[Terminal, ...]
    now: Callable[[], datetime]
    rng: random.Random
    lock_s: float = LOCK_S
    transactions: dict[str, Transaction] = field(default_factory=dict)
    violations: list[Json] = field(default_factory=list)

    def create(self, order: Order, plan: Plan, differs_cents: int = 0) -> Transaction:
        """Push the sale to its reader, or to every reader. Raises GopagProblem where the reader cannot take it."""
        now = self.now().astimezone(UTC)
        self.settle()
        readers = [terminal for terminal in self.terminals if order.terminal in {None, terminal.id}]
        if order.terminal is not None and not readers:
            raise not_found("O terminal não está pareado com este vendedor.")
        readers = [terminal for terminal in readers if terminal.active]
        if not readers:
            raise GopagProblem(409, "Conflict", "Nenhum terminal ativo.")
        self._take_readers({terminal.id for terminal in readers}, now)
        made = Transaction(
            id=self._hex(32),
            order=order,
            seller=self.seller,
            created_at=now,
            updated_at=now,
            plan=plan,
            taken_cents=max(1, order.amount_cents + differs_cents),
            rings=len(readers),
            lock_s=self.lock_s,
            authorization=self._digits(6),
            nsu=self._digits(9),
        )
        self._watch(made)
        self.transactions[made.id] = made
        made.settle(now)
        return made

    def get(self, transaction_id: str) -> Transaction:
        found = self.transactions.get(transaction_id)
        if found is None:
            raise not_found("Transação não encontrada.")
        found.settle(self.now().astimezone(UTC))
        return found

    def page(self, limit: int, offset: int, hidden_s: float = 0.0) -> tuple[list[Transaction], int]:
        """The newest first, and how many there are. Those younger than `hidden_s` are not in the index yet."""
        self.settle()
        now = self.now().astimezone(UTC)
        listed = [each for each in reversed(self.transactions.values()) if now - each.created_at >= _span(hidden_s)]
        return listed[offset : offset + limit], len(listed)

    def void(self, transaction_id: str, amount_cents: int, shows_after_s: float = 0.0) -> Transaction:
        """Give a taken amount back, whole. Raises GopagProblem."""
        found = self.get(transaction_id)
        if found.status is not Status.SUCCEEDED:
            raise invalid("Somente uma transação aprovada pode ser cancelada.")
        if found.voided_cents:
            raise GopagProblem(409, "Conflict", "A transação já foi cancelada.")
        if amount_cents != found.taken_cents:
            raise invalid("O valor do cancelamento difere do valor da transação.")
        found.voided_cents = amount_cents
        if shows_after_s:
            found.void_shows_at = self.now().astimezone(UTC) + timedelta(seconds=shows_after_s)
        return found

    def settle(self) -> None:
        now = self.now().astimezone(UTC)
        for each in self.transactions.values():
            each.settle(now)

    def open_one(self, transaction_id: str | None = None, reference_id: str | None = None) -> Transaction:
        """What waits at the reader: that one, or the newest. Raises ValueError where nothing waits."""
        self.settle()
        for each in reversed(self.transactions.values()):
            named = transaction_id in {None, each.id} and reference_id in {None, each.order.reference_id}
            if named and each.status is Status.PENDING:
                return each
        raise ValueError("no transaction waits at the reader")

    def _take_readers(self, wanted: set[str], now: datetime) -> None:
        for each in self.transactions.values():
            held = each.order.terminal is None or each.order.terminal in wanted
            if each.status is not Status.PENDING or not held:
                continue
            if each.order.lock:
                raise GopagProblem(409, "Conflict", "O terminal está bloqueado por outra transação.")
            each.supersede(now)

    def _watch(self, made: Transaction) -> None:
        """What works, and should not be done all the same."""
        order = made.order
        told = []
        if order.terminal is None:
            told.append("rings_every_reader")
        if not order.lock:
            told.append("reader_not_locked")
        if order.reference_id is None:
            told.append("no_reference_id")
        elif any(each.order.reference_id == order.reference_id for each in self.transactions.values()):
            told.append("reference_id_reused")
        self.violations += [{"kind": kind, "id": made.id, "reference_id": order.reference_id} for kind in told]

    def _hex(self, length: int) -> str:
        return "".join(self.rng.choices(_HEX, k=length))

    def _digits(self, length: int) -> str:
        return "".join(self.rng.choices("0123456789", k=length))


def reais(amount_cents: int) -> str:
    """`"150.00"`."""
    return f"{amount_cents // 100}.{amount_cents % 100:02d}"


def instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _span(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
