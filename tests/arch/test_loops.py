"""The loops that the tests run on are the ones that they claim."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QTimer


async def test_a_plain_test_runs_on_asyncios_own_loop() -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio.")


@pytest.mark.qt
async def test_a_qt_test_runs_where_qt_timers_fire() -> None:
    loop = asyncio.get_running_loop()
    assert type(loop).__module__.startswith("qasync")
    fired: asyncio.Future[str] = loop.create_future()
    QTimer.singleShot(0, lambda: fired.set_result("by Qt"))
    assert await fired == "by Qt"
    assert await asyncio.to_thread(lambda: "in a thread") == "in a thread"


@pytest.mark.qt
async def test_a_second_qt_test_gets_a_loop_of_its_own() -> None:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"oi")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b"oi"
        writer.close()
        await writer.wait_closed()
