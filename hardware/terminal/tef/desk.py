"""What every command of the driver is made of: ATV, waiting for an answer, CNF and NCN, and answers that were kept."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from hardware.terminal.tef import answers, messages
from hardware.terminal.tef import fields as f
from hardware.terminal.tef.channel import Channel, Held
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.settings import PaygoSettings
from totem.domain.cards import (
    CardEvent,
    CardOutcome,
    CardReference,
    CardResult,
    PendingCard,
    Prompt,
    PromptKind,
)
from totem.domain.errors import (
    CardError,
    Outcome,
    TerminalRefused,
    TerminalSilent,
    TerminalUnreachable,
    Trouble,
)
from totem.domain.ports import Clock

log = logging.getLogger(__name__)

UNKNOWN = CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN)
NOT_SENT = CardResult(CardOutcome.NOT_SENT, trouble=Trouble.TERMINAL_UNREACHABLE)


def failed(error: CardError) -> CardResult:
    """A call that failed, as the last word of a stream."""
    outcome = CardOutcome.NOT_SENT if error.outcome is Outcome.NOT_SENT else CardOutcome.UNKNOWN
    return CardResult(outcome, trouble=error.trouble, code=error.code)


def unsent(error: CardError) -> CardResult:
    """What failed before the request itself left."""
    trouble = Trouble.TERMINAL_UNREACHABLE if error.trouble is Trouble.CARD_UNKNOWN else error.trouble
    return CardResult(CardOutcome.NOT_SENT, trouble=trouble, code=error.code)


class Desk:
    """One command at a time: the driver's lock sees to it."""

    def __init__(self, settings: PaygoSettings, channel: Channel, clock: Clock, next_number: Callable[[], int]) -> None:
        self.settings = settings
        self.channel = channel
        self._clock = clock
        self._next_number = next_number
        self._delivered: set[str] = set()
        """Keys of answers that the caller has, and stored in its own journal before it calls again."""
        self._confirmed: set[str] = set()
        """Control codes of cancellations that were acknowledged in this run."""

    def now(self) -> datetime:
        """The kiosk's local time."""
        return self._clock.now().astimezone()

    def number(self) -> int:
        return self._next_number()

    async def alive(self) -> None:
        """PayGo answers, and whatever was kept is known. Raises TerminalUnreachable, BridgeRefused."""
        await self.channel.open()
        if self.channel.looks_by_asking:
            return await self.channel.look()
        try:
            return await self.channel.request(messages.alive(self.number()))
        except TerminalSilent as error:
            raise TerminalUnreachable(str(error)) from error  # an ATV asks for nothing

    async def look(self) -> None:
        await self.channel.open()
        await self.channel.look()

    async def answered(self, request: Message) -> AsyncGenerator[CardEvent, None]:
        """Sends a request that has an answer, and relays what comes until it is here."""
        try:
            await self.channel.request(request)
            yield Prompt(PromptKind.PRESENT_CARD, can_cancel=False)
            while not (held := await self.channel.next(request)).key:
                yield answers.prompt_of(held.message)
        except CardError as error:
            log.warning("%s: %s", request.command, error)
            yield failed(error)
            return
        self._delivered.add(held.key)
        yield answers.result_of(held.message)

    # --- confirming ---------------------------------------------------------------------------------------------

    async def settle(self, command: str, trace: Mapping[str, str]) -> None:
        """CNF or NCN until it is acknowledged, so often as the settings say; PayGo takes the same one twice.

        Raises TerminalRefused where the trace names no transaction, else the CardError of the last try.
        """
        for left in reversed(range(max(1, self.settings.confirm_attempts))):
            try:
                request = messages.settle(command, self.number(), trace, self.settings, self.now())
                await self.channel.open()
                await self.channel.request(request)
                break
            except ValueError as error:
                raise TerminalRefused(str(error)) from error
            except (TerminalSilent, TerminalUnreachable) as error:
                log.warning("%s not acknowledged, %s tries left: %s", command, left, error)
                if not left:
                    raise
        for each in self.channel.held():
            if each.message.get(f.CONTROL_CODE) == trace["control_code"] and is_open_sale(each.message):
                await self._drop(each.key)

    async def _drop(self, key: str) -> None:
        """One that cannot be dropped now goes with the next command."""
        try:
            await self.channel.drop(key)
        except CardError as error:
            log.warning("answer %s stays: %s", key, error)
            self._delivered.add(key)

    async def confirmed_at_once(self, held: Held) -> CardResult:
        """What has no goods is confirmed as soon as it is approved. UNKNOWN while nobody acknowledges that."""
        result = await self.confirmed_result(answers.result_of(held.message))
        if result.needs_confirmation:
            return replace(result, outcome=CardOutcome.UNKNOWN, trouble=Trouble.CARD_CONFIRM_WAITING)
        self._delivered.add(held.key)
        return result

    async def confirmed_result(self, result: CardResult) -> CardResult:
        """The approval, confirmed where it asks for it; `needs_confirmation` where nobody acknowledged."""
        code = result.trace.get("control_code", "")
        asks = result.outcome is CardOutcome.APPROVED and result.needs_confirmation and code
        if asks and code not in self._confirmed:
            try:
                await self.settle(messages.CONFIRM, result.trace)
            except CardError as error:
                log.warning("%s approved and not confirmed: %s", result.trace.get("command"), error)
                return result
            self._confirmed.add(code)
        return replace(result, needs_confirmation=False)

    async def settle_refunds(self) -> None:
        """Cancellations cut off between approval and confirmation: PayGo takes no sale until they are confirmed."""
        for each in self.channel.held():
            if each.message.command in (messages.CANCEL, messages.ADMIN) and answers.is_approved(each.message):
                result = await self.confirmed_result(answers.result_of(each.message))
                if result.needs_confirmation:
                    raise TerminalUnreachable("a cancellation waits for its confirmation")

    # --- what was kept ------------------------------------------------------------------------------------------

    def orphans(self) -> tuple[PendingCard, ...]:
        """Approvals that wait for a word, and that no caller of this run was given."""
        found = [each for each in self.channel.held() if each.key not in self._delivered]
        return tuple(PendingCard(answers.trace_of(each.message)) for each in found if is_open_sale(each.message))

    def kept_sale(self, reference: CardReference) -> CardResult | None:
        """What a kept answer says of that attempt."""
        for each in reversed(self.channel.held()):
            if each.message.command in (messages.SALE, "") and _is_of(each.message, reference):
                self._delivered.add(each.key)
                return answers.result_of(each.message)
        return None

    def kept_refund(self, number: int) -> Held | None:
        for each in reversed(self.channel.held()):
            if answers.is_refund(each.message) and each.message.get(f.REQUEST) == str(number):
                return each
        return None

    async def forget(self) -> None:
        """Before a new sale: what the caller has, and what nobody will ask about. Raises CardError."""
        for each in self.channel.held():
            asked_later = answers.is_refund(each.message) or is_open_sale(each.message)
            if each.key in self._delivered or not asked_later:
                await self.channel.drop(each.key)
        self._delivered.clear()
        await self.channel.drop_unsent()


def is_open_sale(message: Message) -> bool:
    """Approved, and it waits to be confirmed or undone by the kiosk's journal."""
    return (
        message.command not in (messages.CANCEL, messages.ADMIN)
        and answers.is_approved(message)
        and answers.needs_confirmation(message)
        and bool(message.get(f.CONTROL_CODE))
    )


def _is_of(message: Message, reference: CardReference) -> bool:
    control_code = reference.trace.get("control_code")
    if control_code:
        return message.get(f.CONTROL_CODE) == control_code
    if message.get(f.REQUEST) != str(reference.number):
        return False
    # The echo of 001 alone is not enough to say that money was taken.
    return not answers.is_approved(message) or answers.amount_of(message) == reference.amount
