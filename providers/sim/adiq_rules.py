"""What the simulated Adiq takes and refuses: each object field by field, and its error answers in both shapes.

A field that is not in these tables, one of another type, and one that is missing are all refused by name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from providers.sim.wire import Answer, json_answer

Json = dict[str, Any]
Check = Callable[[object], bool]

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_MOST_CENTS: Final = 10_000_000_00


@dataclass(slots=True, eq=False)
class AdiqProblem(Exception):
    """A refusal; becomes an answer at the edge. `faults` are (tag, description); without one it is a problem object."""

    status: int
    title: str = ""
    faults: tuple[tuple[str, str], ...] = ()
    retry_after_s: int | None = None
    headers: tuple[tuple[str, str], ...] = field(default=())

    def as_answer(self, trace_id: str, *, as_list: bool = True) -> Answer:
        body: object
        if self.faults and as_list:
            body = [{"tag": tag, "description": description} for tag, description in self.faults]
        else:
            told = self.title or "; ".join(description for _, description in self.faults)
            body = {"type": "https://tools.ietf.org/html/rfc7231#section-6.5", "title": told, "traceId": trace_id}
        headers = self.headers
        if self.retry_after_s is not None:
            headers = (*headers, ("Retry-After", str(self.retry_after_s)))
        answer = json_answer(self.status, body)
        return Answer(answer.status, answer.body, answer.content_type, headers)


def refused(tag: str, description: str, status: int = 400) -> AdiqProblem:
    return AdiqProblem(status, faults=((tag, description),))


def _text(least: int = 1, most: int = 200) -> Check:
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def _like(pattern: str) -> Check:
    compiled = re.compile(pattern)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _whole(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _uuid(value: object) -> bool:
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class _Rule:
    check: Check
    needed: bool = False


_BRANDS: Final = _one_of("visa", "mastercard", "elo", "amex", "hipercard", "diners", "discover", "jcb", "aura")
_MONTH: Final = _like(r"0[1-9]|1[0-2]")
_YEAR: Final = _like(r"[0-9]{2}")
_SECURITY: Final = _like(r"[0-9]{3,4}")

GRANT: Final = {"grantType": _Rule(_one_of("client_credentials"), needed=True)}
CARD_TOKEN: Final = {"cardNumber": _Rule(_like(r"[0-9]{12,19}"), needed=True)}
VAULT: Final = {
    "numberToken": _Rule(_uuid, needed=True),
    "brand": _Rule(_BRANDS, needed=True),
    "cardholderName": _Rule(_text(most=60), needed=True),
    "expirationMonth": _Rule(_MONTH, needed=True),
    "expirationYear": _Rule(_YEAR, needed=True),
    "securityCode": _Rule(_SECURITY, needed=True),
    "verifyCard": _Rule(_flag, needed=True),
}
AMOUNT: Final = {"amount": _Rule(_whole(1, _MOST_CENTS), needed=True)}
PAYMENT: Final = {
    "transactionType": _Rule(_one_of("Credit", "Debit", "credit", "debit"), needed=True),
    "amount": _Rule(_whole(1, _MOST_CENTS), needed=True),
    "currencyCode": _Rule(_one_of("brl"), needed=True),
    "productType": _Rule(_one_of("avista", "debito", "lojista", "parcelado_loja"), needed=True),
    "installments": _Rule(_whole(1, 12), needed=True),
    "captureType": _Rule(_one_of("ac", "pa"), needed=True),
    "recurrent": _Rule(_flag),
}
TYPED_CARD: Final = {
    "numberToken": _Rule(_uuid, needed=True),
    "brand": _Rule(_BRANDS),
    "cardholderName": _Rule(_text(most=60), needed=True),
    "expirationMonth": _Rule(_MONTH, needed=True),
    "expirationYear": _Rule(_YEAR, needed=True),
    "securityCode": _Rule(_SECURITY, needed=True),
}
SAVED_CARD: Final = {"vaultId": _Rule(_uuid, needed=True)}
SELLER: Final = {
    "orderNumber": _Rule(_like(r"[A-Za-z0-9]{1,40}"), needed=True),
    "softDescriptor": _Rule(_text(most=13)),
    "CodeAntiFraud": _Rule(_uuid),
    "code3DS": _Rule(_uuid),
    "urlSite3DS": _Rule(_like(r"https?://.{1,200}")),
    "programProtocol": _Rule(_like(r"[0-9.]{1,10}")),
}
CUSTOMER: Final = {
    "documentType": _Rule(_one_of("cpf", "cnpj")),
    "documentNumber": _Rule(_like(r"[0-9A-Z]{11,14}")),
    "firstName": _Rule(_text(most=60)),
    "lastName": _Rule(_text(most=60)),
    "email": _Rule(_like(r"[^@\s]+@[^@\s]+")),
    "phoneNumber": _Rule(_text(most=20)),
    "mobilePhoneNumber": _Rule(_text(most=20)),
    "address": _Rule(_text()),
    "complement": _Rule(_text()),
    "city": _Rule(_text(most=60)),
    "state": _Rule(_like(r"[A-Z]{2}")),
    "zipCode": _Rule(_like(r"[0-9]{8}")),
    "ipAddress": _Rule(_text(most=45)),
    "country": _Rule(_like(r"[A-Z]{2}")),
}
DEVICE: Final = {
    "ipAddress": _Rule(_text(most=45)),
    "httpAcceptBrowserValue": _Rule(_text(most=2048)),
    "httpBrowserColorDepth": _Rule(_whole(1, 64)),
    "httpBrowserJavaEnabled": _Rule(_one_of("Y", "N")),
    "httpBrowserJavaScriptEnabled": _Rule(_flag),
    "httpBrowserLanguage": _Rule(_text(most=8)),
    "httpBrowserScreenHeight": _Rule(_whole(1, 20_000)),
    "httpBrowserScreenWidth": _Rule(_whole(1, 20_000)),
    "httpBrowserTimeDifference": _Rule(_whole(-900, 900)),
    "userAgentBrowserValue": _Rule(_text(most=2048)),
}
_OBJECTS: Final = ("payment", "cardInfo", "sellerInfo", "customer", "deviceInfo")
_NEEDED_OBJECTS: Final = ("payment", "cardInfo", "sellerInfo")
_NEEDED_FOR_3DS: Final = ("urlSite3DS", "programProtocol")


@dataclass(frozen=True, slots=True)
class Order:
    """One payment as asked for, checked."""

    order_number: str
    amount_cents: int
    transaction_type: str
    product_type: str
    installments: int
    capture_type: str
    number_token: str
    vault_id: str
    has_antifraud: bool
    has_3ds: bool
    email: str


def parse_body(content_type: str, body: bytes) -> Json:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise AdiqProblem(415, "Unsupported Media Type")
    try:
        value = json.loads(body)
    except ValueError as error:
        raise refused("body", "O corpo não é JSON.") from error
    if not isinstance(value, dict):
        raise refused("body", "O corpo não é um objeto.")
    return value


def checked(body: Mapping[str, object], rules: Mapping[str, _Rule], name: str = "") -> None:
    """Raises AdiqProblem with every fault of the object."""
    dot = f"{name}." if name else ""
    faults = [(f"{dot}{each}", "Campo desconhecido.") for each in body if each not in rules]
    for each, rule in rules.items():
        if each not in body:
            if rule.needed:
                faults.append((f"{dot}{each}", "Campo obrigatório."))
        elif not rule.check(body[each]):
            faults.append((f"{dot}{each}", "Valor inválido."))
    if faults:
        raise AdiqProblem(400, faults=tuple(faults))


def parse_order(body: Json) -> Order:
    """Raises AdiqProblem naming what is wrong."""
    faults = [(each, "Objeto desconhecido.") for each in body if each not in _OBJECTS]
    faults += [(each, "Objeto obrigatório.") for each in _NEEDED_OBJECTS if each not in body]
    faults += [(each, "Deve ser um objeto.") for each in _OBJECTS if not isinstance(body.get(each, {}), dict)]
    if faults:
        raise AdiqProblem(400, faults=tuple(faults))
    payment, card, seller = body["payment"], body["cardInfo"], body["sellerInfo"]
    checked(payment, PAYMENT, "payment")
    checked(card, SAVED_CARD if "vaultId" in card else TYPED_CARD, "cardInfo")
    checked(seller, SELLER, "sellerInfo")
    checked(body.get("customer", {}), CUSTOMER, "customer")
    checked(body.get("deviceInfo", {}), DEVICE, "deviceInfo")
    _check_together(body, payment, seller)
    return Order(
        order_number=seller["orderNumber"],
        amount_cents=payment["amount"],
        transaction_type=payment["transactionType"].lower(),
        product_type=payment["productType"],
        installments=payment["installments"],
        capture_type=payment["captureType"],
        number_token=card.get("numberToken", ""),
        vault_id=card.get("vaultId", ""),
        has_antifraud="CodeAntiFraud" in seller,
        has_3ds="code3DS" in seller,
        email=body.get("customer", {}).get("email", ""),
    )


def _check_together(body: Json, payment: Json, seller: Json) -> None:
    in_parts = payment["installments"] > 1
    if in_parts != (payment["productType"] in ("lojista", "parcelado_loja")):
        raise refused("payment.productType", "Não combina com installments.")
    if (payment["transactionType"].lower() == "debit") != (payment["productType"] == "debito"):
        raise refused("payment.productType", "Não combina com transactionType.")
    if "code3DS" not in seller:
        return
    missing = [name for name in _NEEDED_FOR_3DS if name not in seller]
    missing += [name for name in ("customer", "deviceInfo") if not body.get(name)]
    if missing:
        raise refused(missing[0], "Obrigatório para 3DS.")
