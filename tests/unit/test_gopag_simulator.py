"""The simulated GoPag on its wire: what its page documents, and what it must refuse."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.ca import CertificateSet, certificates
from providers.sim.gopag_faults import Kind, Operation
from providers.sim.gopag_ledger import Customer
from providers.sim.gopag_rules import GopagProblem, Order, parse_order
from tests.support.gopag_wire import READER, ROOT, SETTINGS, Json, World, create, fault, order, shown


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> CertificateSet:
    return certificates(tmp_path_factory.mktemp("ca"))


@pytest.fixture
async def world(made: CertificateSet) -> AsyncIterator[World]:
    world = World(made, SETTINGS)
    await world.sim.start()
    yield world
    await world.sim.stop()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as client:
        yield client


# --- what the page documents ------------------------------------------------------------------------------------------


async def test_a_sale_as_the_page_shows_it(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    assert len(made.pop("id")) == 32
    assert made == {
        "status": "pending", "resource": "transaction", "payment_locale": "mpos", "payment_type": "credit",
        "amount": "150.00", "currency": "BRL", "description": "Lavagem completa", "on_behalf_of": SETTINGS.seller,
        "installment_plan": {"number_installments": 3}, "terminal": READER, "reference_id": "TOTEM0001",
        "captured": False, "voided": False, "refunded": False,
        "created_at": "2026-11-22T20:00:00Z", "updated_at": "2026-11-22T20:00:00Z",
    }  # fmt: skip
    assert world.sim.ledger()["violations"] == []


async def test_a_card_is_presented(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    world.pass_time(30)
    world.sim.act(Customer.APPROVES, reference_id="TOTEM0001", entry_mode="contactless", brand="Elo")
    body = await shown(client, made)
    assert (body["status"], body["captured"], body["approved_at"]) == ("succeeded", True, "2026-11-22T20:00:30Z")
    assert (body["card"]["brand"], body["card"]["last4"], body["card"]["entry_mode"]) == ("Elo", "1111", "contactless")
    # What no client may keep is there to be dropped.
    assert {"holder_name", "expiration_month", "expiration_year"} <= body["card"].keys()
    assert body["payment_authorization"]["authorization_nsu"].isdigit()


@pytest.mark.parametrize(
    ("customer", "status", "code"),
    [(Customer.DECLINES, "failed", "card_declined"), (Customer.CANCELS, "canceled", "canceled_by_user")],
)
async def test_no_card_is_taken(
    world: World, client: httpx.AsyncClient, customer: Customer, status: str, code: str
) -> None:
    world.sim.set_customer(customer, after_s=10)
    made = await create(client)
    assert (await shown(client, made))["status"] == "pending"
    world.pass_time(10)
    body = await shown(client, made)
    assert (body["status"], body["error_code"], body["captured"]) == (status, code, False)
    assert "card" not in body


async def test_the_lock_lasts_five_minutes(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    world.pass_time(299)
    busy = await client.post(f"{ROOT}/transactions", json=order(reference_id="TOTEM0002"))
    assert (busy.status_code, busy.headers["content-type"]) == (409, "application/problem+json")
    world.pass_time(1)
    body = await shown(client, made)
    assert (body["status"], body["error_code"], body["failed_at"]) == ("failed", "timeout", "2026-11-22T20:05:00Z")
    await create(client, reference_id="TOTEM0002")
    other = SETTINGS.terminals[1].id
    await create(client, reference_id="TOTEM0003", terminal=other)


async def test_a_reader_that_is_not_locked_is_taken_over(world: World, client: httpx.AsyncClient) -> None:
    first = await create(client, lock=False)
    await create(client, reference_id="TOTEM0002")
    assert (await shown(client, first))["status"] == "canceled"
    assert [each["kind"] for each in world.sim.ledger()["violations"]] == ["reader_not_locked"]


async def test_what_works_and_should_not_be_done_is_recorded(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_customer(Customer.APPROVES)
    await create(client, terminal=None, lock=None, reference_id=None)
    await create(client)
    await create(client)
    ledger = world.sim.ledger()
    kinds = [each["kind"] for each in ledger["violations"]]
    assert kinds == ["rings_every_reader", "reader_not_locked", "no_reference_id", "reference_id_reused"]
    assert [each["rings"] for each in ledger["transactions"]] == [2, 1, 1]


async def test_the_readers_are_listed(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{ROOT}/sellers/{SETTINGS.seller}/terminals")
    items = answer.json()["items"]
    assert [item["status"] for item in items] == ["active", "active", "inactive"]
    assert items[0] == {
        "id": READER, "type": "mpos", "model": "D195", "status": "active",
        "seller_id": SETTINGS.seller, "paired_at": "2025-12-01T10:00:00Z",
    }  # fmt: skip


async def test_the_list_is_paged_the_newest_first(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_customer(Customer.APPROVES)
    for number in range(5):
        await create(client, reference_id=f"TOTEM{number}")
    where = f"{ROOT}/sellers/{SETTINGS.seller}/transactions"
    found = []
    for offset in (0, 2, 4):
        page = (await client.get(where, params={"limit": 2, "offset": offset})).json()
        assert page["total"] == 5
        assert page["has_more"] is (offset < 4)
        found += [item["reference_id"] for item in page["items"]]
    assert found == ["TOTEM4", "TOTEM3", "TOTEM2", "TOTEM1", "TOTEM0"]
    for wrong in ({"limit": 101}, {"limit": 0}, {"offset": -1}, {"limit": "many"}):
        assert (await client.get(where, params=wrong)).status_code == 400


# --- what it must refuse ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_locale": "ecommerce"}, {"payment_locale": None}, {"payment_type": "pix"}, {"payment_type": None},
        {"description": None}, {"description": ""}, {"currency": "USD"}, {"currency": None},
        {"amount": None}, {"amount": "150.00"}, {"amount": 150.0}, {"amount": 0}, {"amount": -1}, {"amount": True},
        {"notification": "x" * 201}, {"notification": 7}, {"lock": "true"}, {"terminal": 7}, {"reference_id": ""},
        {"installment_plan": {"number_installments": 13}}, {"installment_plan": {"number_installments": 0}},
        {"installment_plan": {"number_installments": "3"}}, {"installment_plan": 3}, {"installment_plan": {}},
        {"payment_type": "debit"}, {"amount": 1499},
    ],
    ids=str,
)  # fmt: skip
async def test_a_wrong_sale_is_refused_and_rings_nowhere(
    world: World, client: httpx.AsyncClient, changes: Json
) -> None:
    answer = await client.post(f"{ROOT}/transactions", json=order(**changes))
    body = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert len(body["trace_id"]) == 16
    assert world.sim.ledger()["transactions"] == []


async def test_the_limits_themselves_are_taken(client: httpx.AsyncClient, world: World) -> None:
    world.sim.set_customer(Customer.APPROVES)
    await create(client, notification="x" * 200, installment_plan={"number_installments": 12}, amount=6000)
    await create(client, payment_type="debit", installment_plan={"number_installments": 1}, reference_id="B")
    await create(client, payment_type="debit", installment_plan=None, amount=1, reference_id="C")


async def test_fields_that_nobody_knows_are_named(client: httpx.AsyncClient) -> None:
    plan = {"number_installments": 3, "mode": "interest_free"}
    answer = await client.post(f"{ROOT}/transactions", json=order(customer="x", card_number="y", installment_plan=plan))
    assert answer.status_code == 400
    assert answer.json()["skipped_fields"] == ["customer", "card_number", "installment_plan.mode"]


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 400), (b"a=1", "text/plain", 415)],
)
async def test_what_is_no_json_object_is_refused(
    client: httpx.AsyncClient, content: bytes, kind: str, status: int
) -> None:
    answer = await client.post(f"{ROOT}/transactions", content=content, headers={"Content-Type": kind})
    assert answer.status_code == status


async def test_others_sellers_readers_and_places_are_not_found(world: World, client: httpx.AsyncClient) -> None:
    for changes in ({"on_behalf_of": "0" * 32}, {"terminal": "f" * 32}):
        assert (await client.post(f"{ROOT}/transactions", json=order(**changes))).status_code == 404
    gone = SETTINGS.terminals[2].id
    assert (await client.post(f"{ROOT}/transactions", json=order(terminal=gone))).status_code == 409
    for path in (
        "/v1/marketplaces/other/transactions/x", f"{ROOT}/transactions/x", f"{ROOT}/nothing",
        f"{ROOT}/sellers/other/transactions", f"{ROOT}/sellers/other/terminals",
    ):  # fmt: skip
        assert (await client.get(path)).status_code == 404
    world.sim.set_terminal(READER, False)
    assert (await client.post(f"{ROOT}/transactions", json=order())).status_code == 409
    with pytest.raises(KeyError):
        world.sim.set_terminal("nobody", True)


async def test_who_calls_is_checked(world: World) -> None:
    for token in ("", "wrong"):
        async with world.client(token=token) as client:
            answer = await client.get(f"{ROOT}/transactions/x")
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    async with world.client(world.made.other_client) as client:
        assert (await client.get(f"{ROOT}/transactions/x")).status_code == 403
    async with world.client(world.made.foreign_client) as client:
        with pytest.raises((httpx.TransportError, ssl.SSLError)):
            await client.get(f"{ROOT}/transactions/x")


# --- void -------------------------------------------------------------------------------------------------------------


async def void(client: httpx.AsyncClient, made: Json, **changes: object) -> httpx.Response:
    body = {"amount": 15000, "on_behalf_of": SETTINGS.seller} | changes
    return await client.post(f"{ROOT}/transactions/{made['id']}/void", json=body)


async def test_a_taken_amount_is_given_back_once(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    assert (await void(client, made)).status_code == 400  # nothing was taken yet
    world.sim.act(Customer.APPROVES)
    for wrong in ({"amount": 14999}, {"amount": "150.00"}, {"reason": "x"}):
        assert (await void(client, made, **wrong)).status_code == 400
    body = (await void(client, made)).json()
    assert (body["status"], body["voided"], body["captured"]) == ("canceled", True, True)
    assert (await void(client, made)).status_code == 409
    assert world.sim.ledger()["transactions"][0]["voided_cents"] == 15000


async def test_a_void_may_be_refused_or_late(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    world.sim.act(Customer.APPROVES)
    world.sim.set_faults(
        [fault(Operation.VOID, Kind.VOID_REFUSED), fault(Operation.VOID, Kind.VOID_LATER, first=2, delay_s=60)]
    )
    assert (await void(client, made)).status_code == 400
    assert (await void(client, made)).json()["voided"] is False
    world.pass_time(60)
    assert (await shown(client, made))["voided"] is True


async def test_without_the_setting_nothing_is_voided(made: CertificateSet) -> None:
    world = World(made, replace(SETTINGS, void_enabled=False))
    await world.sim.start()
    async with world.client() as client:
        sale = await create(client)
        world.sim.act(Customer.APPROVES)
        assert (await void(client, sale)).status_code == 404
    await world.sim.stop()


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(order())), ANY)
def test_whatever_stands_in_a_field_it_is_taken_or_refused(name: str, value: object) -> None:
    body = {**order(), name: value}
    status, parsed = judged(body)
    assert status in {201, 400, 404}
    if parsed is not None:
        assert type(parsed.amount_cents) is int
        assert parsed.amount_cents > 0
        assert parsed.amount_cents // parsed.installments >= 500 or parsed.installments == 1


def judged(body: Json) -> tuple[int, Order | None]:
    try:
        return 201, parse_order(body, SETTINGS.seller)
    except GopagProblem as problem:
        return problem.status, None
