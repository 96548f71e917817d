"""Everything that a program says and leaves behind, gathered while drivers run, to look for what must not be in it."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from totem.bootstrap.crash import crash_report
from totem.bootstrap.logs import logging_to
from totem.services.journal.export import export_csv, export_json_lines

OURS = ("totem.", "hardware.", "providers.")


def _parts(thing: object) -> list[object]:
    return list(vars(thing).values()) if hasattr(thing, "__dict__") else []


class RawLog(logging.Handler):
    """Records as their authors wrote them: what the log hides by its shape should not have been said at all."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass
class Told:
    """`folder` holds log and journal; texts are by where they were found."""

    folder: Path
    texts: list[tuple[str, str]] = field(default_factory=list)
    raw: RawLog = field(default_factory=RawLog)

    def note(self, *things: object) -> None:
        """The repr of results, prompts, settings and drivers."""
        self.texts += [(f"repr of {type(thing).__name__}", repr(thing)) for thing in things]

    def note_insides(self, thing: object) -> None:
        """The repr of a driver and of what it is made of, two levels deep; a test's own parts apart."""
        self.note(thing)
        level = [thing]
        for _ in range(2):
            level = [part for each in level for part in _parts(each) if type(part).__module__.startswith(OURS)]
            self.note(*level)

    def crash(self, error: BaseException) -> None:
        """What a crash report would say of it, and the traceback before anything was hidden."""
        self.texts.append(("crash report", crash_report(error)))
        self.texts.append(("traceback", "".join(traceback.format_exception(error))))

    def export(self, journal: Path) -> None:
        out = io.StringIO()
        assert export_csv(journal, out) == export_json_lines(journal, out)
        self.texts.append(("export", out.getvalue()))

    def leaks(self, secrets: tuple[str, ...]) -> list[str]:
        """Where which of the secrets was found; each file by its bytes."""
        places = [*self.texts, *(("a log call", line) for line in self.raw.lines)]
        found = [
            f"{secret!r} in {where}: {text[:300]}" for where, text in places for secret in secrets if secret in text
        ]
        for file in sorted(self.folder.rglob("*")):
            held = file.read_bytes() if file.is_file() else b""
            found += [f"{secret!r} in {file.name}" for secret in secrets if secret.encode() in held]
        return found


@contextmanager
def watched(folder: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Told]:
    """Watch until the end of the `with`: log at its loudest, stdout and stderr."""
    told = Told(folder)
    stream, root = io.StringIO(), logging.getLogger()
    capsys.readouterr()
    with logging_to(folder / "logs", "DEBUG", stream=stream):
        root.addHandler(told.raw)
        try:
            yield told
        finally:
            root.removeHandler(told.raw)
    out, err = capsys.readouterr()
    told.texts += [("the log's stream", stream.getvalue()), ("stdout", out), ("stderr", err)]
