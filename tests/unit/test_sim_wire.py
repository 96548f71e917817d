"""The simulators' server on the wire: keep-alive, broken requests, bugs in a handler, stopping under load."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest

from providers.sim.wire import Answer, Delivery, Request, WireServer, json_answer

PATIENCE_S = 5.0


async def handler(request: Request) -> Answer:
    if request.path == "/bug":
        raise RuntimeError("a bug")
    if request.path == "/never":
        return Answer(delivery=Delivery.NEVER)
    if request.path == "/slow":
        return Answer(body=b"late", delay_s=3600.0)
    return json_answer(200, {"path": request.path, "query": request.query, "body": request.body.decode()})


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    server = WireServer(handler, now=lambda: datetime(2026, 11, 22, 20, 0, tzinfo=UTC), idle_timeout_s=PATIENCE_S)
    await server.start()
    yield server
    await server.stop()


async def speak(server: WireServer, data: bytes, *, then_close: bool = True) -> bytes:
    """Everything that the server says to these bytes, until it ends the connection."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        writer.write(data)
        if then_close:
            writer.write_eof()
        async with asyncio.timeout(PATIENCE_S):
            return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_requests_follow_each_other_on_one_connection(server: WireServer) -> None:
    answer = await speak(server, GET % 1 + GET % 2 + GET % 3)
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.index(b'"/1"') < answer.index(b'"/2"') < answer.index(b'"/3"')
    assert answer.count(b"Date: Sun, 22 Nov 2026 20:00:00 GMT") == 3


async def test_a_client_may_ask_to_close(server: WireServer) -> None:
    asked = b"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert (await speak(server, asked, then_close=False)).endswith(b'"body": ""}')


async def test_a_client_may_wait_to_be_told_to_go_on(server: WireServer) -> None:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    async with asyncio.timeout(PATIENCE_S):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        writer.write(b"hi")
        assert (await reader.readuntil(b"}")).endswith(b'"body": "hi"}')
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"hello\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", b"HTTP/1.1 400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"HTTP/1.1 400"),
        (b"GET / HT", b"HTTP/1.1 400"),
        (b"", b""),
    ],
)
async def test_what_is_no_http(server: WireServer, data: bytes, status: bytes) -> None:
    assert (await speak(server, data)).startswith(status)
    assert (await speak(server, GET % 1)).startswith(b"HTTP/1.1 200")


async def test_paths_and_queries_are_decoded(server: WireServer) -> None:
    async with httpx.AsyncClient(base_url=server.base_url, trust_env=False) as http:
        body = (await http.get("/a%20b/%C3%A9", params={"x": "1+2 é", "y": ""})).json()
    assert body["path"] == "/a b/é"
    assert body["query"] == [["x", "1+2 é"], ["y", ""]]


async def test_a_bug_is_logged_and_answered(server: WireServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        async with httpx.AsyncClient(base_url=server.base_url, trust_env=False) as http:
            assert (await http.get("/bug")).status_code == 500
            assert (await http.get("/fine")).status_code == 200
    assert "a bug" in caplog.text


@pytest.mark.parametrize("path", ["/never", "/slow"])
async def test_stopping_ends_what_is_open(path: str) -> None:
    asked = asyncio.Event()

    async def telling(request: Request) -> Answer:
        asked.set()
        return await handler(request)

    server = WireServer(telling)
    await server.start()
    async with httpx.AsyncClient(base_url=server.base_url, trust_env=False, timeout=PATIENCE_S) as http:
        waiting = asyncio.ensure_future(http.get(path))
        await asyncio.wait_for(asked.wait(), PATIENCE_S)
        await server.stop()
        with pytest.raises(httpx.TransportError):
            await waiting
        with pytest.raises(httpx.ConnectError):
            await http.get("/")
    port = server.port
    await server.start()
    assert server.port == port
    assert (await speak(server, GET % 1)).startswith(b"HTTP/1.1 200")
    await server.stop()


async def test_stopping_twice_is_stopping_once(server: WireServer) -> None:
    await server.stop()
    await server.stop()
    assert not server.is_up


async def test_an_idle_connection_is_let_go() -> None:
    server = WireServer(handler, idle_timeout_s=0.05)
    await server.start()
    try:
        assert await speak(server, b"", then_close=False) == b""
        assert (await speak(server, GET % 1, then_close=False)).startswith(b"HTTP/1.1 200")
    finally:
        await server.stop()
