"""The acquirer behind PayGo: approves, denies, and settles in its ledger. Plain calls, each carried out whole."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Final

from hardware.sim.card_ledger import CardLedger, CardTransaction, TransactionState
from hardware.sim.paygo.answers import Approved
from hardware.sim.paygo.message import Message
from hardware.sim.paygo.rules import Violation, ViolationKind
from hardware.sim.paygo.settings import PaygoSettings

BRASILIA: Final = timezone(timedelta(hours=-3))
_FIRST_NSU: Final = 100_000

# Amounts of PayGo's certification script.
DENIED_CENTS: Final = 100001
LONG_MESSAGE_CENTS: Final = 100300
_UNREGISTERED_CENTS: Final = frozenset({100550, 101100, 101200})
"""The first CNF or NCN of these is acknowledged, and the acquirer does not get it: the transaction stays pending."""
MANUAL_UNDO_CENTS: Final = 101100
MANUAL_CONFIRM_CENTS: Final = 101200
_BEFORE_FOREIGN_CENTS: Final = 100560
_FOREIGN_CENTS: Final = 100561
"""Finds a transaction pending that this kiosk knows nothing of."""


@dataclass(frozen=True, slots=True)
class Order:
    """A sale or a cancellation as it was asked for."""

    request: str
    amount_cents: int
    kind: str
    installments: int

    @classmethod
    def of_message(cls, message: Message) -> Order:
        """Of a request whose form was found right."""
        return cls(
            request=message.text("001"),
            amount_cents=int(message.text("003")),
            kind="debit" if message.text("731")[-1:] == "2" else "credit",
            installments=int(message.text("018") or "1"),
        )


class Acquirer:
    """One merchant's transactions."""

    def __init__(
        self, settings: PaygoSettings, ledger: CardLedger, now: Callable[[], datetime], rng: random.Random
    ) -> None:
        self.ledger = ledger
        self._settings = settings
        self._now = now
        self._rng = rng

    def local(self, moment: datetime) -> datetime:
        """As fields 015, 016, 022 and 023 tell it."""
        return moment.astimezone(BRASILIA)

    def told(self, transaction: CardTransaction) -> Approved:
        """It, as an answer tells it."""
        original = self.ledger.get(transaction.original) if transaction.original else None
        original_local = self.local(original.at) if original is not None else None
        return Approved(transaction, self.local(transaction.at), original, original_local)

    # --- sales --------------------------------------------------------------------------------------------------

    def pending(self) -> CardTransaction | None:
        """The oldest transaction that waits to be settled."""
        return next((one for one in self.ledger if one.state is TransactionState.PENDING), None)

    def foresee(self, order: Order) -> None:
        """What the script's amounts bring about before the sale is looked at."""
        planted = any(one.origin == "foreign" for one in self.ledger)
        if self._settings.test_values and order.amount_cents == _FOREIGN_CENTS and not planted:
            self.plant_foreign(_BEFORE_FOREIGN_CENTS)

    def approve(self, order: Order, *, final: bool = False, more_cents: int = 0) -> CardTransaction:
        """`final` leaves nothing to confirm; `more_cents` is what is taken beyond what was asked."""
        made = self._made(order.request, order.amount_cents + more_cents, order.kind, order.installments)
        return self.ledger.put(self._finished(made, "self") if final else made)

    def deny(self, order: Order, reason: str) -> CardTransaction:
        """Kept too: a number that was used is used."""
        moment = self._now()
        return self.ledger.put(
            CardTransaction(
                id=f"D{len(self.ledger):05d}-{order.request}",
                request=order.request,
                amount_cents=order.amount_cents,
                at=moment,
                state=TransactionState.DENIED,
                kind=order.kind,
                installments=order.installments,
                network=self._settings.network,
                reason=reason,
            )
        )

    def plant_foreign(self, amount_cents: int) -> CardTransaction:
        """An approved sale of somebody else's, pending."""
        request = str(self._rng.randrange(9_000_000_000, 9_999_999_999))
        return self.ledger.put(self._made(request, amount_cents, "credit", 1, origin="foreign"))

    def _made(
        self, request: str, amount_cents: int, kind: str, installments: int, origin: str = "kiosk"
    ) -> CardTransaction:
        moment = self._now()
        nsu = str(_FIRST_NSU + len(self.ledger) + 1)
        return CardTransaction(
            id=f"{self.local(moment):%d%m%Y%H%M}{nsu}",
            request=request,
            amount_cents=amount_cents,
            at=moment,
            state=TransactionState.PENDING,
            kind=kind,
            installments=installments,
            network=self._settings.network,
            brand=self._settings.card.brand,
            nsu=nsu,
            authorization=f"{self._rng.randrange(1_000_000):06d}",
            origin=origin,
        )

    def _finished(self, transaction: CardTransaction, by: str) -> CardTransaction:
        return replace(transaction, state=TransactionState.CONFIRMED, settled_at=self._now(), settled_by=by)

    # --- confirmation and undoing -------------------------------------------------------------------------------

    def settle(self, control: str, command: str, door: str) -> Violation | None:
        """CNF or NCN from the kiosk; a violation is not carried out. Sent again, it changes nothing."""
        transaction = self.ledger.get(control)
        if transaction is None or transaction.state is TransactionState.DENIED:
            return Violation(ViolationKind.UNKNOWN_CONTROL, command, "027", door)
        wanted = TransactionState.CONFIRMED if command == "CNF" else TransactionState.UNDONE
        if transaction.state is TransactionState.PENDING:
            self._settle_pending(transaction, wanted)
            return None
        self.ledger.change(transaction, confirmations=transaction.confirmations + 1)
        agrees = transaction.state is wanted or (
            transaction.state is TransactionState.CANCELLED and wanted is TransactionState.CONFIRMED
        )
        # What a hand settled in PayGo's own menu, the kiosk cannot know.
        if agrees or transaction.settled_by == "hand":
            return None
        return Violation(ViolationKind.DECISION_CHANGED, command, "027", door)

    def _settle_pending(self, transaction: CardTransaction, wanted: TransactionState) -> None:
        counted = transaction.confirmations + 1
        scripted = self._settings.test_values and transaction.amount_cents in _UNREGISTERED_CENTS
        if scripted and counted == 1 and transaction.operation == "sale":
            self.ledger.change(transaction, confirmations=counted)
            return
        self.end(transaction, wanted, "kiosk")
        if self._settings.test_values and transaction.amount_cents == _BEFORE_FOREIGN_CENTS:
            planted = any(one.origin == "foreign" for one in self.ledger)
            if not planted:
                self.plant_foreign(_BEFORE_FOREIGN_CENTS)

    def end(self, transaction: CardTransaction, state: TransactionState, by: str) -> CardTransaction:
        """Confirmed or undone, by the `kiosk` or by a `hand` in PayGo's menu."""
        counted = transaction.confirmations + (by == "kiosk")
        ended = self.ledger.change(
            transaction, state=state, settled_at=self._now(), settled_by=by, confirmations=counted
        )
        original = self.ledger.get(transaction.original) if transaction.original else None
        if original is not None and state is TransactionState.UNDONE:
            self.ledger.change(original, state=TransactionState.CONFIRMED)
        return ended

    # --- cancellation -------------------------------------------------------------------------------------------

    def original_of(self, message: Message) -> CardTransaction | None:
        """The sale that a CNC names, if all that it says of it is right."""
        found = self.ledger.get(message.text("027"))
        if found is None or found.operation != "sale" or found.state is TransactionState.DENIED:
            return None
        local = self.local(found.at)
        said = tuple(message.text(number) for number in ("012", "022", "023"))
        if said != (found.nsu, f"{local:%d%m%Y}", f"{local:%H%M%S}"):
            return None
        if int(message.text("003")) != found.amount_cents or message.text("013") not in ("", found.authorization):
            return None
        return found

    def cancel(self, original: CardTransaction, request: str, *, final: bool = False) -> CardTransaction:
        """A cancellation of a confirmed sale, pending itself unless `final`."""
        made = self._made(request, original.amount_cents, original.kind, 1)
        named = replace(made, operation="cancellation", original=original.id)
        self.ledger.change(original, state=TransactionState.CANCELLED)
        return self.ledger.put(self._finished(named, "self") if final else named)
