"""The app on the POS: sales, refunds and their questions, stored before they are carried out (sections 5 to 8)."""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hardware.sim.pinpad import GestureKind, Pinpad, Sleep, Stage
from hardware.sim.smart_pos.faults import FaultName, FaultPlan
from hardware.sim.smart_pos.lines import health_line, refund_line, sale_line
from hardware.sim.smart_pos.link import PosLink
from hardware.sim.smart_pos.requests import Json, Refund, Refused, Sale, identifier, refund_of, sale_of
from hardware.sim.smart_pos.settings import SmartPosSimSettings
from hardware.sim.smart_pos.store import PosStatus, PosStore, PosTransaction, StoreFailed

_FIRST_NSU: Final = 312_000
_MORE_CENTS: Final = 100
_GARBAGE: Final = b'{"type":"transaction","transaction":{"status":"appro\xff\xfe'
KIOSK, LOST, USER = "KIOSK_CANCELLED", "KIOSK_LOST", "USER_CANCELLED"

Run = Callable[[Coroutine[Any, Any, None]], None]


class PaymentApp:
    """Carries out one payment at a time. `link` is the kiosk's present one."""

    def __init__(
        self,
        settings: SmartPosSimSettings,
        store: PosStore,
        pinpad: Pinpad,
        now: Callable[[], datetime],
        rng: random.Random,
        sleep: Sleep,
        run: Run,
    ) -> None:
        self.settings = settings
        self.store = store
        self.plan = FaultPlan()
        self.link: PosLink | None = None
        self.not_ready = ""
        """Why it takes no sale, by the protocol's word; "" where it does."""
        self.clock_drift_s = 0.0
        self._pinpad = pinpad
        self._now = now
        self._rng = rng
        self._sleep = sleep
        self._run = run
        self.on_approved: Callable[[PosTransaction], None] = _nothing
        self._asking: str = ""
        """The sale that waits for a card."""

    # --- time ---------------------------------------------------------------------------------------------------

    def moment(self) -> datetime:
        """Its own clock, which may be wrong."""
        return self._now() + timedelta(seconds=self.clock_drift_s)

    def time(self) -> str:
        return told_time(self.moment())

    # --- requests -----------------------------------------------------------------------------------------------

    def sell(self, link: PosLink, request: int, body: Json) -> None:
        """Raises Refused, StoreFailed."""
        sale = sale_of(body)
        if self.plan.use(FaultName.SALE_LOST):
            link.reset()
            return
        known = self.store.get(sale.transaction_id)
        if known is not None:
            asked = (known.amount_cents, known.currency, known.kind, known.installments)
            if known.original or asked != (sale.amount_cents, sale.currency, sale.kind, sale.installments):
                raise Refused("id_conflict")
            self._answer(link, request, {"transaction": self._told(known)})
            return
        self._check_new(sale)
        made = self.store.put(
            PosTransaction(
                id=sale.transaction_id,
                amount_cents=sale.amount_cents,
                at=self.moment(),
                currency=sale.currency,
                kind=sale.kind,
                installments=sale.installments,
                number=sale.number,
                reference=sale.reference,
            )
        )
        self._begun(link, request, {"transaction": sale_line(made, self.settings)}, "sale")
        self._run(self._take_card(made, sale.timeout_s))

    def _check_new(self, sale: Sale) -> None:
        if self.store.is_burnt(sale.transaction_id):
            raise Refused("id_burnt")
        if sale.kind not in self.settings.kinds:
            raise Refused("unsupported", sale.kind)
        most = self.settings.most_installments
        if sale.installments > most:
            raise Refused("unsupported", f"at most {most} instalments")
        if self.busy_with:
            raise Refused("busy")
        if self.not_ready:
            raise Refused("not_ready", self.not_ready)

    def refund(self, link: PosLink, request: int, body: Json) -> None:
        """Raises Refused, StoreFailed."""
        if "refund" not in self.settings.can:
            raise Refused("unsupported")
        wanted = refund_of(body)
        if self.plan.use(FaultName.SALE_LOST, "refund"):
            link.reset()
            return
        known = self.store.get(wanted.refund_id)
        if known is not None:
            if (known.original, known.amount_cents) != (wanted.transaction_id, wanted.amount_cents):
                raise Refused("id_conflict")
            self._answer(link, request, {"refund": refund_line(known)})
            return
        if self.store.is_burnt(wanted.refund_id):
            raise Refused("id_burnt")
        if self.busy_with:
            raise Refused("busy")
        made = self.store.put(
            PosTransaction(
                id=wanted.refund_id,
                amount_cents=wanted.amount_cents,
                at=self.moment(),
                original=wanted.transaction_id,
            )
        )
        possible = self._may_refund(wanted)
        self._begun(link, request, {"refund": refund_line(made)}, "refund")
        self._run(self._give_back(made, possible=possible))

    def _may_refund(self, wanted: Refund) -> bool:
        sale = self.store.get(wanted.transaction_id)
        if sale is None or sale.original or sale.status is not PosStatus.APPROVED:
            return False
        counted = (PosStatus.APPROVED, PosStatus.PROCESSING)
        others = [one for one in self.store if one.original == sale.id and one.id != wanted.refund_id]
        gone = sum(one.amount_cents for one in others if one.status in counted)
        return gone + wanted.amount_cents <= sale.taken_cents

    def cancel(self, link: PosLink, request: int, body: Json) -> None:
        """Raises Refused, StoreFailed."""
        if "cancel" not in self.settings.can:
            raise Refused("unsupported")
        name = identifier(body, "transactionId")
        known = self.store.get(name)
        if known is None:
            self.store.burn(name)
            self._answer(link, request, {"accepted": False, "transaction": _not_found("transactionId", name)})
            return
        accepted = self._asking == name and self._pinpad.stage is Stage.CARD
        self._answer(link, request, {"accepted": accepted, "transaction": self._told(known)})
        if accepted:
            self._pinpad.cancel(KIOSK)

    def status(self, link: PosLink, request: int, body: Json) -> None:
        """Raises Refused, StoreFailed."""
        name = identifier(body, "transactionId")
        known = self.store.get(name)
        if known is None or known.original:
            self.store.burn(name)
            self._answer(link, request, {"transaction": _not_found("transactionId", name)})
            return
        self._answer(link, request, {"transaction": self._told(known)})

    def refund_status(self, link: PosLink, request: int, body: Json) -> None:
        """Raises Refused, StoreFailed."""
        name, sale = identifier(body, "refundId"), identifier(body, "transactionId")
        known = self.store.get(name)
        if known is None or not known.original:
            self.store.burn(name)
            self._answer(link, request, {"refund": {**_not_found("refundId", name), "transactionId": sale}})
            return
        self._answer(link, request, {"refund": refund_line(known)})

    def health(self, link: PosLink, request: int) -> None:
        line = health_line(self.not_ready, self.busy_with, self.time())
        self._answer(link, request, {"health": line})

    # --- what it tells ------------------------------------------------------------------------------------------

    @property
    def busy_with(self) -> str:
        """The sale or refund under way, "" for none."""
        return next((one.id for one in self.store if one.status is PosStatus.PROCESSING), "")

    def _told(self, known: PosTransaction) -> Json:
        return sale_line(known, self.settings)

    def _answer(self, link: PosLink, request: int, body: Json) -> None:
        link.send({"type": "answer", "id": request, **body})

    def _begun(self, link: PosLink, request: int, body: Json, on: str) -> None:
        """The answer to what was just stored, as the script wants it."""
        if self.plan.use(FaultName.ANSWER_LOST, on):
            link.reset()
        elif self.plan.use(FaultName.INTERNAL, on):
            link.refuse(Refused("internal", "NullPointerException", "unknown"), request)
        elif self.plan.use(FaultName.ANSWER_SILENT, on) is None:
            self._answer(link, request, body)

    def _event(self, name: str, event: str, text: str, *, can_cancel: bool) -> None:
        if self.link is not None:
            line = {"type": "event", "transactionId": name, "event": event, "text": text, "canCancel": can_cancel}
            self.link.send(line)

    # --- a sale under way ---------------------------------------------------------------------------------------

    async def _take_card(self, sale: PosTransaction, timeout_s: float) -> None:
        self._event(sale.id, "present_card", "Insira, aproxime ou passe o cartão", can_cancel=True)
        self._asking = sale.id
        try:
            gesture = await self._pinpad.ask(Stage.CARD, sale.amount_cents, timeout_s)
        finally:
            self._asking = ""
        if gesture.kind is GestureKind.CANCELLED:
            await self._end(sale, PosStatus.CANCELLED, gesture.message or USER)
            return
        if gesture.kind is GestureKind.TIMEOUT:
            await self._end(sale, PosStatus.TIMEOUT, "TIMEOUT")
            return
        self._event(sale.id, "pin", "Digite a senha", can_cancel=True)
        self._event(sale.id, "processing", "", can_cancel=False)
        if self.plan.use(FaultName.LINK_LOST_BEFORE_APPROVAL) and self.link is not None:
            self.link.reset()
        if self.plan.use(FaultName.NO_END):
            return
        if gesture.kind is GestureKind.DECLINED or self.plan.use(FaultName.DECLINED):
            await self._end(sale, PosStatus.DECLINED, "DECLINED")
            return
        differs = self.plan.use(FaultName.AMOUNT_DIFFERS)
        more = 0 if differs is None else int(differs.value or _MORE_CENTS)
        await self._end(sale, PosStatus.APPROVED, more_cents=more)

    async def _give_back(self, refund: PosTransaction, *, possible: bool) -> None:
        await self._sleep(self._pinpad.auto_delay_s)
        if self.plan.use(FaultName.NO_END, "refund"):
            return
        if not possible or self.plan.use(FaultName.DECLINED, "refund"):
            await self._end(refund, PosStatus.DECLINED, "DECLINED")
        else:
            await self._end(refund, PosStatus.APPROVED)

    async def _end(self, known: PosTransaction, status: PosStatus, error: str = "", *, more_cents: int = 0) -> None:
        """Store the end, then tell it. What cannot be stored stays processing."""
        try:
            ended = self.finish(known, status, error, more_cents)
        except StoreFailed:
            return
        on = "refund" if ended.original else "sale"
        if slow := self.plan.use(FaultName.SLOW, on):
            await self._sleep(slow.delay_s)
        if not ended.original and status in (PosStatus.APPROVED, PosStatus.DECLINED):
            self._event(ended.id, "remove_card", "Retire o cartão", can_cancel=False)
        if status is PosStatus.APPROVED:
            self.on_approved(ended)
        self._tell(ended, on)

    def finish(self, known: PosTransaction, status: PosStatus, error: str = "", more_cents: int = 0) -> PosTransaction:
        """Its end, stored and not yet told. Raises StoreFailed."""
        approved = status is PosStatus.APPROVED
        return self.store.change(
            known,
            status=status,
            error=error,
            taken_cents=known.amount_cents + more_cents if approved else 0,
            nsu=str(_FIRST_NSU + sum(1 for _ in self.store)) if approved else "",
            authorization=f"A{self._rng.randrange(100_000):05d}" if approved else "",
            ended_at=self.moment(),
        )

    def _tell(self, ended: PosTransaction, on: str) -> None:
        link = self.link
        if link is None:
            return
        line = result_line(ended, self.settings)
        inner: Json = line[line["type"]]
        if self.plan.use(FaultName.LINK_LOST_AFTER_APPROVAL, on):
            link.reset()
        elif self.plan.use(FaultName.RESULT_SILENT, on):
            return
        elif self.plan.use(FaultName.HALF_LINE, on):
            link.send_half(line)
        elif self.plan.use(FaultName.GARBAGE, on):
            link.send_text(_GARBAGE)
        elif self.plan.use(FaultName.BAD_MAC, on):
            link.send_forged(line)
        elif self.plan.use(FaultName.AMOUNT_AS_TEXT, on):
            link.send({**line, line["type"]: {**inner, "amount": str(inner["amount"])}})
        elif self.plan.use(FaultName.UNKNOWN_STATUS, on):
            link.send({**line, line["type"]: {**inner, "status": "superposed"}})
        else:
            if self.plan.use(FaultName.FOREIGN_ID, on):
                link.send({**line, line["type"]: {**inner, "transactionId": "FOREIGN-0001", "amount": 1}})
            link.send(line)
            if self.plan.use(FaultName.DUPLICATE, on):
                link.send(line)

    def resolve(self, name: str, *, approved: bool) -> None:
        """The acquirer answers at last. Raises KeyError, or ValueError where it has ended."""
        known = self.store.get(name)
        if known is None:
            raise KeyError(name)
        if known.status is not PosStatus.PROCESSING or self._asking == name:
            raise ValueError(f"not under way: {name}")
        status, error = (PosStatus.APPROVED, "") if approved else (PosStatus.DECLINED, "DECLINED")
        self._run(self._end(known, status, error))

    def kiosk_is_lost(self) -> None:
        """Nobody was linked for long: a sale without a card is given up."""
        if self._asking and self._pinpad.stage is Stage.CARD:
            self._pinpad.cancel(LOST)

    def recover(self) -> None:
        """At a start: the acquirer knows nothing of what was under way without an end."""
        for known in self.store:
            if known.status is PosStatus.PROCESSING:
                self.finish(known, PosStatus.DECLINED, "DECLINED")


def told_time(moment: datetime) -> str:
    """RFC 3339 in UTC with Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def result_line(ended: PosTransaction, settings: SmartPosSimSettings) -> Json:
    """`transaction` or `refund`."""
    if ended.original:
        return {"type": "refund", "refund": refund_line(ended)}
    return {"type": "transaction", "transaction": sale_line(ended, settings)}


def _nothing(_: PosTransaction) -> None:
    return


def _not_found(field: str, name: str) -> Json:
    return {field: name, "status": "not_found"}
