"""The folder that a demo fills: emptied of an earlier demo, and never of anything else."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

MARK: Final = "demo.txt"
_MARK_TEXT: Final = "Esta pasta é de uma demonstração do totem: a próxima demonstração nela apaga a anterior.\n"

_FILES: Final = (
    "summary.json",
    "ledger.json",
    "seen.json",
    "screen.json",
    "totem.toml",
    "journal.sqlite3",
    "journal.sqlite3-wal",
    "journal.sqlite3-shm",
    "journal.key",
    "journal.head",
    "journal.reserve",
    "journal.lock",
)
_FOLDERS: Final = ("screens", "tickets", "logs", "sandbox")


class OutUnusable(Exception):
    """The folder holds something that is not a demo's, or cannot be written. The text is for the user."""


def prepare_out(folder: Path) -> None:
    """Make the folder, or clear an earlier demo out of it. Raises OutUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark = folder / MARK
        if not mark.exists():
            strange = [name for name in (*_FILES, *_FOLDERS) if (folder / name).exists()]
            if strange:
                raise OutUnusable(f"{folder} já tem {strange[0]}, que não é de uma demonstração; escolha outra pasta")
            mark.write_text(_MARK_TEXT, encoding="utf-8")
            return
        for name in _FILES:
            (folder / name).unlink(missing_ok=True)
        for name in _FOLDERS:
            if (folder / name).exists():
                shutil.rmtree(folder / name)
    except OSError as error:
        raise OutUnusable(f"{folder} não pode ser usada: {error.strerror}") from error
