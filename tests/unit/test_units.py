"""The service units say what keeps a kiosk alive and locked in. systemd's own check is `packaging/verify-units.sh`."""

from __future__ import annotations

import re

import pytest

from tests.arch.source import ROOT
from totem import __main__ as cli
from totem.bootstrap.restarting import RESTART

UNITS = ROOT / "packaging" / "systemd"


def keys(name: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (UNITS / name).read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def test_a_frozen_screen_is_noticed() -> None:
    unit = keys("totem.service")
    assert unit["Type"] == ["notify"]
    assert unit["NotifyAccess"] == ["all"]
    assert unit["WatchdogSec"] == ["30"]
    assert unit["Restart"] == ["always"]
    assert (unit["StartLimitAction"], unit["StartLimitBurst"]) == (["reboot"], ["6"])


def test_no_restart_where_trying_again_mends_nothing() -> None:
    """Otherwise a wrong configuration would reboot the machine for ever."""
    (codes,) = keys("totem.service")["RestartPreventExitStatus"]
    assert {int(code) for code in codes.split()} == {cli.USAGE, cli.UNAVAILABLE}


def test_a_technician_may_start_it_anew() -> None:
    unit = keys("totem.service")
    assert unit["RestartForceExitStatus"] == unit["SuccessExitStatus"] == [str(RESTART)]


def test_the_program_closes_before_its_screen_does() -> None:
    (stop,) = keys("totem.service")["ExecStop"]
    assert stop.index("pkill -TERM -x totem") < stop.index("pgrep -x totem")


def test_closing_has_more_time_than_the_program_takes() -> None:
    from totem.bootstrap.engine import CLOSE_LIMIT_S

    (stop_s,) = keys("totem.service")["TimeoutStopSec"]
    assert int(stop_s) > CLOSE_LIMIT_S


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("User", "totem"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("CapabilityBoundingSet", ""),
        ("DevicePolicy", "closed"),
        ("StateDirectoryMode", "0700"),
        ("SystemCallFilter", "@system-service"),
    ],
)
def test_rights_are_the_least(key: str, value: str) -> None:
    assert keys("totem.service")[key] == [value]


def test_printers_and_terminals_are_let_in_even_when_plugged_in_later() -> None:
    unit = keys("totem.service")
    allowed = {value.split()[0] for value in unit["DeviceAllow"]}
    assert {"char-usb", "char-usb_device", "char-ttyUSB", "char-ttyACM", "char-ttyS"} <= allowed
    loaded = " ".join(unit["Wants"])
    assert all(f"modprobe@{module}.service" in loaded for module in ("usblp", "usbserial", "cdc_acm"))


def test_the_bare_x_server_never_goes_dark() -> None:
    (command,) = keys("totem-x11.service")["ExecStart"]
    assert {"-s 0", "-dpms", "-nolisten tcp"} <= set(re.findall(r"-s 0|-dpms|-nolisten tcp", command))
    drop_in = keys("x11.conf")
    assert drop_in["ExecStart"][0] == ""
    assert drop_in["NotifyAccess"] == ["main"]


def test_what_is_started_is_what_is_installed() -> None:
    script = (ROOT / "packaging" / "install.sh").read_text(encoding="utf-8")
    for name in ("totem.service", "x11.conf"):
        assert keys(name)["ExecStart"][-1].endswith("/opt/totem/current/totem --config /etc/totem/totem.toml")
    assert "opt=$root/opt/totem" in script
    assert "etc=$root/etc/totem" in script
    assert 'cp "$here"/udev/*.rules' in script


def test_nothing_on_a_pen_drive_is_run() -> None:
    rule = (ROOT / "packaging" / "udev" / "90-totem-sticks.rules").read_text(encoding="utf-8")
    (options,) = re.findall(r"--options=(\S+)", rule)
    assert {"uid=totem", "umask=0077", "nosuid", "nodev", "noexec"} <= set(options.split(","))
    assert 'ENV{ID_FS_TYPE}=="vfat|exfat"' in rule
    (writable,) = keys("totem.service")["ReadWritePaths"]
    assert "-/run/media/totem" in writable.split()
