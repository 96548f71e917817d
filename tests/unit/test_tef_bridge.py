"""The bridge: who may speak, what it bears, and that no answer is lost between the folder and the kiosk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hardware.terminal.tef import link as wire
from hardware.terminal.tef.bridge import Bridge
from hardware.terminal.tef.bridge_link import BridgeFault, BridgeSettings, faults_of
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder
from hardware.terminal.tef.link import Link, LinkLost
from hardware.terminal.tef.opening import open_socket_terminal
from hardware.terminal.tef.settings import FolderSettings, SocketSettings
from tests.support.authority import authority, leaf
from tests.support.scaled_clock import ScaledClock
from tests.support.tef_bench import SALE, SECRET, SETTINGS, TIMES, bridge_of, reference_of, socket_terminal
from tests.support.tef_peer import APPROVED, Act, Script, crlf, folder_peer, put
from totem.domain.cards import CardOutcome, CardReference, CardResult, PendingCard, Prompt, PromptKind
from totem.domain.errors import BridgeRefused, CardError, TerminalUnreachable, Trouble

PLAIN = BridgeSettings(port=0, poll_s=0.01, idle_poll_s=0.05)
SECRETIVE = replace(PLAIN, secret=SECRET)


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Link]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    link = Link(reader, writer, 5)
    try:
        yield link
    finally:
        await link.close()


async def hang_up(link: Link) -> None:
    """Until the other end closes."""
    try:
        async with asyncio.timeout(10):
            while True:
                await link.receive()
    except LinkLost:
        return


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Path]:
    async with folder_peer(tmp_path, Script().on("CRT", Act(APPROVED))) as served:
        yield served


# --- who may speak --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        (BridgeSettings(), ()),
        (BridgeSettings("localhost"), ()),
        (BridgeSettings("::1"), ()),
        (BridgeSettings("0.0.0.0"), (BridgeFault.OPEN_TO_ALL,)),  # noqa: S104 - refused
        (BridgeSettings("192.0.2.7"), (BridgeFault.OPEN_TO_ALL,)),
        (BridgeSettings("tef.example"), (BridgeFault.OPEN_TO_ALL,)),
        (BridgeSettings("192.0.2.7", secret=SECRET), ()),
        (BridgeSettings("192.0.2.7", tls_cert=Path("c"), tls_key=Path("k")), ()),
        (BridgeSettings("192.0.2.7", secret=b"short"), (BridgeFault.TOO_SHORT,)),
        (BridgeSettings(tls_cert=Path("c")), (BridgeFault.HALF_TLS,)),
    ],
)
def test_beyond_this_machine_tls_or_a_secret_is_demanded(
    settings: BridgeSettings, faults: tuple[BridgeFault, ...]
) -> None:
    assert faults_of(settings) == faults


def test_a_bridge_open_to_all_is_not_even_made(tmp_path: Path) -> None:
    channel = FileChannel(Folder(FolderSettings(tmp_path)), ScaledClock(1), TIMES)
    with pytest.raises(ValueError, match="TLS or a secret"):
        Bridge(BridgeSettings("192.0.2.7"), channel, ScaledClock(1))


async def test_with_the_secret_a_sale_goes_through(folder: Path) -> None:
    async with bridge_of(folder, SECRETIVE) as bridge:
        bench = socket_terminal(bridge.port, Script(), secret=SECRET)
        result = await bench.sell()
        await bench.terminal.confirm(reference_of(SALE, result))
        await bench.terminal.close()
    assert result.outcome is CardOutcome.APPROVED


@pytest.mark.parametrize("secret", [b"", b"another secret of enough length"])
async def test_without_the_secret_nothing_reaches_the_folder(tmp_path: Path, secret: bytes) -> None:
    script = Script()
    async with folder_peer(tmp_path, script), bridge_of(tmp_path, SECRETIVE) as bridge:
        bench = socket_terminal(bridge.port, script, secret=secret)
        health = await bench.terminal.health()
        result = await bench.sell()
        await bench.terminal.close()
    assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)
    assert (result.outcome, result.trouble) == (CardOutcome.NOT_SENT, Trouble.BRIDGE_REFUSED)
    assert script.heard == []


async def test_a_command_before_the_proof_is_not_carried_out(tmp_path: Path) -> None:
    script = Script()
    async with folder_peer(tmp_path, script), bridge_of(tmp_path, SECRETIVE) as bridge, connected(bridge.port) as link:
        await link.send(Message.of((0, "CRT"), (1, "1"), (3, "1")))
        await hang_up(link)
    assert script.heard == []


async def test_a_kiosk_with_a_secret_refuses_a_bridge_without(folder: Path) -> None:
    async with bridge_of(folder, PLAIN) as bridge:
        bench = socket_terminal(bridge.port, Script(), secret=SECRET)
        with pytest.raises(BridgeRefused):
            await bench.terminal.pending()
        await bench.terminal.close()


async def test_a_proof_heard_before_is_worth_nothing(folder: Path) -> None:
    async with bridge_of(folder, SECRETIVE) as bridge:
        proof = answer = Message(())
        for _ in range(2):
            async with connected(bridge.port) as link:
                hello = await link.receive()
                if not proof.fields:
                    told = wire.proof_of(SECRET, "kiosk", "a" * 32, hello.get(0, 3))
                    proof = wire.control(wire.PROOF, nonce="a" * 32, proof=told)
                await link.send(proof)
                answer = await link.receive()
        assert wire.act_of(answer) == wire.REFUSED


async def _proved(link: Link) -> None:
    hello = await link.receive()
    theirs, ours = hello.get(0, 3), "b" * 32
    await link.send(wire.control(wire.PROOF, nonce=ours, proof=wire.proof_of(SECRET, "kiosk", ours, theirs)))
    welcome = await link.receive()
    assert welcome.get(0, 4) == wire.proof_of(SECRET, "bridge", theirs, ours)
    link.seal(wire.Seal(SECRET, "kiosk", theirs, ours), wire.Seal(SECRET, "bridge", theirs, ours))


async def test_a_message_without_its_seal_or_said_twice_ends_the_link(tmp_path: Path) -> None:
    script = Script()
    alive = Message.of((0, "ATV"), (1, "5"))
    async with folder_peer(tmp_path, script), bridge_of(tmp_path, SECRETIVE) as bridge:
        async with connected(bridge.port) as link:
            await _proved(link)
            await link.send(alive)
            assert (await link.receive()).command == "ATV"
            link._writer.write(crlf("000-000 = NCN\n001-000 = 6\n027-000 = F123\n999-999 = 0\n"))
            await hang_up(link)
        async with connected(bridge.port) as link:
            await _proved(link)
            assert link._seal_out is not None
            link._seal_out._count = 7
            await link.send(alive)
            await hang_up(link)
    assert [each["000-000"] for each in script.heard] == ["ATV"]


async def test_tls_with_a_known_authority_and_with_a_strange_one(folder: Path, tmp_path: Path) -> None:
    root = authority("root")
    served = leaf("bridge", root, server=True)
    for name, data in (("cert", served.pem), ("key", served.key_pem), ("ca", root.pem), ("no", authority("x").pem)):
        (tmp_path / name).write_bytes(data)
    settings = replace(PLAIN, tls_cert=tmp_path / "cert", tls_key=tmp_path / "key")
    async with bridge_of(folder, settings) as bridge:
        peer = SocketSettings("127.0.0.1", bridge.port, tls=True, ca_file=tmp_path / "ca")
        known = open_socket_terminal(SETTINGS, peer, ScaledClock(1))
        strange = open_socket_terminal(SETTINGS, replace(peer, ca_file=tmp_path / "no"), ScaledClock(1))
        assert (await known.health()).ready
        assert (await strange.health()).trouble is Trouble.BRIDGE_REFUSED
        await known.close()
        await strange.close()
        async with connected(bridge.port) as bare:
            await bare.send(Message.of((0, "ATV"), (1, "1")))
            await hang_up(bare)


# --- what it bears --------------------------------------------------------------------------------------------------


async def test_a_second_kiosk_is_turned_away_and_the_first_goes_on(folder: Path) -> None:
    async with bridge_of(folder, PLAIN) as bridge:
        first, second = (socket_terminal(bridge.port, Script()) for _ in range(2))
        assert (await first.terminal.health()).ready
        health = await second.terminal.health()
        assert (health.ready, health.trouble) == (False, Trouble.BRIDGE_REFUSED)
        assert (await first.terminal.health()).ready
        await first.terminal.close()
        await second.terminal.close()


async def test_a_flood_of_messages_ends_the_link(tmp_path: Path) -> None:
    script = Script()
    settings = replace(PLAIN, most_messages=3)
    async with folder_peer(tmp_path, script), bridge_of(tmp_path, settings) as bridge, connected(bridge.port) as link:
        for number in range(1, 6):
            await link.send(Message.of((0, "ATV"), (1, str(number))))
        await hang_up(link)
    assert len(script.heard) == 3


async def test_a_message_without_end_ends_the_link(folder: Path) -> None:
    async with bridge_of(folder, PLAIN) as bridge, connected(bridge.port) as link:
        link._writer.write(b"000-000 = CRT\r\n" + b"A" * 70_000)
        await hang_up(link)


@pytest.mark.parametrize("limits", [{"message_s": 0.1}, {"idle_s": 0.1}])
async def test_a_link_that_stands_still_is_closed(folder: Path, limits: dict[str, float]) -> None:
    async with bridge_of(folder, replace(PLAIN, **limits)) as bridge, connected(bridge.port) as link:  # type: ignore[arg-type]
        if "message_s" in limits:
            link._writer.write(b"000-000 = ATV\r\n")
        await hang_up(link)
        bench = socket_terminal(bridge.port, Script())
        assert (await bench.terminal.health()).ready
        await bench.terminal.close()


async def test_whoever_proves_nothing_is_closed_and_there_are_never_many(folder: Path) -> None:
    settings = replace(SECRETIVE, handshake_s=0.2, most_strangers=2)
    async with bridge_of(folder, settings) as bridge:
        async with connected(bridge.port) as one, connected(bridge.port) as two:
            await one.receive()
            await two.receive()
            async with connected(bridge.port) as three:
                with pytest.raises(LinkLost):
                    await three.receive()
            await hang_up(one)
            await hang_up(two)
        bench = socket_terminal(bridge.port, Script(), secret=SECRET)
        assert (await bench.terminal.health()).ready
        await bench.terminal.close()


async def test_what_is_no_command_is_refused(folder: Path) -> None:
    async with bridge_of(folder, PLAIN) as bridge, connected(bridge.port) as link:
        await link.receive()
        await link.send(Message.of((0, "CDP"), (1, "1")))
        assert wire.act_of(await link.receive()) == wire.REFUSED


# --- no answer is lost ----------------------------------------------------------------------------------------------


async def test_an_answer_that_came_while_the_kiosk_was_away_is_told_until_it_is_dropped(tmp_path: Path) -> None:
    script = Script().on("CRT", Act())
    async with folder_peer(tmp_path, script), bridge_of(tmp_path, PLAIN) as bridge:
        bench = socket_terminal(bridge.port, script)
        async for event in bench.terminal.start(SALE):
            if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
                break
        await bench.terminal.close()
        put(tmp_path / "Resp" / "intpos.001", crlf(APPROVED.format(id=41, amount=4500, code="F123")))
        orphan = PendingCard({})
        for _ in range(2):  # a kiosk that crashes before it settles is told again
            again = socket_terminal(bridge.port, script)
            (orphan,) = await again.terminal.pending()
            await again.terminal.close()
        assert (orphan.trace["control_code"], orphan.trace["request"]) == ("F123", "41")
        settled = socket_terminal(bridge.port, script)
        reference = CardReference(SALE.attempt_id, SALE.number, SALE.amount, SALE.kind)
        told = await settled.terminal.status(reference)
        assert told.outcome is CardOutcome.APPROVED
        await settled.terminal.confirm(replace(reference, trace=told.trace))
        assert await settled.terminal.pending() == ()
        await settled.terminal.close()
    assert list((tmp_path / "Totem").iterdir()) == []


async def test_an_answer_outlives_the_bridge(tmp_path: Path) -> None:
    script = Script().on("CRT", Act(APPROVED))
    async with folder_peer(tmp_path, script):
        async with bridge_of(tmp_path, PLAIN) as bridge:
            bench = socket_terminal(bridge.port, script)
            await bench.sell()
            await bench.terminal.close()
        async with bridge_of(tmp_path, PLAIN) as bridge:
            again = socket_terminal(bridge.port, script)
            (orphan,) = await again.terminal.pending()
            await again.terminal.close()
    assert orphan.trace["control_code"] == "F123"
    text = "".join(each.read_text() for each in (tmp_path / "Totem").iterdir())
    assert "SILVA" not in text
    assert "411111" not in text


async def test_a_bridge_that_dies_after_the_status_leaves_the_sale_unknown(tmp_path: Path) -> None:
    script = Script().on("CRT", Act())
    async with folder_peer(tmp_path, script):
        result = None
        async with bridge_of(tmp_path, PLAIN) as bridge:
            bench = socket_terminal(bridge.port, script)
            async for event in bench.terminal.start(SALE):
                if isinstance(event, Prompt) and event.kind is PromptKind.PRESENT_CARD:
                    await bridge.close()
                result = event
    assert isinstance(result, CardResult)
    assert (result.outcome, result.trouble) == (CardOutcome.UNKNOWN, Trouble.CARD_UNKNOWN)
    await bench.terminal.close()


async def test_a_kiosk_connects_again_by_itself_after_the_bridge_came_back(tmp_path: Path) -> None:
    script = Script().on("CRT", Act(APPROVED))
    async with folder_peer(tmp_path, script):
        async with bridge_of(tmp_path, PLAIN) as bridge:
            port = bridge.port
            bench = socket_terminal(port, script)
            assert (await bench.terminal.health()).ready
        with pytest.raises(TerminalUnreachable):
            await bench.terminal.pending()
        async with bridge_of(tmp_path, replace(PLAIN, port=port)):
            assert (await bench.sell()).outcome is CardOutcome.APPROVED
        await bench.terminal.close()


async def test_a_folder_that_is_not_paygos_is_refused(tmp_path: Path) -> None:
    channel = FileChannel(Folder(FolderSettings(tmp_path / "none")), ScaledClock(1), TIMES)
    bridge = Bridge(PLAIN, channel, ScaledClock(1))
    with pytest.raises(CardError):
        await bridge.open()
    await bridge.close()
