"""Every fault that the simulated GoPag can play, and its control channel."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from providers.sim.ca import CertificateSet, certificates
from providers.sim.control import ControlClient, ControlError, ControlServer
from providers.sim.gopag_faults import Kind, Operation, from_json, to_json
from providers.sim.gopag_ledger import Customer
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


# --- faults -----------------------------------------------------------------------------------------------------------

LOST = [Kind.ANSWER_LOST, Kind.CLOSED, Kind.HALF]


@pytest.mark.parametrize("kind", LOST)
async def test_an_answer_is_lost_and_the_sale_stands(world: World, client: httpx.AsyncClient, kind: Kind) -> None:
    world.sim.set_faults([fault(Operation.CREATE, kind)])
    with pytest.raises(httpx.TransportError):
        await client.post(f"{ROOT}/transactions", json=order())
    world.sim.act(Customer.APPROVES, reference_id="TOTEM0001")
    listed = (await client.get(f"{ROOT}/sellers/{SETTINGS.seller}/transactions")).json()["items"]
    assert [(item["reference_id"], item["status"]) for item in listed] == [("TOTEM0001", "succeeded")]


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("kind", [Kind.STATUS, Kind.HTML, Kind.NEVER])
async def test_a_fault_says_whether_it_was_carried_out(
    world: World, client: httpx.AsyncClient, kind: Kind, carried_out: bool
) -> None:
    world.sim.set_faults([fault(Operation.CREATE, kind, carried_out=carried_out, code=502)])
    if kind is Kind.NEVER:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(f"{ROOT}/transactions", json=order(), timeout=0.2)
    else:
        answer = await client.post(f"{ROOT}/transactions", json=order())
        assert answer.status_code == 502
        assert ("html" in answer.headers["content-type"]) is (kind is Kind.HTML)
    assert len(world.sim.ledger()["transactions"]) == carried_out


async def test_a_reset_carries_nothing_out(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_faults([fault(Operation.CREATE, Kind.RESET)])
    with pytest.raises(httpx.TransportError):
        await client.post(f"{ROOT}/transactions", json=order())
    assert world.sim.ledger()["transactions"] == []
    await create(client)


async def test_too_many_calls_are_told_when_to_come_back(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_faults([fault(Operation.ANY, Kind.STATUS, code=429, retry_after_s=7)])
    answer = await client.post(f"{ROOT}/transactions", json=order())
    assert (answer.status_code, answer.json()["retry_after"], answer.headers["retry-after"]) == (429, 7, "7")
    assert world.sim.ledger()["transactions"] == []


async def test_a_slow_answer_comes(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_faults([fault(Operation.GET, Kind.SLOW, delay_s=3600)])
    made = await create(client)
    with pytest.raises(httpx.ReadTimeout):
        await client.get(f"{ROOT}/transactions/{made['id']}", timeout=0.2)
    assert (await shown(client, made))["status"] == "pending"


async def test_answers_that_a_client_must_read_with_care(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    world.sim.set_faults([fault(Operation.GET, Kind.WHOLE_AMOUNTS), fault(Operation.GET, Kind.UNKNOWN_STATUS)])
    body = await shown(client, made)
    assert (body["amount"], body["status"]) == (15000, "in_analysis")
    assert (await shown(client, made))["amount"] == "150.00"


async def test_a_list_may_be_behind(world: World, client: httpx.AsyncClient) -> None:
    await create(client)
    world.sim.set_faults([fault(Operation.LIST, Kind.HIDDEN, count=2)])
    where = f"{ROOT}/sellers/{SETTINGS.seller}/transactions"
    assert [(await client.get(where)).json()["total"] for _ in range(3)] == [0, 0, 1]


async def test_the_reader_may_take_another_amount(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_faults([fault(Operation.CREATE, Kind.AMOUNT_DIFFERS, cents=250)])
    made = await create(client)
    assert made["amount"] == "152.50"
    book = world.sim.ledger()["transactions"][0]
    assert (book["asked_cents"], book["amount_cents"]) == (15000, 15250)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        (Kind.DECLINED, "failed", "card_declined"),
        (Kind.CANCELLED, "canceled", "canceled_by_user"),
        (Kind.TIMES_OUT, "failed", "timeout"),
    ],
)
async def test_one_sale_ends_by_its_script(
    world: World, client: httpx.AsyncClient, kind: Kind, status: str, code: str
) -> None:
    world.sim.set_customer(Customer.APPROVES)
    world.sim.set_faults([fault(Operation.CREATE, kind)])
    made = await create(client)
    world.pass_time(300)
    body = await shown(client, made)
    assert (body["status"], body["error_code"]) == (status, code)
    assert (await create(client, reference_id="TOTEM0002"))["status"] == "succeeded"


async def test_an_approval_may_come_after_the_lock(world: World, client: httpx.AsyncClient) -> None:
    world.sim.set_faults([fault(Operation.CREATE, Kind.LATE_APPROVAL, delay_s=420)])
    made = await create(client)
    world.pass_time(419)
    assert (await shown(client, made))["status"] == "failed"
    world.pass_time(1)
    body = await shown(client, made)
    assert (body["status"], body["captured"]) == ("succeeded", True)
    assert "error_code" not in body


async def test_down_and_up_again(world: World, client: httpx.AsyncClient) -> None:
    made = await create(client)
    await world.sim.set_down(True)
    with pytest.raises(httpx.TransportError):
        await client.get(f"{ROOT}/transactions/{made['id']}")
    await world.sim.set_down(False)
    assert (await shown(client, made))["status"] == "pending"


# --- the control channel ---


@pytest.mark.parametrize("kind", list(Kind))
def test_faults_travel_as_json(kind: Kind) -> None:
    made = fault(Operation.CREATE, kind, delay_s=2.5, count=None)
    assert from_json(to_json(made)) == made


@pytest.mark.parametrize(
    "wrong",
    [
        {"operation": "create", "kind": "explode"}, {"operation": "pay", "kind": "slow"}, {"kind": "slow"},
        {"operation": "create", "kind": "slow", "first": 0}, {"operation": "create", "kind": "slow", "delay_s": -1},
        {"operation": "create", "kind": "slow", "pause": 1},
    ],
)  # fmt: skip
def test_a_wrong_fault_is_refused(wrong: Json) -> None:
    with pytest.raises(ValueError, match=r"fault|begin|negative"):
        from_json(wrong)


async def test_the_world_plays_over_the_control_channel(world: World, client: httpx.AsyncClient) -> None:
    server = ControlServer(world.sim.control_handlers(), "token")
    await server.start()
    control = ControlClient(server.base_url, "token")
    with pytest.raises(ControlError, match="no transaction waits"):
        await control.acall("gopag.present_card")
    await create(client)
    assert (await control.acall("gopag.present_card", entry_mode="magstripe"))["status"] == "succeeded"
    await create(client, reference_id="B")
    assert (await control.acall("gopag.decline", reference_id="B"))["error_code"] == "card_declined"
    await create(client, reference_id="C")
    assert (await control.acall("gopag.cancel"))["status"] == "canceled"
    await control.acall("gopag.set_customer", customer="approves")
    await control.acall("gopag.set_faults", faults=[{"operation": "create", "kind": "declined"}])
    await control.acall("gopag.clear_faults")
    assert (await create(client, reference_id="D"))["status"] == "succeeded"
    await control.acall("gopag.set_terminal", id=READER, active=False)
    await control.acall("gopag.set_down", down=True)
    await control.acall("gopag.set_down", down=False)
    for act, body in (("set_customer", {"customer": "x"}), ("set_down", {}), ("set_terminal", {"id": "x"})):
        with pytest.raises(ControlError):
            await control.acall(f"gopag.{act}", **body)
    ledger = await control.acall("gopag.ledger")
    assert [each["status"] for each in ledger["transactions"]] == ["succeeded", "failed", "canceled", "succeeded"]
    await control.aclose()
    await server.stop()
