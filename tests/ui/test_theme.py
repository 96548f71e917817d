"""Colours that can be read, sizes that can be touched, motion that can be switched off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totem.ui.theme import (
    CAP_HEIGHT,
    MIN_CAPITAL_MM,
    MIN_KEY_MM,
    TEXT_PAIRS,
    Look,
    contrast_ratio,
    mix,
    palette,
    px_per_mm,
    readable_brand,
    tokens,
)

LOOK = Look(1080, 1920, 21.5, "#1B4DB8")
COLORS = st.integers(0, 0xFFFFFF).map("#{:06X}".format)


def number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


def test_contrast_of_known_colours() -> None:
    assert contrast_ratio("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast_ratio("#FFFFFF", "#FFFFFF") == pytest.approx(1.0)
    assert contrast_ratio("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert contrast_ratio("#FFFFFF", "#777777") == contrast_ratio("#777777", "#FFFFFF")


@pytest.mark.parametrize("text", ["", "red", "#FFF", "#GGGGGG", "1B4DB8", "#1B4DB8FF"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"colour|invalid literal"):
        palette(text, high_contrast=False)


@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
@pytest.mark.parametrize("high_contrast", [False, True], ids=["light", "contrast"])
def test_every_pair_can_be_read(pair: tuple[str, str], high_contrast: bool) -> None:
    colors = palette("#1B4DB8", high_contrast=high_contrast)
    assert contrast_ratio(colors[pair[0]], colors[pair[1]]) >= (7.0 if high_contrast else 4.5)


@pytest.mark.parametrize("pair", TEXT_PAIRS, ids="-on-".join)
def test_the_technicians_look_reads_as_high_contrast_does(pair: tuple[str, str]) -> None:
    colors = palette("#1B4DB8", high_contrast=False, dark=True)
    assert contrast_ratio(colors[pair[0]], colors[pair[1]]) >= 7.0


@given(COLORS)
def test_any_brand_becomes_readable(brand: str) -> None:
    colors = palette(brand, high_contrast=False)
    for letters, ground in TEXT_PAIRS:
        assert contrast_ratio(colors[letters], colors[ground]) >= 4.5, (letters, ground)


def test_a_readable_brand_is_left_alone() -> None:
    assert readable_brand("#1B4DB8") == "#1B4DB8"
    assert readable_brand("#FFD500") != "#FFD500"
    assert mix("#000000", "#FFFFFF", 0.5) == "#808080"


@given(st.integers(480, 3840), st.integers(480, 3840), st.floats(7, 55))
def test_keys_and_letters_never_fall_under_their_floor(width: int, height: int, inch: float) -> None:
    look = Look(width, height, inch, "#1B4DB8")
    scale = px_per_mm(width, height, inch)
    theme = tokens(look)
    assert number(theme["key"]) >= MIN_KEY_MM * scale
    assert number(theme["keyMain"]) >= 28.0 * scale
    for name in ("caption", "body", "label", "title", "amount"):
        assert number(theme[f"{name}Size"]) * CAP_HEIGHT >= MIN_CAPITAL_MM * scale
        assert number(tokens(replace(look, large_text=True))[f"{name}Size"]) >= number(theme[f"{name}Size"])


def test_the_panel_of_the_design() -> None:
    assert px_per_mm(1080, 1920, 21.5) == pytest.approx(4.034, abs=0.001)
    theme = tokens(LOOK)
    assert (theme["key"], theme["keyMain"], theme["margin"]) == (81, 113, 48)


def test_reduced_motion_moves_nothing() -> None:
    moving, still = tokens(LOOK), tokens(replace(LOOK, reduced_motion=True))
    durations = ("quick", "move", "slow", "attractMove", "ticketSlide", "count", "paidHold")
    assert all(number(moving[name]) > 0 for name in durations)
    assert all(still[name] == 0 for name in durations)
    assert number(moving["attractMove"]) < 5000
    assert all(120 <= number(moving[name]) <= 240 for name in ("quick", "move", "slow"))


def test_all_looks_have_the_same_names() -> None:
    assert tokens(LOOK).keys() == tokens(replace(LOOK, high_contrast=True)).keys()
    assert tokens(LOOK).keys() == tokens(replace(LOOK, dark=True)).keys()
