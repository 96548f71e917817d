"""`totem refund`: a technician gives a sale's money back from the shell, while the kiosk is closed."""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from pathlib import Path

from totem.bootstrap.asking import ask_hidden
from totem.bootstrap.engine import Engine
from totem.bootstrap.opening import engine_settings, open_ports
from totem.bootstrap.ownership import Ownership
from totem.bootstrap.table import table
from totem.bootstrap.tuning import Tuning
from totem.config.loader import Configuration, load
from totem.config.pin import PinFile, PinRefused
from totem.domain.errors import StaleState, Trouble
from totem.domain.machine import CompensationState, Machine, SaleState, SettlementState
from totem.domain.money import Currency, Money, format_money
from totem.domain.records import Note, Subject
from totem.services.ids import reference_of
from totem.services.payouts import PayoutOrder, PayoutRefused

log = logging.getLogger(__name__)

LIMIT_S = 60.0
"""How long the shell waits for the bank; what is open then, the kiosk follows at its next start."""

_KINDS = {"": "devolução", "pix_out": "Pix enviado", "card": "estorno no cartão"}
_WORDS = {
    CompensationState.INTENDED: "por enviar",
    CompensationState.SENT: "o banco processa",
    CompensationState.UNKNOWN: "sem resposta ainda",
    CompensationState.DONE: "devolvido",
    CompensationState.REFUSED: "recusado pelo banco",
}


_UNDOING = (SettlementState.UNDOING, SettlementState.UNDONE)


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """`sale` is a sale's whole id or six-letter reference; `pix_out` a Pix key, "" for the bank's own devolução."""

    config: Path
    sale: str
    reason: str
    pix_out: str = ""


def pin_file(configuration: Configuration) -> PinFile:
    return PinFile(configuration.settings.journal.directory / "technician.pin")


def set_pin(config: Path) -> int:
    """Ask for a new PIN twice and store its hash; where one is set already, it is asked for first.

    Raises ConfigError or PinRefused.
    """
    configuration = load(config, check_files=False)
    pin = pin_file(configuration)
    if pin.is_set:
        pin.check(ask_hidden("PIN atual: "), Tuning().clock.now())
    chosen = ask_hidden("PIN novo (6 a 12 algarismos): ")
    if ask_hidden("Repita o PIN novo: ") != chosen:
        raise PinRefused("os dois não são iguais; nada foi gravado")
    pin.set(chosen)
    print("PIN gravado.")
    return 0


def run(order: RefundOrder) -> int:
    """0 where all of it went back, 1 where something is still open or was refused.

    Raises ConfigError, AlreadyRunning (the kiosk is open), PinRefused or PayoutRefused.
    """
    configuration = load(order.config)
    tuning = Tuning(random=random.SystemRandom())
    pin_file(configuration).check(ask_hidden("PIN do técnico: "), tuning.clock.now())
    with Ownership(configuration.settings.journal.directory):
        return asyncio.run(_refund(configuration, tuning, order))


async def _refund(configuration: Configuration, tuning: Tuning, order: RefundOrder) -> int:
    ports = await open_ports(configuration, tuning)
    engine = Engine(ports, engine_settings(configuration, tuning))
    try:
        sale = await find_sale(engine, order.sale)
        await ports.journal.append(
            Note("technician.refund", sale.id, data={"reason": order.reason, "pix_out": bool(order.pix_out)})
        )
        if order.pix_out:
            await _pay_out(engine, sale, order)
        elif not await engine.returns.return_sale(sale.id, Trouble.REFUND_ASKED, delivered=True):
            raise StaleState(f"não há nada a devolver na venda {sale.id}")
        await carry_out(engine)
        return await _told(engine, sale)
    finally:
        await engine.close()


async def find_sale(engine: Engine, wanted: str) -> Subject:
    """By its whole id or its reference. Raises StaleState."""
    journal = engine.ports.journal
    found = await journal.get(wanted)
    if found is not None and found.machine is Machine.SALE:
        return found
    sales = await journal.find(Machine.SALE, *SaleState)
    matching = [each for each in sales if reference_of(each.id) == wanted.upper()]
    if len(matching) != 1:
        raise StaleState(f"{len(matching)} vendas com a referência {wanted}; escreva o número inteiro da venda")
    return matching[0]


async def _pay_out(engine: Engine, sale: Subject, order: RefundOrder) -> None:
    """One order for each Pix of the sale that the bank would not give back."""
    if engine.payouts is None:
        raise PayoutRefused("o Pix de volta está desligado: veja [pix.inter.pix_out] na configuração")
    subjects = await engine.ports.journal.of_sale(sale.id)
    refused = {
        each.text("reference")
        for each in subjects
        if each.machine is Machine.COMPENSATION and each.state == CompensationState.REFUSED
    }
    if not refused:
        raise PayoutRefused("tente primeiro a devolução: o banco ainda não a recusou")
    for reference in sorted(refused):
        await engine.payouts.order(PayoutOrder(reference, sale.id, order.pix_out, order.reason))


async def carry_out(engine: Engine) -> None:
    """What is decided and not acknowledged, as far as banks and terminals answer within the limit."""
    workers = [asyncio.create_task(engine.refunds.run()), asyncio.create_task(engine.settlements.run())]
    try:
        async with asyncio.timeout(LIMIT_S):
            await engine.settlements.wait_quiet()
            await engine.refunds.wait_quiet()
    except TimeoutError:
        log.warning("bank or terminal still works on a refund; it is followed at the next start")
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


async def _told(engine: Engine, sale: Subject) -> int:
    subjects = await engine.ports.journal.of_sale(sale.id)
    compensations = [each for each in subjects if each.machine is Machine.COMPENSATION]
    rows = [
        (
            each.id,
            format_money(Money(each.number("amount_cents"), Currency[sale.text("currency")])),
            _KINDS.get(each.text("kind"), each.text("kind")),
            _WORDS[CompensationState(each.state)],
        )
        for each in compensations
    ]
    print(table(("Número", "Valor", "Meio", "Situação"), rows))
    undone = [each for each in subjects if each.machine is Machine.SETTLEMENT and each.state in _UNDOING]
    for each in undone:
        told = "feito" if each.state == SettlementState.UNDONE else "sem resposta ainda"
        print(f"Cartão desfeito no terminal: {told}")
    last = {each.text("reference"): each.state for each in compensations}
    settled = all(each.state == SettlementState.UNDONE for each in undone)
    return 0 if settled and all(state == CompensationState.DONE for state in last.values()) else 1
