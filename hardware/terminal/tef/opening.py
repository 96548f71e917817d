"""A `PaygoTerminal` over either transport, put together. Nothing is contacted until it is used."""

from __future__ import annotations

from hardware.terminal.tef.channel import OnMessage, OwnNumbers, unheard
from hardware.terminal.tef.driver import PaygoTerminal
from hardware.terminal.tef.file_channel import FileChannel
from hardware.terminal.tef.folder import Folder
from hardware.terminal.tef.settings import FolderSettings, PaygoSettings, SocketSettings
from hardware.terminal.tef.socket_channel import SocketChannel
from totem.domain.ports import Clock


def open_folder_terminal(
    settings: PaygoSettings, folder: FolderSettings, clock: Clock, on_message: OnMessage = unheard
) -> PaygoTerminal:
    """PayGo on this machine, by its exchange folder."""
    channel = FileChannel(Folder(folder, settings.known_words), clock, settings.times, on_message)
    return PaygoTerminal(settings, channel, clock)


def open_socket_terminal(
    settings: PaygoSettings, peer: SocketSettings, clock: Clock, on_message: OnMessage = unheard
) -> PaygoTerminal:
    """PayGo behind `totem tef-bridge`, or any peer that speaks field messages on TCP."""
    numbers = OwnNumbers(clock.now())
    channel = SocketChannel(peer, settings.times, numbers, settings.known_words, on_message)
    return PaygoTerminal(settings, channel, clock, numbers)
