"""The kiosk's journal, opened where its configuration says."""

from __future__ import annotations

import asyncio

from totem.config.models import Settings
from totem.domain.ports import Clock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal


async def open_kiosk_journal(settings: Settings, clock: Clock) -> SqliteJournal:
    """Off the event loop; folders are made where they are missing. Raises JournalError."""
    journal = settings.journal
    for folder in (journal.directory, journal.key_file.parent, journal.head_path.parent):
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
    return await open_journal(
        JournalSettings(
            path=journal.path,
            key_file=journal.key_file,
            head_file=journal.head_path,
            reserve_bytes=journal.reserve_mb * 1024 * 1024,
        ),
        clock,
    )
