"""The simulators in a process of their own: found by one line, played by name, gone with their parent."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.sim.control import ControlClient, ControlError
from totem.bootstrap.demo import choose_platform
from totem.bootstrap.endpoints import BadReadyLine, Endpoints, endpoints_of_line
from totem.bootstrap.example import to_toml, write_configuration
from totem.bootstrap.options import DemoOptions
from totem.bootstrap.out import OutUnusable, prepare_out
from totem.bootstrap.paper import read_ticket
from totem.bootstrap.sandbox_process import SandboxProcess
from totem.config.loader import load

TICKET = b"\x1b@" + b"Senha 007\n" + b"\x1d(k\x07\x001P0ABCD" + b"\x1d(k\x03\x001Q0" + b"\x1dV\x00"


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[tuple[Endpoints, ControlClient]]:
    process = SandboxProcess(folder, seed=7)
    try:
        endpoints = await process.ready()
        control = ControlClient(endpoints.control.url, endpoints.control.token)
        try:
            yield endpoints, control
        finally:
            await control.aclose()
    finally:
        process.stop()


async def test_the_world_is_played_by_name(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as (endpoints, control):
        assert endpoints_of_line(endpoints.to_line()) == endpoints
        ledger = await control.acall("bank.ledger")
        assert ledger["charges"] == []
        assert ledger["is_up"] is True
        await control.acall("bank.set_down", down=True)
        assert (await control.acall("bank.ledger"))["is_up"] is False
        assert (await control.acall("inter.ledger"))["is_up"] is True
        for act, values, shown in (
            ("printer.paper", {"present": False}, {"paper_present": False}),
            ("printer.paper", {"present": True, "low": True}, {"paper_present": True, "paper_low": True}),
            ("printer.cover", {"open": True}, {"cover_open": True}),
            ("printer.cover", {"open": False}, {"cover_open": False}),
            ("printer.cutter", {"failed": True}, {"cutter_error": True}),
            ("printer.cutter", {"failed": False}, {"cutter_error": False}),
            ("printer.stall", {"stalled": True}, {"stalled": True}),
            ("printer.stall", {"stalled": False}, {"stalled": False}),
            ("printer.unplug", {"unplugged": True}, {"unplugged": True}),
            ("printer.unplug", {"unplugged": False}, {"unplugged": False}),
        ):
            await control.acall(act, **values)
            state = await control.acall("printer.state")
            assert shown.items() <= state.items()
        with pytest.raises(ControlError, match="present must be true or false"):
            await control.acall("printer.paper", present="no")


async def test_what_is_printed_comes_back_byte_by_byte(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as (endpoints, control):
        with pytest.raises(ControlError, match="1 tickets did not come out"):
            await control.acall("printer.await_tickets", count=1, limit_s=0.1)
        waiting = asyncio.create_task(control.acall("printer.await_tickets", count=1))
        _, writer = await asyncio.open_connection(endpoints.printer.host, endpoints.printer.port)
        writer.write(TICKET)
        await writer.drain()
        await waiting
        writer.close()
        await writer.wait_closed()
        (ticket,) = (await control.acall("printer.tickets"))["tickets"]
        assert ticket["is_cut"] is True
        paper = read_ticket("x", base64.b64decode(ticket["data"]))
        assert (paper.text, paper.codes, paper.faults, paper.is_cut) == ("Senha 007\n", ("ABCD",), (), True)
        assert (await control.acall("printer.tickets", first=1))["tickets"] == []


async def test_its_configuration_opens_a_kiosk(tmp_path: Path) -> None:
    async with sandbox(tmp_path / "sandbox") as (endpoints, _):
        path = write_configuration(tmp_path, endpoints, {"polling": {"calls_per_minute": 600}})
        settings = load(path).settings
        assert settings.polling.calls_per_minute == 600
        assert settings.pix.sicredi is not None
        assert settings.pix.sicredi.url == endpoints.bank.base_url
        assert settings.pix.inter is not None
        assert settings.pix.inter.url == endpoints.inter.base_url
        assert settings.pix.inter.client_secret() != settings.pix.sicredi.client_secret()
        assert settings.pix.providers == ("sicredi", "inter")
        assert settings.journal.path == tmp_path / "journal.sqlite3"


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """The parent dies without a word; the end of its pipe is the only message."""
    script = (
        "import asyncio, os, sys\n"
        "from pathlib import Path\n"
        "from totem.bootstrap.sandbox_process import SandboxProcess\n"
        "process = SandboxProcess(Path(sys.argv[1]), 1)\n"
        "asyncio.run(process.ready())\n"
        "print(process._process.pid, flush=True)\n"
        "os._exit(9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, timeout=60, check=False
    )
    assert done.returncode == 9
    pid = int(done.stdout)
    assert wait_gone(pid)


def wait_gone(pid: int) -> bool:
    """Whether the process ended: its end is waited for through its own descriptor."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    import select

    with os.fdopen(descriptor):
        return bool(select.select([descriptor], [], [], 20)[0])


@pytest.mark.parametrize("line", ["", "nonsense", "{}", '{"bank": {}, "printer": {}, "control": {}}'])
def test_another_line_is_no_ready_line(line: str) -> None:
    with pytest.raises(BadReadyLine):
        endpoints_of_line(line)


KEYS = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f"), max_size=20),
)
TABLES: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(KEYS, st.one_of(PLAIN, st.lists(PLAIN, max_size=3)), max_size=4),
    lambda inner: st.dictionaries(KEYS, st.one_of(PLAIN, inner), max_size=4),
    max_leaves=8,
)


@given(TABLES)
def test_toml_written_is_toml_read(table: dict[str, Any]) -> None:
    read = tomllib.loads(to_toml(table))
    assert without_empty(read) == without_empty(table)


def without_empty(table: dict[str, Any]) -> dict[str, Any]:
    """A table without keys leaves no trace in what is written, and means nothing."""
    cleaned = {name: without_empty(value) if isinstance(value, dict) else value for name, value in table.items()}
    return {name: value for name, value in cleaned.items() if value != {}}


def test_a_demo_clears_only_a_demo(tmp_path: Path) -> None:
    prepare_out(tmp_path)
    (tmp_path / "journal.sqlite3").write_bytes(b"a demo's")
    (tmp_path / "screens").mkdir()
    (tmp_path / "mine.txt").write_text("kept", encoding="utf-8")
    prepare_out(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.txt", "mine.txt"]
    (tmp_path / "demo.txt").unlink()
    (tmp_path / "tickets").mkdir()
    with pytest.raises(OutUnusable, match="tickets"):
        prepare_out(tmp_path)


def test_the_screen_in_memory_has_the_size_that_is_asked_for(tmp_path: Path) -> None:
    environment = {"QT_QPA_PLATFORM": "xcb"}
    choose_platform(DemoOptions(headless=True), tmp_path, environment)
    assert environment == {"QT_QPA_PLATFORM": "xcb"}
    assert not (tmp_path / "screen.json").exists()
    environment = {}
    choose_platform(DemoOptions(headless=True, width_px=1920, height_px=1080), tmp_path, environment)
    assert environment["QT_QPA_PLATFORM"].startswith("offscreen:configfile=")
    assert '"width": 1920, "height": 1080' in (tmp_path / "screen.json").read_text(encoding="utf-8")
