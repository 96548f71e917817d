"""The test cards that the simulated SISP knows, and what each of them does. None is anybody's."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

APPROVED: Final = "4242424242424242"
FOREIGN: Final = "5555555555554444"
"""Its issuer offers a conversion into its own currency."""
REFUSED: Final = "4000000000000002"
OTP: Final = "1234"
"""What the issuer of every test card sends."""


def card_fault(pan: str, expiry: str, cvc: str, now: datetime) -> str:
    """What is wrong with what was typed, "" for nothing."""
    digits = re.sub(r"[ -]", "", pan)
    if digits not in {APPROVED, FOREIGN, REFUSED}:
        return "pan"
    match = re.fullmatch(r"(0[1-9]|1[0-2])/?([0-9]{2})", expiry.strip())
    if match is None or (2000 + int(match[2]), int(match[1])) < (now.year, now.month):
        return "expiry"
    return "" if re.fullmatch(r"[0-9]{3,4}", cvc.strip()) else "cvc"


def offers_dcc(pan: str) -> bool:
    return pan == FOREIGN


def is_refused(pan: str) -> bool:
    return pan == REFUSED
