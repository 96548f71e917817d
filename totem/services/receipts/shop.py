"""What an owner says once and every receipt repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TicketSettings:
    """What the owner says of the ticket. `instructions` maps a language to the lines below the code."""

    business_name: str
    business_details: tuple[str, ...] = ()
    """Lines under the name: city, document."""
    instructions: Mapping[str, str] = field(default_factory=dict)
    validity_days: int = 0
    """0: the ticket names no validity."""
    logo: str = ""
    """Name of the encoder's picture, "" for none."""
    simulated: bool = False
    training: bool = False
    """Said instead of `simulated`, where a real kiosk is practised on."""
    kiosk_name: str = ""
    code: str = "qr"
    """The ticket's code for collection: `qr` or `code128`, one of `totem.domain.template.CODES`."""
