"""Pictures to dots: what is black stays black, what is white stays white, and greys keep their shade."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hardware.printer import dither
from totem.domain.errors import ReceiptNotPrintable


def share_of_black(dots: Image.Image) -> float:
    histogram = dots.convert("L").histogram()
    return histogram[0] / (dots.width * dots.height)


def even(grey: int) -> Image.Image:
    return Image.new("L", (200, 100), grey)


@pytest.mark.parametrize(("grey", "least", "most"), [(0, 1, 1), (60, 1, 1), (240, 0, 0), (255, 0, 0)])
def test_nearly_black_and_nearly_white_become_so(grey: int, least: float, most: float) -> None:
    assert least <= share_of_black(dither.black_dots(even(grey), 576, 400)) <= most


def test_light_greys_come_out_lighter_than_they_are_since_dots_grow_and_all_in_order() -> None:
    shares = [share_of_black(dither.black_dots(even(grey), 576, 400)) for grey in (100, 130, 160, 190, 220)]
    assert shares == sorted(shares, reverse=True)
    assert 0.5 < shares[0] < 1
    for grey, share in zip((160, 190, 220), shares[2:], strict=True):
        assert 0 < share < 1 - grey / 255


def test_a_drawing_keeps_its_edges() -> None:
    drawing = Image.new("RGB", (300, 100), "white")
    ImageDraw.Draw(drawing).rectangle((50, 20, 99, 79), fill=(10, 10, 10))
    dots = dither.black_dots(drawing, 576, 400)
    assert dots.convert("L").getbbox() is not None
    inverted = dots.convert("L").point(lambda value: 255 - value)
    assert inverted.getbbox() == (50, 20, 100, 80)
    assert share_of_black(dots) == 50 * 60 / (300 * 100)


def test_dark_letters_in_a_picture_with_greys_are_solid() -> None:
    picture = Image.new("RGB", (400, 200), (230, 120, 20))
    ImageDraw.Draw(picture).rectangle((40, 40, 139, 99), fill=(20, 60, 140))
    dots = dither.black_dots(picture, 576, 400)
    assert share_of_black(dots.crop((42, 42, 138, 98))) == 1.0
    assert 0.1 < share_of_black(dots.crop((200, 40, 380, 180))) < 0.5


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_pictures_of_any_mode(mode: str) -> None:
    dots = dither.black_dots(Image.new(mode, (40, 30)), 576, 400)
    assert (dots.mode, dots.size) == ("1", (40, 30))


def test_what_is_clear_is_white() -> None:
    assert share_of_black(dither.black_dots(Image.new("RGBA", (40, 40), (0, 0, 0, 0)), 576, 400)) == 0.0


@given(st.integers(1, 700), st.integers(1, 500), st.sampled_from([384, 512, 576]))
def test_any_picture_fits_the_paper_and_becomes_whole_bytes(width: int, height: int, paper: int) -> None:
    dots = dither.black_dots(Image.new("L", (width, height), 0), paper, 400)
    assert dots.width <= paper
    assert dots.height <= 400
    row_bytes, rows, data = dither.rows(dots)
    assert (row_bytes, rows) == ((dots.width + 7) // 8, dots.height)
    assert len(data) == row_bytes * rows
    # What fills the last byte is white.
    assert Image.frombytes("1", (row_bytes * 8, rows), data).convert("L").histogram()[255] == dots.width * dots.height


def test_only_dots_become_rows() -> None:
    with pytest.raises(ReceiptNotPrintable, match="mode L"):
        dither.rows(Image.new("L", (8, 8)))
