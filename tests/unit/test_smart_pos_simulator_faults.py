"""The Smart POS's scripted faults as a kiosk meets them, and the kiosks that it must refuse, one mutation each."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hardware.sim.pinpad import Stage
from hardware.sim.smart_pos.acts import smart_pos_handlers
from hardware.sim.smart_pos.faults import Fault, FaultName, fault_of_json
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from tests.unit.smart_pos_kiosk import LIMIT_S, NONCE, SALE, SECRET, T1, Json, Kiosk, dial, link_to

HELD_S = 7.0
STATUS = {"type": "status", "transactionId": T1}
REFUND = {"type": "refund", "refundId": "R1", "transactionId": T1, "amount": 5000}


class Stand:
    """A POS whose waits of HELD_S last until `release` is set, and others for ever or not at all."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET), sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        if seconds:
            await self.release.wait()


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    one = Stand()
    await one.pos.start()
    yield one
    await one.pos.close()


@pytest.fixture
def pos(stand: Stand) -> SimulatedSmartPos:
    return stand.pos


@pytest.fixture
async def kiosk(pos: SimulatedSmartPos) -> AsyncIterator[Kiosk]:
    one = await link_to(pos)
    yield one
    await one.close()


async def asked_anew(pos: SimulatedSmartPos, question: Json) -> Json:
    """The answer on a new link."""
    kiosk = await link_to(pos)
    answer = await kiosk.ask(question)
    await kiosk.close()
    return answer


async def ended(pos: SimulatedSmartPos) -> None:
    await pos.until(lambda: bool(pos.transactions()) and not pos.payments.busy_with)


# --- faults -----------------------------------------------------------------------------------------------------------


async def test_a_lost_sale_never_was(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.script("sale_lost")
    kiosk.request(SALE)
    assert await kiosk.is_over()
    assert (await asked_anew(pos, STATUS))["transaction"]["status"] == "not_found"
    assert pos.transactions() == ()


@pytest.mark.parametrize("name", ["answer_lost", "link_lost_before_approval", "link_lost_after_approval", "half_line"])
async def test_the_link_is_lost_and_the_money_taken(pos: SimulatedSmartPos, kiosk: Kiosk, name: str) -> None:
    pos.script(name)
    kiosk.request(SALE)
    assert await kiosk.is_over()
    await ended(pos)
    told = (await asked_anew(pos, STATUS))["transaction"]
    assert (told["status"], told["nsu"]) == ("approved", pos.transactions()[0].nsu)


@pytest.mark.parametrize("name", ["answer_silent", "result_silent"])
async def test_silence_on_a_link_that_stays(pos: SimulatedSmartPos, kiosk: Kiosk, name: str) -> None:
    pos.script(name)
    kiosk.request(SALE)
    await ended(pos)
    kinds = []
    number = kiosk.request(STATUS)
    while (told := await kiosk.read()).get("id") != number:
        kinds.append(told["type"])
    assert told["transaction"]["status"] == "approved"
    assert ("answer" in kinds, "transaction" in kinds) == (name == "result_silent", name == "answer_silent")


async def test_no_end_until_it_is_resolved(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.script("no_end")
    await kiosk.ask(SALE)
    while (await kiosk.next("event"))["event"] != "processing":
        continue
    assert (await kiosk.ask(STATUS))["transaction"]["status"] == "processing"
    assert (await kiosk.ask({"type": "cancel", "transactionId": T1}))["accepted"] is False
    pos.resolve(T1, approved=True)
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"
    with pytest.raises(ValueError, match=T1):
        pos.resolve(T1, approved=False)
    with pytest.raises(KeyError):
        pos.resolve("NEVER", approved=False)


async def test_slow(stand: Stand, kiosk: Kiosk) -> None:
    stand.pos.script(Fault(FaultName.SLOW, delay_s=HELD_S))
    await kiosk.ask(SALE)
    await ended(stand.pos)
    assert (await kiosk.ask(STATUS))["transaction"]["status"] == "approved"
    stand.release.set()
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"


@pytest.mark.parametrize("name", ["garbage", "bad_mac"])
async def test_a_result_that_is_none(pos: SimulatedSmartPos, kiosk: Kiosk, name: str) -> None:
    pos.script(name)
    await kiosk.ask(SALE)
    with pytest.raises(UnicodeDecodeError if name == "garbage" else AssertionError):
        await kiosk.next("transaction")


async def test_a_result_twice_and_a_foreign_one(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.script("duplicate")
    pos.script("foreign_id")
    await kiosk.ask(SALE)
    told = [(await kiosk.next("transaction"))["transaction"] for _ in range(3)]
    assert [(one["transactionId"], one["amount"]) for one in told] == [("FOREIGN-0001", 1), (T1, 5000), (T1, 5000)]
    assert [one.id for one in pos.transactions()] == [T1]


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("amount_as_text", "amount", "5000"),
        ("unknown_status", "status", "superposed"),
        ("amount_differs", "amount", 5100),
    ],
)
async def test_a_result_that_reads_otherwise(
    pos: SimulatedSmartPos, kiosk: Kiosk, name: str, field: str, value: Any
) -> None:
    pos.script(name)
    await kiosk.ask(SALE)
    assert (await kiosk.next("transaction"))["transaction"][field] == value
    told = (await kiosk.ask(STATUS))["transaction"]
    assert (told["status"], told["amount"]) == ("approved", 5100 if name == "amount_differs" else 5000)


async def test_declined_at_every_time_until_it_is_cleared(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.script(Fault(FaultName.DECLINED, count=None))
    for number in (1, 2, 3):
        await kiosk.ask({**SALE, "transactionId": f"T{number}"})
        assert (await kiosk.next("transaction"))["transaction"]["error"] == "DECLINED"
    pos.clear_faults()
    await kiosk.ask(SALE)
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"


async def test_an_internal_error_says_nothing_of_the_money(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.script("internal")
    told = await kiosk.ask(SALE)
    assert (told["code"], told["executed"]) == ("internal", "unknown")
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"


async def test_refunds_fail_likewise(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    await kiosk.ask(SALE)
    await kiosk.next("transaction")
    pos.script(Fault(FaultName.ANSWER_LOST, on="refund"))
    kiosk.request(REFUND)
    assert await kiosk.is_over()
    await ended(pos)
    question = {"type": "refundStatus", "refundId": "R1", "transactionId": T1}
    assert (await asked_anew(pos, question))["refund"]["status"] == "approved"


async def test_an_old_app_and_an_impostor(pos: SimulatedSmartPos) -> None:
    pos.script("old_version")
    pos.script("bad_proof")
    old = await dial(pos)
    old.send({"type": "hello", "protocol": "totem-smartpos", "versions": [1], "nonce": NONCE})
    told = await old.read()
    assert (told["type"], told["code"]) == ("error", "version_unsupported")
    assert await old.is_over()
    impostor = await dial(pos)
    with pytest.raises(AssertionError):
        await impostor.hello()
    good = await link_to(pos)
    assert pos.violations == ()
    for one in (old, impostor, good):
        await one.close()


async def test_the_clock_and_the_readiness(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.set_clock_drift(-300.0)
    pos.set_not_ready("no_network")
    health = (await kiosk.ask({"type": "health"}))["health"]
    assert (health["ready"], health["reason"]) == (False, "no_network")
    told = await kiosk.ask(SALE)
    assert (told["code"], told["executed"]) == ("not_ready", "no")
    kiosk.send({"type": "ping", "n": 1})
    drifted = (await kiosk.next("pong"))["time"]
    assert drifted < kiosk.welcome["time"]


async def test_a_full_disk_begins_nothing(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.store.fails = True
    assert (await kiosk.ask(SALE))["code"] == "store_failed"
    assert (await kiosk.ask(STATUS))["code"] == "store_failed"
    pos.store.fails = False
    await kiosk.ask(SALE)
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"


async def test_an_end_that_cannot_be_stored_is_not_told(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    pos.store.fails = True
    pos.pinpad.present_card()
    while (await kiosk.next("event"))["event"] != "processing":
        continue
    assert (await kiosk.ask({"type": "health"}))["health"]["busyWith"] == T1
    assert (await kiosk.ask(STATUS))["transaction"]["status"] == "processing"


async def test_power_cut_and_down(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    port = pos.port
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    await pos.power_cut()
    assert await kiosk.is_over()
    assert (await asked_anew(pos, STATUS))["transaction"]["status"] == "declined"
    await pos.set_down(True)
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection("127.0.0.1", port)
    await pos.set_down(False)
    assert pos.port == port
    assert (await asked_anew(pos, STATUS))["transaction"]["status"] == "declined"


def test_faults_travel_as_json() -> None:
    assert fault_of_json({"name": "slow", "delay_s": 2, "on": "refund"}) == Fault(FaultName.SLOW, 1, "refund", "", 2.0)
    for wrong in ({"name": "none"}, {"name": "slow", "count": 0}, {"name": "slow", "x": 1}):
        with pytest.raises(ValueError, match=r"count|none|of a fault"):
            fault_of_json(wrong)


# --- the control channel ----------------------------------------------------------------------------------------------


async def test_acts_by_name(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    acts = smart_pos_handlers(pos)
    await acts["smartpos.auto"]({"auto": False})
    with pytest.raises(ValueError, match="idle"):
        await acts["smartpos.present_card"]({"limit_s": 0})
    waiting = asyncio.ensure_future(acts["smartpos.present_card"]({}))
    await kiosk.ask(SALE)
    async with asyncio.timeout(LIMIT_S):
        await waiting
    (told,) = (await acts["smartpos.await_ended"]({"count": 1}))["transactions"]
    assert (told["id"], told["status"]) == (T1, "approved")
    await acts["smartpos.script"]({"name": "no_end"})
    await acts["smartpos.auto"]({"auto": True})
    await kiosk.ask({**SALE, "transactionId": "T2"})
    while (await kiosk.next("event"))["event"] != "processing":
        continue
    await acts["smartpos.resolve"]({"id": "T2", "approved": False})
    await acts["smartpos.paper"]({"present": False})
    state = json.loads(json.dumps(await acts["smartpos.state"]({})))
    assert (state["is_linked"], state["printer"]["paper_present"], state["violations"]) == (True, False, [])
    await acts["smartpos.cut_links"]({})
    assert await kiosk.is_over()
    for name, wrong in (("smartpos.script", {"name": "?"}), ("smartpos.auto", {"auto": 1}), ("smartpos.resolve", {})):
        with pytest.raises((ValueError, TypeError, KeyError)):
            await acts[name](wrong)
