"""`totem tef-bridge`: its grammar, what it refuses to serve, and a real process that serves until it is stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.support.tef_bench import SECRET, socket_terminal
from tests.support.tef_peer import Script, folder_peer
from totem.bootstrap import tef_bridge
from totem.bootstrap.arguments import Parser
from totem.bootstrap.tef_bridge_arguments import add_parser

PROGRAM = """
import sys
from totem.bootstrap import tef_bridge
from totem.bootstrap.arguments import Parser
from totem.bootstrap.tef_bridge_arguments import add_parser
parser = Parser(prog="totem")
add_parser(parser.add_subparsers(parser_class=Parser))
sys.exit(tef_bridge.run(parser.parse_args(sys.argv[1:])))
"""


def run(*arguments: str) -> int:
    parser = Parser(prog="totem")
    add_parser(parser.add_subparsers(parser_class=Parser))
    return tef_bridge.run(parser.parse_args(["tef-bridge", *arguments]))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--listen", "0.0.0.0:60906"), "--secret-file"),
        (("--listen", "nowhere:x"), "não é um endereço"),
        (("--tls-cert", "cert.pem"), "--tls-key"),
        (("--secret-file", "{folder}/short"), "16 letras"),
        (("--secret-file", "{folder}/empty"), "vazio"),
        (("--secret-file", "{folder}/none"), "No such file"),
    ],
)
def test_what_must_not_be_served_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "short").write_text("abc")
    (tmp_path / "empty").write_text("\n")
    told = [each.format(folder=tmp_path) for each in arguments]
    assert run("--folder", str(tmp_path), *told) == 2
    assert sentence in capsys.readouterr().err


def test_a_folder_that_is_not_paygos_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--folder", str(tmp_path / "none"), "--listen", "127.0.0.1:0") == 1
    assert "não pode ser usada" in capsys.readouterr().err


async def test_it_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET + b"\n")
    folder = tmp_path / "PAYGO"
    async with folder_peer(folder, Script()):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PROGRAM, "tef-bridge", "--listen", "127.0.0.1:0", "--folder", str(folder)),
            *("--secret-file", str(secret)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        greeting = (await process.stdout.readline()).decode()
        bench = socket_terminal(int(greeting.split(",")[0].rsplit(":", 1)[1]), Script(), secret=SECRET)
        health = await bench.terminal.health()
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
        assert (await bench.terminal.health()).ready is False
        await bench.terminal.close()
    assert health.ready
