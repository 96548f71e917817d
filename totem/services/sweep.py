"""Lists what the banks received and holds it against the journal, so that no Pix stays unseen.

At start and on a timer, by windows that overlap: a kiosk that was off for a day accounts for everything. Many kiosks
and the owner's own transfers share one key; what is not this kiosk's is never moved (the design's rule 6).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from totem.domain.errors import ProviderError
from totem.domain.machine import Machine
from totem.domain.ports import Charge, Clock, Journal, ReceivedPix
from totem.domain.records import JsonValue, Note
from totem.services import steps
from totem.services.banks import Bank, Banks
from totem.services.strays import Strays

log = logging.getLogger(__name__)

OnCharge = Callable[[Charge], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """`every_s` seconds between sweeps; each looks back to the last one and `overlap_s` further, at most `longest`."""

    every_s: float = 600.0
    overlap_s: float = 3600.0
    first: timedelta = timedelta(hours=24)
    """How far back a kiosk looks that never swept."""
    longest: timedelta = timedelta(days=90)


class Sweep:
    """`on_charge` gets every charge of ours with money that the journal does not have."""

    def __init__(
        self,
        journal: Journal,
        banks: Banks,
        strays: Strays,
        clock: Clock,
        settings: SweepSettings,
        on_charge: OnCharge,
    ) -> None:
        self._journal = journal
        self._banks = banks
        self._strays = strays
        self._clock = clock
        self._settings = settings
        self._on_charge = on_charge
        self._until: dict[str, datetime] = {}

    async def run(self) -> None:
        """The loop; ends by cancellation."""
        while True:
            await self.once()
            await self._clock.sleep(self._settings.every_s)

    async def once(self) -> None:
        """Every bank once. What fails is swept again next time, from where the last whole sweep ended."""
        for bank in self._banks:
            if not bank.provider.capabilities.can_list_received:
                continue
            try:
                await self._sweep(bank)
            except ProviderError as error:
                log.warning("sweep of %s not whole: code=%s %s", bank.name, error.code, error)
            except Exception:
                # A sweep that failed is swept again; it must not be the last one.
                log.exception("sweep of %s failed", bank.name)

    async def _sweep(self, bank: Bank) -> None:
        until = bank.now()
        async for pix in bank.provider.received(await self._since(bank.name, until), until):
            await self._account(bank, pix)
        self._until[bank.name] = until
        data: dict[str, JsonValue] = {"bank": bank.name, "until": until.isoformat()}
        await self._journal.append(Note(steps.SWEPT, f"sweep/{bank.name}", data=data))

    async def _since(self, name: str, now: datetime) -> datetime:
        last = self._until.get(name) or await self._stored(name)
        if last is None:
            return now - self._settings.first
        # A clock that was ahead when it was stored must not leave a gap.
        return max(min(last, now) - timedelta(seconds=self._settings.overlap_s), now - self._settings.longest)

    async def _stored(self, name: str) -> datetime | None:
        note = await self._journal.last_note(steps.SWEPT, f"sweep/{name}")
        return datetime.fromisoformat(str(note.data["until"])) if note is not None else None

    async def _account(self, bank: Bank, pix: ReceivedPix) -> None:
        if await self._journal.is_noted(steps.RECEIVED, pix.end_to_end_id):
            return
        attempt = await self._journal.get(pix.txid) if pix.txid else None
        if attempt is None or attempt.machine is not Machine.ATTEMPT:
            await self._strays.judge(bank, pix)
            return
        log.warning("sweep found money of txid=%s that no question had seen", pix.txid)
        await self._on_charge(await bank.provider.get_charge(attempt.id))
