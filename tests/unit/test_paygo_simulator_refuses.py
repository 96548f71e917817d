"""Clients that break PayGo's rules, one mutation each: the simulator must refuse them, and say why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.sim.card_ledger import TransactionState
from hardware.sim.paygo.acts import paygo_handlers
from hardware.sim.paygo.rules import ViolationKind, read
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.paygo.socket_door import MAX_MESSAGE_BYTES
from tests.unit.paygo_wire import (
    IDENTITY,
    LIMIT_S,
    SALE,
    FolderWire,
    SocketWire,
    ask,
    made,
    message,
    parsed,
    sale,
    settlement,
    states,
    tell,
    wire_of,
)

GOOD = message(SALE)
END = b"999-999 = 0\r\n"


@pytest.fixture
async def paygo(tmp_path: Path) -> AsyncIterator[SimulatedPaygo]:
    sim = made(tmp_path)
    await sim.start()
    yield sim
    await sim.close()


@pytest.fixture
async def wire(paygo: SimulatedPaygo) -> AsyncIterator[SocketWire]:
    one = await wire_of(paygo, "socket")
    assert isinstance(one, SocketWire)
    yield one
    await one.close()


def without(fields: dict[str, str], number: str) -> bytes:
    return message({name: value for name, value in fields.items() if name != number})


def found(paygo: SimulatedPaygo) -> list[tuple[ViolationKind, str]]:
    return [(one.kind, one.field) for one in paygo.violations]


def test_the_unmutated_sale_is_no_violation() -> None:
    assert read(GOOD, "socket")[1] == ()


@pytest.mark.parametrize("number", ["001", "003", "004", "706", "716", "733", "735", "736", "738"])
async def test_a_sale_lacks_a_field(paygo: SimulatedPaygo, wire: SocketWire, number: str) -> None:
    await wire.send(without(SALE, number))
    await wire.status()
    refused = await wire.answer()
    assert (refused["009-000"], refused["030-000"]) == ("FF", f"INCONSISTENCIA NO CAMPO {number}")
    assert found(paygo) == [(ViolationKind.MISSING, number)]
    assert states(paygo) == []


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("001", ""),
        ("001", "12345678901"),
        ("001", "A1"),
        ("003", "0"),
        ("003", "50,00"),
        ("003", "50.00"),
        ("003", "-5000"),
        ("003", "5000 "),
        ("004", "986"),
        ("018", "0"),
        ("018", "100"),
        ("706", "152"),
        ("706", "x"),
        ("716", " "),
        ("731", "4"),
        ("732", "9"),
        ("733", "v210"),
        ("735", ""),
        ("738", ""),
        ("002", "1234567890123"),
    ],
)
async def test_a_field_has_a_value_that_it_may_not(
    paygo: SimulatedPaygo, wire: SocketWire, number: str, value: str
) -> None:
    await wire.send(message({**SALE, number: value}))
    await wire.status()
    assert (await wire.answer())["009-000"] == "FF"
    assert found(paygo) == [(ViolationKind.VALUE, number)]
    assert states(paygo) == []


@pytest.mark.parametrize(
    ("more", "field"),
    [({"731": "2", "732": "3", "018": "2"}, "018"), ({"018": "2"}, "732"), ({"732": "2"}, "732")],
)
def test_instalments_fit_together(more: dict[str, str], field: str) -> None:
    assert [one.field for one in read(message({**SALE, **more}), "socket")[1]] == [field]


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (GOOD.replace(b"LAVA", b"LAVA R\xc1PIDO"), ViolationKind.ASCII),
        (GOOD.replace(b"LAVA", "LAVA RÁPIDO".encode()), ViolationKind.ASCII),
        (GOOD.replace(b"LAVA", b"LAVA\tRAPIDO"), ViolationKind.ASCII),
        (GOOD.replace(b"LAVA", b"LAVA\n004-000 = 0"), ViolationKind.ASCII),
        (GOOD.replace(b"\r\n", b"\n"), ViolationKind.FORM),
        (GOOD.replace(b" = ", b"="), ViolationKind.FORM),
        (GOOD.replace(b"003-000", b"3-0"), ViolationKind.FORM),
        (GOOD.replace(END, b"004-000 = 0\r\n" + END), ViolationKind.FORM),
        (b"001-000 = 1\r\n" + GOOD, ViolationKind.FORM),
        (GOOD.replace(b"999-999 = 0", b"999-999 = 1"), ViolationKind.FORM),
        (GOOD.replace(END, b""), ViolationKind.FORM),
        (GOOD.removesuffix(b"\r\n"), ViolationKind.FORM),
        (GOOD.replace(b"CRT", b"XYZ"), ViolationKind.COMMAND),
        (b"", ViolationKind.FORM),
    ],
)
async def test_the_form_is_broken(paygo: SimulatedPaygo, raw: bytes, kind: ViolationKind) -> None:
    wire = FolderWire(paygo)
    await wire.send(raw)
    await paygo.until(lambda: bool(paygo.violations))
    assert kind in [one.kind for one in paygo.violations]
    assert states(paygo) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(raw: bytes) -> None:
    assert read(raw, "folder")[1]


@given(st.dictionaries(st.sampled_from(sorted({*SALE, "018", "731", "732"} - {"000"})), st.text(max_size=20)))
def test_any_values_are_judged_without_an_error(values: dict[str, str]) -> None:
    fields = {**SALE, **values}
    raw = "".join(f"{number}-000 = {value}\r\n" for number, value in fields.items()).encode() + END
    read(raw, "socket")


@pytest.mark.parametrize("command", ["CNF", "NCN"])
@pytest.mark.parametrize("missing", ["001", "027", "733", "735", "736", "738"])
async def test_a_settlement_lacks_a_field(paygo: SimulatedPaygo, wire: SocketWire, command: str, missing: str) -> None:
    control = (await ask(wire, sale(1)))["027-000"]
    await wire.send(without({"000": command, "001": "1", "027": control, **IDENTITY}, missing))
    await paygo.until(lambda: bool(paygo.violations))
    assert found(paygo) == [(ViolationKind.MISSING, missing)]
    assert states(paygo) == ["pending"]
    # No .sts came: the next thing on the wire is the answer to the next request.
    await tell(wire, message({"000": "ATV", "001": "2"}))


async def test_an_unknown_control_code_is_not_acknowledged(paygo: SimulatedPaygo, wire: SocketWire) -> None:
    await ask(wire, sale(1))
    await wire.send(settlement("CNF", 1, "23112026120499999"))
    await paygo.until(lambda: bool(paygo.violations))
    assert found(paygo) == [(ViolationKind.UNKNOWN_CONTROL, "027")]
    assert states(paygo) == ["pending"]


@pytest.mark.parametrize(("first", "then", "state"), [("CNF", "NCN", "confirmed"), ("NCN", "CNF", "undone")])
async def test_a_decision_is_not_changed(
    paygo: SimulatedPaygo, wire: SocketWire, first: str, then: str, state: str
) -> None:
    control = (await ask(wire, sale(1)))["027-000"]
    await tell(wire, settlement(first, 1, control))
    await wire.send(settlement(then, 1, control))
    await paygo.until(lambda: bool(paygo.violations))
    assert found(paygo) == [(ViolationKind.DECISION_CHANGED, "027")]
    assert states(paygo) == [state]


async def test_a_number_is_used_once(paygo: SimulatedPaygo, wire: SocketWire) -> None:
    sold = await ask(wire, sale(1))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    assert (await ask(wire, sale(1, 7000)))["009-000"] == "FF"
    assert found(paygo) == [(ViolationKind.REUSED_ID, "001")]
    assert states(paygo) == ["confirmed"]


async def test_one_sale_at_a_time(paygo: SimulatedPaygo, wire: SocketWire) -> None:
    paygo.pinpad.auto = False
    await wire.send(sale(1))
    await wire.status()
    other = FolderWire(paygo)
    await paygo.until(lambda: paygo.pinpad.amount_cents > 0)
    await other.send(sale(2))
    await paygo.until((other.responses / "intpos.001").is_file)
    assert (await other.answer())["030-000"] == "OPERACAO EM ANDAMENTO"
    assert found(paygo) == [(ViolationKind.PARALLEL, "")]
    paygo.pinpad.present_card()
    assert (await wire.answer())["009-000"] == "0"


async def test_a_sale_goes_on_when_its_client_is_gone(paygo: SimulatedPaygo) -> None:
    paygo.pinpad.auto = False
    first = await wire_of(paygo, "socket")
    await first.send(sale(1))
    await first.status()
    assert not paygo.is_idle
    await first.close()
    second = await wire_of(paygo, "socket")
    await tell(second, message({"000": "ATV", "001": "9"}))
    assert (await ask(second, sale(2)))["030-000"] == "OPERACAO EM ANDAMENTO"
    await paygo.until(lambda: paygo.pinpad.amount_cents > 0)
    paygo.pinpad.present_card()
    await paygo.until(lambda: bool(paygo.transactions()))
    assert paygo.violations == ()
    assert (await ask(second, sale(3)))["027-000"] == paygo.transactions()[0].id
    await second.close()
    await paygo.until(lambda: paygo.is_idle)


@pytest.mark.parametrize(
    ("number", "value"),
    [("003", "4999"), ("012", "999999"), ("013", "0"), ("022", "22112026"), ("023", "120406"), ("027", "1")],
)
async def test_a_cancellation_names_the_sale_exactly(
    paygo: SimulatedPaygo, wire: SocketWire, number: str, value: str
) -> None:
    sold = await ask(wire, sale(1))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    named = {one: sold[f"{one}-000"] for one in ("012", "013", "022", "023", "027")}
    refused = await ask(wire, message({**SALE, "000": "CNC", "001": "2", **named, number: value}))
    assert refused["009-000"] == "FF"
    assert found(paygo) == [(ViolationKind.ORIGINAL, "027")]
    assert states(paygo) == ["confirmed"]


@pytest.mark.parametrize("missing", ["003", "012", "022", "023", "027"])
def test_a_cancellation_lacks_a_field(missing: str) -> None:
    named = {"012": "1", "022": "23112026", "023": "120405", "027": "1"}
    _, violations = read(without({**SALE, "000": "CNC", **named}, missing), "socket")
    assert [(one.kind, one.field) for one in violations] == [(ViolationKind.MISSING, missing)]


async def test_an_answer_is_taken_away_before_the_next_request(paygo: SimulatedPaygo) -> None:
    wire = FolderWire(paygo)
    await wire.send(sale(1))
    await paygo.until((wire.responses / "intpos.001").is_file)
    await wire.send(message({"000": "ATV", "001": "2"}))
    await paygo.until(lambda: len(paygo.requests) == 2)
    assert found(paygo) == [(ViolationKind.LEFTOVER, "")]


async def test_a_flood_without_an_end_is_cut_off(paygo: SimulatedPaygo, wire: SocketWire) -> None:
    wire.writer.write(b"029-001 = x\r\n" * (MAX_MESSAGE_BYTES // 13 + 1))
    async with asyncio.timeout(LIMIT_S):
        with pytest.raises(ConnectionResetError):
            await wire.reader.readexactly(1)
    assert found(paygo) == [(ViolationKind.FLOOD, "")]


# --- the control channel ----------------------------------------------------------------------------------------------


async def test_acts_by_name(paygo: SimulatedPaygo, wire: SocketWire) -> None:
    acts = paygo_handlers(paygo)
    await acts["paygo.auto"]({"auto": False})
    with pytest.raises(ValueError, match="idle"):
        await acts["paygo.present_card"]({"limit_s": 0})
    waiting = asyncio.ensure_future(acts["paygo.present_card"]({}))
    await wire.send(sale(1))
    await wire.status()
    await waiting
    control = (await wire.answer())["027-000"]
    with pytest.raises(ValueError, match="not within"):
        await acts["paygo.await_settled"]({"limit_s": 0})
    await acts["paygo.settle_by_hand"]({"id": control, "state": "undone"})
    (told,) = (await acts["paygo.await_settled"]({"count": 1}))["transactions"]
    assert (told["state"], told["settled_by"]) == (TransactionState.UNDONE, "hand")
    await acts["paygo.script"]({"name": "denied"})
    await acts["paygo.auto"]({"auto": True})
    assert (await ask(wire, sale(2)))["009-000"] == "51"
    await acts["paygo.admin"]({"kind": "reprint"})
    assert (await acts["paygo.plant_pending"]({"request": "5", "amount_cents": 900}))["transaction"]["request"] == "5"
    state = await acts["paygo.state"]({})
    assert (state["stage"], state["is_down"], state["violations"]) == ("idle", False, [])
    for name, wrong in (("paygo.script", {"name": "?"}), ("paygo.auto", {"auto": 1}), ("paygo.admin", {})):
        with pytest.raises((ValueError, TypeError, KeyError)):
            await acts[name](wrong)


def test_the_tests_own_reader_is_strict() -> None:
    with pytest.raises(AssertionError):
        parsed(GOOD.replace(END, b"004-000 = 0\r\n" + END))
