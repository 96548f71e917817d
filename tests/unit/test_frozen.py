"""The built program starts itself by its own file, and lends its libraries to nobody else's programs."""

from __future__ import annotations

import sys

import pytest

from totem.bootstrap import frozen
from totem.bootstrap.printers import Surroundings


def test_the_source_is_started_as_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    assert frozen.command() == (sys.executable, "-m", "totem")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert frozen.command() == (sys.executable,)


def test_programs_of_the_system_find_their_own_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    inherited = {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/totem/_internal"}
    assert frozen.environment_for_others(inherited) == inherited
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert frozen.environment_for_others(inherited) == {"PATH": "/bin"}
    before = {**inherited, "LD_LIBRARY_PATH_ORIG": "/usr/local/lib"}
    assert frozen.environment_for_others(before) == {"PATH": "/bin", "LD_LIBRARY_PATH": "/usr/local/lib"}


def test_the_spooler_is_asked_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/totem/_internal")
    assert "LD_LIBRARY_PATH" not in Surroundings().cups.environment
