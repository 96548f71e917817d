"""What spoolers say, read: CUPS' own words, IPP in any shape, and the states of Windows."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.printer.links import ipp, spooler_cups, spooler_windows
from hardware.printer.links.ipp import IppError
from hardware.printer.links.spooler_cups import CupsAccess, CupsSpooler
from hardware.printer.spooled import JobInDoubt, JobState, SpoolerError
from totem.domain.errors import PrinterUnreachable
from totem.domain.ports import Condition

# Printed by CUPS 2.4.2 (`lpstat -l -p TICKET`), shortened where it says nothing.
PRINTING = """printer TICKET now printing TICKET-2.  enabled since Sun Nov 22 23:47:42 2026
	Form mounted:
	Content types: any
	Description: TICKET
	Alerts: media-empty-error
	Location:
"""
DISABLED = """printer TICKET disabled since Sun Nov 22 23:47:43 2026 -
	sem papel
	Form mounted:
	Alerts: media-empty-error paused
"""
PAUSED = """printer TICKET disabled since Sun Nov 22 23:48:09 2026 -
	reason unknown
	Alerts: paused
"""


def shown(alerts: str) -> str:
    return f"printer TICKET is idle.  enabled since Sun Nov 22 23:47:41 2026\n\tAlerts: {alerts}\n"


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        (shown("none"), set()),
        (PRINTING, {Condition.PAPER_OUT}),
        (DISABLED, {Condition.PAPER_OUT}),
        (PAUSED, {Condition.OFFLINE}),
        (shown("media-low-warning"), {Condition.PAPER_LOW}),
        (shown("media-low-report media-empty-error"), {Condition.PAPER_OUT}),
        (shown("cover-open"), {Condition.COVER_OPEN}),
        (shown("offline-report"), {Condition.OFFLINE}),
        (shown("fuser-over-temp-error"), {Condition.ERROR}),
        (shown("cups-missing-filter-warning connecting-to-device"), set()),
        ("", set()),
    ],
)
def test_alerts_of_cups(text: str, conditions: set[Condition]) -> None:
    assert spooler_cups._conditions(text) == conditions


def commands(folder: Path, **texts: str) -> CupsAccess:
    """Commands that say what is given and nothing else."""
    for name, text in texts.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (folder / name).chmod(0o700)
    return CupsAccess(ipp.CupsServer(str(folder / "nada.sock")), folder)


def test_what_lp_says_decides_between_refused_and_in_doubt(tmp_path: Path) -> None:
    spooler = CupsSpooler("TICKET", commands(tmp_path, lp="cat >/dev/null; echo request id is TICKET-12 '(0 file(s))'"))
    assert spooler.submit("t", b"x", 5) == "TICKET-12"
    commands(tmp_path, lp="echo 'lp: Destination \"TICKET\" is not accepting jobs.' >&2; exit 1")
    with pytest.raises(SpoolerError) as caught:
        spooler.submit("t", b"x", 5)
    assert not isinstance(caught.value, JobInDoubt)
    for odd in ("echo 'lp: Connection reset by peer' >&2; exit 1", "echo pedido TICKET-12"):
        commands(tmp_path, lp=odd)
        with pytest.raises(JobInDoubt):
            spooler.submit("t", b"x", 5)


def test_without_cups_there_is_nothing(tmp_path: Path) -> None:
    access = CupsAccess(ipp.CupsServer(str(tmp_path / "nada.sock")), tmp_path)
    spooler = CupsSpooler("TICKET", access)
    with pytest.raises(SpoolerError):
        spooler.status(5)
    with pytest.raises(SpoolerError) as caught:
        spooler.submit("t", b"x", 5)
    assert not isinstance(caught.value, JobInDoubt)
    with pytest.raises(SpoolerError):
        spooler.state("TICKET-1", 5)
    with pytest.raises(PrinterUnreachable):
        spooler_cups.queues(access)


def test_queues_and_their_devices(tmp_path: Path) -> None:
    access = commands(tmp_path, lpstat="echo 'device for TICKET: usb://EPSON/TM-T20?serial=1'; echo outra linha")
    assert spooler_cups.queues(access) == {"TICKET": "usb://EPSON/TM-T20?serial=1"}


def test_the_commands_speak_english_whatever_the_kiosk_speaks(tmp_path: Path) -> None:
    access = commands(tmp_path, lpstat='echo "device for $LC_ALL$LANG$LANGUAGE: x"')
    access = CupsAccess(access.server, access.commands, {"LC_ALL": "pt_BR.UTF-8", "PATH": "/usr/bin:/bin"})
    assert spooler_cups.queues(access) == {"CCC": "x"}


# --- IPP ------------------------------------------------------------------------------------------------------------

# RFC 8010, 3.1; the shape of CUPS 2.4.2's answer.
ANSWER = (
    struct.pack(">HHIB", 0x0101, 0, 1, 1)
    + b"\x47\x00\x12attributes-charset\x00\x05utf-8"
    + b"\x48\x00\x1battributes-natural-language\x00\x02en"
    + b"\x02\x23\x00\x09job-state\x00\x04\x00\x00\x00\x09\x03"
)


def test_a_state_is_read_from_the_answer() -> None:
    assert ipp._state_in(ANSWER) == ipp.COMPLETED
    assert ipp._state_in(struct.pack(">HHIB", 0x0101, 0x0406, 1, 3)) is None
    with pytest.raises(IppError, match="0x0403"):
        ipp._state_in(struct.pack(">HHIB", 0x0101, 0x0403, 1, 3))
    with pytest.raises(IppError, match="no job-state"):
        ipp._state_in(struct.pack(">HHIB", 0x0101, 0, 1, 3))


@given(st.integers(min_value=0, max_value=len(ANSWER) - 2))
def test_an_answer_cut_short_is_no_state(length: int) -> None:
    with pytest.raises(IppError):
        ipp._state_in(ANSWER[:length])


@given(st.binary(max_size=200))
def test_no_answer_breaks_the_reading(data: bytes) -> None:
    with contextlib.suppress(IppError):
        state = ipp._state_in(data)
        assert state is None or isinstance(state, int)


def test_the_server_is_the_one_that_the_commands_use(tmp_path: Path) -> None:
    own = str(tmp_path / "cups.sock")
    assert ipp.find_server({}, (own,)).address == "localhost:631"
    Path(own).touch()
    assert ipp.find_server({}, (str(tmp_path / "nada"), own)).address == own
    assert ipp.find_server({"CUPS_SERVER": "/srv/x.sock"}, (own,)).address == "/srv/x.sock"
    assert ipp.find_server({"CUPS_SERVER": "impressao.loja:8631/version=1.1"}, (own,)).address == "impressao.loja:8631"


def test_the_question_is_ipp() -> None:
    asked = ipp._question(12)
    assert asked[:9] == b"\x01\x01\x00\x09\x00\x00\x00\x01\x01"
    assert b"\x45\x00\x07job-uri\x00\x17ipp://localhost/jobs/12" in asked
    assert asked.endswith(b"\x44\x00\x14requested-attributes\x00\x09job-state\x03")


# --- Windows --------------------------------------------------------------------------------------------------------


def test_without_pywin32_the_spooler_is_out_of_reach() -> None:
    spooler = spooler_windows.WindowsSpooler("EPSON")
    with pytest.raises(SpoolerError, match="pywin32"):
        spooler.status(5)
    with pytest.raises(SpoolerError):
        spooler_windows.queues()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (0, JobState.WAITING),
        (0x10, JobState.WAITING),
        (0x10 | 0x40, JobState.WAITING),
        (0x80, JobState.DONE),
        (0x2000 | 0x80, JobState.DONE),
        (0x1000, JobState.DONE),
        (0x100, JobState.ENDED),
    ],
)
def test_states_of_a_job_of_windows(status: int, state: JobState) -> None:
    class Api:
        """Whatever is not asked for is not there."""

        def __init__(self) -> None:
            self.told: list[int] = []

        def OpenPrinter(self, name: str) -> int:  # noqa: N802
            return 1

        def ClosePrinter(self, printer: int) -> None:  # noqa: N802
            self.told.append(0)

        def GetJob(self, printer: int, job: int, level: int) -> dict[str, int]:  # noqa: N802
            return {"Status": status}

        def SetJob(self, printer: int, job: int, level: int, info: None, command: int) -> None:  # noqa: N802
            self.told.append(command)

    api = Api()
    assert spooler_windows.WindowsSpooler("EPSON", lambda: api).state("3", 5) is state  # type: ignore[arg-type, return-value]
    assert api.told == ([9, 0] if state is JobState.DONE else [0])
