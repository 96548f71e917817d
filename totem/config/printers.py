"""`[printer]` and `[printer.spare]`: how each is plugged in. Each driver asks for its own keys and refuses others'."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationInfo, field_validator

from totem.config import values
from totem.config.section import AnyPath, Folder, Line, Seconds, Section

DriverName = Literal["network", "usb", "serial", "device", "cups", "windows", "image"]
ProfileName = Literal[
    "epson-80",
    "generic-80",
    "generic-42",
    "generic-58",
    "epson-tm-t20",
    "bematech-mp4200",
    "bematech-mp4200-bema",
    "elgin-i9",
    "daruma-dr800",
    "sweda-si300",
]
FlowName = Literal["rtscts", "dsrdtr", "xonxoff", "none"]

_USB_ID: Final = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})")
_DRIVERS_OF: Final[dict[str, tuple[str, ...]]] = {
    "host": ("network",),
    "port": ("network",),
    "usb_id": ("usb", "serial"),
    "serial_number": ("usb", "serial"),
    "device": ("serial", "device"),
    "baud": ("serial",),
    "flow_control": ("serial",),
    "replies": ("device",),
    "queue": ("cups", "windows"),
    "folder": ("image",),
    "image_format": ("image",),
}
"""Which drivers know a key; all other keys are every driver's."""
_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "network": ("host",),
    "usb": ("usb_id",),
    "device": ("device",),
    "cups": ("queue",),
    "windows": ("queue",),
    "image": ("folder",),
}


class PrinterKeys(Section):
    """One printer."""

    driver: DriverName
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 9100
    usb_id: str = ""
    """`vvvv:pppp` in hexadecimal, small letters."""
    serial_number: Annotated[str, Field(max_length=126)] = ""
    device: AnyPath | None = None
    baud: Annotated[int, Field(ge=1200, le=921_600)] = 9600
    flow_control: FlowName = "rtscts"
    replies: bool = True
    queue: Annotated[str, Field(max_length=220)] = ""
    folder: Folder | None = None
    image_format: Literal["png", "pdf"] = "png"
    profile: ProfileName = "epson-80"
    name: Annotated[Line, Field(max_length=60)] = "Impressora de tíquetes"
    connect_timeout_s: Seconds = 3
    reply_timeout_s: Annotated[float, Field(ge=0.1, le=10, allow_inf_nan=False)] = 0.5
    print_timeout_s: Annotated[int, Field(ge=5, le=120)] = 30

    @field_validator("device", "folder", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("device", mode="before")
    @classmethod
    def _port_of_windows(cls, value: object) -> object:
        """COM3 is a name, no path: it must not be looked for beside the configuration."""
        return Path(value) if isinstance(value, str) and re.fullmatch(r"COM[1-9][0-9]{0,2}", value) else value

    @field_validator(*_DRIVERS_OF)
    @classmethod
    def _goes_with_its_driver(cls, value: object, info: ValidationInfo) -> object:
        name = str(info.field_name)
        driver = info.data.get("driver")
        if driver is None:
            return value
        if driver in _DRIVERS_OF[name]:
            if value in {"", None} and name in _REQUIRED.get(driver, ()):
                raise ValueError(f'falta esta chave, que driver = "{driver}" pede')
        elif value != cls.model_fields[name].default:
            known = " ou ".join(f'"{one}"' for one in _DRIVERS_OF[name])
            raise ValueError(f"só vale com driver = {known}; apague esta chave")
        return value

    @field_validator("host")
    @classmethod
    def _is_a_host(cls, text: str) -> str:
        return values.host(text) if text else text

    @field_validator("usb_id")
    @classmethod
    def _is_a_usb_id(cls, text: str) -> str:
        if text and not _USB_ID.fullmatch(text.lower()):
            raise ValueError('escreva fabricante e modelo USB como "04b8:0e15"; totem doctor os mostra')
        return text.lower()

    @field_validator("serial_number", "queue")
    @classmethod
    def _is_one_line(cls, text: str) -> str:
        return values.one_line(text) if text else text

    @field_validator("queue")
    @classmethod
    def _is_a_queue(cls, text: str, info: ValidationInfo) -> str:
        """CUPS' own rule for names; it also keeps a name from being read as an option."""
        if info.data.get("driver") == "cups" and text and (set(text) & set(" \t/#'\"\\?") or text.startswith("-")):
            raise ValueError("não é o nome de uma fila do CUPS: sem espaços, aspas, barras nem #; veja lpstat -v")
        return text

    @field_validator("device")
    @classmethod
    def _found_somehow(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """A serial port by its name, or by what is plugged in; not both, for which would be right?"""
        if info.data.get("driver") != "serial" or "usb_id" not in info.data:
            return path
        if path is None and not info.data["usb_id"]:
            raise ValueError('falta dizer qual porta: device = "/dev/ttyUSB0" (no Windows, "COM3"), ou usb_id')
        if path is not None and info.data["usb_id"]:
            raise ValueError("escreva device ou usb_id, não as duas")
        return path

    @field_validator("serial_number")
    @classmethod
    def _goes_with_usb_id(cls, text: str, info: ValidationInfo) -> str:
        if text and info.data.get("usb_id") == "":
            raise ValueError("só vale junto com usb_id")
        return text

    @property
    def usb_ids(self) -> tuple[int, int]:
        """Vendor and product; only where `usb_id` is set."""
        vendor, _, product = self.usb_id.partition(":")
        return int(vendor, 16), int(product, 16)

    @property
    def place(self) -> str:
        """How people know where it is, for tables."""
        match self.driver:
            case "network":
                return f"{self.host}:{self.port}"
            case "usb":
                return f"USB {self.usb_id}" + (f" {self.serial_number}" if self.serial_number else "")
            case "serial" | "device":
                return str(self.device or self.usb_id)
            case "cups" | "windows":
                return f"fila {self.queue}"
            case "image":
                return f"imagens em {self.folder}"


class SpareSettings(PrinterKeys):
    """`[printer.spare]`: prints when the first one cannot."""

    name: Annotated[Line, Field(max_length=60)] = "Impressora reserva"


class PrinterSettings(PrinterKeys):
    """`[printer]`, and the printer that steps in for it."""

    spare: SpareSettings | None = None

    @field_validator("spare")
    @classmethod
    def _is_another(cls, spare: SpareSettings | None, info: ValidationInfo) -> SpareSettings | None:
        names = ("driver", "host", "port", "usb_id", "serial_number", "device", "queue", "folder")
        if spare is None or any(name not in info.data for name in names):
            return spare
        if all(getattr(spare, name) == info.data[name] for name in names):
            raise ValueError("é a mesma impressora de [printer]")
        if spare.name == info.data.get("name"):
            raise ValueError("precisa de um name diferente do de [printer], para que se saiba qual é qual")
        return spare
