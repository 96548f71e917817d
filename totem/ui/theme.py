"""The one theme: every colour, size, radius and duration of the screens, as plain values computed in one place.

Sizes are millimetres of the real panel, turned to pixels by the configured diagonal (QScreen's millimetres are wrong
on many panels). QML sees the result as `Theme.<name>`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FONT_FAMILY: Final = "Atkinson Hyperlegible Next"
FIGURES_FAMILY: Final = "IBM Plex Mono"
CAP_HEIGHT: Final = 0.668
"""Height of a capital in ems (OS/2 `sCapHeight` of the shipped font): text heights are those of capitals."""

MIN_CAPITAL_MM: Final = 4.8
MIN_KEY_MM: Final = 20.0
MIN_QR_MM: Final = 80.0

Token = str | float | int


@dataclass(frozen=True, slots=True)
class Look:
    """What the theme depends on."""

    width_px: int
    height_px: int
    diagonal_inch: float
    brand_color: str
    high_contrast: bool = False
    large_text: bool = False
    reduced_motion: bool = False
    dark: bool = False
    """The technician's look. It reads at 7:1 throughout, so high contrast changes nothing in it."""


def px_per_mm(width_px: int, height_px: int, diagonal_inch: float) -> float:
    """Pixels of one millimetre on a panel with square pixels."""
    return math.hypot(width_px, height_px) / (diagonal_inch * 25.4)


# --- colour ---------------------------------------------------------------------------------------------------------

_LIGHT: Final[Mapping[str, str]] = {
    "ground": "#F6F2EA",
    "surface": "#FFFFFF",
    "sunken": "#ECE6DA",
    "line": "#D9D1C2",
    "ink": "#16202B",
    "muted": "#4A5563",
    "paper": "#FFFFFF",
    "onPaper": "#000000",
    "paid": "#13703F",
    "onPaid": "#FFFFFF",
    "paidSoft": "#DDF0E3",
    "wait": "#8A5200",
    "onWait": "#FFFFFF",
    "waitSoft": "#FBEBC8",
    "stopped": "#B0261D",
    "onStopped": "#FFFFFF",
    "stoppedSoft": "#F8DFDB",
    "strip": "#F4B82E",
    "onStrip": "#16202B",
    "shade": "#16202B",
    "slot": "#16202B",
    "sky": "#CFE6F5",
}

_CONTRAST: Final[Mapping[str, str]] = {
    "ground": "#000000",
    "surface": "#000000",
    "sunken": "#3A3A3A",
    "line": "#FFFFFF",
    "ink": "#FFFFFF",
    "muted": "#FFFFFF",
    "paper": "#FFFFFF",
    "onPaper": "#000000",
    "paid": "#7CFFB2",
    "onPaid": "#000000",
    "paidSoft": "#000000",
    "wait": "#FFD84D",
    "onWait": "#000000",
    "waitSoft": "#000000",
    "stopped": "#FFB3AD",
    "onStopped": "#000000",
    "stoppedSoft": "#000000",
    "strip": "#FFD84D",
    "onStrip": "#000000",
    "shade": "#000000",
    "slot": "#FFFFFF",
    "sky": "#CFE6F5",
    "brand": "#FFE100",
    "onBrand": "#000000",
    "brandSoft": "#1C1C1C",
    "brandInk": "#FFE100",
    "brandDeep": "#FFFFFF",
}

_DARK: Final[Mapping[str, str]] = {
    "ground": "#0B111B",
    "surface": "#22304A",
    "sunken": "#131C2B",
    "line": "#3C4D6B",
    "ink": "#F2F5FA",
    "muted": "#BAC6D8",
    "paper": "#FFFFFF",
    "onPaper": "#000000",
    "paid": "#6FDC9A",
    "onPaid": "#06140C",
    "paidSoft": "#10271C",
    "wait": "#FFCB5C",
    "onWait": "#1A1200",
    "waitSoft": "#2E2410",
    "stopped": "#FFA39A",
    "onStopped": "#2A0704",
    "stoppedSoft": "#381A1D",
    "strip": "#F4B82E",
    "onStrip": "#16202B",
    "shade": "#000000",
    "slot": "#3C4D6B",
    "sky": "#22304A",
    "brand": "#9CCBFF",
    "onBrand": "#0B1B30",
    "brandSoft": "#1A2A42",
    "brandInk": "#A9D2FF",
    "brandDeep": "#5C8FC9",
}

TEXT_PAIRS: Final = (
    ("ink", "ground"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink", "brandSoft"),
    ("muted", "ground"),
    ("muted", "surface"),
    ("muted", "sunken"),
    ("onPaper", "paper"),
    ("onBrand", "brand"),
    ("brandInk", "ground"),
    ("brandInk", "surface"),
    ("brandInk", "brandSoft"),
    ("onPaid", "paid"),
    ("paid", "paidSoft"),
    ("paid", "ground"),
    ("onWait", "wait"),
    ("wait", "waitSoft"),
    ("wait", "ground"),
    ("onStopped", "stopped"),
    ("stopped", "stoppedSoft"),
    ("stopped", "ground"),
    ("onStrip", "strip"),
    ("ink", "waitSoft"),
    ("ink", "paidSoft"),
    ("ink", "stoppedSoft"),
)
"""Every (letters, ground) pair that the screens draw: 4.5:1 at least, 7:1 in high contrast."""


def contrast_ratio(one: str, other: str) -> float:
    """WCAG 2.2's contrast of two `#RRGGBB` colours, 1 to 21. Raises ValueError for anything else."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _channels(color: str) -> tuple[int, int, int]:
    digits = color.removeprefix("#")
    if len(digits) != 6 or len(color) != 7:
        raise ValueError(f"not a colour of the form #RRGGBB: {color!r}")
    value = int(digits, 16)
    return value >> 16, value >> 8 & 255, value & 255


def _luminance(color: str) -> float:
    def linear(channel: int) -> float:
        part = channel / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mix(one: str, other: str, share: float) -> str:
    """`share` of the first colour, the rest of the second."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def readable_brand(color: str, against: str = "#FFFFFF", wanted: float = 4.6) -> str:
    """The owner's colour, darkened step by step until letters of `against` on it can be read. Raises ValueError."""
    for step in range(51):
        candidate = mix(color, "#000000", 1 - step / 50)
        if contrast_ratio(candidate, against) >= wanted:
            return candidate
    raise ValueError(f"no shade of {color} can be read against {against}")


def palette(brand_color: str, *, high_contrast: bool, dark: bool = False) -> dict[str, str]:
    """Every colour by name. Raises ValueError where the brand colour is not one."""
    if dark:
        return dict(_DARK)
    if high_contrast:
        _channels(brand_color)
        return dict(_CONTRAST)
    # Against the warm ground rather than white: it is the darker of the two, so both read.
    soft_share = 0.10
    brand = readable_brand(brand_color, mix(brand_color, _LIGHT["surface"], soft_share))
    return {
        **_LIGHT,
        "brand": brand,
        "onBrand": "#FFFFFF",
        "brandSoft": mix(brand, _LIGHT["surface"], soft_share),
        "brandInk": readable_brand(brand, _LIGHT["ground"], 4.8),
        "brandDeep": mix(brand, _LIGHT["ink"], 0.35),
    }


# --- sizes, type, motion --------------------------------------------------------------------------------------------

_SIZES_MM: Final[Mapping[str, float]] = {
    "margin": 12.0,
    "gap": 4.0,
    "gapTight": 2.0,
    "gapWide": 8.0,
    "key": MIN_KEY_MM,
    "keyMain": 28.0,
    "keyBack": 42.0,
    "keyWide": 72.0,
    "keyNext": 128.0,
    "keyHero": 44.0,
    "header": 28.0,
    "stepsHeight": 14.0,
    "logoHeight": 15.0,
    "stripHeight": 10.0,
    "radius": 4.0,
    "radiusWide": 7.0,
    "radiusTight": 2.0,
    "stroke": 0.5,
    "strokeBold": 1.0,
    "ring": 3.4,
    "sink": 0.7,
    "icon": 9.0,
    "iconSmall": 6.0,
    "iconWide": 13.0,
    "badge": 15.0,
    "badgeSmall": 11.0,
    "totalHeight": 20.0,
    "attractPanel": 190.0,
    "heroTop": 55.0,
    "heroBody": 118.0,
    "cardBody": 136.0,
    "pill": 150.0,
    "pillHeight": 14.0,
    "dotWide": 4.6,
    "discMiddle": 104.0,
    "dot": 2.6,
    "discMin": 116.0,
    "discMax": 204.0,
    "discSmall": 58.0,
    "cardMin": 70.0,
    "cardLow": 42.0,
    "thumb": 26.0,
    "cardRoomy": 88.0,
    "cardMax": 122.0,
    "panel": 118.0,
    "sheet": 190.0,
    "sheetWide": 290.0,
    "ticketWidth": 136.0,
    "ticketStub": 30.0,
    "slotHeight": 5.0,
    "shift": 6.0,
    "method": 62.0,
    "plate": 24.0,
    "textWidth": 220.0,
    "keyboardDigits": 160.0,
    "edge": 8.0,
    "bar": 26.0,
    "rail": 58.0,
    "column": 150.0,
    "pad": 116.0,
    "pinDot": 5.0,
    "money": 60.0,
    "scroll": 1.6,
}

_CAPITALS_MM: Final[Mapping[str, float]] = {
    "caption": MIN_CAPITAL_MM,
    "body": 6.0,
    "label": 7.0,
    "price": 8.6,
    "title": 11.0,
    "amount": 18.0,
}

_LARGER: Final[Mapping[str, float]] = {
    "caption": 1.22, "body": 1.18, "label": 1.14, "price": 1.1, "title": 1.12, "amount": 1.08,
}  # fmt: skip
"""What "large text" makes of each height: the smallest grow most, so that every screen still holds them."""

_DURATIONS_MS: Final[Mapping[str, int]] = {"press": 60, "quick": 120, "move": 180, "slow": 240}
_SHOWPIECE_MS: Final[Mapping[str, int]] = {
    "attractMove": 4200,  # under the 5 s past which moving content must be pausable (WCAG 2.2.2)
    "ticketSlide": 1600,
    "count": 240,
    "paidHold": 700,
    "cardMove": 900,
    "cardRest": 1400,
}
CSS_PX_MM: Final = 0.36
"""What a foreign page takes for a pixel: its usual 16 become capitals of 4.1 mm, and a portrait panel a tablet."""
BEAT_MS: Final = 700
"""Step of the calm "waiting" dots; it goes on in reduced motion too, where the dots change without fading."""


def tokens(look: Look) -> dict[str, Token]:
    """The whole theme for one look. Raises ValueError where the brand colour is not `#RRGGBB`."""
    scale = px_per_mm(look.width_px, look.height_px, look.diagonal_inch)
    sizes: dict[str, Token] = {name: round(mm * scale) for name, mm in _SIZES_MM.items()}
    # Rounded up: the least a finger and an eye need is a floor.
    sizes |= {name: math.ceil(_SIZES_MM[name] * scale) for name in ("key", "keyMain")}
    text: dict[str, Token] = {}
    for name, mm in _CAPITALS_MM.items():
        larger = _LARGER[name] if look.large_text else 1.0
        text[f"{name}Size"] = math.ceil(mm * larger * scale / CAP_HEIGHT)
    moving = not look.reduced_motion
    motion: dict[str, Token] = {
        name: value if moving else 0 for name, value in {**_DURATIONS_MS, **_SHOWPIECE_MS}.items()
    }
    return {
        **palette(look.brand_color, high_contrast=look.high_contrast, dark=look.dark),
        **sizes,
        **text,
        **motion,
        "beat": BEAT_MS,
        "pageZoom": round(scale * CSS_PX_MM * (_LARGER["body"] if look.large_text else 1.0), 3),
        "landscape": look.width_px > look.height_px,
        "screenHeight": look.height_px,
        "family": FONT_FAMILY,
        "figures": FIGURES_FAMILY,
        "highContrast": look.high_contrast,
        "largeText": look.large_text,
        "moving": moving,
        "border": max(1, round(_SIZES_MM["stroke"] * scale)) if look.high_contrast else 0,
        "hairline": max(1, round(0.3 * scale)),
        "shadeOpacity": 0.86 if look.high_contrast else 0.62,
        "pressedShade": 0.14,
        "disabledOpacity": 0.38,
        "dotRest": 0.25,
        "printShade": 0.75,
        "carShare": 0.86,
        "markShare": 0.62,
        "discIconShare": 0.44,
    }
