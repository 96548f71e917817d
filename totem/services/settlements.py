"""Carries out what was decided of each card: confirmed or undone, again and again until the terminal acknowledges.

The decision is in the journal before the terminal hears of it. What a terminal holds open and nobody here knows is
undone (PayGo, "pendência desconhecida"); what it holds and we know goes the way that the journal says.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from totem.domain.cards import CardKind, CardOutcome, CardReference, CardResult, CardTerminal, PendingCard
from totem.domain.errors import CardError, Trouble
from totem.domain.machine import ATTEMPT_UNRESOLVED, AttemptState, AttentionState, Machine, SaleState, SettlementState
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal
from totem.domain.records import Note, Record, Subject
from totem.services import card_steps, steps
from totem.services.cards import CardPayments
from totem.services.ids import attention_id_of
from totem.services.terminals import Terminals

log = logging.getLogger(__name__)

CARRIED_OUT = (SettlementState.CONFIRMING, SettlementState.UNDOING)


@dataclass(frozen=True, slots=True)
class SettlementSettings:
    """Seconds. `again_s` grows to `slowest_s` while a terminal does not acknowledge or does not say."""

    again_s: float = 2.0
    slowest_s: float = 60.0


class Settlements:
    """One worker over all settlements, and over attempts that a terminal may be asked about."""

    def __init__(
        self,
        journal: Journal,
        terminals: Terminals,
        cards: CardPayments,
        clock: Clock,
        settings: SettlementSettings,
    ) -> None:
        self._journal = journal
        self._terminals = terminals
        self._cards = cards
        self._clock = clock
        self._settings = settings
        self._quiet = asyncio.Event()
        self._one_round = asyncio.Lock()
        self.on_screen: set[str] = set()
        """Attempts whose stream or questions are somebody else's at this moment."""

    async def wait_quiet(self) -> None:
        """Until every decision is acknowledged, one that was made a moment ago included."""
        while self._cards.settling_wanted.is_set() or not self._quiet.is_set():
            if self._cards.settling_wanted.is_set():
                self._quiet.clear()
            await self._quiet.wait()

    async def run(self) -> None:
        """The worker; ends by cancellation. What it leaves open, the next start takes up."""
        wanted = self._cards.settling_wanted
        wait_s = self._settings.again_s
        while True:
            wanted.clear()
            self._quiet.clear()
            try:
                waiting = await self.advance()
            except Exception:
                # Whatever it is, the next card must not wait for a restart; the journal still says what is open.
                log.exception("a round of settlements failed")
                waiting = True
            if not waiting:
                self._quiet.set()
                await wanted.wait()
                wait_s = self._settings.again_s
            else:
                await self._wait(wanted, wait_s)
                wait_s = min(wait_s * 1.5, self._settings.slowest_s)

    async def _wait(self, wanted: asyncio.Event, seconds: float) -> None:
        waiter = asyncio.ensure_future(wanted.wait())
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((waiter, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
            timer.cancel()
            await asyncio.gather(waiter, timer, return_exceptions=True)

    async def advance(self) -> bool:
        """Move everything on by one step; True where something still waits for its terminal."""
        async with self._one_round:
            for settlement in await self._journal.find(Machine.SETTLEMENT, SettlementState.DECIDING):
                await self._cards.decide(settlement.sale_id)
            for settlement in await self._journal.find(Machine.SETTLEMENT, *CARRIED_OUT):
                await self._carry_out(settlement)
            asked = await self._ask_about_unknown()
            return asked or bool(await self._journal.find(Machine.SETTLEMENT, *CARRIED_OUT))

    # --- decided ----------------------------------------------------------------------------------------------------

    async def _carry_out(self, settlement: Subject) -> None:
        attempt = await self._cards.attempt(settlement.text("attempt"))
        terminal = self._terminals.find(attempt.text("provider"))
        try:
            if terminal is None:
                await self._name_waiting(settlement, attempt, "the configuration no longer names this terminal")
                return
            reference = card_steps.reference_of(attempt)
            if settlement.state == SettlementState.CONFIRMING:
                await terminal.confirm(reference)
            else:
                await terminal.undo(reference)
        except CardError as error:
            log.warning("not acknowledged attempt=%s code=%s %s", attempt.id, error.code, error)
            await self._name_waiting(settlement, attempt, str(error))
        else:
            await self._acknowledged(settlement, attempt)

    async def _name_waiting(self, settlement: Subject, attempt: Subject, why: str) -> None:
        """A card is never left pending without a named entry."""
        confirming = settlement.state == SettlementState.CONFIRMING
        trouble = Trouble.CARD_CONFIRM_WAITING if confirming else Trouble.CARD_UNDO_WAITING
        if await self._journal.get(attention_id_of(settlement.id, trouble.value)) is None:
            opened = steps.attention_opened(settlement, trouble, self._clock.now(), nsu=attempt.text("nsu"), why=why)
            await self._journal.append(opened)

    async def _acknowledged(self, settlement: Subject, attempt: Subject) -> None:
        confirmed = settlement.state == SettlementState.CONFIRMING
        to = SettlementState.CONFIRMED if confirmed else SettlementState.UNDONE
        subjects = await self._journal.of_sale(settlement.sale_id)
        records: list[Record] = [steps.move(settlement, to)]
        evidence = f"the terminal acknowledged: {to}"
        records.extend(card_steps.attentions_settled(subjects, settlement.id, evidence))
        if not confirmed:
            records.extend(card_steps.attentions_settled(subjects, attempt.id, evidence))
            records.extend(_sale_rests(subjects, settlement))
        await self._journal.append(*records)
        log.info("settled attempt=%s %s", attempt.id, to)

    # --- unknown ----------------------------------------------------------------------------------------------------

    async def _ask_about_unknown(self) -> bool:
        """Ask the terminals that can tell; True where one has still not told."""
        waiting = False
        for attempt in await self._journal.find(Machine.ATTEMPT, AttemptState.UNKNOWN):
            terminal = self._terminals.find(attempt.text("provider"))
            if not card_steps.is_card(attempt) or attempt.id in self.on_screen or terminal is None:
                continue
            if not terminal.capabilities.can_ask_status:
                continue
            result = await self.ask(terminal, attempt)
            waiting = waiting or result.outcome in (CardOutcome.UNKNOWN, CardOutcome.PENDING)
        return waiting

    async def ask(self, terminal: CardTerminal, attempt: Subject) -> CardResult:
        """One question about an attempt that nobody waits for any more, recorded. UNKNOWN where there is no answer."""
        try:
            result = await terminal.status(card_steps.reference_of(attempt))
        except CardError as error:
            log.warning("no word about attempt=%s code=%s %s", attempt.id, error.code, error)
            return CardResult(CardOutcome.UNKNOWN, trouble=error.trouble)
        await self._cards.judge(attempt.id, result, shown=False)
        return result

    # --- what the terminal holds open -------------------------------------------------------------------------------

    async def settle_held(self, terminal: CardTerminal, told: tuple[PendingCard, ...] = ()) -> bool:
        """Settle what the terminal holds open, `told` by it or asked for now, by the journal alone.

        False where something is not acknowledged yet: then no new sale may be sent to that terminal.
        """
        try:
            pending = told or await terminal.pending()
        except CardError as error:
            log.warning("terminal %s does not tell what it holds: %s", terminal.name, error)
            return False
        for attempt in await self._journal.find(Machine.ATTEMPT, AttemptState.UNKNOWN):
            # What it kept of an answer that never reached us is told once, and forgotten with the next sale.
            if attempt.text("provider") == terminal.name and attempt.id not in self.on_screen:
                await self.ask(terminal, attempt)
        settled = True
        for each in pending:
            settled = await self._settle_one(terminal, each) and settled
        await self.advance()
        left = await self._journal.find(Machine.SETTLEMENT, *CARRIED_OUT)
        return settled and not any([await self._is_of(each, terminal) for each in left])

    async def _is_of(self, settlement: Subject, terminal: CardTerminal) -> bool:
        attempt = await self._cards.attempt(settlement.text("attempt"))
        return attempt.text("provider") == terminal.name

    async def _settle_one(self, terminal: CardTerminal, pending: PendingCard) -> bool:
        attempt = await self._known(terminal, pending)
        if attempt is not None and attempt.state == AttemptState.APPROVED:
            return await self._as_decided(terminal, attempt)
        return await self._undo_unknown(terminal, attempt, pending)

    async def _known(self, terminal: CardTerminal, pending: PendingCard) -> Subject | None:
        """Our attempt by its id, or by the keys of its trace; None for a transaction that no sale here owns."""
        if pending.attempt_id:
            found = await self._journal.get(pending.attempt_id)
            return found if found is not None and found.machine is Machine.ATTEMPT else None
        for attempt in await self._journal.find(Machine.ATTEMPT, AttemptState.APPROVED, *ATTEMPT_UNRESOLVED):
            if attempt.text("provider") == terminal.name and _same_key(attempt, pending):
                return attempt
        return None

    async def _as_decided(self, terminal: CardTerminal, attempt: Subject) -> bool:
        """Known here: what was decided is sent again, whatever was acknowledged; a decision never changes."""
        subjects = await self._journal.of_sale(attempt.sale_id)
        settlement = next(each for each in subjects if each.text("attempt") == attempt.id)
        if settlement.state == SettlementState.DECIDING:
            await self._cards.decide(attempt.sale_id)
            await self._cards.decide_unknown(attempt.sale_id)
            await self._cards.undelivered(attempt.sale_id, Trouble.CARD_PENDING)
            return True  # the round that follows carries it out
        reference = card_steps.reference_of(attempt)
        confirmed = settlement.state in (SettlementState.CONFIRMING, SettlementState.CONFIRMED)
        try:
            await (terminal.confirm(reference) if confirmed else terminal.undo(reference))
        except CardError as error:
            log.warning("pending attempt=%s not acknowledged: %s", attempt.id, error)
            await self._name_waiting(settlement, attempt, str(error))
            return False
        if settlement.state in CARRIED_OUT:
            await self._acknowledged(settlement, attempt)
        return True

    async def _undo_unknown(self, terminal: CardTerminal, attempt: Subject | None, pending: PendingCard) -> bool:
        """No sale here was approved by it: journalled by name, undone, and the name is settled by the terminal."""
        key = ";".join(f"{name}={value}" for name, value in sorted(pending.trace.items()))
        attention_id = attention_id_of(f"{terminal.name}/{key}", Trouble.CARD_ORPHAN.value)
        if await self._journal.get(attention_id) is None:
            await self._journal.append(
                Note(card_steps.ORPHAN, data={"terminal": terminal.name, "trace": dict(pending.trace)}),
                steps.attention_born(f"{terminal.name}/{key}", "", Trouble.CARD_ORPHAN, self._clock.now(), held=key),
            )
        try:
            await terminal.undo(CardReference("", 0, Money(0), kind=CardKind.CREDIT, trace=pending.trace))
        except CardError as error:
            log.warning("orphan at %s not undone: %s", terminal.name, error)
            return False
        records: list[Record] = []
        attention = await self._journal.get(attention_id)
        if attention is not None and attention.state == AttentionState.OPEN:
            records.append(steps.attention_settled(attention, "undone, and acknowledged by the terminal"))
        unknown = attempt or await self._only_unknown(terminal)
        if records:
            await self._journal.append(*records)
        if unknown is not None and unknown.state in ATTEMPT_UNRESOLVED:
            undone = CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_PENDING, code=key)
            await self._cards.judge(unknown.id, undone, shown=False)
        return True

    async def _only_unknown(self, terminal: CardTerminal) -> Subject | None:
        """The attempt that this must have been: a terminal that holds one open takes no other, so it is the newest."""
        found = [
            each
            for each in await self._journal.find(Machine.ATTEMPT, AttemptState.UNKNOWN)
            if each.text("provider") == terminal.name
        ]
        return found[-1] if found else None


def _same_key(attempt: Subject, pending: PendingCard) -> bool:
    known = {"request": str(attempt.number("number")), **card_steps.reference_of(attempt).trace}
    shared = [name for name, value in pending.trace.items() if value and known.get(name)]
    return bool(shared) and all(known[name] == pending.trace[name] for name in shared)


def _sale_rests(subjects: tuple[Subject, ...], undone: Subject) -> list[Record]:
    """The sale is compensated once the last of its ways back has ended."""
    sale = next((each for each in subjects if each.machine is Machine.SALE), None)
    others = [
        each
        for each in subjects
        if (each.machine is Machine.SETTLEMENT and each.id != undone.id and each.state == SettlementState.UNDOING)
        or (each.machine is Machine.COMPENSATION and each.state in steps.COMPENSATION_COUNTS and each.state != "done")
    ]
    if sale is None or sale.state != SaleState.COMPENSATING or others:
        return []
    return [steps.move(sale, SaleState.COMPENSATED)]
