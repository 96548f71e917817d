"""What the app on the POS stores durably: sales, refunds, print jobs, burnt ids, and its own name."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from hardware.sim.json_lines import append_line, read_lines


class PosStatus(StrEnum):
    """Of a sale or a refund; see the protocol, section 5."""

    PROCESSING = "processing"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


class JobStatus(StrEnum):
    PRINTING = "printing"
    HELD = "held"
    DONE = "done"
    NOT_PRINTED = "not_printed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PosTransaction:
    """A sale, or a refund where `original` names the sale. `amount_cents` was asked for, `taken_cents` moved."""

    id: str
    amount_cents: int
    at: datetime
    currency: str = "BRL"
    kind: str = ""
    installments: int = 1
    original: str = ""
    number: int = 0
    reference: str = ""
    status: PosStatus = PosStatus.PROCESSING
    error: str = ""
    taken_cents: int = 0
    nsu: str = ""
    authorization: str = ""
    ended_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Only what JSON knows; moments are RFC 3339."""
        plain = asdict(self)
        plain["at"] = self.at.isoformat()
        plain["ended_at"] = self.ended_at.isoformat() if self.ended_at is not None else None
        return plain

    @classmethod
    def of_json(cls, plain: dict[str, Any]) -> PosTransaction:
        ended = plain["ended_at"]
        moments = {
            "at": datetime.fromisoformat(plain["at"]),
            "ended_at": datetime.fromisoformat(ended) if ended is not None else None,
        }
        return cls(**{**plain, **moments, "status": PosStatus(plain["status"])})


class StoreFailed(RuntimeError):
    """Nothing could be stored."""


class PosStore:
    """In memory and, with a `path`, in a file of JSON lines that outlives the app; the last line of an id counts."""

    def __init__(self, path: Path | None, now: Callable[[], datetime], changed: Callable[[], None]) -> None:
        self._path = path
        self._changed = changed
        self._transactions: dict[str, PosTransaction] = {}
        self._burnt: set[str] = set()
        self._jobs: dict[str, JobStatus] = {}
        self.store_id = ""
        self.since = now()
        self.fails = False
        """Every write fails, as on a full disk."""
        if path is not None:
            for plain in read_lines(path):
                self._replay(plain)
        if not self.store_id:
            self.renew(now())

    def __iter__(self) -> Iterator[PosTransaction]:
        """Sales and refunds, oldest first."""
        return iter(tuple(self._transactions.values()))

    def get(self, transaction_id: str) -> PosTransaction | None:
        return self._transactions.get(transaction_id)

    def put(self, transaction: PosTransaction) -> PosTransaction:
        """Raises StoreFailed."""
        self._write({"transaction": transaction.as_json()})
        self._transactions[transaction.id] = transaction
        self._changed()
        return transaction

    def change(self, transaction: PosTransaction, **changes: Any) -> PosTransaction:
        return self.put(replace(transaction, **changes))

    def is_burnt(self, name: str) -> bool:
        return name in self._burnt

    def burn(self, name: str) -> None:
        """That id was said not to be known, and never will be. Raises StoreFailed."""
        self._write({"burnt": name})
        self._burnt.add(name)
        self._changed()

    def job(self, job_id: str) -> JobStatus | None:
        return self._jobs.get(job_id)

    def put_job(self, job_id: str, status: JobStatus) -> None:
        self._write({"job": job_id, "status": status.value})
        self._jobs[job_id] = status
        self._changed()

    @property
    def jobs(self) -> dict[str, JobStatus]:
        return dict(self._jobs)

    def renew(self, moment: datetime) -> None:
        """A new database: everything before is forgotten."""
        self._transactions.clear()
        self._burnt.clear()
        self._jobs.clear()
        self.store_id, self.since = str(uuid.uuid4()), moment
        self._write({"store": self.store_id, "since": moment.isoformat()})

    def _write(self, plain: dict[str, Any]) -> None:
        if self.fails:
            raise StoreFailed("the disk is full")
        if self._path is not None:
            append_line(self._path, plain)

    def _replay(self, plain: dict[str, Any]) -> None:
        match plain:
            case {"transaction": transaction}:
                known = PosTransaction.of_json(transaction)
                self._transactions[known.id] = known
            case {"burnt": name}:
                self._burnt.add(name)
            case {"job": job_id, "status": status}:
                self._jobs[job_id] = JobStatus(status)
            case {"store": store_id, "since": since}:
                self._transactions.clear()
                self._burnt.clear()
                self._jobs.clear()
                self.store_id, self.since = store_id, datetime.fromisoformat(since)


def read_store(path: Path) -> tuple[PosTransaction, ...]:
    """Sales and refunds of a store's file, oldest first; for a judge that has no simulator at hand."""
    known: dict[str, PosTransaction] = {}
    for plain in read_lines(path):
        if "store" in plain:
            known.clear()
        if "transaction" in plain:
            transaction = PosTransaction.of_json(plain["transaction"])
            known[transaction.id] = transaction
    return tuple(known.values())
