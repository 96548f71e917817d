"""Code 128: the shortest choice of its sets, how wide it gets, and the code as a raster (ISO/IEC 15417)."""

from __future__ import annotations

from dataclasses import dataclass

from barcode.charsets import code128 as charset  # type: ignore[import-untyped]

from totem.domain.errors import ReceiptNotPrintable

QUIET_ZONE = 10
"""Modules of white at either side."""
_MODULE_DOTS = (3, 2)
"""0.375 and 0.25 mm at 203 dpi: what hand scanners read off thermal paper."""
_MOST_CHARACTERS = 80
_START_B, _START_C, _TO_C, _TO_B = 104, 105, 99, 100
_PER_SYMBOL, _STOP_MODULES = 11, 13


@dataclass(frozen=True, slots=True)
class Code128:
    """`chunks` are runs of one set, `"B"` for text or `"C"` for an even number of digits."""

    chunks: tuple[tuple[str, str], ...]

    @property
    def modules(self) -> int:
        """From the first bar to the last, without quiet zones."""
        return _PER_SYMBOL * len(self.values) + _STOP_MODULES

    @property
    def values(self) -> tuple[int, ...]:
        """The symbols: start, data, switches, check sum."""
        found: list[int] = []
        for code, text in self.chunks:
            if found:
                found.append(_TO_C if code == "C" else _TO_B)
            else:
                found.append(_START_C if code == "C" else _START_B)
            found += _pairs(text) if code == "C" else [ord(char) - 32 for char in text]
        check = found[0] + sum(place * value for place, value in enumerate(found[1:], 1))
        return (*found, check % 103)

    @property
    def command_data(self) -> bytes:
        """As GS k 73 takes it: `{B` and `{C` choose the set, `{` itself is doubled."""
        return b"".join(
            b"{C" + bytes(_pairs(text)) if code == "C" else b"{B" + text.replace("{", "{{").encode("ascii")
            for code, text in self.chunks
        )

    def rows(self, module_dots: int, height_dots: int) -> tuple[int, int, bytes]:
        """Bytes a row, rows, and the raster itself, 1 is black."""
        bars = "".join(charset.CODES[value] for value in self.values) + charset.STOP + "11"
        bits = "".join(module * module_dots for module in bars)
        width = (len(bits) + 7) // 8
        row = int(bits.ljust(width * 8, "0"), 2).to_bytes(width, "big")
        return width, height_dots, row * height_dots


def plan(data: str) -> Code128:
    """The choice of sets with the fewest symbols. Raises ReceiptNotPrintable for what is no printable ASCII."""
    if not 0 < len(data) <= _MOST_CHARACTERS or not all(" " <= char <= "~" for char in data):
        raise ReceiptNotPrintable(f"a barcode of 1 to {_MOST_CHARACTERS} printable ASCII characters, not {data!r}")
    # From the end: the cheapest rest for either set, and the set of its first character.
    best: dict[str, list[tuple[float, str]]] = {"B": [(0, "B")] * (len(data) + 1), "C": [(0, "C")] * (len(data) + 1)}
    for at in range(len(data) - 1, -1, -1):
        in_b = 1 + best["B"][at + 1][0]
        in_c = 1 + best["C"][at + 2][0] if data[at : at + 2].isdigit() and at + 2 <= len(data) else float("inf")
        best["B"][at] = (in_b, "B") if in_b <= in_c + 1 else (in_c + 1, "C")
        best["C"][at] = (in_c, "C") if in_c <= in_b + 1 else (in_b + 1, "B")
    return Code128(_chunks(data, best))


def fitting_module_dots(modules: int, paper_dots: int) -> int:
    """The widest module with which code and quiet zones fit. Raises ReceiptNotPrintable where none does."""
    for dots in _MODULE_DOTS:
        if (modules + 2 * QUIET_ZONE) * dots <= paper_dots:
            return dots
    raise ReceiptNotPrintable(f"a barcode of {modules} modules is wider than {paper_dots} dots of paper")


def plain_modules(data: str) -> int:
    """As wide as a printer may make it that chooses the sets itself: all in set B."""
    return _PER_SYMBOL * (len(data) + 2) + _STOP_MODULES


def _chunks(data: str, best: dict[str, list[tuple[float, str]]]) -> tuple[tuple[str, str], ...]:
    current = min("BC", key=lambda code: best[code][0][0])
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(data):
        current = best[current][at][1]
        step = 2 if current == "C" else 1
        if found and found[-1][0] == current:
            found[-1] = (current, found[-1][1] + data[at : at + step])
        else:
            found.append((current, data[at : at + step]))
        at += step
    return tuple(found)


def _pairs(digits: str) -> list[int]:
    return [int(digits[at : at + 2]) for at in range(0, len(digits), 2)]
