"""The control socket: its own user alone, one order a connection, and nothing that holds the kiosk up."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totem.bootstrap.control import client, wire
from totem.bootstrap.control.place import Place, place_in, short_name
from totem.bootstrap.control.server import ServerLimits, listening
from totem.bootstrap.control.wire import Reply, Request, done

LIMITS = ServerLimits(connections=2, line_s=0.3, act_s=0.5, write_s=1.0)

CONNECT_AS = """
import os, socket, sys
os.setgid(65534), os.setuid(65534)
caller = socket.socket(socket.AF_UNIX)
try:
    caller.connect(sys.argv[1])
except OSError as error:
    print(type(error).__name__)
    sys.exit()
try:
    caller.sendall(b'{"v":1,"act":"echo"}\\n')
    print(caller.recv(100))
except OSError:
    print(b"")
"""


class Kiosk:
    """Answers with what it was asked; `slow` never comes back."""

    def __init__(self) -> None:
        self.served: list[Request] = []
        self.called = asyncio.Event()

    async def serve(self, request: Request) -> Reply:
        self.served.append(request)
        self.called.set()
        if request.act == "slow":
            await asyncio.Event().wait()
        return done(act=request.act, said=request.text("said"))


@pytest.fixture(params=["unix", "loopback"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """The loopback is Windows' way, tried here too."""
    return replace(place_in(tmp_path), unix=request.param == "unix")


@asynccontextmanager
async def kiosk(place: Place) -> AsyncIterator[Kiosk]:
    served = Kiosk()
    async with listening(place, served.serve, LIMITS):
        yield served


async def raw(place: Place, data: bytes) -> bytes:
    """What comes back for those bytes, b"" where the connection is closed or reset."""
    opened = await client._open(place)
    assert opened is not None
    reader, writer = opened[0]
    try:
        writer.write(data)
        await writer.drain()
        async with asyncio.timeout(5):
            return await reader.read(1000)
    except (ConnectionError, BrokenPipeError):
        return b""
    finally:
        writer.close()


async def test_an_order_and_its_answer(place: Place) -> None:
    assert await client.ask(place, Request("echo")) is None
    async with kiosk(place) as served:
        reply = await client.ask(place, Request("echo", "482915", {"said": "olá"}))
        assert reply == done(act="echo", said="olá")
        assert "482915" not in repr(served.served)
    assert await client.ask(place, Request("echo")) is None


async def test_the_folder_is_its_users_alone(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    await asyncio.to_thread(place.folder.mkdir, 0o777)
    async with kiosk(place):
        assert place.folder.stat().st_mode & 0o777 == 0o700
        assert place.socket.stat().st_mode & 0o777 == 0o600


async def test_a_kiosk_that_was_killed_leaves_nothing_in_the_way(place: Place) -> None:
    place.prepare()
    (place.socket if place.unix else place.address).write_text("left over")
    async with kiosk(place):
        assert await client.ask(place, Request("echo")) is not None


async def test_however_deep_its_folder_lies(tmp_path: Path) -> None:
    place = place_in(tmp_path / ("d" * 60) / ("e" * 60))
    with pytest.raises(FileNotFoundError), short_name(place.socket):
        pass
    async with kiosk(place):
        assert await client.ask(place, Request("echo")) is not None


async def as_nobody(path: str) -> str:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CONNECT_AS, path, stdout=subprocess.PIPE, cwd="/"
    )
    out, _ = await process.communicate()
    return out.decode().strip()


async def test_another_user_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice: by the folder, and by the kernel's word where the folder was opened by mistake."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = place_in(folder)
        async with kiosk(place) as served:
            if os.getuid() != 0:
                # Only root can become another user; for anybody else the kiosk itself is another's.
                monkeypatch.setattr(os, "getuid", lambda: 65534)
                assert await raw(place, b'{"v":1,"act":"echo"}\n') == b""
            else:
                await asyncio.to_thread(folder.chmod, 0o755)
                assert await as_nobody(str(place.socket)) == "PermissionError"
                place.folder.chmod(0o755)
                place.socket.chmod(0o666)
                assert await as_nobody(str(place.socket)) == "b''"
            assert served.served == []


async def test_without_the_loopbacks_secret_nothing_is_done(tmp_path: Path) -> None:
    place = replace(place_in(tmp_path), unix=False)
    async with kiosk(place) as served:
        assert place.address.stat().st_mode & 0o077 == 0
        assert await raw(place, b'{"v":1,"act":"echo","secret":"guess"}\n') == b""
        assert served.served == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"[]\n",
        b"{}\n",
        b'{"v":2,"act":"echo"}\n',
        b'{"v":1,"act":7}\n',
        b'{"v":1,"act":"echo","args":[]}\n',
        b'{"v":1,"act":"echo","args":{"n":1.5}}\n',
        b"\xff\xfe\x00\n",
        b"[" * 10_000 + b"\n",
    ],
    ids=range(10),
)
async def test_garbage_is_refused_in_a_sentence(tmp_path: Path, garbage: bytes) -> None:
    place = place_in(tmp_path)
    async with kiosk(place) as served:
        answer = wire.decode_reply(await raw(place, garbage))
        assert (answer.ok, answer.code) == (False, "SYS-004")
        assert served.served == []
        assert await client.ask(place, Request("echo")) is not None


async def test_an_order_that_is_too_large(tmp_path: Path) -> None:
    place = place_in(tmp_path)
    async with kiosk(place) as served:
        told = await raw(place, b'{"v":1,"act":"' + b"x" * wire.MOST_REQUEST_BYTES + b'"}\n')
        assert b"grande demais" in told
        assert served.served == []


async def test_half_an_order_is_not_waited_for(place: Place) -> None:
    async with kiosk(place) as served:
        assert await raw(place, b'{"v":1,"act":"echo"') == b""
        assert served.served == []
        assert await client.ask(place, Request("echo")) is not None


async def test_a_flood_is_cut_off_and_leaves_room_after_it(place: Place) -> None:
    async with kiosk(place) as served:
        opened = [await client._open(place) for _ in range(30)]
        streams = [each[0] for each in opened if each is not None]
        async with asyncio.timeout(10):
            assert [await reader.read(10) for reader, _ in streams] == [b""] * 30
        for _, writer in streams:
            writer.close()
        assert served.served == []
        assert await client.ask(place, Request("echo")) is not None


async def test_an_act_that_takes_too_long_is_given_up(place: Place) -> None:
    async with kiosk(place):
        reply = await client.ask(place, Request("slow"))
        assert reply is not None
        assert not reply.ok
        assert "demorou demais" in reply.message


async def test_it_closes_under_a_caller(place: Place) -> None:
    served = Kiosk()
    async with listening(place, served.serve, replace(LIMITS, act_s=60.0)):
        asking = asyncio.create_task(client.ask(place, Request("slow")))
        await served.called.wait()
    reply = await asking
    assert reply is not None
    assert "veja no diário" in reply.message


texts = st.text(max_size=40)


@settings(max_examples=40)
@given(texts, texts, st.dictionaries(texts, texts, max_size=4))
def test_a_request_comes_over_as_it_was(act: str, pin: str, args: dict[str, str]) -> None:
    request = Request(act, pin, dict(args), "s")
    line = wire.encode_request(request)
    assert line.count(b"\n") == 1
    assert wire.decode_request(line) == request


@settings(max_examples=40)
@given(st.booleans(), texts, texts)
def test_a_reply_comes_over_as_it_was(ok: bool, code: str, message: str) -> None:
    reply = Reply(ok, {"a": [1, None, {"b": message}]}) if ok else Reply(ok, {}, code, message)
    assert wire.decode_reply(wire.encode_reply(reply)) == reply


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_no_line_breaks_the_reader(line: bytes) -> None:
    for decode in (wire.decode_request, wire.decode_reply):
        with suppress(wire.BadLineError):
            decode(line + b"\n")
