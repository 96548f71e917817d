"""From a paid sale to its ticket, as the screen tells it."""

from __future__ import annotations

from dataclasses import replace

from totem.domain.errors import JournalError, Trouble
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock, Journal
from totem.domain.records import Note
from totem.services import steps
from totem.services.cards import CardPayments
from totem.services.errands import Asker
from totem.services.ids import reference_of, ticket_id_of
from totem.services.outage import Outage
from totem.services.press import TicketPress
from totem.services.print_queue import PrintNews, PrintQueue, ReprintAnswer
from totem.services.screen import Screen
from totem.services.state import CheckoutState, MoneyTold, Stage, TicketOnScreen, TroubleOnScreen
from totem.services.ticket import collection_code

_PRINTING = (Stage.PRINTING, Stage.HELD)


class Delivery:
    def __init__(
        self,
        journal: Journal,
        screen: Screen,
        press: TicketPress,
        cards: CardPayments,
        outage: Outage,
        clock: Clock,
    ) -> None:
        self._journal = journal
        self._screen = screen
        self._press = press
        self._cards = cards
        self._outage = outage
        self._clock = clock
        self._queue: PrintQueue | None = None

    def attach(self, queue: PrintQueue) -> None:
        """The queue that reports back to this object; called once while wiring."""
        self._queue = queue

    async def begin(self, sale_id: str) -> None:
        """The sale is paid, and its ticket is in the journal's queue."""
        sale, ticket = await self._journal.get(sale_id), await self._journal.get(ticket_id_of(sale_id))
        if sale is None or ticket is None or self._queue is None:
            return
        self._queue.add(sale_id)
        amount = Money(sale.number("amount_cents"), Currency[sale.text("currency")])
        on_screen = TicketOnScreen(ticket.number("number"))
        self._screen.publish(CheckoutState(Stage.PRINTING, sale_id, amount, ticket=on_screen))
        await self._queue.let_paper_go_first()
        picture = await self._press.draw(sale, ticket)
        shown = self._screen.state
        if shown.sale_id == sale_id and shown.ticket is not None:
            self._screen.publish(replace(shown, ticket=replace(shown.ticket, picture=picture)))

    async def trouble(self) -> Trouble | None:
        """Why no ticket could be given now: then nobody must pay for one."""
        return await self._queue.trouble() if self._queue is not None else Trouble.PRINTER_UNREACHABLE

    async def wait_quiet(self) -> None:
        """Until no ticket is printing."""
        if self._queue is not None:
            await self._queue.wait_quiet()

    async def on_news(self, sale_id: str, news: PrintNews, trouble: Trouble | None) -> None:
        """What the queue tells of any sale; the screen shows that of its own."""
        if news is PrintNews.JOURNAL_FAILED:
            self._outage.declare(trouble or Trouble.JOURNAL_WRITE)
            return
        self._cards.settling_wanted.set()
        state = self._screen.state
        if sale_id != state.sale_id or state.stage not in _PRINTING:
            if news in (PrintNews.UNKNOWN, PrintNews.LEFT_HELD):
                await self._cards.decide_unknown(sale_id)
            return
        told = trouble or Trouble.PRINTER_OFFLINE
        if news is PrintNews.PRINTED:
            self._screen.publish(replace(state, stage=Stage.COMPLETED, trouble=None))
        elif news is PrintNews.SHOWN:
            await self._show_ticket(sale_id)
        elif news is PrintNews.LEFT_HELD:
            await self._leave_unknown(sale_id, told)
        elif news is PrintNews.HELD:
            held = TroubleOnScreen(told, MoneyTold.SAFE, reference_of(sale_id))
            self._screen.publish(replace(state, stage=Stage.HELD, trouble=held))
        elif news is PrintNews.GIVEN_BACK:
            self._screen.stop(told, MoneyTold.WILL_BE_RETURNED)
        elif news is PrintNews.UNKNOWN:
            await self._unknown(sale_id, told)
        else:
            self._screen.stop(told, MoneyTold.SAFE)

    async def _show_ticket(self, sale_id: str) -> None:
        """For want of paper the screen is the ticket: its code large, and its number."""
        sale = await self._journal.get(sale_id)
        state = self._screen.state
        if sale is not None and state.ticket is not None:
            code = collection_code(sale, state.ticket.number)
            ticket = replace(state.ticket, paperless=True, code=code)
            self._screen.publish(replace(state, stage=Stage.COMPLETED, ticket=ticket, trouble=None))

    # --- a ticket of which nobody knows -----------------------------------------------------------------------------

    async def _unknown(self, sale_id: str, trouble: Trouble) -> None:
        until_s = self._queue.reprint_until_s(sale_id) if self._queue is not None else 0.0
        if until_s <= self._clock.monotonic():
            await self._leave_unknown(sale_id, trouble)
            return
        state = self._screen.state
        ticket = replace(state.ticket or TicketOnScreen(0), reprint_until_s=until_s)
        shown = TroubleOnScreen(trouble, MoneyTold.SAFE, reference_of(sale_id))
        self._screen.publish(replace(state, stage=Stage.TICKET_UNKNOWN, ticket=ticket, trouble=shown))

    async def reprint(self) -> None:
        """The customer wants it again: once, and marked as a second copy."""
        state = self._screen.state
        if state.stage is not Stage.TICKET_UNKNOWN or state.ticket is None or self._queue is None:
            return
        ticket = replace(state.ticket, second_copy=True, reprint_until_s=0.0)
        self._screen.publish(replace(state, stage=Stage.PRINTING, ticket=ticket, trouble=None))
        try:
            answer = await self._queue.reprint(state.sale_id, Asker.CUSTOMER)
        except JournalError as error:
            self._outage.declare(error.trouble)
            return
        if answer is not ReprintAnswer.ACCEPTED:
            await self._leave_unknown(state.sale_id, Trouble.PRINT_UNKNOWN)

    async def has_ticket(self) -> None:
        """The customer has it after all: their card is confirmed; the attention stays for the technician."""
        sale_id = self._screen.state.sale_id
        await self._journal.append(Note(steps.IN_HAND, sale_id))
        await self._cards.has_ticket(sale_id)

    async def reprint_time_over(self) -> None:
        """Nobody asked for a second copy in its time."""
        state = self._screen.state
        if state.stage is Stage.TICKET_UNKNOWN:
            await self._leave_unknown(state.sale_id, state.trouble.trouble if state.trouble else Trouble.PRINT_UNKNOWN)

    async def _leave_unknown(self, sale_id: str, trouble: Trouble) -> None:
        goes_back = await self._cards.decide_unknown(sale_id)
        if goes_back:
            self._screen.stop(Trouble.CARD_TICKET_VOID, MoneyTold.WILL_BE_RETURNED)
        else:
            self._screen.stop(trouble, MoneyTold.SAFE)
