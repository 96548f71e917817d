"""The key of the chain: 32 bytes in a file that only its owner reads."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from totem.domain.errors import JournalBroken
from totem.services.journal.files import create_private

KEY_BYTES: Final = 32


def load_key(path: Path) -> bytes:
    """Raises JournalBroken where it is missing, of the wrong size, or open to others."""
    try:
        with path.open("rb") as file:
            _refuse_if_open_to_others(path, os.fstat(file.fileno()))
            key = file.read(KEY_BYTES + 1)
    except FileNotFoundError as error:
        raise JournalBroken(
            f"the journal's key {path} is missing: without it nothing can be checked or added"
        ) from error
    except OSError as error:
        raise JournalBroken(f"the journal's key {path} cannot be read: {error.strerror}") from error
    if len(key) != KEY_BYTES:
        raise JournalBroken(f"the journal's key {path} must hold exactly {KEY_BYTES} bytes")
    return key


def create_key(path: Path) -> bytes:
    """A new random key. Raises OSError where it cannot be stored."""
    key = secrets.token_bytes(KEY_BYTES)
    create_private(path, key)
    return key


def _refuse_if_open_to_others(path: Path, status: os.stat_result) -> None:
    if os.name != "posix":
        return  # Windows guards by access lists, which the installer sets on the folder.
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        mode = stat.S_IMODE(status.st_mode)
        raise JournalBroken(f"the journal's key {path} is open to others (mode {mode:04o}): set it to 0600")
