"""The Smart POS as a card terminal of the kiosk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Final

from hardware.terminal.smart_pos.follow import Act, Ending, Lost, follow, is_unsent, state_in
from hardware.terminal.smart_pos.handshake import drift_s
from hardware.terminal.smart_pos.hub import Hub
from hardware.terminal.smart_pos.link import Link
from hardware.terminal.smart_pos.printer import SmartPosPrinter
from hardware.terminal.smart_pos.results import (
    capabilities_of,
    prompt_of,
    refund_result,
    result_of,
    result_of_error,
    result_of_state,
)
from hardware.terminal.smart_pos.settings import SmartPosSettings
from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardKind,
    CardOutcome,
    CardReference,
    CardResult,
    CardSale,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.errors import CardError, ConfigError, TerminalRefused, TerminalSilent, Trouble
from totem.domain.money import Currency, Money
from totem.domain.ports import Clock, Random

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_LANGUAGES: Final = frozenset({"pt", "en", "es"})
_OLDEST_STORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this protocol there was no store: such a `storeSince` was written by a clock that nobody had set."""
_LATER: Final = frozenset({"busy", "not_ready", "store_failed", "rate_limited"})
"""Refusals after which the same may be asked again later (protocol, section 12); the others are for good."""
_MARGIN: Final = timedelta(seconds=2)
"""By which a sale must be younger than the POS's store, so that rounding of clocks cannot make evidence."""


class SmartPosTerminal:
    """Implements `totem.domain.cards.CardTerminal` over the bridge protocol. See `PROTOCOL.md`."""

    name = "smartpos"

    def __init__(self, settings: SmartPosSettings, clock: Clock, random: Random) -> None:
        self._settings = settings
        self._clock = clock
        self._random = random
        self._hub = Hub(settings, clock, random)

    @property
    def capabilities(self) -> CardCapabilities:
        """What the settings allow and the POS said at the newest link."""
        last = self._hub.last
        return capabilities_of(None if last is None else last.welcome, self._settings)

    async def health(self) -> TerminalHealth:
        asked_at = self._clock.now()
        try:
            answer, link = await self._hub.ask({"type": "health"})
        except CardError as exc:
            return TerminalHealth(ready=False, trouble=exc.trouble, detail=str(exc))
        health = answer.health
        if health is None:
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_REFUSED, detail="no health in the answer")
        drift = drift_s(health.time, asked_at, self._clock.now()) if health.time else link.drift_s
        told = dict.fromkeys((health.reason, health.detail, health.busy_with))
        detail = " ".join(word for word in told if word)
        if not health.ready:
            return TerminalHealth(ready=False, trouble=Trouble.TERMINAL_REFUSED, detail=detail, clock_drift_s=drift)
        if drift is not None and abs(drift) > self._settings.limits.drift_s:
            detail = f"its clock is {drift:+.0f} s off"
            return TerminalHealth(ready=True, trouble=Trouble.TERMINAL_CLOCK, detail=detail, clock_drift_s=drift)
        return TerminalHealth(ready=True, detail=detail, clock_drift_s=drift)

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        yield Prompt(PromptKind.CONNECTING, can_cancel=False)
        try:
            await self._hub.linked()
            self._check(sale)
        except CardError as exc:
            yield result_of_error(exc)
            return
        can_cancel = self.capabilities.can_cancel
        act = self._sale_act(sale)
        ending = Ending()
        async with aclosing(follow(self._hub, act, self._settings.limits, self._clock)) as items:
            async for item in items:
                if isinstance(item, Ending):
                    ending = item
                elif isinstance(item, Lost):
                    yield Prompt(PromptKind.CONNECTING, can_cancel=False)
                elif (prompt := prompt_of(item, can_cancel=can_cancel)) is not None:
                    yield prompt
        yield result_of(ending, printed=self.capabilities.prints_receipt)

    async def answer(self, attempt_id: str, choice: int) -> None:
        raise TerminalRefused(f"smart pos: {attempt_id}: there is no menu to choose {choice} from")

    async def cancel(self, attempt_id: str) -> None:
        link = await self._hub.linked()
        if "cancel" not in link.welcome.can:
            return
        await self._hub.ask({"type": "cancel", "transactionId": attempt_id})

    async def status(self, reference: CardReference) -> CardResult:
        answer, link = await self._hub.ask({"type": "status", "transactionId": reference.attempt_id})
        state = state_in(answer, reference.attempt_id)
        if state.status == "not_found" and not self._believes(reference, link):
            return CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN, code="not_found")
        if state.status == "approved" and state.amount is None:
            raise TerminalSilent("smart pos: approved without an amount")
        return result_of_state(state, link.welcome.store_id, printed=link.welcome.receipt_printed)

    async def confirm(self, reference: CardReference) -> None:
        raise TerminalRefused(f"smart pos: {reference.attempt_id}: an approval needs no confirmation")

    async def undo(self, reference: CardReference) -> None:
        raise TerminalRefused(f"smart pos: {reference.attempt_id}: an approval is given back by a refund")

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        if not _ID.fullmatch(refund_id) or amount.currency is not Currency.BRL or amount.amount_cents < 1:
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code="local")
        link = await self._hub.linked()
        if "refund" not in link.welcome.can:
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code="unsupported")
        names = {"refundId": refund_id, "transactionId": reference.attempt_id}
        act = Act(
            refund_id,
            {"type": "refund", **names, "amount": amount.amount_cents},
            {"type": "refundStatus", **names},
            self._settings.limits.refund_s,
        )
        async with aclosing(follow(self._hub, act, self._settings.limits, self._clock)) as items:
            endings = [item async for item in items if isinstance(item, Ending)]
        ending = endings[-1]
        if ending.error is None or not is_unsent(ending.error):
            return refund_result(ending)
        if isinstance(ending.error, TerminalRefused) and ending.error.terminal_code not in _LATER:
            code = ending.error.terminal_code
            return CardResult(CardOutcome.DECLINED, trouble=Trouble.CARD_REFUND_REFUSED, code=code)
        raise ending.error

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        message = {"type": "refundStatus", "refundId": refund_id, "transactionId": reference.attempt_id}
        answer, link = await self._hub.ask(message)
        state = state_in(answer, refund_id)
        known_store = bool(link.welcome.store_id) and reference.trace.get("storeId") == link.welcome.store_id
        if state.status == "not_found" and not known_store:
            return CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN, code="not_found")
        return refund_result(Ending(state=state, store_id=link.welcome.store_id))

    async def reprint(self, reference: CardReference, copy: str = "customer") -> bool:
        """Have the POS print that receipt (`customer` or `merchant`) again; whether it did. Raises a CardError."""
        link = await self._hub.linked()
        if "printReceipt" not in link.welcome.can:
            raise TerminalRefused("smart pos: it cannot print receipts again", code="unsupported")
        message = {"type": "printReceipt", "transactionId": reference.attempt_id, "copy": copy}
        return (await link.request(message)).printed

    def ticket_printer(self) -> SmartPosPrinter | None:
        """The POS's printer for tickets, where the owner wants that. It works as long as this terminal is open."""
        if not self._settings.prints_tickets:
            return None
        return SmartPosPrinter(self._hub, self._settings.limits, self._clock, self._random)

    async def pending(self) -> tuple[PendingCard, ...]:
        """None: its approvals wait for nothing."""
        return ()

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_REFUSED, code="unsupported")

    async def close(self) -> None:
        await self._hub.close()

    def _check(self, sale: CardSale) -> None:
        """Raises TerminalRefused for what this terminal cannot do: nothing is sent."""
        can = self.capabilities
        debit_in_parts = sale.kind is CardKind.DEBIT and sale.installments != 1
        each_cents = sale.amount.amount_cents // max(sale.installments, 1)
        faults = (
            (not _ID.fullmatch(sale.attempt_id), "attempt id"),
            (sale.amount.currency is not Currency.BRL or sale.amount.amount_cents < 1, "amount"),
            (sale.kind not in can.kinds, f"{sale.kind.value} cards"),
            (not 1 <= sale.installments <= can.most_installments or debit_in_parts, "instalments"),
            (sale.installments > 1 and each_cents < can.least_installment_cents, "an instalment that small"),
        )
        told = [name for wrong, name in faults if wrong]
        if told:
            raise TerminalRefused(f"smart pos: not sent: it does not take {', '.join(told)}", code="local")

    def _sale_act(self, sale: CardSale) -> Act:
        settings = self._settings
        message = {
            "type": "sale",
            "transactionId": sale.attempt_id,
            "amount": sale.amount.amount_cents,
            "currency": "BRL",
            "kind": sale.kind.value,
            "installments": sale.installments,
            "number": sale.number,
            "reference": sale.reference,
            "language": sale.language if sale.language in _LANGUAGES else "en",
            "timeoutS": settings.card_s,
        }
        status = {"type": "status", "transactionId": sale.attempt_id}
        return Act(sale.attempt_id, message, status, settings.card_s + settings.limits.processing_s)

    def _believes(self, reference: CardReference, link: Link) -> bool:
        """Whether this `not_found` proves that nothing was charged (protocol, section 7).

        Not where the POS once knew it (a trace was stored), and not where its store may be younger than the sale.
        """
        since = link.welcome.store_since
        if reference.trace or reference.sent_at is None or since is None or link.drift_s is None:
            return False
        return since >= _OLDEST_STORE and _by_our_clock(since, link.drift_s) <= reference.sent_at - _MARGIN


def _by_our_clock(moment: datetime, drift: float) -> datetime:
    return moment - timedelta(seconds=drift)


def open_smart_pos(settings: SmartPosSettings, clock: Clock, random: Random) -> SmartPosTerminal:
    """Judge the settings; nothing is sent before the first call. Raises ConfigError with every fault."""
    faults = settings.faults()
    if faults:
        raise ConfigError(faults)
    return SmartPosTerminal(settings, clock, random)
