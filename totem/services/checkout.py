"""The sale on the screen, from basket to ticket: one at a time, told to the screens as a `CheckoutState`.

The screen follows the journal, never the other way round: what is published was stored first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from totem.domain.catalogue import Basket
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
from totem.domain.ports import Charge, ChargeRequest, Clock, Journal, Printer, Random
from totem.services.banks import Bank
from totem.services.charges import ChargeMaker, MadeCharge
from totem.services.ids import new_sale_id, new_txid, reference_of, ticket_id_of
from totem.services.payments import News, PixPayments, Verdict
from totem.services.press import TicketPress
from totem.services.print_queue import PrintNews, PrintQueue, trouble_of
from totem.services.screen import Screen
from totem.services.state import (
    CheckoutState,
    Listener,
    MoneyTold,
    PixOnScreen,
    Stage,
    TicketOnScreen,
    TroubleOnScreen,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CheckoutSettings:
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


class Checkout:
    """Implements `totem.services.state.CheckoutControl`. See `PixPayments` for what is recorded, and when."""

    def __init__(
        self,
        settings: CheckoutSettings,
        journal: Journal,
        printer: Printer,
        payments: PixPayments,
        charges: ChargeMaker,
        press: TicketPress,
        clock: Clock,
        random: Random,
    ) -> None:
        self._settings = settings
        self._journal = journal
        self._printer = printer
        self._payments = payments
        self._charges = charges
        self._press = press
        self._clock = clock
        self._random = random
        self._screen = Screen()
        self._txid = ""
        self._bank: Bank | None = None
        self._life_ends_s = 0.0
        self._ready = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._queue: PrintQueue | None = None

    def attach(self, queue: PrintQueue) -> None:
        """The queue that reports back to this object; called once while wiring."""
        self._queue = queue

    def let_customers_pay(self) -> None:
        """Recovery is done: sales that were asked for meanwhile go on."""
        self._ready.set()

    # --- what the screens see ---------------------------------------------------------------------------------------

    @property
    def state(self) -> CheckoutState:
        return self._screen.state

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._screen.subscribe(listener)

    def out_of_service(self, trouble: Trouble, money: MoneyTold = MoneyTold.SAFE) -> None:
        """The journal cannot be trusted to record: no further money call, and nothing leads back but a restart."""
        if self._screen.state.stage is Stage.OUT_OF_SERVICE:
            return
        self._screen.out_of_service(trouble, money)
        shown = self._screen.state.trouble
        if shown is not None and shown.money is not MoneyTold.NOT_CHARGED:
            task = asyncio.create_task(self._press.print_notice(shown.reference), name="print-notice")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # --- what the customer asks -------------------------------------------------------------------------------------

    async def open(self, basket: Basket, method: str, language: str) -> None:
        if self._screen.state.stage is not Stage.IDLE or basket.is_empty or method != "pix":
            return
        self._screen.publish(CheckoutState(Stage.PREPARING, amount=basket.total))
        try:
            await self._ready.wait()
            await self._open(basket, language)
        except JournalWriteFailed as error:
            log.exception("sale not opened")
            self._journal_failed_while_opening(error)
        except Exception as error:
            log.exception("sale could not be opened")
            self._screen.stop(_trouble_of_error(error), MoneyTold.NOT_CHARGED)
            if self._txid and self._bank is not None:
                self._charges.remove_unseen(self._txid, self._bank)

    async def _open(self, basket: Basket, language: str) -> None:
        trouble = await self._printer_trouble()
        if trouble is not None:
            self._screen.stop(trouble, MoneyTold.NOT_CHARGED)
            return
        await self._journal.check_room()
        sale_id = new_sale_id(self._settings.kiosk_id, self._clock.now(), self._random)
        await self._payments.begin(sale_id, basket, language)
        self._screen.publish(replace(self._screen.state, sale_id=sale_id))
        try:
            made = await self._charges.make(sale_id, lambda: self._request(basket))
        except ProviderError as error:
            await self._payments.give_up_sale(sale_id, error.trouble)
            self._screen.stop(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            await self._show(made)

    def _request(self, basket: Basket) -> ChargeRequest:
        txid = new_txid(self._settings.kiosk_id, self._random)
        return ChargeRequest(txid, basket.total, self._settings.charge_life_s, self._settings.message)

    async def _printer_trouble(self) -> Trouble | None:
        """No paper, no sale: a customer must not pay for a ticket that cannot come out."""
        status = await self._printer.status()
        return None if status.can_print else trouble_of(status)

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
        if self._screen.state.stage is not Stage.AWAITING_PAYMENT:
            return
        self._begin_closing(Stage.CANCELLING, AttemptState.CANCELLED)
        if self._closing is not None:
            await asyncio.wait({self._closing})

    async def acknowledge(self) -> None:
        if self._screen.state.stage in (Stage.COMPLETED, Stage.STOPPED):
            self._txid, self._bank = "", None
            self._screen.publish(CheckoutState())

    # --- the end of a charge ----------------------------------------------------------------------------------------

    async def watch_screen(self) -> None:
        """The loop that ends a Pix screen when its time is over; ends by cancellation."""
        while True:
            pix = self._screen.state.pix if self._screen.state.stage is Stage.AWAITING_PAYMENT else None
            if pix is None:
                await self._screen.wait_change()
                continue
            wait_s = pix.ends_at_s - self._clock.monotonic()
            if wait_s <= 0:
                self._begin_closing(Stage.CHECKING, AttemptState.EXPIRED)
                continue
            await self._clock.sleep(min(wait_s, 1.0))

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
            self.out_of_service(error.trouble, MoneyTold.BEING_CHECKED)
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
        if self._screen.state.stage is Stage.OUT_OF_SERVICE:
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
            self.out_of_service(error.trouble)
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
            await self._print(verdict.sale_id)
        elif verdict.news is News.RETURNED and self._screen.state.stage in _BEFORE_PAID:
            money = MoneyTold.WILL_BE_RETURNED if verdict.goes_back else MoneyTold.SAFE
            self._screen.stop(verdict.trouble or Trouble.AMOUNT_DIFFERS, money)

    async def _print(self, sale_id: str) -> None:
        sale, ticket = await self._journal.get(sale_id), await self._journal.get(ticket_id_of(sale_id))
        if sale is None or ticket is None or self._queue is None:
            return
        on_screen = TicketOnScreen(ticket.number("number"))
        self._queue.add(sale_id)
        amount = self._screen.state.amount or Money(sale.number("amount_cents"))
        self._screen.publish(CheckoutState(Stage.PRINTING, sale_id, amount, ticket=on_screen))
        await self._queue.let_paper_go_first()
        picture = await self._press.draw(sale, ticket)
        if self._screen.state.sale_id == sale_id and self._screen.state.ticket is not None:
            self._screen.publish(
                replace(self._screen.state, ticket=replace(self._screen.state.ticket, picture=picture))
            )

    async def on_print_news(self, sale_id: str, news: PrintNews, trouble: Trouble | None) -> None:
        if news is PrintNews.JOURNAL_FAILED:
            self.out_of_service(trouble or Trouble.JOURNAL_WRITE)
            return
        if sale_id != self._screen.state.sale_id or self._screen.state.stage not in (Stage.PRINTING, Stage.HELD):
            return
        told = trouble or Trouble.PRINTER_OFFLINE
        if news is PrintNews.PRINTED:
            self._screen.publish(replace(self._screen.state, stage=Stage.COMPLETED, trouble=None))
        elif news is PrintNews.HELD:
            held = TroubleOnScreen(told, MoneyTold.SAFE, reference_of(sale_id))
            self._screen.publish(replace(self._screen.state, stage=Stage.HELD, trouble=held))
        elif news is PrintNews.GIVEN_BACK:
            self._screen.stop(told, MoneyTold.WILL_BE_RETURNED)
        else:
            self._screen.stop(told, MoneyTold.SAFE)

    def _journal_failed_while_opening(self, error: JournalWriteFailed) -> None:
        """Before the charge nothing was taken; once it may exist, the kiosk stops selling."""
        if self._txid and self._screen.state.sale_id:
            self.out_of_service(error.trouble, MoneyTold.NOT_CHARGED)
        else:
            self._screen.stop(error.trouble, MoneyTold.NOT_CHARGED)

    # --- shutting down ----------------------------------------------------------------------------------------------

    async def shut_down(self, limit_s: float) -> None:
        """Take the code off the screen and out of the bank, and let a running ticket end, within the limit."""
        try:
            async with asyncio.timeout(limit_s):
                await self.cancel()
                if self._closing is not None:
                    await asyncio.wait({self._closing})
                if self._queue is not None:
                    await self._queue.wait_quiet()
        except TimeoutError:
            log.warning("closing down with work left; recovery takes it up at the next start")
        finally:
            left = [task for task in (self._closing, *self._tasks) if task is not None and not task.done()]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


_CLOSING = (Stage.CANCELLING, Stage.CHECKING)
_BEFORE_PAID = (Stage.AWAITING_PAYMENT, *_CLOSING, Stage.STOPPED)


def _trouble_of_error(error: Exception) -> Trouble:
    return error.trouble if isinstance(error, TotemError) else Trouble.INTERNAL
