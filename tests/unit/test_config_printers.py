"""`[printer]`: each driver asks for its own keys, refuses those of others, and says so in plain words."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import get_args

import pytest

from hardware.printer.discovery import KNOWN
from hardware.printer.profile import PROFILES
from tests.unit.kiosk_files import write_kiosk
from totem.config.loader import load
from totem.config.printers import DriverName, PrinterSettings, ProfileName
from totem.domain.errors import ConfigError


@pytest.fixture
def kiosk(tmp_path: Path) -> Path:
    return write_kiosk(tmp_path)


def with_printer(kiosk: Path, section: str) -> Path:
    text = kiosk.read_text(encoding="utf-8")
    start, end = text.index("[printer]"), text.index("[pix]")
    kiosk.write_text(f"{text[:start]}[printer]\n{section}\n{text[end:]}", encoding="utf-8")
    return kiosk


def settings_of(kiosk: Path, section: str) -> PrinterSettings:
    return load(with_printer(kiosk, section)).settings.printer


def faults_of(kiosk: Path, section: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(with_printer(kiosk, section))
    return [fault.removeprefix(f"{kiosk}: ") for fault in caught.value.faults]


MINIMAL = {
    "network": 'host = "192.168.0.50"',
    "usb": 'usb_id = "04b8:0e15"',
    "serial": 'device = "/dev/ttyUSB0"',
    "device": 'device = "/dev/usb/lp0"',
    "cups": 'queue = "TICKET"',
    "windows": 'queue = "EPSON TM-T20 Receipt"',
    "image": 'folder = "imagens"',
}


def test_every_driver_and_profile_is_known_on_both_sides() -> None:
    assert set(MINIMAL) == set(get_args(DriverName))
    assert set(get_args(ProfileName)) == set(PROFILES)
    assert {one.profile for one in KNOWN} <= set(PROFILES)


@pytest.mark.parametrize("driver", MINIMAL)
def test_a_driver_with_its_own_keys_loads(kiosk: Path, driver: str) -> None:
    settings = settings_of(kiosk, f'driver = "{driver}"\n{MINIMAL[driver]}')
    assert settings.driver == driver
    assert settings.place
    assert settings.spare is None


@pytest.mark.parametrize("driver", MINIMAL)
def test_a_driver_without_its_keys_says_which_is_missing(kiosk: Path, driver: str) -> None:
    (fault,) = faults_of(kiosk, f'driver = "{driver}"')
    key = MINIMAL[driver].partition(" = ")[0]
    if driver == "serial":
        assert fault.startswith("printer.device: falta dizer qual porta")
    else:
        assert fault == f'printer.{key}: falta esta chave, que driver = "{driver}" pede'


@pytest.mark.parametrize("driver", MINIMAL)
def test_the_keys_of_another_driver_are_refused(kiosk: Path, driver: str) -> None:
    foreign = {
        "host": '"192.168.0.9"',
        "port": "9101",
        "usb_id": '"1c8a:3001"',
        "device": '"/dev/ttyS0"',
        "baud": "19200",
        "flow_control": '"none"',
        "replies": "false",
        "queue": '"OUTRA"',
        "folder": '"pasta"',
        "image_format": '"pdf"',
    }
    own = {
        "network": {"host", "port"},
        "usb": {"usb_id"},
        "serial": {"usb_id", "device", "baud", "flow_control"},
        "device": {"device", "replies"},
        "cups": {"queue"},
        "windows": {"queue"},
        "image": {"folder", "image_format"},
    }[driver]
    lines = [f"{key} = {value}" for key, value in foreign.items() if key not in own]
    faults = faults_of(kiosk, "\n".join((f'driver = "{driver}"', MINIMAL[driver], *lines)))
    assert sorted(fault.split(": ")[0] for fault in faults) == sorted(f"printer.{key}" for key in set(foreign) - own)
    assert all("só vale com driver = " in fault for fault in faults)


@pytest.mark.parametrize(
    ("section", "fault"),
    [
        ('driver = "usb"\nusb_id = "Epson"', 'printer.usb_id: escreva fabricante e modelo USB como "04b8:0e15"'),
        ('driver = "usb"\nusb_id = "04b8:0e15"\nserial_number = " "', "printer.serial_number: não pode ficar vazio"),
        ('driver = "serial"\ndevice = "COM3"\nserial_number = "1"', "printer.serial_number: só vale junto com usb_id"),
        ('driver = "serial"\nusb_id = "0b1b:0003"\ndevice = "COM3"', "printer.device: escreva device ou usb_id, não"),
        ('driver = "serial"\ndevice = "COM3"\nbaud = 300', "printer.baud: tem de ser pelo menos 1200"),
        (
            'driver = "serial"\ndevice = "COM3"\nflow_control = "rts"',
            'printer.flow_control: tem de ser um destes: "rtscts"',
        ),
        ('driver = "cups"\nqueue = "minha fila"', "printer.queue: não é o nome de uma fila do CUPS"),
        ('driver = "cups"\nqueue = "-h"', "printer.queue: não é o nome de uma fila do CUPS"),
        ('driver = "image"\nfolder = "totem.toml"', "printer.folder: "),
        ('driver = "image"\nfolder = "x"\nimage_format = "jpg"', 'printer.image_format: tem de ser um destes: "png"'),
        ('driver = "bluetooth"', 'printer.driver: tem de ser um destes: "network", "usb"'),
    ],
)
def test_each_kind_of_fault_has_its_sentence(kiosk: Path, section: str, fault: str) -> None:
    (told,) = faults_of(kiosk, section)
    assert told.startswith(fault)


def test_values_are_cleaned_and_paths_found(kiosk: Path) -> None:
    settings = settings_of(kiosk, 'driver = "usb"\nusb_id = "04B8:0E15"\nserial_number = "A1"')
    assert (settings.usb_id, settings.usb_ids, settings.place) == ("04b8:0e15", (0x04B8, 0x0E15), "USB 04b8:0e15 A1")
    # A port of Windows is a name; all else is a path beside the configuration.
    assert settings_of(kiosk, 'driver = "serial"\ndevice = "COM3"').device == Path("COM3")
    assert settings_of(kiosk, 'driver = "device"\ndevice = "saida.bin"').device == kiosk.parent / "saida.bin"
    assert settings_of(kiosk, 'driver = "serial"\nusb_id = "0b1b:0003"').device is None


def test_the_spare_is_another_printer_with_another_name(kiosk: Path) -> None:
    main = 'driver = "network"\nhost = "192.168.0.50"\n'
    spare = settings_of(kiosk, main + '[printer.spare]\ndriver = "usb"\nusb_id = "04b8:0e15"\n').spare
    assert spare is not None
    assert (spare.driver, spare.name) == ("usb", "Impressora reserva")
    (fault,) = faults_of(kiosk, main + '[printer.spare]\ndriver = "network"\nhost = "192.168.0.50"\n')
    assert fault == "printer.spare: é a mesma impressora de [printer]"
    (fault,) = faults_of(
        kiosk, main + '[printer.spare]\ndriver = "image"\nfolder = "x"\nname = "Impressora de tíquetes"\n'
    )
    assert "um name diferente" in fault
    (fault,) = faults_of(kiosk, main + '[printer.spare]\ndriver = "usb"\n')
    assert fault == 'printer.spare.usb_id: falta esta chave, que driver = "usb" pede'


def test_the_examples_spare_loads_once_its_comment_signs_are_gone(kiosk: Path) -> None:
    lines = []
    inside = False
    for line in kiosk.read_text(encoding="utf-8").splitlines():
        inside = (inside or line == "# [printer.spare]") and line != "[pix]"
        lines.append(line.removeprefix("#").removeprefix(" ") if inside else line)
    kiosk.write_text("\n".join(lines), encoding="utf-8")
    spare = load(kiosk).settings.printer.spare
    assert spare is not None
    assert spare.usb_id == "04b8:0e15"
    shown = tomllib.loads(kiosk.read_text(encoding="utf-8"))["printer"]["spare"]
    assert set(shown) == {"driver", "usb_id"}
