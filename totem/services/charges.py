"""Making a charge when the bank is silent, and removing one that nobody may pay any more."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from totem.domain.errors import ChargeNotFound, Outcome, ProviderError, RateLimited
from totem.domain.machine import AttemptState
from totem.domain.ports import Charge, ChargeRequest, ChargeStatus, Clock, PixProvider
from totem.services.payments import PixPayments

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ChargeSettings:
    """Seconds. `make_limit_s` is how long a customer waits for a code before the sale is given up."""

    make_limit_s: float = 20.0
    ask_again_s: float = 1.0
    request_life_s: float = 60.0
    """Longest time after which a request of ours may still be carried out: before it, absence is no evidence."""


@dataclass(frozen=True, slots=True)
class _Removal:
    gone_as: AttemptState
    since_s: float


class ChargeMaker:
    """Owns the making of charges and the list of those to be removed as soon as the bank answers."""

    def __init__(self, provider: PixProvider, payments: PixPayments, clock: Clock, settings: ChargeSettings) -> None:
        self._provider = provider
        self._payments = payments
        self._clock = clock
        self._settings = settings
        self._removals: dict[str, _Removal] = {}

    async def make(self, request: ChargeRequest) -> Charge:
        """The charge, found again where the first answer was lost. Raises the last ProviderError when time is over.

        Only the same PUT (same txid, same body) is ever repeated: it cannot make a second charge.
        """
        until_s = self._clock.monotonic() + self._settings.make_limit_s
        sent_maybe: ProviderError | None = None
        while True:
            try:
                if sent_maybe is not None:
                    found = await self._find(request.txid)
                    if found is not None:
                        return found
                return await self._provider.create_charge(request)
            except RateLimited as error:
                last: ProviderError = sent_maybe or error
                wait_s = error.retry_after_s if error.retry_after_s is not None else self._settings.ask_again_s
            except ProviderError as error:
                if error.outcome is Outcome.NOT_SENT and sent_maybe is None:
                    raise
                if sent_maybe is None:
                    log.warning("charge unknown txid=%s: %s", request.txid, error)
                    await self._payments.mark_unknown(request.txid, error.trouble)
                    sent_maybe = error
                last = sent_maybe
                wait_s = self._settings.ask_again_s
            if self._clock.monotonic() + wait_s > until_s:
                raise last
            await self._clock.sleep(wait_s)

    async def _find(self, txid: str) -> Charge | None:
        """The charge, or None where the bank has none (so that the same PUT may be sent again)."""
        try:
            return await self._provider.get_charge(txid)
        except ChargeNotFound:
            return None

    # --- removing ---------------------------------------------------------------------------------------------------

    def remove_later(self, txid: str, gone_as: AttemptState) -> None:
        self._removals.setdefault(txid, _Removal(gone_as, self._clock.monotonic()))

    async def remove_if_wanted(self, charge: Charge) -> None:
        """The poll loop saw the charge alive: remove it now if that is wanted."""
        removal = self._removals.get(charge.txid)
        if removal is None:
            return
        if charge.status is ChargeStatus.ACTIVE:
            await self._remove(charge.txid, removal)
        else:
            self._removals.pop(charge.txid, None)

    async def not_found(self, txid: str) -> None:
        """The poll loop was told that the bank has no such charge: evidence only past the life of a request."""
        removal = self._removals.get(txid)
        if removal is not None and self._clock.monotonic() - removal.since_s >= self._settings.request_life_s:
            await self._remove(txid, removal)

    async def _remove(self, txid: str, removal: _Removal) -> None:
        try:
            await self._payments.close(txid, removal.gone_as, honour=False)
        except ProviderError as error:
            log.warning("removal must wait txid=%s code=%s", txid, error.code)
        else:
            self._removals.pop(txid, None)
