"""What SISP's page posts back, judged: signatures, hints, conversions; and nothing of it in a repr or a log."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.sisp_sign import answer_signature
from providers.vinti4.answers import Status, judge, read_answer
from providers.vinti4.dcc import NO_DCC, Dcc, parse_dcc
from providers.vinti4.receipt import dcc_lines
from providers.vinti4.references import References
from providers.vinti4.requests import Code
from providers.vinti4.results import signed_result
from tests.unit.test_vinti4_fingerprints import ANSWER, CODE, ERROR
from totem.domain.cards import CardOutcome
from totem.domain.money import Currency, Money

DCC_TEXT = '{"dcc":"Y","dccAmount":"23.50","dccCurrency":"EUR","dccMarkup":"3.1","dccRate":"0.00923"}'
REFERENCES = References("52", "S20210714100158")


def signed(fields: dict[str, str]) -> dict[str, str]:
    return {**fields, "resultFingerPrint": answer_signature(CODE, fields), "resultFingerPrintVersion": "1"}


def test_a_signed_success_is_one() -> None:
    result = judge(signed(ANSWER), CODE, Code.PURCHASE)
    assert (result.success, result.status) == (True, Status.SUCCESS)
    told = signed_result(result, REFERENCES, "pt")
    assert told is not None
    assert (told.outcome, told.amount) == (CardOutcome.APPROVED, Money(89, Currency.CVE))
    assert (told.nsu, told.authorization, told.last_digits) == ("00004787", "Zo23nJ2P9C3i3e5Z70K1", "4242")
    assert told.trace["transaction_id"] == "00004787"
    assert told.trace["clearing_period"] == "1047"
    assert told.trace["known_by"] == "signed"


@pytest.mark.parametrize(
    ("code", "kind"), [(Code.PURCHASE, "8"), (Code.SERVICE, "P"), (Code.RECHARGE, "M"), (Code.REFUND, "10")]
)
def test_each_request_has_its_own_kind_of_success(code: Code, kind: str) -> None:
    fields = signed({**ANSWER, "messageType": kind})
    assert judge(fields, CODE, code).status is Status.SUCCESS
    for other in set(Code) - {code}:
        assert judge(fields, CODE, other).status is Status.INVALID_FINGERPRINT


@pytest.mark.parametrize("name", [*ANSWER])
def test_any_field_that_was_changed_breaks_the_signature(name: str) -> None:
    forged = {**signed(ANSWER), name: "8" if name != "messageType" else "P"}
    if forged == signed(ANSWER):
        return
    result = judge(forged, CODE, Code.PURCHASE)
    assert (result.success, result.status) == (False, Status.INVALID_FINGERPRINT)


def test_an_invalid_one_tells_both_fingerprints_and_never_the_code() -> None:
    forged = {**signed(ANSWER), "merchantRespPurchaseAmount": "1"}
    result = judge(forged, CODE, Code.PURCHASE)
    assert set(result.debug) == {"recebido", "calculado"}
    assert result.debug["recebido"] != result.debug["calculado"]
    assert CODE not in str(dict(result.debug)) + repr(result)
    assert not [value for value in result.debug.values() if value in repr(result)]


def test_a_kind_of_message_is_not_its_result() -> None:
    result = judge(signed({**ANSWER, "merchantResp": "Z"}), CODE, Code.PURCHASE)
    assert (result.success, result.status) == (False, Status.ERROR)
    assert signed_result(result, REFERENCES, "pt") is None, "neither paid nor refused: the status is asked"


def test_a_signed_error_is_a_refusal_with_its_words() -> None:
    result = judge(signed(ERROR), CODE, Code.PURCHASE)
    assert (result.status, result.message, result.detail) == (Status.ERROR, "Saldo insuficiente", "51")
    told = signed_result(result, REFERENCES, "pt")
    assert told is not None
    assert (told.outcome, told.code, told.message) == (CardOutcome.DECLINED, "51", "Saldo insuficiente")


def test_an_error_that_nobody_signed_is_none() -> None:
    assert judge({**ERROR, "resultFingerPrint": "x"}, CODE, Code.PURCHASE).status is Status.INVALID_FINGERPRINT


def test_cancelled_is_a_hint_and_cannot_hide_a_signed_answer() -> None:
    assert judge({"UserCancelled": "true"}, CODE, Code.PURCHASE).status is Status.CANCELLED
    both = {**signed(ANSWER), "UserCancelled": "true"}
    assert judge(both, CODE, Code.PURCHASE).status is Status.SUCCESS
    assert judge({"UserCancelled": "false"}, CODE, Code.PURCHASE).status is Status.INVALID_FINGERPRINT


@given(st.dictionaries(st.sampled_from([*ANSWER, *ERROR, "UserCancelled", "resultFingerPrint", "x"]), st.text()))
def test_nothing_unsigned_is_ever_a_success(fields: dict[str, str]) -> None:
    result = judge(fields, CODE, Code.PURCHASE)
    assert not result.success
    assert result.status is not Status.ERROR


def test_too_much_is_no_answer() -> None:
    assert read_answer({f"f{number}": "" for number in range(65)}) is None
    assert read_answer({"merchantRespClientReceipt": "x" * 9000}) is None
    assert judge({"merchantResp": "C" * 9000}, CODE, Code.PURCHASE).status is Status.INVALID_FINGERPRINT


def test_nothing_of_an_answer_is_in_its_repr() -> None:
    result = judge(signed(ANSWER), CODE, Code.PURCHASE)
    hidden = [value for name, value in ANSWER.items() if name not in {"messageType", "merchantResp"}]
    assert not [value for value in hidden if len(value) > 1 and value in repr(result)]


@pytest.mark.parametrize(
    ("pan", "digits"), [("************4242", "4242"), ("4242424242424242", ""), ("", ""), ("x", "")]
)
def test_only_the_last_four_of_a_masked_number_are_kept(pan: str, digits: str) -> None:
    answer = read_answer({"merchantRespPan": pan})
    assert answer is not None
    assert answer.last_digits == digits


# --- conversion -------------------------------------------------------------------------------------------------------


def test_a_conversion_is_read_with_decimals() -> None:
    dcc = parse_dcc(DCC_TEXT)
    figures = (dcc.enabled, dcc.amount, dcc.currency, dcc.markup, dcc.rate)
    assert figures == (True, Decimal("23.50"), "EUR", Decimal("3.1"), Decimal("0.00923"))
    bare = parse_dcc('{"dcc":true,"dccAmount":23.1000000000000001,"dccCurrency":"eur"}')
    assert bare.amount == Decimal("23.1000000000000001"), "a JSON number passes through no float"


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "null", '{"dcc":"N"}', "{" * 5000, '{"dcc":"Y","dccAmount":"a lot","dccCurrency":"EURO"}']
)
def test_what_cannot_be_read_is_no_conversion(text: str) -> None:
    assert dcc_lines(parse_dcc(text), "pt") == ()


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "pt",
            (
                "CONVERSÃO DE MOEDA (DCC)",
                "Cobrado no cartão: 23.50 EUR",
                "Câmbio: 1 CVE = 0.00923 EUR",
                "Margem: 3.1 %",
            ),
        ),
        (
            "fr",
            (
                "CONVERSION DE DEVISE (DCC)",
                "Débité sur la carte: 23.50 EUR",
                "Taux : 1 CVE = 0.00923 EUR",
                "Marge: 3.1 %",
            ),
        ),
    ],
)
def test_the_customer_reads_what_was_converted(language: str, lines: tuple[str, ...]) -> None:
    assert dcc_lines(parse_dcc(DCC_TEXT), language) == lines


def test_receipt_and_trace_tell_the_conversion() -> None:
    result = judge(signed({**ANSWER, "merchantRespDCCData": DCC_TEXT}), CODE, Code.PURCHASE)
    told = signed_result(result, REFERENCES, "en")
    assert told is not None
    assert "Charged to the card: 23.50 EUR" in told.receipts.customer
    assert {name: told.trace[name] for name in told.trace if name.startswith("dcc")} == {
        "dcc_amount": "23.50",
        "dcc_currency": "EUR",
        "dcc_markup": "3.1",
        "dcc_rate": "0.00923",
    }


def test_only_purchases_are_converted() -> None:
    fields: dict[str, Any] = signed({**ANSWER, "messageType": "P", "merchantRespDCCData": DCC_TEXT})
    assert judge(fields, CODE, Code.SERVICE).dcc == NO_DCC


def test_receipt_lines_of_sisp_are_cleaned() -> None:
    text = "LOJA\n\nCARTAO 4242 4242 4242 4242\n" + "x" * 90
    told = signed_result(
        judge(signed({**ANSWER, "merchantRespClientReceipt": text}), CODE, Code.PURCHASE), REFERENCES, "pt"
    )
    assert told is not None
    assert told.receipts.customer[:2] == ("LOJA", "CARTAO [removed]")
    assert max(len(line) for line in told.receipts.customer) <= 40


def test_the_models_fields_are_those_of_the_json() -> None:
    assert json.loads(DCC_TEXT).keys() == {field.alias for field in Dcc.model_fields.values()}
