"""The simulated Adiq on its wire: strict about every field, so that a client that errs is told."""

from __future__ import annotations

import random
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from providers.adiq.requests import Request
from providers.sim import adiq_cards
from providers.sim.adiq import AdiqSimSettings, AdiqSimulator
from providers.sim.adiq_faults import AdiqFault, Kind, Operation, many_from_json
from providers.sim.adiq_ledger import Status
from providers.sim.adiq_rules import AdiqProblem, parse_order
from providers.sim.ca import CertificateSet, certificates
from tests.support.adiq_rig import SALE, adiq_of, reference_of
from totem.domain.cards import CardOutcome

Json = dict[str, Any]
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
UUID = "6FBF4568-7BC3-4C7C-8D1B-71F6B7FC8BAB"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


class World:
    """The simulator, a plain client of its wire with a token, and time in hand."""

    def __init__(self, made: CertificateSet, settings: AdiqSimSettings) -> None:
        self.at = START
        self.made = made
        self.sim = AdiqSimulator(made, settings, rng=random.Random(7), now=lambda: self.at)

    client: httpx.AsyncClient

    async def open(self) -> None:
        await self.sim.start()
        context = ssl.create_default_context(cafile=str(self.made.ca))
        self.client = httpx.AsyncClient(base_url=self.sim.base_url, verify=context, trust_env=False, timeout=5.0)
        token = (await self.token()).json()
        self.client.headers["Authorization"] = f"Bearer {token.get('accessToken') or token['access_token']}"

    async def token(self, secret: str = "", body: object = None) -> httpx.Response:
        auth = httpx.BasicAuth(self.sim.settings.client_id, secret or self.sim.settings.client_secret)
        wanted = {"grantType": "client_credentials"} if body is None else body
        return await self.client.post("/auth/oauth2/v1/token", json=wanted, auth=auth)

    async def card(self, number: str = adiq_cards.APPROVED) -> str:
        answer = await self.client.post("/v1/tokens/cards", json={"cardNumber": number})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["numberToken"])

    async def order(self, **changes: Json) -> Json:
        """A whole order with a fresh card; `changes` are laid over its objects, and None takes a field out."""
        body: Json = {
            "payment": {
                "transactionType": "Credit",
                "amount": 15000,
                "currencyCode": "brl",
                "productType": "avista",
                "installments": 1,
                "captureType": "ac",
                "recurrent": False,
            },
            "cardInfo": {
                "numberToken": await self.card(),
                "brand": "visa",
                "cardholderName": "JOANA PRADO",
                "expirationMonth": "12",
                "expirationYear": "31",
                "securityCode": "123",
            },
            "sellerInfo": {"orderNumber": "6LOJA01A1", "softDescriptor": "LAVA*TOTEM"},
        }
        for name, fields in changes.items():
            merged = {**body.get(name, {}), **fields}
            body[name] = {field: value for field, value in merged.items() if value is not None}
        return body

    async def pay(self, **changes: Json) -> httpx.Response:
        return await self.client.post("/v2/payments", json=await self.order(**changes))


@pytest.fixture
async def world(made: CertificateSet) -> AsyncIterator[World]:
    world = World(made, AdiqSimSettings())
    await world.open()
    yield world
    await world.client.aclose()
    await world.sim.stop()


async def test_a_payment_field_by_field(world: World) -> None:
    answer = await world.pay()
    body = answer.json()
    assert answer.status_code == 200
    assert len(body.pop("paymentId")) == 42
    assert body.pop("authorizationCode").isdigit()
    assert body.pop("nsu").isdigit()
    assert body.pop("tid").isdigit()
    assert body == {"status": "CAPTURED", "amount": 15000, "captureType": "ac"}


REFUSED: list[tuple[str, Json]] = [
    ("payment.amount", {"payment": {"amount": 150.0}}),
    ("payment.amount", {"payment": {"amount": "15000"}}),
    ("payment.amount", {"payment": {"amount": True}}),
    ("payment.amount", {"payment": {"amount": 0}}),
    ("payment.installments", {"payment": {"installments": 13, "productType": "lojista"}}),
    ("payment.installments", {"payment": {"installments": "1"}}),
    ("payment.productType", {"payment": {"installments": 3}}),
    ("payment.productType", {"payment": {"productType": "lojista"}}),
    ("payment.productType", {"payment": {"transactionType": "Debit"}}),
    ("payment.currencyCode", {"payment": {"currencyCode": "usd"}}),
    ("payment.captureType", {"payment": {"captureType": "auto"}}),
    ("payment.recurrent", {"payment": {"recurrent": "false"}}),
    ("payment.capture_type", {"payment": {"capture_type": "ac"}}),
    ("payment.transactionType", {"payment": {"transactionType": None}}),
    ("cardInfo.cardNumber", {"cardInfo": {"cardNumber": adiq_cards.APPROVED}}),
    ("cardInfo.numberToken", {"cardInfo": {"numberToken": adiq_cards.APPROVED}}),
    ("cardInfo.numberToken", {"cardInfo": {"numberToken": UUID}}),
    ("cardInfo.securityCode", {"cardInfo": {"securityCode": 123}}),
    ("cardInfo.expirationMonth", {"cardInfo": {"expirationMonth": "13"}}),
    ("cardInfo.expirationYear", {"cardInfo": {"expirationYear": "2031"}}),
    ("cardInfo.brand", {"cardInfo": {"brand": ""}}),
    ("cardInfo.cardholderName", {"cardInfo": {"cardholderName": None}}),
    ("cardInfo.vaultId", {"cardInfo": {"vaultId": "x", **dict.fromkeys(
        ("numberToken", "brand", "cardholderName", "expirationMonth", "expirationYear", "securityCode"))}}),
    ("sellerInfo.orderNumber", {"sellerInfo": {"orderNumber": None}}),
    ("sellerInfo.orderNumber", {"sellerInfo": {"orderNumber": "A/B"}}),
    ("sellerInfo.softDescriptor", {"sellerInfo": {"softDescriptor": "QUATORZE LETRA"}}),
    ("sellerInfo.codeAntiFraud", {"sellerInfo": {"codeAntiFraud": UUID}}),
    ("urlSite3DS", {"sellerInfo": {"code3DS": UUID}}),
    ("customer.email", {"customer": {"email": "ninguém"}}),
    ("customer.documentNumber", {"customer": {"documentNumber": "214.345.528-37"}}),
    ("customer.zipCode", {"customer": {"zipCode": "04612-002"}}),
    ("deviceInfo.httpBrowserJavaEnabled", {"deviceInfo": {"httpBrowserJavaEnabled": False}}),
    ("deviceInfo.httpBrowserColorDepth", {"deviceInfo": {"httpBrowserColorDepth": "24"}}),
    ("lineItems", {"lineItems": {"x": 1}}),
]  # fmt: skip


@pytest.mark.parametrize(("tag", "changes"), REFUSED)
async def test_an_order_that_errs_is_refused_by_the_name_of_its_field(world: World, tag: str, changes: Json) -> None:
    answer = await world.pay(**changes)
    assert answer.status_code == 400, answer.text
    assert tag in {each["tag"] for each in answer.json()}
    assert world.sim.ledger()["payments"] == []


def mutated(change: Callable[[Json], None]) -> Callable[[Request], Json]:
    """What a client would send that has that fault in it."""
    true_body = Request.body

    def body(request: Request) -> Json:
        sent = dict(true_body(request))
        change(sent)
        return sent

    return body


MUTATIONS: dict[str, Callable[[Json], None]] = {
    "an amount in reais": lambda body: body.get("payment", {}).update(amount=150.0),
    "an amount as text": lambda body: body.get("payment", {}).update(amount="15000"),
    "a year of four digits": lambda body: body.get("cardInfo", {}).update(expirationYear="2031"),
    "a code as a number": lambda body: body.get("cardInfo", {}).update(securityCode=737),
    "the card's number beside its token": lambda body: body.get("cardInfo", {}).update(cardNumber="4111111111111111"),
    "our own names": lambda body: (
        body.get("sellerInfo", {}).update(order_number=body["sellerInfo"].get("orderNumber"))
        if "sellerInfo" in body
        else None
    ),
    "no order number": lambda body: body.get("sellerInfo", {}).pop("orderNumber", None),
    "instalments that the product denies": lambda body: body.get("payment", {}).update(installments=3),
}


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_mutated_client_is_refused(made: CertificateSet, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    async with adiq_of(made) as world:
        monkeypatch.setattr(Request, "body", mutated(MUTATIONS[name]))
        result = await world.sell()
        assert result.outcome in (CardOutcome.NOT_SENT, CardOutcome.DECLINED), result
        assert world.payments == []


async def test_a_client_that_settles_without_reading_is_seen(made: CertificateSet) -> None:
    async with adiq_of(made) as world:
        result = await world.sell()
        payment_id = reference_of(result).trace["payment_id"]
        with pytest.raises(Exception, match="pré-autorização"):
            await world.gateway._calls.capture(payment_id, SALE.amount)
        assert [each["kind"] for each in world.sim.ledger()["violations"]] == ["capture_of_none_authorised"]


async def test_an_order_number_serves_once(world: World) -> None:
    await world.pay()
    assert (await world.pay()).json()[0]["tag"] == "sellerInfo.orderNumber"
    assert [each["kind"] for each in world.sim.ledger()["violations"]] == ["order_number_reused"]


async def test_the_token_needs_client_grant_and_time(world: World) -> None:
    assert (await world.token("outro")).status_code == 401
    assert (await world.token(body={"grant_type": "client_credentials"})).status_code == 400
    world.at += timedelta(seconds=3600)
    late = await world.client.post("/v1/tokens/cards", json={"cardNumber": adiq_cards.APPROVED})
    assert late.status_code == 401


async def test_a_card_token_lives_ten_minutes(world: World) -> None:
    order = await world.order()
    world.at += timedelta(minutes=10)
    answer = await world.client.post("/v2/payments", json=order)
    assert answer.json()[0]["tag"] == "cardInfo.numberToken"


async def test_a_payment_is_found_by_its_day_in_brasilia(world: World) -> None:
    world.at = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    await world.pay()
    assert (await world.client.get("/v1/payments/6LOJA01A1/20261122")).status_code == 200
    assert (await world.client.get("/v1/payments/6LOJA01A1/20261123")).status_code == 404


async def test_part_of_what_was_captured_goes_back_and_a_pre_authorisation_only_whole(world: World) -> None:
    paid = (await world.pay()).json()
    path = f"/v1/payments/{paid['paymentId']}/cancel"
    assert (await world.client.put(path, json={"amount": 5000})).json()["status"] == "CAPTURED"
    assert (await world.client.put(path, json={"amount": 10001})).status_code == 400
    assert (await world.client.put(path, json={"amount": 10000})).json()["status"] == "REFUNDED"
    held = (await world.pay(payment={"captureType": "pa"}, sellerInfo={"orderNumber": "B"})).json()
    assert held["status"] == "AUTHORIZED"
    path = f"/v1/payments/{held['paymentId']}/cancel"
    assert (await world.client.put(path, json={"amount": 5000})).status_code == 400
    assert (await world.client.put(path, json={"amount": 15000})).json()["status"] == "CANCELLED"


async def test_a_review_ends_by_somebodys_word(world: World) -> None:
    await world.pay(sellerInfo={"CodeAntiFraud": UUID}, customer={"email": "review@test.com"})
    world.at += timedelta(days=1)
    assert world.sim.ledger()["payments"][0]["status"] == "PENDING"
    assert world.sim.resolve(Status.CAPTURED)["status"] == "CAPTURED"
    with pytest.raises(ValueError, match="open"):
        world.sim.resolve(Status.CAPTURED)
    assert world.sim.approve() == 1


async def test_its_errors_come_in_either_shape(made: CertificateSet) -> None:
    world = World(made, AdiqSimSettings(errors_as_list=False))
    await world.open()
    try:
        body = (await world.pay(payment={"amount": 0})).json()
        assert set(body) == {"type", "title", "traceId"}
    finally:
        await world.client.aclose()
        await world.sim.stop()


@pytest.mark.parametrize("kind", [Kind.RESET, Kind.ANSWER_LOST, Kind.HALF])
async def test_a_fault_breaks_the_wire_and_carries_out_what_it_says(world: World, kind: Kind) -> None:
    order = await world.order()
    world.sim.set_faults([AdiqFault(Operation.CREATE, kind)])
    with pytest.raises(httpx.TransportError):
        await world.client.post("/v2/payments", json=order)
    assert len(world.sim.ledger()["payments"]) == (0 if kind is Kind.RESET else 1)


@pytest.mark.parametrize(
    "value",
    [
        {"operation": "create", "kind": "eaten"},
        {"operation": "create", "kind": "reset", "first": 0},
        {"operation": "create", "kind": "reset", "delay_s": -1},
        {"operation": "create", "kind": "reset", "x": 1},
    ],
)
def test_a_fault_that_is_none_is_refused(value: Json) -> None:
    with pytest.raises(ValueError, match=r"fault|begin at 1|negative"):
        many_from_json([value])


def test_every_object_that_is_none_is_named() -> None:
    with pytest.raises(AdiqProblem) as caught:
        parse_order({"payment": [], "x": {}})
    assert {tag for tag, _ in caught.value.faults} == {"x", "cardInfo", "sellerInfo", "payment"}
