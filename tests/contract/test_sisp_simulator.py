"""The simulated SISP refuses what SISP refuses: every mutated form, every reused reference, every unknown field."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from providers.sim.ca import CertificateSet
from providers.sim.sisp import SispSimulator
from providers.sim.sisp_faults import Kind, SispFault, from_json
from providers.sim.sisp_sign import request_signature
from providers.vinti4.payer import purchase_request
from providers.vinti4.references import references_of
from tests.support.vinti4_rig import PAYER, SALE, settings_of

Form = dict[str, str]
CODE = "Sim4ulad0rSisp"


@pytest.fixture
async def sisp(bank_certificates: CertificateSet) -> AsyncIterator[SispSimulator]:
    made = SispSimulator(bank_certificates)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def http(bank_certificates: CertificateSet) -> AsyncIterator[httpx.AsyncClient]:
    trust = ssl.create_default_context(cafile=str(bank_certificates.ca))
    async with httpx.AsyncClient(verify=trust, trust_env=False) as client:
        yield client


def good(code: str = "1", seed: str = SALE.attempt_id) -> Form:
    references = references_of("LOJA01", seed)
    form = {
        "transactionCode": code,
        "posID": "90051",
        "merchantRef": references.merchant_ref,
        "merchantSession": references.merchant_session,
        "amount": "1500",
        "currency": "132",
        "is3DSec": "1" if code == "1" else "0",
        "urlMerchantResponse": "https://kiosk.example/r/x",
        "languageMessages": "pt",
        "timeStamp": "2026-03-01 09:05:07",
        "fingerprintversion": "1",
    }
    own = {
        "1": {"purchaseRequest": purchase_request(PAYER, date(2026, 3, 1))},
        "2": {"entityCode": "00010", "referenceNumber": "000123456"},
        "3": {"entityCode": "00020", "referenceNumber": "9912345"},
        "4": {"reversal": "R", "clearingPeriod": "301", "transactionID": "00004787"},
    }
    return {**form, **own[code]}


async def post(sisp: SispSimulator, http: httpx.AsyncClient, form: Form, query: str | None = None) -> httpx.Response:
    """Signed as it stands, unless it brings a signature of its own."""
    form = {**form, "fingerprint": form.get("fingerprint", request_signature(CODE, form))}
    if query is None:
        told = {"FingerPrint": form["fingerprint"], "TimeStamp": form["timeStamp"], "FingerPrintVersion": "1"}
        query = urlencode(told, quote_via=quote, safe="")
    return await http.post(f"{sisp.page_url}?{query}", data=form)


def violations(sisp: SispSimulator) -> list[str]:
    return [str(each["kind"]) for each in sisp.ledger()["violations"]]


@pytest.mark.parametrize("code", ["1", "2", "3"])
async def test_a_good_form_gets_the_card_page(sisp: SispSimulator, http: httpx.AsyncClient, code: str) -> None:
    answer = await post(sisp, http, good(code))
    assert (answer.status_code, violations(sisp)) == (200, [])
    assert 'content="card"' in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def _3ds(change: Callable[[dict[str, Any]], object]) -> Callable[[Form], object]:
    def mutate(form: Form) -> None:
        value = json.loads(base64.b64decode(form["purchaseRequest"]))
        change(value)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        form["purchaseRequest"] = base64.b64encode(text.encode()).decode()

    return mutate


MUTANTS: dict[str, tuple[Callable[[Form], object], str]] = {
    "a wrong fingerprint": (lambda form: form.update(fingerprint="x" * 88), "fingerprint"),
    "the code posted": (lambda form: form.update(posAuthCode=CODE), "posAuthCode was posted"),
    "the code under another name": (lambda form: form.update(languageMessages=CODE), "posAuthCode was posted"),
    "a field too many": (lambda form: form.update(colour="red"), "fields not known"),
    "no purchaseRequest": (lambda form: form.pop("purchaseRequest"), "fields missing: purchaseRequest"),
    "a short reference": (lambda form: form.update(merchantRef="SHORT"), "15 characters"),
    "a session like the reference": (lambda form: form.update(merchantSession=form["merchantRef"]), "must differ"),
    "reais": (lambda form: form.update(currency="986"), "currency"),
    "an amount with decimals": (lambda form: form.update(amount="1500.00"), "amount"),
    "another point of sale": (lambda form: form.update(posID="90052"), "posID"),
    "a time of another shape": (lambda form: form.update(timeStamp="01/03/2026 09:05"), "timeStamp"),
    "no 3DS in a purchase": (lambda form: form.update(is3DSec="0"), "is3DSec"),
    "an answer over plain HTTP": (
        lambda form: form.update(urlMerchantResponse="http://kiosk.example/r"),
        "urlMerchantResponse",
    ),
    "a language that the page lacks": (lambda form: form.update(languageMessages="es"), "languageMessages"),
    "3DS that is no base64": (lambda form: form.update(purchaseRequest="{}"), "base64"),
    "3DS with spaces in it": (
        lambda form: form.update(purchaseRequest=base64.b64encode(b'{"email": "a@b.cv"}').decode()),
        "compact",
    ),
    "3DS without its city": (_3ds(lambda value: value.pop("billAddrCity")), "fields missing: billAddrCity"),
    "3DS with letters for a country": (_3ds(lambda value: value.update(billAddrCountry="CV")), "billAddrCountry"),
    "3DS with a field too many": (_3ds(lambda value: value.update(colour="red")), "fields not known"),
    "3DS with a whole telephone": (_3ds(lambda value: value.update(mobilePhone="9912345")), "mobilePhone"),
    "3DS with an account of its own": (_3ds(lambda value: value.update(acctInfo={"age": "1"})), "acctInfo"),
}


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_mutated_client_is_refused(sisp: SispSimulator, http: httpx.AsyncClient, name: str) -> None:
    mutate, told = MUTANTS[name]
    form = good()
    mutate(form)
    answer = await post(sisp, http, form)
    assert answer.status_code == 400
    assert told in violations(sisp)[0]
    assert sisp.ledger()["transactions"] == []


async def test_a_raw_plus_in_the_query_breaks_the_signature(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    form = good()
    while "+" not in (signature := request_signature(CODE, form)):
        form["amount"] = str(int(form["amount"]) + 1)
    stamp = quote(form["timeStamp"])
    await post(sisp, http, form, f"FingerPrint={signature}&TimeStamp={stamp}&FingerPrintVersion=1")
    assert violations(sisp) == ["the query does not repeat the form's signature"]


async def test_a_form_without_its_query_is_refused(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    await post(sisp, http, good(), "")
    assert violations(sisp) == ["the query must be FingerPrint, TimeStamp and FingerPrintVersion"]


@pytest.mark.parametrize("same", ["merchantRef", "merchantSession"])
async def test_a_reused_reference_is_refused(sisp: SispSimulator, http: httpx.AsyncClient, same: str) -> None:
    await post(sisp, http, good())
    again = good(seed="another")
    again[same] = good()[same]
    assert (await post(sisp, http, again)).status_code == 400
    assert violations(sisp) == ["merchantRef or merchantSession was used before"]


@pytest.mark.parametrize(("name", "value"), [("clearingPeriod", "12345"), ("transactionID", "x"), ("reversal", "N")])
async def test_a_refund_of_another_shape_is_refused(
    sisp: SispSimulator, http: httpx.AsyncClient, name: str, value: str
) -> None:
    assert (await post(sisp, http, {**good("4"), name: value})).status_code == 400
    assert name in violations(sisp)[0]


async def test_a_refund_of_nothing_is_answered_by_a_signed_error(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    answer = await post(sisp, http, good("4"))
    assert answer.status_code == 200
    assert 'name="messageType" value="6"' in answer.text
    assert violations(sisp) == ["the transaction to give back is not known"]


# --- the pages --------------------------------------------------------------------------------------------------------


async def test_a_step_can_be_taken_once(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    page = (await post(sisp, http, good())).text
    token = page.split('name="token" value="')[1].split('"')[0]
    card = {"token": token, "pan": "4242424242424242", "expiry": "12/39", "cvc": "123", "do": "pay"}
    where = sisp.page_url.replace("CardPayment", "Card")
    assert (await http.post(where, data=card)).status_code == 200
    assert (await http.post(where, data=card)).status_code == 400


@pytest.mark.parametrize(
    "change", [{"pan": "4111111111111111"}, {"expiry": "12/20"}, {"expiry": "13/39"}, {"cvc": "12"}]
)
async def test_wrong_card_data_are_asked_for_again(sisp: SispSimulator, http: httpx.AsyncClient, change: Form) -> None:
    page = (await post(sisp, http, good())).text
    token = page.split('name="token" value="')[1].split('"')[0]
    card = {"token": token, "pan": "4242 4242 4242 4242", "expiry": "1239", "cvc": "123", "do": "pay", **change}
    answer = await http.post(sisp.page_url.replace("CardPayment", "Card"), data=card)
    assert 'class="wrong"' in answer.text
    assert "4111111111111111" not in answer.text + json.dumps(sisp.ledger())


async def test_the_issuer_stands_at_another_host(sisp: SispSimulator) -> None:
    assert httpx.URL(sisp.issuer_url).host != httpx.URL(sisp.page_url).host
    assert httpx.URL(sisp.issuer_url).port != httpx.URL(sisp.page_url).port


# --- the portal -------------------------------------------------------------------------------------------------------


async def ask(
    sisp: SispSimulator, http: httpx.AsyncClient, body: object, password: str | None = None
) -> httpx.Response:
    shop = sisp.settings
    return await http.post(sisp.status_url, json=body, auth=(shop.portal_id, password or shop.portal_password))


def question(sisp: SispSimulator, **more: str) -> dict[str, str]:
    return {"posID": "90051", "posAuthCode": CODE, "merchantRef": "x", **more}


async def test_the_query_wants_the_portals_password(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    assert (await ask(sisp, http, question(sisp), "wrong")).status_code == 401
    assert (await ask(sisp, http, question(sisp))).json()["transactionSuccess"] is False


@pytest.mark.parametrize("body", [{"posID": "90051"}, [], {"posID": "1", "posAuthCode": "2", "merchantRef": 3}])
async def test_a_query_of_another_shape_is_refused(sisp: SispSimulator, http: httpx.AsyncClient, body: object) -> None:
    assert (await ask(sisp, http, body)).status_code == 400


async def test_a_query_with_one_field_more_is_refused(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    assert (await ask(sisp, http, question(sisp, extra="1"))).status_code == 400


async def test_a_query_with_the_wrong_code_fails(sisp: SispSimulator, http: httpx.AsyncClient) -> None:
    assert (await ask(sisp, http, question(sisp, posAuthCode="wrong"))).json()["result"] is False


# --- faults -----------------------------------------------------------------------------------------------------------


def test_faults_travel_as_json() -> None:
    assert from_json({"kind": "forged", "count": None}) == SispFault(Kind.FORGED, None)
    for wrong in ({"kind": "nothing"}, {"kind": "slow", "delay_s": -1}, {"kind": "slow", "count": 0}, {"x": 1}):
        with pytest.raises(ValueError, match=r"fault|begins|negative"):
            from_json(wrong)


async def test_the_acts_of_its_world_are_served(sisp: SispSimulator) -> None:
    acts = sisp.control_handlers()
    assert set(acts) == {f"vinti4.{name}" for name in ("set_faults", "clear_faults", "set_down", "ledger")}
    await acts["vinti4.set_down"]({"down": True})
    assert (await acts["vinti4.ledger"]({}))["is_up"] is False
    await acts["vinti4.set_down"]({"down": False})
    await acts["vinti4.set_faults"]({"faults": [{"kind": "slow", "delay_s": 0.1}]})
    await acts["vinti4.clear_faults"]({})


def test_the_kiosks_settings_are_those_of_the_simulator(bank_certificates: CertificateSet) -> None:
    sisp = SispSimulator(bank_certificates)
    assert settings_of(sisp, bank_certificates).pos_auth_code == CODE
