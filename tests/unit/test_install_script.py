"""The Linux installer in a root of its own: versions side by side, one pointer, and back where the new one fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.arch.source import ROOT

SCRIPT = ROOT / "packaging" / "install.sh"

_SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$LOG"
case "$*" in
restart*) grep -q broken "$OPT/current/totem" && exit 1; exit 0 ;;
is-active*) exit 0 ;;
*MainPID*) if grep -q restless "$OPT/current/totem"; then date +%N; else echo 100; fi ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A root, and beside it stand-ins for the commands that would touch the real machine."""
    (tmp_path / "bin").mkdir()
    for name in ("udevadm", "groupadd", "useradd", "usermod", "chown", "getent"):
        _program(tmp_path / "bin" / name, "#!/bin/sh\nexit 0\n")
    _program(tmp_path / "bin" / "systemctl", _SYSTEMCTL)
    _program(tmp_path / "bin" / "runuser", '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done; shift; exec "$@"\n')
    (tmp_path / "root").mkdir()
    return tmp_path


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


def built(folder: Path, version: str, more: str = "", self_test: int = 0) -> Path:
    """A folder as PyInstaller leaves it, with a program that answers the installer's two questions."""
    config = folder / "_internal" / "assets" / "config"
    config.mkdir(parents=True)
    for name in ("totem.toml", "catalogue.toml"):
        shutil.copy(ROOT / "assets" / "config" / name, config / name)
    _program(
        folder / "totem",
        f'#!/bin/sh\n# {more}\ncase $1 in --version) echo "totem {version}" ;; --self-test) exit {self_test} ;; esac\n',
    )
    return folder


def install(machine: Path, *arguments: str | Path, live: bool = False) -> subprocess.CompletedProcess[str]:
    """`live`: as on a running machine, whose root is put in place of `/` in a copy of the script."""
    script, root = SCRIPT, machine / "root"
    more: tuple[str, ...] = ("--root", str(root))
    if live:
        copy = machine / "copy"
        shutil.copytree(ROOT / "packaging", copy, dirs_exist_ok=True)
        script = copy / "install.sh"
        text = script.read_text(encoding="utf-8")
        for name in ("opt", "etc", "data", "units"):
            text = text.replace(f"\n{name}=$root/", f"\n{name}={root}/")
        text = text.replace('"$root/etc/udev', f'"{root}/etc/udev')
        script.write_text(text, encoding="utf-8")
        more = ()
    environment = {
        "PATH": f"{machine / 'bin'}:{os.environ['PATH']}",
        "LOG": str(machine / "log"),
        "OPT": str(root / "opt" / "totem"),
    }
    return subprocess.run(
        ["sh", str(script), *more, *map(str, arguments)], env=environment, capture_output=True, text=True, check=False
    )


def current(machine: Path, pointer: str = "current") -> str:
    return str((machine / "root" / "opt" / "totem" / pointer).readlink())


def test_a_first_installation_brings_everything_and_starts_nothing(machine: Path, tmp_path: Path) -> None:
    done = install(machine, built(tmp_path / "one", "1.0"))
    assert done.returncode == 0, done.stderr
    root = machine / "root"
    assert current(machine) == "versions/1.0"
    assert (root / "etc/systemd/system/totem.service").is_file()
    assert not (root / "etc/systemd/system/totem.service.d/x11.conf").exists()
    assert (root / "etc/udev/rules.d/70-totem-printers.rules").is_file()
    settings = (root / "etc/totem/totem.toml").read_text(encoding="utf-8")
    assert 'directory = "/var/lib/totem/dados"' in settings
    assert 'key_file = "/var/lib/totem/segredos/diario.key"' in settings
    assert (root / "var/lib/totem/segredos").stat().st_mode & 0o777 == 0o700
    assert "doctor" in done.stdout
    assert not (machine / "log").exists()


def test_the_screen_may_be_a_bare_x_server(machine: Path, tmp_path: Path) -> None:
    assert install(machine, built(tmp_path / "one", "1.0"), "--display", "x11").returncode == 0
    units = machine / "root/etc/systemd/system"
    assert (units / "totem.service.d/x11.conf").is_file()
    assert (units / "totem-x11.service").is_file()
    assert install(machine, tmp_path / "one", "--display", "cage").returncode == 0
    assert not (units / "totem.service.d/x11.conf").exists()


def test_what_the_owner_wrote_stays(machine: Path, tmp_path: Path) -> None:
    install(machine, built(tmp_path / "one", "1.0"))
    settings = machine / "root/etc/totem/totem.toml"
    settings.write_text("# the owner's\n", encoding="utf-8")
    install(machine, built(tmp_path / "two", "1.1"))
    assert settings.read_text(encoding="utf-8") == "# the owner's\n"
    assert (current(machine), current(machine, "previous")) == ("versions/1.1", "versions/1.0")


def test_back_and_forth(machine: Path, tmp_path: Path) -> None:
    install(machine, built(tmp_path / "one", "1.0"))
    assert install(machine, "--back").returncode == 1
    install(machine, built(tmp_path / "two", "1.1"))
    assert install(machine, "--back").returncode == 0
    assert (current(machine), current(machine, "previous")) == ("versions/1.0", "versions/1.1")


def test_the_same_version_again_gets_a_folder_of_its_own(machine: Path, tmp_path: Path) -> None:
    bundle = built(tmp_path / "one", "1.0")
    install(machine, bundle)
    install(machine, bundle)
    assert (current(machine), current(machine, "previous")) == ("versions/1.0+2", "versions/1.0")


def test_old_versions_go_but_never_the_one_before(machine: Path, tmp_path: Path) -> None:
    for number in range(6):
        install(machine, built(tmp_path / f"v{number}", f"1.{number}"))
    left = sorted(path.name for path in (machine / "root/opt/totem/versions").iterdir())
    assert len(left) <= 4
    assert {"1.4", "1.5"} <= set(left)


def test_a_version_that_fails_its_own_test_is_not_taken(machine: Path, tmp_path: Path) -> None:
    install(machine, built(tmp_path / "one", "1.0"), live=True)
    done = install(machine, built(tmp_path / "two", "1.1", self_test=1), live=True)
    assert done.returncode == 1
    assert current(machine) == "versions/1.0"
    assert not (machine / "root/opt/totem/versions/1.1").exists()


@pytest.mark.parametrize("fault", ["broken", "restless"])
def test_a_version_that_does_not_stay_up_is_turned_back(machine: Path, tmp_path: Path, fault: str) -> None:
    """`broken` does not start; `restless` is started anew by the service manager again and again."""
    install(machine, built(tmp_path / "one", "1.0"), live=True)
    done = install(machine, built(tmp_path / "two", "1.1", more=fault), "--wait", "0", live=True)
    assert done.returncode == 1
    assert (current(machine), current(machine, "previous")) == ("versions/1.0", "versions/1.1")
    log = (machine / "log").read_text(encoding="utf-8").splitlines()
    assert log[-1] == "restart totem.service"


def test_a_healthy_version_stays(machine: Path, tmp_path: Path) -> None:
    install(machine, built(tmp_path / "one", "1.0"), live=True)
    done = install(machine, built(tmp_path / "two", "1.1"), "--wait", "0", live=True)
    assert done.returncode == 0, done.stderr
    assert current(machine) == "versions/1.1"
    assert "enable --quiet totem.service" in (machine / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize("words", [[], ["--display", "tv", "x"], ["--wait", "soon", "x"], ["--unknown"], ["a", "b"]])
def test_wrong_usage_is_told_with_the_right_one(machine: Path, words: list[str]) -> None:
    done = install(machine, *words)
    assert done.returncode == 2
    assert "--back" in done.stderr


def test_a_folder_without_the_program_is_refused(machine: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert install(machine, tmp_path / "empty").returncode == 1
