"""What the demo's judge looks at: the bank's ledger, the paper, the journal's file and what stood on the screen.

Plain values, each read from its own source; nothing here comes from the program that is judged but the journal itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from totem.bootstrap.card_books import CardMoney


class EvidenceUnreadable(Exception):
    """A source of evidence is not as it should be; then nothing can be called right."""


# --- the bank ---------------------------------------------------------------------------------------------------------


RETURNED = "DEVOLVIDO"


@dataclass(frozen=True, slots=True)
class BankRefund:
    """One devolução in the bank's own books; `status` as Bacen's API names it."""

    id: str
    amount_cents: int
    status: str


@dataclass(frozen=True, slots=True)
class BankPayment:
    """One Pix that the bank says it received."""

    end_to_end_id: str
    amount_cents: int
    txid: str | None = None
    refunds: tuple[BankRefund, ...] = ()
    bank: str = ""

    @property
    def returned_cents(self) -> int:
        """What the bank says it gave back for certain."""
        return sum(refund.amount_cents for refund in self.refunds if refund.status == RETURNED)

    @property
    def left_cents(self) -> int:
        return self.amount_cents - self.returned_cents


@dataclass(frozen=True, slots=True)
class BankCharge:
    """One charge in the bank's own books."""

    txid: str
    amount_cents: int
    status: str
    copia_e_cola: str
    payments: tuple[BankPayment, ...] = ()
    bank: str = ""

    @property
    def received_cents(self) -> int:
        return sum(payment.amount_cents for payment in self.payments)


@dataclass(frozen=True, slots=True)
class BankBooks:
    """What one bank knows. `strays` are its Pix that belong to no charge of it."""

    charges: tuple[BankCharge, ...]
    strays: tuple[BankPayment, ...]
    answers: tuple[tuple[str, str], ...]


def read_books(name: str, answer: Mapping[str, Any]) -> BankBooks:
    """One simulated bank's `ledger`. Raises EvidenceUnreadable."""
    try:
        pix = {str(each["end_to_end_id"]): _payment(name, each) for each in answer["pix"]}
        charges = tuple(
            BankCharge(
                txid=str(charge["txid"]),
                amount_cents=int(charge["amount_cents"]),
                status=str(charge["status"]),
                copia_e_cola=str(charge["copia_e_cola"]),
                payments=tuple(pix[str(one)] for one in charge["pix"]),
                bank=name,
            )
            for charge in answer["charges"]
        )
        answers = tuple((str(each["operation"]), str(each["result"])) for each in answer["requests"])
    except (KeyError, TypeError, ValueError) as error:
        raise EvidenceUnreadable(f"ledger of {name}: {error!r}") from error
    charged = {payment.end_to_end_id for charge in charges for payment in charge.payments}
    strays = tuple(payment for payment in pix.values() if payment.end_to_end_id not in charged)
    return BankBooks(charges, strays, answers)


def _payment(bank: str, pix: Mapping[str, Any]) -> BankPayment:
    refunds = tuple(
        BankRefund(str(each["id"]), int(each["amount_cents"]), str(each["status"])) for each in pix["refunds"]
    )
    txid = str(pix["txid"]) if pix["txid"] is not None else None
    return BankPayment(str(pix["end_to_end_id"]), int(pix["amount_cents"]), txid, refunds, bank)


# --- the paper --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PaperTicket:
    """One piece of paper as cut. `faults` is what a strict reader of ESC/POS finds wrong in its bytes."""

    id: str
    text: str
    codes: tuple[str, ...]
    """The data of its QR codes."""
    faults: tuple[str, ...] = ()
    is_cut: bool = True


# --- the journal ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JournalSubject:
    id: str
    machine: str
    sale_id: str
    state: str
    data: Mapping[str, object]

    def text(self, key: str) -> str:
        value = self.data.get(key, "")
        return value if isinstance(value, str) else ""

    def cents(self, key: str) -> int | None:
        value = self.data.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    seq: int
    kind: str
    sale_id: str
    subject_id: str
    state: str
    data: Mapping[str, object]
    at: str = ""
    """RFC 3339, UTC, to the millisecond."""


@dataclass(frozen=True, slots=True)
class JournalView:
    """Every subject as it stands and every row as written, oldest first."""

    subjects: tuple[JournalSubject, ...] = ()
    entries: tuple[JournalEntry, ...] = ()

    def of(self, machine: str, sale_id: str | None = None) -> tuple[JournalSubject, ...]:
        return tuple(
            subject
            for subject in self.subjects
            if subject.machine == machine and (sale_id is None or subject.sale_id == sale_id)
        )

    def subject(self, subject_id: str) -> JournalSubject | None:
        return next((subject for subject in self.subjects if subject.id == subject_id), None)

    def open_attentions(self, sale_id: str | None = None) -> tuple[JournalSubject, ...]:
        return tuple(each for each in self.of("attention", sale_id) if each.state == "open")


def read_journal(path: Path) -> JournalView:
    """The journal's file as it lies on the disk, opened for reading only. Raises EvidenceUnreadable."""
    try:
        with closing(_open_to_read(path)) as database:
            subjects = [
                JournalSubject(row["id"], row["machine"], row["sale_id"], row["state"], _object(row["data"]))
                for row in database.execute("SELECT id, machine, sale_id, state, data FROM subjects ORDER BY born_seq")
            ]
            return JournalView(tuple(subjects), _entries(database, 0))
    except (sqlite3.Error, ValueError) as error:
        raise EvidenceUnreadable(f"journal {path.name}: {error}") from error


def read_entries(path: Path, after: int) -> tuple[JournalEntry, ...]:
    """The rows behind that one, for whoever looks again and again. Raises EvidenceUnreadable."""
    try:
        with closing(_open_to_read(path)) as database:
            return _entries(database, after)
    except (sqlite3.Error, ValueError) as error:
        raise EvidenceUnreadable(f"journal {path.name}: {error}") from error


def last_entry(path: Path) -> int:
    """The newest row's number, 0 for none. Raises EvidenceUnreadable."""
    try:
        with closing(_open_to_read(path)) as database:
            (seq,) = database.execute("SELECT max(seq) FROM entries").fetchone()
            return seq or 0
    except sqlite3.Error as error:
        raise EvidenceUnreadable(f"journal {path.name}: {error}") from error


def _open_to_read(path: Path) -> sqlite3.Connection:
    # A journal that was closed in order has no log beside it; SQLite need not make one to read it.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "mode=ro&immutable=1"
    database = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True)
    database.row_factory = sqlite3.Row
    return database


def _entries(database: sqlite3.Connection, after: int) -> tuple[JournalEntry, ...]:
    rows = database.execute(
        "SELECT seq, kind, sale_id, subject_id, state, data, at FROM entries WHERE seq > ? ORDER BY seq", (after,)
    )
    return tuple(
        JournalEntry(
            row["seq"], row["kind"], row["sale_id"], row["subject_id"], row["state"], _object(row["data"]), row["at"]
        )
        for row in rows
    )


def _object(text: str) -> Mapping[str, object]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise EvidenceUnreadable("a row's data is no JSON object")
    return value


# --- the screen -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeenSale:
    """What a customer saw of one sale: the code on the screen, the screens in order, the last trouble.

    `trouble` is its code, `words` all that its screen said.
    """

    code: str = ""
    screens: tuple[str, ...] = ()
    trouble: str = ""
    words: tuple[str, ...] = ()
    must_end: str = ""
    """The screen on which the sale had to end."""


@dataclass(frozen=True, slots=True)
class Evidence:
    charges: Sequence[BankCharge]
    paper: Sequence[PaperTicket]
    journal: JournalView
    seen: Sequence[SeenSale] = ()
    answers: Sequence[tuple[str, str]] = ()
    """(operation, result) of every request that the banks got: an HTTP status, or how the wire was broken."""
    strays: Sequence[BankPayment] = ()
    """Pix that belong to no charge of their bank: straight to the key, or of another kiosk."""
    kiosk_id: str = ""
    """By which the kiosk's own ids are known."""
    cards: Sequence[CardMoney] = ()
    """Every sale in every card acquirer's books, denied ones included."""
    violations: Sequence[str] = ()
    """What the card terminals complain of."""

    @property
    def payments(self) -> tuple[BankPayment, ...]:
        """Every Pix in every bank's books."""
        return (*(payment for charge in self.charges for payment in charge.payments), *self.strays)


def one_or_none(subjects: Iterable[JournalSubject]) -> JournalSubject | None:
    """The only one, or None where there is none or more than one."""
    found = tuple(subjects)
    return found[0] if len(found) == 1 else None
