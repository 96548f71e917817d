"""Code 128 as a printer makes it: from the bytes of GS k 73 to symbols, and from symbols to bars (ISO/IEC 15417)."""

from __future__ import annotations

from barcode.charsets import code128 as charset  # type: ignore[import-untyped]

_START = {"A": 103, "B": 104, "C": 105}
_SWITCH = {"A": 101, "B": 100, "C": 99}
_SHIFT = 98
_FUNCTIONS = {"A": {"1": 102, "2": 97, "3": 96, "4": 101}, "B": {"1": 102, "2": 97, "3": 96, "4": 100}}
_STOP_MODULES = 13
_SYMBOL_MODULES = 11


class NotCode128(ValueError):
    """The data is nothing that a printer turns into a Code 128."""


def symbols(data: bytes) -> tuple[tuple[int, ...], str]:
    """The symbols with start and check sum, and the text, of data in Epson's form: `{B` and so on choose the set."""
    if len(data) < 2 or data[:1] != b"{" or chr(data[1]) not in _START:
        raise NotCode128("it must begin with {A, {B or {C")
    current = chr(data[1])
    values, text, at = [_START[current]], "", 2
    while at < len(data):
        if data[at] == ord("{"):
            if at + 1 >= len(data):
                raise NotCode128("it ends within an escape")
            code, at = chr(data[at + 1]), at + 2
            if code in _SWITCH and code != current:
                current = code
                values.append(_SWITCH[code])
            elif code == "{" and current == "B":
                values.append(ord("{") - 32)
                text += "{"
            elif code == "S" and current in "AB" and at < len(data):
                values += [_SHIFT, _value("B" if current == "A" else "A", data[at])]
                text += chr(data[at])
                at += 1
            elif current in _FUNCTIONS and code in _FUNCTIONS[current]:
                values.append(_FUNCTIONS[current][code])
            else:
                raise NotCode128(f"{{{code} within set {current}")
            continue
        values.append(_value(current, data[at]))
        text += f"{data[at]:02d}" if current == "C" else chr(data[at])
        at += 1
    if len(values) < 2 or not text:
        raise NotCode128("it holds no data")
    return (*values, checksum(values)), text


def plain_symbols(data: bytes) -> tuple[tuple[int, ...], str]:
    """The same of plain text, all in set B, as printers do that choose the set themselves."""
    if not data or not all(0x20 <= byte < 0x7F for byte in data):
        raise NotCode128("plain data must be printable ASCII")
    values = [_START["B"], *(byte - 32 for byte in data)]
    return (*values, checksum(values)), data.decode("ascii")


def checksum(values: list[int]) -> int:
    return (values[0] + sum(place * value for place, value in enumerate(values[1:], 1))) % 103


def width_modules(values: tuple[int, ...]) -> int:
    """From the first bar to the last, without quiet zones."""
    return _SYMBOL_MODULES * len(values) + _STOP_MODULES


def bars(values: tuple[int, ...]) -> list[bool]:
    """One entry a module, True is black."""
    stop = charset.STOP + "11"
    return [module == "1" for module in "".join(charset.CODES[value] for value in values) + stop]


def _value(current: str, byte: int) -> int:
    if current == "C" and byte <= 99:
        return byte
    if current == "A" and byte < 0x60:
        return byte - 32 if byte >= 32 else byte + 64
    if current == "B" and 0x20 <= byte < 0x80:
        return byte - 32
    raise NotCode128(f"byte {byte:02x} does not exist in set {current}")
