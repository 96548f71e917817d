"""What waits for a decision, and its settlement: by evidence or by a typed reason, and never by deleting it."""

from __future__ import annotations

from typing import Final

from totem.domain.errors import Trouble
from totem.domain.machine import AttemptState, AttentionState, Machine, SaleState, TicketState
from totem.domain.ports import Journal
from totem.domain.records import JsonValue, Record, Subject
from totem.services import steps
from totem.services.maintenance.control import MaintenanceRefused, Reason
from totem.services.maintenance.evidence import EvidenceDesk
from totem.services.maintenance.rows import attention_view, currency_of
from totem.services.maintenance.sale_views import AttentionView, Evidence, Finding
from totem.services.maintenance.visit import Visit

LEAST_LETTERS: Final = 8
"""Of a typed reason: "ok" tells nobody anything a year later."""


class Attentions:
    """The part of `SaleDesk` that settles."""

    def __init__(self, visit: Visit, journal: Journal, evidence: EvidenceDesk) -> None:
        self._visit = visit
        self._journal = journal
        self._evidence = evidence

    async def all(self) -> tuple[AttentionView, ...]:
        self._visit.check()
        return tuple([await self.view(each) for each in await self._journal.find(Machine.ATTENTION, "open")])

    async def view(self, attention: Subject) -> AttentionView:
        sale = await self._journal.get(attention.sale_id) if attention.sale_id else None
        can_ask = attention.state == AttentionState.OPEN and await self._evidence.can_ask(attention)
        return attention_view(attention, currency_of(sale), can_ask=can_ask)

    async def ask(self, attention_id: str) -> Evidence:
        attention = await self._open(attention_id)
        await self._visit.begin("evidence", attention.sale_id, attention.id)
        return await self._evidence.ask(attention)

    async def settle(self, attention_id: str, reason: str) -> AttentionView:
        attention = await self._open(attention_id)
        reason = " ".join(reason.split())
        if reason and len(reason) < LEAST_LETTERS:
            raise MaintenanceRefused(Reason.REASON_MISSING, "escreva o motivo com mais detalhe")
        await self._visit.begin("settle", attention.sale_id, attention.id, reason=reason)
        found = await self._evidence.ask(attention)
        _judge(found, reason)
        fresh = await self._journal.get(attention_id)
        if fresh is not None and fresh.state == AttentionState.OPEN:
            await self._journal.append(*await self._settled(fresh, found, reason))
        return await self.view(await self._journal.get(attention_id) or attention)

    async def _open(self, attention_id: str) -> Subject:
        self._visit.check()
        attention = await self._journal.get(attention_id)
        if attention is None or attention.machine is not Machine.ATTENTION:
            raise MaintenanceRefused(Reason.NOT_FOUND, f"não há pendência {attention_id}")
        if attention.state != AttentionState.OPEN:
            raise MaintenanceRefused(Reason.SETTLED_BEFORE, f"{attention_id} já foi resolvida")
        return attention

    async def _settled(self, attention: Subject, found: Evidence, reason: str) -> list[Record]:
        """What it was settled by stays with it: the provider's words, the person's, or both."""
        by_evidence = found.finding is Finding.SETTLES
        data: dict[str, JsonValue] = {"settled_by": self._visit.session, "told": found.told}
        if reason:
            data["typed_reason"] = reason
        evidence = found.told if by_evidence else reason
        subjects = await self._journal.of_sale(attention.sale_id) if attention.sale_id else ()
        moved = _sale_rests(subjects, attention)
        return [steps.move(attention, AttentionState.SETTLED, evidence=evidence, **data), *moved]


def _judge(found: Evidence, reason: str) -> None:
    """Raises MaintenanceRefused where neither the evidence nor the reason settles it."""
    if found.finding is Finding.SETTLES:
        return
    if found.finding is Finding.CONTRADICTS and not (reason and found.word_counts):
        raise MaintenanceRefused(Reason.CONTRADICTED, found.told)
    if not reason:
        raise MaintenanceRefused(Reason.UNDECIDED, found.told)


def _sale_rests(subjects: tuple[Subject, ...], settled: Subject) -> list[Record]:
    """Once the last thing of a sale is settled, it rests where that shows it to be: with its goods, or given back."""
    sale = next((each for each in subjects if each.machine is Machine.SALE), None)
    others = [
        each
        for each in subjects
        if each.machine is Machine.ATTENTION and each.state == AttentionState.OPEN and each.id != settled.id
    ]
    if sale is None or sale.state != SaleState.NEEDS_ATTENTION or others:
        return []
    ticket = next((each for each in subjects if each.machine is Machine.TICKET), None)
    if ticket is None or ticket.state == TicketState.REVOKED:
        paid = any(each.machine is Machine.ATTEMPT and each.state == AttemptState.APPROVED for each in subjects)
        return [steps.move(sale, SaleState.COMPENSATED if paid else SaleState.ABANDONED)]
    about_paper = settled.text("trouble") == Trouble.PRINT_UNKNOWN
    if ticket.state == TicketState.PRINTED or (ticket.state == TicketState.UNKNOWN and about_paper):
        return [steps.move(sale, SaleState.COMPLETED)]
    # A ticket that never began may still be printed, or its money given back: that is another act.
    return []
