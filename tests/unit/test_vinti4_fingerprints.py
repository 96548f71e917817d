"""The published vectors of vinti4's fingerprints, ours and the simulator's, and amounts without floats."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.sisp_sign import answer_signature, request_signature
from providers.vinti4.answers import PageAnswer
from providers.vinti4.fingerprints import (
    answer_fingerprint,
    error_fingerprint,
    number_text,
    request_fingerprint,
    thousandths_text,
)

CODE = "123456789A"
AT = "2021-07-14 10:01:58"
REQUEST = {
    "timeStamp": AT,
    "merchantRef": "1:3:testForm",
    "merchantSession": "S20210714100158",
    "posID": "90051",
    "currency": "132",
    "transactionCode": "1",
}
REQUEST_PRINT = "iIquEB+HNmuaIhNQm1VtCHzlAAtq32gUPnCf1UJLjozClLRFUvT8UDem32tmoKFWbgdLKch6+xA2X5i/hxWGUg=="
ANSWER = {
    "messageType": "8",
    "merchantRespCP": "1047",
    "merchantRespTid": "00004787",
    "merchantRespMerchantRef": "52",
    "merchantRespMerchantSession": "S20210714100158",
    "merchantRespPurchaseAmount": "89",
    "merchantRespMessageID": "Zo23nJ2P9C3i3e5Z70K1",
    "merchantRespPan": "************4242",
    "merchantResp": "C",
    "merchantRespTimeStamp": AT,
}
ANSWER_PRINT = "j2hcuvti+1GUtdm8FiLr/B7MyT7OBKnswL6AnKy2LTGTRx0CBojFCvkzsyM3Z8Z+IzdF0/Rxta/Y2B9D9aRqKA=="
ERROR = {
    "messageType": "6",
    "merchantRespMessageID": "M1",
    "merchantRespErrorCode": "51",
    "merchantRespErrorDetail": "saldo",
    "merchantRespErrorDescription": "Saldo insuficiente",
    "merchantRespMerchantRef": "52",
    "merchantRespMerchantSession": "S20210714100158",
    "merchantRespAdditionalErrorMessage": " x ",
    "merchantRespTimeStamp": AT,
}


def answer_of(fields: dict[str, str]) -> PageAnswer:
    return PageAnswer.model_validate(fields)


def test_the_published_vectors() -> None:
    assert request_fingerprint(CODE, REQUEST, 89) == REQUEST_PRINT
    assert answer_fingerprint(CODE, answer_of(ANSWER)) == ANSWER_PRINT


def test_the_simulator_signs_by_the_same_vectors() -> None:
    assert request_signature(CODE, {**REQUEST, "amount": "89"}) == REQUEST_PRINT
    assert answer_signature(CODE, ANSWER) == ANSWER_PRINT


def test_both_sign_entities_references_and_errors_alike() -> None:
    bill = {**REQUEST, "transactionCode": "2", "entityCode": "00010", "referenceNumber": "000123456"}
    assert request_fingerprint(CODE, bill, 1500) == request_signature(CODE, {**bill, "amount": "1500"})
    paid = {
        **ANSWER,
        "messageType": "P",
        "merchantRespReferenceNumber": "000123456",
        "merchantRespEntityCode": "00010",
        "merchantRespClientReceipt": "RECIBO\nÇ",
        "merchantRespAdditionalErrorMessage": "  com espaços ",
        "merchantRespReloadCode": "77",
    }
    assert answer_fingerprint(CODE, answer_of(paid)) == answer_signature(CODE, paid)
    assert error_fingerprint(CODE, answer_of(ERROR)) == answer_signature(CODE, ERROR)


@pytest.mark.parametrize("name", [*ANSWER])
def test_every_field_counts(name: str) -> None:
    changed = {**ANSWER, name: "7"}
    assert answer_fingerprint(CODE, answer_of(changed)) != ANSWER_PRINT


@pytest.mark.parametrize("name", [*ERROR])
def test_every_field_of_an_error_counts(name: str) -> None:
    changed = answer_of({**ERROR, name: "7"})
    assert error_fingerprint(CODE, changed) != error_fingerprint(CODE, answer_of(ERROR))


@given(st.integers(0, 10**11))
def test_whole_amounts_are_scaled_by_whole_numbers(amount: int) -> None:
    assert thousandths_text(str(amount)) == str(amount * 1000)
    assert thousandths_text(f"{amount}.00") == str(amount * 1000)


def test_amounts_beyond_a_floats_reach_stay_exact() -> None:
    assert thousandths_text("9007199254740.993") == "9007199254740993"
    assert Decimal(int(float("9007199254740.993") * 1000)) != Decimal(9007199254740993)
    assert thousandths_text("1500.5") == "1500500"
    assert thousandths_text("") == ""


@pytest.mark.parametrize("text", ["1e3", "-5", "١", "1.2.3", "0x1", " 5", "1.0001", "nan", "9" * 30])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        thousandths_text(text)


def test_numbers_lose_their_leading_zeros_and_nothing_stays_nothing() -> None:
    assert [number_text(text) for text in ("", "0", "000120")] == ["", "0", "120"]
    with pytest.raises(ValueError, match="whole number"):
        number_text("12a")
