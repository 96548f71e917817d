"""Where the control socket lies: a folder that only the kiosk's own user may enter.

Linux: a Unix socket in it. Windows has none in asyncio: there it is a port of the loopback, whose number and secret lie
in a file of that folder (its access list is the user's own folder's); whoever cannot read the file cannot speak.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FOLDER: Final = "control"
_SOCKET: Final = "totem.sock"
_ADDRESS: Final = "address.json"
_LONGEST: Final = 100
"""sockaddr_un takes 107 bytes (unix(7))."""
HAS_UNIX: Final = os.name == "posix" and hasattr(socket, "AF_UNIX")


@dataclass(frozen=True, slots=True)
class Place:
    """`unix` False: the loopback, as on Windows."""

    folder: Path
    unix: bool = HAS_UNIX

    @property
    def socket(self) -> Path:
        return self.folder / _SOCKET

    @property
    def address(self) -> Path:
        return self.folder / _ADDRESS

    def prepare(self) -> None:
        """Make the folder, for the owner alone, whatever it was before. Raises OSError."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            self.folder.chmod(0o700)


def place_in(directory: Path) -> Place:
    """Beside the journal."""
    return Place(directory / FOLDER)


@dataclass(frozen=True, slots=True)
class Loopback:
    port: int
    secret: str = field(repr=False)

    def to_bytes(self) -> bytes:
        return json.dumps({"port": self.port, "secret": self.secret}).encode("ascii")


def read_loopback(file: Path) -> Loopback | None:
    """None where no kiosk left one that can be read."""
    try:
        told = json.loads(file.read_bytes())
        return Loopback(int(told["port"]), str(told["secret"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def short_name(path: Path) -> Iterator[str]:
    """A name of the socket that fits into its address, however deep the folder lies (Linux: by a handle of it)."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)
