"""The simulated Smart POS, spoken to by bare lines as hardware/terminal/smart_pos/PROTOCOL.md has them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hardware.sim.pinpad import Stage
from hardware.sim.smart_pos.proof import Sealer, proof
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from hardware.sim.smart_pos.store import read_store
from tests.unit.smart_pos_kiosk import NONCE, POS_NONCE, SALE, SECRET, T1, TICKET, Kiosk, job, link_to, made


@pytest.fixture
async def pos(tmp_path: Path) -> AsyncIterator[SimulatedSmartPos]:
    one = made(tmp_path / "pos.jsonl")
    await one.start()
    yield one
    await one.close()


@pytest.fixture
async def kiosk(pos: SimulatedSmartPos) -> AsyncIterator[Kiosk]:
    one = await link_to(pos)
    yield one
    await one.close()


# --- handshake and heartbeat ------------------------------------------------------------------------------------------


def test_the_documents_vectors() -> None:
    assert proof(SECRET, "pos", NONCE, POS_NONCE) == "599fd8364f63456f56e2b71c266f1e858a4c9a87a077aa78b898a369b5c6df21"
    kiosk = proof(SECRET, "kiosk", NONCE, POS_NONCE)
    assert kiosk == "8ddc860d9abd336a708e1ddbf93dcdf5fad0cdc091aaeb7a50f5e1998cbeb243"
    keys = {
        "pos": "2369a4e86496b4f7e7b10b35ffd67537a4c21dcbf878ca7dd3456cd4bd47d4b2",
        "kiosk": "9263d5cf752be3136664ca1992e2cda9ab9a808fd5ac149ee821baff1ac2994d",
    }
    macs = {
        "pos": "af7f76d4edf0c2e2f5f156a7c23952eed19f150fa8195bca1da6b28c46f14779",
        "kiosk": "cd4802c9b48a0f5d88aafc76958cd6b11812ddcb395dfd6991d0cc4e69b26174",
    }
    line = b'{"type":"ping","n":1}'
    for side, key in keys.items():
        sealer = Sealer(SECRET, side, NONCE, POS_NONCE)
        assert sealer.key.hex() == key
        assert sealer.seal(line) == macs[side].encode() + b" " + line
        assert Sealer(SECRET, side, NONCE, POS_NONCE).open(macs[side].encode() + b" " + line) == line
        assert sealer.open(macs[side].encode() + b" " + line) is None


async def test_welcome_says_what_the_terminal_is(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    expected = {"storeId": pos.store.store_id, "mostInstallments": 12, "heartbeatS": 5, "receiptPrinted": False}
    assert {name: kiosk.welcome[name] for name in expected} == expected
    assert kiosk.welcome["time"] == "2026-11-23T12:00:00.000Z"
    assert set(kiosk.welcome["can"]) == {"cancel", "refund", "print", "printReceipt"}
    kiosk.send({"type": "ping", "n": 41})
    assert await kiosk.next("pong") == {"type": "pong", "n": 41, "time": "2026-11-23T12:00:00.000Z"}


async def test_without_a_secret_there_are_no_macs() -> None:
    pos = made(secret="")
    await pos.start()
    kiosk = await link_to(pos, "")
    assert (await kiosk.ask({"type": "health"}))["health"]["ready"] is True
    await kiosk.close()
    await pos.close()


async def test_it_pings_and_ends_a_silent_link() -> None:
    pos = made(heartbeat_s=0.02, silence_s=0.1)
    await pos.start()
    kiosk = await link_to(pos)
    assert await kiosk.next("ping") == {"type": "ping", "n": 1}
    assert (await kiosk.next("bye"))["reason"] == "silence"
    assert await kiosk.is_over()
    await kiosk.close()
    await pos.close()


async def test_a_new_link_replaces_the_older_one(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    second = await link_to(pos)
    assert (await kiosk.next("bye"))["reason"] == "replaced"
    assert await kiosk.is_over()
    assert (await second.ask(SALE))["transaction"]["status"] == "processing"
    await second.close()


# --- sales ------------------------------------------------------------------------------------------------------------


async def test_a_sale_from_question_to_receipt(pos: SimulatedSmartPos, kiosk: Kiosk, tmp_path: Path) -> None:
    number = kiosk.request({**SALE, "installments": 3})
    answer = await kiosk.read()
    assert (answer["type"], answer["id"], answer["transaction"]["status"]) == ("answer", number, "processing")
    events = [await kiosk.read() for _ in range(4)]
    assert [one["event"] for one in events] == ["present_card", "pin", "processing", "remove_card"]
    assert [one["canCancel"] for one in events] == [True, True, False, False]
    told = (await kiosk.read())["transaction"]
    (stored,) = pos.transactions()
    expected = {
        "transactionId": T1,
        "status": "approved",
        "amount": 5000,
        "currency": "BRL",
        "kind": "credit",
        "installments": 3,
        "nsu": stored.nsu,
        "authorization": stored.authorization,
        "cardBrand": "VISA",
        "cardLast4": "1111",
        "entryMode": "chip",
        "time": "2026-11-23T12:00:00Z",
    }
    assert {name: told[name] for name in expected} == expected
    assert "CREDITO R$ 50,00 EM 3X" in told["receipts"]["customer"]
    asked = await kiosk.ask({"type": "status", "transactionId": T1})
    assert asked["transaction"] == told
    assert pos.violations == ()
    assert read_store(tmp_path / "pos.jsonl") == pos.transactions()


async def test_the_same_id_starts_nothing_again(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    await kiosk.ask(SALE)
    told = await kiosk.next("transaction")
    again = await kiosk.ask(SALE)
    assert again["transaction"] == told["transaction"]
    assert len(pos.transactions()) == 1


async def test_one_payment_at_a_time(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    busy = await kiosk.ask({**SALE, "transactionId": "T2"})
    assert (busy["code"], busy["executed"]) == ("busy", "no")
    health = (await kiosk.ask({"type": "health"}))["health"]
    assert (health["ready"], health["reason"], health["busyWith"]) == (False, "busy", T1)
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    pos.pinpad.present_card()
    assert (await kiosk.next("transaction"))["transaction"]["status"] == "approved"
    assert [one.id for one in pos.transactions()] == [T1]
    assert pos.violations == ()


@pytest.mark.parametrize(
    ("act", "status", "error"),
    [
        (lambda pos: pos.pinpad.decline(), "declined", "DECLINED"),
        (lambda pos: pos.pinpad.cancel(), "cancelled", "USER_CANCELLED"),
    ],
)
async def test_the_customer_ends_it(
    pos: SimulatedSmartPos, kiosk: Kiosk, act: Callable[[SimulatedSmartPos], None], status: str, error: str
) -> None:
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    act(pos)
    told = (await kiosk.next("transaction"))["transaction"]
    assert (told["status"], told["error"]) == (status, error)
    assert "nsu" not in told


async def test_nobody_comes() -> None:
    waits: list[float] = []

    async def at_once(seconds: float) -> None:
        waits.append(seconds)

    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET, auto=False), sleep=at_once)
    await pos.start()
    kiosk = await link_to(pos)
    await kiosk.ask({**SALE, "timeoutS": 33})
    told = (await kiosk.next("transaction"))["transaction"]
    assert (told["status"], told["error"]) == ("timeout", "TIMEOUT")
    assert waits == [33]
    await kiosk.close()
    await pos.close()


async def test_the_kiosk_cancels_in_time_and_too_late(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    answer = await kiosk.ask({"type": "cancel", "transactionId": T1})
    assert (answer["accepted"], answer["transaction"]["status"]) == (True, "processing")
    told = (await kiosk.next("transaction"))["transaction"]
    assert (told["status"], told["error"]) == ("cancelled", "KIOSK_CANCELLED")
    late = await kiosk.ask({"type": "cancel", "transactionId": T1})
    assert (late["accepted"], late["transaction"]["status"]) == (False, "cancelled")


@pytest.mark.parametrize("question", ["status", "cancel"])
async def test_not_found_burns_the_id(pos: SimulatedSmartPos, kiosk: Kiosk, question: str) -> None:
    answer = await kiosk.ask({"type": question, "transactionId": T1})
    assert answer["transaction"] == {"transactionId": T1, "status": "not_found"}
    refused = await kiosk.ask(SALE)
    assert (refused["type"], refused["code"], refused["executed"]) == ("error", "id_burnt", "no")
    assert pos.transactions() == ()


async def test_a_kiosk_that_stays_away_loses_its_sale() -> None:
    gone = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await gone.wait() if seconds == 20.0 else await asyncio.Event().wait()

    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET, auto=False), sleep=sleep)
    await pos.start()
    kiosk = await link_to(pos)
    await kiosk.ask(SALE)
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    await kiosk.close()
    gone.set()
    await pos.until(lambda: pos.transactions()[0].error == "KIOSK_LOST")
    again = await link_to(pos)
    told = await again.ask({"type": "status", "transactionId": T1})
    assert (told["transaction"]["status"], told["transaction"]["error"]) == ("cancelled", "KIOSK_LOST")
    await again.close()
    await pos.close()


async def test_a_sale_goes_on_without_its_link(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.pinpad.auto = False
    await kiosk.ask(SALE)
    await kiosk.close()
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD and not pos.is_linked)
    again = await link_to(pos)
    pos.pinpad.present_card()
    assert (await again.next("transaction"))["transaction"]["status"] == "approved"
    await again.close()


async def test_the_store_outlives_the_app(tmp_path: Path) -> None:
    path = tmp_path / "pos.jsonl"
    pos = made(path, auto=False)
    await pos.start()
    kiosk = await link_to(pos)
    await kiosk.ask(SALE)
    await kiosk.ask({"type": "status", "transactionId": "NEVER"})
    await pos.until(lambda: pos.pinpad.stage is Stage.CARD)
    await pos.close()
    assert (await kiosk.next("bye"))["reason"] == "stopping"
    await kiosk.close()
    with path.open("ab") as torn:
        torn.write(b'{"transaction": {"id": "ha')
    again = made(path)
    await again.start()
    kiosk = await link_to(again)
    assert kiosk.welcome["storeId"] == pos.store.store_id
    told = (await kiosk.ask({"type": "status", "transactionId": T1}))["transaction"]
    assert (told["status"], told["error"]) == ("declined", "DECLINED")
    assert (await kiosk.ask({**SALE, "transactionId": "NEVER"}))["code"] == "id_burnt"
    again.lose_store()
    assert (await kiosk.ask({"type": "status", "transactionId": T1}))["transaction"]["status"] == "not_found"
    assert again.store.store_id != kiosk.welcome["storeId"]
    await kiosk.close()
    await again.close()


# --- refunds ----------------------------------------------------------------------------------------------------------


async def test_refunds_never_exceed_the_sale(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    await kiosk.ask(SALE)
    await kiosk.next("transaction")
    for name, amount, status in (("R1", 3000, "approved"), ("R2", 2001, "declined"), ("R3", 2000, "approved")):
        refund = {"type": "refund", "refundId": name, "transactionId": T1, "amount": amount}
        assert (await kiosk.ask(refund))["refund"]["status"] == "processing"
        told = (await kiosk.next("refund"))["refund"]
        assert (told["refundId"], told["status"], told["amount"]) == (name, status, amount)
        assert (await kiosk.ask(refund))["refund"] == told
        asked = await kiosk.ask({"type": "refundStatus", "refundId": name, "transactionId": T1})
        assert asked["refund"] == told
    assert [one.taken_cents for one in pos.transactions()] == [5000, 3000, 0, 2000]


async def test_an_unknown_refund_is_burnt(kiosk: Kiosk) -> None:
    asked = await kiosk.ask({"type": "refundStatus", "refundId": "R9", "transactionId": T1})
    assert asked["refund"] == {"refundId": "R9", "transactionId": T1, "status": "not_found"}
    refused = await kiosk.ask({"type": "refund", "refundId": "R9", "transactionId": T1, "amount": 1})
    assert refused["code"] == "id_burnt"


async def test_what_was_not_sold_is_not_refunded(kiosk: Kiosk) -> None:
    await kiosk.ask({"type": "refund", "refundId": "R1", "transactionId": "NEVER", "amount": 1})
    assert (await kiosk.next("refund"))["refund"]["status"] == "declined"


# --- its printer ------------------------------------------------------------------------------------------------------


async def test_a_ticket_is_printed_once(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    assert (await kiosk.ask(job()))["job"] == {"jobId": "job-0001", "status": "printing"}
    assert (await kiosk.next("printJob"))["job"]["status"] == "done"
    assert (await kiosk.ask(job()))["job"]["status"] == "done"
    assert (await kiosk.ask({"type": "printStatus", "jobId": "job-0001"}))["job"]["status"] == "done"
    (ticket,) = pos.printer.tickets()
    assert (ticket.data, ticket.complete) == (TICKET, True)
    assert ticket.lines == ("Lava-rápido", "Total 50,00")


async def test_a_ticket_waits_for_paper(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pos.printer.set_paper(False)
    assert (await kiosk.ask({"type": "printer"}))["printer"] == {"conditions": ["paper_out"]}
    await kiosk.ask(job())
    assert (await kiosk.next("printJob"))["job"]["status"] == "held"
    pos.printer.set_paper(True)
    assert (await kiosk.next("printJob"))["job"]["status"] == "done"
    assert [one.data for one in pos.printer.tickets()] == [TICKET]


@pytest.mark.parametrize(("lines", "status"), [(None, "not_printed"), (1, "unknown")])
async def test_the_power_fails_under_a_ticket(
    pos: SimulatedSmartPos, kiosk: Kiosk, lines: int | None, status: str
) -> None:
    if lines is None:
        pos.printer.set_paper(False)
    else:
        pos.printer.paper_ends_after(lines)
    await kiosk.ask(job())
    assert (await kiosk.next("printJob"))["job"]["status"] == "held"
    pos.printer.power_cut()
    assert (await kiosk.next("printJob"))["job"]["status"] == status


async def test_a_job_never_sent_is_burnt(kiosk: Kiosk) -> None:
    assert (await kiosk.ask({"type": "printStatus", "jobId": "job-0001"}))["job"]["status"] == "not_found"
    assert (await kiosk.ask(job()))["code"] == "id_burnt"


async def test_it_prints_receipts_on_its_own(tmp_path: Path) -> None:
    pos = made(receipt_printed=True)
    await pos.start()
    kiosk = await link_to(pos)
    await kiosk.ask(SALE)
    await kiosk.next("transaction")
    merchant = {"type": "printReceipt", "transactionId": T1, "copy": "merchant"}
    assert (await kiosk.ask(merchant))["printed"] is True
    assert [one.lines[0] for one in pos.printer.tickets()] == ["VIA CLIENTE", "VIA ESTABELECIMENTO"]
    pos.printer.open_cover(True)
    assert (await kiosk.ask(merchant))["printed"] is False
    assert (await kiosk.ask({**merchant, "transactionId": "NEVER"}))["printed"] is False
    await kiosk.close()
    await pos.close()
