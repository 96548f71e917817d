"""The technician's manual knows every code, and is as the error tree and the catalogue say now."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from types import ModuleType

import pytest

from tests.arch.source import ROOT
from totem.domain.errors import Trouble


@pytest.fixture(scope="module")
def manual() -> ModuleType:
    spec = importlib.util.spec_from_file_location("totem_manual", ROOT / "packaging" / "manual.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_manual_is_as_the_program_is(manual: ModuleType) -> None:
    text = manual.MANUAL.read_text(encoding="utf-8")
    assert text == manual.renewed(text), "run: python packaging/manual.py"


@pytest.mark.parametrize("trouble", Trouble, ids=lambda each: each.value)
def test_every_code_has_its_sentence_and_its_remedy(manual: ModuleType, trouble: Trouble) -> None:
    words = manual.sentences()[trouble.value]
    text = manual.MANUAL.read_text(encoding="utf-8")
    _, found, rest = text.partition(f"**{trouble.value} · {words['title']}**")
    assert found
    entry = rest.partition("\n**")[0]
    assert words["customer"] in entry
    assert manual.remedies().get(trouble.value, words["technician"]) in entry


def test_no_remedy_is_for_a_code_that_is_gone(manual: ModuleType) -> None:
    assert manual.remedies().keys() - {trouble.value for trouble in Trouble} == set()


def test_a_stale_manual_is_told_and_renewed(manual: ModuleType) -> None:
    stale = manual.MANUAL.read_text(encoding="utf-8").replace("**PRN-001", "**PRN-999")
    assert manual.renewed(stale) != stale
    assert "PRN-999" not in manual.renewed(stale)
    with pytest.raises(ValueError, match="marks"):
        manual.renewed("no marks here")


def test_the_command_says_whether_it_is_stale() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "packaging" / "manual.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
