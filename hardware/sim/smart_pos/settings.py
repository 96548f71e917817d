"""How a simulated Smart POS is set up."""

from __future__ import annotations

from dataclasses import dataclass, field

from hardware.sim.core import SimPrinterSettings

ABILITIES = ("cancel", "refund", "print", "printReceipt")


@dataclass(frozen=True, slots=True)
class SmartPosSimSettings:
    """`secret` "" is a terminal without one (loopback only); `port` 0 is any free one."""

    host: str = "127.0.0.1"
    port: int = 0
    secret: str = ""
    versions: tuple[int, ...] = (1,)
    terminal: str = "SIM-A920-0001"
    app: str = "LojaPos simulado 1.0"
    kinds: tuple[str, ...] = ("credit", "debit")
    most_installments: int = 12
    least_installment_cents: int = 500
    can: tuple[str, ...] = ABILITIES
    receipt_printed: bool = False
    heartbeat_s: float = 5
    silence_s: float = 15
    auto: bool = True
    """The customer presents a card by himself, `auto_delay_s` after it is asked for; else it waits for a hand."""
    auto_delay_s: float = 0.0
    kiosk_lost_s: float = 20.0
    """Without a card and without a kiosk for so long, a sale is given up."""
    handshake_s: float = 5.0
    brand: str = "VISA"
    last4: str = "1111"
    printer: SimPrinterSettings = field(default_factory=lambda: SimPrinterSettings(dots=384, has_cutter=False))
