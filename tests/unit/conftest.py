"""Fixtures for the unit tests: a clock that stands still, and a real journal in a temporary folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.clock import FakeClock
from totem.services.journal import JournalSettings, SqliteJournal, open_journal


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def journal_settings(tmp_path: Path) -> JournalSettings:
    return JournalSettings(tmp_path / "journal.sqlite3", tmp_path / "journal.key", reserve_bytes=64 * 1024)


@pytest.fixture
async def journal(journal_settings: JournalSettings, clock: FakeClock) -> AsyncIterator[SqliteJournal]:
    opened = await open_journal(journal_settings, clock)
    yield opened
    await opened.close()
