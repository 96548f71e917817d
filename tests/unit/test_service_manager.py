"""systemd hears that the kiosk is there, that it lives, and that it goes; and nothing where it did not ask."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from totem.bootstrap.service_manager import ServiceManager
from totem.runtime import Runtime


@pytest.fixture
def manager_socket(tmp_path: Path) -> Iterator[socket.socket]:
    """As systemd's: a datagram socket that somebody reads."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(tmp_path / "notify"))
        wire.setblocking(False)
        yield wire


async def heard(wire: socket.socket) -> str:
    async with asyncio.timeout(10):
        return (await asyncio.get_running_loop().sock_recv(wire, 4096)).decode()


async def test_ready_then_signs_of_life_until_the_runtime_closes(manager_socket: socket.socket) -> None:
    runtime = Runtime()
    environment = {"NOTIFY_SOCKET": manager_socket.getsockname(), "WATCHDOG_USEC": "60000"}
    manager = ServiceManager(environment)
    assert manager.every_s == pytest.approx(0.02)
    manager.ready(runtime.spawn)
    assert [await heard(manager_socket) for _ in range(4)] == ["READY=1", *["WATCHDOG=1"] * 3]
    manager.stopping()
    await runtime.close()
    left: list[str] = []
    while not left or left[-1] != "STOPPING=1":
        left.append(await heard(manager_socket))
    with pytest.raises(BlockingIOError):
        manager_socket.recv(4096)


async def test_no_sign_of_life_is_due_without_a_watchdog(manager_socket: socket.socket) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": manager_socket.getsockname()})
    runtime = Runtime()
    manager.ready(runtime.spawn)
    assert await heard(manager_socket) == "READY=1"
    assert manager.every_s == 0
    await runtime.close()


async def test_an_abstract_socket_is_reached() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind("")  # Linux gives it a free abstract name
        wire.setblocking(False)
        name = wire.getsockname()
        ServiceManager({"NOTIFY_SOCKET": "@" + name[1:].decode()}).tell("READY=1")
        assert await heard(wire) == "READY=1"


def test_nobody_asked_and_nobody_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ServiceManager({}).tell("READY=1")
    assert caplog.records == []
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
    assert "READY=1" in caplog.text


@pytest.mark.parametrize("strange", ["", "soon", "-1", "²"])
def test_a_strange_limit_is_no_limit(strange: str) -> None:
    assert ServiceManager({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": strange}).every_s == 0
