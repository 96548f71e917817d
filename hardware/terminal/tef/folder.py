"""The exchange folder itself: single blocking steps, each tried once. Used from one worker thread only.

PayGo: the kiosk writes `Req/intpos.001` (under another name first, then renamed, so that no half of it is ever read),
PayGo deletes it and writes `Resp/intpos.sts` and `Resp/intpos.001`, which the kiosk deletes. Before an answer is
deleted, its redacted form is durable in the folder `Totem`, until the driver says that it is stored.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hardware.terminal.tef import fields as f
from hardware.terminal.tef.channel import Held
from hardware.terminal.tef.codec import MOST_BYTES, BadMessage, decode, encode
from hardware.terminal.tef.fields import Message
from hardware.terminal.tef.messages import CANCEL, SALE
from hardware.terminal.tef.redaction import redact
from hardware.terminal.tef.settings import FolderSettings

_ANSWER: Final = re.compile(r"answer-[0-9]{20}\.001")
_UNSENT: Final = re.compile(r"unsent-([0-9]{1,10})\.001")
_MOST_KEPT: Final = 1000
UNREADABLE: Final = Message((((f.STATUS, 0), ""),))
"""Stands for an answer that cannot be read: 009 is there and says nothing, so its fate is unknown."""


class Locked(Exception):
    """Another program holds the file at this moment: try again."""


class Folder:
    """Raises Locked where a step should be tried again, OSError where the folder is not to be used."""

    def __init__(
        self,
        settings: FolderSettings,
        known_words: tuple[str, ...] = (),
        wall_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._settings = settings
        self._known_words = known_words
        self._wall_ns = wall_ns
        self._last_ns = 0
        self.path = settings.folder
        self._request = settings.folder / settings.request / "intpos.001"
        self._draft = settings.folder / settings.request / "intpos.tmp"
        self._status = settings.folder / settings.response / "intpos.sts"
        self._answer = settings.folder / settings.response / "intpos.001"
        self._kept = settings.folder / settings.kept

    def prepare(self) -> None:
        """Raises OSError where PayGo's folders are not there: PayGo makes them, and without them it does not run."""
        for folder in (self._request.parent, self._answer.parent):
            if not folder.is_dir():
                raise FileNotFoundError(f"no folder {folder}")
        self._kept.mkdir(mode=0o700, exist_ok=True)

    # --- requests -----------------------------------------------------------------------------------------------

    def write_request(self, message: Message) -> None:
        data = encode(message)
        try:
            _write_durably(self._draft, data)
            self._draft.replace(self._request)
        except PermissionError as error:
            raise Locked(str(error)) from error

    def retract(self) -> str | None:
        """Take our request away: its number where it was still there ("" for an unreadable one), None where it was not.

        A sale or a cancellation is renamed rather than deleted, so that "not sent" is known after a power cut too.
        """
        try:
            number, moves_money = _number_of(self._request)
            if moves_money:
                self._request.replace(self._kept / f"unsent-{number}.001")
            else:
                self._request.unlink()
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise Locked(str(error)) from error
        return number

    def discard_draft(self) -> None:
        """A draft of a run that was cut off."""
        try:
            self._draft.unlink(missing_ok=True)
        except PermissionError as error:
            raise Locked(str(error)) from error

    def unsent(self) -> frozenset[str]:
        found = (_UNSENT.fullmatch(each.name) for each in self._kept.iterdir())
        return frozenset(match[1] for match in found if match)

    def drop_unsent(self) -> None:
        for each in list(self._kept.iterdir()):
            if _UNSENT.fullmatch(each.name):
                each.unlink(missing_ok=True)

    def forget_unsent(self, number: str) -> None:
        """It was taken after all, in the moment of being taken away."""
        (self._kept / f"unsent-{number}.001").unlink(missing_ok=True)

    # --- answers ------------------------------------------------------------------------------------------------

    def take_status(self) -> Message | None:
        """The status that lies there, deleted; None for none, or for one not wholly written."""
        try:
            message = decode(_read(self._status))
        except (FileNotFoundError, BadMessage):
            return None
        except OSError as error:  # held by a scanner, or a network share that falters
            raise Locked(str(error)) from error
        self._delete(self._status)
        return message

    def discard_status(self) -> None:
        self._delete(self._status)

    def take_answer(self, *, unreadable_too: bool = False) -> Held | None:
        """The answer that lies there, kept and then deleted; None for none, or for one not wholly written.

        `unreadable_too`: it was looked at long enough, and is taken for `UNREADABLE` as it stands.
        """
        try:
            message = redact(decode(_read(self._answer)), self._known_words)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Locked(str(error)) from error
        except BadMessage:
            if not unreadable_too:
                return None
            message = UNREADABLE
        held = self._keep(message)
        self._delete(self._answer)
        return held

    def answer_lies_there(self) -> bool:
        return self._answer.exists()

    def _keep(self, message: Message) -> Held:
        data = encode(message)
        for key, there in self._kept_answers():
            if there == data:
                return Held(key, message)  # kept before, and its deletion was cut off
        self._last_ns = max(self._wall_ns(), self._last_ns + 1)
        key = f"answer-{self._last_ns:020}.001"
        draft = self._kept / f"{key}.tmp"
        _write_durably(draft, data)
        draft.replace(self._kept / key)
        _sync_directory(self._kept)
        return Held(key, message)

    def held(self) -> tuple[Held, ...]:
        """Every answer kept, the oldest first."""
        found: list[Held] = []
        for key, data in self._kept_answers():
            try:
                found.append(Held(key, decode(data)))
            except BadMessage:
                found.append(Held(key, UNREADABLE))
        return tuple(found)

    def _kept_answers(self) -> list[tuple[str, bytes]]:
        names = sorted(each.name for each in self._kept.iterdir() if _ANSWER.fullmatch(each.name))
        return [(name, _read(self._kept / name)) for name in names[:_MOST_KEPT]]

    def drop(self, key: str) -> None:
        if _ANSWER.fullmatch(key):
            (self._kept / key).unlink(missing_ok=True)

    def _delete(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except PermissionError as error:
            raise Locked(str(error)) from error


def _number_of(request: Path) -> tuple[str, bool]:
    """`(001, whether it would move money)`. Raises FileNotFoundError."""
    try:
        message = decode(_read(request))
    except BadMessage:
        return "", False
    number = message.get(f.REQUEST)
    known = re.fullmatch(r"[0-9]{1,10}", number) is not None
    return number if known else "", known and message.command in (SALE, CANCEL)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def _write_durably(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(directory: Path) -> None:
    """Windows writes names through, and cannot open a directory."""
    if os.name != "posix":
        return
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
