"""The simulated PayGo, spoken to by bare bytes as PayGo's description of the exchange has them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hardware.sim.card_ledger import TransactionState, read_ledger
from hardware.sim.paygo.exchange import AdminAct, AdminKind
from hardware.sim.paygo.simulator import SimulatedPaygo
from hardware.sim.pinpad import NobodyAsks, Stage
from tests.unit.paygo_wire import SALE, Wire, ask, made, message, sale, settlement, states, tell, wire_of


@pytest.fixture
async def paygo(tmp_path: Path) -> AsyncIterator[SimulatedPaygo]:
    sim = made(tmp_path / "paygo", ledger=tmp_path / "ledger.jsonl")
    await sim.start()
    yield sim
    await sim.close()


@pytest.fixture(params=["socket", "folder"])
async def wire(paygo: SimulatedPaygo, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    one = await wire_of(paygo, str(request.param))
    yield one
    await one.close()


async def test_a_sale_is_approved_and_confirmed(paygo: SimulatedPaygo, wire: Wire, tmp_path: Path) -> None:
    await tell(wire, message({"000": "ATV", "001": "9"}))
    answer = await ask(wire, sale(1, f731="1", f732="1"))
    (transaction,) = paygo.transactions()
    expected = {
        "003-000": "5000",
        "009-000": "0",
        "010-000": "SIMULADOR",
        "011-000": "10",
        "012-000": transaction.nsu,
        "013-000": transaction.authorization,
        "015-000": "2311120405",
        "022-000": "23112026",
        "023-000": "120405",
        "027-000": transaction.id,
        "729-000": "2",
        "730-000": "1",
        "737-000": "3",
        "740-000": "411111******1111",
        "741-000": "CLIENTE TESTE/SIMULADO",
        "747-000": "1230",
        "748-000": "VISA CREDITO",
    }
    assert {name: answer[name] for name in expected} == expected
    assert states(paygo) == ["pending"]
    await tell(wire, settlement("CNF", 1, transaction.id))
    await tell(wire, settlement("CNF", 1, transaction.id))
    assert states(paygo) == ["confirmed"]
    assert paygo.violations == ()
    assert read_ledger(tmp_path / "ledger.jsonl") == paygo.transactions()


async def test_receipts_are_quoted_and_counted(wire: Wire) -> None:
    answer = await ask(wire, sale(1, 1234567))
    for count, copy in (("028", "029"), ("710", "711"), ("712", "713"), ("714", "715")):
        lines = [value for name, value in answer.items() if name.startswith(f"{copy}-")]
        assert len(lines) == int(answer[f"{count}-000"]) > 2
        assert all(line[0] == line[-1] == '"' for line in lines)
        assert any("R$ 12.345,67" in line for line in lines)
    assert '""GUARDE ESTE COMPROVANTE""' in answer.values()


async def test_reduced_capabilities_get_the_full_receipt_alone(wire: Wire) -> None:
    answer = await ask(wire, sale(1, f706="4"))
    assert int(answer["028-000"]) > 0
    assert not {"710-000", "712-000", "714-000"} & set(answer)


async def test_debit_and_instalments_are_told_apart(wire: Wire, paygo: SimulatedPaygo) -> None:
    debit = await ask(wire, sale(1, f731="2"))
    assert (debit["011-000"], debit["731-000"], debit["748-000"]) == ("20", "2", "VISA ELECTRON")
    await tell(wire, settlement("CNF", 1, debit["027-000"]))
    parted = await ask(wire, sale(2, f731="1", f732="3", f018="3"))
    assert (parted["011-000"], parted["018-000"]) == ("11", "3")
    assert [one.installments for one in paygo.transactions()] == [1, 3]


async def test_an_undone_sale_takes_nothing(wire: Wire, paygo: SimulatedPaygo) -> None:
    answer = await ask(wire, sale(1))
    for _ in range(2):
        await tell(wire, settlement("NCN", 1, answer["027-000"]))
    assert states(paygo) == ["undone"]
    assert paygo.violations == ()


async def test_a_pending_sale_blocks_the_next_and_is_named(wire: Wire, paygo: SimulatedPaygo) -> None:
    first = await ask(wire, sale(1))
    second = await ask(wire, sale(2))
    assert second["009-000"] != "0"
    assert (second["027-000"], second["010-000"]) == (first["027-000"], "SIMULADOR")
    assert not [name for name in second if name.startswith(("029", "711", "713", "715"))]
    await tell(wire, settlement("CNF", 3, first["027-000"]))
    assert (await ask(wire, sale(4)))["009-000"] == "0"
    assert states(paygo) == ["confirmed", "denied", "pending"]


async def test_a_cancellation_gives_back_a_confirmed_sale(wire: Wire, paygo: SimulatedPaygo) -> None:
    sold = await ask(wire, sale(1))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    named = {number: sold[f"{number}-000"] for number in ("012", "013", "022", "023", "027")}
    request = {**SALE, "000": "CNC", **named}
    cancelled = await ask(wire, message({**request, "001": "2"}))
    expected = ("0", "51", sold["012-000"], "23112026120405")
    assert tuple(cancelled[f"{number}-000"] for number in ("009", "730", "025", "026")) == expected
    assert states(paygo) == ["cancelled", "pending"]
    await tell(wire, settlement("CNF", 2, cancelled["027-000"]))
    assert states(paygo) == ["cancelled", "confirmed"]
    again = await ask(wire, message({**request, "001": "3"}))
    assert again["009-000"] != "0"
    assert paygo.violations == ()


async def test_an_undone_cancellation_leaves_the_sale_as_it_was(wire: Wire, paygo: SimulatedPaygo) -> None:
    sold = await ask(wire, sale(1))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    named = {number: sold[f"{number}-000"] for number in ("012", "022", "023", "027")}
    cancelled = await ask(wire, message({**SALE, "000": "CNC", "001": "2", **named}))
    await tell(wire, settlement("NCN", 2, cancelled["027-000"]))
    assert states(paygo) == ["confirmed", "undone"]


async def test_the_technician_acts_in_paygos_menu(wire: Wire, paygo: SimulatedPaygo) -> None:
    sold = await ask(wire, sale(1))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    assert (await ask(wire, message({"000": "ADM", "001": "2"})))["030-000"] == "OPERACAO CANCELADA"
    paygo.next_admin(AdminAct(AdminKind.REPRINT))
    reprint = await ask(wire, message({"000": "ADM", "001": "3", "706": "156"}))
    assert (reprint["027-000"], reprint["729-000"]) == (sold["027-000"], "1")
    paygo.next_admin(AdminAct(AdminKind.CANCEL))
    cancelled = await ask(wire, message({"000": "ADM", "001": "4", "706": "156"}))
    assert (cancelled["025-000"], cancelled["730-000"]) == (sold["012-000"], "51")
    assert states(paygo) == ["cancelled", "pending"]


# --- the certification script's amounts -------------------------------------------------------------------------------


async def test_denied_and_long_message(wire: Wire, paygo: SimulatedPaygo) -> None:
    assert (await ask(wire, sale(1, 100001)))["009-000"] != "0"
    long = await ask(wire, sale(2, 100300))
    assert long["009-000"] != "0"
    assert len(long["030-000"]) == 80
    assert states(paygo) == ["denied", "denied"]


async def test_pending_and_known_is_confirmed_again(wire: Wire, paygo: SimulatedPaygo) -> None:
    first = await ask(wire, sale(1, 100550))
    await tell(wire, settlement("CNF", 1, first["027-000"]))
    assert states(paygo) == ["pending"]
    second = await ask(wire, sale(2, 100551))
    assert second["027-000"] == first["027-000"]
    await tell(wire, settlement("CNF", 1, first["027-000"]))
    assert states(paygo) == ["confirmed", "denied"]


async def test_pending_and_unknown_is_undone(wire: Wire, paygo: SimulatedPaygo) -> None:
    first = await ask(wire, sale(1, 100560))
    await tell(wire, settlement("CNF", 1, first["027-000"]))
    second = await ask(wire, sale(2, 100561))
    assert second["009-000"] != "0"
    foreign = next(one for one in paygo.transactions() if one.origin == "foreign")
    assert second["027-000"] == foreign.id != first["027-000"]
    await tell(wire, settlement("NCN", 2, foreign.id))
    third = await ask(wire, sale(3, 100561))
    assert third["009-000"] == "0"


@pytest.mark.parametrize(
    ("amount_cents", "text", "state"),
    [(101200, "TRANSACAO CONFIRMADA", "confirmed"), (101100, "TRANSACAO DESFEITA", "undone")],
)
async def test_settled_by_hand(wire: Wire, paygo: SimulatedPaygo, amount_cents: int, text: str, state: str) -> None:
    sold = await ask(wire, sale(1, amount_cents))
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    assert states(paygo) == ["pending"]
    answer = await ask(wire, message({"000": "ADM", "001": "2"}))
    assert (answer["030-000"], answer["027-000"]) == (text, sold["027-000"])
    # What a hand did, the kiosk cannot know: its own word is taken, and changes nothing.
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    assert states(paygo) == [state]
    assert paygo.violations == ()


async def test_plain_amounts_where_the_script_is_off(tmp_path: Path) -> None:
    sim = made(tmp_path, test_values=False)
    await sim.start()
    wire = await wire_of(sim, "socket")
    for number, amount_cents in enumerate((100001, 100550, 100561, 101200), start=1):
        answer = await ask(wire, sale(number, amount_cents))
        assert answer["009-000"] == "0"
        await tell(wire, settlement("CNF", number, answer["027-000"]))
    assert states(sim) == ["confirmed"] * 4
    await wire.close()
    await sim.close()


# --- hands ------------------------------------------------------------------------------------------------------------


def _present(sim: SimulatedPaygo) -> None:
    sim.pinpad.present_card()


def _decline(sim: SimulatedPaygo) -> None:
    sim.pinpad.decline("CARTAO BLOQUEADO")


def _cancel(sim: SimulatedPaygo) -> None:
    sim.pinpad.cancel()


@pytest.mark.parametrize("door", ["socket", "folder"])
@pytest.mark.parametrize(
    ("act", "text", "state"),
    [
        (_present, "AUTORIZADA", "pending"),
        (_decline, "CARTAO BLOQUEADO", "denied"),
        (_cancel, "OPERACAO CANCELADA", "denied"),
    ],
)
async def test_it_waits_for_the_customer(
    tmp_path: Path, door: str, act: Callable[[SimulatedPaygo], None], text: str, state: str
) -> None:
    sim = made(tmp_path, auto=False)
    await sim.start()
    with pytest.raises(NobodyAsks):
        act(sim)
    wire = await wire_of(sim, door)
    await wire.send(sale(1, 7700))
    await wire.status()
    await sim.until(lambda: sim.pinpad.stage is Stage.CARD)
    assert sim.pinpad.amount_cents == 7700
    act(sim)
    assert (await wire.answer())["030-000"].startswith(text)
    assert states(sim) == [state]
    assert sim.pinpad.stage is Stage.IDLE
    await wire.close()
    await sim.close()


async def test_the_menu_of_networks_comes_before_the_card(tmp_path: Path) -> None:
    sim = made(tmp_path, auto=False, shows_menu=True)
    await sim.start()
    wire = await wire_of(sim, "socket")
    for number in (1, 2):
        await wire.send(sale(number))
        await wire.status()
        await sim.until(lambda: sim.pinpad.stage is Stage.MENU)
        with pytest.raises(NobodyAsks):
            sim.pinpad.present_card()
        if number == 1:
            sim.pinpad.cancel()
            assert (await wire.answer())["009-000"] != "0"
            continue
        sim.pinpad.choose_network()
        await sim.until(lambda: sim.pinpad.stage is Stage.CARD)
        sim.pinpad.present_card()
        assert (await wire.answer())["009-000"] == "0"
    await wire.close()
    await sim.close()


async def test_nobody_comes(tmp_path: Path) -> None:
    sim = made(tmp_path, auto=False, card_timeout_s=0.0)
    await sim.start()
    wire = await wire_of(sim, "socket")
    assert (await ask(wire, sale(1)))["030-000"] == "TEMPO ESGOTADO"
    await wire.close()
    await sim.close()


async def test_the_power_fails_while_it_waits(tmp_path: Path) -> None:
    sim = made(tmp_path, auto=False)
    await sim.start()
    wire = await wire_of(sim, "folder")
    await wire.send(sale(1))
    await wire.status()
    await sim.until(lambda: sim.pinpad.stage is Stage.CARD)
    sim.power_cut()
    await sim.until(lambda: sim.is_idle)
    assert (sim.pinpad.stage, states(sim)) == (Stage.IDLE, [])
    sim.pinpad.auto = True
    assert (await ask(wire, sale(2)))["009-000"] == "0"
    await sim.close()


async def test_a_cancellation_may_ask_for_the_card(tmp_path: Path) -> None:
    sim = made(tmp_path, cancellation_needs_card=True)
    await sim.start()
    wire = await wire_of(sim, "socket")
    sold = await ask(wire, sale(1))
    named = {number: sold[f"{number}-000"] for number in ("012", "022", "023", "027")}
    request = {**SALE, "000": "CNC", **named}
    assert (await ask(wire, message({**request, "001": "2"})))["027-000"] == sold["027-000"]
    await tell(wire, settlement("CNF", 1, sold["027-000"]))
    sim.pinpad.auto = False
    await wire.send(message({**request, "001": "3"}))
    await wire.status()
    await sim.until(lambda: sim.pinpad.stage is Stage.CARD)
    sim.pinpad.cancel()
    assert (await wire.answer())["009-000"] == "FF"
    assert states(sim) == ["confirmed"]
    await wire.close()
    await sim.close()


async def test_an_approval_that_nobody_got(paygo: SimulatedPaygo, wire: Wire) -> None:
    planted = paygo.plant_pending("41", 4100)
    assert (await ask(wire, sale(1)))["027-000"] == planted.id
    assert (await ask(wire, sale(41)))["009-000"] == "FF"
    assert [one.field for one in paygo.violations] == ["001"]
    assert (await ask(wire, message({"000": "CDP", "001": "2"})))["009-000"] == "FF"


# --- the ledger -------------------------------------------------------------------------------------------------------


async def test_the_ledger_outlives_the_program(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    sim = made(tmp_path, ledger=path)
    await sim.start()
    wire = await wire_of(sim, "folder")
    sold = await ask(wire, sale(1))
    await sim.close()
    with path.open("ab") as torn:
        torn.write(b'{"id": "half a li')
    again = made(tmp_path, ledger=path)
    await again.start()
    wire = await wire_of(again, "folder")
    refused = await ask(wire, sale(2))
    assert refused["027-000"] == sold["027-000"]
    await tell(wire, settlement("NCN", 1, sold["027-000"]))
    assert [one.state for one in read_ledger(path)] == [TransactionState.UNDONE, TransactionState.DENIED]
    assert [one.request for one in again.transactions()] == ["1", "2"]
    await again.close()
