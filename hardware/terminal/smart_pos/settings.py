"""What the owner sets for a Smart POS, and the limits of every wait."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

DEFAULT_PORT: Final = 7101
MIN_SECRET: Final = 32
_KIOSK: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")


@dataclass(frozen=True, slots=True)
class SmartPosLimits:
    """Seconds. Protocol, sections 2 to 5."""

    connect_s: float = 5.0
    handshake_s: float = 5.0
    answer_s: float = 5.0
    processing_s: float = 120.0
    """How long a sale may go on after the time for a card, before the stream gives up as unknown."""
    lost_s: float = 60.0
    """How long a sale waits for a lost link to come back."""
    refund_s: float = 60.0
    print_s: float = 30.0
    poll_s: float = 15.0
    """With no word for this long, the state is asked for: a line that the app forgot to push is found."""
    first_pause_s: float = 1.0
    longest_pause_s: float = 30.0
    drift_s: float = 120.0


@dataclass(frozen=True, slots=True)
class SmartPosSettings:
    """`secret` is the same text at both ends. `allow_no_secret` holds on loopback only (adb forward)."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    secret: str = field(default="", repr=False)
    allow_no_secret: bool = False
    kiosk: str = "TOTEM"
    most_installments: int = 12
    least_installment_cents: int = 500
    card_s: int = 90
    """How long the POS waits for a card."""
    can_refund: bool = True
    """Whether the app refunds, as far as one knows before the first link; after it, the app is asked."""
    prints_tickets: bool = False
    """The kiosk's ticket goes to the POS's own printer, where it has one."""
    limits: SmartPosLimits = field(default_factory=SmartPosLimits)

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def faults(self) -> tuple[str, ...]:
        """Every fault of the settings, as `smartpos: key: reason`."""
        checks = (
            (bool(self.host), "host: must not be empty"),
            (0 < self.port < 65536, "port: must be 1 to 65535"),
            (not self.secret or len(self.secret) >= MIN_SECRET, f"secret: needs at least {MIN_SECRET} characters"),
            (bool(self.secret) or self.allow_no_secret, "secret: is needed, or allow_no_secret"),
            (
                bool(self.secret) or not self.allow_no_secret or self.is_loopback,
                "allow_no_secret: only where host is loopback (adb forward)",
            ),
            (bool(_KIOSK.fullmatch(self.kiosk)), "kiosk: must be 1 to 32 letters, digits, - or _"),
            (1 <= self.most_installments <= 99, "most_installments: must be 1 to 99"),
            (self.least_installment_cents >= 1, "least_installment_cents: must be at least 1"),
            (10 <= self.card_s <= 600, "card_s: must be 10 to 600"),
        )
        return tuple(f"smartpos: {fault}" for good, fault in checks if not good)
