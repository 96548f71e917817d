"""CUPS by its commands (`lp`, `lpstat`, `cancel`) and one question of IPP. Checked against CUPS 2.4.2.

The queue must be raw, or its driver would print our commands as text.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hardware.printer.links.ipp import CANCELED, COMPLETED, CupsServer, IppError, find_server, job_state
from hardware.printer.spooled import JobInDoubt, JobState, SpoolerError
from totem.domain.errors import PrinterUnreachable
from totem.domain.ports import Condition, PrinterStatus

_REQUEST_ID = re.compile(r"request id is (\S+-[0-9]+)\b")
_JOB_LINE = re.compile(r"^(\S+-[0-9]+)\s+(\S+)\s")
_REFUSALS = ("not accepting jobs", "does not exist", "scheduler not responding", "bad file descriptor")
"""What `lp` says where the queue took nothing."""
_REASONS: tuple[tuple[str, Condition], ...] = (
    ("media-empty", Condition.PAPER_OUT),
    ("media-needed", Condition.PAPER_OUT),
    ("media-low", Condition.PAPER_LOW),
    ("cover-open", Condition.COVER_OPEN),
    ("door-open", Condition.COVER_OPEN),
    ("media-jam", Condition.CUTTER_ERROR),
    ("offline", Condition.OFFLINE),
    ("paused", Condition.OFFLINE),
    ("shutdown", Condition.OFFLINE),
)
"""`printer-state-reasons` (RFC 8011, 5.4.12), with or without -error, -warning, -report."""


@dataclass(frozen=True, slots=True)
class CupsAccess:
    """`commands` is the folder of the commands, None for those of the PATH; `server` None is the one that they use."""

    server: CupsServer | None = None
    commands: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class CupsSpooler:
    """See `spooled.Spooler`."""

    def __init__(self, queue: str, access: CupsAccess | None = None) -> None:
        self._queue = queue
        self._access = access or CupsAccess()

    @property
    def description(self) -> str:
        return f"cups {self._queue}"

    def status(self, timeout_s: float) -> PrinterStatus:
        shown = self._run("lpstat", "-l", "-p", self._queue, timeout_s=timeout_s)
        taking = self._run("lpstat", "-a", self._queue, timeout_s=timeout_s)
        conditions = _conditions(shown)
        if "not accepting" in taking:
            conditions.add(Condition.OFFLINE)
        return PrinterStatus(frozenset(conditions))

    def own_jobs(self, timeout_s: float) -> frozenset[str]:
        shown = self._run("lpstat", "-W", "not-completed", "-o", self._queue, timeout_s=timeout_s)
        user = _user()
        found = (_JOB_LINE.match(line) for line in shown.splitlines())
        return frozenset(match[1] for match in found if match and match[2] == user)

    def submit(self, title: str, data: bytes, timeout_s: float) -> str:
        try:
            done = self._call(("lp", "-d", self._queue, "-t", title, "-o", "raw"), data, timeout_s)
        except subprocess.TimeoutExpired as error:
            raise JobInDoubt(f"{self.description}: lp did not end within {timeout_s:g} s") from error
        match = _REQUEST_ID.search(done.stdout.decode(errors="replace"))
        if done.returncode == 0 and match:
            return match[1]
        said = done.stderr.decode(errors="replace").strip()
        kind = SpoolerError if any(words in said.lower() for words in _REFUSALS) else JobInDoubt
        raise kind(f"{self.description}: lp ended with {done.returncode}: {said}")

    def state(self, job: str, timeout_s: float) -> JobState:
        try:
            server = self._access.server or find_server(self._access.environment)
            state = job_state(server, int(job.rpartition("-")[2]), timeout_s)
        except (OSError, IppError) as error:
            raise SpoolerError(f"{self.description}: {error}") from error
        if state == COMPLETED:
            return JobState.DONE
        return JobState.ENDED if state is None or state >= CANCELED else JobState.WAITING

    def cancel(self, job: str, timeout_s: float) -> None:
        self._run("cancel", job, timeout_s=timeout_s)

    # --- inside -------------------------------------------------------------------------------------------------

    def _run(self, *command: str, timeout_s: float) -> str:
        try:
            done = self._call(command, b"", timeout_s)
        except subprocess.TimeoutExpired as error:
            raise SpoolerError(f"{self.description}: {command[0]} did not end within {timeout_s:g} s") from error
        if done.returncode:
            raise SpoolerError(f"{self.description}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode(errors="replace")

    def _call(self, command: tuple[str, ...], data: bytes, timeout_s: float) -> subprocess.CompletedProcess[bytes]:
        folder = self._access.commands
        program = str(folder / command[0]) if folder else command[0]
        # In another language, nothing of the answers would be recognised.
        environment = {**self._access.environment, "LC_ALL": "C", "LANG": "C", "LANGUAGE": "C"}
        try:
            return subprocess.run(
                [program, *command[1:]],
                input=data,
                capture_output=True,
                check=False,
                timeout=timeout_s,
                env=environment,
            )
        except OSError as error:
            raise SpoolerError(f"{self.description}: {error}") from error


def _user() -> str:
    """As CUPS' commands tell it; the environment may name another, behind `su`."""
    import pwd  # noqa: PLC0415 - Windows has none

    return pwd.getpwuid(os.getuid()).pw_name


def _conditions(shown: str) -> set[Condition]:
    """What `lpstat -l -p` tells. An error that we do not know keeps it from printing; a warning does not."""
    lines = shown.splitlines()
    found = {Condition.OFFLINE} if lines and " disabled since " in lines[0] else set()
    alerts = next((line.partition(":")[2] for line in lines if line.strip().startswith("Alerts:")), "")
    for alert in alerts.split():
        known = next((condition for start, condition in _REASONS if alert.startswith(start)), None)
        if known is not None:
            found.add(known)
        elif alert.endswith("-error"):
            found.add(Condition.ERROR)
    if found - {Condition.OFFLINE, Condition.PAPER_LOW}:
        found.discard(Condition.OFFLINE)
    if Condition.PAPER_OUT in found:
        found.discard(Condition.PAPER_LOW)
    return found


def queues(access: CupsAccess | None = None, timeout_s: float = 3.0) -> dict[str, str]:
    """Every queue and the address of its device. Raises PrinterUnreachable where there is no CUPS."""
    try:
        shown = CupsSpooler("", access)._run("lpstat", "-v", timeout_s=timeout_s)  # noqa: SLF001 - its own module
    except SpoolerError as error:
        raise PrinterUnreachable(str(error)) from error
    found = (re.match(r"device for (.+?): (.*)$", line) for line in shown.splitlines())
    return {match[1]: match[2] for match in found if match}
