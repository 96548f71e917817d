"""A Pix on the screen, from its charge to the bank's last word."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from totem.domain.errors import (
    ChargeNotFound,
    JournalError,
    JournalWriteFailed,
    ProviderError,
    RateLimited,
    StaleState,
    TotemError,
    Trouble,
)
from totem.domain.machine import AttemptState
from totem.domain.money import Money
from totem.domain.ports import Charge, ChargeRequest, Clock, Random
from totem.services.banks import Bank
from totem.services.charges import ChargeMaker, MadeCharge
from totem.services.ids import new_txid
from totem.services.outage import Outage
from totem.services.payments import News, PixPayments, Verdict
from totem.services.screen import Screen
from totem.services.state import MoneyTold, PixOnScreen, Stage

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PixFlowSettings:
    """Seconds. A charge lives `charge_life_s`; its screen `screen_s`, extended by `extension_s` within that life."""

    kiosk_id: str
    charge_life_s: int = 600
    screen_s: float = 180.0
    extension_s: float = 120.0
    close_limit_s: float = 20.0
    """How long a removal is asked about before the customer is told that it is being checked."""
    close_again_s: float = 2.0
    receiver_name: str = ""
    message: str = ""
    """`solicitacaoPagador`: what the payer's app shows."""


class PixFlow:
    """See `PixPayments` for what is recorded, and when."""

    def __init__(
        self,
        settings: PixFlowSettings,
        screen: Screen,
        payments: PixPayments,
        charges: ChargeMaker,
        deliver: Callable[[str], Awaitable[None]],
        outage: Outage,
        clock: Clock,
        random: Random,
    ) -> None:
        self._settings = settings
        self._screen = screen
        self._payments = payments
        self._charges = charges
        self._deliver = deliver
        self._outage = outage
        self._clock = clock
        self._random = random
        self._txid = ""
        self._bank: Bank | None = None
        self._life_ends_s = 0.0
        self._closing: asyncio.Task[None] | None = None

    # --- what the customer asks -------------------------------------------------------------------------------------

    async def begin(self, sale_id: str, amount: Money) -> None:
        """Make the charge and show its code. Raises JournalError."""
        try:
            made = await self._charges.make(sale_id, lambda: self._request(amount))
        except ProviderError as error:
            await self._payments.give_up_sale(sale_id, error.trouble)
            self._screen.stop(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            await self._show(made)

    def _request(self, amount: Money) -> ChargeRequest:
        txid = new_txid(self._settings.kiosk_id, self._random)
        return ChargeRequest(txid, amount, self._settings.charge_life_s, self._settings.message)

    async def _show(self, made: MadeCharge) -> None:
        charge = made.charge
        self._txid, self._bank = charge.txid, made.bank
        await self._payments.shown(charge, charge.copia_e_cola or "")
        now = self._clock.monotonic()
        self._life_ends_s = now + charge.expires_in_s
        ends_at_s = min(now + self._settings.screen_s, self._life_ends_s)
        pix = PixOnScreen(
            charge.copia_e_cola or "",
            self._settings.receiver_name or made.code.merchant_name,
            now,
            ends_at_s,
            can_extend=self._life_ends_s > ends_at_s,
        )
        self._screen.publish(replace(self._screen.state, stage=Stage.AWAITING_PAYMENT, pix=pix, can_cancel=True))
        made.bank.poller.watch(charge.txid, self._life_ends_s)

    async def more_time(self) -> None:
        pix = self._screen.state.pix
        if self._screen.state.stage is not Stage.AWAITING_PAYMENT or pix is None or not pix.can_extend:
            return
        ends_at_s = min(pix.ends_at_s + self._settings.extension_s, self._life_ends_s)
        longer = replace(pix, ends_at_s=ends_at_s, can_extend=self._life_ends_s > ends_at_s)
        self._screen.publish(replace(self._screen.state, pix=longer))

    async def cancel(self) -> None:
        self._begin_closing(Stage.CANCELLING, AttemptState.CANCELLED)
        await self.closed()

    async def time_over(self) -> None:
        """Nobody paid in the time of the screen."""
        self._begin_closing(Stage.CHECKING, AttemptState.EXPIRED)

    async def closed(self) -> None:
        """Until the charge that left the screen has its end."""
        if self._closing is not None:
            await asyncio.wait({self._closing})

    def forget(self) -> None:
        """The customer is done with it."""
        self._txid, self._bank = "", None

    @property
    def may_be_charged(self) -> bool:
        """A charge of this sale may stand at a bank."""
        return bool(self._txid)

    def remove_unseen(self) -> None:
        """The charge was made, and something else failed before its code was shown."""
        if self._txid and self._bank is not None:
            self._charges.remove_unseen(self._txid, self._bank)

    async def close(self) -> None:
        """Give up what is still being closed; recovery takes it up at the next start."""
        if self._closing is not None and not self._closing.done():
            self._closing.cancel()
            await asyncio.gather(self._closing, return_exceptions=True)

    # --- the end of a charge ----------------------------------------------------------------------------------------

    def _begin_closing(self, stage: Stage, gone_as: AttemptState) -> None:
        self._screen.publish(replace(self._screen.state, stage=stage, pix=None, can_cancel=False))
        self._closing = asyncio.create_task(self._close_on_screen(self._txid, gone_as), name="close-charge")

    async def _close_on_screen(self, txid: str, gone_as: AttemptState) -> None:
        try:
            if gone_as is AttemptState.CANCELLED:
                await self._payments.note_cancel(txid)
            verdict = await self._close_within_limit(txid, gone_as)
            await self._follow(verdict, txid)
            if verdict is None:
                await self._payments.mark_unknown(txid, Trouble.UNKNOWN)
                self._screen.stop(Trouble.UNKNOWN, MoneyTold.BEING_CHECKED)
            elif verdict.news is News.OVER:
                over = Trouble.EXPIRED if gone_as is AttemptState.EXPIRED else Trouble.CANCELLED
                self._screen.stop(over, MoneyTold.NOT_CHARGED)
        except JournalError as error:
            log.exception("closing could not be recorded")
            self._outage.declare(error.trouble, MoneyTold.BEING_CHECKED)
        except Exception:
            log.exception("closing failed txid=%s", txid)
            self._screen.stop(Trouble.INTERNAL, MoneyTold.BEING_CHECKED)
        finally:
            if self._bank is not None:
                self._bank.poller.end(txid)

    async def _close_within_limit(self, txid: str, gone_as: AttemptState) -> Verdict | None:
        """The bank's word on the removal, or None where it gave none in time."""
        until_s = self._clock.monotonic() + self._settings.close_limit_s
        while True:
            try:
                verdict = await self._payments.close(txid, gone_as, shown=True)
            except (ProviderError, StaleState) as error:
                log.warning("removal not answered txid=%s code=%s", txid, error.code)
            else:
                if verdict.news is not News.NOTHING:
                    return verdict
            if self._screen.state.stage not in _CLOSING:
                return Verdict(News.NOTHING, self._screen.state.sale_id)  # the poll loop brought the bank's word first
            if self._clock.monotonic() >= until_s:
                return None
            await self._clock.sleep(self._settings.close_again_s)

    # --- news from the loops ----------------------------------------------------------------------------------------

    async def on_charge(self, charge: Charge) -> None:
        """An answer of a poll loop, or a find of the sweep, for the charge on the screen or for an old one."""
        if self._outage.declared:
            return
        try:
            shown = charge.txid == self._txid
            verdict = await self._payments.judge(charge, shown=shown)
            if verdict.news is News.NOTHING:
                await self._charges.remove_if_wanted(charge)
            if shown:
                if self._bank is not None and verdict.news is not News.NOTHING:
                    # Decided: from now on only the thinning questions after late money.
                    self._bank.poller.end(charge.txid)
                await self._follow(verdict, charge.txid)
                self._screen.show_slow(slow=False)
                if verdict.news is News.OVER and self._screen.state.stage is Stage.AWAITING_PAYMENT:
                    self._screen.stop(Trouble.CANCELLED, MoneyTold.NOT_CHARGED)
        except JournalWriteFailed as error:
            log.exception("payment could not be recorded txid=%s", charge.txid)
            self._outage.declare(error.trouble)
        except TotemError as error:
            log.exception("answer not used txid=%s code=%s", charge.txid, error.code)

    async def on_silence(self, bank: Bank, txid: str, error: ProviderError) -> None:
        """The bank did not answer a question: nothing changes but a calm word on the screen."""
        if not isinstance(error, RateLimited):
            bank.breaker.failed(error)
        if txid == self._txid:
            self._screen.show_slow(slow=True)
        if isinstance(error, ChargeNotFound):
            await self._charges.not_found(txid)

    async def on_given_up(self, txid: str) -> None:
        """The last late question is asked; what is still open gets a named entry."""
        await self._payments.give_up_asking(txid)

    async def _follow(self, verdict: Verdict | None, txid: str) -> None:
        """Put on the screen what the journal holds by now."""
        if verdict is None or txid != self._txid:
            return
        if verdict.news is News.TICKET:
            await self._deliver(verdict.sale_id)
        elif verdict.news is News.RETURNED and self._screen.state.stage in _BEFORE_PAID:
            money = MoneyTold.WILL_BE_RETURNED if verdict.goes_back else MoneyTold.SAFE
            self._screen.stop(verdict.trouble or Trouble.AMOUNT_DIFFERS, money)


_CLOSING = (Stage.CANCELLING, Stage.CHECKING)
_BEFORE_PAID = (Stage.AWAITING_PAYMENT, *_CLOSING, Stage.STOPPED)
