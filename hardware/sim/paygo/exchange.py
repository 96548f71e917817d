"""PayGo at work: one request after another, from its first byte to the last of its answer."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hardware.sim.card_ledger import CardTransaction, TransactionState
from hardware.sim.paygo import acquirer as bank
from hardware.sim.paygo import answers
from hardware.sim.paygo.acquirer import Acquirer, Order
from hardware.sim.paygo.answers import ABORTED, REFUSED, Fields
from hardware.sim.paygo.faults import FaultName, FaultPlan
from hardware.sim.paygo.message import Message, encode
from hardware.sim.paygo.reply import Reply
from hardware.sim.paygo.rules import Violation, ViolationKind, read
from hardware.sim.paygo.settings import PaygoSettings
from hardware.sim.pinpad import Gesture, GestureKind, Pinpad, Sleep, Stage

_MOST_KEPT: Final = 10_000
_GARBAGE: Final = b"\x00\xff\x13PAYGO\r\n\x1b[2J999-999\r\n"
_SHOWN: Final = ("CONECTANDO", "INSIRA, APROXIME OU PASSE O CARTAO")
_MORE_CENTS: Final = 100
_REASONS: Final = {
    GestureKind.CANCELLED: "OPERACAO CANCELADA",
    GestureKind.TIMEOUT: "TEMPO ESGOTADO",
}


class AdminKind(StrEnum):
    """What a technician does in PayGo's own menu."""

    LEAVE = "leave"
    CANCEL = "cancel"
    """Cancels a confirmed sale; the cancellation itself waits for CNF."""
    CONFIRM_PENDING = "confirm_pending"
    UNDO_PENDING = "undo_pending"
    REPRINT = "reprint"


@dataclass(frozen=True, slots=True)
class AdminAct:
    """`control` is the 027 of the sale; "" takes the last one that fits."""

    kind: AdminKind
    control: str = ""


class _PowerCut(Exception):
    """The power failed in the middle of an exchange."""


class Exchanges:
    """Answers what the doors take in."""

    def __init__(
        self, settings: PaygoSettings, acquirer: Acquirer, pinpad: Pinpad, rng: random.Random, sleep: Sleep
    ) -> None:
        self.plan = FaultPlan()
        self.violations: deque[Violation] = deque(maxlen=_MOST_KEPT)
        self.requests: deque[bytes] = deque(maxlen=_MOST_KEPT)
        self.admin_acts: deque[AdminAct] = deque()
        self.on_power_cut: Callable[[], None] = _nothing
        self.on_change: Callable[[], None] = _nothing
        self._settings = settings
        self._acquirer = acquirer
        self._pinpad = pinpad
        self._rng = rng
        self._sleep = sleep
        self._numbers: set[str] = set()
        self._busy: Reply | None = None

    def leaves(self, raw: bytes) -> bool:
        """Whether the script has this request of the folder left untaken."""
        message, _ = read(raw, "folder")
        left = self.plan.use(FaultName.NO_STS_LEFT, message.command) is not None
        if left:
            self.on_change()
        return left

    async def handle(self, raw: bytes, reply: Reply) -> None:
        """One request. Never raises but for a bug, or where it is cancelled."""
        self.requests.append(raw)
        message, violations = read(raw, reply.door)
        command = message.command
        if violations:
            self.violations.extend(violations)
            await self._refuse(message, reply, f"INCONSISTENCIA NO CAMPO {violations[0].field or '000'}")
            return
        if self._forgets(message):
            return
        try:
            if command == "ATV":
                await reply.acknowledge(answers.acknowledgement(message))
            elif command in ("CNF", "NCN"):
                await self._settle(message, reply)
            else:
                await self._operate(message, reply)
        except _PowerCut:
            self.on_power_cut()

    # --- what is not acknowledged -------------------------------------------------------------------------------

    def _forgets(self, message: Message) -> bool:
        command = message.command
        if self.plan.use(FaultName.NO_STS_LEFT, command) or self.plan.use(FaultName.NO_STS_TAKEN, command):
            return True
        if self.plan.use(FaultName.NO_STS_APPROVED, command):
            self._acquirer.approve(Order.of_message(message))
            return True
        return False

    async def _refuse(self, message: Message, reply: Reply, text: str) -> None:
        """What is malformed is not carried out; CNF, NCN and ATV have no answer that could say so but silence."""
        if message.command in ("CRT", "CNC", "ADM", "CDP"):
            await reply.acknowledge(answers.acknowledgement(message))
            await reply.answer(encode(answers.refusal(message, message.text("001"), ABORTED, text)))

    async def _settle(self, message: Message, reply: Reply) -> None:
        command = message.command
        if self.plan.use(FaultName.CNF_LOST, command):
            return
        violation = self._acquirer.settle(message.text("027"), command, reply.door)
        if violation is not None:
            self.violations.append(violation)
            return
        if self.plan.use(FaultName.CNF_NOT_ACKNOWLEDGED, command) is None:
            await reply.acknowledge(answers.acknowledgement(message))

    # --- operations ---------------------------------------------------------------------------------------------

    async def _operate(self, message: Message, reply: Reply) -> None:
        number, command = message.text("001"), message.command
        if number in self._numbers or self._acquirer.ledger.find(number) is not None:
            self.violations.append(Violation(ViolationKind.REUSED_ID, command, "001", reply.door))
            await self._refuse(message, reply, "INCONSISTENCIA NO CAMPO 001")
            return
        self._numbers.add(number)
        if self._busy is not None:
            # One who was killed in the middle cannot know that it goes on.
            if not self._busy.is_gone:
                self.violations.append(Violation(ViolationKind.PARALLEL, command, "", reply.door))
            await self._refuse(message, reply, "OPERACAO EM ANDAMENTO")
            return
        self._busy = reply
        try:
            await reply.acknowledge(answers.acknowledgement(message))
            if self.plan.use(FaultName.VANISH_AFTER_STS, command):
                return
            if self.plan.use(FaultName.POWER_LOSS_IN_SALE, command):
                raise _PowerCut
            if self.plan.use(FaultName.MESSAGES, command):
                for text in _SHOWN:
                    await reply.tell(answers.to_show(message, text))
            await self._deliver(message, reply, await self._carry_out(message))
        finally:
            self._busy = None

    async def _carry_out(self, message: Message) -> Fields:
        match message.command:
            case "CRT":
                return await self._sell(message)
            case "CNC":
                return await self._cancel(message)
            case "ADM":
                return self._administer(message)
            case _:
                return answers.refusal(message, self._number(message), ABORTED, "FUNCAO NAO DISPONIVEL")

    async def _sell(self, message: Message) -> Fields:
        order = Order.of_message(message)
        self._acquirer.foresee(order)
        pending = self._acquirer.pending()
        if pending is not None:
            self._acquirer.deny(order, "pending")
            return answers.pending_refusal(message, self._number(message), self._settings, pending)
        names_network = bool(message.text("010") or message.text("739"))
        if self._settings.shows_menu and not names_network:
            gesture = await self._pinpad.ask(Stage.MENU, order.amount_cents)
            if gesture.kind is not GestureKind.PRESENTED:
                return self._deny(message, order, gesture)
        gesture = await self._pinpad.ask(Stage.CARD, order.amount_cents)
        refusal = self._host_refuses(order)
        if gesture.kind is GestureKind.PRESENTED and refusal is not None:
            gesture = Gesture(GestureKind.DECLINED, refusal)
        if gesture.kind is not GestureKind.PRESENTED:
            return self._deny(message, order, gesture)
        return self._approve(message, order)

    def _host_refuses(self, order: Order) -> str | None:
        if self.plan.use(FaultName.DENIED, "CRT"):
            return "NEGADA PELO EMISSOR"
        if not self._settings.test_values:
            return None
        scripted = {bank.DENIED_CENTS: "TRANSACAO NEGADA", bank.LONG_MESSAGE_CENTS: answers.LONG_MESSAGE}
        return scripted.get(order.amount_cents)

    def _deny(self, message: Message, order: Order, gesture: Gesture) -> Fields:
        declined = gesture.kind is GestureKind.DECLINED
        text = gesture.message if declined else _REASONS[gesture.kind]
        self._acquirer.deny(order, gesture.kind.value)
        return answers.refusal(message, self._number(message), REFUSED if declined else ABORTED, text)

    def _approve(self, message: Message, order: Order) -> Fields:
        confirm = self._confirm("CRT")
        differs = self.plan.use(FaultName.AMOUNT_DIFFERS, "CRT")
        more = 0 if differs is None else int(differs.value or _MORE_CENTS)
        transaction = self._acquirer.approve(order, final=confirm == "1", more_cents=more)
        return self._approval(message, transaction, confirm)

    def _approval(self, message: Message, transaction: CardTransaction, confirm: str | None) -> Fields:
        dirty = self.plan.use(FaultName.DIRTY_RECEIPT, message.command) is not None
        return answers.approval(
            message,
            self._number(message),
            self._settings,
            self._acquirer.told(transaction),
            confirm=confirm,
            dirty=dirty,
        )

    async def _cancel(self, message: Message) -> Fields:
        number = self._number(message)
        original = self._acquirer.original_of(message)
        if original is None:
            self.violations.append(Violation(ViolationKind.ORIGINAL, "CNC", "027"))
            return answers.refusal(message, number, ABORTED, "TRANSACAO ORIGINAL NAO ENCONTRADA")
        pending = self._acquirer.pending()
        if pending is not None:
            return answers.pending_refusal(message, number, self._settings, pending)
        if original.state is not TransactionState.CONFIRMED:
            return answers.refusal(message, number, REFUSED, "TRANSACAO JA CANCELADA")
        if self._settings.cancellation_needs_card:
            gesture = await self._pinpad.ask(Stage.CARD, original.amount_cents)
            if gesture.kind is not GestureKind.PRESENTED:
                text = gesture.message or _REASONS.get(gesture.kind, "")
                return answers.refusal(message, number, ABORTED, text)
        if self.plan.use(FaultName.DENIED, "CNC"):
            return answers.refusal(message, number, REFUSED, "CANCELAMENTO NEGADO")
        confirm = self._confirm("CNC")
        return self._approval(
            message, self._acquirer.cancel(original, message.text("001"), final=confirm == "1"), confirm
        )

    def _confirm(self, command: str) -> str | None:
        """Field 729 of an approval."""
        fault = self.plan.use(FaultName.CONFIRM_729, command)
        if fault is None:
            return "2"
        return fault.value if fault.value in ("1", "2") else None

    # --- PayGo's own menu ---------------------------------------------------------------------------------------

    def _administer(self, message: Message) -> Fields:
        act = self.admin_acts.popleft() if self.admin_acts else self._usual_act()
        number = self._number(message)
        if act.kind is AdminKind.LEAVE:
            return answers.refusal(message, number, ABORTED, "OPERACAO CANCELADA")
        settling = act.kind in (AdminKind.CONFIRM_PENDING, AdminKind.UNDO_PENDING)
        wanted = TransactionState.PENDING if settling else TransactionState.CONFIRMED
        found = self._last(wanted, act.control)
        if found is None:
            return answers.refusal(message, number, ABORTED, "TRANSACAO NAO ENCONTRADA")
        if act.kind is AdminKind.CANCEL:
            return self._approval(message, self._acquirer.cancel(found, message.text("001")), "2")
        if act.kind is AdminKind.REPRINT:
            return self._approval(message, found, "1")
        confirmed = act.kind is AdminKind.CONFIRM_PENDING
        state = TransactionState.CONFIRMED if confirmed else TransactionState.UNDONE
        ended = self._acquirer.end(found, state, "hand")
        return answers.settled_by_hand(message, number, self._settings, ended)

    def _usual_act(self) -> AdminAct:
        """The script's amounts that a technician confirms or undoes in the menu; otherwise he leaves it."""
        pending = self._acquirer.pending()
        if pending is not None and self._settings.test_values:
            if pending.amount_cents == bank.MANUAL_CONFIRM_CENTS:
                return AdminAct(AdminKind.CONFIRM_PENDING, pending.id)
            if pending.amount_cents == bank.MANUAL_UNDO_CENTS:
                return AdminAct(AdminKind.UNDO_PENDING, pending.id)
        return AdminAct(AdminKind.LEAVE)

    def _last(self, state: TransactionState, control: str) -> CardTransaction | None:
        fitting = [one for one in self._acquirer.ledger if one.state is state and one.operation == "sale"]
        return next((one for one in reversed(fitting) if control in ("", one.id)), None)

    # --- the way back -------------------------------------------------------------------------------------------

    def _number(self, message: Message) -> str:
        """001 of the answer."""
        if self.plan.use(FaultName.NO_ECHO_001, message.command) is None:
            return message.text("001")
        return str(self._rng.randrange(10_000, 99_999))

    async def _deliver(self, message: Message, reply: Reply, fields: Fields) -> None:
        command, data = message.command, encode(fields)
        if slow := self.plan.use(FaultName.SLOW, command):
            await self._sleep(slow.delay_s)
        if self.plan.use(FaultName.POWER_LOSS_AFTER_APPROVAL, command):
            raise _PowerCut
        if self.plan.use(FaultName.RESET, command):
            reply.reset()
        elif self.plan.use(FaultName.GARBAGE, command):
            await reply.answer(_GARBAGE)
        elif half := self.plan.use(FaultName.HALF_MESSAGE, command):
            await reply.answer_half(data, half.delay_s)
        elif locked := self.plan.use(FaultName.LOCKED_FILE, command):
            await reply.answer_locked(data, locked.delay_s)
        else:
            await reply.answer(data)


def _nothing() -> None:
    return
