"""TEF by PayGo as a `CardTerminal`.

A sale is ATV, CRT, `.sts`, answer; what follows is the caller's: it journals, delivers, and confirms (CNF) or undoes
(NCN). Nothing here decides the fate of a sale. A cancellation (CNC) and the technician's menu (ADM) have no goods that
could be missing, so what they approve is confirmed at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Final

from hardware.terminal.tef import messages
from hardware.terminal.tef.channel import Channel, OwnNumbers, refund_number
from hardware.terminal.tef.desk import NOT_SENT, UNKNOWN, Desk, unsent
from hardware.terminal.tef.settings import Network, PaygoSettings
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardOutcome,
    CardReference,
    CardResult,
    CardSale,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.errors import CardError, TerminalRefused, Trouble
from totem.domain.money import Money
from totem.domain.ports import Clock

NAME: Final = "tef"

_CANCELLED: Final = CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_CANCELLED)


class _Attempt:
    """A sale until its CRT leaves: so long it can be cancelled here, and its menu answered."""

    def __init__(self, attempt_id: str, options: int) -> None:
        self.attempt_id = attempt_id
        self.cancelled = False
        self._options = options
        self._chosen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def choice(self) -> int:
        """-1 for cancelled."""
        return await self._chosen

    def choose(self, choice: int) -> None:
        if 0 <= choice < self._options and not self._chosen.done():
            self._chosen.set_result(choice)

    def cancel(self) -> None:
        self.cancelled = True
        if not self._chosen.done():
            self._chosen.set_result(-1)


class PaygoTerminal:
    """Implements `CardTerminal` over a channel."""

    def __init__(
        self,
        settings: PaygoSettings,
        channel: Channel,
        clock: Clock,
        next_number: Callable[[], int] | None = None,
    ) -> None:
        self._settings = settings
        self._channel = channel
        self._desk = Desk(settings, channel, clock, next_number or OwnNumbers(clock.now()))
        self._lock = asyncio.Lock()
        self._attempt: _Attempt | None = None

    @property
    def name(self) -> str:
        return NAME

    @property
    def capabilities(self) -> CardCapabilities:
        return CardCapabilities(
            most_installments=self._settings.most_installments,
            least_installment_cents=self._settings.least_installment_cents,
            can_cancel=False,
            confirms=True,
            can_ask_status=False,
            can_refund=True,
            has_admin=True,
        )

    async def health(self) -> TerminalHealth:
        """By ATV. Waits for a command that is under way, but not for a whole sale."""
        try:
            async with asyncio.timeout(self._settings.times.status_s):
                await self._lock.acquire()
        except TimeoutError:
            detail = f"{self._channel.description}: in use"
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_UNREACHABLE, detail=detail)
        try:
            await self._desk.alive()
        except CardError as error:
            return TerminalHealth(ready=False, trouble=error.trouble, detail=str(error))
        finally:
            self._lock.release()
        return TerminalHealth(ready=True, detail=self._channel.description)

    # --- a sale -------------------------------------------------------------------------------------------------

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        """See `CardTerminal`. `cancel` reaches it until the CRT leaves; from then on the pinpad's own key does."""
        networks = self._settings.networks
        self._attempt = attempt = _Attempt(sale.attempt_id, len(networks))
        result = UNKNOWN
        try:
            if len(networks) > 1:
                yield Prompt(PromptKind.MENU, options=tuple(each.name or each.index for each in networks))
                chosen = await attempt.choice()
            else:
                chosen = 0
            if attempt.cancelled:
                result = _CANCELLED
            else:
                yield Prompt(PromptKind.CONNECTING)
                network = networks[chosen] if networks else None
                async with self._lock, aclosing(self._sale(sale, attempt, network)) as events:
                    async for event in events:
                        if isinstance(event, CardResult):
                            result = event  # told outside the lock, so that the caller may confirm at once
                        else:
                            yield event
        finally:
            self._left(attempt)
        yield result

    async def _sale(
        self, sale: CardSale, attempt: _Attempt, network: Network | None
    ) -> AsyncGenerator[CardEvent, None]:
        if sale.kind not in self.capabilities.kinds or sale.installments > self.capabilities.most_installments:
            yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="not offered")
            return
        try:
            refusal = await self._prepared()
            request = messages.sale(sale, self._settings, network, self._desk.now())
        except CardError as error:
            yield unsent(error)  # no CRT has left
            return
        except ValueError as error:
            yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code=str(error))
            return
        if refusal is not None or attempt.cancelled:
            yield refusal or _CANCELLED
            return
        self._left(attempt)
        async for event in self._desk.answered(request):
            yield event

    def _left(self, attempt: _Attempt) -> None:
        """It can be cancelled no more."""
        if self._attempt is attempt:
            self._attempt = None

    async def _prepared(self) -> CardResult | None:
        """A result where the CRT must not be sent. Raises CardError."""
        await self._desk.alive()
        await self._desk.settle_refunds()
        orphans = self._desk.orphans()
        if orphans:
            return CardResult(CardOutcome.NOT_SENT, trouble=Trouble.CARD_PENDING, pending=orphans)
        await self._desk.forget()
        return None

    async def answer(self, attempt_id: str, choice: int) -> None:
        if self._attempt is not None and self._attempt.attempt_id == attempt_id:
            self._attempt.choose(choice)

    async def cancel(self, attempt_id: str) -> None:
        if self._attempt is not None and self._attempt.attempt_id == attempt_id:
            self._attempt.cancel()

    # --- what became of it --------------------------------------------------------------------------------------

    async def pending(self) -> tuple[PendingCard, ...]:
        """Orphan answers, of a sale that a power cut or a closed stream left behind. Raises CardError."""
        async with self._lock:
            await self._desk.look()
            return self._desk.orphans()

    async def status(self, reference: CardReference) -> CardResult:
        """PayGo cannot be asked; an answer that was kept, or a request found untouched, still tells."""
        async with self._lock:
            await self._desk.look()
            known = self._desk.kept_sale(reference)
            if known is not None:
                return known
            return NOT_SENT if str(reference.number) in self._channel.unsent() else UNKNOWN

    async def confirm(self, reference: CardReference) -> None:
        async with self._lock:
            await self._desk.settle(messages.CONFIRM, reference.trace)

    async def undo(self, reference: CardReference) -> None:
        async with self._lock:
            await self._desk.settle(messages.UNDO, reference.trace)

    # --- refunds ------------------------------------------------------------------------------------------------

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        """CNC, confirmed at once. Raises TerminalRefused where the sale's NSU or its host's date is not known."""
        number = refund_number(refund_id)
        try:
            request = messages.cancel(number, amount, reference.trace, self._settings, self._desk.now())
        except ValueError as error:
            raise TerminalRefused(str(error)) from error
        async with self._lock:
            await self._desk.alive()
            held = self._desk.kept_refund(number)
            if held is None:
                await self._channel.request(request)
                while not (held := await self._channel.next(request)).key:
                    pass  # a message for a screen that nobody looks at
            return await self._desk.confirmed_at_once(held)

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:  # noqa: ARG002 - the port's
        """From a kept answer; PayGo itself cannot be asked."""
        number = refund_number(refund_id)
        async with self._lock:
            await self._desk.look()
            held = self._desk.kept_refund(number)
            if held is not None:
                return await self._desk.confirmed_at_once(held)
            return NOT_SENT if str(number) in self._channel.unsent() else UNKNOWN

    # --- the technician -----------------------------------------------------------------------------------------

    async def admin(self) -> AsyncIterator[CardEvent]:
        """PayGo's own menu. Of what was cancelled in it the trace tells `original_nsu` and `original_date_time`."""
        result = UNKNOWN
        yield Prompt(PromptKind.CONNECTING)
        async with self._lock:
            try:
                await self._desk.alive()
            except CardError as error:
                result = unsent(error)
            else:
                request = messages.admin(self._desk.number(), self._settings, self._desk.now())
                async with aclosing(self._desk.answered(request)) as events:
                    async for event in events:
                        if isinstance(event, CardResult):
                            result = await self._desk.confirmed_result(event)
                        else:
                            yield event
        yield result

    async def close(self) -> None:
        await self._channel.close()
