"""A "printer" for kiosks that are being set up: each job becomes a picture in a folder, drawn from its very bytes."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

_FILES = 9999
_DPI = 203.0

Draw = Callable[[bytes, int], bytes]
"""PNG of a job on a head of so many dots."""


class ImageFormat(StrEnum):
    PNG = "png"
    PDF = "pdf"


class ImagePress:
    """See `one_way.Press`. Files are numbered on from those that are there: `ticket-0001.png`."""

    def __init__(
        self, folder: Path, kind: ImageFormat, draw: Draw, dots: int, stop: threading.Event, *, zoom: int = 2
    ) -> None:
        self._folder = folder
        self._kind = kind
        self._draw = draw
        self._dots = dots
        self._stop = stop
        self._zoom = zoom
        self._next = 1

    def status(self) -> PrinterStatus:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            writable = os.access(self._folder, os.W_OK | os.X_OK)
        except OSError:
            writable = False
        return PrinterStatus() if writable else PrinterStatus(frozenset({Condition.UNREACHABLE}))

    def print(self, job_id: int, data: bytes) -> PrintOutcome:  # noqa: ARG002 - the file's number is its own
        status = self.status()
        if not status.can_print or self._stop.is_set():
            return PrintOutcome(PrintResult.NOT_SENT, status)
        try:
            self._store(self._picture(data))
        except (OSError, ValueError):
            return PrintOutcome(PrintResult.NOT_SENT, PrinterStatus(frozenset({Condition.ERROR})))
        return PrintOutcome(PrintResult.PRINTED, status)

    def _picture(self, data: bytes) -> bytes:
        drawn = self._draw(data, self._dots)
        if self._kind is ImageFormat.PNG:
            return drawn
        from PIL import Image  # noqa: PLC0415 - only where it is used

        target = io.BytesIO()
        with Image.open(io.BytesIO(drawn)) as image:
            image.save(target, "PDF", resolution=_DPI * self._zoom)
        return target.getvalue()

    def _store(self, picture: bytes) -> None:
        """Whole or not at all. Raises OSError."""
        for number in range(self._next, _FILES + 1):
            path = self._folder / f"ticket-{number:04d}.{self._kind.value}"
            try:
                claimed = path.open("xb")
            except FileExistsError:
                continue
            self._next = number + 1
            with claimed:
                part = path.with_suffix(".part")
                try:
                    with part.open("wb") as file:
                        file.write(picture)
                        file.flush()
                        os.fsync(file.fileno())
                except OSError:
                    part.unlink(missing_ok=True)
                    path.unlink(missing_ok=True)
                    raise
            part.replace(path)
            return
        raise OSError(f"{self._folder} has {_FILES} pictures already")
