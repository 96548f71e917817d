"""From what is plugged in to lines of configuration, from those to a printer that prints, and what the doctor says."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from hardware.printer.discovery import KNOWN, FoundPrinter, Sources, discover
from hardware.printer.driver import EscPosPrinter
from hardware.printer.links.ipp import CupsServer
from hardware.printer.links.spooler_cups import CupsAccess
from hardware.printer.one_way import OneWayPrinter
from hardware.sim.core import PrinterCore
from hardware.sim.printer import SimulatedPrinter
from hardware.sim.wires.cups import SimulatedCups
from hardware.sim.wires.spool import SpoolQueue
from hardware.sim.wires.terminal import TerminalPrinter
from hardware.sim.wires.usb import UsbBus, UsbPrinter
from hardware.sim.wires.usb_descriptors import UsbIdentity
from hardware.sim.wires.windows import SimulatedWin32Print
from tests.unit.kiosk_files import write_kiosk
from tests.unit.test_config_printers import with_printer
from totem.bootstrap.doctor import printer as doctor
from totem.bootstrap.doctor.check import Check, State, checks_of
from totem.bootstrap.doctor.run import tell
from totem.bootstrap.health_words import words_of_health
from totem.bootstrap.printers import Surroundings, open_printer
from totem.config.loader import load
from totem.config.models import Settings
from totem.domain.errors import PrinterUnreachable
from totem.domain.ports import PrintResult

JOB = b"\x1b@Senha 7\n\x1dV\x00\x1d(H\x06\x00000007"


@dataclass
class Listed:
    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None


def nothing_at_all() -> Sources:
    def no_queues() -> dict[str, str]:
        raise PrinterUnreachable("no CUPS")

    return Sources(lambda: None, list, no_queues, tuple)


# --- what is plugged in ---------------------------------------------------------------------------------------------


async def test_what_is_plugged_in_comes_with_its_lines() -> None:
    bus = UsbBus()
    async with AsyncExitStack() as undo:
        for identity in (
            UsbIdentity(),
            UsbIdentity(vendor_id=0x9999, product_id=1, serial_number=""),
            UsbIdentity(vendor_id=0x9999, product_id=1, serial_number=""),
            UsbIdentity(vendor_id=0x20D1, product_id=0x7008, interface_class=0xFF, may_open=False),
            UsbIdentity(vendor_id=0x8888, product_id=2, interface_class=0xFF),
            UsbIdentity(vendor_id=0x0B1B, product_id=3, interface_class=2),
        ):
            printer = UsbPrinter(bus, identity)
            printer.start()
            undo.callback(printer.stop)
        sources = Sources(
            lambda: bus,
            lambda: [Listed("/dev/ttyS0"), Listed("/dev/ttyACM0", 0x0B1B, 3, '7 "a"')],
            lambda: {"TICKET": "usb://x"},
            lambda: ("EPSON TM-T20",),
        )
        found = await asyncio.to_thread(discover, sources)
    note = "há outra igual, e esta não diz o número de série"
    assert found == (
        FoundPrinter(
            "Epson TM-T20",
            "USB",
            ('driver = "usb"', 'usb_id = "04b8:0e15"', 'serial_number = "SIM0001"', 'profile = "epson-tm-t20"'),
        ),
        *[
            FoundPrinter(
                "não conhecida", "USB", ('driver = "usb"', 'usb_id = "9999:0001"', 'profile = "generic-80"'), note
            )
        ]
        * 2,
        FoundPrinter("Elgin i9", "USB", ('driver = "usb"', 'usb_id = "20d1:7008"', 'profile = "elgin-i9"')),
        FoundPrinter(
            "Bematech MP-4200 TH",
            "porta /dev/ttyACM0",
            (
                'driver = "serial"',
                'usb_id = "0b1b:0003"',
                'serial_number = "7 \\"a\\""',
                'profile = "bematech-mp4200"',
            ),
        ),
        FoundPrinter(
            "fila TICKET",
            "CUPS, usb://x",
            ('driver = "cups"', 'queue = "TICKET"', 'profile = "generic-80"'),
            "a fila tem de ser crua (raw)",
        ),
        FoundPrinter(
            "impressora EPSON TM-T20",
            "Windows",
            ('driver = "windows"', 'queue = "EPSON TM-T20"', 'profile = "generic-80"'),
        ),
    )


def test_sources_that_hang_or_fail_hide_nothing_of_the_others() -> None:
    gate = threading.Event()

    def hang() -> dict[str, str]:
        gate.wait()
        return {}

    def fail() -> list[Listed]:
        raise OSError(5, "Input/output error")

    found = discover(Sources(lambda: None, fail, hang, lambda: ("EPSON",)), limit_s=0.05)
    assert [one.model for one in found] == ["impressora EPSON"]
    gate.set()
    assert discover(nothing_at_all()) == ()


@pytest.mark.parametrize("index", range(5))
async def test_pasted_lines_load(tmp_path: Path, index: int) -> None:
    lines = (
        ('driver = "usb"', 'usb_id = "04b8:0e15"', 'serial_number = "SIM0001"', 'profile = "epson-tm-t20"'),
        ('driver = "serial"', 'usb_id = "0b1b:0003"', 'serial_number = "7 \\"a\\""', 'profile = "bematech-mp4200"'),
        ('driver = "usb"', 'usb_id = "9999:0001"', 'profile = "generic-80"'),
        ('driver = "cups"', 'queue = "TICKET"', 'profile = "generic-80"'),
        ('driver = "windows"', 'queue = "EPSON TM-T20"', 'profile = "generic-80"'),
    )[index]
    told = doctor.paste(FoundPrinter("modelo", "lugar", lines, "um aviso"))
    kiosk = with_printer(write_kiosk(tmp_path), told.replace("[printer]", ""))
    assert load(kiosk).settings.printer.profile == lines[-1].split('"')[1]


# --- from configuration to paper ------------------------------------------------------------------------------------


@dataclass
class World:
    """A kiosk's configuration, and the simulated printer behind it; None where it is only a picture or a file."""

    settings: Settings
    around: Surroundings
    sim: PrinterCore | None


Make = Callable[[Path, AsyncExitStack], "World"]


def settings_of(folder: Path, section: str) -> Settings:
    kiosk = folder / "totem"
    kiosk.mkdir()
    return load(with_printer(write_kiosk(kiosk), section)).settings


@asynccontextmanager
async def world_of(driver: str, folder: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as undo:
        yield await _MAKERS[driver](folder, undo)


async def _network(folder: Path, undo: AsyncExitStack) -> World:
    sim = SimulatedPrinter()
    await sim.start()
    undo.push_async_callback(sim.stop)
    section = f'driver = "network"\nhost = "127.0.0.1"\nport = {sim.port}'
    return World(settings_of(folder, section), Surroundings(), sim)


async def _usb(folder: Path, undo: AsyncExitStack) -> World:
    bus = UsbBus()
    sim = UsbPrinter(bus)
    sim.start()
    undo.callback(sim.stop)
    section = 'driver = "usb"\nusb_id = "04b8:0e15"'
    return World(settings_of(folder, section), Surroundings(usb_backend=lambda: bus), sim)


async def _serial(folder: Path, undo: AsyncExitStack) -> World:
    sim = TerminalPrinter(folder / "tty")
    sim.start()
    undo.callback(sim.stop)
    return World(settings_of(folder, f'driver = "serial"\ndevice = "{sim.path}"\nbaud = 115200'), Surroundings(), sim)


async def _serial_by_id(folder: Path, undo: AsyncExitStack) -> World:
    sim = TerminalPrinter(folder / "tty")
    sim.start()
    undo.callback(sim.stop)
    around = Surroundings(serial_ports=lambda: [Listed(str(sim.path), 0x0B1B, 3, "A1")])
    return World(settings_of(folder, 'driver = "serial"\nusb_id = "0b1b:0003"\nserial_number = "A1"'), around, sim)


async def _device(folder: Path, undo: AsyncExitStack) -> World:
    sim = TerminalPrinter(folder / "lp0")
    sim.start()
    undo.callback(sim.stop)
    return World(settings_of(folder, f'driver = "device"\ndevice = "{sim.path}"'), Surroundings(), sim)


async def _file(folder: Path, undo: AsyncExitStack) -> World:
    return World(settings_of(folder, 'driver = "device"\ndevice = "saida.bin"\nreplies = false'), Surroundings(), None)


async def _cups(folder: Path, undo: AsyncExitStack) -> World:
    sim = PrinterCore()
    queue = SpoolQueue(sim)
    queue.start()
    undo.push_async_callback(queue.stop)
    server = SimulatedCups(folder, queue)
    await server.start()
    undo.push_async_callback(server.stop)
    around = Surroundings(cups=CupsAccess(CupsServer(server.socket), server.commands))
    return World(settings_of(folder, 'driver = "cups"\nqueue = "TICKET"'), around, sim)


async def _windows(folder: Path, undo: AsyncExitStack) -> World:
    sim = PrinterCore()
    queue = SpoolQueue(sim)
    queue.start()
    undo.push_async_callback(queue.stop)
    api = SimulatedWin32Print(queue, asyncio.get_running_loop())
    return World(settings_of(folder, 'driver = "windows"\nqueue = "TICKET"'), Surroundings(win32print=lambda: api), sim)


async def _image(folder: Path, undo: AsyncExitStack) -> World:
    return World(settings_of(folder, 'driver = "image"\nfolder = "imagens"'), Surroundings(), None)


_MAKERS = {
    "network": _network,
    "usb": _usb,
    "serial": _serial,
    "serial by id": _serial_by_id,
    "device": _device,
    "file": _file,
    "cups": _cups,
    "windows": _windows,
    "image": _image,
}
_ANSWERING = {"network", "usb", "serial", "serial by id", "device"}


@pytest.mark.parametrize("driver", _MAKERS)
async def test_the_configured_printer_prints(tmp_path: Path, driver: str) -> None:
    async with world_of(driver, tmp_path) as world:
        printer = open_printer(world.settings.printer, world.around)
        assert isinstance(printer, EscPosPrinter if driver in _ANSWERING else OneWayPrinter)
        assert printer.name == "Impressora de tíquetes"
        assert (await printer.print(7, JOB)).result is PrintResult.PRINTED
        await printer.close()
        if world.sim is not None:
            assert [ticket.lines for ticket in world.sim.tickets()] == [("Senha 7",)]


async def test_the_kernels_driver_gets_a_usb_printer_back_at_the_end(tmp_path: Path) -> None:
    async with world_of("usb", tmp_path) as world:
        printer = open_printer(world.settings.printer, world.around)
        await printer.status()
        await printer.close()
        assert world.around.usb_backend().calls == ["detach 1", "claim 1", "release 1", "attach 1"]


# --- what the doctor says -------------------------------------------------------------------------------------------


async def asked(settings: Settings, around: Surroundings | None = None) -> tuple[Check, ...]:
    return checks_of(await doctor.printers(settings, around), words_of_health())


@pytest.mark.parametrize("driver", _MAKERS)
async def test_a_printer_that_is_ready_and_one_that_is_away(tmp_path: Path, driver: str) -> None:
    async with world_of(driver, tmp_path) as world:
        (check,) = await asked(world.settings, world.around)
        assert check.area == "impressora"
        assert check.state is (State.WARN if driver == "image" else State.OK)
        assert check.subject == world.settings.printer.place
        if driver in _ANSWERING:
            assert check.detail == "pronta (estado 12 12 12 12)"
        if world.sim is None:
            return
        world.sim.unplug(True)
        (check,) = await asked(world.settings, world.around)
        assert check.state is State.FAIL
        assert check.code == ("PRN-005" if driver in _ANSWERING else check.code)
        assert check.remedy


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda sim: sim.set_paper(True, low=True), ["papel perto do fim", "estado 12 12 12 1e; papel perto do fim"]),
        (lambda sim: sim.set_paper(False), ["sem papel", "; fora de linha", "; parou por falta", "; sem papel"]),
        (lambda sim: sim.open_cover(True), ["tampa aberta", "; tampa aberta"]),
        (lambda sim: sim.cutter_error(True), ["guilhotina presa", "; erro", "; guilhotina"]),
        (lambda sim: sim.overheat(True), ["cabeça quente", "; erro que passa"]),
        (lambda sim: sim.fail(True), ["defeito", "; erro sem volta"]),
        (lambda sim: sim.press_feed(True), ["avançando papel", "; avança papel"]),
        (lambda sim: sim.go_offline(True), ["desligada pelo botão", "; fora de linha"]),
    ],
    ids=["low", "out", "cover", "cutter", "hot", "fault", "feed", "offline"],
)
async def test_each_bit_that_the_printer_sets_is_told_in_words(
    tmp_path: Path, act: Callable[[SimulatedPrinter], None], words: list[str]
) -> None:
    async with world_of("network", tmp_path) as world:
        assert isinstance(world.sim, SimulatedPrinter)
        act(world.sim)
        (check,) = await asked(world.settings, world.around)
        assert all(word in check.detail for word in words), check.detail


async def test_silence_names_what_to_look_at(tmp_path: Path) -> None:
    async with world_of("serial", tmp_path) as world:
        assert world.sim is not None
        world.sim.mute(True)
        (check,) = await asked(world.settings, world.around)
        assert (check.state, check.detail) == (State.FAIL, "não responde")
        assert "baud e flow_control" in check.remedy


async def test_the_spare_is_asked_too(tmp_path: Path) -> None:
    section = 'driver = "image"\nfolder = "a"\n[printer.spare]\ndriver = "device"\ndevice = "nada/x"\nreplies = false'
    checks = await asked(settings_of(tmp_path, section))
    assert [check.state for check in checks] == [State.WARN, State.FAIL]


async def test_what_is_found_is_looked_for_off_the_loop() -> None:
    here = threading.current_thread()
    seen: list[bool] = []

    def windows() -> tuple[str, ...]:
        seen.append(threading.current_thread() is here)
        return ()

    assert await doctor.found(Sources(lambda: None, list, dict, windows)) == ()
    assert seen == [False]


def test_the_doctor_prints_what_is_in_sight_between_the_faults_and_the_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = FoundPrinter(
        "Elgin i9", "USB", ('driver = "usb"', 'usb_id = "20d1:7008"', 'profile = "elgin-i9"'), "um aviso"
    )
    tell((Check("impressora", "x", State.OK, "pronta"),), (found,), failed=False)
    shown = capsys.readouterr().out
    assert shown.endswith(
        """
Impressoras à vista, com as linhas de totem.toml que usam cada uma:

# Elgin i9 (USB)
  # um aviso
  [printer]
  driver = "usb"
  usb_id = "20d1:7008"
  profile = "elgin-i9"

Tudo pronto.
"""
    )


def test_the_udev_rules_name_every_model_that_is_known() -> None:
    rules = (Path(__file__).parents[2] / "packaging" / "udev" / "70-totem-printers.rules").read_text(encoding="utf-8")
    named = re.findall(r'^ATTRS\{idVendor\}=="([0-9a-f]{4})", ATTRS\{idProduct\}=="([0-9a-f]{4})"', rules, re.MULTILINE)
    assert {(int(vendor, 16), int(product, 16)) for vendor, product in named} == {
        (one.vendor_id, one.product_id) for one in KNOWN
    }
