"""What GoPag takes and refuses: the request of its mPOS page field by field, and its error answers.

Fields, limits and formats after GoPag's page "MPOS (Mobile Point of Sale)". Errors are problem+json (RFC 7807) with a
`trace_id`; a field that nobody knows is refused and named in `skipped_fields`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from providers.sim.wire import Answer, json_answer

Json = dict[str, Any]

PROBLEM_JSON: Final = "application/problem+json"
MOST_NOTIFICATION: Final = 200
MOST_INSTALLMENTS: Final = 12
LEAST_INSTALLMENT_CENTS: Final = 500
MOST_AMOUNT_CENTS: Final = 10_000_000_00

_FIELDS: Final = {
    "payment_locale",
    "payment_type",
    "on_behalf_of",
    "description",
    "notification",
    "installment_plan",
    "currency",
    "amount",
    "lock",
    "terminal",
    "reference_id",
}
_REQUIRED: Final = ("payment_locale", "payment_type", "on_behalf_of", "description", "currency", "amount")
_VOID_FIELDS: Final = {"amount", "on_behalf_of"}


@dataclass(slots=True, eq=False)
class GopagProblem(Exception):
    """A refusal; becomes an answer at the edge."""

    status: int
    title: str
    detail: str = ""
    skipped_fields: tuple[str, ...] = ()
    retry_after_s: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())

    def as_answer(self, trace_id: str) -> Answer:
        body: Json = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "trace_id": trace_id,
        }
        if self.skipped_fields:
            body["skipped_fields"] = list(self.skipped_fields)
        headers = self.headers
        if self.retry_after_s is not None:
            body["retry_after"] = self.retry_after_s
            headers = (*headers, ("Retry-After", str(self.retry_after_s)))
        answer = json_answer(self.status, body, PROBLEM_JSON)
        return Answer(answer.status, answer.body, answer.content_type, headers)


@dataclass(frozen=True, slots=True)
class Order:
    """One sale as asked for, checked."""

    payment_type: str
    amount_cents: int
    description: str
    notification: str | None
    installments: int
    lock: bool
    terminal: str | None
    reference_id: str | None
    has_plan: bool


def parse_body(content_type: str, body: bytes) -> Json:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise GopagProblem(415, "Unsupported Media Type", "O corpo deve ser application/json.")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise invalid("O corpo não é JSON.") from error
    if not isinstance(value, dict):
        raise invalid("O corpo não é um objeto.")
    return value


def parse_order(body: Json, seller: str) -> Order:
    """Raises GopagProblem naming what is wrong."""
    _refuse_unknown(body, _FIELDS)
    if missing := [name for name in _REQUIRED if name not in body]:
        raise invalid(f"Campos obrigatórios ausentes: {', '.join(missing)}.")
    if body["payment_locale"] != "mpos":
        raise invalid("payment_locale deve ser mpos.")
    if body["payment_type"] not in ("credit", "debit"):
        raise invalid("payment_type deve ser credit ou debit.")
    if body["currency"] != "BRL":
        raise invalid("currency deve ser BRL.")
    _own_seller(body["on_behalf_of"], seller)
    amount = _amount(body["amount"])
    installments = _installments(body, amount)
    notification = _text(body, "notification")
    if notification is not None and len(notification) > MOST_NOTIFICATION:
        raise invalid(f"notification tem mais de {MOST_NOTIFICATION} caracteres.")
    lock = body.get("lock", False)
    if not isinstance(lock, bool):
        raise invalid("lock deve ser true ou false.")
    description = _text(body, "description")
    if not description:
        raise invalid("description não pode ser vazia.")
    return Order(
        payment_type=body["payment_type"],
        amount_cents=amount,
        description=description,
        notification=notification,
        installments=installments,
        lock=lock,
        terminal=_text(body, "terminal"),
        reference_id=_text(body, "reference_id"),
        has_plan="installment_plan" in body,
    )


def parse_void(body: Json, seller: str) -> int:
    """The amount to give back, in cents. Raises GopagProblem."""
    _refuse_unknown(body, _VOID_FIELDS)
    if missing := sorted(_VOID_FIELDS - body.keys()):
        raise invalid(f"Campos obrigatórios ausentes: {', '.join(missing)}.")
    _own_seller(body["on_behalf_of"], seller)
    return _amount(body["amount"])


def parse_page(query: tuple[tuple[str, str], ...]) -> tuple[int, int]:
    """`limit` (1 to 100, 20 where absent) and `offset` of a list."""
    given = dict(query)
    limit, offset = _count(given.get("limit", "20")), _count(given.get("offset", "0"))
    if not 1 <= limit <= 100:
        raise invalid("limit deve estar entre 1 e 100.")
    return limit, offset


def invalid(detail: str) -> GopagProblem:
    return GopagProblem(400, "Bad Request", detail)


def not_found(detail: str) -> GopagProblem:
    return GopagProblem(404, "Not Found", detail)


def _refuse_unknown(body: Json, known: set[str]) -> None:
    skipped = [name for name in body if name not in known]
    plan = body.get("installment_plan")
    if isinstance(plan, dict):
        skipped += [f"installment_plan.{name}" for name in plan if name != "number_installments"]
    if skipped:
        raise GopagProblem(400, "Bad Request", "Campos desconhecidos.", tuple(skipped))


def _own_seller(given: object, seller: str) -> None:
    if given != seller:
        raise not_found("O vendedor não existe neste marketplace.")


def _amount(value: object) -> int:
    if type(value) is not int:
        raise invalid("amount é um inteiro em centavos.")
    if not 1 <= value <= MOST_AMOUNT_CENTS:
        raise invalid("amount fora dos limites.")
    return value


def _installments(body: Json, amount_cents: int) -> int:
    if "installment_plan" not in body:
        return 1
    plan = body["installment_plan"]
    number = plan.get("number_installments") if isinstance(plan, dict) else None
    if type(number) is not int or not 1 <= number <= MOST_INSTALLMENTS:
        raise invalid(f"number_installments deve estar entre 1 e {MOST_INSTALLMENTS}.")
    if number > 1 and body["payment_type"] == "debit":
        raise invalid("Débito é sempre em 1 parcela.")
    if number > 1 and amount_cents // number < LEAST_INSTALLMENT_CENTS:
        raise invalid("A parcela mínima é de R$ 5,00.")
    return number


def _text(body: Json, name: str) -> str | None:
    value = body.get(name)
    if name in body and (not isinstance(value, str) or not value):
        raise invalid(f"{name} deve ser um texto.")
    return value


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise invalid("limit e offset são números inteiros.")
    return int(text)
