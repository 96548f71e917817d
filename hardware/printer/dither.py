"""Pictures to the black dots of a thermal head."""

from __future__ import annotations

from PIL import Image

from totem.domain.errors import ReceiptNotPrintable

_GAMMA = 1.5
"""A heated dot is larger than its cell, so that greys come out darker than they are: they are lightened first."""
_BLACK, _WHITE = 72, 232
"""What is nearly black or white becomes so: no lonely dots in an even ground."""
_DRAWING_SHARE = 0.92
"""Of pixels that are nearly black or white, from which on a picture is a drawing: its edges stay sharp, undithered."""
_HALF = 140
_CURVE = [
    0
    if value <= _BLACK
    else 255
    if value >= _WHITE
    else round(255 * ((value - _BLACK) / (_WHITE - _BLACK)) ** (1 / _GAMMA))
    for value in range(256)
]


def black_dots(picture: Image.Image, most_wide: int, most_high: int) -> Image.Image:
    """One pixel a dot, mode "1", 0 is black: on white, scaled down to fit, and dithered where it has greys."""
    original = picture.convert("RGBA")
    original.thumbnail((most_wide, most_high), Image.Resampling.LANCZOS)
    flat = Image.new("RGBA", original.size, (255, 255, 255, 255))
    flat.alpha_composite(original)
    grey = flat.convert("L")
    counts = grey.histogram()
    plain = sum(counts[: _BLACK + 1]) + sum(counts[_WHITE:])
    if plain >= _DRAWING_SHARE * grey.width * grey.height:
        return grey.point([0] * _HALF + [255] * (256 - _HALF)).convert("1", dither=Image.Dither.NONE)
    return grey.point(_CURVE).convert("1", dither=Image.Dither.FLOYDSTEINBERG)


def rows(dots: Image.Image) -> tuple[int, int, bytes]:
    """Bytes a row, rows, and the raster of a picture in mode "1", 1 is black."""
    if dots.mode != "1" or not dots.width or not dots.height:
        raise ReceiptNotPrintable(f"a picture of {dots.width} x {dots.height} in mode {dots.mode}")
    width = (dots.width + 7) // 8
    whole = dots
    if dots.width % 8:
        whole = Image.new("1", (width * 8, dots.height), 1)
        whole.paste(dots, (0, 0))
    return width, dots.height, bytes(whole.tobytes().translate(_INVERTED))


_INVERTED = bytes(255 - value for value in range(256))
