"""`totem --self-test` says what it checked, and fails where a part or a sale does. All of it runs in each build."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import ModuleType

import pytest

from totem.bootstrap import demo, self_test
from totem.bootstrap.options import METHODS, DemoOptions

OWN = ("totem.domain.money", "hardware.printer.links.usb", "providers.pix.inter")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[DemoOptions]:
    """No sale is played here, and few modules are looked at; what would have been is kept."""
    options: list[DemoOptions] = []

    def run(chosen: DemoOptions) -> int:
        options.append(chosen)
        return 0

    monkeypatch.setattr(demo, "run", run)
    monkeypatch.setattr(self_test, "_own_modules", lambda: iter(OWN))
    return options


def without(name: str, error: ImportError) -> Callable[[str], ModuleType]:
    real = importlib.import_module

    def import_module(wanted: str) -> ModuleType:
        if wanted == name:
            raise error
        return real(wanted)

    return import_module


def test_every_way_to_pay_is_sold_by(played: list[DemoOptions], capsys: pytest.CaptureFixture[str]) -> None:
    assert self_test.run() == 0
    (options,) = played
    assert (options.headless, options.methods, options.out) == (True, METHODS, None)
    assert "passou no próprio teste" in capsys.readouterr().out


def test_every_module_is_looked_for() -> None:
    found = set(self_test._own_modules())
    assert {"hardware.terminal.tef.driver", "totem.bootstrap.opening", "providers.sim.inter"} <= found
    assert "totem.__main__" not in found


def test_a_part_that_is_missing_is_named(
    played: list[DemoOptions], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importlib, "import_module", without(OWN[1], ModuleNotFoundError("No module named 'usb'")))
    assert self_test.run() == 1
    assert f"{OWN[1]}: No module named 'usb'" in capsys.readouterr().out


def test_a_build_without_the_page_of_vinti4_is_whole(
    played: list[DemoOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ModuleNotFoundError("No module named 'PySide6.QtWebEngineCore'", name="PySide6.QtWebEngineCore")
    monkeypatch.setattr(importlib, "import_module", without(OWN[1], error))
    assert self_test.run() == 0


def test_a_sale_that_fails_fails_the_program(
    played: list[DemoOptions], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "run", lambda options: 1)
    assert self_test.run() == 1
    assert "NÃO passou" in capsys.readouterr().out
