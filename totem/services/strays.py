"""Received money that belongs to no charge of this kiosk's journal.

With this kiosk's prefix it is ours (a journal was lost) and goes back. Without a txid it is named once and never moved.
Another's prefix is another's money (the design's rule 6).
"""

from __future__ import annotations

import asyncio

from totem.domain.errors import Trouble
from totem.domain.ports import Clock, Journal, Random, ReceivedPix
from totem.domain.records import JsonValue, Note, Record
from totem.services import steps
from totem.services.allocation import Return
from totem.services.banks import Bank
from totem.services.ids import is_own_txid, new_refund_id


class Strays:
    """Names such money, or begins its way back; `wanted` is set when there is a new compensation."""

    def __init__(self, journal: Journal, clock: Clock, random: Random, kiosk_id: str, wanted: asyncio.Event) -> None:
        self._journal = journal
        self._clock = clock
        self._random = random
        self._kiosk_id = kiosk_id
        self._wanted = wanted

    async def judge(self, bank: Bank, pix: ReceivedPix) -> None:
        """Raises StaleState where somebody else recorded it meanwhile."""
        if pix.txid is None:
            await self._name(bank, pix)
        elif is_own_txid(self._kiosk_id, pix.txid):
            await self._return(bank, pix, pix.txid)

    async def _name(self, bank: Bank, pix: ReceivedPix) -> None:
        if await self._journal.is_noted(steps.UNMATCHED, pix.end_to_end_id):
            return
        data: dict[str, JsonValue] = {
            "bank": bank.name,
            "amount_cents": pix.amount.amount_cents,
            "at": pix.at.isoformat(),
        }
        story = _story(pix)
        await self._journal.append(
            Note(steps.UNMATCHED, story, data=data, unique=pix.end_to_end_id),
            steps.attention_born(pix.end_to_end_id, story, Trouble.UNMATCHED, self._clock.now(), **data),
        )

    async def _return(self, bank: Bank, pix: ReceivedPix, txid: str) -> None:
        if await self._journal.is_noted(steps.RECEIVED, pix.end_to_end_id):
            return
        story = _story(pix)
        back = Return(pix.end_to_end_id, pix.amount.amount_cents, Trouble.LATE_MONEY)
        attention = steps.attention_born(
            pix.end_to_end_id, story, back.trouble, self._clock.now(), amount_cents=back.amount_cents, txid=txid
        )
        records: list[Record] = [*steps.received_notes(story, txid, (pix,), bank.name), attention]
        if bank.provider.capabilities.can_refund:
            refund_id = new_refund_id(self._kiosk_id, self._random)
            records.append(steps.compensation_born(refund_id, story, bank.name, back, attention.subject_id))
        await self._journal.append(*records)
        self._wanted.set()


def _story(pix: ReceivedPix) -> str:
    """What money of no sale is filed under."""
    return f"stray/{pix.end_to_end_id}"
