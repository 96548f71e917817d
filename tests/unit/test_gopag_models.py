"""Every row of the mPOS page's tables in a typed model, amounts without floats, and nothing of the card's holder."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.gopag.calls import sale_body
from providers.gopag.models import PairedTerminal, Transaction, read_found, read_terminals, read_transaction
from providers.gopag.results import outcome_of, sale_result
from providers.gopag.settings import GopagSettings
from tests.unit.gopag_rig import RECORDED, SALE, TERMINAL, succeeded, transaction
from totem.domain.cards import CardKind, CardOutcome, CardSale
from totem.domain.errors import OutcomeUnknown, Trouble
from totem.domain.money import Money

SETTINGS = GopagSettings(token="T", marketplace="M", seller="S", terminal=TERMINAL)
TYPES = {"string": str, "integer": int, "boolean": bool, "object": dict}
ROWS: list[dict[str, Any]] = RECORDED["request_fields"]


def read(body: dict[str, Any]) -> Transaction:
    return read_transaction(json.dumps(body).encode(), "GET")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["field"]))
def test_each_row_of_the_request_table(row: dict[str, Any]) -> None:
    body = sale_body(SALE, SETTINGS)
    value = body[row["field"]]
    assert type(value) is TYPES[row["type"]]
    assert value == row.get("always", value)
    assert value in row.get("values", [value])
    if row["type"] == "string":
        assert isinstance(value, str)
        assert len(value) <= row.get("most", 10**6)
        assert value


def test_the_request_holds_the_tables_fields_and_no_other() -> None:
    assert set(sale_body(SALE, SETTINGS)) == {row["field"] for row in ROWS}
    debit = CardSale("A", 1, Money(500), CardKind.DEBIT)
    assert set(sale_body(debit, SETTINGS)) == {row["field"] for row in ROWS if row.get("only") != "credit"}


def test_the_request_word_for_word() -> None:
    assert sale_body(SALE, SETTINGS) == {
        "payment_locale": "mpos",
        "payment_type": "credit",
        "on_behalf_of": "S",
        "description": "Totem A7K2",
        "notification": "Totem A7K2",
        "installment_plan": {"number_installments": 3},
        "currency": "BRL",
        "amount": 15000,
        "lock": True,
        "terminal": TERMINAL,
        "reference_id": SALE.attempt_id,
    }


@pytest.mark.parametrize("field", sorted(RECORDED["created"]))
def test_each_field_of_the_answer_is_in_the_model(field: str) -> None:
    told = RECORDED["created"][field]
    value = getattr(read(RECORDED["created"]), field)
    if field == "amount":
        assert value == Money(15000)
    elif field == "currency":
        assert value.name == told
    elif field.endswith("_at"):
        assert value == datetime(2025, 12, 21, 14, 30, tzinfo=UTC)
    elif field == "installment_plan":
        assert value.number_installments == 3
    else:
        assert value == told


@pytest.mark.parametrize("kind", ["succeeded", "failed"])
def test_each_field_of_the_notifications_is_read_from_polling(kind: str) -> None:
    polled = read(transaction(**RECORDED[kind]))
    for field, told in RECORDED[kind].items():
        value = getattr(polled, field)
        if field == "card":
            assert (polled.brand, polled.last_digits, polled.entry_mode) == ("Visa", "1111", "chip")
        elif field == "amount":
            assert value == Money(15000)
        elif field.endswith("_at"):
            assert value == datetime(2025, 12, 21, 14, 35, tzinfo=UTC)
        else:
            assert value == told


def test_each_field_of_a_terminal_is_in_the_model() -> None:
    (only,) = read_terminals(json.dumps({"items": [RECORDED["terminal"]]}).encode(), "GET").items
    assert isinstance(only, PairedTerminal)
    for field, told in RECORDED["terminal"].items():
        value = getattr(only, field)
        assert value == (datetime(2025, 12, 1, 10, tzinfo=UTC) if field == "paired_at" else told)
    assert only.is_ready


def test_holder_expiry_and_first_digits_never_get_in() -> None:
    polled = read(RECORDED["details"])
    for kept in (repr(polled), repr(sale_result(polled)), polled.model_dump_json()):
        for secret in ("MARIA", "2026", "4111", "9f2843"):
            assert secret not in kept
    assert (polled.brand, polled.last_digits, polled.entry_mode) == ("Visa", "1111", "chip")


@pytest.mark.parametrize(
    ("amount", "cents"),
    [("150.00", 15000), ("0.01", 1), ("1234567.89", 123456789), (15000, 15000), (1, 1)],
)
def test_reais_as_text_and_cents_as_an_integer(amount: object, cents: int) -> None:
    assert read(transaction(amount=amount)).amount == Money(cents)


@pytest.mark.parametrize(
    "amount", [150.0, 150.00000001, "15000", "150.0", "150,00", "1.500.00", "-1.00", -1, True, None, "", [], {}]
)
def test_any_other_amount_is_refused(amount: object) -> None:
    with pytest.raises(OutcomeUnknown):
        read(transaction(amount=amount))


@given(st.integers(min_value=0, max_value=9_999_999_999))
def test_amounts_round_trip(cents: int) -> None:
    assert read(transaction(amount=Money(cents).decimal_text)).amount == Money(cents)
    assert read(transaction(amount=cents)).amount == Money(cents)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_typed_error(body: bytes) -> None:
    for reader in (read_transaction, read_found, read_terminals):
        with pytest.raises(OutcomeUnknown):
            reader(body, "GET")


@pytest.mark.parametrize("odd", [{"currency": "USD"}, {"id": None}, {"id": "a/../b"}, {"id": ""}])
def test_what_must_be_right(odd: dict[str, object]) -> None:
    with pytest.raises(OutcomeUnknown):
        read(transaction(**odd))


@pytest.mark.parametrize(
    ("status", "flags", "outcome"),
    [
        ("pending", {}, CardOutcome.PENDING),
        ("pre_authorized", {"captured": False}, CardOutcome.PENDING),
        ("succeeded", {"captured": True, "voided": False, "refunded": False}, CardOutcome.APPROVED),
        ("succeeded", {}, CardOutcome.APPROVED),
        ("succeeded", {"captured": False}, CardOutcome.PENDING),
        ("succeeded", {"captured": True, "voided": True}, CardOutcome.CANCELLED),
        ("succeeded", {"captured": True, "refunded": True}, CardOutcome.UNKNOWN),
        ("failed", {"captured": False}, CardOutcome.DECLINED),
        ("failed", {"captured": True}, CardOutcome.PENDING),
        ("failed", {"error_code": "timeout"}, CardOutcome.EXPIRED),
        ("failed", {"error_code": "timeout", "captured": True}, CardOutcome.PENDING),
        ("failed", {"error_code": "a_later_code"}, CardOutcome.DECLINED),
        ("canceled", {}, CardOutcome.CANCELLED),
        ("canceled", {"captured": True}, CardOutcome.PENDING),
        ("canceled", {"captured": True, "voided": True}, CardOutcome.CANCELLED),
        ("refunded", {"refunded": True}, CardOutcome.UNKNOWN),
        ("refunded", {"voided": True}, CardOutcome.CANCELLED),
        ("processing_3ds", {}, CardOutcome.PENDING),
        ("SUCCEEDED", {}, CardOutcome.PENDING),
        ("", {}, CardOutcome.PENDING),
        (7, {}, CardOutcome.PENDING),
    ],
)
def test_what_each_status_means(status: object, flags: dict[str, object], outcome: CardOutcome) -> None:
    clear = {"captured": None, "voided": None, "refunded": None}
    assert outcome_of(read(transaction(status=status, **{**clear, **flags}))) is outcome


def test_every_status_of_the_page_is_judged_and_any_other_is_pending() -> None:
    assert {status: outcome_of(read(transaction(status=status))) for status in RECORDED["statuses"]} == {
        "pending": CardOutcome.PENDING,
        "pre_authorized": CardOutcome.PENDING,
        "succeeded": CardOutcome.APPROVED,
        "failed": CardOutcome.DECLINED,
        "canceled": CardOutcome.CANCELLED,
        "refunded": CardOutcome.UNKNOWN,
    }


@given(st.text(max_size=20).filter(lambda text: text.strip() not in RECORDED["statuses"]))
def test_no_unknown_status_is_an_end(status: str) -> None:
    assert outcome_of(read(transaction(status=status))) is CardOutcome.PENDING


def test_an_approval_in_the_domains_words() -> None:
    result = sale_result(read(succeeded()))
    assert (result.outcome, result.amount, result.trouble) == (CardOutcome.APPROVED, Money(15000), None)
    assert (result.nsu, result.brand, result.last_digits) == ("W-12343124", "Visa", "1111")
    assert result.trace["entry_mode"] == "chip"
    assert result.trace["transaction_id"] == "T1"
    assert not result.receipts.wants_customer


def test_a_refusal_in_the_domains_words() -> None:
    result = sale_result(read(transaction(**RECORDED["failed"])))
    assert (result.outcome, result.trouble) == (CardOutcome.DECLINED, Trouble.CARD_DECLINED)
    assert (result.code, result.message) == ("card_declined", "Cartão recusado")
    assert result.trace["failed_at"] == "2025-12-21T14:35:00+00:00"


def test_a_card_number_in_a_message_is_taken_out() -> None:
    assert "4111" not in sale_result(read(transaction(status="failed", error_message="4111 1111 1111 1111 no"))).message
