"""What a card's number tells by itself: brand, check digit, how it is grouped, how long its security code is.

Pure functions over digits; nothing here keeps, logs or raises with what it was given.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

SHORTEST_NUMBER: Final = 12
LONGEST_NUMBER: Final = 19
"""ISO/IEC 7812-1: at most 19 digits, the check digit included."""
_PREFIX_DIGITS: Final = 6
"""As many as decide a brand here; some of Elo's ranges lie inside Visa's and Discover's."""


class CardBrand(StrEnum):
    """By the names that gateways in Brazil take."""

    VISA = "visa"
    MASTERCARD = "mastercard"
    ELO = "elo"
    AMEX = "amex"
    HIPERCARD = "hipercard"
    DINERS = "diners"
    DISCOVER = "discover"
    JCB = "jcb"
    AURA = "aura"
    UNKNOWN = ""
    """None of these, or too few digits yet."""


_RANGES: Final[tuple[tuple[CardBrand, tuple[tuple[int, int], ...]], ...]] = (
    # Elo and Hipercard come first: their issuers' ranges are cut out of Visa's, Diners', Discover's and Aura's.
    (
        CardBrand.ELO,
        (
            (401178, 401179),
            (431274, 431274),
            (438935, 438935),
            (451416, 451416),
            (457393, 457393),
            (457631, 457632),
            (504175, 504175),
            (506699, 506778),
            (509000, 509999),
            (627780, 627780),
            (636297, 636297),
            (636368, 636368),
            (650031, 650033),
            (650035, 650051),
            (650405, 650439),
            (650485, 650538),
            (650541, 650598),
            (650700, 650718),
            (650720, 650727),
            (650901, 650978),
            (651652, 651679),
            (655000, 655019),
            (655021, 655058),
        ),
    ),
    (
        CardBrand.HIPERCARD,
        (
            (384100, 384100),
            (384140, 384140),
            (384160, 384160),
            (606282, 606282),
            (637095, 637095),
            (637568, 637568),
            (637599, 637599),
            (637609, 637609),
            (637612, 637612),
        ),
    ),
    (CardBrand.AMEX, ((340000, 349999), (370000, 379999))),
    (CardBrand.MASTERCARD, ((222100, 272099), (510000, 559999))),
    (CardBrand.DINERS, ((300000, 305999), (309500, 309599), (360000, 369999), (380000, 399999))),
    (CardBrand.JCB, ((352800, 358999),)),
    (CardBrand.DISCOVER, ((601100, 601199), (644000, 659999))),
    (CardBrand.AURA, ((500000, 509999),)),
    (CardBrand.VISA, ((400000, 499999),)),
)

_LENGTHS: Final[dict[CardBrand, tuple[int, ...]]] = {
    CardBrand.VISA: (13, 16, 19),
    CardBrand.MASTERCARD: (16,),
    CardBrand.ELO: (16,),
    CardBrand.AMEX: (15,),
    CardBrand.HIPERCARD: (13, 16, 19),
    CardBrand.DINERS: (14, 16, 19),
    CardBrand.DISCOVER: (16, 19),
    CardBrand.JCB: (16, 19),
    CardBrand.AURA: (16, 19),
    CardBrand.UNKNOWN: tuple(range(SHORTEST_NUMBER, LONGEST_NUMBER + 1)),
}


def brand_of(prefix: str) -> CardBrand:
    """The brand that a number beginning with these digits is of; six digits decide, more change nothing.

    With fewer it is the brand that owns every number beginning so, unless more digits say Elo or Hipercard, whose
    ranges are cut out of others'. UNKNOWN where that is nobody yet, and for anything but digits.
    """
    if not _are_digits(prefix):
        return CardBrand.UNKNOWN
    head = prefix[:_PREFIX_DIGITS]
    low = int(head.ljust(_PREFIX_DIGITS, "0"))
    high = int(head.ljust(_PREFIX_DIGITS, "9"))
    for brand, ranges in _RANGES:
        if any(first <= low and high <= last for first, last in ranges):
            return brand
    return CardBrand.UNKNOWN


def number_lengths(brand: CardBrand) -> tuple[int, ...]:
    """How many digits a number of that brand may have, shortest first."""
    return _LENGTHS[brand]


def luhn_ok(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1, annex B). False for "" and for anything but digits."""
    if not _are_digits(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def number_ok(digits: str) -> bool:
    """Whether it can be a whole number of its brand: length and check digit."""
    return len(digits) in number_lengths(brand_of(digits)) and luhn_ok(digits)


def group(digits: str, brand: CardBrand) -> str:
    """As embossed: blocks of four; 4-6-5 for Amex, 4-6-4 for a Diners of up to 14. Partial numbers group alike."""
    if brand is CardBrand.AMEX or (brand is CardBrand.DINERS and len(digits) <= 14):
        blocks = [digits[:4], digits[4:10], digits[10:]]
    else:
        blocks = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return " ".join(block for block in blocks if block)


def code_length(brand: CardBrand) -> int:
    """Digits of the security code: four on Amex (CID), three on all others."""
    return 4 if brand is CardBrand.AMEX else 3


def _are_digits(text: str) -> bool:
    """ASCII digits only: `str.isdigit` alone also takes superscripts."""
    return text.isascii() and text.isdigit()
