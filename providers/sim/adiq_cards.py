"""Test cards of the simulated Adiq: what becomes of a payment is in the number. Others that pass Luhn are approved."""

from __future__ import annotations

from typing import Final

APPROVED: Final = "4111111111111111"
MASTERCARD: Final = "5555555555554444"
DECLINED: Final = "4000000000000002"
PENDING: Final = "4000000000000119"
"""Open at first, captured a while later."""
PENDING_DECLINED: Final = "4000000000000341"
"""Open at first, declined a while later."""
NOT_TAKEN: Final = "4000000000000069"
"""Refused with a typed error: the card is expired."""
