"""The journal: everything that touched money or goods, append-only, chained, and sealed outside its own file."""

from __future__ import annotations

from totem.services.journal.settings import CommitPoint, JournalSettings
from totem.services.journal.store import SqliteJournal, open_journal
from totem.services.journal.verify import VerifyReport, verify

__all__ = ["CommitPoint", "JournalSettings", "SqliteJournal", "VerifyReport", "open_journal", "verify"]
