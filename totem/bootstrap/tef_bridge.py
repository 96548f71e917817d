"""`totem tef-bridge`: serves the bridge beside PayGo until Ctrl+C."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from hardware.terminal.tef.bridge import Bridge
from hardware.terminal.tef.bridge_link import LEAST_SECRET, BridgeFault, BridgeSettings, faults_of
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder
from hardware.terminal.tef.settings import FolderSettings, PaygoTimes, parse_address
from totem.domain.errors import CardError
from totem.services.clock import SystemClock

OK, FAILED, USAGE = 0, 1, 2

_MOST_SECRET: Final = 4096
_FAULTS: Final = {
    BridgeFault.HALF_TLS: "TLS precisa de --tls-cert e de --tls-key",
    BridgeFault.TOO_SHORT: f"o segredo tem menos de {LEAST_SECRET} letras",
    BridgeFault.OPEN_TO_ALL: "outros computadores alcançam esse endereço: dê --secret-file, ou --tls-cert e --tls-key",
}


def run(chosen: argparse.Namespace) -> int:
    """Serve until Ctrl+C or SIGTERM. 2 where the settings must not be served, 1 where serving fails."""
    try:
        settings = _settings(chosen)
    except (OSError, ValueError) as error:
        return _say(str(error), USAGE)
    faults = faults_of(settings)
    if faults:
        return _say("; ".join(_FAULTS[each] for each in faults), USAGE)
    words = tuple(chosen.shop_words.split())
    try:
        return asyncio.run(_serve(settings, chosen.folder, words))
    except CardError as error:
        return _say(f"a pasta {chosen.folder} não pode ser usada: {error}", FAILED)
    except OSError as error:
        return _say(f"não foi possível escutar em {settings.host}:{settings.port}: {error}", FAILED)


def _settings(chosen: argparse.Namespace) -> BridgeSettings:
    """Raises OSError and ValueError with a sentence for the user."""
    try:
        host, port = parse_address(chosen.listen)
    except ValueError as error:
        raise ValueError(f"não é um endereço: {chosen.listen}") from error
    secret = _secret(chosen.secret_file) if chosen.secret_file is not None else b""
    return BridgeSettings(host, port, secret, chosen.tls_cert, chosen.tls_key)


def _secret(path: Path) -> bytes:
    with path.open("rb") as file:
        secret = file.read(_MOST_SECRET).strip()
    if not secret:
        raise ValueError(f"{path} está vazio: sem segredo, não dê --secret-file")
    return secret


async def _serve(settings: BridgeSettings, folder: Path, words: tuple[str, ...]) -> int:
    clock = SystemClock()
    channel = FileChannel(Folder(FolderSettings(folder), words), clock, PaygoTimes())
    bridge = Bridge(settings, channel, clock)
    stop = asyncio.Event()
    _stop_on_signals(stop)
    serving: asyncio.Task[None] | None = None
    try:
        await bridge.open()
        print(f"Ponte TEF em {settings.host}:{bridge.port}, pasta {folder}. Ctrl+C encerra.", flush=True)
        serving = asyncio.create_task(bridge.serve())
        await stop.wait()
    finally:
        if serving is not None:
            serving.cancel()
            with suppress(asyncio.CancelledError):
                await serving
        await bridge.close()
    return OK


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        if sys.platform == "win32":
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
        else:
            loop.add_signal_handler(number, stop.set)


def _say(text: str, code: int) -> int:
    print(f"totem: {text}", file=sys.stderr)
    return code
