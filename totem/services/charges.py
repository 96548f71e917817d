"""Making a charge at the first bank that can, and removing one that nobody may pay any more."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from totem.domain.brcode import BrCode, BrCodeError, decode
from totem.domain.errors import ChargeNotFound, ChargeRejected, Outcome, ProviderError, RateLimited, StaleState
from totem.domain.machine import AttemptState
from totem.domain.ports import Charge, ChargeRequest, ChargeStatus, Clock, PixProvider
from totem.services.banks import Bank, Banks
from totem.services.payments import PixPayments

log = logging.getLogger(__name__)

NewRequest = Callable[[], ChargeRequest]
"""The same order under a txid of its own: each attempt has one."""


@dataclass(frozen=True, slots=True)
class ChargeSettings:
    """Seconds. `make_limit_s` is how long a customer waits for one bank before the next is asked."""

    make_limit_s: float = 15.0
    ask_again_s: float = 1.0
    request_life_s: float = 60.0
    """Longest time after which a request of ours may still be carried out: before it, absence is no evidence."""


@dataclass(frozen=True, slots=True)
class MadeCharge:
    """A charge that may be shown, where it is, and what its code says."""

    bank: Bank
    charge: Charge
    code: BrCode


@dataclass(frozen=True, slots=True)
class _Removal:
    gone_as: AttemptState
    since_s: float


class ChargeMaker:
    """Owns the making of charges and the list of those to be removed as soon as their bank answers."""

    def __init__(self, banks: Banks, payments: PixPayments, clock: Clock, settings: ChargeSettings) -> None:
        self._banks = banks
        self._payments = payments
        self._clock = clock
        self._settings = settings
        self._removals: dict[str, _Removal] = {}

    async def make(self, sale_id: str, new_request: NewRequest) -> MadeCharge:
        """The charge of the first bank that makes one. Raises the first bank's ProviderError where none does.

        A bank's charge that was not shown is superseded by the next bank's: nobody saw its code, it is removed as soon
        as its bank answers, and it stays swept (the design's rule 5).
        """
        first_error: ProviderError | None = None
        for bank in self._banks.candidates():
            request = new_request()
            await self._payments.intend(sale_id, bank.name, request)
            try:
                charge = await self._make_at(bank.provider, request)
                made = MadeCharge(bank, charge, check_code(charge))
            except ProviderError as error:
                log.warning("no charge bank=%s txid=%s code=%s %s", bank.name, request.txid, error.code, error)
                bank.breaker.failed(error)
                await self._payments.creation_failed(request.txid, error.outcome, error.trouble)
                if error.outcome is Outcome.UNKNOWN:
                    self.remove_unseen(request.txid, bank)
                first_error = first_error or error
            else:
                bank.breaker.succeeded()
                bank.told_time(charge.created_at)
                return made
        if first_error is None:
            raise ChargeRejected("no bank is configured")
        raise first_error

    async def _make_at(self, provider: PixProvider, request: ChargeRequest) -> Charge:
        """The charge, found again where the first answer was lost. Raises the last ProviderError when time is over.

        Only the same PUT (same txid, same body) is ever repeated: it cannot make a second charge.
        """
        until_s = self._clock.monotonic() + self._settings.make_limit_s
        sent_maybe: ProviderError | None = None
        while True:
            try:
                if sent_maybe is not None:
                    found = await _find(provider, request.txid)
                    if found is not None:
                        return found
                return await provider.create_charge(request)
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

    # --- removing ---------------------------------------------------------------------------------------------------

    def remove_unseen(self, txid: str, bank: Bank) -> None:
        """Nobody saw this code: it is removed when its bank answers, and asked about until then."""
        self.remove_later(txid, AttemptState.CANCELLED)
        bank.poller.watch(txid, self._clock.monotonic())

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
            await self._payments.close(txid, removal.gone_as, shown=False)
        except (ProviderError, StaleState) as error:
            log.warning("removal must wait txid=%s code=%s", txid, error.code)
        else:
            self._removals.pop(txid, None)


async def _find(provider: PixProvider, txid: str) -> Charge | None:
    """The charge, or None where the bank has none (so that the same PUT may be sent again)."""
    try:
        return await provider.get_charge(txid)
    except ChargeNotFound:
        return None


def check_code(charge: Charge) -> BrCode:
    """The bank's copia e cola as a decoded BR Code. Raises ChargeRejected where a customer must not see it.

    Checked: TLV and CRC, and that the amount, where the code carries one, is the charge's own.
    """
    try:
        code = decode(charge.copia_e_cola or "")
    except BrCodeError as error:
        raise ChargeRejected(f"the bank's code is not a valid BR Code: {error}") from error
    if code.amount_cents not in (None, charge.amount.amount_cents):
        raise ChargeRejected(f"the code asks {code.amount_cents} cents, the charge {charge.amount.amount_cents}")
    return code
