"""One totem at a time: the lock keeps a second process out, and dies with its owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from totem.bootstrap.ownership import PID_NAME, Ownership
from totem.domain.errors import AlreadyRunning

HOLD = """
import sys
from pathlib import Path
from totem.bootstrap.ownership import Ownership
with Ownership(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def other_process(directory: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    with other_process(tmp_path) as first:
        with pytest.raises(AlreadyRunning, match=rf"processo {first.pid}\)"), Ownership(tmp_path):
            pytest.fail("two owners")
        first.communicate("")
    assert first.returncode == 0
    assert not (tmp_path / PID_NAME).exists()
    with Ownership(tmp_path):
        assert (tmp_path / PID_NAME).read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_a_killed_owner_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    with other_process(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert (tmp_path / PID_NAME).exists()
    with Ownership(tmp_path):
        assert (tmp_path / PID_NAME).read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_the_same_process_cannot_own_twice_either(tmp_path: Path) -> None:
    with Ownership(tmp_path):
        with pytest.raises(AlreadyRunning, match=f"processo {os.getpid()}"), Ownership(tmp_path):
            pytest.fail("two owners")
        assert (tmp_path / PID_NAME).exists()


def test_another_folder_is_another_kiosk(tmp_path: Path) -> None:
    with Ownership(tmp_path / "a"), Ownership(tmp_path / "deep" / "b"):
        assert (tmp_path / "deep" / "b" / PID_NAME).exists()


def test_a_damaged_pid_file_does_not_hide_the_owner(tmp_path: Path) -> None:
    with Ownership(tmp_path):
        (tmp_path / PID_NAME).write_bytes(b"\xff\x00")
        with pytest.raises(AlreadyRunning, match="processo desconhecido"), Ownership(tmp_path):
            pytest.fail("two owners")


def test_the_lock_is_free_after_an_error_inside(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Ownership(tmp_path):
        raise RuntimeError
    with Ownership(tmp_path):
        pass


def test_a_child_process_does_not_keep_the_lock_of_a_dead_parent(tmp_path: Path) -> None:
    """The lock is on a descriptor that children must not inherit: a program that outlives the kiosk would block it."""
    script = HOLD.replace(
        "    print", "    import subprocess; subprocess.Popen(['sleep', '5'], stdout=subprocess.DEVNULL)\n    print"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        first.kill()
        first.wait()
        with Ownership(tmp_path):
            pass
