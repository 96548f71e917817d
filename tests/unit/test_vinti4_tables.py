"""Every field of the documented tables has its place in a typed model of ours."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from providers.sim import sisp_sign
from providers.vinti4.answers import ERROR_TYPE, SUCCESS_TYPES, PageAnswer, PageResult, Status, judge
from providers.vinti4.dcc import Dcc, parse_dcc
from providers.vinti4.payer import Account, Address, BillingIncomplete, Payer, purchase_request, split_phone
from providers.vinti4.references import references_of
from providers.vinti4.requests import Code, Frame, Merchant, Transaction, TransactionUsed
from tests.unit.test_vinti4_requests import REQUESTS

TABLES: dict[str, Any] = json.loads(
    Path(__file__).parents[1].joinpath("recorded/vinti4_tables.json").read_text(encoding="utf-8")
)
DAY = date(2024, 1, 1)
FULL = Payer(
    email="client@mail.com",
    billing=Address("132", "Praia", "Rua 1", "andar 2", "7600"),
    shipping=Address("132", "Mindelo", "Rua 2", "", "2110"),
    account_id="A1",
    account=Account(DAY, DAY, suspicious=False),
    mobile_phone=TABLES["phone"]["from"],
    work_phone="2610000",
)
ALIASES = {field.alias for field in PageAnswer.model_fields.values()}


def form_of(code: str) -> tuple[str, dict[str, str]]:
    frame = Frame("https://page.example/pay", "https://kiosk.example/r", datetime(2026, 3, 1, tzinfo=UTC))
    made = Transaction(Merchant("90051", "code"), references_of("LOJA01", code), REQUESTS[code]).prepare(frame)
    return made.url, dict(made.fields)


def told_3ds() -> dict[str, Any]:
    return dict(json.loads(base64.b64decode(purchase_request(FULL, date(2026, 3, 1)))))


@pytest.mark.parametrize("code", TABLES["form_of_each"])
def test_each_form_has_the_documented_fields_and_no_other(code: str) -> None:
    url, fields = form_of(code)
    assert set(fields) == {*TABLES["form"], *TABLES["form_of_each"][code]}
    assert [pair.split("=")[0] for pair in url.split("?")[1].split("&")] == TABLES["query"]


def test_the_signatures_are_over_the_documented_fields_in_their_order() -> None:
    tables = {"request_fingerprint": sisp_sign._REQUEST, "answer_fingerprint": sisp_sign._ANSWER}
    for name, ours in tables.items():
        assert [field.replace("Long", "") if field != "amountLong" else "amount" for field in TABLES[name]] == [*ours]
    assert TABLES["error_fingerprint"] == [*sisp_sign._ERROR]


@pytest.mark.parametrize("name", [*TABLES["answer_fingerprint"], *TABLES["error_fingerprint"]])
def test_each_field_of_an_answer_has_a_place(name: str) -> None:
    assert name.replace("AmountLong", "Amount") in ALIASES


def test_the_kinds_of_messages_are_the_documented_ones() -> None:
    assert {**{code.value: kind for code, kind in SUCCESS_TYPES.items()}, "error": ERROR_TYPE} == TABLES[
        "message_types"
    ]
    assert {code.value for code in Code} == set(TABLES["form_of_each"])


def test_3ds_is_told_all_that_the_tables_name() -> None:
    told = told_3ds()
    assert set(told["acctInfo"]) == set(TABLES["account"])
    assert set(TABLES["billing_required"]) | set(TABLES["shipping"]) <= set(told)
    assert {name for name in TABLES["user_3ds"] if "Phone" in name} <= set(told)
    assert {name for name in TABLES["user_3ds"] if "Phone" not in name} <= set(told["acctInfo"])


def test_the_telephone_is_split_as_documented() -> None:
    phone, table = split_phone(TABLES["phone"]["from"]), TABLES["phone"]
    assert phone is not None
    assert (phone.cc, phone.subscriber) == (table["cc"], table["subscriber"])
    fallback = split_phone(table["subscriber"])
    assert fallback is not None
    assert fallback.cc == table["default"]


@pytest.mark.parametrize("name", TABLES["billing_required"])
def test_each_required_field_is_missed_by_its_name(name: str) -> None:
    address = {
        "billAddrCountry": "country",
        "billAddrCity": "city",
        "billAddrLine1": "line1",
        "billAddrPostCode": "post_code",
    }
    billing = {"country": "132", "city": "Praia", "line1": "Rua 1", "post_code": "7600"}
    billing.pop(address.get(name, ""), None)
    payer = Payer(email="" if name == "email" else "a@b.cv", billing=Address(**billing))
    with pytest.raises(BillingIncomplete) as refused:
        purchase_request(payer, DAY)
    assert str(refused.value) == f"{TABLES['billing_message']}{name}"


def test_a_conversion_has_the_documented_fields() -> None:
    assert {field.alias for field in Dcc.model_fields.values()} == set(TABLES["dcc"])
    assert set(Dcc.model_fields) == set(TABLES["dcc_result"])
    told = parse_dcc(json.dumps(TABLES["dcc"])).model_dump()
    assert told["enabled"] is True
    assert {name: str(told[name]) for name in ("amount", "markup", "rate")} == {
        "amount": TABLES["dcc"]["dccAmount"],
        "markup": TABLES["dcc"]["dccMarkup"],
        "rate": TABLES["dcc"]["dccRate"],
    }


def test_the_result_is_the_documented_model() -> None:
    result: PageResult = judge({"messageType": "8"}, "code", Code.PURCHASE)
    assert all(hasattr(result, name) for name in TABLES["result"])
    assert [status.value for status in Status] == TABLES["statuses"]
    assert [*result.debug] == TABLES["debug"]


def test_a_reused_transaction_says_the_documented_sentence() -> None:
    assert str(TransactionUsed()) == TABLES["reused"]
