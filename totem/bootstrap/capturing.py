"""`totem capture`: a technician has a card confirmed whose ticket was handed over, while the kiosk is closed.

At Adiq this is the capture of a pre-authorisation, at TEF the confirmation. A decision to undo is never reconsidered.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from totem.bootstrap.asking import ask_hidden
from totem.bootstrap.engine import Engine
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.refunding import carry_out, find_sale, pin_file
from totem.bootstrap.table import table
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration, load
from totem.domain.errors import StaleState
from totem.domain.machine import Machine, SettlementState
from totem.domain.money import Currency, Money, format_money
from totem.domain.records import Note, Subject

_OPEN: Final = (SettlementState.DECIDING, SettlementState.CONFIRMING)
_WORDS: Final = {
    SettlementState.CONFIRMING: "sem resposta ainda",
    SettlementState.CONFIRMED: "capturado",
    SettlementState.UNDOING: "será desfeito",
    SettlementState.UNDONE: "desfeito",
    SettlementState.NONE_NEEDED: "não precisa",
    SettlementState.DECIDING: "por decidir",
}


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """`sale` is a sale's whole id or six-letter reference."""

    config: Path
    sale: str
    reason: str


def run(order: CaptureOrder) -> int:
    """0 where every card of the sale is captured, 1 where one is not yet.

    Raises ConfigError, AlreadyRunning (the kiosk is open), PinRefused, or StaleState where there is nothing to capture.
    """
    configuration = load(order.config)
    tuning = Tuning(random=random.SystemRandom())
    pin_file(configuration).check(ask_hidden("PIN do técnico: "), tuning.clock.now())
    with Ownership(configuration.settings.journal.directory):
        return asyncio.run(_capture(configuration, tuning, order))


async def _capture(configuration: Configuration, tuning: Tuning, order: CaptureOrder) -> int:
    ports = await open_ports(configuration, tuning)
    engine = Engine(ports, engine_settings(configuration, tuning))
    try:
        sale = await find_sale(engine, order.sale)
        settlements = await _settlements(engine, sale)
        if not any(each.state in _OPEN for each in settlements):
            told = ", ".join(sorted({_WORDS[SettlementState(each.state)] for each in settlements}))
            raise StaleState(f"não há nada a capturar na venda {sale.id}" + (f" ({told})" if told else ""))
        await ports.journal.append(Note("technician.capture", sale.id, data={"reason": order.reason}))
        # The technician's word stands for the ticket's: it is with the customer.
        await engine.cards.has_ticket(sale.id)
        await carry_out(engine)
        return await _told(engine, sale)
    finally:
        await engine.close()


async def _settlements(engine: Engine, sale: Subject) -> tuple[Subject, ...]:
    subjects = await engine.ports.journal.of_sale(sale.id)
    return tuple(each for each in subjects if each.machine is Machine.SETTLEMENT)


async def _told(engine: Engine, sale: Subject) -> int:
    settlements = await _settlements(engine, sale)
    rows = []
    for each in settlements:
        attempt = await engine.cards.attempt(each.text("attempt"))
        amount = Money(attempt.number("received_cents"), Currency[attempt.text("currency")])
        rows.append((attempt.text("provider"), format_money(amount), _WORDS[SettlementState(each.state)]))
    print(table(("Máquina", "Valor", "Situação"), rows))
    return 0 if all(each.state == SettlementState.CONFIRMED for each in settlements) else 1
