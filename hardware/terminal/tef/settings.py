"""What the owner sets of TEF; bootstrap maps the configuration onto these."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

DEFAULT_HOST: Final = "localhost"
DEFAULT_PORT: Final = 60906


@dataclass(frozen=True, slots=True)
class Network:
    """An acquirer as PayGo knows it: its name (field 010) and index (739), either may be empty.

    Both come from the acquirer's own papers; none is built in.
    """

    name: str
    index: str = ""


@dataclass(frozen=True, slots=True)
class PaygoTimes:
    """Seconds. A sale has no limit once it was acknowledged: PayGo itself ends it."""

    status_s: float = 7.0
    """For the `.sts` of a request ("TEF não responde" after it)."""
    locked_s: float = 5.0
    """How long a file that another program holds is tried again."""
    poll_s: float = 0.25
    """Between two looks into the folder; PayGo allows four a second."""
    connect_s: float = 5.0
    relay_s: float = 3.0
    """Added to `status_s` on a socket: the bridge waits those seven seconds itself, and tells how they ended."""


@dataclass(frozen=True, slots=True)
class PaygoSettings:
    """The shop and this program, as PayGo's certification registered them."""

    company: str
    """716, "empresa da automação"."""
    pos_name: str
    """735."""
    version: str
    """736."""
    registration: str
    """738, "registro de certificação"."""
    interface_version: str = "225"
    """733."""
    capabilities: int = 156
    """706. 156: fixed amount, split and reduced receipts, NSU of 40: the terminal never changes the amount."""
    networks: tuple[Network, ...] = ()
    """None: PayGo chooses, or shows its own menu. Several: the customer chooses on the kiosk's screen."""
    terminal_number: str = ""
    """718."""
    merchant_number: str = ""
    """719."""
    most_installments: int = 1
    least_installment_cents: int = 500
    installments_by_issuer: bool = False
    """Whether the issuer finances instalments (017 = 1, 732 = 2), otherwise the shop (017 = 0, 732 = 3)."""
    confirm_attempts: int = 3
    """How often one `confirm` or `undo` sends its message before it says that nobody acknowledges."""
    known_words: tuple[str, ...] = ()
    """Words that the shop's receipts carry (its name, street, city): no holder's name. See `redaction`."""
    times: PaygoTimes = field(default_factory=PaygoTimes)


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """PayGo's exchange folder: `Req` and `Resp` in it, and `Totem` beside them for what must outlive this program."""

    folder: Path
    request: str = "Req"
    response: str = "Resp"
    kept: str = "Totem"


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """The bridge's end. Beyond this machine it demands TLS or a secret: give at least one of them then."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    secret: bytes = field(default=b"", repr=False)
    tls: bool = False
    ca_file: Path | None = None
    """The authority or the certificate itself that the bridge shows; None: the system's authorities."""
    server_name: str = ""
    """The name in the bridge's certificate, where it is not `host`."""


def parse_address(text: str, default_port: int = DEFAULT_PORT) -> tuple[str, int]:
    """`HOST`, `HOST:PORT`, `[IPV6]:PORT`; a path after it (`localhost:60906/paygo`) names nothing on a raw socket.

    Raises ValueError for anything else.
    """
    address, _, _ = text.strip().partition("/")
    host, port = address, str(default_port)
    if address.startswith("["):
        host, bracket, rest = address[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ValueError(f"not an address: {text!r}")
        port = rest[1:] or port
    elif address.count(":") == 1:
        host, _, port = address.partition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 <= int(port) <= 65535 or " " in host:
        raise ValueError(f"not an address: {text!r}")
    return host, int(port)
