"""A technician's shell against a real kiosk: through the one that runs, and under its lock while none does."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from providers.sim.control import ControlClient
from tests.faults.test_technician import configured, refunds_of, sold
from totem import __main__ as cli
from totem.bootstrap.control import client
from totem.bootstrap.control.place import place_in
from totem.bootstrap.control.wire import Request
from totem.bootstrap.endpoints import Endpoints
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.services.ids import reference_of
from totem.services.journal.verify import verify

PIN = "482915"
START_LIMIT_S = 90.0

Shell = Callable[..., int]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    process = SandboxProcess(tmp_path_factory.mktemp("world"), 12)
    yield asyncio.run(process.ready())
    process.stop()


@pytest.fixture
def control(world: Endpoints) -> Iterator[ControlClient]:
    client = ControlClient(world.control.url, world.control.token)
    yield client
    client.close()


@pytest.fixture
def kiosk(tmp_path: Path, world: Endpoints) -> Path:
    return configured(tmp_path, world, "sicredi")


@pytest.fixture
def shell(kiosk: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    def run(*words: str, typed: str = PIN) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in typed.split())))
        return cli.main(["--config", str(kiosk), *words])

    return run


@contextmanager
def running(kiosk: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The real program with its real screen, which nobody sees, until its socket answers."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "TOTEM_SUPERVISED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "totem", "--config", str(kiosk), "--windowed"], env=environment, stderr=subprocess.PIPE
    )
    try:
        asyncio.run(_listens(kiosk, process))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=60)
        assert process.returncode == 0, told.decode()


async def _listens(kiosk: Path, process: subprocess.Popen[bytes]) -> None:
    """HELLO is answered once the kiosk has recovered."""
    until_s = time.monotonic() + START_LIMIT_S
    while await client.ask(place_in(kiosk.parent), Request("hello")) is None:
        assert process.poll() is None
        assert time.monotonic() < until_s
        await asyncio.sleep(0.2)


def acts_of(kiosk: Path) -> list[str]:
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(f"file:{kiosk.parent / 'journal.sqlite3'}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT kind, data FROM entries WHERE kind LIKE 'technician.%' ORDER BY seq").fetchall()
    return [kind.removeprefix("technician.") for kind, data in rows if "session" in json.loads(data)]


def test_the_same_commands_through_the_kiosk_that_runs_and_without_it(
    kiosk: Path, control: ControlClient, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = sold(kiosk, control, "bank"), sold(kiosk, control, "bank")
    papers = len(control.call("printer.tickets")["tickets"])
    assert shell("reprint", "1", typed="123987") == 1  # no PIN was set
    assert shell("pin", typed=f"{PIN} {PIN}") == 0
    assert shell("refund", reference_of(first), "--reason", "lavagem com defeito", typed="000000") == 1
    with running(kiosk):
        capsys.readouterr()
        assert shell("refund", reference_of(first), "--reason", "lavagem com defeito", typed="000000") == 1
        assert "SYS-002: PIN errado" in capsys.readouterr().err
        assert refunds_of(control, "bank") == []
        assert shell("refund", reference_of(first), "--reason", "lavagem com defeito") == 0
        assert "devolvido" in capsys.readouterr().out
        assert shell("refund", first, "--reason", "de novo") == 1
        assert "não há nada a devolver" in capsys.readouterr().err
        assert shell("reprint", "2") == 0
        assert shell("print", "--closing", "--out", str(kiosk.parent / "f.png")) == 0
        assert shell("out-of-service", "on") == 0
        assert shell("journal", "attention") == 0
        assert "Nada espera por uma decisão." in capsys.readouterr().out
        assert shell("pin", typed=f"{PIN} 735190 735190") == 0
        assert shell("journal", "verify") == 0
    assert (kiosk.parent / "f.png").read_bytes().startswith(b"\x89PNG")
    assert refunds_of(control, "bank") == ["DEVOLVIDO"]
    assert shell("out-of-service", "off", typed="735190") == 0
    assert shell("reprint", second, typed="735190") == 0
    assert len(control.call("printer.tickets")["tickets"]) == papers + 2
    assert shell("refund", second, "--reason", "cliente desistiu", typed="735190") == 0
    assert refunds_of(control, "bank") == ["DEVOLVIDO"] * 2
    assert acts_of(kiosk) == ["refund", "refund", "reprint", "service", "service", "reprint", "refund"]
    report = verify(kiosk.parent / "journal.sqlite3", kiosk.parent / "journal.key")
    assert report.ok, report.faults
    for path in kiosk.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert PIN.encode() not in content, path
            assert b"735190" not in content, path
