"""Paying a customer back by a Pix of our own, where the bank's devolução is impossible.

Off unless the owner switched it on; asked for by a technician only, never by the kiosk itself; within limits for a
payment and a day. It is a compensation like any other, so that the journal's constraints hold for both ways back
together: at most one open for one endToEndId, and never more than what was received.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from totem.domain.errors import ChargeNotFound, Outcome, RequestRefused, TotemError, Trouble
from totem.domain.machine import CompensationState, Machine
from totem.domain.money import Money, format_money
from totem.domain.ports import Clock, Journal, Payout, PayoutRequest, PayoutStatus, PixPayer, Random
from totem.domain.records import JsonValue, Step, Subject
from totem.services import steps
from totem.services.ids import new_refund_id
from totem.services.refunds import OPEN_STATES, REFUND_DAYS

log = logging.getLogger(__name__)

PIX_OUT = "pix_out"
"""`kind` of such a compensation; a devolução has none."""


class PayoutRefused(TotemError):
    """The kiosk itself will not pay: the sentence says why, in Portuguese, for the technician."""

    trouble = Trouble.PAYOUT_REFUSED


@dataclass(frozen=True, slots=True)
class PayoutLimits:
    """In cents, for one payment and for the local day."""

    max_payment_cents: int
    max_day_cents: int


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """What a technician asks for. `reason` is typed by hand and stored."""

    end_to_end_id: str
    sale_id: str
    pix_key: str
    reason: str


class Payouts:
    """Begins and follows payouts; `Refunds` calls `advance` for those that are open."""

    def __init__(
        self, journal: Journal, payer: PixPayer, clock: Clock, random: Random, kiosk_id: str, limits: PayoutLimits
    ) -> None:
        self._journal = journal
        self._payer = payer
        self._clock = clock
        self._random = random
        self._kiosk_id = kiosk_id
        self._limits = limits

    async def order(self, order: PayoutOrder) -> str:
        """Store the payout and return its compensation's id; `Refunds` carries it out.

        Raises PayoutRefused, or StaleState where the journal's constraints refuse it.
        """
        if not order.reason.strip():
            raise PayoutRefused("escreva o motivo")
        amount_cents = await self._left_cents(order)
        self._check(amount_cents, await self._paid_today_cents())
        compensation_id = new_refund_id(self._kiosk_id, self._random)
        data: dict[str, JsonValue] = {
            "kind": PIX_OUT,
            "reference": order.end_to_end_id,
            "amount_cents": amount_cents,
            "provider": self._payer.name,
            "pix_key": order.pix_key,
            "idempotency_key": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
            "typed_reason": order.reason,
            "attention": "",
        }
        intended = CompensationState.INTENDED
        await self._journal.append(Step(Machine.COMPENSATION, compensation_id, order.sale_id, None, intended, data))
        return compensation_id

    async def _left_cents(self, order: PayoutOrder) -> int:
        """What was received and has not gone back. Refuses while the devolução is still possible, or open."""
        received_cents, at = 0, None
        for entry in await self._journal.entries(order.sale_id):
            if entry.kind == steps.RECEIVED and entry.data.get("end_to_end_id") == order.end_to_end_id:
                received_cents, at = int(str(entry.data["amount_cents"])), datetime.fromisoformat(str(entry.data["at"]))
        if at is None:
            raise PayoutRefused("este pagamento não está no diário")
        others = [each for each in await self._journal.of_sale(order.sale_id) if _is_of(each, order.end_to_end_id)]
        if any(each.state in OPEN_STATES for each in others):
            raise PayoutRefused("há uma devolução em andamento: espere o fim dela")
        refused = any(each.state == CompensationState.REFUSED and not each.text("kind") for each in others)
        if not refused and self._clock.now() - at <= timedelta(days=REFUND_DAYS):
            raise PayoutRefused("tente primeiro a devolução: o banco ainda a aceita")
        done_cents = sum(each.number("amount_cents") for each in others if each.state == CompensationState.DONE)
        return received_cents - done_cents

    def _check(self, amount_cents: int, today_cents: int) -> None:
        limits = self._limits
        if amount_cents <= 0:
            raise PayoutRefused("não há nada a devolver")
        if amount_cents > limits.max_payment_cents:
            raise PayoutRefused(f"passa do limite por pagamento, {format_money(Money(limits.max_payment_cents))}")
        if today_cents + amount_cents > limits.max_day_cents:
            raise PayoutRefused(f"passa do limite do dia, {format_money(Money(limits.max_day_cents))}")

    async def _paid_today_cents(self) -> int:
        today = self._clock.now().astimezone().date()
        found = await self._journal.find(Machine.COMPENSATION, *steps.COMPENSATION_COUNTS)
        return sum(
            each.number("amount_cents")
            for each in found
            if each.text("kind") == PIX_OUT and each.born_at.astimezone().date() == today
        )

    # --- carrying out -----------------------------------------------------------------------------------------------

    async def advance(self, compensation: Subject) -> None:
        """One step on. Raises ProviderError where the bank does not say; the same key may be sent again at any time."""
        payout_id = compensation.text("payout_id")
        if payout_id:
            payout = await self._payer.get_payout(payout_id)
        else:
            payout = await self._send(compensation)
        fresh = await self._journal.get(compensation.id)
        if fresh is not None and fresh.state in OPEN_STATES:
            await self._follow(fresh, payout)

    async def _send(self, compensation: Subject) -> Payout:
        if compensation.state == CompensationState.INTENDED:
            await self._journal.append(steps.move(compensation, CompensationState.UNKNOWN))
        request = PayoutRequest(
            compensation.text("idempotency_key"),
            Money(compensation.number("amount_cents")),
            compensation.text("pix_key"),
            f"Devolução {compensation.id}",
        )
        try:
            return await self._payer.send_pix(request)
        except (RequestRefused, ChargeNotFound) as error:
            if error.outcome is not Outcome.NOT_SENT:
                raise
            log.warning("payout refused id=%s %s", compensation.id, error)
            return Payout("", PayoutStatus.REFUSED)

    async def _follow(self, compensation: Subject, payout: Payout) -> None:
        known: dict[str, JsonValue] = {"payout_id": payout.payout_id, "payout_end_to_end_id": payout.end_to_end_id}
        if payout.status is PayoutStatus.DONE:
            await self._journal.append(steps.move(compensation, CompensationState.DONE, **known))
        elif payout.status is PayoutStatus.REFUSED:
            trouble = steps.attention_opened(compensation, Trouble.REFUND_REFUSED, self._clock.now())
            await self._journal.append(steps.move(compensation, CompensationState.REFUSED, **known), trouble)
        elif compensation.state != CompensationState.SENT:
            await self._journal.append(steps.move(compensation, CompensationState.SENT, **known))


def _is_of(subject: Subject, end_to_end_id: str) -> bool:
    return subject.machine is Machine.COMPENSATION and subject.text("reference") == end_to_end_id
