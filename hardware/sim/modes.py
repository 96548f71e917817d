"""What a printer remembers between commands, and the tables of its code pages."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.sim import operations as op

CODE_PAGES = {
    0: "cp437", 2: "cp850", 3: "cp860", 4: "cp863", 5: "cp865", 13: "cp857", 14: "cp737", 15: "iso8859_7",
    16: "cp1252", 17: "cp866", 18: "cp852", 19: "cp858", 33: "cp775", 34: "cp855", 36: "cp862", 37: "cp864",
    40: "iso8859_15", 45: "cp1250", 46: "cp1251", 47: "cp1253", 48: "cp1254", 49: "cp1255", 50: "cp1256",
    51: "cp1257", 52: "cp1258",
}  # fmt: skip
"""ESC t n of Epson's TM printers, as far as Python has the table."""

BEMATECH_PAGES = {2: "cp850", 3: "cp437", 4: "cp860", 5: "cp858", 6: "cp866", 7: "cp864", 8: "utf-8", 21: "cp862"}
"""ESC t n of the MP-4200 TH programmer's manual, chapter 3, single bytes and UTF-8."""


@dataclass(slots=True)
class Modes:
    """What ESC @ resets."""

    style: op.Style = field(default_factory=op.Style)
    codec: str = "cp437"
    qr_module: int = 3
    qr_level: str = "L"
    qr_model: int = 2
    qr_data: bytes | None = None
    bar_height: int = 162
    bar_module: int = 3
    bar_text: bool = False
    bar_text_above: bool = False


class Incomplete(Exception):
    """The command goes on in bytes that have not come yet."""


class Refused(Exception):
    """`length` bytes from the start are no command."""

    def __init__(self, reason: str, length: int) -> None:
        super().__init__(reason)
        self.length = length
