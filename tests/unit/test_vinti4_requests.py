"""vinti4's forms: what each request says, what never stands in one, and one transaction used once."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.sisp_sign import request_signature
from providers.vinti4.payer import BillingIncomplete
from providers.vinti4.references import References, references_of
from providers.vinti4.requests import (
    Frame,
    Merchant,
    Purchase,
    Recharge,
    Refund,
    Request,
    ServicePayment,
    Transaction,
    TransactionUsed,
)
from tests.support.vinti4_rig import AMOUNT, PAYER
from totem.domain.money import Money

MERCHANT = Merchant("90051", "s3gr3do+/=")
REFERENCES = references_of("LOJA01", "6LOJA01A7K2M9Q4")
FRAME = Frame("https://page.example/pay", "https://kiosk.example/r/abc", datetime(2026, 3, 1, 9, 5, 7), "fr")  # noqa: DTZ001 - the shop's own
REQUESTS: dict[str, Request] = {
    "1": Purchase(AMOUNT, PAYER),
    "2": ServicePayment(AMOUNT, "00010", "000123456"),
    "3": Recharge(AMOUNT, "00020", "9912345"),
    "4": Refund(AMOUNT, "1047", "00004787"),
}


def form_of(request: Request) -> tuple[str, dict[str, str]]:
    prepared = Transaction(MERCHANT, REFERENCES, request).prepare(FRAME)
    return prepared.url, dict(prepared.fields)


@pytest.mark.parametrize("code", REQUESTS)
def test_each_request_is_signed_and_its_query_repeats_the_signature(code: str) -> None:
    url, fields = form_of(REQUESTS[code])
    assert fields["transactionCode"] == code
    assert (fields["amount"], fields["currency"], fields["posID"]) == ("1500", "132", "90051")
    assert fields["timeStamp"] == "2026-03-01 09:05:07"
    assert fields["fingerprint"] == request_signature(MERCHANT.pos_auth_code, fields)
    assert urlsplit(url)._replace(query="").geturl() == FRAME.page_url
    assert "+" not in urlsplit(url).query
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "FingerPrint": fields["fingerprint"],
        "TimeStamp": fields["timeStamp"],
        "FingerPrintVersion": "1",
    }


@pytest.mark.parametrize("code", REQUESTS)
def test_the_code_that_signs_is_never_posted(code: str) -> None:
    url, fields = form_of(REQUESTS[code])
    assert MERCHANT.pos_auth_code not in url + "".join(fields.values())
    assert not [name for name in fields if "auth" in name.lower()]
    assert MERCHANT.pos_auth_code not in repr(MERCHANT)


def test_a_transaction_makes_one_request() -> None:
    transaction = Transaction(MERCHANT, REFERENCES, REQUESTS["1"])
    transaction.prepare(FRAME)
    with pytest.raises(TransactionUsed, match="ONLY 1 PAYMENT REQUEST MUST BE PREPARED"):
        transaction.prepare(FRAME)


def test_bills_keep_their_zeros_in_the_form_and_lose_them_in_the_signature() -> None:
    _, fields = form_of(REQUESTS["2"])
    assert (fields["entityCode"], fields["referenceNumber"]) == ("00010", "000123456")
    short = {**fields, "entityCode": "10", "referenceNumber": "123456"}
    assert request_signature(MERCHANT.pos_auth_code, short) == fields["fingerprint"]


def test_a_purchase_brings_its_3ds_data_and_a_refund_its_original() -> None:
    _, bought = form_of(REQUESTS["1"])
    told = json.loads(base64.b64decode(bought["purchaseRequest"]))
    assert told["billAddrCountry"] == "132"
    assert bought["is3DSec"] == "1"
    _, back = form_of(REQUESTS["4"])
    assert (back["reversal"], back["clearingPeriod"], back["transactionID"]) == ("R", "1047", "00004787")


@pytest.mark.parametrize(("language", "wanted"), [("pt", "pt"), ("en", "en"), ("fr", "fr"), ("es", "en")])
def test_the_page_speaks_a_language_that_it_knows(language: str, wanted: str) -> None:
    prepared = Transaction(MERCHANT, REFERENCES, REQUESTS["1"]).prepare(replace(FRAME, language=language))
    assert dict(prepared.fields)["languageMessages"] == wanted


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (Purchase(Money(1500), PAYER), "only escudos"),
        (replace(REQUESTS["1"], amount=AMOUNT - AMOUNT), "at least one"),
        (ServicePayment(AMOUNT, "12a", "1"), "entityCode"),
        (ServicePayment(AMOUNT, "12", ""), "referenceNumber"),
        (Refund(AMOUNT, "10475", "1"), "clearingPeriod"),
        (Refund(AMOUNT, "1047", "123456789"), "transactionID"),
    ],
)
def test_what_sisp_would_not_take_is_refused_here(request_: Request, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Transaction(MERCHANT, REFERENCES, request_)


def test_references_must_have_fifteen_characters_and_differ() -> None:
    for wrong in (References("short", REFERENCES.merchant_session), References(*[REFERENCES.merchant_ref] * 2)):
        with pytest.raises(ValueError, match=r"15 characters|the same"):
            Transaction(MERCHANT, wrong, REQUESTS["1"])


def test_incomplete_billing_stops_the_form() -> None:
    transaction = Transaction(MERCHANT, REFERENCES, Purchase(AMOUNT, replace(PAYER, email="")))
    with pytest.raises(BillingIncomplete) as refused:
        transaction.prepare(FRAME)
    assert refused.value.field == "email"


# --- references -------------------------------------------------------------------------------------------------------


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=6), st.text(min_size=1, max_size=40))
def test_references_have_fifteen_characters_begin_with_the_kiosk_and_differ(kiosk: str, attempt: str) -> None:
    made = references_of(kiosk, attempt)
    assert len(made.merchant_ref) == len(made.merchant_session) == 15
    assert made.merchant_ref.startswith(kiosk)
    assert made.merchant_session.startswith(kiosk)
    assert made.merchant_ref != made.merchant_session
    assert references_of(kiosk, attempt) == made, "a kiosk that was cut off finds them again"


def test_no_two_of_many_attempts_share_one() -> None:
    made = [references_of(kiosk, f"{number}") for kiosk in ("LOJA01", "LOJA02") for number in range(20_000)]
    every = {each.merchant_ref for each in made} | {each.merchant_session for each in made}
    assert len(every) == 2 * len(made)


def test_a_long_id_of_a_kiosk_leaves_too_little_room() -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        references_of("LOJA001", "x")
