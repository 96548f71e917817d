"""The set-up script says what lacks before it touches anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.arch.source import ROOT

SCRIPT = ROOT / "packaging" / "dev.sh"
SHELL = shutil.which("sh") or "/bin/sh"


def run(*arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": path, "CI": "false"}
    return subprocess.run(
        [SHELL, str(SCRIPT), *arguments], env=environment, capture_output=True, text=True, check=False
    )


def tools(folder: Path, *names: str) -> str:
    """A PATH that holds these programs and no other."""
    for name in names:
        (folder / name).symlink_to(shutil.which(name) or name)
    return str(folder)


def python_that_answers(folder: Path, *, version: int = 0, preflight: int = 0, ensurepip: int = 0) -> None:
    """A stand-in for a machine's Python: its exit code for each of the script's questions."""
    program = folder / "python3.11"
    program.write_text(
        f"""#!{SHELL}
case "$*" in
*version_info*print* | *print*version_info*) echo 3.11 ;;
*version_info*) exit {version} ;;
*preflight.py*) exit {preflight} ;;
*ensurepip*) exit {ensurepip} ;;
*) echo "unexpected: $*"; exit 99 ;;
esac
""",
        encoding="utf-8",
    )
    program.chmod(0o755)


def test_without_arguments_it_explains_itself() -> None:
    done = run(path=os.environ["PATH"])
    assert done.returncode == 0
    assert "test [PYTEST ARGUMENTS]" in done.stdout


def test_without_a_fitting_python_it_names_the_package(tmp_path: Path) -> None:
    path = tools(tmp_path, "dirname")
    python_that_answers(tmp_path, version=1)
    done = run("demo", "--headless", path=path)
    assert done.returncode == 4
    assert "python3-venv" in done.stderr


def test_a_missing_system_library_ends_it_before_any_download(tmp_path: Path) -> None:
    path = tools(tmp_path, "dirname", "uname", "id")
    python_that_answers(tmp_path, preflight=3)
    done = run("demo", "--headless", path=path)
    assert done.returncode == 3
    assert done.stdout == ""


def test_without_ensurepip_it_names_the_package(tmp_path: Path) -> None:
    copy = tmp_path / "checkout" / "packaging"
    copy.mkdir(parents=True)
    shutil.copy(SCRIPT, copy)
    programs = tmp_path / "programs"
    programs.mkdir()
    path = tools(programs, "dirname", "uname", "id", "cat")
    python_that_answers(programs, ensurepip=1)
    done = subprocess.run(
        [SHELL, str(copy / "dev.sh"), "setup"], env={"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "python3.11-venv" in done.stderr
    assert not (tmp_path / "checkout" / ".venv").exists()
