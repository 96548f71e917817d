"""The Printer port's contract over files, nodes that never answer, and pictures."""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from hardware.printer import unanswered
from hardware.printer.image_printer import ImageFormat, ImagePress
from hardware.printer.one_way import OneWayPrinter, Press
from hardware.printer.unanswered import FileLimits, FilePress
from hardware.sim.preview import draw
from totem.domain.ports import Condition, PrinterStatus, PrintOutcome, PrintResult

JOB = b"\x1b@Senha 7\n\n\x1dV\x00"
ROOT = Path(__file__).parents[2]
LIMITS = FileLimits(write_s=0.2)


@asynccontextmanager
async def printer_of(make: Callable[[threading.Event], Press], close_s: float = 3.0) -> AsyncIterator[OneWayPrinter]:
    stop = threading.Event()
    printer = OneWayPrinter("recibo", make(stop), stop, close_s)
    try:
        yield printer
    finally:
        await printer.close()


# --- files ----------------------------------------------------------------------------------------------------------


async def test_a_file_gets_each_job_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "saida.bin"
    async with printer_of(lambda stop: FilePress(path, LIMITS, stop)) as printer:
        assert (await printer.status()).conditions == frozenset()
        for job_id in (1, 2):
            assert (await printer.print(job_id, JOB)).result is PrintResult.PRINTED
        assert (await printer.settle(1)).result is PrintResult.PRINTED
        assert (await printer.settle(3)).result is PrintResult.UNKNOWN
        with pytest.raises(ValueError, match="10000"):
            await printer.print(10_000, JOB)
    assert path.read_bytes() == JOB * 2
    assert (await printer.print(3, JOB)).result is PrintResult.NOT_SENT
    assert (await printer.status()).conditions == {Condition.UNREACHABLE}
    assert path.read_bytes() == JOB * 2


async def test_a_file_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    async with printer_of(lambda stop: FilePress(tmp_path / "nada" / "x", LIMITS, stop)) as printer:
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT


async def test_the_name_of_a_printer_pulled_out_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tickets would lie in a file in /dev, and every customer be told that theirs is printed."""
    monkeypatch.setattr(unanswered, "_DEVICES", tmp_path)
    node = tmp_path / "usb" / "lp0"
    node.parent.mkdir()
    async with printer_of(lambda stop: FilePress(node, LIMITS, stop)) as printer:
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT
        assert not node.exists()
        node.write_bytes(b"de um comando qualquer")
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT
    assert node.read_bytes() == b"de um comando qualquer"


# --- nodes that never answer ----------------------------------------------------------------------------------------


class Pipe:
    """A node whose printer only takes: a named pipe. `reader` is the printer's end."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self.reader: int | None = None

    def plug(self) -> None:
        self.reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    def unplug(self) -> None:
        if self.reader is not None:
            os.close(self.reader)
            self.reader = None

    async def taken(self) -> None:
        """Once something has come."""
        assert self.reader is not None
        loop, came = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.reader, came.set)
        await came.wait()
        loop.remove_reader(self.reader)

    def take(self) -> bytes:
        return os.read(self.reader if self.reader is not None else -1, 1 << 20)


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    made = Pipe(tmp_path / "lp0")
    made.plug()
    yield made
    made.unplug()


async def test_a_node_takes_a_job_byte_for_byte(pipe: Pipe) -> None:
    async with printer_of(lambda stop: FilePress(pipe.path, LIMITS, stop)) as printer:
        assert (await printer.print(1, JOB)).result is PrintResult.PRINTED
        assert pipe.take() == JOB


async def test_a_node_without_a_printer_and_replugged(pipe: Pipe) -> None:
    pipe.unplug()
    async with printer_of(lambda stop: FilePress(pipe.path, LIMITS, stop)) as printer:
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT
        pipe.plug()
        assert (await printer.print(2, JOB)).result is PrintResult.PRINTED
        pipe.unplug()
        assert (await printer.settle(2)).result is PrintResult.PRINTED


async def test_a_node_that_stops_taking_is_unknown_within_the_limit(pipe: Pipe) -> None:
    async with printer_of(lambda stop: FilePress(pipe.path, LIMITS, stop)) as printer:
        outcome = await printer.print(1, bytes(1 << 20))
        assert (outcome.result, outcome.status.conditions) == (PrintResult.UNKNOWN, frozenset({Condition.NO_REPLY}))
        assert (await printer.print(2, JOB)).result is PrintResult.NOT_SENT
        pipe.take()
        assert (await printer.print(3, JOB)).result is PrintResult.PRINTED


async def test_a_node_that_goes_in_mid_job_is_unknown(pipe: Pipe) -> None:
    async with printer_of(lambda stop: FilePress(pipe.path, FileLimits(write_s=30), stop)) as printer:
        printing = asyncio.ensure_future(printer.print(1, bytes(1 << 20)))
        await pipe.taken()
        pipe.unplug()
        assert (await printing).result is PrintResult.UNKNOWN


async def test_closing_ends_a_job_that_hangs(pipe: Pipe) -> None:
    async with printer_of(lambda stop: FilePress(pipe.path, FileLimits(write_s=30), stop)) as printer:
        printing = asyncio.ensure_future(printer.print(1, bytes(1 << 20)))
        await pipe.taken()
        await printer.close()
        assert (await printing).result is PrintResult.UNKNOWN


@pytest.mark.parametrize(
    ("lines", "conditions"),
    [
        (0x18, set()),
        (0x38, {Condition.PAPER_OUT}),
        (0x08, {Condition.OFFLINE}),
        (0x10, {Condition.ERROR}),
        (None, set()),
    ],
)
async def test_the_ports_own_status_is_used_where_there_is_one(
    pipe: Pipe, lines: int | None, conditions: set[Condition]
) -> None:
    def make(stop: threading.Event) -> FilePress:
        return FilePress(pipe.path, LIMITS, stop, port_status=lambda descriptor: lines)

    async with printer_of(make) as printer:
        assert (await printer.status()).conditions == conditions
        outcome = await printer.print(1, JOB)
        assert outcome.result is (PrintResult.NOT_SENT if conditions else PrintResult.PRINTED)


# --- pictures -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ImageFormat)
async def test_a_job_becomes_a_picture_of_its_bytes(tmp_path: Path, kind: ImageFormat) -> None:
    folder = tmp_path / "imagens"
    async with printer_of(lambda stop: ImagePress(folder, kind, draw, 576, stop)) as printer:
        assert (await printer.status()).can_print
        for job_id in (1, 2):
            assert (await printer.print(job_id, JOB)).result is PrintResult.PRINTED
    async with printer_of(lambda stop: ImagePress(folder, kind, draw, 576, stop)) as printer:
        assert (await printer.print(1, JOB)).result is PrintResult.PRINTED
    assert [path.name for path in sorted(folder.iterdir())] == [f"ticket-000{n}.{kind.value}" for n in (1, 2, 3)]
    first = (folder / f"ticket-0001.{kind.value}").read_bytes()
    if kind is ImageFormat.PNG:
        assert first == draw(JOB, 576)
        with Image.open(io.BytesIO(first)) as image:
            darkest, _ = image.convert("L").getextrema()
            assert darkest == 24
    else:
        assert first.startswith(b"%PDF-")


async def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "arquivo").touch()
    folder = tmp_path / "arquivo" / "imagens"
    async with printer_of(lambda stop: ImagePress(folder, ImageFormat.PNG, draw, 576, stop)) as printer:
        assert (await printer.status()).conditions == {Condition.UNREACHABLE}
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT


async def test_a_disk_that_fills_leaves_no_half_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    async with printer_of(lambda stop: ImagePress(tmp_path, ImageFormat.PNG, draw, 576, stop)) as printer:
        assert (await printer.print(1, JOB)).result is PrintResult.NOT_SENT
    assert os.listdir(tmp_path) == []  # noqa: PTH208


# --- the thread -----------------------------------------------------------------------------------------------------


class Stuck:
    """A press whose device never comes back, until `gate` opens."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.begun = threading.Semaphore(0)
        self.printed: list[int] = []

    def status(self) -> PrinterStatus:
        self.begun.release()
        self.gate.wait()
        return PrinterStatus()

    def print(self, job_id: int, data: bytes) -> PrintOutcome:
        self.begun.release()
        self.gate.wait()
        self.printed.append(job_id)
        return PrintOutcome(PrintResult.PRINTED)


async def test_a_device_that_never_comes_back_is_left_behind() -> None:
    stuck = Stuck()
    async with printer_of(lambda stop: stuck, close_s=0.05) as printer:
        asking = asyncio.ensure_future(printer.status())
        printing = asyncio.ensure_future(printer.print(1, JOB))
        await asyncio.to_thread(stuck.begun.acquire)
        await printer.close()
        assert not asking.done()
        stuck.gate.set()
        assert (await asking).can_print
        # What had not begun when it closed is not begun.
        assert (await printing).result is PrintResult.NOT_SENT
    assert stuck.printed == []


async def test_who_stops_waiting_stops_no_job_that_has_begun() -> None:
    stuck = Stuck()
    async with printer_of(lambda stop: stuck) as printer:
        begun = asyncio.ensure_future(printer.print(1, JOB))
        await asyncio.to_thread(stuck.begun.acquire)
        behind = asyncio.ensure_future(printer.print(2, JOB))
        await asyncio.sleep(0)
        begun.cancel()
        behind.cancel()
        await asyncio.sleep(0)
        stuck.gate.set()
        assert (await printer.print(3, JOB)).result is PrintResult.PRINTED
        assert stuck.printed == [1, 3]
        assert (await printer.settle(1)).result is PrintResult.PRINTED


_ENDS = """
import asyncio, threading
from hardware.printer.driver import EscPosPrinter
from hardware.printer.conversation import PrinterLimits
from hardware.printer.links import NetworkLink
from hardware.printer.one_way import OneWayPrinter
from hardware.printer.profile import EPSON_80
from tests.contract.test_printer_one_way import Stuck

def never(host, port):
    threading.Event().wait()

async def main():
    limits = PrinterLimits(connect_s=0.1, status_s=0.1, close_s=0.1)
    named = EscPosPrinter("a", NetworkLink("impressora.exemplo", resolve=never), EPSON_80, limits)
    stuck = OneWayPrinter("b", Stuck(), threading.Event(), 0.1)
    print((await named.status()).can_print)
    asking = asyncio.ensure_future(stuck.status())
    await asyncio.sleep(0)
    await named.close()
    await stuck.close()
    asking.cancel()

asyncio.run(main())
"""


def test_the_program_ends_whatever_its_printers_do() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ENDS], capture_output=True, text=True, check=False, timeout=60, cwd=ROOT
    )
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
