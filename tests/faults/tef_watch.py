"""The TEF wire, each message of which is a moment at which a kiosk may die."""

from __future__ import annotations

import asyncio
import itertools

from hardware.terminal.tef.driver import PaygoTerminal
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.link import Link
from hardware.terminal.tef.settings import PaygoSettings, PaygoTimes, SocketSettings
from hardware.terminal.tef.socket_channel import SocketChannel
from tests.faults.watch import Watch
from totem.domain.ports import Clock

HOST = "127.0.0.1"
FIRST_NUMBER = 9_000_000_000


class _WatchedLink(Link):
    watch: Watch

    async def send(self, message: Message) -> None:
        self.watch.reach(f"tef before sending {message.command}")
        await super().send(message)
        self.watch.reach(f"tef sent {message.command}")

    async def receive(self) -> Message:
        message = await super().receive()
        self.watch.reach(f"tef received {message.command} {'answer' if message.is_answer else 'status'}")
        return message


class _WatchedChannel(SocketChannel):
    watch: Watch

    async def _connect(self) -> Link:
        self.watch.reach("tef connecting")
        reader, writer = await asyncio.open_connection(self._settings.host, self._settings.port)
        self.watch.reach("tef connected")
        link = _WatchedLink(reader, writer, self._times.connect_s)
        link.watch = self.watch
        return link


def open_watched_tef(port: int, clock: Clock, watch: Watch) -> PaygoTerminal:
    numbers = itertools.count(FIRST_NUMBER + int(clock.now().timestamp() * 1000) % 900_000_000)
    times = PaygoTimes()
    channel = _WatchedChannel(SocketSettings(HOST, port), times, lambda: next(numbers))
    channel.watch = watch
    settings = PaygoSettings(company="TOTEM", pos_name="TOTEM", version="1.0", registration="123", times=times)
    return PaygoTerminal(settings, channel, clock, lambda: next(numbers))
