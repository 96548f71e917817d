"""A card terminal in memory, scripted by tests of the services. The wires are tested elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from totem.domain.cards import (
    CardCapabilities,
    CardEvent,
    CardKind,
    CardOutcome,
    CardReceipts,
    CardReference,
    CardResult,
    CardSale,
    PendingCard,
    Prompt,
    PromptKind,
    TerminalHealth,
)
from totem.domain.errors import TerminalSilent, TerminalUnreachable, Trouble
from totem.domain.money import Money

TEF = CardCapabilities(
    most_installments=12, confirms=True, can_ask_status=False, can_refund=True, least_installment_cents=500
)
READER = CardCapabilities(most_installments=3, can_ask_status=True, can_refund=True)


@dataclass
class ScriptedTerminal:
    """Approves every sale, unless `answers` has something else for the next one.

    `ledger` is the acquirer's truth: "open" (approved, unconfirmed), "confirmed", "undone", "approved", "refunded".
    """

    name: str = "tef"
    capabilities: CardCapabilities = TEF
    ready: bool = True
    answers: list[CardResult | None] = field(default_factory=list)
    """What the next sales come to; None: approved at the acquirer, and the answer is lost."""
    silent: int = 0
    """So many confirmations or undoings are not acknowledged (they are carried out)."""
    unreachable: int = 0
    words: list[CardResult] = field(default_factory=list)
    """What the next questions after a sale's fate are answered; UNKNOWN after."""
    refund_results: list[CardResult] = field(default_factory=list)
    held_open: list[PendingCard] = field(default_factory=list)
    prompts: tuple[Prompt, ...] = (Prompt(PromptKind.PRESENT_CARD),)
    waits: asyncio.Event | None = None
    """Where set, a sale waits for it in front of its result."""
    ledger: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    sales: list[CardSale] = field(default_factory=list)
    cancelled: bool = False

    async def health(self) -> TerminalHealth:
        return TerminalHealth(self.ready, None if self.ready else Trouble.TERMINAL_UNREACHABLE)

    async def start(self, sale: CardSale) -> AsyncIterator[CardEvent]:
        self.calls.append("start")
        self.sales.append(sale)
        for prompt in self.prompts:
            yield prompt
        if self.waits is not None:
            await self.waits.wait()
        if self.cancelled:
            yield CardResult(CardOutcome.CANCELLED, trouble=Trouble.CARD_CANCELLED)
            return
        answer = self.answers.pop(0) if self.answers else self.approved(sale)
        if answer is None or answer.outcome is CardOutcome.APPROVED:
            self.ledger[self.key(sale)] = "open" if self.capabilities.confirms else "approved"
        if answer is None:
            yield CardResult(CardOutcome.UNKNOWN, trouble=Trouble.CARD_UNKNOWN)
        else:
            yield answer

    def key(self, sale: CardSale) -> str:
        return f"C{sale.number}"

    def approved(self, sale: CardSale, amount_cents: int | None = None) -> CardResult:
        return CardResult(
            CardOutcome.APPROVED,
            sale.amount if amount_cents is None else Money(amount_cents),
            nsu="000312456",
            authorization="A12345",
            brand="VISA",
            last_digits="4242",
            needs_confirmation=self.capabilities.confirms,
            trace={"control_code": self.key(sale), "network": "REDE"},
            receipts=CardReceipts(("VIA CLIENTE", "VISA ****4242"), ("VIA LOJA",)),
        )

    async def answer(self, attempt_id: str, choice: int) -> None:
        self.calls.append(f"answer {choice}")

    async def cancel(self, attempt_id: str) -> None:
        self.calls.append("cancel")
        self.cancelled = True
        if self.waits is not None:
            self.waits.set()

    async def status(self, reference: CardReference) -> CardResult:
        self.calls.append("status")
        return self.words.pop(0) if self.words else CardResult(CardOutcome.UNKNOWN)

    async def confirm(self, reference: CardReference) -> None:
        self._settle("confirm", "confirmed", reference)

    async def undo(self, reference: CardReference) -> None:
        self._settle("undo", "undone", reference)

    def _settle(self, verb: str, to: str, reference: CardReference) -> None:
        self.calls.append(verb)
        if self.unreachable:
            self.unreachable -= 1
            raise TerminalUnreachable("the terminal is off")
        key = reference.trace["control_code"]
        assert self.ledger.get(key, "open") in ("open", to), f"{key} is {self.ledger[key]}: a decision changed"
        self.ledger[key] = to
        self.held_open = [each for each in self.held_open if each.trace["control_code"] != key]
        if self.silent:
            self.silent -= 1
            raise TerminalSilent("no acknowledgement")

    async def refund(self, reference: CardReference, refund_id: str, amount: Money) -> CardResult:
        self.calls.append("refund")
        if self.unreachable:
            self.unreachable -= 1
            raise TerminalUnreachable("the terminal is off")
        result = self.refund_results.pop(0) if self.refund_results else CardResult(CardOutcome.APPROVED, amount, "99")
        if result.outcome is CardOutcome.APPROVED:
            self.ledger[reference.trace["control_code"]] = "refunded"
        return result

    async def refund_status(self, reference: CardReference, refund_id: str) -> CardResult:
        self.calls.append("refund_status")
        return self.refund_results.pop(0) if self.refund_results else CardResult(CardOutcome.UNKNOWN)

    async def pending(self) -> tuple[PendingCard, ...]:
        return tuple(self.held_open)

    async def admin(self) -> AsyncIterator[CardEvent]:
        yield CardResult(CardOutcome.APPROVED, Money(0))

    async def close(self) -> None:
        self.calls.append("close")


def declined(message: str = "SALDO INSUFICIENTE") -> CardResult:
    return CardResult(CardOutcome.DECLINED, message=message, code="51", trouble=Trouble.CARD_DECLINED)


def reader() -> ScriptedTerminal:
    """A terminal without a confirmation step, which can be asked."""
    return ScriptedTerminal(name="gopag", capabilities=READER)


def debit_only() -> ScriptedTerminal:
    return ScriptedTerminal(name="debit", capabilities=replace(READER, kinds=frozenset({CardKind.DEBIT})))
