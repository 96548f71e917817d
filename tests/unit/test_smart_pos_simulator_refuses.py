"""Kiosks that break the bridge protocol, one mutation each: the simulated Smart POS must refuse them, and say why."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.sim.pinpad import Stage
from hardware.sim.smart_pos.link import MAX_LINE_BYTES
from hardware.sim.smart_pos.requests import Refused, refund_of, request_id, sale_of
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.simulator import SimulatedSmartPos
from tests.unit.smart_pos_kiosk import NONCE, SALE, SECRET, T1, Json, Kiosk, dial, job, link_to

REFUND = {"type": "refund", "refundId": "R1", "transactionId": T1, "amount": 5000}


@pytest.fixture
async def pos() -> AsyncIterator[SimulatedSmartPos]:
    one = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET))
    await one.start()
    yield one
    await one.close()


@pytest.fixture
async def kiosk(pos: SimulatedSmartPos) -> AsyncIterator[Kiosk]:
    one = await link_to(pos)
    yield one
    await one.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"transactionId": ""}, "bad_request"),
        ({"transactionId": "A" * 33}, "bad_request"),
        ({"transactionId": "LOJA 01"}, "bad_request"),
        ({"transactionId": 4711}, "bad_request"),
        ({"amount": "5000"}, "bad_request"),
        ({"amount": 50.0}, "bad_request"),
        ({"amount": True}, "bad_request"),
        ({"amount": 0}, "bad_request"),
        ({"amount": -1}, "bad_request"),
        ({"amount": 10_000_000_000}, "bad_request"),
        ({"amount": None}, "bad_request"),
        ({"currency": "986"}, "bad_request"),
        ({"currency": "CVE"}, "bad_request"),
        ({"kind": "voucher"}, "bad_request"),
        ({"kind": "debit", "installments": 2}, "bad_request"),
        ({"installments": 0}, "bad_request"),
        ({"installments": "1"}, "bad_request"),
        ({"installments": 100}, "bad_request"),
        ({"installments": 13}, "unsupported"),
        ({"number": 0}, "bad_request"),
        ({"number": 10_000_000_000}, "bad_request"),
        ({"language": "fr"}, "bad_request"),
        ({"timeoutS": 9}, "bad_request"),
        ({"timeoutS": 601}, "bad_request"),
        ({"type": "sell"}, "unknown_type"),
    ],
)
async def test_a_mutated_sale_is_refused(pos: SimulatedSmartPos, kiosk: Kiosk, change: Json, code: str) -> None:
    told = await kiosk.ask({**SALE, **change})
    assert (told["type"], told["code"], told["executed"]) == ("error", code, "no")
    assert [one.code for one in pos.violations] == [code]
    assert pos.transactions() == ()
    assert pos.pinpad.stage is Stage.IDLE


@pytest.mark.parametrize("name", sorted(set(SALE) - {"type"}))
async def test_a_sale_lacks_a_field(kiosk: Kiosk, name: str) -> None:
    told = await kiosk.ask({key: value for key, value in SALE.items() if key != name})
    assert told["code"] == "bad_request"
    assert name in told["message"]


@pytest.mark.parametrize("change", [{"amount": 4999}, {"kind": "debit"}, {"installments": 2}])
async def test_an_id_keeps_its_content(pos: SimulatedSmartPos, kiosk: Kiosk, change: Json) -> None:
    await kiosk.ask(SALE)
    await kiosk.next("transaction")
    assert (await kiosk.ask({**SALE, **change}))["code"] == "id_conflict"
    assert (await kiosk.ask({**REFUND, "refundId": T1}))["code"] == "id_conflict"
    await kiosk.ask(REFUND)
    await kiosk.next("refund")
    assert (await kiosk.ask({**REFUND, "amount": 1}))["code"] == "id_conflict"
    assert (await kiosk.ask({**SALE, "transactionId": "R1"}))["code"] == "id_conflict"
    assert len(pos.transactions()) == 2


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({**REFUND, "amount": 0}, "bad_request"),
        ({**REFUND, "refundId": "R 1"}, "bad_request"),
        ({"type": "refund", "refundId": "R1", "amount": 1}, "bad_request"),
        ({"type": "status"}, "bad_request"),
        ({"type": "refundStatus", "refundId": "R1"}, "bad_request"),
        ({**job(), "data": "not base64!"}, "bad_request"),
        ({**job(), "format": "zpl"}, "bad_request"),
        ({**job(), "jobId": ""}, "bad_request"),
        ({"type": "printReceipt", "transactionId": T1, "copy": "owner"}, "bad_request"),
        ({"type": None}, "unknown_type"),
    ],
)
async def test_other_requests_are_strict_too(pos: SimulatedSmartPos, kiosk: Kiosk, body: Json, code: str) -> None:
    assert (await kiosk.ask(body))["code"] == code
    assert [one.code for one in pos.violations] == [code]


async def test_what_a_terminal_cannot_do_it_refuses() -> None:
    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET, can=(), kinds=("credit",)))
    await pos.start()
    kiosk = await link_to(pos)
    questions = (
        REFUND,
        job(),
        {"type": "printer"},
        {"type": "cancel", "transactionId": T1},
        {"type": "printReceipt", "transactionId": T1, "copy": "customer"},
        {**SALE, "kind": "debit"},
    )
    assert [(await kiosk.ask(one))["code"] for one in questions] == ["unsupported"] * 6
    await kiosk.close()
    await pos.close()


@pytest.mark.parametrize("ids", [[2, 2], [2, 1], [0], ["1"], [None], [True], [1.0]])
async def test_ids_rise(pos: SimulatedSmartPos, kiosk: Kiosk, ids: list[Any]) -> None:
    for number in ids:
        kiosk.send({"type": "health", "id": number})
    told = [await kiosk.read() for _ in ids]
    assert [one["type"] for one in told] == ["answer"] * (len(ids) - 1) + ["error"]
    assert pos.violations[-1].code == "bad_request"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"type":"sale"', "bad_json"),
        (b"[]", "bad_json"),
        pytest.param(b"[" * 200_000, "bad_json", id="nested"),
        (b"\xff\xfe", "bad_json"),
        (b'{"type":"auth","proof":""}', "auth_required"),
        (json.dumps({**SALE, "id": 1}).encode(), "auth_required"),
        (b'{"type":"ping","n":1}', "auth_required"),
        (b'{"type":"hello","protocol":"other","versions":[1],"nonce":"%s"}' % NONCE.encode(), "version_unsupported"),
        (b'{"type":"hello","protocol":"totem-smartpos","versions":[2],"nonce":"00"}', "version_unsupported"),
        (b'{"type":"hello","protocol":"totem-smartpos","versions":[1],"nonce":"00"}', "auth_failed"),
        (b'{"type":"hello","protocol":"totem-smartpos","versions":[1]}', "auth_failed"),
        (
            b'{"type":"hello","protocol":"totem-smartpos","versions":[1],"nonce":"%s"}' % NONCE.upper().encode(),
            "auth_failed",
        ),
    ],
)
async def test_before_the_handshake(pos: SimulatedSmartPos, line: bytes, code: str) -> None:
    kiosk = await dial(pos)
    kiosk.send_raw(line)
    told = await kiosk.read()
    assert (told["type"], told["code"], told["executed"]) == ("error", code, "no")
    assert await kiosk.is_over()
    await kiosk.close()


async def test_a_wrong_secret_is_not_let_in(pos: SimulatedSmartPos) -> None:
    kiosk = await dial(pos)
    kiosk.send({"type": "hello", "protocol": "totem-smartpos", "versions": [1], "nonce": NONCE})
    await kiosk.read()
    kiosk.send({"type": "auth", "proof": "0" * 64})
    assert (await kiosk.read())["code"] == "auth_failed"
    assert await kiosk.is_over()
    assert not pos.is_linked
    await kiosk.close()


@pytest.mark.parametrize("how", ["none", "wrong", "repeated"])
async def test_a_line_without_its_mac_ends_the_link(pos: SimulatedSmartPos, kiosk: Kiosk, how: str) -> None:
    text = json.dumps({**SALE, "id": 1}).encode()
    if how == "none":
        kiosk.send_raw(text)
    elif how == "wrong":
        kiosk.send_raw(b"0" * 64 + b" " + text)
    else:
        ping = b'{"type":"ping","n":1}'
        line = kiosk.mac("kiosk", ping) + b" " + ping
        kiosk.send_raw(line)
        kiosk.send_raw(line)
    assert await kiosk.is_over()
    assert [one.code for one in pos.violations] == ["bad_mac"]
    assert pos.transactions() == ()


async def test_a_line_without_an_end(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    kiosk.writer.write(b"x" * (MAX_LINE_BYTES + 1))
    assert (await kiosk.next("error"))["code"] == "line_too_long"
    assert await kiosk.is_over()
    assert [one.code for one in pos.violations] == ["line_too_long"]


async def test_a_flood_of_lines(pos: SimulatedSmartPos, kiosk: Kiosk) -> None:
    pings = [json.dumps({"type": "ping", "n": number}).encode() for number in range(51)]
    kiosk.send_raw(b"\n".join(kiosk.mac("kiosk", ping) + b" " + ping for ping in pings))
    assert (await kiosk.next("error"))["code"] == "rate_limited"
    assert await kiosk.is_over()
    assert [one.code for one in pos.violations] == ["rate_limited"]


async def test_half_open_links_are_few(pos: SimulatedSmartPos) -> None:
    links = [await dial(pos) for _ in range(4)]
    assert await links[0].is_over()
    await links[3].hello()
    assert pos.is_linked
    for one in links:
        await one.close()


async def test_a_handshake_that_never_comes_is_not_waited_for() -> None:
    pos = SimulatedSmartPos(SmartPosSimSettings(secret=SECRET, handshake_s=0.01))
    await pos.start()
    kiosk = await dial(pos)
    assert await kiosk.is_over()
    await kiosk.close()
    await pos.close()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from([*sorted(SALE), "id", "refundId"]), _JSON))
def test_any_json_is_read_or_refused(values: Json) -> None:
    for read in (sale_of, refund_of, request_id):
        with suppress(Refused):
            read({**SALE, **values})
