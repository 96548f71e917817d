"""Adiq's mapping, read from its own tables: every field is in a typed model, and every state in a row."""

from __future__ import annotations

import json
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from providers.adiq import answers, requests
from providers.adiq.answers import read_event, read_payment
from providers.adiq.requests import CaptureType, CardInfo, CardToKeep, CardToTokenise
from providers.adiq.states import (
    OF_EVENT,
    OF_STATUS,
    OUTCOMES,
    TransactionStatus,
    outcome_of,
    status_of,
    status_of_event,
)
from totem.domain.cards import CardOutcome
from totem.domain.errors import OutcomeUnknown

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).parent.parent.joinpath("recorded", "adiq.json").read_text(encoding="utf-8")
)
SENT: dict[str, type[BaseModel]] = {
    "token": requests.TokenGrant,
    "card_token": requests.CardToTokenise,
    "vault": requests.CardToKeep,
    "payment": requests.Payment,
    "cardInfo": requests.CardInfo,
    "sellerInfo": requests.SellerInfo,
    "customer": requests.Customer,
    "deviceInfo": requests.DeviceInfo,
}
READ: dict[str, type[BaseModel]] = {
    "card_token": answers.CardToken,
    "vault": answers.SavedCard,
    "payment": answers.Payment,
    "event": answers.PaymentEvent,
}
TYPES = {"string": "str", "UUID": "str", "int": "int", "boolean": "bool", "datetime": "datetime"}
BEYOND_THE_TABLES = {"cardInfo": {"vaultId"}, "payment": set()}
"""A saved card is paid by its id in the vault, which the table of `cardInfo` leaves out and clients send."""


def sent_fields(model: type[BaseModel]) -> dict[str, str]:
    return {
        str(field.serialization_alias or name): type_of(field.annotation) for name, field in model.model_fields.items()
    }


def read_fields(model: type[BaseModel]) -> dict[str, str]:
    return {
        str(field.validation_alias or name): type_of(field.annotation) for name, field in model.model_fields.items()
    }


def type_of(annotation: Any) -> str:
    if get_origin(annotation) in {Union, UnionType}:
        (annotation,) = (part for part in get_args(annotation) if part is not type(None))
    name = str(annotation.__name__)
    return "str" if issubclass(annotation, str) else name


@pytest.mark.parametrize("name", RECORDED["requests"])
def test_every_field_that_is_sent_is_typed_as_its_table_says(name: str) -> None:
    wanted = {row["field"]: TYPES[row["type"]] for row in RECORDED["requests"][name]}
    found = sent_fields(SENT[name])
    assert {field: kind for field, kind in found.items() if field not in BEYOND_THE_TABLES.get(name, set())} == wanted


@pytest.mark.parametrize("name", READ)
def test_every_field_that_is_answered_is_typed_as_its_table_says(name: str) -> None:
    found = read_fields(READ[name])
    assert {row["field"]: TYPES[row["type"]] for row in RECORDED["answers"][name]}.items() <= found.items()


def test_the_objects_of_a_payment_are_those_of_the_mapping() -> None:
    aliases = set(sent_fields_of_order())
    assert aliases == {"payment", "cardInfo", "sellerInfo", "customer", "deviceInfo"}


def sent_fields_of_order() -> list[str]:
    return [str(field.serialization_alias or name) for name, field in requests.PaymentOrder.model_fields.items()]


def test_the_least_payment_is_what_is_sent_without_more() -> None:
    order = requests.PaymentOrder(
        payment=requests.Payment(
            transaction_type=requests.TransactionType.CREDIT,
            amount=10000,
            product_type=requests.ProductType.AT_SIGHT,
            installments=1,
            capture_type=CaptureType.AUTOMATIC,
        ),
        card_info=CardInfo(
            card_token="...",
            brand="visa",
            cardholder_name="...",
            expiration_month="12",
            expiration_year="25",
            security_code="123",
        ),
        seller_info=requests.SellerInfo(order_number="..."),
    )
    sent = order.body()
    assert sent.pop("payment") == {**RECORDED["least_payment"]["payment"], "recurrent": False}
    assert sent == {name: value for name, value in RECORDED["least_payment"].items() if name != "payment"}


def test_what_may_never_be_stored_is_shown_by_no_repr() -> None:
    never = {row["field"] for rows in RECORDED["requests"].values() for row in rows if row.get("pci") == "never"}
    assert never == set(RECORDED["never_stored"])
    for model in (CardToTokenise, CardToKeep, CardInfo):
        for name, field in model.model_fields.items():
            if str(field.serialization_alias or name) in never:
                assert field.repr is False, f"{model.__name__}.{name}"


def test_what_only_proves_an_authentication_is_shown_by_no_repr() -> None:
    fields = answers.Payment.model_fields
    assert not fields["cavv"].repr
    assert not fields["xid"].repr


# --- states -----------------------------------------------------------------------------------------------------------


def test_every_status_and_event_has_its_row() -> None:
    assert {row["status"]: row["transaction"] for row in RECORDED["statuses"]} == dict(OF_STATUS)
    assert {row["event"]: row["transaction"] for row in RECORDED["events"]} == dict(OF_EVENT)
    assert set(OUTCOMES) == set(TransactionStatus)


@pytest.mark.parametrize("row", RECORDED["events"], ids=lambda row: str(row["event"]))
def test_a_polled_change_and_an_event_are_read_alike(row: dict[str, str]) -> None:
    polled = {"APPROVED" if row["transaction"] == "SETTLED" else row["transaction"]}
    assert status_of_event(row["event"]) is status_of(*polled)


INVOICES = {
    "PAID": {CardOutcome.APPROVED},
    "FAILED": {CardOutcome.DECLINED, CardOutcome.CANCELLED},
    "REFUNDED": {CardOutcome.UNKNOWN},
    "PROCESSING": {CardOutcome.PENDING},
}


@pytest.mark.parametrize("row", [*RECORDED["invoices"], *RECORDED["events"]], ids=str)
def test_an_attempt_goes_the_way_of_its_invoice(row: dict[str, str]) -> None:
    """But for CAPTURED, which the mapping leaves in process, and which is paid."""
    wanted = {CardOutcome.APPROVED} if row["transaction"] == "CAPTURED" else INVOICES[row["invoice"]]
    assert outcome_of(TransactionStatus(row["transaction"]), CaptureType.AUTOMATIC) in wanted


def test_the_two_that_the_invoices_leave_out_have_rows() -> None:
    left_out = set(TransactionStatus) - {row["transaction"] for row in RECORDED["invoices"]}
    assert left_out == {TransactionStatus.REFUNDED, TransactionStatus.PENDING}
    assert OUTCOMES[TransactionStatus.PENDING] is CardOutcome.PENDING
    assert OUTCOMES[TransactionStatus.REFUNDED] is CardOutcome.UNKNOWN


def test_authorised_alone_is_not_paid() -> None:
    assert outcome_of(TransactionStatus.AUTHORIZED, CaptureType.AUTOMATIC) is CardOutcome.PENDING
    assert outcome_of(TransactionStatus.AUTHORIZED, CaptureType.AFTER_TICKET) is CardOutcome.APPROVED


@pytest.mark.parametrize("word", ["", "IN_ORBIT", "PAID", "captured!", "00"])
def test_a_status_that_nobody_knows_is_pending(word: str) -> None:
    assert status_of(word) is TransactionStatus.PENDING
    assert status_of_event(word) is TransactionStatus.PENDING


def test_letters_case_is_not_looked_at() -> None:
    assert status_of("Captured") is TransactionStatus.CAPTURED


# --- answers ----------------------------------------------------------------------------------------------------------


def flat(**changes: object) -> bytes:
    body = {"paymentId": "0200941718", "status": "CAPTURED", "amount": 1000, "nsu": 12, **changes}
    return json.dumps(body).encode()


def test_flat_and_nested_answers_are_read_alike() -> None:
    nested = {"paymentAuthorization": {"returnCode": "0", "paymentId": "0200", "authorizationCode": "739", "nsu": "9"}}
    payment = read_payment(json.dumps(nested).encode(), "POST")
    assert (payment.payment_id, payment.authorization_code, payment.nsu) == ("0200", "739", "9")
    assert (payment.status, payment.return_code, payment.amount) == ("", "0", None)
    assert read_payment(flat(), "POST").nsu == "12"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b'"x"', flat(amount=10.0), flat(amount="1000"), flat(amount=-1), flat(paymentId=""), b"{}"],
)
def test_an_answer_that_cannot_be_trusted_leaves_the_outcome_unknown(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        read_payment(body, "POST /v2/payments")


def test_the_id_of_a_payment_is_longer_than_any_card_and_kept_whole() -> None:
    long = "020094171810301413260003923453790000000000"
    assert read_payment(flat(paymentId=long), "GET").payment_id == long


def test_an_event_is_read() -> None:
    body = {"eventType": "PAYMENT_CAPTURED", "paymentId": "0200", "timestamp": "2025-10-29T10:00:00Z", "amount": 5}
    event = read_event(json.dumps(body).encode(), "event")
    assert status_of_event(event.event_type) is TransactionStatus.CAPTURED
    assert event.timestamp is not None
    assert event.timestamp.year == 2025
