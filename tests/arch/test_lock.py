"""The lock files pin everything by hash, name no host, and agree with pyproject.toml."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.arch.source import ROOT

BASE, DEV = "requirements.lock", "requirements-dev.lock"
REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ ;\\]+)")


def pins(lock: str) -> dict[str, str]:
    found = map(REQUIREMENT.match, (ROOT / lock).read_text(encoding="ascii").splitlines())
    return {match["name"]: match["version"] for match in found if match}


@pytest.mark.parametrize("lock", [BASE, DEV])
def test_every_line_is_a_pin_or_its_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="ascii").splitlines()
    strange = [line for line in lines if not REQUIREMENT.match(line) and not line.startswith("    --hash=sha256:")]
    assert strange == []
    unhashed = [
        line for line, after in zip(lines, [*lines[1:], ""], strict=True) if line[0] != " " and after[:1] != " "
    ]
    assert unhashed == []


@pytest.mark.parametrize("lock", [BASE, DEV])
def test_no_host_is_named(lock: str) -> None:
    assert "://" not in (ROOT / lock).read_text(encoding="ascii")


def test_the_tests_run_on_what_is_shipped() -> None:
    assert pins(BASE).items() <= pins(DEV).items()


def test_what_pyproject_asks_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = {re.split(r"[<>=!~ ]", line)[0] for line in project["dependencies"]}
    assert asked - pins(BASE).keys() == set()
    bare = [line.partition(";")[0] for line in project["dependencies"]]
    exact = dict(line.split("==") for line in bare if "==" in line)
    assert exact.items() <= pins(BASE).items()


def test_the_base_has_no_webengine() -> None:
    """It belongs to the extra of vinti4's page, and is as large as all the rest."""
    assert "pyside6-addons" in pins(DEV)
    assert not {name for name in pins(BASE) if "addons" in name or "webengine" in name or name == "pyside6"}
