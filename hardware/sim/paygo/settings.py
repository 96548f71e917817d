"""How a simulated PayGo is set up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SimCard:
    """A card that a customer may hold. Its number is a scheme's published test number."""

    brand: str = "VISA"
    standard_name: str = "VISA CREDITO"
    masked: str = "411111******1111"
    number: str = "4111111111111111"
    holder: str = "CLIENTE TESTE/SIMULADO"
    expiry: str = "1230"


@dataclass(frozen=True, slots=True)
class PaygoSettings:
    """`folder` holds Req and Resp (None: no folder door); `port` 0 is any free one (None: no socket door)."""

    folder: Path | None = None
    host: str = "127.0.0.1"
    port: int | None = 0
    poll_s: float = 0.01
    """How often Req is looked at."""
    auto: bool = True
    """The customer presents a card by himself, `auto_delay_s` after it is asked for; else it waits for a hand."""
    auto_delay_s: float = 0.0
    card_timeout_s: float = 60.0
    """Then the pinpad gives up, without a sale."""
    shows_menu: bool = False
    """Whether PayGo shows its menu of networks where the request names none (010, 739)."""
    cancellation_needs_card: bool = False
    test_values: bool = True
    """The certification script's amounts behave as there."""
    network: str = "SIMULADOR"
    network_index: str = "100"
    full_receipt: bool = True
    """028/029 beside the differentiated copies; PayGo's kit leaves 028 at 0."""
    card: SimCard = field(default_factory=SimCard)
    merchant: str = "LAVA RAPIDO SIMULADO"
    merchant_id: str = "11222333000181"
    terminal: str = "86132"
