"""What nobody caught is told without secrets: by the command line, by threads, by finalisers."""

from __future__ import annotations

import io
import sys
import threading
from pathlib import Path

import pytest

from totem import __main__ as program
from totem.bootstrap.crash import crash_report, crashes_told
from totem.bootstrap.logs import FILE_NAME, logging_to

WORDS = "client_secret=abc123 4111111111111111 Bearer abcdefghijkl"
SECRETS = ("abc123", "4111111111111111", "abcdefghijkl")


def clean(told: str) -> bool:
    return bool(told) and not any(secret in told for secret in SECRETS)


def test_a_report_hides_what_its_causes_say_too() -> None:
    try:
        try:
            raise ValueError(WORDS)
        except ValueError as cause:
            raise RuntimeError("told") from cause
    except RuntimeError as error:
        report = crash_report(error)
    assert clean(report)
    assert "ValueError" in report
    assert "RuntimeError: told" in report


def test_a_command_that_breaks_tells_it_redacted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object) -> int:
        raise ValueError(WORDS)

    monkeypatch.setitem(program._COMMANDS, "brcode", broken)
    assert program.main(["brcode", "x"]) == program.FAILED
    told = capsys.readouterr()
    assert clean(told.err)
    assert told.out == ""


class Finalised:
    def __del__(self) -> None:
        raise ValueError(WORDS)


def test_threads_and_finalisers_are_told_redacted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ValueError(WORDS)

    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    with logging_to(tmp_path, stream=io.StringIO()), crashes_told():
        thread = threading.Thread(target=broken)
        thread.start()
        thread.join()
        Finalised()
        sys.excepthook(ValueError, ValueError(WORDS), None)
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
    told = capsys.readouterr().err
    assert clean(told)
    assert told.count("ValueError: ") == 3
    logged = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert clean(logged)
    assert logged.count("level=CRITICAL") == 3
