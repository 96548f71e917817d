"""Carries out what the journal says must go back: each compensation once, followed to its end.

The id of a refund is chosen and stored before the bank hears of it; after any doubt the bank is asked before the same
refund is sent again, for a reused id is an error (Bacen Pix API 2.9.0, PUT /pix/{e2eid}/devolucao/{id}).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from totem.domain.errors import (
    ChargeNotFound,
    Outcome,
    ProviderError,
    RateLimited,
    RequestRefused,
    Trouble,
)
from totem.domain.machine import AttentionState, CompensationState, Machine, SaleState, TicketState
from totem.domain.money import Money
from totem.domain.ports import Clock, Journal, PixProvider, Refund, RefundStatus
from totem.domain.records import Record, Subject
from totem.services import steps
from totem.services.banks import Banks
from totem.services.ids import attention_id_of

log = logging.getLogger(__name__)

REFUND_DAYS: Final = 90
"""A Pix can be given back within so many days of its receipt."""

OPEN_STATES: Final = (CompensationState.INTENDED, CompensationState.SENT, CompensationState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class RefundSettings:
    """Seconds. `again_s` grows to `slowest_s` while a bank does not answer or still processes."""

    again_s: float = 2.0
    slowest_s: float = 300.0
    request_life_s: float = 60.0
    """Longest time after which a refund of ours may still be carried out: before it, absence is no evidence."""


class Carrier(Protocol):
    """What moves another kind of compensation on by one step; see `payouts` and `card_refunds`."""

    async def advance(self, compensation: Subject) -> None: ...


class Refunds:
    """One worker over all open compensations. `wanted` is set when there is a new one."""

    def __init__(
        self,
        journal: Journal,
        banks: Banks,
        clock: Clock,
        settings: RefundSettings,
        wanted: asyncio.Event,
        carriers: Mapping[str, Carrier] | None = None,
    ) -> None:
        """`carriers` by the `kind` of the compensations that they carry out; a devolução has none."""
        self._journal = journal
        self._banks = banks
        self._clock = clock
        self._settings = settings
        self._wanted = wanted
        self._carriers = dict(carriers or {})
        self._absent: dict[str, int] = {}
        self._quiet = asyncio.Event()

    async def wait_quiet(self) -> None:
        """Until no compensation is open, one that was wanted a moment ago included."""
        while self._wanted.is_set() or not self._quiet.is_set():
            if self._wanted.is_set():
                self._quiet.clear()
            await self._quiet.wait()

    async def run(self) -> None:
        """The worker; ends by cancellation. What it leaves open, the next start takes up."""
        wait_s = self._settings.again_s
        while True:
            self._wanted.clear()
            self._quiet.clear()
            try:
                waiting = await self._round()
            except Exception:
                # Whatever it is, the next refund must not wait for a restart; the journal still says what is open.
                log.exception("a round of refunds failed")
                waiting = True
            if not waiting:
                self._quiet.set()
                await self._wanted.wait()
                wait_s = self._settings.again_s
            else:
                await self._wait(wait_s)
                wait_s = min(wait_s * 1.5, self._settings.slowest_s)

    async def _wait(self, seconds: float) -> None:
        wanted = asyncio.ensure_future(self._wanted.wait())
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((wanted, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            wanted.cancel()
            timer.cancel()
            await asyncio.gather(wanted, timer, return_exceptions=True)

    async def _round(self) -> bool:
        """Move every open compensation on by one step; True where some are still open."""
        for compensation in await self._journal.find(Machine.COMPENSATION, *OPEN_STATES):
            try:
                await self._advance(compensation)
            except ProviderError as error:
                log.warning("refund waits id=%s code=%s %s", compensation.id, error.code, error)
        return bool(await self._journal.find(Machine.COMPENSATION, *OPEN_STATES))

    async def _advance(self, compensation: Subject) -> None:
        if compensation.text("kind"):
            await self._advance_other(compensation)
            return
        bank = self._banks.find(compensation.text("provider"))
        if bank is None:
            await self._refused(compensation, f"{compensation.text('provider')} is not configured any more")
        elif compensation.state == CompensationState.INTENDED:
            await self._send(bank.provider, compensation)
        else:
            await self._ask(bank.provider, compensation)

    async def _advance_other(self, compensation: Subject) -> None:
        """Without its carrier it waits until the owner switches that way on again."""
        carrier = self._carriers.get(compensation.text("kind"))
        if carrier is None:
            log.warning("%s id=%s waits: switched off", compensation.text("kind"), compensation.id)
            return
        await carrier.advance(compensation)

    async def _send(self, provider: PixProvider, compensation: Subject) -> None:
        if await self._is_too_old(compensation):
            await self._refused(compensation, f"received more than {REFUND_DAYS} days ago")
            return
        # `unknown` is stored before the call: a power cut in mid-call must not lead to a second sending unasked.
        await self._journal.append(steps.move(compensation, CompensationState.UNKNOWN))
        await self._put(provider, compensation)

    async def _put(self, provider: PixProvider, compensation: Subject) -> None:
        amount = Money(compensation.number("amount_cents"))
        try:
            refund = await provider.refund(compensation.text("reference"), compensation.id, amount)
        except RateLimited:
            self._absent[compensation.id] = 2  # provably not carried out: no question is needed before the next try
            raise
        except RequestRefused as error:
            log.warning("refund refused id=%s kind=%s", compensation.id, error.kind)
            await self._after_refusal(provider, compensation, error)
        except ProviderError as error:
            if error.outcome is Outcome.NOT_SENT:
                self._absent[compensation.id] = 2
            raise
        else:
            await self._follow(compensation, refund)

    async def _after_refusal(self, provider: PixProvider, compensation: Subject, refusal: RequestRefused) -> None:
        """A refusal may speak of a repetition only: an earlier sending may have been carried out."""
        try:
            refund = await provider.get_refund(compensation.text("reference"), compensation.id)
        except ChargeNotFound:
            await self._refused(compensation, f"{refusal.kind}: {refusal}")
        else:
            await self._follow(compensation, refund)

    async def _ask(self, provider: PixProvider, compensation: Subject) -> None:
        """GET before any repeat; two empty answers past the life of a request allow the same PUT again."""
        seen = self._absent.get(compensation.id, 0)
        if compensation.state == CompensationState.UNKNOWN and seen >= 2:
            self._absent.pop(compensation.id)
            await self._put(provider, compensation)
            return
        try:
            refund = await provider.get_refund(compensation.text("reference"), compensation.id)
        except ChargeNotFound:
            age_s = (self._clock.now() - compensation.updated_at).total_seconds()
            if compensation.state == CompensationState.UNKNOWN and abs(age_s) >= self._settings.request_life_s:
                self._absent[compensation.id] = seen + 1
        else:
            await self._follow(compensation, refund)

    async def _follow(self, compensation: Subject, refund: Refund) -> None:
        fresh = await self._journal.get(compensation.id)
        if fresh is None or fresh.state not in OPEN_STATES:
            return
        if refund.amount.amount_cents != fresh.number("amount_cents"):
            log.error("refund id=%s is of %d cents at the bank", fresh.id, refund.amount.amount_cents)
            return
        if refund.status is RefundStatus.DONE:
            await self._done(fresh)
        elif refund.status is RefundStatus.NOT_DONE:
            await self._refused(fresh, refund.reason or "NAO_REALIZADO")
        elif fresh.state != CompensationState.SENT:
            await self._journal.append(steps.move(fresh, CompensationState.SENT))

    # --- endings ----------------------------------------------------------------------------------------------------

    async def _done(self, compensation: Subject) -> None:
        records: list[Record] = [steps.move(compensation, CompensationState.DONE)]
        attention = await self._journal.get(compensation.text("attention"))
        if attention is not None and attention.state == AttentionState.OPEN:
            records.append(steps.attention_settled(attention, f"refund {compensation.id}: DEVOLVIDO"))
        records.extend(await self._sale_records(compensation))
        await self._journal.append(*records)
        log.info("refund done id=%s cents=%d", compensation.id, compensation.number("amount_cents"))

    async def _sale_records(self, compensation: Subject) -> list[Record]:
        """The sale rests once its last compensation is done: compensated, or completed where the goods were given."""
        subjects = await self._journal.of_sale(compensation.sale_id) if compensation.sale_id else ()
        sale = next((each for each in subjects if each.machine is Machine.SALE), None)
        others = [
            each
            for each in subjects
            if each.machine is Machine.COMPENSATION
            and each.id != compensation.id
            and each.state != CompensationState.DONE
        ]
        if sale is None or sale.state != SaleState.COMPENSATING or others:
            return []
        printed = any(each.machine is Machine.TICKET and each.state == TicketState.PRINTED for each in subjects)
        return [steps.move(sale, SaleState.COMPLETED if printed else SaleState.COMPENSATED)]

    async def _refused(self, compensation: Subject, reason: str) -> None:
        """The bank will not give it back: the attention stays open, and another names the refusal."""
        fresh = await self._journal.get(compensation.id)
        if fresh is None or fresh.state not in OPEN_STATES:
            return
        records: list[Record] = [steps.move(fresh, CompensationState.REFUSED, refusal=reason)]
        if await self._journal.get(attention_id_of(fresh.id, Trouble.REFUND_REFUSED.value)) is None:
            opened = steps.attention_opened(fresh, Trouble.REFUND_REFUSED, self._clock.now(), reason=reason)
            records.append(opened)
        sale = await self._journal.get(fresh.sale_id) if fresh.sale_id else None
        if sale is not None and sale.state == SaleState.COMPENSATING:
            records.append(steps.move(sale, SaleState.NEEDS_ATTENTION))
        await self._journal.append(*records)

    async def _is_too_old(self, compensation: Subject) -> bool:
        for entry in await self._journal.entries(compensation.sale_id):
            if entry.kind == steps.RECEIVED and entry.data.get("end_to_end_id") == compensation.text("reference"):
                at = datetime.fromisoformat(str(entry.data["at"]))
                return self._clock.now() - at > timedelta(days=REFUND_DAYS)
        return False
