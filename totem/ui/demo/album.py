"""Pictures of the screen, numbered in the order in which they were taken, written in threads."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtGui import QImage

_QUALITY = 80
"""Of Qt's scale for PNG: little compression, quickly done; the pictures are flat and stay small."""


class Album:
    """One folder of `NN-name.png`, shared by all windows of a run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: list[str] = []
        self._saving: set[asyncio.Task[None]] = set()

    @property
    def names(self) -> tuple[str, ...]:
        """File names in order."""
        return tuple(self._names)

    def keep(self, image: QImage, name: str) -> None:
        file_name = f"{len(self._names) + 1:02d}-{name}.png"
        self._names.append(file_name)
        task = asyncio.create_task(asyncio.to_thread(_save, image, self._folder / file_name))
        self._saving.add(task)

    async def close(self) -> None:
        """Until every picture is on disk. Raises OSError where one could not be written."""
        saving, self._saving = self._saving, set()
        await asyncio.gather(*saving)


def _save(image: QImage, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(path), "PNG", _QUALITY):  # type: ignore[call-overload]
        raise OSError(f"{path.name} could not be written")
