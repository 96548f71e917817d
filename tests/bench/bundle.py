"""The built program, copied alone to another folder and run with an empty environment: what a kiosk PC will see of it.

    python -m tests.bench.bundle                   dist/totem, as packaging/build.sh leaves it; some three minutes
    python -m tests.bench.bundle --out build/seen  keeps the pictures of its screens

It tests itself, sells on a screen in memory and on a display server (Xvfb), tells a service manager that it lives, and
is held against the smallest Qt Quick window, built by the same recipe: size, and time to the first frame. Exit code 1
where anything of it fails.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from tests.bench.children import HEIGHT_PX, WIDTH_PX, configure, simulators
from tests.ui.test_xvfb import xvfb

ROOT = Path(__file__).resolve().parents[2]
_LIMIT_S = 300
_SCREENS = {"attract", "services", "method", "pix", "printing", "thanks"}
_FEW_COLOURS = 8
_ROUNDS = 5

_BARE = """
import importlib.util, sys
from pathlib import Path
from PyInstaller.depend.bindepend import get_imports
spec = importlib.util.spec_from_file_location("bundle", {bundle!r})
bundle = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bundle)
found = Analysis([{script!r}], excludes=bundle.excludes(web=False))
needs = lambda source: [name for name, _ in get_imports(source)]
binaries = bundle.reachable((each for each in found.binaries if bundle.wanted(each, web=False)), needs)
datas = list(bundle.without_dangling((each for each in found.datas if bundle.wanted(each, web=False)), binaries))
COLLECT(EXE(PYZ(found.pure), found.scripts, [], exclude_binaries=True, name="bare"), binaries, datas, name="bare")
"""


@dataclass(frozen=True, slots=True)
class Start:
    """Until the first frame: time that passed, and processor time, which hangs less on what else the machine does."""

    wall_s: float
    cpu_s: float


def _middle(starts: Sequence[Start]) -> Start:
    return Start(median(each.wall_s for each in starts), median(each.cpu_s for each in starts))


class Wrong(Exception):
    """The built program did not do what it must."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bundle", description="Tries the built program.")
    parser.add_argument("bundle", nargs="?", type=Path, default=ROOT / "dist" / "totem")
    parser.add_argument("--out", type=Path, help="keeps the pictures there")
    parser.add_argument("--without-bare", action="store_true", help="no comparison with a bare window")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="totem-bundle-") as name:
        folder = Path(name)
        alone = folder / "elsewhere" / "totem"
        shutil.copytree(chosen.bundle, alone, symlinks=True)
        program = alone / "totem"
        try:
            _say("self-test, empty environment", _seconds(_run(program, "--self-test")))
            _demo(program, (chosen.out or folder) / "offscreen", {})
            with xvfb(WIDTH_PX, HEIGHT_PX) as display:
                _demo(program, (chosen.out or folder) / "xvfb", {"QT_QPA_PLATFORM": "xcb", "DISPLAY": display})
            starts = _life(program, folder)
        except (Wrong, OSError, subprocess.SubprocessError) as error:
            _say("FAILED", str(error))
            return 1
        _say("size", f"{_megabytes(alone):.0f} MB")
        _say("first frame", f"{_middle(starts).wall_s * 1000:.0f} ms ({len(starts)} starts)")
        if not chosen.without_bare:
            _compare(folder, alone, _middle(starts))
    return 0


def _run(program: Path, *arguments: str, more: Mapping[str, str] | None = None) -> float:
    """How long it took, with that environment and no other. Raises Wrong."""
    began_s = time.monotonic()
    done = subprocess.run(
        [program, *arguments], env=dict(more or {}), capture_output=True, text=True, timeout=_LIMIT_S, check=False
    )
    if done.returncode:
        raise Wrong(f"{' '.join(arguments)} ended with {done.returncode}: {(done.stdout + done.stderr)[-800:]}")
    return time.monotonic() - began_s


def _demo(program: Path, out: Path, more: Mapping[str, str]) -> None:
    took_s = _run(program, "demo", "--headless", "--method", "pix,tef", "--out", str(out), more=more)
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    files = sorted((out / "screens").glob("*.png"))
    seen = {file.stem.partition("-")[2] for file in files}
    if not summary["ok"] or _SCREENS - seen:
        raise Wrong(f"the demo showed {sorted(seen)}")
    for file in files:
        with Image.open(file) as picture:
            if picture.size != (WIDTH_PX, HEIGHT_PX) or len(picture.getcolors(1 << 24) or ()) < _FEW_COLOURS:
                raise Wrong(f"{file} shows nothing")
    _say(f"demo, {out.name}", f"{_seconds(took_s)}, {len(files)} screens shown")


# --- a service manager listens ----------------------------------------------------------------------------------------


def _life(program: Path, folder: Path) -> list[Start]:
    """Ready, alive, silent while frozen, alive again, closed in order; then how long each start took."""
    with simulators() as (kiosk, endpoints):
        config = str(configure(kiosk, endpoints))
        with _listener(folder / "notify") as wire:
            process, started = _start(program, config, wire)
            took = [started]
            _expect(wire, "WATCHDOG=1")
            process.send_signal(signal.SIGSTOP)
            _drain(wire)
            frozen = _hear(wire, 3.0)
            process.send_signal(signal.SIGCONT)
            if frozen is not None:
                raise Wrong(f"frozen, it still told {frozen}")
            _expect(wire, "WATCHDOG=1")
            process.terminate()
            _expect(wire, "STOPPING=1")
            if process.wait(30) != 0:
                raise Wrong(f"it ended with {process.returncode}")
            _say("service manager", "READY, WATCHDOG, silence while frozen, STOPPING, exit code 0")
            for _ in range(_ROUNDS - 1):
                process, started = _start(program, config, wire)
                took.append(started)
                process.terminate()
                process.wait(30)
            return took


def _start(program: Path, config: str, wire: socket.socket) -> tuple[subprocess.Popen[bytes], Start]:
    _drain(wire)
    environment = {
        "QT_QPA_PLATFORM": "offscreen",
        "NOTIFY_SOCKET": str(wire.getsockname()),
        "WATCHDOG_USEC": "1500000",
    }
    began_s = time.monotonic()
    process = subprocess.Popen([program, "--config", config, "--windowed"], env=environment, stderr=subprocess.DEVNULL)
    _expect(wire, "READY=1", 30.0)
    return process, Start(time.monotonic() - began_s, _cpu_s(process.pid))


def _cpu_s(pid: int) -> float:
    """proc(5): user and system time are the 14th and 15th field, in ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _listener(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as wire:
        wire.bind(str(path))
        yield wire


def _hear(wire: socket.socket, limit_s: float) -> str | None:
    wire.settimeout(limit_s)
    try:
        return wire.recv(4096).decode()
    except (TimeoutError, BlockingIOError):
        return None


def _drain(wire: socket.socket) -> None:
    while _hear(wire, 0.0) is not None:
        continue


def _expect(wire: socket.socket, wanted: str, limit_s: float = 10.0) -> None:
    while (heard := _hear(wire, limit_s)) != wanted:
        if heard is None:
            raise Wrong(f"it did not tell {wanted}")


# --- beside the smallest window ---------------------------------------------------------------------------------------


def _compare(folder: Path, alone: Path, started: Start) -> None:
    spec = folder / "bare.spec"
    lists, script = ROOT / "packaging" / "bundle.py", ROOT / "tests" / "bench" / "bare_window.py"
    spec.write_text(_BARE.format(bundle=str(lists), script=str(script)), encoding="utf-8")
    places = ["--distpath", str(folder / "dist"), "--workpath", str(folder / "work")]
    pyinstaller = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *places, str(spec)]
    subprocess.run(pyinstaller, check=True, timeout=_LIMIT_S * 2, env={**os.environ, "PYTHONHASHSEED": "1"})
    bare = folder / "dist" / "bare"
    window = _middle([_bare_start(bare / "bare") for _ in range(_ROUNDS + 1)][1:])
    rows = (
        ("size, MB", _megabytes(alone), _megabytes(bare)),
        ("first frame, ms", started.wall_s * 1000, window.wall_s * 1000),
        ("processor until then, ms", started.cpu_s * 1000, window.cpu_s * 1000),
    )
    print(f"\n{'':26}{'totem':>8}{'bare window':>13}{'ratio':>8}")  # noqa: T201
    for what, ours, theirs in rows:
        print(f"{what:26}{ours:>8.0f}{theirs:>13.0f}{ours / theirs:>8.2f}")  # noqa: T201


def _bare_start(program: Path) -> Start:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.monotonic()
    done = subprocess.run(
        [program, str(WIDTH_PX), str(HEIGHT_PX)],
        env={"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=_LIMIT_S,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Start(float(json.loads(done.stdout.strip().splitlines()[-1])["first_frame_s"]) - began_s, cpu_s)


def _megabytes(folder: Path) -> float:
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files) / 1_000_000


def _seconds(took_s: float) -> str:
    return f"{took_s:.1f} s"


def _say(what: str, found: str) -> None:
    print(f"{what}: {found}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
