"""Each scripted fault of the simulated PayGo, as it shows on the wire and in the acquirer's ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hardware.sim.paygo.faults import Fault, FaultName, FaultPlan, fault_of_json
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.paygo.simulator import SimulatedPaygo
from tests.unit.paygo_wire import (
    LIMIT_S,
    FolderWire,
    SocketWire,
    Wire,
    ask,
    message,
    parsed,
    sale,
    settlement,
    states,
    tell,
    wire_of,
)

HELD_S = 7.0


class Stand:
    """A PayGo whose waits of HELD_S last until `release` is set; all other waits are none."""

    def __init__(self, folder: Path) -> None:
        self.release = asyncio.Event()
        self.held = asyncio.Event()
        self.paygo = SimulatedPaygo(PaygoSettings(folder=folder), folder / "ledger.jsonl", sleep=self._sleep)

    async def _sleep(self, seconds: float) -> None:
        if seconds == HELD_S:
            self.held.set()
            await self.release.wait()


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    one = Stand(tmp_path)
    await one.paygo.start()
    yield one
    await one.paygo.close()


@pytest.fixture
def paygo(stand: Stand) -> SimulatedPaygo:
    return stand.paygo


@pytest.fixture(params=["socket", "folder"])
async def wire(paygo: SimulatedPaygo, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    one = await wire_of(paygo, str(request.param))
    yield one
    await one.close()


@pytest.fixture
async def plug(paygo: SimulatedPaygo) -> AsyncIterator[SocketWire]:
    one = await wire_of(paygo, "socket")
    assert isinstance(one, SocketWire)
    yield one
    await one.close()


@pytest.fixture
async def files(paygo: SimulatedPaygo) -> FolderWire:
    return FolderWire(paygo)


async def ended(plug: SocketWire) -> bool:
    """Whether the connection is over, in order or by reset, without another byte."""
    async with asyncio.timeout(LIMIT_S):
        try:
            return await plug.reader.read() == b""
        except ConnectionResetError:
            return True


async def lives(wire: Wire) -> None:
    """PayGo answers as if nothing had been."""
    await tell(wire, message({"000": "ATV", "001": "77"}))


async def test_a_request_that_is_left_can_be_taken_back(paygo: SimulatedPaygo, files: FolderWire) -> None:
    paygo.script(FaultName.NO_STS_LEFT)
    await files.send(sale(1))
    await paygo.until(lambda: not paygo.fault_is_armed(FaultName.NO_STS_LEFT))
    assert files.request.exists()
    files.request.unlink()
    await lives(files)
    assert paygo.requests == (message({"000": "ATV", "001": "77"}),)
    assert states(paygo) == []


async def test_taken_and_forgotten(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script("no_sts_taken")
    await wire.send(sale(1))
    await paygo.until(lambda: len(paygo.requests) == 1)
    await lives(wire)
    assert states(paygo) == []


async def test_taken_and_approved_in_silence(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script("no_sts_approved")
    await wire.send(sale(1))
    await paygo.until(lambda: bool(paygo.transactions()))
    await lives(wire)
    assert states(paygo) == ["pending"]
    assert (await ask(wire, sale(2)))["027-000"] == paygo.transactions()[0].id


async def test_vanishes_after_sts(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script("vanish_after_sts")
    await wire.send(sale(1))
    await wire.status()
    await lives(wire)
    assert states(paygo) == []


@pytest.mark.parametrize(
    ("name", "left"), [("power_loss_in_sale", []), ("power_loss_after_approval", ["pending"]), ("reset", ["pending"])]
)
async def test_the_link_breaks(paygo: SimulatedPaygo, plug: SocketWire, name: str, left: list[str]) -> None:
    paygo.script(name)
    await plug.send(sale(1))
    await plug.status()
    assert await ended(plug)
    assert states(paygo) == left
    again = await wire_of(paygo, "socket")
    await lives(again)
    await again.close()


@pytest.mark.parametrize("name", ["power_loss_after_approval", "reset"])
async def test_the_answers_file_never_comes(paygo: SimulatedPaygo, files: FolderWire, name: str) -> None:
    paygo.script(name)
    await files.send(sale(1))
    await files.status()
    await lives(files)
    assert states(paygo) == ["pending"]
    assert not (files.responses / "intpos.001").exists()


async def test_a_scanner_holds_the_file(stand: Stand, files: FolderWire) -> None:
    stand.paygo.script(Fault(FaultName.LOCKED_FILE, delay_s=HELD_S))
    await files.send(sale(1))
    await files.status()
    async with asyncio.timeout(LIMIT_S):
        await stand.held.wait()
    path = files.responses / "intpos.001"
    assert path.exists()
    with pytest.raises(OSError, match=path.name):
        path.read_bytes()
    with pytest.raises(OSError, match=path.name):
        path.unlink()
    stand.release.set()
    assert (await files.answer())["009-000"] == "0"


async def test_an_orphan_lies_in_the_folder(paygo: SimulatedPaygo, files: FolderWire) -> None:
    paygo.script("planted_orphan")
    orphan = await files.answer()
    (foreign,) = paygo.transactions()
    assert (orphan["009-000"], orphan["027-000"], foreign.origin) == ("0", foreign.id, "foreign")
    await tell(files, settlement("NCN", 1, foreign.id))
    assert states(paygo) == ["undone"]


async def test_the_answer_bears_another_number(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script("no_echo_001")
    answer = await ask(wire, sale(1))
    assert answer["001-000"] != "1"
    await tell(wire, settlement("CNF", 1, answer["027-000"]))
    assert (await ask(wire, sale(2)))["001-000"] == "2"


@pytest.mark.parametrize(("value", "state"), [("1", "confirmed"), ("2", "pending"), ("absent", "pending")])
async def test_confirmation_asked_for_or_not(paygo: SimulatedPaygo, wire: Wire, value: str, state: str) -> None:
    paygo.script(Fault(FaultName.CONFIRM_729, value=value))
    answer = await ask(wire, sale(1))
    assert answer.get("729-000", "absent") == value
    assert states(paygo) == [state]


async def test_another_amount_is_taken(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script(Fault(FaultName.AMOUNT_DIFFERS, value="-250"))
    answer = await ask(wire, sale(1, 5000))
    assert answer["003-000"] == "4750"
    assert paygo.transactions()[0].amount_cents == 4750


async def test_slow(stand: Stand, wire: Wire) -> None:
    stand.paygo.script(Fault(FaultName.SLOW, delay_s=HELD_S))
    await wire.send(sale(1))
    await wire.status()
    await stand.paygo.until(lambda: states(stand.paygo) == ["pending"])
    assert not stand.release.is_set()
    stand.release.set()
    assert (await wire.answer())["009-000"] == "0"


async def test_half_an_answer_and_the_rest_later(stand: Stand, plug: SocketWire, files: FolderWire) -> None:
    stand.paygo.script(Fault(FaultName.HALF_MESSAGE, count=2, delay_s=HELD_S))
    await files.send(sale(1))
    await files.status()
    async with asyncio.timeout(LIMIT_S):
        await stand.held.wait()
    half = (files.responses / "intpos.001").read_bytes()
    assert b"999-999" not in half
    stand.release.set()
    await stand.paygo.until(lambda: (files.responses / "intpos.001").read_bytes() != half)
    sold = await files.answer()
    await tell(files, settlement("CNF", 1, sold["027-000"]))
    assert (await ask(plug, sale(2)))["009-000"] == "0"


async def test_half_an_answer_and_no_more(paygo: SimulatedPaygo, plug: SocketWire) -> None:
    paygo.script("half_message")
    await plug.send(sale(1))
    await plug.status()
    async with asyncio.timeout(LIMIT_S):
        half = await plug.reader.read()
    assert half.startswith(b"000-000 = CRT\r\n")
    assert b"999-999" not in half
    assert states(paygo) == ["pending"]


async def test_what_paygo_shows_comes_before_the_answer(paygo: SimulatedPaygo, plug: SocketWire) -> None:
    paygo.script("messages")
    await plug.send(sale(1))
    came = [await plug.answer() for _ in range(4)]
    assert [one.get("009-000") for one in came] == [None, None, None, "0"]
    assert [one.get("030-000") for one in came[:3]] == [None, "CONECTANDO", "INSIRA, APROXIME OU PASSE O CARTAO"]
    assert {one["001-000"] for one in came} == {"1"}


async def test_garbage(paygo: SimulatedPaygo, plug: SocketWire) -> None:
    paygo.script("garbage")
    await plug.send(sale(1))
    await plug.status()
    async with asyncio.timeout(LIMIT_S):
        answer = await plug.reader.readuntil(b"999-999\r\n")
    with pytest.raises(UnicodeDecodeError):
        parsed(answer)
    assert states(paygo) == ["pending"]


@pytest.mark.parametrize(("name", "state"), [("cnf_not_acknowledged", "confirmed"), ("cnf_lost", "pending")])
async def test_a_confirmation_is_not_acknowledged(paygo: SimulatedPaygo, wire: Wire, name: str, state: str) -> None:
    control = (await ask(wire, sale(1)))["027-000"]
    paygo.script(Fault(FaultName(name), count=2))
    for count in (2, 3):
        await wire.send(settlement("CNF", 1, control))
        await paygo.until(lambda count=count: len(paygo.requests) == count)  # type: ignore[misc]
    await lives(wire)
    assert states(paygo) == [state]
    await tell(wire, settlement("CNF", 1, control))
    assert states(paygo) == ["confirmed"]
    assert paygo.violations == ()


async def test_denied_at_every_time_until_it_is_cleared(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script(Fault(FaultName.DENIED, count=None))
    for number in (1, 2, 3):
        assert (await ask(wire, sale(number)))["030-000"] == "NEGADA PELO EMISSOR"
    paygo.clear_faults()
    assert (await ask(wire, sale(4)))["009-000"] == "0"


async def test_a_dirty_receipt_bears_a_whole_number(paygo: SimulatedPaygo, wire: Wire) -> None:
    paygo.script("dirty_receipt")
    dirty = await ask(wire, sale(1))
    assert any("4111 1111 1111 1111 VAL 1230" in value for value in dirty.values())
    await tell(wire, settlement("CNF", 1, dirty["027-000"]))
    clean = await ask(wire, sale(2))
    assert not any("4111 1111" in value for value in clean.values())
    reduced = [value for name, value in dirty.items() if name.startswith("711-")]
    assert not any("4111" in value for value in reduced)


async def test_paygo_is_not_running(paygo: SimulatedPaygo, files: FolderWire) -> None:
    port = paygo.port
    await paygo.set_down(True)
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection("127.0.0.1", port)
    await files.send(sale(1))
    await paygo.set_down(False)
    assert paygo.port == port
    await files.status()
    assert (await files.answer())["009-000"] == "0"


def test_faults_are_spent_oldest_first_and_only_where_they_belong() -> None:
    plan = FaultPlan()
    plan.add(Fault(FaultName.NO_STS_TAKEN, on="CNF"))
    plan.add(Fault(FaultName.SLOW, count=2, delay_s=1.0))
    plan.add(Fault(FaultName.SLOW, delay_s=2.0))
    assert plan.use(FaultName.NO_STS_TAKEN, "CRT") is None
    assert plan.use(FaultName.NO_STS_TAKEN, "CNF") is not None
    assert plan.use(FaultName.NO_STS_TAKEN, "CNF") is None
    delays = [fault.delay_s if (fault := plan.use(FaultName.SLOW, "CRT")) else None for _ in range(4)]
    assert delays == [1.0, 1.0, 2.0, None]


def test_faults_travel_as_json() -> None:
    assert fault_of_json({"name": "slow", "delay_s": 2}) == Fault(FaultName.SLOW, delay_s=2.0)
    assert fault_of_json({"name": "confirm_729", "count": None, "value": "1"}).count is None
    for wrong in (
        {"name": "none"},
        {"name": "slow", "count": 0},
        {"name": "slow", "count": True},
        {"name": "slow", "x": 1},
    ):
        with pytest.raises(ValueError, match=r"count|none|of a fault"):
            fault_of_json(wrong)
