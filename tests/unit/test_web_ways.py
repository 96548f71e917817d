"""The two ends of the page's own wires: the way out, and where its answer lands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest

from totem.ui.web import exit as exits
from totem.ui.web.catcher import Catcher, parse_form
from totem.ui.web.exit import Exit


async def send(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(10):
        answer = await reader.read(4096)
    writer.close()
    return answer


@pytest.fixture
async def way() -> AsyncIterator[tuple[Exit, int]]:
    made = Exit()
    port = await made.open()
    yield made, port
    made.close()


def connect(host: str, port: int) -> bytes:
    return f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


async def test_nobody_gets_out_without_a_page(way: tuple[Exit, int]) -> None:
    _, port = way
    assert (await send(port, connect("mc.vinti4net.cv", 443))).startswith(b"HTTP/1.1 403")


async def test_plain_http_never_gets_out(way: tuple[Exit, int]) -> None:
    made, port = way
    made.allow = lambda host, number: True
    assert (await send(port, b"GET http://mc.vinti4net.cv/ HTTP/1.1\r\n\r\n")).startswith(b"HTTP/1.1 403")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "[::1]"])
async def test_a_name_that_stands_for_the_shop_is_refused(way: tuple[Exit, int], host: str) -> None:
    """Though the gate let it through: a name shows what it stands for only here."""
    made, port = way
    made.allow = lambda host, number: True
    assert (await send(port, connect(host, port))).startswith(b"HTTP/1.1 403")


async def test_what_is_let_out_reaches_the_very_address(way: tuple[Exit, int], monkeypatch: pytest.MonkeyPatch) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"heard " + await reader.readexactly(2))
        await writer.drain()
        writer.close()

    made, port = way
    asked: list[tuple[str, int]] = []

    def allow(host: str, number: int) -> bool:
        asked.append((host, number))
        return True

    made.allow = allow
    # This machine plays a public address: the check itself is tested above and in the gate's tests.
    monkeypatch.setattr(exits, "is_public", lambda address: address.is_loopback)
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        there = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(connect("LOCALHOST", there))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        writer.write(b"oi")
        assert await reader.read() == b"heard oi"
        writer.close()
    assert asked == [("localhost", there)]


async def test_a_page_that_is_over_is_cut_off(way: tuple[Exit, int], monkeypatch: pytest.MonkeyPatch) -> None:
    made, port = way
    made.allow = lambda host, number: True
    monkeypatch.setattr(exits, "is_public", lambda address: True)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(listen, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(connect("127.0.0.1", silent.sockets[0].getsockname()[1]))
    await reader.readuntil(b"\r\n\r\n")
    made.cut()
    async with asyncio.timeout(10):
        assert await reader.read() == b""
    writer.close()
    silent.close()


# --- where the answer lands -------------------------------------------------------------------------------------------


class Landing:
    def __init__(self) -> None:
        self.answers: list[Mapping[str, str]] = []
        self.catcher = Catcher(self.answers.append)

    async def post(self, body: bytes, *, path: str = "", method: str = "POST", length: int | None = None) -> bytes:
        place = self.catcher.url.removeprefix("http://127.0.0.1:")
        port, _, own = place.partition("/")
        size = len(body) if length is None else length
        head = f"{method} {path or '/' + own} HTTP/1.1\r\nContent-Length: {size}\r\n\r\n".encode()
        return await send(int(port), head + body)


@pytest.fixture
async def landing() -> AsyncIterator[Landing]:
    made = Landing()
    await made.catcher.open()
    yield made
    made.catcher.close()


async def test_the_first_post_is_the_answer_and_the_only_one(landing: Landing) -> None:
    assert (await landing.post(b"messageType=8&merchantResp=C")).startswith(b"HTTP/1.1 200")
    assert (await landing.post(b"messageType=6")).startswith(b"HTTP/1.1 404")
    assert landing.answers == [{"messageType": "8", "merchantResp": "C"}]


async def test_what_does_not_know_the_path_is_turned_away(landing: Landing) -> None:
    for path in ("/", landing.catcher.url[-44:-1], "/wrong"):
        assert (await landing.post(b"messageType=8", path=path)).startswith(b"HTTP/1.1 404")
    assert (await landing.post(b"messageType=8", method="GET")).startswith(b"HTTP/1.1 404")
    assert (await landing.post(b"x", length=10_000_000)).startswith(b"HTTP/1.1 404")
    assert landing.answers == []


async def test_paths_are_not_to_be_guessed() -> None:
    assert len({Catcher(lambda fields: None)._path for _ in range(50)}) == 50
    assert len(Catcher(lambda fields: None)._path) > 40


async def test_after_the_sale_nobody_listens(landing: Landing) -> None:
    landing.catcher.close()
    with pytest.raises(OSError, match=r"onnect"):
        await landing.post(b"messageType=8")
    assert landing.answers == []


def test_forms_in_both_encodings() -> None:
    assert parse_form(b"a=%C3%A7+%C3%A9&b=&a=2") == {"a": "ç é", "b": ""}
    assert parse_form(b"a=%E7+%80") == {"a": "ç €"}
    with pytest.raises(ValueError, match="fields"):
        parse_form(b"&".join(b"a=1" for _ in range(1000)))
