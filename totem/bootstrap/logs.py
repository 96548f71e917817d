"""Logging: one line a record, in UTC, redacted, to a rotating file and stderr, written by a thread of its own."""

from __future__ import annotations

import json
import logging
import os
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path
from typing import Final, TextIO

from totem.bootstrap.redaction import HIDDEN, is_told, redact

FILE_NAME: Final = "totem.log"
MAX_WAITING: Final = 10_000
"""Records that wait for the disk; what comes past them is counted and dropped, so that a slow disk holds no sale."""

_CHATTY: Final = ("httpx", "httpcore", "h11", "qasync", "PIL")
"""Libraries that would log whole requests or every tick."""

_OURS: Final = frozenset({"message", "error", "stack"})
"""Fields that are made here, of the record itself."""
_OWN: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


class LineFormatter(logging.Formatter):
    """`at=2026-11-22T20:15:00.123Z level=INFO from=totem.x message="..." key="value"`: one line, without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: dict[str, object] = {"message": record.getMessage()}
        fields |= {name: value for name, value in record.__dict__.items() if name not in _OWN}
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            fields["stack"] = record.stack_info
        told = " ".join(f"{name}={_quoted(name, value)}" for name, value in fields.items())
        return f"at={at} level={record.levelname} from={record.name} {told}"


def _quoted(name: str, value: object) -> str:
    if name not in _OURS and not is_told(name):
        return json.dumps(HIDDEN, ensure_ascii=False)
    if isinstance(value, bool | int | float) or value is None:
        value = str(value)
        return redact(value)
    return json.dumps(redact(str(value)), ensure_ascii=False)


class _Waiting(QueueHandler):
    """Makes the final line at once, so that no secret waits in the queue, and hands it to the writing thread."""

    def __init__(self, waiting: queue.Queue[logging.LogRecord]) -> None:
        super().__init__(waiting)
        self._dropped = 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A line that cannot be made: logging itself would print it, with all its arguments as they are."""
        error = sys.exc_info()[0]
        name = error.__name__ if error is not None else "?"
        sys.stderr.write(f"totem: um registro de {record.name}:{record.lineno} não pôde ser feito: {name}\n")

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._dropped:
            record.msg = record.message = f"{record.getMessage()} dropped_before={self._dropped}"
        try:
            self.queue.put_nowait(record)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1


class _OwnerOnlyFile(RotatingFileHandler):
    """A rotating file that other users cannot read. A full disk is told once on stderr, then the file stays silent."""

    _told = False

    def _open(self) -> TextIO:  # type: ignore[override]  # typeshed promises the wider TextIOWrapper
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        if not self._told:
            self._told = True
            sys.stderr.write(f"totem: o registro {self.baseFilename} não pode ser escrito: {sys.exc_info()[1]}\n")
        del record


@contextmanager
def logging_to(
    directory: Path | None,
    level: str = "INFO",
    *,
    max_bytes: int = 10_000_000,
    keep: int = 10,
    stream: TextIO | None = None,
) -> Iterator[None]:
    """Log to `directory`/totem.log (None: to no file) and to `stream` (stderr unless told) until the end of the `with`.

    Everything logged inside is written before it ends. Raises OSError where the file cannot be opened.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(stream or sys.stderr)]
    if directory is not None:
        directory.mkdir(parents=True, exist_ok=True)
        handlers.append(_OwnerOnlyFile(directory / FILE_NAME, maxBytes=max_bytes, backupCount=keep, encoding="utf-8"))
    waiting: queue.Queue[logging.LogRecord] = queue.Queue(MAX_WAITING)
    entrance = _Waiting(waiting)
    entrance.setFormatter(LineFormatter())
    listener = QueueListener(waiting, *handlers)
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in _CHATTY}
    root_level = root.level
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    root.setLevel(level)
    root.addHandler(entrance)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(entrance)
        root.setLevel(root_level)
        for name, former in levels.items():
            logging.getLogger(name).setLevel(former)
        listener.stop()
        entrance.close()
        for handler in handlers:
            handler.close()
