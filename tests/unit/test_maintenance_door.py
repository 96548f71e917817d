"""The door, the machine, the closing, the configuration and the journal; all of it locked without the PIN."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.maintenance_world import PIN, Office
from tests.support.scripted_terminal import ScriptedTerminal
from tests.support.world import World
from totem.domain.errors import Trouble
from totem.services import steps
from totem.services.maintenance.control import MaintenanceControl, MaintenanceRefused, Reason
from totem.services.maintenance.views import Entry, Light, PrintAct
from totem.services.state import Method, PaymentChoice, Stage


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def stage(world: World) -> Stage:
    return world.state.stage


def trouble(world: World) -> Trouble | None:
    return world.state.trouble.trouble if world.state.trouble is not None else None


def is_out(office: Office) -> bool:
    return office.control.state.out_of_service


async def opened(world: World) -> int:
    """How many charges there are once a customer tried to begin a sale."""
    await world.engine.checkout.open(world.basket, PaymentChoice(Method.PIX), "pt")
    return len(world.bank.charges)


async def _first(stream: object) -> object:
    return await anext(stream)  # type: ignore[call-overload]


ACTS: dict[str, Callable[[MaintenanceControl], Awaitable[object]]] = {
    "overview": lambda control: control.overview(),
    "printers": lambda control: control.printers.look(),
    "page": lambda control: control.printers.act("scripted", PrintAct.CUT),
    "queue": lambda control: control.printers.waiting(),
    "terminals": lambda control: control.terminals.look(),
    "menu": lambda control: _first(control.terminals.admin("tef")),
    "answer": lambda control: control.terminals.answer("tef", 0),
    "settle held": lambda control: control.terminals.settle("tef"),
    "providers": lambda control: control.providers.look(),
    "probe": lambda control: _first(control.providers.probe("scripted")),
    "search": lambda control: control.sales.search("1"),
    "story": lambda control: control.sales.story("x"),
    "reprint": lambda control: control.sales.reprint("x"),
    "refund": lambda control: control.sales.refund("x", "motivo", PIN),
    "attentions": lambda control: control.sales.attentions(),
    "evidence": lambda control: control.sales.evidence("x"),
    "settle": lambda control: control.sales.settle("x", "motivo qualquer"),
    "closing": lambda control: control.closing.report(),
    "print": lambda control: control.closing.print(),
    "export": lambda control: control.closing.export(Path("x")),
    "configuration": lambda control: control.configuration.view(),
    "candidates": lambda control: control.configuration.candidates(),
    "check": lambda control: control.configuration.check(Path("x")),
    "adopt": lambda control: control.configuration.adopt(Path("x")),
    "go back": lambda control: control.configuration.go_back(),
    "verify": lambda control: _first(control.journal.verify()),
    "sticks": lambda control: control.journal.sticks(),
    "journal": lambda control: control.journal.export(Path("x")),
    "version": lambda control: control.machine.version(),
    "out": lambda control: control.machine.set_out_of_service(True),
    "restart": lambda control: control.machine.restart(),
}


async def test_nothing_is_shown_or_done_without_the_pin(world: World) -> None:
    async with world.running():
        office = Office(world)
        await office.lock.set(PIN, "test")
        for name, act in ACTS.items():
            with pytest.raises(MaintenanceRefused) as refused:
                await act(office.control)
            assert refused.value.reason is Reason.LOCKED, name
        assert await office.acts() == []


NOTED = {
    "page": "printer",
    "menu": "terminal_menu",
    "settle held": "terminal_settle",
    "probe": "probe",
    "reprint": "reprint",
    "refund": "refund",
    "evidence": "evidence",
    "settle": "settle",
    "print": "closing_print",
    "export": "closing_export",
    "adopt": "configuration_adopt",
    "go back": "configuration_back",
    "verify": "journal_verify",
    "journal": "journal_export",
    "out": "service",
    "restart": "restart",
}
"""Every act, and its note; what is only looked at leaves none."""


async def test_every_act_is_noted_with_its_session_before_it_is_done(world: World, tmp_path: Path) -> None:
    terminal = ScriptedTerminal()
    terminal.capabilities = replace(terminal.capabilities, has_admin=True)
    world.terminals = [terminal]
    async with world.running():
        world.bank.pay(await world.open())
        sale = (await world.stage(Stage.COMPLETED)).sale_id
        stray = steps.attention_born("E1", "stray/E1", Trouble.UNMATCHED, world.clock.now())
        await world.journal.append(stray)
        attention = stray.subject_id
        office = Office(world)
        office.sticks, office.shelf.good = [tmp_path], Path("good/totem.toml")
        control = await office.enter()
        around: dict[str, Callable[[], Awaitable[object]]] = {
            "reprint": lambda: control.sales.reprint(sale),
            "refund": lambda: control.sales.refund(sale, "motivo qualquer", PIN),
            "evidence": lambda: control.sales.evidence(attention),
            "settle": lambda: control.sales.settle(attention, "motivo qualquer"),
            "export": lambda: control.closing.export(tmp_path),
            "journal": lambda: control.journal.export(tmp_path),
            "adopt": lambda: control.configuration.adopt(Path("totem.toml")),
            "story": lambda: control.sales.story(sale),
            "check": lambda: control.configuration.check(Path("totem.toml")),
        }
        for name, act in ACTS.items():
            before = len(await office.acts())
            await (around[name]() if name in around else act(control))
            noted = (await office.acts())[before:]
            assert noted == ([f"technician.{NOTED[name]}"] if name in NOTED else []), name
        sessions = await world.journal.last_note("technician.restart", "")
        assert sessions is not None
        assert sessions.data["session"] == control.state.session
        await asyncio.gather(*office.tasks)


async def test_it_locks_again_by_itself_and_a_touch_puts_that_off(world: World) -> None:
    async with world.running():
        office = Office(world)
        running = asyncio.create_task(office.door.run())
        control = await office.enter()
        session = control.state.session
        first = control.state.ends_at_s
        await world.clock.sleep(5)
        control.touched()
        assert control.state.ends_at_s > first
        locked = asyncio.Event()
        control.subscribe(lambda state: None if state.is_unlocked else locked.set())
        async with asyncio.timeout(10):
            await locked.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert await office.acts() == ["technician.entered", "technician.left"]
        left = await world.journal.last_note("technician.left", "")
        assert left is not None
        assert (left.data["session"], left.data["why"]) == (session, "timeout")
        assert (await control.unlock("000000")).entry is Entry.WRONG
        assert not control.state.is_unlocked


async def test_a_full_journal_lets_in_the_one_who_comes_to_mend_it(world: World) -> None:
    async with world.running():
        office = Office(world)
        await office.lock.set(PIN, "test")
        await world.journal.limit_pages(0)
        assert (await office.control.unlock(PIN)).is_right
        overview = await office.control.overview("en")
        assert overview.worst is Light.RED
        await office.control.machine.restart()
        await world.journal.limit_pages(None)


async def test_the_overview_speaks_three_languages(world: World) -> None:
    async with world.running():
        control = await Office(world).enter()
        told = {language: await control.overview(language) for language in ("pt", "en", "es")}
        assert told["pt"].worst is Light.GREEN
        assert len({tuple(part.detail for part in each.parts) for each in told.values()}) == 3


# --- out of service -------------------------------------------------------------------------------------------------


async def test_the_sale_at_hand_ends_before_the_kiosk_goes_out_of_service(world: World) -> None:
    async with world.running():
        txid = await world.open()
        await world.stage(Stage.AWAITING_PAYMENT)
        office = Office(world)
        control = await office.enter()
        await control.machine.set_out_of_service(True)
        assert control.state.out_of_service
        assert stage(world) is Stage.AWAITING_PAYMENT
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        await world.engine.checkout.acknowledge()
        assert stage(world) is Stage.OUT_OF_SERVICE
        assert trouble(world) is Trouble.TAKEN_OUT
        assert await opened(world) == 1
    async with world.running():  # a restart changes nothing
        assert stage(world) is Stage.OUT_OF_SERVICE
        office = Office(world)
        assert is_out(office)
        await office.desks().machine.set_out_of_service(False)
        assert stage(world) is Stage.IDLE
        assert not is_out(office)
        assert await opened(world) == 2


async def test_a_journal_that_failed_stays_out_whoever_puts_it_back(world: World) -> None:
    async with world.running():
        control = await Office(world).enter()
        await control.machine.set_out_of_service(True)
        world.engine._outage.declare(Trouble.JOURNAL_WRITE)
        await control.machine.set_out_of_service(False)
        assert stage(world) is Stage.OUT_OF_SERVICE
        assert trouble(world) is Trouble.JOURNAL_WRITE


async def test_a_restart_waits_for_the_sale_and_is_asked_for_once(world: World) -> None:
    async with world.running():
        txid = await world.open()
        office = Office(world)
        control = await office.enter()
        await control.machine.restart()
        await control.machine.restart()
        assert control.state.restarting
        assert office.restarts == 0
        world.bank.pay(txid)
        await world.stage(Stage.COMPLETED)
        await asyncio.gather(*office.tasks)
        assert office.restarts == 1
        await world.engine.checkout.acknowledge()
        assert stage(world) is Stage.OUT_OF_SERVICE
    async with world.running():
        assert stage(world) is Stage.IDLE


# --- closing, configuration, journal --------------------------------------------------------------------------------


async def test_the_closing_on_paper_and_on_a_stick(world: World, tmp_path: Path) -> None:
    async with world.running():
        world.bank.pay(await world.open())
        await world.stage(Stage.COMPLETED)
        office = Office(world)
        control = await office.enter()
        report = await control.closing.report()
        assert (report.sales, report.total.amount_cents) == (1, 4500)
        assert (await control.closing.print()).is_printed
        assert world.printer.paper[-1] == b"DayReport"
        stick = tmp_path / "stick"
        with pytest.raises(MaintenanceRefused) as refused:
            await control.closing.export(stick)
        assert refused.value.reason is Reason.NO_ROOM
        stick.mkdir()
        office.sticks = [stick]
        end = await control.closing.export(stick)
        told = {path.suffix: path.read_bytes().decode("utf-8-sig") for path in end.files}
        assert json.loads(told[".json"])["total_cents"] == 4500
        assert "by_method,pix,,1,45.00,BRL" in told[".csv"]
        assert sorted(path.name for path in stick.iterdir()) == sorted(path.name for path in end.files)


async def test_the_journal_is_verified_and_taken_away(world: World, tmp_path: Path) -> None:
    async with world.running():
        world.bank.pay(await world.open())
        await world.stage(Stage.COMPLETED)
        office = Office(world)
        control = await office.enter()
        steps = [step async for step in control.journal.verify()]
        assert steps[-1].is_intact
        assert steps[-1].done == await world.journal.count()
        stick = tmp_path / "stick"
        stick.mkdir()
        office.sticks = [stick]
        assert await control.journal.sticks() != ()
        end = await control.journal.export(stick)
        assert end.entries > 10
        lines = next(path for path in end.files if path.suffix == ".jsonl").read_text().splitlines()
        assert len(lines) == end.entries
        assert json.loads(lines[-1])["kind"] == "technician.journal_export"


async def test_a_stick_that_is_full_or_gone(world: World, tmp_path: Path) -> None:
    async with world.running():
        office = Office(world)
        control = await office.enter()
        stick = tmp_path / "stick"
        office.sticks = [stick]  # named, and pulled out since
        with pytest.raises(MaintenanceRefused) as refused:
            await control.journal.export(stick)
        assert refused.value.reason is Reason.NO_ROOM


async def test_a_bad_configuration_is_not_adopted(world: World) -> None:
    async with world.running():
        office = Office(world)
        control = await office.enter()
        with pytest.raises(MaintenanceRefused) as refused:
            await control.configuration.go_back()
        assert refused.value.reason is Reason.NOT_FOUND
        office.shelf.faults = ("totem.toml: kiosk.id: falta",)
        new = Path("stick/totem.toml")
        for path, why in ((new, Reason.BAD_CONFIGURATION), (Path("/etc/passwd"), Reason.NOT_FOUND)):
            with pytest.raises(MaintenanceRefused) as refused:
                await control.configuration.adopt(path)
            assert refused.value.reason is why
        assert office.shelf.puts == []
        office.shelf.faults, office.shelf.good = (), Path("good/totem.toml")
        await control.configuration.adopt(new)
        await control.configuration.go_back()
        assert office.shelf.puts == [new, Path("good/totem.toml")]
        assert (await office.acts())[-2:] == ["technician.configuration_adopt", "technician.configuration_back"]
