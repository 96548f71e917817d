"""What 3DS is told: billing normalised and its required fields named, telephones split, the account's ages derived."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.vinti4.payer import Account, Address, BillingIncomplete, Payer, Phone, purchase_request, split_phone
from tests.support.vinti4_rig import PAYER

TODAY = date(2026, 3, 1)


def told_of(payer: Payer) -> dict[str, Any]:
    text = base64.b64decode(purchase_request(payer, TODAY)).decode("utf-8")
    value = json.loads(text)
    assert json.dumps(value, ensure_ascii=False, separators=(",", ":")) == text, "compact"
    return dict(value)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+238 9912345", Phone("238", "9912345")),
        ("00238 991 23 45", Phone("238", "9912345")),
        ("991 23 45", Phone("238", "9912345")),
        ("2389912345", Phone("238", "9912345")),
        ("+55 (11) 98765-4321", Phone("55", "11987654321")),
        ("+351 912 345 678", Phone("351", "912345678")),
        ("+1 202 555 0100", Phone("1", "2025550100")),
        ("+7 495 000 00 00", Phone("7", "4950000000")),
        ("+33 1 23 45 67 89", Phone("33", "123456789")),
        ("", None),
        ("sem telefone", None),
    ],
)
def test_telephones_are_split(text: str, phone: Phone | None) -> None:
    assert split_phone(text) == phone


@given(st.text(max_size=30))
def test_a_telephone_is_digits_within_its_length_or_none(text: str) -> None:
    phone = split_phone(text)
    if phone is not None:
        assert (phone.cc + phone.subscriber).isdigit()
        assert 0 < len(phone.cc) <= 3
        assert 1 <= len(phone.cc + phone.subscriber) <= 15


@pytest.mark.parametrize(
    ("days", "indicator"), [(0, "02"), (1, "03"), (29, "03"), (30, "04"), (60, "04"), (61, "05"), (3000, "05")]
)
def test_ages_become_indicators(days: int, indicator: str) -> None:
    since = TODAY - timedelta(days=days)
    info = Account(created=since, updated=since, suspicious=False).info(TODAY)
    assert info == {
        "chAccAgeInd": indicator,
        "chAccDate": f"{since:%Y%m%d}",
        "chAccChange": f"{since:%Y%m%d}",
        "chAccPwChange": f"{since:%Y%m%d}",
        "chAccPwChangeInd": indicator,
        "suspiciousAccActivity": "01",
    }


def test_nobody_has_an_account_at_a_kiosk() -> None:
    assert Account().info(TODAY) == {"chAccAgeInd": "01"}
    assert Account(suspicious=True).info(TODAY)["suspiciousAccActivity"] == "02"


def test_the_request_is_compact_json_of_what_is_known() -> None:
    told = told_of(replace(PAYER, account_id="LOJA01"))
    assert told == {
        "acctID": "LOJA01",
        "acctInfo": {"chAccAgeInd": "01"},
        "email": "pagamentos@lavajato.example",
        "billAddrCountry": "132",
        "billAddrCity": "Praia",
        "billAddrLine1": "Avenida Cidade de Lisboa 12",
        "billAddrPostCode": "7600",
        "addrMatch": "Y",
        "mobilePhone": {"cc": "238", "subscriber": "2610000"},
        "workPhone": {"cc": "238", "subscriber": "2610000"},
    }


def test_another_shipping_address_is_told_apart() -> None:
    told = told_of(replace(PAYER, shipping=Address("76", "Santos", "Rua A 1", "", "11000")))
    assert told["addrMatch"] == "N"
    assert told["shipAddrCountry"] == "076"
    assert (told["shipAddrCity"], told["shipAddrLine1"], told["shipAddrPostCode"]) == ("Santos", "Rua A 1", "11000")


def test_billing_is_cleaned_and_cut_to_what_3ds_takes() -> None:
    billing = Address("76", "  São \t Paulo\n", "Rua " + "x" * 80, " ap 3 ", "01000-000")
    told = told_of(replace(PAYER, billing=billing))
    assert told["billAddrCountry"] == "076"
    assert told["billAddrCity"] == "São Paulo"
    assert len(told["billAddrLine1"]) == 50
    assert told["billAddrLine2"] == "ap 3"


@pytest.mark.parametrize(
    ("payer", "name"),
    [
        (replace(PAYER, email=""), "email"),
        (replace(PAYER, email="nobody"), "email"),
        (replace(PAYER, billing=replace(PAYER.billing, country="")), "billAddrCountry"),
        (replace(PAYER, billing=replace(PAYER.billing, country="CV")), "billAddrCountry"),
        (replace(PAYER, billing=replace(PAYER.billing, country="000")), "billAddrCountry"),
        (replace(PAYER, billing=replace(PAYER.billing, city=" \n")), "billAddrCity"),
        (replace(PAYER, billing=replace(PAYER.billing, line1="")), "billAddrLine1"),
        (replace(PAYER, billing=replace(PAYER.billing, post_code="")), "billAddrPostCode"),
    ],
)
def test_a_required_field_that_is_missing_is_named(payer: Payer, name: str) -> None:
    with pytest.raises(BillingIncomplete) as refused:
        purchase_request(payer, TODAY)
    assert refused.value.field == name


def test_nothing_of_the_payer_is_in_its_repr() -> None:
    assert repr(PAYER) == "Payer()"
