"""What each wire does alone: limits, exact counts, whom it takes for its printer, and what it leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import pty
import socket
import threading
import tty
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hardware.printer.links import LinkLost, NetworkLink
from hardware.printer.links.device import DeviceLink
from hardware.printer.links.lane import Lane
from hardware.printer.links.serial_port import FlowControl, Port, SerialLink, SerialSettings, named_port, port_by_usb_id
from totem.domain.errors import PrinterUnreachable

# --- calls without a limit of their own -----------------------------------------------------------------------------


def test_a_call_that_overstays_is_left_behind_and_not_made_again() -> None:
    lane, gate = Lane("test"), threading.Event()
    calls: list[int] = []

    def slow() -> int:
        calls.append(1)
        gate.wait()
        return 7

    for _ in range(3):
        with pytest.raises(TimeoutError):
            lane.call(slow, 0.02)
    assert calls == [1]
    gate.set()
    assert lane.call(lambda: 8, 10) == 8
    with pytest.raises(ZeroDivisionError):
        lane.call(lambda: 1 // 0, 10)


# --- network --------------------------------------------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_a_name_server_that_never_answers_costs_its_limit_and_one_thread(listener: socket.socket) -> None:
    gate = threading.Event()
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        gate.wait()
        return ["127.0.0.1"]

    link = NetworkLink("impressora.exemplo", listener.getsockname()[1], resolve=resolve)
    for _ in range(3):
        with pytest.raises(PrinterUnreachable):
            link.open(0.02)
    assert asked == ["impressora.exemplo"]
    gate.set()
    link.open(10)
    link.close()


def test_an_address_needs_no_name_server_and_a_dead_address_not_the_last_word(listener: socket.socket) -> None:
    def refuse(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    port = listener.getsockname()[1]
    link = NetworkLink("127.0.0.1", port, resolve=refuse)
    link.open(10)
    link.close()
    # Nobody listens at the second address of loopback.
    link = NetworkLink("impressora", port, resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"])
    link.open(10)
    assert link.description == f"tcp impressora:{port}"
    link.close()
    with pytest.raises(LinkLost):
        link.write(b"x", 0.01)


def test_what_a_printer_has_not_taken_is_not_delivered_after_closing(listener: socket.socket) -> None:
    link = NetworkLink("127.0.0.1", listener.getsockname()[1])
    link.open(10)
    printer, _ = listener.accept()
    accepted = 0
    while count := link.write(bytes(1 << 20), 0.05):
        accepted += count
    link.close()
    arrived = 0
    with printer, contextlib.suppress(ConnectionResetError):
        while data := printer.recv(1 << 20):
            arrived += len(data)
    assert arrived < accepted


def test_what_a_printer_has_taken_stays_with_it(listener: socket.socket) -> None:
    link = NetworkLink("127.0.0.1", listener.getsockname()[1])
    link.open(10)
    assert link.write(b"ticket", 10) == 6
    printer, _ = listener.accept()
    with printer:
        assert printer.recv(6) == b"ticket"
        link.close()
        assert printer.recv(6) == b""


def test_a_name_without_an_address() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(PrinterUnreachable):
        NetworkLink("impressora", resolve=unknown).open(10)
    with pytest.raises(PrinterUnreachable):
        NetworkLink("impressora", resolve=lambda host, port: []).open(10)


# --- serial ---------------------------------------------------------------------------------------------------------


@dataclass
class Terminal:
    """The printer's end of a pseudo-terminal."""

    master: int
    path: str

    def take(self, most: int = 65536) -> bytes:
        return os.read(self.master, most)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield Terminal(master, os.ttyname(slave))
    os.close(master)
    os.close(slave)


def opened(terminal: Terminal, flow: FlowControl = FlowControl.NONE) -> SerialLink:
    link = SerialLink("teste", named_port(terminal.path), SerialSettings(19200, flow))
    link.open(1)
    return link


# A pseudo-terminal has no DSR: that gate is tested below, without one.
@pytest.mark.parametrize("flow", [FlowControl.RTS_CTS, FlowControl.XON_XOFF, FlowControl.NONE])
def test_bytes_pass_as_they_are_in_both_directions(terminal: Terminal, flow: FlowControl) -> None:
    link = opened(terminal, flow)
    free = bytes(byte for byte in range(256) if byte not in b"\x11\x13")
    assert link.write(free, 1) == len(free)
    assert terminal.take() == free
    os.write(terminal.master, b"\x12\x16\r\n\x03")
    assert link.read(1) == b"\x12\x16\r\n\x03"
    assert link.read(0) == b""
    link.close()


def test_what_the_line_does_not_take_is_counted_exactly(terminal: Terminal) -> None:
    link = opened(terminal)
    data = bytes(index % 251 for index in range(300_000))
    accepted = 0
    while count := link.write(data[accepted:], 0.05):
        accepted += count
    assert 0 < accepted < len(data)
    arrived = b""
    while len(arrived) < accepted:
        arrived += terminal.take()
    assert arrived == data[:accepted]
    assert link.write(data[accepted : accepted + 10], 1) == 10
    assert terminal.take() == data[accepted : accepted + 10]
    link.close()


def test_xoff_holds_the_line_and_xon_frees_it(terminal: Terminal) -> None:
    link = opened(terminal, FlowControl.XON_XOFF)
    os.write(terminal.master, b"\x13")
    accepted = link.write(b"x" * 100, 0.05)
    assert accepted == 0
    os.write(terminal.master, b"\x11")
    assert link.write(b"x" * 100, 1) == 100
    assert terminal.take() == b"x" * 100
    link.close()


def test_closing_does_not_wait_for_a_printer_that_takes_nothing(terminal: Terminal) -> None:
    link = opened(terminal)
    accepted = 0
    while count := link.write(b"x" * 4096, 0.02):
        accepted += count
    link.close()
    link.close()
    # What the line still held is gone, and not printed after the next opening.
    link = opened(terminal)
    assert link.write(b"nova", 1) == 4
    arrived = terminal.take()
    while not arrived.endswith(b"nova"):
        arrived += terminal.take()
    assert len(arrived) < accepted
    link.close()


def test_a_port_that_another_program_has_or_that_is_not_there(terminal: Terminal, tmp_path: Path) -> None:
    link = opened(terminal)
    other = SerialLink("outro", named_port(terminal.path))
    with pytest.raises(PrinterUnreachable):
        other.open(1)
    link.close()
    with pytest.raises(PrinterUnreachable):
        SerialLink("x", named_port(str(tmp_path / "nada"))).open(1)
    with pytest.raises(LinkLost):
        link.read(0.01)


@dataclass
class Listed:
    device: str
    vid: int | None = None
    pid: int | None = None
    serial_number: str | None = None


def test_a_port_is_found_by_what_is_plugged_in() -> None:
    ports = [
        Listed("/dev/ttyS0"),
        Listed("/dev/ttyACM0", 0x0B1B, 3, "A1"),
        Listed("/dev/ttyACM1", 0x0B1B, 3, "B2"),
        Listed("/dev/ttyACM2", 0x20D1, 0x7008),
    ]
    assert port_by_usb_id(0x20D1, 0x7008, ports=lambda: ports)() == "/dev/ttyACM2"
    assert port_by_usb_id(0x0B1B, 3, "B2", ports=lambda: ports)() == "/dev/ttyACM1"
    ports[2].device = "/dev/ttyACM7"
    assert port_by_usb_id(0x0B1B, 3, "B2", ports=lambda: ports)() == "/dev/ttyACM7"
    with pytest.raises(PrinterUnreachable, match="2 serial ports are 0b1b:0003"):
        port_by_usb_id(0x0B1B, 3, ports=lambda: ports)()
    with pytest.raises(PrinterUnreachable, match="0 serial ports"):
        port_by_usb_id(0x0B1B, 3, "C3", ports=lambda: ports)()


@dataclass
class QueuedPort:
    """A port of Windows: it takes everything at once, and tells how much of it waits."""

    pipe: int = -1
    dsr: bool = True
    out_waiting: int = 0
    answers: bytes = b""
    written: list[bytes] = field(default_factory=list)
    broken: bool = False

    @property
    def in_waiting(self) -> int:
        if self.broken:
            raise OSError(errno.EIO, "ClearCommError failed")
        return len(self.answers)

    def fileno(self) -> int:
        return self.pipe

    def read(self, size: int = 1, /) -> bytes:
        taken, self.answers = self.answers[:size], self.answers[size:]
        return taken

    def write(self, data: bytes, /) -> int:
        self.written.append(data)
        self.out_waiting += len(data)
        return len(data)

    def reset_output_buffer(self) -> None:
        self.out_waiting = 0

    def close(self) -> None:
        """Nothing to let go."""


def on(port: Port, *, flow: FlowControl = FlowControl.NONE, posix: bool) -> SerialLink:
    link = SerialLink("COM3", named_port("COM3"), SerialSettings(flow=flow), open_port=lambda _, __: port, posix=posix)
    link.open(1)
    return link


def test_where_the_driver_takes_all_the_next_piece_waits_for_the_last() -> None:
    port = QueuedPort()
    link = on(port, posix=False)
    data = bytes(1000)
    assert link.write(data, 0.05) == 256
    assert link.write(data[256:], 0.02) == 0
    port.out_waiting = 0
    assert link.write(data[256:], 0.05) == 256
    assert [len(piece) for piece in port.written] == [256, 256]
    assert link.read(0.02) == b""
    port.answers = b"\x12\x12"
    assert link.read(0.02) == b"\x12\x12"
    port.broken = True
    with pytest.raises(LinkLost):
        link.read(0.02)


def test_dsr_is_waited_for_where_the_system_does_not() -> None:
    receiving, sending = os.pipe()
    os.set_blocking(sending, False)
    port = QueuedPort(sending, dsr=False)
    link = on(port, flow=FlowControl.DSR_DTR, posix=True)
    assert link.write(b"x" * 1000, 0.02) == 0
    port.dsr = True
    assert link.write(b"x" * 1000, 1) == 256
    port.out_waiting = 256
    assert link.write(b"x" * 744, 0.02) == 0
    assert os.read(receiving, 4096) == b"x" * 256
    for end in (receiving, sending):
        os.close(end)


# --- device nodes ---------------------------------------------------------------------------------------------------


def test_a_node_that_is_not_there(tmp_path: Path) -> None:
    link = DeviceLink(tmp_path / "lp0")
    with pytest.raises(PrinterUnreachable):
        link.open(1)
    with pytest.raises(LinkLost):
        link.write(b"x", 0.01)
    link.close()


def test_a_node_that_may_not_be_opened_names_the_udev_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    # The tests may run as root, whom no permission stops.
    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(PrinterUnreachable, match="udev"):
        DeviceLink(tmp_path / "lp0").open(1)


async def test_a_node_pulled_out_is_lost(terminal: Terminal) -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    link = DeviceLink(Path(os.ttyname(slave)))
    link.open(1)
    os.close(master)
    os.close(slave)
    with pytest.raises(LinkLost):
        await asyncio.to_thread(link.read, 1)
    with pytest.raises(LinkLost):
        link.write(b"x", 0.1)
    link.close()
