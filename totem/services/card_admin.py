"""A terminal's own menu, for the technician: shown as it comes, and what was done there goes into the journal."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator

from totem.domain.cards import CardEvent, CardOutcome, CardResult, CardTerminal
from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, CompensationState, Machine, SaleState
from totem.domain.ports import Clock, Journal, Random
from totem.domain.records import Note, Record, Step, Subject
from totem.services import card_steps, steps
from totem.services.ids import new_refund_id
from totem.services.settlements import Settlements

log = logging.getLogger(__name__)

ADMIN = "card.admin"
CANCELLED_THERE = "cancelled in the terminal's own menu"


class CardAdmin:
    """What a technician cancels there is money given back: it becomes a compensation like any other."""

    def __init__(self, kiosk_id: str, journal: Journal, settlements: Settlements, clock: Clock, random: Random) -> None:
        self._kiosk_id = kiosk_id
        self._journal = journal
        self._settlements = settlements
        self._clock = clock
        self._random = random

    async def run(self, terminal: CardTerminal) -> AsyncGenerator[CardEvent, None]:
        """The menu's prompts, then its result. Raises JournalError where what was done could not be recorded."""
        await self._settlements.settle_held(terminal)
        async for event in terminal.admin():
            if isinstance(event, CardResult):
                await self._record(terminal, event)
            yield event

    async def _record(self, terminal: CardTerminal, result: CardResult) -> None:
        note = Note(
            ADMIN,
            data={"terminal": terminal.name, "outcome": result.outcome.value, "trace": dict(result.trace)},
        )
        original = result.trace.get("original_nsu", "")
        if result.outcome is not CardOutcome.APPROVED or not original:
            await self._journal.append(note)
            return
        attempt = await self._sold_as(terminal.name, original)
        if attempt is None:
            key = f"{terminal.name}/{original}"
            unknown = steps.attention_born(key, "", Trouble.CARD_ADMIN_CANCELLED, self._clock.now(), nsu=original)
            await self._journal.append(note, unknown)
            return
        await self._journal.append(note, *await self._given_back(attempt, result))
        log.info("attempt=%s was cancelled in the menu of %s", attempt.id, terminal.name)

    async def _sold_as(self, terminal: str, nsu: str) -> Subject | None:
        """The newest sale of that terminal with that NSU: numbers come again after a while."""
        found = [
            each
            for each in await self._journal.find(Machine.ATTEMPT, AttemptState.APPROVED)
            if each.text("provider") == terminal and each.text("nsu") == nsu
        ]
        return found[-1] if found else None

    async def _given_back(self, attempt: Subject, result: CardResult) -> list[Record]:
        refund_id = new_refund_id(self._kiosk_id, self._random)
        cents = attempt.number("received_cents")
        born = card_steps.refund_intended(attempt, refund_id, cents, Trouble.CARD_ADMIN_CANCELLED, "")
        done = Step(
            Machine.COMPENSATION,
            refund_id,
            attempt.sale_id,
            CompensationState.INTENDED,
            CompensationState.DONE,
            {"nsu": result.nsu, "evidence": CANCELLED_THERE},
        )
        records: list[Record] = [born, done]
        sale = await self._journal.get(attempt.sale_id)
        if sale is not None and sale.state == SaleState.COMPLETED:
            records.append(steps.move(sale, SaleState.COMPENSATING))
            records.append(
                Step(Machine.SALE, sale.id, sale.id, SaleState.COMPENSATING, SaleState.COMPLETED, {"returned": cents})
            )
        return records
