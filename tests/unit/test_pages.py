"""A kiosk with an acquirer's page: what it needs is said in one sentence, and nobody else pays for it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from tests.arch.source import ROOT
from tests.support.authority import authority, leaf
from totem.bootstrap.web import EXTRA, lacking, trust_in

_BLOCKED = """
import importlib.abc, sys
class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.startswith("PySide6.QtWebEngine"):
            raise ModuleNotFoundError(name=name)
        return None
sys.meta_path.insert(0, Absent())
"""


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


def test_without_the_extra_the_kiosk_names_it_and_exits_2(tmp_path: Path) -> None:
    code = f"{_BLOCKED}\nfrom totem.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    done = run(code, "demo", "--headless", "--method", "vinti4", "--out", str(tmp_path / "out"))
    assert done.returncode == 2, done.stderr
    (line,) = (done.stdout + done.stderr).splitlines()
    assert EXTRA in line
    assert "pip install" in line


def test_a_configuration_with_vinti4_names_the_extra_too(tmp_path: Path) -> None:
    """The kiosk itself, as an owner starts it."""
    code = f"""{_BLOCKED}
from pathlib import Path
from types import SimpleNamespace as Some
from totem.bootstrap.web import check_pages
from totem.domain.errors import ConfigError
cards = Some(terminals=("vinti4",), vinti4=None)
try:
    check_pages(Some(settings=Some(cards=cards)))
except ConfigError as error:
    print(*error.faults, sep="\\n")
check_pages(Some(settings=Some(cards=Some(terminals=("tef",), vinti4=None))))
"""
    done = run(code)
    assert done.returncode == 0, done.stderr
    (fault,) = done.stdout.splitlines()
    assert fault.startswith("[cards] terminals: ")
    assert EXTRA in fault


def test_a_kiosk_without_pages_loads_nothing_of_webengine() -> None:
    code = """
import json, sys
import totem.bootstrap.kiosk, totem.ui.window, totem.bootstrap.opening, totem.bootstrap.engine
print(json.dumps([name for name in sys.modules if "WebEngine" in name or name == "totem.ui.web.engine"]))
"""
    done = run(code)
    assert json.loads(done.stdout) == [], done.stderr


def test_no_page_without_isolation_where_money_is_real(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {"QTWEBENGINE_DISABLE_SANDBOX": "1"}
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert lacking({}, simulators=False) == ""
    assert lacking(without, simulators=True) == ""
    assert "QTWEBENGINE_DISABLE_SANDBOX" in lacking(without, simulators=False)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "root" in lacking({}, simulators=False)
    assert "root" in lacking({}, simulators=True)


def test_a_simulators_certificate_is_judged_by_its_own_authority(tmp_path: Path) -> None:
    root, other = authority("root"), authority("other")
    file = tmp_path / "ca.pem"
    file.write_bytes(root.pem)
    trusts = trust_in(file)
    own = leaf("127.0.0.1", root, server=True).certificate.public_bytes(Encoding.DER)
    assert trusts("127.0.0.1", [own])
    assert trusts("localhost", [own])
    assert not trusts("127.0.0.2", [own])
    assert not trusts("127.0.0.1", [])
    assert not trusts("127.0.0.1", [b"no certificate"])
    foreign = leaf("127.0.0.1", other, server=True).certificate.public_bytes(Encoding.DER)
    assert not trusts("127.0.0.1", [foreign])
    client = leaf("127.0.0.1", root, server=False).certificate.public_bytes(Encoding.DER)
    assert not trusts("127.0.0.1", [client])
    assert root.certificate.not_valid_after_utc > datetime.now(UTC)


def test_a_simulators_authority_vouches_for_nobody_else(tmp_path: Path) -> None:
    root = authority("root")
    file = tmp_path / "ca.pem"
    file.write_bytes(root.pem)
    real = leaf("mc.vinti4net.cv", root, server=True, names=("mc.vinti4net.cv",)).certificate
    assert not trust_in(file)("mc.vinti4net.cv", [real.public_bytes(Encoding.DER)])
